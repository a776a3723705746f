"""Starting and finishing the work on a line, from the order's page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import SERVICE
from recommendations import estimate as estimates
from recommendations.actions import working
from recommendations.actions.presenting import CannotPresent
from recommendations.views.lines import lines, orders


@require_POST
@one_time
@role_required(*SERVICE)
def work_start(request: Request, pk: int) -> HttpResponse:
    return _change(request, pk, working.start, "Work has started.", "recommendations:start-undo")


@require_POST
@one_time
@role_required(*SERVICE)
def work_finish(request: Request, pk: int) -> HttpResponse:
    return _change(request, pk, working.finish, "Work is done.", "recommendations:finish-undo")


def _change(request: Request, pk: int, action: Callable[..., Any], done: str, undo: str) -> HttpResponse:
    advisory = fetch(lines(), request.user, SERVICE, pk=pk)
    sentence, at = "", timezone.now()
    try:
        action(advisory=advisory, by=request.user, at=at)
        offer_undo(request, done, reverse(undo, args=[advisory.pk]), at=at)
    except (working.CannotWork, CannotPresent) as cannot:
        sentence = str(cannot)
    order = orders().get(pk=advisory.repair_order_id)
    context = {"order": order, "estimate": estimates.load(order), "sentence": sentence}
    if request.htmx or sentence:
        fragment = "#lines" if request.htmx else ""
        status = 200 if request.htmx or not sentence else 409
        return render(request, f"recommendations/order_lines.html{fragment}", context, status=status)
    return go(request, order.get_absolute_url())
