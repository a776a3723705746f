"""Answering a customer's question about a line.  It changes no answer: the line stays theirs to say yes or no to."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from dealership import audit
from dealership.models import OutboxMessage, Staff
from recommendations.actions import record
from recommendations.actions.deciding import show_next_step
from recommendations.actions.links import refusal_to_be_messaged
from recommendations.actions.presenting import lock
from recommendations.languages import language_of
from recommendations.models import Advisory, CustomerLink, Decision, Language, QuestionReply, RecordEntry
from recommendations.signals import estimate_changed

LONGEST = 600
PURPOSE = "question_reply"


class CannotReply(ValueError):
    """Nothing was recorded.  Its message says why."""


@transaction.atomic(durable=True)
def reply(*, question: Decision, text: str, by: Staff, at: datetime, language: str = Language.ENGLISH) -> QuestionReply:
    """Record what we say to this question and return it; the customer reads it on their page, and is told it is there.

    A message goes to the contact their working link went to, unless they asked for none.  Raises CannotReply for
    something that is no question or says nothing, presenting.CannotPresent when the order is closed.
    """
    order = question.advisory.repair_order
    lock(order)
    text = text.strip()[:LONGEST]
    if question.answer != Advisory.Answer.NEEDS_INFO:
        raise CannotReply("This is not a question.")
    if not text:
        raise CannotReply("Write an answer. It is shown on their page as you write it.")
    written = QuestionReply.objects.create(question=question, text=text, language=language, by=by, at=at)
    link = CustomerLink.objects.filter(repair_order=order).usable(at).first()
    if link and order.contact_channel in OutboxMessage.Kind and not refusal_to_be_messaged(order):
        _tell(link, written, at)
    show_next_step(order, at=at)
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.REPLIED,
        repair_order=order,
        row_id=written.pk,
        payload=record.reply_payload(written),
        at=at,
    )
    audit.record("question.answered", about=question.advisory, by=by, at=at, question=question.pk, reply=written.pk)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return written


def _tell(link: CustomerLink, written: QuestionReply, at: datetime) -> None:
    """A message that the answer is there.  Their link's address is known to nobody but them, so it is not in it."""
    order = link.repair_order
    with translation.override(language_of(order)):
        store, who = order.rooftop.name, written.by.get_short_name()
        told = _("{store}: {who} answered your question. Open the link we sent you to read it.")
        body = told.format(store=store, who=who)
        subject = _("{who} answered your question").format(who=who)
    OutboxMessage.objects.create(
        rooftop=order.rooftop,
        kind=order.contact_channel,
        purpose=PURPOSE,
        key=f"{PURPOSE}:{written.pk}",
        to=link.contact,
        subject="" if order.contact_channel == OutboxMessage.Kind.TEXT else subject,
        body=body,
        about_type=written._meta.label_lower,
        about_id=written.pk,
        created_at=at,
        not_before=at,
    )
