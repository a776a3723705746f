"""What an advisor does about a follow-up: a call and what came of it, snoozing it, going on, taking it back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime

from dealership import audit
from dealership.models import OutboxMessage, Staff
from dealership.undo import UNDO_FOR
from recommendations import prices
from recommendations.models import FollowUp, FollowUpPolicy, FollowUpStep

LONGEST_NOTE = 600
LATEST = timedelta(days=730)
LAST_SEEN = 0
"""`seen` of somebody who was shown no page: whatever was done last, this comes after it."""


class CannotStep(ValueError):
    """Nothing was written down.  Its message says why."""


class Overtaken(CannotStep):
    """Somebody did something about it after the page was read."""


class TooLate(ValueError):
    """It stays as it is.  The message says why, and what to do instead."""


def step(
    follow_up: FollowUp,
    kind: str,
    *,
    by: Staff | None,
    at: datetime,
    seen: int | None = LAST_SEEN,
    note: str = "",
    reason: str = "",
    contact: str = "",
    takes_back: FollowUpStep | None = None,
    changes: Mapping[str, Any],
) -> FollowUpStep:
    """Inside the caller's transaction: write this step and what it changes.  Raises Overtaken when `seen` is old."""
    held = FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up.pk)
    written = FollowUpStep.objects.create(
        follow_up=held,
        kind=kind,
        note=note.strip()[:LONGEST_NOTE],
        reason=reason,
        contact=contact,
        before=state(held),
        takes_back=takes_back,
        by=by,
        at=at,
    )
    last = held.last_step_id if seen == LAST_SEEN else seen
    if not FollowUp.objects.filter(pk=held.pk).take_step(seen=last, step=written.pk, **changes):
        raise Overtaken("Somebody wrote something down about this while you had it open. Look at it again.")
    follow_up.refresh_from_db()
    return written


def state(follow_up: FollowUp) -> dict[str, Any]:
    """How it stands, as plain values to go back to."""
    return {
        "next_date": follow_up.next_date.isoformat(),
        "waiting_since": follow_up.waiting_since.isoformat() if follow_up.waiting_since else None,
        "message": follow_up.message_id,
        "stopped_at": follow_up.stopped_at.isoformat() if follow_up.stopped_at else None,
        "stop_reason": follow_up.stop_reason,
        "quote_asked_at": follow_up.quote_asked_at.isoformat() if follow_up.quote_asked_at else None,
    }


def stood(before: dict[str, Any]) -> dict[str, Any]:
    """The columns of a state that was kept."""
    return {
        "next_date": parse_date(before["next_date"]),
        "message_id": before["message"],
        "stop_reason": before["stop_reason"],
        **{
            name: parse_datetime(before[name]) if before[name] else None
            for name in ("waiting_since", "stopped_at", "quote_asked_at")
        },
    }


@transaction.atomic(durable=True)
def call(
    *,
    follow_up: FollowUp,
    outcome: str,
    note: str = "",
    contact: str = "",
    next_date: date | None = None,
    seen: int | None = LAST_SEEN,
    by: Staff,
    at: datetime,
) -> FollowUpStep:
    """Write down what came of a call, and return it; "never", "done elsewhere" and a reply end the follow-up.

    `next_date` is the day they named, if any; else the rooftop's policy says when to come back.  A message that has
    not left stays here.  Raises CannotStep when it has ended or the day has passed, Overtaken when somebody was
    quicker.
    """
    if outcome not in FollowUpStep.CONTACTS or outcome == FollowUpStep.Kind.MESSAGED:
        raise CannotStep("Choose what came of the call.")
    _refuse_ended(follow_up)
    today = prices.local_date(follow_up.rooftop, at)
    if next_date is not None:
        _refuse_day(next_date, today)
    policy = FollowUpPolicy.objects.of(follow_up.rooftop)
    kind, changes = FollowUpStep.Kind, keep_its_message(follow_up, at)
    ends: dict[str, str] = {kind.NEVER: "never", kind.ELSEWHERE: "elsewhere", kind.REPLIED: "replied"}
    days: dict[str, int] = {
        kind.BOOKS: 1,  # until the appointment is there
        kind.NOT_NOW: policy.not_now_days,
        kind.WRONG_NUMBER: 0,
        kind.NO_ANSWER: policy.retry_days,
        kind.LEFT_MESSAGE: policy.reply_days,
    }
    if outcome in ends:
        changes |= {"stopped_at": at, "stop_reason": ends[outcome], "waiting_since": None}
    else:
        changes |= {
            "next_date": next_date or today + timedelta(days=days[outcome]),
            "waiting_since": at if outcome == kind.LEFT_MESSAGE else None,
        }
    written = step(follow_up, outcome, by=by, at=at, seen=seen, note=note, contact=contact, changes=changes)
    audit.record("follow_up.called", about=follow_up, by=by, at=at, outcome=outcome, step=written.pk)
    return written


@transaction.atomic(durable=True)
def snooze(
    *, follow_up: FollowUp, until: date, note: str = "", seen: int | None = LAST_SEEN, by: Staff, at: datetime
) -> FollowUpStep:
    """Leave it alone until that day, and return the step.  Raises CannotStep for a day past or too far ahead."""
    _refuse_ended(follow_up)
    _refuse_day(until, prices.local_date(follow_up.rooftop, at))
    changes = keep_its_message(follow_up, at) | {"next_date": until, "waiting_since": None}
    written = step(follow_up, FollowUpStep.Kind.SNOOZED, by=by, at=at, seen=seen, note=note, changes=changes)
    audit.record("follow_up.snoozed", about=follow_up, by=by, at=at, until=until.isoformat(), step=written.pk)
    return written


@transaction.atomic(durable=True)
def go_on(*, follow_up: FollowUp, seen: int | None = LAST_SEEN, by: Staff, at: datetime) -> FollowUpStep:
    """Ended → open again, due today.  Raises CannotStep while the fact that ended it still stands."""
    held = FollowUp.objects.with_over(at).get(pk=follow_up.pk)
    if held.stopped_at is None:
        raise CannotStep("It goes on already.")
    if held.over:
        reason = FollowUp.Stop(held.over).label
        raise CannotStep(f"It cannot go on: {reason[0].lower()}{reason[1:]}.")
    today = prices.local_date(follow_up.rooftop, at)
    changes = {"stopped_at": None, "stop_reason": "", "next_date": today}
    written = step(follow_up, FollowUpStep.Kind.RESUMED, by=by, at=at, seen=seen, changes=changes)
    audit.record("follow_up.resumed", about=follow_up, by=by, at=at, step=written.pk)
    return written


@transaction.atomic(durable=True)
def take_back(*, step_taken: FollowUpStep, by: Staff, at: datetime) -> list[FollowUp]:
    """Take this step back, with those of other lines that were the same press, and return their follow-ups.

    All of them or none; the step stays in the history.  Raises TooLate after ten seconds, once somebody did something
    after it, and once the message has left.
    """
    if step_taken.by_id is None or at - step_taken.at > UNDO_FOR:
        raise TooLate("The ten seconds are over. Write down what is so now.")
    together = FollowUpStep.objects.filter(
        by=step_taken.by_id, at=step_taken.at, kind=step_taken.kind, follow_up__vehicle=step_taken.follow_up.vehicle_id
    )
    back = []
    for one in together.select_related("follow_up").order_by("pk"):
        message = one.follow_up.message
        if one.kind == FollowUpStep.Kind.MESSAGED and message and not keep_back(message, at):
            raise TooLate("The message has left already. Call them if it should not have.")
        if one.follow_up.quote_id and one.kind == FollowUpStep.Kind.QUOTED:
            raise TooLate("The new line is on an estimate already. Take it off there.")
        try:
            kind = FollowUpStep.Kind.TAKEN_BACK
            step(one.follow_up, kind, by=by, at=at, seen=one.pk, takes_back=one, changes=stood(one.before))
        except Overtaken as overtaken:
            raise TooLate("Somebody wrote something down after it, so it stays.") from overtaken
        back.append(one.follow_up)
    audit.record("follow_up.taken_back", about=step_taken.follow_up, by=by, at=at, step=step_taken.pk)
    return back


def keep_back(message: OutboxMessage, at: datetime) -> bool:
    """Cancel a message that has not left.  False: it has, or it is leaving."""
    waiting = OutboxMessage.objects.filter(pk=message.pk, status=OutboxMessage.Status.WAITING, leased_until=None)
    canceled = waiting.update(status=OutboxMessage.Status.CANCELED, done_at=at) == 1
    return canceled or OutboxMessage.objects.filter(pk=message.pk, status=OutboxMessage.Status.CANCELED).exists()


def keep_its_message(follow_up: FollowUp, at: datetime) -> dict[str, Any]:
    """Something else was done about it: a reminder that waits to leave is kept back."""
    message = OutboxMessage.objects.filter(pk__in=FollowUp.objects.filter(pk=follow_up.pk).values("message")).first()
    return {"message": None} if message and keep_back(message, at) else {}


def _refuse_ended(follow_up: FollowUp) -> None:
    if reason := FollowUp.objects.values_list("stop_reason", flat=True).get(pk=follow_up.pk):
        raise CannotStep(f"It has ended: {FollowUp.Stop(reason).label}.")


def _refuse_day(on: date, today: date) -> None:
    if on <= today:
        raise CannotStep("Choose a day after today.")
    if on > today + LATEST:
        raise CannotStep("Choose a day within two years.")
