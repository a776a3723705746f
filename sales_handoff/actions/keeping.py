"""What nobody asks about is kept for as long as a policy says, and then goes by itself."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.files import FieldFile

from customers.models import RetentionPolicy
from dealership import audit
from dealership.models import InboundText, OutboxMessage
from recommendations.models import Invoice
from sales_handoff.actions.erasing import at_rest, blank_photos, delete_files, forget_file, photos_of_orders
from sales_handoff.personal import ERASED, NOW
from service_lane.models import Photo, RepairOrder, WriteUp

AT_ONCE = 1000
"""Rows one run takes of each kind; the next one takes the rest."""
What = RetentionPolicy.What

type Purged = tuple[int, list[FieldFile]]


@transaction.atomic(durable=True)
def purge(*, policy: RetentionPolicy, at: datetime) -> int:
    """Erase what `policy` keeps no longer, some at a time, and return how many rows.  Nothing to do leaves no trace."""
    rows, files = PURGES[policy.what](_months_before(at, policy.months), at)
    if rows:
        audit.record("retention.purged", about=policy, by=None, at=at, what=policy.what, rows=rows)
    delete_files(files)
    return rows


def _months_before(at: datetime, months: int) -> datetime:
    """The same moment so many months ago; on the 28th where that month is shorter.

    >>> _months_before(datetime(2026, 3, 31), 1).isoformat()
    '2026-02-28T00:00:00'
    """
    month = at.year * 12 + at.month - 1 - months
    return at.replace(year=month // 12, month=month % 12 + 1, day=min(at.day, 28))


def _messages(before: datetime, at: datetime) -> Purged:
    old = OutboxMessage.objects.exclude(status=OutboxMessage.Status.WAITING).filter(created_at__lt=before)
    some = list(old.exclude(body=ERASED).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    gone = {"to": ERASED, "subject": "", "body": ERASED, "provider_answer": "", "came_back_why": ""}
    return OutboxMessage.objects.filter(pk__in=some).update(**gone), []


def _texts(before: datetime, at: datetime) -> Purged:
    """A number that said stop stays with its stop: it is what keeps us from writing to it (47 CFR 64.1200(a)(10))."""
    old = InboundText.objects.filter(received_at__lt=before).exclude(body="")
    some = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    these = InboundText.objects.filter(pk__in=some)
    these.exclude(reading__in=InboundText.WORDS_ON_CONSENT).update(number=ERASED)
    return these.update(body=""), []


def _write_ups(before: datetime, at: datetime) -> Purged:
    """Those that became no order, with their photos."""
    old = WriteUp.objects.filter(repair_order=None, saved_at__lt=before).exclude(typed={})
    some = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    these = WriteUp.objects.filter(pk__in=some)
    these.drop(at=at)
    files = blank_photos(Photo.objects.filter(write_up__in=some, repair_order=None, item=None))
    return these.update(**NOW[WriteUp].after), files


def _photos(before: datetime, at: datetime) -> Purged:
    """Of orders that ended without a bill."""
    ended = Q(closed_at__lt=before) | Q(closed_at=None, voided_at__lt=before)
    billed = Invoice.objects.filter(repair_order=OuterRef("pk"))
    orders = RepairOrder.objects.filter(ended, ~Exists(billed), source=RepairOrder.Source.LANE).values("pk")
    old = photos_of_orders(orders).filter(Q(status=Photo.Status.READY) | ~Q(upload=""))
    some = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return len(some), blank_photos(Photo.objects.filter(pk__in=some))


def _import_files(before: datetime, at: datetime) -> Purged:
    files = []
    for row in at_rest().filter(created_at__lt=before).exclude(file="").order_by("pk")[:AT_ONCE]:
        files += forget_file(row)
    return len(files), files


PURGES: dict[str, Callable[[datetime, datetime], Purged]] = {
    What.MESSAGES: _messages,
    What.TEXTS: _texts,
    What.WRITE_UPS: _write_ups,
    What.PHOTOS: _photos,
    What.IMPORT_FILES: _import_files,
}
