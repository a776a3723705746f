"""Somebody who asked is forgotten: nothing of them is left in any table, file or log, and all else still holds."""

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import actions
from customers.actions.merging import CannotUndo
from customers.actions.privacy import NotIdentified, NotOpen
from customers.models import Complaint, Customer, Feedback, Household, PrivacyRequest, Referral
from dealership.models import Entry, OutboxMessage, Rooftop
from recommendations.actions import record
from recommendations.models import Advisory, Decision, Invoice, RecordEntry
from sales_handoff import tasks, tuning
from sales_handoff.actions import erasing
from sales_handoff.actions.erasing import NotAnErasure, NotTheNumber, StillHere
from sales_handoff.models import Evaluation, Handoff
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.test_verify_record import a_visit
from tests.sales_handoff.rich_life import UNIQUE, asked_to_erase, rich_life
from tests.sales_handoff.test_pages import as_

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 10, 20, tzinfo=UTC)
NEXT_YEAR, LAST_DAY = datetime(2021, 1, 10, 20, tzinfo=UTC), datetime(2023, 1, 10, 20, tzinfo=UTC)
"""California keeps three years: within them, and the day on which they are over."""


def dump() -> dict[str, str]:
    """Every row of every table as text, by table, folded as a reader of a dump would search it; sessions decoded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        told = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            told[table] = "\n".join(row for (row,) in cursor.fetchall()).casefold()
        told["django_session"] += str([one.get_decoded() for one in Session.objects.all()]).casefold()
        return told


def left_in_tables(words: tuple[str, ...] = UNIQUE) -> list[str]:
    return [f"{table}: {word}" for table, rows in dump().items() for word in words if word in rows]


def left_in_files(media: Path) -> list[str]:
    files = [path for path in media.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes().decode("latin-1").lower() for word in UNIQUE)]


def browsed(cast: Cast, customer: Customer) -> None:
    """Ada looks them up and presses what says "they already do": what she is told waits in her session."""
    ada = Client()
    ada.force_login(cast.ada)
    assert ada.get(reverse("service_lane:find"), {"q": customer.last_name}).status_code == 200
    assert ada.get(customer.get_absolute_url()).status_code == 200
    nora = Customer.objects.exclude(pk=customer.pk).get(household=customer.household_id)
    for name, typed in (
        ("household", {"with": nora.pk}),
        ("vehicle-tie", {"vehicle": customer.ties.get().vehicle_id, "tie": "owns"}),
    ):
        ada.post(reverse(f"customers:{name}", args=[customer.pk]), {"form_key": str(uuid4()), **typed})
    assert "already" in str([one.get_decoded() for one in Session.objects.all()])


def totals(north: Rooftop) -> dict[str, Any]:
    """What the house counts: none of it may move when somebody is forgotten."""
    since, until = AT - timedelta(days=3650), AT + timedelta(days=3650)
    return {
        "orders": list(RepairOrder.objects.values_list("status").annotate(Count("pk")).order_by("status")),
        "invoiced": Invoice.objects.aggregate(Count("pk"), Sum("total")),
        "lines": list(Advisory.objects.values_list("answer", "work").annotate(Count("pk")).order_by("answer", "work")),
        "answers": list(Decision.objects.values_list("answer").annotate(Count("pk"), Sum("additional_cost"))),
        "handoffs": list(Handoff.objects.values_list("status", "outcome").annotate(Count("pk"))),
        "weighed": [str(one) for one in tuning.weighed(north, since, until)],
        "repairs": Evaluation.objects.aggregate(Count("pk"), Sum("repair_total")),
        "said": Feedback.objects.count(),
        "complaints": Complaint.objects.count(),
        "referrals": Referral.objects.count(),
        "messages": OutboxMessage.objects.count(),
        "billed": sorted(
            str(detail["total"])
            for detail in Entry.objects.filter(event="order.invoiced").values_list("detail", flat=True)
            if "total" in detail
        ),
    }


def aged(customer: Customer, closed_at: datetime = LONG_AGO) -> None:
    """Their visits were over at `closed_at`."""
    orders = RepairOrder.objects.filter(customer=customer)
    orders.filter(status="open").update(status="closed", closed_at=closed_at)
    orders.update(opened_at=closed_at - timedelta(hours=3), closed_at=closed_at)


def erase(cast: Cast, request: PrivacyRequest, at: datetime) -> None:
    """As the web does it, with the rights the web has."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lane_web")
        erasing.erase_customer(request=request, typed=str(request.customer_id), by=cast.max, at=at)
        cursor.execute("RESET ROLE")


@pytest.fixture
def other(cast: Cast) -> None:
    """Somebody else's visit, in the same record before and after."""
    a_visit(cast)


def test_nothing_is_left_in_any_table_file_or_log(
    cast: Cast,
    other: None,
    settings: Any,
    caplog: Any,
    capfd: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    customer = rich_life(cast)
    browsed(cast, customer)
    aged(customer)
    before, entries = totals(cast.north), RecordEntry.objects.count()
    seen = " ".join(left_in_tables())
    for word in UNIQUE:  # the search finds what is there
        assert word in seen
    media = Path(settings.MEDIA_ROOT)
    assert left_in_files(media)
    assert before["billed"]
    assert record.verify(cast.north).problem == ""
    request = asked_to_erase(cast, customer)

    with django_capture_on_commit_callbacks(execute=True):
        erase(cast, request, AT + timedelta(days=1))

    assert left_in_tables() == []
    assert left_in_files(media) == []
    # What was logged cannot be erased, so nothing of a whole life may be in it; SQL is logged nowhere but here.
    told = [line.getMessage() for line in caplog.records if not line.name.startswith("django.db.backends")]
    assert told
    logs = "\n".join(told).lower() + "".join(capfd.readouterr()).lower()
    assert [word for word in UNIQUE if word in logs] == []
    assert totals(cast.north) == before
    found = record.verify(cast.north)
    assert (found.problem, found.entries) == ("", entries + 2)
    customer.refresh_from_db()
    assert (customer.name, customer.household) == (f"Erased customer {customer.pk}", None)
    assert erasing.erase_rest(request=request, at=AT + timedelta(days=2)) == 0
    twin = customer.merged_from.get()
    assert (twin.name, twin.erased_at) == (f"Erased customer {twin.pk}", customer.erased_at)
    with pytest.raises(CannotUndo, match="asked to be forgotten"):
        actions.undo_merge(merge=customer.merges.get(), by=cast.ada, at=AT + timedelta(days=2), rooftop=cast.north)


def test_within_the_laws_years_only_what_it_keeps_remains_and_then_nothing(cast: Cast, other: None) -> None:
    customer = rich_life(cast)
    aged(customer)
    before = totals(cast.north)
    request = asked_to_erase(cast, customer)

    erase(cast, request, NEXT_YEAR)

    tables = {line.split(":")[0] for line in left_in_tables()}
    assert tables == {
        *("dealership_entry", "recommendations_advisory", "recommendations_advisoryversion"),
        *("recommendations_decision", "recommendations_declinednotice", "recommendations_estimatewaiver"),
        *("recommendations_invoice", "recommendations_presentation", "recommendations_presentedline"),
        *("recommendations_questionreply", "recommendations_recordentry"),
        *("service_lane_concern", "service_lane_damagemark", "service_lane_inspectionitem", "service_lane_photo"),
        *("service_lane_repairorder", "service_lane_requestedservice", "service_lane_signature"),
    }
    assert record.verify(cast.north).problem == ""
    assert erasing.erase_rest(request=request, at=LAST_DAY - timedelta(days=1)) == 0
    assert erasing.erase_rest(request=request, at=LAST_DAY) == 2
    assert left_in_tables() == []
    assert record.verify(cast.north).problem == ""
    assert totals(cast.north) == before


# --- what it refuses -------------------------------------------------------------------------------------------------


@pytest.fixture
def theo(cast: Cast) -> Customer:
    """A visit that was over long ago, with everything in the record."""
    a_visit(cast)
    customer = Customer.objects.get()
    aged(customer)
    return customer


def test_it_needs_the_number_an_identity_an_erasure_and_no_open_order(cast: Cast, theo: Customer) -> None:
    request = asked_to_erase(cast, theo, verified_how="")

    def refused(why: type[Exception], **more: Any) -> None:
        with pytest.raises(why):
            erasing.erase_customer(**{"request": request, "typed": str(theo.pk), "by": cast.max, "at": AT} | more)

    refused(NotTheNumber, typed=str(theo.pk + 1))
    refused(NotIdentified)
    PrivacyRequest.objects.update(verified_how="Knew their last bill")
    order = make_order(cast, customer=theo, vehicle=make_vehicle(theo, plate="8OPEN"))
    refused(StillHere)
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT)
    PrivacyRequest.objects.update(kind="access")
    request.refresh_from_db()
    refused(NotAnErasure)
    PrivacyRequest.objects.update(kind="erasure")
    request.refresh_from_db()
    erasing.erase_customer(request=request, typed=f" {theo.pk} ", by=cast.max, at=AT)
    refused(NotOpen)

    assert Entry.objects.filter(event="privacy.erased").count() == 1


def gate(request: PrivacyRequest, *orders: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lane_web")
        cursor.execute("SELECT erase_kept(%s, %s)", [request.pk, list(orders)])
        cursor.execute("RESET ROLE")


def granted(request: PrivacyRequest, cast: Cast) -> PrivacyRequest:
    PrivacyRequest.objects.filter(pk=request.pk).finish(note="", by=cast.max, at=AT)
    return request


def test_the_gate_opens_for_no_request_that_was_not_granted(cast: Cast, theo: Customer) -> None:
    request = asked_to_erase(cast, theo)
    for status in ("open", "refused"):
        with pytest.raises(DatabaseError, match="no granted erasure"):
            gate(request)
        if status == "open":
            PrivacyRequest.objects.filter(pk=request.pk).refuse(why="Nobody we know.", by=cast.max, at=AT)
    access = PrivacyRequest.objects.create(
        rooftop=cast.north, customer=theo, kind="access", asked_how="call", asked_at=AT, verified_how="x",
        due_date=AT.date(), owner=cast.max, status="done", settled_by=cast.max, settled_at=AT,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="no granted erasure"):
        gate(access)


def test_the_gate_looks_at_the_law_and_the_owner_of_an_order_by_its_own_clock(cast: Cast, theo: Customer) -> None:
    """Whatever time the web says it is."""
    request = granted(asked_to_erase(cast, theo), cast)
    mine = RepairOrder.objects.get()
    stranger = make_order(cast, customer=make_customer("Nora", "Feld"), vehicle=make_vehicle(plate=""))
    RepairOrder.objects.filter(pk=stranger.pk).update(status="closed", closed_at=LONG_AGO)
    with pytest.raises(DatabaseError, match="not theirs, or the law still keeps it"):
        gate(request, stranger.pk)
    RepairOrder.objects.filter(pk=mine.pk).update(closed_at=timezone.now() - timedelta(days=3 * 365))
    with pytest.raises(DatabaseError, match="the law still keeps it"):
        gate(request, mine.pk)

    RepairOrder.objects.filter(pk=mine.pk).update(closed_at=LONG_AGO)
    gate(request, mine.pk)

    assert not Decision.objects.exclude(who_name="Erased").exists()
    assert not RecordEntry.objects.filter(payload={}).exists(), "no later entry names them yet"


def test_beside_the_gate_the_web_changes_nothing(cast: Cast, theo: Customer) -> None:
    gate(granted(asked_to_erase(cast, theo), cast))

    for change in ("UPDATE customers_look SET why = ''", "UPDATE dealership_entry SET event = 'x'"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SET LOCAL ROLE lane_web; {change}")
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        RecordEntry.objects.update(payload={})


# --- whose it is not -------------------------------------------------------------------------------------------------


def test_what_belongs_to_somebody_else_too_stays_theirs(cast: Cast, theo: Customer) -> None:
    nora = make_customer("Nora", "Feld", phone="+14155550142")
    ines = make_customer("Ines", "Feld", phone="")
    household = Household.objects.create(name="Brandt")
    Customer.objects.update(household=household)
    shared = make_vehicle(theo, plate="8SHARED")
    shared.ties.create(customer=nora, kind="drives")
    OutboxMessage.objects.create(
        rooftop=cast.north, kind="text", purpose="car_ready", key="n", to="+14155550142", body="Nora, it is ready.",
        created_at=AT, not_before=AT,
    )  # fmt: skip

    erase(cast, asked_to_erase(cast, theo), AT)

    shared.refresh_from_db()
    household.refresh_from_db()
    assert shared.plate == "8SHARED"
    assert OutboxMessage.objects.get(key="n").body == "Nora, it is ready."
    assert nora.contact_points.count() == 1
    assert household.name == "Feld"
    assert set(household.members.all()) == {nora, ines}


# --- the record ------------------------------------------------------------------------------------------------------


def emptied(**which: Any) -> None:
    """As somebody would who can make the triggers look away."""
    with pgtrigger.ignore():
        RecordEntry.objects.filter(**which).update(payload={})


@pytest.mark.parametrize("forged", ["nothing", "another hash", "another order", "no granted request"])
def test_an_entry_that_was_emptied_to_hide_a_change_is_found(cast: Cast, theo: Customer, forged: str) -> None:
    order = RepairOrder.objects.get()
    entry = RecordEntry.objects.get(sequence=2)
    stranger = make_order(cast, customer=make_customer("Nora", "Feld"), vehicle=make_vehicle(plate=""))
    request = asked_to_erase(cast, theo)
    if forged != "no granted request":
        granted(request, cast)
    if forged != "nothing":
        said = record.erased_payload(theo, [entry])
        if forged == "another hash":
            said["entries"][0]["hash"] = "0" * 64
        with transaction.atomic():
            record.append(
                rooftop=cast.north,
                kind="erased",
                repair_order=stranger if forged == "another order" else order,
                row_id=request.pk,
                payload=said,
                at=AT,
            )
    emptied(sequence=2)

    found = record.verify(cast.north)

    if forged == "no granted request":
        assert found.problem == f"Entry 8: Granted erasure request {request.pk} is gone."
    else:
        assert found.problem == "Entry 2: It is empty, and no later entry says that it was erased."
        assert found.entries == 1


def test_a_change_beside_what_was_erased_still_shows(cast: Cast, theo: Customer) -> None:
    erase(cast, asked_to_erase(cast, theo), AT)
    assert record.verify(cast.north).problem == ""
    with pgtrigger.ignore():
        RecordEntry.objects.filter(sequence=3).update(hash="0" * 64)
    assert record.verify(cast.north).problem.startswith("Entry 4: It does not follow")


# --- the page --------------------------------------------------------------------------------------------------------


def page(request: PrivacyRequest) -> str:
    return reverse("sales_handoff:erase", args=[request.pk])


def post(cast: Cast, request: PrivacyRequest, number: Any) -> Any:
    return as_(cast.max).post(page(request), {"form_key": str(uuid4()), "number": str(number)})


def test_the_page_says_what_goes_what_stays_under_which_law_and_until_when(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    customer = rich_life(cast)
    request = asked_to_erase(cast, customer)
    assert "A repair order is still open" in as_(cast.max).get(page(request)).content.decode()
    assert "is open. Close or void it first." in post(cast, request, customer.pk).content.decode()
    RepairOrder.objects.filter(status="open").update(status="closed", closed_at=AT)

    text = " ".join(re.sub(r"<[^>]+>", " ", as_(cast.max).get(page(request)).content.decode()).split())

    assert "This cannot be undone" in text
    assert "Phones and e-mails 4" in text
    assert "Complaints 2" in text
    assert text.count("23 Nov 2029") == 2
    assert "Cal" in text
    wrong = post(cast, request, customer.pk + 1)
    assert wrong.status_code == 422
    assert f"That is not their number. It is {customer.pk}." in wrong.content.decode()
    assert Customer.objects.get(pk=customer.pk).erased_at is None

    done = post(cast, request, customer.pk)

    assert done.url == page(request)
    after = as_(cast.max).get(done.url).content.decode()
    assert f"Erased customer {customer.pk}" in after
    assert after.count("For an inspector") == 1
    assert after.count("23 Nov 2029") == 2
    order = RepairOrder.objects.filter(customer=customer).order_by("pk")[0]
    for url in (order.get_absolute_url(), reverse("recommendations:invoice", args=[order.pk])):
        assert as_(cast.max).get(url).status_code == 404
    assert as_(cast.max).post(reverse("recommendations:order-export", args=[order.pk])).status_code == 200
    assert as_(cast.ada).post(reverse("recommendations:order-export", args=[order.pk])).status_code == 403
    theirs = as_(cast.max).get(customer.get_absolute_url()).content.decode()
    assert not [word for word in UNIQUE if word in theirs.lower()]


def test_a_refused_request_erases_nothing(cast: Cast, theo: Customer) -> None:
    request = asked_to_erase(cast, theo)
    PrivacyRequest.objects.filter(pk=request.pk).refuse(why="It was not them.", by=cast.max, at=AT)
    assert post(cast, request, theo.pk).url == request.get_absolute_url()
    assert Customer.objects.get(pk=theo.pk).erased_at is None


@pytest.mark.parametrize(("who", "code"), [("gus", 200), ("ada", 403), ("sam", 403), ("tess", 403)])
def test_the_office_erases_and_nobody_else(cast: Cast, theo: Customer, who: str, code: int) -> None:
    request = asked_to_erase(cast, theo)
    assert as_(getattr(cast, who)).get(page(request)).status_code == code
    if code == 403:
        typed = {"form_key": str(uuid4()), "number": str(theo.pk)}
        assert as_(getattr(cast, who)).post(page(request), typed).status_code == 403
        assert Customer.objects.get(pk=theo.pk).erased_at is None


def test_what_the_law_kept_goes_by_the_sweep(cast: Cast, theo: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    erase(cast, asked_to_erase(cast, theo), NEXT_YEAR)
    assert Decision.objects.exclude(who_name="Erased").exists()
    monkeypatch.setattr("django.utils.timezone.now", lambda: LAST_DAY)

    tasks.sweep_privacy()
    tasks.sweep_privacy()

    assert not Decision.objects.exclude(who_name="Erased").exists()
    assert Entry.objects.filter(event="privacy.rest_erased").count() == 1
    assert record.verify(cast.north).problem == ""
