"""Puts the program together: instructions with their accounts, programs and addresses."""

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.frontend.accounts import doc_of
from conting_compiler.frontend.aliasing import check_aliasing
from conting_compiler.frontend.balances import check_balances
from conting_compiler.frontend.bodies import check_function
from conting_compiler.frontend.calls import pubkey
from conting_compiler.frontend.classes import constructors
from conting_compiler.frontend.declarations import declare
from conting_compiler.frontend.declared import Declared, Signature
from conting_compiler.frontend.effects import Analysis, Effects, find_effects, in_call_order
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.handing import check_handing
from conting_compiler.frontend.intrinsics.table import PROGRAMS
from conting_compiler.frontend.modules import Definition, Loader, Module, Sort
from conting_compiler.frontend.pda import Derivations, find_derivations, find_namesakes
from conting_compiler.frontend.safety import check_safety
from conting_compiler.frontend.scope import Scope
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    PUBKEY_SIZE,
    AccountLikeT,
    AccountT,
    ClockT,
    EnumT,
    InstructionsT,
    OptionT,
    RentT,
    SignerT,
    SlotHashesT,
    SysvarT,
    UncheckedT,
    inside,
)
from conting_compiler.source import Span

MAX_ACCOUNTS: Final = 64
"""Accounts that an instruction takes, programs included: as many as a transaction locks."""

INSTRUCTIONS_SYSVAR: Final = decode("Sysvar1nstructions1111111111111111111111111")


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What the analyses found, by function."""

    effects: Mapping[str, Effects]
    derivations: Mapping[str, Derivations]
    namesakes: Mapping[tuple[str, str], ir.Pda]
    classes: Mapping[str, ir.AccountClass]


def assemble(name: str, root: Module, loader: Loader) -> tuple[ir.Program, Callable[[], None]]:
    """The program whose files are loaded, and what raises UserError if it is not safe.

    Raises UserError with everything found.
    """
    declared = declare(loader.definitions, loader.owners)
    address = _address(root, loader, declared)
    entries = _entries(root, loader, declared)
    checked = {s.name: check_function(s, declared) for s in _signatures(loader, declared)}
    checked |= {function.name: function for function in constructors(declared)}
    loader.diagnostics.stop_if_any()
    check_aliasing(list(checked.values()), [s.name for s in entries], loader.diagnostics)
    ordered = in_call_order(list(checked.values()), loader.diagnostics)
    found = find_effects(ordered)
    check_balances(ordered, found, loader.diagnostics)
    check_handing(ordered, found, declared, loader.diagnostics)
    knowledge = _analyse(ordered, entries, declared, found)
    instructions = tuple(_instruction(s, checked[s.name], knowledge) for s in entries)
    entry_names = [signature.name for signature in entries]

    def check() -> None:
        plain = {each.name: each for each in declared.classes.values()}
        classes = knowledge.classes, plain
        check_safety(ordered, entry_names, found, classes, loader.diagnostics)
        loader.diagnostics.stop_if_any()

    if loader.diagnostics.found:
        check()
    program = ir.Program(
        name=name,
        doc=doc_of(root.file.tree),
        address=address,
        accounts=tuple(declared.accounts.values()),
        enums=tuple(_enum(d, kind) for d, kind in declared.enums.items()),
        errors=tuple(declared.errors.errors),
        functions=tuple(f for f in checked.values() if f.name not in entry_names),
        instructions=instructions,
        classes=tuple(declared.classes.values()),
    )
    return program, check


def _signatures(loader: Loader, declared: Declared) -> list[Signature]:
    """Functions and methods in the order of the source."""
    found: list[Signature] = []
    for definition in loader.definitions:
        if definition in declared.functions:
            found.append(declared.functions[definition])
        if definition in declared.accounts or definition in declared.classes:
            owner = definition.name
            found.extend(s for (name, _), s in declared.methods.items() if name == owner)
    return found


def _enum(definition: Definition, kind: EnumT) -> ir.EnumDef:
    doc = doc_of(definition.node) if isinstance(definition.node, ast.ClassDef) else ""
    span = definition.module.span(definition.node)
    return ir.EnumDef(kind.name, doc, kind.variants, span)


# --- the root file -------------------------------------------------------------------------------

_OF_THE_PROGRAM: Final = (
    "write the program's; until it has one, any: "
    'declare_id("Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS")'
)
"""This is what new programs for Anchor and the original Seahorse declare at first."""


def _address(root: Module, loader: Loader, declared: Declared) -> bytes:
    """What `declare_id` says; zeros, with an error noted, if it says nothing."""
    calls = [call for module, call in loader.identifiers if module is root]
    for module, call in loader.identifiers:
        if module is not root:
            module.error("E301", "'declare_id' stands in the root file only", call, "move it there")
    for call in calls[1:]:
        root.error("E301", "'declare_id' stands here twice", call, "remove one")
    if not calls:
        start = Span(root.file.source, 1, 1, 1, 1)
        fix = 'write declare_id("…") with the address of the program'
        loader.diagnostics.error("E301", "the program's address is not declared", start, fix)
        return bytes(PUBKEY_SIZE)
    match calls[0]:
        case ast.Call(args=[ast.Constant(value="")], keywords=[]):
            root.error("E301", "the program's address is empty", calls[0], _OF_THE_PROGRAM)
        case ast.Call(args=[argument], keywords=[]):
            with suppress(Refused):
                address = pubkey(argument, Scope(root, declared)).value
                if address == bytes(PUBKEY_SIZE):
                    message = "this is the address of the System program"
                    root.error("E301", message, argument, _OF_THE_PROGRAM)
                return address
        case call:
            fix = 'write declare_id("…")'
            root.error("E301", "'declare_id' takes one address", call, fix)
    return bytes(PUBKEY_SIZE)


def _entries(root: Module, loader: Loader, declared: Declared) -> list[Signature]:
    """The instructions: as the root file imports or defines them, then any others."""
    first = [d for d in root.names.values() if isinstance(d, Definition)]
    ordered = dict.fromkeys([*first, *loader.definitions])
    instructions = [d for d in ordered if d.sort is Sort.INSTRUCTION]
    refused = {each.code for each in loader.diagnostics.found}
    if not instructions and "E110" not in refused:
        start = Span(root.file.source, 1, 1, 1, 1)
        fix = "put '@instruction' before a function, and import it in the root file"
        loader.diagnostics.error("E302", "the program has no instruction", start, fix)
    return [declared.functions[d] for d in instructions if d in declared.functions]


# --- instructions --------------------------------------------------------------------------------


def _analyse(
    functions: list[ir.Function],
    entries: list[Signature],
    declared: Declared,
    found: Mapping[str, tuple[Effects, Analysis]],
) -> _Knowledge:
    classes = {each.name: each for each in declared.accounts.values()}
    analyses = {name: analysis for name, (_, analysis) in found.items()}
    derivations = find_derivations(functions, analyses, classes)
    namesakes = find_namesakes({s.name: s.params for s in entries}, derivations)
    effects = {name: e for name, (e, _) in found.items()}
    return _Knowledge(effects, derivations, namesakes, classes)


def _instruction(
    signature: Signature, function: ir.Function, knowledge: _Knowledge
) -> ir.Instruction:
    accounts = _accounts(function, knowledge)
    called = knowledge.effects[function.name].programs
    programs = tuple(ir.ProgramAccount(n, PROGRAMS[n]) for n in PROGRAMS if n in called)
    _check_names(signature, accounts, programs)
    _check_foreign(signature, accounts, knowledge)
    clocks = [param.name for param in function.params if isinstance(param.type, ClockT)]
    return ir.Instruction(
        name=signature.node.name,
        doc=doc_of(signature.node),
        discriminator=sha256(f"global:{signature.node.name}".encode()).digest()[
            :DISCRIMINATOR_SIZE
        ],
        accounts=accounts,
        programs=programs,
        arguments=tuple(
            p
            for p in function.params
            if not ir.is_account(p.type) and not isinstance(p.type, SysvarT)
        ),
        clock=clocks[0] if clocks else None,
        body=function.body,
        span=function.span,
        result=function.result,
        sysvars=tuple(p for p in function.params if isinstance(p.type, RentT | SlotHashesT)),
    )


def _accounts(function: ir.Function, knowledge: _Knowledge) -> tuple[ir.AccountParam, ...]:
    """What an instruction takes. What a called program may write is no second place of an account
    of a class, whose fields are known from before the call.
    """
    found = tuple(
        _account(param, kind, function.name, knowledge)
        for param in function.params
        if isinstance(kind := inside(param.type), AccountLikeT)
    )
    hands = knowledge.effects[function.name].hands
    others = (each for each in found if isinstance(each.type, SignerT | UncheckedT))
    if not any(each.name in hands and each.writable for each in others):
        return found
    return tuple(replace(each, alone=isinstance(each.type, AccountT)) for each in found)


def _account(
    param: ir.Param, kind: AccountLikeT, instruction: str, knowledge: _Knowledge
) -> ir.AccountParam:
    made = knowledge.derivations[instruction].get(param.name)
    return ir.AccountParam(
        name=param.name,
        type=kind,
        writable=param.name in knowledge.effects[instruction].writes,
        signer=isinstance(kind, SignerT) or param.name in knowledge.effects[instruction].signs,
        address=INSTRUCTIONS_SYSVAR if isinstance(kind, InstructionsT) else None,
        pda=made or knowledge.namesakes.get((instruction, param.name)),
        span=param.span,
        optional=isinstance(param.type, OptionT),
    )


def _check_foreign(
    signature: Signature, accounts: tuple[ir.AccountParam, ...], knowledge: _Knowledge
) -> None:
    """Accounts of another program are only read."""
    for account, argument in ((a, n) for a in accounts for n in signature.node.args.args):
        kind = account.type
        if argument.arg != account.name or not isinstance(kind, AccountT) or not account.writable:
            continue
        if knowledge.classes[kind.name].owner is not None:
            fix = "read it only; to pay it, take it as an UncheckedAccount"
            message = f"'{account.name}' belongs to another program and is written"
            signature.module.error("E321", message, argument, fix)


def _check_names(
    signature: Signature,
    accounts: tuple[ir.AccountParam, ...],
    programs: tuple[ir.ProgramAccount, ...],
) -> None:
    module, node = signature.module, signature.node
    if len(accounts) + len(programs) > MAX_ACCOUNTS:
        message = f"an instruction takes at most {MAX_ACCOUNTS} accounts"
        module.error("E307", message, node, "split it into two")
    appended = {program.name for program in programs}
    for argument in node.args.args:
        if argument.arg in appended:
            fix = "rename the parameter"
            message = f"'{argument.arg}' is the name of a program account that is appended"
            module.error("E112", message, argument, fix)
