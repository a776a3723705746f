"""A day without the network, without a script: sheets are printed, one is typed in late, and the record says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import ContactPoint, Customer, Tie, Vehicle
from dealership.models import Rooftop, Staff
from recommendations.actions import record
from recommendations.models import Advisory, RecordEntry
from service_lane.models import Appointment, PaperSheet, RepairOrder
from tests.conftest import Complaints
from tests.journeys.conftest import too_wide

pytestmark = pytest.mark.journey


def book(rooftop: Rooftop, advisor: Staff) -> Appointment:
    now = timezone.now()
    theo = Customer.objects.create(first_name="Theo", last_name="Brandt", created_at=now)
    ContactPoint.objects.create(customer=theo, kind="phone", value="+14155550142", digits="4155550142", preferred=True)
    car = Vehicle.objects.create(
        plate="7TRB418", plate_region="CA", year=2018, make="HONDA", model="Ridgeline", body="truck", created_at=now
    )
    Tie.objects.create(customer=theo, vehicle=car, kind=Tie.Kind.OWNS)
    return Appointment.objects.create(
        rooftop=rooftop, customer=theo, vehicle=car, advisor=advisor, due_at=now, purpose="Oil change before Tahoe."
    )


def test_a_sheet_goes_from_the_printer_to_the_record(
    northgate: tuple[Rooftop, dict[str, Staff]],
    sit_down: Callable[..., Any],
    keep: Callable[..., None],
    run_tasks: Callable[[], list[str]],
    browser_complaints: Complaints,
) -> None:
    rooftop, staff = northgate
    book(rooftop, staff["dana"])
    yesterday = timezone.now().astimezone(rooftop.zone).date() - timedelta(days=1)
    dana = sit_down("dana", java_script_enabled=False)

    dana.goto("/paper/")
    dana.get_by_label("For the cars of").fill((yesterday + timedelta(days=1)).isoformat())
    dana.get_by_label("Blank lane sheets").fill("1")
    dana.get_by_label("Blank inspection sheets").fill("1")
    dana.get_by_label("Phone consents").fill("2")
    dana.get_by_role("button", name="Make one print job").click()
    expect(dana.get_by_role("heading", name="Lane sheet P-0001")).to_be_visible()
    expect(dana.get_by_text("When booked: “Oil change before Tahoe.”")).to_be_visible()
    keep(dana, "print-job")

    dana.get_by_role("link", name="Back").click()
    keep(dana, "sheets-out")
    dana.get_by_label("Number of the sheet").fill("p-0001")
    dana.get_by_role("button", name="Enter this sheet").click()
    dana.get_by_label("Day on the sheet").fill(yesterday.isoformat())
    dana.get_by_label("The car came in at").fill("8:12")
    dana.get_by_label("They signed at").fill("8:05")
    dana.locator("[name=odometer]").fill("71,902")
    dana.get_by_text("Show the menu").click()
    dana.get_by_label("Oil and filter change").check()
    dana.locator("[name=promised][value=other]").check()
    dana.locator("[name=promised_other]").fill(f"{yesterday.isoformat()}T14:30")
    dana.locator("[name=contact]").select_option(index=1)
    dana.locator("[name=signed_name]").fill("Theo Brandt")
    dana.get_by_role("button", name="Open repair order").click()
    expect(dana.get_by_text("The car came in at 08:12. This cannot be before that.").first).to_be_visible()
    keep(dana, "refused")
    assert too_wide(dana) == []
    dana.get_by_label("They signed at").fill("8:20")
    dana.get_by_role("button", name="Open repair order").click()
    dana.wait_for_url("**/orders/*/")
    expect(dana.get_by_text("from sheet P-0001", exact=False)).to_be_visible()
    keep(dana, "order")
    order = RepairOrder.objects.get(sheet="P-0001")
    assert f"{order.opened_at.astimezone(rooftop.zone):%H:%M}" == "08:12"
    run_tasks()  # the worker makes a line of what was signed for

    dana.goto(f"/orders/{order.pk}/from-paper/")
    line = Advisory.objects.get(repair_order=order)
    form = dana.locator("#work form")
    form.get_by_label("Who did it").select_option(str(staff["luis"].pk))
    form.get_by_label("Started").fill("9:00")
    form.get_by_label("Finished").fill("8:50")
    form.get_by_role("button", name="Record this work").click()
    expect(dana.get_by_text("The work started at 09:00. This cannot be before that.").first).to_be_visible()
    dana.locator("#work form").get_by_label("Finished").fill("9:40")
    dana.locator("#work form").get_by_role("button", name="Record this work").click()
    expect(dana.get_by_text("The work is on the record, marked as entered late.")).to_be_visible()
    keep(dana, "from-paper")
    line.refresh_from_db()
    assert (line.work, line.work_by) == ("done", staff["luis"])

    dana.goto(f"/orders/{order.pk}/authorizations/")
    expect(dana.get_by_text("Written on paper, sheet P-0001.", exact=False)).to_be_visible()
    expect(dana.get_by_text("Entered late", exact=False).nth(1)).to_be_visible()
    keep(dana, "authorizations")
    assert record.verify(rooftop).problem == ""
    assert {entry.payload["entered_late"]["sheet"] for entry in RecordEntry.objects.all()} == {"P-0001"}
    assert [str(sheet) for sheet in PaperSheet.objects.out()] == ["P-0002"]
    browser_complaints.expect("status of 422", 2)  # the two refusals that were meant
