"""What the queue does here: ids in, one action.  The sweep does the same for rows whose task was lost."""

import structlog
from celery import shared_task
from django.utils import timezone

from recommendations.actions import drafting
from service_lane.models import Inspection, RepairOrder

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Rows a sweep takes at a time; the next one, seconds later, takes the rest."""


@shared_task(acks_late=True)
def draft_from_inspection(*, inspection_id: int) -> None:
    inspection = Inspection.objects.select_related("repair_order__rooftop").get(pk=inspection_id)
    drafting.draft_from_inspection(inspection=inspection, at=timezone.now())


@shared_task(acks_late=True)
def draft_requested(*, repair_order_id: int) -> None:
    order = RepairOrder.objects.select_related("rooftop", "customer", "advisor").get(pk=repair_order_id)
    drafting.draft_requested(repair_order=order, at=timezone.now())


@shared_task(name="recommendations.sweep", acks_late=True)
def sweep() -> None:
    """Findings and signed services without a line get one, whatever became of their task."""
    inspections = drafting.findings_without_line().order_by("inspection").values_list("inspection", flat=True)
    for pk in inspections.distinct()[:AT_ONCE]:
        _each(draft_from_inspection, inspection_id=pk)
    orders = drafting.requests_without_line().order_by("repair_order").values_list("repair_order", flat=True)
    for pk in orders.distinct()[:AT_ONCE]:
        _each(draft_requested, repair_order_id=pk)


def _each(task: object, **ids: int) -> None:
    """One bad row never stops the others: it is logged, and tried again by the next sweep."""
    try:
        task(**ids)  # type: ignore[operator]
    except Exception:
        log.exception("sweep.failed", **ids)
