"""Closing a repair order: what is still in the way, the miles on the car, and the last look."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from recommendations import documents
from recommendations.actions import closing
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Invoice
from recommendations.views.lines import orders, refused_page
from service_lane.models import RepairOrder

MOST_MILES = 2_000_000


@one_time
@role_required(*COUNTER)
def close(request: Request, pk: int) -> HttpResponse:
    """The page with what is left to do; posting it closes the order, or says why it stays open."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    typed = request.POST.get("odometer_out", "").replace(",", "").strip()
    problem = ""
    if request.method == "POST":
        miles = int(typed) if typed.isdecimal() and len(typed) < 9 else None
        if miles is None or miles > MOST_MILES:
            problem = "Enter the miles on the car now, like 71,912."
        else:
            try:
                at = timezone.now()
                closing.close(repair_order=order, odometer_out=miles, by=request.user, at=at)
                undo = reverse("recommendations:close-undo", args=[order.pk])
                offer_undo(request, f"{order} is closed.", undo, at=at)
                return go(request, _paper_of(order))
            except closing.CannotClose as cannot:
                problem = next((one.sentence for one in cannot.blockers if one.is_about_miles), "")
            except CannotPresent as cannot:
                return refused_page(request, order, str(cannot))
    lines = documents.answered_lines(order)
    context = {
        "order": order,
        "blockers": closing.blockers(order),
        "typed": typed,
        "problem": problem,
        "failed": request.method == "POST",
        "bill": Invoice.objects.filter(repair_order=order).first(),
        "counts": {
            "done": sum(1 for one in lines if one["work"] == "done"),
            "declined": sum(1 for one in lines if one["answer"] in ("declined", "deferred")),
            "unanswered": sum(1 for one in lines if not one["answer"]),
        },
        "is_open": order.status == RepairOrder.Status.OPEN,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/close.html", context, status=status)


def _paper_of(order: RepairOrder) -> str:
    """Where closing leads: to the notice when nothing was agreed and something was declined, else to the order."""
    declined = not Invoice.objects.filter(repair_order=order).exists() and documents.not_agreed(order)
    return reverse("recommendations:declined-notice", args=[order.pk]) if declined else order.get_absolute_url()
