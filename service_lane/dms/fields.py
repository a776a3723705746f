"""One field of an export at a time: five ways to write money, two to write a date, names surname first.

What a line cannot stand without raises Unreadable; what it can stand without comes back empty.
"""

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from customers.rules import is_placeholder_phone, normalize_phone

MOST_MONEY = Decimal("9999999.99")
MOST_HOURS = Decimal("999.99")
MOST_MILES = 2_000_000
EARLIEST = date(1950, 1, 1)
LATEST = date(2199, 12, 31)
# A two-digit year from here on is of the last century.
CENTURY_TURNS_AT = 70
ZERO = Decimal("0.00")


class Unreadable(ValueError):
    """A row cannot be taken; the message is its reason."""


class Name(NamedTuple):
    """A customer's name: a person's in `first` and `last`, a business's in `business`."""

    first: str
    last: str
    business: str


class Place(NamedTuple):
    street: str
    city: str
    region: str
    postal_code: str


class _Memory[T](dict[str, T]):
    LIMIT = 20_000

    def __init__(self, read: Callable[[str], T]) -> None:
        self._read = read

    def __missing__(self, text: str) -> T:
        answer = self._read(text)
        if len(self) >= self.LIMIT:
            self.clear()
        self[text] = answer
        return answer


def remembered[T](read: Callable[[str], T]) -> Callable[[str], T]:
    """`read`, remembering its last answers: a file says the same date, amount or name thousands of times."""
    return _Memory(read).__getitem__


_LOOKALIKES = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " "})
_PLAIN_MONEY = re.compile(r"[0-9]{1,7}\.[0-9]{2}").fullmatch
_MONEY = re.compile(
    r"(?P<open>\()? *(?P<before>-)? *\$? *(?P<between>-)?"
    r" *(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{0,12})(?:\.(?P<fraction>[0-9]{1,2}0*))?"
    r" *(?P<after>-)? *(?P<close>\))? *(?P<credit>CR)?"
).fullmatch


@remembered
def money(text: str) -> Decimal:
    """Dollars written "1,234.50", "$1234.5", " 36.54 ", "(13.00)", "-17", "17.00-" or "12 CR"; blank or "-" is zero.

    Raises Unreadable for anything else: three decimals, letters among the digits, two points.
    """
    if _PLAIN_MONEY(text):
        return Decimal(text)
    stripped = text.translate(_LOOKALIKES).strip().upper()
    if not stripped.strip(" $-") and stripped.count("-") < 2 and stripped.count("$") < 2:
        return ZERO
    found = _MONEY(stripped)
    if found is None or not (found["digits"] or found["fraction"]) or bool(found["open"]) != bool(found["close"]):
        raise Unreadable("not an amount")
    signs = sum(bool(found[part]) for part in ("open", "before", "between", "after", "credit"))
    if signs > 1:
        raise Unreadable("not an amount")
    amount = Decimal(f"{(found['digits'] or '0').replace(',', '')}.{(found['fraction'] or '')[:2]:0<2}")
    if amount > MOST_MONEY:
        raise Unreadable("out of range")
    return -amount if signs and amount else amount


_HOURS = re.compile(r"-?(?:[0-9]{1,9}(?:\.[0-9]{0,4})?|\.[0-9]{1,4})").fullmatch


@remembered
def hours(text: str) -> Decimal:
    """Labor hours with two places; blank is zero.  Raises Unreadable when negative or not a number."""
    stripped = text.strip()
    if not stripped:
        return ZERO
    if not _HOURS(stripped):
        raise Unreadable("hours not a number")
    amount = Decimal(stripped).quantize(Decimal("0.01"))
    if amount < 0:
        raise Unreadable("negative hours")
    if amount > MOST_HOURS:
        raise Unreadable("hours out of range")
    return abs(amount)


_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})").fullmatch
_DASHED = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})").fullmatch


@remembered
def day(text: str) -> date | None:
    """A date written 05/15/2021, 5/15/21 or 2021-05-15; None when blank.  Raises Unreadable otherwise."""
    stripped = text.strip()
    if not stripped:
        return None
    if found := _SLASHED(stripped):
        month_, day_, year_ = found.groups()
    elif found := _DASHED(stripped):
        year_, month_, day_ = found.groups()
    else:
        raise Unreadable("not a date")
    try:
        when = date(full_year(year_), int(month_), int(day_))
    except ValueError:
        raise Unreadable("not a date") from None
    if not EARLIEST <= when <= LATEST:
        raise Unreadable("not a date")
    return when


def full_year(text: str) -> int:
    """2006 for "06" and "2006"; 1998 for "98"."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (1900 if year >= CENTURY_TURNS_AT else 2000)


_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?\s*([AP]M)?").fullmatch


@remembered
def clock(text: str) -> time | None:
    """A time of day written 07:05, 7:05:00 or 7:05 PM; None when blank or not a time."""
    found = _CLOCK(text.strip().upper())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "PM" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


_SPACE_OR_HYPHEN = re.compile(r"[\s\-]+")
_VIN = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,17}").fullmatch


@remembered
def vin(text: str) -> str:
    """The VIN without spaces or hyphens, in capitals; "" when there is none or it is a placeholder or no VIN at all.

    The check digit is not looked at: cars from elsewhere fail it and are cars all the same.
    """
    folded = _SPACE_OR_HYPHEN.sub("", text).upper()
    return folded if _VIN(folded) and len(set(folded)) > 1 else ""


_EXTENSION = re.compile(r"(?i)\s*(?:x|ext\.?|#)\s*[0-9]*\s*$")
_NOT_DIGITS = re.compile(r"[^0-9]+")


@remembered
def phone(text: str) -> str:
    """A number as "+14155550142"; "" when blank, a placeholder like all zeros, or no such number.

    An extension ("x17", "ext. 17") is dropped.  North American numbers are most of any file, so they do not wait for
    the general reader, which takes twenty times as long and says the same.
    """
    digits = _NOT_DIGITS.sub("", _EXTENSION.sub("", text))
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    foreign = re.match(r"\s*\+(?!1)", text)
    if foreign or len(digits) != 10:
        return normalize_phone(text) or ""
    return "" if is_placeholder_phone(digits) else f"+1{digits}"


_EMAIL = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\".]+(?:\.[^\s@,;<>\".]+)+").fullmatch
_NO_EMAIL = frozenset(("none", "na", "n/a", "noemail", "no", "declined", "refused", "unknown"))


@remembered
def email(text: str) -> str:
    """The address in lower case; "" when it is none, or a placeholder like none@none.com."""
    folded = text.strip().lower()
    if len(folded) > 254 or not _EMAIL(folded):
        return ""
    user, _, host = folded.partition("@")
    return "" if user in _NO_EMAIL or host.split(".")[0] in _NO_EMAIL else folded


BUSINESS_WORDS = frozenset(
    [
        "AND",
        "&",
        "INC",
        "LLC",
        "LLP",
        "LTD",
        "PLC",
        "CORP",
        "CO",
        "COMPANY",
        "GROUP",
        "SONS",
        "BROS",
        "BROTHERS",
        "ASSOCIATES",
        "PARTNERS",
        "ENTERPRISES",
        "HOLDINGS",
        "SERVICES",
        "SERVICE",
        "SUPPLY",
        "CONSTRUCTION",
        "PLUMBING",
        "ELECTRIC",
        "TRUCKING",
        "LANDSCAPING",
        "RENTALS",
        "LEASING",
        "AUTO",
        "MOTORS",
        "CHURCH",
        "SCHOOL",
        "CITY",
        "COUNTY",
        "STATE",
        "UNIVERSITY",
        "TRUST",
        "FOUNDATION",
    ]
)
_MIDDLE_INITIAL = re.compile(r"(?<=\S) \w\.?$")


@remembered
def name(text: str) -> Name:
    """Who "JONES,CHRISTOPHER D", "Jones, Christopher", "MELENDEZ AND SONS" or "MURPHY-BAKER" is.

    People come surname first with a comma; without a comma it is a business, and so is a name with a word like "AND"
    or "INC".  A middle initial is dropped: the same person comes with and without.  All capitals are put in title case.
    """
    tidy = " ".join(text.split()).strip(" ,")
    words = {word.strip(".") for word in tidy.upper().replace(",", " ").split()}
    last, comma, first = tidy.partition(",")
    if not comma or words & BUSINESS_WORDS:
        return Name("", "", cased(tidy))
    return Name(cased(_MIDDLE_INITIAL.sub("", first.strip(" ,"))), cased(last.strip()), "")


_KEPT_IN_CAPITALS = frozenset(("LLC", "LLP", "PLC", "II", "III", "IV", "BMW", "GMC", "MG", "VW"))
_KEPT_SMALL = frozenset(("AND", "OF", "VAN", "DER", "DEN", "DE", "LA", "VON"))
_WORD = re.compile(r"(?<![^\W\d_])(MC)?([^\W\d_])([^\W\d_]*)")


@remembered
def cased(text: str) -> str:
    """ "McKinney" for "MCKINNEY", "van der Berg" for "VAN DER BERG"; what is not all in capitals stays as it is."""
    if not text.isupper():
        return text
    return " ".join(
        word
        if word.strip(".,") in _KEPT_IN_CAPITALS
        else word.lower()
        if word in _KEPT_SMALL
        else _WORD.sub(_capital, word)
        for word in text.split()
    )


def _capital(found: re.Match[str]) -> str:
    prefix, first, rest = found.groups()
    # The s of "JOE'S" is no name of its own; the B of "O'BRIEN" is.
    if not rest and not prefix and found.start() and found.string[found.start() - 1] in "'\u2019":
        return first.lower()
    return ("Mc" if prefix else "") + first + rest.lower()


_CITY_LINE = re.compile(r"(.*?),? ([A-Za-z]{2}),? ([0-9]{5}(?:-?[0-9]{4})?)").fullmatch


def place(street: str, city_line: str) -> Place:
    """The address; city, state and ZIP code are told apart when written "BELL, CA 90201", else they stay together."""
    return Place(_street(street), *_city_region_code(city_line))


@remembered
def _street(text: str) -> str:
    return cased(" ".join(text.split()))


@remembered
def _city_region_code(city_line: str) -> tuple[str, str, str]:
    tidy = " ".join(city_line.split())
    found = _CITY_LINE(tidy)
    return (cased(found[1]), found[2].upper(), found[3]) if found else (cased(tidy), "", "")


_ADVISOR = re.compile(r"([0-9]*)(.*)").fullmatch


@remembered
def advisor(text: str) -> tuple[str, str]:
    """("1188", "Rachel Bell") for "1188 BELL,RACHEL"."""
    found = _ADVISOR(" ".join(text.split()))
    assert found is not None  # Both halves may be empty, so everything fits.
    who = name(found[2])
    return found[1], f"{who.first} {who.last}".strip() or who.business


@remembered
def make(text: str) -> str:
    """ "Mercedes-Benz" for "MERCEDES-BENZ", "BMW" for "BMW"."""
    return cased(" ".join(text.split()))


_YEAR = re.compile(r"[0-9]{4}|[0-9]{2}").fullmatch


@remembered
def model_year(text: str) -> int | None:
    stripped = text.strip()
    if not _YEAR(stripped):
        return None
    year = full_year(stripped)
    return year if 1900 <= year <= 2100 else None


_MILES = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9}").fullmatch


def miles(text: str) -> int | None:
    if len(text) < 7 and text.isdecimal() and text.isascii():
        return int(text)
    stripped = text.strip()
    if not _MILES(stripped):
        return None
    number = int(stripped.replace(",", ""))
    return number if number <= MOST_MILES else None


_NOT_PLATE = re.compile(r"[^A-Z0-9]+")


@remembered
def plate(text: str) -> str:
    """Letters and digits only, in capitals; "" when longer than a plate can be."""
    folded = _NOT_PLATE.sub("", text.upper())
    return folded if len(folded) <= 10 else ""


@remembered
def flag(text: str) -> bool:
    return text.strip().upper() in ("Y", "YES", "1", "T", "TRUE")


@remembered
def prose(text: str) -> str:
    """Text as written, with one kind of line end and no control characters."""
    stripped = _CONTROLS.sub("", text).strip()
    return stripped.replace("\r\n", "\n").replace("\r", "\n")


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
