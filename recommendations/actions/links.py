"""The customer's own page: making its secret address, sending it, taking it back, and who may look."""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word

from customers.consents import refusal_about_a_car_here
from customers.rules import Refusal
from dealership import audit
from dealership.models import OutboxMessage, Staff
from dealership.undo import UNDO_FOR
from recommendations.actions.presenting import CannotPresent, enter, put_before
from recommendations.languages import language_of
from recommendations.models import Advisory, CustomerLink, Presentation
from recommendations.signals import lines_presented
from service_lane.models import RepairOrder

TOKEN_BYTES = 16
"""128 bits: 10,000 guesses a second for a century find nothing."""
GOOD_FOR = timedelta(days=30)
MOST_WRONG_DIGITS = 5
PURPOSE = "findings_link"


class CannotSend(CannotPresent):
    """Nothing was sent or shown.  Its message says why, and what to do instead."""


class TooLate(ValueError):
    """The message has left, so it cannot be undone."""


@dataclass(frozen=True)
class Sent:
    """What was sent.  `token` is known only here and in the message; the database keeps its hash."""

    link: CustomerLink
    token: str
    presentation: Presentation
    message: OutboxMessage


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def refusal_to_be_messaged(order: RepairOrder) -> Refusal | None:
    """The customer's own no to messages about a car that is here, when that is their latest word."""
    return refusal_about_a_car_here(
        order.customer, order.contact_channel, rooftop=order.rooftop, to=order.contact_value
    )


@transaction.atomic(durable=True)
def send(
    *,
    repair_order: RepairOrder,
    advisories: Collection[Advisory],
    address: Callable[[str], str],
    by: Staff,
    at: datetime,
    as_seen: Mapping[int, int] | None = None,
) -> Sent:
    """Show these lines on the customer's own page and send them its address; older links stop working.

    `address` turns a token into the page's full address.  The message waits ten seconds in the outbox, in the language
    the customer answered in last.  Raises CannotSend when the customer is to be called, or asked for no messages;
    Incomplete and Overtaken as `present` does.
    """
    order = repair_order
    if order.contact_channel not in (OutboxMessage.Kind.TEXT, OutboxMessage.Kind.EMAIL):
        raise CannotSend(f"{order.contact_name} asked to be called. Call, or show the lines at the counter.")
    if refusal := refusal_to_be_messaged(order):
        raise CannotSend(f"{refusal.why} Call, or show the lines at the counter.")
    presentation = put_before(
        repair_order=order,
        advisories=advisories,
        channel=Presentation.Channel.LINK,
        to_name=order.contact_name,
        to_contact=order.contact_value,
        by=by,
        at=at,
        as_seen=as_seen,
    )
    _revoke_all(order, at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = CustomerLink.objects.create(
        repair_order=order,
        token_hash=hash_of(token),
        contact=order.contact_value,
        language=language_of(order),
        by=by,
        created_at=at,
        expires_at=at + GOOD_FOR,
    )
    is_text = order.contact_channel == OutboxMessage.Kind.TEXT
    subject, body = words_of_message(link, address(token), is_text=is_text)
    message = OutboxMessage.objects.create(
        rooftop=order.rooftop,
        kind=order.contact_channel,
        purpose=PURPOSE,
        key=f"{PURPOSE}:{link.pk}",
        to=order.contact_value,
        subject=subject,
        body=body,
        about_type=link._meta.label_lower,
        about_id=link.pk,
        created_at=at,
        not_before=at + UNDO_FOR,
    )
    lines = enter(presentation, at=at)
    audit.record(
        "lines.sent",
        about=presentation,
        by=by,
        at=at,
        to=order.contact_name,
        link=link.pk,
        lines=[line.advisory_id for line in lines],
        revised_total=str(presentation.revised_total),
    )
    lines_presented.send(sender=Presentation, presentation_id=presentation.pk)
    return Sent(link, token, presentation, message)


def words_of_message(link: CustomerLink, address: str, *, is_text: bool) -> tuple[str, str]:
    """The subject and the words of the message with this link, in its language; a text has no subject."""
    order = link.repair_order
    with translation.override(link.language):
        car = order.vehicle.short_title if order.vehicle else _("car")
        told = _("{store}: we looked at your {car}. Please look and answer here: {address}").format(
            store=order.rooftop.name, car=car, address=address
        )
        subject = "" if is_text else _("What we found on your {car}").format(car=car)
        ends = [_("Nothing is done without your yes."), *([_("Reply STOP for no more texts.")] if is_text else [])]
    return subject, " ".join([told, *ends])


@transaction.atomic(durable=True)
def undo_send(*, link: CustomerLink, by: Staff, at: datetime) -> None:
    """Take a message back before it leaves, and its link with it.  What was shown stays in the record.

    Raises TooLate once it has left.
    """
    if _waiting(link).update(status=OutboxMessage.Status.CANCELED, done_at=at) != 1:
        raise TooLate("The message has left already. You can revoke the link instead.")
    CustomerLink.objects.filter(pk=link.pk).revoke(at=at)
    audit.record("lines.send_undone", about=link.repair_order, by=by, at=at, link=link.pk)


def _waiting(link: CustomerLink) -> models.QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        key=f"{PURPOSE}:{link.pk}", status=OutboxMessage.Status.WAITING, leased_until=None
    )


@transaction.atomic(durable=True)
def revoke(*, repair_order: RepairOrder, by: Staff, at: datetime) -> int:
    """Every link of this order stops working.  Returns how many did."""
    revoked = _revoke_all(repair_order, at)
    audit.record("link.revoked", about=repair_order, by=by, at=at, links=revoked)
    return revoked


def _revoke_all(order: RepairOrder, at: datetime) -> int:
    """Inside the caller's transaction: no link of the order works, and a message that has not left stays here."""
    links = CustomerLink.objects.filter(repair_order=order)
    OutboxMessage.objects.filter(
        purpose=PURPOSE,
        about_id__in=links.values("pk"),
        status=OutboxMessage.Status.WAITING,
        leased_until=None,
    ).update(status=OutboxMessage.Status.CANCELED, done_at=at)
    return links.revoke(at=at)


@transaction.atomic(durable=True)
def mark_opened(*, link: CustomerLink, at: datetime) -> None:
    """Somebody with a browser, not a mail scanner, has the page open.  Recorded the first time only."""
    CustomerLink.objects.filter(pk=link.pk).update(last_seen_at=at)
    if CustomerLink.objects.filter(pk=link.pk).mark_opened(at=at):
        order = link.repair_order
        audit.record("link.opened", about=order, by=None, by_name=order.contact_name, at=at, link=link.pk)


def last_four(link: CustomerLink) -> str:
    """The digits the page asks for before it takes an answer; "" when the customer left no phone."""
    phones = link.repair_order.customer.contact_points.filter(kind="phone").exclude(digits="")
    digits = next((phone.digits for phone in phones if phone.value == link.contact), phones[0].digits if phones else "")
    return digits[-4:]


@transaction.atomic(durable=True)
def check_digits(*, link: CustomerLink, typed: str, at: datetime) -> str:
    """ "" when these are the last four digits of their phone, else a sentence for them.

    A wrong try is counted on the link, wherever it comes from; after five, even the right digits are refused here.
    """
    held = CustomerLink.objects.select_for_update().get(pk=link.pk)
    if held.wrong_digits >= MOST_WRONG_DIGITS:
        return _(CLOSED_HERE)
    expected = last_four(held)
    if not expected or secrets.compare_digest(typed.strip().encode(), expected.encode()):
        return ""
    held.wrong_digits += 1
    held.save(update_fields=["wrong_digits"])
    is_closed = held.wrong_digits >= MOST_WRONG_DIGITS
    if is_closed:
        RepairOrder.objects.filter(pk=held.repair_order_id).show_step(
            stage=RepairOrder.Stage.NEEDS_ANSWER, step="Wrong digits on the link, call them", at=at
        )
    audit.record(
        "link.wrong_digits", about=held.repair_order, by=None, by_name="Somebody with the link", at=at, link=held.pk
    )
    return _(CLOSED_HERE) if is_closed else _(NOT_THESE)


NOT_THESE = word("Those are not the last four digits we have. Please check them.")
CLOSED_HERE = word("The digits were wrong five times, so this page takes no answers now. Please call us.")
