"""Return to an interrupted write-up: one key, from the board and from anywhere else."""

from typing import Any

import pytest
from playwright.sync_api import expect

from dealership.management.demonstration.lane import IN_SHOP, WRITE_UP
from tests.journeys.budgets import counted
from tests.journeys.today import Today

pytestmark = pytest.mark.journey


@pytest.fixture
def dana(northgate: Any, sit_down: Any) -> Any:
    """Dana left a write-up half done, and an order is in the shop."""
    today = Today(northgate)
    today("Ingrid Voss", WRITE_UP)
    today("Will Adeyemi", IN_SHOP)
    return sit_down("dana")


def test_one_key_from_the_board(dana: Any) -> None:
    expect(dana.get_by_text("Resume Ingrid Voss")).to_be_visible()
    with counted(dana, "Return to an interrupted write-up", budget=1) as hands:
        hands.key("r")
        expect(dana.get_by_role("heading", level=1)).to_contain_text("Ingrid Voss")


def test_one_key_from_another_page_with_what_was_typed(dana: Any) -> None:
    dana.get_by_text("Resume Ingrid Voss").click()
    dana.get_by_label("Mileage now").fill("71,902")
    expect(dana.locator("[data-saved]")).to_contain_text("Saved")
    dana.goto("/customers/")
    with counted(dana, "Return to an interrupted write-up from another page", budget=1) as hands:
        hands.key("r")
        expect(dana.get_by_role("heading", level=1)).to_contain_text("Ingrid Voss")
    expect(dana.get_by_label("Mileage now")).to_have_value("71,902")


def test_what_is_typed_while_leaving_is_kept(dana: Any) -> None:
    dana.get_by_text("Resume Ingrid Voss").click()
    dana.get_by_label("Key tag").fill("T77")
    dana.get_by_role("link", name="Customers", exact=True).click()
    dana.wait_for_url("**/customers/")
    dana.keyboard.press("r")
    expect(dana.get_by_label("Key tag")).to_have_value("T77")
