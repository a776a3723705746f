"""The order beside the board: the board goes on, keys go on, the way back is the way in."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealership.management.demonstration.lane import IN_SHOP, READY
from service_lane.actions import orders
from service_lane.models import Concern, RepairOrder
from tests.conftest import Complaints
from tests.journeys.conftest import too_wide
from tests.journeys.today import Today

pytestmark = pytest.mark.journey


@pytest.fixture
def will(northgate: Any) -> RepairOrder:
    today = Today(northgate)
    order = today.order("Will Adeyemi", IN_SHOP, concerns=("It squeals.",), inspected="none", promised=60)
    today("Nora Feld", IN_SHOP, inspected="none", promised=120)
    today("Tess Morgan", READY, inspected="none", services=("01HNLOF",), work="done")
    return order


@pytest.fixture
def dana(will: RepairOrder, sit_down: Any) -> Any:
    return sit_down("dana")


def open_beside(page: Any, name: str) -> Any:
    page.locator(".job").get_by_role("link", name=name).click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text(name)
    return panel


def poll(page: Any) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/lane/")):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('lane:tick', {bubbles: true}))")


def test_the_board_goes_on_and_the_panel_stays(dana: Any, will: RepairOrder, northgate: Any) -> None:
    panel = open_beside(dana, "Will Adeyemi")
    panel.get_by_label("Cause").fill("Half a wo")
    orders.assign(repair_order=will, technician=northgate[1]["luis"], by=northgate[1]["dana"], at=timezone.now())
    poll(dana)
    expect(dana.locator(f"#order-{will.pk} .foot")).to_contain_text("LB")
    expect(panel.get_by_label("Cause")).to_have_value("Half a wo")
    expect(panel.get_by_label("Cause")).to_be_focused()
    expect(dana.locator(f"#order-{will.pk} a")).to_have_attribute("aria-current", "true")


def test_back_closes_it_forward_opens_it_and_its_address_is_its_own(dana: Any, will: RepairOrder) -> None:
    open_beside(dana, "Will Adeyemi")
    expect(dana).to_have_url(re.compile(rf"/lane/\?order={will.pk}$"))
    dana.go_back()
    expect(dana.locator("#panel")).to_be_hidden()
    expect(dana.locator(".job").get_by_role("link", name="Will Adeyemi")).to_be_focused()
    dana.go_forward()
    expect(dana.locator("#panel")).to_contain_text("It squeals.")
    dana.reload()
    expect(dana.locator("#panel")).to_contain_text("It squeals.")
    dana.keyboard.press("Escape")
    expect(dana.locator("#panel")).to_be_hidden()
    expect(dana).to_have_url(re.compile(r"/lane/$"))


def test_keys_go_from_card_to_card_and_the_panel_follows(dana: Any) -> None:
    panel = open_beside(dana, "Will Adeyemi")
    expect(dana.locator("#panel-h")).to_be_focused()
    dana.keyboard.press("j")
    expect(dana.locator(".job").get_by_role("link", name="Nora Feld")).to_be_focused()
    expect(panel.locator("#panel-h")).to_have_text("Nora Feld")
    dana.keyboard.press("l")
    expect(panel.locator("#panel-h")).to_have_text("Tess Morgan")
    dana.keyboard.press("Escape")
    focused = dana.locator(".job").get_by_role("link", name="Tess Morgan")
    expect(focused).to_be_focused()


def test_a_focused_card_is_never_under_the_panel(dana: Any) -> None:
    panel = open_beside(dana, "Tess Morgan")
    card = dana.locator(".job").get_by_role("link", name="Tess Morgan").locator("xpath=ancestor::article")
    expect(panel).to_be_visible()
    is_left_of = "([one, other]) => one.getBoundingClientRect().left < other.getBoundingClientRect().left"
    dana.wait_for_function(is_left_of, arg=[card.element_handle(), panel.element_handle()])  # the board scrolls there
    assert too_wide(dana) == []


def test_cause_and_correction_keep_themselves_once_left(dana: Any, will: RepairOrder) -> None:
    panel = open_beside(dana, "Will Adeyemi")
    panel.get_by_label("Cause").fill("Dust shield bent")
    panel.get_by_label("Correction").fill("Bent it back")
    expect(panel.get_by_text("Saved")).to_contain_text("Dana Kim")
    with dana.expect_response(lambda answer: "/concerns/" in answer.url):
        panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_label("Correction")).to_have_value("Bent it back")
    dana.keyboard.press("Escape")
    concern = Concern.objects.get(repair_order=will)
    assert (concern.cause, concern.correction) == ("Dust shield bent", "Bent it back")
    expect(dana.locator(".job").get_by_role("link", name="Will Adeyemi")).to_be_focused()
    dana.keyboard.press("Enter")
    expect(panel.get_by_label("Cause")).to_have_value("Dust shield bent")


def test_what_is_done_in_the_panel_stays_there_and_moves_the_card(dana: Any, will: RepairOrder) -> None:
    panel = open_beside(dana, "Will Adeyemi")
    panel.get_by_role("button", name="The car is ready").click()
    expect(panel.get_by_role("button", name="Tell the customer it is ready")).to_be_visible()
    expect(dana.locator("#col-ready")).to_contain_text("Will Adeyemi")
    expect(dana).to_have_url(re.compile(rf"order={will.pk}"))


def test_a_narrow_window_and_a_page_without_scripts_lead_to_the_order_itself(will: RepairOrder, sit_down: Any) -> None:
    tablet = sit_down("dana", "tablet")
    tablet.locator(".job").get_by_role("link", name="Will Adeyemi").click()
    expect(tablet).to_have_url(re.compile(rf"/orders/{will.pk}/$"))
    tablet.goto(f"/lane/?order={will.pk}")
    tablet.wait_for_url(f"**/orders/{will.pk}/")
    plain = sit_down("dana", java_script_enabled=False)
    plain.goto(f"/lane/?order={will.pk}")
    expect(plain.locator("#panel")).to_contain_text("It squeals.")
    plain.get_by_role("link", name="Close", exact=True).click()
    expect(plain.locator("#panel")).to_be_hidden()


def test_an_order_of_another_rooftop_is_not_there(
    will: RepairOrder, sit_down: Any, browser_complaints: Complaints
) -> None:
    page = sit_down("rosa")
    browser_complaints.expect("status of 404")
    assert page.goto(f"/lane/?order={will.pk}").status == 404
