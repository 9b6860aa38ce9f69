"""A session belongs to who signed the gateway's own message, once, in time, at this domain."""

import asyncio
import base64
import re

import pytest
from conting_client import Rpc, Wallet
from conting_gateway.auth.store import REVOKED
from conting_gateway.redis import Redis
from conting_gateway.tokens import ForgedTokenError, TokenKeys

from tests.gateway.support import DOMAIN, NOWHERE, Gateway, Json, Start, sign_in
from tests.gateway.waitroom.rooms import until

pytestmark = pytest.mark.anyio


async def ask(desk: Gateway, wallet: Wallet) -> Json:
    return await desk.ok("POST", "/v1/auth/nonce", body={"wallet": str(wallet.key)})


def answer(wallet: Wallet, asked: Json, message: str | None = None) -> Json:
    signature = wallet.sign_message((message or asked["message"]).encode())
    return {"wallet": str(wallet.key), "nonce": asked["nonce"], "signature": str(signature)}


async def try_token(desk: Gateway, token: str) -> str:
    """The code with which a token is refused."""
    sent = {"authorization": f"Bearer {token}"}
    return await desk.refused("POST", "/v1/auth/sign-out", headers=sent)


async def test_the_message_names_domain_wallet_nonce_and_times(desk: Gateway) -> None:
    wallet = Wallet.generate()
    asked = await ask(desk, wallet)
    lines = asked["message"].split("\n")
    assert lines[0] == f"{DOMAIN} wants you to sign in with your Solana account:"
    assert lines[1] == str(wallet.key)
    assert f"Nonce: {asked['nonce']}" in lines
    assert re.search(
        r"^Issued At: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", asked["message"], re.MULTILINE
    )
    assert re.search(r"^Expiration Time: ", asked["message"], re.MULTILINE)


async def test_a_signed_nonce_opens_a_session_and_signing_out_ends_it(desk: Gateway) -> None:
    token = await sign_in(desk.http, Wallet.generate())
    sent = {"authorization": f"Bearer {token}"}
    await desk.ok("POST", "/v1/auth/sign-out", headers=sent)
    assert await try_token(desk, token) == "session_expired"


async def test_who_signs_out_at_one_worker_is_out_at_all(
    desk: Gateway, redis: Redis, start: Start
) -> None:
    token = await sign_in(desk.http, Wallet.generate())
    sent = {"authorization": f"Bearer {token}"}
    async with (
        Rpc(NOWHERE, timeout=0.5) as rpc,
        start(redis, rpc, keys=desk.keys) as second,
    ):
        here = await second.call("GET", "/v1/my/tickets", headers=sent)
        assert here.json()["error"] == "read_model_loading"  # the session counts
        await desk.ok("POST", "/v1/auth/sign-out", headers=sent)

        async def is_out() -> bool:
            told = await second.call("GET", "/v1/my/tickets", headers=sent)
            return bool(told.json()["error"] == "session_expired")

        await until(is_out)


async def test_who_has_signed_out_stays_out_though_redis_forgot(
    desk: Gateway, redis: Redis, start: Start
) -> None:
    """Whoever has heard of it tells it to Redis again: here a gateway that was not asked itself."""
    token = await sign_in(desk.http, Wallet.generate())
    sent = {"authorization": f"Bearer {token}"}
    async with Rpc(NOWHERE, timeout=0.5) as rpc, start(redis, rpc, keys=desk.keys) as second:
        await desk.services.auth.refresh_revoked()
        await second.ok("POST", "/v1/auth/sign-out", headers=sent)
        await redis.delete(REVOKED)
        await second.services.auth.refresh_revoked()
        assert await try_token(second, token) == "session_expired"
        await desk.services.auth.refresh_revoked()
        assert await try_token(desk, token) == "session_expired"
        await redis.delete(REVOKED)
        await desk.services.auth.refresh_revoked()
        assert await redis.zcard(REVOKED) == 1


async def test_a_session_that_would_be_over_anyway_is_told_no_more(
    desk: Gateway, redis: Redis
) -> None:
    token = await sign_in(desk.http, Wallet.generate())
    await desk.ok("POST", "/v1/auth/sign-out", headers={"authorization": f"Bearer {token}"})
    desk.now.ahead = 901
    for _ in range(2):
        await desk.services.auth.refresh_revoked()
        assert await redis.zcard(REVOKED) == 0
    assert await try_token(desk, token) == "session_expired"
    assert not desk.services.auth._revoked


async def test_a_look_at_who_signed_out_that_was_under_way_lets_nobody_in_again(
    desk: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = desk.services.auth
    asked, answered, read = asyncio.Event(), asyncio.Event(), auth._store.revoked

    async def slowly(now: int) -> dict[str, int]:
        found = await read(now)
        asked.set()
        await answered.wait()
        return found

    monkeypatch.setattr(auth._store, "revoked", slowly)
    token = await sign_in(desk.http, Wallet.generate())
    looking = asyncio.create_task(auth.refresh_revoked())
    await asked.wait()
    await desk.ok("POST", "/v1/auth/sign-out", headers={"authorization": f"Bearer {token}"})
    answered.set()
    await looking
    assert await try_token(desk, token) == "session_expired"


@pytest.mark.attack
async def test_a_nonce_is_good_for_one_session(desk: Gateway) -> None:
    wallet = Wallet.generate()
    body = answer(wallet, await ask(desk, wallet))
    await desk.ok("POST", "/v1/auth/sign-in", body=body)
    assert await desk.refused("POST", "/v1/auth/sign-in", body=body) == "bad_nonce"


@pytest.mark.attack
async def test_a_wrong_signature_spends_the_nonce(desk: Gateway) -> None:
    wallet = Wallet.generate()
    asked = await ask(desk, wallet)
    forged = answer(wallet, asked) | {"signature": str(wallet.sign_message(b"something else"))}
    assert await desk.refused("POST", "/v1/auth/sign-in", body=forged) == "bad_signature"
    honest = answer(wallet, asked)
    assert await desk.refused("POST", "/v1/auth/sign-in", body=honest) == "bad_nonce"
    nothing = answer(wallet, await ask(desk, wallet)) | {"signature": "no signature"}
    assert await desk.refused("POST", "/v1/auth/sign-in", body=nothing) == "bad_signature"


@pytest.mark.attack
async def test_a_nonce_of_one_wallet_signs_in_no_other(desk: Gateway) -> None:
    victim, thief = Wallet.generate(), Wallet.generate()
    asked = await ask(desk, victim)
    assert await desk.refused("POST", "/v1/auth/sign-in", body=answer(thief, asked)) == "bad_nonce"


@pytest.mark.attack
async def test_a_signature_for_another_domain_is_refused(desk: Gateway) -> None:
    wallet = Wallet.generate()
    asked = await ask(desk, wallet)
    phished = asked["message"].replace(DOMAIN, "tickets.evil")
    body = answer(wallet, asked, phished)
    assert await desk.refused("POST", "/v1/auth/sign-in", body=body) == "bad_signature"


async def test_a_nonce_is_over_after_two_minutes(desk: Gateway) -> None:
    wallet = Wallet.generate()
    body = answer(wallet, await ask(desk, wallet))
    desk.now.ahead = 121
    assert await desk.refused("POST", "/v1/auth/sign-in", body=body) == "bad_nonce"


async def test_a_session_is_over_after_a_quarter_of_an_hour(desk: Gateway) -> None:
    token = await sign_in(desk.http, Wallet.generate())
    desk.now.ahead = 901
    assert await try_token(desk, token) == "session_expired"


@pytest.mark.attack
async def test_every_altered_character_of_a_token_is_noticed(desk: Gateway) -> None:
    token = await sign_in(desk.http, Wallet.generate())
    for at, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        assert await try_token(desk, token[:at] + other + token[at + 1 :]) == "not_signed_in"


@pytest.mark.attack
async def test_tokens_that_were_never_made_are_refused(desk: Gateway) -> None:
    wallet = str(Wallet.generate().key)
    unsigned = base64.urlsafe_b64encode(b"\0" * 16).rstrip(b"=").decode()
    key_id = desk.keys.tokens.current
    for token in ("", "x", "....", f"session.{key_id}.{wallet}.id.99999999999.{unsigned}"):
        assert await try_token(desk, token) == "not_signed_in"


async def test_without_a_token_the_answer_says_to_sign_in(desk: Gateway) -> None:
    refusal = await desk.call("POST", "/v1/auth/sign-out")
    assert refusal.status_code == 401
    assert refusal.json()["error"] == "not_signed_in"
    assert refusal.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack
def test_a_token_of_one_kind_is_not_one_of_another() -> None:
    keys = TokenKeys.from_secrets(b"k" * 32)
    place = keys.mint("place", "event", "1", "wallet")
    with pytest.raises(ForgedTokenError):
        keys.read("session", place)


@pytest.mark.attack
def test_letters_that_no_token_has_are_refused_as_any_others() -> None:
    keys = TokenKeys.from_secrets(b"k" * 32)
    token = keys.mint("place", "event", "1", "wallet")
    for forged in (token[:-1] + "é", token.replace("wallet", "wållet"), "é" + token):
        with pytest.raises(ForgedTokenError):
            keys.read("place", forged)


def test_tokens_outlive_one_change_of_the_key() -> None:
    old, new = b"o" * 32, b"n" * 32
    token = TokenKeys.from_secrets(old).mint("session", "a", "b", "c")
    assert list(TokenKeys.from_secrets(new, old).read("session", token)) == ["a", "b", "c"]
    with pytest.raises(ForgedTokenError):
        TokenKeys.from_secrets(new).read("session", token)
