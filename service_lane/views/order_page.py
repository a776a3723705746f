"""What the page of a repair order shows: the whole page, and the panel beside the lane board."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from dealership.http import Request, fetch
from dealership.models import COUNTER, OFFICE, SERVICE, Entry
from service_lane import signing
from service_lane.actions.orders import why_no_message
from service_lane.forms.orders import AssignForm, CauseForm, PartsForm, PromiseForm
from service_lane.models import Concern, DamageMark, Inspection, RepairOrder
from service_lane.rules import board as rules

PANEL = "aside#panel"
"""How htmx names the panel beside the board when it asks for an order to put there."""

MEANINGS = {
    "repair_order.opened": "Opened",
    "repair_order.signed": "Signed",
    "repair_order.assigned": "Given to {technician}",
    "repair_order.promise_changed": "Promise changed: {reason}",
    "repair_order.parts_expected": "Part expected",
    "repair_order.ready": "Ready",
    "repair_order.customer_told": "Customer told",
    "repair_order.ready_undone": "Not ready after all",
    "repair_order.tell_undone": "Customer not told after all",
    "repair_order.closed": "Closed",
    "repair_order.reopened": "Open again: closing was undone",
    "repair_order.voided": "Voided: {reason}",
    "concern.explained": "Cause and correction of {letter} written down",
    "inspection.started": "Inspection started",
    "inspection.rest_marked_good": "Rest of {section} marked good",
    "inspection.changes_seen": "The technician saw what changed",
    "inspection.completed": "Inspection complete",
    "estimate.quoted_again": "Put-off work quoted again",
    "requests.drafted": "What they asked for made into lines",
    "photo.added": "Photo added",
    "link.opened": "The customer opened their page",
    "order.invoiced": "Invoiced",
    "order.exported": "Exported for an inspector",
    "replaced_parts.chosen": "Replaced parts: asked whether they want them back",
    "declined_notice.ended": "Declined-work notice put before the customer",
}
"""Audit entries in the words of the counter; any other event is shown by its own name."""

TIMELINE = 40


def is_for_panel(request: Request) -> bool:
    """Whether the answer goes into the panel beside the board, and not into a page of its own."""
    return bool(request.htmx) and request.htmx.target == PANEL


def fetch_order(request: Request, pk: int, *kinds: str) -> RepairOrder:
    """The order with what its page prints, for staff who may have it: SERVICE, or one of `kinds`."""
    rows = RepairOrder.objects.select_related(
        "rooftop", "customer", "vehicle", "advisor", "technician", "closed_by", "entered_by"
    ).prefetch_related(Prefetch("concerns", Concern.objects.order_by("letter", "pk")))
    return fetch(rows, request.user, kinds or SERVICE, pk=pk)


def order_context(request: Request, order: RepairOrder, now: datetime, **bound: Any) -> dict[str, Any]:
    """Everything the order's page prints; `bound` are forms with their errors, by name."""
    inspection = Inspection.objects.filter(repair_order=order).select_related("technician").first()
    is_open = order.status == RepairOrder.Status.OPEN and order.source == RepairOrder.Source.LANE
    mark = rules.standing(promised_at=order.promised_at, now=now, stage=order.stage, parts_due_at=order.parts_due_at)
    at_counter = bool(request.staff_kinds & COUNTER)
    written = explained(order)
    return {
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
            {
                "concern": concern,
                "form": bound.get(f"cause_{concern.pk}") or cause_form(concern),
                "kept": written.get(concern.letter),
            }
            for concern in order.concerns.all()
        ],
        "requested": list(order.requested_services.all()),
        "past_lines": list(order.service_lines.all()) if order.source == RepairOrder.Source.DMS else [],
        "photos": list(order.photos.all()),
        "damage": list(DamageMark.objects.of_order(order)),
        "authorization": None if request.counter_view else signing.authorization(order),
        "timeline": _timeline(order, inspection, counter_view=request.counter_view),
        "promise_form": bound.get("promise") or PromiseForm(now=now),
        "parts_form": bound.get("parts") or PartsForm(initial={"due_at": order.parts_due_at}),
        "assign_form": bound.get("assign")
        or AssignForm(rooftop=order.rooftop, initial={"technician": order.technician}),
        "is_changing": bool(bound),
        "at_counter": at_counter,
        "may_void": is_open and bool(request.staff_kinds & OFFICE),
        "may_tell": is_open and at_counter and order.stage == RepairOrder.Stage.READY and order.told_at is None,
        "no_message": why_no_message(order) if is_open and at_counter else None,
        "may_make_ready": is_open and at_counter and order.stage != RepairOrder.Stage.READY,
    }


def cause_form(concern: Concern) -> CauseForm:
    """The two fields beside the customer's words, as they are kept now."""
    return CauseForm(
        initial={"cause": concern.cause, "correction": concern.correction}, auto_id=f"id_{concern.letter}_%s"
    )


def explained(order: RepairOrder) -> dict[str, dict[str, Any]]:
    """Who wrote cause and correction of each concern last, and when, by the concern's letter."""
    entries = Entry.objects.about(order).filter(event="concern.explained").order_by("pk")
    rows = entries.values("at", "by_name", "detail")
    return {row["detail"].get("letter", ""): {"at": row["at"], "by_name": row["by_name"]} for row in rows}


def _timeline(order: RepairOrder, inspection: Inspection | None, *, counter_view: bool) -> list[dict[str, Any]]:
    """The newest entries about the order and its inspection, in words."""
    entries = Entry.objects.about(order)
    if inspection:
        entries |= Entry.objects.about(inspection)
    columns = ("event", "by_name", "at", "detail", "entered_at", "entered_by__name")
    rows = entries.newest_first().values(*columns)[:TIMELINE]
    return [
        {
            "at": row["at"],
            "by": row["by_name"],
            "entered_at": row["entered_at"],
            "entered_by": row["entered_by__name"] or "",
            "words": _words(row["event"], row["detail"], counter_view),
        }
        for row in rows
    ]


def _words(event: str, detail: dict[str, Any], counter_view: bool) -> str:
    meaning = MEANINGS.get(event)
    if meaning is None:
        noun, _, verb = event.partition(".")
        return f"{noun} {verb}".replace("_", " ").capitalize()
    if counter_view:
        meaning = meaning.partition(":")[0]
    return meaning.format_map({"technician": "", "reason": "", "letter": "", "section": "a section"} | detail)
