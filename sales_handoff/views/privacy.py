"""Taking out what is held about somebody, and erasing it: the storey that sees every table does both."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers import actions as customers
from customers.actions.privacy import NotIdentified, NotOpen
from customers.models import PrivacyRequest
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import OFFICE
from recommendations import export
from sales_handoff.actions import answering, erasing
from sales_handoff.actions.erasing import NotTheNumber, StillHere
from sales_handoff.forms import EraseForm


def _rows(kind: str) -> Any:
    return PrivacyRequest.objects.filter(kind=kind).select_related("customer", "rooftop")


@require_POST
@role_required(*OFFICE)
def access(request: Request, pk: int) -> HttpResponseBase:
    """All that is held about who asked, as one file.

    Without a one-time key: it changes nothing but the audit trail and the looks, and each time it is taken out counts.
    """
    found = fetch(_rows(PrivacyRequest.Kind.ACCESS), request.user, OFFICE, pk=pk)
    now = timezone.now()
    customers.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    try:
        bundle = answering.make_file(request=found, by=request.user, at=now)
    except answering.NotAsked:
        messages.warning(request, "Write down first how we know that it is them.")
        return go(request, found.get_absolute_url())
    response = StreamingHttpResponse(export.stream(bundle), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{bundle.name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@role_required(*OFFICE)
@one_time
def erase(request: Request, pk: int) -> HttpResponse:
    """What erasing would do now; posting the customer's number does it.  Afterwards: what the law keeps, until when."""
    found = fetch(_rows(PrivacyRequest.Kind.ERASURE), request.user, OFFICE, pk=pk)
    now = timezone.now()
    if found.status == PrivacyRequest.Status.DONE:
        kept = erasing.kept_orders(erasing.records_of(found.customer), now)
        return render(request, "sales_handoff/erased.html", {"found": found, "kept": kept})
    if found.status == PrivacyRequest.Status.REFUSED:
        return go(request, found.get_absolute_url())
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            typed = form.cleaned_data["number"]
            erasing.erase_customer(request=found, typed=typed, by=request.user, at=now)
            messages.info(request, "Erased. What the law makes us keep goes by itself when its time is over.")
            return go(request, reverse("sales_handoff:erase", args=[found.pk]))
        except NotTheNumber:
            form.add_error("number", f"That is not their number. It is {found.customer_id}.")
        except StillHere as here:
            form.add_error(None, f"{here} Close or void it first.")
        except NotIdentified:
            form.add_error(None, "Write down first how we know that it is them.")
        except NotOpen:
            messages.warning(request, "Somebody settled this before you. What they did is below.")
            return go(request, found.get_absolute_url())
    else:
        customers.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    context = {"found": found, "form": form, "preview": erasing.preview(found.customer, now)}
    return render(request, "sales_handoff/erase.html", context, status=422 if form.is_bound else 200)
