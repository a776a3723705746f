"""Visits of the demonstration on their way in: known, booked, written up, opened."""

from customers.actions import cars, people
from customers.models import ContactPoint, Customer, Vehicle
from dealership.management.demonstration.lane import (
    WRITE_UP,
    Visit,
)
from dealership.management.demonstration.stage import Stage
from service_lane import counter
from service_lane.actions import appointments, orders, writeup
from service_lane.models import RepairOrder, WriteUp

FIND_CAUSE = "DIAG"
"""The operation that finds the cause of a concern; it is asked for beside the concern it is about."""


def known(stage: Stage, visit: Visit) -> tuple[Customer, Vehicle]:
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


def arrive(stage: Stage, visit: Visit) -> None:
    customer, vehicle = known(stage, visit)
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


def write_up(stage: Stage, visit: Visit, customer: Customer, vehicle: Vehicle) -> WriteUp:
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


def open_order(stage: Stage, visit: Visit, draft: WriteUp) -> RepairOrder:
    by, at = stage.staff[visit.advisor], stage.ago(visit.opened)
    draft.refresh_from_db()
    words = counter.words_to_sign(draft, at=at)
    order = writeup.open_repair_order(write_up=draft, words_shown=words, by=by, at=at)
    orders.assign(repair_order=order, technician=stage.staff[visit.technician], by=by, at=at)
    return RepairOrder.objects.select_related("rooftop", "customer", "vehicle", "advisor", "technician").get(
        pk=order.pk
    )
