"""What is due on a car, seen here or not, on the pages of cars, customers and households."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer, Household, ToldOfCar, Vehicle
from dealership.http import COUNTER_VIEW_KEY
from service_lane.models import RequestedService, ScheduleRow
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle

HTMX = {"HX-Request": "true"}
GENERIC = "Every 7,500 miles or 12 months. Generic, not the maker&#x27;s schedule."


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    return AT


@pytest.fixture
def home(cast: Cast, at: Any) -> Household:
    """Theo, whose truck we service, and Julie, whose Outback was never here."""
    source = "Generic, not the maker's schedule"
    ScheduleRow.objects.create(op_code="OIL", service="Oil and filter change", miles=7_500, months=12, source=source)
    household = Household.objects.create(name="Brandt")
    theo = make_customer(household=household)
    julie = make_customer("Julie", phone="", household=household)
    make_vehicle(julie, plate="8LPN027", year=2017, make="SUBARU", model="Outback")
    order = make_order(cast, customer=theo, opened_at=AT - timedelta(days=400), status="closed", closed_at=AT)
    RequestedService.objects.create(
        **{"repair_order": order, "op_code": "OIL", "name": "Oil", "nature": "maintenance", "labor_hours": 1},
        **{"labor": 1, "parts_total": 1, "tax": 0, "total": 2},
    )
    return household


def tell(cast: Cast, miles: int = 97_000) -> Vehicle:
    outback = Vehicle.objects.get(model="Outback")
    said = {"miles": miles, "words": "It still needs tires and oil", "said_date": AT.date() - timedelta(days=3)}
    ToldOfCar.objects.create(vehicle=outback, by=cast.ada, at=AT, **said)
    return outback


def page(client: Any, name: str, pk: int, **headers: str) -> str:
    answer = client.get(reverse(f"service_lane:{name}", args=[pk]), headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_car_never_seen_here_is_due_by_what_was_told_of_it(client: Any, cast: Cast, home: Household) -> None:
    client.force_login(cast.tess)
    outback = Vehicle.objects.get(model="Outback")
    by_age = page(client, "car-due", outback.pk)
    assert "due this year." in by_age
    assert "by its model year, in 2026" in by_age
    tell(cast)
    part = page(client, "car-due", outback.pk, **HTMX)
    assert "<html" not in part
    assert "Oil and filter change, due in December." in part
    assert "Asked for at 97,500 mi; 97,000 told 20 Nov 2026. We have no record of it being done." in part
    assert GENERIC in part


def test_the_household_and_the_customer_page_show_what_is_due_on_every_car(
    client: Any, cast: Cast, home: Household
) -> None:
    outback = tell(cast)
    client.force_login(cast.ada)
    slots = page(client, "household-due", home.pk, **HTMX)
    assert "<html" not in slots
    truck = Vehicle.objects.get(model="Ridgeline")
    for car in (truck, outback):
        assert f'hx-target="#car-{car.pk}-due"' in slots
        assert f'id="car-{car.pk}-due"' in client.get(home.get_absolute_url()).content.decode()
    assert "Due at 79,402 mi; last done at 71,902, 19 Oct 2025." in slots
    assert "It still needs tires and oil" in slots
    assert "What is due" in page(client, "household-due", home.pk)
    theo = Customer.objects.get(first_name="Theo")
    card = page(client, "customer-visits", theo.pk, **HTMX)
    assert "Oil and filter change, due in December" in card
    assert "97,000" in card


def test_counter_view_leaves_out_what_was_told_and_what_was_done(client: Any, cast: Cast, home: Household) -> None:
    outback = tell(cast)
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    part = page(client, "car-due", outback.pk, **HTMX)
    assert "Oil and filter change, due in December." in part
    assert "97,000" not in part
    assert "tires" not in part


def test_it_asks_as_often_for_twelve_cars_as_for_two(client: Any, cast: Cast, home: Household) -> None:
    tell(cast)
    client.force_login(cast.ada)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, "household-due", home.pk, **HTMX)
        return len(queries)

    two = cost()
    theo = Customer.objects.get(first_name="Theo")
    for n in range(10):
        car = make_vehicle(theo, plate=f"1AAA{n:03}")
        ToldOfCar.objects.create(vehicle=car, miles=97_000, said_date=AT.date(), by=cast.ada, at=AT)
    assert cost() == two


def test_sales_and_strangers_are_turned_away(client: Any, cast: Cast, home: Household) -> None:
    for name, pk in (("car-due", Vehicle.objects.all()[0].pk), ("household-due", home.pk)):
        client.force_login(cast.sam)
        assert client.get(reverse(f"service_lane:{name}", args=[pk])).status_code == 403
        client.force_login(cast.ada)
        assert client.get(reverse(f"service_lane:{name}", args=[pk + 99])).status_code == 404
