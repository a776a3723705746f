"""What is announced of customers becomes a task here.  Nothing else happens in a receiver."""

from typing import Any

from django.dispatch import receiver

from customers.signals import customer_changed
from customers.tasks import propose_household
from dealership.tasks import enqueue


@receiver(customer_changed)
def on_customer_changed(sender: Any, customer_id: int, **_: Any) -> None:
    enqueue(propose_household, customer_id=customer_id)
