"""Imports from the dealer management system: the list, an upload, its preview, its progress, its rejected rows."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_GET, require_http_methods

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import OFFICE
from service_lane.actions.dms_import import AlreadyStarted, receive_export, start_import
from service_lane.dms import COLUMNS
from service_lane.forms.dms_import import ExportForm
from service_lane.models import DmsImport

PER_PAGE = 25
REJECTS_SHOWN = 8
PAY_TYPES = ("C", "W", "I")
WHAT = ("labor", "parts", "misc")
SHOWN = ("pk", "filename", "status", "created_at", "finished_at", "rows_total", "rows_done", "problem", "by__name")


@require_GET
@role_required(*OFFICE)
def imports(request: Request) -> HttpResponse:
    rows = (
        DmsImport.objects.visible_to(request.user)
        .filter(rooftop=request.rooftop)
        .order_by("-created_at", "-pk")
        .values(*SHOWN)
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "service_lane/import_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@role_required(*OFFICE)
@one_time
def import_new(request: Request) -> HttpResponse:
    form = ExportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        dms_import = receive_export(
            rooftop=request.rooftop,
            filename=upload.name,
            content=upload,
            seen=form.seen,
            by=request.user,
            at=timezone.now(),
        )
        return go(request, resolve_url("service_lane:import-preview", dms_import.pk))
    status = 422 if form.errors else 200
    return render(request, "service_lane/import_new.html", {"form": form, "columns": COLUMNS}, status=status)


@require_http_methods(["GET", "POST"])
@role_required(*OFFICE)
@one_time
def import_preview(request: Request, pk: int) -> HttpResponse:
    """What importing the file would do; a POST starts it."""
    dms_import = fetch(DmsImport.objects.select_related("rooftop", "by"), request.user, OFFICE, pk=pk)
    if request.method == "POST":
        try:
            start_import(dms_import=dms_import, by=request.user, at=timezone.now())
        except AlreadyStarted:
            messages.info(request, "This import was started before.")
        return go(request, resolve_url(dms_import))
    if dms_import.status != DmsImport.Status.PREVIEW:
        return redirect(dms_import)
    report = dms_import.report
    same = DmsImport.objects.filter(
        rooftop=dms_import.rooftop, sha256=dms_import.sha256, status=DmsImport.Status.DONE
    ).order_by("-finished_at", "-pk")
    context = {
        "import": dms_import,
        "report": report,
        "taken": report["rows"] - report["repeated"] - report["rejected_total"],
        "columns": [(column, meaning, report["example"].get(column, "")) for column, meaning in COLUMNS.items()],
        "reasons": _reasons(report),
        "rejected": report["rejected"][:REJECTS_SHOWN],
        "same": same.values("finished_at").first(),
    }
    return render(request, "service_lane/import_preview.html", context)


@require_GET
@role_required(*OFFICE)
def import_progress(request: Request, pk: int) -> HttpResponse:
    """How far it is, and what came of it.  htmx asks for the middle of the page until it is done."""
    rows = DmsImport.objects.select_related("rooftop", "by").defer("report")  # large, and asked for every second
    dms_import = fetch(rows, request.user, OFFICE, pk=pk)
    if dms_import.status == DmsImport.Status.PREVIEW:
        return redirect("service_lane:import-preview", dms_import.pk)
    running = dms_import.status in (DmsImport.Status.WAITING, DmsImport.Status.RUNNING)
    context: dict[str, Any] = {"import": dms_import, "running": running}
    if dms_import.status == DmsImport.Status.DONE:
        report = dms_import.report
        context |= {
            "figures": report["figures"],
            "sums": [(pay_type, *(report["figures"][what][pay_type] for what in WHAT)) for pay_type in PAY_TYPES],
            "rejected_total": report["rejected_total"],
            "reasons": _reasons(report),
        }
    template = "service_lane/import_progress.html"
    return render(request, f"{template}#standing" if request.htmx else template, context)


@require_GET
@role_required(*OFFICE)
def import_rejects(request: Request, pk: int) -> HttpResponseBase:
    """The rows that were not taken, each with its number, its reason and its text as it was."""
    dms_import = fetch(DmsImport.objects.all(), request.user, OFFICE, pk=pk)
    name = get_valid_filename(f"rejected-{Path(dms_import.filename).stem}") + ".csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"},
    )
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(("Row", "Reason", "Text"))
    for row, reason, text in dms_import.report.get("rejected", []):
        writer.writerow((row, reason, _not_a_formula(text)))
    return response


def _not_a_formula(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would otherwise calculate it."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@", "\t")) else text


def _reasons(report: dict[str, Any]) -> list[tuple[str, int]]:
    return Counter(reason for _, reason, _ in report.get("rejected", [])).most_common()
