"""People and businesses: who they are, how to reach them, where and with whom they live."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from customers.models import Address, ContactPoint, Customer
from customers.rules import national_digits, normalize_phone
from customers.search import fold_words
from customers.signals import customer_changed
from dealership import audit
from dealership.models import Rooftop, Staff


class ChangedMeanwhile(Exception):
    """Somebody else saved the record after this page was opened."""


class NotAPhone(ValueError):
    """The text is no telephone number, or one that only fills a required field."""


@dataclass(frozen=True)
class Name:
    """What somebody is called and in which language they are written to; a business by its own name."""

    kind: str = Customer.Kind.PERSON
    first_name: str = ""
    last_name: str = ""
    business_name: str = ""
    language: str = Customer.Language.ENGLISH


@dataclass(frozen=True)
class Place:
    street: str
    city: str = ""
    region: str = ""
    postal_code: str = ""


@transaction.atomic(durable=True)
def add_customer(
    *,
    name: Name,
    phone: str = "",
    email: str = "",
    place: Place | None = None,
    source: str = "entered here",
    by: Staff,
    at: datetime,
    rooftop: Rooftop,
) -> Customer:
    """A new person or business, with whatever is known of how to reach them.  Raises NotAPhone."""
    customer = Customer.objects.create(**asdict(name), since_date=at.date(), created_at=at, edited_at=at)
    fold_words(customer)
    if phone:
        _reach(customer, ContactPoint.Kind.PHONE, phone, source=source, preferred=True, checked_at=at)
    if email:
        _reach(customer, ContactPoint.Kind.EMAIL, email, source=source, preferred=not phone, checked_at=at)
    if place:
        Address.objects.create(customer=customer, source=source, **asdict(place))
    audit.record("customer.added", about=customer, by=by, at=at, rooftop=rooftop)
    customer_changed.send(sender=Customer, customer_id=customer.pk)
    return customer


@transaction.atomic(durable=True)
def edit_customer(*, customer: Customer, name: Name, seen_at: datetime | None, by: Staff, at: datetime) -> None:
    """Correct the name or language.  `seen_at` is `edited_at` as the page showed it.  Raises ChangedMeanwhile."""
    was = customer.name
    if not Customer.objects.filter(pk=customer.pk).correct(seen_at=seen_at, at=at, compared_at=None, **asdict(name)):
        raise ChangedMeanwhile(customer)
    customer.refresh_from_db()
    fold_words(customer)
    audit.record("customer.edited", about=customer, by=by, at=at, was=was)
    customer_changed.send(sender=Customer, customer_id=customer.pk)


def _changed(customer: Customer) -> None:
    """Who they may be is to be looked at again."""
    Customer.objects.filter(pk=customer.pk).changed()
    customer_changed.send(sender=Customer, customer_id=customer.pk)


# --- how to reach them -----------------------------------------------------------------------------------------------


def _reach(
    customer: Customer, kind: str, value: str, *, source: str, preferred: bool, checked_at: datetime
) -> ContactPoint:
    if kind == ContactPoint.Kind.PHONE:
        phone = normalize_phone(value)
        if phone is None:
            raise NotAPhone(value)
        value, digits = phone, national_digits(phone)
    else:
        value, digits = value.strip().lower(), ""
    point, _ = ContactPoint.objects.update_or_create(
        customer=customer,
        kind=kind,
        value=value,
        defaults={"digits": digits, "source": source, "checked_at": checked_at},
        create_defaults={"digits": digits, "source": source, "checked_at": checked_at, "preferred": preferred},
    )
    return point


@transaction.atomic(durable=True)
def add_contact_point(
    *, customer: Customer, kind: str, value: str, label: str = "", source: str = "entered here", by: Staff, at: datetime
) -> ContactPoint:
    """A phone number or e-mail address; one that is there already is confirmed instead.  Raises NotAPhone."""
    point = _reach(customer, kind, value, source=source, preferred=False, checked_at=at)
    if label and label != point.label:
        ContactPoint.objects.filter(pk=point.pk).update(label=label)
    audit.record("contact.added", about=customer, by=by, at=at, kind=kind)
    _changed(customer)
    return point


@transaction.atomic(durable=True)
def confirm_contact_point(*, point: ContactPoint, by: Staff, at: datetime) -> None:
    """The customer says it is still right."""
    ContactPoint.objects.filter(pk=point.pk).update(checked_at=at)
    audit.record("contact.confirmed", about=point.customer, by=by, at=at, kind=point.kind)


@transaction.atomic(durable=True)
def prefer_contact_point(*, point: ContactPoint, by: Staff, at: datetime) -> None:
    """The one to try first; no other stays so."""
    others = ContactPoint.objects.filter(customer=point.customer, preferred=True).exclude(pk=point.pk)
    others.update(preferred=False)
    ContactPoint.objects.filter(pk=point.pk).update(preferred=True)
    audit.record("contact.preferred", about=point.customer, by=by, at=at, kind=point.kind)


@transaction.atomic(durable=True)
def remove_contact_point(*, point: ContactPoint, by: Staff, at: datetime) -> None:
    """It does not reach them any more."""
    ContactPoint.objects.filter(pk=point.pk).delete()
    audit.record("contact.removed", about=point.customer, by=by, at=at, kind=point.kind)
    _changed(point.customer)


@transaction.atomic(durable=True)
def add_address(*, customer: Customer, place: Place, source: str = "entered here", by: Staff, at: datetime) -> Address:
    address, _ = Address.objects.get_or_create(
        customer=customer,
        street=place.street,
        postal_code=place.postal_code,
        defaults={"city": place.city, "region": place.region, "source": source},
    )
    audit.record("address.added", about=customer, by=by, at=at)
    _changed(customer)
    return address


@transaction.atomic(durable=True)
def remove_address(*, address: Address, by: Staff, at: datetime) -> None:
    Address.objects.filter(pk=address.pk).delete()
    audit.record("address.removed", about=address.customer, by=by, at=at)
    _changed(address.customer)
