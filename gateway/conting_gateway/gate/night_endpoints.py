"""/v1/events/{event}/gate/…: manifest, writers, what gates did by themselves, evidence, report."""

from base64 import b64decode
from typing import Annotated

from fastapi import APIRouter, Query
from solders.pubkey import Pubkey

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import (
    GateRevokedError,
    KeysEndedError,
    NotOrganiserError,
    NotSignedInError,
    NotSupervisorError,
    SessionExpiredError,
    UnknownEventError,
    WriterTakenError,
    WrongSessionError,
    responses,
)
from conting_gateway.gate.night import Report, TooManyLogsError
from conting_gateway.gate.records import AdmissionRecord, Scanner, Writer
from conting_gateway.gate.schemas import (
    LOG,
    ConflictAnswer,
    ConflictsAnswer,
    GateTallyAnswer,
    ManifestAnswer,
    RefusalsRequest,
    ReportAnswer,
    ScansAnswer,
    ScansRequest,
    WordAnswer,
    WriterAnswer,
    WriterRequest,
)
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1/events/{event}/gate", tags=["gate"])

SIGNED_IN = (NotSignedInError, SessionExpiredError, UnknownEventError)
VERSION = "^([0-9a-f]{128})?$"
Session = Annotated[int, Query(ge=0, lt=2**16)]


@router.get("/manifest", responses=responses(*SIGNED_IN, GateRevokedError, KeysEndedError))
async def manifest(
    event: Address,
    caller: Caller,
    use: Use,
    *,
    session: Session = 0,
    since: Annotated[
        str,
        Query(
            pattern=VERSION,
            description="Both roots that you have, hex",
            examples=["0f9a7c31b2d4e586" * 8],
        ),
    ] = "",
    log: Annotated[str, Query(pattern=LOG)] = "",
) -> ManifestAnswer:
    """Gives a gate what it needs to decide without a network, sealed and signed.

    A line opens only with what a pass of its ticket shows. With `since` only what has changed, if
    this process still knows that version. For the group's writer this prolongs its right.
    """
    scanner = Scanner(caller.wallet, event, session, log)
    issued = await use.manifests.issue(scanner, bytes.fromhex(since))
    return ManifestAnswer(
        head=issued.head.encode(),
        signature=bytes(issued.signature),
        full=issued.full,
        tickets=issued.tickets,
        entries=issued.entries,
    )


@router.post(
    "/writer",
    responses=responses(*SIGNED_IN, GateRevokedError, WriterTakenError, NotSupervisorError),
)
async def claim_writer(
    event: Address, asked: WriterRequest, caller: Caller, use: Use
) -> WriterAnswer:
    """Makes this scanner the one that admits its group's tickets, with and without a network.

    From now on they get in nowhere else (wrong_gate). Fetch the manifest afterwards.
    """
    scanner = Scanner(caller.wallet, event, asked.session, asked.log)
    return _writer(await use.manifests.claim(scanner, force=asked.force))


@router.delete("/writer", status_code=204, responses=responses(*SIGNED_IN, GateRevokedError))
async def release_writer(
    event: Address,
    caller: Caller,
    use: Use,
    log: Annotated[str, Query(pattern=LOG)],
    session: Session = 0,
) -> None:
    """Gives the right back, after everything was synchronised. Nothing happens to another's."""
    await use.manifests.release(Scanner(caller.wallet, event, session, log))


@router.post("/scans", responses=responses(*SIGNED_IN, GateRevokedError))
async def take_scans(event: Address, asked: ScansRequest, caller: Caller, use: Use) -> ScansAnswer:
    """Takes over what a gate admitted without the gateway. Sending it again changes nothing."""
    return ScansAnswer(outcomes=await use.night.sync(caller.wallet, event, asked.scans))


@router.put(
    "/refusals",
    status_code=204,
    responses=responses(*SIGNED_IN, GateRevokedError, WrongSessionError, TooManyLogsError),
)
async def take_refusals(event: Address, asked: RefusalsRequest, caller: Caller, use: Use) -> None:
    """Takes over how many a gate refused without the gateway, for the report: its log's whole
    count each time, so that sending it again changes nothing.
    """
    told = {reason.value: count for reason, count in asked.refused.items()}
    scanner = Scanner(caller.wallet, event, asked.session, asked.log)
    await use.night.note_refusals(scanner, told)


@router.get("/conflicts", responses=responses(*SIGNED_IN, NotOrganiserError, WrongSessionError))
async def read_conflicts(
    event: Address, caller: Caller, use: Use, session: Session = 0
) -> ConflictsAnswer:
    """Gives organiser and supervisors the evidence: pairs of admissions of one ticket."""
    found = await use.night.conflicts(caller.wallet, event, session)
    pairs = [ConflictAnswer(first=_word(each.first), second=_word(each.second)) for each in found]
    return ConflictsAnswer(conflicts=pairs)


@router.get("/report", responses=responses(*SIGNED_IN, NotOrganiserError, WrongSessionError))
async def read_report(
    event: Address, caller: Caller, use: Use, session: Session = 0
) -> ReportAnswer:
    """Tells the organiser and the event's gates how the session stands: the end-of-night report."""
    return _report(event, session, await use.night.report(caller.wallet, event, session))


def _report(event: Pubkey, session: int, found: Report) -> ReportAnswer:
    return ReportAnswer(
        event=event,
        session=session,
        sold=found.sold,
        admitted=found.admitted,
        on_chain=found.on_chain,
        undone=found.undone,
        pending=found.pending,
        passkeys=found.passkeys,
        offline=found.offline,
        conflicts=found.conflicts,
        gates=[
            GateTallyAnswer(
                gate=each.gate,
                admitted=each.admitted,
                refused=each.refused,
                to_write=each.to_write,
            )
            for each in found.gates
        ],
        writers={group: _writer(each) for group, each in found.writers.items()},
        slot=found.slot,
        at=found.at,
    )


def _writer(writer: Writer) -> WriterAnswer:
    return WriterAnswer(gate=Pubkey.from_string(writer.gate), until=writer.until)


def _word(record: AdmissionRecord) -> WordAnswer:
    return WordAnswer(
        gate=Pubkey.from_string(record.gate),
        at=record.at,
        offline=record.offline,
        nonce=record.nonce,
        scan=None if record.scan is None else b64decode(record.scan),
    )
