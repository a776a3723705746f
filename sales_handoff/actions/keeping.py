"""What nobody asks about is kept for as long as a policy says, and then goes by itself."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.files import FieldFile

from customers.models import Complaint, Customer, FollowThrough, PrivacyRequest, Referral, RetentionPolicy
from dealership import audit
from dealership.models import InboundText, OutboxMessage, Rooftop
from recommendations.models import Invoice
from sales_handoff.actions.erasing import at_rest, blank_photos, delete_files, forget, forget_file, photos_of_orders
from sales_handoff.personal import ERASED, NOW, heard_of
from service_lane.models import Photo, RepairOrder, WriteUp

AT_ONCE = 1000
"""Rows one run takes of each kind; the next one takes the rest."""
CUSTOMERS_AT_ONCE = 20
"""Each is everything one person left, so that a run stays short."""
What = RetentionPolicy.What

type Purged = tuple[int, list[FieldFile]]


@transaction.atomic(durable=True)
def purge(*, policy: RetentionPolicy, at: datetime) -> int:
    """Erase what `policy` keeps no longer, some at a time, and return how many rows.  Nothing to do leaves no trace."""
    rows, files = PURGES[policy.what](policy, _months_before(at, policy.months), at)
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


def _messages(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    old = OutboxMessage.objects.exclude(status=OutboxMessage.Status.WAITING).filter(created_at__lt=before)
    some = list(old.exclude(body=ERASED).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    gone = {"to": ERASED, "subject": "", "body": ERASED, "provider_answer": "", "came_back_why": ""}
    return OutboxMessage.objects.filter(pk__in=some).update(**gone), []


def _texts(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    """A number that said stop stays with its stop: it is what keeps us from writing to it (47 CFR 64.1200(a)(10))."""
    old = InboundText.objects.filter(received_at__lt=before).exclude(body="")
    some = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    these = InboundText.objects.filter(pk__in=some)
    these.exclude(reading__in=InboundText.WORDS_ON_CONSENT).update(number=ERASED)
    return these.update(body=""), []


def _write_ups(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    """Those that became no order, with their photos."""
    old = WriteUp.objects.filter(repair_order=None, saved_at__lt=before).exclude(typed={})
    some = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    these = WriteUp.objects.filter(pk__in=some)
    these.drop(at=at)
    files = blank_photos(Photo.objects.filter(write_up__in=some, repair_order=None, item=None))
    return these.update(**NOW[WriteUp].after), files


def _photos(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    """Of orders that ended without a bill."""
    ended = Q(closed_at__lt=before) | Q(closed_at=None, voided_at__lt=before)
    billed = Invoice.objects.filter(repair_order=OuterRef("pk"))
    orders = RepairOrder.objects.filter(ended, ~Exists(billed), source=RepairOrder.Source.LANE).values("pk")
    old = photos_of_orders(orders).filter(Q(status=Photo.Status.READY) | ~Q(upload=""))
    some = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return len(some), blank_photos(Photo.objects.filter(pk__in=some))


def _import_files(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    files = []
    for row in at_rest().filter(created_at__lt=before).exclude(file="").order_by("pk")[:AT_ONCE]:
        files += forget_file(row)
    return len(files), files


def _looks(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    return _purge_kept(policy), []


def _voices(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    """What is open stays, whatever its age; who sent whom stays, without a word."""
    rows = _purge_kept(policy)
    for table, old in (
        (Complaint, Q(closed_at__lt=before)),
        (FollowThrough, Q(told_at__lt=before)),
        (Referral, Q(at__lt=before)),
    ):
        words = table._default_manager.filter(old).exclude(words__in=("", ERASED)).order_by("pk")
        some = list(words.values_list("pk", flat=True)[:AT_ONCE])
        rows += table._default_manager.filter(pk__in=some).update(**NOW[table].after)
    return rows, []


def _purge_kept(policy: RetentionPolicy) -> int:
    """Rows that are written once: the database's own function says which, by its own clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT purge_kept(%s, %s)", [policy.pk, AT_ONCE])
        return int(cursor.fetchone()[0])


def quiet_since(before: datetime) -> QuerySet[Customer]:
    """Customers of whom nothing was heard since, nor of anybody they live with."""
    quiet = Customer.objects.standing().filter(
        Q(edited_at=None) | Q(edited_at__lt=before), erased_at=None, created_at__lt=before
    )
    for rows in heard_of(before):
        quiet = quiet.exclude(Exists(rows))
    busy = Customer.objects.standing().filter(household=OuterRef("household")).exclude(pk__in=quiet.values("pk"))
    return quiet.exclude(Exists(busy)).order_by("pk")


def _customers(policy: RetentionPolicy, before: datetime, at: datetime) -> Purged:
    """As if they had asked: what the law still keeps goes on its day, like everybody's."""
    files: list[FieldFile] = []
    gone = list(quiet_since(before).select_for_update(of=("self",), skip_locked=True)[:CUSTOMERS_AT_ONCE])
    for customer in gone:
        last = RepairOrder.objects.filter(customer=customer).order_by("-opened_at").first()
        request = PrivacyRequest.objects.create(
            customer=customer,
            rooftop=last.rooftop if last else Rooftop.objects.order_by("pk")[0],
            kind=PrivacyRequest.Kind.ERASURE,
            asked_how=PrivacyRequest.How.POLICY,
            asked_at=at,
            due_date=at.date(),
            verified_how=f"Nothing was heard of them for {policy.months} months.",
            status=PrivacyRequest.Status.DONE,
            settled_at=at,
        )
        files += forget(request, by=None, at=at)
    return len(gone), files


PURGES: dict[str, Callable[[RetentionPolicy, datetime, datetime], Purged]] = {
    What.MESSAGES: _messages,
    What.TEXTS: _texts,
    What.WRITE_UPS: _write_ups,
    What.PHOTOS: _photos,
    What.IMPORT_FILES: _import_files,
    What.LOOKS: _looks,
    What.VOICES: _voices,
    What.CUSTOMERS: _customers,
}
