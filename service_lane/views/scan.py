"""A scan at the counter: whatever the code is on, the page it is wanted for."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.models import Customer, Vehicle
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from service_lane.actions import writeup as actions
from service_lane.find import find
from service_lane.models import Appointment
from service_lane.views.writeup_here import here_already


@require_POST
@one_time
@role_required(*COUNTER)
def scan(request: Request) -> HttpResponse:
    """A car of ours that is not here: its write-up, begun with who comes with it.  Anything else as the find box."""
    code = request.POST.get("code", "").strip()
    now = timezone.now()
    only = find(code, request.rooftop, now).only if code else None
    if only is None or only.order_id or only.write_up_id or not (only.vehicle_id or only.appointment_id):
        return go(request, f"{reverse('service_lane:find')}?{urlencode({'q': code})}")
    booked = only.appointment_id
    appointment = fetch(Appointment.objects.all(), request.user, pk=booked) if booked else None
    vehicle = Vehicle.objects.filter(pk=only.vehicle_id).first() if only.vehicle_id else None
    try:
        write_up = actions.start(
            rooftop=request.rooftop,
            vehicle=vehicle,
            customer=_whose(vehicle) if vehicle and not appointment else None,
            appointment=appointment,
            by=request.user,
            at=now,
        )
    except actions.AlreadyHere as refusal:
        messages.warning(request, here_already(request, refusal.order))
        return go(request, reverse("service_lane:board"))
    if write_up.started_at == now:
        drop = reverse("service_lane:writeup-drop", args=[write_up.pk])
        offer_undo(request, "Write-up started by the scan.", drop, at=now)
    return go(request, write_up.get_absolute_url())


def _whose(vehicle: Vehicle) -> Customer | None:
    """The one person of this car.  None when there are several: then the page asks who is here."""
    people = list(Customer.objects.filter(ties__vehicle=vehicle, ties__until_date=None).distinct()[:2])
    return people[0] if len(people) == 1 else None
