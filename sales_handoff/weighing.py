"""What is known about a car today, gathered for the rules of repair or replace, and how the result is shown.

Everything that was used is kept with the evaluation, each figure with where it comes from.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from dealership.money import cents
from recommendations.models import Advisory, AdvisoryVersion
from sales_handoff import rules
from sales_handoff.ahead import known_work
from sales_handoff.alternatives import alternatives, buyers, terms
from sales_handoff.limits import RepairLimit, limits_of
from sales_handoff.models import HandoffPolicy
from sales_handoff.rules import programs
from sales_handoff.valuing import payoff_of, value_of
from sales_handoff.words import ZERO, Figure, day, exact, text_of, times, whole
from service_lane.models import RepairOrder, ServiceLine

YEAR = timedelta(days=365)
SHORTEST_SPAN = timedelta(days=180)
"""Two odometer readings nearer than this say little about a year."""
USUAL_MILES = range(500, 80_000)
AS_LONG_AS_IT_RUNS = 60
"""Months: how far ahead to compare when the customer means to keep it as long as it runs."""


@dataclass(frozen=True)
class Known:
    """The rules' inputs and settings, the figures behind them as shown, and the same as plain data to keep."""

    inputs: rules.EvaluationInputs
    policy: rules.EvaluationPolicy
    policy_version: int
    figures: tuple[Figure, ...]
    limit: RepairLimit | None
    kept: dict[str, Any]
    loan: programs.Loan


def sha256_of(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def known_about(repair_order: RepairOrder, at: datetime) -> Known:
    """Gather it all, in a fixed number of queries.  Only today's lines are needed; the rest may be unknown."""
    today = at.astimezone(repair_order.rooftop.zone).date()
    settings, _ = HandoffPolicy.objects.get_or_create(rooftop=repair_order.rooftop)
    lines = _lines(repair_order)
    value, value_figure, value_kept = value_of(repair_order, at, today)
    payoff, payoff_figure = payoff_of(repair_order)
    age, age_figure = _age(repair_order, today)
    miles, miles_figure = _miles_a_year(repair_order, at, age)
    spent, spent_figure = _spent(repair_order, at)
    horizon, plan_figure = _horizon(repair_order, settings)
    ahead = known_work(
        repair_order,
        at,
        on_today={line["op_code"] for line in lines} - {""},
        miles_a_year=miles or rules.USUAL_MILES_A_YEAR,
        months=horizon,
    )
    policy = _policy(settings, horizon)
    limit, limit_figure = _limit(repair_order, at, value, settings)
    work = tuple(
        rules.WorkLine(
            amount=Decimal(line["total"]),
            nature=line["nature"],
            pay_type=line["pay_type"],
            is_campaign=line["is_campaign"],
        )
        for line in lines
    )
    inputs = rules.EvaluationInputs(
        work=work,
        value=value,
        age_years=age,
        miles_a_year=miles,
        payoff=payoff,
        horizon_months=horizon,
        known_work=ahead.total,
        today_year=today.year,
    )
    others = alternatives(repair_order, inputs, policy, settings, today)
    weighed = rules.weighed_work(work)
    count = sum(1 for one in work if rules.weighed_work([one]) > 0)
    figures = (
        Figure(
            "Today's work",
            exact(weighed),
            f"{times(count, 'line', 'lines')} of RO {repair_order.number}, safety and drivability, customer pay, "
            "tax included, any answer",
            "work",
        ),
        value_figure,
        payoff_figure,
        age_figure,
        miles_figure,
        spent_figure,
        *ahead.figures,
        plan_figure,
        limit_figure,
        *others.figures,
        *_policy_figures(policy, settings, is_example=others.replacement is None),
    )
    kept = {
        "lines": lines,
        "value": value_kept,
        "payoff": text_of(payoff),
        "age_years": age,
        "miles_a_year": miles,
        "odometer": repair_order.odometer_in,
        "spent_12_months": str(spent),
        "ahead": ahead.kept,
        "horizon_months": horizon,
        "plan": [str(repair_order.plan), repair_order.plan_years, plan_said_on(repair_order).isoformat()],
        "limit": limit and [str(limit.amount), limit.cars, limit.as_of.isoformat()],
        "alternatives": others.kept,
        "loan": terms(others.loan),
        "buyers": buyers(repair_order, today),
        "policy": _policy_kept(settings),
    }
    weighed_with = replace(inputs, replacement=others.replacement)
    return Known(weighed_with, policy, settings.version, figures, limit, kept, others.loan)


# --- today's work ----------------------------------------------------------------------------------------------------


def _lines(repair_order: RepairOrder) -> list[dict[str, Any]]:
    """Every live line as it stands, whatever the customer answered: the rules choose what counts."""
    rows = (
        AdvisoryVersion.objects.filter(advisory__repair_order=repair_order, number=F("advisory__version"))
        .filter(advisory__returned_at=None, advisory__removed_at=None)
        .order_by("advisory_id")
        .values(
            *("advisory_id", "number", "total", "title", "written_at", "advisory__op_code", "advisory__nature"),
            *("advisory__pay_type", "advisory__ground", "advisory__answer", "advisory__last_decision_id"),
        )
    )
    return [
        {
            "advisory": row["advisory_id"],
            "version": row["number"],
            "total": str(row["total"]),
            "title": row["title"],
            "written_at": row["written_at"].isoformat(),
            "op_code": row["advisory__op_code"],
            "nature": row["advisory__nature"],
            "pay_type": row["advisory__pay_type"],
            "is_campaign": row["advisory__ground"] == Advisory.Ground.CAMPAIGN,
            "answer": row["advisory__answer"],
            "decision": row["advisory__last_decision_id"],
        }
        for row in rows
    ]


def _limit(
    repair_order: RepairOrder, at: datetime, value: rules.ValueRange | None, settings: HandoffPolicy
) -> tuple[RepairLimit | None, Figure]:
    """The most one repair is worth on this car, by class and age; never above what its like costs by its own value."""
    car = repair_order.vehicle_id
    limit = limits_of([car], rooftop=repair_order.rooftop, at=at).get(car) if car else None
    if limit is None:
        return None, Figure("Repair limit", "Not known", "Nothing learned yet of cars like it, at its age", "limit")
    if value:
        limit = limit.valued(value.middle, settings.pass_through)
    return limit, Figure("Repair limit", f"about {whole(limit.about)}", f"{limit.basis}, {day(limit.as_of)}", "limit")


# --- the car and its history -----------------------------------------------------------------------------------------


def _age(repair_order: RepairOrder, today: date) -> tuple[int | None, Figure]:
    year = repair_order.vehicle.year if repair_order.vehicle else None
    if not year:
        return None, Figure("Age", "Not known", "The model year is not known", "car")
    age = max(0, today.year - year)
    return age, Figure("Age", times(age, "year", "years"), f"Model year {year}", "car")


def _miles_a_year(repair_order: RepairOrder, at: datetime, age: int | None) -> tuple[int | None, Figure]:
    """From the oldest odometer reading of the last five years, else over the car's life, else unknown."""
    now = repair_order.odometer_in
    if now is None or repair_order.vehicle_id is None:
        return None, Figure("Miles a year", f"{12_000:,}", "Not known; a usual year is used", "car")
    first = (
        RepairOrder.objects.filter(vehicle=repair_order.vehicle_id, odometer_in__lt=now)
        .exclude(pk=repair_order.pk)
        .exclude(status=RepairOrder.Status.VOID)
        .filter(opened_at__gt=at - 5 * YEAR, opened_at__lt=at - SHORTEST_SPAN)
        .order_by("opened_at", "pk")
        .values("opened_at", "odometer_in", "number")
        .first()
    )
    if first:
        years = Decimal((at - first["opened_at"]).days) / 365
        miles = int((now - (first["odometer_in"] or 0)) / years)
        source = f"Odometer since RO {first['number']}, {day(first['opened_at'].date())}"
    elif age:
        miles, source = now // age, "Odometer over the car's age"
    else:
        miles, source = 0, ""
    if miles not in USUAL_MILES:
        return None, Figure("Miles a year", f"{12_000:,}", "Not known; a usual year is used", "car")
    miles = round(miles, -2)
    return miles, Figure("Miles a year", f"about {miles:,}", source, "car")


def _earlier(repair_order: RepairOrder, at: datetime, back: timedelta) -> Any:
    return (
        RepairOrder.objects.filter(vehicle=repair_order.vehicle_id, opened_at__gt=at - back)
        .exclude(pk=repair_order.pk)
        .exclude(status=RepairOrder.Status.VOID)
    )


def _spent(repair_order: RepairOrder, at: datetime) -> tuple[Decimal, Figure]:
    """Customer-pay dollars on this car in the last twelve months, before tax: billed lines, else lines done here."""
    if repair_order.vehicle_id is None:
        return ZERO, Figure("Spent in the last 12 months", "Not known", "The car is not known", "spent")
    visits = _earlier(repair_order, at, YEAR)
    billed = ServiceLine.objects.filter(repair_order__in=visits, pay_type=ServiceLine.PayType.CUSTOMER)
    from_dms = billed.order_by().values_list("repair_order").annotate(sum=Sum(F("labor") + F("parts") + F("misc")))
    spent_on = dict(from_dms)
    done = AdvisoryVersion.objects.filter(
        advisory__repair_order__in=visits,
        advisory__work=Advisory.Work.DONE,
        advisory__pay_type=ServiceLine.PayType.CUSTOMER,
        number=F("advisory__version"),
    ).exclude(advisory__repair_order__in=list(spent_on))
    here = done.order_by().values_list("advisory__repair_order")
    spent_on |= dict(here.annotate(sum=Sum(F("labor") + F("parts_total") + F("fees_total"))))
    spent = cents(sum(spent_on.values(), ZERO))
    source = f"{times(len(spent_on), 'visit', 'visits')} here, customer pay, before tax; not in the columns"
    return spent, Figure("Spent in the last 12 months", exact(spent), source, "spent")


# --- the customer's plan and the dealer's settings -------------------------------------------------------------------


def plan_said_on(repair_order: RepairOrder) -> date:
    """The day they told their plan: at write-up, or when it was told otherwise since."""
    return (repair_order.plan_at or repair_order.opened_at).astimezone(repair_order.rooftop.zone).date()


def _horizon(repair_order: RepairOrder, settings: HandoffPolicy) -> tuple[int, Figure]:
    """How many months ahead to compare: the customer's own plan, else the dealer's setting."""
    plan, months = repair_order.plan, settings.horizon_months
    on = day(plan_said_on(repair_order))
    to = f"said to {repair_order.plan_by.name}" if repair_order.plan_by else "said at write-up"
    if plan == RepairOrder.Plan.YEARS and repair_order.plan_years:
        months = 12 * min(repair_order.plan_years, 10)
        said = f"They mean to keep it {times(repair_order.plan_years, 'year', 'years')}, {to}, {on}"
    elif plan == RepairOrder.Plan.KEEP:
        months, said = AS_LONG_AS_IT_RUNS, f"They mean to keep it as long as it runs, {to}, {on}"
    elif plan == RepairOrder.Plan.REPLACING:
        said = f"They think of replacing it, {to}, {on}; this rooftop's setting"
    else:
        said = "They did not say their plan; this rooftop's setting"
    return months, Figure("Compared over", f"{months} months", said, "car")


def _policy(settings: HandoffPolicy, horizon: int) -> rules.EvaluationPolicy:
    """The dealer's settings.  The share of the replacement's price left is theirs for their horizon; here it follows
    this one."""
    kept = settings.replacement_value_kept ** (Decimal(horizon) / settings.horizon_months)
    return rules.EvaluationPolicy(
        replacement=rules.Replacement(
            name=settings.replacement_name,
            price=settings.replacement_price,
            apr=settings.replacement_apr,
            months=settings.replacement_months,
            upkeep_yearly=settings.replacement_upkeep_yearly,
            value_kept=kept.quantize(Decimal("0.0001")),
            insurance_monthly_more=settings.insurance_monthly_more,
        ),
        mention_ratio=settings.mention_ratio,
        mention_amount=settings.mention_amount,
        conversation_ratio=settings.conversation_ratio,
        conversation_amount=settings.conversation_amount,
        unknown_value_amount=settings.unknown_value_amount,
        pass_through=settings.pass_through,
        horizon_months=settings.horizon_months,
        yearly_interest=settings.yearly_interest,
    )


def _policy_figures(policy: rules.EvaluationPolicy, settings: HandoffPolicy, *, is_example: bool) -> tuple[Figure, ...]:
    """The settings that were used; those of the example replacement only where no car of the stock took its place."""
    setting, replacement = f"Setting of this rooftop, version {settings.version}", policy.replacement
    example = (
        Figure("Replacement", f"{replacement.name}, {whole(replacement.price)}", setting, "settings"),
        Figure("Its loan", f"{replacement.months} months at {replacement.apr.normalize():f}% APR", setting, "settings"),
        Figure("Its upkeep", f"{whole(replacement.upkeep_yearly)} a year", setting, "settings"),
        Figure("Its value kept", f"{replacement.value_kept:.0%} of its price at the end", setting, "settings"),
    )
    more = whole(replacement.insurance_monthly_more or ZERO)
    return (
        *(example if is_example else ()),
        Figure("Its dearer insurance", f"{more} a month", setting, "settings"),
        Figure("Expected repairs", "by age, capped at year 10", policy.repair_curve.source, "car"),
        Figure("Money over time", f"{policy.yearly_interest:.1%} a year", setting, "settings"),
        Figure("Lost by an undone repair", f"{policy.pass_through:.0%} of its price", setting, "settings"),
    )


def _policy_kept(settings: HandoffPolicy) -> dict[str, str]:
    """A copy of every setting that weighs something, so that the evaluation stands when they change."""
    return {
        field.attname: str(getattr(settings, field.attname))
        for field in HandoffPolicy._meta.concrete_fields
        if field.attname not in ("id", "rooftop_id", *HandoffPolicy.MANNERS)
    }
