"""The customer page in a browser: its parts arrive by themselves, and one that does not says so in its place."""

from typing import Any

import pytest
from playwright.sync_api import expect

from dealership.management.demonstration.lane import NEEDS_ANSWER
from tests.conftest import Complaints
from tests.journeys.conftest import too_wide
from tests.journeys.today import FOUND, Today

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
WIDTHS = (390, 820, 1440)


@pytest.fixture
def today(northgate: Any) -> Today:
    return Today(northgate)


@pytest.fixture
def address(today: Today) -> str:
    """The page of somebody who was shown two findings, asked about one and said yes to sales."""
    return str(today.asked("Priya Raman").customer.get_absolute_url())


def test_every_part_arrives_and_the_timeline_is_filtered_in_its_place(address: str, sit_down: Any) -> None:
    page = sit_down("dana")
    page.goto(address)

    expect(page.locator("#promised")).to_contain_text("Pathfinder ready")
    expect(page.locator("[id^=car-][id$=-lines]")).to_contain_text("Asked")
    expect(page.locator(".vis")).to_be_visible()
    timeline = page.locator("#timeline")
    expect(timeline.get_by_role("listitem").first).to_be_visible()
    timeline.get_by_role("link", name="Answers", exact=True).click()
    expect(timeline.get_by_role("link", name="Answers", exact=True)).to_have_attribute("aria-current", "true")
    expect(timeline).to_contain_text("Is it even worth it?")
    expect(timeline).not_to_contain_text("Visit, RO")
    assert page.url.endswith(address)
    expect(page.get_by_text("This part did not load.").first).not_to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert too_wide(page) == []


def test_a_part_that_did_not_load_says_so_and_is_asked_for_again(
    address: str, sit_down: Any, browser_complaints: Complaints
) -> None:
    page = sit_down("dana")
    browser_complaints.expect("status of 500")
    page.route("**/timeline/", lambda route: route.fulfill(status=500, body="no"))
    page.goto(address)
    timeline = page.locator("#timeline")
    expect(timeline.get_by_text("This part did not load.")).to_be_visible()
    expect(page.locator(".vis")).to_be_visible()
    page.unroute("**/timeline/")
    timeline.get_by_role("button", name="Try again").click()

    expect(timeline.get_by_role("listitem").first).to_be_visible()
    expect(timeline.get_by_text("This part did not load.")).to_have_count(0)


def test_without_scripts_every_part_is_a_link_away(today: Today, sit_down: Any) -> None:
    order = today.order("Omar Haddad", NEEDS_ANSWER, found=FOUND)
    page = sit_down("dana", java_script_enabled=False)
    page.goto(order.customer.get_absolute_url())

    page.get_by_role("link", name="Visits, answers, messages and changes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Timeline")
    page.get_by_role("link", name="Visits", exact=True).click()
    expect(page.locator(".tl")).to_contain_text(f"Visit, RO {order.number}")
    page.get_by_role("link", name="The customer").click()
    page.get_by_role("link", name="All visits").click()
    expect(page.get_by_role("table")).to_contain_text(order.number)
