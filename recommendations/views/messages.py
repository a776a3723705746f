"""What was sent to the customer of an order, for the order's page."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render

from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, OutboxMessage
from recommendations.models import CustomerLink
from recommendations.views.lines import orders
from service_lane.models import RepairOrder

PURPOSES = {"findings_link": "Their page with what we found", "car_ready": "Their car is ready"}
MOST = 20


@role_required(*SERVICE)
def order_messages(request: Request, pk: int) -> HttpResponse:
    """Each message about an order: sent or not, and opened or not.  A page of its own without htmx."""
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    fragment = "#messages" if request.htmx else ""
    context = {"order": order, "rows": _rows(order)}
    return render(request, f"recommendations/order_messages.html{fragment}", context)


def _rows(order: RepairOrder) -> list[dict[str, Any]]:
    """The newest first.  `opened_at` is when the page behind a link was first opened, None for other messages."""
    links = {link.pk: link for link in CustomerLink.objects.filter(repair_order=order)}
    about_link = Q(about_type=CustomerLink._meta.label_lower, about_id__in=links)
    about_order = Q(about_type=RepairOrder._meta.label_lower, about_id=order.pk)
    found = OutboxMessage.objects.filter(about_link | about_order).values(
        "kind", "purpose", "to", "status", "created_at", "done_at", "about_type", "about_id"
    )[:MOST]
    return [
        {
            **row,
            "words": PURPOSES.get(row["purpose"], row["purpose"].replace("_", " ").capitalize()),
            "link": links.get(row["about_id"] or 0) if row["about_type"] == CustomerLink._meta.label_lower else None,
        }
        for row in found
    ]
