"""Bringing one visit of the demonstration to its stage, verb by verb, as the people at the counter would."""

import io
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from customers.actions import cars, complaints, consents, people
from customers.actions import households as homes
from customers.models import Complaint, Consent, ContactPoint, Customer, Tie, Vehicle
from dealership.management.demonstration.lane import (
    ARRIVING,
    NEEDS_ANSWER,
    READY,
    WRITE_UP,
    Found,
    Visit,
)
from dealership.models import Rooftop, Staff
from recommendations import documents, estimate
from recommendations.actions import (
    closing,
    deciding,
    drafting,
    handing_over,
    invoicing,
    links,
    presenting,
    pricing,
    working,
)
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, CustomerLink, Presentation
from sales_handoff import minefield
from sales_handoff.actions import asking, meeting, owning, wanting, weighing
from sales_handoff.models import Ask, Handoff
from service_lane import counter
from service_lane.actions import appointments, inspection, orders, photos, writeup
from service_lane.models import Appointment, Inspection, InspectionItem, OpCode, RepairOrder, WriteUp
from service_lane.rules.pictures import develop

GOOD: Mapping[str, Mapping[str, str]] = {
    "engine-oil": {"": "62"},
    "brake-fluid": {"": "40"},
    "battery": {"": "91"},
    "front-pads": {"LF": "8.0", "RF": "8.5"},
    "rear-pads": {"LR": "7.0", "RR": "7.5"},
    "discs": {"LF": "24.1", "RF": "24.0", "minimum": "21.0"},
    "tire-lf": {"outer": "7", "middle": "8", "inner": "7"},
    "tire-rf": {"outer": "7", "middle": "7", "inner": "7"},
    "tire-lr": {"outer": "7", "middle": "8", "inner": "8"},
    "tire-rr": {"outer": "7", "middle": "7", "inner": "7"},
    "tire-pressure": {"LF": "33", "RF": "33", "LR": "32", "RR": "33", "placard": "33"},
    "tire-age": {"": "3"},
}
"""What a car in good shape reads, by item."""

SECTIONS_BEFORE_HALF = 14
QUARTER = timedelta(minutes=15)
FIND_CAUSE = "DIAG"
"""The operation that finds the cause of a concern; it is asked for beside the concern it is about."""
DAY_OVER = "The demonstration day is over."


@dataclass(frozen=True)
class Stage:
    """Where and with whom the visits take place."""

    rooftop: Rooftop
    staff: Mapping[str, Staff]
    now: datetime
    address: str = "http://localhost:8000"

    def ago(self, minutes: int) -> datetime:
        return self.now - timedelta(minutes=minutes)

    def ahead(self, minutes: int) -> datetime:
        return self.now + timedelta(minutes=minutes)

    def on_the_quarter(self, minutes: int) -> datetime:
        """A time somebody would say: the quarter of an hour after `minutes` from now, before it when that is past."""
        at = self.ahead(minutes)
        over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
        return at - over if minutes < 0 or not over else at - over + QUARTER


def play(stage: Stage, visit: Visit) -> None:
    """Bring this visit to its stage."""
    if visit.stage == ARRIVING:
        _arrive(stage, visit)
        return
    customer, vehicle = _known(stage, visit)
    if visit.last_visit or visit.put_off:
        _past_visit(stage, visit, customer, vehicle)
    draft = _write_up(stage, visit, customer, vehicle)
    if visit.stage == WRITE_UP:
        return
    order = _open(stage, visit, draft)
    _inspect(stage, visit, order)
    drafting.draft_requested(repair_order=order, at=stage.ago(visit.opened - 1))
    _show(stage, visit, order)
    _answer(stage, visit, order)
    _work(stage, visit, order)
    if visit.part:
        due_at, by = stage.on_the_quarter(visit.part), stage.staff["dana"]
        orders.expect_parts(repair_order=order, due_at=due_at, by=by, at=stage.ago(10))
    _ask(stage, visit, order)
    if visit.stage == READY:
        _ready(stage, visit, order)


def days_before(stage: Stage, visits: Iterable[tuple[int, Visit]]) -> None:
    """Play visits of earlier days to their end, once."""
    for days, visit in visits:
        if Vehicle.objects.filter(plate=visit.car.plate).exists():
            continue
        then = Stage(stage.rooftop, stage.staff, stage.now - timedelta(days=days), stage.address)
        play(then, visit)
        order = RepairOrder.objects.here_now().select_related("rooftop").get(vehicle__plate=visit.car.plate)
        close(then, visit, order)


def _sign_notice(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """Who said no to everything signs that they were told."""
    at = stage.ago(3)
    language = visit.notice or "en"
    notice = documents.declined_document(order, at, language)
    handing_over.end_with_notice(
        repair_order=order,
        as_seen=handing_over.seen(notice),
        language=language,
        name=order.contact_name,
        by=stage.staff[visit.advisor],
        at=at,
    )


# --- arrival ---------------------------------------------------------------------------------------------------------


def _known(stage: Stage, visit: Visit) -> tuple[Customer, Vehicle]:
    """The customer and the car, found by phone and plate or added."""
    by, at = stage.staff[visit.advisor], stage.ago(visit.opened + 5)
    point = ContactPoint.objects.filter(value=visit.phone).select_related("customer").first()
    customer = (
        point.customer
        if point
        else people.add_customer(
            name=people.Name(first_name=visit.first_name, last_name=visit.last_name),
            phone=visit.phone,
            source="demonstration",
            by=by,
            at=at,
            rooftop=stage.rooftop,
        )
    )
    car = visit.car
    vehicle = Vehicle.objects.filter(plate=car.plate).first() or cars.add_vehicle(
        car=cars.Car(
            plate=car.plate,
            plate_region="CA",
            year=car.year,
            make=car.make,
            model=car.model,
            trim=car.trim,
            body=car.body,
            color=car.color,
        ),
        customer=customer,
        by=by,
        at=at,
        rooftop=stage.rooftop,
    )
    return customer, vehicle


def _arrive(stage: Stage, visit: Visit) -> None:
    customer, vehicle = _known(stage, visit)
    by = stage.staff[visit.advisor]
    booked = appointments.book(
        rooftop=stage.rooftop,
        customer=customer,
        vehicle=vehicle,
        due_at=stage.on_the_quarter(visit.promised),
        purpose=visit.purpose,
        stay=visit.stay if visit.stay != "drops" else "",
        pay_type="W" if "letter" in visit.purpose else "C",
        advisor=by,
        by=by,
        at=stage.ago(2 * 24 * 60),
    )
    if visit.where:
        appointments.arrive(appointment=booked, lane=visit.where, by=by, at=stage.ago(2))


# --- write-up --------------------------------------------------------------------------------------------------------


def _write_up(stage: Stage, visit: Visit, customer: Customer, vehicle: Vehicle) -> WriteUp:
    """The write-up as far as this visit got: a whole one, or one that was interrupted."""
    by, at = stage.staff[visit.advisor], stage.ago(visit.opened + 4)
    started = writeup.start(rooftop=stage.rooftop, by=by, at=at, customer=customer, vehicle=vehicle)
    typed: dict[str, str | list[str]] = {
        "odometer": str(visit.car.miles),
        "purpose": visit.purpose,
        "plan": visit.plan,
        "plan_years": visit.plan_years,
        "stay": visit.stay,
        "tag": visit.tag,
        "services": [code for code in visit.services if code != FIND_CAUSE or not visit.concerns],
    }
    if visit.concerns and FIND_CAUSE in visit.services:
        typed["diagnosis_1"] = FIND_CAUSE
    for place, words in enumerate(visit.concerns, start=1):
        typed[f"concern_{place}"] = words
    if visit.stage == WRITE_UP:
        writeup.save(
            write_up=started, typed=typed, by=by, at=stage.ago(max(visit.opened - 9, 1)), step=WriteUp.Step.CONCERN
        )
        return started
    typed |= {
        "promised": stage.on_the_quarter(visit.promised).isoformat(),
        "contact": f"text:{visit.phone}" if visit.shown_by != "phone" else f"phone:{visit.phone}",
        "signed_name": f"{visit.first_name} {visit.last_name}",
    }
    # Signed in the moment it opens: the words name the day when that is not today, and midnight may lie between two.
    writeup.save(write_up=started, typed=typed, by=by, at=stage.ago(visit.opened), step=WriteUp.Step.PROMISE)
    return started


def _open(stage: Stage, visit: Visit, draft: WriteUp) -> RepairOrder:
    by, at = stage.staff[visit.advisor], stage.ago(visit.opened)
    draft.refresh_from_db()
    words = counter.words_to_sign(draft, at=at)
    order = writeup.open_repair_order(write_up=draft, words_shown=words, by=by, at=at)
    orders.assign(repair_order=order, technician=stage.staff[visit.technician], by=by, at=at)
    return RepairOrder.objects.select_related("rooftop", "customer", "vehicle", "advisor", "technician").get(
        pk=order.pk
    )


def _past_visit(stage: Stage, visit: Visit, customer: Customer, vehicle: Vehicle) -> None:
    """A visit eight months ago with its own readings, so that today's have something to be compared with."""
    if RepairOrder.objects.filter(vehicle=vehicle).exists():
        return
    then = Stage(stage.rooftop, stage.staff, stage.now - timedelta(days=252), stage.address)
    before = Visit(
        visit.first_name,
        visit.last_name,
        visit.phone,
        visit.car.__class__(**{**visit.car.__dict__, "miles": visit.car.miles - 8_420}),
        READY,
        "Oil change.",
        services=("01HNLOF",),
        found=tuple(Found(key, readings) for key, readings in (visit.last_visit or {}).items()),
        shown_by="counter",
        answers={},
        work="done",
    )
    order = _open(then, before, _write_up(then, before, customer, vehicle))
    _inspect(then, before, order)
    drafting.draft_requested(repair_order=order, at=then.ago(before.opened - 1))
    for code, words in (visit.put_off or {}).items():
        line = drafting.ByHand(op_code=OpCode.objects.get(rooftop=stage.rooftop, code=code), request=words)
        drafting.add_line(repair_order=order, line=line, by=then.staff[visit.advisor], at=then.ago(before.opened - 30))
    _show(then, before, order)
    shown = Presentation.objects.filter(repair_order=order, channel=Presentation.Channel.COUNTER).first()
    if shown:
        _decide(then, before, order, shown, {line.advisory_id: Advisory.Answer.DECLINED for line in shown.lines.all()})
    _work(then, before, order)
    invoicing.invoice(repair_order=order, by=then.staff["dana"], at=then.ago(4))
    close(then, before, order)


def close(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """The car goes home; after a no to everything its owner has signed that they were told."""
    if handing_over.wants_notice(order):
        _sign_notice(stage, visit, order)
    closing.close(
        repair_order=order, odometer_out=(order.odometer_in or 0) + 3, by=stage.staff["dana"], at=stage.ago(2)
    )


# --- inspection ------------------------------------------------------------------------------------------------------


def _inspect(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    if visit.inspected == "none":
        return
    by, at = stage.staff[visit.technician], stage.ago(visit.opened - 12)
    sheet = inspection.start(repair_order=order, by=by, at=at)
    found = {one.key: one for one in visit.found}
    items = list(sheet.items.order_by("position", "pk"))
    if visit.inspected == "half":
        wanted = [item for item in items if item.key in found]
        items = [item for item in items if item.key not in found][:SECTIONS_BEFORE_HALF] + wanted
    touched: set[str] = set()
    for item in items:
        is_rest = visit.inspected == "complete" and item.section in touched and item.key not in found
        if is_rest and not item.unit:
            continue  # good, like the rest of its section
        _record(item, found.get(item.key), by, at)
        touched.add(item.section)
        if item.key in found and (item.key.endswith("pads") or not item.unit):
            _photograph(stage, item, by, at)
    if visit.inspected == "complete":
        for section in dict.fromkeys(item.section for item in items):
            with suppress(inspection.NothingLeft):
                inspection.mark_rest_good(inspection=sheet, section=section, by=by, at=at)
        inspection.complete(inspection=sheet, by=by, at=stage.ago(visit.opened - 38))
        drafting.draft_from_inspection(
            inspection=Inspection.objects.select_related("repair_order__rooftop").get(pk=sheet.pk),
            at=stage.ago(visit.opened - 39),
        )


def _record(item: InspectionItem, found: Found | None, by: Staff, at: datetime) -> None:
    readings = (found.readings if found and found.readings else None) or (None if found else GOOD.get(item.key))
    condition = found.condition if found else "green"
    inspection.record_item(
        item=item,
        version=item.version,
        values={place: Decimal(value) for place, value in readings.items()} if readings else None,
        seen="" if readings else condition,
        note=found.note if found else None,
        by=by,
        at=at,
    )


def _photograph(stage: Stage, item: InspectionItem, by: Staff, at: datetime) -> None:
    photo = photos.add_photo(
        rooftop=stage.rooftop,
        upload=SimpleUploadedFile("drawn.jpg", drawn(item), "image/jpeg"),
        item=item,
        caption="Drawn for the demonstration, not a photo",
        by=by,
        at=at,
    )
    photos.settle_photo(photo=photo, develop=develop, at=at)


def drawn(item: InspectionItem) -> bytes:
    """A drawing as a JPEG: the demonstration has no real photos, and says so in the caption."""
    image = Image.new("RGB", (1200, 675), "#2b3038")
    pen = ImageDraw.Draw(image)
    if item.key.endswith("pads"):
        _draw_brake(pen)
    else:
        _draw_close_up(pen)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=86)
    return kept.getvalue()


def _draw_brake(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((120, -120, 1020, 780), fill="#8d949c", outline="#6b727a", width=6)
    for inset in range(40, 240, 16):
        pen.ellipse((120 + inset, -120 + inset, 1020 - inset, 780 - inset), outline="#a0a6ad", width=2)
    pen.ellipse((410, 170, 730, 490), fill="#4a5058")
    for x, y in ((570, 210), (460, 290), (680, 290), (505, 415), (635, 415)):
        pen.ellipse((x - 16, y - 16, x + 16, y + 16), fill="#20242a")
    pen.rounded_rectangle((800, 90, 1120, 580), radius=46, fill="#565d66", outline="#3a4048", width=8)
    pen.rectangle((770, 140, 806, 530), fill="#b08a4a")
    pen.rectangle((756, 140, 772, 530), fill="#d8c08a")


def _draw_close_up(pen: ImageDraw.ImageDraw) -> None:
    """A part under a lamp: a lit circle, a plain shape in it, and a ring around the place that matters."""
    pen.ellipse((180, -60, 1020, 735), fill="#59616b")
    pen.ellipse((280, 20, 920, 655), fill="#7c858f")
    pen.rounded_rectangle((380, 220, 820, 460), radius=60, fill="#454c55", outline="#30363d", width=8)
    for x in range(430, 800, 40):
        pen.line((x, 240, x - 30, 440), fill="#6b747e", width=7)
    pen.ellipse((610, 260, 800, 450), outline="#f3f5f7", width=9)


# --- answers, work, the end ------------------------------------------------------------------------------------------


def _show(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """Price what waits for a price, and show every line the way this visit says."""
    if not visit.shown_by:
        return
    by, at = stage.staff[visit.advisor], stage.ago(max(visit.opened - 60, 6))
    _complete_prices(order, by, at)
    _write_unusual(visit, order, by, at)
    lines = [line.advisory for line in estimate.load(order, at=at).showable]
    if not lines:
        return
    if visit.shown_by == "link":
        links.send(
            repair_order=order,
            advisories=lines,
            address=lambda token: f"{stage.address}/v/{token}/",
            by=by,
            at=at,
        )
        if visit.opened_link:
            link = CustomerLink.objects.select_related("repair_order__rooftop").filter(repair_order=order).latest("pk")
            links.mark_opened(link=link, at=at + timedelta(minutes=3))
        return
    presenting.present(
        repair_order=order,
        advisories=lines,
        channel=visit.shown_by,
        to_name=order.contact_name,
        to_contact=order.contact_value if visit.shown_by == "phone" else "",
        by=by,
        at=at,
    )


def _complete_prices(order: RepairOrder, by: Staff, at: datetime) -> None:
    """Lines that lack a word or a price are written again with what the catalog says of their operation."""
    for line in estimate.load(order, at=at).held:
        content = pricing.content_of(line.version, line.advisory.pay_type)
        pricing.write_version(advisory=line.advisory, content=content, by=by, at=at)


def _write_unusual(visit: Visit, order: RepairOrder, by: Staff, at: datetime) -> None:
    """Lines that are sent out, have parts that are not new, or are under warranty; and old parts that are asked for."""
    if not visit.unusual:
        return
    for line in estimate.load(order, at=at).lines:
        told = visit.unusual.get(line.advisory.op_code)
        if told is None:
            continue
        content = pricing.content_of(line.version, line.advisory.pay_type)
        content = replace(
            content,
            sublet_to=told.get("sublet_to", ""),
            parts=tuple(replace(part, state=told.get("state", part.state)) for part in content.parts),
            zero_reason=told.get("zero_reason", ""),
            pay_type="W" if "zero_reason" in told else content.pay_type,
        )
        pricing.write_version(advisory=line.advisory, content=content, by=by, at=at)
    handing_over.choose_parts(repair_order=order, wants_back=True, by=by, at=at)


def _answer(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    if not visit.answers:
        return
    shown = Presentation.objects.filter(repair_order=order).exclude(channel=Presentation.Channel.WRITE_UP).latest("pk")
    chosen = {
        line.advisory_id: visit.answers[line.advisory.op_code]
        for line in shown.lines.select_related("advisory")
        if line.advisory.op_code in visit.answers
    }
    _decide(stage, visit, order, shown, chosen)


def _decide(stage: Stage, visit: Visit, order: RepairOrder, shown: Presentation, chosen: Mapping[int, str]) -> None:
    by_link = shown.channel == Presentation.Channel.LINK
    deciding.decide(
        presentation=shown,
        answers=[
            Answered(
                line.pk,
                chosen[line.advisory_id],
                until_miles=(order.odometer_in or 0) + 3_000 if chosen[line.advisory_id] == "deferred" else None,
                question=visit.question if chosen[line.advisory_id] == Advisory.Answer.NEEDS_INFO else "",
            )
            for line in shown.lines.all()
            if line.advisory_id in chosen
        ],
        who_name=order.contact_name,
        channel=shown.channel,
        contact_used=order.contact_value if shown.channel != Presentation.Channel.COUNTER else "",
        reason="Found at the inspection." if shown.channel == Presentation.Channel.PHONE else "",
        by=None if by_link else stage.staff[visit.advisor],
        at=shown.at + timedelta(minutes=min(3 + 2 * len(visit.last_name), 18)),  # before work on it starts
    )


def _approved(order: RepairOrder) -> Iterable[Advisory]:
    return Advisory.objects.filter(repair_order=order).approved().select_related("repair_order__rooftop")


def _work(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    if not visit.work:
        return
    by = stage.staff[visit.technician]
    for line in _approved(order):
        working.start(advisory=line, by=by, at=stage.ago(max(visit.opened - 80, visit.done + 1)))
        if visit.work == "done":
            working.finish(advisory=line, by=by, at=stage.ago(visit.done))


def _ready(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    by, at = stage.staff[visit.advisor], stage.ago(visit.done - 1)
    if list(_approved(order)):
        invoicing.invoice(repair_order=order, odometer_out=(order.odometer_in or 0) + 3, by=by, at=at)
    order.refresh_from_db()
    if order.stage != RepairOrder.Stage.READY:
        orders.make_ready(repair_order=order, by=by, at=at)
    if visit.told:
        orders.tell_ready(repair_order=order, by=by, at=stage.ago(visit.done - 2))


def _ask(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """Weigh the repair against the car, and record what the customer said when they were asked."""
    if visit.stage != NEEDS_ANSWER:
        return
    weighing.evaluate(repair_order=order, at=stage.ago(20))
    if visit.payment:
        wanting.wish(
            repair_order=order, payment=Decimal(visit.payment), by=stage.staff[visit.advisor], at=stage.ago(18)
        )
    if not visit.says_yes:
        return
    said = asking.ask(
        repair_order=order,
        answer=Ask.Answer.YES,
        words=visit.says_yes,
        where=visit.where,
        by=stage.staff[visit.advisor],
        at=stage.ago(visit.asked),
    )
    handoff = asking.queue(ask=said, at=stage.ago(visit.asked))
    owning.escalate(handoff=handoff, at=stage.now)
    if visit.reassigned:
        _reassign(stage, handoff, visit.reassigned)


def _reassign(stage: Stage, handoff: Handoff, reason: str) -> None:
    """Jean claims it; then Paul, who is told nobody can come, takes it himself."""
    jean, paul, at = stage.staff["jean"], stage.staff["paul"], stage.ago(4)
    facts = minefield.sha256(minefield.facts(handoff.customer, at))
    meeting.read_minefield(handoff=handoff, facts_sha256=facts, by=jean, at=at)
    meeting.claim(handoff=handoff, by=jean, at=at)
    owning.reassign(handoff=handoff, to=paul, reason=reason, by=paul, at=stage.ago(1))


# --- around the lane -------------------------------------------------------------------------------------------------


def households(stage: Stage) -> None:
    """Julie Brandt, who lives with Theo and drives another maker's car, and what she is unhappy about."""
    by, at = stage.staff["marcus"], stage.ago(11 * 24 * 60)
    theo = Customer.objects.get(contact_points__value="+14155550142")
    if theo.household_id is not None:
        return
    julie = people.add_customer(
        name=people.Name(first_name="Julie", last_name="Brandt"),
        phone="+14155550143",
        source="demonstration",
        by=by,
        at=at,
        rooftop=stage.rooftop,
    )
    cars.add_vehicle(
        car=cars.Car(
            plate="8LPN027",
            plate_region="CA",
            year=2017,
            make="SUBARU",
            model="Outback",
            trim="2.5i",
            body=Vehicle.Body.SUV,
            color="green",
        ),
        customer=julie,
        tie=Tie.Kind.DRIVES,
        by=by,
        at=at,
        rooftop=stage.rooftop,
    )
    homes.live_together(customer=julie, other=theo, by=by, at=at)
    complaints.open_complaint(
        customer=julie,
        rooftop=stage.rooftop,
        words="Nobody called me back about the Outback tires. I asked in September.",
        side=Complaint.Side.SALES,
        owner=stage.staff["paul"],
        due_at=stage.ahead(6 * 60),
        by=by,
        at=at,
    )
    for purpose, channel, granted, words in (
        (Consent.Purpose.REPAIR_MESSAGES, Consent.Channel.TEXT, True, "Text me about my car while it is here."),
        (Consent.Purpose.SALES_USE, Consent.Channel.CALL, False, "Not looking."),
    ):
        consents.record_consent(
            customer=theo,
            purpose=purpose,
            channel=channel,
            granted=granted,
            words=words,
            text_version="2026-11",
            source="At the counter (demonstration)",
            by=by,
            at=at,
            rooftop=stage.rooftop,
        )


# --- the day after ---------------------------------------------------------------------------------------------------


def end_of_day(stage: Stage) -> None:
    """Yesterday's demonstration cars go home and today's lane starts clean.  Nothing of their record is removed."""
    by = stage.staff["dana"]
    for draft in WriteUp.objects.unfinished().filter(rooftop=stage.rooftop):
        writeup.drop(write_up=draft, by=by, at=stage.now)
    for booked in Appointment.objects.arriving().filter(rooftop=stage.rooftop):
        appointments.cancel(appointment=booked, by=by, at=stage.now)
    for order in RepairOrder.objects.here_now().filter(rooftop=stage.rooftop):
        for waiting in Handoff.objects.filter(repair_order=order, status__in=("waiting", "claimed")):
            meeting.withdraw(handoff=waiting, reason=DAY_OVER, by=by, at=stage.now)
        orders.void(repair_order=order, reason=DAY_OVER, by=by, at=stage.now)
