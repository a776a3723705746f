"""The customer page and the lists: who may look, what is kept of it, what counter view leaves out."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.models import Household, Look, Vehicle
from customers.search import fold_words
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Rooftop
from service_lane.models import RepairOrder, ServiceLine
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle

HTMX = {"HX-Request": "true"}


def turn_counter_view_on(client: Any) -> None:
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()


def past_visit(cast: Cast, customer: Any, vehicle: Any, number: str, days: int, miles: int) -> RepairOrder:
    order = RepairOrder.objects.create(
        rooftop=cast.north,
        number=number,
        source="dms",
        status="closed",
        customer=customer,
        vehicle=vehicle,
        opened_at=AT - timedelta(days=days),
        closed_at=AT - timedelta(days=days),
        odometer_in=miles,
        dms_tax="4.95",
        plan=RepairOrder.Plan.YEARS,
        plan_years=3,
    )
    ServiceLine.objects.create(
        repair_order=order,
        line_code="A",
        position=1,
        op_description="Oil and filter",
        pay_type="C",
        hours="0.3",
        labor="40.00",
        parts="50.00",
        misc="0.00",
    )
    return order


def test_every_look_is_kept_and_shown(client: Any, cast: Cast) -> None:
    theo = make_customer()
    client.force_login(cast.ada)
    client.get(theo.get_absolute_url())
    client.force_login(cast.tess)
    page = client.get(theo.get_absolute_url()).content.decode()
    looks = list(Look.objects.order_by("pk").values_list("by__name", "rooftop__code", "why"))
    assert looks == [("Ada Kim", "NORTH", "customer page"), ("Tess Tran", "NORTH", "customer page")]
    assert "All 2 looks" in page
    log = client.get(reverse("customers:looks", args=[theo.pk])).content.decode()
    assert "Ada Kim" in log
    assert Look.objects.count() == 3


@pytest.mark.parametrize("name", ["customer", "looks", "consents"])
def test_sales_and_strangers_do_not_look(client: Any, cast: Cast, name: str) -> None:
    theo = make_customer()
    url = reverse(f"customers:{name}", args=[theo.pk])
    assert client.get(url).status_code == 302
    client.force_login(cast.sam)
    assert client.get(url).status_code == 403
    client.force_login(cast.mallory)
    assert client.get(url).status_code == 200
    assert client.get(reverse(f"customers:{name}", args=[theo.pk + 1])).status_code == 404
    assert list(Look.objects.values_list("by__name", flat=True)) == ["Mallory Vance"]


def test_counter_view_leaves_out_what_others_must_not_see(client: Any, cast: Cast) -> None:
    home = Household.objects.create(name="Brandt")
    theo = make_customer(household=home)
    make_customer("Julie", "Brandtner", phone="", household=home)
    actions.add_address(customer=theo, place=actions.Place("18 Alder Court"), by=cast.ada, at=AT)
    make_vehicle(theo)
    actions.open_complaint(
        customer=theo,
        rooftop=cast.north,
        words="You scratched it.",
        side="service",
        owner=cast.max,
        due_at=AT,
        by=cast.ada,
        at=AT,
    )
    client.force_login(cast.ada)
    full = client.get(theo.get_absolute_url()).content.decode()
    secrets = ("Brandt", "(415) 555-0142", "18 Alder Court", "You scratched it.", "Who looked", "lets us get in touch")
    assert all(secret in full for secret in secrets)
    turn_counter_view_on(client)
    shown = client.get(theo.get_absolute_url()).content.decode()
    assert [secret for secret in secrets if secret in shown] == []
    assert "Theo B." in shown
    for name in (
        "sales_handoff:customer-timeline",
        "recommendations:customer-lines",
        "sales_handoff:customer-handoffs",
    ):
        assert reverse(name, args=[theo.pk]) in full
        assert reverse(name, args=[theo.pk]) not in shown
    timeline = reverse("sales_handoff:customer-timeline", args=[theo.pk])
    assert "scratched" not in client.get(timeline).content.decode()
    fold_words(theo)
    listed = client.get(reverse("customers:index"), {"q": "theo"}).content.decode()
    assert "Theo B." in listed
    assert "555-0142" not in listed
    assert "Brandt" not in listed


def test_the_page_works_without_javascript(client: Any, cast: Cast) -> None:
    theo = make_customer()
    make_vehicle(theo)
    client.force_login(cast.ada)
    page = client.get(theo.get_absolute_url()).content.decode()
    for name in (
        *("service_lane:customer-visits", "sales_handoff:customer-timeline", "recommendations:customer-lines"),
        "sales_handoff:customer-handoffs",
    ):
        url = reverse(name, args=[theo.pk])
        assert f'href="{url}"' in page
        full = client.get(url)
        assert full.status_code == 200
        assert "<html" in full.content.decode()


def test_the_page_asks_as_often_for_a_full_house_as_for_one_car(client: Any, cast: Cast) -> None:
    home = Household.objects.create(name="Brandt")
    theo = make_customer(household=home)
    make_vehicle(theo)
    make_customer("Julie", phone="", household=home)
    client.force_login(cast.ada)
    visits = reverse("service_lane:customer-visits", args=[theo.pk])
    timeline = reverse("sales_handoff:customer-timeline", args=[theo.pk])
    past_visit(cast, theo, Vehicle.objects.get(), "46000", 400, 60000)

    def costs() -> list[int]:
        found = []
        for url, headers in ((theo.get_absolute_url(), {}), (visits, HTMX), (timeline, HTMX), (visits, {})):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url, headers=headers).status_code == 200
            found.append(len(queries))
        return found

    costs()
    first = costs()
    for n in range(30):
        person = make_customer(f"Kid{n}", phone=f"+1415555{n:04}", household=home)
        car = make_vehicle(person, plate=f"1AAA{n:03}")
        past_visit(cast, theo, car, f"47{n:03}", n, 60000 + n)
    assert costs() == first


def test_each_car_gets_its_visits_miles_a_year_and_plan(client: Any, cast: Cast) -> None:
    theo = make_customer()
    truck = make_vehicle(theo)
    for n, (days, miles) in enumerate([(730, 40000), (365, 52000), (200, 57500), (0, 64000)]):
        past_visit(cast, theo, truck, f"4600{n}", days, miles)
    client.force_login(cast.ada)
    [car] = client.get(reverse("service_lane:customer-visits", args=[theo.pk]), headers=HTMX).context["cars"]
    assert [visit["number"] for visit in car["visits"]] == ["46003", "46002", "46001"]
    assert car["miles_a_year"] == 12008
    assert car["visits"][0]["what"] == "Oil and filter"
    assert str(car["visits"][0]["paid"]) == "94.95"
    assert car["plan"]["plan_words"] == "About 3 more years"
    assert car["here"] is None
    order = make_order(cast, customer=theo, vehicle=truck)
    page = client.get(reverse("service_lane:customer-visits", args=[theo.pk]), headers=HTMX).content.decode()
    assert f"Here now, RO {order.number}" in page
    turn_counter_view_on(client)
    page = client.get(reverse("service_lane:customer-visits", args=[theo.pk]), headers=HTMX).content.decode()
    assert "94.95" not in page


@pytest.mark.parametrize("shares", [True, False])
def test_visits_at_another_rooftop_are_told_as_it_shares_them(client: Any, cast: Cast, shares: bool) -> None:
    theo = make_customer()
    truck = make_vehicle(theo)
    past_visit(cast, theo, truck, "46001", 10, 50000)
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=shares)
    client.force_login(cast.mallory)
    url = reverse("service_lane:customer-visits", args=[theo.pk])
    part, page = client.get(url, headers=HTMX), client.get(url).content.decode()
    [visit] = part.context["cars"][0]["visits"]
    assert (visit["where"], visit["url"]) == ("Northgate Honda", "")
    for secret in ("46001", "Oil and filter", "94.95", "50,000", "About 3 more years"):
        assert (secret in part.content.decode()) == shares
        assert (secret in page) == (shares and secret != "About 3 more years")
    assert "Northgate Honda" in page


def test_what_is_promised_stands_beside_the_timeline(client: Any, cast: Cast) -> None:
    theo = make_customer()
    truck = make_vehicle(theo)
    visits = reverse("service_lane:customer-visits", args=[theo.pk])
    client.force_login(cast.ada)
    assert "Nothing is promised now." in client.get(visits, headers=HTMX).content.decode()
    order = make_order(cast, customer=theo, vehicle=truck)
    page = client.get(visits, headers=HTMX).content.decode()
    assert f"RO {order.number}, Ada Kim" in page
    assert "Ridgeline ready" in page


def test_how_many_readings_the_miles_come_from_is_said_and_too_few_is_not_known(client: Any, cast: Cast) -> None:
    theo = make_customer()
    truck = make_vehicle(theo)
    visits = reverse("service_lane:customer-visits", args=[theo.pk])
    client.force_login(cast.ada)
    assert "never read here" in client.get(visits, headers=HTMX).content.decode()
    past_visit(cast, theo, truck, "46001", 100, 50000)
    one = client.get(visits, headers=HTMX).content.decode()
    assert "Not known<small>1 reading, 50,000" in one
    past_visit(cast, theo, truck, "46002", 465, 40000)
    assert "10,007<small>2 readings, 50,000" in client.get(visits, headers=HTMX).content.decode()


def test_one_persons_no_to_sales_is_nobody_elses(client: Any, cast: Cast) -> None:
    home = Household.objects.create(name="Brandt")
    theo = make_customer(household=home)
    julie = make_customer("Julie", phone="", household=home)
    for purpose, channel, granted in (("sales_use", "person", False), ("repair_messages", "text", True)):
        actions.record_consent(
            customer=theo,
            purpose=purpose,
            channel=channel,
            granted=granted,
            words="w",
            text_version="1",
            source="At the counter",
            by=cast.ada,
            at=AT,
        )
    client.force_login(cast.ada)

    context = client.get(julie.get_absolute_url()).context
    assert context["choices"] == "No messages agreed. Not asked about sales."
    assert [person["choices"] for person in context["household"]] == ["Text about a car here. No to sales."]
    turn_counter_view_on(client)
    assert "sales" not in client.get(julie.get_absolute_url()).content.decode().partition("<main")[2]


def test_each_part_that_comes_from_elsewhere_says_when_it_did_not(client: Any, cast: Cast) -> None:
    theo = make_customer()
    make_vehicle(theo)
    client.force_login(cast.ada)
    page = client.get(theo.get_absolute_url()).content.decode()
    assert page.count("data-part") == page.count("This part did not load.") == 7


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_by_name_phone_plate_and_vin(client: Any, cast: Cast) -> None:
    theo = make_customer()
    fold_words(theo)
    make_vehicle(theo, vin="5FPYK3F73JB004183")
    julie = make_customer("Julie", "Stone", phone="+12065550100")
    fold_words(julie)
    client.force_login(cast.ada)
    url = reverse("customers:index")
    for typed in ("brandt", "0142", "7TRB", "004183", "brnadt"):
        assert [row["pk"] for row in client.get(url, {"q": typed}).context["rows"]] == [theo.pk], typed
    assert [row["pk"] for row in client.get(url).context["rows"]] == [julie.pk, theo.pk]
    assert "No customer fits that." in client.get(url, {"q": "zzzz"}).content.decode()


def test_an_empty_list_says_how_it_fills(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    assert "No customer yet." in client.get(reverse("customers:index")).content.decode()
    client.force_login(cast.sam)
    assert client.get(reverse("customers:index")).status_code == 403


def test_the_list_asks_as_often_for_fifty_as_for_one(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)

    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("customers:index"), query).status_code == 200
        return len(queries)

    theo = make_customer()
    fold_words(theo)
    make_vehicle(theo)
    cost()
    first = (cost(), cost(q="brandt"))
    for n in range(50):
        person = make_customer(f"Kid{n}", phone=f"+1415555{n:04}")
        fold_words(person)
        make_vehicle(person, plate=f"1AAA{n:03}")
    assert (cost(), cost(q="brandt")) == first
