"""What color a reading is, and why.

A reading is judged against a threshold.  It is first rounded to what the instrument can tell, in the customer's favor,
so a tread that measures 4/32 is yellow and never red.  Thresholds are data: these are the defaults a dealer may edit,
each with the source that stands behind it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

GREEN = "green"
YELLOW = "yellow"
RED = "red"
NOT_INSPECTED = "not_inspected"  # a state of its own: never counted or shown as good

CHARGE_FIRST = "Charge, then test again."

_SEVERITY = {GREEN: 0, YELLOW: 1, RED: 2}


@dataclass(frozen=True)
class Condition:
    """A color, whether it is unsafe to drive, and what the technician should do next if the reading is not the end."""

    color: str
    unsafe: bool = False
    note: str = ""


@dataclass(frozen=True)
class Threshold:
    """Where green ends and red begins, in `unit`.

    When `lower_is_worse`, a value of `green_from` or more is green and `red_to` or less is red; otherwise a value below
    `green_from` is green and `red_to` or more is red.  `red_is_strict` leaves `red_to` itself yellow, and `unsafe_to`
    itself safe.  No `red_to` means the reading alone is never red.  `new_value` is what a new part reads, for a gauge.
    """

    unit: str
    lower_is_worse: bool
    green_from: Decimal
    red_to: Decimal | None
    unsafe_to: Decimal | None
    red_is_strict: bool
    source: str
    key: str = ""
    name: str = ""
    new_value: Decimal | None = None

    @property
    def step(self) -> Decimal:
        """The finest its instrument can tell."""
        return Decimal(1) if self.unit in _WHOLE_UNITS else Decimal("0.1")

    @property
    def reference(self) -> str:
        """The position under which a second reading is held that the first is judged against, or "".

        A disc is judged by its margin over the stamped "minimum", a tire pressure by how far it is off the "placard".
        """
        return _REFERENCES.get(self.unit, "")


MARGIN = "mm over min"
PRESSURE = "psi"
_WHOLE_UNITS = frozenset({"32nds", "%", "ppm", "years"})
_REFERENCES = {MARGIN: "minimum", PRESSURE: "placard"}

DEFAULT_THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        key="tread-32nds",
        name="Tread depth, lowest groove",
        unit="32nds",
        new_value=Decimal(10),
        lower_is_worse=True,
        green_from=Decimal(6),
        red_to=Decimal(3),
        unsafe_to=Decimal(2),
        red_is_strict=False,
        source="2/32 in is the US legal limit (49 CFR 570.9). AAA and Consumer Reports advise replacing at 4/32: "
        "at that depth a wet stop from 60 mph was up to 87 ft longer.",
    ),
    Threshold(
        key="tread-mm",
        name="Tread depth, lowest groove",
        unit="mm",
        new_value=Decimal(8),
        lower_is_worse=True,
        green_from=Decimal("3.0"),
        red_to=Decimal("1.6"),
        unsafe_to=Decimal("1.6"),
        red_is_strict=True,
        source="1.6 mm over the central three quarters is the UK and EU limit (UK MOT inspection manual).",
    ),
    Threshold(
        key="brake-pad",
        name="Brake pad or lining",
        unit="mm",
        new_value=Decimal(11),
        lower_is_worse=True,
        green_from=Decimal(6),
        red_to=Decimal("3.0"),
        unsafe_to=Decimal("1.5"),
        red_is_strict=False,
        source="Under 1.5 mm fails the UK MOT. 3 mm is the common limit of multi-point forms; 6 mm is our default.",
    ),
    Threshold(
        key="rotor",
        name="Brake disc or drum, margin over the stamped minimum",
        unit=MARGIN,
        lower_is_worse=True,
        green_from=Decimal("1.1"),
        red_to=Decimal(0),
        unsafe_to=None,
        red_is_strict=True,
        source="49 CFR 570.59(b): not below the maker's stamped minimum. The 1 mm margin is our default.",
    ),
    Threshold(
        key="battery-cca",
        name="Battery, tested share of rated CCA",
        unit="%",
        new_value=Decimal(100),
        lower_is_worse=True,
        green_from=Decimal(80),
        red_to=Decimal(70),
        unsafe_to=None,
        red_is_strict=True,
        source="Midtronics: 70 % or more and above 12.4 V is healthy. The 80 % line is our default.",
    ),
    Threshold(
        key="battery-volts",
        name="Battery, voltage at rest",
        unit="V",
        new_value=Decimal("12.7"),
        lower_is_worse=True,
        green_from=Decimal("12.4"),
        red_to=None,
        unsafe_to=None,
        red_is_strict=False,
        source="Midtronics: a test below 12.4 V is not fair. Voltage alone never makes a battery red.",
    ),
    Threshold(
        key="brake-fluid-copper",
        name="Brake fluid, copper",
        unit="ppm",
        new_value=Decimal(0),
        lower_is_worse=False,
        green_from=Decimal(100),
        red_to=Decimal(200),
        unsafe_to=None,
        red_is_strict=True,
        source="AMRA/MAP: replace above 200 ppm of copper. The 100 ppm line is our default.",
    ),
    Threshold(
        key="brake-fluid-moisture",
        name="Brake fluid, moisture",
        unit="% water",
        new_value=Decimal(0),
        lower_is_worse=False,
        green_from=Decimal(1),
        red_to=Decimal(3),
        unsafe_to=None,
        red_is_strict=False,
        source="Common practice with moisture testers: replace at 3 %. Check your tester's own scale.",
    ),
    Threshold(
        key="oil-life",
        name="Oil life monitor",
        unit="%",
        new_value=Decimal(100),
        lower_is_worse=True,
        green_from=Decimal(16),
        red_to=Decimal(5),
        unsafe_to=None,
        red_is_strict=False,
        source="As Honda's maintenance minder: due soon at 15 %, due now at 5 %.",
    ),
    Threshold(
        key="tire-age",
        name="Tire age, from the DOT date",
        unit="years",
        new_value=Decimal(0),
        lower_is_worse=False,
        green_from=Decimal(6),
        red_to=Decimal(10),
        unsafe_to=None,
        red_is_strict=False,
        source="Car makers advise checking tires yearly from six years, and tire makers replacing at ten.",
    ),
    Threshold(
        key="tire-pressure",
        name="Tire pressure against the placard",
        unit=PRESSURE,
        lower_is_worse=False,
        green_from=Decimal(3),
        red_to=Decimal(25),
        unsafe_to=None,
        red_is_strict=False,
        source="FMVSS 138: the warning lamp lights at 25 % under the placard. The 3 psi band is our default.",
    ),
)

THRESHOLDS: Mapping[str, Threshold] = {threshold.key: threshold for threshold in DEFAULT_THRESHOLDS}


def condition(threshold: Threshold, value: Decimal, reference: Decimal | None = None) -> Condition:
    """What color `value` is, in the threshold's unit.

    `reference` is the stamped minimum or the placard pressure, where the threshold needs one; ValueError without it.

    >>> condition(THRESHOLDS["tread-32nds"], Decimal(4)).color
    'yellow'
    >>> condition(THRESHOLDS["rotor"], Decimal("20.8"), reference=Decimal("21.4")).color
    'red'
    """
    if threshold.reference:
        if reference is None:
            raise ValueError(f"Enter the {threshold.reference} too.")
        if threshold.unit == PRESSURE:
            return _pressure_condition(threshold, value, reference)
        value -= reference
    reading = _in_the_customers_favor(threshold, value)
    if _is_past(threshold, reading, threshold.red_to):
        return Condition(RED, unsafe=_is_past(threshold, reading, threshold.unsafe_to))
    is_green = reading >= threshold.green_from if threshold.lower_is_worse else reading < threshold.green_from
    if is_green:
        return Condition(GREEN)
    return Condition(YELLOW, note=CHARGE_FIRST if threshold.unit == "V" else "")


def battery_condition(
    percent_of_cca: Decimal | None = None, volts: Decimal | None = None, *, bad_cell: bool = False
) -> Condition:
    """A battery from whatever was measured: percent of its rated CCA, volts at rest, and the tester's own verdict.

    A bad cell is red.  Below 12.4 V the test is not fair, so it reads "charge, then test again", whatever the percent.
    """
    if bad_cell:
        return Condition(RED)
    readings = []
    if volts is not None:
        by_voltage = condition(THRESHOLDS["battery-volts"], volts)
        if by_voltage.color == YELLOW:
            return by_voltage
        readings.append(by_voltage)
    if percent_of_cca is not None:
        readings.append(condition(THRESHOLDS["battery-cca"], percent_of_cca))
    if not readings:
        raise ValueError("Enter the volts or the percent of CCA.")
    return worst(readings)


def worst(conditions: Iterable[Condition]) -> Condition:
    """The worst of several readings rules; unsafe beats red.  Needs at least one."""
    return max(conditions, key=lambda one: (_SEVERITY[one.color], one.unsafe))


@dataclass(frozen=True)
class WheelsRuling:
    """The condition of something read at several places; None until every place is read, unless one is red already."""

    condition: Condition | None
    ruled_by: str
    missing: tuple[str, ...]


def wheels_condition(threshold: Threshold, readings: Mapping[str, Decimal], positions: Sequence[str]) -> WheelsRuling:
    """Every wheel counts: the worst reading rules, and nothing is green or yellow while a place is unread.

    `readings` by position, like {"LF": 6, "RF": 5}, with the threshold's reference among them where it has one, like
    {"LF": 24.6, "RF": 24.8, "minimum": 24.0}; `positions` are the places that must be read.
    """
    # One unnamed place is "", and so is the reference of a threshold that has none.
    held_against = threshold.reference or None
    values = {position: value for position, value in readings.items() if position != held_against}
    reference = readings.get(threshold.reference)
    missing = tuple(position for position in positions if position not in readings)
    if threshold.reference and reference is None:
        return WheelsRuling(None, "", missing if threshold.reference in missing else (*missing, threshold.reference))
    if not values:
        return WheelsRuling(None, "", missing)
    judged = {position: condition(threshold, value, reference) for position, value in values.items()}
    ruling = worst(judged.values())
    ruled_by = min(
        (position for position, one in judged.items() if one == ruling),
        key=lambda position: values[position] if threshold.lower_is_worse else -values[position],
    )
    return WheelsRuling(ruling if not missing or ruling.color == RED else None, ruled_by, missing)


def convert(value: Decimal, from_unit: str, to_unit: str) -> Decimal:
    """Millimeters to 32nds of an inch or back (1/32 in is exactly 0.79375 mm).  ValueError for any other pair.

    >>> convert(Decimal(2), "32nds", "mm")
    Decimal('1.58750')
    """
    thirty_second = Decimal("0.79375")
    if from_unit == to_unit:
        return value
    if (from_unit, to_unit) == ("32nds", "mm"):
        return value * thirty_second
    if (from_unit, to_unit) == ("mm", "32nds"):
        return value / thirty_second
    raise ValueError(f"Cannot turn {from_unit} into {to_unit}.")


def describe(threshold: Threshold, say: Callable[[str], str] = str) -> str:
    """The threshold in one sentence.  `say` gives an English pattern in the reader's language.

    >>> describe(THRESHOLDS["brake-pad"])
    'Green is 6 mm or more, yellow 3.1 to 5.9 mm, red 3 mm or less.'
    """
    unit = _spoken_unit(threshold.unit, say)
    step = threshold.step
    if threshold.unit == PRESSURE:
        off = f"{_plain(threshold.green_from)} psi"
        if threshold.red_to is None:
            return say("Green is within {off} of the placard, yellow more than {off} off.").format(off=off)
        under = _plain(threshold.red_to)
        return say(
            "Green is within {off} of the placard, yellow more than {off} off, red {under} % or more under it."
        ).format(off=off, under=under)
    green, red = threshold.green_from, threshold.red_to
    if threshold.unit == MARGIN:
        margin = f"{_plain(green - step)} mm"
        return say(
            "Green is more than {margin} over the stamped minimum, yellow within {margin} of it, red below it."
        ).format(margin=margin)
    if red is None:
        return say("Green is {green} or more, yellow below that. Never red by this alone.").format(
            green=f"{_plain(green)}{unit}"
        )
    if threshold.lower_is_worse:
        first, last = (red if threshold.red_is_strict else red + step), green - step
        if threshold.red_is_strict:
            pattern = say("Green is {green} or more, yellow {first} to {last}, red below {red}.")
        else:
            pattern = say("Green is {green} or more, yellow {first} to {last}, red {red} or less.")
    else:
        first, last = green, (red if threshold.red_is_strict else red - step)
        if threshold.red_is_strict:
            pattern = say("Green is below {green}, yellow {first} to {last}, red above {red}.")
        else:
            pattern = say("Green is below {green}, yellow {first} to {last}, red {red} or more.")
    return pattern.format(
        green=f"{_plain(green)}{unit}", first=_plain(first), last=f"{_plain(last)}{unit}", red=f"{_plain(red)}{unit}"
    )


@dataclass(frozen=True)
class ReasonCode:
    """One of the Motorist Assurance Program's reasons for a service: `required` ones (A to C) carry red."""

    code: str
    required: bool
    short: str
    words: str


# Source: AMRA/MAP Uniform Inspection and Communication Standards, in our words.
REASON_CODES: Mapping[str, ReasonCode] = {
    reason.code: reason
    for reason in (
        ReasonCode("A", True, "no longer does its job", "The part no longer does what it is there for."),
        ReasonCode(
            "B", True, "below its design limit", "The part does not meet its design limit, however it performs."
        ),
        ReasonCode("C", True, "missing", "The part is missing."),
        ReasonCode("1", False, "close to end of life", "The part is close to the end of its useful life."),
        ReasonCode("2", False, "customer asked for it", "The customer needs it, wants it, or finds it convenient."),
        ReasonCode("3", False, "maker's schedule", "The maker's own schedule calls for it."),
        ReasonCode("4", False, "technician's experience", "The technician's substantial, informed experience."),
    )
}


def reason_code(color: str, *, measured: bool, kind: str = "") -> str:
    """The reason code a finding starts with; a person may choose another of the same rank.

    `kind` is what was seen, where it says more than the color: "failed" or "missing" for red, "request" or "interval"
    for yellow, "" otherwise.  ValueError for green: nothing is advised on a good part.
    """
    if color == RED:
        if kind == "missing":
            return "C"
        return "B" if measured and kind != "failed" else "A"
    if color == YELLOW:
        if kind in ("request", "interval"):
            return "2" if kind == "request" else "3"
        return "1" if measured else "4"
    raise ValueError("Only a yellow or red finding has a reason code.")


def _in_the_customers_favor(threshold: Threshold, value: Decimal) -> Decimal:
    """`value` rounded to the instrument's step, towards good."""
    rounding = ROUND_CEILING if threshold.lower_is_worse else ROUND_FLOOR
    return (value / threshold.step).to_integral_value(rounding) * threshold.step


def _is_past(threshold: Threshold, value: Decimal, limit: Decimal | None) -> bool:
    if limit is None:
        return False
    if value == limit:
        return not threshold.red_is_strict
    return value < limit if threshold.lower_is_worse else value > limit


def _pressure_condition(threshold: Threshold, psi: Decimal, placard: Decimal) -> Condition:
    """Red by percent under the placard, yellow by psi off it either way.  A placard of zero is a ValueError."""
    if placard <= 0:
        raise ValueError("The placard pressure must be above zero.")
    percent_under = (placard - psi) * 100 / placard
    if threshold.red_to is not None and percent_under >= threshold.red_to:
        return Condition(RED)
    return Condition(GREEN) if abs(psi - placard) <= threshold.green_from else Condition(YELLOW)


def _plain(number: Decimal) -> str:
    """3.0 as "3", 5.90 as "5.9"."""
    rounded = number.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
    return str(rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded)


def _spoken_unit(unit: str, say: Callable[[str], str]) -> str:
    if unit == "32nds":
        return say("/32 in")
    return f" {say(unit)}" if unit else ""
