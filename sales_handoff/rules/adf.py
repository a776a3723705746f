"""A hand-off as an ADF 1.0 lead: the XML that a dealer's sales system takes.

Source: Auto-lead Data Format 1.0, in its order and cardinality.  Everything is emitted strictly: lower-case statuses,
e-mail before phone, dates with their offset.  ADF has no field for consent, so it is in the comments beside our own id.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree as Xml

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n'
MIME = "application/x-adf+xml"
SERVICE = "Service lane"
"""The provider's name in every lead."""
LONGEST_NAME, LONGEST_COMMENT = 100, 2000
"""Characters.  ADF names no limit; sales systems have theirs, and cut without saying so.  We cut and say so."""

_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


class NoWayToReach(ValueError):
    """ADF wants an e-mail address or a phone number of the customer, and there is neither."""


@dataclass(frozen=True)
class Party:
    """Somebody with a name and ways to reach them, e-mail addresses and phones as +14155550142, the preferred first.

    With `last` the name is in parts, else `first` is the whole of it.
    """

    first: str
    last: str = ""
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    is_business: bool = False


@dataclass(frozen=True)
class LeadCar:
    """The customer's car: what is not known is empty.  `appraisal` is dollars as it stands, in words beside it."""

    year: str = ""
    make: str = ""
    model: str = ""
    vin: str = ""
    trim: str = ""
    body: str = ""
    color: str = ""
    odometer: int | None = None
    appraisal: Decimal | None = None
    appraisal_words: str = ""


@dataclass(frozen=True)
class Lead:
    """What is passed on.  `ident` is our own; `requested_at` carries the rooftop's offset; comments go as they are."""

    ident: str
    requested_at: datetime
    customer: Party
    car: LeadCar
    store: Party
    store_code: str
    comments: str


def adf(lead: Lead) -> str:
    """The lead as one XML document in text, valid ADF 1.0.  Raises NoWayToReach, and ValueError for a naive time."""
    if lead.requested_at.tzinfo is None:
        raise ValueError("A lead's time needs its offset.")
    root = Xml.Element("adf")
    prospect = Xml.SubElement(root, "prospect", status="new")
    _text(prospect, "id", lead.ident, sequence="1", source="Lane")
    _text(prospect, "requestdate", lead.requested_at.isoformat(timespec="seconds"))
    _vehicle(prospect, lead.car)
    customer = Xml.SubElement(prospect, "customer")
    _contact(customer, lead.customer)
    _text(customer, "comments", cut(lead.comments, LONGEST_COMMENT))
    vendor = Xml.SubElement(prospect, "vendor")
    _text(vendor, "id", lead.store_code, sequence="1", source="Lane")
    _text(vendor, "vendorname", lead.store.first)
    _contact(vendor, lead.store)
    provider = Xml.SubElement(prospect, "provider")
    _text(provider, "name", SERVICE, part="full", type="business")
    return PROLOG + Xml.tostring(root, encoding="unicode") + "\n"


def cut(text: str, longest: int) -> str:
    """`text` in at most `longest` characters; where something had to go, the end says how much.

    >>> cut("It shudders when I slow down from freeway speed.", 40)
    'It shudders when I slow [cut, 48 in all]'
    """
    if len(text) <= longest:
        return text
    says = f" [cut, {len(text)} in all]"
    return text[: longest - len(says)].rstrip() + says


def _vehicle(prospect: Xml.Element, car: LeadCar) -> None:
    vehicle = Xml.SubElement(prospect, "vehicle", interest="trade-in", status="used")
    for name, known in (("year", car.year), ("make", car.make), ("model", car.model)):
        _text(vehicle, name, known or "Unknown")
    for name, known in (("vin", car.vin), ("trim", car.trim), ("bodystyle", car.body)):
        if known:
            _text(vehicle, name, known)
    if car.odometer is not None:
        _text(vehicle, "odometer", str(car.odometer), status="unknown", units="mi")
    if car.color:
        colors = Xml.SubElement(vehicle, "colorcombination")
        _text(colors, "exteriorcolor", car.color)
        _text(colors, "preference", "1")
    if car.appraisal is not None:
        _text(vehicle, "price", f"{car.appraisal:.2f}", type="appraisal", currency="USD")
    if car.appraisal_words:
        _text(vehicle, "pricecomments", cut(car.appraisal_words, LONGEST_COMMENT))


def _contact(parent: Xml.Element, party: Party) -> None:
    if not (party.emails or party.phones):
        raise NoWayToReach(party.first)
    contact = Xml.SubElement(parent, "contact")
    kind = "business" if party.is_business else "individual"
    names = (("first", party.first), ("last", party.last)) if party.last else (("full", party.first),)
    for part, name in names:
        if name:
            _text(contact, "name", cut(name, LONGEST_NAME), part=part, type=kind)
    for email in party.emails[:1]:
        _text(contact, "email", email, preferredcontact="0" if party.phones else "1")
    for place, phone in enumerate(party.phones):
        _text(contact, "phone", phone, type="voice", time="nopreference", preferredcontact="0" if place else "1")


def _text(parent: Xml.Element, tag: str, words: str, **attributes: str) -> None:
    """One element with its text: lines end as in Unix, and what XML cannot hold shows as the replacement sign."""
    one = Xml.SubElement(parent, tag, attributes)
    one.text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words.replace("\r\n", "\n").replace("\r", "\n"))
