"""Proposing who may be one person.

Records are of the customers' storey, which knows no visits; who brought which car is told it from here.
"""

from celery import shared_task
from django.utils import timezone

from customers.actions import compare_customers
from service_lane.models import RepairOrder

AT_ONCE = 10_000
"""Records of one transaction: a second or two."""
BROUGHT = (
    f"SELECT customer_id, vehicle_id FROM {RepairOrder._meta.db_table} WHERE status <> '{RepairOrder.Status.VOID}'"
)


def compare_waiting() -> None:
    """Hold everybody who is new or changed against everybody, batch by batch."""
    while compare_customers(most=AT_ONCE, visits=BROUGHT, at=timezone.now()):
        pass


@shared_task(name="service_lane.duplicates.compare", acks_late=True)
def compare_customer(*, customer_id: int) -> None:
    """Hold one that was added or corrected against everybody.  Twice is the same as once."""
    compare_customers(customers=[customer_id], most=1, visits=BROUGHT, at=timezone.now())


@shared_task(name="service_lane.duplicates.compare_imported", acks_late=True)
def compare_imported(*, dms_import_id: int) -> None:
    """Hold everybody whom an import brought, or changed, against everybody: their rows say who that is."""
    compare_waiting()


@shared_task(name="service_lane.duplicates.sweep", acks_late=True)
def sweep_duplicates() -> None:
    """Compare those whose task was lost, and those whom a write-up brought: the row is the message."""
    compare_customers(most=AT_ONCE, visits=BROUGHT, at=timezone.now())
