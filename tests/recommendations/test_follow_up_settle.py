"""What ends a follow-up, pauses it or brings it back: each by a fact of the house, and each with its reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Complaint, Tie
from recommendations import tasks
from recommendations.actions import followups, working
from recommendations.models import Advisory, Decision, FollowUp
from service_lane.actions import appointments
from service_lane.models import RepairOrder, ServiceLine
from tests.cast import AT, Cast, make_customer
from tests.recommendations.lines import shown
from tests.recommendations.pages import logged_in, plain
from tests.recommendations.visits import allow, answer, close, comes_again, found_again, left_with

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=100)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred days after that Monday."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.fixture
def pads(cast: Cast) -> FollowUp:
    return left_with(cast, "declined", "approved")[0]


def settled(follow_up: FollowUp, at: Any = LATER) -> str:
    """Why it has ended by now, as the sweep finds it; "" while it goes on."""
    if followups.to_settle(at).filter(pk=follow_up.pk).exists():
        followups.settle(follow_up=follow_up, at=at)
    follow_up.refresh_from_db()
    return follow_up.stop_reason


def sold(follow_up: FollowUp) -> None:
    type(follow_up.vehicle).objects.filter(pk=follow_up.vehicle_id).update(gone_date=LATER.date())


def given_away(follow_up: FollowUp) -> None:
    Tie.objects.filter(vehicle=follow_up.vehicle_id).update(until_date=LATER.date())


def complains(follow_up: FollowUp) -> None:
    Complaint.objects.create(
        rooftop=follow_up.rooftop,
        customer=follow_up.customer,
        words="Late again.",
        side="service",
        owner=follow_up.owner,
        due_at=LATER,
        opened_by=follow_up.owner,
        opened_at=LATER,
    )


def says_stop(follow_up: FollowUp) -> None:
    allow(follow_up.customer, channel="any", granted=False, at=LATER)


def is_booked(follow_up: FollowUp) -> None:
    appointments.book(
        rooftop=follow_up.rooftop,
        customer=follow_up.customer,
        vehicle=follow_up.vehicle,
        due_at=LATER + timedelta(days=40),
        purpose="The brakes.",
        by=follow_up.owner,
        at=LATER,
    )


def was_billed_elsewhere_in_the_group(follow_up: FollowUp) -> None:
    order = RepairOrder.objects.create(
        rooftop=follow_up.rooftop,
        number="D-1",
        source="dms",
        status="closed",
        customer=follow_up.customer,
        vehicle=follow_up.vehicle,
        opened_at=LATER,
        closed_at=LATER,
    )
    ServiceLine.objects.create(
        repair_order=order, line_code="A", position=1, op_code="41BRKF", pay_type="C",
        hours=1, labor=1, parts=1, misc=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (sold, "sold"),
        (given_away, "sold"),
        (complains, "complaint"),
        (says_stop, "opted_out"),
        (is_booked, "booked"),
        (was_billed_elsewhere_in_the_group, "done_here"),
    ],
)
def test_it_stops_and_says_why(cast: Cast, pads: FollowUp, happens: Callable[[FollowUp], None], reason: str) -> None:
    assert settled(pads) == ""
    happens(pads)
    assert settled(pads) == reason
    step = pads.steps.get(kind="stopped")
    assert (step.reason, step.by, pads.stopped_at) == (reason, None, LATER)
    assert not followups.to_settle(LATER).exists()  # once


def test_what_happens_to_somebody_else_stops_nothing(cast: Cast, pads: FollowUp) -> None:
    other = make_customer("Nora", "Hale", phone="+14155550999")
    allow(other, channel="any", granted=False, at=LATER)
    allow(pads.customer, purpose="sales_use", channel="any", granted=False, at=LATER)
    assert settled(pads) == ""


def test_a_no_to_texts_beside_a_yes_to_calls_is_no_end(cast: Cast, pads: FollowUp) -> None:
    allow(pads.customer, channel="call", at=LATER)
    allow(pads.customer, channel="text", granted=False, at=LATER)
    assert settled(pads) == ""
    allow(pads.customer, channel="call", granted=False, at=LATER + timedelta(hours=1))
    assert settled(pads, LATER + timedelta(hours=1)) == "opted_out"


def test_a_booking_pauses_at_once_and_a_canceled_one_brings_it_back(
    cast: Cast, pads: FollowUp, run_tasks: Callable[[], list[str]]
) -> None:
    is_booked(pads)
    assert "recommendations.tasks.follow_booking" in run_tasks()
    pads.refresh_from_db()
    assert pads.stop_reason == "booked"
    from service_lane.models import Appointment

    appointments.cancel(appointment=Appointment.objects.get(), by=cast.ada, at=LATER)
    tasks.sweep_follow_ups()
    pads.refresh_from_db()
    assert (pads.stop_reason, pads.next_date) == ("", LATER.date() + timedelta(days=7))
    assert [step.kind for step in pads.steps.all()] == ["stopped", "resumed"]


def test_a_visit_that_says_nothing_of_it_brings_it_back(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    assert settled(pads) == "here"
    close(cast, order, LATER)
    assert settled(pads) == ""


def test_a_later_yes_is_recovered_work_and_is_linked(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    assert settled(pads) == "here"
    (line,) = found_again(cast, order)
    answer(shown(cast, order, [line]), "approved", at=AT)
    assert settled(pads) == "agreed"
    assert (pads.recovered_by, pads.recovered_at) == (line, Decision.objects.get(advisory=line).at)
    fate = plain(logged_in(cast.tess).get("/findings/mine/"))
    assert "Shown, and they said no. Recovered on 23 Nov 2026: they said yes, RO" in fate
    Advisory.objects.filter(pk=line.pk).update(answer="declined")
    assert "Recovered" not in plain(logged_in(cast.tess).get("/findings/mine/"))


def test_a_later_no_takes_its_place_when_that_visit_closes(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    (line,) = found_again(cast, order)
    answer(shown(cast, order, [line]), "declined", at=AT)
    assert settled(pads) == "here"  # until the visit is over, it may still become a yes
    close(cast, order, LATER)
    (newer,) = followups.start(repair_order=order, at=LATER)
    assert settled(pads) == "superseded"
    assert settled(newer) == ""


def test_good_at_a_later_inspection_was_done_elsewhere(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    assert found_again(cast, order, readings={"LF": "9", "RF": "9"}, condition="green", computed="green") == []
    close(cast, order, LATER)
    assert settled(pads) == "elsewhere"


def test_two_checks_with_one_operation_are_two_things(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    (rear,) = found_again(cast, order, key="rear-pads", name="Rear pads")
    answer(shown(cast, order, [rear]), "approved", at=AT)
    close(cast, order, LATER)
    assert settled(pads) == ""


def test_one_that_ended_goes_on_by_hand_unless_the_fact_stands(cast: Cast, pads: FollowUp) -> None:
    complains(pads)
    assert settled(pads) == "complaint"
    with pytest.raises(followups.CannotStep, match="It cannot go on: a complaint is open"):
        followups.go_on(follow_up=pads, by=cast.ada, at=LATER)
    Complaint.objects.all().delete()
    followups.go_on(follow_up=pads, by=cast.ada, at=LATER)
    assert (settled(pads), pads.next_date) == ("", timezone.localtime(LATER, cast.north.zone).date())
    with pytest.raises(followups.CannotStep, match="It goes on already"):
        followups.go_on(follow_up=pads, by=cast.ada, at=LATER)


def test_work_that_is_done_on_the_later_visit_stays_recovered(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    (line,) = found_again(cast, order)
    answer(shown(cast, order, [line]), "approved", at=AT)
    working.start(advisory=Advisory.objects.get(pk=line.pk), by=cast.tess, at=AT)
    assert settled(pads) == "agreed"
