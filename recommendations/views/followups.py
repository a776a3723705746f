"""The work list of follow-ups: whom to call about work they said no or later to, and what came of it."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from recommendations import figures as counted
from recommendations import followups as reads
from recommendations import prices
from recommendations.actions import followups
from recommendations.actions.presenting import CannotPresent
from recommendations.forms.followups import OUTCOMES, StepForm
from recommendations.models import FollowUp, FollowUpStep
from recommendations.views.lines import answers_of, orders

PER_PAGE = 25
TO_CALL = "due"
LISTS = {
    TO_CALL: "To call",
    "overdue": "Overdue",
    "snoozed": "Snoozed",
    "waiting": "Waiting on a reply",
    "later": "Later",
    "settled": "Ended",
}
"""What can be looked at, by name.  What is overdue is to be called as well, and comes first."""
KEPT = ("list", "who", "page")
"""Of an address: which rows it shows."""


@require_GET
@role_required(*COUNTER)
def follow_ups(request: Request) -> HttpResponse:
    """The list; `?list=` is one of LISTS, `?who=me` those of the person who looks."""
    return _page(request)


def _page(request: Request, problem: str = "", about: int | None = None) -> HttpResponse:
    """The page as its address says; a problem is beside the row it is about, or on top when that has left the list."""
    at = timezone.now()
    today = prices.local_date(request.rooftop, at)
    lists = FollowUp.objects.lists(today)
    lists[TO_CALL] |= lists["overdue"]
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in LISTS else TO_CALL
    mine = Q(owner=request.user) if request.GET.get("who") == "me" else Q()
    found = reads.of_rooftop(request.rooftop).filter(mine, lists[chosen])
    order = ("-stopped_at", "-pk") if chosen == "settled" else ("next_date", "pk")
    page = Paginator(found.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    rows = reads.rows(list(page), request.rooftop, today)
    for row in rows:
        if row.follow_up.pk == about:
            row.problem, row.typed = problem, request.POST.dict()
    counts = FollowUp.objects.filter(mine, rooftop=request.rooftop).aggregate(
        **{name: Count("pk", filter=lists[name]) for name in LISTS}
    )
    context = {
        "page": page,
        "rows": rows,
        "lists": [
            {"name": name, "label": label, "count": counts[name], "query": _query(request, list=name)}
            for name, label in LISTS.items()
        ],
        "chosen": chosen,
        "label": LISTS[chosen],
        "is_mine": bool(mine),
        "mine": _query(request, list=chosen, who="me"),
        "everyone": _query(request, list=chosen, who=""),
        "query": _query(request, list=chosen, page=str(page.number)),
        "outcomes": OUTCOMES,
        "problem": "" if any(row.problem for row in rows) else problem,
        "pauses": FollowUp.PAUSES,
        "today": today,
        "now": at,
        "figure": None if request.counter_view else counted.came_back_lately(request.rooftop, at),
    }
    fragment = "#list" if request.htmx else ""
    return render(request, f"recommendations/follow_ups.html{fragment}", context, status=422 if problem else 200)


def _query(request: Request, **changes: str) -> str:
    """The address's own question, with these changes; a page belongs to one list."""
    asked = {name: request.GET.get(name, "") for name in KEPT if name != "page"} | changes
    return urlencode({name: value for name, value in asked.items() if value})


def _back(request: Request) -> str:
    asked = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
    return f"{reverse('recommendations:follow-ups')}{f'?{urlencode(asked)}' if asked else ''}"


def _fetch(request: Request, pk: int) -> FollowUp:
    return fetch(FollowUp.objects.select_related("rooftop", "customer", "vehicle"), request.user, COUNTER, pk=pk)


# --- what is done about one ------------------------------------------------------------------------------------------


@require_POST
@one_time
@role_required(*COUNTER)
def follow_up_call(request: Request, pk: int) -> HttpResponse:
    """What came of a call, in one press; or, without an outcome, a day to leave it alone until."""
    follow_up, form, at = _fetch(request, pk), StepForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, form.problem, pk)
    typed = form.cleaned_data
    common = {"follow_up": follow_up, "note": typed["note"], "seen": typed["seen"], "by": request.user, "at": at}
    outcome = typed["outcome"]
    try:
        if outcome:
            step = followups.call(outcome=outcome, contact=typed["contact"], next_date=typed["until"], **common)
        else:
            step = followups.snooze(until=typed["until"], **common)
    except followups.CannotStep as refusal:
        return _page(request, str(refusal), pk)
    _offer(request, step, at)
    if outcome == FollowUpStep.Kind.BOOKS:
        car = urlencode({"customer": follow_up.customer_id, "vehicle": follow_up.vehicle_id})
        return go(request, f"{reverse('service_lane:appointment-new')}?{car}")
    return go(request, _back(request))


@require_POST
@one_time
@role_required(*COUNTER)
def follow_up_remind(request: Request, pk: int) -> HttpResponse:
    """Send a reminder now, by text or e-mail."""
    follow_up, at = _fetch(request, pk), timezone.now()
    typed = request.POST.get("seen", "")
    seen = int(typed) if typed.isdecimal() else None
    try:
        channel = request.POST.get("channel", "")
        followups.remind(follow_up=follow_up, channel=channel, seen=seen, by=request.user, at=at)
    except followups.CannotStep as refusal:
        return _page(request, str(refusal), pk)
    _offer(request, follow_up.steps.order_by("-pk")[0], at)
    return go(request, _back(request))


@require_POST
@one_time
@role_required(*COUNTER)
def follow_up_quote(request: Request, pk: int) -> HttpResponse:
    """At today's price: on the estimate at once when the car is here, else on its next visit.

    From the write-up (`then=answers`) it is answered with what was left on earlier visits of the car.
    """
    follow_up, at = _fetch(request, pk), timezone.now()
    try:
        line = followups.want_quote(follow_up=follow_up, by=request.user, at=at)
    except (followups.CannotStep, CannotPresent) as refusal:
        return _page(request, str(refusal), pk)
    if line is not None:
        return go(request, line.get_absolute_url())
    _offer(request, follow_up.steps.order_by("-pk")[0], at)
    if request.POST.get("then") == "answers":
        if request.htmx:
            return answers_of(request, follow_up.vehicle)
        return go(request, reverse("recommendations:vehicle-answers", args=[follow_up.vehicle_id]))
    return go(request, _back(request))


@require_POST
@one_time
@role_required(*COUNTER)
def follow_up_go_on(request: Request, pk: int) -> HttpResponse:
    """One that ended goes on, unless what ended it is still so."""
    follow_up, at = _fetch(request, pk), timezone.now()
    try:
        step = followups.go_on(follow_up=follow_up, by=request.user, at=at)
    except followups.CannotStep as refusal:
        return _page(request, str(refusal), pk)
    _offer(request, step, at)
    return go(request, _back(request))


@require_POST
@one_time
@role_required(*COUNTER)
def follow_up_undo(request: Request, pk: int) -> HttpResponse:
    """Take back what was just written down."""
    rows = FollowUpStep.objects.select_related("follow_up__rooftop")
    step = fetch(rows, request.user, COUNTER, pk=pk)
    try:
        followups.take_back(step_taken=step, by=request.user, at=timezone.now())
    except followups.TooLate as late:
        messages.warning(request, str(late))
    else:
        messages.info(request, "Taken back.")
    return go(request, reverse("recommendations:follow-ups"))


@require_POST
@one_time
@role_required(*COUNTER)
def quote_on_order(request: Request, pk: int, follow_up: int) -> HttpResponse:
    """What they said no to last time, drafted on this order at today's price."""
    order, found = fetch(orders(), request.user, COUNTER, pk=pk), _fetch(request, follow_up)
    back = reverse("recommendations:estimate", args=[order.pk])
    try:
        line = followups.quote(follow_up=found, repair_order=order, by=request.user, at=timezone.now())
    except (followups.CannotStep, CannotPresent) as refusal:
        messages.warning(request, str(refusal))
        return go(request, f"{back}#before")
    messages.info(request, "Drafted at today's price. Show it to them, and they answer it anew.")
    return go(request, line.get_absolute_url())


SAID: dict[str, str] = {
    FollowUpStep.Kind.BOOKS: "Written down. Book it here.",
    FollowUpStep.Kind.MESSAGED: "The reminder leaves in ten seconds.",
    FollowUpStep.Kind.QUOTED: "It is quoted on their next visit.",
    FollowUpStep.Kind.SNOOZED: "Snoozed.",
    FollowUpStep.Kind.RESUMED: "It goes on.",
}


def _offer(request: Request, step: FollowUpStep, at: datetime) -> None:
    said = SAID.get(step.kind, "Written down.")
    offer_undo(request, said, reverse("recommendations:follow-up-undo", args=[step.pk]), at=at)
