"""Taking back, within ten seconds, what staff wrote down: answers, work begun or finished, an order closed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, SERVICE
from recommendations.actions import undoing
from recommendations.actions.deciding import Outcome
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Decision
from recommendations.views.lines import lines, orders


def offer_to_take_back(request: Request, outcome: Outcome, at: datetime) -> None:
    """After staff wrote answers down at `at`: a toast that takes all of them back."""
    count = len(outcome.decisions)
    said = "1 answer written down." if count == 1 else f"{count} answers written down."
    offer_undo(request, said, reverse("recommendations:answers-undo", args=[outcome.decisions[0].pk]), at=at)


@require_POST
@one_time
@role_required(*COUNTER)
def answers_undo(request: Request, pk: int) -> HttpResponse:
    """Every answer that was written down together with this one."""
    rows = Decision.objects.select_related("line__presentation__repair_order__rooftop", "advisory__repair_order")
    decision = fetch(rows, request.user, COUNTER, pk=pk)
    back = reverse("recommendations:estimate", args=[decision.advisory.repair_order_id])
    return _undo(request, undoing.take_back_answers, "Taken back.", back, decision=decision)


@require_POST
@one_time
@role_required(*SERVICE)
def start_undo(request: Request, pk: int) -> HttpResponse:
    advisory = fetch(lines(), request.user, SERVICE, pk=pk)
    back = advisory.repair_order.get_absolute_url()
    return _undo(request, undoing.undo_start, "Work has not started.", back, advisory=advisory)


@require_POST
@one_time
@role_required(*SERVICE)
def finish_undo(request: Request, pk: int) -> HttpResponse:
    advisory = fetch(lines(), request.user, SERVICE, pk=pk)
    back = advisory.repair_order.get_absolute_url()
    return _undo(request, undoing.undo_finish, "Work goes on.", back, advisory=advisory)


@require_POST
@one_time
@role_required(*COUNTER)
def close_undo(request: Request, pk: int) -> HttpResponse:
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    return _undo(request, undoing.reopen, f"{order} is open again.", order.get_absolute_url(), repair_order=order)


def _undo(request: Request, action: Callable[..., Any], done: str, back: str, **what: Any) -> HttpResponse:
    """Do it, or say why not; either way back to the page it is about."""
    try:
        action(**what, by=request.user, at=timezone.now())
    except (undoing.TooLate, CannotPresent) as late:
        messages.warning(request, str(late))
    else:
        messages.info(request, done)
    return go(request, back)
