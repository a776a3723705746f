"""A VIN from a photo of its label: the bar code on the door frame or behind the windshield.

The label carries Code 39, Code 128, Data Matrix or QR.  Imported cars put a letter I before the VIN; QR codes put it
among other words.  Code 39 has no check of its own, so there the VIN's check digit must fit.

Reading is native code on bytes from outside, so a large picture is read by a program of its own that may take neither
much memory nor much time; see `service_lane.vin_reader`.
"""

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from customers.rules import check_vin
from service_lane.rules.pictures import KINDS, LARGEST_UPLOAD, MOST_PIXELS, Unusable

SMALL_PIXELS = 2_000_000  # what a page sends after making it smaller; read at once
LONGEST_SIDE = 1600  # pixels a larger picture is brought down to before it is read
WITHOUT_CHECK = "Code39"
FORMATS = zxingcpp.barcode_formats_from_str("Code39, Code128, DataMatrix, QRCode")
_VIN = re.compile(r"(?<![A-Z0-9])I?([A-HJ-NPR-Z0-9]{17})(?![A-Z0-9])")


@dataclass(frozen=True)
class Code:
    """One bar code that was read: its kind as zxing-cpp names it, and its text."""

    kind: str
    text: str


def vin_among(codes: Iterable[Code]) -> str:
    """The VIN among bar codes, "" when there is none.  One whose check digit fits goes before one that checks itself.

    >>> vin_among([Code("Code128", "PART 12"), Code("Code39", "I1HGCM82633A004352")])
    '1HGCM82633A004352'
    """
    likely = ""
    for code in codes:
        for vin in _VIN.findall(code.text.upper().strip("*")):
            if not any(character.isdigit() for character in vin):
                continue
            if check_vin(vin).ok:
                return str(vin)
            if code.kind != WITHOUT_CHECK:
                likely = likely or vin
    return likely


def pixels_of(sent: bytes) -> int:
    """How many pixels the picture says it has, by its head alone.  Raises Unusable."""
    if len(sent) > LARGEST_UPLOAD:
        raise Unusable("The photo is larger than 15 MB. Send a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is tighter
            with Image.open(io.BytesIO(sent), formats=KINDS) as image:
                pixels = image.width * image.height
    except Image.DecompressionBombError:
        pixels = MOST_PIXELS + 1
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Unusable("This is not a photo we can read. Send a JPEG, PNG, WebP or HEIC.") from None
    if pixels > MOST_PIXELS:
        raise Unusable("The photo has more than 50 megapixels. Send a smaller one.")
    return pixels


def codes_in(sent: bytes) -> list[Code]:
    """Every bar code of the four kinds in the picture.  Call `pixels_of` first: this decodes.  Raises Unusable."""
    try:
        with Image.open(io.BytesIO(sent), formats=KINDS) as image:
            image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
            gray = ImageOps.exif_transpose(image).convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Unusable("The photo is damaged and cannot be read. Take it again.") from None
    gray.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return [Code(one.format.name, one.text) for one in zxingcpp.read_barcodes(gray, formats=FORMATS)]
