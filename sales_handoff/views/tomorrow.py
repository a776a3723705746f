"""Tomorrow's lane: what the counter should know about each booked car before it comes, on a page and on paper."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods

from dealership.http import Request, go, one_time, role_required
from dealership.models import COUNTER
from sales_handoff.actions import preparing
from sales_handoff.models import PreparedVisit
from service_lane.models import RepairOrder

PER_PAGE = 25
ON_PAPER = 100


def _day(request: Request, now: datetime) -> date:
    """?day= of the address, else tomorrow in the rooftop's own time."""
    tomorrow = now.astimezone(request.rooftop.zone).date() + timedelta(days=1)
    try:
        return parse_date(request.GET.get("day", "")) or tomorrow
    except ValueError:
        return tomorrow


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*COUNTER)
def tomorrow(request: Request) -> HttpResponse:
    """Everybody booked for a day, and what is known of them; posting looks at those nobody has looked at yet."""
    now = timezone.now()
    day = _day(request, now)
    if request.method == "POST":
        new = preparing.prepare(
            appointments=preparing.unprepared(request.rooftop, [day]), rooftop=request.rooftop, by=request.user, at=now
        )
        messages.info(
            request, f"{new} car{'' if new == 1 else 's'} looked at." if new else "All were looked at already."
        )
        return go(request, f"{reverse('sales_handoff:tomorrow')}?day={day.isoformat()}")
    page = Paginator(preparing.booked(request.rooftop, [day]), PER_PAGE).get_page(request.GET.get("page"))
    context = _context(request, day, now, page.object_list) | {"page": page}
    return render(request, "sales_handoff/tomorrow.html", context)


@require_GET
@role_required(*COUNTER)
def tomorrow_print(request: Request) -> HttpResponse:
    """The same on paper, for the counter's clipboard.  It is not for customers, and says so."""
    now = timezone.now()
    day = _day(request, now)
    context = _context(request, day, now, preparing.booked(request.rooftop, [day])[:ON_PAPER])
    return render(request, "sales_handoff/tomorrow_print.html", context)


def _context(request: Request, day: date, now: datetime, booked: Any) -> dict[str, Any]:
    appointments = [] if request.counter_view else list(booked)
    known = {row.appointment_id: row for row in PreparedVisit.objects.filter(appointment__in=appointments, day=day)}
    stays = dict(RepairOrder.Stay.choices)
    rows = [
        {
            "appointment": one,
            "stay": stays.get(one.stay, ""),
            "prepared": known.get(one.pk),
            "facts": known[one.pk].facts if one.pk in known else None,
        }
        for one in appointments
    ]
    return {
        "rooftop": request.rooftop,
        "rows": rows,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "is_tomorrow": day == now.astimezone(request.rooftop.zone).date() + timedelta(days=1),
        "waiting": sum(1 for row in rows if row["prepared"] is None),
        "crossing": sum(1 for row in rows if row["prepared"] and row["prepared"].crosses),
        "now": now,
    }
