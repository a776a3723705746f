"""What keeping a car and what replacing it cost over one shared horizon, and the repair at which the two meet.

Both costs are present values in dollars at a monthly rate (a fraction), so they may be compared and subtracted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from dealership.money import cents
from sales_handoff.rules.finance import exact_balance, exact_payment

ZERO = Decimal(0)
LAST_YEAR_KNOWN = 10  # the published sums end here, and the curve explodes beyond them


# --- what a car is worth ---------------------------------------------------------------------------------------------


def as_is_value(value: Decimal, repair: Decimal, pass_through: Decimal, scrap_value: Decimal = ZERO) -> Decimal:
    """What a car worth `value` repaired brings as it stands, in dollars: less the repair's `pass_through` share (a
    fraction, an assumption of the dealer's), down to scrap.

    >>> as_is_value(Decimal(4200), Decimal(3150), Decimal("0.6"))
    Decimal('2310.00')
    """
    return cents(max(value - pass_through * repair, scrap_value))


def value_after(
    value: Decimal,
    years: Decimal,
    miles: Decimal,
    yearly_loss: Decimal = Decimal("0.1158"),
    loss_per_10k_miles: Decimal = Decimal("0.0345"),
) -> Decimal:
    """What a car worth `value` today brings after `years` and `miles` more: value x e^-(losses).

    The two rates are a least-squares fit of ln(wholesale value) on 12,503 US auction sales of one model, 2014 to 2015
    (R2 0.96); another class of car deserves its own.

    >>> value_after(Decimal(4200), Decimal(2), Decimal(24000))
    Decimal('3066.95')
    """
    return cents(value * (-(yearly_loss * years + loss_per_10k_miles * miles / 10000)).exp())


def negative_equity(payoff: Decimal | None, as_is: Decimal) -> Decimal:
    """Dollars owed above what the car brings as it stands; zero when there is equity or no known loan.

    >>> negative_equity(Decimal(6000), Decimal(2310)), negative_equity(None, Decimal(2310))
    (Decimal('3690'), Decimal('0'))
    """
    return ZERO if payoff is None else max(ZERO, payoff - as_is)


# --- what repairs to expect ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RepairCurve:
    """Published out-of-pocket repair and maintenance sums in dollars: years 1 to 5 together, and 6 to 10.

    The cost of year a is alpha e^(beta a), which adds up to both sums.

    >>> round(GENERAL_CURVE.beta, 4), round(GENERAL_CURVE.alpha, 2)
    (Decimal('0.2421'), Decimal('102.70'))
    """

    first_five: Decimal
    next_five: Decimal
    source: str

    @property
    def growth(self) -> Decimal:
        """By what factor a year of age raises the cost: e^beta, with beta = ln(C2 / C1) / 5."""
        return self.beta.exp()

    @property
    def beta(self) -> Decimal:
        return (self.next_five / self.first_five).ln() / 5

    @property
    def alpha(self) -> Decimal:
        """C1 over the sum of e^(beta a) for a = 1 to 5, so that the first five years add up to C1."""
        return self.first_five / sum(self.growth**age for age in range(1, 6))


GENERAL_CURVE = RepairCurve(
    Decimal(1125),
    Decimal(3775),
    "A published survey of Toyota owners, used for every make (Consumer Reports members, 2023): "
    "a low curve, so that it argues for keeping when in doubt",
)


@lru_cache(maxsize=256)
def expected_repair_cost(age: int, curve: RepairCurve = GENERAL_CURVE, last_year: int = LAST_YEAR_KNOWN) -> Decimal:
    """Dollars of repairs and maintenance to expect in the `age`-th year of a car's life: alpha e^(beta age).

    Capped at the tenth year, the last one surveyed.  ValueError below year 1.

    >>> [expected_repair_cost(age).to_integral_value() for age in (1, 5, 6, 8, 10, 15)]
    [Decimal('131'), Decimal('345'), Decimal('439'), Decimal('713'), Decimal('1156'), Decimal('1156')]
    """
    if age < 1:
        raise ValueError("A car is in its first year or older.")
    return cents(curve.alpha * curve.growth ** min(age, last_year))


# --- two columns, one horizon ----------------------------------------------------------------------------------------


def keep_cost(
    *,
    as_is: Decimal,
    repair: Decimal,
    upkeep: Sequence[Decimal],
    value_later: Decimal,
    monthly_rate: Decimal,
) -> Decimal:
    """Dollars, today's value, to repair and keep the car: its as-is value + the repair + each month's `upkeep`, less
    what it brings at the end.  The horizon is as many months as `upkeep` has.  The net present cost of the defender in
    a replacement study.

    >>> keep_cost(as_is=Decimal(2310), repair=Decimal(3150), upkeep=[Decimal(100)] * 24,
    ...     value_later=Decimal("3066.95"), monthly_rate=Decimal("0.005"))
    Decimal('4995.33')
    """
    spent = as_is + repair + _present_value(upkeep, monthly_rate)
    return cents(spent - _discounted(value_later, monthly_rate, len(upkeep)))


def replace_cost(
    *,
    as_is: Decimal,
    price: Decimal,
    apr: Decimal,
    loan_months: int,
    upkeep_monthly: Decimal,
    insurance_monthly_more: Decimal,
    value_later: Decimal,
    months: int,
    monthly_rate: Decimal,
    owed_above_value: Decimal = ZERO,
) -> Decimal:
    """Dollars, today's value, to trade the car as it stands for another at `price` and finance the rest: what the trade
    brings + each month's payment, upkeep and dearer insurance, less the equity at the end, plus any negative equity.
    The challenger of the same study, so that the difference is what replacing costs more.

    >>> replace_cost(as_is=Decimal(2310), price=Decimal(28000), apr=Decimal("6.9"), loan_months=72,
    ...     upkeep_monthly=Decimal("18.75"), insurance_monthly_more=Decimal(45), value_later=Decimal(19488),
    ...     months=24, monthly_rate=Decimal("0.005"))
    Decimal('12526.19')
    """
    financed = max(ZERO, price - as_is)
    payment = exact_payment(financed, apr, loan_months)
    running = upkeep_monthly + insurance_monthly_more
    outlay = [running + (payment if month <= loan_months else 0) for month in range(1, months + 1)]
    equity_later = value_later - exact_balance(financed, apr, loan_months, months)
    present = _present_value(outlay, monthly_rate) - _discounted(equity_later, monthly_rate, months)
    return cents(as_is + present + owed_above_value)


def monthly_equivalent(cost: Decimal, monthly_rate: Decimal, months: int) -> Decimal:
    """A cost spread into equal monthly dollars over the horizon: cost i / (1 - (1 + i)^-H), by capital recovery.

    >>> monthly_equivalent(Decimal("4995.33"), Decimal("0.005"), 24)
    Decimal('221.40')
    """
    if monthly_rate == 0:
        return cents(cost / months)
    return cents(cost * monthly_rate / (1 - (1 + monthly_rate) ** -months))


def break_even_repair(repair: Decimal, keep: Decimal, replace: Decimal) -> Decimal:
    """The repair at which keeping costs what replacing costs: R + (P - K), the as-is value held still.  Never below 0.

    >>> break_even_repair(Decimal(3150), keep=Decimal("4995.33"), replace=Decimal("12526.19"))
    Decimal('10680.86')
    """
    return cents(max(ZERO, repair + replace - keep))


def break_even_upkeep(
    upkeep: Sequence[Decimal], keep: Decimal, replace: Decimal, monthly_rate: Decimal
) -> Decimal | None:
    """What repairs and upkeep of the car at hand may come to over the horizon, in dollars, until keeping costs what
    replacing costs: the sum of `upkeep` x (1 + (P - K) / its present value), spread over the months as `upkeep` is.

    Below zero where replacing costs less without any; None where none is expected, as nothing says when it would come.

    >>> break_even_upkeep([Decimal(100)] * 24, Decimal("4995.33"), Decimal("12526.19"), Decimal("0.005"))
    Decimal('10410.54')
    """
    present = _present_value(upkeep, monthly_rate)
    return cents(sum(upkeep, ZERO) * (1 + (replace - keep) / present)) if present else None


# --- when to replace, in general -------------------------------------------------------------------------------------


def equivalent_annual_costs(
    first_cost: Decimal, resale: Sequence[Decimal], upkeep: Sequence[Decimal], yearly_rate: Decimal
) -> list[Decimal]:
    """For each year a machine might be kept, its whole cost as equal yearly dollars (EUAC, engineering economics).

    `resale` is what it brings at the end of each year, `upkeep` what it costs during each.

    >>> equivalent_annual_costs(Decimal(45000), [Decimal(35000)], [Decimal(3000)], Decimal("0.12"))
    [Decimal('18400.00')]
    """
    costs, spent = [], first_cost
    for year, (brings, running) in enumerate(zip(resale, upkeep, strict=True), start=1):
        spent += _discounted(running, yearly_rate, year)
        present = spent - _discounted(brings, yearly_rate, year)
        costs.append(monthly_equivalent(present, yearly_rate, year))
    return costs


def economic_life(annual_costs: Sequence[Decimal]) -> int:
    """The year whose equivalent annual cost is lowest: keep a machine that long (engineering economics).

    >>> economic_life([Decimal("14896.89"), Decimal("14884.95"), Decimal("14916.17")])
    2
    """
    return min(range(len(annual_costs)), key=annual_costs.__getitem__) + 1


def year_to_replace(next_year_costs: Sequence[Decimal], challenger: Decimal) -> int | None:
    """The first year in which keeping the defender costs more than the challenger's best yearly cost; None if never.

    >>> year_to_replace([Decimal(13250), Decimal(14600), Decimal(15950)], Decimal(15430))
    3
    """
    return next((year for year, cost in enumerate(next_year_costs, start=1) if cost > challenger), None)


def _present_value(monthly: Sequence[Decimal], rate: Decimal) -> Decimal:
    return sum((_discounted(amount, rate, month) for month, amount in enumerate(monthly, start=1)), ZERO)


def _discounted(amount: Decimal, rate: Decimal, periods: int) -> Decimal:
    return amount / (1 + rate) ** periods
