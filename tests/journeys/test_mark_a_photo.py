"""Marks are drawn by finger, moved by keys, saved once, and shown wherever the photo is shown."""

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from service_lane.models import Photo
from tests.journeys.conftest import too_wide
from tests.journeys.in_the_bay import inspection_of, item
from tests.service_lane.test_mark_photo import a_photo

pytestmark = pytest.mark.journey


@pytest.fixture
def photo(northgate: Any) -> Photo:
    rooftop, staff = northgate
    row = item(inspection_of(northgate), "front-pads")
    people = SimpleNamespace(north=rooftop, tess=staff["jo"])
    return a_photo(people, item=row)  # type: ignore[arg-type]


def drag(page: Any, *points: tuple[float, float]) -> None:
    """From point to point over the photo, in shares of its width and height."""
    page.locator("svg.pm.on").scroll_into_view_if_needed()
    frame = page.locator("svg.pm.on").bounding_box()
    for n, (x, y) in enumerate(points):
        page.mouse.move(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"])
        if n == 0:
            page.mouse.down()
    page.mouse.up()


def test_a_circle_an_arrow_and_a_line_are_drawn_undone_and_saved(photo: Photo, sit_down: Any, keep: Any) -> None:
    page = sit_down("jo", "phone")
    page.goto(f"/photos/{photo.name}/marks/")
    drag(page, (0.5, 0.5), (0.6, 0.5))
    page.get_by_role("radio", name="Arrow").check(force=True)
    drag(page, (0.1, 0.1), (0.3, 0.3))
    page.get_by_role("radio", name="Freehand").check(force=True)
    drag(page, (0.7, 0.2), (0.8, 0.3), (0.9, 0.2))
    expect(page.get_by_text("3 marks on this photo, not saved yet.")).to_be_visible()
    keep(page, "marks-phone")
    assert too_wide(page) == []
    page.get_by_role("button", name="Undo last mark").click()
    page.get_by_role("button", name="Save the marks").click()
    page.wait_for_url("**/inspections/**")
    photo.refresh_from_db()
    assert [one["kind"] for one in photo.marks] == ["circle", "arrow"]
    x, y = photo.marks[0]["at"]
    assert (abs(x - 500) < 5, abs(y - 500) < 5, abs(photo.marks[0]["r"] - 100) < 5) == (True, True, True)
    expect(page.get_by_label("Marked with 1 circle and 1 arrow")).to_be_attached()


def test_keys_put_a_circle_at_a_place_move_it_and_make_it_larger(photo: Photo, sit_down: Any) -> None:
    page = sit_down("jo", "desktop")
    page.goto(f"/photos/{photo.name}/marks/")
    page.get_by_label("Upper left").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Put it there").press("Enter")
    for key in ("ArrowRight", "ArrowDown", "+"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Save the marks").press("Enter")
    page.wait_for_url("**/inspections/**")
    photo.refresh_from_db()
    assert photo.marks == [{"kind": "circle", "at": [220, 220], "r": 130}]
