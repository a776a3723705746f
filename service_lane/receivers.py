"""What customers and the service lane announce becomes a task here.  Nothing else happens in a receiver."""

from typing import Any

from django.dispatch import receiver

from customers.signals import customer_changed
from dealership.tasks import enqueue
from service_lane.signals import import_finished, import_started, photo_added, repair_order_closed
from service_lane.tasks import compare_customer, compare_imported, decode_photo, import_export, plan_check_in


@receiver(photo_added)
def on_photo_added(sender: Any, photo_id: int, **_: Any) -> None:
    enqueue(decode_photo, photo_id=photo_id)


@receiver(import_started)
def on_import_started(sender: Any, dms_import_id: int, **_: Any) -> None:
    enqueue(import_export, dms_import_id=dms_import_id)


@receiver(repair_order_closed)
def on_repair_order_closed(sender: Any, repair_order_id: int, **_: Any) -> None:
    enqueue(plan_check_in, repair_order_id=repair_order_id)


@receiver(customer_changed)
def on_customer_changed(sender: Any, customer_id: int, **_: Any) -> None:
    enqueue(compare_customer, customer_id=customer_id)


@receiver(import_finished)
def on_import_finished(sender: Any, dms_import_id: int, **_: Any) -> None:
    enqueue(compare_imported, dms_import_id=dms_import_id)
