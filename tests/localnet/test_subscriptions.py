"""The websocket side, judged by solana-py's client and, where order matters, by raw frames."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from conting_localnet import LocalnetProcess
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Finalized, Processed
from solana.rpc.websocket_api import SolanaWsClient
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.rpc.config import RpcTransactionLogsFilter, RpcTransactionLogsFilterMentions
from solders.rpc.responses import (
    AccountNotification,
    LogsNotification,
    ProgramNotification,
    RootNotification,
    SignatureNotification,
    SlotNotification,
)
from solders.system_program import CreateAccountParams, create_account
from websockets.asyncio.client import connect

from tests.localnet.support import (
    SOL,
    UNCHECKED,
    funded,
    latest,
    move,
    pass_slots,
    send,
    signed,
)

pytestmark = pytest.mark.anyio

SYSTEM = Pubkey.from_string("11111111111111111111111111111111")


async def ask(connection: Any, method: str, *params: Any) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    await connection.send(json.dumps(request))
    while "id" not in (answer := json.loads(await connection.recv())):
        pass
    return answer


async def test_account_notifications_by_commitment(
    still_client: AsyncClient, still_node: LocalnetProcess
) -> None:
    payer, to = await funded(still_client), Keypair().pubkey()
    heard = []
    async with (
        SolanaWsClient(still_node.ws_url) as processed,
        SolanaWsClient(still_node.ws_url) as finalized,
    ):
        await processed.account_subscribe(pubkey=to, commitment=Processed)
        await finalized.account_subscribe(pubkey=to, commitment=Finalized)
        await send(still_client, [move(payer, to, SOL)], [payer])
        pass_slots(still_node.rpc_url, 31)
        await send(still_client, [move(payer, to, SOL)], [payer])
        pass_slots(still_node.rpc_url, 1)
        for websocket in (processed, processed, finalized):
            notification = await websocket.recv()
            assert isinstance(notification, AccountNotification)
            context = notification.result.context
            heard.append((context.slot, notification.result.value.lamports))
    # The finalized one tells of the first slot, 32 slots later, as the account was then.
    first, second, settled = heard
    assert (first[1], second[1]) == (SOL, 2 * SOL)
    assert settled == first


async def test_confirmed_accounts_are_told_once_a_slot(
    client: AsyncClient, websocket: SolanaWsClient
) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    await websocket.account_subscribe(pubkey=to, commitment=Confirmed)
    blockhash = await latest(client)
    for lamports in (SOL, SOL + 1, SOL + 2):
        await client.send_transaction(
            signed([move(payer, to, lamports)], [payer], blockhash), UNCHECKED
        )
    total, slots = 0, []
    while total < 3 * SOL + 3:
        notification = await websocket.recv()
        assert isinstance(notification, AccountNotification)
        total = notification.result.value.lamports
        slots.append(notification.result.context.slot)
    assert len(slots) == len(set(slots))


async def test_a_closed_account_is_told_as_empty(
    client: AsyncClient, websocket: SolanaWsClient
) -> None:
    payer, source = await funded(client), await funded(client, SOL)
    await websocket.account_subscribe(pubkey=source.pubkey(), commitment=Processed)
    await send(client, [move(source, payer.pubkey(), SOL)], [payer, source])
    notification = await websocket.recv()
    assert isinstance(notification, AccountNotification)
    assert notification.result.value.lamports == 0


async def test_program_notifications_are_filtered(
    client: AsyncClient, websocket: SolanaWsClient
) -> None:
    owner, payer = Keypair().pubkey(), await funded(client)
    await websocket.program_subscribe(
        program_id=owner, commitment=Processed, encoding="base64", filters=[16]
    )
    created = []
    for size in (8, 16):
        account = Keypair()
        params = CreateAccountParams(
            from_pubkey=payer.pubkey(),
            to_pubkey=account.pubkey(),
            lamports=SOL,
            space=size,
            owner=owner,
        )
        await send(client, [create_account(params)], [payer, account])
        created.append(account.pubkey())
    notification = await websocket.recv()
    assert isinstance(notification, ProgramNotification)
    assert notification.result.value.pubkey == created[1]
    assert notification.result.value.account.owner == owner


async def test_logs_of_all_and_of_one_account(
    client: AsyncClient, websocket: SolanaWsClient, shared_node: LocalnetProcess
) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    async with SolanaWsClient(shared_node.ws_url) as everything:
        await everything.logs_subscribe(filter_=RpcTransactionLogsFilter.All, commitment=Processed)
        await websocket.logs_subscribe(
            filter_=RpcTransactionLogsFilterMentions(to), commitment=Processed
        )
        other = await send(client, [move(payer, payer.pubkey(), 1)], [payer])
        wanted = await send(client, [move(payer, to, 20 * SOL)], [payer], UNCHECKED)
        notification = await websocket.recv()
        assert isinstance(notification, LogsNotification)
        assert notification.result.value.signature == wanted
        assert notification.result.value.err is not None
        assert notification.result.value.logs[0] == f"Program {SYSTEM} invoke [1]"
        heard = [await everything.recv() for _ in range(2)]
        assert [each.result.value.signature for each in heard] == [other, wanted]  # type: ignore[union-attr]


async def test_signature_is_told_once_and_after_the_fact(
    client: AsyncClient, websocket: SolanaWsClient
) -> None:
    payer = await funded(client)
    transaction = signed([move(payer, payer.pubkey(), 1)], [payer], await latest(client))
    signature = transaction.signatures[0]
    await websocket.signature_subscribe(signature=signature, commitment=Confirmed)
    await client.send_transaction(transaction, UNCHECKED)
    first = await websocket.recv()
    assert isinstance(first, SignatureNotification)
    assert first.result.value.err is None
    # It has been confirmed before this subscription began.
    await websocket.signature_subscribe(signature=signature, commitment=Confirmed)
    again = await websocket.recv()
    assert isinstance(again, SignatureNotification)
    assert again.result.context.slot == first.result.context.slot


async def test_slots_and_roots(websocket: SolanaWsClient) -> None:
    await websocket.slot_subscribe()
    await websocket.root_subscribe()
    slots: list[int] = []
    roots: list[int] = []
    while len(slots) < 5 or len(roots) < 5:
        notification = await websocket.recv()
        if isinstance(notification, SlotNotification):
            assert notification.result.parent == notification.result.slot - 1
            assert notification.result.root == max(0, notification.result.slot - 32)
            slots.append(notification.result.slot)
        elif isinstance(notification, RootNotification):
            roots.append(notification.result)
    assert slots == list(range(slots[0], slots[0] + len(slots)))


async def test_unsubscribing_ends_the_notifications(
    client: AsyncClient, websocket: SolanaWsClient
) -> None:
    payer, watched, other = await funded(client), Keypair().pubkey(), Keypair().pubkey()
    ended = await websocket.account_subscribe(pubkey=watched, commitment=Processed)
    await websocket.account_subscribe(pubkey=other, commitment=Processed)
    await websocket.unsubscribe(ended)
    await send(client, [move(payer, watched, SOL), move(payer, other, 2 * SOL)], [payer])
    notification = await websocket.recv()
    assert isinstance(notification, AccountNotification)
    assert notification.result.value.lamports == 2 * SOL


async def test_a_connection_cannot_end_what_another_began(shared_node: LocalnetProcess) -> None:
    async with connect(shared_node.ws_url) as one, connect(shared_node.ws_url) as two:
        identifier = (await ask(one, "slotSubscribe"))["result"]
        assert (await ask(two, "slotUnsubscribe", identifier))["error"]["code"] == -32602
        assert (await ask(one, "slotUnsubscribe", identifier))["result"] is True
        assert (await ask(one, "slotUnsubscribe", identifier))["error"]["code"] == -32602


async def test_bad_subscriptions_are_refused(shared_node: LocalnetProcess) -> None:
    async with connect(shared_node.ws_url) as connection:
        for method, params, code in (
            ("accountSubscribe", [], -32602),
            ("accountSubscribe", ["x"], -32602),
            ("logsSubscribe", [{"mentions": []}], -32602),
            ("logsSubscribe", ["some"], -32602),
            ("voteSubscribe", [], -32601),
            ("getSlot", [], -32601),
        ):
            answer = await ask(connection, method, *params)
            assert answer["error"]["code"] == code, method
        await connection.send("{")
        assert json.loads(await connection.recv())["error"]["code"] == -32700


async def test_an_answer_comes_before_its_notifications(
    client: AsyncClient, shared_node: LocalnetProcess
) -> None:
    payer = await funded(client)
    signature = str(await send(client, [move(payer, payer.pubkey(), 1)], [payer], UNCHECKED))
    async with connect(shared_node.ws_url) as connection:
        request = {"jsonrpc": "2.0", "id": 7, "method": "signatureSubscribe"}
        request["params"] = [signature, {"commitment": "processed"}]
        await connection.send(json.dumps(request))
        first, second = [json.loads(await connection.recv()) for _ in range(2)]
        assert first["id"] == 7
        assert second["method"] == "signatureNotification"
        assert second["params"]["subscription"] == first["result"]
        # One notification is all there is: the subscription has ended with it.
        ended = await ask(connection, "signatureUnsubscribe", first["result"])
        assert ended["error"]["code"] == -32602


async def test_many_listeners_hear_the_same(
    client: AsyncClient, shared_node: LocalnetProcess
) -> None:
    payer, to = await funded(client), Keypair().pubkey()

    async def listen(subscribed: asyncio.Event) -> int:
        async with SolanaWsClient(shared_node.ws_url) as websocket:
            await websocket.account_subscribe(pubkey=to, commitment=Processed)
            subscribed.set()
            notification = await websocket.recv()
            assert isinstance(notification, AccountNotification)
            return notification.result.value.lamports

    ready = [asyncio.Event() for _ in range(10)]
    listeners = [asyncio.create_task(listen(event)) for event in ready]
    for event in ready:
        await event.wait()
    await send(client, [move(payer, to, SOL)], [payer])
    assert await asyncio.gather(*listeners) == [SOL] * 10
