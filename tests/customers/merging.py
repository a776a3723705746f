"""One person entered twice, for the tests of merging.  All invented."""

from typing import Any

from customers import actions
from customers.actions.merging import Choices
from customers.models import Address, ContactPoint, Customer, Merge
from customers.search import fold_words
from tests.cast import AT, Cast, make_customer, make_vehicle

PHONE = "+14155550142"


def twice() -> tuple[Customer, Customer]:
    """Robert Brandt, and Bob Brandt with the same phone, another address, an e-mail and a car of his own."""
    robert = make_customer("Robert", "Brandt", phone=PHONE)
    bob = make_customer("Bob", "Brandt", phone=PHONE)
    ContactPoint.objects.create(customer=bob, kind="email", value="bob@example.com")
    Address.objects.create(customer=robert, street="18 Alder Court", city="Mill Valley", postal_code="94941")
    Address.objects.create(customer=bob, street="2 Elm Street", city="Mill Valley", postal_code="94941")
    make_vehicle(bob, plate="8BOB001")
    for one in (robert, bob):
        fold_words(one)
    return robert, bob


def compared(most: int = 1000) -> int:
    return actions.compare_customers(most=most, at=AT)


def merged(cast: Cast, kept: Customer, gone: Customer, *of_gone: str, **fields: Any) -> Merge:
    for one in (kept, gone):
        one.refresh_from_db()
    choices = Choices(of_gone=frozenset(of_gone), seen=(kept.edited_at, gone.edited_at))
    given = {"by": cast.ada, "at": AT, "rooftop": cast.north} | fields
    return actions.merge(kept=kept, gone=gone, choices=choices, **given)


def undone(cast: Cast, merge: Merge, **fields: Any) -> None:
    actions.undo_merge(merge=merge, **({"by": cast.ada, "at": AT, "rooftop": cast.north} | fields))
