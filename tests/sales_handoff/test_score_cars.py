"""Every car is scored against its repair limit, by the set; some cars or all of them give the same answer."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from customers.models import Vehicle
from dealership.models import Entry
from recommendations.models import Advisory
from sales_handoff import scoring
from sales_handoff.actions import learn, score_car, score_cars
from sales_handoff.models import CarMonth, CarOutlook, CarScore
from sales_handoff.weighing import known_about
from service_lane.models import RepairOrder
from service_lane.signals import repair_order_closed
from tests.cast import AT, Cast
from tests.sales_handoff.test_learn_limits import TODAY, make_fit, make_past_order
from tests.sales_handoff.visits import add_line, make_guide_row, make_old_car_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def limit(cast: Cast) -> Decimal:
    """What one more repair is worth on a Fit of 2016."""
    make_guide_row(year=2016)
    make_past_order(cast, make_fit(), "50.00")
    learn(rooftop=cast.north, at=AT)
    return CarOutlook.objects.get(model="FIT").limits[130]


def decline(order: RepairOrder, total: str, **fields: Any) -> Advisory:
    line = add_line(order, total, **fields)
    Advisory.objects.filter(pk=line.pk).update(
        presented_version=1, valid_until="2026-12-07", answer="declined", answered_version=1
    )
    return line


def do(order: RepairOrder, total: str, **fields: Any) -> None:
    line = Advisory.objects.filter(pk=decline(order, total, **fields).pk)
    line.update(answer="approved", work="started", work_started_at=AT)
    line.update(work="done", work_done_at=AT)


def scores() -> dict[int, tuple[Any, ...]]:
    return {
        row[0]: row[1:]
        for row in CarScore.objects.values_list("pk", "rooftop_id", "limit", "declined", "spent", "standing")
    }


def test_declined_work_above_the_limit_is_over_it(cast: Cast, limit: Decimal) -> None:
    quiet, over, near = make_fit(11), make_fit(12), make_fit(13)
    make_past_order(cast, quiet, f"{limit}")
    decline(make_past_order(cast, over), f"{limit + 1}")
    decline(make_past_order(cast, near, "60.00"), f"{limit - 50}")

    score_cars(rooftop=cast.north, at=AT)

    found = scores()
    assert found[quiet.pk] == (cast.north.pk, limit, 0, limit, "within")
    assert found[over.pk] == (cast.north.pk, limit, limit + 1, 0, "over")
    assert found[near.pk] == (cast.north.pk, limit, limit - 50, 60, "near")
    assert Entry.objects.get(event="cars.scored").detail["scores"] == 4


def test_what_is_done_later_is_open_no_more_and_the_newest_price_counts(cast: Cast, limit: Decimal) -> None:
    car = make_fit(11)
    decline(make_past_order(cast, car, months_ago=12), "500.00", op_code="BRAKES")
    decline(make_past_order(cast, car, months_ago=10), "300.00", op_code="BELT")
    decline(make_past_order(cast, car, months_ago=30), "900.00", op_code="CLUTCH")
    decline(make_past_order(cast, car, months_ago=4), "620.00", op_code="BRAKES")
    do(make_past_order(cast, car, months_ago=3), "310.00", op_code="BELT")
    decline(make_past_order(cast, car, months_ago=2), "77.00", pay_type="W")

    score_cars(rooftop=cast.north, at=AT)

    assert scores()[car.pk][2:4] == (620, 310)
    # The same as the panel says of today's visit.
    kept = known_about(make_old_car_order(cast, vehicle=car), AT).kept
    assert [row["amount"] for row in kept["ahead"]["declined"]] == ["620.00"]
    assert kept["spent_12_months"] == "310.00"


def test_a_car_that_is_gone_was_never_here_or_whose_limit_nobody_knows(cast: Cast, limit: Decimal) -> None:
    gone, never, new = make_fit(11), make_fit(12), make_fit(13, year=2025)
    for car in (gone, new):
        decline(make_past_order(cast, car), "9000.00")
    score_cars(rooftop=cast.north, at=AT)
    assert scores()[gone.pk][4] == "over"

    Vehicle.objects.filter(pk=gone.pk).update(gone_date=TODAY)
    score_cars(rooftop=cast.north, at=AT)

    assert not {gone.pk, never.pk} & scores().keys()
    assert scores()[new.pk] == (cast.north.pk, None, 9000, 0, "unknown")


def test_a_car_is_scored_by_the_limits_of_where_it_was_last(cast: Cast, limit: Decimal) -> None:
    car = make_fit(11)
    make_past_order(cast, car, "10.00", months_ago=5)
    make_past_order(cast, car, "10.00", months_ago=1, rooftop=cast.river)

    score_cars(rooftop=cast.north, at=AT)

    assert scores()[car.pk][:2] == (cast.river.pk, None)
    learn(rooftop=cast.river, at=AT)
    score_cars(rooftop=cast.north, at=AT)
    assert scores()[car.pk][1] == CarOutlook.objects.get(rooftop=cast.river, model="FIT").limits[130]


def test_scoring_again_rewrites_nothing_that_stays_the_same(cast: Cast, limit: Decimal) -> None:
    assert score_cars(rooftop=cast.north, at=AT) == 1

    assert score_cars(rooftop=cast.north, at=AT + timedelta(hours=1)) == 0
    assert CarScore.objects.get().at == AT


def test_a_closed_order_scores_its_car_at_once_and_leaves_a_trace(
    cast: Cast, limit: Decimal, run_tasks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: AT)
    car = make_fit(11)
    order = make_past_order(cast, car)
    decline(order, "20000.00")

    repair_order_closed.send(sender=RepairOrder, repair_order_id=order.pk)

    assert "sales_handoff.tasks.score_car" in run_tasks()
    assert scores() == {car.pk: (cast.north.pk, limit, 20000, 0, "over")}
    assert Entry.objects.get(event="car.scored").about_id == order.pk
    assert score_car(repair_order=order, at=AT) == 0
    assert Entry.objects.filter(event="car.scored").count() == 1


def test_some_cars_or_all_of_them_give_the_same_answer(cast: Cast, limit: Decimal) -> None:
    cars = [make_fit(number, year=2010 + number % 15, model=("Fit", "Pilot")[number % 2]) for number in range(11, 41)]
    for number, car in enumerate(cars):
        decline(make_past_order(cast, car, f"{number}00.00", months_ago=number), f"{number * 200 + 1}.00")
    score_cars(rooftop=cast.north, at=AT)
    changed = cars[::3]
    for car in changed:
        do(make_past_order(cast, car, months_ago=0), "750.00", op_code="30TRANS")
        decline(make_past_order(cast, car, months_ago=1), "8000.00", op_code="ENGINE")
    RepairOrder.objects.filter(vehicle=changed[0], source="dms").update(status="open", closed_at=None)

    with transaction.atomic():
        scoring.keep_months([car.pk for car in changed])
        scoring.score(TODAY, AT, [car.pk for car in changed])
    by_parts = scores(), set(CarMonth.objects.values_list("vehicle", "month", "rooftop", "spent", "declined"))
    with transaction.atomic():
        CarMonth.objects.all().delete()
        CarScore.objects.all().delete()
        scoring.keep_months()
        scoring.score(TODAY, AT)
    at_once = scores(), set(CarMonth.objects.values_list("vehicle", "month", "rooftop", "spent", "declined"))

    assert by_parts == at_once
    assert changed[0].pk not in at_once[0]
    assert {row[4] for row in at_once[0].values()} == {"over", "within", "unknown"}
