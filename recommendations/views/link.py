"""The customer's own page, by a secret address and without an account.

A GET changes nothing: mail scanners open links.  That the page was opened is said by a script's POST, or by the first
answer.  The token is in the address only: never in a log, a referrer, the audit trail or another page.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from dealership.money import cents
from recommendations import documents, estimate
from recommendations.actions import deciding, links
from recommendations.actions.presenting import CannotPresent
from recommendations.forms.answers import UNTIL, Replies, one_line, read_answers
from recommendations.models import Advisory, CustomerLink, Presentation, PresentedLine
from recommendations.rules import difference
from recommendations.views.lines import customer_line, orders, refused_page
from recommendations.views.presenting import who_kind
from service_lane.models import Condition, Inspection, Photo, RepairOrder
from service_lane.views.photos import picture

APPROVED = Advisory.Answer.APPROVED
DECLINED = Advisory.Answer.DECLINED
NOT_CHECKED = (Condition.UNCHECKED, Condition.NOT_INSPECTED)

type LinkView = Callable[..., HttpResponseBase]


def by_link(view: LinkView) -> LinkView:
    """Find the link its token names, in the rooftop's own time, and never let the page be kept or indexed."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        link = (
            CustomerLink.objects.select_related(
                "repair_order__rooftop",
                "repair_order__customer",
                "repair_order__vehicle",
                "repair_order__advisor",
                "repair_order__technician",
            )
            .filter(token_hash=links.hash_of(token))
            .first()
        )
        if link is None:
            return _no_such_link(request)
        order = link.repair_order
        with timezone.override(order.rooftop.zone):
            if state := _why_not_usable(link):
                response: HttpResponseBase = render(
                    request,
                    "recommendations/customer_gone.html",
                    {"rooftop": order.rooftop, "state": state, "advisor": order.advisor},
                    status=410,
                )
            else:
                response = view(request, link, token, **kwargs)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex, nofollow"
        # With no-referrer a browser posts "Origin: null" and no form would pass; this sends the path nowhere either.
        response["Referrer-Policy"] = "strict-origin"
        return response

    return found


WRONG_ADDRESSES = 30
"""Wrong addresses one network address may try in ten minutes.  A right one works all the same."""
WRONG_WITHIN = 600


def _no_such_link(request: HttpRequest) -> HttpResponseBase:
    """404; and 429 for an address that goes on guessing.  What a proxy header claims is not believed."""
    key = f"wrong-link:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, WRONG_WITHIN)
    try:
        tries = cache.incr(key)
    except ValueError:  # it ran out between the two
        tries = 1
    if tries <= WRONG_ADDRESSES:
        raise Http404
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(WRONG_WITHIN)
    return response


def _why_not_usable(link: CustomerLink) -> str:
    if link.revoked_at:
        return "revoked"
    return "expired" if link.expires_at <= timezone.now() else ""


def shown_lines(order: RepairOrder) -> list[PresentedLine]:
    """Each line as it was last shown by link: red first, then in the estimate's order."""
    urgency = list(Advisory.Urgency.values)
    newest = {
        line.advisory_id: line
        for line in PresentedLine.objects.filter(
            presentation__repair_order=order, presentation__channel=Presentation.Channel.LINK
        )
        .select_related("advisory", "version", "presentation")
        .order_by("presentation__at", "pk")
    }
    return sorted(
        newest.values(),
        key=lambda line: (urgency.index(line.snapshot["urgency"]), line.advisory.position, line.advisory_id),
    )


def _page(request: HttpRequest, link: CustomerLink, token: str, replies: Replies | None = None) -> dict[str, Any]:
    """Everything the page shows.  What was typed but not taken is shown again."""
    order = link.repair_order
    photo_names = Photo.objects.filter(item__inspection__repair_order=order, status=Photo.Status.READY)
    urls = {
        str(name): reverse("recommendations:link-photo", args=[token, name])
        for name in photo_names.values_list("name", flat=True)
    }
    now = {line.advisory.pk: line for line in estimate.load(order).lines}
    lines = []
    shown_now = shown_lines(order)
    newest = max((shown.presentation_id for shown in shown_now), default=None)
    for shown in shown_now:
        advisory = shown.advisory
        current = now.get(advisory.pk)
        # A line the last showing left out waits for a fact or a new price, so there is nothing to answer yet.
        is_stale = advisory.version != shown.version.number or current is None or shown.presentation_id != newest
        line = customer_line(
            shown.snapshot,
            advisory.pk,
            photo_urls=urls,
            changes=difference(shown.snapshot, current.snapshot) if is_stale and current else (),
            changed_at=current.version.written_at if is_stale and current and not current.is_current else None,
            answer=advisory.answer,
            seen=advisory.last_decision_id,
            is_started=advisory.work != Advisory.Work.NOT_STARTED,
        )
        line["is_stale"] = is_stale
        line["chosen"] = advisory.answer if advisory.answer in (APPROVED, DECLINED) else ""
        if request.method == "POST":
            line["chosen"] = request.POST.get(f"answer-{advisory.pk}", "")
        line["until"] = request.POST.get(f"until-{advisory.pk}", "")
        line["question"] = request.POST.get(f"question-{advisory.pk}", "")
        line["problem"] = replies.problems.get(advisory.pk, "") if replies else ""
        lines.append(line)
    first: dict[str, int] = {}
    for line in lines:
        first.setdefault(line["snapshot"]["urgency"], line["pk"])
    authorized = estimate.authorized_total(order)
    is_open = order.status == RepairOrder.Status.OPEN
    open_lines = [line for line in lines if is_open and not line["is_stale"] and not line["is_started"]]
    agreed = [now[line["pk"]].total or estimate.ZERO for line in open_lines if line["answer"] == APPROVED]
    inspection = Inspection.objects.filter(repair_order=order).select_related("technician").first()
    checked = list(inspection.items.values_list("condition", "name")) if inspection else []
    return {
        "order": order,
        "rooftop": order.rooftop,
        "token": token,
        "lines": lines,
        "first": first,
        "open_lines": open_lines,
        "stale": [line for line in lines if line["is_stale"]],
        "advisor": order.advisor.get_short_name() if order.advisor else "",
        "technician": inspection.technician.get_short_name() if inspection and inspection.technician else "",
        "until": UNTIL,
        "answering": is_open,
        "is_closed": not is_open,
        "authorized": authorized,
        "base": authorized - sum(agreed, estimate.ZERO),
        "added": len(agreed),
        "counting": bool(open_lines) and not any(line["is_started"] for line in lines),
        "takes_no_answers": link.wrong_digits >= links.MOST_WRONG_DIGITS,
        "tally": {
            "red": sum(1 for line in lines if line["snapshot"]["urgency"] == Advisory.Urgency.NOW),
            "yellow": sum(1 for line in lines if line["snapshot"]["urgency"] == Advisory.Urgency.CAN_WAIT),
            "good": sum(1 for condition, _name in checked if condition == Condition.GREEN),
            "not_inspected": sum(1 for condition, _name in checked if condition == Condition.NOT_INSPECTED),
        },
        "checked": sum(1 for condition, _name in checked if condition not in NOT_CHECKED),
        "good": [name for condition, name in checked if condition == Condition.GREEN],
        # A promise that has passed is not one to repeat.
        "ready_at": order.promised_at if order.promised_at and order.promised_at > timezone.now() else None,
        "signed_for": [one.name for one in order.requested_services.all()],
        "needs_digits": bool(links.last_four(link)),
    }


@require_GET
@by_link
def customer(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """What we found, line by line, with nothing chosen."""
    return render(request, "recommendations/customer.html", _page(request, link, token))


@require_POST
@by_link
def opened(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """A browser, not a mail scanner, shows the page."""
    links.mark_opened(link=link, at=timezone.now())
    return HttpResponse(status=204)


def _read(request: HttpRequest, order: RepairOrder) -> Replies:
    lines = [line.advisory_id for line in shown_lines(order)]
    today = estimate.local_date(order.rooftop, timezone.now())
    return read_answers(request.POST, lines, today=today, odometer=order.odometer_in)


@by_link
def review(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """Check your answers: each with its price, what was not answered, and the new total.  Nothing is recorded yet."""
    if request.method != "POST":
        return redirect("recommendations:customer-link", token=token)
    links.mark_opened(link=link, at=timezone.now())
    replies = _read(request, link.repair_order)
    context = _page(request, link, token, replies)
    if request.POST.get("back"):
        return render(request, "recommendations/customer.html", _page(request, link, token))
    if replies.problems or not replies.by_line:
        context["nothing"] = not replies.by_line
        context["errors"] = list(replies.problems.items())
        return render(request, "recommendations/customer.html", context, status=422)
    return render(request, "recommendations/customer_review.html", _review(request, context, replies))


def _review(request: HttpRequest, context: dict[str, Any], replies: Replies, **problems: str) -> dict[str, Any]:
    """The review page's context: the chosen answers as hidden fields, and the total if they are taken."""
    total = context["authorized"]
    for line in context["lines"]:
        reply = replies.by_line.get(line["pk"])
        line["reply"] = reply
        line["reply_until"] = UNTIL.get(line["until"], "")
        price = cents(Decimal(line["snapshot"]["total"] or "0"))
        was = price if line["answer"] == APPROVED and not line["is_stale"] else estimate.ZERO
        line["counts"] = was
        if reply and line in context["open_lines"]:
            line["counts"] = price if reply.answer == APPROVED else estimate.ZERO
            total += line["counts"] - was
    typed = {
        name: value
        for name, value in request.POST.items()
        if name.partition("-")[0] in ("answer", "until", "question", "seen")
    }
    return context | {
        "total": total,
        "typed": typed,
        "name": request.POST.get("name", ""),
        "problems": problems,
    }


@one_time
@by_link
def answers(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """Take the answers: the last four digits of their phone, their name, and one answer to each line they chose."""
    receipt = reverse("recommendations:link-thanks", args=[token])
    if request.method != "POST":  # a form sent twice lands here
        return redirect(receipt)
    order, at = link.repair_order, timezone.now()
    replies = _read(request, order)
    name = one_line(request.POST.get("name", ""))

    def again(**problems: str) -> HttpResponse:
        context = _page(request, link, token, replies)
        return render(
            request,
            "recommendations/customer_review.html",
            _review(request, context, replies, **problems),
            status=422,
        )

    if replies.problems or not replies.by_line:
        return again(form=_("Go back and answer at least one line."))
    if not name:
        return again(name=_("Type your full name, so that we know who said so."))
    if wrong := links.check_digits(link=link, typed=request.POST.get("digits", ""), at=at):
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
            who_kind=who_kind(order, name),
            channel=Presentation.Channel.LINK,
            contact_used=link.contact,
            by=None,
            at=at,
        )
    except (deciding.CannotDecide, CannotPresent) as refused:
        return again(form=str(refused))
    shown = dict(presentation.lines.values_list("pk", "advisory_id"))
    missed = urlencode([("missed", shown[one.line_id]) for one in outcome.refused if one.line_id in shown])
    return redirect(f"{receipt}?{missed}" if missed else receipt)


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
        "order": order,
        "rooftop": order.rooftop,
        "token": token,
        "advisor": order.advisor.get_short_name() if order.advisor else "",
        "lines": [one | {"was_missed": str(one["advisory"]) in missed} for one in lines],
        "missed": len(missed),
        "answered": any(one["answer"] for one in lines),
        # A promise that has passed is not one to repeat.
        "ready_at": order.promised_at if order.promised_at and order.promised_at > timezone.now() else None,
        "signed_for": [one.name for one in order.requested_services.all()],
        "authorized": estimate.authorized_total(order),
        "answering": order.status == RepairOrder.Status.OPEN,
    }
    return render(request, "recommendations/customer_thanks.html", context)


@require_GET
@by_link
def how(request: HttpRequest, link: CustomerLink, token: str) -> HttpResponseBase:
    """How this dealership recommends work and pays its advisors."""
    rooftop = link.repair_order.rooftop
    return render(request, "recommendations/customer_how.html", {"rooftop": rooftop, "token": token})


@role_required(*COUNTER)
def how_for_staff(request: Request) -> HttpResponse:
    """The same page customers read."""
    return render(request, "recommendations/customer_how.html", {"rooftop": request.rooftop, "token": ""})


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


# --- the advisor's side ----------------------------------------------------------------------------------------------


@require_POST
@one_time
@role_required(*COUNTER)
def send(request: Request, pk: int) -> HttpResponse:
    """Show every line that lacks nothing on the customer's page, and send them its address."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    lines = [line.advisory for line in estimate.load(order, at=at).for_link]
    try:
        sent = links.send(
            repair_order=order,
            advisories=lines,
            address=lambda token: request.build_absolute_uri(reverse("recommendations:customer-link", args=[token])),
            by=request.user,
            at=at,
        )
    except CannotPresent as refused:
        return refused_page(request, order, str(refused))
    undo = reverse("recommendations:undo-send", args=[sent.link.pk])
    offer_undo(request, "On its way to the customer in a few seconds.", undo, at=at)
    return go(request, reverse("recommendations:estimate", args=[order.pk]))


@require_POST
@one_time
@role_required(*COUNTER)
def undo_send(request: Request, pk: int) -> HttpResponse:
    """Take the message back within ten seconds."""
    link = fetch(CustomerLink.objects.select_related("repair_order__rooftop"), request.user, COUNTER, pk=pk)
    try:
        links.undo_send(link=link, by=request.user, at=timezone.now())
    except links.TooLate as late:
        return refused_page(request, link.repair_order, str(late))
    return go(request, reverse("recommendations:estimate", args=[link.repair_order_id]))


@require_POST
@one_time
@role_required(*COUNTER)
def revoke(request: Request, pk: int) -> HttpResponse:
    """Every link of the order stops working."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    links.revoke(repair_order=order, by=request.user, at=timezone.now())
    return go(request, reverse("recommendations:estimate", args=[order.pk]))
