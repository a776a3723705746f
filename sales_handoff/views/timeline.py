"""Everything between us and one customer in order of time: the page that reads every storey, so the top one holds it.

The customer page belongs to a lower storey and asks for this by address.  Without htmx it is a page of its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from customers import actions as customers
from customers.models import Complaint, Consent, Customer, Feedback, Look
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry
from sales_handoff.views import timeline_visits
from sales_handoff.views.timeline_visits import AT_ONCE, Event, address_of, place_of

type Source = Callable[[Request, Customer, datetime], list[Event]]

SHOWN = 20
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
        sources = [timeline_visits.visits] if show in ("", "visits") else []
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


def _complaints(request: Request, customer: Customer, before: datetime) -> list[Event]:
    rows = Complaint.objects.told_to(request.user).filter(customer=customer).filter(opened_at__lt=before)
    events = []
    for row in rows.order_by("-opened_at", "-pk").values(
        *("pk", "opened_at", "closed_at", "words", "owner__name", "closed_by__name", "what_was_done"),
        *("outcome", "outcome_at", "outcome_words", "outcome_by__name"),
        *("rooftop_id", "rooftop__name", "is_confidential"),
    )[:AT_ONCE]:
        url = address_of(request, row["rooftop_id"], "customers:complaint", row["pk"])
        where = place_of(request, row["rooftop_id"], row["rooftop__name"])
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
            "url": address_of(request, row["rooftop_id"], "customers:feedback", row["pk"]),
            "quote": row["words"],
            "by": f"Written down by {row['by__name']}",
            "where": place_of(request, row["rooftop_id"], row["rooftop__name"]),
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
            "icon": {True: "check", False: "x", None: "minus"}[consent.granted],
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
    "visits": timeline_visits.visits,
    "answers": timeline_visits.answers,
    "calls": timeline_visits.calls,
    "messages": timeline_visits.messages,
    "handoffs": timeline_visits.handoffs,
    "complaints": _complaints,
    "said": _said,
    "looks": _looks,
    "record": _record,
}
