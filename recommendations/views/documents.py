"""Papers: the estimate, the record of authorizations, the bill and the declined-work notice."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE
from recommendations import documents
from recommendations.actions import invoicing, record
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Invoice
from recommendations.views.lines import orders, refused_page
from service_lane.models import RepairOrder


def _paper(order: RepairOrder, document: dict[str, Any], at: datetime, **more: Any) -> dict[str, Any]:
    """What every paper's template reads; the content as it is, or will be, kept."""
    return {
        "order": order,
        "rooftop": order.rooftop,
        "doc": documents.read_back(record.plain(document)),
        "at": at,
        **more,
    }


@role_required(*SERVICE)
def estimate_print(request: Request, pk: int) -> HttpResponse:
    """The estimate as it was shown last, on paper."""
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    at = timezone.now()
    context = _paper(order, documents.estimate_document(order, at), at)
    return render(request, "recommendations/estimate_print.html", context)


@role_required(*COUNTER)
def authorizations(request: Request, pk: int) -> HttpResponse:
    """Every answer on record, in the order given, with the fingerprint of what was shown."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    document = documents.head(order) | {"answers": documents.answers_on_record(order)}
    return render(request, "recommendations/authorizations.html", _paper(order, document, at))


@one_time
@role_required(*COUNTER)
def invoice(request: Request, pk: int) -> HttpResponse:
    """The bill as handed over; before that, how it would read, with a button that makes it."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    if request.method == "POST":
        try:
            invoicing.invoice(repair_order=order, by=request.user, at=at)
        except (invoicing.CannotInvoice, CannotPresent) as cannot:
            return refused_page(request, order, str(cannot))
        return go(request, reverse("recommendations:invoice", args=[order.pk]))
    bill = Invoice.objects.filter(repair_order=order).select_related("by").first()
    document = bill.document if bill else documents.invoice_document(order, at)
    context = _paper(order, document, at, bill=bill, is_open=order.status == RepairOrder.Status.OPEN)
    return render(request, "recommendations/invoice.html", context)


@role_required(*COUNTER)
def declined_notice(request: Request, pk: int) -> HttpResponse:
    """What was shown and not agreed to, each with what was said about waiting."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    return render(
        request, "recommendations/declined_notice.html", _paper(order, documents.declined_document(order, at), at)
    )
