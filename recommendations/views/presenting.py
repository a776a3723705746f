"""Putting lines before the customer at the counter, and taking their answers there."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from recommendations import estimate as estimates
from recommendations import prices
from recommendations.actions import deciding, presenting
from recommendations.forms.answers import UNTIL, Replies, one_line, read_answers, read_who
from recommendations.models import Presentation
from recommendations.views.lines import URGENCIES, customer_line, orders, refused_page, staff_photo_urls
from recommendations.views.undo import offer_to_take_back
from service_lane.rules.signature import Drawing, Unreadable, read


@require_POST
@one_time
@role_required(*COUNTER)
def present_at_counter(request: Request, pk: int) -> HttpResponse:
    """Show every line that lacks nothing to the customer who stands here."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    showable = estimates.load(order, at=timezone.now()).showable
    try:
        presenting.present(
            repair_order=order,
            advisories=[line.advisory for line in showable],
            channel=Presentation.Channel.COUNTER,
            to_name=order.contact_name or order.customer.name,
            by=request.user,
            at=timezone.now(),
            as_seen=versions_seen(request),
        )
    except presenting.CannotPresent as cannot:
        return refused_page(request, order, str(cannot))
    return go(request, reverse("recommendations:counter", args=[order.pk]))


def versions_seen(request: Request) -> dict[int, int] | None:
    """Which version of each line the page showed, by advisory id; None when it did not say."""
    posted = request.POST.dict().items()
    typed = ((name.removeprefix("version-"), value) for name, value in posted if name.startswith("version-"))
    return {int(pk): int(number) for pk, number in typed if pk.isdecimal() and number.isdecimal()} or None


@one_time
@role_required(*COUNTER)
def counter(request: Request, pk: int) -> HttpResponse:
    """The lines as shown, each with its four answers and nothing chosen, and a name to type."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    presentation = (
        Presentation.objects.filter(repair_order=order, channel=Presentation.Channel.COUNTER)
        .select_related("repair_order__rooftop", "repair_order__customer")
        .first()
    )
    if presentation is None:
        return go(request, reverse("recommendations:estimate", args=[order.pk]))
    at = timezone.now()
    current = {line.advisory.pk: line for line in estimates.load(order).lines}
    shown = [line for line in presentation.lines.all() if line.advisory_id in current]
    shown.sort(key=lambda line: URGENCIES.index(line.snapshot["urgency"]))
    replies: Replies | None = None
    errors: dict[str, str] = {}
    refused: list[deciding.Refusal] = []
    if request.method == "POST":
        today = prices.local_date(order.rooftop, at)
        replies = read_answers(
            request.POST.dict(), [line.advisory_id for line in shown], today=today, odometer=order.odometer_in
        )
        errors, refused = _decide(request, presentation, replies)
        if not errors and not replies.problems and not refused:
            return go(request, reverse("recommendations:estimate", args=[order.pk]))
    urls = staff_photo_urls(list(current.values()))
    lines = []
    for line in shown:
        now = current[line.advisory_id]
        row = customer_line(
            line.snapshot,
            line.advisory_id,
            photo_urls=urls,
            answer=now.advisory.answer,
            seen=now.advisory.last_decision_id,
            is_started=now.advisory.work != now.advisory.Work.NOT_STARTED,
        )
        lines.append(row | _typed(request, replies, line.advisory_id))
    context = {
        "order": order,
        "presentation": presentation,
        "lines": lines,
        "until": UNTIL,
        "errors": errors,
        "problems": [(pk, sentence) for pk, sentence in replies.problems.items()] if replies else [],
        "refused": refused,
        "authorized": estimates.authorized_total(order),
        "base": estimates.authorized_total(order) - _agreed(current, shown),
        "name": request.POST.get("who_name", ""),
        "who": request.POST.get("who", ""),
        "drawing": _drawn(request),
        "rooftop": order.rooftop,
    }
    failed = request.method == "POST"
    return render(request, "recommendations/counter.html", context, status=422 if failed else 200)


def _agreed(current: dict[int, estimates.Line], shown: list[Any]) -> Any:
    """What the lines on this page already add to the authorized total, so that the total said counts each once."""
    agreed = (current[line.advisory_id] for line in shown if current[line.advisory_id].is_approved)
    return sum((line.total or prices.ZERO for line in agreed), prices.ZERO)


def _decide(
    request: Request, presentation: Presentation, replies: Replies
) -> tuple[dict[str, str], list[deciding.Refusal]]:
    """Record what was answered; what stands in the way, by field, and what was refused, by line."""
    name = one_line(request.POST.get("who_name", ""))
    errors: dict[str, str] = {}
    kind, unsaid = read_who(request.POST.dict(), presentation.repair_order, name)
    drawing = None
    if not name:
        errors["who_name"] = "Type the name of the person who answered."
    elif unsaid:
        errors["who"] = unsaid
    try:
        drawing = read(request.POST.get("signed_drawing", ""))
    except Unreadable as unreadable:
        errors["who_name"] = str(unreadable)
    if not replies.by_line:
        errors["answers"] = "Choose an answer for at least one line."
    if errors or replies.problems:
        return errors, []
    at = timezone.now()
    try:
        outcome = deciding.decide(
            presentation=presentation,
            answers=replies.to(presentation),
            who_name=name,
            who_kind=kind,
            channel=Presentation.Channel.COUNTER,
            drawing=drawing,
            by=request.user,
            at=at,
        )
    except deciding.NothingRecorded as none:
        return {}, none.refused
    except (deciding.CannotDecide, presenting.CannotPresent) as cannot:
        return {"answers": str(cannot)}, []
    offer_to_take_back(request, outcome, at)
    return {}, outcome.refused


def _drawn(request: Request) -> Drawing | None:
    """What was drawn, to be shown again; nothing when it could not be read."""
    try:
        return read(request.POST.get("signed_drawing", ""))
    except Unreadable:
        return None


def _typed(request: Request, replies: Replies | None, pk: int) -> dict[str, str]:
    """What was typed on this line, to show it again; nothing is chosen before somebody chooses."""
    if replies is None:
        return {}
    return {
        "chosen": request.POST.get(f"answer-{pk}", ""),
        "until": request.POST.get(f"until-{pk}", ""),
        "question": request.POST.get(f"question-{pk}", ""),
        "problem": replies.problems.get(pk, ""),
    }
