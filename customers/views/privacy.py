"""What people ask about their own data: the list, what one of them asked, and each request to its end.

Only service managers and group admins: who answers for data is few, and named.
"""

from datetime import datetime, time
from typing import Any, TypedDict

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions
from customers.actions.privacy import AskedAlready, NotIdentified, NotOpen, NotTheirJob
from customers.forms import AskedForm, DoneForm, IdentifyForm, OwnerForm, RefuseForm
from customers.models import Customer, PrivacyRequest
from customers.rules import deadline, initial_of_last_name
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import OFFICE, Staff

PER_PAGE = 25
NOON = time(12)


def _rows() -> Any:
    return PrivacyRequest.objects.select_related("customer", "rooftop", "owner", "settled_by")


def _name(request: Request, customer: Customer) -> str:
    return initial_of_last_name(customer.name) if request.counter_view else customer.name


def _row(request: Request, one: PrivacyRequest, today: Any) -> dict[str, Any]:
    is_open = one.status == PrivacyRequest.Status.OPEN
    return {
        "request": one,
        "name": _name(request, one.customer),
        "is_mine": one.owner_id == request.user.pk,
        "is_late": is_open and one.due_date < today,
        "is_open": is_open,
    }


@require_GET
@role_required(*OFFICE)
def privacy(request: Request) -> HttpResponse:
    """Requests of this rooftop: open ones by their due day, or (`?settled`) the newest settled first."""
    settled = "settled" in request.GET
    rows = _rows().asked().filter(rooftop=request.rooftop)
    rows = (
        rows.exclude(status=PrivacyRequest.Status.OPEN).order_by("-settled_at", "-pk")
        if settled
        else rows.open().order_by("due_date", "pk")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate(timezone.now())
    context = {"page": page, "rows": [_row(request, one, today) for one in page], "settled": settled}
    return render(request, "customers/privacy.html", context)


@role_required(*OFFICE)
@one_time
def customer_privacy(request: Request, pk: int) -> HttpResponse:
    """What this customer asked before, and a form for what they ask now."""
    customer = fetch(Customer.objects.all(), request.user, OFFICE, pk=pk)
    now = timezone.now()
    today = timezone.localdate(now)
    posted = request.POST if request.method == "POST" else None
    form = AskedForm(posted, today=today, initial={"asked_on": today})
    if posted is not None and form.is_valid():
        typed = dict(form.cleaned_data)
        asked_on = typed.pop("asked_on")
        asked_at = now if asked_on == today else datetime.combine(asked_on, NOON, request.rooftop.zone)
        try:
            made = actions.record_privacy_request(
                customer=customer, rooftop=request.rooftop, asked_at=asked_at, **typed, by=request.user, at=now
            )
            return go(request, made.get_absolute_url())
        except AskedAlready:
            form.add_error("kind", "They asked for that already, and it is still open. It is in the list below.")
    if posted is None:
        actions.look(customer=customer, why="data requests", by=request.user, at=now, rooftop=request.rooftop)
    here = _rows().visible_to(request.user).filter(customer=customer).order_by("-asked_at", "-pk")
    context = {
        "customer": customer,
        "name": _name(request, customer),
        "form": form,
        "rows": [_row(request, one, today) for one in here[:PER_PAGE]],
        "deadline": deadline(request.rooftop.jurisdiction),
    }
    return render(request, "customers/customer_privacy.html", context, status=422 if form.is_bound else 200)


@role_required(*OFFICE)
@one_time
def privacy_request(request: Request, pk: int) -> HttpResponse:
    """One request; posting says how we know who asks, that it is done, why it is refused, or whose it is (`do`)."""
    found = fetch(_rows(), request.user, OFFICE, pk=pk)
    now = timezone.now()
    if request.method == "POST" and (form := _form(found, request.POST.get("do", ""), request.POST)):
        if not form.is_valid():
            return _page(request, found, now, form)
        return _do(request, found, now, form)
    actions.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    return _page(request, found, now)


def _form(found: PrivacyRequest, do: str, posted: Any = None) -> forms.Form | None:
    if do == "give":
        return OwnerForm(posted, rooftop=found.rooftop, auto_id="give_%s")
    kinds: dict[str, type[forms.Form]] = {"identify": IdentifyForm, "done": DoneForm, "refuse": RefuseForm}
    if do == "done" and found.kind == PrivacyRequest.Kind.ERASURE:
        return None
    return kinds[do](posted, auto_id=f"{do}_%s") if do in kinds else None


class By(TypedDict):
    by: Staff
    at: datetime


def _do(request: Request, found: PrivacyRequest, now: datetime, form: forms.Form) -> HttpResponse:
    typed, who = form.cleaned_data, By(by=request.user, at=now)
    try:
        if isinstance(form, IdentifyForm):
            actions.identify_privacy_request(request=found, how=typed["verified_how"], **who)
        elif isinstance(form, DoneForm):
            actions.finish_privacy_request(request=found, note=typed["note"], **who)
        elif isinstance(form, RefuseForm):
            actions.refuse_privacy_request(request=found, why=typed["why"], **who)
        else:
            actions.give_privacy_request(request=found, owner=typed["owner"], **who)
    except NotOpen:
        messages.warning(request, "Somebody settled this before you. What they did is below.")
    except NotIdentified:
        form.add_error(None, "Write down first how we know that it is them.")
        return _page(request, found, now, form)
    except NotTheirJob:
        form.add_error("owner", "Choose a service manager or an admin of this store.")
        return _page(request, found, now, form)
    return go(request, found.get_absolute_url())


def _page(request: Request, found: PrivacyRequest, now: datetime, bad: forms.Form | None = None) -> HttpResponse:
    def shown(do: str) -> forms.Form | None:
        fresh = _form(found, do)
        return bad if bad is not None and type(bad) is type(fresh) else fresh

    context = {
        **_row(request, found, timezone.localdate(now)),
        "found": found,
        "identifying": shown("identify"),
        "finishing": shown("done"),
        "refusing": shown("refuse"),
        "giving": shown("give"),
        "bad": bad,
        "deadline": deadline(found.rooftop.jurisdiction),
        "edit": reverse("customers:customer-edit", args=[found.customer_id]),
    }
    context.pop("request")
    return render(request, "customers/privacy_request.html", context, status=422 if bad else 200)
