"""What is wanted: by the used-car manager for stock, and by a customer of another car and of theirs."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from dealership import audit
from dealership.models import Rooftop, Staff
from sales_handoff.actions.weighing import weigh
from sales_handoff.models import Evaluation, StockNeed, Wish
from sales_handoff.rules import needs
from service_lane.models import RepairOrder


class CannotWant(ValueError):
    """Nothing was recorded.  Its message says why."""


@transaction.atomic(durable=True)
def want(*, rooftop: Rooftop, need: needs.NeedRow, by: Staff, at: datetime) -> StockNeed:
    """The rooftop looks for this kind of car, and return that; the same kind again changes what it pays or how long."""
    wanted, is_new = StockNeed.objects.update_or_create(
        rooftop=rooftop,
        make=need.make,
        model=need.model,
        year_from=need.year_from,
        year_to=need.year_to,
        defaults={
            "most_miles": need.most_miles,
            "pays": need.pays,
            "until_date": need.until_date,
            "note": need.note,
            "by": by,
            "ended_at": None,
            "file": None,
        },
    )
    audit.record("need.added" if is_new else "need.changed", about=wanted, by=by, at=at, pays=str(need.pays))
    return wanted


@transaction.atomic(durable=True)
def end_need(*, need: StockNeed, by: Staff, at: datetime) -> None:
    """The car is no longer wanted.  Raises CannotWant when that was said already."""
    if not StockNeed.objects.filter(pk=need.pk).end(by=by, at=at):
        raise CannotWant("It is not wanted any more already.")
    audit.record("need.ended", about=need, by=by, at=at)


@transaction.atomic(durable=True)
def wish(
    *,
    repair_order: RepairOrder,
    body: str = "",
    seats: int | None = None,
    all_wheels: bool = False,
    payment: Decimal | None = None,
    by: Staff,
    at: datetime,
) -> Evaluation | None:
    """Keep what the customer would need of another car, weigh the order with it, and return that evaluation.

    `payment` is what they would spend a month, in dollars.  Raises CannotWant when the car has left.
    """
    if repair_order.status != RepairOrder.Status.OPEN:
        raise CannotWant("The repair order is closed. The car has left.")
    told = Wish.objects.create(
        repair_order=repair_order, body=body, seats=seats, all_wheels=all_wheels, payment=payment, by=by, at=at
    )
    evaluation, _ = weigh(repair_order, at)
    audit.record("customer.wished", about=evaluation or repair_order, by=by, at=at, wish=told.pk)
    return evaluation


@transaction.atomic(durable=True)
def tell_plan(
    *, repair_order: RepairOrder, plan: str, plan_years: int | None = None, by: Staff, at: datetime
) -> Evaluation | None:
    """What the customer says of their plan for the car, other than at write-up: weigh the order over that time, and
    return that evaluation.

    `plan_years` goes with a plan of so many years alone.  Raises CannotWant when the car has left.
    """
    years = plan_years if plan == RepairOrder.Plan.YEARS else None
    before = repair_order.plan_words
    if not RepairOrder.objects.filter(pk=repair_order.pk).tell_plan(plan=plan, plan_years=years, by=by, at=at):
        raise CannotWant("The repair order is closed. The car has left.")
    fresh = RepairOrder.objects.select_related("rooftop", "vehicle", "plan_by").get(pk=repair_order.pk)
    evaluation, _ = weigh(fresh, at)
    audit.record("customer.told_plan", about=fresh, by=by, at=at, before=before, plan=fresh.plan_words)
    return evaluation
