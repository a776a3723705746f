"""Paper mode: printing a day's sheets, and what becomes of each sheet."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from recommendations import sheets
from recommendations.forms.answers import one_line
from recommendations.forms.paper import PrintForm
from service_lane.actions import paper as actions
from service_lane.actions.writeup import AlreadyHere
from service_lane.models import PaperRun, PaperSheet, RepairOrder

PER_PAGE = 25
BLANKS = 10
"""Blank lane sheets, and phone consents, in a print job unless somebody says otherwise."""
SPARE_INSPECTIONS = 2


@role_required(*COUNTER)
def paper(request: Request) -> HttpResponse:
    """What to print before the network goes, the sheets that are out, and what was entered."""
    return _page(request)


def _page(request: Request, form: PrintForm | None = None, status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localdate()
    days = [_day(request, today + timedelta(days=ahead)) for ahead in (0, 1)]
    now = timezone.localtime()
    wanted = days[1] if now.time() > time(12) or not days[0]["expected"] else days[0]
    out = PaperSheet.objects.out().filter(rooftop=request.rooftop)
    page = Paginator(
        out.select_related("appointment__customer", "appointment__vehicle", "run__printed_by").order_by("number"),
        PER_PAGE,
    ).get_page(request.GET.get("page"))
    entered = (
        PaperSheet.objects.filter(rooftop=request.rooftop, write_up__isnull=False)
        .select_related("write_up__repair_order__customer", "write_up__repair_order__entered_by", "write_up__advisor")
        .order_by("-write_up__saved_at", "-pk")
    )
    context = {
        "form": form
        or PrintForm(
            initial={
                "day": wanted["day"],
                "with_board": True,
                "blanks": BLANKS,
                "inspections": wanted["expected"] + SPARE_INSPECTIONS,
                "consents": BLANKS,
            }
        ),
        "days": days,
        "page": page,
        "entered": list(entered[:PER_PAGE]),
        "here": RepairOrder.objects.here_now().filter(rooftop=request.rooftop).count(),
        "run": PaperRun.objects.filter(rooftop=request.rooftop).first(),
        **more,
    }
    return render(request, "recommendations/paper.html", context, status=status)


def _day(request: Request, day: date) -> dict[str, Any]:
    starts, ends = _bounds(request, day)
    return {"day": day, "expected": sheets.arriving(request.rooftop, starts=starts, ends=ends).count()}


def _bounds(request: Request, day: date) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time(), tzinfo=request.rooftop.zone)
    return midnight, datetime.combine(day + timedelta(days=1), time(), tzinfo=request.rooftop.zone)


@require_POST
@one_time
@role_required(*COUNTER)
def paper_print(request: Request) -> HttpResponse:
    """Number the sheets of a day, and go to the page that prints them."""
    form = PrintForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    chosen = form.cleaned_data
    starts, ends = _bounds(request, chosen["day"])
    run = actions.print_run(
        rooftop=request.rooftop,
        appointments=list(sheets.arriving(request.rooftop, starts=starts, ends=ends)),
        by=request.user,
        at=timezone.now(),
        **chosen,
    )
    return go(request, run.get_absolute_url())


@role_required(*COUNTER)
def paper_run(request: Request, pk: int) -> HttpResponse:
    """One print job: the board as it stands now, each expected car's lane sheet, and the blanks."""
    run = fetch(PaperRun.objects.select_related("rooftop", "printed_by"), request.user, COUNTER, pk=pk)
    starts, ends = _bounds(request, run.day)
    context = {
        "run": run,
        "rooftop": run.rooftop,
        "at": timezone.now(),
        "board": list(sheets.board(run.rooftop)) if run.with_board else [],
        "arriving": list(sheets.arriving(run.rooftop, starts=starts, ends=ends)) if run.with_board else [],
        "sheets": sheets.lane_sheets(run),
        "menu": sheets.menu(run.rooftop),
        "sections": sheets.template_sections(run.rooftop) if run.inspections else [],
        "inspections": range(run.inspections),
        "consents": range(run.consents),
    }
    return render(request, "recommendations/paper_run.html", context)


@require_POST
@one_time
@role_required(*COUNTER)
def paper_enter(request: Request) -> HttpResponse:
    """Start typing in a sheet: from its button, by its number, or a visit written on any other paper."""
    typed = re.fullmatch(r"(?:P-?)?0*([1-9]\d{0,8})", one_line(request.POST.get("number", "")).upper(), re.ASCII)
    if request.POST.get("other"):
        sheet: PaperSheet | None = actions.number_other_paper(
            rooftop=request.rooftop, by=request.user, at=timezone.now()
        )
    else:
        mine = PaperSheet.objects.visible_to(request.user).filter(rooftop=request.rooftop)
        sheet = mine.filter(number=int(typed[1])).first() if typed else None
    if sheet is None:
        problem = "There is no sheet with this number. It stands at the top right, like P-0007."
        return _page(request, status=422, problem=problem, number=request.POST.get("number", ""))
    try:
        write_up = actions.enter(sheet=sheet, by=request.user, at=timezone.now())
    except AlreadyHere as refusal:
        here = (
            f"The car of sheet {sheet} is here already, on {refusal.order}. Put the sheet aside, or close that first."
        )
        return _page(request, status=422, problem=here, number=str(sheet))
    if request.POST.get("other"):
        messages.info(request, f"Write {sheet} on the paper, and keep it.")
    return go(request, write_up.get_absolute_url())


@require_POST
@one_time
@role_required(*COUNTER)
def paper_put_aside(request: Request, pk: int) -> HttpResponse:
    """A sheet that nobody used."""
    sheet = fetch(PaperSheet.objects.all(), request.user, COUNTER, pk=pk)
    why = one_line(request.POST.get("why", ""), 200) or "Not used"
    try:
        actions.put_aside(sheet=sheet, why=why, by=request.user, at=timezone.now())
    except actions.NotOut:
        messages.warning(request, f"{sheet} was entered or put aside meanwhile.")
    return go(request, reverse("recommendations:paper"))
