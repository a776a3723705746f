"""What a customer said to sales: written down from their hand-off, which is how the floor knows them."""

from django.http import HttpResponse
from django.urls import reverse

from customers.views.feedback import answer_said
from customers.views.follow_throughs import answer_question
from dealership.http import Request, fetch, one_time, role_required
from dealership.models import SALES
from sales_handoff.models import Handoff


@role_required(*SALES)
@one_time
def said(request: Request, pk: int) -> HttpResponse:
    """Their words, about sales or service, with the visit of the hand-off; a dialog for htmx."""
    handoff = _handoff(request, pk)
    back = reverse("sales_handoff:handoff", args=[pk])
    return answer_said(request, handoff.customer, back=back, visit=handoff.repair_order.number)


@role_required(*SALES)
@one_time
def question(request: Request, pk: int) -> HttpResponse:
    """A question of theirs that somebody else can answer."""
    return answer_question(request, _handoff(request, pk).customer, back=reverse("sales_handoff:handoff", args=[pk]))


def _handoff(request: Request, pk: int) -> Handoff:
    """One that was not taken back: whoever took their yes back is left alone."""
    rows = Handoff.objects.exclude(status=Handoff.Status.WITHDRAWN).select_related("customer", "repair_order")
    return fetch(rows, request.user, SALES, pk=pk)
