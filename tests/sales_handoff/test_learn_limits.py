"""Each night a rooftop learns what its cars have ahead of them, and says on how many cars a limit rests."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Vehicle
from dealership.models import Entry
from sales_handoff.actions import learn
from sales_handoff.learning import histories
from sales_handoff.limits import limits_of
from sales_handoff.models import CarOutlook, HandoffPolicy
from sales_handoff.tasks import sweep_limits
from service_lane.models import OpCode, RepairOrder, ServiceLine
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.sales_handoff.visits import make_guide_row

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
FIT = ("HONDA", "FIT", "")


def make_past_order(
    cast: Cast, vehicle: Vehicle, *amounts: str, months_ago: int = 6, op_code: str = "", **fields: Any
) -> RepairOrder:
    """A closed order of the past with a billed line for each amount."""
    when = AT - timedelta(days=30 * months_ago)
    order = RepairOrder.objects.create(
        rooftop=fields.pop("rooftop", cast.north),
        number=f"3{RepairOrder.objects.count():04}",
        source="dms",
        status=fields.pop("status", "closed"),
        customer=Customer.objects.first() or make_customer(),
        vehicle=vehicle,
        opened_at=when,
        closed_at=fields.pop("closed_at", when),
        **fields,
    )
    for position, amount in enumerate(amounts, start=1):
        ServiceLine.objects.create(
            repair_order=order,
            line_code="A",
            position=position,
            op_code=op_code,
            pay_type="C",
            hours=1,
            labor=Decimal(amount),
            parts=0,
            misc=0,
        )
    return order


def make_fit(number: int = 1, **fields: Any) -> Vehicle:
    return make_vehicle(None, **{"plate": f"7FIT{number:03}", "year": 2016, "model": "Fit", "body": "hatch"} | fields)


def test_what_was_seen_is_counted_by_class_and_year_of_age(cast: Cast) -> None:
    OpCode.objects.create(rooftop=cast.north, code="OIL", name="Oil", nature="maintenance", labor_hours=1)
    car, other = make_fit(), make_fit(2, model=" fit ")
    make_past_order(cast, car, "900.00", months_ago=14)
    make_past_order(cast, car, "80.00", "240.00", months_ago=2)
    make_past_order(cast, other, "350.00", op_code="OIL", months_ago=2)
    make_past_order(cast, other, "999.00", status="void", closed_at=None, voided_at=AT)
    make_past_order(cast, other, "999.00", rooftop=cast.river)
    make_past_order(cast, make_fit(3, year=None), "999.00")

    found = histories(cast.north, TODAY)

    assert set(found) == {("", "", ""), FIT}
    history = found[FIT]
    assert (history.cars, history.orders) == (2, 3)
    # Seen from September 2025 (9 years and 8 months old) to November 2026, and from September 2026 on.
    assert {year: (one.months, one.repairs, one.upkeep) for year, one in history.years.items()} == {
        10: (4, 1, Decimal(0)),
        11: (10 + 2, 1, Decimal("430.00")),
    }
    assert sum(count for count, _ in history.sizes) == 2


def test_a_car_counts_until_a_year_after_its_last_visit_or_until_it_is_gone(cast: Cast) -> None:
    make_past_order(cast, make_fit(), "10.00", months_ago=30)
    make_past_order(cast, make_fit(2, gone_date=date(2024, 8, 20)), "10.00", months_ago=30)

    years = histories(cast.north, TODAY)[FIT].years

    assert sum(one.months for one in years.values()) == 12 + 2


def test_the_guide_sets_the_level_of_a_class(cast: Cast) -> None:
    make_past_order(cast, make_fit(), "10.00")
    make_guide_row(year=2016, low=Decimal(4000), high=Decimal(6000))
    make_guide_row(year=2018, low=Decimal(6000), high=Decimal(8000))

    rows, mean_age, mean_ln, spread, products = histories(cast.north, TODAY)[FIT].guide

    assert (rows, mean_age, spread) == (2, 9, 2)
    assert abs(mean_ln - (Decimal(5000).ln() + Decimal(7000).ln()) / 2) < Decimal("0.000001")
    assert abs(products - (Decimal(5000) / 7000).ln()) < Decimal("0.000001")


def test_a_model_only_the_guide_knows_has_an_outlook_too(cast: Cast) -> None:
    make_guide_row(make="FORD", model="FOCUS", year=2016)
    car = make_fit(make="Ford", model="Focus")

    learn(rooftop=cast.north, at=AT)
    found = limits_of([car.pk], rooftop=cast.north, at=AT)[car.pk]

    assert found.cars == 0
    assert found.basis == "a value guide and a published curve, as we have seen no car like it"
    assert found.amount < CarOutlook.objects.get(model="").limits[130]


def test_learning_leaves_an_outlook_for_each_class_and_one_for_the_rest_and_a_trace(cast: Cast) -> None:
    make_past_order(cast, make_fit(), "900.00")

    learned = learn(rooftop=cast.north, at=AT)

    assert (learned.classes, learned.changed, learned.gone) == (1, 2, 0)
    fit = CarOutlook.objects.get(model="FIT")
    assert (fit.cars, fit.orders, fit.as_of_date) == (1, 1, TODAY)
    assert len(fit.limits) == 241
    assert Entry.objects.get(event="limits.learned").detail == {"classes": 1, "changed": 2, "gone": 0}
    assert not CarOutlook.objects.filter(rooftop=cast.river).exists()


def test_learning_again_rewrites_nothing_that_stays_the_same(cast: Cast) -> None:
    car = make_fit()
    make_past_order(cast, car, "900.00")
    learn(rooftop=cast.north, at=AT)

    again = learn(rooftop=cast.north, at=AT + timedelta(days=1))
    assert (again.changed, again.gone) == (0, 0)
    assert set(CarOutlook.objects.values_list("as_of_date", flat=True)) == {TODAY}

    make_past_order(cast, car, "1200.00", months_ago=1)
    after = learn(rooftop=cast.north, at=AT + timedelta(days=2))
    assert after.changed == 1
    assert CarOutlook.objects.get(model="FIT").as_of_date == TODAY + timedelta(days=2)

    Vehicle.objects.filter(pk=car.pk).update(model="Jazz")
    renamed = learn(rooftop=cast.north, at=AT + timedelta(days=3))
    assert (renamed.changed, renamed.gone) == (1, 1)


def test_much_history_outweighs_the_published_curve_and_little_does_not(cast: Cast) -> None:
    def challenger(cars: int, first: int) -> Decimal:
        for number in range(first, first + cars):
            car = make_fit(number)
            for months in (3, 6, 9, 12):
                make_past_order(cast, car, "1400.00", months_ago=months)
        learn(rooftop=cast.north, at=AT)
        return Decimal(CarOutlook.objects.get(model="FIT", body="").learned["challenger_monthly"])

    learn(rooftop=cast.north, at=AT)
    published = Decimal(CarOutlook.objects.get(model="").learned["challenger_monthly"])

    assert published < challenger(1, 1) < challenger(11, 2)


def test_a_limit_says_on_how_many_cars_it_rests(cast: Cast) -> None:
    car, unseen = make_fit(), make_fit(2, make="TOYOTA", model="Echo")
    young, old, nameless = make_fit(3, year=2025), make_fit(4, year=1995), make_fit(5, year=None)
    make_past_order(cast, car, "900.00")
    make_guide_row(year=2016)
    learn(rooftop=cast.north, at=AT)

    found = limits_of([one.pk for one in (car, unseen, young, old, nameless)], rooftop=cast.north, at=AT)

    assert set(found) == {car.pk, unseen.pk}
    assert found[car.pk].cars == 1
    assert found[car.pk].as_of == TODAY
    assert found[car.pk].amount == CarOutlook.objects.get(model="FIT").limits[130]
    assert found[car.pk].words.endswith(
        " are where replacing starts to cost less. Above that, another one like it costs less. "
        "It rests on 1 car like it."
    )
    assert found[unseen.pk].words.endswith("It rests on a published curve, as we have seen no car like it.")
    assert limits_of([car.pk], rooftop=cast.river, at=AT) == {}


def test_a_body_stands_alone_once_enough_of_it_was_seen(cast: Cast) -> None:
    hatches = [make_fit(number) for number in range(1, 11)]
    wagon = make_fit(11, body="suv")
    for car in (*hatches, wagon):
        make_past_order(cast, car, "900.00")

    learn(rooftop=cast.north, at=AT)
    found = limits_of([hatches[0].pk, wagon.pk], rooftop=cast.north, at=AT)

    assert list(CarOutlook.objects.values_list("model", "body", "cars").order_by("model", "body")) == [
        ("", "", 0),
        ("FIT", "", 11),
        ("FIT", "hatch", 10),
    ]
    assert (found[hatches[0].pk].cars, found[wagon.pk].cars) == (10, 11)
    assert found[wagon.pk].basis == "11 cars like it, and on a published curve for what they bring"


def test_one_car_or_many_take_the_same_queries(cast: Cast) -> None:
    cars = [make_fit(number).pk for number in range(1, 51)]
    learn(rooftop=cast.north, at=AT)

    counts = []
    for some in (cars[:1], cars):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(limits_of(some, rooftop=cast.north, at=AT)) == len(some)
        counts.append(len(queries))
    assert counts == [2, 2]


def test_each_rooftop_learns_once_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def learned_at(at: Any) -> int:
        monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: at)
        sweep_limits()
        return Entry.objects.filter(event="limits.learned", rooftop=cast.north).count()

    assert learned_at(AT) == 1
    assert learned_at(AT + timedelta(hours=5)) == 1
    assert learned_at(AT + timedelta(hours=13)) == 2  # past midnight in California
    assert Entry.objects.filter(event="limits.learned", rooftop=cast.river).count() == 2


def test_the_command_says_what_it_learned(cast: Cast) -> None:
    make_past_order(cast, make_fit(), "900.00")
    said = StringIO()

    call_command("learn_limits", rooftop="NORTH", stdout=said)

    assert said.getvalue() == "NORTH: 1 class of cars; 2 changed, 0 gone\n1 scores written\n"
    with pytest.raises(CommandError, match="no rooftop SOUTH"):
        call_command("learn_limits", rooftop="SOUTH")


def test_money_that_costs_nothing_still_gives_limits(cast: Cast) -> None:
    HandoffPolicy.objects.create(rooftop=cast.north, yearly_interest=0)

    learn(rooftop=cast.north, at=AT)

    assert max(CarOutlook.objects.get(rooftop=cast.north).limits) > 0
