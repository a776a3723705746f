"""Back to what this person left half done, from any page: behind R and the menu of every page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from dealership.http import Request, role_required
from dealership.models import BAY, COUNTER, SERVICE
from recommendations.models import Advisory, AdvisoryVersion
from service_lane.models import Inspection, InspectionItem, RepairOrder, WriteUp


@require_GET
@role_required(*SERVICE)
def resume(request: Request) -> HttpResponse:
    """To the write-up, inspection or estimate they touched last and did not finish, else to the board.

    It looks when somebody asks: pages and polls pay nothing for it.
    """
    me, here, left = request.user, request.rooftop, []
    is_open = {"repair_order__rooftop": here, "repair_order__status": RepairOrder.Status.OPEN}
    if request.staff_kinds & COUNTER:
        writing = WriteUp.objects.unfinished().filter(rooftop=here, advisor=me).order_by("-saved_at")
        pricing = AdvisoryVersion.objects.filter(
            written_by=me,
            presented_at=None,
            advisory__in=Advisory.objects.filter(removed_at=None, **is_open),
        ).order_by("-written_at")
        left += [(at, "service_lane:writeup", pk) for at, pk in writing.values_list("saved_at", "pk")[:1]]
        lines = pricing.values_list("written_at", "advisory__repair_order")
        left += [(at, "recommendations:estimate", pk) for at, pk in lines[:1]]
    if request.staff_kinds & BAY:
        unfinished = Inspection.objects.filter(completed_at=None, **is_open)
        looking = InspectionItem.objects.filter(by=me, inspection__in=unfinished).order_by("-at")
        left += [(at, "service_lane:inspection", pk) for at, pk in looking.values_list("at", "inspection")[:1] if at]
    if not left:
        messages.info(request, "You left nothing half done.")
        return redirect("service_lane:board")
    _, page, pk = max(left)
    return redirect(page, pk)
