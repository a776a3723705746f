"""What the sales manager does with the queue: gives a hand-off to somebody else, and takes the queue as a file."""

import csv
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from sales_handoff.actions import exporting, owning
from sales_handoff.forms import ReassignForm
from sales_handoff.models import Handoff
from sales_handoff.views.handoffs import MANAGERS, handoffs, show


@require_POST
@one_time
@role_required(*MANAGERS)
def reassign(request: Request, pk: int) -> HttpResponse:
    """Somebody else takes it, with why; the answer is the hand-off as it is then."""
    row = fetch(handoffs(), request.user, MANAGERS, pk=pk)
    form = ReassignForm(request.POST, sellers=owning.sellers_at(row.rooftop))
    now = timezone.now()
    if not form.is_valid():
        return show(request, row, now, forms={"reassign": form}, status=422)
    try:
        owning.reassign(handoff=row, by=request.user, at=now, **form.cleaned_data)
    except owning.CannotGive as cannot:
        return show(request, handoffs().get(pk=pk), now, forms={"reassign": form}, problem=str(cannot), status=409)
    undo = reverse("sales_handoff:reassign-undo", args=[pk])
    offer_undo(request, "It is somebody else's now. They read what is open first.", undo, at=now)
    return _answer(request, row, now)


@require_POST
@one_time
@role_required(*MANAGERS)
def reassign_undo(request: Request, pk: int) -> HttpResponse:
    """Take a giving away back, for ten seconds."""
    row = fetch(handoffs(), request.user, MANAGERS, pk=pk)
    now = timezone.now()
    try:
        owning.undo_reassign(handoff=row, by=request.user, at=now)
    except owning.CannotGive as cannot:
        return show(request, handoffs().get(pk=pk), now, problem=str(cannot), status=409)
    return _answer(request, row, now)


def _answer(request: Request, row: Handoff, now: datetime) -> HttpResponse:
    if request.htmx:
        return show(request, handoffs().get(pk=row.pk), now)
    return go(request, reverse("sales_handoff:handoff", args=[row.pk]))


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*MANAGERS)
def export(request: Request) -> HttpResponse:
    """The queue and what came of it as a CSV file.  The same form again leads back to the queue."""
    if request.method == "GET" or request.counter_view:
        return redirect("sales_handoff:queue")
    now = timezone.now()
    rows = exporting.export_queue(rooftop=request.rooftop, by=request.user, at=now)
    name = f"hand-offs-{request.rooftop.code}-{timezone.localdate(now)}.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    response.write("\N{ZERO WIDTH NO-BREAK SPACE}")  # by it a spreadsheet knows UTF-8
    writer: Any = csv.writer(response)
    writer.writerows(rows)
    return response
