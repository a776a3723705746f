"""Check-ins: planned by what happened, asked by a person, stopped by a reply or a complaint."""

from datetime import datetime

from django.db import transaction

from customers.actions.complaints import begin
from customers.models import CheckIn, Complaint, Consent, Customer, Feedback
from customers.models.check_ins import WAYS
from customers.rules.check_ins import LAPSES_AFTER, TRIES, TRY_AGAIN_AFTER, VISIT, due_at
from dealership import audit
from dealership.models import Rooftop, Staff
from dealership.undo import UNDO_FOR

SAID_STOP = "Please do not ask me how it went."
SAID_STOP_VERSION = "check-in"


class NotWaiting(Exception):
    """Somebody asked already, or there is a reason not to ask any more."""


class MayNotAsk(Exception):
    """The customer has not said that we may ask them, or has said that we may not."""


class WordsMissing(Exception):
    """Something is not right, and nobody wrote down what."""


class TooLate(Exception):
    """It cannot be taken back any more.  The message says why."""


@transaction.atomic(durable=True)
def plan_after_visit(
    *,
    customer: Customer,
    rooftop: Rooftop,
    visit: str,
    car: str,
    owner: Staff | None,
    closed_at: datetime,
    at: datetime,
) -> CheckIn | None:
    """Three days after the visit under RO number `visit`, `owner` asks how it is.  None when that was planned before.

    With a complaint open it is stopped from the start: its owner talks to them.
    """
    is_open = Complaint.objects.open().filter(customer=customer).exists()
    planned, made = CheckIn.objects.get_or_create(
        rooftop=rooftop,
        visit=visit,
        defaults={
            "customer": customer,
            "kind": VISIT,
            "car": car,
            "owner": owner,
            "due_at": due_at(VISIT, closed_at.astimezone(rooftop.zone).date(), rooftop.zone),
            "created_at": at,
            "stopped_why": CheckIn.Why.COMPLAINT if is_open else "",
            "stopped_at": at if is_open else None,
        },
    )
    if not made:
        return None
    audit.record("check_in.planned", about=planned, by=None, at=at, visit=visit, due_at=planned.due_at.isoformat())
    return planned


@transaction.atomic(durable=True)
def record_outcome(
    *, check_in: CheckIn, outcome: str, words: str = "", complaint_due_at: datetime, by: Staff, at: datetime
) -> CheckIn:
    """What they said when they were asked.  Their words are kept as feedback; what is not right becomes a complaint.

    A complaint goes to whoever runs the side and is due at `complaint_due_at`.  Who asks us to stop is not asked again.
    Raises MayNotAsk, NotWaiting, WordsMissing, complaints.NobodyOnThatSide.
    """
    _may_ask(check_in.customer)
    if outcome == CheckIn.Outcome.NOT_WELL and not words:
        raise WordsMissing
    this = CheckIn.objects.filter(pk=check_in.pk)
    if not this.finish(outcome=outcome, by=by, at=at):
        raise NotWaiting(check_in)
    if outcome == CheckIn.Outcome.NOT_WELL:
        complaint = begin(
            customer=check_in.customer,
            rooftop=check_in.rooftop,
            words=words,
            side=check_in.side,
            owner=None,
            due_at=complaint_due_at,
            by=by,
            at=at,
            visit=check_in.visit,
        )
        this.update(complaint=complaint)
    elif words:
        this.update(feedback=_keep_words(check_in, words, by, at))
    if outcome == CheckIn.Outcome.STOP:
        Consent.objects.create(
            customer=check_in.customer,
            purpose=Consent.Purpose.SATISFACTION,
            channel=Consent.Channel.ANY,
            granted=False,
            words=words or SAID_STOP,
            text_version=SAID_STOP_VERSION,
            source=f"When they were asked ({check_in})",
            by=by,
            at=at,
        )
        CheckIn.objects.filter(customer=check_in.customer).stop(why=CheckIn.Why.STOP, at=at)
    check_in.refresh_from_db()
    audit.record(
        "check_in.done",
        about=check_in,
        by=by,
        at=at,
        customer=check_in.customer_id,
        outcome=outcome,
        complaint=check_in.complaint_id,
        feedback=check_in.feedback_id,
    )
    return check_in


def _may_ask(customer: Customer) -> None:
    if not any(Consent.objects.allows(customer, Consent.Purpose.SATISFACTION, way) for way in WAYS):
        raise MayNotAsk(customer)


def _keep_words(check_in: CheckIn, words: str, by: Staff, at: datetime) -> Feedback:
    return Feedback.objects.create(
        customer=check_in.customer,
        rooftop=check_in.rooftop,
        kind=Feedback.Kind.SURVEY,
        words=words,
        side=check_in.side,
        visit=check_in.visit,
        place=check_in.get_kind_display(),
        said_at=at,
        recorded_at=at,
        by=by,
    )


@transaction.atomic(durable=True)
def not_reached(*, check_in: CheckIn, by: Staff, at: datetime) -> CheckIn:
    """Nobody answered: due again in two days, and over after the third time.  Raises MayNotAsk, NotWaiting."""
    _may_ask(check_in.customer)
    this = CheckIn.objects.filter(pk=check_in.pk)
    tries = this.waiting().values_list("tries", flat=True).first()
    if tries is None:
        raise NotWaiting(check_in)
    is_over = tries + 1 >= TRIES
    moved = (
        this.finish(outcome=CheckIn.Outcome.NEVER_REACHED, by=by, at=at)
        if is_over
        else this.filter(tries=tries).put_off(until=at + TRY_AGAIN_AFTER)
    )
    if not moved:
        raise NotWaiting(check_in)
    check_in.refresh_from_db()
    audit.record("check_in.not_reached", about=check_in, by=by, at=at, tries=tries + 1, is_over=is_over)
    return check_in


@transaction.atomic(durable=True)
def undo_outcome(*, check_in: CheckIn, by: Staff, at: datetime) -> None:
    """They were not asked after all; within ten seconds.  What was written down with it goes too.

    Raises TooLate after that, for a complaint, which has an owner by then, and for a stop, which is a recorded no.
    """
    done = CheckIn.objects.filter(pk=check_in.pk, done_by=by).exclude(outcome=CheckIn.Outcome.STOP)
    feedback = done.values_list("feedback", flat=True).first()
    if not done.reopen(since=at - UNDO_FOR):
        raise TooLate("That stays: the ten seconds are over, or somebody acts on it already.")
    if feedback:
        Feedback.objects.filter(pk=feedback).take_back(since=at - UNDO_FOR, at=at)
    audit.record("check_in.undone", about=check_in, by=by, at=at)


@transaction.atomic(durable=True)
def lapse(*, check_in: CheckIn, at: datetime) -> bool:
    """A month late and still not asked: it is over.  False when somebody asked meanwhile."""
    late = CheckIn.objects.filter(pk=check_in.pk, due_at__lte=at - LAPSES_AFTER)
    if not late.stop(why=CheckIn.Why.LAPSED, at=at):
        return False
    audit.record("check_in.lapsed", about=check_in, by=None, at=at)
    return True
