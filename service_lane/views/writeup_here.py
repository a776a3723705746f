"""What a write-up must say although nobody at this screen did anything: who else is in it, and what became of it."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html

from dealership.http import Request
from dealership.models import Staff
from service_lane import presence
from service_lane.models import RepairOrder, WriteUp
from service_lane.views.writeup_words import said


def here_already(request: Request, order: RepairOrder) -> str:
    """Where the car is, with a link for those who may follow it."""
    if order.rooftop_id in request.user.rooftop_ids():
        return format_html(
            'This car is already here on <a href="{}">{}</a>. Add to that one, or close it first.',
            order.get_absolute_url(),
            order,
        )
    return f"This car is on an open repair order at {order.rooftop.name}. Ask them to close it first."


def here_context(request: Request, write_up: WriteUp, now: datetime) -> dict[str, Any]:
    """Who else is in the write-up, what they changed since `?since`, and whether it or its car is open elsewhere."""
    try:
        since = datetime.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        since = now
    theirs = [
        (name, staff)
        for name, (when, staff) in write_up.touched.items()
        if staff != request.user.pk and since.tzinfo and datetime.fromisoformat(when) > since
    ]
    order = None
    if write_up.repair_order_id is None and write_up.vehicle_id:
        order = RepairOrder.objects.here_now().filter(vehicle=write_up.vehicle_id).select_related("rooftop").first()
    return {
        "write_up": write_up,
        "now": now,
        "since": since,
        "others": presence.look_in(write_up, request.user, now),
        "changed_by": list(Staff.objects.filter(pk__in={staff for _, staff in theirs}).values_list("name", flat=True)),
        "changed": sorted({said(name) for name, _ in theirs}),
        "elsewhere": here_already(request, order) if order else "",
    }
