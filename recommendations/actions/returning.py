"""Lines that are not shown: back to the technician who found them, or off the order."""

from datetime import datetime

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from recommendations.actions.presenting import lock
from recommendations.models import Advisory
from recommendations.signals import estimate_changed
from service_lane.models import InspectionItem

REASONS = ("Reading looks wrong", "Photo not clear", "Not what was asked", "Already on another line")
"""What an advisor most often says; their own words count as well."""


class CannotReturn(ValueError):
    """The line stays where it is.  Its message says why."""


@transaction.atomic(durable=True)
def give_back(*, advisory: Advisory, reason: str, by: Staff, at: datetime) -> Advisory:
    """Send a finding back to the technician who found it, with a reason they read at once; return the line.

    It cannot be shown until they look again.  Raises CannotReturn without a reason, for a line no technician found, and
    once the customer has seen it.
    """
    lock(advisory.repair_order)
    if advisory.finding_id is None:
        raise CannotReturn("No technician found this line. Take it off instead.")
    if not reason.strip():
        raise CannotReturn("Say why it goes back.")
    if not Advisory.objects.filter(pk=advisory.pk).give_back(reason=reason.strip(), at=at):
        raise CannotReturn("It was shown to the customer or sent back already.")
    InspectionItem.objects.filter(pk=advisory.finding_id).update(returned_reason=reason.strip(), returned_at=at)
    advisory.refresh_from_db()
    audit.record("finding.returned", about=advisory, by=by, at=at, reason=reason.strip())
    estimate_changed.send(sender=Advisory, repair_order_id=advisory.repair_order_id)
    return advisory


@transaction.atomic(durable=True)
def take_off(*, advisory: Advisory, by: Staff, at: datetime) -> Advisory:
    """Take a line that was added by hand off the order, before it is shown, and return it.

    Raises CannotReturn for a technician's finding, which is shown or given back, never dropped (promise 6).
    """
    lock(advisory.repair_order)
    if advisory.finding_id is not None:
        raise CannotReturn("A finding is shown to the customer or sent back to its technician. It is never dropped.")
    if not Advisory.objects.filter(pk=advisory.pk).take_off(at=at):
        raise CannotReturn("It was shown to the customer or is off already.")
    advisory.refresh_from_db()
    audit.record("line.removed", about=advisory, by=by, at=at)
    estimate_changed.send(sender=Advisory, repair_order_id=advisory.repair_order_id)
    return advisory
