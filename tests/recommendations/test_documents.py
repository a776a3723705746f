"""Papers: the fields California asks for, for whoever may read them."""

import re

import pytest
from django.urls import reverse

from recommendations import documents
from recommendations.actions import deciding, record
from recommendations.actions.deciding import Answered
from recommendations.models import Decision, Presentation
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.pages import answered_at_counter, logged_in, oil_signed_for, post, read, send_link

pytestmark = pytest.mark.django_db
PAPERS = ("estimate-print", "authorizations", "invoice", "declined-notice")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def order(cast: Cast) -> RepairOrder:
    order = make_order(cast)
    oil_signed_for(cast, order)
    answered_at_counter(cast, order, "approved", "deferred", work=True)
    return order


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_names_the_dealer_the_order_the_car_and_its_miles(
    cast: Cast, order: RepairOrder, name: str
) -> None:
    text = read(cast.ada, name, order.pk)
    for fact in (
        "Northgate Honda",
        cast.north.registration_number,
        "400 Mill Road, Mill Valley, CA 94941",
        order.number,
        "Theo Brandt",
        "2018 Honda Ridgeline RTL-E",
        "71,902 mi",
        "Odometer out",
    ):
        assert fact in text


def test_the_estimate_lists_each_part_with_price_and_state_labor_tax_and_total(cast: Cast, order: RepairOrder) -> None:
    text = read(cast.ada, "estimate-print", order.pk)
    for fact in ("Front pads, set, part 45022", "New OEM", "New, not OEM", "1.4 h × $168.00", "$387.29", "$11.59"):
        assert fact in text
    assert "Subtotal, labor $453.60" in text
    assert "Subtotal, parts $185.50" in text
    assert "Total $654.40" in text
    assert "Teardown: none" in text


def test_an_invoice_gives_date_time_name_and_contact_of_each_authorization(cast: Cast) -> None:
    sent = send_link(cast)
    sent.answer()
    text = read(cast.ada, "invoice", sent.order.pk)
    assert re.search(r"Theo Brandt Customer On their link \(415\) 555-0142 Nov 23, 2026 11:38 AM PST \$387.29", text)


def test_the_notice_lists_what_was_declined_with_what_was_said_about_waiting(cast: Cast, order: RepairOrder) -> None:
    text = read(cast.ada, "declined-notice", order.pk)
    assert "Replace the left shaft boot" in text
    assert "The pads can wear through and hurt the discs. 4 to 8 weeks." in text
    assert "Deferred until 75,000 mi" in text
    assert "Replace the front brake pads" not in text


def test_the_record_keeps_a_withdrawn_yes_and_says_that_it_changed(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    line = Decision.objects.get(answer="approved").line
    deciding.decide(
        presentation=Presentation.objects.get(),
        answers=[Answered(line.pk, "declined")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    text = read(cast.ada, "authorizations", order.pk)
    assert "Approved, changed later" in text
    assert line.sha256 in text
    assert documents.authorizations(order) == []


def test_an_order_with_nothing_on_it_prints_empty_papers(cast: Cast) -> None:
    order = make_order(cast)
    assert "No line was shown" in read(cast.ada, "estimate-print", order.pk)
    assert "Nobody has answered yet." in read(cast.ada, "authorizations", order.pk)
    assert "Nothing was declined" in read(cast.ada, "declined-notice", order.pk)
    assert "No agreed work is finished." in read(cast.ada, "invoice", order.pk)


@pytest.mark.parametrize("name", PAPERS)
def test_papers_are_for_those_who_work_with_the_customer(cast: Cast, order: RepairOrder, name: str) -> None:
    url = reverse(f"recommendations:{name}", args=[order.pk])
    assert logged_in(cast.sam).get(url).status_code == 403
    assert logged_in(cast.mallory).get(url).status_code == 404
    assert logged_in(cast.tess).get(url).status_code == (200 if name == "estimate-print" else 403)


def test_reading_a_paper_changes_nothing(cast: Cast, order: RepairOrder) -> None:
    before = RepairOrder.objects.values().get()
    for name in PAPERS:
        read(cast.ada, name, order.pk)
    assert RepairOrder.objects.values().get() == before
    assert post(cast.sam, "invoice", order.pk).status_code == 403


def test_a_stored_paper_reads_back_as_it_was_written(cast: Cast, order: RepairOrder) -> None:
    document = documents.invoice_document(order, AT)
    back = documents.read_back(record.plain(document))
    assert back["at"] == AT
    assert back["lines"][0]["answered_at"] == document["lines"][0]["answered_at"]
    assert back["declined"][0]["until_miles"] == 75000
    assert back["sums"]["total"] == str(document["sums"]["total"])
