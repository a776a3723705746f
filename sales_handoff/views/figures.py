"""The figures of hand-offs for the day and week page, which embeds them by address."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealership.figures import period
from dealership.http import Request, role_required
from dealership.models import COUNTER
from sales_handoff import figures as counted


@role_required(*COUNTER)
def figures(request: Request) -> HttpResponse:
    """The figures of ?on= and ?by=; a page of its own without htmx, nothing at all in counter view."""
    if request.counter_view:
        raise Http404
    now = timezone.now()
    looked_at = period(request.GET, request.rooftop, now)
    fragment = "#figures" if request.htmx else ""
    context = {"period": looked_at, "figures": counted.figures(looked_at, now)}
    return render(request, f"sales_handoff/figures.html{fragment}", context)
