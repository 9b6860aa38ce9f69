"""The program's interface description, for clients: as Anchor writes it since 0.30 (spec 0.1.0),
and as it wrote it before (legacy), which older tools read.

Facts: solana-foundation/anchor, idl/spec/src/lib.rs. Both are plain data, ready for JSON.
"""

import re
from typing import Final

from conting_compiler.base58 import encode
from conting_compiler.ir.faults import MESSAGES
from conting_compiler.ir.typed import (
    AccountClass,
    AccountParam,
    AccountPdaSeed,
    ArgumentPdaSeed,
    ConstPdaSeed,
    EnumDef,
    FieldDef,
    Instruction,
    Param,
    Pda,
    PdaSeed,
    PlainClass,
    Program,
    ProgramAccount,
)
from conting_compiler.ir.typesystem import (
    BYTES,
    NONE,
    PUBKEY,
    STR,
    U8,
    ArrayT,
    BoolT,
    ClassT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    OptionT,
    PubkeyT,
    Type,
)

Json = str | int | bool | list["Json"] | dict[str, "Json"]

SPEC: Final = "0.1.0"
VERSION: Final = "0.1.0"
"""The version that a program has as long as nothing declares another."""


def build_idl(program: Program) -> dict[str, Json]:
    """The IDL of spec 0.1.0: names in snake_case, discriminators written out."""
    return {
        "address": encode(program.address),
        "metadata": {"name": program.name, "version": VERSION, "spec": SPEC},
        **_docs(program.doc),
        "instructions": [_instruction(each) for each in program.instructions],
        "accounts": [
            {"name": each.name, "discriminator": list(each.discriminator)}
            for each in _own_accounts(program)
        ],
        **_events(program),
        "errors": _errors(program),
        "types": [
            *map(_struct, _own_accounts(program)),
            *map(_struct, _stored_classes(program)),
            *map(_enum, program.enums),
        ],
    }


def _docs(doc: str) -> dict[str, Json]:
    lines: list[Json] = [line.strip() for line in doc.splitlines()]
    return {"docs": lines} if lines else {}


def _errors(program: Program) -> list[Json]:
    """The program's own errors, then the compiler's, so that every client can name them."""
    own = {_pascal(each.name): (each.code, each.message) for each in program.errors}
    faults = {_pascal(each.name): (each.value, text) for each, text in MESSAGES.items()}
    every = {**own, **{name: found for name, found in faults.items() if name not in own}}
    return [{"code": code, "name": name, "msg": msg} for name, (code, msg) in every.items()]


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _instruction(instruction: Instruction) -> Json:
    return {
        "name": instruction.name,
        **_docs(instruction.doc),
        "discriminator": list(instruction.discriminator),
        "accounts": [*map(_account, instruction.accounts), *map(_program, instruction.programs)],
        "args": [_typed(each) for each in instruction.arguments],
        **({} if instruction.result == NONE else {"returns": _type(instruction.result)}),
    }


def _own_accounts(program: Program) -> list[AccountClass]:
    """Those of other programs stand in their IDLs."""
    return [each for each in program.accounts if each.owner is None]


def _events(program: Program) -> dict[str, Json]:
    """What clients tell log entries apart by; the layout stands among the types."""
    events: list[Json] = [
        {"name": each.name, "discriminator": list(each.discriminator)}
        for each in program.classes
        if each.event
    ]
    return {"events": events} if events else {}


def _account(account: AccountParam) -> Json:
    item: dict[str, Json] = {"name": account.name}
    if account.optional:
        item["optional"] = True
    if account.writable:
        item["writable"] = True
    if account.signer:
        item["signer"] = True
    if account.address is not None:
        item["address"] = encode(account.address)
    if account.pda is not None:
        item["pda"] = _pda(account.pda)
    return item


def _pda(pda: Pda) -> Json:
    seeds: dict[str, Json] = {"seeds": [_seed(seed) for seed in pda.seeds]}
    if pda.program is None:
        return seeds
    return seeds | {"program": _seed(ConstPdaSeed(pda.program))}


def _seed(seed: PdaSeed) -> Json:
    match seed:
        case ConstPdaSeed(value=value):
            return {"kind": "const", "value": list(value)}
        case AccountPdaSeed(account=path):
            return {"kind": "account", "path": path}
        case ArgumentPdaSeed(argument=path):
            return {"kind": "arg", "path": path}


def _program(program: ProgramAccount) -> Json:
    return {"name": program.name, "address": encode(program.address)}


def _stored_classes(program: Program) -> list[PlainClass]:
    """The plain classes that clients meet: in accounts, arguments, results, and events."""
    kinds = [f.type for account in _own_accounts(program) for f in account.fields]
    kinds += [a.type for instruction in program.instructions for a in instruction.arguments]
    kinds += [instruction.result for instruction in program.instructions]
    kinds += [ClassT(each.name) for each in program.classes if each.event]
    names: set[str] = set()
    while kinds:
        match kinds.pop():
            case ListT(element=element) | ArrayT(element=element) | OptionT(inner=element):
                kinds.append(element)
            case ClassT(name=name) if name not in names:
                names.add(name)
                kinds += [f.type for f in program.plain_class(name).fields]
            case _:
                pass
    return [each for each in program.classes if each.name in names]


def _struct(account: AccountClass | PlainClass) -> Json:
    fields: list[Json] = [_typed(each) for each in account.fields]
    kind: Json = {"kind": "struct", "fields": fields}
    return {"name": account.name, **_docs(account.doc), "type": kind}


def _enum(enum: EnumDef) -> Json:
    variants: list[Json] = [{"name": name} for name in enum.variants]
    kind: Json = {"kind": "enum", "variants": variants}
    return {"name": enum.name, **_docs(enum.doc), "type": kind}


def _typed(item: Param | FieldDef) -> Json:
    docs = _docs(item.doc) if isinstance(item, FieldDef) else {}
    return {"name": item.name, **docs, "type": _type(item.type)}


_NAMES: Final = {PUBKEY: "pubkey", STR: "string", BYTES: "bytes", ListT(U8): "bytes"}


def _type(kind: Type) -> Json:
    if kind in _NAMES:
        return _NAMES[kind]
    match kind:
        case IntT() | FloatT() | BoolT():
            return str(kind)
        case EnumT(name=name) | ClassT(name=name):
            return {"defined": {"name": name}}
        case ListT(element=element):
            return {"vec": _type(element)}
        case OptionT(inner=inner):
            return {"option": _type(inner)}
        case ArrayT(element=element, length=length):
            return {"array": [_type(element), length]}
        case _:
            raise TypeError(f"{kind} has no place in an IDL")


# --- the format before Anchor 0.30 ---------------------------------------------------------------


def build_legacy_idl(program: Program) -> dict[str, Json]:
    """The IDL before Anchor 0.30: names in camelCase, no discriminators, no addresses."""
    return {
        "version": VERSION,
        "name": program.name,
        **_docs(program.doc),
        "instructions": [_legacy_instruction(each) for each in program.instructions],
        "accounts": [_legacy_struct(each) for each in _own_accounts(program)],
        "types": [
            *(_legacy_struct(each) for each in _stored_classes(program) if not each.event),
            *map(_enum, program.enums),
        ],
        **_legacy_events(program),
        "errors": _errors(program),
        "metadata": {"address": encode(program.address)},
    }


def _camel(name: str) -> str:
    """The name in camelCase, or as it is if that does not lead back: readers hash the name that
    they get back in snake_case, and `play_2` would become `play2`.
    """
    first, *others = name.split("_")
    camel = first + "".join(part[:1].upper() + part[1:] for part in others)
    return camel if _snake(camel) == name else name


def _snake(camel: str) -> str:
    """As the crate heck does it, which Anchor and anchorpy use."""
    parted = re.sub(r"([a-z][0-9]*)([A-Z])", r"\1_\2", camel)
    return re.sub(r"([A-Z][0-9]*)([A-Z][a-z])", r"\1_\2", parted).lower()


def _legacy_instruction(instruction: Instruction) -> Json:
    accounts: list[Json] = [
        {
            "name": _camel(each.name),
            "isMut": each.writable,
            "isSigner": each.signer,
            **({"isOptional": True} if each.optional else {}),
        }
        for each in instruction.accounts
    ]
    programs: list[Json] = [
        {"name": _camel(each.name), "isMut": False, "isSigner": False}
        for each in instruction.programs
    ]
    return {
        "name": _camel(instruction.name),
        **_docs(instruction.doc),
        "accounts": [*accounts, *programs],
        "args": [_legacy_typed(each) for each in instruction.arguments],
        **({} if instruction.result == NONE else {"returns": _legacy_type(instruction.result)}),
    }


def _legacy_events(program: Program) -> dict[str, Json]:
    events: list[Json] = [
        {"name": each.name, "fields": [_legacy_event_field(field) for field in each.fields]}
        for each in program.classes
        if each.event
    ]
    return {"events": events} if events else {}


def _legacy_event_field(field: FieldDef) -> Json:
    return {"name": _camel(field.name), "type": _legacy_type(field.type), "index": False}


def _legacy_struct(account: AccountClass | PlainClass) -> Json:
    fields: list[Json] = [_legacy_typed(each) for each in account.fields]
    kind: Json = {"kind": "struct", "fields": fields}
    return {"name": account.name, **_docs(account.doc), "type": kind}


def _legacy_typed(item: Param | FieldDef) -> Json:
    docs = _docs(item.doc) if isinstance(item, FieldDef) else {}
    return {"name": _camel(item.name), **docs, "type": _legacy_type(item.type)}


def _legacy_type(kind: Type) -> Json:
    match kind:
        case PubkeyT():
            return "publicKey"
        case EnumT(name=name) | ClassT(name=name):
            return {"defined": name}
        case ListT(element=element) if element != U8:
            return {"vec": _legacy_type(element)}
        case OptionT(inner=inner):
            return {"option": _legacy_type(inner)}
        case ArrayT(element=element, length=length):
            return {"array": [_legacy_type(element), length]}
        case _:
            return _type(kind)
