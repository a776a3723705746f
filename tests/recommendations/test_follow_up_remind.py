"""Reminders: with the right yes on that channel, in their language, quoting the record, checked again as they leave."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from customers.models import ContactPoint
from dealership import outbox
from dealership.models import InboundText, OutboxMessage
from recommendations import tasks
from recommendations.actions import followups
from recommendations.actions.followups.sending import words_of_message
from recommendations.models import FollowUp, FollowUpPolicy
from recommendations.rules import EASY_IN_SPANISH, HARDEST_GRADE, reading_ease_es, reading_grade
from service_lane.models import OpCode
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.test_follow_up_settle import complains, given_away, is_booked, says_stop, sold
from tests.recommendations.visits import allow, left_with

pytestmark = pytest.mark.django_db
DUE = AT + timedelta(days=120)
TODAY = date(2027, 3, 23)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A March noon at the counter, when all of it is due."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: DUE)


@pytest.fixture
def pads(cast: Cast) -> FollowUp:
    follow_up = left_with(cast, "declined", "approved")[0]
    allow(follow_up.customer)
    return follow_up


def remind(cast: Cast, follow_up: FollowUp, **more: Any) -> OutboxMessage:
    return followups.remind(follow_up=follow_up, by=cast.ada, at=DUE, **more)


def test_it_quotes_what_they_said_and_todays_price(cast: Cast, pads: FollowUp) -> None:
    OpCode.objects.filter(code="41BRKF").update(labor_hours=2)
    message = remind(cast, pads)
    assert message.body == (
        "Northgate Honda, about your 2018 Ridgeline. Replace the front brake pads: on Nov 23, 2026 you said no, "
        "at 2 mm, left front. Today it costs $488.09, tax included. To book, or if it is done, call (415) 555-0100. "
        "Reply STOP for no more texts."
    )
    assert (message.kind, message.to, message.purpose, message.subject) == ("text", "+14155550142", "follow_up", "")
    assert message.not_before == DUE + timedelta(seconds=10)
    pads.refresh_from_db()
    assert (pads.waiting_since, pads.message, pads.next_date) == (DUE, message, TODAY + timedelta(days=5))


def test_it_is_plain_in_both_languages(cast: Cast) -> None:
    both = left_with(cast, "declined", "deferred")
    _, english = words_of_message(both, "en", TODAY, is_text=True)
    assert reading_grade(english) <= HARDEST_GRADE
    subject, spanish = words_of_message(both, "es", TODAY, is_text=False)
    assert subject == "Un recordatorio sobre su 2018 Ridgeline"
    assert "el 23 de nov. de 2026 usted dijo que no" in spanish
    assert "lo dejó para después" in spanish
    with translation.override("es"):
        assert reading_ease_es(spanish) >= EASY_IN_SPANISH


def test_a_customer_who_reads_spanish_gets_spanish(cast: Cast, pads: FollowUp) -> None:
    type(pads.customer).objects.update(language="es")
    assert "usted dijo que no" in remind(cast, pads).body


@pytest.mark.parametrize(
    ("answer", "asked", "allowed"),
    [
        ("declined", "marketing", True),
        ("declined", "repair_messages", False),
        ("deferred", "repair_messages", True),  # a safety item, until a day of their own: they asked for it
        ("deferred", "marketing", False),
    ],
)
def test_the_purpose_decides_which_yes_is_needed(cast: Cast, answer: str, asked: str, allowed: bool) -> None:
    pads = left_with(cast, answer, "approved")[0]
    allow(pads.customer, asked)
    if allowed:
        assert remind(cast, pads).kind == "text"
    else:
        with pytest.raises(followups.CannotRemind, match="have not said yes to reminders this way"):
            remind(cast, pads)


def test_a_yes_on_another_channel_is_no_yes(cast: Cast, pads: FollowUp) -> None:
    allow(pads.customer, channel="text", granted=False, at=AT + timedelta(days=1))
    allow(pads.customer, channel="email")
    with pytest.raises(followups.CannotRemind):
        remind(cast, pads, channel="text")
    with pytest.raises(followups.CannotRemind, match="nowhere to send it"):
        remind(cast, pads, channel="email")
    ContactPoint.objects.create(customer=pads.customer, kind="email", value="theo@example.com")
    message = remind(cast, pads)
    assert (message.kind, message.to, message.subject) == (
        "email",
        "theo@example.com",
        "A reminder about your 2018 Ridgeline",
    )
    assert "STOP" not in message.body


def test_silence_goes_to_the_advisor_and_into_no_message(cast: Cast) -> None:
    silent = left_with(cast, "", "approved")[0]
    allow(silent.customer)
    allow(silent.customer, "repair_messages")
    with pytest.raises(followups.CannotRemind, match="They never answered"):
        remind(cast, silent)
    tasks.sweep_follow_ups()
    assert not OutboxMessage.objects.exists()


def test_what_is_due_goes_by_itself_once_and_one_message_says_all_of_a_car(cast: Cast) -> None:
    both = left_with(cast, "declined", "declined")
    allow(both[0].customer)
    for _ in range(3):
        tasks.sweep_follow_ups()
    message = OutboxMessage.objects.get()
    assert "Replace the front brake pads" in message.body
    assert "Replace the left shaft boot" in message.body
    assert set(FollowUp.objects.values_list("message", flat=True)) == {message.pk}
    assert both[0].steps.get().by is None


def test_nothing_goes_by_itself_without_a_yes_before_its_day_at_night_or_where_the_policy_says_no(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    pads = left_with(cast, "declined", "approved")[0]
    tasks.sweep_follow_ups()
    allow(pads.customer)
    FollowUp.objects.update(next_date=TODAY + timedelta(days=1))
    tasks.sweep_follow_ups()
    FollowUp.objects.update(next_date=TODAY)
    with monkeypatch.context() as night:
        night.setattr("django.utils.timezone.now", lambda: DUE + timedelta(hours=12))
        tasks.sweep_follow_ups()
    policy = FollowUpPolicy.objects.create(rooftop=cast.north, sends_messages=False)
    tasks.sweep_follow_ups()
    assert not OutboxMessage.objects.exists()
    policy.delete()
    tasks.sweep_follow_ups()
    assert OutboxMessage.objects.count() == 1


def test_one_that_cannot_go_is_left_to_the_advisor_with_the_reason(cast: Cast, pads: FollowUp) -> None:
    ContactPoint.objects.all().delete()
    for _ in range(2):
        tasks.sweep_follow_ups()
    step = pads.steps.get()
    assert (step.kind, step.note[:43]) == ("not_sent", "They have not said yes to reminders this wa")
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("happens", [sold, given_away, complains, says_stop, is_booked])
def test_what_happens_while_it_waits_keeps_it_back_though_no_task_ran(cast: Cast, pads: FollowUp, happens: Any) -> None:
    message = remind(cast, pads)
    happens(pads)
    outbox.send_some(at=DUE + timedelta(seconds=30))
    message.refresh_from_db()
    assert (message.status, message.leased_until) == ("canceled", None)
    assert message.provider_answer.endswith("so it was not sent.")
    tasks.sweep_follow_ups()
    pads.refresh_from_db()
    assert pads.stop_reason


def test_with_the_last_look_off_the_booked_customer_is_reminded(cast: Cast, pads: FollowUp, settings: Any) -> None:
    """The race is real: this is what the last look is for."""
    settings.OUTBOX_LAST_LOOKS = {}
    message = remind(cast, pads)
    is_booked(pads)
    outbox.send_some(at=DUE + timedelta(seconds=30))
    message.refresh_from_db()
    assert message.status == "sent"


def test_a_yes_taken_back_while_it_waits_keeps_it_back_and_the_advisor_is_told(cast: Cast, pads: FollowUp) -> None:
    allow(pads.customer, channel="call")
    message = remind(cast, pads)
    allow(pads.customer, channel="text", granted=False, at=DUE)
    outbox.send_some(at=DUE + timedelta(seconds=30))
    tasks.sweep_follow_ups()
    message.refresh_from_db()
    pads.refresh_from_db()
    assert message.status == "canceled"
    assert (pads.stop_reason, pads.waiting_since, pads.message, pads.next_date) == ("", None, None, TODAY)
    assert pads.steps.latest("pk").note == "They do not allow it any more, so it was not sent."


def test_nothing_in_the_way_and_it_is_sent(cast: Cast, pads: FollowUp) -> None:
    message = remind(cast, pads)
    outbox.send_some(at=DUE + timedelta(seconds=30))
    message.refresh_from_db()
    assert message.status == "sent"
    with pytest.raises(followups.CannotRemind, match="A reply is waited for already"):
        remind(cast, pads)


def test_it_goes_to_no_number_that_was_wrong_until_somebody_checked_it(cast: Cast, pads: FollowUp) -> None:
    followups.call(follow_up=pads, outcome="wrong_number", contact="+14155550142", by=cast.ada, at=DUE)
    with pytest.raises(followups.CannotRemind):
        remind(cast, pads)
    ContactPoint.objects.update(checked_at=DUE + timedelta(minutes=1))
    assert remind(cast, pads).to == "+14155550142"


def test_a_call_keeps_a_reminder_back_that_has_not_left(cast: Cast, pads: FollowUp) -> None:
    message = remind(cast, pads)
    followups.call(follow_up=pads, outcome="never", by=cast.ada, at=DUE + timedelta(seconds=5))
    message.refresh_from_db()
    pads.refresh_from_db()
    assert (message.status, pads.stop_reason, pads.message) == ("canceled", "never", None)


def test_a_reminder_is_taken_back_within_ten_seconds_for_every_line_it_said(cast: Cast) -> None:
    both = left_with(cast, "declined", "declined")
    allow(both[0].customer)
    message = remind(cast, both[0])
    back = followups.take_back(step_taken=both[0].steps.get(), by=cast.ada, at=DUE + timedelta(seconds=9))
    message.refresh_from_db()
    assert len(back) == 2
    assert message.status == "canceled"
    assert set(FollowUp.objects.values_list("waiting_since", "message")) == {(None, None)}


def test_the_same_words_go_to_one_car_only(cast: Cast, pads: FollowUp) -> None:
    nora = make_customer("Nora", "Hale", phone="+14155550999")
    order = make_order(cast, customer=nora, vehicle=make_vehicle(nora, plate="8NRA001"))
    OpCode.objects.all().delete()
    left_with(cast, "declined", "declined", order=order)
    assert remind(cast, pads).body.count("you said no") == 1


def test_a_text_from_them_ends_it(cast: Cast, pads: FollowUp) -> None:
    remind(cast, pads)
    InboundText.objects.create(
        provider_key="in-1",
        number="+14155550142",
        body="Monday at nine?",
        reading="question",
        is_known=True,
        received_at=DUE + timedelta(minutes=4),
    )
    tasks.sweep_follow_ups()
    pads.refresh_from_db()
    assert (pads.stop_reason, pads.waiting_since) == ("replied", None)


def test_a_number_that_said_stop_gets_none_whoever_gave_it_to_us(cast: Cast, pads: FollowUp) -> None:
    InboundText.objects.create(
        provider_key="in-1",
        number="+14155550142",
        body="STOP",
        reading="stop",
        scope="all",
        is_known=False,
        received_at=AT + timedelta(days=9),
    )
    with pytest.raises(followups.CannotRemind):
        remind(cast, pads)


def test_at_night_it_waits_for_the_morning_where_they_are(cast: Cast, pads: FollowUp) -> None:
    night = DUE + timedelta(hours=10)  # 22:38 in California by then
    message = followups.remind(follow_up=pads, by=cast.ada, at=night)
    assert message.not_before.astimezone(cast.north.zone).strftime("%H:%M") == "08:00"
