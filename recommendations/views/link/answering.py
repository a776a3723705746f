"""What a customer does on their page: look, ask, check the answers, give them.

A GET changes nothing: mail scanners open links.  That the page was opened is said by a script's POST, or by the first
answer.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, one_time, role_required
from dealership.models import SERVICE
from dealership.money import cents
from recommendations import documents, estimate, prices
from recommendations.actions import deciding, links
from recommendations.actions.presenting import CannotPresent
from recommendations.forms.answers import UNTIL, Replies, one_line, read_answers, read_who
from recommendations.models import CustomerLink, Decision, Presentation, PresentedLine
from recommendations.views.link.found import by_link, show
from recommendations.views.link.page import (
    APPROVED,
    ASKED,
    DECLINED,
    localized,
    page,
    shown_lines,
    signed_for,
    state_of,
)
from service_lane.models import Photo, RepairOrder
from service_lane.views.photos import picture

MOST_QUESTIONS = 12
"""Questions one visit may ask by link without signing; after that a call is quicker for both."""


@require_GET
@by_link
def customer(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """What we found, line by line, with nothing chosen."""
    return show(request, link, token, "recommendations/customer.html", page(request, link, token))


@require_GET
@by_link
def link_state(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """A short text, another one as soon as the page would read otherwise."""
    return HttpResponse(state_of(link.repair_order), content_type="text/plain")


@require_POST
@by_link
def opened(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """A browser, not a mail scanner, shows the page."""
    links.mark_opened(link=link, at=timezone.now())
    return HttpResponse(status=204)


def _read(request: HttpRequest, order: RepairOrder) -> Replies:
    lines = [line.advisory_id for line in shown_lines(order)]
    today = prices.local_date(order.rooftop, timezone.now())
    return read_answers(request.POST, lines, today=today, odometer=order.odometer_in)


@by_link
def review(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """Check your answers: each with its price, what was not answered, and the new total.  Nothing is recorded yet."""
    if request.method != "POST":
        return redirect("recommendations:customer-link", token=token)
    links.mark_opened(link=link, at=timezone.now())
    if request.POST.get("back"):
        return show(request, link, token, "recommendations/customer.html", page(request, link, token))
    replies = _read(request, link.repair_order)
    context = page(request, link, token, replies)
    if replies.problems or not replies.by_line:
        context["nothing"] = not replies.by_line
        context["errors"] = list(replies.problems.items())
        return show(request, link, token, "recommendations/customer.html", context, status=422)
    return show(request, link, token, "recommendations/customer_review.html", _review(request, context, replies))


def _review(request: HttpRequest, context: dict[str, Any], replies: Replies, **problems: str) -> dict[str, Any]:
    """The review page's context: the chosen answers as hidden fields, and the total if they are taken."""
    total = context["authorized"]
    for line in context["lines"]:
        reply = replies.by_line.get(line["pk"])
        line["reply"] = reply
        line["reply_until"] = UNTIL.get(line["until"], "")
        price = cents(Decimal(line["snapshot"]["total"] or "0"))
        was = price if line["answer"] == APPROVED and not line["is_stale"] else prices.ZERO
        line["counts"] = was
        if reply and line in context["open_lines"]:
            line["counts"] = price if reply.answer == APPROVED else prices.ZERO
            total += line["counts"] - was
    typed = {
        name: value
        for name, value in request.POST.items()
        if name.partition("-")[0] in ("answer", "until", "question", "seen")
    }
    return context | {
        "total": total,
        "typed": typed,
        "name": _signature(request)[0] if "digits" in problems else request.POST.get("name", ""),
        "who": request.POST.get("who", ""),
        "problems": problems,
    }


@by_link
@one_time
def ask(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """Put one question to the advisor, without an answer and without signing.  All else that was chosen stays."""
    if request.method != "POST":  # a form sent twice lands here
        return redirect("recommendations:customer-link", token=token)
    at = timezone.now()
    links.mark_opened(link=link, at=at)
    pk = request.POST.get("ask", "")
    words = one_line(request.POST.get(f"question-{pk}", ""), 300)
    line = next((one for one in shown_lines(link.repair_order) if str(one.advisory_id) == pk), None)
    problem = _question_refused(link, line, words)
    if line and not problem:
        try:
            _put(link, line, words, at=at)
        except (deciding.CannotDecide, CannotPresent) as refused:
            problem = str(refused)
    context = page(request, link, token)
    for line in context["lines"]:
        if str(line["pk"]) == pk:
            line["problem"] = problem
            line["was_asked"] = not problem
            if not problem:  # it was sent: the field is free for the next one
                line["question"], line["chosen"] = "", ""
    context["errors"] = [(pk, problem)] if problem else []
    return show(request, link, token, "recommendations/customer.html", context, status=422 if problem else 200)


def _question_refused(link: CustomerLink, line: PresentedLine | None, words: str) -> str:
    """Why this question cannot be put without signing, or ""."""
    order = link.repair_order
    if line is None:
        return _(deciding.NOT_SHOWN)
    if not words:
        return _("Write down the question.")
    if link.wrong_digits >= links.MOST_WRONG_DIGITS:
        return _(links.CLOSED_HERE)
    if line.advisory.answer not in ("", ASKED):
        return _("You answered this one. To ask instead, choose “I have a question” and check your answers.")
    asked = Decision.objects.questions().filter(advisory__repair_order=order, channel=Presentation.Channel.LINK)
    return _("Those are many questions. Please call us, it is quicker.") if asked.count() >= MOST_QUESTIONS else ""


def _put(link: CustomerLink, line: PresentedLine, words: str, *, at: datetime) -> None:
    """Record the question on the line as it was looked at: an answer that came meanwhile is not replaced, unsigned."""
    order = link.repair_order
    name = order.contact_name or order.customer.name
    deciding.decide(
        presentation=line.presentation,
        answers=[deciding.Answered(line.pk, ASKED, question=words, seen=line.advisory.last_decision_id)],
        who_name=name,
        channel=Presentation.Channel.LINK,
        contact_used=link.contact,
        language=get_language() or "",
        by=None,
        at=at,
    )


@by_link
@one_time
def answers(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """Take the answers: their name, the last four digits of their phone, and one answer to each line they chose."""
    receipt = reverse("recommendations:link-thanks", args=[token])
    if request.method != "POST":  # a form sent twice lands here
        return redirect(receipt)
    order, at = link.repair_order, timezone.now()
    replies = _read(request, order)
    name, digits = _signature(request)

    def again(**problems: str) -> HttpResponse:
        context = page(request, link, token, replies)
        return show(
            request,
            link,
            token,
            "recommendations/customer_review.html",
            _review(request, context, replies, **problems),
            status=422,
        )

    if replies.problems or not replies.by_line:
        return again(form=_("Go back and answer at least one line."))
    kind, unsaid = read_who(request.POST.dict(), order, name)
    if not name:
        return again(name=_("Type your full name, so that we know who said so."))
    if unsaid:
        return again(who=unsaid)
    if links.last_four(link) and not digits:
        return again(digits=_("Add the last four digits of your phone."))
    if wrong := links.check_digits(link=link, typed=digits, at=at):
        return again(digits=wrong)
    presentation = Presentation.objects.filter(repair_order=order, channel=Presentation.Channel.LINK).first()
    if presentation is None:
        raise Http404
    try:
        given = _changed(presentation, replies)
        if not given:
            return redirect(receipt)
        outcome = deciding.decide(
            presentation=presentation,
            answers=given,
            who_name=name,
            who_kind=kind,
            channel=Presentation.Channel.LINK,
            contact_used=link.contact,
            language=get_language() or "",
            by=None,
            at=at,
        )
    except (deciding.CannotDecide, CannotPresent) as refused:
        return again(form=str(refused))
    shown = dict(presentation.lines.values_list("pk", "advisory_id"))
    missed = urlencode([("missed", shown[one.line_id]) for one in outcome.refused if one.line_id in shown])
    return redirect(f"{receipt}?{missed}" if missed else receipt)


def _signature(request: HttpRequest) -> tuple[str, str]:
    """Their name and the four digits: from one field, "Theo Brandt 0142", or the digits from a field of their own."""
    name, digits = one_line(request.POST.get("name", "")), request.POST.get("digits", "").strip()
    if not digits and (both := re.fullmatch(r"(.*?)[\s,]+(\d{4})", name, re.ASCII)):
        name, digits = both[1], both[2]
    return name, digits


def _changed(presentation: Presentation, replies: Replies) -> list[deciding.Answered]:
    """Answers that say something new: a yes or a no that stands already is not given twice."""
    stands = {line.pk: line.advisory.answer for line in presentation.lines.select_related("advisory")}
    given = replies.to(presentation)
    return [one for one in given if one.answer not in (APPROVED, DECLINED) or one.answer != stands[one.line_id]]


@require_GET
@by_link
def thanks(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """What was recorded, with the fingerprint of each line as it was shown, and which answers came too late."""
    order = link.repair_order
    lines = [one for one in documents.answered_lines(order) if not one["asked"]]
    missed = request.GET.getlist("missed")
    context = {
        "advisor": order.advisor.get_short_name() if order.advisor else "",
        "lines": [
            one | {"shown": localized(one["shown"]), "was_missed": str(one["advisory"]) in missed} for one in lines
        ],
        "missed": len(missed),
        "answered": any(one["answer"] for one in lines),
        "signed_for": signed_for(order),
        "authorized": estimate.authorized_total(order),
        "answering": order.status == RepairOrder.Status.OPEN,
    }
    return show(request, link, token, "recommendations/customer_thanks.html", context)


@require_GET
@by_link
def how(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """How this dealership recommends work and pays its advisors."""
    return show(request, link, token, "recommendations/customer_how.html", {})


@role_required(*SERVICE)
def how_for_staff(request: Request) -> HttpResponse:
    """The same page customers read."""
    return render(request, "recommendations/customer_how.html", {"rooftop": request.rooftop, "token": "", "lang": "en"})


@require_GET
@by_link
def link_photo(request: HttpRequest, link: CustomerLink, token: str, name: UUID) -> HttpResponseBase:
    """A photo of this visit's findings, for whoever has the link."""
    photo = Photo.objects.filter(
        name=name, status=Photo.Status.READY, item__inspection__repair_order=link.repair_order
    ).first()
    if photo is None:
        raise Http404
    return picture(photo)
