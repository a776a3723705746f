"""The repair order's own page, and what service does to it there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from customers.actions import look
from dealership.http import Request, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, OFFICE, SERVICE
from service_lane.actions import orders as actions
from service_lane.forms.orders import AssignForm, CauseForm, PartsForm, PromiseForm, VoidForm
from service_lane.models import RepairOrder
from service_lane.views.order_page import explained, fetch_order, is_for_panel, order_context


@role_required(*SERVICE)
def order(request: Request, pk: int) -> HttpResponse:
    """Everything about one visit."""
    order = fetch_order(request, pk)
    look(customer=order.customer, why=str(order), by=request.user, at=timezone.now(), rooftop=order.rooftop)
    return _page(request, order)


def _page(request: Request, order: RepairOrder, status: int = 200, **bound: Any) -> HttpResponse:
    """The order's page, or the panel beside the board when that asked."""
    in_panel = is_for_panel(request)
    context = order_context(request, order, timezone.now(), **bound) | {"in_panel": in_panel}
    response = render(request, f"service_lane/order.html{'#panel' if in_panel else ''}", context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _act(request: Request, order: RepairOrder, action: Callable[[], object]) -> HttpResponse:
    """Do it, or say that the order is not open any more."""
    try:
        action()
    except actions.NotOpen:
        messages.warning(request, f"{order} is not open any more, so it stays as it is.")
    except actions.NotReadyYet:
        messages.warning(request, "The customer was told already, or the car is not ready.")
    except actions.AskedForNone as refused:
        messages.warning(request, str(refused))
    if is_for_panel(request):
        return _page(request, fetch_order(request, order.pk))
    return go(request, order.get_absolute_url())


@require_POST
@one_time
@role_required(*SERVICE)
def order_assign(request: Request, pk: int) -> HttpResponse:
    """Who works on it."""
    order = fetch_order(request, pk)
    form = AssignForm(request.POST, rooftop=order.rooftop)
    if not form.is_valid():
        return _page(request, order, status=422, assign=form)
    technician = form.cleaned_data["technician"]
    return _act(
        request,
        order,
        lambda: actions.assign(repair_order=order, technician=technician, by=request.user, at=timezone.now()),
    )


@require_POST
@one_time
@role_required(*COUNTER)
def order_promise(request: Request, pk: int) -> HttpResponse:
    """Another promised time, with its reason."""
    order = fetch_order(request, pk, *COUNTER)
    form = PromiseForm(request.POST, now=timezone.now())
    if not form.is_valid():
        return _page(request, order, status=422, promise=form)
    return _act(
        request,
        order,
        lambda: actions.set_promise(repair_order=order, by=request.user, at=timezone.now(), **form.cleaned_data),
    )


@require_POST
@one_time
@role_required(*SERVICE)
def order_parts(request: Request, pk: int) -> HttpResponse:
    """When the part it waits for is due; empty once it is here."""
    order = fetch_order(request, pk)
    form = PartsForm(request.POST)
    if not form.is_valid():
        return _page(request, order, status=422, parts=form)
    due_at = form.cleaned_data["due_at"]
    return _act(
        request,
        order,
        lambda: actions.expect_parts(repair_order=order, due_at=due_at, by=request.user, at=timezone.now()),
    )


@require_POST
@one_time
@role_required(*SERVICE)
def order_cause(request: Request, pk: int, concern_pk: int) -> HttpResponse:
    """Cause and correction of one concern.  For htmx, who wrote them last, with the key of the next change."""
    order = fetch_order(request, pk)
    concern = next((one for one in order.concerns.all() if one.pk == concern_pk), None)
    if concern is None:
        raise Http404
    concern.repair_order = order
    form = CauseForm(request.POST, auto_id=f"id_{concern.letter}_%s")
    if not form.is_valid():
        return _page(request, order, status=422, **{f"cause_{concern.pk}": form})
    written = form.cleaned_data
    if (written["cause"], written["correction"]) != (concern.cause, concern.correction):
        try:
            actions.say_cause(concern=concern, by=request.user, at=timezone.now(), **written)
        except actions.NotOpen:
            messages.warning(request, f"{order} is not open any more, so it stays as it is.")
    if request.htmx:
        row = {"concern": concern, "kept": explained(order).get(concern.letter)}
        return render(request, "service_lane/order.html#kept", {"row": row, "order": order})
    return go(request, f"{order.get_absolute_url()}#concern-{concern.letter}")


@require_POST
@one_time
@role_required(*COUNTER)
def order_ready(request: Request, pk: int) -> HttpResponse:
    """The car is done."""
    order = fetch_order(request, pk, *COUNTER)
    at = timezone.now()

    def ready() -> None:
        actions.make_ready(repair_order=order, by=request.user, at=at)
        offer_undo(request, "The car is ready.", reverse("service_lane:order-ready-undo", args=[order.pk]), at=at)

    return _act(request, order, ready)


@require_POST
@one_time
@role_required(*COUNTER)
def order_tell(request: Request, pk: int) -> HttpResponse:
    """Tell the customer that it is ready."""
    order = fetch_order(request, pk, *COUNTER)
    at = timezone.now()

    def tell() -> None:
        called = bool(request.POST.get("called"))
        message = actions.tell_ready(repair_order=order, by=request.user, at=at, called=called)
        said = f"The message for {order} leaves in ten seconds." if message else f"{order}: written down as called."
        offer_undo(request, said, reverse("service_lane:order-tell-undo", args=[order.pk]), at=at)

    return _act(request, order, tell)


@one_time
@role_required(*OFFICE)
def order_void(request: Request, pk: int) -> HttpResponse:
    """Take it out of the books, for good: asks why on a page, for htmx in a dialog."""
    order = fetch_order(request, pk, *OFFICE)
    asked = request.method != "POST"
    form = VoidForm(None if asked else request.POST, auto_id="void_%s")  # the order behind the dialog has a reason too
    if not form.is_valid():
        template = f"service_lane/order_void.html{'#ask' if request.htmx else ''}"
        return render(request, template, {"order": order, "form": form}, status=200 if asked else 422)
    reason = form.cleaned_data["reason"]
    return _act(
        request, order, lambda: actions.void(repair_order=order, reason=reason, by=request.user, at=timezone.now())
    )
