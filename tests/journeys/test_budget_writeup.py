"""An advisor with a customer at their elbow: six things to do from the scan to an open repair order."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealership.models import Rooftop
from service_lane.models import RepairOrder
from tests.cast import make_customer, make_vehicle
from tests.journeys.budgets import counted

pytestmark = pytest.mark.journey

VIN = "1HGCM82633A004352"
CONCERN = "It squeals when I back out in the morning."


@pytest.fixture
def nora(northgate: tuple[Rooftop, Any]) -> Any:
    """Somebody we know, with a car that is not here."""
    nora = make_customer("Nora", "Feld", "+14155550177")
    return make_vehicle(nora, vin=VIN, plate="8KLM204", year=2003, model="Accord", trim="EX", body="sedan")


def test_a_returning_customer_is_in_an_open_order(nora: Any, sit_down: Any) -> None:
    dana = sit_down("dana")
    began = timezone.now()
    with counted(dana, "Returning customer to open RO", budget=6) as hands:
        hands.scan(VIN)
        expect(dana.get_by_role("heading", level=1)).to_have_text("Nora Feld")
        expect(dana.get_by_label("Mileage now")).to_be_focused()
        hands.write("88,310")
        hands.fill(dana.get_by_label("Why they came today"), CONCERN)
        hands.choose(dana.locator("input[name=promised]").first)
        hands.key("w")
        expect(dana.locator("input[name=stay][value=waits]")).to_be_checked()
        hands.key("Control+Enter")
        dana.wait_for_url(re.compile(r"/orders/\d+/sign/$"))
        order = RepairOrder.objects.get()
        assert order.status == RepairOrder.Status.OPEN
    assert (order.customer.name, order.vehicle_id, order.odometer_in) == ("Nora Feld", nora.pk, 88_310)
    assert (order.purpose, order.stay) == (CONCERN, "waits")
    assert order.promised_at
    # Open is not authorized: nothing counts as agreed, and nothing starts, until Nora has read it and signed.
    assert (order.signed_at, order.authorized_total) == (None, 0)
    assert (timezone.now() - began).total_seconds() < 20
    expect(dana.get_by_text("is open and not signed yet")).to_be_visible()
    dana.get_by_label("Type your full name to agree").fill("Nora Feld")
    dana.get_by_role("button", name="I agree").click()
    dana.wait_for_url(re.compile(r"/orders/\d+/$"))
    order.refresh_from_db()
    assert (order.signed_name, order.signed_how) == ("Nora Feld", "typed")
    assert "Ask me by call at (415) 555-0177 before anything else." in order.signed_text
