"""A pass as a QR code, and back: the bytes as they are, in byte mode."""

from importlib import import_module
from io import BytesIO
from typing import Final

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, QRData

from conting_client._errors import ContingError

FORMATS: Final = ("PNG", "JPEG", "BMP", "WEBP")
MOST_PIXELS: Final = 50_000_000  # more than a phone's camera makes
QUIET_ZONE: Final = 4  # modules: the least that ISO/IEC 18004 allows


class QrUnreadable(ContingError):  # noqa: N818 as the client's errors
    """The picture shows no QR code, or several; or nothing is installed that reads them."""


def to_png(data: bytes, *, module_pixels: int = 8) -> bytes:
    """A PNG image whose QR code says `data`; `module_pixels` is the side of one square.

    Error correction M bears 15 % damage; a pass of 244 bytes then takes 61 x 61 modules.
    """
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=module_pixels, border=QUIET_ZONE
    )
    code.add_data(QRData(data, mode=MODE_8BIT_BYTE))
    code.make(fit=True)
    image = BytesIO()
    code.make_image().save(image, "PNG")
    return image.getvalue()


def from_image(picture: bytes) -> bytes:
    """What the one QR code of a picture says. Raises QrUnreadable, and nothing else.

    Reading needs the extra `scanner` of this package (zxing-cpp).
    """
    try:
        reader = import_module("zxingcpp")
    except ImportError:
        raise QrUnreadable("pictures need: pip install 'conting[scanner]'") from None
    try:
        image = _open(picture)
        found = [each for each in reader.read_barcodes(image) if each.format == reader.QRCode]
    except QrUnreadable:
        raise
    except Exception as error:  # noqa: BLE001 decoders of pictures fail in ways of their own
        raise QrUnreadable(f"this is no picture: {error!r}") from None
    if len(found) != 1:
        raise QrUnreadable(f"the picture shows {len(found)} QR codes")
    return bytes(found[0].bytes)


def _open(picture: bytes) -> Image.Image:
    """The picture in grey. Its size is looked at before its pixels are unpacked."""
    image = Image.open(BytesIO(picture), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise QrUnreadable(f"the picture has more than {MOST_PIXELS} pixels")
    return image.convert("L")
