"""The sales floor on a phone: the axis of departures stays above the card, and everything fits."""

from typing import Any

import pytest
from playwright.sync_api import expect

from sales_handoff.models import Handoff
from tests.journeys.conftest import too_wide
from tests.journeys.today import Today

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_the_axis_and_the_card_are_on_one_screen_from_reading_to_the_outcome(northgate: Any, sit_down: Any) -> None:
    today = Today(northgate)
    handoff = Handoff.objects.get(repair_order=today.asked("Priya Raman"))
    page = sit_down("jean", "phone")
    axis, card, row = page.locator(".dep > svg"), page.locator("#ho-one"), page.locator(f"#hand-{handoff.pk}")

    page.goto("/handoffs/")
    expect(axis).to_be_in_viewport()
    expect(row).to_be_visible()
    expect(card).to_have_count(0)
    row.click()
    expect(axis).to_be_in_viewport()
    expect(card.get_by_role("heading", name="Priya Raman")).to_be_in_viewport()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="I have read this").click()
    page.get_by_role("button", name="Claim it").click()
    page.get_by_role("button", name="We have met").click()
    expect(page.locator("#appraise")).to_be_visible()
    assert too_wide(page) == []

    page.goto("/handoffs/")
    expect(axis).to_be_in_viewport()
    expect(card.get_by_role("heading", name="Priya Raman")).to_be_in_viewport()
    expect(row).to_be_visible()
    assert too_wide(page) == []
