"""The sales floor, counted: a hand-off is claimed with one key, and its outcome takes two taps."""

from typing import Any

import pytest
from playwright.sync_api import expect

from sales_handoff.models import Handoff
from tests.conftest import Complaints
from tests.journeys.budgets import counted
from tests.journeys.today import Today

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def today(northgate: Any) -> Today:
    return Today(northgate)


@pytest.fixture
def at_a_handoff(today: Today, sit_down: Any) -> Any:
    """A salesperson who has read what is open with the customer in front of them."""

    def go(width: str) -> tuple[Any, Handoff]:
        handoff = Handoff.objects.get(repair_order=today.asked("Priya Raman"))
        page = sit_down("jean", width)
        page.goto(handoff.get_absolute_url())
        page.get_by_role("button", name="I have read this").click()
        expect(page.get_by_role("button", name="Claim it")).to_be_visible()
        return page, handoff

    return go


def test_a_handoff_is_claimed_with_one_key_and_the_advisor_reads_it(at_a_handoff: Any, sit_down: Any) -> None:
    page, handoff = at_a_handoff("desktop")

    with counted(page, "Claim a hand-off and tell the advisor", budget=1) as hands:
        hands.key("c")
        expect(page.locator("#toasts")).to_contain_text("It is yours.")

    handoff.refresh_from_db()
    assert handoff.status == Handoff.Status.CLAIMED
    board = sit_down("dana")
    board.goto("/lane/")
    expect(board.locator(".job", has_text="Priya Raman")).to_contain_text("Jean from sales will come over")


def test_an_outcome_takes_two_taps_on_a_phone(at_a_handoff: Any) -> None:
    page, handoff = at_a_handoff("phone")
    page.get_by_role("button", name="Claim it").click()
    page.get_by_role("button", name="We have met").click()
    expect(page.locator(".ho-acts")).to_contain_text("You met them at")

    with counted(page, "Record outcome", budget=2) as hands:
        hands.tap(page.locator("#finish label", has_text="Keeps the car"))
        hands.tap(page.get_by_role("button", name="Record outcome"))
        expect(page.get_by_role("region", name="Outcome")).to_contain_text("Keeps the car")

    handoff.refresh_from_db()
    assert (handoff.status, handoff.outcome) == (Handoff.Status.DONE, Handoff.Outcome.KEEPS)


def test_of_two_salespeople_the_second_reads_who_was_quicker(
    at_a_handoff: Any, sit_down: Any, browser_complaints: Complaints
) -> None:
    first, handoff = at_a_handoff("desktop")
    second = sit_down("paul")
    second.goto(handoff.get_absolute_url())
    second.get_by_role("button", name="I have read this").click()
    expect(second.get_by_role("button", name="Claim it")).to_be_visible()

    first.keyboard.press("c")
    expect(first.locator("#toasts")).to_contain_text("It is yours.")
    second.get_by_role("button", name="Claim it").or_(second.locator(".undo", has_text="Jean Mills")).first.wait_for()
    if second.get_by_role("button", name="Claim it").count():
        browser_complaints.expect("status of 409", None)  # unless the page has just learned it by itself
        second.keyboard.press("c")
    expect(second.locator(".ho-acts")).to_contain_text("Jean Mills claimed this at")
    handoff.refresh_from_db()
    assert handoff.claimed_by.name == "Jean Mills"


def test_a_phone_shows_the_list_then_one_handoff_with_everything_in_reach_and_back(today: Today, sit_down: Any) -> None:
    today.asked("Priya Raman")
    page = sit_down("jean", "phone")
    page.goto("/handoffs/")
    expect(page.locator("#ho-one")).not_to_be_visible()
    page.get_by_role("link", name="Priya Raman").click()
    expect(page.get_by_role("heading", name="Priya Raman")).to_be_visible()
    expect(page.locator("#ho-list .hand")).not_to_be_visible()
    expect(page.locator("#ho-list svg[role=img]")).to_be_in_viewport()
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("button", name="Claim it")).to_be_in_viewport()
    page.get_by_role("link", name="Hand-offs").first.click()
    expect(page.locator("#ho-list")).to_be_visible()
