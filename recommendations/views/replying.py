"""Answering what a customer asked about a line."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from recommendations.actions import replying
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Decision, Language


def asked_about(question: Decision, typed: str = "", problem: str = "") -> dict[str, Any]:
    """A question as templates/recommendations/question_reply.html reads it."""
    return {
        "pk": question.pk,
        "words": question.question,
        "who": question.who_name,
        "at": question.at,
        "title": question.line.snapshot["title"],
        "in_spanish": question.language == Language.SPANISH,
        "replies": [{"text": one.text, "by": one.by.get_short_name(), "at": one.at} for one in question.replies.all()],
        "typed": typed,
        "problem": problem,
    }


@one_time
@role_required(*COUNTER)
def question_reply(request: Request, pk: int) -> HttpResponse:
    """One question with what we said to it, and a field for more."""
    rows = Decision.objects.questions().select_related("line", "advisory__repair_order__rooftop")
    question = fetch(rows, request.user, COUNTER, pk=pk)
    order = question.advisory.repair_order
    typed, problem = "", ""
    if request.method == "POST":
        typed = request.POST.get("reply", "")
        try:
            replying.reply(
                question=question,
                text=typed,
                language=Language.SPANISH if request.POST.get("spanish") else Language.ENGLISH,
                by=request.user,
                at=timezone.now(),
            )
            if not request.htmx:
                return go(request, question.get_absolute_url())
            question = fetch(rows, request.user, COUNTER, pk=pk)
            typed = ""
        except (replying.CannotReply, CannotPresent) as refused:
            problem = str(refused)
    context = {"order": order, "question": asked_about(question, typed, problem)}
    fragment = "#reply" if request.htmx else ""
    return render(request, f"recommendations/question_reply.html{fragment}", context, status=422 if problem else 200)
