"""How an OBD-II trouble code is written (SAE J2012): a letter for the part of the car, then four hexadecimal digits."""

import re

_FORM = re.compile(r"[PBCU][0-3][0-9A-F]{3}")


def read_code(typed: str) -> str | None:
    """The code as it is kept, from whatever spacing and case it was typed in; None when it is not one.

    >>> read_code(" p 0420 ")
    'P0420'
    """
    code = re.sub(r"[\s.-]", "", typed).upper()
    return code if _FORM.fullmatch(code) else None
