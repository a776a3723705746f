"""What a class of cars has ahead of it: a rooftop's own history, drawn to published figures where it is thin.

Published, and good for every make until a rooftop knows better:

value     ln(wholesale value) = 9.992 - 0.1158 a year - 0.0345 per 10,000 miles: a least-squares fit on 12,503 US
          auction sales of one model, 2014 to 2015 (R2 0.96).
costs     GENERAL_CURVE of repairs and maintenance by year of age, held after the tenth year.
repairs   0.4 unscheduled visits a year (RepairPal's average over all ages).

Assumptions of ours, none of them published: half of the curve is upkeep and half is repairs; half of the repairs cost
half the usual, three in ten the usual, and two in ten 2.25 times as much; a dealer asks a quarter more than a car
brings in trade, and changing cars costs $600 in tax and fees; no car brings less than $500.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import accumulate

from dealership.money import cents
from sales_handoff.rules.costs import GENERAL_CURVE, RepairCurve, expected_repair_cost
from sales_handoff.rules.limit import Outlook, meeting, repair_limit
from sales_handoff.rules.reading import rounded

ZERO = Decimal(0)
KNOWN_FROM, OLDEST_KNOWN = 36, 240
"""Months of age for which a limit is said: not while the maker pays, and not where nobody has figures."""
SWITCH_BY = 300
"""Months of age at which switching is forced: far enough behind the last limit said not to bear on it."""
MILES_A_YEAR = Decimal(12_000)
NEW_VALUE_LN = Decimal("9.992")
YEARLY_LOSS = Decimal("0.1158") + Decimal("0.0345") * MILES_A_YEAR / 10_000
VISITS_A_YEAR = Decimal("0.4")
UPKEEP_SHARE = Decimal("0.5")
SIZES = (
    (Decimal("0.5"), Decimal("0.5")),
    (Decimal("0.3"), Decimal(1)),
    (Decimal("0.2"), Decimal("2.25")),
)
"""How likely a repair is of a size, and how many times the usual it then costs.  They average one."""
SCRAP_VALUE = Decimal(500)
ASKED_OVER_TRADE = Decimal("1.25")
CHANGING_COSTS = Decimal(600)
BOUGHT_AT = range(24, 97, 12)
HELD_FOR = range(24, 97, 12)
"""Months of age at which a car of the same kind is bought as the next one, and months it is then held."""

# How much history outweighs what is published: each is the amount at which both count the same.
CAR_MONTHS = Decimal(120)  # in one year of age
REPAIRS = Decimal(5)  # how often, over all ages
UPKEEP_DOLLARS = Decimal(3_000)
SIZED_REPAIRS = Decimal(10)  # what a repair costs
GUIDE_YEARS = Decimal(20)  # how fast value falls: squared years of age about their mean


@dataclass(frozen=True)
class YearOfAge:
    """What a class's cars did here in one year of age: car-months seen, visits with a repair, dollars of upkeep."""

    months: int
    repairs: int
    upkeep: Decimal


@dataclass(frozen=True)
class ClassHistory:
    """What a rooftop has seen of a class.  Nothing seen is what a new rooftop has.

    `years` by year of age, 1 the first.  `sizes` are the cheaper half of its repairs, the next three tenths and the
    dearest two, each as how many, and the mean of what they cost over what is usual at that age.  `guide` is the value
    guide's rows: how many, their mean age in years, the mean of ln(dollars), the spread of ages and the sum of
    products, both about their means.
    """

    cars: int = 0
    orders: int = 0
    years: Mapping[int, YearOfAge] = field(default_factory=dict)
    sizes: Sequence[tuple[int, Decimal]] = ((0, ZERO),) * 3
    guide: tuple[int, Decimal, Decimal, Decimal, Decimal] = (0, ZERO, ZERO, ZERO, ZERO)


@dataclass(frozen=True)
class Settings:
    """A dealer's own: what money costs a month (a fraction), the pass-through of an undone repair, and what their
    example of another car costs a month in dollars."""

    monthly_rate: Decimal
    pass_through: Decimal
    example_monthly: Decimal


def age_in_months(year: int, on: date) -> int:
    """How old a car of a model year is, counted from the January of that year; never below zero.

    >>> age_in_months(2017, date(2026, 11, 23))
    118
    """
    return max(0, (on.year - year) * 12 + on.month - 1)


@cache
def usual_upkeep(year_of_age: int, curve: RepairCurve = GENERAL_CURVE) -> Decimal:
    """Published dollars of upkeep a month.

    >>> usual_upkeep(10).quantize(Decimal("0.01"))
    Decimal('48.18')
    """
    return expected_repair_cost(year_of_age, curve) * UPKEEP_SHARE / 12


@cache
def usual_repair(year_of_age: int, curve: RepairCurve = GENERAL_CURVE) -> Decimal:
    """Published dollars of one repair: the curve's other half over the visits of a year.

    >>> usual_repair(10).quantize(Decimal("0.01"))
    Decimal('1445.50')
    """
    return expected_repair_cost(year_of_age, curve) * (1 - UPKEEP_SHARE) / VISITS_A_YEAR


def drawn(seen: Decimal, of: Decimal, published: Decimal, weight: Decimal) -> Decimal:
    """A rate seen as `seen` / `of`, drawn to the published one, which counts as `weight` of the same unit.

    Nothing seen gives what is published; much seen gives what was seen (a Buehlmann credibility estimate).

    >>> drawn(Decimal(12), Decimal(120), Decimal("0.05"), Decimal(120))
    Decimal('0.075')
    """
    return (seen + weight * published) / (of + weight)


def outlook_of(history: ClassHistory, settings: Settings) -> Outlook:
    """What lies ahead of a car of the class, by month of age from the first to SWITCH_BY."""
    years = range(1, SWITCH_BY // 12 + 2)
    chance, upkeep = _chances(history, years), _upkeep(history, years)
    sizes = [
        (share, drawn(count * mean, Decimal(count), size, SIZED_REPAIRS * share))
        for (share, size), (count, mean) in zip(SIZES, history.sizes, strict=True)
    ]
    ages = range(SWITCH_BY + 1)
    value = _values(history, ages)
    repair_costs = {year: [(usual_repair(year) * size, share) for share, size in sizes] for year in years}
    by_month = [month // 12 + 1 for month in ages]
    running = [
        upkeep[year] + chance[year] * sum((cost * share for cost, share in repair_costs[year]), ZERO)
        for year in by_month
    ]
    return Outlook(
        value=value,
        upkeep=[upkeep[year] for year in by_month],
        repair_chance=[chance[year] for year in by_month],
        repair_costs=[repair_costs[year] for year in by_month],
        challenger_monthly=min(settings.example_monthly, least_monthly(value, running, settings.monthly_rate)),
        monthly_rate=settings.monthly_rate,
        pass_through=settings.pass_through,
        scrap_value=SCRAP_VALUE,
    )


def limits_against_newer(outlook: Outlook) -> list[Decimal]:
    """The limits by backward induction, which sets the car against a newer one, for months of age 0 to OLDEST_KNOWN."""
    return repair_limit(outlook)[: OLDEST_KNOWN + 1]


def limits_to_say(outlook: Outlook, against_newer: Sequence[Decimal]) -> list[Decimal]:
    """The same, and never above what its like costs: nobody need spend more on a car than that."""
    likes = (cost_of_its_like(value, outlook.pass_through, outlook.scrap_value) for value in outlook.value)
    return [min(limit, like) for limit, like in zip(against_newer, likes, strict=False)]


def price_of_its_like(value: Decimal) -> Decimal:
    """What the same car in working order costs to buy, in dollars, with what changing cars costs.

    >>> price_of_its_like(Decimal(4537))
    Decimal('6271.25')
    """
    return cents(value * ASKED_OVER_TRADE + CHANGING_COSTS)


def brings_in_trade(price: Decimal) -> Decimal:
    """What a car that a dealer asks `price` dollars for brings in trade the same day.

    >>> brings_in_trade(Decimal(8490))
    Decimal('6792.00')
    """
    return cents(price / ASKED_OVER_TRADE)


def cost_of_its_like(value: Decimal, pass_through: Decimal, scrap_value: Decimal = SCRAP_VALUE) -> Decimal:
    """The repair in dollars at which buying the same car in working order, and trading this one as it is, costs less.

    Below, its like costs 1.25 x 4,537 + 600 = 6,271.25; less 4,537 in trade, and each repaired dollar brings back 0.6.

    >>> cost_of_its_like(Decimal(4537), Decimal("0.6"))
    Decimal('4335.63')
    """
    return cents(meeting(price_of_its_like(value), value, pass_through, scrap_value))


def least_monthly(value: Sequence[Decimal], running: Sequence[Decimal], rate: Decimal) -> Decimal:
    """What having another car of the same class costs a month, bought and sold at the best ages there are.

    The challenger's least equivalent cost (EUAC): price asked and changing, upkeep and repairs, less what it brings.
    """
    discount = [(1 + rate) ** -month for month in range(len(value) + 1)]
    spent = [ZERO, *accumulate(cost * discount[month + 1] for month, cost in enumerate(running))]
    best = None
    for bought in BOUGHT_AT:
        price = value[bought] * ASKED_OVER_TRADE + CHANGING_COSTS
        for held in HELD_FOR:
            ran = (spent[bought + held] - spent[bought]) / discount[bought]
            cost = price + ran - value[bought + held] * discount[held]
            monthly = cost * rate / (1 - discount[held])
            best = monthly if best is None else min(best, monthly)
    if best is None:
        raise ValueError("There is no age to buy at.")
    return best


def about_limit(amount: Decimal, say: Callable[[str], str] = str) -> str:
    """The limit in a sentence in the language of `say`, in dollars nobody takes for exact.

    >>> about_limit(Decimal("1934.20"))
    'For this car, repairs above about $1,900 are where replacing starts to cost less.'
    >>> about_limit(Decimal(0))
    'For this car, replacing costs less than even a small repair.'
    """
    about = rounded(amount)
    if not about:
        return say("For this car, replacing costs less than even a small repair.")
    pattern = say("For this car, repairs above about {dollars} are where replacing starts to cost less.")
    return pattern.format(dollars=f"${about:,}")


def _chances(history: ClassHistory, years: range) -> dict[int, Decimal]:
    """The chance of a repair in a month, by year of age: each year drawn to the class, that to the published."""
    usual = VISITS_A_YEAR / 12
    seen = sum(one.repairs for one in history.years.values())
    expected = sum(one.months for one in history.years.values()) * usual
    factor = drawn(Decimal(seen), expected, Decimal(1), REPAIRS)
    return {
        year: min(Decimal(1), drawn(Decimal(one.repairs), Decimal(one.months), factor * usual, CAR_MONTHS))
        for year in years
        for one in [history.years.get(year, _NOTHING)]
    }


def _upkeep(history: ClassHistory, years: range) -> dict[int, Decimal]:
    """Dollars of upkeep a month, by year of age, drawn in the same way."""
    seen = sum((one.upkeep for one in history.years.values()), ZERO)
    expected = sum((one.months * usual_upkeep(year) for year, one in history.years.items()), ZERO)
    factor = drawn(seen, expected, Decimal(1), UPKEEP_DOLLARS)
    return {
        year: drawn(one.upkeep, Decimal(one.months), factor * usual_upkeep(year), CAR_MONTHS)
        for year in years
        for one in [history.years.get(year, _NOTHING)]
    }


def _values(history: ClassHistory, ages: range) -> list[Decimal]:
    """Dollars by month of age: through the guide's own level, falling as the guide's rows do, drawn to the fit."""
    rows, mean_age, mean_ln, spread, products = history.guide
    loss = drawn(-products, spread, YEARLY_LOSS, GUIDE_YEARS)
    level = mean_ln + loss * mean_age if rows else NEW_VALUE_LN
    monthly = (-loss / 12).exp()
    value, values = level.exp(), []
    for _ in ages:
        values.append(max(value, SCRAP_VALUE))
        value *= monthly
    return values


_NOTHING = YearOfAge(0, 0, ZERO)
