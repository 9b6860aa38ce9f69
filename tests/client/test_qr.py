"""The QR code of a pass, read by another implementation (zxing-cpp)."""

from io import BytesIO
from random import Random

import pytest
import zxingcpp
from conting_client import to_png
from PIL import Image

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
