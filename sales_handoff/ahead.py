"""Work we know is coming: what was declined before, at today's price, and what readings and schedule foretell."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from dealership.money import cents
from recommendations.models import Advisory, AdvisoryVersion
from sales_handoff.rules import ahead
from sales_handoff.words import ZERO, Figure, exact, times, whole
from service_lane import counter
from service_lane.models import OpCode, Reading, RepairOrder, ScheduleRow, ServiceLine

LOOKS_BACK = timedelta(days=730)
READINGS_LOOK_BACK = timedelta(days=5 * 365)
WEARS = ("mm", "32nds")


@dataclass(frozen=True)
class Ahead:
    """What is coming over the horizon in dollars, the figures that show it, and the same to keep."""

    total: Decimal
    figures: tuple[Figure, ...]
    kept: dict[str, Any]


def known_work(
    repair_order: RepairOrder, at: datetime, *, on_today: Collection[str], miles_a_year: int, months: int
) -> Ahead:
    """Work on this car beyond today's lines (`on_today`, op codes), priced as the menu prices it today."""
    if repair_order.vehicle_id is None:
        return Ahead(ZERO, (Figure("Still declined from before", "Not known", "The car is not known", "ahead"),), {})
    declined = _still_declined(repair_order, at, on_today)
    taken = {*on_today, *declined}
    miles = miles_a_year * months // 12
    odometer = repair_order.odometer_in
    foretold: list[ahead.Coming] = []
    if odometer is not None:
        wearing = ahead.wearing(_measured(repair_order, at), odometer=odometer, miles=miles)
        wearing = [one for one in wearing if one.op_code not in taken]
        worn = {one.op_code for one in wearing}
        foretold = [
            *wearing,
            *(
                one
                for one in ahead.scheduled(_intervals(repair_order), odometer=odometer, miles=miles)
                if one.op_code not in worn | taken
            ),
        ]
    menu = _menu(repair_order, {*declined, *(one.op_code for one in foretold)})
    prices = {code: price for code, (_, price) in menu.items()}
    spanish = {code: op.name_es for code, (op, _) in menu.items()}
    before = [
        {
            "name": row["title"],
            "name_es": spanish.get(code) or row["title"],
            "amount": str(prices.get(code, row["total"])),
            "order": row["advisory__repair_order__number"],
            "order_pk": row["advisory__repair_order_id"],
            "on": row["advisory__repair_order__opened_at"].astimezone(repair_order.rooftop.zone).date().isoformat(),
            "is_todays_price": code in prices,
        }
        for code, row in declined.items()
    ]
    coming = [
        {
            "name": one.name,
            "name_es": spanish[one.op_code] or one.name,
            "amount": str(prices[one.op_code] * one.times),
            "times": one.times,
            "why": one.why,
        }
        for one in foretold
        if one.op_code in prices
    ]
    sums = [cents(sum((Decimal(str(row["amount"])) for row in rows), ZERO)) for rows in (before, coming)]
    return Ahead(
        total=sums[0] + sums[1],
        figures=(_declined_figure(sums[0], before), _coming_figure(sums[1], coming, months)),
        kept={"declined": before, "coming": coming},
    )


def _declined_figure(total: Decimal, rows: list[dict[str, Any]]) -> Figure:
    if not rows:
        return Figure("Still declined from before", exact(total), "Nothing of the last two years", "ahead")
    old = sum(1 for row in rows if not row["is_todays_price"])
    price = "at today's price" if not old else f"{times(old, 'line', 'lines')} at the old price, not on our menu now"
    source = f"{times(len(rows), 'line', 'lines')} of the last two years, {price}"
    return Figure("Still declined from before", exact(total), source, "ahead")


def _coming_figure(total: Decimal, rows: list[dict[str, Any]], months: int) -> Figure:
    if not rows:
        why = "Two readings of one place, or a schedule row with a price, would say"
        return Figure("Likely next", "Nothing we know of", why, "ahead")
    source = f"{rows[0]['why']}{f', and {len(rows) - 1} more' if len(rows) > 1 else ''}"
    return Figure("Likely next", f"about {whole(total)} over {months} months", source, "ahead")


def _still_declined(repair_order: RepairOrder, at: datetime, on_today: Collection[str]) -> dict[str, dict[str, Any]]:
    """Work of earlier visits the customer said no or later to, that nobody has done or advised again since."""
    visits = (
        RepairOrder.objects.filter(vehicle=repair_order.vehicle_id, opened_at__gt=at - LOOKS_BACK)
        .exclude(pk=repair_order.pk)
        .exclude(status=RepairOrder.Status.VOID)
    )
    rows = (
        AdvisoryVersion.objects.filter(
            advisory__repair_order__in=visits,
            advisory__pay_type=ServiceLine.PayType.CUSTOMER,
            number=F("advisory__version"),
        )
        .filter(Q(advisory__answer__in=(Advisory.Answer.DECLINED, Advisory.Answer.DEFERRED)) | Q(advisory__work="done"))
        .order_by("advisory__repair_order__opened_at", "pk")
        .values(
            *("total", "title", "pk", "advisory__op_code", "advisory__work", "advisory__repair_order_id"),
            *("advisory__repair_order__number", "advisory__repair_order__opened_at"),
        )
    )
    left: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row["advisory__op_code"] or f"line {row['pk']}"
        left.pop(name, None)
        if row["advisory__work"] != Advisory.Work.DONE and name not in on_today:
            left[name] = row
    return left


def _menu(repair_order: RepairOrder, codes: Collection[str]) -> dict[str, tuple[OpCode, Decimal]]:
    """Each op code the rooftop's menu still offers with every price known, and what it asks today."""
    offered = OpCode.objects.offered_at(repair_order.rooftop).filter(code__in=codes)
    quoted = [(op, counter.quote(op, repair_order.rooftop).price.total) for op in offered]
    return {op.code: (op, total) for op, total in quoted if total is not None}


def _intervals(repair_order: RepairOrder) -> list[ahead.Interval]:
    car = repair_order.vehicle
    make, model = (car.make.upper(), car.model.lower()) if car else ("", "")
    return [
        ahead.Interval(row.op_code, row.service, row.miles or 0, row.source)
        for row in ScheduleRow.objects.filter(Q(make="") | Q(make=make), miles__gt=0)
        if not row.model or row.model.lower() == model
    ]


def _measured(repair_order: RepairOrder, at: datetime) -> list[ahead.Measured]:
    """Every place that wears with its last two readings, today's included."""
    rows = (
        Reading.objects.filter(
            item__inspection__repair_order__vehicle=repair_order.vehicle_id,
            item__inspection__repair_order__opened_at__gt=at - READINGS_LOOK_BACK,
            item__inspection__repair_order__odometer_in__isnull=False,
            item__lower_is_worse=True,
            item__red_to__isnull=False,
            unit__in=WEARS,
        )
        .exclude(item__op_code="")
        .order_by("-item__inspection__repair_order__opened_at", "-pk")
        .values(
            *("value", "unit", "position", "item__key", "item__name", "item__op_code", "item__red_to"),
            odometer=F("item__inspection__repair_order__odometer_in"),
        )
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["item__key"], row["position"]), []).append(row)
    return [
        ahead.Measured(
            op_code=now["item__op_code"],
            name=now["item__name"],
            unit=now["unit"],
            limit=now["item__red_to"],
            before=before["value"],
            before_odometer=before["odometer"],
            now=now["value"],
            now_odometer=now["odometer"],
        )
        for now, before in (places[:2] for places in found.values() if len(places) > 1)
        if now["unit"] == before["unit"] and now["value"] > now["item__red_to"]
    ]
