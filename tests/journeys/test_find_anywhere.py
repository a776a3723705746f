"""The find box of every page: what is typed is found below it, by mouse, by keys, and without scripts."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dealership.management.demonstration.lane import ARRIVING, IN_SHOP, READY
from service_lane.models import RepairOrder
from tests.journeys.conftest import too_wide
from tests.journeys.today import FOUND, Today

pytestmark = pytest.mark.journey

TYPIST = 60


@pytest.fixture
def today(northgate: Any) -> Today:
    now = Today(northgate)
    now("Sam Moreno", ARRIVING)
    now("Will Moreland", IN_SHOP)
    now("Tess Morgan", READY, found=FOUND)
    return now


def typed(page: Any, text: str) -> Any:
    """Type into the find box as a person does; returns what hangs under it."""
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(text, delay=TYPIST)
    return page.get_by_role("region", name="Found")


@pytest.mark.parametrize("width", ["desktop", "tablet", "phone"])
def test_two_characters_find_under_the_box_on_any_page(today: Today, sit_down: Any, width: str) -> None:
    page = sit_down("dana", width)
    page.goto("/customers/")

    found = typed(page, "mor")

    for name in ("Sam Moreno", "Will Moreland", "Tess Morgan"):
        expect(found.get_by_role("link", name=name)).to_be_visible()
    expect(page.locator("#say")).to_have_text("3 found. Arrow down goes there.")
    assert too_wide(page) == []
    box, window = found.bounding_box(), page.viewport_size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= window["width"]


def test_one_character_finds_nothing_and_asks_nothing(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/find/" in request.url else None)

    found = typed(page, "m")
    with page.expect_request("**/find/?q=mo"):
        page.keyboard.type("o")

    expect(found).to_be_visible()
    assert len(asked) == 1
    page.keyboard.press("Backspace")
    expect(found).to_be_hidden()


def test_arrow_keys_go_through_what_was_found_and_enter_opens_it(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    found = typed(page, "mor")
    links = found.get_by_role("link")
    expect(links).to_have_count(3)

    page.keyboard.press("ArrowDown")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    name = links.nth(0).inner_text()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=re.compile(name)).first).to_be_visible()


def test_enter_in_the_box_opens_the_first(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    found = typed(page, "moreland")
    expect(found.get_by_role("link")).to_have_count(1)

    page.keyboard.press("Enter")

    page.wait_for_url(f"**{RepairOrder.objects.get(customer__last_name='Moreland').get_absolute_url()}")


def test_escape_closes_and_returns_to_the_box_and_then_leaves_it(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    found = typed(page, "mor")
    expect(found).to_be_visible()
    page.keyboard.press("ArrowDown")

    page.keyboard.press("Escape")

    expect(found).to_be_hidden()
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("mor")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).not_to_be_focused()


def test_letters_typed_among_the_results_go_on_in_the_box(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    found = typed(page, "mor")
    expect(found.get_by_role("link")).to_have_count(3)
    page.keyboard.press("ArrowDown")

    page.keyboard.type("gan", delay=TYPIST)

    expect(page.locator("#q")).to_have_value("morgan")
    expect(found.get_by_role("link")).to_have_count(1)
    assert "/lane/" in page.url


def test_a_click_beside_it_closes_it(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    found = typed(page, "mor")
    expect(found).to_be_visible()

    page.mouse.click(5, page.viewport_size["height"] - 5)

    expect(found).to_be_hidden()


def test_counter_view_holds_for_what_is_found(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    page.keyboard.press("p")
    expect(page.locator("body")).to_have_attribute("data-counter", "on")

    found = typed(page, "moreland")

    expect(found.get_by_role("link", name="Will M.")).to_be_visible()
    assert "Moreland" not in found.inner_html()
    assert "555" not in found.inner_text()


def test_without_scripts_the_box_goes_to_the_find_page(today: Today, sit_down: Any) -> None:
    page = sit_down("dana", java_script_enabled=False)
    page.get_by_label("Find a vehicle or customer").fill("mor")
    page.get_by_label("Find a vehicle or customer").press("Enter")

    page.wait_for_url(f"**{reverse('service_lane:find')}?q=mor")
    expect(page.get_by_role("link", name="Will Moreland")).to_be_visible()
