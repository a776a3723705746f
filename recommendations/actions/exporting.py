"""One repair order, handed to an inspector as one file."""

from datetime import datetime

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from recommendations import export as exports
from service_lane.models import RepairOrder


@transaction.atomic(durable=True)
def export(*, repair_order: RepairOrder, by: Staff, at: datetime) -> exports.Bundle:
    """Everything about the order, ready to be streamed.  The audit trail keeps who took it, and the fingerprint of its
    list of fingerprints: with that, any copy can be told from a changed one later."""
    bundle = exports.bundle(repair_order, at)
    audit.record(
        "order.exported",
        about=repair_order,
        by=by,
        at=at,
        sha256sums=bundle.sums,
        files=len(bundle.files),
        photos=len(bundle.photos),
    )
    return bundle
