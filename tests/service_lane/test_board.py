"""The lane board: who stands where, what is next, and what a customer at the counter may not see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from dealership.http import COUNTER_VIEW_KEY
from service_lane.actions import orders, writeup
from service_lane.models import Appointment, Inspection, InspectionItem, RepairOrder
from service_lane.rules.board import AT_RISK, LATE, ON_TIME, standing
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


def numbered(cast: Cast, place: int, **fields: Any) -> RepairOrder:
    customer = make_customer("Maria", f"Delgado{place}", phone=f"+1415555{place:04}")
    vehicle = make_vehicle(customer, plate=f"PLT{place}")
    return make_order(cast, customer=customer, vehicle=vehicle, number=f"47{place:03}", **fields)


def test_each_car_stands_in_its_column_with_its_next_step(cast: Cast, ada: Client) -> None:
    now = timezone.now()
    soon = now + timedelta(hours=3)
    numbered(cast, 1, promised_at=soon, step="Oil, rotate", tag="T44")
    numbered(cast, 2, promised_at=soon, stage="needs_answer", step="Sent 11:16, not opened", presented_at=now)
    numbered(cast, 3, promised_at=soon, stage="ready", ready_at=now)
    writeup.start(rooftop=cast.north, typed={"first_name": "Hana", "last_name": "Sato"}, by=cast.ada, at=now)
    columns = {column["id"]: column["cards"] for column in ada.get("/lane/").context["columns"]}
    assert [card["number"] for card in columns["in_shop"]] == ["47001"]
    assert [card["number"] for card in columns["needs_answer"]] == ["47002"]
    assert [card["number"] for card in columns["ready"]] == ["47003"]
    assert [(card["name"], card["strong"], card["step"]) for card in columns["write-up"]] == [
        ("Hana Sato", "You stopped", "at Who and car")
    ]
    page = ada.get("/lane/").content.decode()
    assert "Oil, rotate" in page
    assert "tag T44" in page


def test_an_expected_car_arrives_and_leaves_the_column_once_written_up(cast: Cast, ada: Client) -> None:
    theo = make_customer()
    noon = timezone.localtime(timezone.now(), cast.north.zone).replace(hour=12, minute=0)
    appointment = Appointment.objects.create(
        rooftop=cast.north, customer=theo, vehicle=make_vehicle(theo), due_at=noon, purpose="30k service"
    )
    assert "30k service" in ada.get("/lane/").content.decode()
    writeup.start(rooftop=cast.north, appointment=appointment, by=cast.ada, at=timezone.now())
    columns = {column["id"]: column["cards"] for column in ada.get("/lane/").context["columns"]}
    assert columns["arriving"] == []
    assert [card["name"] for card in columns["write-up"]] == ["Theo Brandt"]


def test_a_broken_promise_comes_first_and_a_ready_car_nobody_told_of_after(cast: Cast, ada: Client) -> None:
    now = timezone.now()
    numbered(cast, 1, promised_at=now + timedelta(hours=4), stage="ready", ready_at=now, step="Not told yet")
    numbered(cast, 2, promised_at=now - timedelta(minutes=8), step="Sent, not opened", stage="needs_answer")
    begun = writeup.start(rooftop=cast.north, typed={"first_name": "Hana"}, by=cast.ada, at=now)
    todos = ada.get("/lane/").context["todos"]
    assert [todo["title"] for todo in todos] == [
        "Resume Hana",
        "Call Maria Delgado2",
        "Tell Maria Delgado1 it is ready",
    ]
    assert [todo["key"] for todo in todos] == ["R", "1", "2"]
    assert todos[0]["href"] == begun.get_absolute_url()


@pytest.mark.parametrize(
    ("promised", "stage", "part", "expected"),
    [
        (None, "in_shop", None, ON_TIME),
        (-1, "in_shop", None, LATE),
        (-1, "ready", None, ON_TIME),
        (15, "in_shop", None, AT_RISK),
        (40, "in_shop", None, ON_TIME),
        (40, "needs_answer", None, AT_RISK),
        (240, "in_shop", 300, AT_RISK),
        (240, "in_shop", 200, ON_TIME),
    ],
)
def test_late_and_at_risk_follow_from_the_promise(promised: int, stage: str, part: int, expected: str) -> None:
    def at(minutes: int | None) -> Any:
        return None if minutes is None else AT + timedelta(minutes=minutes)

    assert standing(promised_at=at(promised), now=AT, stage=stage, parts_due_at=at(part)) == expected


def test_filters_count_and_choose(cast: Cast, ada: Client) -> None:
    now = timezone.now()
    numbered(cast, 1, promised_at=now + timedelta(hours=3), stay="waits")
    numbered(cast, 2, promised_at=now + timedelta(hours=3), stay="drops", advisor=cast.max, technician=None)
    numbered(cast, 3, promised_at=now - timedelta(hours=1), stay="drops", advisor=cast.max, technician=None)
    context = ada.get("/lane/?show=mine").context
    assert {one["label"]: one["count"] for one in context["filters"]} == {
        "All": 3,
        "Mine": 1,
        "Waiters": 1,
        "At risk": 1,
        "No answer": 0,
        "Parts": 0,
    }
    assert sum(len(column["cards"]) for column in context["columns"]) == 1


def test_counter_view_leaves_names_and_figures_out_of_the_html(cast: Cast, ada: Client) -> None:
    numbered(cast, 1, promised_at=timezone.now() - timedelta(minutes=5))
    assert "Delgado1" in ada.get("/lane/").content.decode()
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    page = ada.get("/lane/").content.decode()
    assert "Delgado1" not in page
    assert "Maria D." in page
    assert "Promises kept" not in page


def test_promises_kept_counts_against_the_first_promise(cast: Cast, ada: Client) -> None:
    now = timezone.now()
    midnight = timezone.localtime(now, cast.north.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    due = midnight + (now - midnight) / 2
    early, late = due - timedelta(seconds=1), due + timedelta(seconds=1)
    numbered(cast, 1, promised_at=due, first_promised_at=due, ready_at=early, stage="ready")
    numbered(cast, 2, promised_at=now + timedelta(hours=1), first_promised_at=due, ready_at=late, stage="ready")
    figures = {one["name"]: f"{one['value']} {one['unit']}" for one in ada.get("/lane/").context["figures"]}
    assert figures["Promises kept"] == "1 of 2"


def test_an_unchanged_board_answers_304_and_a_changed_one_does_not(cast: Cast, ada: Client) -> None:
    order = numbered(cast, 1, promised_at=timezone.now() + timedelta(hours=3))
    first = ada.get("/lane/", headers={"HX-Request": "true"})
    assert first.content.decode().lstrip().startswith('<div class="lane" id="board"')
    again = {"HX-Request": "true", "HX-PTag": first.headers["HX-PTag"]}
    assert ada.get("/lane/", headers=again).status_code in (200, 304)  # 200 when a minute ends in between
    orders.assign(repair_order=order, technician=cast.max, by=cast.ada, at=timezone.now())
    assert ada.get("/lane/", headers=again).status_code == 200


def test_an_empty_day_says_so_and_offers_a_write_up(cast: Cast, ada: Client) -> None:
    page = ada.get("/lane/").content.decode()
    assert "none is expected today" in page
    assert "/write-ups/new/" in page


def test_the_board_shows_only_its_own_rooftop(cast: Cast, client: Client) -> None:
    numbered(cast, 1)
    client.force_login(cast.mallory)
    assert "Delgado1" not in client.get("/lane/").content.decode()


def test_sales_do_not_see_the_lane(cast: Cast, client: Client) -> None:
    client.force_login(cast.sam)
    assert client.get("/lane/").status_code == 403


def test_fifty_cars_cost_as_many_queries_as_one(
    cast: Cast, ada: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    def inspected(place: int) -> None:
        order = numbered(cast, place, promised_at=timezone.now() + timedelta(hours=3))
        inspection = Inspection.objects.create(repair_order=order, template_name="Default", started_at=AT)
        InspectionItem.objects.create(inspection=inspection, section="Tires", position=1, key="tires", name="Tires")
        writeup.start(rooftop=cast.north, typed={"first_name": f"Ann{place}"}, by=cast.ada, at=AT)
        Appointment.objects.create(rooftop=cast.north, customer=order.customer, due_at=timezone.now(), purpose="Oil")

    inspected(1)
    ada.get("/lane/")
    with django_assert_num_queries(9) as one:
        ada.get("/lane/")
    for place in range(2, 51):
        inspected(place)
    with django_assert_num_queries(len(one)):
        ada.get("/lane/")
    assert Customer.objects.count() == 50
