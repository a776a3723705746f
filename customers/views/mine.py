"""What is mine to finish."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers.open_items import VIEWS, WHAT, open_items
from customers.rules import initial_of_last_name
from dealership.http import Request, role_required
from dealership.models import SALES, SERVICE

PER_PAGE = 25


@require_GET
@role_required(*(SERVICE | SALES))
def mine(request: Request) -> HttpResponse:
    """Everything this person owns that is not finished, at all their rooftops, the most overdue first."""
    now = timezone.now()
    rows = open_items(request.user, now)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row["url"] = reverse(VIEWS[row["what"]], args=[row["pk"]])
        row["label"] = WHAT[row["what"]]
        row["is_late"] = row["due"] < now
        if request.counter_view:
            row |= {"said": "", "name": initial_of_last_name(row["name"])}
    late = sum(row["due"] < now for row in rows)
    return render(request, "customers/mine.html", {"page": page, "now": now, "late": late})
