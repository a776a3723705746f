"""The bill: agreed and finished work only, once, within what was authorized, and never changed."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from dealership.models import Entry
from recommendations import authority, estimate
from recommendations.actions import deciding, invoicing, record, working
from recommendations.actions.deciding import Answered
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Advisory, Invoice, RecordEntry
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import make_request, shown
from tests.recommendations.pages import (
    answered_at_counter,
    finish_agreed,
    logged_in,
    oil_signed_for,
    plain,
    post,
    read,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def order(cast: Cast) -> RepairOrder:
    """Pads agreed and done, the boot declined, an oil change signed for and done."""
    order = make_order(cast)
    oil_signed_for(cast, order)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    return order


def test_the_bill_holds_agreed_finished_lines_and_their_sums(cast: Cast, order: RepairOrder) -> None:
    bill = invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    assert [line["shown"]["title"] for line in bill.document["lines"]] == [
        "Oil and filter",
        "Replace the front brake pads",
    ]
    assert bill.document["sums"] == {
        "labor": "285.60",
        "parts": "185.50",
        "fees": "0.00",
        "tax": "15.30",
        "total": "486.40",
    }
    assert str(bill.total) == "486.40"
    assert [line["shown"]["title"] for line in bill.document["declined"]] == ["Replace the left shaft boot"]
    assert {one["title"] for one in bill.document["authorizations"]} == {
        "Oil and filter",
        "Replace the front brake pads",
    }


def test_making_it_leaves_a_trace_in_the_audit_trail_the_record_and_on_the_board(
    cast: Cast, order: RepairOrder
) -> None:
    bill = invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    order.refresh_from_db()
    assert Entry.objects.about(order).filter(event="order.invoiced").count() == 1
    assert RecordEntry.objects.get(kind="invoiced").row_id == bill.pk
    assert record.verify(cast.north).problem == ""
    assert (order.stage, order.step) == ("ready", "Billed, hand the keys back")


def test_there_is_one_bill_however_often_it_is_asked_for(cast: Cast, order: RepairOrder) -> None:
    first = post(cast.ada, "invoice", order.pk)
    second = post(cast.ada, "invoice", order.pk)
    assert first.url == second.url == reverse("recommendations:invoice", args=[order.pk])
    assert Invoice.objects.count() == 1


def test_agreed_work_that_is_not_finished_holds_the_bill_back(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    answer = post(cast.ada, "invoice", order.pk)
    assert answer.status_code == 409
    assert "1 agreed job is not finished." in plain(answer)
    assert not Invoice.objects.exists()


def test_what_was_signed_for_and_is_not_a_line_yet_holds_the_bill_back(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    make_request(cast, order)
    with pytest.raises(invoicing.CannotInvoice, match="not on the estimate yet"):
        invoicing.invoice(repair_order=order, by=cast.ada, at=AT)


def test_nothing_agreed_is_nothing_to_bill(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "declined")
    with pytest.raises(invoicing.CannotInvoice, match="declined-work notice"):
        invoicing.invoice(repair_order=order, by=cast.ada, at=AT)


def test_a_bill_above_what_was_authorized_is_refused(cast: Cast, order: RepairOrder, monkeypatch) -> None:
    ruling = authority.ruling(order, estimate.authorized_total(order) + 1, at=AT)
    assert not ruling.allowed
    monkeypatch.setattr(authority, "ruling", lambda *_, **__: ruling)
    with pytest.raises(invoicing.CannotInvoice, match="nothing above it is allowed"):
        invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    assert not Invoice.objects.exists()


def test_the_ruling_counts_only_yeses_that_stand(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    assert authority.ruling(order, estimate.authorized_total(order), at=AT).allowed
    Advisory.objects.update(answer="declined")
    assert not authority.ruling(order, Decimal("0.01"), at=AT).allowed


def test_no_work_starts_after_the_bill(cast: Cast, order: RepairOrder) -> None:
    invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    boot = Advisory.objects.get(answer="declined")
    presentation = shown(cast, order, [boot])
    deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.get().pk, "approved")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    boot.refresh_from_db()
    with pytest.raises(working.CannotWork, match="The bill is made already"):
        working.start(advisory=boot, by=cast.tess, at=AT)


def test_a_closed_order_gets_no_bill(cast: Cast, order: RepairOrder) -> None:
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT)
    with pytest.raises(CannotPresent):
        invoicing.invoice(repair_order=order, by=cast.ada, at=AT)


def test_the_database_keeps_a_bill_as_it_was_handed_over(cast: Cast, order: RepairOrder) -> None:
    bill = invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.filter(pk=bill.pk).update(total=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        bill.delete()
    assert record.fingerprint(bill.document) == bill.sha256


def test_the_page_shows_how_it_would_read_then_the_bill_as_kept(cast: Cast, order: RepairOrder) -> None:
    before = read(cast.ada, "invoice", order.pk)
    assert "The bill is not made yet." in before
    assert not Invoice.objects.exists()
    post(cast.ada, "invoice", order.pk)
    cast.north.name = "Another name"
    cast.north.save()
    after = read(cast.ada, "invoice", order.pk)
    assert "The bill is not made yet." not in after
    assert Invoice.objects.get().sha256 in after


@pytest.mark.parametrize(("who", "code"), [("sam", 403), ("tess", 403), ("mallory", 404)])
def test_others_may_neither_see_nor_make_it(cast: Cast, order: RepairOrder, who: str, code: int) -> None:
    staff = getattr(cast, who)
    url = reverse("recommendations:invoice", args=[order.pk])
    assert logged_in(staff).get(url).status_code == code
    assert post(staff, "invoice", order.pk).status_code == code
    assert not Invoice.objects.exists()


def test_finishing_the_rest_lets_the_bill_be_made(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "approved")
    finish_agreed(cast, order)
    assert invoicing.invoice(repair_order=order, by=cast.ada, at=AT).total == estimate.authorized_total(order)
