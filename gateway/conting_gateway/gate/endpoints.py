"""POST /v1/events/{event}/gate/verify. A gate signs in like a wallet, at /v1/gate/session."""

from conting_client import ANY_GATE, GateReason, PasskeyPass
from fastapi import APIRouter
from solders.pubkey import Pubkey

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import (
    GateRevokedError,
    KeysEndedError,
    NotSignedInError,
    SessionExpiredError,
    UnknownEventError,
    responses,
)
from conting_gateway.gate.schemas import CheckIn, SeatAnswer, VerdictAnswer, VerifyRequest
from conting_gateway.gate.service import Asked, Ruling
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1/events/{event}/gate", tags=["gate"])


@router.post(
    "/verify",
    responses=responses(
        NotSignedInError, SessionExpiredError, GateRevokedError, UnknownEventError, KeysEndedError
    ),
)
async def verify(event: Address, asked: VerifyRequest, caller: Caller, use: Use) -> VerdictAnswer:
    """Gives the verdict on a pass and spends it. For keys that the organiser registered on chain.

    The same gate may ask again about the same pass and gets the same verdict, marked `repeated`.
    The first one of an event, and the next ones when the store has been away, take two seconds.
    Without the store or the chain there is no verdict (503): the gate falls back to its manifest.
    """
    wanted = Asked(asked.pass_, asked.session, asked.scan, asked.log)
    return _answer(await use.gate.verify(caller.wallet, event, wanted))


def _answer(ruling: Ruling) -> VerdictAnswer:
    record, found = ruling.record, ruling.found
    admitted = record.reason == ""
    return VerdictAnswer(
        verdict="admitted" if admitted else "refused",
        reason=None if admitted else GateReason(record.reason),
        repeated=ruling.repeated,
        at=record.at,
        where=None if record.where is None else Pubkey.from_string(record.where),
        when=record.when,
        group=_group(ruling),
        ticket=None if found is None else found.entry_message().ticket,
        seat=_seat(ruling),
        proof=None if found is None else "passkey" if isinstance(found, PasskeyPass) else "device",
        check_in=_check_in(ruling) if admitted else None,
    )


def _group(ruling: Ruling) -> int | None:
    away = ruling.record.reason == GateReason.WRONG_GATE
    return ruling.ticket.gate_group if away and ruling.ticket is not None else None


def _seat(ruling: Ruling) -> SeatAnswer | None:
    if ruling.ticket is None or ruling.section is None:
        return None
    return SeatAnswer(section=ruling.section, seat=ruling.ticket.seat)


def _check_in(ruling: Ruling) -> CheckIn | None:
    found, device = ruling.found, ruling.device
    if found is None or isinstance(found, PasskeyPass) or ruling.ticket is None or device is None:
        return None
    signed = found.entry_message()
    return CheckIn(
        session=signed.session,
        nonce=signed.nonce,
        expires=signed.expires,
        gate_bound=signed.gate != ANY_GATE,
        person=ruling.ticket.person,
        device_key=device,
        device_signature=bytes(found.device_signature),
    )
