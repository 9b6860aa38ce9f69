"""Notes what the calls of builtins do that move lamports and tokens: who pays, gets and signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from conting_compiler.frontend.effects import Analysis
from conting_compiler.frontend.intrinsics import BY_NAME
from conting_compiler.frontend.safety.facts import Closing, Deed, Event, Facts, Payment
from conting_compiler.frontend.safety.sources import NOTHING, ZERO, Data, Sources, keys_of
from conting_compiler.frontend.walk import Node
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typed_text import expression
from conting_compiler.ir.typesystem import AccountT, SignerT

_SPENDING: Final = frozenset({"transfer", "burn", "close", "approve"})
"""Methods of tokens by which value leaves the account that the authority rules over."""
_GIVING: Final = {"set_owner": "owner", "set_close_authority": "close_authority"}
"""Methods that make somebody else rule over a token account, and the argument that says who."""
_LAMPORTS: Final = frozenset({"account.transfer_lamports", "account.close"})
"""Builtins by which lamports leave an account of this program."""
_PAYMENTS: Final = frozenset({"signer.transfer_lamports", "signer.pay_rent"})
"""Builtins by which a signer's lamports go to an account."""

_NOBODY: Final[frozenset[str]] = frozenset()


class Collector(Protocol):
    """What knows where values come from, and keeps the facts."""

    facts: Facts
    analysis: Analysis

    def of(self, node: Node) -> Sources:
        """Where the value of an expression comes from."""

    def note(
        self, deed: Deed, account: ir.Expr, node: ir.Intrinsic | ir.Invoke, to: frozenset[str]
    ) -> None:
        """Notes something done to each account that it may be."""

    def note_seeds(self, account: ir.Expr, signer: ir.Expr | None) -> None:
        """Notes the seeds by which an account signs."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of builtins in one function."""

    collector: Collector

    @property
    def _facts(self) -> Facts:
        return self.collector.facts

    def _accounts(self, node: ir.Expr) -> frozenset[str]:
        return self.collector.analysis.of(node)

    def visit(self, node: ir.Intrinsic) -> None:
        """Notes what one call moves."""
        given = _by_name(node)
        to = self._receivers(given)
        if node.name in _LAMPORTS:
            self._lamports(node, given, to)
        elif node.name in _PAYMENTS:
            self._pay(self._accounts(node.arguments[0]), to, given.get("amount"))
        elif "authority" in given:
            self._authority(node, given, to)

    def _receivers(self, given: Mapping[str, ir.Expr]) -> frozenset[str]:
        named = (given[name] for name in ("to", "account", "delegate") if name in given)
        return frozenset().union(*(self._accounts(each) for each in named))

    def _lamports(
        self, node: ir.Intrinsic, given: Mapping[str, ir.Expr], to: frozenset[str]
    ) -> None:
        source = node.arguments[0]
        self.collector.note(Deed.TAKE, source, node, to)
        if "amount" in given:
            amount = self.collector.of(given["amount"])
            names = sorted(self._accounts(source))
            self._facts.closings += [self._closing(each, amount, given["amount"]) for each in names]
            self._facts.weighed.append((amount, frozenset()))

    def _closing(self, account: str, amount: Sources, node: ir.Expr) -> Closing:
        rest = ""
        if isinstance(node, ir.Binary) and node.op is ir.BinaryOp.SUB:
            is_all = self.collector.of(node.left) == {Data(account, "lamports")}
            rest = expression(node.right) if is_all else ""
        return Closing(account, amount, node.span, expression(node), rest)

    def _authority(
        self, node: ir.Intrinsic, given: Mapping[str, ir.Expr], to: frozenset[str]
    ) -> None:
        """A call of a token program. `to`: who may have something of it afterwards."""
        authority = given["authority"]
        moved = self._accounts(given.get("holder", node.arguments[0]))
        verb = node.name.rpartition(".")[2]
        filled = _NOBODY if verb in ("approve", "close") else to
        self._facts.links.append(moved | self._accounts(authority))
        self._facts.moved |= moved | filled
        self.collector.note_seeds(authority, given.get("signer"))
        self._note_mint(node, given, moved, filled)
        if isinstance(authority.type, AccountT):
            self._facts.custodians |= self._accounts(authority)
        if isinstance(authority.type, SignerT):
            self._give_up(node, given, verb, to)
        elif isinstance(authority.type, AccountT) and verb in _GIVING:
            self._give(authority, node, moved, given[_GIVING[verb]])
        elif isinstance(authority.type, AccountT):
            self._facts.filled |= filled
            if verb in _SPENDING:
                self.collector.note(Deed.SPEND, authority, node, to)
            else:
                self._sign(authority, node, to, moved)
        elif verb in _SPENDING or verb in _GIVING:
            self.collector.note(Deed.SPEND, authority, node, to)

    def _give_up(
        self, node: ir.Intrinsic, given: Mapping[str, ir.Expr], verb: str, to: frozenset[str]
    ) -> None:
        """What a signer gives: no allowance, since that can be taken back before it is used."""
        if verb == "approve":
            return
        gets = self._accounts(node.arguments[0]) if verb == "burn" else to
        amount = given.get("amount")
        payers = self._accounts(given["authority"])
        self._pay(payers, gets, amount, is_tokens=amount is not None)

    def _pay(
        self,
        payers: frozenset[str],
        receivers: frozenset[str],
        amount: ir.Expr | None,
        *,
        is_tokens: bool = False,
    ) -> None:
        """Notes what a signer gives, unless it is nothing."""
        much = NOTHING if amount is None else self.collector.of(amount)
        if much == ZERO:
            return
        self._facts.payments.append(Payment(payers, receivers, much, is_tokens))
        if amount is not None and not is_tokens:
            self._facts.weighed.append((much, frozenset()))

    def _note_mint(
        self,
        node: ir.Intrinsic,
        given: Mapping[str, ir.Expr],
        moved: frozenset[str],
        filled: frozenset[str],
    ) -> None:
        """Notes which tokens are of one mint, and how many are moved."""
        mint = self._accounts(given["mint"]) if "mint" in given else _NOBODY
        group = self._accounts(node.arguments[0]) | moved | filled | mint
        self._facts.of_one_mint.append(group)
        if "amount" in given:
            self._facts.weighed.append((self.collector.of(given["amount"]), moved))

    def _sign(
        self, authority: ir.Expr, node: ir.Intrinsic, to: frozenset[str], tokens: frozenset[str]
    ) -> None:
        for each in sorted(self._accounts(authority)):
            event = Event(Deed.SIGN, each, node.span, to - {each}, tokens=tokens)
            self._facts.events.append(event)

    def _give(
        self, authority: ir.Expr, node: ir.Intrinsic, tokens: frozenset[str], receiver: ir.Expr
    ) -> None:
        value = self.collector.of(receiver)
        self._facts.used |= keys_of(value)
        for each in sorted(self._accounts(authority)):
            event = Event(Deed.GIVE, each, node.span, value=value, tokens=tokens)
            self._facts.events.append(event)


def _by_name(node: ir.Intrinsic) -> dict[str, ir.Expr]:
    """The arguments of a builtin by the names of its parameters; the receiver is not among them."""
    row = BY_NAME.get(node.name)
    if row is None:
        return {}
    own = node.arguments if row.receiver is None else node.arguments[1:]
    return {p.name: each for p, each in zip(row.parameters, own, strict=False)}
