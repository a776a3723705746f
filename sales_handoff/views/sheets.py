"""The sheet for whoever reads it: the customer at the counter and on their page; and where each number is from."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, fetch, one_time, role_required
from dealership.models import COUNTER, SALES
from recommendations.models import CustomerLink
from recommendations.views.link.found import by_link
from recommendations.views.link.found import show as show_page
from sales_handoff import rules
from sales_handoff.actions import show_sheet, take_sheet_off
from sales_handoff.actions.showing import CannotShow, shown_on
from sales_handoff.models import Appraisal, Evaluation, Handoff, HandoffPolicy, StockUnit, ValueGuideRow
from sales_handoff.sheet import in_language
from sales_handoff.views.panel import answer, done, orders
from service_lane.models import RepairOrder

READERS = COUNTER | SALES


@require_GET
@role_required(*COUNTER)
def sheet(request: Request, pk: int) -> HttpResponse:
    """The sheet alone, to turn the screen to the customer or to print: what they can see, else the newest.

    In counter view only what the advisor chose to show.
    """
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    shown = shown_on(order)
    evaluation = shown.evaluation if shown else None
    if evaluation is None and not request.counter_view:
        evaluation = Evaluation.objects.latest_of(order)
    if evaluation is None:
        raise Http404
    context = _page(order, evaluation, "en") | {"token": "", "rooftop": order.rooftop, "lang": "en"}
    return render(request, "sales_handoff/sheet_page.html", context)


@require_GET
@by_link
def by_customer(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """The same sheet on the customer's page, while their advisor shows it."""
    shown = shown_on(link.repair_order)
    if shown is None:
        raise Http404
    context = _page(link.repair_order, shown.evaluation, (get_language() or "en")[:2])
    return show_page(request, link, token, "sales_handoff/sheet_page.html", context)


def _page(order: RepairOrder, evaluation: Evaluation, language: str) -> dict[str, Any]:
    return {"order": order, "evaluation": evaluation, "sheet": in_language(evaluation.sheet, language)}


@require_POST
@one_time
@role_required(*COUNTER)
def show(request: Request, pk: int) -> HttpResponse:
    """The customer's page leads to the sheet from now on: the very one that was on the advisor's screen."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    seen = request.POST.get("evaluation", "")
    evaluation = fetch(
        Evaluation.objects.filter(repair_order=order), request.user, COUNTER, pk=int(seen) if seen.isdecimal() else 0
    )
    try:
        show_sheet(evaluation=evaluation, by=request.user, at=timezone.now())
    except CannotShow as cannot:
        return answer(request, order, problem=str(cannot), status=409)
    return done(request, order)


@require_POST
@one_time
@role_required(*COUNTER)
def take_off(request: Request, pk: int) -> HttpResponse:
    """The customer's page leads to no sheet any more."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    try:
        take_sheet_off(repair_order=order, by=request.user, at=timezone.now())
    except CannotShow as cannot:
        return answer(request, order, problem=str(cannot), status=409)
    return done(request, order)


# --- where each number comes from ------------------------------------------------------------------------------------


@require_GET
@role_required(*READERS)
def inputs(request: Request, pk: int) -> HttpResponse:
    """Everything an evaluation rests on, as stored, each with its row: the line, the guide, the file, the setting.

    Sales reads it only of somebody who said yes.
    """
    evaluation = fetch(
        Evaluation.objects.select_related("repair_order__rooftop", "repair_order__vehicle"),
        request.user,
        READERS,
        pk=pk,
    )
    order = evaluation.repair_order
    at_counter = request.user.holds(COUNTER, order.rooftop_id)
    handoff = Handoff.objects.filter(repair_order=order).exclude(status=Handoff.Status.WITHDRAWN).first()
    if not at_counter and handoff is None:
        raise Http404
    back = reverse("sales_handoff:handoff", args=[handoff.pk]) if handoff and not at_counter else ""
    stored = evaluation.inputs
    ahead, value = stored.get("ahead", {}), stored["value"] or {}
    context = {
        "order": order,
        "evaluation": evaluation,
        "sheet": evaluation.sheet,
        "back": back or reverse("sales_handoff:ro-panel", args=[order.pk]),
        "at_counter": at_counter,
        "lines": [_line(line) for line in stored["lines"]],
        "declined": [{**row, "on": date.fromisoformat(row["on"])} for row in ahead.get("declined", [])],
        "coming": ahead.get("coming", []),
        "value": {**value, "as_of": date.fromisoformat(value["as_of"])} if value else {},
        **_value_rows(value),
        "cars": _cars(stored.get("alternatives", {}).get("cars", [])),
        "stored": stored,
        "settings": _settings(stored["policy"]),
    }
    return render(request, "sales_handoff/inputs.html", context)


def _line(line: dict[str, Any]) -> dict[str, Any]:
    one = rules.WorkLine(Decimal(line["total"]), line["nature"], line["pay_type"], line["is_campaign"])
    return {**line, "counts": rules.weighed_work([one]) > 0}


def _value_rows(value: dict[str, Any]) -> dict[str, Any]:
    """The rows a value came from, as they are now; what they said then is stored beside them."""
    return {
        "guide_rows": ValueGuideRow.objects.filter(pk__in=value.get("guide_rows", [])).select_related("file"),
        "appraisal": Appraisal.objects.filter(pk=value.get("appraisal", 0)).select_related("by").first(),
    }


def _cars(cars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    units = {
        unit.pk: unit for unit in StockUnit.objects.filter(pk__in=[car["unit"] for car in cars]).select_related("file")
    }
    return [{**car, "row": units.get(car["unit"])} for car in cars]


def _settings(stored: dict[str, str]) -> list[tuple[str, str]]:
    fields = HandoffPolicy._meta.concrete_fields
    return [
        (str(field.verbose_name).capitalize(), stored[field.attname]) for field in fields if field.attname in stored
    ]
