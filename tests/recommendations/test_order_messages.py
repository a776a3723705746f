"""What was sent to the customer of an order, on the order's page."""

from datetime import timedelta

import pytest
from django.test import Client

from customers.actions import texts
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import OutboxMessage
from recommendations.actions import links
from recommendations.models import CustomerLink
from service_lane.actions import orders
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sent(cast: Cast) -> RepairOrder:
    order = make_order(cast)
    links.send(
        repair_order=order,
        advisories=drafted(cast, order),
        address=lambda token: f"http://lane.example/v/{token}/",
        by=cast.ada,
        at=AT,
    )
    return order


def messages(client: Client, order: RepairOrder, **headers: str) -> str:
    return client.get(f"/orders/{order.pk}/messages/", headers=headers).content.decode()


def test_a_message_is_waiting_then_sent_then_opened(cast: Cast, client: Client, sent: RepairOrder) -> None:
    client.force_login(cast.ada)
    assert "Waiting to go out since 11:38" in messages(client, sent)
    OutboxMessage.objects.update(status="sent", done_at=AT + timedelta(minutes=1))
    page = messages(client, sent)
    assert "Sent 23 Nov, 11:39" in page
    assert "not opened" in page
    assert "(415) 555-0142" in page
    CustomerLink.objects.update(opened_at=AT + timedelta(minutes=4))
    assert "opened 11:42" in messages(client, sent)
    assert "/v/" not in page  # the secret address is the customer's


def test_an_order_without_messages_says_so_and_shows_no_other_orders(
    cast: Cast, client: Client, sent: RepairOrder
) -> None:
    client.force_login(cast.ada)
    other = make_order(cast, customer=sent.customer, vehicle=None, status="void", voided_at=AT, source="dms")
    assert "Nothing was sent to them yet." in messages(client, other)


def test_it_is_a_fragment_for_htmx_and_hides_the_number_in_counter_view(
    cast: Cast, client: Client, sent: RepairOrder
) -> None:
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    fragment = messages(client, sent, **{"HX-Request": "true"})
    assert fragment.lstrip().startswith('<section class="box">')
    assert "555" not in fragment


def test_nobody_from_another_rooftop_reads_it(cast: Cast, client: Client, sent: RepairOrder) -> None:
    client.force_login(cast.mallory)
    assert client.get(f"/orders/{sent.pk}/messages/").status_code == 404


def test_what_became_of_a_message_is_said_with_its_reason(cast: Cast, client: Client, sent: RepairOrder) -> None:
    client.force_login(cast.ada)
    messages_of = OutboxMessage.objects
    messages_of.update(status="sent", done_at=AT, delivered_at=AT + timedelta(minutes=1))
    assert "Sent 23 Nov, 11:38, delivered 11:39" in messages(client, sent)
    messages_of.update(delivered_at=None, came_back_at=AT + timedelta(minutes=2), came_back_why="No such number")
    assert "<b>came back</b> 11:40: No such number" in messages(client, sent)
    messages_of.update(came_back_at=None, came_back_why="", status="dead", provider_answer="400 not a number")
    assert "<b>Not sent.</b> It was given up 11:38: 400 not a number" in messages(client, sent)
    messages_of.update(status="waiting", done_at=None, not_before=AT + timedelta(hours=21))
    assert "Waiting, leaves 24 Nov, 08:38" in messages(client, sent)


def test_what_they_texted_stands_between_what_we_sent(cast: Cast, client: Client, sent: RepairOrder) -> None:
    later = AT + timedelta(minutes=3)
    asked = texts.receive_text(provider_key="1", number="+14155550142", body="Is it safe to drive?", at=later)
    texts.reply_to_text(text=asked, body="Yes, slowly.", rooftop=cast.north, by=cast.ada, at=later)
    texts.receive_text(provider_key="2", number="+14155550142", body="stop texting me", at=later)
    texts.receive_text(provider_key="3", number="+14155550177", body="Somebody else", at=later)
    client.force_login(cast.ada)
    page = messages(client, sent)
    assert "Is it safe to drive?" in page
    assert "Our answer to their text" in page
    assert "They want no more texts: call them" in page
    assert "We heard what texts they want" in page
    assert "Somebody else" not in page
    assert page.count("nobody answered yet") == 1


def test_a_text_waits_in_the_approvals_until_somebody_looked_after_it(
    cast: Cast, client: Client, sent: RepairOrder
) -> None:
    client.force_login(cast.ada)
    assert "They texted us" not in client.get("/approvals/").content.decode()
    asked = texts.receive_text(provider_key="1", number="+14155550142", body="Is it safe to drive?", at=AT)
    page = client.get("/approvals/").content.decode()
    assert "They texted us" in page
    assert f"RO {sent.number}. “Is it safe to drive?”" in page
    texts.settle_text(text=asked, rooftop=cast.north, by=cast.ada, at=AT)
    assert "They texted us" not in client.get("/approvals/").content.decode()


def test_a_customer_who_said_stop_is_called_when_the_car_is_ready_and_by_nothing_less(
    cast: Cast, client: Client, sent: RepairOrder
) -> None:
    RepairOrder.objects.filter(pk=sent.pk).update(stage="ready")
    client.force_login(cast.ada)
    texts.receive_text(provider_key="1", number="+14155550142", body="no more offers please", at=AT)
    assert "Tell the customer it is ready" in client.get(sent.get_absolute_url()).content.decode()
    texts.receive_text(provider_key="2", number="+14155550142", body="STOP", at=AT + timedelta(minutes=1))
    page = client.get(sent.get_absolute_url()).content.decode()
    assert "Theo asked for no texts about a car that is here (by text, 23 Nov 2026)." in page
    assert "I called: it is ready" in page
    with pytest.raises(orders.AskedForNone, match="Call them"):
        orders.tell_ready(repair_order=sent, by=cast.ada, at=AT)
    assert orders.tell_ready(repair_order=sent, by=cast.ada, at=AT, called=True) is None
    assert not OutboxMessage.objects.filter(purpose="car_ready").exists()
    assert RepairOrder.objects.get(pk=sent.pk).told_at == AT
