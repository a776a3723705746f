"""Papers: the estimate, the record of authorizations, the bill and the declined-work notice."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.actions import look
from dealership.http import Request, View, fetch, go, one_time, role_required
from dealership.models import COUNTER, OFFICE, SERVICE
from recommendations import authority, documents, languages
from recommendations import export as exports
from recommendations.actions import exporting, handing_over, invoicing, record
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Decision, Invoice, Language
from recommendations.views.closing import ENTER_MILES, read_miles
from recommendations.views.lines import orders, refused_page
from service_lane.models import RepairOrder
from service_lane.rules import Missing
from service_lane.rules.signature import Unreadable, read


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

    In counter view the paper is not in the page: it names a whole customer, a phone and prices.  Reading a paper is a
    look at its customer.
    """

    def decorate(view: Paper) -> View:
        @wraps(view)
        def shown(request: Request, pk: int) -> HttpResponse:
            order = fetch(orders().select_related("entered_by"), request.user, kinds, pk=pk)
            if request.counter_view and request.method == "GET":
                return render(request, "recommendations/paper_covered.html", {"order": order})
            if request.method == "GET":
                now, why = timezone.now(), f"paper of {order}"
                look(customer=order.customer, why=why, by=request.user, at=now, rooftop=order.rooftop)
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
    drawn = Decision.objects.filter(advisory__repair_order=order).exclude(signature=None)
    # One signature stands under every answer that was given with it.
    signed = {one.signature_id: one for one in drawn.select_related("signature").order_by("pk")}
    context = _paper(
        order,
        documents.authorizations_document(order, at),
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
    typed, problem = request.POST.get("odometer_out", ""), ""
    miles = read_miles(typed)
    if request.method == "POST":
        problem = ENTER_MILES if typed.strip() and miles is None else ""
        try:
            if not problem:
                invoicing.invoice(repair_order=order, odometer_out=miles, by=request.user, at=at)
                return go(request, reverse("recommendations:invoice", args=[order.pk]))
        except invoicing.WrongMiles as wrong:
            problem = str(wrong)
        except (invoicing.CannotInvoice, CannotPresent) as cannot:
            return refused_page(request, order, str(cannot))
    bill = Invoice.objects.filter(repair_order=order).select_related("by").first()
    document = bill.document if bill else documents.invoice_document(order, at, miles)
    is_open = order.status == RepairOrder.Status.OPEN
    context = _paper(order, document, at, bill=bill, is_open=is_open, typed=typed, problem=problem)
    return render(request, "recommendations/invoice.html", context, status=422 if problem else 200)


@paper_for(COUNTER)
def handover(request: Request, order: RepairOrder) -> HttpResponse:
    """What goes home with the customer, as one print job: the bill, and the declined-work notice beside it."""
    at = timezone.now()
    bill = Invoice.objects.filter(repair_order=order).first()
    notice = handing_over.standing_notice(order)
    document = notice.document if notice else documents.declined_document(order, at, languages.language_of(order))
    context = {
        "order": order,
        "rooftop": order.rooftop,
        "at": at,
        "bill": bill,
        "bill_doc": documents.read_back(bill.document) if bill else None,
        "notice": notice,
        "notice_doc": documents.read_back(record.plain(document)) if document["lines"] else None,
    }
    return render(request, "recommendations/handover.html", context)


@one_time
@paper_for(COUNTER)
def declined_notice(request: Request, order: RepairOrder) -> HttpResponse:
    """What was shown and not agreed to, each with what was said about waiting; posting it says how it ended.

    In the language the customer reads in, or in `lang`.
    """
    at, typed = timezone.now(), request.POST
    asked = request.GET.get("lang") or typed.get("language")
    language = Language(asked) if asked in Language.values else languages.language_of(order)
    missing: tuple[Missing, ...] = ()
    if request.method == "POST":
        unsigned = typed.get("unsigned", "") if typed.get("how") == "unsigned" else ""
        if typed.get("how") == "unsigned" and not unsigned:
            missing = (Missing("unsigned", "Say whether they would not sign or were not here."),)
        try:
            if not missing:
                handing_over.end_with_notice(
                    repair_order=order,
                    as_seen=typed.get("as_seen", ""),
                    language=language,
                    name="" if unsigned else typed.get("signed_name", ""),
                    drawing="" if unsigned else typed.get("signed_drawing", ""),
                    unsigned=unsigned,
                    witness=typed.get("witness", ""),
                    by=request.user,
                    at=at,
                )
                return go(request, reverse("recommendations:declined-notice", args=[order.pk]))
        except handing_over.NotWritten as cannot:
            missing = cannot.missing
        except CannotPresent as cannot:
            return refused_page(request, order, str(cannot))
    notice = None if request.GET.get("lang") else handing_over.standing_notice(order)
    document = notice.document if notice else documents.declined_document(order, at, language)
    try:
        drawing = read(typed.get("signed_drawing", ""))
    except Unreadable:
        drawing = None
    context = _paper(
        order,
        document,
        at,
        notice=notice,
        may_end=bool(document["lines"]) and order.status == RepairOrder.Status.OPEN and notice is None,
        as_seen="" if notice else handing_over.seen(document),
        languages=Language.choices,
        problems=missing,
        errors={one.field: one.message for one in reversed(missing)},
        typed=typed,
        drawing=drawing,
    )
    return render(request, "recommendations/declined_notice.html", context, status=422 if missing else 200)


@require_POST
@one_time
@role_required(*COUNTER)
def parts_choice(request: Request, pk: int) -> HttpResponse:
    """Whether the customer wants their replaced parts back; `back` is the page that asked."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    said = request.POST.get("parts")
    if said not in ("back", "not_back"):
        return refused_page(request, order, "Say whether they want their replaced parts back, or not.", 422)
    try:
        handing_over.choose_parts(repair_order=order, wants_back=said == "back", by=request.user, at=timezone.now())
    except CannotPresent as cannot:
        return refused_page(request, order, str(cannot))
    return go(request, reverse("recommendations:estimate", args=[order.pk]))


@require_POST
@role_required(*OFFICE)
def order_export(request: Request, pk: int) -> StreamingHttpResponse:
    """The whole order as one file for an inspector.

    Also of a customer who was forgotten, while the law keeps it: this is the one way to read it.  Without a one-time
    key: it changes nothing but the audit trail, and each time it is taken out counts.
    """
    kept = RepairOrder.objects.kept_at(request.user).values("pk")
    order = get_object_or_404(orders().select_related("entered_by"), pk=pk, pk__in=kept)
    if not request.user.holds(OFFICE, order.rooftop_id):
        raise PermissionDenied
    now = timezone.now()
    bundle = exporting.export(repair_order=order, by=request.user, at=now)
    look(customer=order.customer, why=f"export of {order}", by=request.user, at=now, rooftop=order.rooftop)
    response = StreamingHttpResponse(exports.stream(bundle), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{bundle.name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
