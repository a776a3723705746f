"""What is known about a car today, gathered for the rules of repair or replace, and how the result is shown.

Everything that was used is kept with the evaluation, each figure with where it comes from.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum

from dealership.money import cents
from recommendations.models import Advisory, AdvisoryVersion
from sales_handoff import rules
from sales_handoff.limits import RepairLimit, limits_of
from sales_handoff.models import Appraisal, HandoffPolicy, ValueGuideRow
from sales_handoff.rules.guide import fold
from sales_handoff.rules.outlook import price_of_its_like
from service_lane.models import RepairOrder, ServiceLine

ZERO = Decimal("0.00")
APPRAISAL_HOLDS = timedelta(days=90)
YEAR = timedelta(days=365)
DECLINED_LOOKS_BACK = timedelta(days=730)
SHORTEST_SPAN = timedelta(days=180)
"""Two odometer readings nearer than this say little about a year."""
USUAL_MILES = range(500, 80_000)
AS_LONG_AS_IT_RUNS = 60
"""Months: how far ahead to compare when the customer means to keep it as long as it runs."""
LEAST_SHARE = Decimal("0.25")
"""A guide's mileage adjustment never takes more than three quarters of its value: beyond that the line is no guide."""


@dataclass(frozen=True)
class Figure:
    """One number the weighing used, as shown, with where it comes from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Known:
    """The rules' inputs and settings, the figures behind them as shown, and the same as plain data to keep."""

    inputs: rules.EvaluationInputs
    policy: rules.EvaluationPolicy
    policy_version: int
    figures: tuple[Figure, ...]
    limit: RepairLimit | None
    kept: dict[str, Any]


def sha256_of(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def whole(amount: Decimal) -> str:
    """Dollars without cents, as in a range nobody knows to the cent."""
    return f"${amount.quantize(Decimal(1)):,}"


def exact(amount: Decimal) -> str:
    return f"${cents(amount):,}"


def day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def known_about(repair_order: RepairOrder, at: datetime) -> Known:
    """Gather it all, in a fixed number of queries.  Only today's lines are needed; the rest may be unknown."""
    today = at.astimezone(repair_order.rooftop.zone).date()
    settings, _ = HandoffPolicy.objects.get_or_create(rooftop=repair_order.rooftop)
    lines = _lines(repair_order)
    value, value_figure, value_kept = _value(repair_order, at, today)
    payoff, payoff_figure = _payoff(repair_order)
    age, age_figure = _age(repair_order, today)
    miles, miles_figure = _miles_a_year(repair_order, at, age)
    spent, spent_figure = _spent(repair_order, at)
    declined, declined_figure = _still_declined(repair_order, at, {line["op_code"] for line in lines} - {""})
    horizon, plan_figure = _horizon(repair_order, settings)
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
    )
    weighed = rules.weighed_work(work)
    count = sum(1 for line, one in zip(lines, work, strict=True) if rules.weighed_work([one]) > 0)
    jobs = "1 line" if count == 1 else f"{count} lines"
    figures = (
        Figure(
            "Today's work",
            exact(weighed),
            f"{jobs} of RO {repair_order.number}, safety and drivability, customer pay, tax included, any answer",
        ),
        value_figure,
        payoff_figure,
        age_figure,
        miles_figure,
        spent_figure,
        declined_figure,
        plan_figure,
        limit_figure,
        *_policy_figures(policy, settings),
    )
    kept = {
        "lines": lines,
        "value": value_kept,
        "payoff": text_of(payoff),
        "age_years": age,
        "miles_a_year": miles,
        "odometer": repair_order.odometer_in,
        "spent_12_months": str(spent),
        "still_declined": [str(declined[0]), declined[1]],
        "horizon_months": horizon,
        "plan": [str(repair_order.plan), repair_order.plan_years],
        "limit": limit and [str(limit.amount), limit.cars, limit.as_of.isoformat()],
        "policy": _policy_kept(settings),
    }
    return Known(inputs, policy, settings.version, figures, limit, kept)


def text_of(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


# --- today's work ----------------------------------------------------------------------------------------------------


def _lines(repair_order: RepairOrder) -> list[dict[str, Any]]:
    """Every live line as it stands, whatever the customer answered: the rules choose what counts."""
    rows = (
        AdvisoryVersion.objects.filter(advisory__repair_order=repair_order, number=F("advisory__version"))
        .filter(advisory__returned_at=None, advisory__removed_at=None)
        .order_by("advisory_id")
        .values(
            *("advisory_id", "number", "total", "written_at", "advisory__op_code", "advisory__nature"),
            *("advisory__pay_type", "advisory__ground", "advisory__answer", "advisory__last_decision_id"),
        )
    )
    return [
        {
            "advisory": row["advisory_id"],
            "version": row["number"],
            "total": str(row["total"]),
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


# --- what the car is worth -------------------------------------------------------------------------------------------


def _value(
    repair_order: RepairOrder, at: datetime, today: date
) -> tuple[rules.ValueRange | None, Figure, dict[str, Any] | None]:
    """A person's recent word on this very car first, then the guide, else unknown, which is allowed."""
    typed = (
        Appraisal.objects.filter(vehicle=repair_order.vehicle_id, at__gt=at - APPRAISAL_HOLDS)
        .select_related("by")
        .order_by("-at", "-pk")
        .first()
    )
    if typed:
        on = typed.at.astimezone(repair_order.rooftop.zone).date()
        value = rules.ValueRange(typed.low, typed.high, typed.source, on)
        words = f"{typed.source}, {day(on)}, typed in by {typed.by.name}"
        return value, _range_figure(value, words), {"appraisal": typed.pk, **_kept_range(value)}
    rows = _guide_rows(repair_order)
    if rows:
        values = [_adjusted(row, repair_order.odometer_in) for row in rows]
        first = rows[0]
        value = rules.ValueRange(
            min(low for low, _ in values), max(high for _, high in values), first.source, first.as_of_date
        )
        miles = f", at {repair_order.odometer_in:,} miles" if repair_order.odometer_in else ""
        words = f"{first.source}, {day(first.as_of_date)}{miles}"
        return value, _range_figure(value, words), {"guide_rows": [row.pk for row in rows], **_kept_range(value)}
    return None, Figure("Worth once fixed", "Not known", "No guide row for this car, and nobody valued it"), None


def _range_figure(value: rules.ValueRange, source: str) -> Figure:
    return Figure("Worth once fixed", f"{whole(value.low)} to {whole(value.high)}", source)


def _kept_range(value: rules.ValueRange) -> dict[str, str]:
    return {
        "low": str(value.low),
        "high": str(value.high),
        "source": value.source,
        "as_of": value.as_of.isoformat(),
    }


def _guide_rows(repair_order: RepairOrder) -> list[ValueGuideRow]:
    """The newest guide's rows for this kind of car: its own trim, else the row for any trim, else every trim."""
    car = repair_order.vehicle
    if car is None or not (car.year and car.make and car.model):
        return []
    rows = list(
        ValueGuideRow.objects.filter(make=fold(car.make), model=fold(car.model), year=car.year).order_by(
            "-as_of_date", "source", "trim", "pk"
        )
    )
    newest = [row for row in rows if (row.source, row.as_of_date) == (rows[0].source, rows[0].as_of_date)]
    own = [row for row in newest if fold(row.trim) == fold(car.trim)]
    return own or [row for row in newest if not row.trim] or newest


def _adjusted(row: ValueGuideRow, odometer: int | None) -> tuple[Decimal, Decimal]:
    """The row's range at this car's miles, down to a quarter of it."""
    off = ZERO if odometer is None else row.dollars_per_1000_miles * (Decimal(odometer) - row.miles) / 1000
    return cents(max(row.low - off, row.low * LEAST_SHARE)), cents(max(row.high - off, row.high * LEAST_SHARE))


def _payoff(repair_order: RepairOrder) -> tuple[Decimal | None, Figure]:
    typed = (
        Appraisal.objects.filter(vehicle=repair_order.vehicle_id, payoff__isnull=False)
        .select_related("by")
        .order_by("-at", "-pk")
        .first()
    )
    if typed is None or typed.payoff is None:
        return None, Figure("Still owed on it", "Not known", "Nobody typed a payoff; counted as no loan")
    on = typed.at.astimezone(repair_order.rooftop.zone).date()
    return typed.payoff, Figure("Still owed on it", exact(typed.payoff), f"Typed in by {typed.by.name}, {day(on)}")


def _limit(
    repair_order: RepairOrder, at: datetime, value: rules.ValueRange | None, settings: HandoffPolicy
) -> tuple[RepairLimit | None, Figure]:
    """The most one repair is worth on this car, by class and age; never above what its like costs by its own value."""
    car = repair_order.vehicle_id
    limit = limits_of([car], rooftop=repair_order.rooftop, at=at).get(car) if car else None
    if limit is None:
        return None, Figure("Repair limit", "Not known", "Nothing learned yet of cars like it, at its age")
    if value:
        limit = replace(limit, amount=min(limit.amount, price_of_its_like(value.middle, settings.pass_through)))
    return limit, Figure("Repair limit", f"about {whole(limit.about)}", f"{limit.basis}, {day(limit.as_of)}")


# --- the car and its history -----------------------------------------------------------------------------------------


def _age(repair_order: RepairOrder, today: date) -> tuple[int | None, Figure]:
    year = repair_order.vehicle.year if repair_order.vehicle else None
    if not year:
        return None, Figure("Age", "Not known", "The model year is not known")
    age = max(0, today.year - year)
    return age, Figure("Age", "1 year" if age == 1 else f"{age} years", f"Model year {year}")


def _miles_a_year(repair_order: RepairOrder, at: datetime, age: int | None) -> tuple[int | None, Figure]:
    """From the oldest odometer reading of the last five years, else over the car's life, else unknown."""
    now = repair_order.odometer_in
    if now is None or repair_order.vehicle_id is None:
        return None, Figure("Miles a year", f"{12_000:,}", "Not known; a usual year is used")
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
        return None, Figure("Miles a year", f"{12_000:,}", "Not known; a usual year is used")
    miles = round(miles, -2)
    return miles, Figure("Miles a year", f"about {miles:,}", source)


def _earlier(repair_order: RepairOrder, at: datetime, back: timedelta) -> Any:
    return (
        RepairOrder.objects.filter(vehicle=repair_order.vehicle_id, opened_at__gt=at - back)
        .exclude(pk=repair_order.pk)
        .exclude(status=RepairOrder.Status.VOID)
    )


def _spent(repair_order: RepairOrder, at: datetime) -> tuple[Decimal, Figure]:
    """Customer-pay dollars on this car in the last twelve months, before tax: billed lines, else lines done here."""
    if repair_order.vehicle_id is None:
        return ZERO, Figure("Spent in the last 12 months", "Not known", "The car is not known")
    visits = _earlier(repair_order, at, YEAR)
    billed = ServiceLine.objects.filter(repair_order__in=visits, pay_type=ServiceLine.PayType.CUSTOMER)
    orders = set(billed.values_list("repair_order", flat=True))
    from_dms = billed.aggregate(sum=Sum(F("labor") + F("parts") + F("misc")))["sum"] or ZERO
    done = AdvisoryVersion.objects.filter(
        advisory__repair_order__in=visits,
        advisory__work=Advisory.Work.DONE,
        advisory__pay_type=ServiceLine.PayType.CUSTOMER,
        number=F("advisory__version"),
    ).exclude(advisory__repair_order__in=orders)
    orders |= set(done.values_list("advisory__repair_order", flat=True))
    here = done.aggregate(sum=Sum(F("labor") + F("parts_total") + F("fees_total")))["sum"] or ZERO
    spent = cents(from_dms + here)
    count = "1 visit" if len(orders) == 1 else f"{len(orders)} visits"
    return spent, Figure("Spent in the last 12 months", exact(spent), f"{count} here, customer pay, before tax")


def _still_declined(
    repair_order: RepairOrder, at: datetime, on_today: Iterable[str]
) -> tuple[tuple[Decimal, int], Figure]:
    """Work of earlier visits the customer said no or later to, that nobody has done or advised again since."""
    if repair_order.vehicle_id is None:
        return (ZERO, 0), Figure("Still declined from before", "Not known", "The car is not known")
    rows = (
        AdvisoryVersion.objects.filter(
            advisory__repair_order__in=_earlier(repair_order, at, DECLINED_LOOKS_BACK),
            advisory__pay_type=ServiceLine.PayType.CUSTOMER,
            number=F("advisory__version"),
        )
        .filter(Q(advisory__answer__in=(Advisory.Answer.DECLINED, Advisory.Answer.DEFERRED)) | Q(advisory__work="done"))
        .order_by("advisory__repair_order__opened_at", "pk")
        .values("total", "pk", "advisory__op_code", "advisory__work")
    )
    left: dict[str, Decimal] = {}
    for row in rows:
        name = row["advisory__op_code"] or f"line {row['pk']}"
        if row["advisory__work"] == Advisory.Work.DONE or name in on_today:
            left.pop(name, None)
        else:
            left[name] = row["total"]
    total = cents(sum(left.values(), ZERO))
    count = "1 line" if len(left) == 1 else f"{len(left)} lines"
    return (total, len(left)), Figure(
        "Still declined from before", exact(total), f"{count} of the last two years; not in the columns"
    )


# --- the customer's plan and the dealer's settings -------------------------------------------------------------------


def _horizon(repair_order: RepairOrder, settings: HandoffPolicy) -> tuple[int, Figure]:
    """How many months ahead to compare: the customer's own plan, else the dealer's setting."""
    plan = repair_order.plan
    if plan == RepairOrder.Plan.YEARS and repair_order.plan_years:
        months = 12 * min(repair_order.plan_years, 10)
        words = "1 year" if repair_order.plan_years == 1 else f"{repair_order.plan_years} years"
        return months, Figure("Compared over", f"{months} months", f"They mean to keep it {words}")
    if plan == RepairOrder.Plan.KEEP:
        return AS_LONG_AS_IT_RUNS, Figure(
            "Compared over", f"{AS_LONG_AS_IT_RUNS} months", "They mean to keep it as long as it runs"
        )
    said = "They think of replacing it" if plan == RepairOrder.Plan.REPLACING else "They did not say their plan"
    return settings.horizon_months, Figure(
        "Compared over", f"{settings.horizon_months} months", f"{said}; this rooftop's setting"
    )


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


def _policy_figures(policy: rules.EvaluationPolicy, settings: HandoffPolicy) -> tuple[Figure, ...]:
    setting, replacement = f"Setting of this rooftop, version {settings.version}", policy.replacement
    return (
        Figure("Replacement", f"{replacement.name}, {whole(replacement.price)}", setting),
        Figure("Its loan", f"{replacement.months} months at {replacement.apr.normalize():f}% APR", setting),
        Figure("Its upkeep", f"{whole(replacement.upkeep_yearly)} a year", setting),
        Figure("Its dearer insurance", f"{whole(replacement.insurance_monthly_more or ZERO)} a month", setting),
        Figure("Its value kept", f"{replacement.value_kept:.0%} of its price at the end", setting),
        Figure("Expected repairs", "by age, capped at year 10", policy.repair_curve.source),
        Figure("Money over time", f"{policy.yearly_interest:.1%} a year", setting),
        Figure("Lost by an undone repair", f"{policy.pass_through:.0%} of its price", setting),
    )


def _policy_kept(settings: HandoffPolicy) -> dict[str, str]:
    """A copy of every setting that weighs something, so that the evaluation stands when they change."""
    return {
        field.attname: str(getattr(settings, field.attname))
        for field in HandoffPolicy._meta.concrete_fields
        if field.attname not in ("id", "rooftop_id", *HandoffPolicy.MANNERS)
    }
