"""Complaints: opened by anybody at the counter or on the sales floor, closed by the side whose problem it is."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers.actions.complaints import (
    SIDES,
    AlreadyAsked,
    AlreadyClosed,
    AlreadyTakenOn,
    NobodyOnThatSide,
    OtherSide,
    OwnerOfAnotherSide,
)
from customers.forms import CloseForm, ComplaintForm, GiveForm, SettledForm
from customers.models import Complaint, Customer, Feedback
from customers.rules import initial_of_last_name
from customers.views.feedback import tomorrow_evening
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SALES, SERVICE

PER_PAGE = 25
EVERYBODY = SERVICE | SALES
UNNAMED = "A service customer"
"""What sales reads in place of a name: it is theirs to know what is open, and service's to know with whom."""


@require_GET
@role_required(*EVERYBODY)
def complaints(request: Request) -> HttpResponse:
    """What is open at this rooftop, the most overdue first; `?closed` shows what was answered."""
    now = timezone.now()
    closed = "closed" in request.GET
    rows = Complaint.objects.visible_to(request.user).filter(rooftop=request.rooftop)
    rows = rows.filter(closed_at__isnull=False).order_by("-closed_at", "-pk") if closed else rows.open()
    values = rows.values(
        *("pk", "words", "side", "due_at", "opened_at", "closed_at", "owner_id", "owner__name", "customer__name"),
        *("escalated_to__name", "outcome", "is_confidential"),
    )
    page = Paginator(values if closed else values.order_by("due_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row["is_late"] = not closed and row["due_at"] < now
        row["is_mine"] = row["owner_id"] == request.user.pk
        is_unnamed = _is_unnamed(request, row["side"])
        row["side"] = Complaint.Side(row["side"]).label
        row["outcome"] = Complaint.Outcome(row["outcome"]).label if row["outcome"] else ""
        if request.counter_view:
            row |= {"words": "", "customer__name": initial_of_last_name(row["customer__name"])}
        if is_unnamed:
            row["customer__name"] = UNNAMED
    return render(request, "customers/complaints.html", {"page": page, "closed": closed, "now": now})


@role_required(*COUNTER)
@one_time
def complaint_new(request: Request, pk: int) -> HttpResponse:
    """Write down what somebody is unhappy about.  `?from=` is the feedback in which they said it."""
    customer = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    now = timezone.now()
    said = _said(request, customer)
    if request.method != "POST":
        initial: dict[str, Any] = {"due_at": tomorrow_evening(now)}
        if said:
            initial |= {"words": said.words, "side": said.side, "visit": said.visit}
            initial["is_confidential"] = said.is_confidential
        form = ComplaintForm(rooftop=request.rooftop, now=now, initial=initial)
        return render(request, "customers/complaint_new.html", {"customer": customer, "form": form})
    form = ComplaintForm(request.POST, rooftop=request.rooftop, now=now)
    if form.is_valid():
        side = Complaint.Side(form.cleaned_data["side"]).label.lower()
        try:
            opened = actions.open_complaint(
                customer=customer,
                rooftop=request.rooftop,
                **form.cleaned_data,
                feedback=said,
                by=request.user,
                at=now,
            )
            return go(request, opened.get_absolute_url())
        except OwnerOfAnotherSide as refusal:
            form.add_error("owner", f"{refusal.args[0]} does not work in {side}. Choose somebody who does.")
        except NobodyOnThatSide:
            form.add_error("owner", f"Nobody runs {side} here. Choose one person.")
        except AlreadyTakenOn:
            form.add_error(None, "Somebody made it a complaint before you.")
    return render(request, "customers/complaint_new.html", {"customer": customer, "form": form}, status=422)


def _said(request: Request, customer: Customer) -> Feedback | None:
    number = request.GET.get("from", "")
    if not number.isdigit():
        return None
    return Feedback.objects.visible_to(request.user).kept().filter(customer=customer, pk=int(number)).first()


def _rows() -> Any:
    return Complaint.objects.select_related(
        *("customer", "owner", "rooftop", "opened_by", "closed_by", "escalated_to", "outcome_by", "reopens"),
        "came_back_as",
    )


@role_required(*EVERYBODY)
@one_time
def complaint(request: Request, pk: int) -> HttpResponse:
    """One complaint.  Posting says what was done and closes it, for the side that owns it."""
    found = fetch(_rows(), request.user, EVERYBODY, pk=pk)
    now = timezone.now()
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        fetch(_rows(), request.user, SIDES[found.side], pk=pk)
        if form.is_valid():
            return _close(request, found, form.cleaned_data["what_was_done"], now)
    else:
        why = f"complaint {found.pk}"
        actions.look(customer=found.customer, why=why, by=request.user, at=now, rooftop=request.rooftop)
    return _page(request, found, now, form=form)


def _page(request: Request, found: Complaint, now: datetime, **forms: Any) -> HttpResponse:
    is_theirs = request.user.holds(SIDES[found.side], found.rooftop_id)
    giving = GiveForm(rooftop=found.rooftop, kinds=SIDES[found.side], auto_id="give_%s")
    context = {
        "complaint": found,
        "form": CloseForm(),
        "settled": SettledForm(auto_id="settled_%s"),
        "giving": giving,
        **forms,
        "again": getattr(found, "came_back_as", None),
        "now": now,
        "is_late": found.closed_at is None and found.due_at < now,
        "may_close": is_theirs and found.closed_at is None,
        "may_ask": is_theirs and found.closed_at is not None and not found.outcome,
        "may_mind": request.user.holds(SIDES[found.side] | SERVICE, found.rooftop_id),
        "may_see_customer": bool(request.staff_kinds & SERVICE),
        "name": _name(request, found),
    }
    bad = any(form.is_bound for form in forms.values())
    return render(request, "customers/complaint.html", context, status=422 if bad else 200)


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
        messages.info(request, "Closed. They are asked in two weeks whether it is settled.")
    except AlreadyClosed:
        messages.warning(request, "Somebody closed this complaint before you. What they did is below.")
    except OtherSide:
        messages.warning(request, "Only the side whose problem it is can close it.")
    return go(request, reverse("customers:complaint", args=[found.pk]))


@require_POST
@role_required(*EVERYBODY)
@one_time
def complaint_settled(request: Request, pk: int) -> HttpResponse:
    """What the customer said when they were asked whether it is settled."""
    found = fetch(_rows(), request.user, EVERYBODY, pk=pk)
    fetch(_rows(), request.user, SIDES[found.side], pk=pk)
    now = timezone.now()
    form = SettledForm(request.POST, auto_id="settled_%s")
    if not form.is_valid():
        return _page(request, found, now, settled=form)
    outcome, words = form.cleaned_data["outcome"], form.cleaned_data["words"]
    shown = found
    try:
        if outcome == SettledForm.LATER:
            actions.ask_complaint_later(complaint=found, by=request.user, at=now)
            messages.info(request, "Not reached. It is on the list again in three days.")
        else:
            again = actions.settle_complaint(
                complaint=found,
                outcome=outcome,
                words=words,
                due_at=tomorrow_evening(now),
                by=request.user,
                at=now,
            )
            shown = again or found
            messages.info(
                request, "It is open again, as a complaint of its own." if again else "They say it is settled."
            )
    except AlreadyAsked:
        messages.warning(request, "Somebody asked them before you. What they said is below.")
    except NobodyOnThatSide:
        form.add_error(None, "Its owner has left and nobody runs that side here. Ask an admin to name somebody first.")
        return _page(request, found, now, settled=form)
    return go(request, shown.get_absolute_url())


@require_POST
@role_required(*EVERYBODY)
@one_time
def complaint_give(request: Request, pk: int) -> HttpResponse:
    """Another owner, of the same side."""
    found = fetch(_rows(), request.user, EVERYBODY, pk=pk)
    fetch(_rows(), request.user, SIDES[found.side], pk=pk)
    now = timezone.now()
    form = GiveForm(request.POST, rooftop=found.rooftop, kinds=SIDES[found.side], auto_id="give_%s")
    if not form.is_valid():
        return _page(request, found, now, giving=form)
    owner = form.cleaned_data["owner"]
    try:
        actions.give_complaint(complaint=found, owner=owner, by=request.user, at=now)
        messages.info(request, f"It is {owner.name}'s now.")
    except AlreadyClosed:
        messages.warning(request, "Somebody closed this complaint before you. What they did is below.")
    return go(request, found.get_absolute_url())
