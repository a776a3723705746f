"""What a journey has: the demonstration's people and menu, pages that log in as anybody would, and pictures kept."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dealership.management.demonstration import group, setting
from dealership.models import Rooftop, Staff
from tests.conftest import KEPT, PROJECT, bring_rows, keep_rows

SHOTS = Path(os.environ.get("JOURNEY_SHOTS") or PROJECT / ".local" / "journey")
"""Where the pictures of a journey are kept, in its order.  JOURNEY_SHOTS names another place."""

WIDTHS = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}


@pytest.fixture
def shared_media(settings: Any) -> None:
    """Uploads lie where the real worker looks for them."""
    settings.MEDIA_ROOT = Path(django_settings.LANE_HOME) / "media"


@pytest.fixture
def northgate(transactional_db: None) -> tuple[Rooftop, dict[str, Staff]]:
    """The demonstration's rooftops, staff, menu, inspection template and value guide, and no car yet.

    Installing takes three seconds, so it is done once and then copied.
    """
    if "installed" in KEPT:
        bring_rows("installed")
    else:
        at = timezone.now()
        rooftops = setting.rooftops()
        setting.staff(rooftops, at)
        for rooftop in rooftops.values():
            setting.install(rooftop, at)
        setting.schedule()
        setting.guide(rooftops["NORTH"], at)
        keep_rows("installed")
    staff = {member.login: Staff.objects.get(email=member.email) for member in group.STAFF}
    return Rooftop.objects.get(code="NORTH"), staff


@pytest.fixture(scope="session")
def _played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of the demonstration are kept, once a test has played it."""
    return tmp_path_factory.mktemp("demonstration") / "media"


@pytest.fixture
def demonstration(transactional_db: None, settings: Any, _played: Path) -> None:
    """The whole demonstration group.  Playing it takes most of a minute, so it is played once and then copied."""
    if _played.exists():
        bring_rows("demonstration")
        shutil.copytree(_played, settings.MEDIA_ROOT, dirs_exist_ok=True)
        return
    call_command("load_demo")
    keep_rows("demonstration")
    shutil.copytree(settings.MEDIA_ROOT, _played)


@pytest.fixture
def log_in(new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Call it with a log-in and a width: a page that has gone through the real log-in page."""

    def go(login: str, width: str = "desktop", **options: Any) -> Any:
        page = new_page(*WIDTHS[width], **options)
        page.goto("/")
        page.get_by_label("Email").fill(f"{login}@{group.DOMAIN}")
        page.get_by_label("Password").fill(group.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    return go


@pytest.fixture
def sit_down(new_page: Callable[..., Any], live_server: Any) -> Callable[..., Any]:
    """Call it with a log-in and a width: a page of somebody who logged in before, on their first screen."""

    def sit(login: str, width: str = "desktop", **options: Any) -> Any:
        page = new_page(*WIDTHS[width], **options)
        client = Client()
        client.force_login(Staff.objects.get(email=f"{login}@{group.DOMAIN}"))
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page.goto("/")
        return page

    return sit


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Call it with a page and a name: the picture is kept, numbered, in the width the page has."""
    folder = SHOTS / re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))[:60]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    count = 0

    def shot(page: Any, name: str, *, whole: bool = True) -> None:
        nonlocal count
        count += 1
        page.screenshot(path=folder / f"{count:02}-{name}.png", full_page=whole, animations="disabled", caret="initial")

    return shot


TOO_WIDE = """() => {
  const page = document.documentElement.scrollWidth, inner = window.innerWidth;
  if (page <= inner) return [];
  const out = [...document.querySelectorAll("body *")].filter((el) => el.getBoundingClientRect().right > inner + 1);
  return [`${page} of ${inner}`, ...out.slice(0, 8).map((el) => `${el.tagName}.${el.className}`)];
}"""


def too_wide(page: Any) -> list[str]:
    """What makes the page wider than its window, outermost first; nothing when it fits."""
    page.wait_for_load_state("load")  # before its stylesheet is there, nothing fits
    found: list[str] = page.evaluate(TOO_WIDE)
    return found
