"""Whether a call from outside was signed by whoever knows our secret, just now."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

WINDOW = 300
"""Seconds a signature is good for, either way: clocks differ, and what was overheard must not be of use for long."""


def sign(secret: str, at: int, body: bytes) -> str:
    """What the header says of a `body` sent at `at` (seconds since 1970).

    >>> sign("secret", 1764000000, b"{}")[:30]
    't=1764000000,v1=b691197929ebc7'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_signed(header: str, secrets: Iterable[str], body: bytes, *, now: int) -> bool:
    """Whether `header` is the signature of exactly this `body` by one of our `secrets`, no older than WINDOW."""
    stamp = header.partition(",")[0].removeprefix("t=")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12) or abs(now - int(stamp)) > WINDOW:
        return False
    return any(hmac.compare_digest(sign(secret, int(stamp), body).encode(), header.encode()) for secret in secrets)
