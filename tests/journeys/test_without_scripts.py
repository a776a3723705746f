"""The whole journey again in a browser that runs no script: links and forms alone carry it, with a real worker."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealership.management.demonstration import setting
from dealership.management.demonstration.bay import GOOD
from dealership.models import OutboxMessage
from recommendations.actions import record
from recommendations.models import Advisory
from sales_handoff.actions import import_list
from sales_handoff.models import Handoff
from service_lane.models import Inspection, Photo, RepairOrder
from tests.conftest import Complaints
from tests.journeys.conftest import WIDTHS
from tests.journeys.test_the_day import CONCERN, FOUND, VIN, drawn_brake, refused

pytestmark = pytest.mark.journey

NO_SCRIPT: dict[str, Any] = {"java_script_enabled": False}
EYED = "cabin-filter"
TRIES = 40


@pytest.fixture
def world(northgate: Any, shared_media: None, celery_worker_process: Any) -> None:
    rooftop, _staff = northgate
    at = timezone.now()
    sheet = [
        "make,model,year,trim,miles,low,high,dollars_per_1000_miles,source,as_of_date",
        f"HONDA,CIVIC,2017,,140000,3600,4400,20,Bay Guide (invented),{at.date().isoformat()}",
    ]
    import_list("values", lines=sheet, rooftop=rooftop, at=at, by=None, by_name="Demonstration", filename="bay.csv")


def again(page: Any, locator: Any) -> None:
    """Load the page again, as somebody without scripts does, until the worker has put `locator` on it."""
    for _ in range(TRIES):
        if locator.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail(f"{page.url} never showed it:\n{page.locator('main').inner_text()[:800]}")


def press(page: Any, button: Any) -> None:
    """Send a form, and wait for the page that answers it."""
    with page.expect_navigation():
        button.click()


def test_the_day_without_scripts(
    world: None, log_in: Any, new_page: Any, keep: Any, browser_complaints: Complaints
) -> None:
    import_the_history(log_in("rachel", **NO_SCRIPT), keep)
    dana = log_in("dana", "tablet", **NO_SCRIPT)
    order = write_up(dana, keep, browser_complaints)
    inspect(log_in("jo", "phone", **NO_SCRIPT), order, keep)
    link = send(dana, order, keep)
    answer(new_page(*WIDTHS["phone"], **NO_SCRIPT), link, order, keep)
    ask(dana, order, keep)
    meet(log_in("jean", "phone", **NO_SCRIPT), order, keep)
    finish(dana, log_in("jo", "phone", **NO_SCRIPT), order, keep)


def import_the_history(page: Any, keep: Any) -> None:
    page.goto("/imports/new/")
    page.get_by_label("File", exact=False).first.set_input_files(setting.HISTORY)
    press(page, page.get_by_role("button", name="Look at the file"))
    press(page, page.get_by_role("button", name=re.compile("^Import 3,275 rows")))
    again(page, page.get_by_role("heading", name=re.compile("^Done")))
    keep(page, "import-done")


def write_up(page: Any, keep: Any, complaints: Complaints) -> RepairOrder:
    """Find by the VIN, write the visit up on one page, be refused once with nothing lost, and open the order."""
    page.goto("/lane/")
    page.locator("#q").fill(VIN)
    page.locator("#q").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("William Cantrell")
    page.get_by_role("link", name="Write up a visit").click()
    press(page, page.get_by_role("button", name=re.compile("Write up the 2017 Civic")))
    page.get_by_label("Mileage now").fill("141,200")
    page.get_by_label("Why they came today").fill("The brakes grind.")
    page.get_by_label("Concern 1, in their words").fill(CONCERN)
    press(page, page.get_by_role("button", name="Open repair order"))
    refused(page, complaints)
    expect(page.get_by_label("Concern 1, in their words")).to_have_value(CONCERN)
    keep(page, "write-up-refused")
    page.locator("input[name=promised]").first.check(force=True)
    page.locator("input[name=stay][value=waits]").check(force=True)
    whom = page.locator("#id_contact option", has_text="text").first.get_attribute("value")
    page.get_by_label("Who we ask").select_option(whom)
    # What they agree to names whom we ask: without scripts it is on the page once that was sent, to be read and signed.
    page.get_by_label("Type your full name to agree").fill("William Cantrell")
    press(page, page.get_by_role("button", name="Open repair order"))
    refused(page, complaints)
    expect(page.locator("#sign-words")).to_contain_text("by text")
    page.get_by_label("Type your full name to agree").fill("William Cantrell")
    press(page, page.get_by_role("button", name="Open repair order"))
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    order = RepairOrder.objects.get(source="lane")
    assert order.signed_name == "William Cantrell"
    page.goto(order.get_absolute_url())
    page.locator("summary", has_text="Change technician").click()
    page.get_by_label("Technician").select_option(label="Jo Tran")
    press(page, page.get_by_role("button", name="Give it to them"))
    keep(page, "order-open")
    return order


def inspect(page: Any, order: RepairOrder, keep: Any) -> None:
    """Measure each reading by a link and a form, send photos by a form, and mark the rest good."""
    page.goto(order.get_absolute_url())
    press(page, page.get_by_role("button", name="Start the inspection"))
    sheet = Inspection.objects.get(repair_order=order)
    for section in page.locator("#secs a").evaluate_all("links => links.map(link => link.getAttribute('href'))"):
        page.goto(f"/inspections/{sheet.pk}/{section}")
        look_at_section(page, sheet, re.search(r"section=([\w-]+)", section)[1])
    keep(page, "inspection")
    press(page, page.get_by_role("button", name="Finish inspection"))
    expect(page.get_by_text("Complete.", exact=True)).to_be_visible()
    sheet.refresh_from_db()
    assert sheet.completed_by.name == "Jo Tran"


def look_at_section(page: Any, sheet: Inspection, section: str) -> None:
    name = page.get_by_role("heading", level=1).inner_text()
    for item in sheet.items.filter(section=name).order_by("position", "pk"):
        read = FOUND.get(item.key) or GOOD.get(item.key) or {}
        card = page.locator(f"#item-{item.pk}")
        for place, value in read.items():
            page.goto(f"/inspections/{sheet.pk}/?section={section}&at={item.pk}:{place}#item-{item.pk}")
            card.locator("input[name=value]").fill(value)
            press(page, card.locator("button.save"))
        if item.key == EYED:
            card.locator(".ruling label.amber").click()
            press(page, card.get_by_role("button", name="Save the sign"))
            card.get_by_label("What you saw").fill("Gray and full of leaves.")
            press(page, card.get_by_role("button", name="Save what you saw"))
        if item.key == EYED or item.key in FOUND:
            photograph(page, card)
    rest = page.get_by_role("button", name="Rest of this section is good")
    if rest.count() and rest.is_disabled():
        first = page.locator(".item").first
        first.locator(".ruling label.green").click()
        press(page, first.get_by_role("button", name="Save the sign"))
    if rest.count():
        press(page, rest)


def photograph(page: Any, card: Any) -> None:
    before = Photo.objects.count()
    notes = card.locator("details.notes")
    if notes.count() and notes.get_attribute("open") is None:
        notes.locator("summary").click()
    card.locator("input[type=file]").first.set_input_files(drawn_brake())
    press(page, card.get_by_role("button", name="Send photos"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert Photo.objects.count() == before + 1
    again(page, card.locator("img[src*='/photos/']"))


def send(page: Any, order: RepairOrder, keep: Any) -> str:
    page.goto(f"/orders/{order.pk}/estimate/")
    again(page, page.locator("article.est").nth(2))
    keep(page, "estimate")
    page.locator("#to-send summary").click()
    press(page, page.get_by_role("button", name="Send 3 lines"))
    expect(page.get_by_text("was shown 3 lines")).to_be_visible()
    sent = OutboxMessage.objects.get(purpose="findings_link")
    return re.search(r"https?://\S+/v/[\w-]+/", sent.body)[0]


def answer(page: Any, link: str, order: RepairOrder, keep: Any) -> None:
    """The customer: yes, no and a question, reviewed and sent by forms."""
    page.goto(link)
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)
    say(page, "brake discs and pads", "Yes, do this")
    say(page, "front brake pads", "No, leave it")
    line = say(page, "cabin air filter", "I have a question")
    line.get_by_label("Your question").fill("Can I do that myself?")
    keep(page, "customer")
    press(page, page.get_by_role("button", name="Check my answers"))
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    page.get_by_label("Sign with your full name").fill("William Cantrell 1890")
    press(page, page.get_by_role("button", name="Send my answers"))
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    keep(page, "customer-thanks")
    said = Advisory.objects.filter(repair_order=order, finding__isnull=False).values_list("op_code", "answer")
    assert dict(said) == {"41ROTF": "approved", "41BRKF": "declined", "06CABIN": "needs_info"}


def say(page: Any, title: str, words: str) -> Any:
    line = page.locator("article.adv", has=page.get_by_role("heading", name=re.compile(title)))
    if words == "I have a question":
        line.locator("summary.ask").click()
    line.locator("label", has_text=words).click()
    return line


def ask(page: Any, order: RepairOrder, keep: Any) -> None:
    page.goto(f"/orders/{order.pk}/worth/")
    again(page, page.get_by_text("They said yes", exact=True))
    page.get_by_text("They said yes", exact=True).click()
    page.get_by_label("Their words").fill("Sure, tell me what it is worth before I decide.")
    page.get_by_label("Where they are").fill("In the lounge")
    press(page, page.get_by_role("button", name="Raise the hand-off"))
    again(page, page.get_by_text("In the hand-off queue since"))
    keep(page, "worth")
    assert Handoff.objects.get().repair_order == order


def meet(page: Any, order: RepairOrder, keep: Any) -> None:
    page.goto("/handoffs/")
    page.get_by_role("link", name=re.compile("William Cantrell")).click()
    expect(page.get_by_role("heading", name="Read this before you walk over")).to_be_visible()
    press(page, page.get_by_role("button", name="I have read this"))
    press(page, page.get_by_role("button", name=re.compile("I am walking over|Claim")).first)
    expect(page.get_by_role("heading", name="How to reach them")).to_be_visible()
    page.locator("#finish label", has_text="Keeps the car").click()
    press(page, page.get_by_role("button", name=re.compile("Record outcome")))
    expect(page.get_by_role("region", name="Outcome")).to_be_visible()
    keep(page, "handoff-done")


def finish(dana: Any, jo: Any, order: RepairOrder, keep: Any) -> None:
    """Start and end the work, answer the question by phone, bill, close: the record holds."""
    lines = f"/orders/{order.pk}/lines/"
    for button in ("Start work", "Done"):
        jo.goto(lines)
        press(jo, jo.get_by_role("button", name=button).first)
    dana.goto(f"/orders/{order.pk}/call/")
    line = dana.locator("fieldset.ans", has_text="cabin air filter")
    line.locator(".seg label", has_text="No").click()
    dana.get_by_label("Who said it").fill("William Cantrell")
    dana.get_by_label("Why more work").fill("Found at the inspection.")
    press(dana, dana.get_by_role("button", name="Record the call"))
    dana.goto(f"/orders/{order.pk}/invoice/")
    press(dana, dana.get_by_role("button", name="Make the bill"))
    expect(dana.get_by_text("SHA-256")).to_be_visible()
    dana.goto(f"/orders/{order.pk}/close/")
    dana.get_by_label("Miles on the car now").fill("141,203")
    press(dana, dana.get_by_role("button", name="Close this repair order"))
    dana.goto(order.get_absolute_url())
    expect(dana.get_by_text("Closed").first).to_be_visible()
    keep(dana, "order-closed")
    order.refresh_from_db()
    assert order.status == RepairOrder.Status.CLOSED
    assert record.verify(order.rooftop).problem == ""
