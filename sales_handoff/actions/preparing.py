"""Tomorrow's lane: each booked car looked at ahead, once for the day it is booked for."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from dealership import audit
from dealership.models import Rooftop, Staff
from sales_handoff.arriving import known_ahead
from sales_handoff.models import PreparedVisit
from sales_handoff.rules.tomorrow import days_to_prepare
from service_lane.models import Appointment

ONE_DAY = timedelta(days=1)


@transaction.atomic(durable=True)
def prepare(*, appointments: Iterable[Appointment], rooftop: Rooftop, at: datetime, by: Staff | None = None) -> int:
    """Keep what is known of these appointments of `rooftop` for their day, and return how many were new.

    Those prepared already for that day stay as they are.  It changes nothing of the appointment, and tells the
    customer nothing.
    """
    wanted = list(appointments)
    facts = known_ahead(wanted, rooftop=rooftop, at=at) if wanted else {}
    new = 0
    for one in wanted:
        found, crosses = facts[one.pk]
        _, is_new = PreparedVisit.objects.get_or_create(
            appointment=one,
            day=one.due_at.astimezone(rooftop.zone).date(),
            defaults={"rooftop": rooftop, "facts": found, "crosses": crosses, "at": at},
        )
        new += is_new
    if new:
        audit.record("lane.prepared", about=rooftop, rooftop=rooftop, by=by, at=at, cars=new)
    return new


def booked(rooftop: Rooftop, days: Iterable[date]) -> QuerySet[Appointment]:
    """Cars expected at `rooftop` on these days of its own time, in order, with who and what they are."""
    whole = sorted(days)
    starts = datetime.combine(whole[0], time.min, rooftop.zone)
    ends = datetime.combine(whole[-1] + ONE_DAY, time.min, rooftop.zone)
    return (
        Appointment.objects.arriving()
        .filter(rooftop=rooftop, due_at__gte=starts, due_at__lt=ends)
        .select_related("customer", "vehicle", "advisor")
        .order_by("due_at", "pk")
    )


def unprepared(rooftop: Rooftop, days: Iterable[date]) -> QuerySet[Appointment]:
    """Those of `booked` that nobody has looked at ahead for the day they are booked for."""
    done = PreparedVisit.objects.filter(appointment=OuterRef("pk"), day=OuterRef("on_day"))
    expected = booked(rooftop, days).alias(on_day=TruncDate("due_at", tzinfo=rooftop.zone))
    return expected.filter(~Exists(done))


def to_prepare(rooftop: Rooftop, at: datetime) -> QuerySet[Appointment]:
    """What the evening's round still has to look at, by the rooftop's own clock."""
    return unprepared(rooftop, days_to_prepare(at.astimezone(rooftop.zone), rooftop.closes_at))
