"""Signing an order that was opened without a signature: a page to turn round to the customer, with nothing else."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from service_lane.actions import signing as actions
from service_lane.actions.orders import NotOpen
from service_lane.actions.writeup import NotReady
from service_lane.models import RepairOrder
from service_lane.rules import Missing
from service_lane.rules.signature import Unreadable, read
from service_lane.signing import words_of


def _fetch(request: Request, pk: int) -> RepairOrder:
    rows = RepairOrder.objects.select_related("rooftop", "customer", "vehicle")
    return fetch(rows, request.user, COUNTER, pk=pk)


@role_required(*COUNTER)
def order_sign(request: Request, pk: int) -> HttpResponseBase:
    """What they read, and where they sign; once signed, the order."""
    if request.method == "POST":
        return _sign(request, pk)
    order = _fetch(request, pk)
    return _page(request, order) if order.waits_for_signature else redirect(order)


def _page(request: Request, order: RepairOrder, problems: tuple[Missing, ...] = ()) -> HttpResponse:
    try:
        drawing = read(request.POST.get("signed_drawing", ""))
    except Unreadable:
        drawing = None
    context: dict[str, Any] = {
        "order": order,
        "words": words_of(order, at=timezone.now(), private=request.counter_view),
        "problems": problems,
        "errors": {one.field: one.message for one in reversed(problems)},
        "typed": request.POST,
        "drawing": drawing,
    }
    return render(request, "service_lane/sign.html", context, status=422 if problems else 200)


@require_POST
@one_time
def _sign(request: Request, pk: int) -> HttpResponse:
    order = _fetch(request, pk)
    by_phone = request.POST.get("how") == "phone"
    try:
        actions.sign(
            repair_order=order,
            words_shown=request.POST.get("words_shown", ""),
            name=request.POST.get("said_name" if by_phone else "signed_name", ""),
            drawing="" if by_phone else request.POST.get("signed_drawing", ""),
            called=request.POST.get("called", "") if by_phone else None,
            by=request.user,
            at=timezone.now(),
        )
    except NotReady as refusal:
        return _page(request, order, refusal.missing)
    except actions.Signed:
        pass  # the order says who did
    except NotOpen:
        messages.warning(request, f"{order} is not open any more, so it cannot be signed.")
    return go(request, order.get_absolute_url())
