"""Check-ins: whom to ask today, the words, and what came of it in two taps."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers.actions.check_ins import MayNotAsk, NotWaiting, TooLate
from customers.actions.complaints import NobodyOnThatSide
from customers.forms import OutcomeForm
from customers.forms.afterwards import NOT_REACHED
from customers.models import CheckIn, Consent, ContactPoint
from customers.models.check_ins import WAYS
from customers.rules import initial_of_last_name, script
from customers.views.feedback import tomorrow_evening
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, SALES, SERVICE

PER_PAGE = 25
EVERYBODY = SERVICE | SALES
ASKING = COUNTER | SALES
SAID = {
    CheckIn.Outcome.WELL: "All is well.",
    CheckIn.Outcome.NOT_WELL: "It is a complaint now, with an owner. That stays.",
    CheckIn.Outcome.NEVER_REACHED: "Not reached three times. It is over.",
    CheckIn.Outcome.STOP: "They are not asked again. That stays.",
}


@require_GET
@role_required(*EVERYBODY)
def check_ins(request: Request) -> HttpResponse:
    """Whom to ask now at this rooftop, the longest due first; only those who said that we may."""
    now = timezone.now()
    here = CheckIn.objects.visible_to(request.user).filter(rooftop=request.rooftop)
    due = here.due(now).allowed()
    values = due.order_by("due_at", "pk").values(
        *("pk", "kind", "car", "visit", "due_at", "tries", "owner_id", "owner__name", "customer__name"),
        *(f"may_{way}" for way in WAYS),
    )
    page = Paginator(values, PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row["label"] = CheckIn.Kind(row["kind"]).label
        row["ways"] = _ways(row)
        row["is_mine"] = row["owner_id"] == request.user.pk
        if request.counter_view:
            row["customer__name"] = initial_of_last_name(row["customer__name"])
    not_asked = here.due(now).count() - page.paginator.count
    return render(request, "customers/check_ins.html", {"page": page, "now": now, "not_asked": not_asked})


def _ways(row: dict[str, Any]) -> str:
    """Like "Call or text": only what they agreed to."""
    return " or ".join(Consent.Channel(way).label.lower() for way in WAYS if row[f"may_{way}"]).capitalize()


@role_required(*EVERYBODY)
@one_time
def check_in(request: Request, pk: int) -> HttpResponse:
    """The words to say and how to reach them; posting says what came of it."""
    rows = CheckIn.objects.select_related(
        "customer", "rooftop", "purchase", "owner", "done_by", "feedback", "complaint"
    )
    found = fetch(rows.with_consent(), request.user, EVERYBODY, pk=pk)
    now = timezone.now()
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        fetch(rows, request.user, ASKING, pk=pk)
        if form.is_valid() and (answer := _record(request, found, form)) is not None:
            return answer
    else:
        actions.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    may_ask = any(getattr(found, f"may_{way}") for way in WAYS)
    waits = found.done_at is None and found.stopped_at is None
    points = found.customer.contact_points.all() if may_ask and waits and not request.counter_view else ()
    context = {
        "check_in": found,
        "name": initial_of_last_name(found.customer.name) if request.counter_view else found.customer.name,
        "script": script(
            found.kind,
            called=found.customer.called,
            store=found.rooftop.name,
            car=found.car,
            promised=found.purchase.promised if found.purchase else "",
            language=found.customer.language,
        ),
        "ways": _ways(vars(found)),
        "contacts": [point for point in points if _agreed(found, point)],
        "form": form,
        "waits": waits,
        "may_ask": may_ask,
        "may_record": may_ask and waits and request.user.holds(ASKING, found.rooftop_id),
        "now": now,
    }
    return render(request, "customers/check_in.html", context, status=422 if form.is_bound else 200)


def _agreed(found: CheckIn, point: ContactPoint) -> bool:
    ways = (Consent.Channel.EMAIL,) if point.kind == point.Kind.EMAIL else (Consent.Channel.CALL, Consent.Channel.TEXT)
    return any(getattr(found, f"may_{way}") for way in ways)


def _record(request: Request, found: CheckIn, form: OutcomeForm) -> HttpResponse | None:
    """Go on after a valid answer; None when it was refused, and the form says why."""
    now = timezone.now()
    outcome, words = form.cleaned_data["outcome"], form.cleaned_data["words"].strip()
    try:
        if outcome == NOT_REACHED:
            after = actions.not_reached(check_in=found, by=request.user, at=now)
        else:
            after = actions.record_outcome(
                check_in=found,
                outcome=outcome,
                words=words,
                complaint_due_at=tomorrow_evening(now),
                by=request.user,
                at=now,
            )
    except MayNotAsk:
        form.add_error(None, "They have not said that we may ask them. Ask for that first, when they are here.")
        return None
    except NobodyOnThatSide:
        form.add_error(None, "Nobody runs that side here. Ask an admin to name somebody first.")
        return None
    except NotWaiting:
        messages.warning(request, "Somebody asked them before you, or they told us by themselves.")
        return go(request, found.get_absolute_url())
    if after.outcome in (CheckIn.Outcome.WELL, CheckIn.Outcome.NEVER_REACHED):
        undo = reverse("customers:check-in-undo", args=[found.pk])
        offer_undo(request, SAID[CheckIn.Outcome(after.outcome)], undo, at=now)
    elif after.outcome:
        messages.info(request, SAID[CheckIn.Outcome(after.outcome)])
    else:
        messages.info(request, "Not reached. It is on the list again in two days.")
    if after.complaint_id:
        return go(request, reverse("customers:complaint", args=[after.complaint_id]))
    return go(request, reverse("customers:check-ins"))


@require_POST
@role_required(*ASKING)
@one_time
def check_in_undo(request: Request, pk: int) -> HttpResponse:
    found = fetch(CheckIn.objects.all(), request.user, ASKING, pk=pk)
    try:
        actions.undo_outcome(check_in=found, by=request.user, at=timezone.now())
        messages.info(request, "They wait to be asked again.")
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, found.get_absolute_url())
