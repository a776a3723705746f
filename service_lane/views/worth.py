"""What somebody is to the business, as parts: visits and dollars, each with where the number comes from.  No score.

The referral page belongs to a lower storey and asks for it by address.  Without htmx it is a page of its own.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions as customers
from customers.models import Customer, Purchase, Referral
from customers.views.referrals import MOST
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry
from service_lane.models import RepairOrder, ServiceLine

YEAR = timedelta(days=365)
NO_VISIT: dict[str, Any] = {"visits": 0, "lately": 0, "first": None}


@require_GET
@role_required(*SERVICE)
def customer_worth(request: Request, pk: int) -> HttpResponse:
    """For htmx: visits and dollars of this customer and visits of whom they sent, put where the page has places.

    `?as=part` is for their own page: the same and the cars bought, in one block.  Visits count wherever in the group
    they were; amounts of rooftops that do not share their history are left out, and counter view says none.
    """
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    now = timezone.now()
    below = list(Referral.objects.all().below(customer.pk))[:MOST]
    orders = RepairOrder.objects.exclude(status=RepairOrder.Status.VOID)
    visits = _visits(orders.filter(customer__in=[pk, *below]), now - YEAR)
    sent = Referral.objects.filter(sent__in=below).order_by("at", "pk").values("pk", "sent_id", "sent__name")
    told = orders.told_to(request.user).filter(customer=pk)
    context = {
        "customer": customer,
        "visits": visits.get(pk, NO_VISIT),
        "parts": [] if request.counter_view else _dollars(told),
        "this_year": [] if request.counter_view else _dollars(told.filter(opened_at__gt=now - YEAR)),
        "sent": [row | visits.get(row["sent_id"], NO_VISIT) for row in sent],
    }
    if request.htmx and request.GET.get("as") == "part":
        bought = Purchase.objects.told_to(request.user).filter(customer__in=[pk, *below])
        by_them = bought.filter(customer=pk).count()
        context |= {
            "bought": by_them,
            "bought_by_sent": bought.count() - by_them,
            "people_sent": len(below),
            "visits_by_sent": sum(visits[one]["visits"] for one in below if one in visits),
        }
        return render(request, "service_lane/customer_worth.html#part", context)
    if request.htmx:
        return render(request, "service_lane/customer_worth.html#places", context)
    customers.look(customer=customer, why="worth", by=request.user, at=now, rooftop=request.rooftop)
    return render(request, "service_lane/customer_worth.html", context)


def _visits(orders: Any, since: datetime) -> dict[int, dict[str, Any]]:
    """By customer: how many visits, how many of them since then, and when the first was."""
    lately = Count("pk", filter=Q(opened_at__gt=since))
    rows = orders.order_by().values("customer").annotate(visits=Count("pk"), lately=lately, first=Min("opened_at"))
    return {row["customer"]: row for row in rows}


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
