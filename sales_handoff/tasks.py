"""What the queue does here: ids in, one action.  The sweep does the same for rows whose task was lost."""

import structlog
from celery import shared_task
from django.utils import timezone

from customers.models import PrivacyRequest, RetentionPolicy
from dealership.models import Rooftop
from sales_handoff.actions import asking, erasing, keeping, limits, meeting, owning, passing_on, preparing, weighing
from sales_handoff.models import Ask, Handoff
from service_lane.models import RepairOrder

log = structlog.get_logger(__name__)

SAID_STOP = "They do not want sales to use what service knows."
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
def pass_on(*, handoff_id: int) -> None:
    passing_on.pass_on(handoff=Handoff.objects.get(pk=handoff_id), at=timezone.now())


@shared_task(acks_late=True)
def escalate(*, handoff_id: int) -> None:
    owning.escalate(handoff=Handoff.objects.get(pk=handoff_id), at=timezone.now())


@shared_task(acks_late=True)
def purge(*, handoff_id: int) -> None:
    """They said no to sales somewhere else: nobody contacts them."""
    handoff = Handoff.objects.get(pk=handoff_id)
    meeting.withdraw(handoff=handoff, reason=SAID_STOP, by=None, at=timezone.now())


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
    """What has no task, or lost it: orders to weigh, yeses to queue, leads to pass on, stops, and what is overdue."""
    now = timezone.now()
    for task, name, rows in (
        (evaluate, "repair_order_id", weighing.orders_to_weigh()),
        (queue, "ask_id", asking.yeses_without_handoff()),
        (purge, "handoff_id", meeting.taken_back_elsewhere()),
        (pass_on, "handoff_id", passing_on.to_pass_on(now)),
        (escalate, "handoff_id", owning.untold(now)),
    ):
        for pk in rows.values_list("pk", flat=True)[:AT_ONCE]:
            _each(task, **{name: pk})


@shared_task(name="sales_handoff.sweep_tomorrow", acks_late=True)
def sweep_tomorrow() -> None:
    """The evening's round, at each rooftop's own closing time: what comes tomorrow is looked at ahead, once."""
    now = timezone.now()
    for rooftop in Rooftop.objects.order_by("pk"):
        try:
            preparing.prepare(appointments=preparing.to_prepare(rooftop, now)[:AT_ONCE], rooftop=rooftop, at=now)
        except Exception:
            log.exception("sweep.failed", rooftop=rooftop.pk)


@shared_task(acks_late=True)
def erase_rest(*, request_id: int) -> None:
    erasing.erase_rest(request=PrivacyRequest.objects.get(pk=request_id), at=timezone.now())


@shared_task(acks_late=True)
def purge_old(*, policy_id: int) -> None:
    policy = RetentionPolicy.objects.get(pk=policy_id)
    if rows := keeping.purge(policy=policy, at=timezone.now()):
        log.info("retention.purged", what=policy.what, rows=rows)


@shared_task(name="sales_handoff.sweep_privacy", acks_late=True)
def sweep_privacy() -> None:
    """What the law kept of somebody forgotten goes on its day, and what no policy keeps any longer goes too."""
    now = timezone.now()
    for pk in erasing.granted_with_rest().order_by("pk").values_list("pk", flat=True):
        _each(erase_rest, request_id=pk)
    for policy in RetentionPolicy.objects.in_force(timezone.localdate(now)).values():
        _each(purge_old, policy_id=policy.pk)


def _each(task: object, **ids: int) -> None:
    """One bad row never stops the others: it is logged, and tried again by the next sweep."""
    try:
        task(**ids)  # type: ignore[operator]
    except Exception:
        log.exception("sweep.failed", **ids)
