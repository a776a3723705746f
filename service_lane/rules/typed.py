"""What was typed at the counter, read.

A write-up keeps every field exactly as typed, right or wrong.  Here it is turned into values, and whatever cannot be
read becomes a sentence beside its field.  Nothing here refuses: `writeup.missing_to_open` says what may not be missing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from customers.rules import format_phone, normalize_phone
from service_lane.rules.signature import Drawing, Unreadable
from service_lane.rules.signature import read as read_drawing
from service_lane.rules.writeup import Missing

WHEELS = ("LF", "RF", "LR", "RR")
MOST_CONCERNS = 9
CHANNELS = {"text": "text", "phone": "call", "email": "e-mail"}
PLANS = ("keep", "years", "replacing", "not_said")
STAYS = ("waits", "loaner", "drops")

WHO_FIELDS = ("first_name", "last_name", "business_name", "phone", "email")
CAR_FIELDS = ("plate", "plate_region", "vin", "year", "make", "model", "trim", "color", "body", "decoded")
PAPER_FIELDS = ("paper_day", "paper_came_in", "paper_signed")
FIELDS = frozenset(
    (
        *WHO_FIELDS,
        *CAR_FIELDS,
        "odometer",
        "tag",
        "purpose",
        *(f"concern_{n}" for n in range(1, MOST_CONCERNS + 1)),
        *(f"diagnosis_{n}" for n in range(1, MOST_CONCERNS + 1)),
        "plan",
        "plan_years",
        "services",
        *(f"tread_{wheel}" for wheel in WHEELS),
        "promised",
        "promised_other",
        "stay",
        "contact",
        "contact_name",
        "contact_other",
        "designee_name",
        "designee_limit",
        "signed_name",
        "signed_drawing",
        *PAPER_FIELDS,
    )
)
"""Every field of a write-up, by the name it is posted under."""
CHOICES = frozenset(
    {
        "promised",
        "stay",
        "plan",
        "contact",
        "services",
        "body",
        *(f"diagnosis_{n}" for n in range(1, MOST_CONCERNS + 1)),
    }
)
"""Fields that are chosen at one stroke; the others are typed."""
SEVERAL = frozenset({"services"})
"""Fields that hold a list: the boxes that were ticked."""

type Fields = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Words:
    """One concern in the customer's words, and the op code that finds its cause ("" when none was agreed)."""

    place: int
    words: str
    diagnosis: str


@dataclass(frozen=True)
class Contact:
    """Whom we ask, and how: `channel` is phone, text or email."""

    name: str
    channel: str
    value: str


@dataclass(frozen=True)
class Typed:
    """What could be read.  Empty texts and None stand for nothing typed; `problems` for what made no sense."""

    vin: str = ""
    plate: str = ""
    year: int | None = None
    odometer: int | None = None
    purpose: str = ""
    concerns: tuple[Words, ...] = ()
    services: tuple[str, ...] = ()
    plan: str = "not_said"
    plan_years: int | None = None
    treads: Mapping[str, Decimal] = field(default_factory=dict)
    promised_at: datetime | None = None
    stay: str = ""
    contact: Contact | None = None
    designee_name: str = ""
    designee_limit: Decimal | None = None
    signed_name: str = ""
    drawing: Drawing | None = None
    problems: tuple[Missing, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Somebody typed their name, or drew it."""
        return bool(self.signed_name or self.drawing)


def text(typed: Fields, name: str) -> str:
    """What is in a field, without the space around it; "" for one that was never touched."""
    value = typed.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def folded(value: str) -> str:
    """A VIN or plate as it is compared and kept: letters and digits only, upper case."""
    return re.sub(r"[^A-Za-z0-9]", "", value).upper()


def as_read(contact: str) -> str:
    """A phone number as people read it, anything else as it is.

    >>> as_read("+14155550142")
    '(415) 555-0142'
    """
    return format_phone(contact) if contact.startswith("+") else contact


def read(typed: Fields, *, zone: ZoneInfo, customer_name: str = "", now: datetime) -> Typed:
    """`typed` as values; times are wall-clock times in `zone`.  `customer_name` answers for an unnamed contact."""
    problems: list[Missing] = []
    limit = _amount(typed, "designee_limit", problems)
    _reach(typed, problems)
    return Typed(
        vin=folded(text(typed, "vin")),
        plate=folded(text(typed, "plate")),
        year=_whole(typed, "year", 1900, now.year + 2, "Enter the year with four digits, like 2018.", problems),
        odometer=_whole(typed, "odometer", 0, 2_000_000, "Enter the miles as digits, like 71,902.", problems),
        purpose=text(typed, "purpose"),
        concerns=tuple(
            Words(n, text(typed, f"concern_{n}"), text(typed, f"diagnosis_{n}"))
            for n in range(1, MOST_CONCERNS + 1)
            if text(typed, f"concern_{n}")
        ),
        services=tuple(dict.fromkeys(_several(typed, "services"))),
        plan=text(typed, "plan") if text(typed, "plan") in PLANS else "not_said",
        plan_years=_years(typed, problems),
        treads=_treads(typed, problems),
        promised_at=_promise(typed, zone, now, problems),
        stay=text(typed, "stay") if text(typed, "stay") in STAYS else "",
        contact=_contact(typed, customer_name, problems),
        designee_name=text(typed, "designee_name"),
        designee_limit=limit,
        signed_name=text(typed, "signed_name"),
        drawing=_drawing(typed, problems),
        problems=tuple(problems),
    )


def tread(value: str) -> Decimal | None:
    """A tread depth as typed ("4", "4/32", "4.5"), or None when it is not one."""
    match = re.fullmatch(r"(\d{1,2}(?:\.\d{1,2})?)\s*(?:/\s*32|mm)?", value.strip())
    return Decimal(match[1]) if match else None


def _several(typed: Fields, name: str) -> Iterable[str]:
    value = typed.get(name, [])
    return (one for one in ([value] if isinstance(value, str) else value) if one)


def _whole(typed: Fields, name: str, lowest: int, highest: int, message: str, problems: list[Missing]) -> int | None:
    value = re.sub(r"(?i)\s*(mi|miles)\.?$", "", text(typed, name)).replace(",", "").replace(" ", "")
    if not value:
        return None
    if value.isascii() and value.isdigit() and lowest <= int(value) <= highest:
        return int(value)
    problems.append(Missing(name, message))
    return None


def _amount(typed: Fields, name: str, problems: list[Missing]) -> Decimal | None:
    value = text(typed, name).lstrip("$").replace(",", "").strip()
    if not value:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0 or amount >= 1_000_000 or amount != round(amount, 2):
        problems.append(Missing(name, "Enter dollars as digits, like 300 or 300.50."))
        return None
    return amount


def _years(typed: Fields, problems: list[Missing]) -> int | None:
    if text(typed, "plan") != "years":
        return None
    years = _whole(typed, "plan_years", 1, 40, "Enter the years as digits, like 3.", problems)
    if years is None and not text(typed, "plan_years"):
        problems.append(Missing("plan_years", "Enter how many years they mean to keep it."))
    return years


def _treads(typed: Fields, problems: list[Missing]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for wheel in WHEELS:
        name = f"tread_{wheel}"
        if value := text(typed, name):
            depth = tread(value)
            if depth is None or depth > 30:
                problems.append(Missing(name, "Enter the tread as digits, like 4."))
            else:
                found[wheel] = depth
    return found


def _promise(typed: Fields, zone: ZoneInfo, now: datetime, problems: list[Missing]) -> datetime | None:
    name = "promised_other" if text(typed, "promised") in ("", "other") else "promised"
    value = text(typed, name)
    if not value:
        return None
    try:
        promised_at = datetime.fromisoformat(value)
    except ValueError:
        problems.append(Missing(name, "Enter the date and the time you promise, like 2026-11-23 14:30."))
        return None
    if promised_at.tzinfo is None:
        promised_at = promised_at.replace(tzinfo=zone)
    if promised_at <= now:
        problems.append(Missing(name, "That time has passed. Promise a time that is still to come."))
        return None
    return promised_at


def _reach(typed: Fields, problems: list[Missing]) -> None:
    if (phone := text(typed, "phone")) and normalize_phone(phone) is None:
        problems.append(Missing("phone", "Enter the phone with its area code, like 415 555 0142."))
    if (email := text(typed, "email")) and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        problems.append(Missing("email", "Enter the e-mail with an @, like theo@example.com."))


def _drawing(typed: Fields, problems: list[Missing]) -> Drawing | None:
    try:
        return read_drawing(text(typed, "signed_drawing"))
    except Unreadable as refusal:
        problems.append(Missing("signed_name", str(refusal)))
        return None


def _contact(typed: Fields, customer_name: str, problems: list[Missing]) -> Contact | None:
    channel, _, value = text(typed, "contact").partition(":")
    if channel == "other":
        value = text(typed, "contact_other")
        channel = "email" if "@" in value else "phone"
        value = value if channel == "email" else normalize_phone(value) or ""
        if not value:
            problems.append(Missing("contact_other", "Enter the phone, with its area code, or e-mail of whom we ask."))
    if channel not in CHANNELS or not value.strip():
        return None
    return Contact(text(typed, "contact_name") or customer_name, channel, value.strip())
