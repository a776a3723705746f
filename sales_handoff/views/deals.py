"""Deals of the sales system: a file that says who is buying, and how many are in hand.  Nobody is named."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dealership.http import Request, one_time, role_required
from sales_handoff.actions.deals import import_deals
from sales_handoff.actions.imports import NotAList
from sales_handoff.forms import DealsForm
from sales_handoff.models import Deal
from sales_handoff.views.lists import KEEPERS, REFUSED_SHOWN


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*KEEPERS)
def deals(request: Request) -> HttpResponse:
    """How many deals are known here, and a form that takes a file; a POST answers with what came of it."""
    form = DealsForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            report = import_deals(
                lines=form.lines(),
                rooftop=request.rooftop,
                by=request.user,
                at=timezone.now(),
                filename=form.cleaned_data["file"].name,
                dry_run=form.cleaned_data["dry_run"],
            )
        except NotAList as problem:
            form.add_error("file", str(problem))
    known = Deal.objects.filter(rooftop=request.rooftop)
    context = {
        "form": DealsForm() if report else form,
        "report": report,
        "refused": report.refused[:REFUSED_SHOWN] if report else [],
        "was_dry_run": report is not None and form.cleaned_data["dry_run"],
        "known": known.count(),
        "in_hand": known.in_hand().count(),
    }
    return render(request, "sales_handoff/deals.html", context, status=422 if form.errors else 200)
