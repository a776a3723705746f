"""That a car is ready, and that its customer was told, is taken back within ten seconds, before a message leaves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dealership import outbox
from dealership.models import Entry, OutboxMessage
from service_lane.actions import orders
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_order

pytestmark = pytest.mark.django_db

SOON = AT + timedelta(seconds=10)
LATE = AT + timedelta(seconds=10, microseconds=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def in_shop(cast: Cast, **fields: Any) -> RepairOrder:
    return make_order(cast, stage="in_shop", step="1 of 2 jobs done", step_at=AT, **fields)


def test_a_car_that_is_not_ready_after_all_goes_back_to_where_it_was(cast: Cast) -> None:
    order = in_shop(cast)
    orders.make_ready(repair_order=order, by=cast.ada, at=AT)
    with pytest.raises(orders.TooLate):
        orders.undo_ready(repair_order=order, by=cast.ada, at=LATE)
    orders.undo_ready(repair_order=order, by=cast.ada, at=SOON)
    order.refresh_from_db()
    assert (order.stage, order.step, order.ready_at) == ("in_shop", "1 of 2 jobs done", None)
    with pytest.raises(orders.TooLate):
        orders.undo_ready(repair_order=order, by=cast.ada, at=SOON)
    assert list(Entry.objects.order_by("pk").values_list("event", flat=True)) == [
        "repair_order.ready",
        "repair_order.ready_undone",
    ]


def test_a_car_made_ready_by_its_last_job_is_not_undone_here(cast: Cast) -> None:
    order = in_shop(cast)
    RepairOrder.objects.filter(pk=order.pk).show_step(stage="ready", step="Work done, make the bill", at=AT)
    with pytest.raises(orders.TooLate):
        orders.undo_ready(repair_order=order, by=cast.ada, at=AT)


def test_the_text_waits_ten_seconds_and_is_taken_out(cast: Cast) -> None:
    order = in_shop(cast)
    orders.make_ready(repair_order=order, by=cast.ada, at=AT)
    message = orders.tell_ready(repair_order=order, by=cast.ada, at=AT)
    assert message.not_before == SOON
    assert outbox.send_some(at=SOON - timedelta(seconds=1)) == 0
    with pytest.raises(orders.TooLate):
        orders.undo_ready(repair_order=order, by=cast.ada, at=SOON)
    orders.undo_tell(repair_order=order, by=cast.ada, at=SOON)
    order.refresh_from_db()
    message.refresh_from_db()
    assert (order.told_at, order.step, message.status) == (None, "Not told yet", "canceled")
    assert outbox.send_some(at=LATE) == 0
    again = orders.tell_ready(repair_order=order, by=cast.ada, at=LATE)
    assert again.pk != message.pk, "telling them again is another message"


def test_a_message_that_has_left_is_not_called_back(cast: Cast) -> None:
    order = in_shop(cast)
    orders.make_ready(repair_order=order, by=cast.ada, at=AT)
    orders.tell_ready(repair_order=order, by=cast.ada, at=AT)
    assert outbox.send_some(at=SOON) == 1
    with pytest.raises(orders.TooLate, match="has left already"):
        orders.undo_tell(repair_order=order, by=cast.ada, at=SOON)
    order.refresh_from_db()
    assert order.told_at == AT
    with pytest.raises(orders.TooLate, match="ten seconds"):
        orders.undo_tell(repair_order=order, by=cast.ada, at=LATE)


def test_that_they_were_called_is_taken_back_too(cast: Cast) -> None:
    order = in_shop(cast, contact_channel="phone")
    orders.make_ready(repair_order=order, by=cast.ada, at=AT)
    orders.tell_ready(repair_order=order, by=cast.ada, at=AT)
    orders.undo_tell(repair_order=order, by=cast.ada, at=SOON)
    order.refresh_from_db()
    assert order.told_at is None
    assert not OutboxMessage.objects.exists()
    with pytest.raises(orders.TooLate):
        orders.undo_tell(repair_order=order, by=cast.ada, at=SOON)


@pytest.mark.parametrize("verb", ["ready", "tell"])
def test_the_page_offers_it_to_the_counter_and_to_nobody_else(cast: Cast, client: Client, verb: str) -> None:
    order = in_shop(cast)
    if verb == "tell":
        orders.make_ready(repair_order=order, by=cast.ada, at=timezone.now())
    client.force_login(cast.ada)
    address = f"/orders/{order.pk}/{verb}/undo/"
    client.post(f"/orders/{order.pk}/{verb}/", {"form_key": str(uuid4())})
    assert address in client.get(order.get_absolute_url()).content.decode()
    for stranger, status in ((cast.tess, 403), (cast.mallory, 404)):
        other = Client()
        other.force_login(stranger)
        assert other.post(address, {"form_key": str(uuid4())}).status_code == status
    assert client.get(address).status_code == 405
    assert client.post(address, {"form_key": str(uuid4())}).url == order.get_absolute_url()
    order.refresh_from_db()
    assert (order.ready_at is None, order.told_at) == (verb == "ready", None)
    said = client.post(address, {"form_key": str(uuid4())}, follow=True).content.decode()
    assert "ten seconds are over" in said
