"""Papers: the estimate, the record of authorizations, the bill and the declined-work notice."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, View, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE
from recommendations import authority, documents
from recommendations.actions import invoicing, record
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Decision, Invoice
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


type Paper = Callable[[Request, RepairOrder], HttpResponse]


def paper_for(kinds: frozenset[str]) -> Callable[[Paper], View]:
    """The view of an order's paper for those who hold one of `kinds` where the order is.

    In counter view the paper is not in the page: it names a whole customer, a phone and prices.
    """

    def decorate(view: Paper) -> View:
        @wraps(view)
        def shown(request: Request, pk: int) -> HttpResponse:
            order = fetch(orders().select_related("entered_by"), request.user, kinds, pk=pk)
            if request.counter_view and request.method == "GET":
                return render(request, "recommendations/paper_covered.html", {"order": order})
            return view(request, order)

        return role_required(*kinds)(shown)

    return decorate


@paper_for(SERVICE)
def estimate_print(request: Request, order: RepairOrder) -> HttpResponse:
    """The estimate as it was shown last, on paper."""
    at = timezone.now()
    context = _paper(order, documents.estimate_document(order, at), at)
    return render(request, "recommendations/estimate_print.html", context)


@paper_for(COUNTER)
def authorizations(request: Request, order: RepairOrder) -> HttpResponse:
    """Every answer on record, in the order given, with the fingerprint of what was shown."""
    at = timezone.now()
    document = documents.head(order) | {"answers": documents.answers_on_record(order)}
    drawn = Decision.objects.filter(advisory__repair_order=order).exclude(signature=None)
    # One signature stands under every answer that was given with it.
    signed = {one.signature_id: one for one in drawn.select_related("signature").order_by("pk")}
    context = _paper(
        order,
        document,
        at,
        kept_until=authority.kept_until(order, at),
        drawn=[
            {"who": one.who_name, "at": one.at, "drawing": one.signature.drawing}
            for one in signed.values()
            if one.signature
        ],
    )
    return render(request, "recommendations/authorizations.html", context)


@one_time
@paper_for(COUNTER)
def invoice(request: Request, order: RepairOrder) -> HttpResponse:
    """The bill as handed over; before that, how it would read, with a button that makes it."""
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


@paper_for(COUNTER)
def handover(request: Request, order: RepairOrder) -> HttpResponse:
    """What goes home with the customer, as one print job: the bill, and the declined-work notice beside it."""
    at = timezone.now()
    bill = Invoice.objects.filter(repair_order=order).first()
    notice = documents.declined_document(order, at)
    context = {
        "order": order,
        "rooftop": order.rooftop,
        "at": at,
        "bill": bill,
        "bill_doc": documents.read_back(bill.document) if bill else None,
        "notice_doc": documents.read_back(record.plain(notice)) if notice["lines"] else None,
    }
    return render(request, "recommendations/handover.html", context)


@paper_for(COUNTER)
def declined_notice(request: Request, order: RepairOrder) -> HttpResponse:
    """What was shown and not agreed to, each with what was said about waiting."""
    at = timezone.now()
    return render(
        request, "recommendations/declined_notice.html", _paper(order, documents.declined_document(order, at), at)
    )
