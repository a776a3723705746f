"""What is open with the people themselves, whether or not a car of theirs is here."""

from datetime import date, datetime, time, timedelta

from customers.models import Complaint, Customer, Feedback, FollowThrough, Purchase, Tie
from customers.recalls import possible_recalls
from dealership.models import Rooftop
from sales_handoff.minefield.fact import (
    ANSWER,
    BOUGHT,
    COMPLAINT,
    CONFIDENCE,
    DEAL,
    IN_CONFIDENCE,
    IN_SERVICE,
    OPEN,
    RECALL,
    Fact,
    fact,
    page_of,
)
from sales_handoff.models import Deal
from service_lane.models import RepairOrder

MOST_CARS_NAMED = 3
BOUGHT_COUNTS_FOR = timedelta(days=365)
CONFIDENCE_COUNTS_FOR = timedelta(days=90)
"""A word in confidence has no end of its own, as a complaint has: after this nobody need walk around it."""


def complaints(people: dict[int, Customer]) -> list[Fact]:
    rows = Complaint.objects.open().filter(customer__in=people).select_related("owner").order_by("opened_at", "pk")
    return [
        fact(
            COMPLAINT,
            row.customer_id,
            row.pk,
            title="A complaint is open",
            words=row.words,
            since=row.opened_at,
            owner=row.owner.name,
            advice=f"Talk to {row.owner.name} first. Do not sell until it is settled.",
            rooftop=row.rooftop_id,
            page=page_of("customers:complaint", row.pk),
            told=IN_CONFIDENCE if row.is_confidential else OPEN,
        )
        for row in rows
    ]


def deals_with_sales(customer: Customer, at: datetime) -> list[Fact]:
    """What sales has with them already: a file may tell of it, or a desk write it down, after they said yes.

    Theirs alone, as when they are asked: what somebody in their household bought is not spoken of.
    """
    since = (at - BOUGHT_COUNTS_FOR).date()
    deals = list(
        Deal.objects.in_hand_or_sold_since(since)
        .filter(customer=customer)
        .select_related("rooftop")
        .order_by("opened_date", "pk")
    )
    purchases = Purchase.objects.sold_since(since).filter(customer=customer).select_related("rooftop")
    desk = "The sales desk of {}"
    found = [
        fact(
            DEAL,
            customer.pk,
            deal.pk,
            title="Sales has an open deal with them",
            since=_morning(deal.opened_date, deal.rooftop),
            owner=desk.format(deal.rooftop.name),
            advice="Find out whose deal it is, and leave it to them.",
        )
        for deal in deals
        if deal.sold_date is None
    ]
    bought = [*(deal for deal in deals if deal.sold_date), *purchases]
    if last := max(bought, key=lambda one: (one.sold_date, one.pk), default=None):
        found.append(
            fact(
                BOUGHT,
                customer.pk,
                last.pk,
                title="They bought a car from us not long ago",
                since=_morning(last.sold_date, last.rooftop),
                owner=desk.format(last.rooftop.name),
                advice="Ask how they like it. Do not sell them another.",
            )
        )
    return found


def _morning(on: date | None, rooftop: Rooftop) -> datetime | None:
    return datetime.combine(on, time(), rooftop.zone) if on else None


def answers_owed(people: dict[int, Customer]) -> list[Fact]:
    """What somebody said they would find out and the customer has not heard.  Whose it is, changes when it is known."""
    rows = FollowThrough.objects.filter(customer__in=people, told_at=None).select_related("owner", "taken_by")
    found = []
    for row in rows.order_by("opened_at", "pk"):
        owner = row.taken_by.name if row.done_at else row.owner.name
        found.append(
            fact(
                ANSWER,
                row.customer_id,
                row.pk,
                title="They have not heard the answer yet" if row.done_at else "They wait for an answer",
                since=row.opened_at,
                owner=owner,
                advice=f"Ask {owner} to tell them before you speak about anything else.",
                words=row.words,
                rooftop=row.rooftop_id,
                page=page_of("customers:follow-through", row.pk),
                told=IN_SERVICE,
            )
        )
    return found


def confidences(people: dict[int, Customer], at: datetime) -> list[Fact]:
    """Not what was said, only that somebody said it; praise is nothing to mind, and a complaint is a fact already."""
    rows = (
        Feedback.objects.kept()
        .filter(customer__in=people, is_confidential=True, complaint=None, said_at__gt=at - CONFIDENCE_COUNTS_FOR)
        .exclude(kind=Feedback.Kind.PRAISE)
        .select_related("by")
        .order_by("said_at", "pk")
    )
    return [
        fact(
            CONFIDENCE,
            row.customer_id,
            row.pk,
            title="Something was told in confidence",
            since=row.said_at,
            owner=row.by.name,
            advice=f"Ask {row.by.name} whether there is something to mind. Do not ask them about it.",
            words=row.words,
            rooftop=row.rooftop_id,
            page=page_of("customers:feedback", row.pk),
            told=IN_CONFIDENCE,
        )
        for row in rows
    ]


def recalls_of_their_cars(customer: Customer, people: dict[int, Customer], orders: list[RepairOrder]) -> list[Fact]:
    """One fact for each person whose cars have a recall that is possible by model or open by VIN; never its price.

    A car of several is the customer's first.  Who owns it, is who has such a car here; otherwise nobody does.
    """
    ties = Tie.objects.filter(customer__in=people, until_date=None, vehicle__gone_date=None).select_related("vehicle")
    whose: dict[int, Tie] = {}
    for tie in sorted(ties, key=lambda tie: (tie.customer_id != customer.pk, tie.customer_id, tie.vehicle_id)):
        whose.setdefault(tie.vehicle_id, tie)
    possible = possible_recalls(tie.vehicle for tie in whose.values())
    advisors = {order.vehicle_id: order.advisor.name for order in orders if order.advisor}
    by_person: dict[int, list[Tie]] = {}
    for vehicle_id, tie in whose.items():
        if any(one.is_open for one in possible.get(vehicle_id, ())):
            by_person.setdefault(tie.customer_id, []).append(tie)
    found = []
    for person, cars in by_person.items():
        recalls = [one for tie in cars for one in possible[tie.vehicle_id] if one.is_open]
        owner = next((advisors[tie.vehicle_id] for tie in cars if tie.vehicle_id in advisors), "nobody")
        ask = "the counter" if owner == "nobody" else owner
        names = [tie.vehicle.short_title for tie in cars[:MOST_CARS_NAMED]]
        if len(cars) > MOST_CARS_NAMED:
            names.append(f"{len(cars) - MOST_CARS_NAMED} more")
        found.append(
            fact(
                RECALL,
                person,
                min(one.record_id for one in recalls),
                title="A recall is possible on one of their cars",
                words=f"{', '.join(names)}.",
                since=min(one.checked_at or one.since for one in recalls),
                owner=owner,
                advice=f"Ask {ask} whether the VIN was checked with the maker. The repair is free: sell nothing by it.",
            )
        )
    return found
