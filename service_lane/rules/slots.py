"""Which times may be promised, and why, from what is already promised to others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
SHORTEST = timedelta(minutes=45)  # to drive it in, look and drive it out
ROOM = timedelta(hours=2)  # the later slot leaves time for what the inspection finds


@dataclass(frozen=True)
class Slot:
    """A time that can be promised, and the reason in one sentence."""

    at: datetime
    reason: str


def slots(
    *,
    now: datetime,
    zone: ZoneInfo,
    opens: time,
    closes: time,
    bays: int,
    promised: Iterable[datetime],
    hours: Decimal,
) -> tuple[Slot, ...]:
    """Up to three times to offer: the first with a free bay, one with room for more, and the next morning.

    `promised` are the promises to cars that are here; each takes one of `bays` in the hour before it.  `hours` is the
    labor asked for so far.
    """
    taken = sorted(promised)
    work = max(SHORTEST, timedelta(hours=float(hours)) + HALF_HOUR)

    def load(at: datetime) -> int:
        return sum(1 for other in taken if at - HOUR < other <= at)

    def reason(at: datetime) -> str:
        others = load(at)
        if not others:
            return "No other car is promised in that hour."
        cars = "1 other car is" if others == 1 else f"{others} other cars are"
        return f"{cars} promised in that hour, for {bays} bays."

    def first_free(start: datetime, until: datetime) -> datetime | None:
        at = start
        while at <= until:
            if load(at) < bays:
                return at
            at += HALF_HOUR
        return None

    here = now.astimezone(zone)
    opening, closing = (datetime.combine(here.date(), clock, zone) for clock in (opens, closes))
    found: list[Slot] = []
    soonest = first_free(_half_hour_after(max(here, opening) + work), closing)
    if soonest:
        found.append(Slot(soonest, reason(soonest)))
        later = first_free(_half_hour_after(soonest + ROOM), closing)
        if later:
            found.append(Slot(later, f"{reason(later)} Leaves room for what we find."))
    morning = datetime.combine(here.date() + timedelta(days=1), opens, zone) + max(work, 2 * HOUR + HALF_HOUR)
    next_day = first_free(_half_hour_after(morning), morning + timedelta(hours=6))
    if next_day:
        found.append(Slot(next_day, f"First in tomorrow. {reason(next_day)}"))
    return tuple(found)


def _half_hour_after(at: datetime) -> datetime:
    """The next full or half hour, `at` itself when it is one."""
    over = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at + (HALF_HOUR - over) if over else at
