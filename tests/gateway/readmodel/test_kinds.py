"""What happenings are called is what docs/protocols.md promises to other services."""

import re
from pathlib import Path

import pytest
from conting_client.generated import ticket
from conting_client.history import Call, Past, Transaction
from conting_gateway.examples import BY_NAME
from conting_gateway.readmodel.happenings import KINDS, Reader
from solders.signature import Signature

from tests.gateway.chain import Chain
from tests.gateway.gate.door import make_pass, sell, to_the_doors, verify, write_entry
from tests.gateway.readmodel.asking import ask
from tests.gateway.support import Gateway
from tests.gateway.waitroom.rooms import until

DOC = Path(__file__).parents[3] / "docs" / "protocols.md"


def test_every_kind_is_documented_and_no_other() -> None:
    line = next(each for each in DOC.read_text().splitlines() if each.startswith("Kinds: "))
    assert sorted(re.findall(r"`(\w+)`", line)) == sorted(set(KINDS.values()))
    assert KINDS["ticket", "offer_seat"] == "offered"


def test_the_name_of_a_happening_looks_as_documented() -> None:
    past = Past(Signature(bytes(range(64))), 7, None, failed=False)
    mark = next(mark for mark, (name, *_) in ticket.INSTRUCTIONS.items() if name == "revoke_grant")
    call = Call("2.0", ticket.PROGRAM_ID, mark, ())
    (found,) = Reader(ticket.PROGRAM_ID).read(Transaction(past, (call,), {}, {}), call.program)
    end = found.id.removeprefix(str(past.signature))
    (line,) = (each for each in DOC.read_text().splitlines() if each.startswith("| `id` |"))
    assert f"`…{end}`" in line
    assert BY_NAME["id"] == found.id.removesuffix(".0")


@pytest.mark.anyio
@pytest.mark.slow
async def test_who_was_let_in_has_entered(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    gate = await chain.register_gate(show)
    await chain.advance_to(show.opens)
    (fan,) = await sell(chain, gateway, show, 4)
    await to_the_doors(chain, gateway, show)
    await write_entry(
        chain, show, gate, await verify(gateway, show, gate, await make_pass(gateway, fan))
    )

    async def told() -> bool:
        happenings = (await ask(gateway, "/v1/feed?limit=500"))["happenings"]
        return [str(show.address), str(fan.ticket), str(gate.key)] in [
            [each["accounts"].get(name) for name in ("event", "ticket", "gate_key")]
            for each in happenings
            if each["kind"] == "entered"
        ]

    await until(told)
