"""Tomorrow's lane: which days are looked at, what is due, and what would cross a car's repair limit.

Dollars as they were told to the customer, with tax; miles as on the odometer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sales_handoff.rules.reading import rounded

USUAL_MILES_A_YEAR = 12_000
SOON_MILES = 500
"""A service that falls due so soon after the visit is worth naming at it."""
SOON_DAYS = 30
_REPLACES = re.compile(r"^(replace|rebuild|repair|renew)\s+(the\s+)?", re.IGNORECASE)


def days_to_prepare(now: datetime, closes_at: time) -> tuple[date, ...]:
    """The days whose cars are looked at by `now`, the rooftop's own time: today's, and tomorrow's once it has closed.

    Today is among them so that what was booked overnight, or missed last evening, is not forgotten.

    >>> days_to_prepare(datetime(2026, 11, 23, 17, 59), time(18))
    (datetime.date(2026, 11, 23),)
    >>> days_to_prepare(datetime(2026, 11, 23, 18, 0), time(18))
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 24))
    """
    today = now.date()
    return (today, today + timedelta(days=1)) if now.time() >= closes_at else (today,)


@dataclass(frozen=True)
class KnownWork:
    """Work the customer knows of and has not had done: what it is called, its dollars, and their answer."""

    title: str
    amount: Decimal
    answer: str


def expected_odometer(last: int, on: date, day: date, miles_a_year: int = USUAL_MILES_A_YEAR) -> int:
    """The miles a car may show on `day`, from `last` read on `on`, to the hundred.

    >>> expected_odometer(71_902, date(2026, 5, 23), date(2026, 11, 23))
    78000
    """
    return int(round(last + miles_a_year * max(0, (day - on).days) / 365, -2))


def deferred_is_due(until_date: date | None, until_miles: int | None, day: date, odometer: int | None) -> bool:
    """Whether what was put off until a date or a mileage is due by `day`."""
    by_date = until_date is not None and until_date <= day + timedelta(days=SOON_DAYS)
    return by_date or (until_miles is not None and odometer is not None and odometer + SOON_MILES >= until_miles)


@dataclass(frozen=True)
class Interval:
    """One row of a maintenance schedule: every `miles`, or every `months`, with where that is written."""

    service: str
    miles: int | None
    months: int | None
    source: str


def due_words(row: Interval, done_at: int, done_on: date, odometer: int | None, day: date) -> str:
    """Why a service last done at `done_at` miles on `done_on` is due by `day`, in one sentence; "" when it is not.

    >>> oil = Interval("Engine oil", 5000, 6, "Owner's manual 2018")
    >>> due_words(oil, 71_000, date(2026, 8, 1), 76_000, date(2026, 11, 23))
    "Engine oil: due at 76,000 mi, last done at 71,000. Owner's manual 2018."
    >>> due_words(oil, 71_000, date(2026, 8, 1), 72_000, date(2026, 11, 23))
    ''
    """
    source = row.source.rstrip(".")
    if row.miles and odometer is not None and odometer + SOON_MILES >= done_at + row.miles:
        return f"{row.service}: due at {done_at + row.miles:,} mi, last done at {done_at:,}. {source}."
    if row.months and (day - done_on).days + SOON_DAYS >= row.months * 365 / 12:
        return f"{row.service}: every {row.months} months, last done {done_on.day} {done_on:%b %Y}. {source}."
    return ""


@dataclass(frozen=True)
class Crossing:
    """What would cross the limit: whether what is known today does, and one plain reading."""

    crosses: bool
    words: str


def what_crosses(limit: Decimal | None, known: Sequence[KnownWork]) -> Crossing:
    """The repair limit beside the work they know of.  Nothing is said where no limit is known.

    >>> belt = KnownWork("Timing belt", Decimal("1450.00"), "declined")
    >>> what_crosses(Decimal("1912.00"), [belt]).words
    'A repair above about $1,900 crosses the limit. The declined timing belt is $1,450.'
    >>> what_crosses(Decimal("1400.00"), [belt]).words
    'A repair above about $1,400 crosses the limit, and the declined timing belt is $1,450.'
    """
    if limit is None:
        return Crossing(False, "")
    named = sorted(known, key=lambda one: (-one.amount, one.title))
    if limit <= 0:
        return Crossing(bool(named), "Replacing it costs less than keeping it even with no repair at all.")
    least = f"A repair above about ${rounded(limit):,}" if rounded(limit) else "Almost any repair"
    about = f"{least} crosses the limit"
    if not named:
        return Crossing(False, f"{about}. Nothing is left over from before.")
    first = named[0]
    said = f"the {first.answer} {as_thing(first.title)} is {_whole(first.amount)}"
    if first.amount > limit:
        return Crossing(True, f"{about}, and {said}.")
    together = sum((one.amount for one in named), Decimal(0))
    if together > limit:
        return Crossing(True, f"{about}. {_upper(said)}, and all {len(named)} together are {_whole(together)}.")
    rest = f", and all {len(named)} together are {_whole(together)}" if len(named) > 1 else ""
    return Crossing(False, f"{about}. {_upper(said)}{rest}.")


def as_thing(title: str) -> str:
    """A line's title as a thing in a sentence: "Replace the timing belt" is a timing belt, "ABS module" stays as it is.

    What does not read as a thing stands in quotes.
    """
    thing = _REPLACES.sub("", title)
    if thing == title and " the " in title:
        return f"“{title}”"
    return thing[:1].lower() + thing[1:] if thing[1:2].islower() else thing


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _whole(amount: Decimal) -> str:
    return f"${amount.quantize(Decimal(1)):,}"
