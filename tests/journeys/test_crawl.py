"""Every page a role reaches by links from its home, in the demonstration, answers, fits and complains of nothing."""

from collections import deque
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.urls import Resolver404, resolve

from tests.journeys.conftest import WIDTHS, too_wide

pytestmark = pytest.mark.journey

MOST_PAGES = 50
ELSEWHERE = ("/admin/", "/accounts/", "/photos/", "/static/")
"""The stock admin and log-in pages have tests of their own; photos are no pages."""
ASIDE = {"jo": ("/findings/mine/",), "dana": ("/how-we-recommend/",), "gail": ("/styleguide/",)}
"""Pages that are embedded in others, or known by name only."""
LINKS = "links => links.filter(link => !link.download).map(link => link.getAttribute('href'))"
SETTLED = "() => !document.querySelector('.htmx-request')"


@pytest.fixture
def demonstration(transactional_db: None) -> None:
    call_command("load_demo")


def pattern(address: str) -> str:
    """Which page an address is, whatever row it shows; "" for what is not crawled."""
    path = urlsplit(address).path
    if not path.startswith("/") or path.startswith(ELSEWHERE) or path.endswith(".csv"):
        return ""
    try:
        return resolve(path).view_name
    except Resolver404:
        return f"nowhere: {path}"


def look(page: Any, address: str) -> list[str]:
    """Open one page at both widths, in light and in dark; returns what is wrong with it."""
    answer = page.goto(address)
    if answer.status >= 400:
        return [f"{address}: {answer.status}"]
    page.wait_for_function(SETTLED)
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in ("phone", "desktop"):
            page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
            if wide := too_wide(page):
                wrong.append(f"{address} on a {width}, {scheme}: {wide}")
    return wrong


def crawl(page: Any, *homes: str) -> tuple[set[str], list[str]]:
    """Follow links from `homes`, one address for each kind of page; returns the kinds seen and what is wrong."""
    seen: set[str] = set()
    wrong: list[str] = []
    waiting = deque(homes)
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        kind = pattern(address)
        if not kind or kind in seen:
            continue
        seen.add(kind)
        wrong += look(page, address)
        waiting.extend(page.locator("a[href^='/']").evaluate_all(LINKS))
    return seen, wrong


def test_every_page_reachable_from_each_home_answers_and_fits(demonstration: None, sit_down: Any) -> None:
    wrong: list[str] = []
    seen: dict[str, set[str]] = {}
    for login in ("dana", "jo", "rachel", "jean", "paul", "gail", "rosa"):
        seen[login], problems = crawl(sit_down(login), "/", *ASIDE.get(login, ()))
        wrong += [f"{login}: {problem}" for problem in problems]
    assert wrong == []
    assert {"service_lane:board", "recommendations:estimate", "customers:customer"} <= seen["dana"]
    assert {"service_lane:inspection", "recommendations:findings-fate"} <= seen["jo"]
    assert {"sales_handoff:queue", "sales_handoff:handoff"} <= seen["jean"]
