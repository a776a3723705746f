"""What is open with the cars that are here now."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Subquery, Sum

from recommendations.models import Advisory, AdvisoryVersion, Decision
from sales_handoff.minefield.fact import (
    BILL,
    COMEBACK,
    IN_SHOP,
    PIECES,
    PROMISE,
    QUESTION,
    UNSAID,
    Fact,
    advisor_of,
    fact,
    of_visit,
)
from sales_handoff.words import day, exact
from service_lane.figures import COMEBACK_WITHIN
from service_lane.models import RepairOrder


def last_closed() -> Subquery:
    """When the visit of the same car before this one was closed, wherever in the group that was."""
    closed = RepairOrder.objects.filter(
        vehicle=OuterRef("vehicle"), status=RepairOrder.Status.CLOSED, opened_at__lt=OuterRef("opened_at")
    )
    return Subquery(closed.order_by("-closed_at").values("closed_at")[:1])


def late_or_back(orders: list[Any], at: datetime) -> list[Fact]:
    found = []
    for order in orders:
        if order.is_comeback:
            found.append(
                fact(
                    COMEBACK,
                    order.customer_id,
                    order.pk,
                    title="The car is back for something we did",
                    words=order.purpose,
                    since=order.opened_at,
                    owner=advisor_of(order),
                    advice="Say you know it is back, and that it is being put right. Say it first.",
                    **of_visit(order),
                )
            )
        elif order.last_closed_at and order.opened_at - order.last_closed_at <= COMEBACK_WITHIN:
            found.append(
                fact(
                    COMEBACK,
                    order.customer_id,
                    order.pk,
                    title=f"The car is back within {COMEBACK_WITHIN.days} days",
                    words=f"It left us on {day(order.last_closed_at.astimezone(order.rooftop.zone).date())}.",
                    since=order.opened_at,
                    owner=advisor_of(order),
                    advice=f"Ask {advisor_of(order)} first whether it is back for something we did.",
                    **of_visit(order),
                )
            )
        if order.promised_at and order.promised_at < at and order.ready_at is None:
            found.append(
                fact(
                    PROMISE,
                    order.customer_id,
                    order.pk,
                    title="The promised time has passed",
                    since=order.promised_at,
                    owner=advisor_of(order),
                    advice=f"They wait longer than we said. Ask {advisor_of(order)} for the new time before you go.",
                    **of_visit(order),
                )
            )
    return found


def bills_that_grew(orders: list[RepairOrder]) -> list[Fact]:
    """Orders whose agreed total has passed what was signed for at write-up."""
    agreed = dict(
        AdvisoryVersion.objects.filter(
            advisory__repair_order__in=orders,
            advisory__answer=Advisory.Answer.APPROVED,
            advisory__returned_at=None,
            advisory__removed_at=None,
            advisory__answered_version=F("number"),
        )
        .order_by()
        .values_list("advisory__repair_order")
        .annotate(sum=Sum("total"))
    )
    grew = dict(
        Decision.objects.filter(advisory__repair_order__in=orders, answer=Advisory.Answer.APPROVED)
        .order_by()
        .values_list("advisory__repair_order")
        .annotate(last=Max("at"))
    )
    found = []
    for order in orders:
        total, signed = agreed.get(order.pk, Decimal(0)), order.authorized_total
        if signed and total > signed:
            found.append(
                fact(
                    BILL,
                    order.customer_id,
                    order.pk,
                    title="The bill is above the first estimate",
                    words=f"Signed for {exact(signed)}, now {exact(total)}.",
                    since=grew.get(order.pk),
                    owner=advisor_of(order),
                    advice="They are paying more than they came for. Do not open with money.",
                    **of_visit(order),
                )
            )
    return found


def in_pieces(orders: list[RepairOrder]) -> list[Fact]:
    begun = dict(
        Advisory.objects.filter(repair_order__in=orders, work=Advisory.Work.STARTED)
        .order_by()
        .values_list("repair_order")
        .annotate(first=Min("work_started_at"))
    )
    return [
        fact(
            PIECES,
            order.customer_id,
            order.pk,
            title="The car is in pieces",
            since=begun[order.pk],
            owner=order.technician.name if order.technician else advisor_of(order),
            advice="Work has begun and cannot be undone. Talk about the car as it will be when it is whole.",
            **of_visit(order),
        )
        for order in orders
        if order.pk in begun
    ]


def in_shop(orders: list[RepairOrder], but: set[int]) -> list[Fact]:
    return [
        fact(
            IN_SHOP,
            order.customer_id,
            order.pk,
            title="A car of theirs is in the shop",
            since=order.opened_at,
            owner=advisor_of(order),
            advice=f"Ask {advisor_of(order)} how it stands before you speak to them.",
            **of_visit(order),
        )
        for order in orders
        if order.pk not in but
    ]


def questions(orders: list[RepairOrder]) -> list[Fact]:
    by_pk = {order.pk: order for order in orders}
    asked = Advisory.objects.live().filter(repair_order__in=orders, answer=Advisory.Answer.NEEDS_INFO)
    rows = Decision.objects.filter(pk__in=asked.values("last_decision_id")).order_by("at", "pk")
    return [
        fact(
            QUESTION,
            by_pk[order].customer_id,
            pk,
            title="A question of theirs is not answered",
            words=question,
            since=at,
            owner=advisor_of(by_pk[order]),
            advice=f"Let {advisor_of(by_pk[order])} answer it before you speak about anything else.",
            **of_visit(by_pk[order]),
        )
        for pk, order, question, at in rows.values_list("pk", "advisory__repair_order", "question", "at")
    ]


def unsaid(orders: list[RepairOrder]) -> list[Fact]:
    rows = (
        Advisory.objects.filter(repair_order__in=orders)
        .unsaid()
        .order_by()
        .values("repair_order")
        .annotate(first=Min("created_at"), last=Max("pk"))
    )
    waiting = {row["repair_order"]: row for row in rows}
    return [
        fact(
            UNSAID,
            order.customer_id,
            waiting[order.pk]["last"],
            title="They have not been shown everything we found",
            since=waiting[order.pk]["first"],
            owner=advisor_of(order),
            advice=f"Do not speak of the car's condition: {advisor_of(order)} has not told them yet.",
            **of_visit(order),
        )
        for order in orders
        if order.pk in waiting
    ]
