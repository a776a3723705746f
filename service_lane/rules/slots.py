"""Which times may be promised, and why: from the work that is ahead in the shop and what is promised to others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
SHORTEST = timedelta(minutes=45)  # to drive it in, look and drive it out
ROOM = timedelta(hours=2)  # the later slot leaves time for what the inspection finds
LOOK = Decimal("0.5")  # hours a car takes for which no work was asked


@dataclass(frozen=True)
class Slot:
    """A time that can be promised, and the reason in one or two sentences."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Ahead:
    """The open work before this car: the hours of each job in the order it is promised, and who is there to do it."""

    jobs: tuple[Decimal, ...] = ()
    technicians: int = 1

    @property
    def hours(self) -> Decimal:
        return sum(self._each, Decimal(0))

    @property
    def _each(self) -> tuple[Decimal, ...]:
        return tuple(max(LOOK, hours) for hours in self.jobs)

    def free_at(self, start: datetime, bays: int) -> datetime:
        """When the first technician with a bay has nothing before this car, if all begin at `start`.

        Nothing is taken off for what is done already, because nobody has measured it.
        """
        lanes = [start] * max(1, min(bays, self.technicians))
        for hours in self._each:
            first = lanes.index(min(lanes))
            lanes[first] += timedelta(hours=float(hours))
        return min(lanes)


def slots(
    *,
    now: datetime,
    zone: ZoneInfo,
    opens: time,
    closes: time,
    bays: int,
    promised: Iterable[datetime],
    hours: Decimal,
    ahead: Ahead | None = None,
) -> tuple[Slot, ...]:
    """Up to three times to offer: the first with a free bay, one with room for more, and the next morning.

    `promised` are the promises to cars that are here; each takes one of `bays` in the hour before it.  `hours` is the
    labor asked for so far; `ahead` what must be done first.
    """
    taken = sorted(promised)
    ahead = ahead or Ahead()
    work = max(SHORTEST, timedelta(hours=float(hours)) + HALF_HOUR)

    def load(at: datetime) -> int:
        return sum(1 for other in taken if at - HOUR < other <= at)

    def promises(at: datetime) -> str:
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
    begins = ahead.free_at(max(here, opening), bays)
    found: list[Slot] = []
    soonest = first_free(_half_hour_after(begins + work), closing)
    if soonest:
        found.append(Slot(soonest, f"{_who_is_free(ahead, begins, here)} {promises(soonest)}"))
        later = first_free(_half_hour_after(soonest + ROOM), closing)
        if later:
            found.append(Slot(later, f"Leaves 2 h more for what we find. {promises(later)}"))
    morning = datetime.combine(here.date() + timedelta(days=1), opens, zone) + max(work, 2 * HOUR + HALF_HOUR)
    next_day = first_free(_half_hour_after(morning), morning + timedelta(hours=6))
    if next_day:
        found.append(Slot(next_day, f"First in tomorrow. {promises(next_day)}"))
    return tuple(found)


def _who_is_free(ahead: Ahead, begins: datetime, now: datetime) -> str:
    if not ahead.jobs:
        return "No car is ahead of this one."
    jobs = "1 job" if len(ahead.jobs) == 1 else f"{len(ahead.jobs)} jobs"
    work = f"{jobs} ahead, {ahead.hours.normalize():f} h"
    people = "1 technician" if ahead.technicians == 1 else f"{ahead.technicians} technicians"
    return f"{work} for {people}: " + ("one is free now." if begins <= now else f"one is free about {begins:%H:%M}.")


def _half_hour_after(at: datetime) -> datetime:
    """The next full or half hour, `at` itself when it is one."""
    over = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at + (HALF_HOUR - over) if over else at
