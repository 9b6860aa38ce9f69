"""The program's interface description, for clients: as Anchor writes it since 0.30 (spec 0.1.0),
and as it wrote it before (legacy), which older tools read.

Facts: solana-foundation/anchor, idl/spec/src/lib.rs. Both are plain data, ready for JSON.
"""

from typing import Final

from conting_compiler.base58 import encode
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
    PdaSeed,
    Program,
    ProgramAccount,
)
from conting_compiler.ir.typesystem import (
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    IntT,
    PubkeyT,
    StrT,
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
            for each in program.accounts
        ],
        "errors": _errors(program),
        "types": [*map(_struct, program.accounts), *map(_enum, program.enums)],
    }


def _docs(doc: str) -> dict[str, Json]:
    lines: list[Json] = [line.strip() for line in doc.splitlines()]
    return {"docs": lines} if lines else {}


def _errors(program: Program) -> list[Json]:
    return [
        {"code": each.code, "name": _pascal(each.name), "msg": each.message}
        for each in program.errors
    ]


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _instruction(instruction: Instruction) -> Json:
    return {
        "name": instruction.name,
        **_docs(instruction.doc),
        "discriminator": list(instruction.discriminator),
        "accounts": [*map(_account, instruction.accounts), *map(_program, instruction.programs)],
        "args": [_typed(each) for each in instruction.arguments],
    }


def _account(account: AccountParam) -> Json:
    item: dict[str, Json] = {"name": account.name}
    if account.writable:
        item["writable"] = True
    if account.signer:
        item["signer"] = True
    if account.address is not None:
        item["address"] = encode(account.address)
    if account.pda is not None:
        item["pda"] = {"seeds": [_seed(seed) for seed in account.pda]}
    return item


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


def _struct(account: AccountClass) -> Json:
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


def _type(kind: Type) -> Json:
    match kind:
        case IntT() | BoolT():
            return str(kind)
        case PubkeyT():
            return "pubkey"
        case StrT():
            return "string"
        case BytesT():
            return "bytes"
        case EnumT(name=name):
            return {"defined": {"name": name}}
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
        "accounts": [_legacy_struct(each) for each in program.accounts],
        "types": [_enum(each) for each in program.enums],
        "errors": _errors(program),
        "metadata": {"address": encode(program.address)},
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _legacy_instruction(instruction: Instruction) -> Json:
    accounts: list[Json] = [
        {"name": _camel(each.name), "isMut": each.writable, "isSigner": each.signer}
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
    }


def _legacy_struct(account: AccountClass) -> Json:
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
        case EnumT(name=name):
            return {"defined": name}
        case ArrayT(element=element, length=length):
            return {"array": [_legacy_type(element), length]}
        case _:
            return _type(kind)
