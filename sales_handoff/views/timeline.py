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
from customers.models import Complaint, Consent, Customer, Feedback, Look
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry, OutboxMessage
from recommendations.models import Advisory, CustomerLink, Decision
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
MESSAGES = {"findings_link": "Their page with what we found", "car_ready": "Their car is ready"}


@require_GET
@role_required(*SERVICE)
def customer_timeline(request: Request, pk: int) -> HttpResponse:
    """Newest first, a page at a time.  `?show=` keeps one kind, `?before=` goes on from a time.

    Counter view keeps the dates of the visits and nothing else.
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


def _visits(request: Request, customer: Customer, before: datetime) -> list[Event]:
    orders = RepairOrder.objects.visible_to(request.user).exclude(status=RepairOrder.Status.VOID)
    rows = (
        orders.filter(customer=customer, opened_at__lt=before)
        .order_by("-opened_at", "-pk")
        .values(
            *("pk", "number", "opened_at", "purpose", "vehicle__model", "vehicle__make", "advisor__name"),
            "advisor_name",
        )
    )
    events = [
        {
            "at": row["opened_at"],
            "icon": "tool",
            "title": f"Visit, RO {row['number']}",
            "url": reverse("service_lane:order", args=[row["pk"]]),
            "car": row["vehicle__model"] or row["vehicle__make"] or "",
            "quote": "" if request.counter_view else row["purpose"],
            "by": row["advisor__name"] or row["advisor_name"],
        }
        for row in rows[:AT_ONCE]
    ]
    booked = (
        Appointment.objects.visible_to(request.user)
        .arriving()
        .filter(customer=customer, due_at__lt=before)
        .order_by("-due_at", "-pk")
        .values("pk", "due_at", "purpose", "vehicle__model", "advisor__name")
    )
    return events + [
        {
            "at": row["due_at"],
            "icon": "calendar-event",
            "title": "Appointment",
            "url": reverse("service_lane:appointment", args=[row["pk"]]),
            "car": row["vehicle__model"] or "",
            "quote": "" if request.counter_view else row["purpose"],
            "by": row["advisor__name"] or "",
        }
        for row in booked[:AT_ONCE]
    ]


def _answers(request: Request, customer: Customer, before: datetime) -> list[Event]:
    """What was answered together is one event: "Answered 3 lines: 1 yes, 2 no"."""
    rows = (
        Decision.objects.visible_to(request.user)
        .filter(advisory__repair_order__customer=customer, at__lt=before)
        .order_by("-at", "-pk")
        .annotate(title=KeyTextTransform("title", "line__snapshot"))
        .values(
            *("at", "answer", "who_name", "channel", "question", "title", "line__presentation"),
            *("advisory__repair_order", "advisory__repair_order__number", "by__name"),
        )
    )
    together: dict[tuple[datetime, int], list[dict[str, Any]]] = {}
    for row in rows[: 3 * AT_ONCE]:
        together.setdefault((row["at"], row["line__presentation"]), []).append(row)
    events = []
    for given in together.values():
        first = given[0]
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
                "url": reverse("service_lane:order", args=[first["advisory__repair_order"]]),
                "quote": next((row["question"] for row in given if row["question"]), ""),
                "words": words,
                "by": f"{first['who_name']}, {_how(first)}",
            }
        )
    return events[:AT_ONCE]


def _how(decision: dict[str, Any]) -> str:
    return f"written down by {decision['by__name']}" if decision["by__name"] else "on their page"


def _messages(request: Request, customer: Customer, before: datetime) -> list[Event]:
    orders = RepairOrder.objects.visible_to(request.user).filter(customer=customer).values("pk")
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
    here = request.user.rooftop_ids(*SERVICE)
    asked = (
        Ask.objects.filter(customer__in=customer.records, repair_order__rooftop__in=here, at__lt=before)
        .order_by("-at", "-pk")
        .values("at", "answer", "words", "reason", "by__name", "repair_order_id")
    )
    said = {Ask.Answer.YES: "said yes", Ask.Answer.NO: "said no", Ask.Answer.NOT_ASKED: "not asked"}
    events = [
        {
            "at": row["at"],
            "icon": "arrows-exchange",
            "title": f"Hand-off, {said[Ask.Answer(row['answer'])]}",
            "url": reverse("service_lane:order", args=[row["repair_order_id"]]),
            "quote": row["words"],
            "words": row["reason"],
            "by": row["by__name"] + ("" if row["answer"] == Ask.Answer.YES else ". Sales does not see it"),
        }
        for row in asked[:AT_ONCE]
    ]
    done = (
        Handoff.objects.filter(customer=customer, rooftop__in=here, outcome_at__lt=before)
        .order_by("-outcome_at", "-pk")
        .values("outcome", "outcome_at", "outcome_note", "claimed_by__name", "repair_order_id")
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
            rooftop__in=here,
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
            "url": reverse("service_lane:order", args=[row["repair_order_id"]]),
            "words": row["outcome_note"],
            "by": row["claimed_by__name"],
        }
        for row in done[:AT_ONCE]
    ]


def _complaints(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = Complaint.objects.visible_to(request.user).filter(customer=customer).filter(opened_at__lt=before)
    events = []
    for row in rows.order_by("-opened_at", "-pk").values(
        *("pk", "opened_at", "closed_at", "words", "owner__name", "closed_by__name", "what_was_done"),
        *("outcome", "outcome_at", "outcome_words", "outcome_by__name"),
    )[:AT_ONCE]:
        url = reverse("customers:complaint", args=[row["pk"]])
        events.append(
            {
                "at": row["opened_at"],
                "icon": "message-question",
                "title": f"Complaint {row['pk']}, {'closed' if row['closed_at'] else 'open'}",
                "url": url,
                "quote": row["words"],
                "by": f"Owner {row['owner__name']}",
                "is_big": True,
            }
        )
        if row["closed_at"] and row["closed_at"] < before:
            events.append(
                {
                    "at": row["closed_at"],
                    "icon": "message-check",
                    "title": f"Complaint {row['pk']} closed",
                    "url": url,
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
                    "quote": row["outcome_words"],
                    "by": row["outcome_by__name"],
                }
            )
    return events


def _said(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = Feedback.objects.visible_to(request.user).kept().filter(customer=customer, said_at__lt=before)
    return [
        {
            "at": row["said_at"],
            "icon": "message",
            "title": Feedback.Kind(row["kind"]).label,
            "url": reverse("customers:feedback", args=[row["pk"]]),
            "quote": row["words"],
            "by": f"Written down by {row['by__name']}",
        }
        for row in rows.order_by("-said_at", "-pk").values("pk", "said_at", "kind", "words", "by__name")[:AT_ONCE]
    ]


def _looks(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = (
        Look.objects.filter(customer__in=customer.records, at__lt=before)
        .order_by("-at", "-pk")
        .values("at", "by__name", "why", "rooftop__name")
    )
    return [
        {"at": row["at"], "icon": "eye", "title": "Looked at", "words": row["why"], "by": row["by__name"]}
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
    "messages": _messages,
    "handoffs": _handoffs,
    "complaints": _complaints,
    "said": _said,
    "looks": _looks,
    "record": _record,
}
