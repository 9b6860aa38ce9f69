"""What can go wrong, designed as one tree.

* ContingError
  x ChainError                 the chain refused a transaction: .code .name .logs
    + ProgramRefused           by a rule of the program: .error is its ErrorCode
    + ProgramFault             by a check that the compiler put in (accounts, arithmetic)
    + AccountFrozen            Token-2022: a ticket moves only through the ticket program
    + TransactionFailed        anything else: no money for fees, another program's error
  x TransactionExpired         the chain never took it and never will; build and sign a new one
  x TransportError
    + RpcUnavailable           no answer, or one that is not an answer
      - NodeBehind             one that is older than what is already known
    + RpcRefused               the node does not do what was asked
    + OutcomeUnknown           sent, and nobody can say yet whether it landed: .signature
    + GatewayUnavailable       no answer, or one that is not an answer: .code .detail
  x GatewayRefused             .code .detail .retry_after (seconds)
  x FeedGap                    what came after the last thing heard is no longer kept
  x AccountMissing             there is no account of this kind at the address
  x WalletError                a key file that cannot be read or written
  x TransactionChanged         what came back is not what was signed or asked for
  x ChallengeRefused           the device key does not answer this challenge
  x PassError
    + MalformedPass            the bytes are not of the layout
    + BadSignature             the layout is right and a signature is not
  x MalformedManifest          the bytes are no manifest, or not one of this version
  x MalformedDid               the text is no DID, or no key as DID documents have it
"""

# ruff: noqa: N818 -- names say what happened; the root and the abstract ones end in Error
from typing import Literal, Protocol

from solders.signature import Signature

TOKEN_2022_FROZEN = 17  # TokenError::AccountFrozen, the same in SPL Token and Token-2022

FAULTS = {
    100: "INSTRUCTION_MISSING",
    101: "UNKNOWN_INSTRUCTION",
    102: "BAD_ARGUMENTS",
    2000: "NOT_WRITABLE",
    2006: "WRONG_SEEDS",
    2012: "WRONG_ADDRESS",
    2040: "SAME_ACCOUNT_TWICE",
    3002: "WRONG_CLASS",
    3003: "ACCOUNT_TOO_SHORT",
    3004: "ACCOUNT_FULL",
    3005: "NOT_ENOUGH_ACCOUNTS",
    3007: "WRONG_OWNER",
    3009: "NOT_PROGRAM",
    3010: "NOT_SIGNER",
    5500: "OVERFLOW",
    5501: "DIVISION_BY_ZERO",
    5502: "INDEX",
    5503: "CONVERSION",
    5504: "NOT_EMPTY",
    5505: "TOO_LONG",
    5506: "LAMPORTS",
    5507: "NO_VALUE",
}
"""Names of the numbers below 6000 with which compiled programs refuse (docs/errors.md)."""


class ProgramError(Protocol):
    """A member of a generated client's ErrorCode."""

    @property
    def name(self) -> str:
        """Such as SEAT_TAKEN."""

    @property
    def value(self) -> int:
        """Such as 6015."""

    @property
    def message(self) -> str:
        """The program's sentence."""


class ContingError(Exception):
    """The root of every error that this package raises on purpose."""


class ChainError(ContingError):
    """The chain refused a transaction; nothing of it happened.

    `code` is the custom error number, None where the chain gave none; `logs` are the programs'.
    """

    def __init__(self, code: int | None, name: str, detail: str, logs: tuple[str, ...]) -> None:
        self.code = code
        self.name = name
        self.detail = detail
        self.logs = logs
        super().__init__(f"{name}: {detail}")


class ProgramRefused(ChainError):
    """A rule of the program refused; `error` is the member of its ErrorCode."""

    def __init__(self, error: ProgramError, logs: tuple[str, ...]) -> None:
        self.error = error
        super().__init__(error.value, error.name, error.message, logs)


class ProgramFault(ChainError):
    """A check that the compiler put in refused: wrong accounts, wrong bytes, no room."""


class AccountFrozen(ChainError):
    """A token account is frozen: tickets move only through the ticket program."""


class TransactionFailed(ChainError):
    """The transaction failed for a reason that is not a program's rule."""


class TransactionExpired(ContingError):
    """The blockhash is too old and the transaction did not land: it never will."""


class TransportError(ContingError):
    """The question or its answer was lost on the way."""


class RpcUnavailable(TransportError):
    """The node gave no answer; ask again or ask another node."""


class NodeBehind(RpcUnavailable):
    """The node has not come to the slot that is asked for; ask again or ask another node."""


class RpcRefused(TransportError):
    """The node answered that it does not do this."""


class OutcomeUnknown(TransportError):
    """The transaction was sent and its outcome is not known; ask for `signature` later."""

    def __init__(self, signature: Signature, detail: str) -> None:
        self.signature = signature
        super().__init__(f"the outcome of {signature} is not known: {detail}")


class GatewayUnavailable(TransportError):
    """The gateway gave no answer, or what answered is none; ask again.

    `code` is stable: `unreachable`, nobody takes the connection; `no_answer`, it took too long or
    the connection ended, and what was asked for may have been done; `not_a_gateway`.
    """

    def __init__(
        self, detail: str, code: Literal["unreachable", "no_answer", "not_a_gateway"] = "no_answer"
    ) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


class FeedGap(ContingError):
    """What came after a place of the feed is not kept any more: read the lists anew.

    The feed goes on after `next`.
    """

    def __init__(self, place: str) -> None:
        self.next = place
        super().__init__(f"the feed has a gap: read the lists anew, and go on after {place}")


class GatewayRefused(ContingError):
    """The gateway said no: `code` is stable, `retry_after` in seconds where waiting helps."""

    def __init__(self, status: int, code: str, detail: str, retry_after: float | None) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(f"{code}: {detail}")


class AccountMissing(ContingError):
    """No account of the expected kind is at the address."""


class WalletError(ContingError):
    """A key file is missing, in the way, or not a key file."""


class TransactionChanged(ContingError):
    """A transaction is not the one that was asked for or signed."""


class ChallengeRefused(ContingError):
    """The device key does not answer: the challenge is for another ticket or key, or over."""


class PassError(ContingError):
    """The bytes are no valid pass or challenge."""


class MalformedPass(PassError):
    """The bytes do not have the layout, or values that it forbids."""


class BadSignature(PassError):
    """A signature was not made by the key over these very bytes."""


class MalformedManifest(ContingError):
    """The bytes are not those of a manifest, or of a version that this client does not know."""


class MalformedDid(ContingError):
    """The text is no DID of ours, or no key as DID documents have it."""
