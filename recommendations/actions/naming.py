"""Who else may say yes: the customer names them in what they sign, and the record keeps when, by whom and how far."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from dealership import audit
from recommendations.actions import record
from recommendations.actions.presenting import CannotPresent, lock
from recommendations.models import RecordEntry
from service_lane.models import RepairOrder


def named_without_entry() -> QuerySet[RepairOrder]:
    """Open orders whose customer signed that somebody else may say yes, and whose record does not say so yet."""
    return RepairOrder.objects.here_now().filter(
        ~Exists(RecordEntry.objects.filter(repair_order=OuterRef("pk"), kind=RecordEntry.Kind.NAMED)),
        source=RepairOrder.Source.LANE,
        signed_at__isnull=False,
        designee_limit__isnull=False,
    )


@transaction.atomic(durable=True)
def record_named(*, repair_order: RepairOrder, at: datetime) -> RecordEntry | None:
    """Enter who the customer named as they signed, and return the entry.

    None when nobody was named, the order is closed, or it is entered already: it may be repeated.
    """
    try:
        lock(repair_order)
    except CannotPresent:
        return None
    entry = enter_named(repair_order)
    if entry:
        audit.record(
            "designee.entered",
            about=repair_order,
            by=None,
            by_name=repair_order.signed_name,
            at=at,
            entry=entry.sequence,
        )
    return entry


def enter_named(order: RepairOrder) -> RecordEntry | None:
    """Inside the caller's transaction, with the order locked: the same, dated when they signed."""
    if order.signed_at is None or not named_without_entry().filter(pk=order.pk).exists():
        return None
    with audit.entering_late(late_opening(order)):
        return record.append(
            rooftop=order.rooftop,
            kind=RecordEntry.Kind.NAMED,
            repair_order=order,
            row_id=order.pk,
            payload=record.named_payload(order),
            at=order.signed_at,
        )


def late_opening(order: RepairOrder) -> audit.LateEntry | None:
    """How the visit was entered, when it began on paper: the signature on the sheet was typed in with it."""
    if order.entered_at is None or order.entered_by is None:
        return None
    return audit.LateEntry(order.entered_at, order.entered_by, order.sheet)
