"""What a car will need over a horizon, as far as its own readings and its schedule tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from service_lane.rules.wear import FEWEST_MILES, wear_rate


@dataclass(frozen=True)
class Measured:
    """One place read at two visits, values in one unit and odometers in miles, and the limit it wears towards."""

    op_code: str
    name: str
    unit: str
    limit: Decimal
    before: Decimal
    before_odometer: int
    now: Decimal
    now_odometer: int


@dataclass(frozen=True)
class Interval:
    """One row of a maintenance schedule, every so many miles, with where it is written."""

    op_code: str
    name: str
    miles: int
    source: str


@dataclass(frozen=True)
class Coming:
    """Work to come: its op code, what it is, how often within the horizon, and why we think so."""

    op_code: str
    name: str
    times: int
    why: str


def wearing(places: Iterable[Measured], *, odometer: int, miles: int) -> list[Coming]:
    """What wears to its limit within `miles` more at the rate of its last two readings, the first to get there first.

    Of one job's places the worst counts.  Readings too close together, or that did not get less, tell no rate.

    >>> pads = Measured("41BRKF", "Front pads", "mm", Decimal(3), Decimal(7), 60_000, Decimal(5), 68_000)
    >>> wearing([pads], odometer=68_000, miles=12_000)[0].why
    'Front pads: 7 mm to 5 mm in 8,000 miles; 3 mm near 76,000 miles'
    """
    soonest: dict[str, tuple[int, Coming]] = {}
    for place in places:
        if place.now_odometer - place.before_odometer < FEWEST_MILES:
            continue
        wear = wear_rate(place.before, place.before_odometer, place.now, place.now_odometer)
        if wear is None:
            continue
        reaches = place.now_odometer + wear.miles_to(place.limit)
        if reaches > odometer + miles:
            continue
        unit = "/32" if place.unit == "32nds" else f" {place.unit}"
        why = (
            f"{place.name}: {_plain(place.before)}{unit} to {_plain(place.now)}{unit} in {wear.miles:,} miles; "
            f"{_plain(place.limit)}{unit} near {round(reaches, -3):,} miles"
        )
        held = soonest.get(place.op_code)
        if held is None or reaches < held[0]:
            soonest[place.op_code] = (reaches, Coming(place.op_code, place.name, 1, why))
    return [coming for _, coming in sorted(soonest.values(), key=lambda one: (one[0], one[1].op_code))]


def scheduled(rows: Iterable[Interval], *, odometer: int, miles: int) -> list[Coming]:
    """What the schedule asks for within `miles` more, each as often as its interval comes round, by op code.

    Of two rows for one job the shorter interval counts.
    """
    shortest: dict[str, Interval] = {}
    for row in rows:
        held = shortest.get(row.op_code)
        if row.miles > 0 and (held is None or row.miles < held.miles):
            shortest[row.op_code] = row
    found = []
    for code in sorted(shortest):
        row = shortest[code]
        due = (odometer + miles) // row.miles - odometer // row.miles
        if due:
            found.append(Coming(code, row.name, due, f"{row.name}, every {row.miles:,} miles: {row.source}"))
    return found


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
