"""An inspection that was made on paper, keyed in on one page, in the order of the sheet."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import SERVICE
from service_lane.actions import inspection as inspecting
from service_lane.actions import paper
from service_lane.actions.orders import NotOpen
from service_lane.forms.paper import InspectionTimesForm, reading
from service_lane.models import Condition, Inspection, InspectionItem, InspectionTemplate, RepairOrder, TemplateItem

BOXES = (
    (Condition.GREEN, "Good"),
    (Condition.YELLOW, "Can wait"),
    (Condition.RED, "Needs attention"),
    (Condition.NOT_INSPECTED, "Not inspected"),
)


@one_time
@role_required(*SERVICE)
def inspection_from_paper(request: Request, pk: int) -> HttpResponse:
    """Every item with its places to type; posting it records what can be, and names what cannot."""
    rows = RepairOrder.objects.select_related("rooftop", "customer", "vehicle", "technician")
    order = fetch(rows, request.user, SERVICE, pk=pk)
    now = timezone.now()
    form = InspectionTimesForm(request.POST or None, rooftop=order.rooftop, initial=_initial(order))
    items = _items(order)
    problems: dict[str, str] = {}
    if request.method == "POST":
        seen, problems = _seen(request, items)
        if form.is_valid() and not problems:
            said = form.cleaned_data
            try:
                paper.inspection(
                    repair_order=order,
                    seen=seen,
                    started_at=said["started"],
                    finished_at=said["finished"],
                    done_by=said["who_was_there"],
                    by=request.user,
                    at=now,
                )
            except paper.NotThen as wrong:
                form.add_error(wrong.field, str(wrong))
            except paper.NotAsWritten as wrong:
                problems = dict(wrong.problems)
            except (NotOpen, inspecting.Complete):
                form.add_error(None, "The inspection is complete already, or the repair order is not open any more.")
            else:
                messages.info(request, f"The inspection is on the record of {order}, marked as entered late.")
                return go(request, order.get_absolute_url())
        items = _items(order)
    context = {
        "order": order,
        "form": form,
        "sections": _sections(request, items, problems),
        "problems": [(item.key, item.name, problems[item.key]) for item in items if item.key in problems],
        "boxes": [(value.value, word) for value, word in BOXES],
        "done": bool(items) and isinstance(items[0], InspectionItem) and items[0].inspection.completed_at,
        "back": reverse("service_lane:order", args=[order.pk]),
    }
    return render(
        request, "service_lane/inspection_from_paper.html", context, status=422 if request.method == "POST" else 200
    )


def _initial(order: RepairOrder) -> dict[str, Any]:
    at = order.opened_at if order.entered_at else timezone.now()
    return {"day": at.astimezone(order.rooftop.zone).date(), "who_was_there": order.technician_id}


def _items(order: RepairOrder) -> list[InspectionItem] | list[TemplateItem]:
    """The items of the order's inspection; before it is started, those of the template it will be made from."""
    inspection = Inspection.objects.filter(repair_order=order).first()
    if inspection:
        return list(inspecting.items_of(inspection).select_related("inspection"))
    template = InspectionTemplate.objects.filter(rooftop=order.rooftop, active=True).first()
    return list(template.items.order_by("position", "pk")) if template else []


def _seen(
    request: Request, items: list[InspectionItem] | list[TemplateItem]
) -> tuple[dict[str, paper.Seen], dict[str, str]]:
    """What was typed for each item, by its key, and what cannot be read."""
    found: dict[str, paper.Seen] = {}
    problems: dict[str, str] = {}
    rules = {value for value, _ in BOXES}
    for item in items:
        readings = {}
        for place in places_of(item):
            typed = request.POST.get(f"value-{item.key}-{place}", "").strip()
            value = reading(typed) if typed else None
            if typed and value is None:
                problems[item.key] = "Type the reading as a number, like 4.5."
            elif value is not None:
                readings[place] = value
        rule = request.POST.get(f"rule-{item.key}", "")
        words = " ".join(request.POST.get(f"words-{item.key}", "").split())[:500]
        found[item.key] = paper.Seen(readings, rule if rule in rules else "", words)
    return found, problems


def places_of(item: InspectionItem | TemplateItem) -> list[str]:
    """Where this item is measured, with what is measured beside it; empty when it is only looked at."""
    if not item.unit:
        return []
    return [*item.places, *(one["position"] for one in item.others if one.get("position"))]


def _sections(
    request: Request, items: list[InspectionItem] | list[TemplateItem], problems: dict[str, str]
) -> list[dict[str, Any]]:
    sections: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        kept = isinstance(item, InspectionItem) and item.condition != Condition.UNCHECKED
        sections.setdefault(item.section, []).append(
            {
                "item": item,
                "kept": item.condition if isinstance(item, InspectionItem) and kept else "",
                "places": [
                    {
                        "name": f"value-{item.key}-{place}",
                        "label": inspecting.PLACE_WORDS.get(place, place) or "reading",
                        "value": request.POST.get(f"value-{item.key}-{place}", ""),
                    }
                    for place in places_of(item)
                ],
                "rule": request.POST.get(f"rule-{item.key}", ""),
                "words": request.POST.get(f"words-{item.key}", ""),
                "problem": problems.get(item.key, ""),
            }
        )
    return [{"name": name, "rows": rows} for name, rows in sections.items()]
