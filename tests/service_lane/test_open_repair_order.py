"""A write-up becomes a repair order when nothing is missing, once."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Customer, Vehicle
from dealership.models import Entry
from service_lane import signals
from service_lane.actions import writeup
from service_lane.counter import missing_in
from service_lane.models import Appointment, OpCode, OrderNumber, Photo, RepairOrder, WriteUp
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def make_menu(cast: Cast) -> None:
    """Invented op codes: an oil change with its kit, and an hour to find a cause."""
    OpCode.objects.create(
        rooftop=cast.north,
        code="LOF",
        name="Change the oil and rotate the tires",
        nature="maintenance",
        labor_hours=Decimal("0.40"),
        flat_price=Decimal("39.95"),
        parts_kit=[
            {
                "description": "Oil and filter",
                "number": "15400",
                "quantity": "1",
                "unit_price": "50.81",
                "state": "new_oem",
            }
        ],
    )
    OpCode.objects.create(
        rooftop=cast.north,
        code="DIAG",
        name="Find the cause",
        nature="diagnosis",
        labor_hours=Decimal("1.00"),
    )
    OpCode.objects.create(
        rooftop=cast.north,
        code="WAITS",
        name="Replace the wiper blades",
        nature="maintenance",
        labor_hours=Decimal("0.20"),
        parts_kit=[{"description": "Blade", "number": "", "quantity": "2", "unit_price": None, "state": "new_oem"}],
    )


COMPLETE = {
    "odometer": "71,902",
    "tag": "T51",
    "purpose": "Oil change, and I want it safe for Tahoe on Friday.",
    "concern_1": "It shudders when I slow down from freeway speed.",
    "diagnosis_1": "DIAG",
    "services": ["LOF"],
    "plan": "years",
    "plan_years": "3",
    "tread_LF": "6",
    "tread_RR": "3/32",
    "promised": (AT + timedelta(hours=3)).isoformat(),
    "stay": "loaner",
    "contact": "text:+14155550142",
    "designee_name": "Julie Brandt",
    "designee_limit": "$300",
    "signed_name": "Theo Brandt",
}


def write_up_of_theo(cast: Cast, **typed: Any) -> WriteUp:
    make_menu(cast)
    theo = make_customer()
    return writeup.start(
        rooftop=cast.north,
        customer=theo,
        vehicle=make_vehicle(theo),
        typed={name: value for name, value in (COMPLETE | typed).items() if value is not None},
        by=cast.ada,
        at=AT,
    )


def open_order(write_up: WriteUp, cast: Cast) -> RepairOrder:
    words = writeup.words_to_sign(write_up, at=AT)
    return writeup.open_repair_order(write_up=write_up, words_shown=words, by=cast.ada, at=AT)


def test_a_complete_write_up_becomes_a_signed_order_with_every_fact(cast: Cast) -> None:
    order = open_order(write_up_of_theo(cast), cast)

    assert order.status == RepairOrder.Status.OPEN
    assert order.odometer_in == 71902
    assert (order.plan, order.plan_years) == ("years", 3)
    assert (order.contact_name, order.contact_channel, order.contact_value) == ("Theo Brandt", "text", "+14155550142")
    assert (order.designee_name, order.designee_limit) == ("Julie Brandt", Decimal(300))
    assert order.authorized_total == Decimal("262.95")
    assert order.promised_at == order.first_promised_at == AT + timedelta(hours=3)
    assert order.signed_text == (
        "Change the oil and rotate the tires, $94.95 all in. "
        "Find the cause of “It shudders when I slow down from freeway speed”, $168.00 all in. "
        "Ask me by text at (415) 555-0142 before anything else. "
        "Julie Brandt may also say yes, up to $300.00. Authorized total $262.95. Ready by 2:38 PM."
    )
    assert [str(concern) for concern in order.concerns.all()] == ["A. It shudders when I slow down from freeway speed."]
    oil, diagnosis = order.requested_services.order_by("pk")
    assert (oil.labor, oil.parts_total, oil.tax, oil.total) == tuple(map(Decimal, ("39.95", "50.81", "4.19", "94.95")))
    assert diagnosis.concern == order.concerns.get()
    assert writeup.tread_readings(order.write_up) == {"LF": Decimal(6), "RR": Decimal(3)}


def test_opening_leaves_one_trace_and_one_announcement(cast: Cast) -> None:
    heard: list[int] = []

    def listen(sender: object, repair_order_id: int, **_: object) -> None:
        heard.append(repair_order_id)

    write_up = write_up_of_theo(cast)
    signals.repair_order_opened.connect(listen)
    try:
        order = open_order(write_up, cast)
    finally:
        signals.repair_order_opened.disconnect(listen)
    entry = Entry.objects.about(order).get()
    assert (entry.event, entry.by, entry.detail["authorized_total"]) == ("repair_order.opened", cast.ada, "262.95")
    assert heard == [order.pk]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"odometer": None}, "odometer"),
        ({"odometer": "many"}, "odometer"),
        ({"purpose": "  "}, "purpose"),
        ({"contact": None}, "contact"),
        ({"promised": None}, "promised"),
        ({"promised": "2020-01-01T10:00"}, "promised"),
        ({"designee_limit": None}, "designee_limit"),
        ({"designee_limit": "a lot"}, "designee_limit"),
        ({"designee_name": None}, "designee_name"),
        ({"vin": "", "plate": ""}, "vin"),
        ({"plan_years": ""}, "plan_years"),
        ({"services": ["WAITS"]}, "services"),
        ({"services": ["GONE"]}, "services"),
    ],
)
def test_it_refuses_to_open_without_what_is_needed(cast: Cast, typed: dict[str, Any], field: str) -> None:
    write_up = write_up_of_theo(cast, **typed)
    with pytest.raises(writeup.NotReady) as refusal:
        open_order(write_up, cast)
    assert [one.field for one in refusal.value.missing] == [field]
    assert not RepairOrder.objects.exists()
    write_up.refresh_from_db()
    assert write_up.typed == {name: value for name, value in (COMPLETE | typed).items() if value is not None}


def test_it_refuses_without_somebody_and_a_way_to_reach_them(cast: Cast) -> None:
    write_up = writeup.start(rooftop=cast.north, typed={"plate": "8ABC123"}, by=cast.ada, at=AT)
    assert {one.field for one in missing_in(write_up, at=AT)} == {
        "first_name",
        "phone",
        "odometer",
        "purpose",
        "promised",
    }


def test_somebody_new_with_a_new_car_is_kept_with_their_phone(cast: Cast) -> None:
    make_menu(cast)
    typed = COMPLETE | {
        "first_name": "Hana",
        "last_name": "Sato",
        "phone": "(415) 555-0177",
        "plate": "9xyz 001",
        "year": "2022",
        "make": "Honda",
        "model": "HR-V",
        "contact": "text:+14155550177",
    }
    write_up = writeup.start(rooftop=cast.north, typed=typed, by=cast.ada, at=AT)
    order = open_order(write_up, cast)
    assert order.customer.name == "Hana Sato"
    assert order.customer.contact_points.get().value == "+14155550177"
    assert (order.vehicle.plate, order.vehicle.make) == ("9XYZ001", "HONDA")
    assert order.vehicle.ties.get().kind == "owns"


def test_a_price_that_changed_after_the_words_were_shown_is_read_again(cast: Cast) -> None:
    write_up = write_up_of_theo(cast)
    words = writeup.words_to_sign(write_up, at=AT)
    OpCode.objects.filter(code="LOF").update(flat_price=Decimal("59.95"))
    with pytest.raises(writeup.NotReady) as refusal:
        writeup.open_repair_order(write_up=write_up, words_shown=words, by=cast.ada, at=AT)
    assert "has changed since" in refusal.value.missing[0].message
    assert not RepairOrder.objects.exists()


def test_a_car_that_is_here_already_is_not_opened_twice(cast: Cast) -> None:
    write_up = write_up_of_theo(cast)
    order = make_order(cast, customer=write_up.customer, vehicle=write_up.vehicle)
    with pytest.raises(writeup.AlreadyHere) as refusal:
        open_order(write_up, cast)
    assert refusal.value.order == order


def test_the_database_refuses_a_second_open_visit(cast: Cast) -> None:
    order = make_order(cast)
    with pytest.raises(IntegrityError, match="order_one_open_visit_per_car"), transaction.atomic():
        make_order(cast, customer=order.customer, vehicle=order.vehicle)


@pytest.mark.parametrize("field", ["purpose", "contact_value", "odometer_in", "vehicle_id"])
def test_the_database_refuses_an_order_that_lacks_something(cast: Cast, field: str) -> None:
    order = make_order(cast)
    empty = "" if field in ("purpose", "contact_value") else None
    with pytest.raises(IntegrityError, match="order_opens_complete"), transaction.atomic():
        RepairOrder.objects.filter(pk=order.pk).update(**{field: empty})


@pytest.mark.parametrize("fields", [{"signed_name": ""}, {"signed_at": None}, {"signed_at": None, "signed_name": ""}])
def test_the_database_refuses_words_that_somebody_agreed_to_without_saying_who_and_when(
    cast: Cast, fields: dict[str, Any]
) -> None:
    order = make_order(cast)
    with pytest.raises(IntegrityError, match="order_signed_or_nothing_agreed"), transaction.atomic():
        RepairOrder.objects.filter(pk=order.pk).update(**fields)


def test_a_finished_write_up_does_not_open_again(cast: Cast) -> None:
    write_up = write_up_of_theo(cast)
    order = open_order(write_up, cast)
    with pytest.raises(writeup.Finished) as refusal:
        open_order(write_up, cast)
    assert refusal.value.order == order


def test_photos_and_the_appointment_follow_the_order(cast: Cast) -> None:
    make_menu(cast)
    theo = make_customer()
    appointment = Appointment.objects.create(
        rooftop=cast.north, customer=theo, vehicle=make_vehicle(theo), due_at=AT, purpose="Rattle", pay_type="W"
    )
    write_up = writeup.start(rooftop=cast.north, appointment=appointment, typed=COMPLETE, by=cast.ada, at=AT)
    Photo.objects.create(rooftop=cast.north, write_up=write_up, by=cast.ada, taken_at=AT)
    order = open_order(write_up, cast)
    appointment.refresh_from_db()
    assert (appointment.arrived_at, appointment.written_up_at) == (AT, AT)
    assert order.photos.count() == 1
    assert order.pay_types == "W"


def test_numbers_go_on_from_imported_ones_and_skip_those_taken(cast: Cast) -> None:
    def imported(number: str) -> None:
        RepairOrder.objects.create(
            rooftop=cast.north,
            number=number,
            source=RepairOrder.Source.DMS,
            customer=theo,
            opened_at=AT,
            status="closed",
            closed_at=AT,
        )

    theo = make_customer()
    imported("401499")
    imported("W-12")
    assert OrderNumber.objects.take(cast.north) == "401500"
    imported("401501")
    imported("401777")
    assert OrderNumber.objects.take(cast.north) == "401778"
    assert OrderNumber.objects.take(cast.river) == "48000"


@pytest.mark.django_db(transaction=True)
def test_two_counters_opening_the_same_car_get_one_order() -> None:
    cast = make_cast()
    theo_first = write_up_of_theo(cast)
    # The second write-up names the same car by its plate and VIN, so only the database can know.
    second = WriteUp.objects.create(
        rooftop=cast.north,
        advisor=cast.max,
        customer=theo_first.customer,
        vehicle=theo_first.vehicle,
        typed=dict(COMPLETE),
        started_at=AT,
        saved_at=AT,
    )
    together, outcomes = Barrier(2), []

    def go(write_up: WriteUp) -> None:
        words = writeup.words_to_sign(write_up, at=AT)
        together.wait()
        try:
            outcomes.append(writeup.open_repair_order(write_up=write_up, words_shown=words, by=cast.ada, at=AT))
        except writeup.AlreadyHere as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=go, args=(one,)) for one in (theo_first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyHere", "RepairOrder"]
    assert RepairOrder.objects.here_now().count() == 1
    assert Customer.objects.count() == 1
    assert Vehicle.objects.count() == 1
