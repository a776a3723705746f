"""Importing a DMS export: minutes of work that no request should wait for."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from customers.tasks import sweep_households
from dealership.tasks import enqueue
from service_lane.actions.dms_import import run_import
from service_lane.models import DmsImport

QUICK = timedelta(seconds=15)  # by then the worker should have had its turn


@shared_task(name="service_lane.imports.run", acks_late=True)
def import_export(*, dms_import_id: int) -> None:
    """Import one file that was started.  Twice, or by two workers, is the same as once."""
    if run_import(dms_import_id=dms_import_id, now=timezone.now):
        enqueue(sweep_households)


@shared_task(name="service_lane.imports.sweep", acks_late=True)
def sweep_imports() -> None:
    """Take up imports whose task was lost or whose worker died: the row is the message."""
    late = DmsImport.objects.unfinished().filter(created_at__lt=timezone.now() - QUICK)
    for pk in late.order_by("created_at", "pk").values_list("pk", flat=True)[:20]:
        run_import(dms_import_id=pk, now=timezone.now)
