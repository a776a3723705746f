"""The customer's page in a browser: fair to look at, light to load, whole without a script or a connection."""

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from recommendations.models import Advisory, Decision
from tests.journeys.conftest import too_wide
from tests.journeys.on_the_phone import Sent, send_findings

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
MOST_BYTES = 75_000
"""Page, stylesheet, script and font together, as they travel; photos come after."""


@pytest.fixture
def sent(northgate: Any) -> Sent:
    return send_findings(northgate)


LOOK = """() => {
  const look = (label) => {
    const box = label.getBoundingClientRect(), style = getComputedStyle(label), input = label.querySelector("input");
    return {
      x: Math.round(box.x), y: Math.round(box.y), w: Math.round(box.width), h: Math.round(box.height),
      value: input.value, checked: input.checked,
      look: [style.backgroundColor, style.color, style.borderColor, style.borderWidth, style.fontSize].join(),
    };
  };
  const pairs = [...document.querySelectorAll(".choose > .two:first-of-type")];
  return pairs.map((two) => [...two.querySelectorAll("label")].map(look));
}"""


@pytest.mark.parametrize(("width", "language"), [(320, "es"), (390, "en"), (820, "en"), (1440, "en"), (1440, "es")])
def test_yes_and_no_are_alike_in_every_way_and_neither_is_chosen(
    sent: Sent, new_page: Any, width: int, language: str
) -> None:
    page = new_page(width, 844)
    page.goto(f"{sent.path}?lang={language}")
    pairs = page.evaluate(LOOK)
    assert len(pairs) == 3
    for yes, no in pairs:
        assert (yes["value"], no["value"]) == ("approved", "declined"), "the order never flips"
        assert (yes["w"], yes["h"], yes["y"]) == (no["w"], no["h"], no["y"])
        assert yes["x"] < no["x"]
        assert yes["look"] == no["look"]
        assert yes["h"] >= 44
        assert not yes["checked"]
        assert not no["checked"]
    assert len({(yes["w"], yes["h"]) for yes, _no in pairs}) == 1
    assert too_wide(page) == []


def test_at_400_percent_nothing_runs_off_the_side(sent: Sent, new_page: Any) -> None:
    page = new_page(320, 256)  # what 1280 by 1024 leaves at 400 %
    page.goto(sent.path)
    assert too_wide(page) == []
    covered = page.evaluate("document.querySelector('.bar').getBoundingClientRect().height / innerHeight")
    assert covered < 0.5


def test_the_whole_page_without_photos_is_light(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844)
    weights: dict[str, int] = {}

    def weigh(answer: Any) -> None:
        kind = answer.request.resource_type
        if kind in ("document", "stylesheet", "script", "font") and answer.status == 200:
            body = answer.body()
            weights[kind] = weights.get(kind, 0) + len(body if kind == "font" else gzip.compress(body, 6))

    page.on("response", weigh)
    page.goto(sent.path, wait_until="networkidle")
    print(f"The customer's page: {weights}, {sum(weights.values())} bytes")  # noqa: T201
    assert set(weights) == {"document", "stylesheet", "script", "font"}
    assert sum(weights.values()) <= MOST_BYTES
    for photo in page.locator("main img").all():
        assert photo.get_attribute("loading") == "lazy"
        assert photo.get_attribute("width")
        assert photo.get_attribute("height")


def test_without_a_script_the_answers_go_through(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844, java_script_enabled=False)
    page.goto(sent.path)
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Priya, esto es lo que hallamos")
    page.get_by_role("link", name="English").click()
    cards = page.locator("article.adv")
    cards.nth(0).get_by_text("Yes, do this").click()
    cards.nth(1).get_by_text("Later, or ask Dana first").click()
    cards.nth(1).get_by_label("Your question").fill("Can I do this myself?")
    cards.nth(1).get_by_role("button", name="Ask now, answer later").click()
    expect(page.locator("article.adv").nth(1)).to_contain_text("Can I do this myself?")
    expect(page.locator("article.adv").nth(0).get_by_label("Yes, do this")).to_be_checked()
    page.get_by_role("button", name="Check my answers").click()
    page.get_by_label("Sign with").fill(f"Priya Raman {sent.digits}")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    found = Advisory.objects.filter(repair_order=sent.order, finding__isnull=False)
    assert sorted(found.values_list("answer", flat=True)) == ["", "approved", "needs_info"]


def test_what_was_chosen_outlives_a_reload_and_is_forgotten_once_it_is_sent(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844)
    page.goto(sent.path)
    page.locator("article.adv").nth(0).get_by_label("No, leave it").check(force=True)
    expect(page.locator("[data-count]")).to_have_text("Nothing added yet, 2 not answered")
    page.locator("article.adv").nth(1).get_by_label("Yes, do this").check(force=True)
    expect(page.locator("[data-count]")).to_have_text("1 yes, 1 not answered")
    page.reload()
    expect(page.locator("article.adv").nth(0).get_by_label("No, leave it")).to_be_checked()
    expect(page.locator("article.adv").nth(1).get_by_label("Yes, do this")).to_be_checked()
    expect(page.locator("input[type=radio]:checked")).to_have_count(2)
    page.get_by_role("link", name="Español").click()
    expect(page.locator("[data-count]")).to_have_text("1 sí, 1 sin respuesta")
    assert not Decision.objects.filter(channel="link").exists()
    page.get_by_role("button", name="Revisar respuestas").click()
    page.get_by_label("Firme con").fill(f"Priya Raman {sent.digits}")
    page.get_by_role("button", name="Enviar respuestas").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gracias")
    assert set(Decision.objects.filter(channel="link").values_list("language", flat=True)) == {"es"}
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('lane.chosen'))") == []


def test_with_no_connection_sending_waits_says_so_and_goes_when_it_is_back(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844)
    page.goto(sent.path)
    page.locator("article.adv").nth(0).get_by_label("No, leave it").check(force=True)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.get_by_role("button", name="Check my answers").click()
    expect(page.locator("#waits")).to_contain_text("Not sent yet: there is no connection.")
    expect(page.locator("article.adv").nth(0).get_by_label("No, leave it")).to_be_checked()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    expect(page.get_by_text("You say no.")).to_be_visible()


def test_what_waits_may_be_held_back(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844)
    page.goto(sent.path)
    page.context.set_offline(True)
    page.get_by_role("button", name="Check my answers").click()
    page.get_by_role("button", name="Do not send").click()
    expect(page.locator("#waits")).to_be_hidden()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{sent.path}$"))


def test_a_change_meanwhile_is_said_when_the_page_comes_back_into_view(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844)
    page.goto(sent.path)
    page.locator("article.adv").nth(1).get_by_label("Yes, do this").check(force=True)
    Advisory.objects.filter(pk=sent.lines()[0].pk).update(version=2)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#moved")).to_contain_text("Something changed while you had this page open.")
    expect(page.locator("article.adv").nth(1).get_by_label("Yes, do this")).to_be_checked()


def test_a_slow_send_shows_that_it_is_on_its_way_and_goes_once(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844)
    page.goto(sent.path)
    page.locator("article.adv").nth(0).get_by_label("No, leave it").check(force=True)
    posts: list[str] = []

    def answer_nothing(route: Any) -> None:
        """No page comes back, so the browser stays where it is, as it does while it waits."""
        posts.append(route.request.url)
        route.fulfill(status=204)

    page.route("**/review/", answer_nothing)
    button = page.get_by_role("button", name="Check my answers")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(page.locator("#slow")).to_contain_text("Still sending.")
    button.click()
    expect(page.locator("#slow")).to_be_visible()
    assert len(posts) == 1
