"""Taking back, within ten seconds, that a car is ready or that its customer was told."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from service_lane.actions import orders as actions
from service_lane.models import RepairOrder


@require_POST
@one_time
@role_required(*COUNTER)
def ready_undo(request: Request, pk: int) -> HttpResponse:
    return _undo(request, pk, actions.undo_ready, "It is not ready any more.")


@require_POST
@one_time
@role_required(*COUNTER)
def tell_undo(request: Request, pk: int) -> HttpResponse:
    return _undo(request, pk, actions.undo_tell, "They were not told.")


def _undo(request: Request, pk: int, action: Callable[..., Any], done: str) -> HttpResponse:
    order = fetch(RepairOrder.objects.all(), request.user, COUNTER, pk=pk)
    try:
        action(repair_order=order, by=request.user, at=timezone.now())
    except actions.TooLate as late:
        messages.warning(request, str(late))
    else:
        messages.info(request, done)
    return go(request, order.get_absolute_url())
