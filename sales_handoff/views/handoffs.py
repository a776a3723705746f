"""The hand-off queue: who said yes, until when, with what arithmetic, and what to read before walking over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import ptag

from customers.actions import look
from customers.models import ContactPoint, Tie
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import SALES, Entry, OutboxMessage, Role
from dealership.templatetags.written import initials, until
from sales_handoff import minefield
from sales_handoff.actions import meeting, passing_on
from sales_handoff.actions.owning import sellers_at
from sales_handoff.forms import AppraiseForm, FinishForm, ReassignForm
from sales_handoff.models import Ask, Escalation, Handoff, Overdue, PreparedVisit
from sales_handoff.views.log import happened
from sales_handoff.words import whole
from service_lane.models import RepairOrder

PER_PAGE = 25
DONE_SHOWN = 25
OVERDUE_SHOWN = 10
ON_THE_AXIS = 25
MANAGERS = frozenset({Role.Kind.SALES_MANAGER, Role.Kind.GROUP_ADMIN})
"""Who is told what is overdue, may give a hand-off to somebody else, and tunes the rule."""
SAID_ALOUD = frozenset({"in 30 min", "in 15 min", "in 5 min"})
"""A screen reader hears only these of a countdown that changes every minute."""


def handoffs() -> Any:
    return Handoff.objects.select_related(
        *("rooftop", "customer", "claimed_by", "ask__by", "ask__evaluation"),
        *("repair_order__vehicle", "repair_order__advisor"),
    )


def queue_tag(request: Request, pk: int | None = None) -> str | None:
    """What the queue and a hand-off depend on: the newest audit entries of the rooftop, the minute, who asks what."""
    if not request.staff_kinds & SALES:
        return None
    newest = Entry.objects.filter(rooftop=request.rooftop).order_by("-pk").values_list("pk", flat=True)[:20]
    entries = sum(entry * place for place, entry in enumerate(newest, start=1))
    minute = int(timezone.now().timestamp() // 60)
    shown = f"{pk or 0}-{request.GET.get('open', '')[:12]}-{request.GET.get('page', '')[:6]}"
    tag = f"{entries}-{minute}-{request.rooftop.pk}-{request.user.pk}-{shown}{'-counter' * request.counter_view}"
    return tag.encode("ascii", "ignore").decode().replace("\n", "").replace("\r", "")


@require_GET
@ptag(queue_tag)
@role_required(*SALES)
def queue(request: Request) -> HttpResponse:
    """Everybody who said yes, the next car to leave first.  Beside it the one this person has claimed, if any."""
    now = timezone.now()
    if request.htmx:
        return _page(request, queue_context(request, now, _number(request.GET.get("open"))), "list")
    own = (
        handoffs()
        .filter(rooftop=request.rooftop, status=Handoff.Status.CLAIMED, claimed_by=request.user)
        .order_by("leaves_at", "pk")
        .first()
    )
    context = queue_context(request, now, own.pk if own else None)
    if own:
        look(customer=own.customer, why=f"hand-off {own.pk}", by=request.user, at=now, rooftop=own.rooftop)
        context |= handoff_context(request, own, now)
    return _page(request, context)


@require_GET
@ptag(queue_tag)
@role_required(*SALES)
def handoff(request: Request, pk: int) -> HttpResponse:
    """One hand-off beside the queue; for htmx the hand-off alone.  The look at its customer is kept."""
    row = fetch(handoffs(), request.user, SALES, pk=pk)
    now = timezone.now()
    if not request.htmx:
        look(customer=row.customer, why=f"hand-off {row.pk}", by=request.user, at=now, rooftop=row.rooftop)
    return show(request, row, now)


VERBS = {
    "read": meeting.read_minefield,
    "claim": meeting.claim,
    "walk": meeting.walk_over,
    "met": meeting.meet,
    "appraise": meeting.appraise_with_them,
    "release": meeting.release,
    "finish": meeting.finish,
    "back": meeting.step_back,
}
FORMS: dict[str, Any] = {"finish": FinishForm, "appraise": AppraiseForm}
UNDO = {
    "claim": ("release", "It is yours. The advisor reads it on the board."),
    "walk": ("back", "You are on your way. The advisor reads it on the board."),
    "met": ("back", "You are with them. The advisor reads it on the board."),
    "finish": ("back", "Written down. The advisor and the technician read it."),
}
"""By verb: what takes it back for ten seconds, and what is said meanwhile.  A reading and a value stay as they are."""


@require_POST
@one_time
@role_required(*SALES)
def act(request: Request, pk: int, verb: str) -> HttpResponse:
    """One of VERBS is done to a hand-off by this person; the answer is the hand-off as it is then.

    `read` posts the digest of what was shown, `finish` the outcome.  What cannot be done is said in a sentence (409).
    """
    row = fetch(handoffs(), request.user, SALES, pk=pk)
    now = timezone.now()
    form = FORMS[verb](request.POST) if verb in FORMS else None
    if form and not form.is_valid():
        return show(request, row, now, forms={verb: form}, status=422)
    typed: dict[str, Any] = form.cleaned_data if form else {}
    if verb == "read":
        typed = {"facts_sha256": request.POST.get("facts", "")}
    try:
        VERBS[verb](handoff=row, by=request.user, at=now, **typed)  # type: ignore[operator]
    except meeting.CannotMeet as cannot:
        kept = {verb: form} if form else {}
        return show(request, handoffs().get(pk=pk), now, forms=kept, problem=str(cannot), status=409)
    if verb in UNDO:
        undo, says = UNDO[verb]
        offer_undo(request, says, reverse(f"sales_handoff:{undo}", args=[pk]), at=now)
    if request.htmx:
        return show(request, handoffs().get(pk=pk), now)
    return go(request, reverse("sales_handoff:handoff", args=[pk]))


# --- answers ---------------------------------------------------------------------------------------------------------


def _page(request: Request, context: dict[str, Any], part: str = "", status: int = 200) -> HttpResponse:
    """Counter view leaves nothing of it on the screen: who says yes to sales is nobody else's business."""
    if request.counter_view:
        if request.htmx:
            return go(request, reverse("sales_handoff:queue"))
        return render(request, "sales_handoff/queue_hidden.html")
    template = f"sales_handoff/queue.html{'#' + part if part else ''}"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def show(
    request: Request,
    row: Handoff,
    now: datetime,
    *,
    forms: Mapping[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The hand-off as it is: for htmx alone, else beside the queue.  `forms` are those that came back, by verb."""
    context = handoff_context(request, row, now) | dict(forms or {}) | {"problem": problem}
    if request.htmx:
        return _page(request, context, "detail", status)
    return _page(request, queue_context(request, now, row.pk) | context | {"is_one": True}, status=status)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


# --- the list --------------------------------------------------------------------------------------------------------


def queue_context(request: Request, now: datetime, selected: int | None) -> dict[str, Any]:
    """The list and its axis, in the same number of queries whatever its length."""
    tag = queue_tag(request)  # before what it names, or a change in between would wait for the next minute
    here = now.astimezone(request.rooftop.zone)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    page = Paginator(Handoff.objects.for_queue(request.rooftop), PER_PAGE).get_page(request.GET.get("page"))
    is_manager = bool(request.staff_kinds & MANAGERS)
    shown = [row["pk"] for row in page]
    overdue = Handoff.objects.overdue(now).still_yes().filter(rooftop=request.rooftop)
    late = dict(overdue.filter(pk__in=shown).values_list("pk", "why"))
    told = dict(Escalation.objects.filter(handoff__in=shown).order_by("at", "pk").values_list("handoff", "at"))
    rows = [_row(row, request.user.pk, selected, now, late.get(row["pk"]), told.get(row["pk"])) for row in page]
    done = Handoff.objects.filter(rooftop=request.rooftop, status=Handoff.Status.DONE, outcome_at__gte=midnight)
    met = list(
        done.filter(Q(pk__in=done.still_yes().values("pk")) | Q(claimed_by=request.user))
        .order_by("-outcome_at", "-pk")
        .values("pk", "customer__name", "outcome", "outcome_at", "created_at", "claimed_at", "claimed_by__name")[
            :DONE_SHOWN
        ]
    )
    waits = [(row["claimed_at"] - row["created_at"]).total_seconds() / 60 for row in met if row["claimed_at"]]
    outcomes = dict(Handoff.Outcome.choices)
    return {
        "now": now,
        "here": here,
        "aloud": [row for row in rows if row["left"] in SAID_ALOUD],
        "page": page,
        "rows": rows,
        "axis": _axis(rows, now, request.rooftop.zone),
        "met": [{**row, "outcome_words": outcomes[row["outcome"]], "current": row["pk"] == selected} for row in met],
        "median_wait": round(median(waits)) if waits else None,
        "said_no": Ask.objects.filter(
            repair_order__rooftop=request.rooftop, answer=Ask.Answer.NO, at__gte=midnight
        ).count(),
        "is_manager": is_manager,
        "overdue": [
            {**one, "why_late": str(Overdue(one["why"]).label)}
            for one in overdue.order_by("due_at", "pk").values(
                "pk", "why", "leaves_at", "customer__name", "claimed_by__name"
            )[:OVERDUE_SHOWN]
        ]
        if is_manager
        else [],
        "tomorrow": PreparedVisit.objects.filter(
            rooftop=request.rooftop, day=here.date() + timedelta(days=1)
        ).aggregate(cars=Count("pk"), crossing=Count("pk", filter=Q(crosses=True))),
        "selected": selected,
        "list_tag": tag,
    }


STAYS = {"waits": "Waits here", "loaner": "In a loaner", "drops": "Dropped off"}


def _row(
    row: dict[str, Any], me: int, selected: int | None, now: datetime, late: str | None, told_at: datetime | None
) -> dict[str, Any]:
    make, model = row["repair_order__vehicle__make"] or "", row["repair_order__vehicle__model"] or ""
    car = f"{row['repair_order__vehicle__year'] or ''} {make.title()} {model}"
    miles = row["repair_order__odometer_in"]
    repair, low, high = (row[f"ask__evaluation__{name}"] for name in ("repair_total", "value_low", "value_high"))
    why = f"Repair is {whole(repair)}. " if repair else ""
    if why and low is not None:
        why += f"Car is worth {whole(low)} to {whole(high)} once fixed."
    return {
        **row,
        "name": row["customer__name"],
        "initials": initials(row["customer__name"]),
        "vehicle": f"{' '.join(car.split())}, {miles:,} mi" if miles is not None else " ".join(car.split()),
        "why": why or f"“{row['ask__words']}”",
        "where": row["ask__where"] or STAYS.get(row["repair_order__stay"], ""),
        "is_mine": row["claimed_by_id"] == me,
        "is_gone": row["leaves_at"] < now,
        "why_late": str(Overdue(late).label) if late else "",
        "told_at": told_at,
        "left": until(row["leaves_at"], now),
        "current": row["pk"] == selected,
        "owner_initials": initials(row["claimed_by__name"] or ""),
    }


FROM, TO, CLOSE, RAISE = 8.0, 392.0, 27.0, 27


def _axis(rows: Sequence[dict[str, Any]], now: datetime, zone: Any) -> dict[str, Any] | None:
    """When each car leaves, from now on, on a line: ticks and marks with their places, those too close one row up."""
    coming = [row for row in rows if not row["is_gone"]][:ON_THE_AXIS]
    if not coming:
        return None
    hours = (coming[-1]["leaves_at"] - now).total_seconds() / 3600
    step = timedelta(minutes=30 if hours <= 4 else 60 if hours <= 9 else 240 if hours <= 30 else 24 * 60)
    end = max(coming[-1]["leaves_at"] + timedelta(minutes=15), now + timedelta(hours=2))
    length = (end - now).total_seconds()

    def x(at: datetime) -> float:
        return FROM + (TO - FROM) * (at - now).total_seconds() / length

    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    tick = start + step * ((now - start) // step + 1)
    ticks = []
    while tick <= end:
        if x(tick) > FROM + 34:
            words = f"{tick.astimezone(zone):%a}" if step >= timedelta(days=1) else f"{tick.astimezone(zone):%H:%M}"
            ticks.append({"x": f"{x(tick):.1f}", "label": words, "long": tick.astimezone(zone).minute == 0})
        tick += step
    ends: list[float] = []
    marks = []
    for row in coming:
        at = min(max(x(row["leaves_at"]), FROM + 6), TO)
        level = next((place for place, last in enumerate(ends) if at - last >= CLOSE), len(ends))
        if level == len(ends):
            ends.append(at)
        ends[level] = at
        marks.append((at, level, row))
    top = RAISE * (len(ends) - 1)
    placed = []
    for at, level, row in marks:
        y = 15 + top - RAISE * level
        placed.append({"x": f"{at:.1f}", "y": y, "foot": y + 11, "text": f"{y + 3.6:.1f}", "row": row})
    return {
        "ticks": ticks,
        "marks": placed,
        "height": 62 + top,
        "line": 38 + top,
        "label": 57 + top,
        "until": end.astimezone(zone),
    }


# --- one hand-off ----------------------------------------------------------------------------------------------------


def handoff_context(request: Request, row: Handoff, now: datetime) -> dict[str, Any]:
    """One hand-off as this person may see it: how to reach the customer is not in it before they read what is open."""
    facts = minefield.facts(row.customer, now)
    digest = minefield.sha256(facts)
    is_yes = Handoff.objects.filter(pk=row.pk).still_yes().exists()
    is_open = is_yes and row.status in (Handoff.Status.WAITING, Handoff.Status.CLAIMED)
    is_manager = request.user.holds(MANAGERS, row.rooftop_id)
    sellers = sellers_at(row.rooftop) if is_manager else None
    gate_open = is_open and meeting.has_read(row, request.user, digest)
    order = row.repair_order
    sheet = row.ask.evaluation.sheet if row.ask.evaluation else {}
    return {
        "handoff": row,
        "order": order,
        "who": row.customer.name if is_yes or row.claimed_by_id == request.user.pk else NOT_ANY_MORE,
        "sheet": sheet,
        "evaluation": row.ask.evaluation,
        "facts": [{**fact, "since": parse_datetime(fact["since"]) if fact["since"] else None} for fact in facts],
        "facts_sha256": digest,
        "is_open": is_open,
        "gate_open": gate_open,
        "is_mine": row.status == Handoff.Status.CLAIMED and row.claimed_by_id == request.user.pk,
        "is_gone": is_open and row.leaves_at < now,
        "contacts": list(ContactPoint.objects.filter(customer=row.customer).values("kind", "value", "label"))
        if gate_open
        else [],
        "stay": _stay(row, now),
        "cars": _household_cars(row),
        "visits": RepairOrder.objects.filter(vehicle=order.vehicle_id).exclude(status=RepairOrder.Status.VOID).count(),
        "outcomes": Handoff.Outcome.choices,
        "happened": happened(row),
        "now": now,
        "tag": queue_tag(request, row.pk),
        "told": list(row.escalations.order_by("at", "pk")),
        "given": list(row.reassignments.select_related("from_staff", "to_staff", "by").order_by("at", "pk")),
        "lead": OutboxMessage.objects.filter(key=passing_on.key_of(row)).values("status", "done_at").first(),
        "finish": FinishForm(),
        "appraise": AppraiseForm(),
        "reassign": ReassignForm(sellers=sellers) if is_manager and is_open else None,
    }


NOT_ANY_MORE = "Somebody who took their yes back"
"""In place of a name that is nobody's to see any more."""


def _household_cars(row: Handoff) -> list[dict[str, Any]]:
    """The other cars of the customer and their household, without a name: those people said yes to nothing."""
    people = {"customer": row.customer_id}
    if row.customer.household_id:
        people = {"customer__household": row.customer.household_id}
    ties = (
        Tie.objects.filter(**people, until_date=None, vehicle__gone_date=None)
        .exclude(vehicle=row.repair_order.vehicle_id)
        .order_by("vehicle_id", "pk")
        .values(
            *("vehicle_id", "customer_id", "vehicle__year", "vehicle__make", "vehicle__model"),
            *("vehicle__body", "vehicle__color"),
        )
    )
    cars: dict[int, dict[str, Any]] = {}
    for tie in ties[:25]:
        words = (str(tie["vehicle__year"] or ""), tie["vehicle__model"] or tie["vehicle__make"].title())
        title = " ".join(word for word in words if word) or "Another car"
        car = cars.setdefault(
            tie["vehicle_id"],
            {"title": title, "body": tie["vehicle__body"], "color": tie["vehicle__color"], "is_theirs": False},
        )
        car["is_theirs"] |= tie["customer_id"] == row.customer_id
    return list(cars.values())


def _stay(row: Handoff, now: datetime) -> dict[str, Any]:
    """The bar from arrival to leaving: how much is gone, and where the moments are, in percent of its length."""
    start, end = row.repair_order.opened_at, row.leaves_at
    length = max((end - start).total_seconds(), 60)

    def percent(at: datetime) -> float:
        return min(max((at - start).total_seconds() / length, 0), 1) * 100

    gone, yes = percent(now), percent(row.ask.at)
    shown = row.repair_order.presented_at
    quote = percent(shown) if shown and shown >= start else None
    return {
        "gone": f"{gone:.2f}%",
        "left": f"{100 - gone:.2f}%",
        "yes": f"{yes:.2f}%",
        "quote": f"{quote:.2f}%" if quote is not None else "",
        "quote_at": shown,
        "label_yes": 14 <= yes <= 76,
        "label_quote": quote is not None and quote >= 24 and (quote <= yes - 1 or not 14 <= yes <= 76) and quote <= 80,
    }
