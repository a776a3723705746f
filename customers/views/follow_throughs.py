"""Questions that are somebody else's job, followed to their end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers import actions
from customers.actions import follow_throughs
from customers.actions.follow_throughs import AlreadyDone, NotHere, NotTheirs, TooLate
from customers.forms import AnswerForm, GiveForm, QuestionForm, ToldForm
from customers.models import Customer, FollowThrough
from customers.rules import initial_of_last_name
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import SALES, SERVICE

EVERYBODY = SERVICE | SALES
SOON = timedelta(hours=2)


@role_required(*EVERYBODY)
@one_time
def question_new(request: Request, pk: int) -> HttpResponse:
    """Take a question of this customer's that somebody else can answer."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    return answer_question(request, customer, back=customer.get_absolute_url())


def answer_question(request: Request, customer: Customer, *, back: str) -> HttpResponse:
    """The form of a question, or what came of it.  Upper storeys that know whose page it is call this too."""
    now = timezone.now()
    initial = {"due_at": timezone.localtime(now + SOON), "visit": request.GET.get("visit", "")[:40]}
    posted = request.POST if request.method == "POST" else None
    form = QuestionForm(posted, rooftop=request.rooftop, now=now, initial=initial)
    if posted is not None and form.is_valid():
        try:
            taken = follow_throughs.take(
                customer=customer, rooftop=request.rooftop, **form.cleaned_data, by=request.user, at=now
            )
            return go(request, taken.get_absolute_url())
        except NotHere:
            form.add_error("owner", "Choose somebody who works here.")
    context = {
        "name": initial_of_last_name(customer.name) if request.counter_view else customer.name,
        "form": form,
        "back": back,
    }
    return render(request, "customers/question_new.html", context, status=422 if form.is_bound else 200)


def _rows() -> Any:
    return FollowThrough.objects.select_related("customer", "rooftop", "owner", "taken_by", "done_by", "told_by")


@role_required(*EVERYBODY)
@one_time
def follow_through(request: Request, pk: int) -> HttpResponse:
    """One question; posting answers it, says that the customer was told, or gives it to somebody else (`do`)."""
    found = fetch(_rows(), request.user, EVERYBODY, pk=pk)
    now = timezone.now()
    if request.method == "POST" and (step := STEPS.get(request.POST.get("do", ""))):
        return step(request, found, now)
    actions.look(customer=found.customer, why=str(found), by=request.user, at=now, rooftop=request.rooftop)
    return _page(request, found, now)


def _page(request: Request, found: FollowThrough, now: datetime, **bound: forms.Form) -> HttpResponse:
    context = {
        "question": found,
        "name": initial_of_last_name(found.customer.name) if request.counter_view else found.customer.name,
        "answering": AnswerForm(),
        "telling": ToldForm(),
        "giving": GiveForm(rooftop=found.rooftop),
        **bound,
        "bad": next(iter(bound.values()), None),
        "is_theirs": request.user.pk in (found.owner_id, found.taken_by_id),
        "is_late": found.told_at is None and found.due_at < now,
        "may_see_customer": bool(request.staff_kinds & SERVICE),
        "now": now,
    }
    return render(request, "customers/question.html", context, status=422 if bound else 200)


def _do(request: Request, found: FollowThrough, now: datetime, action: Callable[[], None], done: str) -> HttpResponse:
    try:
        action()
    except NotTheirs:
        messages.warning(request, f"{found.owner.name} answers this, and {found.taken_by.name} sees it through.")
    except AlreadyDone:
        messages.warning(request, "Somebody was quicker. What they did is below.")
    else:
        offer_undo(request, done, reverse("customers:question-undo", args=[found.pk]), at=now)
    return go(request, found.get_absolute_url())


def _answer(request: Request, found: FollowThrough, now: datetime) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, found, now, answering=form)
    words = form.cleaned_data["answer"]
    return _do(
        request,
        found,
        now,
        lambda: follow_throughs.answer(question=found, words=words, by=request.user, at=now),
        "Answered. Now the customer is to hear it.",
    )


def _tell(request: Request, found: FollowThrough, now: datetime) -> HttpResponse:
    form = ToldForm(request.POST)
    if not form.is_valid():
        return _page(request, found, now, telling=form)
    how = form.cleaned_data["how"]
    return _do(
        request,
        found,
        now,
        lambda: follow_throughs.tell(question=found, how=how, by=request.user, at=now),
        "The customer has the answer.",
    )


def _give(request: Request, found: FollowThrough, now: datetime) -> HttpResponse:
    form = GiveForm(request.POST, rooftop=found.rooftop)
    if not form.is_valid():
        return _page(request, found, now, giving=form)
    owner = form.cleaned_data["owner"]
    try:
        follow_throughs.give(question=found, owner=owner, by=request.user, at=now)
        messages.info(request, f"It is {owner.name}'s to answer now.")
    except NotTheirs:
        messages.warning(request, f"{found.owner.name} answers this, and {found.taken_by.name} sees it through.")
    except AlreadyDone:
        messages.warning(request, "It is answered already. What they said is below.")
    return go(request, found.get_absolute_url())


STEPS = {"answer": _answer, "tell": _tell, "give": _give}


@require_POST
@role_required(*EVERYBODY)
@one_time
def question_undo(request: Request, pk: int) -> HttpResponse:
    found = fetch(FollowThrough.objects.all(), request.user, EVERYBODY, pk=pk)
    try:
        follow_throughs.undo(question=found, by=request.user, at=timezone.now())
        messages.info(request, "Taken back.")
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, found.get_absolute_url())
