"""The page that takes a CSV file: what it is for, and what came of it, line by line."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealership.csv_rows import NotAList
from dealership.forms import CsvForm
from dealership.http import Request

REFUSED_SHOWN = 50


def file_page(request: Request, take: Callable[..., Any], about: Mapping[str, str]) -> HttpResponse:
    """A form (GET), and what `take` made of its file (POST).

    `take` is an action of lines, rooftop, by, at, filename and dry_run that returns a report or raises NotAList;
    `about` is the page's title, back, back_label, columns and rule.
    """
    form = CsvForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            report = take(
                lines=form.lines(),
                rooftop=request.rooftop,
                by=request.user,
                at=timezone.now(),
                filename=form.cleaned_data["file"].name,
                dry_run=form.cleaned_data["dry_run"],
            )
        except NotAList as problem:
            form.add_error("file", str(problem))
    context = {
        **about,
        "form": CsvForm() if report else form,
        "report": report,
        "refused": report.refused[:REFUSED_SHOWN] if report else [],
        "was_dry_run": report is not None and form.cleaned_data["dry_run"],
    }
    return render(request, "customers/file.html", context, status=422 if form.errors else 200)
