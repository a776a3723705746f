"""Bringing one visit of the demonstration to its stage, verb by verb, as the people at the counter would."""

from collections.abc import Iterable
from datetime import timedelta

from customers.actions import cars, complaints, consents, people
from customers.actions import households as homes
from customers.models import Complaint, Consent, Customer, Tie, Vehicle
from dealership.management.demonstration.answering import answer, ask_about_sales, decide, get_ready, show, work
from dealership.management.demonstration.arriving import arrive, known, open_order, write_up
from dealership.management.demonstration.bay import inspect
from dealership.management.demonstration.lane import (
    ARRIVING,
    READY,
    WRITE_UP,
    Found,
    Visit,
)
from dealership.management.demonstration.stage import Stage
from recommendations import documents
from recommendations.actions import (
    closing,
    drafting,
    handing_over,
    invoicing,
)
from recommendations.models import Advisory, Presentation
from sales_handoff.actions import meeting
from sales_handoff.models import Handoff
from service_lane.actions import appointments, orders, writeup
from service_lane.models import Appointment, OpCode, RepairOrder, WriteUp

DAY_OVER = "The demonstration day is over."


def play(stage: Stage, visit: Visit) -> None:
    """Bring this visit to its stage."""
    if visit.stage == ARRIVING:
        arrive(stage, visit)
        return
    customer, vehicle = known(stage, visit)
    if visit.last_visit or visit.put_off:
        _past_visit(stage, visit, customer, vehicle)
    draft = write_up(stage, visit, customer, vehicle)
    if visit.stage == WRITE_UP:
        return
    order = open_order(stage, visit, draft)
    inspect(stage, visit, order)
    drafting.draft_requested(repair_order=order, at=stage.ago(visit.opened - 1))
    show(stage, visit, order)
    answer(stage, visit, order)
    work(stage, visit, order)
    if visit.part:
        due_at, by = stage.on_the_quarter(visit.part), stage.staff["dana"]
        orders.expect_parts(repair_order=order, due_at=due_at, by=by, at=stage.ago(10))
    ask_about_sales(stage, visit, order)
    if visit.stage == READY:
        get_ready(stage, visit, order)


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
    order = open_order(then, before, write_up(then, before, customer, vehicle))
    inspect(then, before, order)
    drafting.draft_requested(repair_order=order, at=then.ago(before.opened - 1))
    for code, words in (visit.put_off or {}).items():
        line = drafting.ByHand(op_code=OpCode.objects.get(rooftop=stage.rooftop, code=code), request=words)
        drafting.add_line(repair_order=order, line=line, by=then.staff[visit.advisor], at=then.ago(before.opened - 30))
    show(then, before, order)
    shown = Presentation.objects.filter(repair_order=order, channel=Presentation.Channel.COUNTER).first()
    if shown:
        decide(then, before, order, shown, {line.advisory_id: Advisory.Answer.DECLINED for line in shown.lines.all()})
    work(then, before, order)
    invoicing.invoice(repair_order=order, by=then.staff["dana"], at=then.ago(4))
    close(then, before, order)


def close(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """The car goes home; after a no to everything its owner has signed that they were told."""
    if handing_over.wants_notice(order):
        _sign_notice(stage, visit, order)
    closing.close(
        repair_order=order, odometer_out=(order.odometer_in or 0) + 3, by=stage.staff["dana"], at=stage.ago(2)
    )


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
            text_version="2026-12",
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
