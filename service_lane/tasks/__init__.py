"""What the worker does for the service lane: ids in, one action.  Celery finds the tasks by importing this package."""

from service_lane.tasks.check_ins import plan_check_in, sweep_check_ins
from service_lane.tasks.dms_import import import_export, sweep_imports
from service_lane.tasks.duplicates import compare_customer, compare_imported, sweep_duplicates
from service_lane.tasks.photos import decode_photo, sweep_photos

__all__ = [
    "compare_customer",
    "compare_imported",
    "decode_photo",
    "import_export",
    "plan_check_in",
    "sweep_check_ins",
    "sweep_duplicates",
    "sweep_imports",
    "sweep_photos",
]
