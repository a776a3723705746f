"""The call: what to say, line by line, and the seven facts of a yes by phone."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from recommendations import estimate as estimates
from recommendations import prices
from recommendations.actions import deciding, presenting
from recommendations.forms.answers import UNTIL, Replies, one_line, read_answers, read_who
from recommendations.models import Presentation
from recommendations.views.lines import orders
from recommendations.views.undo import offer_to_take_back
from service_lane.models import RepairOrder


@one_time
@role_required(*COUNTER)
def call(request: Request, pk: int) -> HttpResponse:
    """Read each line out, mark the customer's own words; recording it keeps the showing and the answers."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    current = estimates.load(order, at=at)
    lines = _to_read_out(current)
    replies: Replies | None = None
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        today = prices.local_date(order.rooftop, at)
        replies = read_answers(
            request.POST.dict(), [line.advisory.pk for line in lines], today=today, odometer=order.odometer_in
        )
        problems = _record(request, order, lines, replies, at)
        if not problems:
            return go(request, reverse("recommendations:estimate", args=[order.pk]))
        current = estimates.load(order, at=at)
        lines = _to_read_out(current)
    context = {
        "order": order,
        "rows": [_row(request, line, replies) for line in lines],
        "until": UNTIL,
        "problems": problems,
        "authorized": current.authorized,
        "now": at,
        "typed": request.POST,
        "who": request.POST.get("who", ""),
        "errors": {field: sentence for field, sentence in problems if field == "who"},
        "number": order.contact_value if order.contact_channel != "email" else "",
    }
    failed = request.method == "POST"
    return render(request, "recommendations/call.html", context, status=422 if failed else 200)


def _to_read_out(current: estimates.Estimate) -> list[estimates.Line]:
    """What waits for an answer, then what has one they may change."""
    return sorted(current.answerable, key=lambda line: line.is_settled)


def _row(request: Request, line: estimates.Line, replies: Replies | None) -> dict[str, Any]:
    pk = line.advisory.pk
    return {
        "line": line,
        "pk": pk,
        "chosen": request.POST.get(f"answer-{pk}", ""),
        "until": request.POST.get(f"until-{pk}", ""),
        "question": request.POST.get(f"question-{pk}", ""),
        "problem": replies.problems.get(pk, "") if replies else "",
        "seen": line.advisory.last_decision_id or "",
        "is_settled": line.is_settled,
        "adds": prices.ZERO if line.is_approved else line.total,
    }


def _record(
    request: Request, order: RepairOrder, lines: list[estimates.Line], replies: Replies, at: datetime
) -> list[tuple[str, str]]:
    """Keep the showing and the answers; what stands in the way, each with the id of its field."""
    name = one_line(request.POST.get("who_name", ""))
    number = one_line(request.POST.get("contact_used", ""))
    reason = one_line(request.POST.get("reason", ""), 500)
    problems = [(f"ans-{pk}", sentence) for pk, sentence in replies.problems.items()]
    kind, unsaid = read_who(request.POST.dict(), order, name)
    if not name:
        problems.append(("f1", "Write down who said it."))
    elif unsaid:
        problems.append(("who", unsaid))
    if not number:
        problems.append(("f2", "Enter the number you called."))
    if not reason:
        problems.append(("f5", "Write down why more work is needed."))
    if not replies.by_line:
        problems.append(("answers", "Mark an answer for at least one line."))
    if problems:
        return problems
    read = [line for line in lines if not line.is_settled or line.advisory.pk in replies.by_line]
    read_out = {pk: int(v) for pk, v in _versions(request, read).items() if v.isdecimal()}
    try:
        presentation = presenting.present(
            repair_order=order,
            advisories=[line.advisory for line in read],
            channel=Presentation.Channel.PHONE,
            to_name=name,
            to_contact=number,
            by=request.user,
            at=at,
            as_seen=read_out,
        )
        outcome = deciding.decide(
            presentation=presentation,
            answers=replies.to(presentation),
            who_name=name,
            who_kind=kind,
            channel=Presentation.Channel.PHONE,
            contact_used=number,
            reason=reason,
            by=request.user,
            at=at,
        )
    except deciding.NothingRecorded as none:
        return [("answers", f"{one.title}: {one.why}") for one in none.refused]
    except (deciding.CannotDecide, presenting.CannotPresent) as cannot:
        return [("answers", str(cannot))]
    offer_to_take_back(request, outcome, at)
    return [("answers", f"{one.title}: {one.why} The other answers were recorded.") for one in outcome.refused]


def _versions(request: Request, lines: list[estimates.Line]) -> dict[int, str]:
    return {line.advisory.pk: request.POST.get(f"version-{line.advisory.pk}", "") for line in lines}
