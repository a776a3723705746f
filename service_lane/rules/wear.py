"""How fast something wears, how far it has to go, and how much the car is driven."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

DAYS_A_YEAR = Decimal("365.25")
SHORTEST_SPAN_DAYS = 60  # below this a holiday trip looks like a year
FEWEST_MILES = 1_000  # below this the gauge's own error is larger than the wear


@dataclass(frozen=True)
class Wear:
    """What was lost between two readings: `lost` units over `miles`, leaving `value`."""

    value: Decimal
    lost: Decimal
    miles: int

    @property
    def miles_per_unit(self) -> Decimal:
        """Miles driven for each millimeter or 32nd lost."""
        return self.miles / self.lost

    def miles_to(self, limit: Decimal) -> int:
        """Whole miles until the value reaches `limit` at this rate; 0 when it is there already."""
        return max(0, int(((self.value - limit) * self.miles_per_unit).to_integral_value(ROUND_FLOOR)))


def wear_rate(last_value: Decimal, last_odometer: int, value: Decimal, odometer: int) -> Wear | None:
    """The wear between two visits, values in one unit and odometers in miles.

    None when no rate can be drawn: the part did not get thinner (it was replaced, or read differently), or the
    odometer did not move forward.

    >>> wear_rate(Decimal(4), 82_110, Decimal(2), 88_310).miles_to(Decimal("1.5"))
    1550
    """
    lost, miles = last_value - value, odometer - last_odometer
    if lost <= 0 or miles <= 0:
        return None
    return Wear(value, lost, miles)


def wear_sentence(wear: Wear, *, unit: str, when: str, limit: Decimal) -> str:
    """The wear as a technician would say it; `when` is the last reading's month, `unit` is "mm" or "32nds".

    >>> wear_sentence(Wear(Decimal(2), Decimal(2), 6200), unit="mm", when="March", limit=Decimal("1.5"))
    '4 mm in March, now 2 mm: about 1 mm per 3,100 miles. At that rate, 1.5 mm in about 1,550 miles.'
    """
    suffix = "/32" if unit == "32nds" else f" {unit}"
    before, now = wear.value + wear.lost, wear.value
    rate = _to_nearest(wear.miles_per_unit, 100)
    sentence = f"{before:f}{suffix} in {when}, now {now:f}{suffix}: about 1{suffix} per {rate:,} miles."
    if now <= limit:
        return f"{sentence} It is at {limit:f}{suffix} or less already."
    return (
        f"{sentence} At that rate, {limit:f}{suffix} in about {_to_nearest(Decimal(wear.miles_to(limit)), 50):,} miles."
    )


@dataclass(frozen=True)
class Past:
    """A reading of an earlier visit: `when` as one says it, and the odometer then, None when nobody wrote it down."""

    when: str
    value: Decimal
    odometer: int | None


def outlook(last: Past, before: Past | None, *, unit: str, limit: Decimal | None) -> str:
    """What earlier readings let one expect before today's is taken; where they are too thin for a rate, it says why.

    >>> outlook(Past("March", Decimal(4), 68_800), Past("June", Decimal(5), 63_600), unit="mm", limit=Decimal(3))
    '4 mm in March, about 1 mm per 5,200 mi; reaches 3 mm near 74,000 mi.'
    >>> outlook(Past("March", Decimal(4), 68_800), None, unit="mm", limit=Decimal(3))
    '4 mm in March. One earlier reading, so no rate yet.'
    """
    suffix = "/32" if unit == "32nds" else f" {unit}"
    said = f"{last.value.normalize():f}{suffix} in {last.when}"
    if before is None:
        return f"{said}. One earlier reading, so no rate yet."
    if last.odometer is None or before.odometer is None:
        return f"{said}. The miles between are not known, so no rate."
    miles = last.odometer - before.odometer
    if miles < FEWEST_MILES:
        return f"{said}. Only {max(miles, 0):,} mi between the last two readings, too few for a rate."
    wear = wear_rate(before.value, before.odometer, last.value, last.odometer)
    if wear is None:
        return f"{said}. It was {before.value.normalize():f}{suffix} in {before.when}, so no wear to go by."
    said = f"{said}, about 1{suffix} per {_to_nearest(wear.miles_per_unit, 100):,} mi"
    if limit is None or last.value <= limit:
        return f"{said}."
    near = _to_nearest(Decimal(last.odometer + wear.miles_to(limit)), 1_000)
    return f"{said}; reaches {limit.normalize():f}{suffix} near {near:,} mi."


def forward_readings(readings: Iterable[tuple[date, int]]) -> list[tuple[date, int]]:
    """Odometer readings by date, each once; one that is lower than one before it is a slip of the pen and left out."""
    kept: list[tuple[date, int]] = []
    for day, odometer in sorted(set(readings)):
        if not kept or odometer >= kept[-1][1]:
            kept.append((day, odometer))
    return kept


def miles_per_year(readings: Iterable[tuple[date, int]]) -> int | None:
    """Miles driven a year, from odometer readings in any order.

    None when the readings that can be right span less than two months, or the car did not move.
    """
    kept = forward_readings(readings)
    if not kept:
        return None
    (first_day, first), (last_day, last) = kept[0], kept[-1]
    days = (last_day - first_day).days
    if days < SHORTEST_SPAN_DAYS or last == first:
        return None
    return int(((last - first) * DAYS_A_YEAR / days).to_integral_value(ROUND_HALF_UP))


def _to_nearest(miles: Decimal, step: int) -> int:
    """`miles` rounded to a multiple of `step`, but never to nothing."""
    return max(step, int((miles / step).to_integral_value(ROUND_HALF_UP)) * step)
