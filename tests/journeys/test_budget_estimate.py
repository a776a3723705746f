"""What was found goes to the customer with two keys, and comes back with one for ten seconds."""

from typing import Any

import pytest
from playwright.sync_api import expect

from dealership.management.demonstration.lane import IN_SHOP
from dealership.models import OutboxMessage
from service_lane.models import RepairOrder
from tests.journeys.budgets import counted
from tests.journeys.today import FOUND, Today

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def today(northgate: Any) -> Today:
    return Today(northgate)


@pytest.fixture
def order(today: Today) -> RepairOrder:
    return today.order("Priya Raman", IN_SHOP, found=FOUND)


def at_the_estimate(page: Any, order: RepairOrder) -> Any:
    page.goto(f"/orders/{order.pk}/estimate/")
    expect(page.locator("#to-send > summary")).to_be_visible()
    return page


def test_two_keys_send_the_findings(order: RepairOrder, sit_down: Any) -> None:
    dana = at_the_estimate(sit_down("dana"), order)
    with counted(dana, "Send findings", budget=2) as hands:
        hands.key("a")
        expect(dana.locator("#to-send form")).to_contain_text("Priya Raman")
        hands.key("Control+Enter")
        expect(dana.locator("#toasts")).to_contain_text("On its way to the customer")
    assert OutboxMessage.objects.get(purpose="findings_link").status == "waiting"
    with counted(dana, "Take back what was sent", budget=1) as hands:
        hands.key("u")
        expect(dana.locator("#to-send > summary")).to_be_visible()
        expect(dana.locator("#toasts")).not_to_contain_text("On its way")
    assert OutboxMessage.objects.get(purpose="findings_link").status == "canceled"


def test_enter_sends_as_well_and_escape_does_not(order: RepairOrder, sit_down: Any) -> None:
    dana = at_the_estimate(sit_down("dana"), order)
    dana.keyboard.press("a")
    send = dana.locator("#to-send button[type=submit]")
    expect(send).to_be_focused()
    dana.keyboard.press("Escape")
    expect(send).to_be_hidden()
    expect(dana.locator("#to-send > summary")).to_be_focused()
    assert not OutboxMessage.objects.exists()
    dana.keyboard.press("a")
    expect(send).to_be_focused()
    dana.keyboard.press("Enter")
    expect(dana.locator("#toasts")).to_contain_text("On its way to the customer")


def test_two_taps_send_them_from_a_tablet(order: RepairOrder, sit_down: Any) -> None:
    dana = at_the_estimate(sit_down("dana", "tablet"), order)
    with counted(dana, "Send findings from a tablet", budget=2) as hands:
        hands.tap(dana.locator("#to-send > summary"))
        hands.tap(dana.locator("#to-send button[type=submit]"))
        expect(dana.locator("#toasts")).to_contain_text("On its way to the customer")
