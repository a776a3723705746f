"""What the technician's hands do: one tap for a good item, one for the rest, four and a shutter for a red one."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from service_lane.models import Condition, InspectionItem, Photo
from tests.journeys.budgets import counted
from tests.journeys.in_the_bay import card, inspection_of, item, picture, sign

pytestmark = pytest.mark.journey


def test_one_tap_marks_an_item_good(northgate: Any, sit_down: Any) -> None:
    inspection = inspection_of(northgate)
    row = item(inspection, "wipers")
    page = sit_down("jo", "phone", has_touch=True)
    page.goto(row.get_absolute_url())
    with counted(page, "Mark one inspection item good", budget=1) as hands:
        hands.tap(sign(page, row, "green"))
        expect(page.locator("#count")).to_contain_text("1 of")
    row.refresh_from_db()
    assert row.condition == Condition.GREEN


def test_a_good_section_takes_one_tap_and_one_for_each_exception(northgate: Any, sit_down: Any) -> None:
    """The first item is an exception and is looked at first, as the rule asks; one more tap rules the rest."""
    inspection = inspection_of(northgate)
    row = item(inspection, "signal-lamps")
    page = sit_down("jo", "phone", has_touch=True)
    page.goto(row.get_absolute_url())
    with counted(page, "Mark a whole good section, one exception", budget=2) as hands:
        hands.tap(sign(page, row, "yellow"))
        expect(page.get_by_role("button", name="Rest of this section is good")).to_be_enabled()
        hands.tap(page.get_by_role("button", name="Rest of this section is good"))
        expect(page.locator("#sec-done")).to_contain_text("3 of 3")
    conditions = dict(InspectionItem.objects.filter(section=row.section).values_list("key", "condition"))
    assert conditions == {"headlights": "green", "signal-lamps": "yellow", "wipers": "green"}


def test_a_red_item_with_its_measure_and_a_photo_takes_four_taps_and_a_shutter(
    northgate: Any, sit_down: Any, tmp_path: Path
) -> None:
    """Left front 2 mm, right front 3 mm: the pad lies open, moves on by itself, and the reading rules."""
    inspection = inspection_of(northgate)
    row = item(inspection, "front-pads")
    page = sit_down("jo", "phone", has_touch=True)
    page.goto(row.get_absolute_url())
    pad = card(page, row).locator(".pad")
    with counted(page, "Red item with photo and measure", budget=5) as hands:
        hands.tap(pad.locator("[data-k='2']"))
        hands.tap(pad.get_by_role("button", name="Save 2 mm"))
        expect(pad.locator(".pad-at")).to_contain_text("Right front")
        hands.tap(pad.locator("[data-k='3']"))
        hands.tap(pad.get_by_role("button", name="Save 3 mm"))
        expect(sign(page, row, "red").locator("input")).to_be_checked()
        hands.photograph(card(page, row).locator("input[type=file]"), picture(tmp_path, "pads"))
        expect(card(page, row).locator(".shots figcaption").first).to_contain_text("being checked")
    row.refresh_from_db()
    assert row.condition == Condition.RED
    assert Photo.objects.filter(item=row).count() == 1
