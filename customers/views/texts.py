"""Texts that somebody has to look at: one of them with its answer, and those from numbers we do not know."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers.actions.texts import AlreadySettled, CannotReply, TooLate
from customers.models import Customer
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, OFFICE, InboundText

PER_PAGE = 25


@require_GET
@role_required(*OFFICE)
def unknown_texts(request: Request) -> HttpResponse:
    """Texts from numbers that are nobody's, or that answer nothing we sent, until somebody has dealt with them."""
    rows = (
        InboundText.objects.open()
        .visible_to(request.user)
        .filter(Q(is_known=False, rooftop=request.rooftop) | Q(rooftop=None))
        .values("pk", "number", "body", "reading", "received_at")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "customers/texts.html", {"page": page})


@one_time
@role_required(*COUNTER)
def text(request: Request, pk: int) -> HttpResponse:
    """One text: who sent it, how it was read, what to do; a reply, or nothing more."""
    found = fetch(InboundText.objects.select_related("answer"), request.user, COUNTER, pk=pk)
    typed, problem, at = request.POST.get("reply", ""), "", timezone.now()
    if request.method == "POST":
        try:
            if request.POST.get("do") == "settle":
                actions.settle_text(text=found, rooftop=request.rooftop, by=request.user, at=at)
                said = "Nobody has to answer that text any more."
            else:
                actions.reply_to_text(text=found, body=typed, rooftop=request.rooftop, by=request.user, at=at)
                said = "Your answer leaves in ten seconds."
            offer_undo(request, said, reverse("customers:text-undo", args=[pk]), at=at)
            return go(request, reverse("customers:text", args=[pk]))
        except CannotReply as refused:
            problem = str(refused)
        except AlreadySettled:
            messages.info(request, "Somebody looked after this text already.")
            return go(request, reverse("customers:text", args=[pk]))
    people = Customer.objects.filter(contact_points__kind="phone", contact_points__value=found.number).distinct()
    stop = InboundText.objects.stopped([found.number]).get(found.number)
    context = {
        "text": found,
        "people": people.visible_to(request.user)[:5],
        "may_reply": not (stop and stop.covers("repair_messages")),
        "most": actions.texts.LONGEST_REPLY,
        "typed": typed,
        "problem": problem,
    }
    return render(request, "customers/text.html", context, status=422 if problem else 200)


@require_POST
@one_time
@role_required(*COUNTER)
def text_undo(request: Request, pk: int) -> HttpResponse:
    """Take the answer back before it leaves."""
    found = fetch(InboundText.objects.all(), request.user, COUNTER, pk=pk)
    try:
        actions.undo_text(text=found, rooftop=request.rooftop, by=request.user, at=timezone.now())
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, reverse("customers:text", args=[pk]))
