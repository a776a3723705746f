"""What a customer said, written down in ten seconds from the page one is on, and taken back."""

from typing import Any

import pytest
from playwright.sync_api import expect

from customers.models import Feedback
from dealership.management.demonstration.lane import IN_SHOP
from tests.conftest import Complaints
from tests.journeys.conftest import too_wide
from tests.journeys.today import Today

pytestmark = pytest.mark.journey


def test_a_key_a_tap_and_their_words_and_it_is_written_down(
    northgate: Any, sit_down: Any, browser_complaints: Complaints
) -> None:
    order = Today(northgate).order("Will Adeyemi", IN_SHOP)
    dana = sit_down("dana", "phone")
    dana.goto(order.customer.get_absolute_url())
    here = dana.url
    dana.keyboard.press("f")
    ask = dana.get_by_role("dialog", name="What did Will Adeyemi say?")
    browser_complaints.expect("status of 422")
    ask.get_by_role("button", name="Write it down").click()
    expect(ask.get_by_text("Write down what they said.").first).to_be_visible()
    assert too_wide(dana) == []
    ask.get_by_text("Praise", exact=True).click()
    ask.get_by_label("In their own words").fill("Jo showed me the old pads.")
    dana.keyboard.press("Control+Enter")
    expect(dana.locator("#voices")).to_contain_text("Jo showed me the old pads.")
    assert dana.url == here
    assert Feedback.objects.get().customer == order.customer
    dana.keyboard.press("u")
    expect(dana.get_by_text("Taken back.")).to_be_visible()
    assert not Feedback.objects.kept().exists()
