"""The write-up under interruption: nothing typed is lost, damage and signatures go by hand or by keyboard."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealership.models import Rooftop
from service_lane.actions import writeup
from service_lane.models import DamageMark, RepairOrder, WriteUp
from tests.cast import make_customer, make_vehicle
from tests.conftest import Complaints
from tests.journeys.conftest import too_wide

pytestmark = pytest.mark.journey


@pytest.fixture
def begun(northgate: tuple[Rooftop, dict[str, Any]]) -> WriteUp:
    """Dana is writing up Nora's car."""
    rooftop, staff = northgate
    nora = make_customer("Nora", "Feld", "+14155550177")
    return writeup.start(
        rooftop=rooftop, customer=nora, vehicle=make_vehicle(nora), by=staff["dana"], at=timezone.now()
    )


def go_to(page: Any, write_up: WriteUp) -> None:
    page.goto(page.url.split("/lane/")[0] + write_up.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text("Nora Feld")


def saved(page: Any) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def test_it_goes_on_in_the_field_it_was_left_in(begun: WriteUp, sit_down: Any) -> None:
    dana = sit_down("dana")
    go_to(dana, begun)
    expect(dana.get_by_label("Mileage now")).to_be_focused()
    dana.keyboard.type("88310")
    dana.keyboard.press("Enter")  # on to the next field, and nothing is sent
    expect(dana.get_by_label("VIN", exact=True)).to_be_focused()
    with dana.expect_response("**/save/"):
        dana.get_by_label("Concern 1, in their words").fill("It squeals.")
    dana.get_by_role("link", name="Lane", exact=True).first.click()
    dana.wait_for_url("**/lane/")
    dana.keyboard.press("r")
    expect(dana.get_by_label("Concern 1, in their words")).to_be_focused()
    expect(dana.get_by_label("Concern 1, in their words")).to_have_value("It squeals.")
    expect(dana.get_by_label("Mileage now")).to_have_value("88310")


def test_a_dead_connection_and_a_reload_lose_nothing(
    begun: WriteUp, sit_down: Any, browser_complaints: Complaints
) -> None:
    dana = sit_down("dana")
    go_to(dana, begun)
    dana.context.set_offline(True)
    dana.get_by_label("Why they came today").fill("It squeals when I back out.")
    dana.locator("label", has=dana.locator("input[name=stay][value=loaner]")).click()
    expect(dana.locator("[data-saved]")).to_have_text("Not saved yet. Trying again.")
    copies = "() => Object.keys(localStorage).filter((key) => key.startsWith('lane.draft.')).length"
    assert dana.evaluate(copies) == 1
    browser_complaints.expect("net::ERR_FAILED", None)
    browser_complaints.expect("Failed to fetch", None)
    dana.route("**/save/", lambda route: route.abort())  # the page goes before the line is back
    dana.context.set_offline(False)
    dana.reload()
    dana.unroute("**/save/")
    expect(dana.get_by_label("Why they came today")).to_have_value("It squeals when I back out.")
    expect(dana.locator("input[name=stay][value=loaner]")).to_be_checked()
    expect(dana.locator("[data-saved]")).to_contain_text(re.compile(r"^Saved \d"), timeout=15_000)
    assert dana.evaluate(copies) == 0  # saved, and off this device
    begun.refresh_from_db()
    assert (begun.typed["purpose"], begun.typed["stay"]) == ("It squeals when I back out.", "loaner")


def test_one_change_comes_back_with_one_key(begun: WriteUp, sit_down: Any) -> None:
    dana = sit_down("dana")
    go_to(dana, begun)
    for stay in ("waits", "loaner"):
        with dana.expect_response("**/save/"):
            dana.locator("label", has=dana.locator(f"input[name=stay][value={stay}]")).click()
    expect(dana.locator("#undo-last")).to_contain_text("Undo how they stay")
    dana.keyboard.press("u")
    expect(dana.locator("input[name=stay][value=waits]")).to_be_checked()


def test_damage_is_pinned_by_a_tap_and_by_the_keyboard(begun: WriteUp, sit_down: Any, keep: Any) -> None:
    dana = sit_down("dana")
    go_to(dana, begun)
    dana.get_by_label("Why they came today").fill("It squeals.")
    plan = dana.locator("#plan")
    plan.scroll_into_view_if_needed()
    box = plan.bounding_box()
    plan.click(position={"x": box["width"] * 142 / 320, "y": box["height"] * 26 / 150})
    expect(dana.locator("#id_mark_place")).to_have_value("left-rear-door")
    expect(dana.get_by_role("button", name="Scratch")).to_be_focused()
    dana.keyboard.press("Enter")
    expect(dana.locator(".marks li")).to_have_count(1)
    expect(dana.locator(".marks li").first).to_contain_text("Scratch. Left rear door.")
    expect(plan).to_have_attribute("aria-label", re.compile("Mark 1: Scratch, Left rear door."))
    dana.evaluate("document.activeElement.blur()")
    dana.keyboard.press("m")
    expect(dana.locator("#id_mark_place")).to_be_focused()
    dana.locator("#id_mark_place").select_option(label="Windshield")
    dana.get_by_label("Size or detail, if any").fill("smaller than a dime")
    dana.get_by_role("button", name="Chip").press("Enter")
    expect(dana.locator(".marks li")).to_have_count(2)
    dana.get_by_role("button", name="Take off mark 1").click()
    expect(dana.locator(".marks li")).to_have_count(1)
    assert [str(mark) for mark in DamageMark.objects.standing()] == ["1. Chip, smaller than a dime, Windshield"]
    expect(dana.get_by_label("Why they came today")).to_have_value("It squeals.")  # the page was never left
    begun.refresh_from_db()
    assert begun.typed["purpose"] == "It squeals."
    keep(dana, "pins")


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_a_signature_is_drawn_kept_through_a_refusal_and_shown_on_the_order(
    begun: WriteUp, sit_down: Any, keep: Any, width: str, browser_complaints: Complaints
) -> None:
    dana = sit_down("dana", width)
    go_to(dana, begun)
    assert not dana.evaluate(
        "() => performance.getEntriesByType('resource').some((r) => r.name.includes('signature_pad'))"
    )
    dana.get_by_role("button", name="Sign by hand").click()
    pad = dana.locator(".sig-pad")
    pad.scroll_into_view_if_needed()
    draw(dana, pad)
    with dana.expect_response("**/save/"):
        draw(dana, pad)
    browser_complaints.expect("status of 422", 2)
    dana.get_by_role("button", name="Open repair order").click()
    expect(dana.locator(".err-sum")).to_be_visible()
    expect(dana.locator(".sig-lines path").first).to_be_attached()
    dana.get_by_role("button", name="Clear").click()
    expect(dana.locator(".sig-lines")).to_have_count(0)
    dana.get_by_role("button", name="Sign by hand").click()
    draw(dana, dana.locator(".sig-pad"))
    dana.get_by_label("Mileage now").fill("88310")
    dana.get_by_label("Why they came today").fill("It squeals.")
    dana.locator("label", has=dana.locator("input[name=promised]")).first.click()
    with dana.expect_response("**/check/"):
        dana.get_by_label("Who we ask").select_option(index=1)
    expect(dana.locator("#sign-words")).to_contain_text("Ask me by")
    dana.get_by_role("button", name="Sign by hand").or_(
        dana.get_by_role("button", name="Clear")
    ).first.scroll_into_view_if_needed()
    keep(dana, "signed-by-hand")
    assert too_wide(dana) == []
    dana.get_by_role("button", name="Open repair order").click()
    expect(dana.locator(".err-sum")).to_contain_text("has changed since they read it")
    dana.get_by_role("button", name="Clear").click()
    dana.get_by_role("button", name="Sign by hand").click()
    with dana.expect_response("**/save/"):
        draw(dana, dana.locator(".sig-pad"))
    dana.get_by_role("button", name="Open repair order").click()
    dana.wait_for_url(re.compile(r"/orders/\d+/$"))
    order = RepairOrder.objects.get()
    assert (order.signed_how, order.signed_name) == ("drawn", "Nora Feld")
    dana.locator("summary", has_text="The words that were signed").click()
    expect(dana.locator(".sig-lines")).to_be_visible()


def draw(page: Any, pad: Any) -> None:
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    x, y = box["x"] + 30, box["y"] + 60
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(x + 14 * step, y + (22 if step % 2 else -18))
    page.mouse.up()


def test_a_colleague_in_the_same_write_up_is_named(begun: WriteUp, sit_down: Any) -> None:
    dana, marcus = sit_down("dana"), sit_down("marcus")
    go_to(dana, begun)
    go_to(marcus, begun)
    with marcus.expect_response("**/save/"):
        marcus.get_by_label("Mileage now").fill("88310")
    dana.evaluate("document.body.dispatchEvent(new CustomEvent('lane:tick', { bubbles: true }))")
    expect(dana.locator("#here")).to_contain_text("Marcus")
    expect(dana.locator("#here")).to_contain_text("Changed since you opened it: mileage.")


def test_without_scripts_a_write_up_is_marked_and_opened(begun: WriteUp, sit_down: Any) -> None:
    dana = sit_down("dana", java_script_enabled=False)
    go_to(dana, begun)
    dana.get_by_label("Mileage now").fill("88310")
    dana.get_by_label("Why they came today").fill("It squeals.")
    dana.get_by_label("Damage where").select_option(label="Hood")
    dana.get_by_role("button", name="Dent").click()
    expect(dana.locator(".marks li")).to_contain_text("Dent. Hood.")
    expect(dana.get_by_label("Mileage now")).to_have_value("88310")
    dana.locator("label", has=dana.locator("input[name=promised]")).first.click()
    dana.get_by_role("button", name="Open repair order").click()
    dana.get_by_label("Type your full name to agree").fill("Nora Feld")
    dana.get_by_role("button", name="I agree").click()
    expect(dana.get_by_role("heading", name="Damage seen before it went in")).to_be_visible()
    assert RepairOrder.objects.get().signed_name == "Nora Feld"
