"""What the queue does here: ids in, one action.  The sweep does the same for rows whose task was lost."""

import structlog
from celery import shared_task
from django.db.models import QuerySet
from django.utils import timezone

from dealership.models import Rooftop
from recommendations.actions import drafting, followups, naming, second_cars
from recommendations.models import FollowUp
from service_lane.models import Appointment, Inspection, RepairOrder

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


@shared_task(acks_late=True)
def record_named(*, repair_order_id: int) -> None:
    order = RepairOrder.objects.select_related("rooftop", "entered_by").get(pk=repair_order_id)
    naming.record_named(repair_order=order, at=timezone.now())


@shared_task(name="recommendations.sweep", acks_late=True)
def sweep() -> None:
    """Findings and signed services without a line get one, whatever became of their task; so does who was named."""
    inspections = drafting.findings_without_line().order_by("inspection").values_list("inspection", flat=True)
    for pk in inspections.distinct()[:AT_ONCE]:
        _each(draft_from_inspection, inspection_id=pk)
    orders = drafting.requests_without_line().order_by("repair_order").values_list("repair_order", flat=True)
    for pk in orders.distinct()[:AT_ONCE]:
        _each(draft_requested, repair_order_id=pk)
    for pk in naming.named_without_entry().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        _each(record_named, repair_order_id=pk)


@shared_task(acks_late=True)
def start_follow_ups(*, repair_order_id: int) -> None:
    """A closed visit: its own follow-ups begin, and those of earlier visits of the car end or go on."""
    order = RepairOrder.objects.get(pk=repair_order_id)
    followups.start(repair_order=order, at=timezone.now())
    _settle_of(FollowUp.objects.filter(vehicle=order.vehicle_id))


@shared_task(acks_late=True)
def follow_car(*, repair_order_id: int) -> None:
    """A car that came, or an answer: its follow-ups pause or end, and what was to be quoted again is drafted."""
    order = RepairOrder.objects.select_related("rooftop", "customer").get(pk=repair_order_id)
    _settle_of(FollowUp.objects.filter(vehicle=order.vehicle_id))
    followups.draft_wanted(repair_order=order, at=timezone.now())


@shared_task(acks_late=True)
def follow_booking(*, appointment_id: int) -> None:
    """Somebody is expected: reminders wait for the visit, and an offer of that car is known to be booked."""
    booked = Appointment.objects.get(pk=appointment_id)
    if booked.vehicle_id:
        second_cars.link_booking(appointment=booked, at=timezone.now())
    _settle_of(FollowUp.objects.filter(customer=booked.customer_id))


@shared_task(acks_late=True)
def settle_follow_up(*, follow_up_id: int) -> None:
    followups.settle(follow_up=FollowUp.objects.get(pk=follow_up_id), at=timezone.now())


@shared_task(acks_late=True)
def remind(*, follow_up_id: int) -> None:
    """A reminder that goes by itself, once; where it must not, that is kept for the advisor to read."""
    follow_up, at = FollowUp.objects.get(pk=follow_up_id), timezone.now()
    if not followups.to_remind(follow_up.rooftop, at).filter(pk=follow_up_id).exists():
        return
    try:
        followups.remind(follow_up=follow_up, seen=follow_up.last_step_id, by=None, at=at)
    except followups.CannotRemind as refusal:
        followups.no_reminder(follow_up=follow_up, why=str(refusal), at=at)


@shared_task(name="recommendations.followups.sweep", acks_late=True)
def sweep_follow_ups() -> None:
    """Closed visits get their follow-ups, facts end them, what is due is reminded of, whatever became of a task."""
    now = timezone.now()
    for pk in followups.closed_without_follow_up(now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        _each(start_follow_ups, repair_order_id=pk)
    for pk in followups.to_settle(now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        _each(settle_follow_up, follow_up_id=pk)
    for pk in followups.orders_with_wanted().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        _each(follow_car, repair_order_id=pk)
    for rooftop in Rooftop.objects.order_by("pk"):
        for pk in followups.to_remind(rooftop, now).order_by("next_date", "pk").values_list("pk", flat=True)[:AT_ONCE]:
            _each(remind, follow_up_id=pk)


def _settle_of(rows: QuerySet[FollowUp]) -> None:
    """The follow-ups among `rows` that the facts have overtaken."""
    waiting = followups.to_settle(timezone.now()).filter(pk__in=rows.values("pk"))
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        settle_follow_up(follow_up_id=pk)


def _each(task: object, **ids: int) -> None:
    """One bad row never stops the others: it is logged, and tried again by the next sweep."""
    try:
        task(**ids)  # type: ignore[operator]
    except Exception:
        log.exception("sweep.failed", **ids)
