"""From the camera beside the find box to the car, on a phone; and by a plain form without scripts."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.cast import make_customer, make_vehicle
from tests.conftest import Complaints
from tests.journeys.in_the_bay import inspection_of
from tests.service_lane.test_vin_photo import VIN, label

pytestmark = pytest.mark.journey


@pytest.fixture
def photographed(tmp_path: Path) -> str:
    """The label as a phone's camera takes it: twelve megapixels."""
    path = tmp_path / "label.jpg"
    path.write_bytes(label(size=(4000, 3000)))
    return str(path)


def test_the_label_of_a_car_that_is_here_opens_its_order(northgate: Any, sit_down: Any, photographed: str) -> None:
    order = inspection_of(northgate).repair_order
    order.vehicle.vin = VIN
    order.vehicle.save(update_fields=["vin"])
    page = sit_down("jo", "phone", has_touch=True)
    page.get_by_role("link", name="VIN by photo").click()
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/vin/")) as sent:
        page.get_by_label("Photo of the label").set_input_files(photographed)
    assert int(sent.value.all_headers()["content-length"]) < 300_000  # made smaller before it was sent
    page.wait_for_url(f"**{order.get_absolute_url()}")


def test_an_unknown_car_starts_a_write_up_and_no_bar_code_says_what_to_do(
    northgate: Any, sit_down: Any, photographed: str, tmp_path: Path, browser_complaints: Complaints
) -> None:
    page = sit_down("dana", "tablet")
    page.goto("/vin/?for=writeup")
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(label("NOTHING OF USE", "Code128"))
    browser_complaints.expect("status of 422")
    page.get_by_label("Photo of the label").set_input_files(str(empty))
    expect(page.get_by_text("Hold the phone parallel to the label in the door frame")).to_be_visible()
    page.get_by_label("Photo of the label").set_input_files(photographed)
    page.wait_for_url(f"**/write-ups/new/?vin={VIN}")
    expect(page.locator("#id_vin")).to_have_value(VIN)


def test_without_scripts_the_photo_is_sent_as_it_is(northgate: Any, sit_down: Any, photographed: str) -> None:
    car = make_vehicle(make_customer(), vin=VIN)
    page = sit_down("dana", "phone", java_script_enabled=False)
    page.goto("/vin/?for=writeup")
    page.get_by_label("Photo of the label").set_input_files(photographed)
    page.get_by_role("button", name="Read the VIN").click()
    page.wait_for_url(f"**/write-ups/new/?vehicle={car.pk}")


def test_on_a_write_up_the_vin_is_written_into_its_field(northgate: Any, sit_down: Any, photographed: str) -> None:
    page = sit_down("dana", "tablet")
    page.goto("/write-ups/new/?plate=7TRB418")
    page.get_by_role("button", name="Start the write-up").click()
    page.wait_for_url(re.compile(r"/write-ups/\d+/"))
    with page.expect_file_chooser() as asked:
        page.get_by_role("link", name="VIN by photo").last.click()
    asked.value.set_files(photographed)
    expect(page.locator("#id_vin")).to_have_value(VIN)
    expect(page.get_by_text("The VIN says: 2003 Honda Accord")).to_be_visible()
