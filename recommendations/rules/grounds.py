"""Why a line may exist at all.  No ground, no line: not a habit, not a mileage somebody made up, not a quota."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from dealership.money import cents
from service_lane.rules import Missing

READING = "reading"
FAILED_CHECK = "failed_check"
INTERVAL = "interval"
REQUEST = "request"
CAMPAIGN = "campaign"
SAVING = "saving"

GROUND_KINDS: Mapping[str, str] = {
    READING: "A reading past its threshold",
    FAILED_CHECK: "A failed check",
    INTERVAL: "The maker's schedule",
    REQUEST: "The customer asked for it",
    CAMPAIGN: "An open campaign",
    SAVING: "It saves the customer money",
}

MOST_FUEL_REGAINED = Decimal("0.40")


class SavingRefused(ValueError):
    """The numbers do not make a saving that may be shown to a customer.  Its message says why."""


@dataclass(frozen=True)
class Saving:
    """A saving with its arithmetic: `dollars_a_year`, whole `months_to_pay_back`, and the sentence to show.

    `amount_a_year` is what is saved in `unit` a year: gallons of fuel, or miles' worth of a set of tires.  The sentence
    is made of `patterns` filled with `figures`, so that it can be said in another language.
    """

    amount_a_year: Decimal
    unit: str
    dollars_a_year: Decimal
    months_to_pay_back: int
    sentence: str
    patterns: tuple[str, ...] = field(default=(), compare=False)
    figures: Mapping[str, str] = field(default_factory=dict, compare=False)

    def said(self, say: Callable[[str], str]) -> str:
        """The sentence in the language `say` gives English patterns in; "" when it was kept without its patterns."""
        return " ".join(say(pattern).format(**self.figures) for pattern in self.patterns)


@dataclass(frozen=True)
class Ground:
    """What a line rests on.

    `cites` is the fact itself: the reading and its threshold, the check that failed, the row of the maker's schedule,
    the customer's own words, the campaign number.  A saving carries its arithmetic instead.
    """

    kind: str
    cites: str = ""
    saving: Saving | None = None


_WANTED = {
    READING: "Say which reading it rests on.",
    FAILED_CHECK: "Say which check failed.",
    INTERVAL: "Cite the row of the maker's schedule. Without one it is not a maker's interval.",
    REQUEST: "Write down what the customer asked for, in their words.",
    CAMPAIGN: "Enter the campaign number.",
}


def missing_ground(ground: Ground | None) -> Missing | None:
    """What a line's ground still lacks, or None when it stands."""
    if ground is None or ground.kind not in GROUND_KINDS:
        return Missing("ground", "Say what this rests on. Without a ground it cannot be advised.")
    if ground.kind == SAVING:
        return None if ground.saving else Missing("ground", "Show the saving: miles a year, before, after, and price.")
    return None if ground.cites.strip() else Missing("ground", _WANTED[ground.kind])


def saving(
    miles_a_year: Decimal, before_mpg: Decimal, after_mpg: Decimal, fuel_price: Decimal, price: Decimal
) -> Saving:
    """Fuel saved by a repair: miles a year, miles per gallon before and after, dollars a gallon, dollars for the work.

    Raises SavingRefused when there is no saving, or one nobody should believe: even a failed oxygen sensor costs at
    most about 40 % of the mileage (fueleconomy.gov, US Department of Energy).

    >>> found = saving(Decimal(12000), Decimal(24), Decimal(26), Decimal("4.00"), Decimal(180))
    >>> found.amount_a_year, found.dollars_a_year, found.months_to_pay_back
    (Decimal('38.5'), Decimal('153.85'), 15)
    """
    _refuse_unless(min(miles_a_year, before_mpg, after_mpg, fuel_price) > 0, "Every number must be above zero.")
    _refuse_unless(price >= 0, "The price cannot be below zero.")
    _refuse_unless(after_mpg > before_mpg, "The car would use as much fuel as before: there is no saving.")
    _refuse_unless(
        after_mpg <= before_mpg * (1 + MOST_FUEL_REGAINED),
        "A gain above 40 % is not believable. Check the miles per gallon before and after.",
    )
    gallons = miles_a_year / before_mpg - miles_a_year / after_mpg
    a_year = cents(gallons * fuel_price)
    gallons = gallons.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    months = _months_to_pay_back(price, a_year)
    figures = {
        "miles": f"{miles_a_year:,.0f}",
        "before": f"{before_mpg:f}",
        "after": f"{after_mpg:f}",
        "gallons": f"{gallons:f}",
        "a_year": f"${a_year:,.2f}",
        "fuel": f"${fuel_price:,.2f}",
    }
    return _told(Saving(gallons, "gallons", a_year, months, ""), FUEL_SAVED, figures, price)


def life_saving(
    miles_a_year: Decimal, life_before: Decimal, life_after: Decimal, replacement_price: Decimal, price: Decimal
) -> Saving:
    """Longer life of something dear, like tires kept by an alignment: its life in miles before and after, the dollars
    a new set costs, the dollars for the work.

    Raises SavingRefused when it would not last longer, or more than three times as long.

    >>> life_saving(Decimal(12000), Decimal(20000), Decimal(40000), Decimal(900), Decimal(140)).dollars_a_year
    Decimal('270.00')
    """
    numbers = (miles_a_year, life_before, life_after, replacement_price)
    _refuse_unless(min(numbers) > 0, "Every number must be above zero.")
    _refuse_unless(price >= 0, "The price cannot be below zero.")
    _refuse_unless(life_after > life_before, "It would not last longer: there is no saving.")
    _refuse_unless(life_after <= 3 * life_before, "More than three times the life is not believable. Check the miles.")
    sets = miles_a_year / life_before - miles_a_year / life_after
    a_year = cents(sets * replacement_price)
    months = _months_to_pay_back(price, a_year)
    figures = {
        "miles": f"{miles_a_year:,.0f}",
        "set": f"${replacement_price:,.2f}",
        "after": f"{life_after:,.0f}",
        "before": f"{life_before:,.0f}",
        "a_year": f"${a_year:,.2f}",
    }
    sets = sets.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return _told(Saving(sets, "sets", a_year, months, ""), LIFE_SAVED, figures, price)


def _refuse_unless(true: bool, message: str) -> None:
    if not true:
        raise SavingRefused(message)


def _months_to_pay_back(price: Decimal, dollars_a_year: Decimal) -> int:
    _refuse_unless(dollars_a_year > 0, "The saving is less than a cent a year.")
    return int((price * 12 / dollars_a_year).to_integral_value(ROUND_CEILING))


def _marked(pattern: str) -> str:
    """The pattern itself: a `say` that only marks it for translation."""
    return pattern


say = _marked
FUEL_SAVED = say(
    "At {miles} miles a year, {before} to {after} mpg saves about {gallons} gallons, "
    "{a_year} a year at {fuel} a gallon."
)
LIFE_SAVED = say(
    "At {miles} miles a year, a {set} set that lasts {after} miles instead of {before} saves about {a_year} a year."
)
COSTS_NOTHING = say("It costs nothing.")
PAID_BACK = say("The {price} is paid back in about {months} months.")
PAID_BACK_IN_ONE = say("The {price} is paid back in about 1 month.")


def _told(found: Saving, pattern: str, figures: dict[str, str], price: Decimal) -> Saving:
    """The same saving with its sentence: what is saved, and when the price is earned."""
    months = found.months_to_pay_back
    ends = COSTS_NOTHING if months == 0 else PAID_BACK_IN_ONE if months == 1 else PAID_BACK
    figures = {**figures, "price": f"${price:,.2f}", "months": str(months)}
    told = replace(found, patterns=(pattern, ends), figures=figures)
    return replace(told, sentence=told.said(str))
