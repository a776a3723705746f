"""What others change about a job under its technician's hands: to be seen, once."""

from datetime import datetime
from typing import Any

from django.db import transaction

from dealership import audit
from dealership.models import Entry, Staff
from service_lane.models import Inspection

JOB_CHANGES = (
    "repair_order.promise_changed",
    "repair_order.parts_expected",
    "repair_order.assigned",
    "concern.explained",
)
"""What an advisor changes about a job under its technician's hands: each is to be seen once."""


class NothingNew(Exception):
    """Nothing was changed about the job since it was last seen."""


def job_changes(inspection: Inspection) -> Any:
    """What somebody else changed about the job since its technician last said they had seen it, oldest first."""
    since = inspection.changes_seen_at or inspection.started_at
    order = inspection.repair_order
    return (
        Entry.objects.filter(about_type=order._meta.label_lower, about_id=order.pk, event__in=JOB_CHANGES, at__gt=since)
        .exclude(by=inspection.technician_id)
        .order_by("at", "pk")
    )


@transaction.atomic(durable=True)
def see_changes(*, inspection: Inspection, by: Staff, at: datetime) -> int:
    """The technician has seen what was changed about the job, all of it up to `at`; returns how much that was.

    Raises NothingNew when it was seen before.
    """
    row = Inspection.objects.select_for_update(of=("self",)).select_related("repair_order").get(pk=inspection.pk)
    seen = [entry.pk for entry in job_changes(row) if entry.at <= at]
    if not seen:
        raise NothingNew
    row.changes_seen_at = at
    row.save(update_fields=["changes_seen_at"])
    audit.record("inspection.changes_seen", about=row, by=by, at=at, entries=seen)
    return len(seen)
