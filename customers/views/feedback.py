"""What customers said: written down in ten seconds, found again, and matched to whoever said it."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers.actions.complaints import NobodyOnThatSide
from customers.actions.feedback import AlreadyMatched, TooLate
from customers.forms import SaidForm
from customers.forms.feedback import COMPLAINT, KINDS
from customers.models import Complaint, ContactPoint, Customer, Feedback
from customers.models import complaints as complaint_rows
from customers.models import feedback as feedback_rows
from customers.models.words import searched_for
from customers.rules import initial_of_last_name, route_query
from customers.search import customer_ids
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, SALES, SERVICE

PER_PAGE = 25
LONGEST_SEARCH = 200
EVERYBODY = SERVICE | SALES


def tomorrow_evening(now: datetime) -> datetime:
    """17:00 of the next day, by the rooftop's clock: by then somebody who complained hears from us."""
    local = timezone.localtime(now) + timedelta(days=1)
    return local.replace(hour=17, minute=0, second=0, microsecond=0)


# --- finding ---------------------------------------------------------------------------------------------------------


@require_GET
@role_required(*EVERYBODY)
def said(request: Request) -> HttpResponse:
    """All that was said at this rooftop, newest first.  `?q=` searches it, `?kind=` keeps one kind, or nobody's."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    kind = request.GET.get("kind", "")
    unmatched = Feedback.objects.visible_to(request.user).filter(rooftop=request.rooftop).unmatched()
    found = _found(request, text, kind)
    context = {
        "page": dressed(request, found),
        "text": text,
        "kind": kind,
        "kinds": KINDS,
        "unmatched": unmatched.count(),
        "may_import": bool(request.staff_kinds & COUNTER),
    }
    return render(request, "customers/said.html", context)


def _found(request: Request, text: str, kind: str, **of: Any) -> QuerySet[Any, dict[str, Any]]:
    """Rows of both tables as plain values, newest first."""
    feedback = Feedback.objects.visible_to(request.user).kept().filter(rooftop=request.rooftop, **of)
    complaints = Complaint.objects.visible_to(request.user).filter(rooftop=request.rooftop, **of)
    if text:
        query = searched_for(text)
        feedback = feedback.annotate(hit=feedback_rows.SEARCHED).filter(hit=query)
        complaints = complaints.annotate(hit=complaint_rows.SEARCHED).filter(hit=query)
    if kind == "unmatched":
        feedback = feedback.filter(customer=None)
    elif kind in Feedback.Kind.values:
        feedback = feedback.filter(kind=kind)
    return one_list(feedback, complaints, kind)


def one_list(
    feedback: QuerySet[Feedback], complaints: QuerySet[Complaint], kind: str = ""
) -> QuerySet[Any, dict[str, Any]]:
    """Feedback and complaints as rows of one list of plain values, newest first; `kind` keeps one of the tables."""
    names = (
        *("what", "pk", "at", "words", "side", "visit", "is_confidential", "place", "number", "of", "who", "name"),
        *("rooftop_id", "where"),
    )
    said = feedback.annotate(
        what=Cast("kind", TextField()),
        at=F("said_at"),
        number=F("score"),
        of=F("score_of"),
        who=F("customer_id"),
        name=F("customer__name"),
        where=F("rooftop__name"),
    )
    taken = complaints.annotate(
        what=Value(COMPLAINT, TextField()),
        at=F("opened_at"),
        place=Value("", TextField()),
        number=Value(None, CharField()),
        of=Value(None, CharField()),
        who=F("customer_id"),
        name=F("customer__name"),
        where=F("rooftop__name"),
    )
    if kind == COMPLAINT:
        rows = taken.values(*names)
    elif kind:
        rows = said.values(*names)
    else:
        rows = said.values(*names).union(taken.values(*names), all=True)
    return rows.order_by("-at", "what", "-pk")


def dressed(request: Request, rows: QuerySet[Any, dict[str, Any]]) -> Page[dict[str, Any]]:
    """One page of such rows, each with its address where it may be opened; counter view has no words, no last names."""
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    labels = dict(KINDS)
    own = request.user.rooftop_ids()
    for row in page:
        is_complaint = row["what"] == COMPLAINT
        is_own = row["rooftop_id"] in own
        row["url"] = reverse(f"customers:{'complaint' if is_complaint else 'feedback'}", args=[row["pk"]]) * is_own
        row["where"] = "" if is_own else row["where"]
        row["label"] = labels[row["what"]]
        row["side"] = Complaint.Side(row["side"]).label
        if request.counter_view:
            row |= {"words": "", "name": initial_of_last_name(row["name"] or "")}
    return page


# --- writing down ----------------------------------------------------------------------------------------------------


@role_required(*EVERYBODY)
@one_time
def said_new(request: Request, pk: int) -> HttpResponse:
    """Write down what this customer said; for htmx in a dialog over the page.  `?visit=` is the RO it is about."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    return answer_said(request, customer, back=customer.get_absolute_url())


def first_side(request: Request) -> str:
    """What somebody of this desk hears about most."""
    return Complaint.Side.SERVICE if request.staff_kinds & SERVICE else Complaint.Side.SALES


def answer_said(request: Request, customer: Customer, *, back: str, visit: str = "") -> HttpResponse:
    """The form of what `customer` said, or what came of it.  Upper storeys that know whose page it is call this too."""
    posted = request.POST if request.method == "POST" else None
    initial = {"side": first_side(request), "visit": visit or request.GET.get("visit", "")[:40]}
    form = SaidForm(posted, initial=initial, auto_id="said_%s")
    if posted is not None and form.is_valid():
        done = write_down(request, form, customer)
        if done is not None:
            return go(request, after(request, back))
    context = {
        "customer": customer,
        "name": initial_of_last_name(customer.name) if request.counter_view else customer.name,
        "form": form,
        "back": after(request, back),
        "here": request.path,
    }
    template = f"customers/said_new.html{'#ask' if request.htmx else ''}"
    return render(request, template, context, status=422 if form.is_bound else 200)


def after(request: Request, back: str) -> str:
    """Where the form came from (`next`), if that is ours; else `back`."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else back


def write_down(
    request: Request, form: SaidForm, customer: Customer | None, contact: str = ""
) -> Complaint | Feedback | None:
    """Do what a valid form says, and say so; None when it was refused, and the form says why."""
    now = timezone.now()
    typed = form.feedback
    if not form.is_complaint:
        feedback = actions.record_feedback(
            customer=customer, rooftop=request.rooftop, **typed, given_contact=contact, by=request.user, at=now
        )
        offer_undo(request, "Written down.", reverse("customers:feedback-undo", args=[feedback.pk]), at=now)
        return feedback
    if customer is None:
        form.add_error(None, "A complaint needs a customer, so that somebody can answer it.")
        return None
    words = ". ".join(part for part in (typed["words"], typed["place"], typed["link"]) if part)
    try:
        complaint = actions.open_complaint(
            customer=customer,
            rooftop=request.rooftop,
            words=words,
            side=typed["side"],
            due_at=tomorrow_evening(now),
            visit=typed["visit"],
            is_confidential=typed["is_confidential"],
            by=request.user,
            at=now,
        )
    except NobodyOnThatSide:
        form.add_error("side", "Nobody runs that side here. Ask an admin to name somebody first.")
        return None
    due = timezone.localtime(complaint.due_at)
    messages.info(
        request, f"{complaint} is {complaint.owner.name}'s, due {due:%H:%M} tomorrow. It stays in the record."
    )
    return complaint


# --- one of them -----------------------------------------------------------------------------------------------------


@role_required(*EVERYBODY)
@one_time
def feedback(request: Request, pk: int) -> HttpResponse:
    """What somebody said.  Where it is not known who: look for them (GET `?with=`), then choose (POST)."""
    rows = Feedback.objects.select_related("customer", "rooftop", "by", "complaint", "matched_by")
    found = fetch(rows, request.user, EVERYBODY, pk=pk)
    now = timezone.now()
    may_match = found.customer is None and found.taken_back_at is None and request.user.holds(SERVICE, found.rooftop_id)
    if request.method == "POST":
        fetch(rows, request.user, SERVICE, pk=pk)
        return _match(request, found, now)
    if found.customer:
        actions.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    text = request.GET.get("with", "").replace("\x00", "").strip() if may_match else ""
    name = found.customer.name if found.customer else ""
    context = {
        "feedback": found,
        "name": initial_of_last_name(name) if request.counter_view else name,
        "may_match": may_match,
        "may_see_customer": bool(request.staff_kinds & SERVICE),
        "may_take_on": bool(request.staff_kinds & COUNTER) and found.customer is not None and not found.taken_back_at,
        "text": text,
        "others": fitting(request, text),
    }
    return render(request, "customers/feedback.html", context)


def fitting(request: Request, text: str, but: int = 0) -> list[dict[str, Any]]:
    """At most 20 customers who fit what was typed, by name, with what tells them apart; `but` is not meant."""
    if not text:
        return []
    phones = ContactPoint.objects.filter(customer=OuterRef("pk"), kind=ContactPoint.Kind.PHONE)
    people = (
        Customer.objects.visible_to(request.user)
        .filter(pk__in=customer_ids(route_query(text), most=50))
        .exclude(pk=but)
        .annotate(phone=Subquery(phones.order_by("-preferred", "pk").values("value")[:1]))
        .order_by("name", "pk")
        .values("pk", "name", "phone", "household__name")
    )
    return [dict(row) for row in people[:20]]


def _match(request: Request, found: Feedback, now: datetime) -> HttpResponse:
    chosen = request.POST.get("customer", "")
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=int(chosen) if chosen.isdigit() else 0)
    try:
        actions.match_feedback(feedback=found, customer=customer, by=request.user, at=now)
        messages.info(request, "Matched. It is on their page now.")
    except AlreadyMatched:
        messages.warning(request, "Somebody said whose it is before you.")
    return go(request, found.get_absolute_url())


@require_POST
@role_required(*EVERYBODY)
@one_time
def feedback_undo(request: Request, pk: int) -> HttpResponse:
    found = Feedback.objects.filter(by=request.user, rooftop__in=request.rooftops, pk=pk).first()
    found = found or fetch(Feedback.objects.all(), request.user, EVERYBODY, pk=pk)
    try:
        actions.take_back_feedback(feedback=found, by=request.user, at=timezone.now())
        messages.info(request, "Taken back.")
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, reverse("customers:said"))
