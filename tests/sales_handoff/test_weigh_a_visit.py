"""A visit is weighed once for each state of what is known, from facts that can be read, and changes no advice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from dealership.models import Entry
from recommendations.models import Advisory, AdvisoryVersion
from recommendations.signals import decision_recorded, estimate_changed
from sales_handoff.actions import appraise, ask, evaluate, learn
from sales_handoff.actions.values import CannotValue
from sales_handoff.actions.weighing import orders_to_weigh
from sales_handoff.models import CarOutlook, Evaluation, HandoffPolicy
from sales_handoff.rules.outlook import age_in_months, cost_of_its_like
from sales_handoff.tasks import sweep
from service_lane.models import RepairOrder, ServiceLine
from tests.cast import AT, Cast
from tests.recommendations.pages import logged_in
from tests.sales_handoff.test_learn_limits import make_past_order
from tests.sales_handoff.test_score_cars import decline
from tests.sales_handoff.visits import add_line, make_guide_row, make_old_car_order, weighed_order

pytestmark = pytest.mark.django_db


def figure(evaluation: Evaluation, name: str) -> dict[str, str]:
    return next(one for one in evaluation.sheet["figures"] if one["name"] == name)


def test_a_large_bill_on_an_old_car_is_worth_a_conversation_and_says_keeping_is_cheaper(cast: Cast) -> None:
    _, evaluation = weighed_order(cast, "2500.00")

    assert evaluation.tier == Evaluation.Tier.CONVERSATION
    assert evaluation.repair_total == Decimal("2500.00")
    assert (evaluation.value_low, evaluation.value_high) == (Decimal("3400.00"), Decimal("5100.00"))
    assert evaluation.value_source == "Guide of the tests"
    assert evaluation.keep_monthly < evaluation.replace_monthly
    assert "keeping it is cheaper by about $" in evaluation.plain_reading
    assert evaluation.sheet["rows"][0]["name"] == "Pay today"
    assert all(one["source"] for one in evaluation.sheet["figures"])
    assert Entry.objects.about(evaluation).get().event == "evaluation.made"


def test_only_safety_and_drivability_work_the_customer_would_pay_counts_whatever_the_answer(cast: Cast) -> None:
    order = make_old_car_order(cast)
    add_line(order, "700.00", nature="safety")
    declined = add_line(order, "300.00")
    add_line(order, "111.00", nature="maintenance")
    add_line(order, "222.00", pay_type="W")
    add_line(order, "333.00", pay_type="I")
    add_line(order, "444.00", ground="campaign", pay_type="W")
    add_line(order, "555.00", returned_at=AT, returned_reason="Photo not clear")
    Advisory.objects.filter(pk=declined.pk).update(
        presented_version=1, valid_until="2026-12-07", answer="declined", answered_version=1
    )

    evaluation = evaluate(repair_order=order, at=AT)

    assert evaluation is not None
    assert evaluation.repair_total == Decimal("1000.00")
    assert figure(evaluation, "Today's work")["source"].startswith("2 lines of RO")


def test_weighing_again_makes_nothing_new(cast: Cast) -> None:
    order, evaluation = weighed_order(cast)

    assert evaluate(repair_order=order, at=AT + timedelta(minutes=5)) == evaluation
    assert Evaluation.objects.count() == 1
    assert Entry.objects.filter(event="evaluation.made").count() == 1


def test_when_things_go_back_to_what_they_were_the_newest_evaluation_says_so(cast: Cast) -> None:
    order, first = weighed_order(cast)
    RepairOrder.objects.filter(pk=order.pk).update(odometer_in=125_000)
    order.refresh_from_db()
    second = evaluate(repair_order=order, at=AT + timedelta(minutes=1))
    RepairOrder.objects.filter(pk=order.pk).update(odometer_in=120_000)
    order.refresh_from_db()

    third = evaluate(repair_order=order, at=AT + timedelta(minutes=2))

    assert third not in (first, second)
    assert Evaluation.objects.latest_of(order) == third
    assert third.value_low == first.value_low
    assert evaluate(repair_order=order, at=AT + timedelta(minutes=3)) == third


def test_an_order_without_a_line_is_not_weighed(cast: Cast) -> None:
    assert evaluate(repair_order=make_old_car_order(cast), at=AT) is None


def test_an_unknown_value_is_allowed_and_said(cast: Cast) -> None:
    order = make_old_car_order(cast)
    add_line(order, "2600.00")

    evaluation = evaluate(repair_order=order, at=AT)

    assert evaluation is not None
    assert evaluation.tier == Evaluation.Tier.CONVERSATION
    assert evaluation.value_low is None
    assert "is not known" in evaluation.plain_reading
    assert figure(evaluation, "Worth once fixed")["value"] == "Not known"


def test_the_guide_is_adjusted_for_miles_and_never_below_a_quarter(cast: Cast) -> None:
    make_guide_row(miles=100_000)
    order = make_old_car_order(cast)
    add_line(order)
    evaluation = evaluate(repair_order=order, at=AT)
    assert evaluation is not None
    assert (evaluation.value_low, evaluation.value_high) == (Decimal("3000.00"), Decimal("4700.00"))

    RepairOrder.objects.filter(pk=order.pk).update(odometer_in=900_000)
    order.refresh_from_db()
    worn = evaluate(repair_order=order, at=AT + timedelta(minutes=1))
    assert worn is not None
    assert (worn.value_low, worn.value_high) == (Decimal("850.00"), Decimal("1275.00"))


def test_two_workers_weighing_at_once_make_one_evaluation(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    order, evaluation = weighed_order(cast)
    monkeypatch.setattr(type(Evaluation.objects), "latest_of", lambda *_: None)  # asked before the other wrote

    assert evaluate(repair_order=order, at=AT) == evaluation
    assert Evaluation.objects.filter(repair_order=order).count() == 1


def test_a_persons_recent_value_goes_before_the_guide_and_weighs_again_at_once(cast: Cast) -> None:
    order, _ = weighed_order(cast)

    evaluation = appraise(
        repair_order=order,
        low=Decimal(2000),
        high=Decimal(2400),
        payoff=Decimal("1500.00"),
        source="Auction report",
        by=cast.ada,
        at=AT + timedelta(minutes=1),
    )

    assert evaluation is not None
    assert evaluation.tier in (Evaluation.Tier.UNECONOMIC, Evaluation.Tier.MENTION)
    assert evaluation.value_source == "Auction report"
    assert "Ada Kim" in figure(evaluation, "Worth once fixed")["source"]
    assert figure(evaluation, "Still owed on it")["value"] == "$1,500.00"
    assert Entry.objects.filter(event="vehicle.appraised").count() == 1


def test_a_value_needs_a_source_and_a_range(cast: Cast) -> None:
    order, _ = weighed_order(cast)

    with pytest.raises(CannotValue, match="where"):
        appraise(repair_order=order, low=Decimal(1), high=Decimal(2), source=" ", by=cast.ada, at=AT)
    with pytest.raises(CannotValue, match="at least"):
        appraise(repair_order=order, low=Decimal(3), high=Decimal(2), source="Me", by=cast.ada, at=AT)


def test_the_last_twelve_months_count_what_they_paid_here_and_not_what_a_maker_paid(cast: Cast) -> None:
    order = make_old_car_order(cast)
    add_line(order)
    earlier = RepairOrder.objects.create(
        rooftop=cast.north,
        number="31001",
        source="dms",
        status="closed",
        customer=order.customer,
        vehicle=order.vehicle,
        opened_at=AT - timedelta(days=200),
        closed_at=AT - timedelta(days=200),
        odometer_in=112_000,
    )
    for place, (pay, labor) in enumerate((("C", "400.00"), ("W", "900.00")), start=1):
        ServiceLine.objects.create(
            repair_order=earlier,
            line_code="A",
            position=place,
            pay_type=pay,
            hours=1,
            labor=labor,
            parts="50.00",
            misc="0.00",
        )

    evaluation = evaluate(repair_order=order, at=AT)

    assert evaluation is not None
    assert figure(evaluation, "Spent in the last 12 months")["value"] == "$450.00"
    assert "RO 31001" in figure(evaluation, "Miles a year")["source"]


def test_the_repair_limit_is_kept_with_the_evaluation_and_said_on_the_sheet(cast: Cast) -> None:
    make_guide_row()
    learn(rooftop=cast.north, at=AT)
    _, evaluation = weighed_order(cast, "2500.00")

    limit = evaluation.sheet["limit"]
    assert evaluation.inputs["limit"] == [limit["amount"], 0, "2026-11-23"]
    assert limit["about"] == "4200"
    assert evaluation.sheet["limit_words"] == (
        "For this car, repairs above about $4,200 are where replacing starts to cost less. "
        "Above that, changing to another one like it costs less: about $5,900 with tax and fees, and about $1,700 back "
        "for this one unfixed. It rests on a value guide and a published curve, as we have seen no car like it. "
        "The work found today is within that."
    )
    assert figure(evaluation, "Repair limit")["source"].endswith("23 Nov 2026")
    html = logged_in(cast.ada).get(evaluation.get_absolute_url()).content.decode()
    assert (
        html.count("where replacing starts to cost less. Above that, changing") == 2
    )  # the lead, and what the customer sees


def test_where_work_still_to_come_makes_replacing_cheaper_the_limit_says_so(cast: Cast) -> None:
    make_guide_row()
    learn(rooftop=cast.north, at=AT)
    order = make_old_car_order(cast)
    assert order.vehicle
    add_line(order, "900.00")
    decline(make_past_order(cast, order.vehicle, months_ago=4), "15000.00", op_code="ENGINE")

    evaluation = evaluate(repair_order=order, at=AT)

    assert evaluation is not None
    assert evaluation.tier == "uneconomic"
    assert "replacing it is cheaper by about" in evaluation.plain_reading
    assert evaluation.sheet["limit_words"].endswith(
        "The work found today is within that. It is the work still to come that makes replacing cheaper."
    )
    assert evaluation.sheet["es"]["limit_words"].endswith("es el trabajo que aún falta.")


def test_the_limit_is_never_above_what_its_like_costs_by_the_value_somebody_typed(cast: Cast) -> None:
    make_guide_row()
    learn(rooftop=cast.north, at=AT)
    order, before = weighed_order(cast)

    after = appraise(
        repair_order=order, low=Decimal(900), high=Decimal(1100), source="Salvage title", by=cast.ada, at=AT
    )

    assert after is not None
    assert Decimal(after.sheet["limit"]["amount"]) == Decimal("1350.00") < Decimal(before.sheet["limit"]["amount"])
    assert "about $1,900 with tax and fees, and about $500 back for this one unfixed" in after.sheet["limit_words"]
    assert after.sheet["limit_words"].endswith("The work found today is above that.")
    assert "unos $500 por este sin arreglar" in after.sheet["es"]["limit_words"]


def test_a_car_in_better_shape_than_its_class_has_the_limit_of_its_own_value(cast: Cast) -> None:
    """What its like costs goes by this car's value, also where that is more than the class's."""
    make_guide_row()
    learn(rooftop=cast.north, at=AT)
    order, before = weighed_order(cast)

    after = appraise(repair_order=order, low=Decimal(7900), high=Decimal(8100), source="One owner", by=cast.ada, at=AT)

    assert after is not None
    assert Decimal(before.sheet["limit"]["amount"]) < Decimal("4300") < Decimal(after.sheet["limit"]["amount"])
    newer = CarOutlook.objects.get(model="FIT").against_newer[age_in_months(2017, AT.date())]
    assert Decimal(after.sheet["limit"]["amount"]) == min(newer, cost_of_its_like(Decimal(8000), Decimal("0.6")))


def test_where_a_newer_car_costs_less_before_its_like_does_the_limit_says_that(cast: Cast) -> None:
    make_guide_row()
    learn(rooftop=cast.north, at=AT)
    CarOutlook.objects.update(against_newer=[Decimal(700)] * 241, limits=[Decimal(700)] * 241)

    _, evaluation = weighed_order(cast)

    assert evaluation.sheet["limit"]["about"] == "700"
    assert "Above that, a newer car costs less in the long run." in evaluation.sheet["limit_words"]


def test_without_anything_learned_the_sheet_says_where_both_columns_meet(cast: Cast) -> None:
    _, evaluation = weighed_order(cast)

    assert evaluation.sheet["limit"] is None
    assert evaluation.inputs["limit"] is None
    assert figure(evaluation, "Repair limit")["value"] == "Not known"
    html = logged_in(cast.ada).get(evaluation.get_absolute_url()).content.decode()
    assert "are where replacing starts to cost less." in html


def test_the_customers_plan_sets_how_far_ahead_to_compare(cast: Cast) -> None:
    order = make_old_car_order(cast, plan="years", plan_years=3)
    add_line(order)

    evaluation = evaluate(repair_order=order, at=AT)

    assert evaluation is not None
    assert evaluation.sheet["horizon_months"] == 36
    assert (
        figure(evaluation, "Compared over")["source"] == "They mean to keep it 3 years, said at write-up, 23 Nov 2026"
    )


def test_an_evaluation_keeps_a_copy_of_the_settings_it_used(cast: Cast) -> None:
    _, evaluation = weighed_order(cast)
    HandoffPolicy.objects.update(conversation_amount=Decimal("9000.00"), version=2)

    evaluation.refresh_from_db()

    assert evaluation.policy_version == 1
    assert evaluation.inputs["policy"]["conversation_amount"] == "1500.00"


def test_an_evaluation_is_never_changed_nor_taken_away(cast: Cast) -> None:
    _, evaluation = weighed_order(cast)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Evaluation.objects.filter(pk=evaluation.pk).update(tier="none")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        evaluation.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Evaluation.objects.create(
            repair_order=evaluation.repair_order,
            tier="none",
            inputs={},
            inputs_sha256=evaluation.inputs_sha256,
            policy_version=1,
            repair_total=0,
            at=AT,
        )


def test_weighing_and_asking_change_no_price_urgency_or_word_of_the_advice(cast: Cast) -> None:
    make_guide_row()
    order = make_old_car_order(cast)
    add_line(order)

    def advice() -> list[Any]:
        lines = Advisory.objects.filter(repair_order=order).order_by("pk")
        return [*lines.values(), *AdvisoryVersion.objects.filter(advisory__in=lines).order_by("pk").values()]

    before = advice()
    evaluate(repair_order=order, at=AT)
    appraise(repair_order=order, low=Decimal(1), high=Decimal(2), source="Auction", by=cast.ada, at=AT)
    ask(repair_order=order, answer="yes", words="Sure.", by=cast.ada, at=AT)

    assert advice() == before


@pytest.mark.parametrize("signal", [estimate_changed, decision_recorded])
def test_a_changed_estimate_is_weighed_by_its_task(cast: Cast, run_tasks: Any, signal: Any) -> None:
    order = make_old_car_order(cast)
    add_line(order)

    signal.send(sender=Advisory, repair_order_id=order.pk)

    assert run_tasks().count("sales_handoff.tasks.evaluate") == 1
    assert Evaluation.objects.filter(repair_order=order).count() == 1


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep runs ten minutes after the lines were written."""
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: AT + timedelta(minutes=10))


@pytest.mark.usefixtures("later")
def test_without_a_worker_the_sweep_weighs_what_changed_and_then_rests(cast: Cast) -> None:
    make_guide_row()
    order = make_old_car_order(cast)
    add_line(order)
    make_old_car_order(cast)

    assert list(orders_to_weigh()) == [order]
    sweep()

    assert Evaluation.objects.filter(repair_order=order).count() == 1
    assert not orders_to_weigh().exists()


@pytest.mark.usefixtures("later")
def test_the_sweep_finds_a_line_written_after_the_latest_evaluation(cast: Cast) -> None:
    order, evaluation = weighed_order(cast)
    late = add_line(order, "100.00")
    AdvisoryVersion.objects.filter(advisory=late).update(written_at=AT + timedelta(minutes=1))

    sweep()

    assert Evaluation.objects.latest_of(order).repair_total == Decimal("2600.00")
    assert Evaluation.objects.latest_of(order) != evaluation
    assert not orders_to_weigh().exists()
