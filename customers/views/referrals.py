"""Who sent whom, what came of it, and what somebody is to the business, as parts."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers import actions
from customers.actions.referrals import AlreadyThanked, Circle, SentAlready, TooLate
from customers.forms import ReferralForm, ThankForm
from customers.models import Customer, Purchase, Referral
from customers.rules import initial_of_last_name
from customers.views.feedback import fitting
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, SERVICE

MOST = 50


@role_required(*SERVICE)
@one_time
def referrals(request: Request, pk: int) -> HttpResponse:
    """The chain above and below one customer.  To add who sent them: look (GET `?with=`), then choose (POST)."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    form = ReferralForm(request.POST if request.method == "POST" else None, initial={"what": "service"})
    if request.method == "POST":
        fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
        if form.is_valid() and (answer := _record(request, customer, form)) is not None:
            return answer
    else:
        at = timezone.now()
        actions.look(customer=customer, why="referrals", by=request.user, at=at, rooftop=request.rooftop)
    text = request.GET.get("with", "").replace("\x00", "").strip()
    context = {
        "customer": customer,
        "name": _name(request, customer.name),
        **chain(request, customer),
        "form": form,
        "text": text,
        "others": fitting(request, text, but=customer.pk),
        "thanking": ThankForm(),
        "at_counter": bool(request.staff_kinds & COUNTER),
    }
    return render(request, "customers/referrals.html", context, status=422 if form.is_bound else 200)


def _name(request: Request, name: str) -> str:
    return initial_of_last_name(name) if request.counter_view else name


def chain(request: Request, customer: Customer) -> dict[str, Any]:
    """Who sent them (nearest first), whom they sent, and what those bought here, in a fixed number of queries."""
    rows = Referral.objects.all()
    above, below = rows.chain_above(customer.pk), rows.below(customer.pk)
    shown = list(below)[:MOST]
    people = Customer.objects.in_bulk([customer.pk, *above, *shown])
    bought = dict(
        Purchase.objects.told_to(request.user)
        .filter(customer__in=[customer.pk, *shown])
        .order_by()
        .values_list("customer")
        .annotate(cars=Count("pk"))
    )
    related = rows.filter(sent__in=[customer.pk, *shown]).select_related("sender", "by", "thanked_by", "sent")
    return {
        "above": [{"pk": one, "name": _name(request, people[one].name)} for one in above if one in people],
        "sent_by": [_row(request, row, below, bought) for row in related if row.sent_id == customer.pk],
        "sent": [_row(request, row, below, bought) for row in related.order_by("at", "pk") if row.sent_id in below],
        "people_sent": len(below),
        "cars_bought": bought.get(customer.pk, 0),
    }


def _row(request: Request, row: Referral, below: dict[int, int], bought: dict[int, int]) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "sent_pk": row.sent_id,
        "sent": _name(request, row.sent.name),
        "sender_pk": row.sender_id,
        "sender": _name(request, row.sender.name),
        "what": row.get_what_display(),
        "words": "" if request.counter_view else row.words,
        "at": row.at,
        "by": row.by.name,
        "steps": below.get(row.sent_id, 0),
        "cars": bought.get(row.sent_id, 0),
        "thanked_at": row.thanked_at,
        "thanked": f"{row.thanked_how}, {row.thanked_by.name}" if row.thanked_by else "",
    }


def _record(request: Request, customer: Customer, form: ReferralForm) -> HttpResponse | None:
    chosen = request.POST.get("sender", "")
    sender = fetch(Customer.objects.all(), request.user, COUNTER, pk=int(chosen) if chosen.isdigit() else 0)
    try:
        actions.record_referral(
            sender=sender,
            sent=customer,
            rooftop=request.rooftop,
            **form.cleaned_data,
            by=request.user,
            at=timezone.now(),
        )
        messages.info(request, "Kept. Do thank them, and write down how.")
        return go(request, reverse("customers:referrals", args=[customer.pk]))
    except Circle:
        form.add_error(None, f"{sender.name} came to us through {customer.name}, so it cannot be the other way round.")
    except SentAlready as known:
        form.add_error(None, f"{known.referral.sender.name} is down as having sent them for that. Take that off first.")
    return None


@require_POST
@role_required(*COUNTER)
@one_time
def referral_thank(request: Request, pk: int) -> HttpResponse:
    found = fetch(Referral.objects.select_related("sender"), request.user, COUNTER, pk=pk)
    form = ThankForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        messages.warning(request, "Choose how they were thanked.")
    else:
        try:
            actions.thank(referral=found, how=form.cleaned_data["how"], by=request.user, at=now)
            offer_undo(request, "Thanked.", reverse("customers:referral-undo", args=[pk]), at=now)
        except AlreadyThanked:
            messages.info(request, "Somebody thanked them before you.")
    return go(request, reverse("customers:referrals", args=[found.sender_id]))


@require_POST
@role_required(*COUNTER)
@one_time
def referral_undo(request: Request, pk: int) -> HttpResponse:
    found = fetch(Referral.objects.all(), request.user, COUNTER, pk=pk)
    try:
        actions.undo_thank(referral=found, by=request.user, at=timezone.now())
        messages.info(request, "They are still to be thanked.")
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, reverse("customers:referrals", args=[found.sender_id]))


@require_POST
@role_required(*COUNTER)
@one_time
def referral_remove(request: Request, pk: int) -> HttpResponse:
    found = fetch(Referral.objects.all(), request.user, COUNTER, pk=pk)
    back = reverse("customers:referrals", args=[found.sent_id])
    actions.remove_referral(referral=found, by=request.user, at=timezone.now())
    messages.info(request, "Taken off. That it was written down is kept.")
    return go(request, back)
