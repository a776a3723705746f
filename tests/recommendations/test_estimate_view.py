"""The estimate stays true while it is open, keeps its secrets in counter view, and remembers what was left before."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recommendations.actions import deciding, drafting, pricing
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, Presentation
from service_lane.models import OpCode, RepairOrder
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, make_inspection, make_item, make_op_code, shown
from tests.recommendations.pages import logged_in, plain, read, send_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def poll(client: Client, order: RepairOrder, tag: str = "") -> Any:
    headers = {"HX-Request": "true"} | ({"HX-PTag": tag} if tag else {})
    return client.get(reverse("recommendations:estimate", args=[order.pk]), headers=headers)


def in_counter_view(staff: Any) -> Client:
    client = logged_in(staff)
    session = client.session
    session["counter_view"] = True
    session.save()
    return client


def test_a_poll_answers_with_the_fragment_and_with_304_while_nothing_changed(cast: Cast) -> None:
    order = make_order(cast)
    presentation = shown(cast, order)
    ada = logged_in(cast.ada)
    first = poll(ada, order)
    assert first.content.decode().lstrip().startswith('<div id="estimate"')
    assert poll(ada, order, first["HX-PTag"]).status_code == 304
    deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.first().pk, "approved")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    second = poll(ada, order, first["HX-PTag"])
    assert second.status_code == 200
    assert "Answered: 1 yes, last 11:38" in plain(second)
    assert poll(in_counter_view(cast.ada), order, second["HX-PTag"]).status_code == 200, "counter view is another page"


def test_counter_view_holds_no_price_no_phone_and_no_history(cast: Cast) -> None:
    order = make_order(cast)
    shown(cast, order)
    client = in_counter_view(cast.ada)
    html = client.get(reverse("recommendations:estimate", args=[order.pk])).content.decode()
    for hidden in ("Brandt", "555-0142", "4155550142", "$", "387.29"):
        assert hidden not in html
    assert "Present at counter" in html
    call = client.get(reverse("recommendations:call", args=[order.pk])).content.decode()
    for hidden in ("Brandt", "555-0142", "4155550142", "387.29", "seven facts"):
        assert hidden not in call
    assert "Leave counter view" in call
    line = Advisory.objects.filter(repair_order=order).first()
    sheet = client.get(reverse("recommendations:line", args=[line.pk])).content.decode()
    assert "Leave counter view" in sheet
    assert "118.40" not in sheet
    assert client.post(reverse("recommendations:line-as-read", args=[line.pk])).content == b""
    before = client.get(
        reverse("recommendations:vehicle-answers", args=[order.vehicle_id]), headers={"HX-Request": "true"}
    )
    assert "Left out in counter view." in before.content.decode()
    inbox = client.get(reverse("recommendations:approvals")).content.decode()
    assert "Theo B." in inbox
    assert "Brandt" not in inbox


def test_a_line_changed_after_the_page_was_made_is_not_shown_unseen(cast: Cast) -> None:
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    ada = logged_in(cast.ada)
    typed = {"form_key": str(uuid4()), f"version-{pads.pk}": "1", f"version-{boot.pk}": "2"}
    for name in ("present-at-counter", "send"):
        refused = ada.post(reverse(f"recommendations:{name}", args=[order.pk]), typed | {"form_key": str(uuid4())})
        assert refused.status_code == 409
        assert "was changed while you had it open. It is $168.00 now." in plain(refused)
    assert not Presentation.objects.exists()


def test_who_priced_a_line_is_said(cast: Cast) -> None:
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    assert "Priced from the menu, 11:38" in read(cast.ada, "estimate", order.pk)
    content = pricing.content_of(pads.versions.get(), pads.pay_type)
    pricing.write_version(advisory=pads, content=content, by=cast.max, at=AT + timedelta(minutes=2))
    assert "Priced by Max Ruiz, 11:40" in read(cast.ada, "estimate", order.pk)


def declined_before(cast: Cast) -> tuple[Any, Any]:
    customer = make_customer()
    vehicle = make_vehicle(customer)
    order = make_order(cast, customer=customer, vehicle=vehicle)
    presentation = shown(cast, order)
    deciding.decide(
        presentation=presentation,
        answers=[Answered(line.pk, "declined") for line in presentation.lines.all()],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=71903)
    return customer, vehicle


def test_what_was_declined_stands_there_with_both_days_at_todays_price(cast: Cast) -> None:
    customer, vehicle = declined_before(cast)
    OpCode.objects.filter(code="45BOOT").update(labor_hours=2)
    again = make_order(cast, customer=customer, vehicle=vehicle)
    inspection = make_inspection(cast, again)
    make_item(cast, inspection, readings={"LF": "1", "RF": "3"})
    drafting.draft_from_inspection(inspection=inspection, at=AT)
    text = read(cast.ada, "estimate", again.pk)
    assert "Left from earlier visits" in text
    assert "Said no on 23 Nov 2026 at 2 mm, left front, $387.29 then. Today: 1 mm, left front." in text
    assert "On this estimate" in text
    assert "Said no on 23 Nov 2026, $168.00 then. Today: not looked at today." in text
    assert "$336.00" in text, "two hours at today's rate, not last time's price"
    boot = OpCode.objects.get(code="45BOOT")
    html = logged_in(cast.ada).get(reverse("recommendations:estimate", args=[again.pk])).content.decode()
    assert f"{reverse('recommendations:line-add', args=[again.pk])}?op_code={boot.pk}" in html
    quiet = in_counter_view(cast.ada).get(reverse("recommendations:estimate", args=[again.pk])).content.decode()
    assert "Left from earlier visits" not in quiet
    assert "aid no" not in quiet


def test_what_was_left_costs_as_many_queries_for_twenty_as_for_two(cast: Cast) -> None:
    make_op_code(cast)
    counts = []
    for many in (2, 20):
        customer = make_customer(phone="")
        vehicle = make_vehicle(customer, plate=f"P{many}")
        before = make_order(cast, customer=customer, vehicle=vehicle)
        inspection = make_inspection(cast, before)
        for number in range(many):
            make_item(cast, inspection, f"item-{number}")
        shown(cast, before, drafting.draft_from_inspection(inspection=inspection, at=AT))
        RepairOrder.objects.filter(pk=before.pk).close(by=cast.ada, at=AT, odometer_out=71903)
        again = make_order(cast, customer=customer, vehicle=vehicle)
        ada = logged_in(cast.ada)
        poll(ada, again)
        with CaptureQueriesContext(connection) as queries:
            assert plain(poll(ada, again)).count("no answer yet") == many
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_part_that_is_good_today_is_not_offered_again(cast: Cast) -> None:
    customer, vehicle = declined_before(cast)
    again = make_order(cast, customer=customer, vehicle=vehicle)
    inspection = make_inspection(cast, again)
    make_item(cast, inspection, readings={"LF": "9", "RF": "9"}, condition="green", computed="green")
    html = logged_in(cast.ada).get(reverse("recommendations:estimate", args=[again.pk])).content.decode()
    pads = OpCode.objects.get(code="41BRKF")
    assert "Today: 9 mm, left front." in html
    assert f"?op_code={pads.pk}" not in html


def test_the_inbox_sets_apart_what_nobody_was_shown(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    assert "2 findings since 11:38, 1 red" in read(cast.ada, "approvals")
    shown(cast, order, list(Advisory.objects.filter(repair_order=order)))
    assert "Shown to nobody yet" not in read(cast.ada, "approvals")
    assert "Shown to nobody yet" not in read(cast.mallory, "approvals")


def test_a_question_is_answered_from_the_inbox_and_its_words_stay_out_of_counter_view(cast: Cast) -> None:
    sent = send_link(cast)
    question = {f"answer-{sent.boot.pk}": "needs_info", f"question-{sent.boot.pk}": "Is it safe until May?"}
    sent.answer(**question)
    asked = Advisory.objects.get(pk=sent.boot.pk).last_decision_id
    html = logged_in(cast.ada).get(reverse("recommendations:approvals")).content.decode()
    assert reverse("recommendations:question-reply", args=[asked]) in html
    assert 'data-key="1"' in html
    quiet = in_counter_view(cast.ada).get(reverse("recommendations:approvals")).content.decode()
    assert "Is it safe until May?" not in quiet
    assert "A question about" in quiet


def test_an_unchanged_inbox_answers_304(cast: Cast) -> None:
    ada = logged_in(cast.ada)
    address = reverse("recommendations:approvals")
    first = ada.get(address, headers={"HX-Request": "true"})
    assert "<html" not in first.content.decode()
    again = ada.get(address, headers={"HX-Request": "true", "HX-PTag": first["HX-PTag"]})
    assert again.status_code == 304
