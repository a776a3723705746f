"""When a schedule asks for work on a car, by what is known of it: our own visits, or only what its people told us.

Miles as on the odometer.  A schedule row says what is asked for and how often, with where that is written; nothing here
turns a general schedule into the maker's.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

USUAL_MILES_A_YEAR = 12_000
"""Counted on when too few readings tell how far a car is driven."""
GENERAL = "A general schedule, not the maker's"
LOOKS_AHEAD = timedelta(days=60)
"""What falls due within this is due: near enough to plan for."""


@dataclass(frozen=True)
class Interval:
    """One row of a schedule that fits the car: every `miles`, every `months`, or whichever comes first."""

    op_code: str
    service: str
    miles: int | None
    months: int | None
    source: str
    is_makers: bool = False
    is_for_model: bool = False

    @property
    def schedule(self) -> str:
        """How often, and whose schedule says so, in words anybody may read."""
        times = [f"{self.miles:,} miles"] if self.miles else []
        times += [f"{self.months} months"] if self.months else []
        where = self.source.strip().rstrip(".") or GENERAL
        whose = f"The maker's schedule: {where}" if self.is_makers else where
        return f"Every {' or '.join(times)}. {whose}."


@dataclass(frozen=True)
class CarFacts:
    """What is known of a car: its model year, each (day, miles) read here or told us, and what was done here when.

    `told` are those of the readings that are somebody's word; `done` is by op code: the miles and the day.
    """

    year: int | None = None
    readings: tuple[tuple[date, int], ...] = ()
    told: frozenset[tuple[date, int]] = frozenset()
    miles_a_year: int | None = None
    done: Mapping[str, tuple[int, date]] = field(default_factory=dict)


@dataclass(frozen=True)
class Due:
    """Work that a schedule asks for.  `on` is the day it falls due, None where only the year of the car tells.

    `key` names this one time it is due: while it is the same, nothing about it changed.
    """

    op_code: str
    service: str
    on: date | None
    key: str
    why: str
    schedule: str
    is_makers: bool

    def when(self, today: date) -> str:
        """Like "now", "in March" or "this year"."""
        if self.on is None:
            return "this year"
        return "now" if self.on <= today else f"in {self.on:%B}"


def due_on_car(rows: Iterable[Interval], car: CarFacts, today: date) -> list[Due]:
    """What is due on the car by `today` and within LOOKS_AHEAD, the longest overdue first.

    Of two rows for one job the maker's counts, then the one for this model, then the one that comes first.

    >>> oil = Interval("OIL", "Oil and filter change", 7_500, 12, "Generic, not the maker's schedule")
    >>> outback = CarFacts(2017, ((date(2026, 9, 1), 96_000),), frozenset({(date(2026, 9, 1), 96_000)}))
    >>> [due] = due_on_car([oil], outback, date(2026, 11, 30))
    >>> due.service, due.when(date(2026, 11, 30)), due.key
    ('Oil and filter change', 'now', 'OIL at 97500')
    """
    best: dict[str, tuple[tuple[bool, bool, date], Due]] = {}
    for row in rows:
        found = _next(row, car, today)
        if found is None:
            continue
        rank = (not row.is_makers, not row.is_for_model, found.on or date.max)
        if row.op_code not in best or rank < best[row.op_code][0]:
            best[row.op_code] = (rank, found)
    soon = [due for _, due in best.values() if due.on is None or due.on <= today + LOOKS_AHEAD]
    return sorted(soon, key=lambda due: (due.on or date.max, due.service))


def _next(row: Interval, car: CarFacts, today: date) -> Due | None:
    """The next time the row asks for its work; None where nothing is known to tell it by."""
    done = car.done.get(row.op_code)
    ways = [way for way in (_by_miles(row, car, done), _by_months(row, done)) if way]
    if not ways:
        return _by_age(row, car, today) if done is None else None
    on, _, why = min(ways)
    # Of both ways, because which of them comes first changes with every reading.
    key = f"{row.op_code} {' or '.join(way[1] for way in ways)}"
    return Due(row.op_code, row.service, on, key, why, row.schedule, row.is_makers)


type Way = tuple[date, str, str]


def _by_miles(row: Interval, car: CarFacts, done: tuple[int, date] | None) -> Way | None:
    if not row.miles or not car.readings:
        return None
    last_on, last = max(car.readings)
    due_at = done[0] + row.miles if done else (last // row.miles + 1) * row.miles
    days = (due_at - last) * 365 / (car.miles_a_year or USUAL_MILES_A_YEAR)
    on = _within_reason(last_on, math.floor(days))
    if done:
        return on, f"at {due_at}", f"Due at {due_at:,} mi; last done at {done[0]:,}, {_day(done[1])}."
    how = "told" if (last_on, last) in car.told else "read here"
    why = f"Asked for at {due_at:,} mi; {last:,} {how} {_day(last_on)}. We have no record of it being done."
    return on, f"at {due_at}", why


def _by_months(row: Interval, done: tuple[int, date] | None) -> Way | None:
    if not row.months or not done:
        return None
    on = _months_after(done[1], row.months)
    return on, f"in {on:%Y-%m}", f"Every {row.months} months; last done {_day(done[1])}."


def _by_age(row: Interval, car: CarFacts, today: date) -> Due | None:
    """By the model year alone: it falls due in some years, and nobody can say on which day."""
    if not row.months or car.year is None or car.year >= today.year:
        return None
    times = math.ceil((today.year - car.year) * 12 / row.months)
    if car.year + times * row.months // 12 != today.year:
        return None
    why = f"Every {row.months} months; by its model year, in {today.year}. We have no record of it being done."
    key = f"{row.op_code} by age in {today.year}"
    return Due(row.op_code, row.service, None, key, why, row.schedule, row.is_makers)


def _within_reason(day: date, days: int) -> date:
    """`day` plus `days`, which a wrong reading may put thousands of years away."""
    return day + timedelta(days=max(-36_500, min(36_500, days)))


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last there is."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
