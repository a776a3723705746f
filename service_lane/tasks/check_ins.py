"""Planning to ask how it was, once a visit is closed.

A check-in is a row of the customers' storey, which knows no visits; imports point down, so what follows a visit is
planned from here.
"""

from datetime import timedelta

import structlog
from celery import shared_task
from django.db.models import Exists, OuterRef
from django.utils import timezone

from customers.actions import plan_after_visit
from customers.models import CheckIn
from customers.rules.check_ins import LAPSES_AFTER
from dealership.undo import UNDO_FOR
from service_lane.models import RepairOrder

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Rows a sweep takes at a time; the next one takes the rest."""
QUICK = timedelta(seconds=15)  # by then the worker should have had its turn


@shared_task(name="service_lane.check_ins.plan", acks_late=True)
def plan_check_in(*, repair_order_id: int) -> None:
    """Three days after a visit its advisor asks how it is.  Twice is the same as once; a reopened order is left."""
    orders = RepairOrder.objects.filter(status=RepairOrder.Status.CLOSED, source=RepairOrder.Source.LANE)
    order = orders.select_related("rooftop", "customer", "vehicle", "advisor").filter(pk=repair_order_id).first()
    if order is None or order.closed_at is None:
        return
    plan_after_visit(
        customer=order.customer,
        rooftop=order.rooftop,
        visit=order.number,
        car=order.vehicle.short_title if order.vehicle else "",
        owner=order.advisor,
        closed_at=order.closed_at,
        at=timezone.now(),
    )


@shared_task(name="service_lane.check_ins.sweep", acks_late=True)
def sweep_check_ins() -> None:
    """Plan for closed visits whose task was lost: the row is the message."""
    now = timezone.now()
    planned = CheckIn.objects.filter(rooftop=OuterRef("rooftop"), visit=OuterRef("number"))
    closed = RepairOrder.objects.filter(
        ~Exists(planned),
        status=RepairOrder.Status.CLOSED,
        source=RepairOrder.Source.LANE,
        closed_at__range=(now - LAPSES_AFTER, now - max(QUICK, UNDO_FOR)),
    )
    for pk in closed.order_by("closed_at", "pk").values_list("pk", flat=True)[:AT_ONCE]:
        try:
            plan_check_in(repair_order_id=pk)
        except Exception:
            log.exception("sweep.failed", repair_order_id=pk)
