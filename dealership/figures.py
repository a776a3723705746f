"""A day or a week of figures: which days, and one figure with its count, its definition and its bars.

What a figure counts is the business of the app that has its rows; how it is drawn is `components/figure.html`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from dealership.models import Rooftop

DAY, WEEK = "day", "week"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The day somebody looks at and the week around it, Monday to Sunday, in the rooftop's own time."""

    rooftop: Rooftop
    on: date
    today: date
    is_week: bool

    @property
    def monday(self) -> date:
        return self.on - timedelta(days=self.on.weekday())

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(days=n) for n in range(7))

    @property
    def chosen(self) -> tuple[date, ...]:
        """The days the figures are of."""
        return self.days if self.is_week else (self.on,)

    def _bounds(self, first: date, last: date) -> tuple[datetime, datetime]:
        zone = self.rooftop.zone
        return datetime.combine(first, time.min, zone), datetime.combine(last + ONE_DAY, time.min, zone)

    @property
    def week_bounds(self) -> tuple[datetime, datetime]:
        """Midnight on Monday and midnight after Sunday."""
        return self._bounds(self.days[0], self.days[-1])

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """From the first midnight up to, and without, the last."""
        return self._bounds(self.chosen[0], self.chosen[-1])

    @property
    def before(self) -> date:
        return self.on - (timedelta(days=7) if self.is_week else ONE_DAY)

    @property
    def after(self) -> date | None:
        """The next day or week that has begun; None when this one is not over."""
        later = self.monday + timedelta(days=7) if self.is_week else self.on + ONE_DAY
        return later if later <= self.today else None

    @property
    def is_now(self) -> bool:
        return self.today in self.chosen

    @property
    def words(self) -> str:
        """Which days, like "Monday 16 November 2026" or "16 to 22 November 2026"."""
        first, last = self.chosen[0], self.chosen[-1]
        if first == last:
            return f"{first:%A} {first.day} {first:%B %Y}"
        month = f" {first:%B}" if first.month != last.month else ""
        return f"{first.day}{month} to {last.day} {last:%B %Y}"

    @property
    def query(self) -> str:
        """What an address needs to mean the same period."""
        return f"?on={self.on.isoformat()}&by={WEEK if self.is_week else DAY}"


def period(asked: QueryDict, rooftop: Rooftop, at: datetime, *, is_week: bool | None = None) -> Period:
    """The period that ?on= and ?by= name: today when the day cannot be read or is still to come."""
    today = at.astimezone(rooftop.zone).date()
    try:
        on = min(date.fromisoformat(asked.get("on", "")), today)
    except ValueError:
        on = today
    on = max(on, date(2000, 1, 1))
    return Period(rooftop, on, today, asked.get("by") == WEEK if is_week is None else is_week)


@dataclass(frozen=True)
class Bar:
    """One day of a figure.  `value` None: nothing to count.  `of` is the whole that `value` is part of, if any."""

    label: str
    value: Decimal | None
    words: str
    of: Decimal | None = None
    is_here: bool = False


@dataclass(frozen=True)
class Figure:
    """One figure.  `count` says of how many it was worked out, `definition` what it is, both in words.

    `value` is "" when there was nothing to count.  `table` has its own head and rows, beside the bars by day.
    """

    key: str
    title: str
    value: str
    unit: str
    count: str
    definition: str
    bars: tuple[Bar, ...] = ()
    head: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


def bars(
    period: Period, by_day: Mapping[date, Any], bar: Callable[[Any], tuple[Decimal | None, str, Decimal | None]]
) -> tuple[Bar, ...]:
    """A bar for each day of the week that has begun; `bar` gives value, words and the whole for a day's row."""
    found = []
    for day in period.days:
        value, words, of = bar(by_day[day]) if day in by_day else (None, "none", None)
        if day > period.today:
            words = ""
        found.append(Bar(f"{day:%a} {day.day}", value, words, of, day in period.chosen and not period.is_week))
    return tuple(found)


def share(period: Period, rows: Mapping[date, tuple[int, int]]) -> tuple[int, int, tuple[Bar, ...]]:
    """For "n of m" figures: n and m over the period, and the bars.  `rows` has (n, m) by day."""
    some = sum(rows[day][0] for day in period.chosen if day in rows)
    every = sum(rows[day][1] for day in period.chosen if day in rows)
    drawn = bars(period, rows, lambda row: (Decimal(row[0]), f"{row[0]} of {row[1]}", Decimal(row[1])))
    return some, every, drawn


def percent(some: int, every: int) -> str:
    """A whole percentage, "" of nothing."""
    return f"{(200 * some + every) // (2 * every)}" if every else ""
