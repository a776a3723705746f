"""What is open with a customer or their household that nobody should walk into unknowing (promise 9).

Facts are derived from rows at the moment of asking, never stored as a state.  Each says since when, who owns it and
one sentence of advice.  Everybody who is about to contact a customer asks here: sales at the gate of a hand-off,
service before a call, a check-in or an answer to a complaint.

At the gate a fact of a household member says neither their name nor their words: they said yes to nothing.  What
service keeps to itself (a question it answers, a word in confidence) is a fact without its words there.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Subquery, Sum
from django.urls import reverse

from customers.models import Complaint, Customer, Feedback, FollowThrough, Purchase, Tie
from customers.recalls import possible_recalls
from dealership.models import SERVICE, Rooftop, Staff
from recommendations.models import Advisory, AdvisoryVersion, Decision
from sales_handoff.models import Deal
from sales_handoff.weighing import sha256_of
from sales_handoff.words import day, exact
from service_lane.figures import COMEBACK_WITHIN
from service_lane.models import RepairOrder

type Fact = dict[str, Any]

COMPLAINT = "complaint"
COMEBACK = "comeback"
PROMISE = "promise"
BILL = "bill"
PIECES = "pieces"
IN_SHOP = "in_shop"
QUESTION = "question"
UNSAID = "unsaid"
ANSWER = "answer"
CONFIDENCE = "confidence"
RECALL = "recall"
DEAL = "deal"
BOUGHT = "bought"
MOST_CARS_NAMED = 3
BOUGHT_COUNTS_FOR = timedelta(days=365)
CONFIDENCE_COUNTS_FOR = timedelta(days=90)
"""A word in confidence has no end of its own, as a complaint has: after this nobody need walk around it."""


OPEN, IN_SERVICE, IN_CONFIDENCE = "", "service", "confidence"
"""To whom the words of a fact are told."""


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
        .annotate(last_closed_at=_last_closed())
        .order_by("opened_at", "pk")
    )
    # Whoever of sales goes to meet them knows that their car is here.
    known = {order.pk for order in orders if order.customer_id == customer.pk and not reader}
    of_visits = [*_visits(orders, at), *_bills(orders), *_work(orders)]
    found = [
        *_complaints(people),
        *of_visits,
        *_questions(orders),
        *_unsaid(orders),
        *_answers(people),
        *_confidences(people, at),
        *_recalls(customer, people, orders),
        *(() if reader else _deals(customer, at)),
        *_in_shop(orders, but=known | {fact["row"] for fact in of_visits}),
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


def _fact(
    kind: str,
    customer: int | None,
    row: int,
    *,
    title: str,
    since: datetime | None,
    owner: str,
    advice: str,
    words: str = "",
    rooftop: int | None = None,
    page: tuple[str, Any, list[int]] | None = None,
    told: str = OPEN,
) -> Fact:
    """One fact; `rooftop` is whose history it is of, `page` names what it speaks of, `told` who reads the words."""
    return {
        "kind": kind,
        "customer": customer,
        "row": row,
        "title": title,
        "words": words,
        "since": since.isoformat() if since else "",
        "owner": owner,
        "advice": advice,
        "rooftop": rooftop,
        "page": page,
        "told": told,
    }


def _page(name: str, pk: int) -> tuple[str, None, list[int]]:
    return name, None, [pk]


def _of(order: RepairOrder) -> dict[str, Any]:
    return {"rooftop": order.rooftop_id, "page": _page("service_lane:order", order.pk)}


def _advisor(order: RepairOrder) -> str:
    return order.advisor.name if order.advisor else "nobody"


def _last_closed() -> Subquery:
    """When the visit of the same car before this one was closed, wherever in the group that was."""
    closed = RepairOrder.objects.filter(
        vehicle=OuterRef("vehicle"), status=RepairOrder.Status.CLOSED, opened_at__lt=OuterRef("opened_at")
    )
    return Subquery(closed.order_by("-closed_at").values("closed_at")[:1])


def _complaints(people: dict[int, Customer]) -> list[Fact]:
    rows = Complaint.objects.open().filter(customer__in=people).select_related("owner").order_by("opened_at", "pk")
    return [
        _fact(
            COMPLAINT,
            row.customer_id,
            row.pk,
            title="A complaint is open",
            words=row.words,
            since=row.opened_at,
            owner=row.owner.name,
            advice=f"Talk to {row.owner.name} first. Do not sell until it is settled.",
            rooftop=row.rooftop_id,
            page=_page("customers:complaint", row.pk),
            told=IN_CONFIDENCE if row.is_confidential else OPEN,
        )
        for row in rows
    ]


def _visits(orders: list[Any], at: datetime) -> list[Fact]:
    found = []
    for order in orders:
        if order.is_comeback:
            found.append(
                _fact(
                    COMEBACK,
                    order.customer_id,
                    order.pk,
                    title="The car is back for something we did",
                    words=order.purpose,
                    since=order.opened_at,
                    owner=_advisor(order),
                    advice="Say you know it is back, and that it is being put right. Say it first.",
                    **_of(order),
                )
            )
        elif order.last_closed_at and order.opened_at - order.last_closed_at <= COMEBACK_WITHIN:
            found.append(
                _fact(
                    COMEBACK,
                    order.customer_id,
                    order.pk,
                    title=f"The car is back within {COMEBACK_WITHIN.days} days",
                    words=f"It left us on {day(order.last_closed_at.astimezone(order.rooftop.zone).date())}.",
                    since=order.opened_at,
                    owner=_advisor(order),
                    advice=f"Ask {_advisor(order)} first whether it is back for something we did.",
                    **_of(order),
                )
            )
        if order.promised_at and order.promised_at < at and order.ready_at is None:
            found.append(
                _fact(
                    PROMISE,
                    order.customer_id,
                    order.pk,
                    title="The promised time has passed",
                    since=order.promised_at,
                    owner=_advisor(order),
                    advice=f"They wait longer than we said. Ask {_advisor(order)} for the new time before you go.",
                    **_of(order),
                )
            )
    return found


def _bills(orders: list[RepairOrder]) -> list[Fact]:
    """Orders whose agreed total has passed what was signed for at write-up."""
    agreed = dict(
        AdvisoryVersion.objects.filter(
            advisory__repair_order__in=orders,
            advisory__answer=Advisory.Answer.APPROVED,
            advisory__returned_at=None,
            advisory__removed_at=None,
            advisory__answered_version=F("number"),
        )
        .order_by()
        .values_list("advisory__repair_order")
        .annotate(sum=Sum("total"))
    )
    grew = dict(
        Decision.objects.filter(advisory__repair_order__in=orders, answer=Advisory.Answer.APPROVED)
        .order_by()
        .values_list("advisory__repair_order")
        .annotate(last=Max("at"))
    )
    found = []
    for order in orders:
        total, signed = agreed.get(order.pk, Decimal(0)), order.authorized_total
        if signed and total > signed:
            found.append(
                _fact(
                    BILL,
                    order.customer_id,
                    order.pk,
                    title="The bill is above the first estimate",
                    words=f"Signed for {exact(signed)}, now {exact(total)}.",
                    since=grew.get(order.pk),
                    owner=_advisor(order),
                    advice="They are paying more than they came for. Do not open with money.",
                    **_of(order),
                )
            )
    return found


def _work(orders: list[RepairOrder]) -> list[Fact]:
    begun = dict(
        Advisory.objects.filter(repair_order__in=orders, work=Advisory.Work.STARTED)
        .order_by()
        .values_list("repair_order")
        .annotate(first=Min("work_started_at"))
    )
    return [
        _fact(
            PIECES,
            order.customer_id,
            order.pk,
            title="The car is in pieces",
            since=begun[order.pk],
            owner=order.technician.name if order.technician else _advisor(order),
            advice="Work has begun and cannot be undone. Talk about the car as it will be when it is whole.",
            **_of(order),
        )
        for order in orders
        if order.pk in begun
    ]


def _deals(customer: Customer, at: datetime) -> list[Fact]:
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
        _fact(
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
            _fact(
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


def _in_shop(orders: list[RepairOrder], but: set[int]) -> list[Fact]:
    return [
        _fact(
            IN_SHOP,
            order.customer_id,
            order.pk,
            title="A car of theirs is in the shop",
            since=order.opened_at,
            owner=_advisor(order),
            advice=f"Ask {_advisor(order)} how it stands before you speak to them.",
            **_of(order),
        )
        for order in orders
        if order.pk not in but
    ]


def _questions(orders: list[RepairOrder]) -> list[Fact]:
    by_pk = {order.pk: order for order in orders}
    asked = Advisory.objects.live().filter(repair_order__in=orders, answer=Advisory.Answer.NEEDS_INFO)
    rows = Decision.objects.filter(pk__in=asked.values("last_decision_id")).order_by("at", "pk")
    return [
        _fact(
            QUESTION,
            by_pk[order].customer_id,
            pk,
            title="A question of theirs is not answered",
            words=question,
            since=at,
            owner=_advisor(by_pk[order]),
            advice=f"Let {_advisor(by_pk[order])} answer it before you speak about anything else.",
            **_of(by_pk[order]),
        )
        for pk, order, question, at in rows.values_list("pk", "advisory__repair_order", "question", "at")
    ]


def _unsaid(orders: list[RepairOrder]) -> list[Fact]:
    rows = (
        Advisory.objects.filter(repair_order__in=orders)
        .unsaid()
        .order_by()
        .values("repair_order")
        .annotate(first=Min("created_at"), last=Max("pk"))
    )
    waiting = {row["repair_order"]: row for row in rows}
    return [
        _fact(
            UNSAID,
            order.customer_id,
            waiting[order.pk]["last"],
            title="They have not been shown everything we found",
            since=waiting[order.pk]["first"],
            owner=_advisor(order),
            advice=f"Do not speak of the car's condition: {_advisor(order)} has not told them yet.",
            **_of(order),
        )
        for order in orders
        if order.pk in waiting
    ]


def _answers(people: dict[int, Customer]) -> list[Fact]:
    """What somebody said they would find out and the customer has not heard.  Whose it is, changes when it is known."""
    rows = FollowThrough.objects.filter(customer__in=people, told_at=None).select_related("owner", "taken_by")
    found = []
    for row in rows.order_by("opened_at", "pk"):
        owner = row.taken_by.name if row.done_at else row.owner.name
        found.append(
            _fact(
                ANSWER,
                row.customer_id,
                row.pk,
                title="They have not heard the answer yet" if row.done_at else "They wait for an answer",
                since=row.opened_at,
                owner=owner,
                advice=f"Ask {owner} to tell them before you speak about anything else.",
                words=row.words,
                rooftop=row.rooftop_id,
                page=_page("customers:follow-through", row.pk),
                told=IN_SERVICE,
            )
        )
    return found


def _confidences(people: dict[int, Customer], at: datetime) -> list[Fact]:
    """Not what was said, only that somebody said it; praise is nothing to mind, and a complaint is a fact already."""
    rows = (
        Feedback.objects.kept()
        .filter(customer__in=people, is_confidential=True, complaint=None, said_at__gt=at - CONFIDENCE_COUNTS_FOR)
        .exclude(kind=Feedback.Kind.PRAISE)
        .select_related("by")
        .order_by("said_at", "pk")
    )
    return [
        _fact(
            CONFIDENCE,
            row.customer_id,
            row.pk,
            title="Something was told in confidence",
            since=row.said_at,
            owner=row.by.name,
            advice=f"Ask {row.by.name} whether there is something to mind. Do not ask them about it.",
            words=row.words,
            rooftop=row.rooftop_id,
            page=_page("customers:feedback", row.pk),
            told=IN_CONFIDENCE,
        )
        for row in rows
    ]


def _recalls(customer: Customer, people: dict[int, Customer], orders: list[RepairOrder]) -> list[Fact]:
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
            _fact(
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
