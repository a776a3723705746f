"""What was sent to the customer of an order, on the order's page."""

from datetime import timedelta

import pytest
from django.test import Client

from dealership.http import COUNTER_VIEW_KEY
from dealership.models import OutboxMessage
from recommendations.actions import links
from recommendations.models import CustomerLink
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
