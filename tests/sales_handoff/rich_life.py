"""Somebody with a rich life here: all that can be known of a customer, in words and numbers nobody else has."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from customers import actions
from customers.actions import follow_throughs
from customers.actions.merging import Choices
from customers.models import Customer, CustomerNumber, Feedback, HouseholdSuggestion, PrivacyRequest, Tie, Vehicle
from dealership.models import Jurisdiction
from recommendations import documents
from recommendations.actions import deciding, followups, handing_over, invoicing, links, presenting, replying, waiving
from recommendations.actions import drafting as advising
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, FollowUp, SecondCarOffer
from sales_handoff import actions as sales
from sales_handoff.actions import owning, passing_on, preparing
from sales_handoff.models import Deal, Handoff
from service_lane.actions import appointments, photos
from service_lane.actions.writeup import drafting
from service_lane.models import DamageMark, DmsImport, OpCode, RepairOrder, Signature, WriteUp
from service_lane.rules.pictures import develop
from tests.cast import AT, Cast, make_customer
from tests.cast import make_order as opened
from tests.customers.voices import agree, ask, complain, plan, say
from tests.recommendations.lines import make_inspection, make_item, make_op_code, make_seen_item
from tests.recommendations.pages import finish_agreed, oil_signed_for
from tests.sales_handoff.visits import add_line, has_read, make_guide_row

FIRST, LAST = "Zebulonia", "Quixwhistle"
PHONE, EMAIL = "+14155557391", "zebulonia.q@invented.example"
STREET, PLATE, POLICY = "77 Vermillion Lantern Row", "9ZQX777", "POLZEB-4471"
WORDS = "Marmalade dripped on the gearshift"
"""What they say, whenever they say anything."""
UNIQUE = (
    "zebulonia",
    "quixwhistle",
    "4155557391",
    "555-7391",
    "vermillion",
    "9zqx777",
    "marmalade",
    "dmsnum-880",
    "polzeb-4471",
)
NAME = f"{FIRST} {LAST}"
STROKES = "M 1 1 L 9 9"


def rich_life(cast: Cast) -> Customer:
    """Everything, in the order a life has it.  Both visits are still open when it returns."""
    theirs = actions.add_customer(
        name=actions.Name(first_name=FIRST, last_name="Quixwhistl"),
        phone=PHONE,
        email=EMAIL,
        place=actions.Place(STREET, "Mill Valley", "CA", "94941"),
        by=cast.ada,
        at=AT,
        rooftop=cast.north,
    )
    actions.edit_customer(
        customer=theirs,
        name=actions.Name(first_name=FIRST, last_name=LAST),
        seen_at=theirs.edited_at,
        by=cast.ada,
        at=AT,
    )
    theirs.refresh_from_db()
    CustomerNumber.objects.create(rooftop=cast.north, number="DMSNUM-880", customer=theirs)
    nora = make_customer("Nora", "Feld", phone="+14155550199")
    actions.live_together(customer=nora, other=theirs, by=cast.ada, at=AT)
    fit = _car(cast, theirs)
    _visit(cast, theirs, fit)
    handoff = _asked(cast, theirs)
    _afterwards(cast, theirs, nora)
    _handed_off(cast, handoff)
    _messages(cast)
    _files(cast, theirs)
    _household(cast, theirs, fit)
    _entered_twice(cast, theirs)
    for why in (f"hand-off of {NAME}", "write-up"):
        actions.look(customer=theirs, why=why, by=cast.ada, at=AT, rooftop=cast.north)
    theirs.refresh_from_db()
    return theirs


def _car(cast: Cast, theirs: Customer) -> Vehicle:
    ridgeline = actions.Car(plate="9ZQX77", plate_region="CA", year=2018, make="HONDA", model="Ridgeline")
    car = actions.add_vehicle(car=ridgeline, customer=theirs, by=cast.ada, at=AT, rooftop=cast.north)
    typed = actions.Car(plate=PLATE, plate_region="CA", year=2018, make="HONDA", model="Ridgeline")
    actions.edit_vehicle(vehicle=car, car=typed, seen_at=car.edited_at, by=cast.ada, at=AT)
    again = actions.Car(
        plate=PLATE, plate_region="NV", year=2018, make="HONDA", model="Ridgeline", policy_number=POLICY
    )
    actions.edit_vehicle(vehicle=car, car=again, seen_at=AT, by=cast.ada, at=AT)
    return car


def _household(cast: Cast, theirs: Customer, car: Vehicle) -> None:
    """What is kept of whom they live with, and of cars we never saw."""
    Tie.objects.filter(customer=theirs, vehicle=car).update(said_by=NAME)
    actions.tell_of_car(
        vehicle=car, customer=theirs, miles=90_000, words=WORDS, said_date=AT.date(), by=cast.ada, at=AT
    )
    SecondCarOffer.objects.create(
        rooftop=cast.north, customer=theirs, vehicle=car, words=f"{NAME}: {WORDS}", answer="not_now", by=cast.ada, at=AT
    )
    neighbor = make_customer("Omar", "Haddad", phone="")
    low, high = sorted((theirs, neighbor), key=lambda one: one.pk)
    HouseholdSuggestion.objects.create(
        low=low, high=high, reasons=[{"kind": "address", "words": f"Both live at {STREET}"}], proposed_at=AT
    )


def _entered_twice(cast: Cast, theirs: Customer) -> None:
    """Their second record, merged into this one."""
    name, place = actions.Name(first_name="Zeb", last_name=LAST), actions.Place(STREET, "Mill Valley", "CA", "94941")
    twin = actions.add_customer(
        name=name, phone=PHONE, email=f"twin.{EMAIL}", place=place, by=cast.ada, at=AT, rooftop=cast.north
    )
    actions.look(customer=twin, why=f"twin of {NAME}", by=cast.ada, at=AT, rooftop=cast.north)
    theirs.refresh_from_db()
    seen = (theirs.edited_at, twin.edited_at)
    choices = Choices(of_gone=frozenset({"email"}), seen=seen)
    actions.merge(kept=theirs, gone=twin, choices=choices, by=cast.ada, at=AT, rooftop=cast.north)


def _afterwards(cast: Cast, theirs: Customer, nora: Customer) -> None:
    say(cast, theirs, WORDS, place=f"survey of {NAME}")
    unmatched = say(cast, None, WORDS, kind="survey")
    Feedback.objects.filter(pk=unmatched.pk).update(given_name=NAME, given_contact="(415) 555-7391")
    complaint = complain(cast, theirs, WORDS)
    actions.close_complaint(complaint=complaint, what_was_done=f"Wiped off. {WORDS}", by=cast.max, at=AT)
    complain(cast, theirs, WORDS)
    agree(cast, theirs)
    plan(cast, theirs)
    actions.record_purchase(
        customer=theirs,
        rooftop=cast.north,
        car=f"2026 CR-V of {LAST}",
        deal_number=f"D-{LAST}",
        sold_date=date(2026, 11, 20),
        salesperson=cast.sam,
        promised=WORDS,
        by=cast.sam,
        at=AT,
    )
    Deal.objects.create(rooftop=cast.north, number=f"S-{LAST}", customer=theirs, opened_date=date(2019, 1, 1))
    question = ask(cast, theirs)
    follow_throughs.answer(question=question, words=WORDS, by=cast.sam, at=AT)
    for sender, sent in ((theirs, nora), (make_customer("Ines", "Moor", phone=""), theirs)):
        actions.record_referral(
            sender=sender, sent=sent, what="service", words=WORDS, rooftop=cast.north, by=cast.ada, at=AT
        )


def _visit(cast: Cast, theirs: Customer, car: Vehicle) -> RepairOrder:
    """A visit with everything the law keeps: waived, shown, asked, answered, signed, billed, with photos."""
    order = opened(
        cast,
        customer=theirs,
        vehicle=car,
        purpose=WORDS,
        contact_value=PHONE,
        signed_text=WORDS,
        designee_name=f"Cousin {LAST}",
        designee_limit=Decimal(300),
        promised_at=AT + timedelta(hours=6),
    )
    order.concerns.update(words=WORDS, cause=WORDS, correction=WORDS)
    write_up = drafting.start(rooftop=cast.north, by=cast.ada, at=AT, typed={"purpose": WORDS, "name": NAME})
    WriteUp.objects.filter(pk=write_up.pk).update(customer=theirs, repair_order=order, signed_for=WORDS)
    DamageMark.objects.create(write_up=write_up, number=1, where="left door", what=WORDS, seen_at=AT)
    Signature.objects.create(repair_order=order, svg=f"<svg>{WORDS}</svg>", drawn_at=AT)
    oil_signed_for(cast, order)
    order.requested_services.update(name=WORDS)
    lines = _drafted(cast, order)
    lines[0].versions.update(finding_text=WORDS)
    Advisory.objects.filter(pk=lines[1].pk).update(ground_text=WORDS)
    if item := lines[1].finding:
        type(item).objects.filter(pk=item.pk).update(note=WORDS)
        _photograph(cast, item=item)
    sent = links.send(
        repair_order=order,
        advisories=list(Advisory.objects.filter(pk__in=[line.pk for line in lines])),
        address=lambda token: f"https://lane.example/v/{token}",
        by=cast.ada,
        at=AT,
    )
    assert sent.link.contact == PHONE
    presentation = presenting.present(
        repair_order=order,
        advisories=list(Advisory.objects.filter(pk__in=[line.pk for line in lines])),
        channel="counter",
        to_name=NAME,
        to_contact=PHONE,
        by=cast.ada,
        at=AT,
    )
    pads, boot = presentation.lines.all()

    def answer(*answers: Answered) -> Any:
        return deciding.decide(
            presentation=presentation, answers=answers, who_name=NAME, channel="counter", by=cast.ada, at=AT
        ).decisions

    (question,) = answer(Answered(boot.pk, "needs_info", question=WORDS))
    replying.reply(question=question, text=f"{FIRST}, until it leaks.", by=cast.ada, at=AT)
    answer(Answered(pads.pk, "approved"), Answered(boot.pk, "declined"))
    finish_agreed(cast, order)
    invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    seen = handing_over.seen(documents.declined_document(order, AT, "en"))
    handing_over.end_with_notice(repair_order=order, as_seen=seen, language="en", name=NAME, by=cast.ada, at=AT)
    handing_over.choose_parts(repair_order=order, wants_back=True, by=cast.ada, at=AT)
    assert RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=71_905)
    (follow_up, *_) = followups.start(repair_order=order, at=AT)
    followups.call(follow_up=follow_up, outcome="not_now", note=WORDS, contact=PHONE, by=cast.ada, at=AT)
    assert FollowUp.objects.filter(customer=theirs).exists()
    return order


def _drafted(cast: Cast, order: RepairOrder) -> list[Advisory]:
    """A red and a yellow line, of op codes that may be there already."""
    if not OpCode.objects.exists():
        make_op_code(cast)
        make_op_code(cast, "45BOOT", name="Replace the left shaft boot", parts_kit=[])
    inspection = make_inspection(cast, order)
    make_item(cast, inspection)
    make_seen_item(cast, inspection)
    return advising.draft_from_inspection(inspection=inspection, at=AT)


def _asked(cast: Cast, theirs: Customer) -> Handoff:
    """A second visit, waived, weighed, and passed on to sales."""
    make_guide_row(year=2018, model="RIDGELINE")
    type(cast.north).objects.filter(pk=cast.north.pk).update(leads_to="leads@crm.example")
    car = theirs.ties.get().vehicle
    order = opened(cast, customer=theirs, vehicle=car, purpose=WORDS, contact_value=PHONE, odometer_in=120_000)
    cast.north.jurisdiction = Jurisdiction.FLORIDA  # where the estimate can be waived
    waiving.waive(repair_order=order, most=Decimal(900), signed_name=NAME, by=cast.ada, at=AT)
    cast.north.jurisdiction = Jurisdiction.CALIFORNIA
    add_line(order)
    sales.appraise(repair_order=order, low=Decimal(3000), high=Decimal(4000), source=WORDS, by=cast.ada, at=AT)
    asked = sales.ask(
        repair_order=order, answer="yes", words=WORDS, where=f"by {FIRST}'s car", passes_on=True,
        leaves_at=AT + timedelta(hours=3), by=cast.ada, at=AT,
    )  # fmt: skip
    handoff = sales.queue(ask=asked, at=AT)
    passing_on.pass_on(handoff=handoff, at=AT)
    return handoff


def _handed_off(cast: Cast, handoff: Handoff) -> None:
    """Read, claimed, given to another, met, and talked about; they come again tomorrow."""
    theirs, car = handoff.customer, handoff.repair_order.vehicle
    has_read(handoff, cast.sam)
    sales.claim(handoff=handoff, by=cast.sam, at=AT)
    owning.reassign(handoff=handoff, to=cast.sue, reason=WORDS, by=cast.sue, at=AT)
    has_read(handoff, cast.sue)
    sales.meet(handoff=handoff, by=cast.sue, at=AT)
    sales.finish(handoff=handoff, outcome="thinking", note=WORDS, by=cast.sue, at=AT)
    booked = appointments.book(
        rooftop=cast.north, customer=theirs, vehicle=car, due_at=AT + timedelta(days=1), purpose=WORDS, by=cast.ada,
        at=AT,
    )  # fmt: skip
    preparing.prepare(appointments=[booked], rooftop=cast.north, at=AT)


def _messages(cast: Cast) -> None:
    text = actions.receive_text(provider_key="in-1", number=PHONE, body=WORDS, at=AT)
    actions.reply_to_text(text=text, body=f"Dear {FIRST}. {WORDS}", rooftop=cast.north, by=cast.ada, at=AT)


def _photograph(cast: Cast, **whose: Any) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (320, 180), "#2b3038").save(drawn, "JPEG")
    upload = SimpleUploadedFile("drawn.jpg", drawn.getvalue(), "image/jpeg")
    photo = photos.add_photo(rooftop=cast.north, upload=upload, caption=WORDS, by=cast.tess, at=AT, **whose)
    photos.settle_photo(photo=photo, develop=develop, at=AT)


def _files(cast: Cast, theirs: Customer) -> None:
    lost = drafting.start(rooftop=cast.north, customer=theirs, by=cast.ada, at=AT, typed={"purpose": WORDS})
    _photograph(cast, write_up=lost)
    row = f'1,"{LAST}, {FIRST}",(415) 555-7391,{WORDS}\n'
    brought = DmsImport(
        rooftop=cast.north,
        filename=f"{LAST}.csv",
        status="done",
        created_at=AT,
        report={"rows": 1, "rejected": [{"row": row}], "example": {"customer": NAME}, "lines": [], "figures": {}},
    )
    brought.file.save("export.csv", ContentFile(f"ro,name,phone,words\n{row}".encode()))


def asked_to_erase(cast: Cast, customer: Customer, at: datetime = AT, **fields: Any) -> PrivacyRequest:
    """As Max wrote it down, knowing who asks."""
    given = {"verified_how": f"{NAME} showed a license", "words": f"Forget {NAME}. {WORDS}", "by": cast.max} | fields
    return actions.record_privacy_request(
        customer=customer, rooftop=cast.north, kind="erasure", asked_how="person", asked_at=at, at=at, **given
    )
