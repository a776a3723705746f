"""Referrals: who sent whom, and how they were thanked."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, Referral
from dealership import audit
from dealership.models import Rooftop, Staff
from dealership.undo import UNDO_FOR


class Circle(Exception):
    """Whoever is said to have sent them was sent by them, directly or through others."""


class SentAlready(Exception):
    """Somebody is down as having sent them for that: `referral`."""

    def __init__(self, referral: Referral) -> None:
        super().__init__(referral)
        self.referral = referral


class AlreadyThanked(Exception):
    """Somebody thanked them meanwhile."""


class TooLate(Exception):
    """It cannot be taken back any more."""


@transaction.atomic(durable=True)
def record_referral(
    *, sender: Customer, sent: Customer, what: str, words: str, rooftop: Rooftop, by: Staff, at: datetime
) -> Referral:
    """`sender` sent `sent` to us, for service or for sales.  Raises Circle, SentAlready."""
    Referral.objects.all().one_at_a_time()
    if sender.pk == sent.pk or Referral.objects.all().leads_to(sent.pk, sender.pk):
        raise Circle(sender, sent)
    if known := Referral.objects.filter(sent=sent, what=what).select_related("sender").first():
        raise SentAlready(known)
    referral = Referral.objects.create(sender=sender, sent=sent, what=what, words=words, rooftop=rooftop, by=by, at=at)
    audit.record("referral.recorded", about=referral, by=by, at=at, sender=sender.pk, sent=sent.pk, what=what)
    return referral


@transaction.atomic(durable=True)
def remove_referral(*, referral: Referral, by: Staff, at: datetime) -> None:
    """It was not so.  The trail keeps that it was written down, and by whom it was taken off."""
    audit.record(
        "referral.removed",
        about=referral,
        by=by,
        at=at,
        sender=referral.sender_id,
        sent=referral.sent_id,
        what=referral.what,
        thanked_how=referral.thanked_how,
    )
    Referral.objects.filter(pk=referral.pk).delete()


@transaction.atomic(durable=True)
def thank(*, referral: Referral, how: str, by: Staff, at: datetime) -> None:
    """The sender was thanked, and how.  Raises AlreadyThanked."""
    if not Referral.objects.filter(pk=referral.pk).thank(how=how, by=by, at=at):
        raise AlreadyThanked(referral)
    audit.record("referral.thanked", about=referral, by=by, at=at, sender=referral.sender_id, how=how)


@transaction.atomic(durable=True)
def undo_thank(*, referral: Referral, by: Staff, at: datetime) -> None:
    """They were not thanked after all; within ten seconds.  Raises TooLate."""
    if not Referral.objects.filter(pk=referral.pk, thanked_by=by).undo_thank(since=at - UNDO_FOR):
        raise TooLate("The ten seconds are over. The thanks stay in the record.")
    audit.record("referral.thanks_undone", about=referral, by=by, at=at)
