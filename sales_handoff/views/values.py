"""The value guide: what is in it, and a file to bring it up to date."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dealership.http import Request, one_time, role_required
from dealership.models import OFFICE, Role
from sales_handoff.actions import import_values
from sales_handoff.actions.values import NotAGuide
from sales_handoff.forms import GuideForm
from sales_handoff.models import ValueGuideRow

PER_PAGE = 25
REFUSED_SHOWN = 50
KEEPERS = OFFICE | {Role.Kind.SALES_MANAGER}


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*KEEPERS)
def guide(request: Request) -> HttpResponse:
    """The rows of the guide, and a form that takes a file; a POST answers with what came of it."""
    form = GuideForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            report = import_values(
                lines=form.lines(),
                rooftop=request.rooftop,
                by=request.user,
                at=timezone.now(),
                filename=form.cleaned_data["file"].name,
                dry_run=form.cleaned_data["dry_run"],
            )
        except NotAGuide as problem:
            form.add_error("file", str(problem))
    rows = ValueGuideRow.objects.order_by("make", "model", "-year", "trim", "pk").values(
        *("pk", "make", "model", "year", "trim", "miles", "low", "high", "source", "as_of_date")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [{**row, "car": _as_written(row["make"], row["model"], row["trim"])} for row in page]
    context = {
        "page": page,
        "form": GuideForm() if report else form,
        "report": report,
        "refused": report.refused[:REFUSED_SHOWN] if report else [],
        "was_dry_run": report is not None and form.cleaned_data["dry_run"],
    }
    return render(request, "sales_handoff/values.html", context, status=422 if form.errors else 200)


def _as_written(*names: str) -> str:
    """The guide's capitals as people write them: Honda Accord EX-L, Toyota RAV4."""
    words = " ".join(names).split()
    return " ".join(word.title() if word.isalpha() and len(word) > 3 else word for word in words)
