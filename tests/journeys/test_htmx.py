"""The ten behaviors this house needs of htmx, each on a page of the product, and what lane.js makes of its events."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect
from pypdf import PdfReader

from dealership.management.demonstration import group
from dealership.management.demonstration.lane import ARRIVING, IN_SHOP, NEEDS_ANSWER, WRITE_UP
from dealership.models import Entry
from recommendations.models import CustomerLink
from sales_handoff.models import Handoff
from service_lane.models import RepairOrder
from tests.conftest import Complaints
from tests.journeys.today import FOUND, Today

pytestmark = pytest.mark.journey

COME_BACK = "setTimeout(() => window.dispatchEvent(new Event('focus')), 1100)"
"""What a browser says when somebody returns to the page, which then asks the server, at most once a second."""


@pytest.fixture
def today(northgate: Any) -> Today:
    return Today(northgate)


@pytest.fixture
def board(today: Today, sit_down: Any) -> Any:
    today("Sam Ortiz", ARRIVING)
    today("Will Adeyemi", IN_SHOP)
    page = sit_down("dana")
    expect(card(page, "Sam Ortiz")).to_be_visible()
    return page


def card(page: Any, name: str) -> Any:
    return page.locator(".job").get_by_role("link", name=name, exact=True)


@pytest.fixture
def handoff(today: Today, sit_down: Any) -> Any:
    """Jean before Priya's hand-off, having read what is open with her."""
    today.asked("Priya Raman")
    page = sit_down("jean")
    page.goto(reverse("sales_handoff:handoff", args=[Handoff.objects.get().pk]))
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("button", name="Claim it")).to_be_visible()
    return page


def claim(page: Any) -> None:
    page.get_by_role("button", name="Claim it").click()
    claimed(page)


def claimed(page: Any) -> None:
    expect(page.get_by_role("button", name="I am walking over")).to_be_visible()


@contextmanager
def slow(page: Any, address: str) -> Iterator[Any]:
    """Requests to `address` wait until the block says `go()`; `seen` counts them."""

    class Held:
        seen = 0
        route: Any = None

        def hold(self, route: Any) -> None:
            self.seen += 1
            self.route = route

        def go(self) -> None:
            self.route.continue_()

    held = Held()
    page.route(address, held.hold)
    yield held
    page.unroute(address)


# --- 1: morph ---------------------------------------------------------------------------------------------------------


def test_a_poll_that_changes_the_page_keeps_the_focus_and_half_a_sentence(handoff: Any, today: Today) -> None:
    claim(handoff)
    note = handoff.locator("#finish").get_by_role("textbox")
    note.fill("She wants to think about")
    note.press("Home")
    today.asked("Nora Feld")
    handoff.evaluate(COME_BACK)

    expect(handoff.locator("#ho-list")).to_contain_text("Nora Feld")

    expect(note).to_be_focused()
    expect(note).to_have_value("She wants to think about")
    assert note.evaluate("field => field.selectionStart") == 0


# --- 2: an answer of 422 ----------------------------------------------------------------------------------------------


def test_a_refused_form_comes_back_with_its_errors_and_all_that_was_typed(
    handoff: Any, browser_complaints: Complaints
) -> None:
    claim(handoff)
    note = handoff.locator("#finish").get_by_role("textbox")
    note.fill("Keeps it until spring.")

    handoff.keyboard.press("Control+Enter")

    expect(handoff.locator("#finish .err").first).to_be_visible()
    expect(note).to_have_value("Keeps it until spring.")
    assert not Entry.objects.filter(event="handoff.finished").exists()
    browser_complaints.expect("status of 422")


# --- 3: history -------------------------------------------------------------------------------------------------------


def test_back_returns_to_the_board_as_it_was_and_it_goes_on_living(board: Any, today: Today) -> None:
    board.get_by_role("link", name=re.compile("^All|All$")).first.hover()
    board.goto("/lane/?show=mine")
    card(board, "Will Adeyemi").click()
    expect(board.locator("#panel")).to_contain_text("Will Adeyemi")
    board.get_by_role("link", name="Customers", exact=True).click()
    board.wait_for_url("**/customers/")

    board.go_back()

    expect(board.locator("#panel")).to_contain_text("Will Adeyemi")
    assert "show=mine" in board.url
    board.go_back()
    expect(board.locator("#panel")).to_be_hidden()
    expect(card(board, "Will Adeyemi")).to_be_visible()
    today("Grace Lindqvist", ARRIVING)
    board.mouse.move(1, 1)
    board.evaluate(COME_BACK)
    expect(card(board, "Grace Lindqvist")).to_be_visible()


# --- 4: a double click ------------------------------------------------------------------------------------------------


def test_a_double_click_on_an_htmx_form_has_one_effect(handoff: Any) -> None:
    posts: list[str] = []
    handoff.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    handoff.get_by_role("button", name="Claim it").dblclick()

    claimed(handoff)
    assert len(posts) == 1
    assert Entry.objects.filter(event="handoff.claimed").count() == 1


def test_a_double_click_on_a_plain_form_has_one_effect(today: Today, sit_down: Any) -> None:
    order = today.order("Omar Haddad", NEEDS_ANSWER, found=FOUND)
    page = sit_down("dana")
    page.goto(f"/orders/{order.pk}/estimate/")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    page.locator("#to-send > summary").click()
    with page.expect_navigation():
        page.locator("#to-send button").dblclick()

    expect(page.locator("#toasts")).to_contain_text("Undo")
    assert len(posts) == 1
    assert CustomerLink.objects.count() == 1


# --- 5: an answer of 304 ----------------------------------------------------------------------------------------------

WATCH = """() => { window.changes = 0;
  new MutationObserver(all => { changes += all.filter(one => one.attributeName !== "class").length; })
    .observe(board, {subtree: true, childList: true, attributes: true, characterData: true}); }"""


def test_an_unchanged_board_answers_304_swaps_nothing_and_stays_live(board: Any) -> None:
    board.evaluate(WATCH)
    for _ in range(3):  # the board is another one when the minute turns
        before = board.evaluate("changes")
        with board.expect_response(lambda answer: "/lane/" in answer.url) as polled:
            pass
        if polled.value.status == 304:
            break

    assert polled.value.status == 304
    polled.value.finished()
    expect(board.locator("#live")).to_have_text(re.compile(r"Live, [0-2] s ago"))
    assert board.evaluate("changes") == before


# --- 6: in place of the stream's reconnect, as this house polls -------------------------------------------------------


def test_a_connection_that_comes_back_resyncs_at_once(board: Any, today: Today, browser_complaints: Complaints) -> None:
    board.context.set_offline(True)
    expect(board.locator("#news")).to_contain_text("No connection")
    today("Grace Lindqvist", ARRIVING)
    board.evaluate("document.body.dispatchEvent(new CustomEvent('lane:tick', {bubbles: true}))")
    expect(card(board, "Grace Lindqvist")).to_have_count(0)

    board.context.set_offline(False)

    expect(card(board, "Grace Lindqvist")).to_be_visible(timeout=3_000)  # a poll comes every ten seconds
    expect(board.locator("#news")).to_be_hidden()
    expect(board.locator("#alerts .toast")).to_have_count(0)
    browser_complaints.expect("Failed to fetch", None)


def test_a_page_that_comes_into_sight_again_resyncs_at_once(board: Any, today: Today) -> None:
    today("Grace Lindqvist", ARRIVING)

    board.evaluate("setTimeout(() => document.dispatchEvent(new Event('visibilitychange')), 1100)")

    expect(card(board, "Grace Lindqvist")).to_be_visible(timeout=4_000)


# --- 7: the token -----------------------------------------------------------------------------------------------------

BARE_POST = """address => fetch(address, {method: "POST", headers: {"HX-Request": "true"},
  body: new URLSearchParams({form_key: crypto.randomUUID()})}).then(answer => answer.status)"""


def test_a_post_carries_the_token_of_its_page_and_is_refused_without(
    handoff: Any, browser_complaints: Complaints
) -> None:
    form = handoff.locator("form", has=handoff.get_by_role("button", name="Claim it"))
    address = form.get_attribute("hx-post")
    assert handoff.evaluate(BARE_POST, address) == 403
    assert not Entry.objects.filter(event="handoff.claimed").exists()
    browser_complaints.expect("status of 403")

    form.locator("[name=csrfmiddlewaretoken]").evaluate("field => field.remove()")
    with handoff.expect_request(f"**{address}") as sent:
        handoff.get_by_role("button", name="Claim it").click()

    claimed(handoff)
    assert len(sent.value.headers["x-csrftoken"]) == 64


def test_a_page_from_before_a_new_log_in_says_so(handoff: Any, browser_complaints: Complaints) -> None:
    handoff.context.clear_cookies(name="csrftoken")
    handoff.get_by_role("button", name="Claim it").click()

    expect(handoff.locator("#alerts")).to_contain_text("This page is from before you logged in.")
    assert not Entry.objects.filter(event="handoff.claimed").exists()
    browser_complaints.expect("status of 403")


# --- 8: no connection -------------------------------------------------------------------------------------------------


def test_without_a_connection_inputs_keep_working_and_nothing_typed_is_lost(
    today: Today, sit_down: Any, browser_complaints: Complaints
) -> None:
    draft = today.write_up("Ingrid Voss", WRITE_UP)
    page = sit_down("dana", "phone")
    page.goto(draft.get_absolute_url())
    page.context.set_offline(True)
    expect(page.locator("#news")).to_contain_text("What you type stays on this page")

    page.get_by_label("Key tag").fill("T77")
    expect(page.locator("[data-saved]")).to_contain_text("Not saved yet")
    expect(page.get_by_label("Key tag")).to_have_value("T77")

    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    expect(page.locator("#news")).to_be_hidden()
    draft.refresh_from_db()
    assert draft.typed["tag"] == "T77"
    browser_complaints.expect("Failed to fetch", None)


# --- 9: a form in a dialog --------------------------------------------------------------------------------------------


def test_a_form_in_a_dialog_keeps_its_errors_there_and_closes_when_it_was_right(
    today: Today, sit_down: Any, browser_complaints: Complaints
) -> None:
    order = today.order("Will Adeyemi", IN_SHOP)
    page = sit_down("rachel")
    page.goto(order.get_absolute_url())
    page.get_by_role("link", name="Void this repair order").click()
    dialog = page.get_by_role("dialog")
    why = dialog.get_by_label("Why it is taken out of the books")
    expect(why).to_be_focused()

    dialog.get_by_role("button", name=re.compile("^Void")).click()
    expect(dialog.get_by_text("Say why.")).to_be_visible()
    expect(why).to_be_focused()
    browser_complaints.expect("status of 422")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Void this repair order")).to_be_focused()

    page.keyboard.press("Enter")
    why.fill("Opened for the wrong car")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Void this repair order")).to_have_count(0)
    order.refresh_from_db()
    assert order.status == RepairOrder.Status.VOID


# --- 10: print --------------------------------------------------------------------------------------------------------


def test_a_printed_page_opens_what_is_folded_and_leaves_the_navigation_out(today: Today, sit_down: Any) -> None:
    order = today.order("Omar Haddad", NEEDS_ANSWER, found=FOUND)
    page = sit_down("dana")
    page.goto(order.get_absolute_url())
    folded = page.locator("main details:not([open])")
    hidden = [text for text in folded.locator("legend, label").all_inner_texts() if text.strip()]
    assert folded.count()

    paper = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)

    assert "Omar Haddad" in paper
    assert "New write-up" not in paper
    assert "Hand-offs" not in paper
    words = re.sub(r"\s+", "", paper)
    assert [text for text in hidden if re.sub(r"\s+", "", text) not in words] == []
    assert folded.count()


# --- what lane.js makes of it -----------------------------------------------------------------------------------------


def test_a_slow_answer_shows_a_bar_then_a_line_and_cannot_be_sent_twice(handoff: Any) -> None:
    button = handoff.get_by_role("button", name="Claim it")
    wide = button.bounding_box()["width"]
    with slow(handoff, "**/claim/") as held:
        button.click()
        expect(button).to_have_attribute("aria-busy", "true")
        assert button.bounding_box()["width"] == wide
        expect(handoff.locator("#toasts")).to_contain_text("Still saving", timeout=4_000)
        button.click(force=True)
        handoff.keyboard.press("c")
        assert held.seen == 1
        held.go()
        claimed(handoff)
    expect(handoff.locator("#toasts")).not_to_contain_text("Still saving")
    expect(handoff.locator("[aria-busy]")).to_have_count(0)


def test_a_slow_page_shows_the_same_and_is_whole_again_when_somebody_comes_back_to_it(
    today: Today, sit_down: Any
) -> None:
    page = sit_down("dana")
    page.goto("/customers/new/")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Vance")
    sent: list[str] = []

    def stop(route: Any) -> None:  # as Escape does: the page stays
        sent.append(route.request.method)
        route.abort("aborted")

    page.route("**/customers/new/", stop)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[aria-busy=true]")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Still saving")
    assert sent == ["POST"]

    # What a browser says when it shows a page it kept, as after Back.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(page.locator("#toasts")).not_to_contain_text("Still saving")
    page.unroute("**/customers/new/")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada Vance")


def test_a_lost_answer_is_said_once_and_the_button_works_again(handoff: Any, browser_complaints: Complaints) -> None:
    button = handoff.get_by_role("button", name="Claim it")
    handoff.route("**/claim/", lambda route: route.abort())
    for _ in range(2):
        with handoff.expect_console_message(lambda said: "htmx:error" in said.text):
            button.click()
        expect(handoff.locator("#alerts .toast")).to_contain_text("That did not save. Try again.")
    expect(handoff.locator("#alerts .toast")).to_have_count(1)
    handoff.unroute("**/claim/")
    browser_complaints.expect("ERR_FAILED", None)
    browser_complaints.expect("Failed to fetch", None)

    claim(handoff)


def test_a_broken_server_is_a_sentence_with_the_requests_number(handoff: Any, browser_complaints: Complaints) -> None:
    broken = {"status": 500, "body": "<h1>no</h1>", "headers": {"X-Request-ID": "7f3a", "Content-Type": "text/html"}}
    handoff.route("**/claim/", lambda route: route.fulfill(**broken))

    handoff.get_by_role("button", name="Claim it").click()

    expect(handoff.locator("#alerts .toast")).to_contain_text("Request 7f3a")
    expect(handoff.get_by_role("button", name="Claim it")).to_be_visible()
    handoff.locator("#alerts").get_by_role("button", name="Close").click()
    expect(handoff.locator("#alerts .toast")).to_have_count(0)
    browser_complaints.expect("status of 500")


def test_undo_goes_when_its_ten_seconds_are_over_and_the_focus_is_not_lost(handoff: Any) -> None:
    handoff.clock.install()
    handoff.reload()
    claim(handoff)
    undo = handoff.locator("#toasts").get_by_role("button", name="Undo")
    undo.focus()

    handoff.clock.run_for(11_000)

    expect(undo).to_have_count(0)
    expect(handoff.locator("#toasts").get_by_role("button", name="Close")).to_be_focused()
    handoff.keyboard.press("Enter")
    expect(handoff.locator("#toasts .toast")).to_have_count(0)
    assert handoff.evaluate("document.activeElement !== document.body")


def test_a_page_that_hears_nothing_for_thirty_seconds_says_so_on_a_phone_too(
    today: Today, sit_down: Any, browser_complaints: Complaints
) -> None:
    today("Sam Ortiz", ARRIVING)
    page = sit_down("dana", "phone")
    page.clock.install()
    page.reload()
    expect(card(page, "Sam Ortiz")).to_be_visible()
    page.route("**/lane/**", lambda route: route.abort())

    page.clock.run_for(45_000)

    expect(page.locator("#news")).to_contain_text("Not live since")
    page.unroute("**/lane/**")
    page.get_by_role("button", name="Retry").click()
    page.clock.run_for(2_000)
    expect(page.locator("#news")).to_be_hidden()
    browser_complaints.expect("ERR_FAILED", None)
    browser_complaints.expect("Failed to fetch", None)


def test_nothing_moves_under_the_pointer_until_somebody_says_so(board: Any, today: Today) -> None:
    card(board, "Sam Ortiz").hover()
    today("Grace Lindqvist", ARRIVING)
    board.evaluate(COME_BACK)

    expect(board.get_by_role("button", name="1 moved")).to_be_visible()
    expect(card(board, "Grace Lindqvist")).to_have_count(0)

    board.get_by_role("button", name="1 moved").click()
    expect(card(board, "Grace Lindqvist")).to_be_visible()


def log_in_again(page: Any) -> None:
    page.get_by_label("Email").fill(f"dana@{group.DOMAIN}")
    page.get_by_label("Password").fill(group.PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_lapsed_session_leads_to_the_log_in_and_back_to_the_same_page(board: Any) -> None:
    board.goto("/lane/?show=mine")
    Session.objects.all().delete()
    board.context.clear_cookies(name="sessionid")
    board.evaluate(COME_BACK)
    board.wait_for_url(re.compile(r"/accounts/login/\?next=/lane/"))
    log_in_again(board)

    board.wait_for_url("**/lane/?show=mine")


def test_a_write_up_says_that_the_log_in_lapsed_and_keeps_what_is_typed(today: Today, sit_down: Any) -> None:
    page = sit_down("dana")
    page.route("**/here/**", lambda route: route.fulfill(status=204))  # else a poll goes to the log-in first
    # Also what the page asks for by itself once it is there would lead to the log-in.
    page.goto(today.write_up("Ingrid Voss", WRITE_UP).get_absolute_url(), wait_until="networkidle")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Key tag").fill("T77")

    expect(page.locator("[data-saved]")).to_contain_text("you are logged out")
    expect(page.get_by_label("Key tag")).to_have_value("T77")


def test_what_was_typed_when_a_poll_led_to_the_log_in_is_back_and_saved_after_it(today: Today, sit_down: Any) -> None:
    draft = today.write_up("Ingrid Voss", WRITE_UP)
    page = sit_down("dana")
    page.goto(draft.get_absolute_url(), wait_until="networkidle")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Key tag").fill("T77")
    page.evaluate(COME_BACK)
    page.wait_for_url("**/accounts/login/**")
    log_in_again(page)

    expect(page.get_by_label("Key tag")).to_have_value("T77")
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"^Saved \d"))
    draft.refresh_from_db()
    assert draft.typed["tag"] == "T77"


def test_a_page_left_open_over_a_new_release_offers_to_load_again(board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dealership.http.release_name", lambda: "the next one")
    board.evaluate(COME_BACK)

    expect(board.locator("#news")).to_contain_text("Lane was updated")
    monkeypatch.undo()
    board.get_by_role("button", name="Load again").click()
    expect(board.locator("#news")).to_be_hidden()
    expect(card(board, "Sam Ortiz")).to_be_visible()
