"""What the queue does here: ids in, one action.  Due times are rows; a sweep finds them, and what a lost task left."""

import structlog
from celery import shared_task
from django.utils import timezone

from customers.actions.check_ins import lapse
from customers.actions.complaints import escalate_complaint
from customers.actions.households import propose_households
from customers.actions.recalls import run_recalls
from customers.models import CheckIn, Complaint, RecallFile
from customers.rules.check_ins import LAPSES_AFTER

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Rows a sweep takes at a time; the next one, a minute later, takes the rest."""


@shared_task(name="customers.sweep", acks_late=True)
def sweep() -> None:
    """Overdue complaints reach whoever runs their side; questions nobody asked for a month are over."""
    now = timezone.now()
    overdue = Complaint.objects.to_escalate(now).select_related("rooftop", "owner").order_by("due_at", "pk")
    for complaint in overdue[:AT_ONCE]:
        _each(escalate_complaint, complaint=complaint, at=now)
    late = CheckIn.objects.due(now - LAPSES_AFTER).select_related("rooftop").order_by("due_at", "pk")
    for check_in in late[:AT_ONCE]:
        _each(lapse, check_in=check_in, at=now)


@shared_task(name="customers.recalls.sweep", acks_late=True)
def sweep_recalls() -> None:
    """Take in recall lists that were uploaded, also after a worker died over one: the row is the message."""
    for pk in RecallFile.objects.unfinished().order_by("at", "pk").values_list("pk", flat=True)[:AT_ONCE]:
        run_recalls(recall_file_id=pk, now=timezone.now)


@shared_task(name="customers.households.propose", acks_late=True)
def propose_household(*, customer_id: int) -> None:
    """With whom one customer may live, asked when something about them was written."""
    propose_households(customers=[customer_id], at=timezone.now())


@shared_task(name="customers.households.sweep", acks_late=True)
def sweep_households() -> None:
    """The same for everybody: what came with a file, and whatever a lost task would have found."""
    propose_households(at=timezone.now())


def _each(action: object, **fields: object) -> None:
    """One bad row never stops the others: it is logged, and tried again by the next sweep."""
    try:
        action(**fields)  # type: ignore[operator]
    except Exception:
        log.exception("sweep.failed", **{name: str(value) for name, value in fields.items()})
