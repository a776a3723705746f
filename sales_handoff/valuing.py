"""What a car is worth once fixed: a person's word, else a guide, else what cars like it brought here."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dealership.money import cents
from sales_handoff import rules
from sales_handoff.models import Appraisal, Sale, ValueGuideRow
from sales_handoff.rules import sales
from sales_handoff.rules.tables import fold
from sales_handoff.words import ZERO, Figure, day, exact, times, whole
from service_lane.models import RepairOrder

APPRAISAL_HOLDS = timedelta(days=90)
SALES_HOLD = timedelta(days=3 * 365)
MOST_SALES = 400
"""The newest sales of a model are fitted; more would say little more."""
LEAST_SHARE = Decimal("0.25")
"""A guide's mileage adjustment never takes more than three quarters of its value: beyond that the line is no guide."""


def value_of(
    repair_order: RepairOrder, at: datetime, today: date
) -> tuple[rules.ValueRange | None, Figure, dict[str, Any] | None]:
    """The car's range, the figure that shows it, and what it came from to keep; unknown is allowed.

    A person's recent word on this very car goes first, then the value guide, then a guide fitted to our own sales.
    """
    return _typed(repair_order, at) or _from_guide(repair_order) or _fitted(repair_order, today) or _unknown()


def payoff_of(repair_order: RepairOrder) -> tuple[Decimal | None, Figure]:
    """What is still owed on it, as last typed."""
    typed = (
        Appraisal.objects.filter(vehicle=repair_order.vehicle_id, payoff__isnull=False)
        .select_related("by")
        .order_by("-at", "-pk")
        .first()
    )
    if typed is None or typed.payoff is None:
        return None, Figure("Still owed on it", "Not known", "Nobody typed a payoff; counted as no loan", "value")
    on = typed.at.astimezone(repair_order.rooftop.zone).date()
    source = f"Typed in by {typed.by.name}, {day(on)}"
    return typed.payoff, Figure("Still owed on it", exact(typed.payoff), source, "value")


type _Found = tuple[rules.ValueRange, Figure, dict[str, Any]]


def _typed(repair_order: RepairOrder, at: datetime) -> _Found | None:
    typed = (
        Appraisal.objects.filter(vehicle=repair_order.vehicle_id, at__gt=at - APPRAISAL_HOLDS)
        .select_related("by")
        .order_by("-at", "-pk")
        .first()
    )
    if typed is None:
        return None
    on = typed.at.astimezone(repair_order.rooftop.zone).date()
    value = rules.ValueRange(typed.low, typed.high, typed.source, on)
    words = f"{typed.source}, {day(on)}, typed in by {typed.by.name}"
    return value, _range_figure(value, words), {"appraisal": typed.pk, **_kept_range(value)}


def _from_guide(repair_order: RepairOrder) -> _Found | None:
    rows = _guide_rows(repair_order)
    if not rows:
        return None
    values = [_adjusted(row, repair_order.odometer_in) for row in rows]
    first = rows[0]
    value = rules.ValueRange(
        min(low for low, _ in values), max(high for _, high in values), first.source, first.as_of_date
    )
    miles = f", at {repair_order.odometer_in:,} miles" if repair_order.odometer_in else ""
    words = f"{first.source}, {day(first.as_of_date)}{miles}"
    return value, _range_figure(value, words), {"guide_rows": [row.pk for row in rows], **_kept_range(value)}


def _fitted(repair_order: RepairOrder, today: date) -> _Found | None:
    car = repair_order.vehicle
    if car is None or not (car.year and car.make and car.model) or repair_order.odometer_in is None:
        return None
    sold = (
        Sale.objects.filter(make=fold(car.make), model=fold(car.model), sold_on__gt=today - SALES_HOLD)
        .filter(sold_on__lte=today)
        .order_by("-sold_on", "-pk")
        .values("year", "make", "model", "trim", "miles", "price", "sold_on")
    )[:MOST_SALES]
    fit = sales.fit([sales.SaleRow(**row) for row in sold])
    span = fit and fit.range_of(sales.age_in_years(car.year, today), repair_order.odometer_in)
    if not fit or not span:
        return None
    value = rules.ValueRange(*span, f"our own sales of {fit.count} such cars", fit.newest)
    words = (
        f"Fitted to {times(fit.count, 'sale', 'sales')} of this model, the last on {day(fit.newest)}; "
        "two of three lie in this range"
    )
    kept = {
        "count": fit.count,
        "newest": fit.newest.isoformat(),
        **{name: str(getattr(fit, name)) for name in ("level", "by_year", "by_10k", "spread")},
    }
    return value, _range_figure(value, words), {"fit": kept, **_kept_range(value)}


def _unknown() -> tuple[None, Figure, None]:
    why = "No guide row for this car, too few sales of it, and nobody valued it"
    return None, Figure("Worth once fixed", "Not known", why, "value"), None


def _range_figure(value: rules.ValueRange, source: str) -> Figure:
    return Figure("Worth once fixed", f"{whole(value.low)} to {whole(value.high)}", source, "value")


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
