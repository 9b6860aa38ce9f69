"""The QR code of a pass, read by another implementation (zxing-cpp)."""

import struct
import zlib
from io import BytesIO
from random import Random

import pytest
import zxingcpp
from conting_client import (
    Answer,
    GateReason,
    PassError,
    QrUnreadable,
    decode_shown,
    from_image,
    read_answer,
    read_pass,
    to_png,
)
from PIL import Image, ImageDraw
from solders.pubkey import Pubkey

from tests.client.test_passes import expected_pass


def read(png: bytes) -> bytes:
    found = zxingcpp.read_barcodes(Image.open(BytesIO(png)))
    assert len(found) == 1
    return bytes(found[0].bytes)


def test_a_pass_reads_back_as_the_same_bytes() -> None:
    assert read(to_png(expected_pass())) == expected_pass()


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_read_back(seed: int) -> None:
    data = Random(seed).randbytes(244)
    assert read(to_png(data)) == data


@pytest.mark.parametrize("data", [b"\xff" * 244, b"0123456789" * 24, b"\xef\xbb\xbfPASS"])
def test_bytes_that_look_like_text_read_back(data: bytes) -> None:
    assert read(to_png(data)) == data


def test_a_pass_takes_the_documented_size() -> None:
    image = Image.open(BytesIO(to_png(expected_pass(), module_pixels=2)))
    assert image.size == (2 * (61 + 8), 2 * (61 + 8))


def test_a_scratched_code_still_reads() -> None:
    image = Image.open(BytesIO(to_png(expected_pass(), module_pixels=4))).convert("L")
    image.paste(255, (120, 120, 150, 150))
    scratched = BytesIO()
    image.save(scratched, "PNG")
    assert read(scratched.getvalue()) == expected_pass()


SOMEBODY = Pubkey.from_bytes(bytes([7]) * 32)
HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"RIFF\0\0\0\0WEBP", b"")
KINDS = ("PNG", "JPEG", "BMP", "WEBP")


def scanned(picture: bytes) -> bytes | None:
    """What a scanner reads in a picture, and has looked at; None where there is nothing to read."""
    try:
        data = from_image(picture)
    except QrUnreadable:
        return None
    look_at(data)
    return data


def look_at(data: bytes) -> None:
    """Every way in which a scanner decodes what it has read."""
    found = read_pass(data, challenge_key=SOMEBODY, event=SOMEBODY, now=0)
    assert found in {GateReason.MALFORMED, GateReason.BAD_SIGNATURE}
    answer = read_answer(data, live=[], event=SOMEBODY, gate=SOMEBODY, now=0)
    assert not isinstance(answer, Answer)
    try:
        decode_shown(data)
    except PassError:
        return


def saved(image: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    image.convert("L").save(out, kind)
    return out.getvalue()


def code() -> Image.Image:
    return Image.open(BytesIO(to_png(expected_pass(), module_pixels=3)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_reads_back(kind: str) -> None:
    assert scanned(saved(code(), kind)) == expected_pass()


@pytest.mark.fuzz
@pytest.mark.parametrize("head", HEADS)
def test_random_bytes_are_no_picture_and_do_no_harm(head: bytes) -> None:
    random = Random(1)
    for _ in range(50):
        assert scanned(head + random.randbytes(random.randrange(400))) is None


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_and_cut_pictures_do_no_harm(kind: str) -> None:
    random, whole = Random(2), saved(code(), kind)
    for _ in range(12):
        at, size = random.randrange(len(whole)), random.randrange(1, 9)
        damaged = whole[:at] + random.randbytes(size) + whole[at + size :]
        assert scanned(damaged) in {None, expected_pass()}
        assert scanned(whole[:at]) in {None, expected_pass()}


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.parametrize(("size", "lane"), [(1, 1), (162, 2), (204, 2), (244, 1), (419, 3)])
def test_whatever_a_code_says_is_looked_at_and_refused(size: int, lane: int) -> None:
    said = (bytes([1, lane]) + Random(size).randbytes(size))[:size]
    assert scanned(to_png(said, module_pixels=2)) == said


@pytest.mark.parametrize("text", ["/quit", "https://evil.example", "\0", "%s%n", "\u202e"])
def test_text_in_a_code_is_refused_like_any_bytes(text: str) -> None:
    assert scanned(to_png(text.encode(), module_pixels=2)) == text.encode()


@pytest.mark.attack
def test_a_picture_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    def png(width: int, height: int) -> bytes:
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        return HEADS[0] + head + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")

    for width, height in ((60_000, 60_000), (9_000, 9_000), (2**31 - 1, 1), (0, 0), (1, 1)):
        with pytest.raises(QrUnreadable):
            from_image(png(width, height))


def test_no_code_and_two_codes_are_told_apart_from_one() -> None:
    one = code()
    two = Image.new("L", (2 * one.width, one.height), 255)
    two.paste(one, (0, 0))
    two.paste(one, (one.width, 0))
    blank = Image.new("L", (50, 50), 255)
    scribble = blank.copy()
    ImageDraw.Draw(scribble).ellipse((5, 5, 40, 40), fill=0)
    for image in (two, blank, scribble, Image.new("L", (1, 1))):
        assert scanned(saved(image, "PNG")) is None
