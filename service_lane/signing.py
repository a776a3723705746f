"""What a customer reads and signs, and the record of it.

The same sentences stand on the write-up before it is opened and on the repair order until somebody signs; the record
keeps exactly those that were read.  In counter view a phone is only its last digits, on the screen and in the words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dealership.templatetags.written import told_time
from service_lane.models import RepairOrder, Signature
from service_lane.rules.pricing import ZERO, dollars
from service_lane.rules.signature import Drawing
from service_lane.rules.typed import CHANNELS, Contact, as_read


@dataclass(frozen=True)
class Agreed:
    """One service with its price in dollars, all in; `about` is the concern whose cause it finds, "" for a service."""

    name: str
    total: Decimal
    about: str = ""


def sentences(
    services: Iterable[Agreed],
    *,
    customer: str,
    contact: Contact | None,
    designee: str,
    limit: Decimal | None,
    promised_at: datetime | None,
    zone: ZoneInfo,
    at: datetime,
    private: bool = False,
) -> str:
    """The words above the signature.  `at` decides which day needs no name; `private` leaves the number out."""
    services = list(services)
    said = [
        f"Find the cause of \N{LEFT DOUBLE QUOTATION MARK}{one.about.rstrip('.')}\N{RIGHT DOUBLE QUOTATION MARK}, "
        f"{dollars(one.total)} all in."
        if one.about
        else f"{one.name}, {dollars(one.total)} all in."
        for one in services
    ] or ["No work is agreed yet."]
    ask = "Ask me before anything else."
    if contact:
        whom = "me" if contact.name in ("", customer) else contact.name
        where = ending(contact.value) if private else as_read(contact.value)
        ask = f"Ask {whom} by {CHANNELS[contact.channel]} at {where} before anything else."
    said.append(ask)
    if designee and limit:
        said.append(f"{designee} may also say yes, up to {dollars(limit)}.")
    said.append(f"Authorized total {dollars(sum((one.total for one in services), ZERO))}.")
    if promised_at:
        promised = promised_at.astimezone(zone)
        is_today = promised.date() == at.astimezone(zone).date()
        day = "" if is_today else f" on {promised:%A}, {promised:%B} {promised.day}"
        said.append(f"Ready by {told_time(promised.time())}{day}.")
    return " ".join(said)


def ending(contact: str) -> str:
    """A phone or e-mail as it may stand on a screen others can read.

    >>> ending("+14155550142")
    'the phone ending 0142'
    """
    return "the e-mail on file" if "@" in contact else f"the phone ending {contact[-4:]}"


def words_of(order: RepairOrder, *, at: datetime, private: bool = False) -> str:
    """What somebody signs on an order that was opened without a signature: what was asked for, at the prices then."""
    asked = order.requested_services.select_related("concern")
    return sentences(
        [Agreed(one.name, one.total, one.concern.words if one.concern else "") for one in asked],
        customer=order.customer.name,
        contact=Contact(order.contact_name, order.contact_channel, order.contact_value),
        designee=order.designee_name,
        limit=order.designee_limit,
        promised_at=order.promised_at if order.promised_at and order.promised_at > at else None,
        zone=order.rooftop.zone,
        at=at,
        private=private,
    )


@dataclass(frozen=True)
class Authorization:
    """Who agreed to a repair order at write-up, how and when, and to which words (16 CCR 3353.1)."""

    name: str
    at: datetime
    words: str
    total: Decimal
    how: str
    contact: str
    drawing: Drawing | None


def authorization(order: RepairOrder) -> Authorization | None:
    """The record of the signature, for its page and its papers; None while nobody has signed.  One query."""
    if order.signed_at is None:
        return None
    drawn = Signature.objects.filter(repair_order=order).first()
    return Authorization(
        name=order.signed_name,
        at=order.signed_at,
        words=order.signed_text,
        total=order.authorized_total,
        how=RepairOrder.SignedHow(order.signed_how).label,
        contact=as_read(order.signed_contact),
        drawing=drawn.drawing if drawn else None,
    )
