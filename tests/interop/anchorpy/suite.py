"""anchorpy against the probe program: `suite.py IDL.legacy.json`, in an environment of its own.

The node and the wallet come from ANCHOR_PROVIDER_URL and ANCHOR_WALLET. The cases are those of the
TypeScript suite, as far as anchorpy has the feature: it derives no addresses.
"""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from anchorpy import Context, Idl, Program, Provider
from anchorpy.error import AccountInvalidDiscriminator, ProgramError
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM
from spl.token.constants import ASSOCIATED_TOKEN_PROGRAM_ID, TOKEN_PROGRAM_ID
from spl.token.instructions import get_associated_token_address

LAMPORTS: Final = 1_000_000_000
TITLE: Final = "Ça ira, Größe 7 - 終"
NOTES: Final = bytes([0, 1, 254, 255])
NUMBER: Final = 7

Case = Callable[[Program], Awaitable[None]]
CASES: Final[list[Case]] = []


def case(function: Case) -> Case:
    """Registers a case; its docstring is its name."""
    CASES.append(function)
    return function


def address(program: Program, kind: str, *seeds: bytes) -> Pubkey:
    program_id: Pubkey = program.program_id
    return Pubkey.find_program_address([kind.encode(), *seeds], program_id)[0]


def owner(program: Program) -> Pubkey:
    key: Pubkey = program.provider.wallet.public_key
    return key


def shelf_of(program: Program) -> Pubkey:
    return address(program, "shelf", bytes(owner(program)))


def record_of(program: Program, number: int = NUMBER) -> Pubkey:
    return address(program, "record", bytes(owner(program)), number.to_bytes(8, "little"))


def on_record(program: Program) -> Context:
    return Context(accounts={"owner": owner(program), "record": record_of(program)})


def loud(program: Program, guest: object) -> object:
    """A track. As an argument its guest has to be bytes: anchorpy cannot copy a nested Pubkey."""
    mood = program.type["Mood"].BRAND_NEW()
    return program.type["Track"](title=TITLE, seconds=200, mood=mood, guests=[guest, guest])


def quiet(program: Program) -> object:
    mood = program.type["Mood"].CALM()
    return program.type["Track"](title="", seconds=0, mood=mood, guests=[])


async def stored(program: Program) -> Any:
    return await program.account["Record"].fetch(record_of(program))


async def refused(call: Awaitable[object]) -> ProgramError:
    try:
        await call
    except ProgramError as error:
        return error
    raise AssertionError("it was not refused by number")


@case
async def account_is_made(program: Program) -> None:
    """an account is made and decoded"""
    accounts = {"owner": owner(program), "shelf": shelf_of(program)}
    accounts["system_program"] = SYSTEM_PROGRAM
    await program.rpc["open_shelf"](ctx=Context(accounts=accounts))
    shelf = await program.account["Shelf"].fetch(shelf_of(program))
    assert (shelf.owner, shelf.records) == (owner(program), 0)


@case
async def texts(program: Program) -> None:
    """str and bytes arrive"""
    for number, title, notes in ((NUMBER, TITLE, NOTES), (2**40, "", b"")):
        accounts = {"owner": owner(program), "shelf": shelf_of(program)}
        accounts |= {"record": record_of(program, number), "system_program": SYSTEM_PROGRAM}
        await program.rpc["add_record"](number, title, notes, ctx=Context(accounts=accounts))
    record = await stored(program)
    assert (record.number, record.title, bytes(record.notes)) == (NUMBER, TITLE, NOTES)


@case
async def unsigned(program: Program) -> None:
    """unsigned integers of every width, at both ends"""
    for values in ([2**bits - 1 for bits in (8, 16, 32, 64, 128)], [0] * 5):
        await program.rpc["set_unsigned"](*values, ctx=on_record(program))
        found = await stored(program)
        assert values == [found.tiny, found.small, found.middle, found.large, found.huge]


@case
async def signed(program: Program) -> None:
    """signed integers of every width, at both ends"""
    names = [f"{size}_signed" for size in ("tiny", "small", "middle", "large", "huge")]
    widths = (8, 16, 32, 64, 128)
    low, high = [-(2 ** (n - 1)) for n in widths], [2 ** (n - 1) - 1 for n in widths]
    for values in (low, high):
        await program.rpc["set_signed"](*values, ctx=on_record(program))
        found = await stored(program)
        assert values == [getattr(found, name) for name in names]


@case
async def others(program: Program) -> None:
    """f64, bool, Pubkey and enum"""
    artist, mood = Keypair().pubkey(), program.type["Mood"].BRAND_NEW()
    await program.rpc["set_others"](-0.1, True, artist, mood, ctx=on_record(program))
    found = await stored(program)
    assert (found.ratio, found.loud, found.artist, found.mood) == (-0.1, True, artist, mood)


@case
async def arrays(program: Program) -> None:
    """arrays of integers, Pubkeys, enums and bytes"""
    guests, mood = [Keypair().pubkey(), owner(program)], program.type["Mood"]
    values = ([1, 65535, 0], guests, [mood.WILD(), mood.CALM()], [9, 8, 7, 255])
    await program.rpc["set_arrays"](*values, ctx=on_record(program))
    found = await stored(program)
    assert values == tuple(map(list, (found.levels, found.guests, found.moods, found.cover)))


@case
async def nested(program: Program) -> None:
    """lists, strs and classes, nested, as arguments and as fields"""
    me = owner(program)
    sent, found_again, silent = loud(program, bytes(me)), loud(program, me), quiet(program)
    fixed = ([2**63 - 1, -(2**63)], b"\1\0\xff", [[1, 2], [3, 4]])
    accounts = {"owner": me, "album": address(program, "album", bytes(me))}
    context = Context(accounts=accounts | {"system_program": SYSTEM_PROGRAM})
    await program.rpc["add_album"]([TITLE, ""], sent, [sent, silent], *fixed, ctx=context)
    await program.rpc["add_track"](silent, "late", ctx=Context(accounts=accounts))
    found = await program.account["Album"].fetch(accounts["album"])
    assert list(found.tags) == [TITLE, "", "late"]
    assert (found.best, list(found.tracks)) == (found_again, [found_again, silent, silent])
    assert (list(found.points), bytes(found.cover), list(map(list, found.pairs))) == fixed
    assert found.plays == 1


@case
async def tokens(program: Program) -> None:
    """token programs have the names that clients know; a mint is at an address of ours, or signs"""
    me, mint, alone = owner(program), address(program, "mint", bytes(owner(program))), Keypair()
    token = get_associated_token_address(me, mint)
    accounts = {"owner": me, "system_program": SYSTEM_PROGRAM, "token_program": TOKEN_PROGRAM_ID}
    both = accounts | {"mint": mint, "token": token}
    both["associated_token_program"] = ASSOCIATED_TOKEN_PROGRAM_ID
    await program.rpc["press"](ctx=Context(accounts=both))
    held = await program.provider.connection.get_account_info(token)
    assert held.value.owner == TOKEN_PROGRAM_ID
    own = accounts | {"mint": alone.pubkey()}
    await program.rpc["press_alone"](ctx=Context(accounts=own, signers=[alone]))


@case
async def events(program: Program) -> None:
    """events are read from the logs"""
    me = owner(program)
    sent, context = loud(program, bytes(me)), Context(accounts={"fan": me})
    call = program.simulate["play_track"](7, 2**128 - 1, TITLE, sent, ctx=context)
    first, second = (await call).events
    assert (first.name, second.name) == ("Played", "Played")
    assert (first.data.fan, first.data.level) == (me, 7)
    assert (first.data.plays, first.data.note) == (2**128 - 1, TITLE)
    assert (first.data.track, list(first.data.tags)) == (loud(program, me), [TITLE, TITLE])
    assert (second.data.level, second.data.note, list(second.data.tags)) == (0, "", [])


@case
async def digit_in_name(program: Program) -> None:
    """an instruction is found whose name has a digit between underscores"""
    await program.rpc["play_2"](3, 4)


@case
async def fetched_by_class(program: Program) -> None:
    """all accounts of a class, and those that a filter leaves"""
    assert len(await program.account["Shelf"].all()) == 1
    assert len(await program.account["Record"].all()) == 2
    mine = await program.account["Record"].all(bytes(owner(program)) + NUMBER.to_bytes(8, "little"))
    assert [each.public_key for each in mine] == [record_of(program)]


@case
async def class_is_checked(program: Program) -> None:
    """an account of another class is not decoded as this one"""
    try:
        await program.account["Record"].fetch(shelf_of(program))
    except AccountInvalidDiscriminator:
        return
    raise AssertionError("it was decoded")


@case
async def named_error(program: Program) -> None:
    """a named error"""
    error = await refused(program.rpc["play"](11))
    assert (error.code, error.msg) == (6001, "louder than 10")
    assert any("Error Code: TooLoud" in line for line in error.logs or ())
    await program.rpc["play"](10)


@case
async def theft(program: Program) -> None:
    """somebody else's record is refused"""
    thief, calm = Keypair(), program.type["Mood"].CALM()
    accounts = {"owner": thief.pubkey(), "record": record_of(program)}
    context = Context(accounts=accounts, signers=[thief])
    error = await refused(program.rpc["set_others"](1.0, False, thief.pubkey(), calm, ctx=context))
    assert error.code == 6000


@case
async def anchor_number(program: Program) -> None:
    """a check of the compiler's own has Anchor's number, and so its text"""
    context = Context(accounts={"owner": owner(program), "record": shelf_of(program)})
    calm = program.type["Mood"].CALM()
    error = await refused(program.rpc["set_others"](1.0, False, owner(program), calm, ctx=context))
    assert (error.code, error.msg) == (3002, "8 byte discriminator did not match what was expected")


@case
async def lamports(program: Program) -> None:
    """lamports move to an account that is not a signer"""
    artist = Keypair().pubkey()
    accounts = {"fan": owner(program), "artist": artist, "system_program": SYSTEM_PROGRAM}
    await program.rpc["tip"](LAMPORTS, ctx=Context(accounts=accounts))
    assert (await program.provider.connection.get_balance(artist)).value == LAMPORTS


@case
async def may_be_missing(program: Program) -> None:
    """accounts and values that may be missing"""
    artist = Keypair().pubkey()
    fan = {"fan": owner(program), "system_program": SYSTEM_PROGRAM}
    for given, amount in ((artist, LAMPORTS), (artist, None), (program.program_id, LAMPORTS)):
        await program.rpc["tip_if_any"](amount, ctx=Context(accounts=fan | {"artist": given}))
    assert (await program.provider.connection.get_balance(artist)).value == LAMPORTS
    for level, amount, words in ((11, LAMPORTS, TITLE), (12, None, ""), (13, LAMPORTS, None)):
        thanks = address(program, "thanks", bytes(owner(program)), bytes([level]))
        context = Context(accounts=fan | {"thanks": thanks})
        await program.rpc["thank"](amount, words, level, ctx=context)
        kept = await program.account["Thanks"].fetch(thanks)
        assert (kept.amount, kept.words) == (amount, words)


@case
async def decoding(program: Program) -> None:
    """a call is simulated, and an instruction's bytes are decoded"""
    simulated = await program.simulate["play"](3)
    assert simulated.raw[-1].endswith("success")
    decoded = program.coder.instruction.parse(program.instruction["play"](3).data)
    assert (decoded.name, decoded.data.level) == ("play", 3)


async def main(idl: Idl) -> int:
    """Runs all cases; gives the exit code."""
    failed = 0
    async with Program(idl, Pubkey.from_string(idl.metadata["address"]), Provider.env()) as program:
        for each in CASES:
            try:
                await each(program)
                print(f"ok      {each.__doc__}")
            except Exception:  # noqa: BLE001 (reported; the other cases run)
                failed += 1
                print(f"FAILED  {each.__doc__}\n{traceback.format_exc()}")
    print(f"anchorpy {version('anchorpy')}: {len(CASES) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Idl.from_json(Path(sys.argv[1]).read_text()))))
