"""A photo as sent, turned into one that may be shown: a plain JPEG without what the camera wrote into it."""

import hashlib
import io
import warnings
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_UPLOAD = 15 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000  # pixels kept; enough to see a crack on a full screen
KINDS = ("JPEG", "PNG", "WEBP", "HEIF")

pillow_heif.register_heif_opener()


class Unusable(Exception):
    """Why a file cannot be shown, in a sentence for whoever sent it."""


@dataclass(frozen=True)
class Picture:
    """A re-encoded photo: its bytes, their SHA-256 in hex, and its size in pixels."""

    jpeg: bytes
    sha256: str
    width: int
    height: int


def develop(sent: bytes) -> Picture:
    """`sent` upright, at most 2000 pixels long, as a JPEG without EXIF.  Raises Unusable.

    The size is read from the file's head and checked before any pixel is decoded.
    """
    if len(sent) > LARGEST_UPLOAD:
        raise Unusable("The photo is larger than 15 MB. Send a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is tighter
            with Image.open(io.BytesIO(sent), formats=KINDS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Unusable("The photo has more than 50 megapixels. Send a smaller one.")
                image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(image).convert("RGB")
    except Image.DecompressionBombError:
        raise Unusable("The photo has more than 50 megapixels. Send a smaller one.") from None
    except UnidentifiedImageError:
        raise Unusable("This is not a photo we can read. Send a JPEG, PNG, WebP or HEIC.") from None
    except (OSError, ValueError, SyntaxError):
        raise Unusable("The photo is damaged and cannot be read. Take it again.") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=82, optimize=True)
    jpeg = out.getvalue()
    return Picture(jpeg, hashlib.sha256(jpeg).hexdigest(), clean.width, clean.height)
