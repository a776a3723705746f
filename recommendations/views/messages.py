"""What was sent to the customer of an order and what they texted back, for the order's page."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from customers.actions.texts import CONFIRMATION, REPLY
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, InboundText, OutboxMessage
from recommendations.models import CustomerLink, QuestionReply
from recommendations.views.lines import orders
from service_lane.models import RepairOrder

PURPOSES = {
    "findings_link": "Their page with what we found",
    "car_ready": "Their car is ready",
    "question_reply": "We answered their question",
    REPLY: "Our answer to their text",
    CONFIRMATION: "We heard what texts they want",
}
MOST = 20
AFTERWARDS = timedelta(days=7)
"""How long after the car left a text is still about this visit."""
AT_ONCE = timedelta(minutes=1)


@role_required(*SERVICE)
def order_messages(request: Request, pk: int) -> HttpResponse:
    """Each message about an order, what became of it, and what they wrote.  A page of its own without htmx."""
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    fragment = "#messages" if request.htmx else ""
    context = {"order": order, "rows": _rows(order)}
    return render(request, f"recommendations/order_messages.html{fragment}", context)


def texts_of(order: RepairOrder) -> QuerySet[InboundText]:
    """What came from the customer's phones, or the one we write to about this order, while it concerned us."""
    phones = order.customer.contact_points.filter(kind="phone").values_list("value", flat=True)
    texts = InboundText.objects.filter(number__in={order.contact_value, *phones}, received_at__gte=order.opened_at)
    return texts.filter(received_at__lt=order.closed_at + AFTERWARDS) if order.closed_at else texts


def _rows(order: RepairOrder) -> list[dict[str, Any]]:
    """The newest first.  `opened_at` is when the page behind a link was first opened, None for other messages."""
    links = {link.pk: link for link in CustomerLink.objects.filter(repair_order=order)}
    texts = list(texts_of(order).values("pk", "body", "reading", "scope", "received_at", "settled_at")[:MOST])
    replies = QuestionReply.objects.filter(question__advisory__repair_order=order)
    about = {
        CustomerLink: links,
        RepairOrder: [order.pk],
        QuestionReply: replies.values("pk"),
        InboundText: [text["pk"] for text in texts],
    }
    which = Q()
    for model, ids in about.items():
        which |= Q(about_type=model._meta.label_lower, about_id__in=ids)
    found = OutboxMessage.objects.filter(which).values(
        *("kind", "purpose", "to", "status", "created_at", "not_before", "done_at", "about_type", "about_id"),
        *("provider_answer", "delivered_at", "came_back_at", "came_back_why"),
    )[:MOST]
    sent = [
        {
            **row,
            "at": row["created_at"],
            "words": PURPOSES.get(row["purpose"], row["purpose"].replace("_", " ").capitalize()),
            "link": links.get(row["about_id"] or 0) if row["about_type"] == CustomerLink._meta.label_lower else None,
            "waits": row["status"] == "waiting" and row["not_before"] - row["created_at"] > AT_ONCE,
        }
        for row in found
    ]
    came = [{**text, "at": text["received_at"], "is_theirs": True} for text in texts]
    return sorted([*sent, *came], key=lambda row: row["at"], reverse=True)[:MOST]
