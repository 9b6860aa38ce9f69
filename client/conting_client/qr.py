"""A pass as a QR code: the bytes as they are, in byte mode."""

from io import BytesIO
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, QRData

QUIET_ZONE: Final = 4  # modules: the least that ISO/IEC 18004 allows


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
