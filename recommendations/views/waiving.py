"""The page a customer signs to have no written estimate, up to an amount they name."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from recommendations import authority
from recommendations.actions import waiving
from recommendations.actions.presenting import CannotPresent
from recommendations.forms.answers import WaiverForm
from recommendations.models import EstimateWaiver
from recommendations.views.lines import orders


@one_time
@role_required(*COUNTER)
def waiver(request: Request, pk: int) -> HttpResponse:
    """What they sign, and the amount; once signed, what was signed."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    at = timezone.now()
    form = WaiverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            waiving.waive(
                repair_order=order, most=said["most"], signed_name=said["signed_name"], by=request.user, at=at
            )
            return go(request, reverse("recommendations:estimate", args=[order.pk]))
        except (waiving.CannotWaive, CannotPresent) as cannot:
            form.add_error(None, str(cannot))
    context = {
        "order": order,
        "form": form,
        "words": waiving.WORDS,
        "policy": authority.in_force(order, at),
        "signed": EstimateWaiver.objects.filter(repair_order=order).first(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/waiver.html", context, status=status)
