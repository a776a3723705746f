"""Cars that are expected."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dealership.models import Entry
from service_lane.actions import appointments
from service_lane.models import Appointment, WriteUp
from tests.cast import Cast, make_cast, make_customer, make_vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


def booked(cast: Cast, place: int = 0) -> Appointment:
    theo = make_customer("Theo", f"Brandt{place}", phone=f"+1415555{place:04}")
    noon = timezone.localtime(timezone.now(), cast.north.zone).replace(hour=12, minute=0)
    return appointments.book(
        rooftop=cast.north,
        customer=theo,
        vehicle=make_vehicle(theo, plate=f"PLT{place}"),
        due_at=noon,
        purpose="30k service",
        by=cast.ada,
        at=timezone.now(),
    )


def test_a_car_is_booked_in_their_own_words(cast: Cast, ada: Client) -> None:
    theo = make_customer()
    vehicle = make_vehicle(theo)
    due = timezone.localtime(timezone.now() + timedelta(days=1), cast.north.zone)
    form = {"customer": theo.pk, "vehicle": vehicle.pk, "purpose": "A rattle", "stay": "waits", "pay_type": "C"}
    refused = ada.post("/appointments/new/", {"form_key": str(uuid4()), **form, "due_at": "2020-01-01T09:00"})
    assert (refused.status_code, Appointment.objects.count()) == (422, 0)
    assert "A rattle" in refused.content.decode()
    key = str(uuid4())
    for _ in range(2):
        answer = ada.post("/appointments/new/", {"form_key": key, **form, "due_at": f"{due:%Y-%m-%dT%H:%M}"})
    appointment = Appointment.objects.get()
    assert (appointment.vehicle, appointment.purpose, appointment.stay) == (vehicle, "A rattle", "waits")
    assert answer.status_code == 302
    assert "A rattle" in ada.get(f"/appointments/?day={due:%Y-%m-%d}").content.decode()


def test_they_arrive_once_and_leave_a_trace(cast: Cast, ada: Client) -> None:
    appointment = booked(cast)
    for _ in range(2):
        ada.post(f"/appointments/{appointment.pk}/arrive/", {"form_key": str(uuid4()), "lane": "2"})
    appointment.refresh_from_db()
    assert appointment.arrived_at
    assert appointment.lane == "2"
    assert Entry.objects.about(appointment).filter(event="appointment.arrived").count() == 1
    assert "Greet Theo Brandt0" in ada.get("/lane/").content.decode()


def test_a_canceled_appointment_is_not_expected_any_more(cast: Cast, ada: Client) -> None:
    appointment = booked(cast)
    ada.post(f"/appointments/{appointment.pk}/cancel/", {"form_key": str(uuid4())})
    assert "Brandt0" not in ada.get("/lane/").content.decode()
    with pytest.raises(appointments.NotExpected):
        appointments.arrive(appointment=appointment, by=cast.ada, at=timezone.now())


def test_the_card_opens_the_write_up_with_what_was_booked(cast: Cast, ada: Client) -> None:
    appointment = booked(cast)
    assert "Start the write-up" in ada.get(f"/appointments/{appointment.pk}/").content.decode()
    answer = ada.post("/write-ups/new/", {"form_key": str(uuid4()), "appointment": appointment.pk})
    write_up = WriteUp.objects.get()
    assert answer.headers["Location"] == write_up.get_absolute_url()
    assert (write_up.customer, write_up.vehicle) == (appointment.customer, appointment.vehicle)
    assert write_up.typed["purpose"] == "30k service"
    assert ada.get(f"/appointments/{appointment.pk}/").headers["Location"] == write_up.get_absolute_url()


def test_an_empty_day_says_so(ada: Client) -> None:
    assert "Nobody is booked for this day" in ada.get("/appointments/?day=2031-01-01").content.decode()
    assert ada.get("/appointments/?day=soon").status_code == 200


def test_the_list_costs_the_same_for_fifty(cast: Cast, ada: Client, django_assert_num_queries: Any) -> None:
    booked(cast)
    ada.get("/appointments/")
    with django_assert_num_queries(4) as one:
        ada.get("/appointments/")
    for place in range(1, 50):
        booked(cast, place)
    with django_assert_num_queries(len(one)):
        ada.get("/appointments/")


@pytest.mark.parametrize("verb", ["", "arrive/", "cancel/"])
def test_mallory_finds_no_appointment_and_sam_may_not(cast: Cast, client: Client, verb: str) -> None:
    appointment = booked(cast)
    for staff, status in ((cast.mallory, 404), (cast.sam, 403)):
        client.force_login(staff)
        ask = client.get if verb == "" else client.post
        assert ask(f"/appointments/{appointment.pk}/{verb}", {"form_key": str(uuid4())}).status_code == status
    appointment.refresh_from_db()
    assert appointment.arrived_at is None


def test_they_are_here_is_one_tap_in_the_days_list_and_comes_back_to_it(cast: Cast, ada: Client) -> None:
    appointment = booked(cast)
    day = f"/appointments/?day={timezone.localtime(appointment.due_at, cast.north.zone).date()}"
    assert "They are here" in ada.get(day).content.decode()
    answer = ada.post(f"/appointments/{appointment.pk}/arrive/", {"form_key": str(uuid4()), "then": "list"})
    assert (answer.status_code, answer["Location"]) == (302, day)
    page = ada.get(day).content.decode()
    assert "They are here" not in page
    assert "<b>Here</b> since" in page


def test_nobody_arrives_on_a_day_to_come_and_a_technician_greets_nobody(cast: Cast, ada: Client) -> None:
    appointment = booked(cast)
    Appointment.objects.filter(pk=appointment.pk).update(due_at=appointment.due_at + timedelta(days=1))
    tomorrow = timezone.localdate(appointment.due_at, cast.north.zone) + timedelta(days=1)
    assert "They are here" not in ada.get(f"/appointments/?day={tomorrow}").content.decode()
    Appointment.objects.filter(pk=appointment.pk).update(due_at=appointment.due_at)
    ada.force_login(cast.tess)
    page = ada.get("/appointments/").content.decode()
    assert "30k service" in page
    assert "They are here" not in page
