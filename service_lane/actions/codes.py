"""Trouble codes read from a car: written down, taken back, or made a finding of their own."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from dealership import audit
from dealership.models import Staff
from service_lane.actions.inspection import Complete
from service_lane.models import Condition, Inspection, InspectionItem, RecordedCode, TroubleCode
from service_lane.rules.judging import CannotRule
from service_lane.rules.trouble_codes import read_code

LAMPS = "warning-lamps"
"""The item whose section the codes are in, and whose operation usually answers one."""


class IsFinding(Exception):
    """The code was made a finding, which stays on the sheet."""


class Gone(Exception):
    """Somebody took this code back already."""


def item_key(code: str) -> str:
    """The key of the item a code becomes when it is made a finding."""
    return f"code-{code.lower()}"


@transaction.atomic(durable=True)
def record_code(*, inspection: Inspection, code: str, by: Staff, at: datetime) -> RecordedCode:
    """A trouble code read from the car, with what the table says of it today; "" when it is not in the table.

    Raises CannotRule when it does not look like one, Complete.
    """
    read = read_code(code)
    if read is None:
        raise CannotRule("code", "A code is a letter (P, B, C or U) and four digits, like P0420. Type it again.")
    _open(inspection)
    known = TroubleCode.objects.filter(pk=read).first()
    recorded, is_new = RecordedCode.objects.get_or_create(
        inspection=inspection,
        code=read,
        defaults={"description": known.description if known else "", "by": by, "at": at},
    )
    if is_new:
        audit.record("trouble_code.recorded", about=inspection, by=by, at=at, code=read, known=bool(known))
    return recorded


@transaction.atomic(durable=True)
def remove_code(*, code: RecordedCode, by: Staff, at: datetime) -> None:
    """Take back a code that was typed wrong; the log keeps that it was there.  Raises Complete, IsFinding, Gone."""
    inspection = _open(code.inspection)
    if InspectionItem.objects.filter(inspection=inspection, key=item_key(code.code)).exists():
        raise IsFinding
    if not RecordedCode.objects.filter(pk=code.pk).delete()[0]:
        raise Gone
    audit.record(
        "trouble_code.removed",
        about=inspection,
        by=by,
        at=at,
        code=code.code,
        read_by=code.by.name,
    )


@transaction.atomic(durable=True)
def make_finding(*, code: RecordedCode, by: Staff, at: datetime) -> InspectionItem:
    """An item of its own for a code, "can wait" until its finder says more; asked again, the one already there.

    Like every finding it then needs a photo (of the scan tool), or a note why there is none.  Raises Complete, Gone.
    """
    inspection = _open(code.inspection)
    if not RecordedCode.objects.filter(pk=code.pk).exists():
        raise Gone
    items = InspectionItem.objects.filter(inspection=inspection)
    if already := items.filter(key=item_key(code.code)).first():
        return already
    beside = items.filter(key=LAMPS).first() or items.order_by("-position", "-pk").first()
    item = InspectionItem.objects.create(
        inspection=inspection,
        section=beside.section if beside else "Trouble codes",
        position=(items.aggregate(last=Max("position"))["last"] or 0) + 1,
        key=item_key(code.code),
        name=f"Trouble code {code.code}",
        op_code=beside.op_code if beside and beside.key == LAMPS else "",
        condition=Condition.YELLOW,
        note=code.description,
        by=by,
        at=at,
        version=1,
    )
    audit.record("trouble_code.made_finding", about=item, by=by, at=at, code=code.code, inspection=inspection.pk)
    return item


def _open(inspection: Inspection) -> Inspection:
    """The inspection, locked, if it is in progress.  Raises Complete."""
    row = Inspection.objects.select_for_update().get(pk=inspection.pk)
    if row.completed_at:
        raise Complete
    return row
