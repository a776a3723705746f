"""The estimate of a repair order: every line, what it lacks, and the customer's page beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from customers.actions import look
from dealership.http import Request, fetch, role_required
from dealership.models import COUNTER, SERVICE, Entry, OutboxMessage, Rooftop
from recommendations import authority, prices
from recommendations import estimate as estimates
from recommendations.actions import links
from recommendations.actions.drafting.findings import measured
from recommendations.actions.returning import REASONS
from recommendations.documents import replaced_parts
from recommendations.forms.answers import UNTIL
from recommendations.forms.lines import notes_worth_telling
from recommendations.models import Advisory, CustomerLink, Presentation
from recommendations.open_answers import open_answers
from recommendations.views.lines import URGENCIES, customer_line, orders, readability, staff_photo_urls
from service_lane.models import Condition, Inspection, InspectionItem, OpCode, RepairOrder


def estimate_tag(request: Request, order: RepairOrder, at: datetime) -> str:
    """What the page depends on: the rooftop's newest audit entries, the minute, the order, and who looks how.

    Every change writes an entry.  Twenty and not one, because a transaction that began earlier may commit later.
    """
    newest = Entry.objects.filter(rooftop=order.rooftop).order_by("-pk").values_list("pk", flat=True)[:20]
    entries = sum(pk * place for place, pk in enumerate(newest, start=1))
    view = "-counter" if request.counter_view else ""
    return f"{entries}-{int(at.timestamp() // 60)}-{order.pk}-{request.user.pk}{view}"


@role_required(*SERVICE)
def estimate(request: Request, pk: int) -> HttpResponse:
    """The page of an order's lines.  Technicians see it; the counter works on it.

    For htmx the page without what is around it, or 304 when nothing has changed.
    """
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    at = timezone.now()
    tag = estimate_tag(request, order, at)
    if request.htmx and request.headers.get("HX-PTag") == tag:
        return HttpResponseNotModified()
    if not request.htmx:
        why = f"estimate of {order}"
        look(customer=order.customer, why=why, by=request.user, at=at, rooftop=order.rooftop)
    context = _context(request, order, at) | {"tag": tag}
    response = render(request, f"recommendations/estimate.html{'#estimate' if request.htmx else ''}", context)
    response["HX-PTag"] = tag
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(request: Request, order: RepairOrder, at: datetime) -> dict[str, Any]:
    current = estimates.load(order, at=at)
    before = [] if request.counter_view else open_answers(_earlier_visits(order))
    for line in current.lines:
        row = next((row for row in before if _same_thing(row, line)), None)
        line.earlier = row["said"] if row else ""
        line.holds = _holds(line)
    showable, held = current.showable, current.held
    snapshots = [line.snapshot for line in showable]
    urls = staff_photo_urls(showable)
    may_write = request.user.holds(COUNTER, order.rooftop_id) and order.status == RepairOrder.Status.OPEN
    return {
        "order": order,
        "now": at,
        "estimate": current,
        "groups": _groups(order, current),
        "signed": [line for line in current.lines if line.advisory.request_id],
        "free": [line for line in current.lines if line.is_free and not line.advisory.finding_id],
        "showable": showable,
        "held": held,
        "sums": _sums(current),
        "tax_percent": f"{(order.rooftop.parts_tax_rate * 100).normalize():f}%",
        "tally": _tally(order),
        "inspection": Inspection.objects.filter(repair_order=order).select_related("technician").first(),
        "status": _status(order, current),
        "notes": notes_worth_telling(order),
        "preview": [
            customer_line(
                line.snapshot,
                line.advisory.pk,
                photo_urls=urls,
                changes=line.changes,
                changed_at=line.version.written_at,
            )
            for line in sorted(showable, key=lambda line: URGENCIES.index(line.advisory.urgency))
        ],
        "readability": readability(snapshots) if snapshots else None,
        "until": UNTIL,
        "reasons": REASONS,
        "may_write": may_write,
        "replaced": replaced_parts(order, at) if may_write else None,
        "may_waive": may_write and authority.may_be_waived(order, at),
        "before": _left_over(order, current, before),
        "to_send": current.for_link,
        "send_refusal": _why_not_sent(order) if may_write and showable else "",
    }


def _groups(order: RepairOrder, current: estimates.Estimate) -> list[dict[str, Any]]:
    """Lines under the concern they answer, then what the inspection found, then what was added here."""
    groups: dict[str, dict[str, Any]] = {}
    for line in current.lines:
        if line.advisory.request_id or (line.is_free and not line.advisory.finding_id):
            continue
        if line.advisory.finding_id:
            groups.setdefault("found", {"title": "Found in the inspection", "words": "", "lines": []})
            groups["found"]["lines"].append(line)
        elif line.advisory.ground == Advisory.Ground.REQUEST:
            groups.setdefault(f"asked-{line.advisory.pk}", {"words": line.advisory.ground_text, "lines": [line]})
        else:
            groups.setdefault("added", {"title": "Added at the counter", "words": "", "lines": []})
            groups["added"]["lines"].append(line)
    return list(groups.values())


def _sums(current: estimates.Estimate) -> dict[str, Any]:
    """The revised total in parts: what is authorized, and what a yes to every showable line adds."""
    showable = [line.price for line in current.showable]
    return {
        "authorized": current.authorized,
        "parts": sum((one.parts or prices.ZERO for one in showable), prices.ZERO),
        "labor": sum((one.labor or prices.ZERO for one in showable), prices.ZERO),
        "fees_and_tax": sum((one.fees + (one.tax or prices.ZERO) for one in showable), prices.ZERO),
        "total": current.revised_total,
    }


def _tally(order: RepairOrder) -> dict[str, int]:
    """How many checks of the visit were red, yellow and green, and how many were made."""
    items = InspectionItem.objects.filter(inspection__repair_order=order)
    colors = {color: Count("pk", filter=Q(condition=color)) for color in ("red", "yellow", "green")}
    checked = Count("pk", filter=~Q(condition__in=("unchecked", "not_inspected")))
    return items.aggregate(**colors, checked=checked)


def _status(order: RepairOrder, current: estimates.Estimate) -> dict[str, Any]:
    """Where the customer stands: what they were shown last, whether they opened it, what they answered."""
    last = Presentation.objects.filter(repair_order=order).exclude(channel=Presentation.Channel.WRITE_UP).first()
    link = CustomerLink.objects.filter(repair_order=order).first()
    shown = [line for line in current.lines if line.shown and not line.advisory.request_id]
    answered = [line for line in shown if line.is_answered]
    words = {
        Advisory.Answer.APPROVED: "yes",
        Advisory.Answer.DECLINED: "no",
        Advisory.Answer.DEFERRED: "later",
        Advisory.Answer.NEEDS_INFO: "asks",
        Advisory.Answer.WITHDRAWN: "taken back",
    }
    counts = [
        f"{sum(line.advisory.answer == answer for line in answered)} {word}"
        for answer, word in words.items()
        if any(line.advisory.answer == answer for line in answered)
    ]
    return {
        "last": last,
        "link": link if link and last and last.channel == Presentation.Channel.LINK else None,
        "counts": ", ".join(counts),
        "heard_at": max((line.decision.at for line in answered if line.decision), default=None),
        "open": len(current.to_answer),
        "changed": [line for line in shown if not line.is_current],
        "ready": sum(1 for line in current.showable if not line.is_current),
    }


def _why_not_sent(order: RepairOrder) -> str:
    """Why the lines cannot go to the customer's phone or mailbox, in a sentence; "" when they can."""
    if order.contact_channel not in (OutboxMessage.Kind.TEXT, OutboxMessage.Kind.EMAIL):
        return "They asked to be called."
    refusal = links.refusal_to_be_messaged(order)
    return refusal.why if refusal else ""


FIELDS = {
    "title": "id_title",
    "finding": "id_finding_text",
    "reason_code": "id_reason_code",
    "if_you_wait": "id_if_you_wait",
    "horizon": "id_horizon",
    "labor": "id_labor_hours",
    "fees": "id_fees-0-description",
    "zero_reason": "id_zero_reason",
}
"""Where on the sheet of a line each missing fact is filled in; a part has its own row."""


def _holds(line: estimates.Line) -> list[dict[str, str]]:
    """Each thing that keeps the line from being shown, with the address of its field."""
    sheet = reverse("recommendations:line", args=[line.advisory.pk])
    found = []
    for one in line.missing:
        field = FIELDS.get(one.field, "main")
        if one.field == "parts":
            field = _part_that_lacks(line)
        href = f"{sheet}#{field}"
        if one.field in ("evidence", "measurement", "threshold") and line.advisory.finding:
            href = reverse("service_lane:inspection", args=[line.advisory.finding.inspection_id])
        found.append({"message": one.message, "href": href})
    return found


def _part_that_lacks(line: estimates.Line) -> str:
    """The field of the first part without a price or a state."""
    for row, part in enumerate(prices.parts_of(line.version.parts)):
        if part.unit_price is None:
            return f"id_parts-{row}-unit_price"
        if not part.state:
            return f"id_parts-{row}-state"
    return "id_parts-0-description"


# --- what was left from earlier visits -------------------------------------------------------------------------------


def _earlier_visits(order: RepairOrder) -> Q:
    told = Rooftop.objects.telling_at(order.rooftop_id)
    theirs = Q(repair_order__vehicle=order.vehicle_id, repair_order__vehicle__isnull=False)
    return theirs & Q(repair_order__rooftop__in=told) & ~Q(repair_order=order.pk)


def _same_thing(row: Mapping[str, Any], line: estimates.Line) -> bool:
    """Whether that row of an earlier visit is about what this line is about: the same check, or the same operation."""
    finding = line.advisory.finding
    if finding is not None and row["key"] == finding.key:
        return True
    return bool(row["op_code"]) and row["op_code"] == line.advisory.op_code


def _left_over(order: RepairOrder, current: estimates.Estimate, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What they left on earlier visits, once each: what was said then, and what it looks like and costs today."""
    if not rows:
        return []
    items = InspectionItem.objects.filter(inspection__repair_order=order, key__in=[row["key"] for row in rows])
    looked_at = {item.key: item for item in items.prefetch_related("readings")}
    catalog = {op.code: op for op in OpCode.objects.offered_at(order.rooftop)}
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        thing = row["key"] or row["op_code"] or row["title"]
        if thing in found:
            continue
        op, item = catalog.get(row["op_code"]), looked_at.get(row["key"])
        line = next((line for line in current.lines if _same_thing(row, line)), None)
        found[thing] = {
            **row,
            "line": line,
            "op": op,
            "today": line.total if line else prices.price_today(op, order.rooftop),
            "seen": (line.version.measurement if line else "") or _seen_today(item),
            "is_good": item is not None and item.condition == Condition.GREEN,
        }
    return list(found.values())


def _seen_today(item: InspectionItem | None) -> str:
    """What today's inspection says of it: "3 mm, left front", "good", "not looked at today"."""
    if item is None or item.condition in (Condition.UNCHECKED, Condition.NOT_INSPECTED):
        return "not looked at today"
    readings = {one.position: one.value for one in item.readings.all() if one.position in item.places}
    reading, _threshold = measured(item, readings)
    return reading or item.get_condition_display().lower()
