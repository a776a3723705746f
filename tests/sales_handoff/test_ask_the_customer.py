"""The customer is asked first and once; a yes is their consent and becomes a hand-off, a no is remembered."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from customers.models import Complaint, Consent
from dealership.models import Entry
from sales_handoff.actions import ask, queue, why_not_ask
from sales_handoff.actions.asking import AlreadyAsked, BetterNot, CannotAsk, NotAYes
from sales_handoff.models import Ask, Handoff, HandoffPolicy
from sales_handoff.tasks import sweep
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order, make_vehicle
from tests.sales_handoff.visits import WORDS, make_old_car_order, said_yes, weighed_order

pytestmark = pytest.mark.django_db


def test_a_yes_is_recorded_with_its_words_as_consent_to_a_talk_in_person_only(cast: Cast) -> None:
    order, evaluation = weighed_order(cast)

    asked = said_yes(cast, order)

    assert (asked.answer, asked.evaluation, asked.leaves_at) == ("yes", evaluation, order.promised_at)
    consent = Consent.objects.get(customer=order.customer)
    assert (consent.purpose, consent.channel, consent.granted) == ("sales_use", "person", True)
    assert (consent.words, consent.by) == (WORDS, cast.ada)
    assert not Consent.objects.allows(order.customer, "sales_use", "text")
    assert Entry.objects.about(asked).get().event == "customer.asked"


def test_a_yes_becomes_a_handoff_by_its_task_once(cast: Cast, run_tasks: Any) -> None:
    order, _ = weighed_order(cast)

    asked = said_yes(cast, order)

    assert run_tasks() == ["sales_handoff.tasks.queue", "sales_handoff.tasks.pass_on"]
    handoff = Handoff.objects.get(repair_order=order)
    assert (handoff.status, handoff.leaves_at, handoff.rooftop) == ("waiting", order.promised_at, cast.north)
    assert queue(ask=asked, at=AT) == handoff
    assert Entry.objects.filter(event="handoff.queued").count() == 1


def test_a_yes_whose_task_was_lost_becomes_a_handoff_by_the_sweep_once(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    said_yes(cast, order)

    sweep()
    sweep()

    assert Handoff.objects.filter(repair_order=order).count() == 1


@pytest.mark.parametrize("answer", ["no", "not_asked"])
def test_what_is_no_yes_never_becomes_a_handoff(cast: Cast, run_tasks: Any, answer: str) -> None:
    order, _ = weighed_order(cast)

    asked = ask(repair_order=order, answer=answer, reason="Bad moment", by=cast.ada, at=AT)

    with pytest.raises(NotAYes):
        queue(ask=asked, at=AT)
    assert run_tasks() == []
    sweep()
    assert not Handoff.objects.exists()
    assert not Consent.objects.exists()


def test_the_customer_is_asked_once_a_visit(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    ask(repair_order=order, answer="no", by=cast.ada, at=AT)

    with pytest.raises(AlreadyAsked, match="once"):
        said_yes(cast, order)
    assert Ask.objects.get().answer == "no"


def test_a_no_is_remembered_for_as_many_days_as_the_rooftop_set(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    ask(repair_order=order, answer="no", by=cast.ada, at=AT)
    policy = HandoffPolicy.objects.get(rooftop=cast.north)
    other = make_order(cast, customer=order.customer, vehicle=make_vehicle(order.customer, plate="9XYZ"), opened_at=AT)

    (why,) = why_not_ask(order.customer, policy=policy, at=AT + timedelta(days=179))
    assert why.startswith("They said no on 23 Nov 2026.")
    assert why_not_ask(order.customer, policy=policy, at=AT + timedelta(days=181)) == []
    with pytest.raises(BetterNot, match="said no"):
        said_yes(cast, other, at=AT + timedelta(days=5))
    assert ask(repair_order=other, answer="not_asked", reason="They said no", by=cast.ada, at=AT).pk


def test_a_no_takes_an_earlier_yes_back(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    said_yes(cast, order)
    again = make_order(cast, customer=order.customer, vehicle=make_vehicle(order.customer, plate="9XYZ"))

    ask(repair_order=again, answer="no", words="Not any more.", by=cast.ada, at=AT + timedelta(days=30))

    assert not Consent.objects.allows(order.customer, "sales_use", "person")


def test_nobody_is_asked_who_refused_this_use_of_what_service_knows(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    Consent.objects.create(
        customer=order.customer,
        purpose="sales_use",
        channel="any",
        granted=False,
        words="No offers.",
        text_version="1",
        source="from the DMS",
        at=AT - timedelta(days=900),
    )

    with pytest.raises(BetterNot, match="do not want sales"):
        said_yes(cast, order)
    assert not Ask.objects.exists()


def test_nobody_is_asked_while_a_complaint_of_theirs_is_open(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    Complaint.objects.create(
        rooftop=cast.north,
        customer=order.customer,
        words="You scratched my door.",
        side="service",
        owner=cast.max,
        due_at=AT + timedelta(days=1),
        opened_by=cast.ada,
        opened_at=AT - timedelta(days=3),
    )

    with pytest.raises(BetterNot, match="complaint"):
        said_yes(cast, order)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"answer": "yes", "words": "  "}, "in their words"),
        ({"answer": "not_asked", "reason": ""}, "did not ask"),
        ({"answer": "maybe"}, "Choose"),
    ],
)
def test_an_answer_with_something_missing_is_refused_with_a_sentence(
    cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    order, _ = weighed_order(cast)

    with pytest.raises(CannotAsk, match=sentence):
        ask(repair_order=order, by=cast.ada, at=AT, **typed)
    assert not Ask.objects.exists()
    assert not Consent.objects.exists()


def test_a_yes_needs_a_time_the_car_leaves(cast: Cast) -> None:
    order = make_old_car_order(cast, promised_at=None)

    with pytest.raises(CannotAsk, match="leaves"):
        said_yes(cast, order)


def test_nobody_is_asked_on_a_closed_order(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=120_001)

    with pytest.raises(CannotAsk, match="closed"):
        said_yes(cast, order)


def test_the_database_keeps_an_answer_as_it_was_and_refuses_an_incomplete_one(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    asked = ask(repair_order=order, answer="no", by=cast.ada, at=AT)

    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Ask.objects.filter(pk=asked.pk).update(answer="yes", words="Yes!", leaves_at=AT)
    with pytest.raises(IntegrityError, match="ask_yes_has_words_and_time"), transaction.atomic():
        Ask.objects.create(
            repair_order=make_old_car_order(cast), customer=order.customer, answer="yes", by=cast.ada, at=AT
        )
    with pytest.raises(IntegrityError, match="ask_passed_over_has_reason"), transaction.atomic():
        Ask.objects.create(
            repair_order=make_old_car_order(cast), customer=order.customer, answer="not_asked", by=cast.ada, at=AT
        )
