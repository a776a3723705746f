"""Find any car on site, and look into a job beside the board and come back."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from dealership.management.demonstration.lane import IN_SHOP, WRITE_UP
from tests.journeys.budgets import counted
from tests.journeys.today import Today

pytestmark = pytest.mark.journey


@pytest.fixture
def dana(northgate: Any, sit_down: Any) -> Any:
    today = Today(northgate)
    today("Ingrid Voss", WRITE_UP)
    today("Will Adeyemi", IN_SHOP, tag="T44")
    today("Nora Feld", IN_SHOP, tag="T47")
    return sit_down("dana")


def test_a_scan_finds_the_car(dana: Any) -> None:
    with counted(dana, "Find any car on site by a scan", budget=1) as hands:
        hands.scan("7QAW002")
        expect(dana.get_by_role("heading", level=1)).to_contain_text("Will Adeyemi")


@pytest.mark.parametrize(
    ("by", "typed"), [("name", "adey"), ("plate", "7QAW002"), ("phone", "1002"), ("key tag", "T44")]
)
def test_four_characters_find_the_car(dana: Any, by: str, typed: str) -> None:
    with counted(dana, f"Find any car on site by {by}", budget=3) as hands:
        hands.key("/")
        expect(dana.locator("#q")).to_be_focused()
        hands.write(typed)
        expect(dana.locator("#found a").first).to_contain_text("Will Adeyemi")
        hands.key("Enter")
        expect(dana.get_by_role("heading", level=1)).to_contain_text("Will Adeyemi")


def test_two_keys_into_a_job_and_back(dana: Any) -> None:
    card = dana.locator(".job").get_by_role("link", name="Nora Feld")
    card.focus()
    with counted(dana, "Look into a job from the board and come back", budget=2) as hands:
        hands.key("Enter")
        expect(dana.locator("#panel-h")).to_be_focused()
        expect(dana.locator("#panel")).to_contain_text("tag T47")
        hands.key("Escape")
        expect(card).to_be_focused()
    expect(dana.locator("#panel")).to_be_hidden()
    expect(dana).to_have_url(re.compile(r"/lane/$"))
