"""A recall that is possible on a car is something to know before speaking, and nothing to sell."""

from datetime import timedelta
from typing import Any

import pytest

from customers import actions
from customers.models import Household, RecallCheck
from recommendations.models import Advisory
from sales_handoff import minefield
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.customers.recall_list import bring, line

EARLIER = AT - timedelta(days=20)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def recalls(customer: Any) -> list[Any]:
    return [fact for fact in minefield.facts(customer, AT) if fact["kind"] == minefield.RECALL]


def test_a_possible_recall_says_since_when_whose_it_is_and_what_to_do(cast: Cast) -> None:
    bring([line(), line(1, CAMPNO="26V000002")], at=EARLIER)
    order = make_order(cast)
    [fact] = recalls(order.customer)
    assert (fact["title"], fact["words"]) == ("A recall is possible on one of their cars", "2018 Ridgeline.")
    assert (fact["since"], fact["owner"], fact["is_theirs"]) == (EARLIER.isoformat(), "Ada Kim", True)
    assert fact["advice"].startswith("Ask Ada Kim whether the VIN was checked with the maker.")
    assert "$" not in str(fact)


def test_with_no_car_here_nobody_owns_it(cast: Cast) -> None:
    bring([line()], at=EARLIER)
    theo = make_customer()
    make_vehicle(theo)
    assert [fact["owner"] for fact in recalls(theo)] == ["nobody"]


def test_the_households_cars_count_without_their_words(cast: Cast) -> None:
    bring([line()], at=EARLIER)
    home = Household.objects.create(name="Brandt")
    theo, nora = make_customer(household=home), make_customer("Nora", phone="", household=home)
    make_vehicle(nora)
    [fact] = recalls(theo)
    assert (fact["is_theirs"], fact["words"]) == (False, "")
    assert [fact["words"] for fact in recalls(nora)] == ["2018 Ridgeline."]


def test_a_car_they_share_is_theirs_once(cast: Cast) -> None:
    bring([line()], at=EARLIER)
    home = Household.objects.create(name="Brandt")
    nora = make_customer("Nora", phone="", household=home)
    theo = make_customer(household=home)
    car = make_vehicle(nora)
    actions.tie_vehicle(vehicle=car, customer=theo, kind="drives", by=cast.ada, at=AT)
    assert [fact["is_theirs"] for fact in recalls(theo)] == [True]


@pytest.mark.parametrize(("state", "open_still"), [("not_this_car", 0), ("done", 0), ("open", 1), ("ordered", 1)])
def test_what_the_vin_says_decides(cast: Cast, state: str, open_still: int) -> None:
    bring([line()], at=EARLIER)
    theo = make_customer()
    car = make_vehicle(theo, vin="5FPYK3F79JB000001")
    before = minefield.sha256(minefield.facts(theo, AT))
    actions.check_recall(
        vehicle=car,
        campaign="26V000001",
        state=state,
        source=RecallCheck.Source.MAKER_SYSTEM,
        seen=0,
        by=cast.ada,
        at=AT,
        rooftop=cast.north,
    )
    assert len(recalls(theo)) == open_still
    assert minefield.sha256(minefield.facts(theo, AT)) != before, "what was read before is void"


def test_cars_that_left_are_nobodys_concern(cast: Cast) -> None:
    bring([line()], at=EARLIER)
    theo = make_customer()
    make_vehicle(theo, gone_date=AT.date())
    assert recalls(theo) == []


def test_many_cars_are_one_fact_that_names_three(cast: Cast) -> None:
    bring([line()], at=EARLIER)
    fleet = make_customer()
    for _ in range(5):
        make_vehicle(fleet)
    [fact] = recalls(fleet)
    assert fact["words"] == "2018 Ridgeline, 2018 Ridgeline, 2018 Ridgeline, 2 more."


def test_no_recall_ever_becomes_work_to_pay_for(cast: Cast) -> None:
    """Neither the list, nor an answer about the VIN, writes a line on an estimate or changes what is agreed to."""
    theo = make_customer()
    order = make_order(cast, customer=theo, vehicle=make_vehicle(theo, vin="5FPYK3F79JB000001"))
    total = order.authorized_total
    bring([line(DO_NOT_DRIVE="Yes")])
    for seen, state in enumerate(("open", "ordered")):
        actions.check_recall(
            vehicle=order.vehicle,
            campaign="26V000001",
            state=state,
            source=RecallCheck.Source.MAKER_SYSTEM,
            seen=seen,
            by=cast.ada,
            at=AT,
            rooftop=cast.north,
        )
    assert not Advisory.objects.exists()
    order.refresh_from_db()
    assert order.authorized_total == total
