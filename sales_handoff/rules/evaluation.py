"""This visit weighed against the car: a tier, its reasons, both columns, and one plain sentence.

The thresholds are convention, not science (a repair of half the car's value, a year of payments), so they are settings,
every flag lists its reasons, and what keeping costs is said whichever way it falls.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dealership.money import cents
from sales_handoff.rules.costs import (
    GENERAL_CURVE,
    RepairCurve,
    as_is_value,
    break_even_repair,
    break_even_upkeep,
    expected_repair_cost,
    keep_cost,
    monthly_equivalent,
    negative_equity,
    replace_cost,
    value_after,
)
from sales_handoff.rules.finance import loan_payment
from sales_handoff.rules.reading import plain_reading, say, whole

NONE = "none"
MENTION = "mention"
CONVERSATION = "conversation"
UNECONOMIC = "uneconomic"
_RANK = (NONE, MENTION, CONVERSATION, UNECONOMIC)

WEIGHED_NATURES = ("safety", "drivability")
WARRANTY_YEARS = 3
USUAL_MILES_A_YEAR = 12_000


@dataclass(frozen=True)
class WorkLine:
    """One recommended line, whatever the customer answered: dollars with tax, its nature, and who pays (C, W or I)."""

    amount: Decimal
    nature: str
    pay_type: str = "C"
    is_campaign: bool = False
    is_paid_already: bool = False


@dataclass(frozen=True)
class ValueRange:
    """What the car brings repaired, wholesale or in trade, in dollars: a range, with its source and date."""

    low: Decimal
    high: Decimal
    source: str
    as_of: date

    @property
    def middle(self) -> Decimal:
        return cents((self.low + self.high) / 2)


@dataclass(frozen=True)
class Replacement:
    """A real or example replacement.  `price` holds tax and fees; `apr` is in percent a year; `value_kept` is the share
    of the price left at the horizon; insurance is what it costs more a month, None if unknown."""

    name: str
    price: Decimal
    apr: Decimal
    months: int
    upkeep_yearly: Decimal
    value_kept: Decimal
    insurance_monthly_more: Decimal | None

    def payment(self, trade: Decimal = Decimal(0)) -> Decimal:
        """Dollars a month with `trade` taken off the price and nothing else down."""
        return loan_payment(max(Decimal(0), self.price - trade), self.apr, self.months)


@dataclass(frozen=True)
class EvaluationPolicy:
    """A dealer's settings.  Ratios are repair over value; amounts are dollars; `yearly_interest` is a fraction."""

    replacement: Replacement
    mention_ratio: Decimal = Decimal("0.25")
    mention_amount: Decimal = Decimal(1000)
    conversation_ratio: Decimal = Decimal("0.50")
    conversation_amount: Decimal = Decimal(1500)
    unknown_value_amount: Decimal = Decimal(2500)
    pass_through: Decimal = Decimal("0.60")
    horizon_months: int = 24
    yearly_interest: Decimal = Decimal("0.06")
    repair_curve: RepairCurve = GENERAL_CURVE


@dataclass(frozen=True)
class EvaluationInputs:
    """What is known about the car today.

    `horizon_months` follows the customer's own plan for the car and replaces the policy's.  `yearly_repairs` replaces
    the age curve where a shop knows better.  `known_work` is what is declined or foretold beyond today, in dollars over
    the horizon: where it is more than cars of this age need, it counts instead.  `miles_a_year` falls back on 12,000,
    and `today_year` tells how old a replacement is.  Only `work` is needed.
    """

    work: tuple[WorkLine, ...]
    value: ValueRange | None = None
    age_years: int | None = None
    miles_a_year: int | None = None
    payoff: Decimal | None = None
    under_powertrain_warranty: bool | None = None
    horizon_months: int | None = None
    yearly_repairs: Decimal | None = None
    known_work: Decimal = Decimal(0)
    today_year: int | None = None
    replacement: Replacement | None = None


@dataclass(frozen=True)
class Evaluation:
    """What comes out.  Money in dollars, None where it cannot be known.

    `reasons` are why the tier was reached, `cautions` what argues for care or for keeping, `spread_monthly` how far the
    monthly difference moves across the value range, `break_even_upkeep` what repairs and upkeep to come may reach until
    both columns cost the same, `payment` the replacement's with the car as it stands traded in, `left_out` what the
    columns do not hold.
    """

    tier: str
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    repair: Decimal
    ratio: Decimal | None
    as_is: Decimal | None
    value_later: Decimal | None
    owed_above_value: Decimal
    horizon_months: int
    expected_repairs: Decimal | None
    keep_cost: Decimal | None
    replace_cost: Decimal | None
    keep_monthly: Decimal | None
    replace_monthly: Decimal | None
    spread_monthly: Decimal | None
    break_even: Decimal | None
    break_even_upkeep: Decimal | None
    payment: Decimal
    replacement: str
    plain_reading: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Columns:
    as_is: Decimal
    value_later: Decimal
    owed_above_value: Decimal
    expected_repairs: Decimal
    break_even_upkeep: Decimal | None
    keep: Decimal
    replace: Decimal
    keep_monthly: Decimal
    replace_monthly: Decimal


def weighed_work(lines: Sequence[WorkLine]) -> Decimal:
    """The dollars that count: safety and drivability work the customer would pay today, whatever they answered.

    Not maintenance, not diagnosis, not warranty or internal work, not a campaign, not what is paid already.

    >>> weighed_work([WorkLine(Decimal(700), "safety"), WorkLine(Decimal(90), "maintenance")])
    Decimal('700.00')
    """
    return cents(
        sum(
            (
                line.amount
                for line in lines
                if line.nature in WEIGHED_NATURES
                and line.pay_type == "C"
                and not line.is_campaign
                and not line.is_paid_already
            ),
            Decimal(0),
        )
    )


def evaluate(inputs: EvaluationInputs, policy: EvaluationPolicy) -> Evaluation:
    """Weigh today's work against the car.

    Negative equity, or a car under three years old that may be under warranty, is never more than worth a mention.
    """
    repair = weighed_work(inputs.work)
    replacement = inputs.replacement or policy.replacement
    horizon = inputs.horizon_months or policy.horizon_months
    middle = inputs.value.middle if inputs.value else None
    columns = _columns(inputs, policy, middle, repair, replacement, horizon)
    tier, reasons = _tier(repair, middle, columns, replacement, policy) if repair > 0 else (NONE, ())
    owed = columns.owed_above_value if columns else Decimal(0)
    careful = cautions(inputs, owed)
    if careful:
        tier = min(tier, MENTION, key=_RANK.index)
    return Evaluation(
        tier=tier,
        reasons=reasons,
        cautions=careful,
        repair=repair,
        ratio=(repair / middle).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if middle else None,
        as_is=columns.as_is if columns else None,
        value_later=columns.value_later if columns else None,
        owed_above_value=owed,
        horizon_months=horizon,
        expected_repairs=columns.expected_repairs if columns else None,
        keep_cost=columns.keep if columns else None,
        replace_cost=columns.replace if columns else None,
        keep_monthly=columns.keep_monthly if columns else None,
        replace_monthly=columns.replace_monthly if columns else None,
        spread_monthly=_spread(inputs, policy, repair, replacement, horizon),
        break_even=break_even_repair(repair, columns.keep, columns.replace) if columns else None,
        break_even_upkeep=columns.break_even_upkeep if columns else None,
        payment=replacement.payment(columns.as_is if columns else Decimal(0)),
        replacement=replacement.name,
        plain_reading=plain_reading(
            columns.keep_monthly if columns else None, columns.replace_monthly if columns else None, horizon
        ),
        left_out=("fuel",) if replacement.insurance_monthly_more is not None else ("fuel", "insurance"),
    )


def _columns(
    inputs: EvaluationInputs,
    policy: EvaluationPolicy,
    value: Decimal | None,
    repair: Decimal,
    replacement: Replacement,
    horizon: int,
) -> _Columns | None:
    """Both columns over one horizon, or None where the value or the age is not known."""
    if not value or (inputs.age_years is None and inputs.yearly_repairs is None):
        return None
    rate = policy.yearly_interest / 12
    years = Decimal(horizon) / 12
    as_is = as_is_value(value, repair, policy.pass_through)
    later = value_after(value, years, (inputs.miles_a_year or USUAL_MILES_A_YEAR) * years)
    owed = negative_equity(inputs.payoff, as_is)
    upkeep = _monthly_repairs(inputs, policy, horizon)
    keep = keep_cost(as_is=as_is, repair=repair, upkeep=upkeep, value_later=later, monthly_rate=rate)
    replace = replace_cost(
        as_is=as_is,
        price=replacement.price,
        apr=replacement.apr,
        loan_months=replacement.months,
        upkeep_monthly=replacement.upkeep_yearly / 12,
        insurance_monthly_more=replacement.insurance_monthly_more or Decimal(0),
        value_later=replacement.price * replacement.value_kept,
        months=horizon,
        monthly_rate=rate,
        owed_above_value=owed,
    )
    return _Columns(
        as_is=as_is,
        value_later=later,
        owed_above_value=owed,
        expected_repairs=cents(sum(upkeep, Decimal(0))),
        break_even_upkeep=break_even_upkeep(upkeep, keep, replace, rate),
        keep=keep,
        replace=replace,
        keep_monthly=monthly_equivalent(keep, rate, horizon),
        replace_monthly=monthly_equivalent(replace, rate, horizon),
    )


def _monthly_repairs(inputs: EvaluationInputs, policy: EvaluationPolicy, horizon: int) -> list[Decimal]:
    """Dollars to expect each month: a twelfth of the year of life that month falls in, all raised to the work we know
    is coming where that is more.  Not both: cars of an age need, on average, the very work that was foretold."""
    if inputs.yearly_repairs is not None:
        expected = [inputs.yearly_repairs / 12] * horizon
    else:
        age = inputs.age_years or 0
        expected = [expected_repair_cost(age + month // 12 + 1, policy.repair_curve) / 12 for month in range(horizon)]
    total = sum(expected, Decimal(0))
    if inputs.known_work <= total:
        return expected
    return (
        [inputs.known_work / horizon] * horizon if not total else [one * inputs.known_work / total for one in expected]
    )


def _tier(
    repair: Decimal, value: Decimal | None, columns: _Columns | None, replacement: Replacement, policy: EvaluationPolicy
) -> tuple[str, tuple[str, ...]]:
    """The highest tier any rule reaches, with the sentence of every rule that fired."""
    fired: list[tuple[str, str]] = []
    cost, year_of_payments = f"Today's work, {whole(repair)},", 12 * replacement.payment()
    if value is None:
        if repair >= policy.unknown_value_amount:
            fired.append((CONVERSATION, f"{cost} is large, and what the car is worth is not known."))
    elif repair >= value:
        fired.append((UNECONOMIC, f"{cost} is all the car is worth, about {whole(value)}, or more."))
    else:
        share = f"{cost} is {repair / value:.0%} of what the car is worth, about {whole(value)}."
        if repair >= policy.conversation_amount and repair >= policy.conversation_ratio * value:
            fired.append((CONVERSATION, share))
        elif repair >= policy.mention_amount and repair >= policy.mention_ratio * value:
            fired.append((MENTION, share))
    if repair >= year_of_payments:
        payment = whole(replacement.payment())
        fired.append(
            (CONVERSATION, f"{cost} is a year of payments on {replacement.name}, {payment} a month with no trade.")
        )
    if columns and columns.keep >= columns.replace:
        fired.append((UNECONOMIC, "Keeping it costs as much as replacing it, or more."))
    if not fired:
        return NONE, ()
    return max((tier for tier, _ in fired), key=_RANK.index), tuple(sentence for _, sentence in fired)


OWES = say("About {dollars} more is owed on the car than it brings as it sits. Keeping it is usually right.")
YOUNG = say("The car is less than three years old. Check its warranty first.")


def cautions(inputs: EvaluationInputs, owed: Decimal, say: Callable[[str], str] = str) -> tuple[str, ...]:
    """What argues for care or for keeping, as sentences; `say` puts a pattern into the reader's language."""
    found = []
    if owed > 0:
        found.append(say(OWES).format(dollars=whole(owed)))
    is_young = inputs.age_years is not None and inputs.age_years < WARRANTY_YEARS
    if is_young and inputs.under_powertrain_warranty is not False:
        found.append(say(YOUNG))
    return tuple(found)


def _spread(
    inputs: EvaluationInputs, policy: EvaluationPolicy, repair: Decimal, replacement: Replacement, horizon: int
) -> Decimal | None:
    """Half of how far the monthly difference moves between the low and the high value."""
    if inputs.value is None:
        return None
    low = _columns(inputs, policy, inputs.value.low, repair, replacement, horizon)
    high = _columns(inputs, policy, inputs.value.high, repair, replacement, horizon)
    if low is None or high is None:
        return None
    return cents(abs((high.replace_monthly - high.keep_monthly) - (low.replace_monthly - low.keep_monthly)) / 2)


def replace_monthly(inputs: EvaluationInputs, policy: EvaluationPolicy) -> Decimal | None:
    """What the replacement costs a month over the horizon, all in, at the middle value; None where that is unknown."""
    middle = inputs.value.middle if inputs.value else None
    replacement = inputs.replacement or policy.replacement
    horizon = inputs.horizon_months or policy.horizon_months
    columns = _columns(inputs, policy, middle, weighed_work(inputs.work), replacement, horizon)
    return columns.replace_monthly if columns else None


def monthly_range(
    inputs: EvaluationInputs, policy: EvaluationPolicy
) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]] | None:
    """What keeping and what replacing cost a month across the value range, each from lower to higher; None unknown."""
    if inputs.value is None:
        return None
    repair = weighed_work(inputs.work)
    replacement = inputs.replacement or policy.replacement
    horizon = inputs.horizon_months or policy.horizon_months
    ends = [
        columns
        for value in (inputs.value.low, inputs.value.high)
        if (columns := _columns(inputs, policy, value, repair, replacement, horizon))
    ]
    if len(ends) < 2:
        return None
    keep, other = sorted(one.keep_monthly for one in ends), sorted(one.replace_monthly for one in ends)
    return (keep[0], keep[1]), (other[0], other[1])
