"""When declined work comes back, and on what that day rests.

A customer's own date or miles count first.  Else the wear of the part tells, and else the rooftop's policy.  Miles
become a date by how far this car is driven; a car with too few readings gets a published mean, and it is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from service_lane.rules.wear import DAYS_A_YEAR, FEWEST_MILES, forward_readings, miles_per_year, wear_rate

DECLINED, DEFERRED, SILENT = "declined", "deferred", "silent"
ASKED_DATE, ASKED_MILES, WEAR, POLICY = "asked_date", "asked_miles", "wear", "policy"
MOST_DAYS = 100 * 365
"""No car is waited for longer; miles somebody mistyped would else lie past the end of the calendar."""
MARKETING, REPAIR_MESSAGES = "marketing", "repair_messages"


@dataclass(frozen=True)
class Driven:
    """How far a car goes: miles a year, and on how many odometer readings of its own that rests.

    0 readings: it is a published mean, and `source` names it.
    """

    miles_a_year: int
    readings: int
    source: str = ""

    @property
    def words(self) -> str:
        """To go on with in a sentence: "about 12,000 miles a year, from 5 odometer readings of this car"."""
        miles = f"about {self.miles_a_year:,} miles a year"
        if not self.readings:
            return f"{miles}, a published mean, because this car has too few readings ({self.source})"
        return f"{miles}, from {self.readings} odometer readings of this car"

    def days_for(self, miles: int) -> int:
        """Whole days until that many miles are driven, at least one and at most MOST_DAYS."""
        days = (max(miles, 0) * DAYS_A_YEAR / self.miles_a_year).to_integral_value(ROUND_CEILING)
        return min(max(1, int(days)), MOST_DAYS)


def driven(readings: Iterable[tuple[date, int]], *, usual: int, source: str) -> Driven:
    """How far this car is driven, by its own readings where they reach, else by the published mean `usual`."""
    own = list(readings)
    if a_year := miles_per_year(own):
        return Driven(a_year, len(forward_readings(own)))
    return Driven(usual, 0, source)


@dataclass(frozen=True)
class Timing:
    """A rooftop's own days: how long it waits when nothing was said of when, and the bounds of an estimate."""

    red_days: int
    yellow_days: int
    soonest_days: int
    latest_days: int
    source: str


@dataclass(frozen=True)
class WornTo:
    """How far a part has to go: `miles` from its reading to its limit, and the wear in words."""

    miles: int
    words: str


@dataclass(frozen=True)
class Due:
    """The day to come back to it, what that rests on, and the same in a sentence for the advisor."""

    on: date
    basis: str
    why: str
    miles: int | None = None


def due(
    closed_on: date,
    *,
    timing: Timing,
    driven: Driven,
    is_red: bool,
    until_date: date | None = None,
    until_miles: int | None = None,
    odometer: int | None = None,
    worn_to: WornTo | None = None,
) -> Due:
    """When to come back to a line that was declined, put off or never answered, on a visit that closed that day.

    The customer's own date and miles count as they said them, whichever comes first; a day that has passed is the
    next one.  What we work out ourselves stays between the rooftop's soonest and latest day.
    """
    tomorrow = closed_on + timedelta(days=1)
    asked: list[Due] = []
    if until_date:
        asked.append(Due(max(until_date, tomorrow), ASKED_DATE, f"They asked for {_day(until_date)}."))
    if until_miles:
        why = f"They asked for {until_miles:,} miles: {driven.words}."
        days = timing.latest_days if odometer is None else driven.days_for(until_miles - odometer)
        asked.append(Due(closed_on + timedelta(days=days), ASKED_MILES, why, until_miles))
    if asked:
        return min(asked, key=lambda one: one.on)
    if worn_to and worn_to.miles > 0:
        days = min(max(driven.days_for(worn_to.miles), timing.soonest_days), timing.latest_days)
        why = f"{worn_to.words} That is {driven.words}."
        miles = None if odometer is None else odometer + worn_to.miles
        return Due(closed_on + timedelta(days=days), WEAR, why, miles)
    days = timing.red_days if is_red else timing.yellow_days
    why = f"Nothing was said of when, so {days} days after the visit. {timing.source}"
    return Due(closed_on + timedelta(days=days), POLICY, why)


def consent_asked(kind: str, *, is_safety: bool) -> str | None:
    """Which consent a message about it needs; None: it goes out in no message, whatever was allowed.

    A reminder of safety work that the customer put off until a day of their own is a message about their car that they
    asked for.  Every other reminder is an offer (47 CFR 64.1200(f): telemarketing is told by its purpose).  Silence is
    no answer to follow up on: it is for an advisor to ask about.
    """
    if kind == SILENT:
        return None
    return REPAIR_MESSAGES if kind == DEFERRED and is_safety else MARKETING


def worn_to(last: tuple[Decimal, int], now: tuple[Decimal, int], limit: Decimal, *, unit: str) -> WornTo | None:
    """How far a part that got thinner has to go, from two readings with their odometers; None without a rate.

    >>> worn_to((Decimal(6), 60_000), (Decimal(4), 70_000), Decimal(3), unit="mm").miles
    5000
    """
    if now[1] - last[1] < FEWEST_MILES:
        return None
    wear = wear_rate(last[0], last[1], now[0], now[1])
    if wear is None or now[0] <= limit:
        return None
    suffix = "/32" if unit == "32nds" else f" {unit}"
    miles = wear.miles_to(limit)
    wore = f"It wore {wear.lost.normalize():f}{suffix} in {wear.miles:,} miles"
    return WornTo(miles, f"{wore}: {limit.normalize():f}{suffix} in about {miles:,} miles.")


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
