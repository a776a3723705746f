"""Trouble codes on the inspection's page: read, taken back, made a finding."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import BAY
from service_lane.actions import codes as actions
from service_lane.actions.inspection import Complete
from service_lane.forms.inspection import CodeForm
from service_lane.models import RecordedCode
from service_lane.rules.judging import CannotRule
from service_lane.views.inspection import COMPLETE, fetch_inspection, inspection_page

GONE = "That code was taken back already."


def _back(request: Request, pk: int) -> str:
    row = fetch_inspection(request, pk, BAY)
    return f"{row.get_absolute_url()}?section={request.POST.get('section', '')}#codes"


def _fetch(request: Request, pk: int, code_pk: int) -> RecordedCode:
    rows = RecordedCode.objects.select_related("inspection__repair_order", "by")
    return fetch(rows, request.user, BAY, pk=code_pk, inspection=pk)


@require_POST
@one_time
@role_required(*BAY)
def inspection_code(request: Request, pk: int) -> HttpResponse:
    """A trouble code read from the car."""
    row = fetch_inspection(request, pk, BAY)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            actions.record_code(inspection=row, code=form.cleaned_data["code"], by=request.user, at=timezone.now())
        except CannotRule as problem:
            form.add_error("code", str(problem))
        except Complete:
            messages.warning(request, COMPLETE)
    if form.errors:
        return inspection_page(request, row, request.POST.get("section", ""), status=422, code_form=form)
    return go(request, _back(request, pk))


@require_POST
@one_time
@role_required(*BAY)
def code_remove(request: Request, pk: int, code_pk: int) -> HttpResponse:
    """Take back a code that was typed wrong."""
    code = _fetch(request, pk, code_pk)
    try:
        actions.remove_code(code=code, by=request.user, at=timezone.now())
    except actions.IsFinding:
        messages.warning(request, f"{code.code} is a finding, so it stays. Rule that one first.")
    except actions.Gone:
        messages.info(request, GONE)
    except Complete:
        messages.warning(request, COMPLETE)
    return go(request, _back(request, pk))


@require_POST
@one_time
@role_required(*BAY)
def code_finding(request: Request, pk: int, code_pk: int) -> HttpResponse:
    """Make a code a finding of its own; its finder then rules it and shows it."""
    code = _fetch(request, pk, code_pk)
    try:
        item = actions.make_finding(code=code, by=request.user, at=timezone.now())
    except actions.Gone:
        messages.info(request, GONE)
        return go(request, _back(request, pk))
    except Complete:
        messages.warning(request, COMPLETE)
        return go(request, _back(request, pk))
    return go(request, item.get_absolute_url())
