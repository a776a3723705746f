"""What somebody is to the business, as parts: visits and dollars, each with where the number comes from.  No score.

The referral page belongs to a lower storey and asks for it by address.  Without htmx it is a page of its own.
"""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Sum
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions as customers
from customers.models import Customer, Referral
from customers.views.referrals import MOST
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry
from service_lane.models import RepairOrder, ServiceLine


@require_GET
@role_required(*SERVICE)
def customer_worth(request: Request, pk: int) -> HttpResponse:
    """For htmx: visits and dollars of this customer and visits of whom they sent, put where the page has places.

    Rooftops where the person looking does not work are left out, and counter view says no amount.
    """
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    below = list(Referral.objects.all().below(customer.pk))[:MOST]
    orders = RepairOrder.objects.visible_to(request.user).exclude(status=RepairOrder.Status.VOID)
    visits = _visits(orders.filter(customer__in=[pk, *below]))
    sent = Referral.objects.filter(sent__in=below).order_by("at", "pk").values("pk", "sent_id", "sent__name")
    context = {
        "customer": customer,
        "visits": visits.get(pk, {"visits": 0, "first": None}),
        "parts": [] if request.counter_view else _dollars(orders.filter(customer=pk)),
        "sent": [row | visits.get(row["sent_id"], {"visits": 0, "first": None}) for row in sent],
    }
    if request.htmx:
        return render(request, "service_lane/customer_worth.html#places", context)
    customers.look(customer=customer, why="worth", by=request.user, at=timezone.now(), rooftop=request.rooftop)
    return render(request, "service_lane/customer_worth.html", context)


def _visits(orders: Any) -> dict[int, dict[str, int | datetime]]:
    rows = orders.order_by().values("customer").annotate(visits=Count("pk"), first=Min("opened_at"))
    return {row["customer"]: {"visits": row["visits"], "first": row["first"]} for row in rows}


def _dollars(orders: Any) -> list[dict[str, Any]]:
    """Dollars the customer was billed, by where the bill was made; a bill of ours counts over an imported one."""
    invoices = Entry.objects.filter(
        event="order.invoiced", about_type=RepairOrder._meta.label_lower, about_id__in=orders.values("pk")
    )
    ours: dict[int, Decimal] = {
        pk: Decimal(total)
        for pk, total in invoices.annotate(total=KeyTextTransform("total", "detail")).values_list("about_id", "total")
    }
    lines = ServiceLine.objects.filter(repair_order__in=orders, pay_type=ServiceLine.PayType.CUSTOMER)
    theirs: dict[int, Decimal] = defaultdict(Decimal)
    for pk, tax, total in (
        lines.exclude(repair_order__in=list(ours))
        .order_by()
        .values_list("repair_order", "repair_order__dms_tax")
        .annotate(total=Sum(F("labor") + F("parts") + F("misc")))
    ):
        theirs[pk] += total + (tax or 0)
    parts = (
        (ours, "invoice made here", "invoices made here"),
        (theirs, "imported repair order", "imported repair orders"),
    )
    return [
        {"total": sum(found.values(), Decimal(0)), "count": len(found), "source": one if len(found) == 1 else many}
        for found, one, many in parts
        if found
    ]
