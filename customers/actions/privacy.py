"""What somebody asked about their own data: written down, answered in time, or refused with the reason."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, PrivacyRequest
from customers.rules import deadline
from dealership import audit
from dealership.models import OFFICE, Rooftop, Staff


class AskedAlready(Exception):
    """The same is asked and still open."""


class NotOpen(Exception):
    """Somebody settled it before."""


class NotIdentified(Exception):
    """Nobody wrote down how we know who asks."""


class NotTheirJob(Exception):
    """Only those who run service or the group there answer for data."""


@transaction.atomic(durable=True)
def record_privacy_request(
    *,
    customer: Customer,
    rooftop: Rooftop,
    kind: str,
    asked_how: str,
    asked_at: datetime,
    words: str = "",
    verified_how: str = "",
    owner: Staff | None = None,
    by: Staff,
    at: datetime,
) -> PrivacyRequest:
    """Write down what they asked; whoever wrote it down owns it unless `owner` is named.  Raises AskedAlready."""
    same = PrivacyRequest.objects.open().filter(customer=customer, kind=kind)
    Customer.objects.select_for_update().get(pk=customer.pk)
    if same.exists():
        raise AskedAlready(same.first())
    request = PrivacyRequest.objects.create(
        customer=customer,
        rooftop=rooftop,
        kind=kind,
        words=words,
        asked_how=asked_how,
        asked_at=asked_at,
        verified_how=verified_how,
        due_date=deadline(rooftop.jurisdiction).from_day(asked_at.astimezone(rooftop.zone).date()),
        owner=owner or by,
    )
    audit.record("privacy.asked", about=request, by=by, at=at, kind=kind, customer=customer.pk)
    return request


@transaction.atomic(durable=True)
def identify_privacy_request(*, request: PrivacyRequest, how: str, by: Staff, at: datetime) -> None:
    """How we know that it is them (11 CCR 7060).  Raises NotOpen."""
    if not PrivacyRequest.objects.filter(pk=request.pk).identify(how=how):
        raise NotOpen(request)
    audit.record("privacy.identified", about=request, by=by, at=at)


@transaction.atomic(durable=True)
def give_privacy_request(*, request: PrivacyRequest, owner: Staff, by: Staff, at: datetime) -> None:
    """Another owner.  Raises NotOpen, NotTheirJob."""
    if not owner.is_active or not owner.holds(OFFICE, request.rooftop_id):
        raise NotTheirJob(owner)
    if not PrivacyRequest.objects.filter(pk=request.pk).give(owner=owner):
        raise NotOpen(request)
    audit.record(
        "privacy.given", about=request, by=by, at=at, owner=owner.name, was=request.owner.name if request.owner else ""
    )


@transaction.atomic(durable=True)
def finish_privacy_request(*, request: PrivacyRequest, note: str, by: Staff, at: datetime) -> None:
    """It was answered: they have the file, or it is corrected.  Raises NotIdentified, NotOpen."""
    settle(request, note=note, by=by, at=at)
    audit.record("privacy.done", about=request, by=by, at=at, kind=request.kind)


def settle(request: PrivacyRequest, *, note: str, by: Staff, at: datetime) -> None:
    """Open → done, inside the caller's transaction.  Raises NotIdentified, NotOpen."""
    this = PrivacyRequest.objects.filter(pk=request.pk)
    if not this.finish(note=note, by=by, at=at):
        raise NotIdentified(request) if this.open().exists() else NotOpen(request)


@transaction.atomic(durable=True)
def refuse_privacy_request(*, request: PrivacyRequest, why: str, by: Staff, at: datetime) -> None:
    """It is not done, and this is what they are told.  Raises NotOpen."""
    if not PrivacyRequest.objects.filter(pk=request.pk).refuse(why=why, by=by, at=at):
        raise NotOpen(request)
    audit.record("privacy.refused", about=request, by=by, at=at, kind=request.kind)
