"""What the customer's page shows: each line as it was last shown, what changed, what was asked, what was answered."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.recalls import possible_recalls
from customers.rules.recalls import is_known_open
from dealership.templatetags.written import told_day, told_time
from recommendations import documents, estimate, prices
from recommendations.actions import links
from recommendations.forms.answers import UNTIL, Replies
from recommendations.languages import in_language
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    CustomerLink,
    Decision,
    Invoice,
    Language,
    Presentation,
    PresentedLine,
    QuestionReply,
)
from recommendations.rules import Change, ChangedBy, difference
from recommendations.views.lines import URGENCIES, customer_line
from service_lane.models import Condition, Inspection, Photo, RepairOrder

APPROVED = Advisory.Answer.APPROVED
DECLINED = Advisory.Answer.DECLINED
ASKED = Advisory.Answer.NEEDS_INFO
NOT_CHECKED = (Condition.UNCHECKED, Condition.NOT_INSPECTED)


def localized(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """A shown line in the language that is active."""
    return in_language(snapshot, get_language() or "")


def showings(order: RepairOrder) -> list[PresentedLine]:
    """Every line as it was shown, by whatever way, oldest first."""
    return list(
        PresentedLine.objects.filter(presentation__repair_order=order)
        .select_related("advisory", "version__written_by", "presentation__by")
        .order_by("presentation__at", "pk")
    )


def shown_lines(order: RepairOrder, all_shown: list[PresentedLine] | None = None) -> list[PresentedLine]:
    """Each line as it was last shown by link: red first, then in the estimate's order."""
    newest = {
        line.advisory_id: line
        for line in (showings(order) if all_shown is None else all_shown)
        if line.presentation.channel == Presentation.Channel.LINK
    }
    return sorted(
        newest.values(),
        key=lambda line: (URGENCIES.index(line.snapshot["urgency"]), line.advisory.position, line.advisory_id),
    )


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any], version: AdvisoryVersion) -> list[Change]:
    """What is not as the customer saw it, in their language; `version` is the one that changed it."""
    by = ChangedBy(_author(version), told_time(version.written_at))
    return difference(localized(old), localized(new), say=_, day=told_day, by=by)


def _author(version: AdvisoryVersion) -> str:
    return version.written_by.get_short_name() if version.written_by else ""


def page(request: HttpRequest, link: CustomerLink, token: str, replies: Replies | None = None) -> dict[str, Any]:
    """Everything the page shows.  What was typed but not taken is shown again."""
    order = link.repair_order
    photo_names = Photo.objects.filter(item__inspection__repair_order=order, status=Photo.Status.READY)
    urls = {
        str(name): reverse("recommendations:link-photo", args=[token, name])
        for name in photo_names.values_list("name", flat=True)
    }
    now = {line.advisory.pk: line for line in estimate.load(order).lines}
    all_shown = showings(order)
    shown_now = shown_lines(order, all_shown)
    newest = max((shown.presentation_id for shown in shown_now), default=None)
    threads = questions(order)
    today = prices.local_date(order.rooftop, timezone.now())
    lines = []
    for shown in shown_now:
        advisory = shown.advisory
        current = now.get(advisory.pk)
        before = next(
            (
                one
                for one in reversed(all_shown)
                if one.advisory_id == advisory.pk and one.version.number < shown.version.number
            ),
            None,
        )
        # A line the last showing left out waits for a fact or a new price, so there is nothing to answer yet.
        is_stale = advisory.version != shown.version.number or current is None or shown.presentation_id != newest
        changes: list[Change] = []
        changed = shown.version
        if is_stale and current:
            changed = current.version
            changes = changes_between(shown.snapshot, current.snapshot, changed)
        elif before and not advisory.answer:
            changes = changes_between(before.snapshot, shown.snapshot, changed)
        line = customer_line(
            localized(shown.snapshot),
            advisory.pk,
            photo_urls=urls,
            changes=changes,
            changed_at=changed.written_at if changes else None,
            answer=advisory.answer,
            seen=advisory.last_decision_id,
            is_started=advisory.work != Advisory.Work.NOT_STARTED,
        )
        decision = current.decision if current else None
        line |= {
            "version": shown.version.number,
            "changed_by": _author(changed) if changes else "",
            "is_stale": is_stale,
            "is_done": advisory.work == Advisory.Work.DONE,
            "ran_out": not is_stale and not advisory.answer and shown.version.valid_until < today,
            "said": decision and _said(decision, order),
            "thread": threads.get(advisory.pk, ()),
            "chosen": advisory.answer if advisory.answer in (APPROVED, DECLINED) else "",
            "until": request.POST.get(f"until-{advisory.pk}", ""),
            "question": request.POST.get(f"question-{advisory.pk}", ""),
            "problem": replies.problems.get(advisory.pk, "") if replies else "",
        }
        if request.method == "POST":
            line["chosen"] = request.POST.get(f"answer-{advisory.pk}", "")
        lines.append(line)
    first: dict[str, int] = {}
    for line in lines:
        first.setdefault(line["snapshot"]["urgency"], line["pk"])
    authorized = estimate.authorized_total(order)
    is_open = order.status == RepairOrder.Status.OPEN
    open_lines = [line for line in lines if is_open and not (line["is_stale"] or line["is_started"] or line["ran_out"])]
    agreed = [now[line["pk"]].total or prices.ZERO for line in open_lines if line["answer"] == APPROVED]
    to_answer = [line for line in open_lines if line["answer"] in ("", ASKED)]

    def cost(some: Iterable[dict[str, Any]]) -> Decimal:
        return sum((now[line["pk"]].total or prices.ZERO for line in some), prices.ZERO)

    return {
        "lines": lines,
        "first": first,
        "open_lines": open_lines,
        "costs": {at: cost(one for one in open_lines if one["snapshot"]["urgency"] == at) for at in first},
        "to_answer": len(to_answer),
        "asked": cost(to_answer),
        "changed": [line for line in lines if line["changes"] or line["is_stale"]],
        "replied": any(question["replies"] for line in open_lines for question in line["thread"]),
        "advisor": order.advisor.get_short_name() if order.advisor else "",
        "until": UNTIL,
        "answering": is_open,
        "is_closed": not is_open,
        "authorized": authorized,
        # Text: in another language a number would be written with a comma, and the script reads it.
        "base": str(authorized - sum(agreed, prices.ZERO)),
        "added": len(agreed),
        "counting": bool(open_lines) and not any(line["is_started"] for line in lines),
        "takes_no_answers": link.wrong_digits >= links.MOST_WRONG_DIGITS,
        # A promise that has passed is not one to repeat.
        "ready_at": order.promised_at if order.promised_at and order.promised_at > timezone.now() else None,
        "signed_for": signed_for(order, all_shown),
        "signed_total": sum(
            (line.total or prices.ZERO for line in now.values() if line.advisory.request_id and line.is_approved),
            prices.ZERO,
        ),
        "needs_digits": bool(links.last_four(link)),
        "state": state_of(order),
        "recall": recall_notice(order),
        **_checked(order, lines),
        **({} if is_open else _came_to(order)),
    }


def recall_notice(order: RepairOrder) -> dict[str, bool] | None:
    """What a customer is told of recalls of their car; None when none is possible, by model, or open."""
    possible = possible_recalls([order.vehicle]).get(order.vehicle.pk, ()) if order.vehicle else ()
    found = [one for one in possible if one.is_open]
    if not found:
        return None
    return {
        "is_known": any(is_known_open(one.state) for one in found),
        "do_not_drive": any(one.do_not_drive for one in found),
        "park_outside": any(one.park_outside for one in found),
    }


def signed_for(order: RepairOrder, all_shown: list[PresentedLine] | None = None) -> list[str]:
    """What they agreed to when they came in, in the language that is active as far as the catalog has it."""
    if order.signed_at is None:
        return []
    names = {
        line.advisory.request_id: localized(line.snapshot)["title"]
        for line in (showings(order) if all_shown is None else all_shown)
        if line.advisory.request_id
    }
    return [names.get(one.pk, one.name) for one in order.requested_services.all()]


def _said(decision: Decision, order: RepairOrder) -> dict[str, Any]:
    """Who gave the answer that counts, when and how."""
    theirs = (order.contact_name, order.customer.name)
    return {
        "who": decision.who_name,
        "at": decision.at,
        "how": decision.channel,
        "by_other": decision.who_name.casefold() not in [name.casefold() for name in theirs],
        "until_date": decision.until_date,
        "until_miles": decision.until_miles,
    }


def questions(order: RepairOrder) -> dict[int, list[dict[str, Any]]]:
    """By advisory id, what was asked about the line and what we said, oldest first."""
    asked: dict[int, list[dict[str, Any]]] = {}
    found = Decision.objects.questions().filter(advisory__repair_order=order, taken_back__isnull=True)
    for question in found.order_by("at", "pk"):
        replies = [
            {"text": one.text, "by": one.by.get_short_name(), "at": one.at, "language": one.language}
            for one in question.replies.all()
        ]
        row = {"words": question.question, "at": question.at, "replies": replies}
        asked.setdefault(question.advisory_id, []).append(row)
    return asked


def _checked(order: RepairOrder, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Who checked the car, how many things, and which of them are good."""
    inspection = Inspection.objects.filter(repair_order=order).select_related("technician").first()
    seen = list(inspection.items.values_list("condition", "name")) if inspection else []
    good = [name for condition, name in seen if condition == Condition.GREEN]
    tally = {
        "red": sum(1 for line in lines if line["snapshot"]["urgency"] == Advisory.Urgency.NOW),
        "yellow": sum(1 for line in lines if line["snapshot"]["urgency"] == Advisory.Urgency.CAN_WAIT),
        "good": len(good),
        "not_inspected": sum(1 for condition, _name in seen if condition == Condition.NOT_INSPECTED),
    }
    in_spanish = get_language() == Language.SPANISH
    return {
        "technician": inspection.technician.get_short_name() if inspection and inspection.technician else "",
        "checked": sum(1 for condition, _name in seen if condition not in NOT_CHECKED),
        "good": [{"name": _(name), "in_english": in_spanish and _(name) == name} for name in good],
        "tally": tally,
        "all_good": bool(good) and not tally["red"] and not tally["yellow"],
    }


def _came_to(order: RepairOrder) -> dict[str, Any]:
    """A visit that is over: what was done, what was left, and what it cost."""
    every = [one | {"shown": localized(one["shown"])} for one in documents.answered_lines(order)]
    invoice = Invoice.objects.filter(repair_order=order).first()
    done = [one for one in every if one["answer"] == APPROVED and one["work"] == Advisory.Work.DONE]
    return {
        "done": done,
        "left": [one for one in every if one not in done],
        "billed": invoice.total if invoice else None,
        "closed_at": order.closed_at,
    }


def state_of(order: RepairOrder) -> str:
    """A short text that changes whenever the page would: a new version, an answer, a reply, a start of work."""
    lines = Advisory.objects.filter(repair_order=order).order_by("pk")
    rows = lines.values_list("pk", "version", "presented_version", "last_decision_id", "work", "removed_at")
    replies = QuestionReply.objects.filter(question__advisory__repair_order=order).count()
    return sha256(repr((order.status, list(rows), replies, order.worth_shown_at)).encode()).hexdigest()[:16]
