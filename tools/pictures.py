"""Take the README's pictures from a running demonstration: `make pictures` while `make run` runs.

The people, cars and prices on them are the demonstration's, all invented.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

KEPT = Path(__file__).resolve().parents[1] / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "lane-demo-2026"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def opened(browser: Browser, address: str, size: dict[str, int], login: str = "") -> Iterator[Page]:
    """A page of its own, logged in when a log-in is named."""
    context = browser.new_context(base_url=address, viewport=size, device_scale_factor=1)
    page = context.new_page()
    if login:
        page.goto("/accounts/login/")
        page.fill("[name=login]", f"{login}@lane.example")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
    yield page
    context.close()


def keep(page: Page, name: str) -> None:
    """The page as it is, with a palette of 256 colors: a third of the size."""
    page.wait_for_timeout(1_200)
    shot = Image.open(BytesIO(page.screenshot(caret="initial")))
    KEPT.mkdir(parents=True, exist_ok=True)
    target = KEPT / f"{name}.png"
    shot.convert("RGB").quantize(256).save(target, optimize=True)
    print(f"{target.name}: {target.stat().st_size // 1024} kB")


def take(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with opened(browser, address, DESK, "dana") as page:
            at_the_counter(page)
        with opened(browser, address, DESK, "rachel") as page:
            page.goto("/week/")
            keep(page, "week")
        with opened(browser, address, PHONE, "jo") as page:
            page.goto("/inspections/")
            page.locator("article, li, tr", has_text="Nora Feld").get_by_role("link").first.click()
            page.goto(f"{page.url.split('?')[0]}?section=brakes")
            keep(page, "bay")
        with opened(browser, address, DESK, "gail") as page:
            page.goto("/outbox/")
            links = re.findall(r"/v/[\w-]+/", page.content())
        with opened(browser, address, PHONE) as page:
            link = most_to_read(page, links)
            page.goto(link)
            keep(page, "customer")
            page.goto(f"{link}?lang=es")
            keep(page, "customer-es")
        with opened(browser, address, DESK, "jean") as page:
            page.goto("/handoffs/")
            page.get_by_role("link", name="Priya Raman").first.click()
            keep(page, "sales")
        browser.close()


def at_the_counter(page: Page) -> None:
    """What an advisor has before them: the board, an order beside it, a write-up, an estimate, a customer."""
    page.goto("/lane/")
    keep(page, "counter")
    page.get_by_role("link", name="Maria Delgado").first.click()
    keep(page, "order")
    page.goto("/lane/")
    page.keyboard.press("r")
    page.wait_for_url("**/write-ups/**")
    keep(page, "write-up")
    page.goto("/approvals/")
    page.get_by_role("link", name="Priya Raman").first.click()
    page.wait_for_url("**/estimate/")
    keep(page, "estimate")
    page.goto("/customers/?q=theo+brandt")
    page.get_by_role("link", name="Theo Brandt", exact=True).click()
    page.wait_for_load_state("networkidle")
    keep(page, "customer-known")
    page.goto("/customers/?q=theo+brandt")
    page.get_by_role("link", name="Household Brandt").click()
    page.wait_for_load_state("networkidle")
    keep(page, "household")
    page.goto("/customers/?q=robert+kessler")
    page.get_by_role("link", name="Robert Kessler", exact=True).click()
    page.get_by_role("link", name="Bob Kessler").first.click()
    keep(page, "one-person")
    for name, picture in (("Joan Whitfield", "sheet-replace"), ("Omar Haddad", "sheet-keep")):
        both_sides(page, name, picture)


def both_sides(page: Page, name: str, picture: str) -> None:
    """The sheet as it is turned to a customer, whole: keep and repair beside replace."""
    page.goto("/approvals/")
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url("**/estimate/")
    page.goto(page.url.replace("estimate/", "worth/sheet/"))
    page.set_viewport_size({**DESK, "height": page.evaluate("document.documentElement.scrollHeight")})
    keep(page, picture)
    page.set_viewport_size(DESK)


def most_to_read(page: Page, links: list[str]) -> str:
    """The link whose page has a photo and the most lines."""

    def weight(link: str) -> tuple[int, int]:
        page.goto(link)
        return page.locator("figure.shot").count(), page.locator("article.adv").count()

    return max(dict.fromkeys(links), key=weight)


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
