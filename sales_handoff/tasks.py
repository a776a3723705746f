"""What the queue does here: ids in, one action.  The sweep does the same for rows whose task was lost."""

import structlog
from celery import shared_task
from django.utils import timezone

from dealership.models import Rooftop
from sales_handoff.actions import asking, limits, weighing
from sales_handoff.models import Ask
from service_lane.models import RepairOrder

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Rows a sweep takes at a time; the next one, seconds later, takes the rest."""


@shared_task(acks_late=True)
def evaluate(*, repair_order_id: int) -> None:
    order = RepairOrder.objects.select_related("rooftop", "customer", "vehicle").get(pk=repair_order_id)
    weighing.evaluate(repair_order=order, at=timezone.now())


@shared_task(acks_late=True)
def queue(*, ask_id: int) -> None:
    ask = Ask.objects.select_related("repair_order__rooftop", "customer").get(pk=ask_id)
    asking.queue(ask=ask, at=timezone.now())


@shared_task(acks_late=True)
def score_car(*, repair_order_id: int) -> None:
    order = RepairOrder.objects.select_related("rooftop").get(pk=repair_order_id)
    limits.score_car(repair_order=order, at=timezone.now())


@shared_task(acks_late=True)
def learn(*, rooftop_id: int) -> None:
    rooftop, at = Rooftop.objects.get(pk=rooftop_id), timezone.now()
    if not limits.learned_today(rooftop, at):
        limits.learn(rooftop=rooftop, at=at)
        limits.score_cars(rooftop=rooftop, at=at)


@shared_task(name="sales_handoff.limits.sweep", acks_late=True)
def sweep_limits() -> None:
    """Each rooftop learns once a day, soon after its midnight; all cars are then scored, whatever became of a task."""
    for pk in Rooftop.objects.order_by("pk").values_list("pk", flat=True):
        _each(learn, rooftop_id=pk)


@shared_task(name="sales_handoff.sweep", acks_late=True)
def sweep() -> None:
    """Changed orders are weighed and recorded yeses queued, whatever became of their task."""
    for pk in weighing.orders_to_weigh().values_list("pk", flat=True)[:AT_ONCE]:
        _each(evaluate, repair_order_id=pk)
    for pk in asking.yeses_without_handoff().values_list("pk", flat=True)[:AT_ONCE]:
        _each(queue, ask_id=pk)


def _each(task: object, **ids: int) -> None:
    """One bad row never stops the others: it is logged, and tried again by the next sweep."""
    try:
        task(**ids)  # type: ignore[operator]
    except Exception:
        log.exception("sweep.failed", **ids)
