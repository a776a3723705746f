"""What the lower apps and the advisor's question announce becomes a task here.  Nothing else happens in a receiver."""

from typing import Any

from django.dispatch import receiver

from dealership.tasks import enqueue
from recommendations.signals import decision_recorded, estimate_changed
from sales_handoff import tasks
from sales_handoff.signals import customer_said_yes, handoff_queued
from service_lane.signals import repair_order_closed


@receiver(estimate_changed)
@receiver(decision_recorded)
def on_estimate_changed(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(tasks.evaluate, repair_order_id=repair_order_id)


@receiver(customer_said_yes)
def on_customer_said_yes(sender: Any, ask_id: int, **_: Any) -> None:
    enqueue(tasks.queue, ask_id=ask_id)


@receiver(handoff_queued)
def on_handoff_queued(sender: Any, handoff_id: int, **_: Any) -> None:
    enqueue(tasks.pass_on, handoff_id=handoff_id)


@receiver(repair_order_closed)
def on_repair_order_closed(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(tasks.score_car, repair_order_id=repair_order_id)
