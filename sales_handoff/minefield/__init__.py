"""What is open with a customer or their household that nobody should walk into unknowing (promise 9).

Facts are derived from rows at the moment of asking, never stored as a state.  Each says since when, who owns it and
one sentence of advice.  Everybody who is about to contact a customer asks here: sales at the gate of a hand-off,
service before a call, a check-in or an answer to a complaint.

At the gate a fact of a household member says neither their name nor their words: they said yes to nothing.  What
service keeps to itself (a question it answers, a word in confidence) is a fact without its words there.
"""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from customers.models import Customer
from dealership.models import SERVICE, Rooftop, Staff
from sales_handoff.minefield.fact import COMPLAINT, IN_CONFIDENCE, IN_SHOP, OPEN, RECALL, Fact
from sales_handoff.minefield.people import (
    CONFIDENCE_COUNTS_FOR,
    answers_owed,
    complaints,
    confidences,
    deals_with_sales,
    recalls_of_their_cars,
)
from sales_handoff.minefield.visits import (
    bills_that_grew,
    in_pieces,
    in_shop,
    last_closed,
    late_or_back,
    questions,
    unsaid,
)
from sales_handoff.weighing import sha256_of
from service_lane.models import RepairOrder

__all__ = ["COMPLAINT", "CONFIDENCE_COUNTS_FOR", "IN_SHOP", "RECALL", "Fact", "facts", "sha256"]


def facts(customer: Customer, at: datetime, *, reader: Staff | None = None) -> list[Fact]:
    """Everything open with this customer and their household, theirs first, in a fixed number of queries.

    Without a `reader` it is what the gate of sales says.  A `reader` works in service: they read the words of their own
    rooftops and of those that share their history, words in confidence only where they were told and only about whoever
    told them; each fact has then the address of what it speaks of (`url`, "" where they may not open it), whose it is
    (`name`, "" when theirs) and whether it was told `in_confidence`.
    """
    people = {customer.pk: customer}
    if customer.household_id:
        people |= {one.pk: one for one in Customer.objects.filter(household=customer.household_id)}
    orders = list(
        RepairOrder.objects.here_now()
        .filter(customer__in=people)
        .select_related("advisor", "technician", "vehicle", "rooftop")
        .annotate(last_closed_at=last_closed())
        .order_by("opened_at", "pk")
    )
    # Whoever of sales goes to meet them knows that their car is here.
    known = {order.pk for order in orders if order.customer_id == customer.pk and not reader}
    of_visits = [*late_or_back(orders, at), *bills_that_grew(orders), *in_pieces(orders)]
    found = [
        *complaints(people),
        *of_visits,
        *questions(orders),
        *unsaid(orders),
        *answers_owed(people),
        *confidences(people, at),
        *recalls_of_their_cars(customer, people, orders),
        *(() if reader else deals_with_sales(customer, at)),
        *in_shop(orders, but=known | {fact["row"] for fact in of_visits}),
    ]
    here = set(reader.rooftop_ids(*SERVICE)) if reader else set()
    telling = set(Rooftop.objects.telling(reader).values_list("pk", flat=True)) if reader else set()
    for fact in found:
        whose, rooftop, page, told = (fact.pop(name) for name in ("customer", "rooftop", "page", "told"))
        fact["is_theirs"] = whose == customer.pk
        if reader:
            fact["url"] = reverse(*page) if page and rooftop in here else ""
            fact["name"] = "" if fact["is_theirs"] or whose not in people else people[whose].called
            fact["in_confidence"] = told == IN_CONFIDENCE
            is_told = rooftop is None or rooftop in (telling if told == OPEN else here)
            is_told &= fact["is_theirs"] or told != IN_CONFIDENCE
        else:
            is_told = fact["is_theirs"] and told == OPEN
        if not is_told:
            fact["words"] = ""
    return sorted(found, key=lambda fact: not fact["is_theirs"])


def sha256(found: Iterable[Fact]) -> str:
    """Names one state of the minefield: when any fact comes, goes or changes, a reading of the old one is void."""
    return sha256_of(list(found))
