"""One person, once: who may be whom, the preview of a merge, and undoing it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers import duplicates as likely
from customers.actions.merging import CannotMerge, CannotUndo, SaidAlready
from customers.belongings import counted
from customers.forms import CustomerForm, MergeForm
from customers.models import Address, ContactPoint, Customer, Duplicate, Merge
from customers.rules import format_phone, initial_of_last_name
from customers.rules.merging import UNDO_FOR
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER

PER_PAGE = 25
SHOWN = 3


@require_GET
@role_required(*COUNTER)
def duplicates(request: Request) -> HttpResponse:
    """Records that may be one person, the likeliest first."""
    rows: Any = (
        Duplicate.objects.visible_to(request.user)
        .open()
        .order_by("-points", "lower", "higher")
        .values("lower", "higher", "lower__name", "higher__name", "points", "reasons", "found_at")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    streets = _streets([row[side] for row in page for side in ("lower", "higher")])
    shown = [
        {
            **row,
            "people": [
                {"pk": row[side], "name": _name(request, row[f"{side}__name"]), "street": streets.get(row[side], "")}
                for side in ("lower", "higher")
            ],
        }
        for row in page
    ]
    return render(request, "customers/duplicates.html", {"page": page, "rows": shown})


def _streets(pks: list[int]) -> dict[int, str]:
    rows = Address.objects.filter(customer__in=pks).order_by("-pk").values_list("customer_id", "street", "city")
    return {pk: f"{street}, {city}".strip(" ,") for pk, street, city in rows}


def _name(request: Request, name: str) -> str:
    return initial_of_last_name(name) if request.counter_view else name


# --- merging ----------------------------------------------------------------------------------------------------------


@role_required(*COUNTER)
@one_time
def merge(request: Request, pk: int, other_pk: int) -> HttpResponse:
    """Both records side by side (GET); one is made of them (POST): `pk` stays, `other_pk` goes into it."""
    if into := Customer.objects.filter(pk__in=(pk, other_pk), merged_into__isnull=False).first():
        messages.info(request, "These were merged already.")
        return redirect("customers:customer", into.merged_into_id)
    kept = fetch(Customer.objects.select_related("household"), request.user, COUNTER, pk=pk)
    gone = fetch(Customer.objects.select_related("household"), request.user, COUNTER, pk=other_pk)
    now = timezone.now()
    if request.counter_view:
        messages.info(request, "A merge shows everything of both. Turn counter view off first.")
        return redirect("customers:duplicates")
    if kept == gone:
        messages.info(request, "These are one and the same record.")
        return redirect(kept)
    rows = _rows(kept, gone)
    open_rows = [row for row in rows if row["differs"]]
    if request.method != "POST":
        for record in (kept, gone):
            actions.look(customer=record, why="merging", by=request.user, at=now, rooftop=request.rooftop)
        return _merge_page(request, kept, gone, rows, MergeForm(rows=open_rows, seen=(kept.edited_at, gone.edited_at)))
    form = MergeForm(request.POST, rows=open_rows)
    if form.is_valid():
        try:
            actions.merge(kept=kept, gone=gone, choices=form.choices, by=request.user, at=now, rooftop=request.rooftop)
            until = timezone.localtime(now + UNDO_FOR)
            messages.success(request, f"Merged. It can be undone here until {until:%b} {until.day}.")
            return go(request, kept.get_absolute_url())
        except CannotMerge as refused:
            kept.refresh_from_db()
            gone.refresh_from_db()
            if kept.merged_into_id or gone.merged_into_id:
                messages.warning(request, str(refused))
                return go(request, kept.get_absolute_url())
            form.add_error(None, str(refused))
            form.see_again(kept.edited_at, gone.edited_at)
            rows = _rows(kept, gone)
    return _merge_page(request, kept, gone, rows, form, status=422)


def _rows(kept: Customer, gone: Customer) -> list[dict[str, Any]]:
    """Field by field what each record says; where they differ, one is chosen: the kept one's unless it is empty."""
    points = {record.pk: _points(record) for record in (kept, gone)}

    def reach(record: Customer, kind: str) -> str:
        return next((value for one, value in points[record.pk] if one == kind), "")

    def named(record: Customer) -> list[tuple[str, str, Any, str]]:
        phone, email = reach(record, "phone"), reach(record, "email")
        since = record.since_date
        return [
            ("first_name", "First name", record.first_name, record.first_name),
            ("last_name", "Last name", record.last_name, record.last_name),
            ("business_name", "Business name", record.business_name, record.business_name),
            ("language", "Written to in", record.language, record.get_language_display()),
            ("since_date", "Customer since", since or "", f"{since:%b} {since.day}, {since.year}" if since else ""),
            ("household_id", "Household", record.household_id or "", str(record.household or "")),
            ("phone", "Phone to try first", phone, format_phone(phone) if phone else ""),
            ("email", "E-mail to try first", email, email),
        ]

    return [
        {
            "name": name,
            "label": label,
            "kept": mine_said,
            "gone": their_said,
            "differs": mine != theirs,
            "initial": "kept" if mine and not (name == "since_date" and theirs and theirs < mine) else "gone",
        }
        for (name, label, mine, mine_said), (_, _, theirs, their_said) in zip(named(kept), named(gone), strict=True)
        if mine or theirs
    ]


def _points(record: Customer) -> list[tuple[str, str]]:
    return list(record.contact_points.order_by("-preferred", "pk").values_list("kind", "value"))


def _merge_page(
    request: Request, kept: Customer, gone: Customer, rows: list[dict[str, Any]], form: MergeForm, status: int = 200
) -> HttpResponse:
    proposed = Duplicate.objects.of(kept, gone).open().first()
    reasons = proposed.reasons if proposed else likely.likeness(kept, gone).reasons
    for row in rows:
        row["chosen"] = form.data.get(row["name"]) if form.is_bound else row["initial"]
        row["errors"] = form.errors.get(row["name"], []) if form.is_bound else []
    context = {
        "kept": kept,
        "gone": gone,
        "rows": rows,
        "form": form,
        "reasons": reasons,
        "proposed": proposed,
        "brings": counted(gone),
        "others": [
            {"label": label, "kept": _all(model, kept), "gone": _all(model, gone)}
            for label, model in (("Phones and e-mails", ContactPoint), ("Addresses", Address))
        ],
        "days": UNDO_FOR.days,
    }
    return render(request, "customers/merge.html", context, status=status)


def _all(model: type[ContactPoint] | type[Address], record: Customer) -> list[str]:
    rows = model.objects.filter(customer=record).order_by("pk")
    return [
        format_phone(row.value) if isinstance(row, ContactPoint) and row.kind == ContactPoint.Kind.PHONE else str(row)
        for row in rows
    ]


@require_POST
@role_required(*COUNTER)
@one_time
def different(request: Request, pk: int, other_pk: int) -> HttpResponse:
    """They are different people."""
    one = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    other = fetch(Customer.objects.all(), request.user, COUNTER, pk=other_pk)
    try:
        actions.say_different(one=one, other=other, by=request.user, at=timezone.now(), rooftop=request.rooftop)
        messages.success(request, "Kept: different people. They are not proposed again.")
    except SaidAlready:
        messages.info(request, "Somebody settled this pair before you.")
    return go(request, reverse("customers:duplicates"))


@require_POST
@role_required(*COUNTER)
@one_time
def merge_undo(request: Request, pk: int) -> HttpResponse:
    """Both records stand again."""
    found = Merge.objects.select_related("kept", "gone").filter(pk=pk).first()
    kept = fetch(Customer.objects.all(), request.user, COUNTER, pk=found.kept_id if found else 0)
    assert found is not None  # or there would have been nobody to fetch
    try:
        actions.undo_merge(merge=found, by=request.user, at=timezone.now(), rooftop=request.rooftop)
        messages.success(request, "Undone. Both records stand again; what came since stays with this one.")
    except CannotUndo as refused:
        messages.warning(request, str(refused))
    return go(request, kept.get_absolute_url())


# --- on other pages ---------------------------------------------------------------------------------------------------


def one_person(request: Request, customer: Customer, now: datetime) -> dict[str, Any]:
    """For the page of a customer: who they may be, and which records went into theirs and can come out again."""
    if not request.staff_kinds & COUNTER or request.counter_view:
        return {"may_be": [], "merges": []}
    pairs = Duplicate.objects.open().filter(lower=customer) | Duplicate.objects.open().filter(higher=customer)
    rows = pairs.order_by("-points", "lower", "higher").select_related("lower", "higher")[:SHOWN]
    merges = Merge.objects.standing().filter(kept=customer).select_related("gone", "by").order_by("-at", "-pk")
    return {
        "may_be": [
            {"person": row.higher if row.lower_id == customer.pk else row.lower, "reasons": row.reasons} for row in rows
        ],
        "merges": [
            {"merge": row, "until": row.at + UNDO_FOR if row.at + UNDO_FOR > now else None} for row in merges[:SHOWN]
        ],
    }


def alike_to(request: Request, form: CustomerForm) -> list[dict[str, Any]]:
    """Who is here already that somebody about to be added may be."""
    typed = form.cleaned_data
    names = (typed["kind"], typed["first_name"], typed["last_name"], typed["business_name"])
    record = likely.record_of(*names, phone=typed["phone"], email=typed["email"])
    found = likely.alike(record, [value for value in (typed["phone"], typed["email"]) if value])
    return [
        {"pk": person.pk, "name": _name(request, person.name), "reasons": one.reasons} for person, one in found[:SHOWN]
    ]
