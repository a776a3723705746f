"""Papers as a printer gets them: real PDFs from Chromium, read back, on letter and on A4."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from recommendations.actions import deciding, drafting, invoicing, presenting, working
from recommendations.models import Advisory, Presentation
from service_lane.actions import paper
from service_lane.actions.templates import install_default
from service_lane.models import OpCode, Photo, RepairOrder
from tests.cast import Cast, make_cast, make_customer, make_order, make_vehicle
from tests.journeys.conftest import too_wide
from tests.recommendations.lines import drafted, make_op_code, make_request
from tests.service_lane.inspected import fill, record, started
from tests.service_lane.on_paper import booked
from tests.service_lane.test_open_repair_order import make_menu

pytestmark = pytest.mark.journey

SIZES = {"Letter": (612, 792, 710), "A4": (596, 843, 688)}
"""By name: width and height in points, and the pixels between our margins."""


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def counter(cast: Cast, new_page: Callable[..., Any], live_server: Any) -> Any:
    """Ada's browser, logged in."""
    client = Client()
    client.force_login(cast.ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = new_page()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return page


class Printed:
    """A page of ours as a printer gets it on one size of paper."""

    def __init__(self, page: Any, size: str) -> None:
        width, height, between = SIZES[size]
        self.screen = page.locator("#main").inner_text()
        self.pages = PdfReader(io.BytesIO(page.pdf(format=size))).pages
        for one in self.pages:
            box = one.mediabox
            assert (round(float(box.width)), round(float(box.height))) == (width, height)
        self.texts = [re.sub(r"\s+", " ", one.extract_text()) for one in self.pages]
        # What the printer lays out between the margins, laid out in a window just as wide: nothing may stick out.
        page.emulate_media(media="print")
        page.set_viewport_size({"width": between, "height": 900})
        assert too_wide(page) == []
        page.emulate_media(media="null")

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def is_numbered(self, run: str) -> None:
        count = len(self.pages)
        for number, text in enumerate(self.texts, start=1):
            assert f"Page {number} of {count}" in text
            assert run in text

    def has_every_figure(self) -> None:
        """Every amount, measure and time on the screen is on paper too."""
        figures = set(re.findall(r"\$[\d,]+\.\d\d|\d{1,2}:\d\d|\d+ mm\b|[\d,]+ mi\b", self.screen))
        assert figures
        assert [one for one in figures if one not in self.text] == []


@pytest.fixture
def printed(counter: Any) -> Callable[[str, str], Printed]:
    """Call it with an address and a size of paper."""

    def print_it(address: str, size: str) -> Printed:
        counter.goto(address)
        counter.wait_for_load_state("networkidle")
        return Printed(counter, size)

    return print_it


def visit(cast: Cast, lines: int = 2) -> RepairOrder:
    """Oil signed for, pads agreed to and done, a boot put off; `lines` more were declined."""
    at = timezone.now() - timedelta(minutes=5)
    order = make_order(cast)
    RepairOrder.objects.filter(pk=order.pk).update(opened_at=at - timedelta(hours=1), signed_at=at - timedelta(hours=1))
    order.refresh_from_db()
    make_request(cast, order)
    drafting.draft_requested(repair_order=order, at=at)
    pads, boot = drafted(cast, order)
    for photo in Photo.objects.all():
        photo.image.save("boot.jpg", ContentFile(drawn()))
    asked = [
        drafting.add_line(
            repair_order=order,
            line=drafting.ByHand(op_code=rattle(cast, n + 1), request="It rattles."),
            by=cast.ada,
            at=at,
        )
        for n in range(lines)
    ]
    presentation = presenting.present(
        repair_order=order,
        advisories=[pads, boot, *asked],
        channel=Presentation.Channel.COUNTER,
        to_name="Theo Brandt",
        by=cast.ada,
        at=at,
    )
    said = {pads.pk: "approved", boot.pk: "deferred"}
    deciding.decide(
        presentation=presentation,
        answers=[
            deciding.Answered(line.pk, said.get(line.advisory_id, "declined"), until_miles=75_000)
            for line in presentation.lines.all()
        ],
        who_name="Theo Brandt",
        channel=Presentation.Channel.COUNTER,
        by=cast.ada,
        at=at,
    )
    for line in Advisory.objects.filter(repair_order=order).approved():
        working.start(advisory=line, by=cast.tess, at=at)
        working.finish(advisory=line, by=cast.tess, at=at)
    invoicing.invoice(repair_order=order, by=cast.ada, at=at)
    return order


def drawn() -> bytes:
    """An invented picture."""
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), "#555").save(kept, "JPEG")
    return kept.getvalue()


def rattle(cast: Cast, n: int) -> OpCode:
    """The nth thing to look at, an hour each."""
    return make_op_code(cast, f"RATTLE{n}", name=f"Look at rattle {n}", labor_hours=Decimal(1), parts_kit=[])


@pytest.mark.parametrize("size", SIZES)
def test_each_paper_of_a_visit_is_numbered_whole_and_names_its_order_on_every_page(
    cast: Cast, printed: Callable[[str, str], Printed], size: str
) -> None:
    order = visit(cast)
    for name in ("estimate-print", "invoice", "declined-notice", "authorizations", "handover"):
        one = printed(reverse(f"recommendations:{name}", args=[order.pk]), size)
        one.is_numbered(f"{order}, Northgate Honda")
        one.has_every_figure()
        assert cast.north.registration_number in one.text


def test_the_estimate_shows_boxes_that_are_ticked_only_where_somebody_answered(cast: Cast, counter: Any) -> None:
    order = visit(cast, lines=0)
    counter.goto(reverse("recommendations:estimate-print", args=[order.pk]))
    boxes = counter.locator(".pf .boxes")
    assert boxes.count() == 3
    ticked = [boxes.nth(n).locator("svg:has(path + path)").count() for n in range(3)]
    assert ticked == [1, 1, 1]
    counter.emulate_media(media="print")
    assert "Later, until 75,000 mi" in boxes.nth(2).inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_a_long_record_repeats_its_table_head_and_splits_no_finding(
    cast: Cast, printed: Callable[[str, str], Printed], size: str
) -> None:
    order = visit(cast, lines=30)
    record_of = printed(reverse("recommendations:authorizations", args=[order.pk]), size)
    assert len(record_of.pages) > 1
    with_rows = [text for text in record_of.texts if "At the counter" in text]
    assert len(with_rows) > 1
    assert all("What Who How When Adds New total" in text for text in with_rows)
    estimate = printed(reverse("recommendations:estimate-print", args=[order.pk]), size)
    for n in range(1, 31):
        pages = [text for text in estimate.texts if re.search(rf"Look at rattle {n}\b", text)]
        assert len(pages) >= 1
    # A finding stands on one page with its price and its boxes.
    for text in estimate.texts:
        assert text.count("Yes, do this") == text.count("All in")


@pytest.mark.parametrize("size", SIZES)
def test_the_inspection_report_prints_every_item_with_its_word_its_reading_and_its_limits(
    cast: Cast, printed: Callable[[str, str], Printed], size: str
) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "2", "RF": "4"})
    record(inspection, "warning-lamps", cast.tess, not_inspected_reason="Needs a road test")
    fill(inspection, cast.tess)
    one = printed(reverse("service_lane:inspection-print", args=[inspection.pk]), size)
    one.is_numbered(f"{inspection.repair_order}, Northgate Honda")
    one.has_every_figure()
    for item in inspection.items.all():
        assert item.name in one.text
    for words in ("Needs attention now", "Not inspected", "Needs a road test", "Green is 6 mm or more", "Tess Tran"):
        assert words in one.text


@pytest.mark.parametrize("size", SIZES)
def test_one_print_job_holds_the_day_each_lane_sheet_on_one_page(
    cast: Cast, printed: Callable[[str, str], Printed], size: str
) -> None:
    make_menu(cast)
    install_default(rooftop=cast.north, by=cast.gus, at=timezone.now())
    visit(cast)
    others = [make_customer(first_name=f"Guest {n}", last_name="Long-Hyphenated-Name") for n in range(2)]
    expected = [
        booked(
            cast,
            customer=one,
            vehicle=make_vehicle(one, plate=f"8AB{one.pk % 1000:03}", vin=f"5FNYF6H59KB{one.pk % 1_000_000:06}"),
        )
        for one in others
    ]
    run = paper.print_run(
        rooftop=cast.north,
        day=timezone.localdate(),
        appointments=expected,
        blanks=1,
        inspections=1,
        consents=2,
        by=cast.ada,
        at=timezone.now(),
    )
    one = printed(run.get_absolute_url(), size)
    one.is_numbered("Northgate Honda, paper for")
    for number in (1, 2, 3):
        of_sheet = [text for text in one.texts if f"Lane sheet P-{number:04}" in text]
        assert len(of_sheet) == 1
        assert "Customer signs" in of_sheet[0]
    assert "The board" in one.texts[0]
    consents = [text for text in one.texts if "Consent by phone" in text]
    assert len(consents) == 1
    assert consents[0].count("7 Revised total") == 2
