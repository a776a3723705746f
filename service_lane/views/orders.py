"""The repair order's own page, and what service does to it there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.actions import look
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, OFFICE, SERVICE, Entry
from service_lane.actions import orders as actions
from service_lane.forms.orders import AssignForm, CauseForm, PartsForm, PromiseForm, VoidForm
from service_lane.models import Concern, Inspection, RepairOrder
from service_lane.rules import board as rules

MEANINGS = {
    "repair_order.opened": "Opened and signed",
    "repair_order.assigned": "Given to {technician}",
    "repair_order.promise_changed": "Promise changed: {reason}",
    "repair_order.parts_expected": "Part expected",
    "repair_order.ready": "Ready",
    "repair_order.customer_told": "Customer told",
    "repair_order.closed": "Closed",
    "repair_order.voided": "Voided: {reason}",
    "concern.explained": "Cause and correction of {letter} written down",
    "inspection.started": "Inspection started",
    "inspection.completed": "Inspection complete",
    "photo.added": "Photo added",
}
"""Audit entries in the words of the counter; any other event is shown by its own name."""


@role_required(*SERVICE)
def order(request: Request, pk: int) -> HttpResponse:
    """Everything about one visit."""
    order = _fetch(request, pk)
    look(customer=order.customer, why=str(order), by=request.user, at=timezone.now(), rooftop=order.rooftop)
    return _page(request, order)


def _fetch(request: Request, pk: int, *kinds: str) -> RepairOrder:
    rows = RepairOrder.objects.select_related(
        "rooftop", "customer", "vehicle", "advisor", "technician", "closed_by"
    ).prefetch_related(Prefetch("concerns", Concern.objects.order_by("letter", "pk")))
    return fetch(rows, request.user, kinds or SERVICE, pk=pk)


def _page(request: Request, order: RepairOrder, status: int = 200, **bound: Any) -> HttpResponse:
    now = timezone.now()
    inspection = Inspection.objects.filter(repair_order=order).select_related("technician").first()
    is_open = order.status == RepairOrder.Status.OPEN and order.source == RepairOrder.Source.LANE
    mark = rules.standing(promised_at=order.promised_at, now=now, stage=order.stage, parts_due_at=order.parts_due_at)
    at_counter = bool(request.staff_kinds & COUNTER)
    context = {
        "order": order,
        "now": now,
        "is_open": is_open,
        "mark": mark if is_open else "",
        "relative": rules.relative(
            promised_at=order.promised_at,
            now=now,
            stage=order.stage,
            mark=mark,
            told_at=order.told_at,
            zone=order.rooftop.zone,
        )
        if is_open
        else order.get_status_display().lower(),
        "inspection": inspection,
        "concerns": [
            {"concern": concern, "form": bound.get(f"cause_{concern.pk}") or _cause_form(concern)}
            for concern in order.concerns.all()
        ],
        "requested": list(order.requested_services.all()),
        "past_lines": list(order.service_lines.all()) if order.source == RepairOrder.Source.DMS else [],
        "photos": list(order.photos.all()),
        "timeline": _timeline(order, inspection, counter_view=request.counter_view),
        "promise_form": bound.get("promise") or PromiseForm(now=now),
        "parts_form": bound.get("parts") or PartsForm(initial={"due_at": order.parts_due_at}),
        "assign_form": bound.get("assign")
        or AssignForm(rooftop=order.rooftop, initial={"technician": order.technician}),
        "void_form": bound.get("void") or VoidForm(),
        "at_counter": at_counter,
        "may_void": is_open and bool(request.staff_kinds & OFFICE),
        "may_tell": is_open and at_counter and order.stage == RepairOrder.Stage.READY and order.told_at is None,
        "may_make_ready": is_open and at_counter and order.stage != RepairOrder.Stage.READY,
    }
    return render(request, "service_lane/order.html", context, status=status)


def _cause_form(concern: Concern) -> CauseForm:
    return CauseForm(
        initial={"cause": concern.cause, "correction": concern.correction}, auto_id=f"id_{concern.letter}_%s"
    )


def _timeline(order: RepairOrder, inspection: Inspection | None, *, counter_view: bool) -> list[dict[str, Any]]:
    """The newest forty entries about the order and its inspection, in words."""
    entries = Entry.objects.about(order)
    if inspection:
        entries |= Entry.objects.about(inspection)
    rows = entries.newest_first().values("event", "by_name", "at", "detail")[:40]
    return [
        {"at": row["at"], "by": row["by_name"], "words": _words(row["event"], row["detail"], counter_view)}
        for row in rows
    ]


def _words(event: str, detail: dict[str, Any], counter_view: bool) -> str:
    meaning = MEANINGS.get(event)
    if meaning is None:
        noun, _, verb = event.partition(".")
        return f"{noun} {verb}".replace("_", " ").capitalize()
    if counter_view:
        meaning = meaning.partition(":")[0]
    return meaning.format_map({"technician": "", "reason": "", "letter": ""} | detail)


def _act(request: Request, order: RepairOrder, action: Callable[[], object], anchor: str = "") -> HttpResponse:
    """Do it, or say that the order is not open any more."""
    try:
        action()
    except actions.NotOpen:
        messages.warning(request, f"{order} is not open any more, so it stays as it is.")
    except actions.NotReadyYet:
        messages.warning(request, "The customer was told already, or the car is not ready.")
    return go(request, f"{order.get_absolute_url()}{anchor}")


@require_POST
@one_time
@role_required(*SERVICE)
def order_assign(request: Request, pk: int) -> HttpResponse:
    """Who works on it."""
    order = _fetch(request, pk)
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
    order = _fetch(request, pk, *COUNTER)
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
    order = _fetch(request, pk)
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
    """Cause and correction of one concern."""
    order = _fetch(request, pk)
    concern = next((one for one in order.concerns.all() if one.pk == concern_pk), None)
    form = CauseForm(request.POST)
    if concern is None or not form.is_valid():
        return _page(request, order, status=422)
    concern.repair_order = order
    return _act(
        request,
        order,
        lambda: actions.say_cause(concern=concern, by=request.user, at=timezone.now(), **form.cleaned_data),
        anchor=f"#concern-{concern.letter}",
    )


@require_POST
@one_time
@role_required(*COUNTER)
def order_ready(request: Request, pk: int) -> HttpResponse:
    """The car is done."""
    order = _fetch(request, pk, *COUNTER)
    return _act(request, order, lambda: actions.make_ready(repair_order=order, by=request.user, at=timezone.now()))


@require_POST
@one_time
@role_required(*COUNTER)
def order_tell(request: Request, pk: int) -> HttpResponse:
    """Tell the customer that it is ready."""
    order = _fetch(request, pk, *COUNTER)
    return _act(request, order, lambda: actions.tell_ready(repair_order=order, by=request.user, at=timezone.now()))


@require_POST
@one_time
@role_required(*OFFICE)
def order_void(request: Request, pk: int) -> HttpResponse:
    """Take it out of the books, for good."""
    order = _fetch(request, pk, *OFFICE)
    form = VoidForm(request.POST)
    if not form.is_valid():
        return _page(request, order, status=422, void=form)
    reason = form.cleaned_data["reason"]
    return _act(
        request, order, lambda: actions.void(repair_order=order, reason=reason, by=request.user, at=timezone.now())
    )
