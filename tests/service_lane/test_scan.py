"""A scan at the counter: a car that is not here is being written up, anything else is found."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Tie
from service_lane.models import Appointment, WriteUp
from tests.cast import Cast, make_cast, make_customer, make_order, make_vehicle

pytestmark = pytest.mark.django_db

VIN = "1HGCM82633A004352"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


def scan(client: Client, code: str) -> str:
    answer = client.post("/scan/", {"form_key": str(uuid4()), "code": code})
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_a_car_of_ours_is_written_up_with_its_owner(ada: Client) -> None:
    theo = make_customer()
    truck = make_vehicle(theo, vin=VIN)
    assert scan(ada, VIN) == WriteUp.objects.get().get_absolute_url()
    write_up = WriteUp.objects.get()
    assert (write_up.customer, write_up.vehicle, write_up.typed) == (theo, truck, {})
    found = scan(ada, "7TRB418")  # the same car, by its plate
    assert ada.get(found).headers["Location"] == write_up.get_absolute_url()
    assert WriteUp.objects.count() == 1


def test_of_two_people_who_drive_it_nobody_is_chosen(ada: Client) -> None:
    truck = make_vehicle(make_customer(), vin=VIN)
    julie = make_customer("Julie", phone="+14155550143")
    Tie.objects.create(customer=julie, vehicle=truck, kind=Tie.Kind.DRIVES)
    scan(ada, VIN)
    assert WriteUp.objects.get().customer is None
    assert "Who is here?" in ada.get(WriteUp.objects.get().get_absolute_url()).content.decode()


def test_the_appointment_of_today_comes_along(cast: Cast, ada: Client) -> None:
    theo = make_customer()
    Appointment.objects.create(
        rooftop=cast.north,
        customer=theo,
        vehicle=make_vehicle(theo, vin=VIN),
        due_at=timezone.now() + timedelta(minutes=1),
        purpose="30k service",
    )
    scan(ada, VIN)
    write_up = WriteUp.objects.get()
    assert write_up.appointment
    assert write_up.appointment.arrived_at
    assert write_up.typed["purpose"] == "30k service"


def test_a_scan_that_was_a_mistake_is_taken_back(ada: Client) -> None:
    make_vehicle(make_customer(), vin=VIN)
    page = ada.get(scan(ada, VIN)).content.decode()
    assert "Write-up started by the scan." in page
    drop = f"/write-ups/{WriteUp.objects.get().pk}/drop/"
    assert f'action="{drop}"' in page
    ada.post(drop, {"form_key": str(uuid4())})
    assert WriteUp.objects.get().dropped_at


def test_a_car_that_is_here_is_found(cast: Cast, ada: Client) -> None:
    theo = make_customer()
    make_order(cast, customer=theo, vehicle=make_vehicle(theo, vin=VIN))
    assert scan(ada, VIN) == f"/find/?q={VIN}"
    assert scan(ada, "nobody 1") == "/find/?q=nobody+1"
    assert scan(ada, "") == "/find/?q="
    assert not WriteUp.objects.exists()


def test_a_scan_is_for_the_counter(cast: Cast, client: Client) -> None:
    for staff in (cast.tess, cast.sam):
        client.force_login(staff)
        assert client.post("/scan/", {"form_key": str(uuid4()), "code": VIN}).status_code == 403
    client.force_login(cast.ada)
    assert client.get("/scan/").status_code == 405
