"""Behind the lift there is no signal: photos and answers stay on the device, survive a reload, and arrive once."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, expect

from service_lane.models import Condition, Inspection, InspectionItem, Photo
from tests.conftest import Complaints
from tests.journeys.in_the_bay import card, inspection_of, item, picture, sign

pytestmark = pytest.mark.journey

UNSENT = ("net::ERR_", "Failed to load resource", "htmx:error")


@pytest.fixture
def inspection(northgate: Any) -> Inspection:
    return inspection_of(northgate)


@pytest.fixture
def page(inspection: Inspection, sit_down: Any, browser_complaints: Complaints) -> Any:
    """Jo's phone.  That a request found no signal is what these tests are about, so the console may say so."""
    for words in UNSENT:
        browser_complaints.expect(words, None)
    return sit_down("jo", "phone", has_touch=True)


def until(page: Any, there: Callable[[], bool]) -> None:
    """Wait for what a route of this test does: it runs only while the page is waited for."""
    for _ in range(600):
        if there():
            return
        page.wait_for_timeout(50)
    pytest.fail("It did not happen within 30 s.")


def waiting(page: Any, row: InspectionItem) -> Any:
    return card(page, row).locator(".shots li.wait")


def test_two_photos_without_a_signal_survive_a_reload_and_arrive_once(
    page: Any, inspection: Inspection, tmp_path: Path
) -> None:
    row = item(inspection, "front-pads")
    uploads = f"**/inspections/{inspection.pk}/items/{row.pk}/photos/"
    page.goto(row.get_absolute_url())
    page.route(uploads, lambda route: route.abort("internetdisconnected"))
    card(page, row).locator(".notes summary").click()
    card(page, row).locator("input[type=file]").set_input_files([picture(tmp_path, "one"), picture(tmp_path, "two")])
    expect(waiting(page, row)).to_have_count(2)
    expect(page.locator("#signal")).to_contain_text("2 photos wait")
    assert not Photo.objects.exists()

    page.reload()
    expect(waiting(page, row)).to_have_count(2)
    expect(waiting(page, row).first).to_contain_text("waiting for signal")
    # The same photos go from another page of the site too.
    page.unroute(uploads)
    page.goto(inspection.repair_order.get_absolute_url())
    page.wait_for_function("() => !localStorage.getItem('lane.waiting')")
    assert Photo.objects.filter(item=row).count() == 2
    page.goto(row.get_absolute_url())
    expect(card(page, row).locator(".shots figcaption")).to_have_count(2)
    expect(waiting(page, row)).to_have_count(0)
    assert Photo.objects.filter(item=row).count() == 2


def test_a_photo_stays_when_an_answer_from_before_it_comes_after_it(
    page: Any, inspection: Inspection, tmp_path: Path
) -> None:
    """The card that a save brings was drawn before the photo arrived, and takes the place of the one that shows it."""
    row = item(inspection, "headlights")
    page.goto(row.get_absolute_url())
    held: list[Any] = []
    saves = f"**/inspections/{inspection.pk}/items/{row.pk}/"
    page.route(saves, lambda route: held.append((route, route.fetch())))
    with page.expect_request(saves):
        sign(page, row, "red").click()
    card(page, row).locator(".notes summary").click()
    card(page, row).locator("input[type=file]").set_input_files(picture(tmp_path, "late"))
    expect(card(page, row).locator(".shots figcaption")).to_contain_text("being checked")
    until(page, lambda: bool(held))
    [(route, response)] = held
    assert "being checked" not in response.text()

    route.fulfill(response=response)

    expect(sign(page, row, "red").locator("input")).to_be_checked()
    expect(card(page, row).locator(".shots figcaption")).to_have_count(1)
    expect(card(page, row).locator(".shots figcaption")).to_contain_text("being checked")


def test_a_photo_whose_answer_was_lost_goes_again_and_is_one_photo(
    page: Any, inspection: Inspection, tmp_path: Path
) -> None:
    row = item(inspection, "front-pads")
    uploads = f"**/inspections/{inspection.pk}/items/{row.pk}/photos/"
    page.goto(row.get_absolute_url())

    def lose_the_answer(route: Any) -> None:
        with suppress(Error):  # the page may have stopped waiting by itself
            route.fetch()
            route.abort("connectionreset")

    page.route(uploads, lose_the_answer)
    card(page, row).locator(".notes summary").click()
    card(page, row).locator("input[type=file]").set_input_files(picture(tmp_path, "one"))
    expect(waiting(page, row)).to_have_count(1)
    assert Photo.objects.count() == 1
    page.unroute(uploads)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(waiting(page, row)).to_have_count(0)
    expect(card(page, row).locator(".shots figcaption")).to_have_count(1)
    assert Photo.objects.count() == 1


def test_a_photo_that_is_refused_says_why_and_may_be_dropped(page: Any, inspection: Inspection, tmp_path: Path) -> None:
    row = item(inspection, "front-pads")
    page.goto(row.get_absolute_url())
    page.route(
        f"**/items/{row.pk}/photos/",
        lambda route: route.fulfill(status=422, content_type="text/plain", body="A photo may have 15 MB."),
    )
    card(page, row).locator(".notes summary").click()
    card(page, row).locator("input[type=file]").set_input_files(picture(tmp_path, "one"))
    tile = card(page, row).locator(".shots li").first
    expect(tile).to_contain_text("A photo may have 15 MB.")
    expect(tile.get_by_role("button", name="Try again")).to_be_visible()
    tile.get_by_role("button", name="Drop").click()
    expect(card(page, row).locator(".shots li")).to_have_count(1)  # the tile that adds one
    page.wait_for_function("() => !localStorage.getItem('lane.waiting')")


def test_answers_without_a_signal_wait_in_order_and_arrive_once(page: Any, inspection: Inspection) -> None:
    lamps, wipers, pads = (item(inspection, key) for key in ("headlights", "wipers", "front-pads"))
    page.goto(lamps.get_absolute_url())
    page.wait_for_function("() => document.body.dataset.ahead")  # the other sections are here too
    page.context.set_offline(True)
    sign(page, lamps, "green").click()
    expect(card(page, lamps)).to_contain_text("Not saved yet: Good.")
    sign(page, lamps, "yellow").click()
    sign(page, wipers, "green").click()
    expect(page.locator("#count")).to_contain_text("2 not saved yet")
    expect(page.locator("#signal")).to_contain_text("3 answers are safe on this device")
    # On to another section, without a signal: both pads measured, one after the other.
    page.locator("#secs").get_by_role("link", name="Brakes").click()
    expect(page.locator("h1")).to_have_text("Brakes")
    pad = card(page, pads).locator(".pad")
    for key in ("2", "3"):
        pad.locator(f"[data-k='{key}']").click()
        pad.locator(".save").click()
    expect(card(page, pads)).to_contain_text("3 mm, right front")
    assert not InspectionItem.objects.exclude(condition=Condition.UNCHECKED).exists()

    page.context.set_offline(False)
    expect(page.locator("#signal")).to_be_hidden(timeout=30_000)
    expect(card(page, pads).locator(".read")).to_contain_text("2")
    for row, condition in ((lamps, "yellow"), (wipers, "green"), (pads, "red")):
        row.refresh_from_db()
        assert row.condition == condition
    assert {str(one) for one in pads.readings.all()} == {"2 mm", "3 mm"}
    assert (lamps.version, wipers.version, pads.version) == (2, 1, 2)


def test_an_answer_survives_a_reload_and_a_lost_answer(page: Any, inspection: Inspection) -> None:
    row = item(inspection, "wipers")
    address = f"**/inspections/{inspection.pk}/items/{row.pk}/"
    page.goto(row.get_absolute_url())

    lost: list[Any] = []

    def lose_the_answer(route: Any) -> None:
        if route.request.method == "POST":
            with suppress(Error):  # the page may have stopped waiting by itself
                lost.append(route.fetch(max_redirects=0))
                route.abort("connectionreset")
        else:
            route.continue_()

    page.route(address, lose_the_answer)
    sign(page, row, "green").click()
    expect(card(page, row)).to_contain_text("Not saved yet: Good.")
    until(page, lambda: bool(lost))
    row.refresh_from_db()
    assert (row.condition, row.version) == (Condition.GREEN, 1)  # it did arrive; nobody here knows
    page.reload()
    expect(card(page, row)).to_contain_text("Not saved yet: Good.")
    page.unroute(address)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#signal")).to_be_hidden(timeout=30_000)
    expect(card(page, row)).not_to_contain_text("Not saved yet")
    row.refresh_from_db()
    assert (row.condition, row.version) == (Condition.GREEN, 1)


def test_an_answer_overtaken_meanwhile_is_shown_and_may_be_saved_over_it(
    page: Any, inspection: Inspection, northgate: Any
) -> None:
    from django.utils import timezone

    from service_lane.actions.inspection import record_item

    row = item(inspection, "wipers")
    page.goto(row.get_absolute_url())
    page.context.set_offline(True)
    sign(page, row, "green").click()
    expect(card(page, row)).to_contain_text("Not saved yet: Good.")
    record_item(item=row, version=0, by=northgate[1]["luis"], at=timezone.now(), seen="yellow")
    page.context.set_offline(False)
    expect(card(page, row)).to_contain_text("Not taken. Somebody changed this", timeout=30_000)
    card(page, row).get_by_role("button", name="Save mine").click()
    expect(page.locator("#signal")).to_be_hidden(timeout=30_000)
    row.refresh_from_db()
    assert (row.condition, row.version) == (Condition.GREEN, 2)


def test_what_the_server_would_ask_is_asked_without_a_signal(page: Any, inspection: Inspection) -> None:
    row = item(inspection, "exhaust")
    page.goto(row.get_absolute_url())
    page.context.set_offline(True)
    sign(page, row, "none").click()
    box = card(page, row).locator(".over")
    box.get_by_label("Could not reach it").check(force=True)
    box.get_by_role("button", name="Keep it").click()
    expect(card(page, row)).to_contain_text("Not saved yet: Not done.")
    page.context.set_offline(False)
    expect(page.locator("#signal")).to_be_hidden(timeout=30_000)
    row.refresh_from_db()
    assert (row.condition, row.not_inspected_reason) == (Condition.NOT_INSPECTED, "Could not reach it")


def test_logging_out_asks_first_and_then_leaves_nothing_behind(
    page: Any, inspection: Inspection, tmp_path: Path
) -> None:
    row = item(inspection, "front-pads")
    page.goto(row.get_absolute_url())
    page.route(f"**/items/{row.pk}/photos/", lambda route: route.abort("internetdisconnected"))
    card(page, row).locator(".notes summary").click()
    card(page, row).locator("input[type=file]").set_input_files(picture(tmp_path, "one"))
    expect(waiting(page, row)).to_have_count(1)
    page.goto("/inspections/")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Log out").click()
    assert asked == ["1 photo or answer waits on this device for a signal. Log out and lose it?"]
    expect(page.locator("h1")).to_contain_text("Inspections")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate("() => localStorage.getItem('lane.waiting')") is None
    assert "lane" not in page.evaluate("async () => (await indexedDB.databases()).map((one) => one.name)")
    assert not Photo.objects.exists()
