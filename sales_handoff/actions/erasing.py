"""Forgetting somebody who asked to be forgotten: at once what no law makes us keep, the rest on the day none does.

What each column says afterwards is in `sales_handoff.personal`.  Rows that are written once are blanked by the
database's own function `erase_kept`, which looks at the request and at the law's years by itself.  Sources: Cal. Civ.
Code 1798.105(c) and its exception (d)(8), to comply with a legal obligation; PIPEDA Sch. 1, 4.5.3; and the years of
the authorization policy in force, like Cal. Bus. & Prof. Code 9884.11 and 16 CCR 3358.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.fields.files import FieldFile
from django.db.models.functions import Cast, Concat

from customers.actions.privacy import settle
from customers.models import (
    Address,
    CheckIn,
    Complaint,
    ContactPoint,
    Customer,
    CustomerNumber,
    Duplicate,
    Feedback,
    FollowThrough,
    Household,
    KnownWord,
    Look,
    NameWord,
    PrivacyRequest,
    Tie,
    Vehicle,
)
from dealership import audit
from dealership.models import InboundText, OutboxMessage, OutboxMessageQuerySet, Staff
from recommendations.authority import in_force, kept_until
from recommendations.forgetting import blank_advice, end_advice, say_in_the_record
from recommendations.models import CustomerLink, FollowUp
from recommendations.prices import local_date
from sales_handoff.models import Ask, Evaluation, Handoff
from sales_handoff.personal import ERASED, GONE, NOW, WITH_ORDER, Table
from service_lane.models import Appointment, DmsImport, Photo, RepairOrder, WriteUp

ASKED_FOR_IT = "They asked to be forgotten."


class NotAnErasure(Exception):
    """Only a request to erase erases."""


class StillHere(Exception):
    """A repair order is open: it is closed or voided first."""


class NotTheNumber(Exception):
    """What was typed is not the customer's number."""


# --- whose, and which ------------------------------------------------------------------------------------------------


def records_of(customer: Customer) -> list[int]:
    """Every record that is this person.  The one place that says so."""
    return list(customer.records.values_list("pk", flat=True))


def numbers_of(people: Collection[int]) -> list[str]:
    """Their phones and e-mails, without those that somebody else has too: what came from there may be the other's."""
    others = ContactPoint.objects.filter(value=OuterRef("value")).exclude(customer__in=people)
    mine = ContactPoint.objects.filter(~Exists(others), customer__in=people)
    return list(mine.order_by("value").values_list("value", flat=True).distinct())


def messages_of(people: Collection[int]) -> OutboxMessageQuerySet:
    """What was sent to them, or about them to somebody else."""
    about: tuple[tuple[Table, Q], ...] = (
        (RepairOrder, Q(customer__in=people)),
        (CustomerLink, Q(repair_order__customer__in=people)),
        (FollowUp, Q(customer__in=people)),
        (Handoff, Q(customer__in=people)),
        (InboundText, Q(number__in=numbers_of(people))),
    )
    found = Q(to__in=numbers_of(people))
    for table, whose in about:
        rows = table._default_manager.filter(whose).values("pk")
        found |= Q(about_type=table._meta.label_lower, about_id__in=rows)
    return OutboxMessage.objects.filter(found)


def texts_of(people: Collection[int]) -> models.QuerySet[InboundText]:
    return InboundText.objects.filter(number__in=numbers_of(people))


def own_cars(people: Collection[int]) -> models.QuerySet[Vehicle]:
    """Cars that nobody else was ever tied to."""
    theirs = Tie.objects.filter(customer__in=people, vehicle=OuterRef("pk"))
    others = Tie.objects.filter(vehicle=OuterRef("pk")).exclude(customer__in=people)
    return Vehicle.objects.filter(Exists(theirs), ~Exists(others))


def photos_of_orders(orders: Any) -> models.QuerySet[Photo]:
    of = Q(repair_order__in=orders) | Q(write_up__repair_order__in=orders)
    return Photo.objects.filter(of | Q(item__inspection__repair_order__in=orders))


def lost_photos_of(people: Collection[int]) -> models.QuerySet[Photo]:
    """Taken at a write-up of theirs that came to nothing: no law keeps them."""
    write_up = WriteUp.objects.filter(Q(customer__in=people) | Q(appointment__customer__in=people), repair_order=None)
    return Photo.objects.filter(write_up__in=write_up, repair_order=None, item=None)


@dataclass(frozen=True)
class Kept:
    """An order that the law still keeps: until when, and which law."""

    order: RepairOrder
    until: date
    law: str


def kept_orders(people: Collection[int], at: datetime) -> list[Kept]:
    """Orders whose papers the law keeps at `at`, the first to go first."""
    rows = RepairOrder.objects.filter(customer__in=people, erased_at=None).select_related("rooftop", "customer")
    found = [Kept(order, kept_until(order, at), in_force(order, at).source) for order in rows]
    still = [one for one in found if not _is_over(one, at)]
    return sorted(still, key=lambda one: (one.until, one.order.pk))


def _is_over(kept: Kept, at: datetime) -> bool:
    ended = kept.order.status != RepairOrder.Status.OPEN
    return ended and kept.until <= local_date(kept.order.rooftop, at)


def _over(people: Collection[int], at: datetime) -> list[RepairOrder]:
    """Orders of theirs that no law keeps any more and that were not erased yet."""
    still = {one.order.pk for one in kept_orders(people, at)}
    rows = RepairOrder.objects.filter(customer__in=people, erased_at=None).exclude(pk__in=still)
    return list(rows.select_related("rooftop").order_by("rooftop", "pk"))


# --- before it is done -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """What erasing would do: what goes now by kind, orders that go now, that stay and until when, and what is open."""

    goes: list[tuple[str, int]]
    over: int
    kept: list[Kept]
    open_orders: list[RepairOrder]
    cars: list[Vehicle]


def preview(customer: Customer, at: datetime) -> Preview:
    """Reads only."""
    people = records_of(customer)
    counts: list[tuple[str, models.QuerySet[Any]]] = [
        ("phones and e-mails", ContactPoint.objects.filter(customer__in=people)),
        ("addresses", Address.objects.filter(customer__in=people)),
        ("dealer system numbers", CustomerNumber.objects.filter(customer__in=people)),
        ("things they said", Feedback.objects.filter(customer__in=people)),
        ("complaints", Complaint.objects.filter(customer__in=people)),
        ("questions", FollowThrough.objects.filter(customer__in=people)),
        ("check-ins", CheckIn.objects.filter(customer__in=people)),
        ("messages sent", messages_of(people)),
        ("texts received", texts_of(people)),
        ("appointments", Appointment.objects.filter(customer__in=people)),
        ("hand-offs to sales", Ask.objects.filter(customer__in=people)),
        ("car values worked out", Evaluation.objects.filter(repair_order__customer__in=people)),
        ("reasons of looks", Look.objects.filter(customer__in=people)),
    ]
    found = [(label, rows.count()) for label, rows in counts]
    kept = kept_orders(people, at)
    return Preview(
        goes=[(label, count) for label, count in found if count],
        over=len(_over(people, at)),
        kept=[one for one in kept if one.order.status != RepairOrder.Status.OPEN],
        open_orders=[one.order for one in kept if one.order.status == RepairOrder.Status.OPEN],
        cars=list(own_cars(people)),
    )


# --- doing it --------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def erase_customer(*, request: PrivacyRequest, typed: str, by: Staff, at: datetime) -> None:
    """Forget who asked.  There is no undo, so `typed` must be the customer's number.

    Raises NotAnErasure, NotTheNumber, StillHere, and NotIdentified or NotOpen of customers.actions.privacy.
    """
    if request.kind != PrivacyRequest.Kind.ERASURE:
        raise NotAnErasure(request)
    if typed.strip() != str(request.customer_id):
        raise NotTheNumber(request)
    customer = Customer.objects.select_for_update().get(pk=request.customer_id)
    people = records_of(customer)
    if here := RepairOrder.objects.filter(customer__in=people, status=RepairOrder.Status.OPEN).first():
        raise StillHere(f"{here} is open.")
    settle(request, note="", by=by, at=at)
    delete_files(forget(request, by=by, at=at))


def forget(request: PrivacyRequest, *, by: Staff | None, at: datetime) -> list[FieldFile]:
    """What a granted `request` erases, inside the caller's transaction; the files are to be deleted by delete_files."""
    customer = Customer.objects.select_for_update().get(pk=request.customer_id)
    people = records_of(customer)
    over = _over(people, at)
    _end_what_runs(people, at)
    say_in_the_record(request, customer, over, at)
    _erase_kept(request, over)
    files = [*blank_photos(lost_photos_of(people)), *_blank_imports(_said_of(people))]
    messages_of(people).update(to=ERASED, subject="", body=ERASED, provider_answer="", came_back_why="")
    texts_of(people).update(number=ERASED, body="")
    own_cars(people).update(plate="", plate_region="", policy_number="")
    for table, blank in NOW.items():
        table._default_manager.filter(blank.rows(people)).update(**blank.after)
    files += _blank_orders(over, at)
    _forget_names(people, at)
    audit.record("privacy.erased", about=request, by=by, at=at, customer=customer.pk, orders=len(over))
    return files


@transaction.atomic(durable=True)
def erase_rest(*, request: PrivacyRequest, at: datetime) -> int:
    """Orders of somebody forgotten that the law kept until now, and how many went.  Nothing to do is no entry."""
    customer = Customer.objects.select_for_update().get(pk=request.customer_id)
    over = _over(records_of(customer), at)
    if not over:
        return 0
    say_in_the_record(request, customer, over, at)
    _erase_kept(request, over)
    files = _blank_orders(over, at)
    audit.record("privacy.rest_erased", about=request, by=None, at=at, customer=customer.pk, orders=len(over))
    delete_files(files)
    return len(over)


def granted_with_rest() -> models.QuerySet[PrivacyRequest]:
    """Granted erasures with an order that is not erased yet."""
    left = RepairOrder.objects.filter(customer=OuterRef("customer"), erased_at=None)
    return PrivacyRequest.objects.granted_erasures().filter(Exists(left))


def _end_what_runs(people: Collection[int], at: datetime) -> None:
    """Nobody contacts them any more: what waits for somebody ends."""
    messages_of(people).cancel(ASKED_FOR_IT, at=at)
    Handoff.objects.filter(customer__in=people).withdraw(at=at, reason=ASKED_FOR_IT)
    CheckIn.objects.filter(customer__in=people).waiting().stop(why=CheckIn.Why.STOP, at=at)
    Appointment.objects.filter(customer__in=people, written_up_at=None, canceled_at=None).update(canceled_at=at)
    WriteUp.objects.filter(Q(customer__in=people) | Q(appointment__customer__in=people)).drop(at=at)
    end_advice(people, at)


def _erase_kept(request: PrivacyRequest, over: Iterable[RepairOrder]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_kept(%s, %s)", [request.pk, [order.pk for order in over]])


def _blank_orders(over: Collection[RepairOrder], at: datetime) -> list[FieldFile]:
    orders = [order.pk for order in over]
    files = blank_photos(photos_of_orders(orders))
    for table, blank in WITH_ORDER.items():
        table._default_manager.filter(blank.rows(orders)).update(**blank.after)
    blank_advice(orders)
    RepairOrder.objects.filter(pk__in=orders).update(erased_at=at)
    return files


def blank_photos(photos: models.QuerySet[Photo]) -> list[FieldFile]:
    """Their files, to be deleted once all of it is certain."""
    files = [file for photo in photos for file in (photo.upload, photo.image) if file]
    photos.update(status=Photo.Status.REFUSED, problem=ERASED, caption="", upload="", image="", sha256="", marks=[])
    return files


def _forget_names(people: Collection[int], at: datetime) -> None:
    words = list(NameWord.objects.filter(customer__in=people).values_list("word", flat=True))
    surnames = set(Customer.objects.filter(pk__in=people).exclude(last_name="").values_list("last_name", flat=True))
    # Also one they left before: it may bear their name still.
    homes = list(Household.objects.filter(Q(members__in=people) | Q(name__in=surnames)).distinct())
    for table, path in GONE.items():
        table._default_manager.filter(**{f"{path}__in": people}).delete()
    KnownWord.objects.filter(word__in=words).exclude(word__in=NameWord.objects.values("word")).delete()
    Duplicate.objects.open().filter(Q(lower__in=people) | Q(higher__in=people)).delete()
    called = Concat(Value(f"{ERASED} customer "), Cast(F("pk"), models.TextField()), output_field=models.TextField())
    is_business = Q(kind=Customer.Kind.BUSINESS)
    Customer.objects.filter(pk__in=people).update(
        first_name="",
        last_name=Case(When(is_business, then=Value("")), default=called, output_field=models.TextField()),
        business_name=Case(When(is_business, then=called), default=Value(""), output_field=models.TextField()),
        household=None,
        language=Customer.Language.ENGLISH,
        since_date=None,
        edited_at=at,
        erased_at=at,
    )
    for household in homes:
        _leave(household, surnames)


def _leave(household: Household, surnames: Collection[str]) -> None:
    """A household of one is none; one that bore their name alone takes another's."""
    members = list(household.members.order_by("pk"))
    if len(members) < 2:
        household.delete()
    elif household.name in surnames and all(one.last_name != household.name for one in members):
        Household.objects.filter(pk=household.pk).update(name=members[0].last_name or members[0].name)


# --- files -----------------------------------------------------------------------------------------------------------


def _said_of(people: Collection[int]) -> list[str]:
    """What names them in somebody else's file: whole names, numbers, plates and contacts, folded."""
    said = list(own_cars(people).exclude(plate="").values_list("plate", flat=True))
    for one in Customer.objects.filter(pk__in=people):
        said += [one.name, one.business_name]
        if one.first_name and one.last_name:
            said += [f"{one.last_name},{one.first_name}", f"{one.first_name},{one.last_name}"]
    said += [point.digits or point.value for point in ContactPoint.objects.filter(customer__in=people)]
    said += Address.objects.filter(customer__in=people).values_list("street", flat=True)
    return [folded for one in said if len(folded := _folded(one)) >= 5]


def _folded(text: str) -> str:
    """Letters and digits only: "Brandt, Theo" and "(415) 555-0142" are found however a file writes them."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _blank_imports(said: Collection[str]) -> list[FieldFile]:
    """Imported files that name them go whole: their rows are in, and a file with a line cut out is no copy of anything.

    Reports with their words in it keep their numbers.
    """
    files = []
    for row in at_rest():
        if row.file and any(_names(line, said) for line in _lines(row.file)):
            files += forget_file(row)
        elif _names(_folded(f"{row.filename} {row.report} {row.problem}"), said):
            forget_file(row, but_the_file=True)
    return files


def at_rest() -> models.QuerySet[DmsImport]:
    """Imports that no worker is about to read."""
    return DmsImport.objects.exclude(status__in=(DmsImport.Status.WAITING, DmsImport.Status.RUNNING))


REPORTED_WORDS = {"example", "lines", "rejected"}
"""What of an import's report is rows of the file."""


def forget_file(row: DmsImport, *, but_the_file: bool = False) -> list[FieldFile]:
    """Its words go and its counts stay; the file, if it has one, is to be deleted once all of it is certain."""
    report = row.report | {name: type(row.report[name])() for name in REPORTED_WORDS & row.report.keys()}
    gone: dict[str, Any] = {} if but_the_file else {"file": "", "sha256": ""}
    DmsImport.objects.filter(pk=row.pk).update(filename=ERASED, report=report, problem="", **gone)
    return [row.file] if row.file and not but_the_file else []


def _names(line: str, said: Collection[str]) -> bool:
    return any(one in line for one in said)


def _lines(file: FieldFile) -> Iterator[str]:
    if not file.storage.exists(file.name or ""):
        return
    with file.open("rb") as stored:
        for line in stored:
            yield _folded(line.decode("utf-8", errors="replace"))


def delete_files(files: Iterable[FieldFile]) -> None:
    """Once it is certain: a file cannot be brought back.  One that is gone already is no error."""
    for file in files:
        transaction.on_commit(partial(file.storage.delete, file.name or ""), robust=True)
