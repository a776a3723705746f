"""The advisor's side of the link: send it, take it back, turn it off."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from recommendations import estimate
from recommendations.actions import links
from recommendations.actions.presenting import CannotPresent
from recommendations.models import CustomerLink
from recommendations.views.lines import orders, refused_page
from recommendations.views.presenting import versions_seen


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
            as_seen=versions_seen(request),
        )
    except CannotPresent as refused:
        return refused_page(request, order, str(refused))
    undo = reverse("recommendations:undo-send", args=[sent.link.pk])
    offer_undo(request, f"On its way to the customer of {order} in a few seconds.", undo, at=at)
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
