"""Keys: what is shown is wired, what is listed works on this page, and a scanner is not a typist."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dealership.management.demonstration.lane import ARRIVING, IN_SHOP, NEEDS_ANSWER, READY, WRITE_UP
from sales_handoff.models import Handoff
from service_lane.models import WriteUp
from tests.journeys.budgets import SCAN_GAP
from tests.journeys.today import FOUND, Today

pytestmark = pytest.mark.journey

VIN = "1HNPR2F3XTAU12345"
"""Seventeen characters, and a key of the board at nearly every place."""
TYPIST = 120  # milliseconds between two keys of somebody who types fast


@pytest.fixture
def today(northgate: Any) -> Today:
    """One car in each column; Dana has one write-up she left."""
    now = Today(northgate)
    now("Sam Ortiz", ARRIVING, where="2", stay="waits", promised=-8)
    now("Ingrid Voss", WRITE_UP)
    now("Will Adeyemi", IN_SHOP)
    now("Omar Haddad", NEEDS_ANSWER, found=FOUND, shown_by="counter")
    now("Luis Moreno", READY, found=FOUND)
    return now


@pytest.fixture
def board(today: Today, sit_down: Any) -> Any:
    page = sit_down("dana")
    expect(page.get_by_role("heading", name="Arriving")).to_be_visible()
    return page


def scan(page: Any, code: str) -> None:
    page.keyboard.type(code, delay=SCAN_GAP)
    page.keyboard.press("Enter")


def listed(page: Any) -> dict[str, str]:
    """What the list behind ? says: key to words."""
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys on this page")
    expect(dialog).to_be_visible()
    words = dialog.locator("dl > *:visible").evaluate_all(
        "rows => rows.map(row => [row.tagName, row.tagName === 'DT'"
        " ? [...row.children].map(k => k.textContent).join(' ') : row.textContent])"
    )
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    keys = [text for tag, text in words if tag == "DT"]
    return dict(zip(keys, [text for tag, text in words if tag == "DD"], strict=True))


# --- the list behind ? ------------------------------------------------------------------------------------------------


def test_the_list_holds_what_works_on_the_board_in_the_words_of_the_board(board: Any) -> None:
    keys = listed(board)

    assert keys["R"] == "Resume Ingrid Voss"
    assert keys["1"] == "Greet Sam Ortiz"
    assert keys["N"] == "New write-up"
    assert keys["P"] == "Counter view"
    assert keys["H J K L"] == "Move on the board, or use arrows"
    assert "A" not in keys


def test_the_list_of_another_page_claims_no_key_of_the_board(board: Any) -> None:
    board.goto("/customers/")

    keys = listed(board)

    assert {"I", "N", "P", "R", "Y", "/", "?", "Esc"} == set(keys)
    assert keys["R"] == "Resume where you stopped"


SHOWN = """() => [...document.querySelectorAll("kbd")].filter(k => k.getClientRects().length && !k.closest("#keys"))
  .map(k => k.textContent.trim().toLowerCase().replace("ctrl ", "ctrl+").replace("esc", "escape"))"""
WIRED = """() => [...document.querySelectorAll("[data-key]")].filter(e => e.getClientRects().length)
  .map(e => e.dataset.key)"""


def test_every_key_that_is_shown_is_wired(today: Today, sit_down: Any) -> None:
    draft = WriteUp.objects.get(repair_order=None)
    order = today.order("Nora Feld", NEEDS_ANSWER, found=FOUND)
    today.asked("Priya Raman")
    pages = {
        "dana": (
            *("/lane/", f"/lane/?order={order.pk}", draft.get_absolute_url(), order.get_absolute_url()),
            *(f"/orders/{order.pk}/estimate/", f"/orders/{order.pk}/call/", "/approvals/", "/write-ups/new/"),
        ),
        "jo": ("/inspections/", order.inspection.get_absolute_url()),
        "jean": ("/handoffs/", reverse("sales_handoff:handoff", args=[Handoff.objects.get().pk])),
    }
    claimed = {}
    seen = set()
    for login, addresses in pages.items():
        page = sit_down(login)
        for address in addresses:
            page.goto(address)
            shown = set(page.evaluate(SHOWN))
            seen |= shown
            if idle := shown - set(page.evaluate(WIRED)) - {"/"}:
                claimed[address] = idle
    assert claimed == {}
    assert {"n", "r", "1", "a", "ctrl+enter", "escape", "/", "p"} <= seen


# --- what keys do -----------------------------------------------------------------------------------------------------


def test_letters_and_digits_go_where_they_say(board: Any) -> None:
    board.keyboard.press("1")
    expect(board.get_by_role("heading", level=1)).to_contain_text("Sam Ortiz")
    board.keyboard.press("r")
    expect(board.get_by_role("heading", level=1)).to_contain_text("Ingrid Voss")
    board.keyboard.press("n")
    board.wait_for_url("**/write-ups/new/**")


def test_h_j_k_l_and_arrows_move_on_the_board_and_enter_opens(board: Any) -> None:
    for key, name in (("j", "Sam Ortiz"), ("l", "Ingrid Voss"), ("ArrowRight", "Will Adeyemi"), ("h", "Ingrid Voss")):
        board.keyboard.press(key)
        expect(board.get_by_role("link", name=name, exact=True)).to_be_focused()
    board.keyboard.press("Enter")
    expect(board.get_by_role("heading", level=1)).to_contain_text("Ingrid Voss")


def test_counter_view_is_one_key_and_one_key_back(board: Any) -> None:
    board.keyboard.press("p")
    expect(board.locator("body")).to_have_attribute("data-counter", "on")
    expect(board.get_by_role("link", name="Sam O.", exact=True)).to_be_visible()
    board.keyboard.press("p")
    expect(board.get_by_role("link", name="Sam Ortiz", exact=True)).to_be_visible()


def test_keys_are_letters_while_somebody_types_and_escape_leaves_the_field(board: Any) -> None:
    board.keyboard.press("/")
    expect(board.locator("#q")).to_be_focused()
    board.keyboard.type("np1", delay=TYPIST)
    expect(board.locator("#q")).to_have_value("np1")
    board.keyboard.press("Escape")
    board.keyboard.press("Escape")
    expect(board.locator("#q")).not_to_be_focused()
    assert "/lane/" in board.url


def test_the_switch_turns_single_keys_off_on_this_device_and_a_scan_still_works(board: Any) -> None:
    board.keyboard.press("?")
    board.get_by_label("Single-letter keys are on").uncheck()
    board.keyboard.press("Escape")
    board.reload()
    expect(board.get_by_role("heading", name="Arriving")).to_be_visible()
    board.keyboard.type("njp", delay=TYPIST)
    expect(board.get_by_role("link", name="Sam Ortiz", exact=True)).not_to_be_focused()
    assert "/lane/" in board.url
    scan(board, VIN)
    board.wait_for_url(f"**/find/?q={VIN}")
    board.goto("/lane/")
    board.locator("summary", has_text="your menu").click()
    board.get_by_role("button", name="Keys").click()
    board.get_by_label("Single-letter keys are on").check()
    board.keyboard.press("Escape")
    board.keyboard.press("n")
    board.wait_for_url("**/write-ups/new/**")


def test_control_and_enter_save_the_form_that_somebody_is_in(board: Any) -> None:
    board.goto("/customers/new/")
    board.get_by_label("First name").fill("Ada")
    board.get_by_label("Last name").fill("Vance")
    board.keyboard.press("Control+Enter")
    expect(board.get_by_role("heading", level=1)).to_contain_text("Ada Vance")


def test_undo_is_one_key_after_a_claim(today: Today, sit_down: Any) -> None:
    today.asked("Priya Raman")
    page = sit_down("jean")
    page.get_by_role("link", name="Priya Raman").first.click()
    page.get_by_role("button", name="I have read this").click()
    claim = page.get_by_role("button", name="Claim it")
    expect(claim).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    page.keyboard.press("u")
    expect(claim).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(0)
    assert Handoff.objects.get().status == Handoff.Status.WAITING


# --- a scanner --------------------------------------------------------------------------------------------------------


def test_a_scan_on_the_board_lands_in_the_find_box_and_presses_no_key(board: Any) -> None:
    scan(board, VIN)

    board.wait_for_url(f"**/find/?q={VIN}")
    expect(board.locator("#q")).to_have_value(VIN)
    expect(board.locator("body")).not_to_have_attribute("data-counter", "on")


def test_a_scan_beside_a_focused_button_does_not_press_it(board: Any) -> None:
    board.get_by_role("button", name="Counter view").focus()

    scan(board, VIN)

    board.wait_for_url(f"**/find/?q={VIN}")
    expect(board.locator("body")).not_to_have_attribute("data-counter", "on")


def test_a_scan_into_the_find_box_itself_is_found(board: Any) -> None:
    board.keyboard.press("/")
    expect(board.locator("#q")).to_be_focused()

    scan(board, VIN)

    board.wait_for_url(f"**/find/?q={VIN}")


def test_a_scan_into_a_field_is_typed_there_and_sends_nothing(board: Any) -> None:
    board.goto("/customers/new/")
    first = board.get_by_label("First name")
    first.focus()

    scan(board, VIN)

    expect(first).to_have_value(VIN)
    assert board.url.endswith("/customers/new/")
    expect(board.locator("[aria-busy=true]")).to_have_count(0)


def test_a_typists_enter_still_sends_a_form(board: Any) -> None:
    board.goto("/customers/new/")
    board.get_by_label("First name").press_sequentially("Theodora", delay=TYPIST)
    board.get_by_label("Last name").press_sequentially("Vance", delay=TYPIST)
    board.wait_for_timeout(TYPIST)
    board.keyboard.press("Enter")

    board.wait_for_url(re.compile(r"/customers/\d+/"))
