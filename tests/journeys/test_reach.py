"""Every main screen by keyboard alone, and at a zoom of 400 %."""

from typing import Any

import pytest

from tests.journeys.conftest import too_wide

pytestmark = pytest.mark.journey

SCREENS = {
    "dana": (
        "/lane/",
        "/approvals/",
        "/follow-ups/",
        "/appointments/",
        "/write-ups/new/",
        "/day/",
        "/customers/",
        "/find/?q=brandt",
    ),
    "jo": ("/inspections/",),
    "jean": ("/handoffs/",),
}
FIRST_OF = {
    "dana": ("/lane/", ("a[href*='/write-ups/']:not([href*='new'])", "a[href^='/orders/']")),
    "jo": ("/inspections/", ("main a[href^='/inspections/']",)),
    "jean": ("/handoffs/", ("main a[href^='/handoffs/']",)),
}
"""Pages of a row: the first one that a page links to."""
MOST_TABS = 400

REACHED = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return null;
  // not in an attribute, which a poll that changes the element would take away
  (window.reached ??= new Set()).add(el);
  const seen = el.matches("input[type=radio], input[type=checkbox]") ? el.closest("label") || el : el;
  // A card, a row or a box around a field may show the focus of what is in it.
  const around = [el, seen, el.closest(".job, .find, .pad-v, li, label")].filter(Boolean);
  const drawn = around.some((one) => { const s = getComputedStyle(one);
    return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none"; });
  return drawn ? "" : el.outerHTML.slice(0, 160);
}"""
MISSED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((el) =>
  !window.reached?.has(el) && !el.disabled && el.type !== "hidden" && el.tabIndex >= 0
  && el.checkVisibility({ visibilityProperty: true }) && !el.closest("dialog:not([open]), [inert]")
  // one of a group of radios is a stop, the arrows go on from it
  && !(el.type === "radio" && [...window.reached ?? []].some((one) => one.type === "radio" && one.name === el.name))
).map((el) => el.outerHTML.slice(0, 160))"""


def screens(page: Any, login: str) -> list[str]:
    """The addresses of a role's main screens, with the first order, inspection or hand-off it is shown."""
    home, links = FIRST_OF[login]
    page.goto(home)
    rows = [page.locator(link).first.get_attribute("href") for link in links]
    more = [f"{row}estimate/" for row in rows if row.startswith("/orders/")]
    return [*SCREENS[login], *rows, *more]


@pytest.mark.parametrize("login", SCREENS)
def test_tab_reaches_every_control_and_shows_where_it_is(demonstration: None, sit_down: Any, login: str) -> None:
    page = sit_down(login)
    wrong = []
    for address in screens(page, login):
        page.goto(address)
        page.wait_for_function("() => !document.querySelector('.htmx-request')")
        page.evaluate("() => document.activeElement.blur()")
        page.locator("body").evaluate("body => { body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex'); }")
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            invisible = page.evaluate(REACHED)
            if invisible is None:
                break
            if invisible:
                wrong.append(f"{address}: no focus is seen on {invisible}")
        wrong += [f"{address}: Tab never reaches {missed}" for missed in page.evaluate(MISSED)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("login", SCREENS)
def test_at_four_times_the_size_nothing_runs_off_the_side(demonstration: None, sit_down: Any, login: str) -> None:
    """WCAG 1.4.10: 1,280 by 1,024 at 400 % is 320 by 256.  Only the columns of the board scroll, inside themselves."""
    page = sit_down(login)
    page.set_viewport_size({"width": 320, "height": 256})
    wrong = []
    for address in screens(page, login):
        page.goto(address)
        page.wait_for_function("() => !document.querySelector('.htmx-request')")
        if wide := too_wide(page):
            wrong.append(f"{address}: {wide}")
    assert not wrong, "\n".join(wrong)
