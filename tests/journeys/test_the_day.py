"""The whole day, in a real browser with a real worker: from an export to a claimed hand-off and a closed order.

Everybody is invented.  William Cantrell's nine-year-old Civic comes from the demonstration export.
"""

import io
import re
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from dealership.management.demonstration import setting
from dealership.management.demonstration.bay import GOOD
from dealership.models import OutboxMessage
from recommendations.actions import record
from recommendations.models import Advisory, Decision
from sales_handoff.actions import import_list
from sales_handoff.models import Handoff
from service_lane.models import Inspection, OpCode, Photo, RepairOrder
from tests.conftest import Complaints
from tests.journeys.conftest import WIDTHS, too_wide

pytestmark = pytest.mark.journey

VIN = "SHHFC1E58HC701348"
CONCERN = "It grinds when I brake, and it knocks over bumps."
WAIT = 20_000
"""Milliseconds a page may take to show what a worker did."""


def drawn_brake() -> dict[str, Any]:
    image = Image.new("RGB", (1600, 1200), "#2b3038")
    pen = ImageDraw.Draw(image)
    pen.ellipse((200, 0, 1400, 1200), fill="#8d949c", outline="#6b727a", width=12)
    pen.ellipse((600, 400, 1000, 800), fill="#4a5058")
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=88)
    return {"name": "brake.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


@pytest.fixture
def world(northgate: Any, shared_media: None, celery_worker_process: Any) -> None:
    """The house with a guide that knows the Civic, and a part whose price the menu does not know."""
    rooftop, _staff = northgate
    at = timezone.now()
    sheet = [
        "make,model,year,trim,miles,low,high,dollars_per_1000_miles,source,as_of_date",
        f"HONDA,CIVIC,2017,,140000,3600,4400,20,Bay Guide (invented),{at.date().isoformat()}",
    ]
    import_list("values", lines=sheet, rooftop=rooftop, at=at, by=None, by_name="Demonstration", filename="bay.csv")
    pads = OpCode.objects.get(rooftop=rooftop, code="41BRKF")
    pads.parts_kit[0]["unit_price"] = None
    pads.save(update_fields=["parts_kit"])


def test_the_day(world: None, log_in: Any, new_page: Any, keep: Any, browser_complaints: Complaints) -> None:
    import_the_history(log_in("rachel"), keep)
    dana = log_in("dana")
    order = write_up(dana, keep, browser_complaints)
    inspect(log_in("jo", "phone", has_touch=True), order, keep, browser_complaints)
    link = price_and_send(dana, order, keep)
    answer(new_page(*WIDTHS["phone"], has_touch=True), link, order, keep)
    ask(dana, order, keep)
    meet(log_in("jean", "tablet"), order, keep)
    finish(dana, log_in("jo", "tablet"), order, keep)


def refused(page: Any, complaints: Complaints) -> None:
    """A refusal is a page with status 422, which Chromium writes to its console: that one complaint is expected."""
    expect(page.get_by_role("alert").first).to_be_visible()
    complaints.expect("status of 422")


def resize(page: Any, width: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))


def keep_each_width(page: Any, name: str, keep: Any) -> None:
    for width in ("phone", "tablet", "desktop"):
        resize(page, width)
        assert too_wide(page) == [], f"{page.url} on a {width}"
        keep(page, f"{name}-{width}")


def import_the_history(page: Any, keep: Any) -> None:
    """The service manager brings in the export: upload, look, start, done."""
    page.goto("/imports/")
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("File", exact=False).first.set_input_files(setting.HISTORY)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("Nothing is written yet")).to_be_visible()
    keep(page, "import-preview")
    page.get_by_role("button", name=re.compile("^Import 3,275 rows")).click()
    expect(page.get_by_role("heading", name=re.compile("^Done"))).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("1,493").first).to_be_visible()
    keep(page, "import-done")


def write_up(page: Any, keep: Any, complaints: Complaints) -> RepairOrder:
    """The advisor finds the customer by part of a name, then scans the VIN, and writes the visit up in six steps."""
    keep(page, "board-empty")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("cantrel will")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="William Cantrell")).to_have_count(2)
    keep(page, "find-by-name")
    page.get_by_role("heading", name="Find").click()
    page.keyboard.type(VIN)  # as fast as a scanner does
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("William Cantrell")
    page.wait_for_url(re.compile(r"/write-ups/\d+/$"))
    expect(page.locator("#id_odometer")).to_be_focused()
    expect(page.get_by_text("2017 Honda Civic").first).to_be_visible()
    page.get_by_label("Mileage now").fill("141,200")
    page.get_by_label("Key tag").fill("T51")
    page.get_by_label("Why they came today").fill("Oil change, and the brakes grind.")
    page.get_by_label("Concern 1, in their words").fill(CONCERN)
    page.get_by_text("Thinking of replacing").click()
    page.locator("summary", has_text="Show the menu").click()
    page.locator("#svc_01HNLOF").check()
    page.get_by_label("Left front", exact=False).first.fill("5")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    keep(page, "write-up-started")

    page.get_by_role("button", name="Open repair order").click()
    refused(page, complaints)
    expect(page.get_by_label("Concern 1, in their words")).to_have_value(CONCERN)
    expect(page.get_by_label("Mileage now")).to_have_value("141,200")
    assert not RepairOrder.objects.filter(source="lane").exists()
    keep(page, "write-up-refused")

    page.locator("label", has=page.locator("input[name=promised]")).first.click()
    page.locator("label", has=page.locator("input[name=stay][value=waits]")).click()
    whom = page.locator("#id_contact option", has_text="text").first.get_attribute("value")
    page.get_by_label("Who we ask").select_option(whom)
    page.get_by_label("Who else may say yes").fill("June Cantrell")
    page.get_by_label("Up to").fill("250")
    page.get_by_label("Type your full name to agree").fill("William Cantrell")
    expect(page.locator("#sign-words")).to_contain_text(re.compile("by text.*June Cantrell.*250", re.S))
    keep_each_width(page, "write-up-signed", keep)
    page.get_by_role("button", name="Open repair order").click()
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    order = RepairOrder.objects.select_related("vehicle").get(source="lane")
    assert (order.vehicle.vin, order.odometer_in, order.designee_name) == (VIN, 141_200, "June Cantrell")
    page.locator("summary", has_text="Change technician").click()
    page.get_by_label("Technician").select_option(label="Jo Tran")
    page.get_by_role("button", name="Give it to them").click()
    expect(page.locator("dd", has_text="Jo Tran").first).to_be_visible()
    keep_each_width(page, "order-open", keep)
    return order


# --- the bay ---------------------------------------------------------------------------------------------------------

FOUND = {
    "front-pads": {"LF": "2.0", "RF": "2.5"},
    "discs": {"LF": "20.6", "RF": "20.8", "minimum": "21.0"},
}
"""What is read on the Civic beside what a car in good shape reads."""
EYED = {"suspension": "red", "cabin-filter": "yellow"}


def inspect(page: Any, order: RepairOrder, keep: Any, complaints: Complaints) -> None:
    """The technician, on a phone: pads measured and photographed, a ball joint by eye, the rest good, then complete."""
    page.get_by_role("link", name="Inspections").first.click()
    keep(page, "inspections-phone")
    page.goto(order.get_absolute_url())
    page.get_by_role("button", name="Start the inspection").click()
    page.wait_for_url(re.compile("/inspections/"))
    sheet = Inspection.objects.get(repair_order=order)
    keep(page, "inspection-untouched-phone")
    finish_refused(page, complaints)
    sections = page.locator("#secs a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for section in sections:
        page.goto(f"/inspections/{sheet.pk}/{section}")
        look_at_section(page, sheet)
        assert too_wide(page) == []
        keep(page, f"inspection-{section.partition('=')[2]}-phone", whole=False)
    page.get_by_role("button", name="Finish inspection").click()
    expect(page.get_by_text("Complete.", exact=True)).to_be_visible()
    sheet.refresh_from_db()
    assert list(Photo.objects.values_list("status", flat=True)) == [Photo.Status.READY] * 3
    assert sheet.completed_by.name == "Jo Tran"
    keep(page, "inspection-complete-phone")


def finish_refused(page: Any, complaints: Complaints) -> None:
    """The button waits for the last check, and so does the server."""
    button = page.get_by_role("button", name="Finish inspection")
    expect(button).to_be_disabled()
    button.evaluate("button => { button.disabled = false; button.click(); }")
    refused(page, complaints)
    expect(page.get_by_text("Not finished yet.")).to_be_visible()


def look_at_section(page: Any, sheet: Inspection) -> None:
    """Measure what has a reading, rule what does not by eye, and mark the rest good with one tap."""
    section = page.url.partition("section=")[2].partition("#")[0].partition("&")[0]
    name = page.get_by_role("heading", level=1).inner_text()
    for item in sheet.items.filter(section=name).order_by("position", "pk"):
        read = FOUND.get(item.key) or GOOD.get(item.key)
        if not read and item.key not in EYED:
            continue
        place = next(iter(read), "") if read else ""
        page.goto(f"/inspections/{sheet.pk}/?section={section}&at={item.pk}:{place}#item-{item.pk}")
        card = page.locator(f"#item-{item.pk}")
        if read:
            measure(page, card, read)
        else:
            rule(page, card, EYED[item.key])
        if item.key == "front-pads" or item.key in EYED:
            photograph(page, card)
    rest = page.get_by_role("button", name="Rest of this section is good")
    if rest.count() and rest.is_disabled():
        press(page, page.locator(".item").first.locator(".ruling label", has=page.locator("input[value=green]")))
        expect(rest).to_be_enabled()
    if rest.count():
        rest.click()
        expect(page.locator("#rest form")).to_have_count(0)


def measure(page: Any, card: Any, read: dict[str, str]) -> None:
    """Type each reading on the pad; it moves on to the next place by itself."""
    for place, value in read.items():
        expect(card.locator("input[name=place]")).to_have_value(place)
        card.locator("input[name=value]").fill(value)
        press(page, card.locator("button.save"))


def press(page: Any, button: Any) -> None:
    """Press what saves an item, and wait until it is saved and shown."""
    with page.expect_response(lambda sent: sent.request.method == "POST" and "/items/" in sent.url) as sent:
        button.click()
    assert sent.value.status == 200
    expect(page.locator(".htmx-request")).to_have_count(0)


def rule(page: Any, card: Any, color: str) -> None:
    """Tap a sign, then say what was seen where it asks."""
    press(page, card.locator(".ruling label", has=page.locator(f"input[value={color}]")))
    note = card.get_by_label("What you saw")
    expect(note).to_be_visible()
    note.fill(
        "Right lower ball joint moves 3 mm. The limit is 0.5 mm." if color == "red" else "Gray and full of leaves."
    )
    press(page, card.get_by_role("button", name="Save what you saw"))


def photograph(page: Any, card: Any) -> None:
    """A photo goes by itself, and is shown once the worker has decoded it."""
    notes = card.locator("details.notes")
    if notes.get_attribute("open") is None:
        notes.locator("summary").click()
    card.locator("input[type=file]").set_input_files(drawn_brake())
    expect(card.locator("img[src*='/photos/']")).to_be_visible(timeout=WAIT)


# --- the counter -----------------------------------------------------------------------------------------------------


def price_and_send(page: Any, order: RepairOrder, keep: Any) -> str:
    """The worker has drafted a line per finding; the advisor prices what the menu could not, and sends the link."""
    page.goto(f"/orders/{order.pk}/estimate/")
    for _ in range(20):
        if page.locator("article.est").count() == len(FOUND) + len(EYED):
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("article.est")).to_have_count(4)
    lines = Advisory.objects.filter(repair_order=order, finding__isnull=False)
    assert lines.count() == 4
    keep(page, "estimate-drafted")
    page.locator(".est.held .stop").get_by_role("link").first.click()
    expect(page.get_by_label("Price each, row 1")).to_be_focused()
    page.get_by_label("Price each, row 1").fill("98.60")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/estimate/"))
    expect(page.locator(".est.held")).to_have_count(0)
    keep_each_width(page, "estimate", keep)
    page.locator("#to-send > summary").click()
    page.locator("#to-send button").click()
    expect(page.get_by_text("was shown 4 lines")).to_be_visible()
    page.goto("/outbox/")
    keep(page, "outbox")
    sent = OutboxMessage.objects.get(purpose="findings_link")
    return re.search(r"https?://\S+/v/[\w-]+/", sent.body)[0]


def answer(page: Any, link: str, order: RepairOrder, keep: Any) -> None:
    """The customer, on a phone and without a log-in: nothing is chosen for them; yes, no, later and a question."""
    page.goto(link)
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)
    expect(page.get_by_text("Nothing is added to your bill unless you choose it")).to_be_visible()
    keep(page, "customer-found-phone")
    assert too_wide(page) == []
    keep(page, "customer-first-screen-phone", whole=False)
    say(page, "brake discs and pads", "Yes, do this")
    say(page, "front brake pads", "No, leave it")
    line = say(page, "cabin air filter", "Later")
    line.get_by_label("Later: until when?").select_option(index=1)
    line = say(page, "lower control arms", "I have a question")
    line.get_by_label("Your question").fill("Is it even worth it?")
    keep(page, "customer-chosen-phone")
    page.get_by_role("button", name="Check my answers").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    assert not Decision.objects.exclude(channel="write_up").exists()
    keep(page, "customer-review-phone")
    page.get_by_label("William Cantrell", exact=True).check()  # June may answer too, up to her limit
    page.get_by_label("Sign with your full name").fill("William Cantrell 1890")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    keep(page, "customer-thanks-phone")
    said = Advisory.objects.filter(repair_order=order, finding__isnull=False).values_list("op_code", "answer")
    assert dict(said) == {"41ROTF": "approved", "41BRKF": "declined", "06CABIN": "deferred", "45BALL": "needs_info"}


def say(page: Any, title: str, words: str) -> Any:
    """Choose one answer for the line of this title; returns the line."""
    line = page.locator("article.adv", has=page.get_by_role("heading", name=re.compile(title)))
    if words in ("Later", "I have a question"):
        line.locator("summary.ask").click()
    line.locator("label", has_text=words).click()
    return line


def ask(page: Any, order: RepairOrder, keep: Any) -> None:
    """The advisor sees the answers and the panel that nobody else sees, asks, and raises the hand-off."""
    page.goto(f"/orders/{order.pk}/estimate/")
    expect(page.get_by_text("Is it even worth it?").first).to_be_visible()
    panel = page.locator("#worth")
    expect(panel.locator(".chip")).to_be_visible()
    expect(panel.get_by_text("One sentence you can say")).to_be_visible()
    keep_each_width(page, "estimate-answered", keep)
    page.goto("/approvals/")
    keep(page, "approvals")
    page.goto(f"/orders/{order.pk}/worth/")
    page.get_by_text("They said yes", exact=True).click()
    page.get_by_label("Their words").fill("Sure, tell me what it is worth before I decide.")
    page.get_by_label("Where they are").fill("In the lounge")
    keep(page, "worth-asked")
    page.get_by_role("button", name="Raise the hand-off").click()
    expect(page.get_by_text("In the hand-off queue since")).to_be_visible(timeout=WAIT)
    keep(page, "worth-in-the-queue")
    assert Handoff.objects.get().repair_order == order


# --- the sales floor -------------------------------------------------------------------------------------------------


def meet(page: Any, order: RepairOrder, keep: Any) -> None:
    """The salesperson reads what is open, only then claims it, and records what came of it."""
    page.goto("/handoffs/")
    keep(page, "queue-tablet")
    page.get_by_role("link", name=re.compile("William Cantrell")).click()
    expect(page.get_by_role("heading", name="Read this before you walk over")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Claim it"))).to_have_count(0)
    keep(page, "handoff-gate-tablet")
    page.get_by_role("button", name="I have read this").click()
    page.get_by_role("button", name=re.compile("Claim it")).click()
    for button in ("I am walking over", "We have met"):
        page.get_by_role("button", name=re.compile(button)).click()
        expect(page.get_by_role("button", name=re.compile(button))).to_have_count(0)
    handoff = Handoff.objects.get(repair_order=order)
    assert handoff.walking_at
    assert handoff.met_at
    expect(page.get_by_role("heading", name="How to reach them")).to_be_visible()
    keep_each_width(page, "handoff-claimed", keep)
    page.locator("#finish label", has_text="Keeps the car").click()
    page.get_by_label("A note").fill("They keep it another year. They come back about the control arms.")
    page.get_by_role("button", name=re.compile("Record outcome")).click()
    expect(page.get_by_role("region", name="Outcome")).to_be_visible()
    keep(page, "handoff-done-tablet")


def finish(dana: Any, jo: Any, order: RepairOrder, keep: Any) -> None:
    """The outcome is told to those who found it; the work is done, billed and closed, and the record holds."""
    dana.goto(f"/orders/{order.pk}/worth/")
    expect(dana.get_by_text("They keep it another year").first).to_be_visible()
    keep(dana, "worth-with-outcome")
    jo.goto(f"/orders/{order.pk}/handoff/")
    expect(jo.get_by_text("Keeps the car").first).to_be_visible()
    jo.goto("/findings/mine/")
    expect(jo.get_by_text("Is it even worth it?").first).to_be_visible()
    keep(jo, "findings-fate-tablet")

    jo.goto(order.get_absolute_url())
    for _ in range(2):  # the oil change they asked for, and the discs they said yes to
        work(jo, "Start work")
    keep(jo, "order-work-started-tablet")
    for _ in range(2):
        work(jo, "Done")
    dana.goto(f"/orders/{order.pk}/close/")
    expect(dana.get_by_text("a question waits for our answer")).to_be_visible()
    call(dana, order, keep)
    dana.goto(f"/orders/{order.pk}/invoice/")
    keep(dana, "invoice-draft")
    dana.get_by_role("button", name="Make the bill").click()
    expect(dana.get_by_text("SHA-256")).to_be_visible()
    keep(dana, "invoice")
    dana.goto(f"/orders/{order.pk}/close/")
    keep(dana, "close")
    dana.get_by_label("Miles on the car now").fill("141,203")
    dana.get_by_role("button", name="Close this repair order").click()
    dana.wait_for_url(re.compile(r"/orders/\d+/handover/$"))
    keep(dana, "what-they-take-home")
    dana.goto(order.get_absolute_url())
    keep(dana, "order-closed")
    order.refresh_from_db()
    assert (order.status, order.odometer_out) == (RepairOrder.Status.CLOSED, 141_203)
    assert record.verify(order.rooftop).problem == ""


def call(page: Any, order: RepairOrder, keep: Any) -> None:
    """Their question is answered by phone, and they put the control arms off."""
    page.goto(f"/orders/{order.pk}/call/")
    line = page.locator("fieldset.ans", has_text="lower control arms")
    line.locator(".seg label", has_text="No").click()
    page.get_by_label("William Cantrell", exact=True).check()
    page.get_by_label("Who said it").fill("William Cantrell")
    page.get_by_label("Why more work").fill("Found at the inspection.")
    keep(page, "call")
    page.get_by_role("button", name="Record the call").click()
    page.wait_for_url(re.compile("/estimate/"))


def work(page: Any, button: str) -> None:
    lines = page.locator("#order-lines")
    expect(lines.get_by_role("button", name=button).first).to_be_visible()
    left = lines.get_by_role("button", name=button).count()
    lines.get_by_role("button", name=button).first.click()
    expect(lines.get_by_role("button", name=button)).to_have_count(left - 1)
