"""The hand-off queue as rows of a file, for the sales manager; each taking is kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from customers.models import Look
from dealership import audit
from dealership.models import Rooftop, Staff
from sales_handoff.models import Handoff
from sales_handoff.rules.sheets import safe_cell

LOOKS_BACK = timedelta(days=91)
HEAD = (
    *("RO", "Customer", "Car", "VIN", "Stands", "Said yes", "Car leaves", "Where", "In their words"),
    *("Today's work", "Value low", "Value high", "Tier"),
    *("Claimed by", "Claimed", "Set out", "Met", "Valued", "Outcome", "Outcome at", "Note"),
)


@transaction.atomic(durable=True)
def export_queue(*, rooftop: Rooftop, by: Staff, at: datetime) -> list[list[str]]:
    """The head and the rows: everything open, and what ended in the last quarter, the newest last.

    Each customer who is named in it was looked at by whoever takes it.  Whoever took their yes back is in it without a
    name and without words.  Times are the rooftop's own.
    """
    named: set[int] = set()
    rows = list(_rows(rooftop, at, named))
    why = "hand-off queue as a file"
    Look.objects.bulk_create(
        Look(customer_id=customer, by=by, rooftop=rooftop, why=why, at=at) for customer in sorted(named)
    )
    audit.record("handoffs.exported", about=rooftop, rooftop=rooftop, by=by, at=at, rows=len(rows))
    return [list(HEAD), *rows]


def _rows(rooftop: Rooftop, at: datetime, named: set[int]) -> Iterator[list[str]]:
    """One row for each hand-off; who is named in one is put into `named`."""
    wanted = Handoff.objects.filter(rooftop=rooftop).filter(
        Q(status__in=(Handoff.Status.WAITING, Handoff.Status.CLAIMED)) | Q(created_at__gt=at - LOOKS_BACK)
    )
    still = set(wanted.still_yes().values_list("pk", flat=True))
    rows = wanted.select_related("customer", "ask__evaluation", "repair_order__vehicle", "claimed_by")

    def when(moment: datetime | None) -> str:
        return f"{moment.astimezone(rooftop.zone):%Y-%m-%d %H:%M}" if moment else ""

    for row in rows.order_by("created_at", "pk"):
        car, evaluation = row.repair_order.vehicle, row.ask.evaluation
        is_yes = row.pk in still and row.status != Handoff.Status.WITHDRAWN
        named |= {row.customer_id} if is_yes else set()
        cells = (
            *(row.repair_order.number, row.customer.name if is_yes else "", car.title if car else ""),
            *((car.vin if car and is_yes else ""), row.get_status_display(), when(row.ask.at), when(row.leaves_at)),
            *((row.ask.where, row.ask.words) if is_yes else ("", "")),
            *(
                (evaluation.repair_total, evaluation.value_low, evaluation.value_high, evaluation.get_tier_display())
                if evaluation
                else ("", "", "", "")
            ),
            *(row.claimed_by.name if row.claimed_by else "", when(row.claimed_at), when(row.walking_at)),
            *(when(row.met_at), when(row.appraised_at), row.get_outcome_display(), when(row.outcome_at)),
            row.outcome_note if is_yes else "",
        )
        yield [safe_cell(cell) for cell in cells]
