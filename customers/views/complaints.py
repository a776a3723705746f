"""Complaints: opened by anybody at the counter or on the sales floor, closed by the side whose problem it is."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions
from customers.actions.complaints import SIDES, AlreadyClosed, OtherSide, OwnerOfAnotherSide
from customers.forms import CloseForm, ComplaintForm
from customers.models import Complaint, Customer
from customers.rules import initial_of_last_name
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SALES, SERVICE

PER_PAGE = 25
EVERYBODY = SERVICE | SALES
UNNAMED = "A service customer"
"""What sales reads in place of a name: it is theirs to know what is open, and service's to know with whom."""


@require_GET
@role_required(*EVERYBODY)
def complaints(request: Request) -> HttpResponse:
    """What is open at this rooftop, the most overdue first; `?closed` shows what was settled."""
    now = timezone.now()
    closed = "closed" in request.GET
    rows = Complaint.objects.visible_to(request.user).filter(rooftop=request.rooftop)
    rows = rows.filter(closed_at__isnull=False).order_by("-closed_at", "-pk") if closed else rows.open()
    values = rows.values(
        *("pk", "words", "side", "due_at", "opened_at", "closed_at", "owner_id", "owner__name", "customer__name")
    )
    page = Paginator(values if closed else values.order_by("due_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row["is_late"] = not closed and row["due_at"] < now
        row["is_mine"] = row["owner_id"] == request.user.pk
        is_unnamed = _is_unnamed(request, row["side"])
        row["side"] = Complaint.Side(row["side"]).label
        if request.counter_view:
            row |= {"words": "", "customer__name": initial_of_last_name(row["customer__name"])}
        if is_unnamed:
            row["customer__name"] = UNNAMED
    return render(request, "customers/complaints.html", {"page": page, "closed": closed, "now": now})


@role_required(*COUNTER)
@one_time
def complaint_new(request: Request, pk: int) -> HttpResponse:
    """Write down what somebody is unhappy about."""
    customer = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    now = timezone.now()
    if request.method != "POST":
        form = ComplaintForm(rooftop=request.rooftop, now=now, initial={"due_at": _tomorrow_evening(now)})
        return render(request, "customers/complaint_new.html", {"customer": customer, "form": form})
    form = ComplaintForm(request.POST, rooftop=request.rooftop, now=now)
    if form.is_valid():
        try:
            opened = actions.open_complaint(
                customer=customer, rooftop=request.rooftop, **form.cleaned_data, by=request.user, at=now
            )
            return go(request, opened.get_absolute_url())
        except OwnerOfAnotherSide as refusal:
            side = Complaint.Side(form.cleaned_data["side"]).label.lower()
            form.add_error("owner", f"{refusal.args[0]} does not work in {side}. Choose somebody who does.")
    return render(request, "customers/complaint_new.html", {"customer": customer, "form": form}, status=422)


def _tomorrow_evening(now: datetime) -> datetime:
    local = timezone.localtime(now) + timedelta(days=1)
    return local.replace(hour=17, minute=0, second=0, microsecond=0)


@role_required(*EVERYBODY)
@one_time
def complaint(request: Request, pk: int) -> HttpResponse:
    """One complaint.  Posting says what was done and closes it, for the side that owns it."""
    rows = Complaint.objects.select_related("customer", "owner", "rooftop", "opened_by", "closed_by")
    found = fetch(rows, request.user, EVERYBODY, pk=pk)
    now = timezone.now()
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        fetch(rows, request.user, SIDES[found.side], pk=pk)
        if form.is_valid():
            return _close(request, found, form.cleaned_data["what_was_done"], now)
    else:
        why = f"complaint {found.pk}"
        actions.look(customer=found.customer, why=why, by=request.user, at=now, rooftop=request.rooftop)
    context = {
        "complaint": found,
        "form": form,
        "now": now,
        "is_late": found.closed_at is None and found.due_at < now,
        "may_close": request.user.holds(SIDES[found.side], found.rooftop_id) and found.closed_at is None,
        "may_see_customer": bool(request.staff_kinds & SERVICE),
        "name": _name(request, found),
    }
    return render(request, "customers/complaint.html", context, status=422 if form.is_bound else 200)


def _is_unnamed(request: Request, side: str) -> bool:
    """Whether this person works in sales alone and the complaint is about service: then they said yes to nothing."""
    return side == Complaint.Side.SERVICE and not request.staff_kinds & SERVICE


def _name(request: Request, found: Complaint) -> str:
    if _is_unnamed(request, found.side):
        return UNNAMED
    return initial_of_last_name(found.customer.name) if request.counter_view else found.customer.name


def _close(request: Request, found: Complaint, what_was_done: str, now: datetime) -> HttpResponse:
    try:
        actions.close_complaint(complaint=found, what_was_done=what_was_done, by=request.user, at=now)
        messages.info(request, "Settled. They are asked in two weeks whether it was right.")
    except AlreadyClosed:
        messages.warning(request, "Somebody closed this complaint before you. What they did is below.")
    except OtherSide:
        messages.warning(request, "Only the side whose problem it is can close it.")
    return go(request, reverse("customers:complaint", args=[found.pk]))
