"""The estimate of a repair order: every line, what it lacks, and the customer's page beside it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealership.http import Request, fetch, role_required
from dealership.models import COUNTER, SERVICE
from recommendations import estimate as estimates
from recommendations.actions.returning import REASONS
from recommendations.forms.answers import UNTIL
from recommendations.forms.lines import notes_worth_telling
from recommendations.models import Advisory, CustomerLink, Presentation
from recommendations.views.lines import URGENCIES, customer_line, open_answers, orders, readability, staff_photo_urls
from service_lane.models import Inspection, InspectionItem, RepairOrder


@role_required(*SERVICE)
def estimate(request: Request, pk: int) -> HttpResponse:
    """The page of an order's lines.  Technicians see it; the counter works on it."""
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    at = timezone.now()
    current = estimates.load(order, at=at)
    before = _earlier(order)
    for line in current.lines:
        finding = line.advisory.finding
        key = finding.key if finding else line.advisory.op_code
        line.earlier = before.get(key, "")
    showable, held = current.showable, current.held
    snapshots = [line.snapshot for line in showable]
    urls = staff_photo_urls(showable)
    context = {
        "order": order,
        "now": at,
        "estimate": current,
        "groups": _groups(order, current),
        "signed": [line for line in current.lines if line.advisory.request_id],
        "free": [line for line in current.lines if line.is_free and not line.advisory.finding_id],
        "showable": showable,
        "held": held,
        "sums": _sums(current),
        "tax_percent": f"{(order.rooftop.parts_tax_rate * 100).normalize():f} %",
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
        "may_write": request.user.holds(COUNTER, order.rooftop_id) and order.status == RepairOrder.Status.OPEN,
    }
    return render(request, "recommendations/estimate.html", context)


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
        "parts": sum((one.parts or estimates.ZERO for one in showable), estimates.ZERO),
        "labor": sum((one.labor or estimates.ZERO for one in showable), estimates.ZERO),
        "fees_and_tax": sum((one.fees + (one.tax or estimates.ZERO) for one in showable), estimates.ZERO),
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
        "open": len(current.to_answer),
        "changed": [line for line in shown if not line.is_current],
        "ready": sum(1 for line in current.showable if not line.is_current),
    }


def _earlier(order: RepairOrder) -> dict[str, str]:
    """What was said of the same part of this car on earlier visits, newest first: "said no on 14 Mar at 4 mm"."""
    if order.vehicle_id is None:
        return {}
    found: dict[str, str] = {}
    rows: Sequence[dict[str, Any]] = open_answers(Q(repair_order__vehicle=order.vehicle_id) & ~Q(repair_order=order.pk))
    for row in rows:
        for key in (row["key"], row["op_code"]):
            if key:
                found.setdefault(key, row["said"])
    return found
