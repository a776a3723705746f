"""The day and the week in figures.  What upper apps count is embedded by address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealership.figures import period
from dealership.http import Request, role_required
from dealership.models import COUNTER
from service_lane.figures import figures


@role_required(*COUNTER)
def day(request: Request) -> HttpResponse:
    """One day, ?on=2026-11-23 or today."""
    return _page(request, is_week=False)


@role_required(*COUNTER)
def week(request: Request) -> HttpResponse:
    """The week around a day, Monday to Sunday."""
    return _page(request, is_week=True)


def _page(request: Request, *, is_week: bool) -> HttpResponse:
    now = timezone.now()
    looked_at = period(request.GET, request.rooftop, now, is_week=is_week)
    if request.counter_view:  # figures are not for customers' eyes, and are not in the page at all
        return render(request, "service_lane/day.html", {"period": looked_at, "figures": None}, status=404)
    context = {"period": looked_at, "figures": figures(looked_at, now)}
    return render(request, "service_lane/day.html", context)
