"""Purchases: what was promised at the sale, and the introduction of new owners to service."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import actions
from customers.actions.purchases import AlreadyIntroduced, KnownDeal, TooLate
from customers.forms import IntroduceForm, PurchaseForm
from customers.models import Customer, Purchase, Vehicle
from customers.rules import initial_of_last_name, match
from customers.rules.files import PURCHASE_COLUMNS
from customers.search import who_has
from customers.views.files import file_page
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, OFFICE, SALES, Role

PER_PAGE = 25
DELIVERING = COUNTER | SALES
IMPORTING = OFFICE | {Role.Kind.SALES_MANAGER}


@require_GET
@role_required(*DELIVERING)
def purchases(request: Request) -> HttpResponse:
    """Cars bought here, the newest first; `?new` keeps those whose owner has not met service."""
    rows = Purchase.objects.visible_to(request.user).filter(rooftop=request.rooftop)
    is_new = "new" in request.GET
    if is_new:
        rows = rows.to_introduce()
    values = rows.order_by("-sold_date", "-pk").values(
        *("pk", "car", "deal_number", "sold_date", "salesperson__name", "introduced_at", "advisor__name"),
        *("first_visit_date", "customer__name"),
    )
    page = Paginator(values, PER_PAGE).get_page(request.GET.get("page"))
    if request.counter_view:
        for row in page:
            row["customer__name"] = initial_of_last_name(row["customer__name"])
    may_import = bool(request.staff_kinds & IMPORTING)
    return render(request, "customers/purchases.html", {"page": page, "is_new": is_new, "may_import": may_import})


@role_required(*DELIVERING)
@one_time
def purchase_new(request: Request) -> HttpResponse:
    """Keep a purchase.  Whose it is, is told by phone or e-mail; by `?customer=` where one comes from their page."""
    now = timezone.now()
    chosen = request.GET.get("customer", "")
    customer = fetch(Customer.objects.all(), request.user, COUNTER, pk=int(chosen)) if chosen.isdigit() else None
    posted = request.POST if request.method == "POST" else None
    form = PurchaseForm(
        posted,
        rooftop=request.rooftop,
        today=timezone.localdate(),
        is_known=customer is not None,
        initial={"sold_date": timezone.localdate()},
    )
    if posted is not None and form.is_valid():
        owner = customer or _owner(form)
        if owner is not None:
            typed = {name: value for name, value in form.cleaned_data.items() if name not in ("phone", "email", "vin")}
            vin = form.cleaned_data["vin"]
            vehicle = Vehicle.objects.filter(vin=vin).first() if vin else None
            try:
                made = actions.record_purchase(
                    customer=owner, vehicle=vehicle, rooftop=request.rooftop, **typed, by=request.user, at=now
                )
                return go(request, made.get_absolute_url())
            except KnownDeal as known:
                form.add_error("deal_number", f"This deal is here already, delivered {known.purchase.sold_date}.")
    context = {
        "form": form,
        "customer": customer,
        "back": customer.get_absolute_url() if customer else reverse("customers:purchases"),
    }
    return render(request, "customers/purchase_new.html", context, status=422 if form.is_bound else 200)


def _owner(form: PurchaseForm) -> Customer | None:
    phone, email = form.cleaned_data["phone"], form.cleaned_data["email"]
    people = who_has((phone, email))
    found = match({"phone": people.get(phone), "e-mail": people.get(email)})
    if found.customer is None:
        form.add_error("phone", f"{found.words} They need a record first: ask the counter to make one.")
        return None
    return Customer.objects.get(pk=found.customer)


@role_required(*DELIVERING)
@one_time
def purchase(request: Request, pk: int) -> HttpResponse:
    """One purchase and its delivery checklist; posting says that they were introduced to service."""
    rows = Purchase.objects.select_related(
        "customer", "rooftop", "vehicle", "salesperson", "advisor", "introduced_by", "by"
    )
    found = fetch(rows, request.user, DELIVERING, pk=pk)
    now = timezone.now()
    form = IntroduceForm(
        request.POST if request.method == "POST" else None, rooftop=found.rooftop, sold=found.sold_date
    )
    if request.method != "POST":
        actions.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    elif form.is_valid():
        return _introduce(request, found, form.cleaned_data)
    context = {
        "purchase": found,
        "name": initial_of_last_name(found.customer.name) if request.counter_view else found.customer.name,
        "form": form,
        "check_ins": found.check_ins.order_by("due_at", "pk"),
        "may_see_customer": bool(request.staff_kinds & COUNTER),
        "now": now,
    }
    return render(request, "customers/purchase.html", context, status=422 if form.is_bound else 200)


def _introduce(request: Request, found: Purchase, typed: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    try:
        actions.introduce(
            purchase=found, advisor=typed["advisor"], first_visit=typed["first_visit"], by=request.user, at=now
        )
        undo = reverse("customers:purchase-undo", args=[found.pk])
        offer_undo(request, "Introduced to service.", undo, at=now)
    except AlreadyIntroduced:
        messages.info(request, "Somebody introduced them before you.")
    return go(request, found.get_absolute_url())


@require_POST
@role_required(*DELIVERING)
@one_time
def purchase_undo(request: Request, pk: int) -> HttpResponse:
    found = fetch(Purchase.objects.all(), request.user, DELIVERING, pk=pk)
    try:
        actions.undo_introduce(purchase=found, by=request.user, at=timezone.now())
        messages.info(request, "They are still to be introduced.")
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, found.get_absolute_url())


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*IMPORTING)
def purchase_import(request: Request) -> HttpResponse:
    """A file of purchases; a POST answers with what came of it, line by line."""
    about = {
        "title": "Purchases from a file",
        "back": reverse("customers:purchases"),
        "back_label": "Purchases",
        "columns": ", ".join(PURCHASE_COLUMNS),
        "rule": "Whose a purchase is, is told by phone and e-mail. A deal that is here already changes nothing.",
    }
    return file_page(request, actions.import_purchases, about)
