"""The figure of hand-offs for a day or a week: met before the car left."""

from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from dealership.figures import Figure, Period, percent, share
from sales_handoff.models import Handoff


def figures(period: Period, at: datetime) -> list[Figure]:
    """Hand-offs met before leaving, in one query."""
    starts, ends = period.week_bounds
    due = (
        Handoff.objects.filter(rooftop=period.rooftop, leaves_at__gte=starts, leaves_at__lt=ends)
        .exclude(status=Handoff.Status.WITHDRAWN)
        .filter(Q(leaves_at__lte=at) | Q(status=Handoff.Status.DONE))
    )
    met = Q(status=Handoff.Status.DONE) & ~Q(outcome=Handoff.Outcome.NOT_REACHED)
    rows = (
        due.annotate(day=TruncDate("leaves_at", tzinfo=period.rooftop.zone))
        .values("day")
        .annotate(every=Count("pk"), met=Count("pk", filter=met))
        .order_by("day")
    )
    some, every, drawn = share(period, {row["day"]: (row["met"], row["every"]) for row in rows})
    return [
        Figure(
            "handoffs",
            "Hand-offs met before leaving",
            percent(some, every),
            "%",
            f"{some} of {every} customers who said yes" if every else "Nobody who said yes to a talk has left.",
            "Customers who said yes to a talk with sales and whose car was due to leave in these days: met, by the "
            "outcome written down. One without an outcome by then counts as not met; one taken back is left out.",
            drawn,
        )
    ]
