"""Follow-throughs: a question goes to whoever can answer it, and whoever took it sees that the customer hears."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, FollowThrough
from dealership import audit
from dealership.models import Rooftop, Staff
from dealership.undo import UNDO_FOR


class NotHere(Exception):
    """Whoever should answer does not work at this rooftop."""


class AlreadyDone(Exception):
    """Somebody answered or told the customer meanwhile."""


class NotTheirs(Exception):
    """It is neither theirs to answer nor did they take it."""


class TooLate(Exception):
    """It cannot be taken back any more."""


@transaction.atomic(durable=True)
def take(
    *,
    customer: Customer,
    rooftop: Rooftop,
    words: str,
    owner: Staff,
    due_at: datetime,
    by: Staff,
    at: datetime,
    visit: str = "",
) -> FollowThrough:
    """`by` took a question that is `owner`'s to answer, and follows it to its end.  Raises NotHere."""
    _works_here(owner, rooftop.pk)
    question = FollowThrough.objects.create(
        customer=customer,
        rooftop=rooftop,
        words=words,
        visit=visit,
        taken_by=by,
        owner=owner,
        due_at=due_at,
        opened_at=at,
    )
    audit.record(
        "question.taken",
        about=question,
        by=by,
        at=at,
        customer=customer.pk,
        owner=owner.name,
        due_at=due_at.isoformat(),
    )
    return question


def _works_here(staff: Staff, rooftop_id: int) -> None:
    if not (staff.is_active and rooftop_id in staff.rooftop_ids()):
        raise NotHere(staff)


@transaction.atomic(durable=True)
def give(*, question: FollowThrough, owner: Staff, by: Staff, at: datetime) -> None:
    """It is another's to answer.  Raises NotHere, NotTheirs, AlreadyDone."""
    _works_here(owner, question.rooftop_id)
    _theirs(question, by)
    if not FollowThrough.objects.filter(pk=question.pk).give(owner=owner):
        raise AlreadyDone(question)
    audit.record("question.given", about=question, by=by, at=at, owner=owner.name, was=question.owner.name)


def _theirs(question: FollowThrough, by: Staff) -> None:
    if by.pk not in (question.owner_id, question.taken_by_id):
        raise NotTheirs(question)


@transaction.atomic(durable=True)
def answer(*, question: FollowThrough, words: str, by: Staff, at: datetime) -> None:
    """What the customer is to hear, by its owner or whoever took it.  Raises NotTheirs, AlreadyDone."""
    _theirs(question, by)
    if not FollowThrough.objects.filter(pk=question.pk).finish(answer=words, by=by, at=at):
        raise AlreadyDone(question)
    audit.record("question.answered", about=question, by=by, at=at, customer=question.customer_id)


@transaction.atomic(durable=True)
def tell(*, question: FollowThrough, how: str, by: Staff, at: datetime) -> None:
    """The customer has the answer: that is the end of it.  Raises NotTheirs, AlreadyDone (also when not answered)."""
    _theirs(question, by)
    if not FollowThrough.objects.filter(pk=question.pk).tell(how=how, by=by, at=at):
        raise AlreadyDone(question)
    audit.record("question.told", about=question, by=by, at=at, customer=question.customer_id, how=how)


@transaction.atomic(durable=True)
def undo(*, question: FollowThrough, by: Staff, at: datetime) -> None:
    """The last step is taken back by whoever made it, within ten seconds.  Raises TooLate."""
    this, since = FollowThrough.objects.filter(pk=question.pk), at - UNDO_FOR
    if this.filter(told_by=by).undo_tell(since=since):
        audit.record("question.telling_undone", about=question, by=by, at=at)
    elif this.filter(done_by=by).undo_finish(since=since):
        audit.record("question.answer_undone", about=question, by=by, at=at)
    else:
        raise TooLate("The ten seconds are over. It stays as it is.")
