"""What becomes of advice, and of the record, when a customer asked to be forgotten.

The storey that sees every table calls this inside its own transaction.  It blanks and it ends; it takes no words and no
price from whoever calls it, so nothing about what is advised can be changed through here (promise 8).
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from customers.models import Customer, PrivacyRequest
from recommendations.actions import record
from recommendations.models import Advisory, CustomerLink, FollowUp, RecordEntry
from service_lane.models import RepairOrder

ERASED = "Erased"


def end_advice(people: Collection[int], at: datetime) -> None:
    """No reminder leaves and no link works any more; where links went is not kept."""
    theirs = FollowUp.objects.filter(customer__in=people)
    theirs.filter(stopped_at=None).update(stopped_at=at, stop_reason=FollowUp.Stop.OPTED_OUT)
    theirs.update(due_why=ERASED)
    links = CustomerLink.objects.filter(repair_order__customer__in=people)
    links.revoke(at=at)
    links.update(contact="")


def blank_advice(orders: Collection[int]) -> None:
    """What their own words were the ground of.  What was shown and answered is blanked by the database's own gate."""
    Advisory.objects.filter(repair_order__in=orders).update(ground_text=ERASED)


def say_in_the_record(request: PrivacyRequest, customer: Customer, orders: Iterable[RepairOrder], at: datetime) -> None:
    """One entry for each order, which names the entries that are emptied: without it an empty one is a broken one."""
    for order in orders:
        entries = list(RecordEntry.objects.filter(repair_order=order).order_by("sequence"))
        if entries:
            record.append(
                rooftop=order.rooftop,
                kind=RecordEntry.Kind.ERASED,
                repair_order=order,
                row_id=request.pk,
                payload=record.erased_payload(customer, entries),
                at=at,
            )
