"""Closing a repair order: what is still in the way, the miles on the car, and the last look."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from dealership.undo import UNDO_FOR
from recommendations import documents
from recommendations.actions import closing
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Invoice
from recommendations.views.lines import orders, refused_page
from service_lane.models import Inspection, RepairOrder

MOST_MILES = 2_000_000
ENTER_MILES = "Enter the miles on the car now, like 71,912."


def read_miles(typed: str) -> int | None:
    """An odometer as typed; None when it is no number of miles a car can have."""
    digits = typed.replace(",", "").strip()
    miles = int(digits) if digits.isdecimal() and len(digits) < 9 else None
    return None if miles is None or miles > MOST_MILES else miles


@one_time
@role_required(*COUNTER)
def close(request: Request, pk: int) -> HttpResponse:
    """The page with what is left to do; posting it closes the order, or says why it stays open."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    typed = request.POST.get("odometer_out", "").replace(",", "").strip()
    problem = ""
    if request.method == "POST":
        miles = read_miles(typed)
        if miles is None:
            problem = ENTER_MILES
        else:
            try:
                at = timezone.now()
                closing.close(repair_order=order, odometer_out=miles, by=request.user, at=at)
                undo = reverse("recommendations:close-undo", args=[order.pk])
                offer_undo(request, f"{order} is closed.", undo, at=at)
                return go(request, _paper_of(order))
            except closing.CannotClose as cannot:
                problem = next((one.sentence for one in cannot.blockers if one.about == "miles"), "")
            except CannotPresent as cannot:
                return refused_page(request, order, str(cannot))
    lines = documents.answered_lines(order)
    context = {
        "order": order,
        "blockers": [(one.sentence, _fix(order, one)) for one in closing.blockers(order)],
        "typed": typed or _miles_on_the_bill(order),
        "problem": problem,
        "failed": request.method == "POST",
        "bill": Invoice.objects.filter(repair_order=order).first(),
        "seconds": int(UNDO_FOR.total_seconds()),
        "counts": {
            "done": sum(1 for one in lines if one["work"] == "done"),
            "declined": sum(1 for one in lines if one["answer"] in ("declined", "deferred", "withdrawn")),
            "unanswered": sum(1 for one in lines if not one["answer"]),
            "open": sum(1 for one in lines if one["answer"] != "approved"),
        },
        "inspection": Inspection.objects.filter(repair_order=order).first(),
        "is_open": order.status == RepairOrder.Status.OPEN,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/close.html", context, status=status)


def _fix(order: RepairOrder, blocker: closing.Blocker) -> str:
    """The page where a blocker is put right."""
    match blocker.about:
        case "inspection":
            return Inspection.objects.get(repair_order=order).get_absolute_url()
        case "work":
            return f"{order.get_absolute_url()}#order-lines"
        case "bill":
            return reverse("recommendations:invoice", args=[order.pk])
        case "notice":
            return reverse("recommendations:declined-notice", args=[order.pk])
        case "wait":
            return reverse("recommendations:close", args=[order.pk])
    return f"{reverse('recommendations:estimate', args=[order.pk])}#line-{blocker.advisory_id}"


def _miles_on_the_bill(order: RepairOrder) -> str:
    """The miles read when the bill was made, to start from; "" when nobody looked."""
    miles = Invoice.objects.filter(repair_order=order).values_list("document__odometer_out", flat=True).first()
    return str(miles or "")


def _paper_of(order: RepairOrder) -> str:
    """Where closing leads: to what the customer takes home, when something is to be printed, else to the order."""
    billed, declined = Invoice.objects.filter(repair_order=order).exists(), bool(documents.not_agreed(order))
    if billed and declined:
        return reverse("recommendations:handover", args=[order.pk])
    if declined:
        return reverse("recommendations:declined-notice", args=[order.pk])
    return order.get_absolute_url()
