"""What the service lane and this app announce becomes a task here.  Nothing else happens in a receiver."""

from typing import Any

from django.dispatch import receiver

from dealership.tasks import enqueue
from recommendations import tasks
from recommendations.signals import decision_recorded
from service_lane.signals import (
    appointment_booked,
    inspection_completed,
    repair_order_closed,
    repair_order_opened,
    repair_order_signed,
)


@receiver(inspection_completed)
def on_inspection_completed(sender: Any, inspection_id: int, **_: Any) -> None:
    enqueue(tasks.draft_from_inspection, inspection_id=inspection_id)


@receiver([repair_order_opened, repair_order_signed])
def on_repair_order_opened(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(tasks.draft_requested, repair_order_id=repair_order_id)
    enqueue(tasks.record_named, repair_order_id=repair_order_id)


@receiver(repair_order_closed)
def on_repair_order_closed(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(tasks.start_follow_ups, repair_order_id=repair_order_id)


@receiver([repair_order_opened, decision_recorded])
def on_car_here(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(tasks.follow_car, repair_order_id=repair_order_id)


@receiver(appointment_booked)
def on_appointment_booked(sender: Any, appointment_id: int, **_: Any) -> None:
    enqueue(tasks.follow_booking, appointment_id=appointment_id)
