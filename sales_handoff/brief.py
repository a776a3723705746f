"""What to know about a customer before saying hello: the facts of every storey, from which the rule picks five lines.

The top storey sees everything, so it is put together here.  History is told as the group's policy allows
(`Rooftop.telling`), and nothing that was told in confidence is ever a line.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from customers.models import CheckIn, ContactPoint, Customer, Feedback, Purchase, Tie
from dealership.models import Rooftop, Staff
from dealership.templatetags.written import day
from recommendations.models import Advisory, FollowUp
from recommendations.open_answers import open_answers
from sales_handoff.minefield import COMPLAINT, IN_SHOP, Fact
from sales_handoff.rules import brief as rules
from sales_handoff.rules.brief import Line
from service_lane.models import RepairOrder
from service_lane.rules import miles_per_year

LANGUAGES = {Customer.Language.SPANISH: "Spanish"}
"""What is worth saying of a language, in English."""
WAYS = {"phone": "by phone", "text": "by text", "email": "by e-mail"}
PEOPLE, MOST_READINGS = 2, 50


def lines(customer: Customer, facts: list[Fact], *, reader: Staff, at: datetime) -> list[Line]:
    """At most five lines for `reader`, who works in service, in a fixed number of queries.

    `facts` are those of the minefield for the same reader and moment.
    """
    own = set(reader.rooftop_ids())
    orders = list(
        RepairOrder.objects.told_to(reader)
        .filter(customer=customer)
        .exclude(status=RepairOrder.Status.VOID)
        .select_related("rooftop", "vehicle")
        .order_by("-opened_at", "-pk")[:MOST_READINGS]
    )
    return rules.brief(
        [
            *_mind(facts),
            *_promised(customer, orders, reader, own, at),
            *_said_no(customer, reader, own, at),
            *_due(customer, reader, at),
            *_drives(customer, orders),
            *_reach(customer, orders, own),
            *_household(customer),
            *_words(customer, reader, own),
            *_checked(customer, reader, own),
        ]
    )


def _order_url(order: RepairOrder, own: set[int]) -> str:
    return order.get_absolute_url() if order.rooftop_id in own else ""


def _mind(facts: list[Fact]) -> list[Line]:
    """A complaint first, theirs or their household's, and then what is theirs."""
    facts = [fact for fact in facts if fact["kind"] != IN_SHOP]  # who reads it sees the visit on the same page
    if not facts:
        return []
    first = min(facts, key=lambda fact: (fact["kind"] != COMPLAINT, not fact["is_theirs"]))
    text = rules.mind(first["title"], first["owner"], is_theirs=first["is_theirs"], more=len(facts) - 1)
    since = f"Since {day(datetime.fromisoformat(first['since']))}" if first["since"] else "Derived now"
    return [Line(rules.MIND, text, since, first["url"], f"{first['kind']}-{first['row']}")]


def _promised(customer: Customer, orders: list[RepairOrder], reader: Staff, own: set[int], at: datetime) -> list[Line]:
    """The last visit's promise or, if that is later, what was promised at the sale."""
    found: list[tuple[datetime, Line]] = []
    order = next((one for one in orders if one.first_promised_at), None)
    if order and order.first_promised_at:
        zone = order.rooftop.zone
        text = rules.promised(
            order.first_promised_at.astimezone(zone),
            order.ready_at.astimezone(zone) if order.ready_at else None,
            at.astimezone(zone),
            is_over=order.status != RepairOrder.Status.OPEN,
        )
        line = Line(
            rules.PROMISED, text, f"{order}, {day(order.opened_at)}", _order_url(order, own), f"promise-{order.pk}"
        )
        found.append((order.opened_at, line))
    sales = Purchase.objects.told_to(reader).filter(customer=customer).exclude(promised="")
    bought = sales.order_by("-sold_date", "-pk").first()
    if bought:
        line = Line(
            rules.PROMISED,
            f"With the {bought.car}: {bought.promised.rstrip('.')}. Ask whether they have it.",
            f"{bought}, {day(bought.sold_date)}",
            bought.get_absolute_url() if bought.rooftop_id in own else "",
        )
        found.append((bought.at, line))
    return [line for _, line in sorted(found, key=lambda one: one[0], reverse=True)]


def _said_no(customer: Customer, reader: Staff, own: set[int], at: datetime) -> list[Line]:
    told = RepairOrder.objects.told_to(reader).filter(customer=customer)
    left = (Advisory.Answer.DECLINED, Advisory.Answer.DEFERRED)
    rows = [row for row in open_answers(Q(repair_order__in=told, answer__in=left)) if row["answered_at"]]
    if not rows:
        return []
    last = max(rows, key=lambda row: (row["answered_at"], row["color"] == "red", row["pk"]))
    text = rules.said_no(
        last["title"],
        last["measurement"],
        timezone.localtime(last["answered_at"]),
        timezone.localtime(at),
        put_off=last["answer"] == Advisory.Answer.DEFERRED,
        more=len(rows) - 1,
    )
    url = reverse("recommendations:order-lines", args=[last["order"]]) if last["rooftop"] in own else ""
    source = f"RO {last['number']}, {day(last['answered_at'])}"
    return [Line(rules.SAID_NO, text, source, url, f"advisory-{last['pk']}")]


def _due(customer: Customer, reader: Staff, at: datetime) -> list[Line]:
    """What comes back today or before; the one that is a line already is not counted again."""
    rows = (
        FollowUp.objects.open()
        .filter(customer=customer, rooftop__in=Rooftop.objects.telling(reader), due_date__lte=timezone.localdate(at))
        .select_related("line")
        .order_by("due_date", "pk")[:25]
    )
    found = [(row, str(row.line.snapshot["title"])) for row in rows]
    if not found:
        return []
    url = reverse("recommendations:customer-lines", args=[customer.pk])
    about = f"advisory-{found[0][0].advisory_id}" if len(found) == 1 else ""
    text = rules.due([title for _, title in found])
    return [Line(rules.DUE, text, f"Due {day(found[0][0].due_date)}", url, about)]


def _drives(customer: Customer, orders: list[RepairOrder]) -> list[Line]:
    """Of the car of the last visit."""
    last = next((order for order in orders if order.vehicle), None)
    if last is None or last.vehicle is None:
        return []
    read = [
        (timezone.localtime(order.opened_at).date(), order.odometer_in)
        for order in orders
        if order.vehicle_id == last.vehicle_id and order.odometer_in
    ]
    plan = next((order for order in orders if order.plan != RepairOrder.Plan.NOT_SAID), None)
    text = rules.drives(miles_per_year(read), last.vehicle.model or last.vehicle.short_title, _plan(plan))
    source = f"{len(read)} odometer readings, last {day(last.opened_at)}" if len(read) > 1 else f"Said {_said(plan)}"
    url = reverse("service_lane:customer-visits", args=[customer.pk])
    return [Line(rules.DRIVES, text, source, url)] if text else []


def _plan(order: RepairOrder | None) -> str:
    if order is None:
        return ""
    if order.plan == RepairOrder.Plan.YEARS and order.plan_years:
        return f"about {order.plan_years} more year{'s' if order.plan_years != 1 else ''}"
    return RepairOrder.Plan(order.plan).label.lower()


def _said(order: RepairOrder | None) -> str:
    return day(order.opened_at) if order else ""


def _reach(customer: Customer, orders: list[RepairOrder], own: set[int]) -> list[Line]:
    """The contact they prefer; else the way they chose at their last visit."""
    language = LANGUAGES.get(Customer.Language(customer.language), "")
    point = ContactPoint.objects.filter(customer=customer, preferred=True).order_by("pk").first()
    chosen = next((order for order in orders if order.contact_channel in WAYS), None)
    if chosen is not None:
        way, source, url = WAYS[chosen.contact_channel], f"Chose it for {chosen}", _order_url(chosen, own)
        source = f"{source}, {day(chosen.opened_at)}"
    elif point is not None:
        way, url = WAYS[point.kind], customer.get_absolute_url()
        source = f"Checked {day(point.checked_at)}" if point.checked_at else point.source.capitalize()
    else:
        way, source, url = "", "Their record", customer.get_absolute_url()
    text = rules.reach(way, language)
    return [Line(rules.REACH, text, source, url)] if text else []


def _household(customer: Customer) -> list[Line]:
    """Who drives what: first who drives a car that is another's, then the newest."""
    if not customer.household_id:
        return []
    ties = (
        Tie.objects.filter(customer__household=customer.household_id, until_date=None, vehicle__gone_date=None)
        .exclude(customer=customer)
        .select_related("customer", "vehicle")
    )
    rows = sorted(ties.order_by("-pk")[:25], key=lambda tie: tie.kind != Tie.Kind.DRIVES)
    seen: dict[int, Any] = {}
    for tie in rows:
        seen.setdefault(tie.customer_id, tie)
    shown = list(seen.values())[:PEOPLE]
    if not shown:
        return []
    said = [f"{tie.customer.called} {Tie.Kind(tie.kind).label} the {tie.vehicle.model or 'other car'}" for tie in shown]
    first = shown[0]
    since = f", since {day(first.since_date)}" if first.since_date else ""
    url = first.customer.get_absolute_url()
    return [Line(rules.HOUSEHOLD, f"{', '.join(said)}.", f"{first.source.capitalize()}{since}", url)]


def _words(customer: Customer, reader: Staff, own: set[int]) -> list[Line]:
    kinds = (Feedback.Kind.PRAISE, Feedback.Kind.REMARK)
    rows = Feedback.objects.told_to(reader).kept().filter(customer=customer, kind__in=kinds, is_confidential=False)
    last = rows.select_related("by").order_by("-said_at", "-pk").first()
    if last is None:
        return []
    source = f"{last.get_kind_display()} to {last.by.name}, {day(last.said_at)}"
    url = last.get_absolute_url() if last.rooftop_id in own else ""
    return [Line(rules.WORDS, rules.quoted(last.words), source, url, f"feedback-{last.pk}")]


def _checked(customer: Customer, reader: Staff, own: set[int]) -> list[Line]:
    """What they said the last time somebody asked how it is; what became a complaint is told by that."""
    rows = CheckIn.objects.told_to(reader).filter(customer=customer, done_at__isnull=False)
    last = rows.exclude(outcome=CheckIn.Outcome.NEVER_REACHED).order_by("-done_at", "-pk").first()
    if last is None or last.done_at is None:
        return []
    about = f"complaint-{last.complaint_id}" if last.complaint_id else ""
    url = last.get_absolute_url() if last.rooftop_id in own else ""
    source = f"{last}, {day(last.done_at)}"
    return [Line(rules.CHECKED, f"{last.get_outcome_display()}, they said on {day(last.done_at)}.", source, url, about)]
