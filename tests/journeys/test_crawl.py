"""Every page somebody can reach by links answers, fits, complains of nothing, and axe-core finds nothing wrong in it.

In light and in dark, on a phone, a tablet and a desktop.  A page that is built as one already looked at is not looked
at again: the same elements, classes and states, whatever the words and rows in them.
"""

import os
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve, reverse

from dealership.models import OutboxMessage
from tests.conftest import PROJECT, Complaints
from tests.journeys.conftest import WIDTHS, too_wide

pytestmark = pytest.mark.journey

MOST_PAGES = 300
ELSEWHERE = ("/photos/", "/static/", "/accounts/logout/")
"""Photos and files are no pages; a log-out ends the crawl."""
ASIDE = {"jo": ("/findings/mine/",), "dana": ("/how-we-recommend/",), "gail": ("/styleguide/", "/admin/")}
"""Pages that are embedded in others, or known by name only."""
LINKS = "links => links.filter(link => !link.download).map(link => link.getAttribute('href'))"
SETTLED = "() => !document.querySelector('.htmx-request')"
RULES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""What axe-core knows of WCAG 2.2 AA and of good practice; in the dark once more the two rules that read colors."""
AXE = (PROJECT / "tests" / "vendor" / "axe" / "axe.min.js").read_text()
RUN_AXE = """async (rules) => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const { violations } = await axe.run(document, { resultTypes: ["violations"], runOnly: rules });
  return violations.map(({ id, nodes: [first, ...more] }) =>
    `${id} (${1 + more.length}): ${first.html.slice(0, 150)} ${first.failureSummary.slice(0, 250)}`);
}"""
BUILT = """() => {
  const states = ["role", "type", "open", "aria-current", "aria-pressed"];
  // The stock admin names each model, field and column in a class.
  const kinds = (el) => (el.getAttribute("class") || "").replace(/\\b(app|model|column|field)-\\S+/g, "");
  const built = (el) => [el.tagName, kinds(el), ...states.map((name) => el.getAttribute(name))].join();
  return [...new Set([...document.querySelectorAll("body *")].map(built))].sort().join("\\n");
}"""
"""What a page is built of: which elements in which classes and states there are, not how many."""

EACH_WAY = [(scheme, width) for scheme in RULES for width in WIDTHS]


def looks(count: int) -> list[tuple[str, str]]:
    """The themes and widths to judge the page numbered `count` in.

    All six before a change is taken; at a desk each page in one of them and the next in another, to save time.
    """
    return EACH_WAY if os.environ.get("CI") == "true" else [EACH_WAY[count % len(EACH_WAY)]]


STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""A theme that fades in is judged when it is there."""


class Eye:
    """Looks at pages, at each way of building one once, and remembers what was wrong and what was seen."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.built: set[str] = set()
        self.looks: Counter[str] = Counter()

    def look(self, who: str, page: Any, address: str) -> None:
        """Open one page; look at it in the themes and widths of `looks` unless one built like it was looked at."""
        answer = page.goto(address)
        if answer.status >= 400:
            self.wrong.append(f"{who}: {address}: {answer.status}")
            return
        self.judge(who, page, address)

    def judge(self, who: str, page: Any, address: str) -> None:
        """Look at the page that is open."""
        page.wait_for_function(SETTLED)
        built = page.evaluate(BUILT)
        if built in self.built:
            return
        self.built.add(built)
        page.evaluate(AXE)
        for scheme, width in looks(len(self.built)):
            wide, high = WIDTHS[width]
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": wide, "height": high})
            found = [f"wider than its window: {too}"] if (too := too_wide(page)) else []
            # A bar at the foot of a window covers what scrolling would uncover: the whole page in view at once.
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": wide, "height": max(high, tall)})
            found += page.evaluate(RUN_AXE, RULES[scheme])
            self.looks[who] += 1
            self.wrong += [f"{who}: {address} on a {width}, {scheme}: {problem}" for problem in found]


def pattern(address: str) -> str:
    """Which page an address is, whatever row it shows; "" for what is not crawled."""
    parts = urlsplit(address)
    if (
        not parts.path.startswith("/")
        or parts.path.startswith(ELSEWHERE)
        or parts.path.endswith((".csv", ".zip", ".txt"))
    ):
        return ""
    try:
        found = resolve(parts.path)
    except Resolver404:
        return f"nowhere: {parts.path}"
    # One filter, sort and page of the stock admin's lists is like another.
    return found.view_name


def crawl(eye: Eye, who: str, page: Any, homes: Iterable[str]) -> set[str]:
    """Follow links from `homes`, one address for each kind of page; returns the kinds seen."""
    seen: set[str] = set()
    waiting = deque(homes)
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        kind = pattern(address)
        if not kind or kind in seen:
            continue
        seen.add(kind)
        eye.look(who, page, address)
        waiting.extend(page.locator("a[href^='/']").evaluate_all(LINKS))
    return seen


def test_every_page_somebody_can_reach_is_right(
    demonstration: None, sit_down: Any, new_page: Callable[..., Any], browser_complaints: Complaints
) -> None:
    eye = Eye()
    seen = {}
    for login in ("dana", "jo", "rachel", "jean", "paul", "gail", "rosa"):
        page = sit_down(login, **STILL)
        seen[login] = crawl(eye, login, page, ("/", *ASIDE.get(login, ())))
        page.close()  # else it goes on polling while the others are looked at
    seen["customer"] = follow_links(eye, new_page(*WIDTHS["phone"], **STILL), browser_complaints)
    seen["nobody"] = stand_outside(eye, new_page(*WIDTHS["phone"], **STILL), browser_complaints)
    kinds = {who: len(them) for who, them in seen.items()}
    print(f"Kinds of pages: {kinds}; looks at those built anew: {dict(eye.looks)}")  # noqa: T201
    assert {"service_lane:board", "recommendations:estimate", "customers:customer"} <= seen["dana"]
    assert {"service_lane:inspection", "recommendations:findings-fate"} <= seen["jo"]
    assert {"sales_handoff:queue", "sales_handoff:handoff"} <= seen["jean"]
    assert {"admin:index", "admin:dealership_rooftop_change", "dealership:styleguide"} <= seen["gail"]
    assert "recommendations:customer-link" in seen["customer"]
    assert not eye.wrong, "\n".join(eye.wrong)


def follow_links(eye: Eye, page: Any, complaints: Complaints) -> set[str]:
    """Every link the demonstration's customers were sent, in whatever state it is, and the pages it leads to."""
    seen: set[str] = set()
    sent = OutboxMessage.objects.order_by("pk").values_list("body", flat=True)
    for address in [found.group() for body in sent if (found := re.search(r"/v/[\w-]+/", body))]:
        answer = page.goto(address)
        if answer.status == 410:  # a link that has run out or was taken back says so with its status
            complaints.expect("status of 410")
        seen.add(pattern(address))
        eye.judge("customer", page, address)
        if answer.status == 200:
            here = page.locator(f"a[href^='{address}'], a[href^='?']").evaluate_all(LINKS)
            for link in dict.fromkeys(here):
                seen.add(pattern(urljoin(address, link)))
                eye.look("customer", page, urljoin(address, link))
    return seen


def stand_outside(eye: Eye, page: Any, complaints: Complaints) -> set[str]:
    """The pages of somebody who is not logged in, and of a link that is nobody's."""
    addresses = (reverse("account_login"), reverse("account_reset_password"))
    for address in addresses:
        eye.look("nobody", page, address)
    complaints.expect("status of 404")
    page.goto("/v/not-a-link-of-ours/")
    eye.judge("nobody", page, "/v/not-a-link-of-ours/")
    return {pattern(address) for address in addresses}
