"""A closed visit leaves a follow-up for each line that was declined, put off or never answered.  Once."""

from collections.abc import Callable
from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.utils import ProgrammingError

from dealership.models import Entry
from recommendations import tasks
from recommendations.actions import closing, drafting, followups, undoing
from recommendations.models import FollowUp, FollowUpPolicy, FollowUpStep
from service_lane.models import Inspection
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import make_inspection, make_item, make_op_code, shown
from tests.recommendations.pages import answered_at_counter, notice_signed
from tests.recommendations.visits import answer, close, left_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def test_a_no_and_a_later_come_back_and_a_yes_does_not(cast: Cast) -> None:
    pads, boot = left_with(cast, "declined", "deferred")
    assert (pads.kind, pads.due_basis, pads.due_date) == ("declined", "policy", date(2026, 12, 23))
    assert pads.due_why.startswith("Nothing was said of when, so 30 days after the visit.")
    assert pads.due_why.endswith("The house's own days. No law sets them.")
    assert (boot.kind, boot.due_basis, boot.due_date) == ("deferred", "asked_date", date(2027, 3, 1))
    assert (pads.owner, pads.customer, pads.next_date) == (cast.ada, pads.advisory.repair_order.customer, pads.due_date)
    assert Entry.objects.filter(event="order.followed_up").count() == 1


def test_a_yes_leaves_nothing(cast: Cast) -> None:
    assert [one.kind for one in left_with(cast, "approved", "declined")] == ["declined"]


def test_silence_is_its_own_kind_and_never_a_no(cast: Cast) -> None:
    (pads, boot) = left_with(cast, "", "declined")
    assert (pads.kind, pads.decision, pads.purpose) == ("silent", None, None)
    assert boot.decision is not None
    with pytest.raises(IntegrityError, match="follow_up_silence_is_no_answer"), transaction.atomic():
        FollowUp.objects.filter(pk=pads.pk).update(kind="declined")


def test_their_miles_become_a_day_by_this_cars_own_readings(cast: Cast) -> None:
    theirs = make_order(cast)
    for days, miles in ((730, 47_902), (365, 59_902)):
        make_order(
            cast,
            customer=theirs.customer,
            vehicle=theirs.vehicle,
            opened_at=AT - timedelta(days=days),
            odometer_in=miles,
            status="closed",
            closed_at=AT - timedelta(days=days),
        )
    boot = left_with(cast, "approved", "deferred", order=theirs, until_miles=77_902)[0]
    assert (boot.due_basis, boot.due_miles) == ("asked_miles", 77_902)
    assert "from 4 odometer readings of this car" in boot.due_why
    assert date(2027, 5, 20) < boot.due_date < date(2027, 5, 30)  # 5,997 miles at about 12,000 a year


def test_a_car_without_readings_gets_a_published_mean_and_it_is_said(cast: Cast) -> None:
    boot = left_with(cast, "approved", "deferred", until_miles=77_902)[0]
    assert "13,476 miles a year, a published mean, because this car has too few readings (Federal High" in boot.due_why


def test_wear_says_when_where_the_customer_did_not(cast: Cast) -> None:
    order = make_order(cast)
    then = AT - timedelta(days=300)
    before = make_order(
        cast,
        customer=order.customer,
        vehicle=order.vehicle,
        opened_at=then,
        status="closed",
        closed_at=then,
        odometer_in=61_902,
    )
    make_item(cast, make_inspection(cast, before), readings={"LF": "6", "RF": "7"})
    Inspection.objects.filter(repair_order=before).update(started_at=then)
    inspection = make_inspection(cast, order)
    make_item(cast, inspection, readings={"LF": "4", "RF": "5"}, condition="yellow", computed="yellow")
    make_op_code(cast)
    answer(shown(cast, order, drafting.draft_from_inspection(inspection=inspection, at=AT)), "declined")
    close(cast, order)
    (pads,) = followups.start(repair_order=order, at=AT)
    assert (pads.due_basis, pads.due_miles) == ("wear", 76_905)
    assert pads.due_why.startswith("It wore 2 mm in 10,000 miles: 3 mm in about 5,000 miles. That is about 12,")


def test_the_task_the_task_again_and_the_sweep_make_one(cast: Cast, run_tasks: Callable[[], list[str]]) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "declined")
    notice_signed(cast, order)
    closing.close(repair_order=order, odometer_out=71_905, by=cast.ada, at=AT)
    assert "recommendations.tasks.start_follow_ups" in run_tasks()
    tasks.start_follow_ups(repair_order_id=order.pk)
    tasks.sweep_follow_ups()
    assert FollowUp.objects.count() == 2
    assert Entry.objects.filter(event="order.followed_up").count() == 1


def test_a_lost_task_is_made_good_by_the_sweep(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "deferred")
    notice_signed(cast, order)
    closing.close(repair_order=order, odometer_out=71_905, by=cast.ada, at=AT)
    assert not FollowUp.objects.exists()
    tasks.sweep_follow_ups()
    assert FollowUp.objects.count() == 2
    assert not followups.closed_without_follow_up(AT).exists()


def test_a_visit_that_is_open_or_was_opened_again_has_none_that_asks_for_anybody(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "declined")
    assert followups.start(repair_order=order, at=AT) == []
    notice_signed(cast, order)
    closing.close(repair_order=order, odometer_out=71_905, by=cast.ada, at=AT)
    followups.start(repair_order=order, at=AT)
    undoing.reopen(repair_order=order, by=cast.ada, at=AT)
    tasks.sweep_follow_ups()
    assert set(FollowUp.objects.values_list("stop_reason", flat=True)) == {"here"}
    closing.close(repair_order=order, odometer_out=71_999, by=cast.ada, at=AT + timedelta(minutes=1))
    tasks.sweep_follow_ups()
    assert FollowUp.objects.open().count() == 2


def test_the_rooftops_own_days_count(cast: Cast) -> None:
    FollowUpPolicy.objects.create(rooftop=cast.north, red_days=10, source="Service manual of the house, page 4.")
    pads = left_with(cast, "declined", "approved")[0]
    assert pads.due_date == date(2026, 12, 3)
    assert pads.due_why.endswith("10 days after the visit. Service manual of the house, page 4.")
    with pytest.raises(IntegrityError, match="follow_up_policy_makes_sense"), transaction.atomic():
        FollowUpPolicy.objects.update(red_days=0)


def test_a_follow_up_and_its_steps_stay(cast: Cast) -> None:
    pads, untouched = left_with(cast, "declined", "declined")
    followups.call(follow_up=pads, outcome="no_answer", by=cast.ada, at=AT)
    with pytest.raises((InternalError, ProgrammingError), match="Cannot delete"), transaction.atomic():
        untouched.delete()
    for change in (lambda: FollowUpStep.objects.update(note="x"), lambda: FollowUpStep.objects.all().delete()):
        with pytest.raises((InternalError, ProgrammingError), match=r"append|Cannot"), transaction.atomic():
            change()
    with pgtrigger.ignore("recommendations.FollowUpStep:append_only"), transaction.atomic():  # the guard, off
        assert FollowUpStep.objects.update(note="x") == 1
        transaction.set_rollback(True)
    for broken in ({"stopped_at": AT}, {"stop_reason": "never"}, {"due_why": ""}, {"recovered_at": AT}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUp.objects.filter(pk=pads.pk).update(**broken)
    assert connection.in_atomic_block
