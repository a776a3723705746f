"""What the law lists for each paper, fact by fact: it is on the paper, and a paper without it says so or is refused.

The lists below are the law's, written here anew and not taken from the policy rows they are held against.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone

from dealership.models import Jurisdiction
from recommendations import documents
from recommendations.actions import deciding, drafting, handing_over, invoicing, pricing, record
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, PaperPolicy, Presentation
from recommendations.rules import FACTS, PartsReturn, missing_on_paper
from service_lane.models import InspectionItem, RepairOrder
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, make_item, make_op_code, shown
from tests.recommendations.pages import finish_agreed, notice_signed, oil_signed_for, plain, post

pytestmark = pytest.mark.django_db

WHO = {"dealer_name", "dealer_address", "order_number", "customer_name", "vehicle"}
WORK = {"jobs", "labor", "parts", "parts_state"}
SUMS = {"labor_subtotal", "parts_subtotal", "tax", "total"}
PAPER = PaperPolicy.Paper
LAW: list[tuple[str, str, str, set[str]]] = [
    # 16 CCR 3353(a): parts and labor for a specific job, each part new unless identified.
    ("US-CA", PAPER.ESTIMATE, "3353", WHO | WORK | {"total", "registration", "problem", "odometer_in"}),
    # 16 CCR 3353(c): the cost of reassembly, the parts destroyed, and that it may prevent restoration.
    ("US-CA", PAPER.ESTIMATE, "3353", {"teardown"}),
    # B&P 9884.9(b), work done by others; 9884.10, replaced parts.
    ("US-CA", PAPER.ESTIMATE, "9884.10", {"sublet", "parts_return"}),
    # 16 CCR 3354(a): all additional parts and labor, their cost, and a total revised cost.
    ("US-CA", PAPER.REVISED, "3354", WHO | WORK | SUMS | {"authorized_before", "revised_total"}),
    # 16 CCR 3353.1: date, time, name, and the phone or address used.
    ("US-CA", PAPER.AUTHORIZATIONS, "3353.1", {"order_number", "answers"}),
    # 16 CCR 3356: registration, name, address; each service and part with price and state; subtotals, tax, total; the
    # oral and electronic authorizations.
    ("US-CA", PAPER.INVOICE, "3356", WHO | WORK | SUMS | {"registration", "free_has_reason", "authorizations"}),
    ("US-CA", PAPER.DECLINED, "practice", {"order_number", "declined"}),
    # 940 CMR 5.05(2): the problem in writing; (9): an itemized bill.
    ("US-MA", PAPER.ESTIMATE, "5.05", {"problem", "jobs"}),
    ("US-MA", PAPER.REVISED, "5.05(7)", {"authorized_before", "revised_total"}),
    ("US-MA", PAPER.AUTHORIZATIONS, "5.05", {"answers"}),
    ("US-MA", PAPER.INVOICE, "5.05(9)", {"jobs", "labor", "parts", "total"}),
    ("US-MA", PAPER.DECLINED, "practice", {"declined"}),
    ("US-FL", PAPER.ESTIMATE, "559.905", {"labor_basis", "completion", "plate", "odometer_in", "parts_return"}),
    ("US-FL", PAPER.REVISED, "559.909", {"authorized_before", "revised_total"}),
    ("US-FL", PAPER.AUTHORIZATIONS, "559.915", {"answers"}),
    ("US-FL", PAPER.INVOICE, "559.911", {"jobs", "parts_state", "total"}),
    ("US-FL", PAPER.DECLINED, "practice", {"declined"}),
    # O. Reg. 17/05 s. 48: consumer, repairer, phone and address, make, model, VIN, licence number, odometer; parts with
    # state and price; hours, rate, flat rate; parts-return; total; the day it lapses; the day it is done.
    (
        "CA-ON",
        PAPER.ESTIMATE,
        "17/05",
        WHO
        | WORK
        | {"dealer_phone", "customer_contact", "vin", "plate", "odometer_in", "labor_basis", "parts_return"}
        | {"total", "issued_at", "valid_until", "completion"},
    ),
    ("CA-ON", PAPER.REVISED, "17/05", {"revised_total", "valid_until"}),
    ("CA-ON", PAPER.AUTHORIZATIONS, "Consumer Protection", {"answers"}),
    ("CA-ON", PAPER.INVOICE, "17/05", WHO | WORK | SUMS | {"vin", "odometer_in", "odometer_out", "labor_basis"}),
    ("CA-ON", PAPER.DECLINED, "practice", {"declined"}),
]

PRINTED: dict[str, str] = {
    "dealer_name": "Northgate Honda",
    "dealer_address": "400 Mill Road, Mill Valley, CA 94941",
    "dealer_phone": r"\(415\) 555-0100",
    "registration": "Registration ARD 005231",
    "order_number": "Repair order 48000",
    "issued_at": "(Printed|Invoiced|Written|Shown) (Nov 23, 2026, 11:38 AM|Nov 23 11:38 AM)",
    "opened_at": "Opened (Nov 23, 2026, 10:38 AM|Nov 23 10:38 AM)",
    "customer_name": "Customer Theo Brandt",
    "customer_contact": r"\(415\) 555-0142",
    "vehicle": "2018 Honda Ridgeline RTL-E",
    "vin": "VIN 5FPYK3F76JB001234",
    "plate": "plate 7TRB418",
    "vin_or_plate": "VIN 5FPYK3F76JB001234",
    "odometer_in": "Odometer in 71,902 mi",
    "odometer_out": "Odometer out 71,910 mi",
    "problem": "Came for Oil change, and I want it safe",
    "completion": "Promised for Nov 23 2:38 PM",
    "jobs": r"Oil and filter.*\$99.11",
    "labor": r"Labor .*\$235.20",
    "labor_basis": r"1.4 h × \$168.00",
    "parts": r"Front pads, set, part 45022.*1 × \$118.40",
    "parts_state": "Rebuilt.*Hardware kit|Hardware kit.*Rebuilt",
    "parts_return": "Replaced parts are given back: you asked for them",
    "sublet": "Sent out: .*done by Bay Machine Works",
    "teardown": r"Putting it back together costs \$90.00 of this price and takes at most 2 days. It destroys: gaskets."
    " It may not be possible to restore it",
    "valid_until": "Price holds until Dec 7",
    "free_has_reason": r"W Maker's warranty",
    "labor_subtotal": r"Subtotal, labor \$",
    "parts_subtotal": r"Subtotal, parts \$",
    "tax": r"Sales tax \$",
    "total": r"Total \$",
    "authorized_before": r"Authorized before this was shown \$99.11",
    "revised_total": r"Revised total of the repair order, with a yes to what was shown \$",
    "authorizations": r"Theo Brandt Customer By phone \(415\) 555-0142 heard by Ada Kim Nov 23, 2026 11:38 AM PST",
    "answers": r"Theo Brandt Customer By phone \(415\) 555-0142 heard by Ada Kim Nov 23, 2026 11:38 AM PST",
    "declined": "Replace the rear brake pads.*Reading: 4 mm.*The pads can wear through.*Theo Brandt, Nov 23",
}
"""How each fact reads on the paper of the scene below."""


def empty(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """Take away what stands at that place."""

    def take(doc: Any) -> None:
        for key in path[:-1]:
            doc = doc[key]
        doc[path[-1]] = ""

    return take


def rows_of(doc: dict[str, Any], title: str) -> Iterator[dict[str, Any]]:
    for name in ("lines", "declined"):
        yield from (one for one in doc.get(name) or () if title in one["shown"]["title"])


def of_line(title: str, *path: str | int) -> Callable[[dict[str, Any]], None]:
    """Take it away from the line of that title, wherever it stands."""
    return lambda doc: [empty("shown", *path)(one) for one in rows_of(doc, title)] and None


TAKEN_AWAY: dict[str, list[Callable[[dict[str, Any]], None]]] = {
    "dealer_name": [empty("rooftop", "name")],
    "dealer_address": [empty("rooftop", "address")],
    "dealer_phone": [empty("rooftop", "phone")],
    "registration": [empty("rooftop", "registration")],
    "order_number": [empty("number")],
    "issued_at": [empty("at")],
    "opened_at": [empty("opened_at")],
    "customer_name": [empty("customer", "name")],
    "customer_contact": [empty("customer", "contact")],
    "vehicle": [empty("vehicle", "title")],
    "vin": [empty("vehicle", "vin")],
    "plate": [empty("vehicle", "plate")],
    "vin_or_plate": [lambda doc: doc["vehicle"].update(vin="", plate="")],
    "odometer_in": [empty("odometer_in")],
    "odometer_out": [empty("odometer_out")],
    "problem": [empty("purpose")],
    "completion": [empty("promised_at")],
    "jobs": [of_line("Oil", "title"), of_line("Oil", "total"), lambda doc: doc.update(lines=[])],
    "labor": [of_line("front", "labor")],
    "labor_basis": [of_line("front", "labor_rate")],
    "parts": [of_line("front", "parts", 0, name) for name in ("description", "quantity", "unit_price", "amount")],
    "parts_state": [of_line("front", "parts", 1, "state_words")],
    "parts_return": [empty("parts_return", "words")],
    "sublet": [empty("sublet")],
    "teardown": [
        empty("teardown"),
        *(of_line("front", "teardown", name) for name in ("reassembly", "parts_destroyed", "days")),
    ],
    "valid_until": [of_line("front", "valid_until")],
    "free_has_reason": [of_line("boot", "zero_reason"), of_line("boot", "pay_type")],
    "labor_subtotal": [empty("sums", "labor")],
    "parts_subtotal": [empty("sums", "parts")],
    "tax": [empty("sums", "tax")],
    "total": [empty("sums", "total")],
    "authorized_before": [empty("authorized_before")],
    "revised_total": [empty("revised_total")],
    "authorizations": [empty("authorizations", 1, name) for name in ("at", "who", "how", "contact")],
    "answers": [empty("answers", 1, name) for name in ("at", "who", "how", "contact")],
    "declined": [
        *(of_line("rear", name) for name in ("finding", "measurement", "if_you_wait", "horizon")),
        lambda doc: [one.update(shown_at="") for one in rows_of(doc, "rear")] and None,
    ],
}
"""Each way a fact can be lacking."""

YELLOW = {"condition": "yellow", "computed": "yellow", "positions": ["LR"]}
PAGES = {
    PAPER.ESTIMATE: "recommendations/estimate_print.html",
    PAPER.REVISED: "recommendations/estimate_print.html",
    PAPER.AUTHORIZATIONS: "recommendations/authorizations.html",
    PAPER.INVOICE: "recommendations/invoice.html",
    PAPER.DECLINED: "recommendations/declined_notice.html",
}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def visit(cast: Cast) -> RepairOrder:
    """An oil change signed for; front pads with a rebuilt kit, taken apart and sent out, agreed by phone and done; a
    boot under warranty, done; rear pads read at 4 mm and declined; old parts asked for."""
    customer = make_customer()
    order = make_order(cast, customer=customer, vehicle=make_vehicle(customer, vin="5FPYK3F76JB001234"))
    oil_signed_for(cast, order)
    make_op_code(cast, "41BRKR", name="Replace the rear brake pads")
    front, boot = drafted(cast, order)
    found = InspectionItem.objects.filter(inspection__repair_order=order)[0].inspection
    make_item(cast, found, "rear-pads", name="Rear pads", op_code="41BRKR", readings={"LR": "4"}, **YELLOW)
    (rear,) = drafting.draft_from_inspection(inspection=found, at=AT)
    content = pricing.content_of(front.versions.get(), front.pay_type)
    pads, kit = content.parts
    taken_apart = {"reassembly": "90.00", "parts_destroyed": "gaskets", "days": 2, "may_not_restore": True}
    content = replace(
        content, parts=(pads, replace(kit, state="rebuilt")), sublet_to="Bay Machine Works", teardown=taken_apart
    )
    pricing.write_version(advisory=front, content=content, by=cast.ada, at=AT)
    content = pricing.content_of(boot.versions.get(), boot.pay_type)
    content = replace(content, pay_type="W", zero_reason="Maker's warranty")
    pricing.write_version(advisory=boot, content=content, by=cast.ada, at=AT)
    handing_over.choose_parts(repair_order=order, wants_back=True, by=cast.ada, at=AT)
    showing = shown(cast, order, [front, boot, rear], channel=Presentation.Channel.PHONE)
    deciding.decide(
        presentation=showing,
        answers=[
            Answered(line.pk, "declined" if line.advisory_id == rear.pk else "approved") for line in showing.lines.all()
        ],
        who_name="Theo Brandt",
        channel=Presentation.Channel.PHONE,
        contact_used="+14155550142",
        reason="Found at the inspection.",
        by=cast.ada,
        at=AT,
    )
    finish_agreed(cast, order)
    return order


def papers(order: RepairOrder) -> dict[str, dict[str, Any]]:
    """Every paper of the visit as data; the revised estimate is the last one, the first one as it was shown."""
    first = documents.shown_documents(order)[0]
    last = documents.estimate_document(order, AT)
    return {
        PAPER.ESTIMATE: documents.under_the_law(order, PAPER.ESTIMATE, last | {"paper": "estimate"}, AT),
        PAPER.REVISED: last,
        PAPER.AUTHORIZATIONS: documents.authorizations_document(order, AT),
        PAPER.INVOICE: documents.invoice_document(order, AT, 71_910),
        PAPER.DECLINED: documents.declined_document(order, AT),
        "first": first,
    }


def printed(order: RepairOrder, paper: str, document: dict[str, Any]) -> str:
    context = {
        "order": order,
        "rooftop": document["rooftop"] | {"registration_number": document["rooftop"]["registration"]},
        "doc": documents.read_back(record.plain(document)),
        "at": AT if document["at"] else "",
        "bill": {"at": document["at"], "sha256": "0" * 64} if paper == PAPER.INVOICE else None,
    }
    with timezone.override(order.rooftop.zone):
        html = render_to_string(PAGES[PAPER(paper)], context)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("&#x27;", "'")))


@pytest.mark.parametrize("jurisdiction", Jurisdiction.values)
def test_each_fact_of_the_law_is_on_the_paper_and_its_absence_is_told(cast: Cast, jurisdiction: str) -> None:
    cast.north.jurisdiction = jurisdiction
    cast.north.save()
    order = visit(cast)
    found = papers(order)
    assert found.pop("first")["missing"] == []
    for paper, document in found.items():
        policy = PaperPolicy.objects.in_force(jurisdiction, paper, AT.date())
        assert document["missing"] == [], paper
        text = printed(order, paper, document)
        assert "This paper is not complete" not in text
        for notice in policy.notices:
            assert notice["en"] in text, (paper, notice)
        for name in policy.facts:
            assert re.search(PRINTED[name], text), (paper, name, text)
            for take in TAKEN_AWAY[name]:
                without = copy.deepcopy(document)
                take(without)
                lacking = [one.field for one in missing_on_paper(without, policy.facts)]
                assert name in lacking, (paper, name)
                without["missing"] = [FACTS[name].missing]
                assert FACTS[name].missing in printed(order, paper, without)


@pytest.mark.parametrize("jurisdiction", Jurisdiction.values)
def test_the_rows_ask_for_what_the_law_lists_and_name_their_source(jurisdiction: str) -> None:
    lists = [row for row in LAW if row[0] == jurisdiction]
    assert {paper for _, paper, _, _ in lists} == set(PaperPolicy.Paper)
    for _, paper, source, facts in lists:
        policy = PaperPolicy.objects.in_force(jurisdiction, paper, AT.date())
        assert facts <= set(policy.facts), (paper, facts - set(policy.facts))
        assert source in policy.source


def test_every_fact_lane_knows_is_tried() -> None:
    assert set(PRINTED) == set(TAKEN_AWAY) == set(FACTS)


# --- the rows ---------------------------------------------------------------------------------------------------------


def test_a_row_counts_from_its_day_on(cast: Cast) -> None:
    order = visit(cast)
    stamped = {
        "jurisdiction": "US-CA",
        "paper": "invoice",
        "facts": ["vin"],
        "parts_return": "on_request",
        "notices": [{"en": "Ask to see the wall sign."}],
        "source": "An amendment.",
    }
    PaperPolicy.objects.create(effective_date=AT.date() + timedelta(days=1), **stamped)
    assert "Ask to see the wall sign." not in printed(order, PAPER.INVOICE, documents.invoice_document(order, AT))
    tomorrow = documents.invoice_document(order, AT + timedelta(days=1))
    assert tomorrow["source"] == "An amendment."
    assert "Ask to see the wall sign." in printed(order, PAPER.INVOICE, tomorrow)


def test_no_row_is_an_error_and_never_a_paper_that_needs_nothing() -> None:
    with pytest.raises(PaperPolicy.DoesNotExist):
        PaperPolicy.objects.in_force("US-CA", PAPER.INVOICE, date(2019, 12, 31))


def test_a_fact_nobody_knows_is_refused_and_never_taken_as_said() -> None:
    row = PaperPolicy.objects.in_force("US-CA", PAPER.INVOICE, AT.date())
    row.facts = ["order_number", "moon_phase"]
    with pytest.raises(ValidationError, match="moon_phase"):
        row.full_clean()
    assert [one.field for one in missing_on_paper({"number": "48000"}, row.facts)] == ["moon_phase"]


def test_an_incomplete_bill_is_refused_with_what_it_lacks(cast: Cast) -> None:
    cast.north.jurisdiction = "CA-ON"
    cast.north.save()
    order = visit(cast)
    answer = post(cast.ada, "invoice", order.pk)
    assert answer.status_code == 409
    assert "The bill would not be complete. Enter the miles on the car now." in plain(answer)
    assert post(cast.ada, "invoice", order.pk, odometer_out="71,910").status_code == 302
    other = make_order(cast, vehicle=make_vehicle(plate="1ABC234"), customer=order.customer)
    with pytest.raises(invoicing.WrongMiles):
        invoicing.invoice(repair_order=other, odometer_out=5, by=cast.ada, at=AT)


def test_a_notice_that_lacks_something_is_not_signed(cast: Cast) -> None:
    order = visit(cast)
    order.vehicle.vin, order.vehicle.plate = None, ""
    order.vehicle.save()
    order = RepairOrder.objects.select_related("rooftop", "customer", "vehicle").get(pk=order.pk)
    with pytest.raises(handing_over.NotWritten, match="Enter the VIN or the plate"):
        notice_signed(cast, order)


def test_the_first_estimate_stays_as_it_was_shown(cast: Cast) -> None:
    order = visit(cast)
    first, revised = documents.shown_documents(order)
    assert [line["shown"]["title"] for line in first["lines"]] == ["Oil and filter"]
    assert (first["paper"], revised["paper"]) == ("estimate", "revised")
    assert (str(revised["authorized_before"]), revised["to"]["how"]) == ("99.11", "By phone")
    assert revised["revised_total"] == revised["authorized_before"] + sum(
        Decimal(line["shown"]["total"]) for line in revised["lines"]
    )


def test_warranty_work_is_on_the_bill_at_zero_with_its_reason(cast: Cast) -> None:
    order = visit(cast)
    document = invoicing.invoice(repair_order=order, odometer_out=71_910, by=cast.ada, at=AT).document
    (boot,) = [one["shown"] for one in document["lines"] if "boot" in one["shown"]["title"]]
    assert (boot["total"], boot["pay_type"], boot["zero_reason"]) == ("0.00", "W", "Maker's warranty")
    assert document["odometer_out"] == 71_910
    assert Advisory.objects.get(pk=boot["advisory"]).pay_type == "W"


# --- replaced parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "unless_declined", "back"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_replaced_parts_go_by_what_was_said_or_by_the_law(said: bool | None, unless_declined: bool, back: bool) -> None:
    rule = PartsReturn(said, unless_declined)
    assert rule.are_returned is back
    assert ("are given back" in rule.words) is back
