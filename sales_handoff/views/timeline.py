"""Everything between us and one customer in order of time: the page that reads every storey, so the top one holds it.

The customer page belongs to a lower storey and asks for this by address.  Without htmx it is a page of its own.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from customers import actions as customers
from customers.models import CheckIn, Complaint, Consent, Customer, Feedback, Look
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry, OutboxMessage, Rooftop
from recommendations.models import Advisory, CustomerLink, Decision, FollowUpStep
from sales_handoff.models import Ask, Handoff
from service_lane.models import Appointment, RepairOrder

type Event = dict[str, Any]
type Source = Callable[[Request, Customer, datetime], list[Event]]

SHOWN = 20
AT_ONCE = 40
"""What each source gives at most: more than a page, so that a page never ends between two things of one moment."""
TO_COME = timedelta(days=3650)
"""How far ahead an appointment may be."""
KINDS = {
    "visits": "Visits",
    "answers": "Answers",
    "calls": "Calls",
    "messages": "Messages",
    "handoffs": "Hand-offs",
    "complaints": "Complaints",
    "said": "Said",
    "looks": "Looks",
    "record": "Record",
}
CHANGES = {
    "customer.added": "Record made",
    "customer.edited": "Name corrected",
    "contact.added": "Contact added",
    "contact.confirmed": "Contact confirmed",
    "contact.preferred": "Preferred contact chosen",
    "contact.removed": "Contact removed",
    "address.added": "Address added",
    "address.removed": "Address removed",
    "household.joined": "Joined a household",
    "household.left": "Left a household",
    "vehicle.tied": "Car added",
    "vehicle.untied": "Car taken off",
    "vehicle.untying_undone": "Car put back",
    "complaints.read": "Open complaints read",
    "customer.merged": "Another record of theirs merged in",
    "customer.merge_undone": "Merge undone",
    "customer.said_different": "Said to be somebody else than another record",
}
ANSWERS = {
    Advisory.Answer.APPROVED: "yes",
    Advisory.Answer.DECLINED: "no",
    Advisory.Answer.DEFERRED: "later",
    Advisory.Answer.NEEDS_INFO: "asked about",
    Advisory.Answer.WITHDRAWN: "yes taken back",
}
CALLED = [kind for kind in FollowUpStep.CONTACTS if kind != FollowUpStep.Kind.MESSAGED]
"""Steps of a follow-up by which somebody spoke or tried to; a message sent is among the messages."""
MESSAGES = {"findings_link": "Their page with what we found", "car_ready": "Their car is ready"}


@require_GET
@role_required(*SERVICE)
def customer_timeline(request: Request, pk: int) -> HttpResponse:
    """Newest first, a page at a time.  `?show=` keeps one kind, `?before=` goes on from a time.

    Counter view keeps the dates of the visits and nothing else.  Of rooftops that do not share their history with
    whoever looks only the days of their visits are there.
    """
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    now = timezone.now()
    asked = request.GET.get("show", "")
    show = asked if asked in KINDS else ""
    before = _moment(request.GET.get("before", ""))
    # Looks only when asked for: they would bury the rest.
    sources = [SOURCES[show]] if show else [source for kind, source in SOURCES.items() if kind != "looks"]
    if request.counter_view:
        sources = [_visits] if show in ("", "visits") else []
    latest = before or now + TO_COME
    found = [event for source in sources for event in source(request, customer, latest)]
    found.sort(key=lambda event: event["at"], reverse=True)
    end = SHOWN
    while end < len(found) and found[end]["at"] == found[end - 1]["at"]:
        end += 1
    context = {
        "customer": customer,
        "events": found[:end],
        "older": found[end - 1]["at"].isoformat() if len(found) > end else "",
        "is_paged": before is not None,
        "now": now,
        "show": show,
        "kinds": {} if request.counter_view else KINDS,
    }
    if request.htmx:
        return render(request, "sales_handoff/customer_timeline.html#timeline", context)
    customers.look(customer=customer, why="timeline", by=request.user, at=now, rooftop=request.rooftop)
    return render(request, "sales_handoff/customer_timeline.html", context)


def _moment(typed: str) -> datetime | None:
    """The time in an address, which somebody may have typed; None when it is none."""
    try:
        at = parse_datetime(typed.replace(" ", "+"))
    except ValueError:
        return None
    return at if at is None or timezone.is_aware(at) else timezone.make_aware(at)


def _open(request: Request, rooftop_id: int, name: str, pk: int) -> str:
    """Where it can be opened; "" for what belongs to a rooftop at which they do not work."""
    return reverse(name, args=[pk]) if rooftop_id in request.user.rooftop_ids() else ""


def _where(request: Request, rooftop_id: int, name: str) -> str:
    return "" if rooftop_id in request.user.rooftop_ids() else name


def _visits(request: Request, customer: Customer, before: datetime) -> list[Event]:
    orders = RepairOrder.objects.with_told(request.user).exclude(status=RepairOrder.Status.VOID)
    rows = (
        orders.filter(customer=customer, opened_at__lt=before)
        .order_by("-opened_at", "-pk")
        .values(
            *("pk", "number", "opened_at", "purpose", "vehicle__model", "vehicle__make", "advisor__name"),
            *("advisor_name", "rooftop_id", "rooftop__name", "is_told"),
        )
    )
    events = [
        {
            "at": row["opened_at"],
            "icon": "tool",
            "title": f"Visit, RO {row['number']}",
            "url": _open(request, row["rooftop_id"], "service_lane:order", row["pk"]),
            "car": row["vehicle__model"] or row["vehicle__make"] or "",
            "quote": "" if request.counter_view else row["purpose"],
            "by": row["advisor__name"] or row["advisor_name"],
            "where": _where(request, row["rooftop_id"], row["rooftop__name"]),
        }
        if row["is_told"]
        else {"at": row["opened_at"], "icon": "tool", "title": "Visit", "where": row["rooftop__name"]}
        for row in rows[:AT_ONCE]
    ]
    booked = (
        Appointment.objects.told_to(request.user)
        .arriving()
        .filter(customer=customer, due_at__lt=before)
        .order_by("-due_at", "-pk")
        .values(*("pk", "due_at", "purpose", "vehicle__model", "advisor__name", "rooftop_id", "rooftop__name"))
    )
    return events + [
        {
            "at": row["due_at"],
            "icon": "calendar-event",
            "title": "Appointment",
            "url": _open(request, row["rooftop_id"], "service_lane:appointment", row["pk"]),
            "car": row["vehicle__model"] or "",
            "quote": "" if request.counter_view else row["purpose"],
            "by": row["advisor__name"] or "",
            "where": _where(request, row["rooftop_id"], row["rooftop__name"]),
        }
        for row in booked[:AT_ONCE]
    ]


def _answers(request: Request, customer: Customer, before: datetime) -> list[Event]:
    """What was answered together is one event: "Answered 3 lines: 1 yes, 2 no"."""
    orders = RepairOrder.objects.told_to(request.user).filter(customer=customer)
    rows = (
        Decision.objects.filter(advisory__repair_order__in=orders, at__lt=before)
        .order_by("-at", "-pk")
        .annotate(title=KeyTextTransform("title", "line__snapshot"))
        .values(
            *("at", "answer", "who_name", "channel", "question", "title", "line__presentation"),
            *("advisory__repair_order", "advisory__repair_order__rooftop", "advisory__repair_order__rooftop__name"),
            "by__name",
        )
    )
    together: dict[tuple[datetime, int], list[dict[str, Any]]] = {}
    for row in rows[: 3 * AT_ONCE]:
        together.setdefault((row["at"], row["line__presentation"]), []).append(row)
    events = []
    for given in together.values():
        first = given[0]
        rooftop = first["advisory__repair_order__rooftop"]
        counts = Counter(ANSWERS.get(row["answer"], row["answer"]) for row in given)
        if len(given) == 1:
            words = f"{first['title']}: {ANSWERS.get(first['answer'], first['answer'])}"
        else:
            words = ", ".join(f"{number} {answer}" for answer, number in counts.items())
        events.append(
            {
                "at": first["at"],
                "icon": "message-question" if first["question"] else "message-check",
                "title": f"Answered {len(given)} line{'' if len(given) == 1 else 's'}",
                "url": _open(request, rooftop, "service_lane:order", first["advisory__repair_order"]),
                "where": _where(request, rooftop, first["advisory__repair_order__rooftop__name"]),
                "quote": next((row["question"] for row in given if row["question"]), ""),
                "words": words,
                "by": f"{first['who_name']}, {_how(first)}",
            }
        )
    return events[:AT_ONCE]


def _how(decision: dict[str, Any]) -> str:
    return f"written down by {decision['by__name']}" if decision["by__name"] else "on their page"


def _calls(request: Request, customer: Customer, before: datetime) -> list[Event]:
    """Calls about declined work, and the times somebody asked how it is."""
    told = Rooftop.objects.telling(request.user)
    steps = FollowUpStep.objects.filter(
        follow_up__customer=customer, follow_up__rooftop__in=told, kind__in=CALLED, taken_back_by=None, at__lt=before
    )
    events = [
        {
            "at": row["at"],
            "icon": "phone",
            "title": f"Call: {FollowUpStep.Kind(row['kind']).label.lower()}",
            "words": row["title"],
            "quote": row["note"],
            "by": row["by__name"] or "",
            "where": _where(request, row["follow_up__rooftop"], row["follow_up__rooftop__name"]),
        }
        for row in steps.order_by("-at", "-pk")
        .annotate(title=KeyTextTransform("title", "follow_up__line__snapshot"))
        .values("at", "kind", "note", "by__name", "title", "follow_up__rooftop", "follow_up__rooftop__name")[:AT_ONCE]
    ]
    asked = CheckIn.objects.told_to(request.user).filter(customer=customer, done_at__lt=before)
    return events + [
        {
            "at": row["done_at"],
            "icon": "message-check",
            "title": f"Check-in: {CheckIn.Outcome(row['outcome']).label.lower()}",
            "url": _open(request, row["rooftop_id"], "customers:check-in", row["pk"]),
            "words": CheckIn.Kind(row["kind"]).label,
            "by": row["done_by__name"],
            "where": _where(request, row["rooftop_id"], row["rooftop__name"]),
        }
        for row in asked.order_by("-done_at", "-pk").values(
            "pk", "done_at", "outcome", "kind", "done_by__name", "rooftop_id", "rooftop__name"
        )[:AT_ONCE]
    ]


def _messages(request: Request, customer: Customer, before: datetime) -> list[Event]:
    orders = RepairOrder.objects.told_to(request.user).filter(customer=customer).values("pk")
    links = CustomerLink.objects.filter(repair_order__in=orders)
    opened = dict(links.values_list("pk", "opened_at"))
    about_link = Q(about_type=CustomerLink._meta.label_lower, about_id__in=list(opened))
    about_order = Q(about_type=RepairOrder._meta.label_lower, about_id__in=orders)
    rows = (
        OutboxMessage.objects.filter(about_link | about_order, created_at__lt=before)
        .order_by("-created_at", "-pk")
        .values("kind", "purpose", "status", "created_at", "about_type", "about_id")
    )
    events = []
    for row in rows[:AT_ONCE]:
        is_link = row["about_type"] == CustomerLink._meta.label_lower
        seen = opened.get(row["about_id"] or 0) if is_link else None
        standing = OutboxMessage.Status(row["status"]).label
        events.append(
            {
                "at": row["created_at"],
                "icon": "mail" if row["kind"] == OutboxMessage.Kind.EMAIL else "message",
                "title": f"{OutboxMessage.Kind(row['kind']).label} to them",
                "words": MESSAGES.get(row["purpose"], row["purpose"].replace("_", " ").capitalize()),
                "by": f"{standing}{', opened' if seen else ', not opened' if is_link else ''}",
            }
        )
    return events


def _handoffs(request: Request, customer: Customer, before: datetime) -> list[Event]:
    told = Rooftop.objects.telling(request.user)
    asked = (
        Ask.objects.filter(customer__in=customer.records, repair_order__rooftop__in=told, at__lt=before)
        .order_by("-at", "-pk")
        .values(
            *("at", "answer", "words", "reason", "by__name", "repair_order_id"),
            *("repair_order__rooftop", "repair_order__rooftop__name"),
        )
    )
    said = {Ask.Answer.YES: "said yes", Ask.Answer.NO: "said no", Ask.Answer.NOT_ASKED: "not asked"}
    events = [
        {
            "at": row["at"],
            "icon": "arrows-exchange",
            "title": f"Hand-off, {said[Ask.Answer(row['answer'])]}",
            "url": _open(request, row["repair_order__rooftop"], "service_lane:order", row["repair_order_id"]),
            "where": _where(request, row["repair_order__rooftop"], row["repair_order__rooftop__name"]),
            "quote": row["words"],
            "words": row["reason"],
            "by": row["by__name"] + ("" if row["answer"] == Ask.Answer.YES else ". Sales does not see it"),
        }
        for row in asked[:AT_ONCE]
    ]
    done = (
        Handoff.objects.filter(customer=customer, rooftop__in=told, outcome_at__lt=before)
        .order_by("-outcome_at", "-pk")
        .values(
            *("outcome", "outcome_at", "outcome_note", "claimed_by__name", "repair_order_id"),
            *("rooftop_id", "rooftop__name"),
        )
    )
    events += [
        {
            "at": row["done_at"] or row["created_at"],
            "icon": "send",
            "title": "Passed on to the sales system",
            "words": OutboxMessage.Status(row["status"]).label,
            "by": "Lane, as they had agreed",
        }
        for row in OutboxMessage.objects.filter(
            kind=OutboxMessage.Kind.ADF,
            rooftop__in=told,
            created_at__lt=before,
            about_type=Handoff._meta.label_lower,
            about_id__in=Handoff.objects.filter(customer=customer).values("pk"),
        )
        .order_by("-created_at", "-pk")
        .values("status", "created_at", "done_at")[:AT_ONCE]
    ]
    return events + [
        {
            "at": row["outcome_at"],
            "icon": "flag",
            "title": f"Sales: {Handoff.Outcome(row['outcome']).label.lower()}",
            "url": _open(request, row["rooftop_id"], "service_lane:order", row["repair_order_id"]),
            "where": _where(request, row["rooftop_id"], row["rooftop__name"]),
            "words": row["outcome_note"],
            "by": row["claimed_by__name"],
        }
        for row in done[:AT_ONCE]
    ]


def _complaints(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = Complaint.objects.told_to(request.user).filter(customer=customer).filter(opened_at__lt=before)
    events = []
    for row in rows.order_by("-opened_at", "-pk").values(
        *("pk", "opened_at", "closed_at", "words", "owner__name", "closed_by__name", "what_was_done"),
        *("outcome", "outcome_at", "outcome_words", "outcome_by__name"),
        *("rooftop_id", "rooftop__name", "is_confidential"),
    )[:AT_ONCE]:
        url = _open(request, row["rooftop_id"], "customers:complaint", row["pk"])
        where = _where(request, row["rooftop_id"], row["rooftop__name"])
        events.append(
            {
                "at": row["opened_at"],
                "icon": "message-question",
                "title": f"Complaint {row['pk']}, {'closed' if row['closed_at'] else 'open'}",
                "url": url,
                "where": where,
                "quote": row["words"],
                "by": f"Owner {row['owner__name']}",
                "is_big": True,
                "is_confidential": row["is_confidential"],
            }
        )
        if row["closed_at"] and row["closed_at"] < before:
            events.append(
                {
                    "at": row["closed_at"],
                    "icon": "message-check",
                    "title": f"Complaint {row['pk']} closed",
                    "url": url,
                    "where": where,
                    "words": row["what_was_done"],
                    "by": row["closed_by__name"],
                }
            )
        if row["outcome_at"] and row["outcome_at"] < before:
            events.append(
                {
                    "at": row["outcome_at"],
                    "icon": "message-check",
                    "title": f"Asked about complaint {row['pk']}: {Complaint.Outcome(row['outcome']).label.lower()}",
                    "url": url,
                    "where": where,
                    "quote": row["outcome_words"],
                    "by": row["outcome_by__name"],
                }
            )
    return events


def _said(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = Feedback.objects.told_to(request.user).kept().filter(customer=customer, said_at__lt=before)
    return [
        {
            "at": row["said_at"],
            "icon": "message",
            "title": Feedback.Kind(row["kind"]).label,
            "url": _open(request, row["rooftop_id"], "customers:feedback", row["pk"]),
            "quote": row["words"],
            "by": f"Written down by {row['by__name']}",
            "where": _where(request, row["rooftop_id"], row["rooftop__name"]),
            "is_confidential": row["is_confidential"],
        }
        for row in rows.order_by("-said_at", "-pk").values(
            *("pk", "said_at", "kind", "words", "by__name", "rooftop_id", "rooftop__name", "is_confidential")
        )[:AT_ONCE]
    ]


def _looks(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = (
        Look.objects.filter(customer__in=customer.records, at__lt=before)
        .order_by("-at", "-pk")
        .values("at", "by__name", "why", "rooftop__name")
    )
    return [
        {
            "at": row["at"],
            "icon": "eye",
            "title": "Looked at",
            "words": row["why"],
            "by": row["by__name"],
            "where": row["rooftop__name"],
        }
        for row in rows[:AT_ONCE]
    ]


def _record(request: Request, customer: Customer, before: datetime) -> list[Event]:
    consents = (
        Consent.objects.filter(customer__in=customer.records, at__lt=before).select_related("by").order_by("-at", "-pk")
    )
    events: list[Event] = [
        {
            "at": consent.at,
            "icon": "check" if consent.granted else "x",
            "title": str(consent),
            "url": reverse("customers:consents", args=[customer.pk]),
            "words": consent.get_channel_display(),
            "by": f"{consent.source}{f', {consent.by.name}' if consent.by else ''}",
        }
        for consent in consents[:AT_ONCE]
    ]
    about = Entry.objects.filter(about_type=Customer._meta.label_lower, about_id__in=customer.records.values("pk"))
    entries = about.filter(event__in=CHANGES, at__lt=before).newest_first()
    return events + [
        {"at": row["at"], "icon": "pencil", "title": CHANGES[row["event"]], "by": row["by_name"]}
        for row in entries.values("event", "at", "by_name")[:AT_ONCE]
    ]


SOURCES: dict[str, Source] = {
    "visits": _visits,
    "answers": _answers,
    "calls": _calls,
    "messages": _messages,
    "handoffs": _handoffs,
    "complaints": _complaints,
    "said": _said,
    "looks": _looks,
    "record": _record,
}
