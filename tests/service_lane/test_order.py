"""The repair order's page: who works on it, what was promised, who was told, and taking it out of the books."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error, transaction
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from dealership.models import Entry, OutboxMessage
from service_lane.actions import orders
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def order(cast: Cast) -> RepairOrder:
    return make_order(cast, first_promised_at=AT + timedelta(hours=3))


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


def events(order: RepairOrder) -> list[str]:
    return list(Entry.objects.about(order).order_by("pk").values_list("event", flat=True))


def test_the_page_says_what_was_signed_and_what_came_of_it(ada: Client, order: RepairOrder) -> None:
    page = ada.get(order.get_absolute_url()).content.decode()
    assert "Oil change, and I want it safe for Tahoe on Friday." in page
    assert "It shudders when I slow down from freeway speed." in page
    assert "Find the cause of the shudder." in page
    assert "(415) 555-0142" in page


@pytest.mark.parametrize(
    ("plan", "years", "said"),
    [("years", 2, "About 2 years"), ("years", 1, "About 1 year"), ("keep", None, "As long as it runs")],
)
def test_the_page_says_what_they_plan_with_the_car(
    ada: Client, order: RepairOrder, plan: str, years: int | None, said: str
) -> None:
    RepairOrder.objects.filter(pk=order.pk).update(plan=plan, plan_years=years)
    assert f"<dt>Plan</dt><dd>{said}</dd>" in ada.get(order.get_absolute_url()).content.decode()


def test_cause_and_correction_stand_beside_the_concern(ada: Client, order: RepairOrder) -> None:
    concern = order.concerns.get()
    ada.post(
        f"/orders/{order.pk}/concerns/{concern.pk}/",
        {"form_key": str(uuid4()), "cause": "Front rotors warped", "correction": "Replaced"},
    )
    concern.refresh_from_db()
    assert (concern.cause, concern.correction) == ("Front rotors warped", "Replaced")
    assert concern.words == "It shudders when I slow down from freeway speed."
    assert events(order) == ["concern.explained"]


def test_a_new_promise_needs_a_reason_and_keeps_the_first(ada: Client, order: RepairOrder) -> None:
    url = f"/orders/{order.pk}/promise/"
    soon = timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    refused = ada.post(url, {"form_key": str(uuid4()), "promised_at": soon, "reason": ""})
    assert refused.status_code == 422
    assert "Say why the time changes" in refused.content.decode()
    past = ada.post(url, {"form_key": str(uuid4()), "promised_at": "2020-01-01T10:00", "reason": "Part late"})
    assert "That time has passed." in past.content.decode()
    ada.post(url, {"form_key": str(uuid4()), "promised_at": soon, "reason": "The part is late"})
    order.refresh_from_db()
    assert order.promised_at
    assert order.promised_at > timezone.now()
    assert order.first_promised_at == AT + timedelta(hours=3)
    assert Entry.objects.about(order).get().detail["reason"] == "The part is late"


def test_a_car_is_given_to_a_technician_of_the_rooftop(cast: Cast, ada: Client, order: RepairOrder) -> None:
    url = f"/orders/{order.pk}/assign/"
    assert ada.post(url, {"form_key": str(uuid4()), "technician": cast.mallory.pk}).status_code == 422
    assert ada.post(url, {"form_key": str(uuid4()), "technician": cast.max.pk}).status_code == 302
    order.refresh_from_db()
    assert order.technician == cast.max


def test_the_customer_is_told_once_the_way_they_asked(cast: Cast, ada: Client, order: RepairOrder) -> None:
    assert ada.post(f"/orders/{order.pk}/tell/", {"form_key": str(uuid4())}).status_code == 302
    assert not OutboxMessage.objects.exists()  # not ready yet
    ada.post(f"/orders/{order.pk}/ready/", {"form_key": str(uuid4())})
    for _ in range(2):
        ada.post(f"/orders/{order.pk}/tell/", {"form_key": str(uuid4())})
    message = OutboxMessage.objects.get()
    assert (message.kind, message.to, message.purpose) == ("text", "+14155550142", "car_ready")
    assert "2018 Ridgeline is ready" in message.body
    order.refresh_from_db()
    assert order.told_at
    assert events(order) == ["repair_order.ready", "repair_order.customer_told"]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "Northgate Honda: your 2018 Ridgeline is ready, repair order {}. We are open until 6:00 PM today."),
        ("es", "Northgate Honda: su 2018 Ridgeline está listo, orden {}. Abrimos hasta las 6:00 p.m. hoy."),
    ],
)
def test_the_news_is_in_the_customers_language_and_tells_time_as_they_do(cast: Cast, language: str, body: str) -> None:
    order = make_order(cast, stage="ready", ready_at=AT)
    Customer.objects.filter(pk=order.customer_id).update(language=language)
    message = orders.tell_ready(repair_order=order, by=cast.ada, at=AT)
    assert message.body == body.format(order.number)


def test_who_asked_for_a_call_gets_no_text(cast: Cast) -> None:
    order = make_order(cast, contact_channel="phone", stage="ready", ready_at=AT)
    assert orders.tell_ready(repair_order=order, by=cast.ada, at=AT) is None
    order.refresh_from_db()
    assert order.step == "Called 11:38"


def test_voiding_needs_a_manager_and_a_reason_and_is_for_good(cast: Cast, client: Client, order: RepairOrder) -> None:
    url = f"/orders/{order.pk}/void/"
    client.force_login(cast.ada)
    assert client.post(url, {"form_key": str(uuid4()), "reason": "Typo"}).status_code == 403
    client.force_login(cast.max)
    assert url in client.get(order.get_absolute_url()).content.decode()
    assert "This cannot be undone." in client.get(url).content.decode()
    assert client.post(url, {"form_key": str(uuid4()), "reason": ""}).status_code == 422
    client.post(url, {"form_key": str(uuid4()), "reason": "Opened for the wrong car"})
    order.refresh_from_db()
    assert order.status == RepairOrder.Status.VOID
    assert Entry.objects.about(order).get().detail["reason"] == "Opened for the wrong car"
    with pytest.raises(orders.NotOpen):
        orders.assign(repair_order=order, technician=cast.tess, by=cast.max, at=AT)
    with pytest.raises(Error, match="Invalid transition"), transaction.atomic():
        RepairOrder.objects.filter(pk=order.pk).update(status="open", voided_at=None)


def test_a_part_that_lands_after_the_promise_puts_it_at_risk(ada: Client, order: RepairOrder) -> None:
    RepairOrder.objects.filter(pk=order.pk).update(promised_at=timezone.now() + timedelta(hours=2))
    due = timezone.localtime(timezone.now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    ada.post(f"/orders/{order.pk}/parts/", {"form_key": str(uuid4()), "due_at": due})
    assert "at risk" in ada.get("/lane/").content.decode()
    ada.post(f"/orders/{order.pk}/parts/", {"form_key": str(uuid4()), "due_at": ""})
    order.refresh_from_db()
    assert order.parts_due_at is None


def test_counter_view_leaves_the_contact_out(ada: Client, order: RepairOrder) -> None:
    session = ada.session
    session["counter_view"] = True
    session.save()
    page = ada.get(order.get_absolute_url()).content.decode()
    assert "555-0142" not in page
    assert "Brandt" not in page


@pytest.mark.parametrize("verb", ["", "assign/", "promise/", "parts/", "ready/", "tell/", "void/", "photos/"])
def test_mallory_finds_no_order_and_sam_may_not(cast: Cast, client: Client, order: RepairOrder, verb: str) -> None:
    for staff, status in ((cast.mallory, 404), (cast.sam, 403)):
        client.force_login(staff)
        ask = client.get if verb == "" else client.post
        expected = 403 if (staff == cast.mallory and verb == "void/") else status
        assert ask(f"/orders/{order.pk}/{verb}", {"form_key": str(uuid4())}).status_code == expected
    assert events(order) == []


BESIDE = {"HX-Request": "true", "HX-Target": "aside#panel"}


def test_beside_the_board_the_order_comes_without_its_page(ada: Client, order: RepairOrder) -> None:
    answer = ada.get(order.get_absolute_url(), headers=BESIDE)
    page = answer.content.decode()
    assert "<html" not in page
    assert 'id="panel-h"' in page
    assert "It shudders when I slow down" in page
    assert "data-panel-close" in page
    assert "HX-Target" in answer["Vary"]
    assert "data-panel-close" not in ada.get(order.get_absolute_url()).content.decode()


def test_what_is_done_beside_the_board_is_answered_there_and_elsewhere_by_the_page(
    ada: Client, order: RepairOrder
) -> None:
    answer = ada.post(f"/orders/{order.pk}/ready/", {"form_key": str(uuid4())}, headers=BESIDE)
    assert answer.status_code == 200
    assert "Tell the customer it is ready" in answer.content.decode()
    refused = ada.post(f"/orders/{order.pk}/promise/", {"form_key": str(uuid4())}, headers=BESIDE)
    assert refused.status_code == 422
    assert "Enter the new time." in refused.content.decode()
    told = ada.post(f"/orders/{order.pk}/tell/", {"form_key": str(uuid4())})
    assert (told.status_code, told["Location"]) == (302, order.get_absolute_url())


def test_a_cause_that_keeps_itself_says_who_wrote_it_and_hands_out_the_next_key(
    ada: Client, order: RepairOrder
) -> None:
    concern = order.concerns.get()
    address, key = f"/orders/{order.pk}/concerns/{concern.pk}/", str(uuid4())
    form = {"form_key": key, "cause": "Rotors warped", "correction": ""}
    kept = ada.post(address, form, headers={"HX-Request": "true"}).content.decode()
    assert kept.lstrip().startswith(f'<span id="kept-{concern.pk}"')
    assert "Ada Kim" in kept
    assert 'name="form_key"' in kept
    assert key not in kept
    again = ada.post(address, {**form, "form_key": str(uuid4())}, headers={"HX-Request": "true"})
    assert again.status_code == 200
    assert events(order) == ["concern.explained"]  # the same words again are nothing new
    long = ada.post(address, {**form, "form_key": str(uuid4()), "cause": "x" * 2001})
    assert long.status_code == 422
    assert "x" * 2001 in long.content.decode()  # nothing typed is lost


def test_a_closed_order_says_who_closed_it_and_offers_no_change(ada: Client, cast: Cast, order: RepairOrder) -> None:
    concern = order.concerns.get()
    orders.say_cause(concern=concern, cause="Rotors warped", correction="Turned", by=cast.tess, at=AT)
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT, closed_by=cast.ada)
    page = ada.get(order.get_absolute_url()).content.decode()
    assert "Closed 23 Nov, 11:38, by Ada Kim." in page
    assert "Written 23 Nov, 11:38 by Tess Tran" in page
    assert "/concerns/" not in page
    assert "/promise/" not in page


def test_what_was_signed_says_by_whom_and_when(ada: Client, order: RepairOrder) -> None:
    page = ada.get(order.get_absolute_url()).content.decode()
    assert "23 Nov, 10:38, Theo Brandt. It stays as it was signed." in page


def test_the_board_holds_the_order_its_address_names(
    ada: Client, client: Client, cast: Cast, order: RepairOrder
) -> None:
    page = ada.get(f"/lane/?order={order.pk}").content.decode()
    assert f'data-order="{order.pk}">' in page
    assert "It shudders when I slow down" in page
    assert ada.get("/lane/?order=999999").status_code == 404
    assert "It shudders" not in ada.get("/lane/?order=soon").content.decode()
    client.force_login(cast.mallory)
    assert client.get(f"/lane/?order={order.pk}").status_code == 404
