"""What the service lane announces becomes a task here.  Nothing else happens in a receiver."""

from typing import Any

from django.dispatch import receiver

from dealership.tasks import enqueue
from recommendations import tasks
from service_lane.signals import inspection_completed, repair_order_opened, repair_order_signed


@receiver(inspection_completed)
def on_inspection_completed(sender: Any, inspection_id: int, **_: Any) -> None:
    enqueue(tasks.draft_from_inspection, inspection_id=inspection_id)


@receiver([repair_order_opened, repair_order_signed])
def on_repair_order_opened(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(tasks.draft_requested, repair_order_id=repair_order_id)
