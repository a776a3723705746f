"""The figures of a day or a week that follow from what came in: promises and comebacks.

Each is one statement over the week around the day, grouped by the rooftop's own days.
"""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate

from dealership.figures import Figure, Period, percent, share
from service_lane.models import RepairOrder, RequestedService

COMEBACK_WITHIN = timedelta(days=30)


def figures(period: Period, at: datetime) -> list[Figure]:
    """Promises kept and comebacks, in two queries."""
    return [promises_kept(period, at), comebacks(period)]


def promises_kept(period: Period, at: datetime) -> Figure:
    """Of the first promises that fell due, those that were kept."""
    starts, ends = period.week_bounds
    rows = (
        RepairOrder.objects.filter(rooftop=period.rooftop, source=RepairOrder.Source.LANE)
        .exclude(status=RepairOrder.Status.VOID)
        .filter(first_promised_at__gte=starts, first_promised_at__lt=min(ends, at))
        .annotate(day=TruncDate("first_promised_at", tzinfo=period.rooftop.zone))
        .values("day")
        .annotate(due=Count("pk"), kept=Count("pk", filter=Q(ready_at__lte=F("first_promised_at"))))
        .order_by("day")
    )
    kept, due, drawn = share(period, {row["day"]: (row["kept"], row["due"]) for row in rows})
    return Figure(
        "promises",
        "Promises kept",
        percent(kept, due),
        "%",
        f"{kept} of {due} that fell due" if due else "No promise fell due.",
        "The first time a customer was promised, not a later one. Kept: the car was ready by then. "
        "Orders imported from elsewhere are left out, because they do not say when a car was ready.",
        drawn,
    )


def comebacks(period: Period) -> Figure:
    """Of the cars written up, those that were here for the same operation within 30 days."""
    starts, ends = period.week_bounds
    same = RequestedService.objects.filter(
        repair_order__vehicle=OuterRef("vehicle"),
        repair_order__opened_at__lt=OuterRef("opened_at"),
        repair_order__closed_at__gte=OuterRef("opened_at") - COMEBACK_WITHIN,
        op_code__in=RequestedService.objects.filter(repair_order=OuterRef(OuterRef("pk"))).values("op_code"),
    )
    rows = (
        RepairOrder.objects.filter(rooftop=period.rooftop, opened_at__gte=starts, opened_at__lt=ends)
        .exclude(status=RepairOrder.Status.VOID)
        .annotate(day=TruncDate("opened_at", tzinfo=period.rooftop.zone), again=Q(is_comeback=True) | Exists(same))
        .values("day")
        .annotate(cars=Count("pk"), back=Count("pk", filter=Q(again=True)))
        .order_by("day")
    )
    back, cars, drawn = share(period, {row["day"]: (row["back"], row["cars"]) for row in rows})
    return Figure(
        "comebacks",
        "Comebacks",
        str(back) if cars else "",
        "car" if back == 1 else "cars",
        f"of {cars} written up" if cars else "No car was written up.",
        "A car written up for an operation it was also written up for on a visit that closed in the 30 days before, or "
        "one that its imported order calls a comeback. The same fault under another operation is not seen.",
        drawn,
    )
