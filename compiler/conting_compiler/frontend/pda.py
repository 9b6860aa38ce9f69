"""How a client derives the addresses of the accounts of an instruction: seeds for the IDL.

Where an account is made with `init`, its seeds are traced back, through variables and calls, to
constants, other accounts' keys and arguments. An account that exists already gets the derivation of
its namesake in another instruction, if all of that one's seeds are there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from conting_compiler.frontend.effects import Analysis
from conting_compiler.frontend.intrinsics.table import ASSOCIATED, PROGRAMS, TOKEN_PROGRAM
from conting_compiler.frontend.walk import Node, walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import EmptyT, Type

Derivations = dict[str, ir.Pda | None]
"""By parameter; None where it cannot be said, or not in one way."""
_TOKEN_PROGRAM: Final = ir.ConstPdaSeed(PROGRAMS[TOKEN_PROGRAM])


@dataclass(slots=True)
class _Tracer:
    """Traces values of one function back to its parameters."""

    analysis: Analysis
    classes: Mapping[str, ir.AccountClass]
    params: Mapping[str, Type]
    values: dict[str, ir.Expr] = field(default_factory=dict)
    """The value of each variable that is assigned once."""
    stored: Counter[str] = field(default_factory=Counter)

    def seed(self, expr: ir.Expr) -> ir.PdaSeed | None:
        """Where a seed comes from."""
        match expr:
            case ir.BytesLit(value=value):
                return ir.ConstPdaSeed(value)
            case ir.IntLit(value=number, type=kind):
                return ir.ConstPdaSeed(
                    number.to_bytes(kind.bits // 8, "little", signed=kind.signed)
                )
            case ir.Intrinsic(name="account.key", arguments=(account,)):
                return self._key(account)
            case ir.Local(name=name) if name in self.params:
                return None if self.stored[name] else ir.ArgumentPdaSeed(name)
            case ir.Local(name=name) if self.stored[name] == 1 and name in self.values:
                return self.seed(self.values[name])
            case _:
                return None

    def account(self, expr: ir.Expr) -> str | None:
        """The one parameter that an account is."""
        roots = self.analysis.of(expr)
        return next(iter(roots)) if len(roots) == 1 else None

    def init(self, node: ir.InitAccount | ir.InitMint | ir.InitTokenAccount) -> ir.Pda | None:
        """How the address of the account is derived that a call of `init` makes."""
        seeds = node.seeds
        if isinstance(node, ir.InitTokenAccount) and node.associated:
            owner, mint = self._key(node.authority), self._key(node.mint)
            return _whole([owner, _TOKEN_PROGRAM, mint], PROGRAMS[ASSOCIATED])
        if seeds == ():
            return None
        if isinstance(node, ir.InitAccount) and seeds is None:
            return _whole([self._declared(s, node) for s in self._declared_seeds(node)])
        return _whole([self.seed(each) for each in seeds or ()])

    def _key(self, account: ir.Expr) -> ir.PdaSeed | None:
        root = self.account(account)
        return None if root is None else ir.AccountPdaSeed(root)

    def _declared_seeds(self, node: ir.InitAccount) -> Sequence[object]:
        return self.classes[node.account_class].seeds or ()

    def _declared(self, seed: object, node: ir.InitAccount) -> ir.PdaSeed | None:
        if isinstance(seed, ir.ConstSeed):
            return ir.ConstPdaSeed(seed.value)
        values = dict(node.fields)
        name = getattr(seed, "field", "")
        return self.seed(values[name]) if name in values else None

    def passed(self, call: ir.Call, names: Sequence[str], inner: ir.Pda) -> ir.Pda | None:
        """A callee's derivation in terms of this function's parameters."""
        arguments = dict(zip(names, call.arguments, strict=True))
        return _whole([self._passed_seed(seed, arguments) for seed in inner.seeds], inner.program)

    def _passed_seed(self, seed: ir.PdaSeed, arguments: Mapping[str, ir.Expr]) -> ir.PdaSeed | None:
        match seed:
            case ir.AccountPdaSeed(account=name):
                return self._key(arguments[name])
            case ir.ArgumentPdaSeed(argument=name):
                return self.seed(arguments[name])
            case _:
                return seed


def _whole(seeds: Sequence[ir.PdaSeed | None], program: bytes | None = None) -> ir.Pda | None:
    known = tuple(seed for seed in seeds if seed is not None)
    return ir.Pda(known, program) if len(known) == len(seeds) else None


def find_derivations(
    functions: Sequence[ir.Function],
    analyses: Mapping[str, Analysis],
    classes: Mapping[str, ir.AccountClass],
) -> dict[str, Derivations]:
    """Of every function, callees first, the derivations of what it makes with `init`."""
    names = {function.name: [p.name for p in function.params] for function in functions}
    found: dict[str, Derivations] = {}
    for function in functions:
        nodes = walk(*function.body)
        tracer = _tracer(function, nodes, analyses[function.name], classes)
        derivations: Derivations = {}
        for node in nodes:
            match node:
                case ir.InitAccount() | ir.InitMint() | ir.InitTokenAccount():
                    _add(derivations, tracer.account(node.target), tracer.init(node))
                case ir.Call(function=callee):
                    taken = dict(zip(names[callee], node.arguments, strict=True))
                    for name, inner in found[callee].items():
                        whole = inner and tracer.passed(node, names[callee], inner)
                        _add(derivations, tracer.account(taken[name]), whole)
        found[function.name] = derivations
    return found


def _tracer(
    function: ir.Function,
    nodes: Sequence[Node],
    analysis: Analysis,
    classes: Mapping[str, ir.AccountClass],
) -> _Tracer:
    params = {p.name: p.type for p in function.params if not ir.is_account(p.type)}
    tracer = _Tracer(analysis, classes, params)
    for node in nodes:
        match node:
            case ir.Assign(target=ir.Local(name=name), value=value):
                tracer.stored[name] += 1
                tracer.values[name] = value
            case ir.ForRange(variable=ir.Local(name=name)):
                tracer.stored[name] += 2
    return tracer


def _add(derivations: Derivations, name: str | None, found: ir.Pda | None) -> None:
    if name is None:
        return
    is_circular = found is not None and ir.AccountPdaSeed(name) in found.seeds
    is_other = name in derivations and derivations[name] != found
    derivations[name] = None if is_circular or is_other else found


def find_namesakes(
    entries: Mapping[str, Sequence[ir.Param]], derivations: Mapping[str, Derivations]
) -> dict[tuple[str, str], ir.Pda]:
    """Derivations of existing accounts, by instruction and account, from other instructions."""
    candidates: dict[tuple[str, str], set[ir.Pda]] = {}
    kinds = {user: {p.name: _existing(p.type) for p in params} for user, params in entries.items()}
    for maker, made in ((m, derivations[m]) for m in entries):
        theirs = kinds[maker]
        for name, derivation in made.items():
            for user in entries if derivation else ():
                assert derivation is not None
                ours = kinds[user]
                wanted = [name, *(_path(seed) for seed in derivation.seeds)]
                is_made_here = name in derivations[user]
                if not is_made_here and all(ours.get(n) == theirs.get(n) for n in wanted if n):
                    candidates.setdefault((user, name), set()).add(derivation)
    return {key: found.pop() for key, found in candidates.items() if len(found) == 1}


def _path(seed: ir.PdaSeed) -> str | None:
    match seed:
        case ir.AccountPdaSeed(account=name) | ir.ArgumentPdaSeed(argument=name):
            return name
        case _:
            return None


def _existing(kind: Type) -> Type:
    return kind.inner if isinstance(kind, EmptyT) else kind
