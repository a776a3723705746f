"""The repair limit: the most one repair is worth on a car of a given age, by optimal stopping.

Source: Drinkwater & Hastings, "An economic replacement model", Operational Research Quarterly 18 (1967), 121-138.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from dealership.money import cents

ZERO = Decimal(0)
ADDS_UP_WITHIN = Decimal("0.001")
"""How far probabilities of repair costs may be from one: they are often thirds."""


@dataclass(frozen=True)
class Outlook:
    """What may happen to a car, by month of age from the first month looked at.  Dollars, and fractions.

    `value` is what it brings repaired, `upkeep` what it costs whatever happens, `repair_chance` the chance that it
    needs a repair that month, `repair_costs` what the repair may then cost, as (dollars, probability) pairs.
    `challenger_monthly` is what having another car costs a month, for good; `monthly_rate` what money costs a month;
    `pass_through` the share of an undone repair's cost that is missing from the as-is value, which never falls below
    `scrap_value`.  Raises ValueError for an outlook that cannot be.
    """

    value: Sequence[Decimal]
    upkeep: Sequence[Decimal]
    repair_chance: Sequence[Decimal]
    repair_costs: Sequence[Sequence[tuple[Decimal, Decimal]]]
    challenger_monthly: Decimal
    monthly_rate: Decimal
    pass_through: Decimal
    scrap_value: Decimal

    def __post_init__(self) -> None:
        months = {len(self.value), len(self.upkeep), len(self.repair_chance), len(self.repair_costs)}
        if len(months) != 1 or not self.value:
            raise ValueError("Value, upkeep, repair chance and repair costs need the same months, at least one.")
        if self.monthly_rate <= 0:
            raise ValueError("The monthly rate must be above zero.")
        if not 0 <= self.pass_through <= 1:
            raise ValueError("The pass-through must be a fraction.")
        priced = chain.from_iterable(self.repair_costs)
        amounts = (self.challenger_monthly, self.scrap_value, *self.value, *self.upkeep, *(cost for cost, _ in priced))
        if any(amount < 0 for amount in amounts):
            raise ValueError("No amount can be below zero.")
        chances = (*self.repair_chance, *(share for _, share in chain.from_iterable(self.repair_costs)))
        if any(not 0 <= chance <= 1 for chance in chances):
            raise ValueError("Every chance must be a fraction.")
        for chance, costs in zip(self.repair_chance, self.repair_costs, strict=True):
            if (costs or chance) and abs(sum((share for _, share in costs), ZERO) - 1) > ADDS_UP_WITHIN:
                raise ValueError("What a repair may cost must have probabilities that add up to one.")


def repair_limit(outlook: Outlook) -> list[Decimal]:
    """The most dollars one repair is worth, for each month of age; 0 where even a free repair does not pay.

    Backward induction, with S = challenger_monthly / monthly_rate, what another car costs for good, in today's dollars:

    switching when a repair of X is due   S - max(value - pass_through X, scrap_value)
    keeping                               X + J(next month) / (1 + monthly_rate)
    J(a)  upkeep + (1 - chance) min(keep on, S - max(value, scrap_value)) + chance E[min(keep, switch)]
    J(last age)  S - max(value, scrap_value): there switching is forced, so its limit is 0

    The limit is the X at which keeping and switching cost the same.  Keeping less switching rises with X along two
    straight lines, the as-is value above scrap and at scrap, whichever is higher; so the X is the lower of their zeros,
    exact to the cent.  Below, S is 30,000: keeping on costs (30,000 - 4,000) / 1.01 = 25,742.57, switching 26,000, and
    of each repaired dollar half comes back in value, so that 2 x 257.43 is the limit.

    >>> repair_limit(Outlook(
    ...     value=[Decimal(4000)] * 2, upkeep=[Decimal(50)] * 2, repair_chance=[Decimal(0)] * 2,
    ...     repair_costs=[[], []], challenger_monthly=Decimal(300), monthly_rate=Decimal("0.01"),
    ...     pass_through=Decimal("0.5"), scrap_value=Decimal(500)))
    [Decimal('514.85'), Decimal('0.00')]
    """
    forever = outlook.challenger_monthly / outlook.monthly_rate
    last = len(outlook.value) - 1
    limits = [Decimal("0.00")] * len(outlook.value)
    best = forever - max(outlook.value[last], outlook.scrap_value)
    for age in reversed(range(last)):
        value = outlook.value[age]
        keep_on = best / (1 + outlook.monthly_rate)
        limits[age] = cents(meeting(forever - keep_on, value, outlook.pass_through, outlook.scrap_value))
        with_repair = sum(
            (
                share * min(cost + keep_on, forever - max(value - outlook.pass_through * cost, outlook.scrap_value))
                for cost, share in outlook.repair_costs[age]
            ),
            ZERO,
        )
        chance = outlook.repair_chance[age]
        without = min(keep_on, forever - max(value, outlook.scrap_value))
        best = outlook.upkeep[age] + (1 - chance) * without + chance * with_repair
    return limits


def meeting(saved: Decimal, value: Decimal, pass_through: Decimal, scrap_value: Decimal) -> Decimal:
    """The X with X = `saved` - max(value - pass_through X, scrap_value), never below zero."""
    at_scrap = saved - scrap_value
    if pass_through == 1 and value > saved:
        return ZERO
    above_scrap = (saved - value) / (1 - pass_through) if pass_through < 1 else at_scrap
    return max(ZERO, min(above_scrap, at_scrap))
