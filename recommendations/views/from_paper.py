"""What was answered, inspected and done on paper for one repair order, entered afterwards at its own times."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import BAY, COUNTER, SERVICE
from recommendations import estimate as estimates
from recommendations import prices
from recommendations.actions import deciding, paper, presenting, working
from recommendations.forms.answers import UNTIL, Replies, one_line, read_answers, read_who
from recommendations.forms.paper import AnswersForm, WorkForm
from recommendations.models import Advisory
from recommendations.views.lines import lines, orders
from service_lane.actions.paper import NotThen
from service_lane.models import Inspection, RepairOrder


@role_required(*SERVICE)
def from_paper(request: Request, pk: int) -> HttpResponse:
    """Everything of this visit that may stand on paper: the inspection, the answers, the work."""
    return _page(request, fetch(orders(), request.user, SERVICE, pk=pk))


def _page(request: Request, order: RepairOrder, status: int = 200, **bound: Any) -> HttpResponse:
    now = timezone.now()
    current = estimates.load(order, at=now)
    day = (order.opened_at if order.entered_at else now).astimezone(order.rooftop.zone).date()
    to_answer = [line for line in current.answerable if not line.is_settled]
    to_do = [line for line in current.lines if line.is_approved and line.advisory.work != Advisory.Work.DONE]
    replies: Replies | None = bound.get("replies")
    context = {
        "order": order,
        "is_open": order.status == RepairOrder.Status.OPEN,
        "inspection": Inspection.objects.filter(repair_order=order).first(),
        "rows": [_row(request, line, replies) for line in to_answer],
        "held": current.held,
        "until": UNTIL,
        "answers_form": bound.get("answers") or _answers_form(order, initial={"day": day}),
        "problems": bound.get("problems") or [],
        "who": request.POST.get("who", ""),
        "work": [
            {
                "line": line,
                "form": bound.get(f"work_{line.advisory.pk}") or _work_form(line.advisory, initial={"day": day}),
                "is_started": line.advisory.work == Advisory.Work.STARTED,
            }
            for line in to_do
        ],
        "days": order.rooftop.late_entry_days,
    }
    return render(request, "recommendations/from_paper.html", context, status=status)


def _answers_form(order: RepairOrder, *args: Any, **kwargs: Any) -> AnswersForm:
    return AnswersForm(*args, rooftop=order.rooftop, kinds=COUNTER, label="Who of us heard it", **kwargs)


def _work_form(advisory: Advisory, *args: Any, **kwargs: Any) -> WorkForm:
    return WorkForm(
        *args,
        rooftop=advisory.repair_order.rooftop,
        kinds=BAY,
        label="Who did it",
        auto_id=f"id_{advisory.pk}_%s",
        **kwargs,
    )


def _row(request: Request, line: estimates.Line, replies: Replies | None) -> dict[str, Any]:
    pk = line.advisory.pk
    typed = request.POST if replies is not None else {}
    return {
        "line": line,
        "pk": pk,
        "chosen": typed.get(f"answer-{pk}", ""),
        "until": typed.get(f"until-{pk}", ""),
        "question": typed.get(f"question-{pk}", ""),
        "problem": replies.problems.get(pk, "") if replies else "",
        "seen": line.advisory.last_decision_id or "",
    }


@require_POST
@one_time
@role_required(*COUNTER)
def paper_answers(request: Request, pk: int) -> HttpResponse:
    """The answers that stand on paper, each line as it was read out then."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    form = _answers_form(order, request.POST)
    shown = {line.advisory.pk: line for line in estimates.load(order, at=at).answerable if not line.is_settled}
    is_valid = form.is_valid()
    happened: datetime | None = form.cleaned_data.get("happened")
    then = prices.local_date(order.rooftop, happened or at)
    replies = read_answers(request.POST.dict(), list(shown), today=then, odometer=order.odometer_in)
    problems = [(f"ans-{line}", sentence) for line, sentence in replies.problems.items()]
    if not replies.by_line and not problems:
        problems.append(("answers", "Mark the answer that stands on the paper for at least one line."))
    if is_valid and not problems and happened:
        problems = _answer(request, order, form, [shown[line].advisory for line in replies.by_line], replies, at)
        if not problems and form.is_valid():
            messages.info(request, f"The answers are on the record of {order}, marked as entered late.")
            return go(request, reverse("recommendations:estimate", args=[order.pk]))
    return _page(request, order, status=422, answers=form, replies=replies, problems=problems)


def _answer(
    request: Request, order: RepairOrder, form: AnswersForm, advisories: list[Advisory], replies: Replies, at: datetime
) -> list[tuple[str, str]]:
    """Keep them; what stands in the way, each with the id of its field.  A wrong time is put beside the time."""
    said = form.cleaned_data
    name = one_line(said["who_name"])
    kind, unsaid = read_who(request.POST.dict(), order, name)
    if unsaid:
        return [("who", unsaid)]
    try:
        outcome = paper.answers(
            repair_order=order,
            advisories=advisories,
            answered=replies.to,
            channel=said["channel"],
            who_name=name,
            who_kind=kind,
            contact_used=one_line(said["contact_used"]),
            reason=one_line(said["reason"], 500),
            happened_at=said["happened"],
            heard_by=said["who_was_there"],
            by=request.user,
            at=at,
        )
    except NotThen as wrong:
        form.add_error(wrong.field, str(wrong))
        return [("id_happened", str(wrong))]
    except deciding.NothingRecorded as none:
        return [("answers", f"{one.title}: {one.why}") for one in none.refused]
    except (deciding.CannotDecide, presenting.CannotPresent) as cannot:
        return [("answers", str(cannot))]
    return [("answers", f"{one.title}: {one.why} The other answers were recorded.") for one in outcome.refused]


@require_POST
@one_time
@role_required(*SERVICE)
def paper_work(request: Request, pk: int) -> HttpResponse:
    """When the work on one line began and ended, as the technician wrote it."""
    advisory = fetch(lines(), request.user, SERVICE, pk=pk)
    order = orders().get(pk=advisory.repair_order_id)
    form = _work_form(advisory, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        started = None if advisory.work == Advisory.Work.STARTED else said["started"]
        if not started and advisory.work == Advisory.Work.NOT_STARTED:
            form.add_error("started", "Enter when the work started.")
        elif not started and not said["finished"]:
            form.add_error("finished", "Enter when the work was finished.")
        else:
            try:
                paper.work(
                    advisory=advisory,
                    started_at=started,
                    finished_at=said["finished"],
                    done_by=said["who_was_there"],
                    by=request.user,
                    at=timezone.now(),
                )
                messages.info(request, "The work is on the record, marked as entered late.")
                return go(request, reverse("recommendations:from-paper", args=[order.pk]))
            except NotThen as wrong:
                form.add_error(wrong.field, str(wrong))
            except (working.CannotWork, presenting.CannotPresent) as cannot:
                return _page(request, order, status=422, problems=[("work", str(cannot))])
    return _page(request, order, status=422, **{f"work_{advisory.pk}": form})
