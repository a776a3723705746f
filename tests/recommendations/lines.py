"""Findings, catalog and lines for the tests of advice.  All invented."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from recommendations.actions import drafting, presenting
from recommendations.models import Advisory, Presentation
from service_lane.models import (
    Concern,
    Inspection,
    InspectionItem,
    OpCode,
    Photo,
    Reading,
    RepairOrder,
    RequestedService,
)
from tests.cast import AT, Cast

PADS = {
    "description": "Front pads, set",
    "number": "45022",
    "quantity": "1",
    "unit_price": "118.40",
    "state": "new_oem",
}
KIT = {"description": "Hardware kit", "number": "45018", "quantity": "1", "unit_price": "22.10", "state": "new_non_oem"}


def make_op_code(cast: Cast, code: str = "41BRKF", **fields: Any) -> OpCode:
    defaults: dict[str, Any] = {
        "rooftop": cast.north,
        "code": code,
        "name": "Replace the front brake pads",
        "nature": OpCode.Nature.SAFETY,
        "labor_hours": Decimal("1.40"),
        "parts_kit": [PADS, KIT],
        "what_it_is": "Brake pads press on the discs to stop the car.",
        "why_it_matters": "Thin pads take longer to stop it.",
        "if_you_wait": "The pads can wear through and hurt the discs.",
        "horizon": "4 to 8 weeks",
    }
    return OpCode.objects.create(**{**defaults, **fields})


def make_inspection(cast: Cast, order: RepairOrder, *, complete: bool = True) -> Inspection:
    return Inspection.objects.create(
        repair_order=order,
        template_name="Multi-point",
        technician=cast.tess,
        started_at=AT - timedelta(minutes=50),
        completed_at=AT - timedelta(minutes=5) if complete else None,
        completed_by=cast.tess if complete else None,
    )


def make_item(
    cast: Cast,
    inspection: Inspection,
    key: str = "front-pads",
    *,
    readings: dict[str, str] | None = None,
    **fields: Any,
) -> InspectionItem:
    """Front pads at 2 mm: red, read with a gauge by Tess."""
    defaults: dict[str, Any] = {
        "inspection": inspection,
        "section": "Brakes",
        "position": InspectionItem.objects.filter(inspection=inspection).count() + 1,
        "key": key,
        "name": "Front pads",
        "op_code": "41BRKF",
        "unit": "mm",
        "positions": ["LF", "RF"],
        "green_from": Decimal(6),
        "red_to": Decimal(3),
        "new_value": Decimal(11),
        "threshold_source": "Common limit of multi-point forms.",
        "condition": "red",
        "computed": "red",
        "by": cast.tess,
        "at": AT - timedelta(minutes=20),
    }
    item = InspectionItem.objects.create(**{**defaults, **fields})
    for position, value in ({"LF": "2", "RF": "4"} if readings is None else readings).items():
        Reading.objects.create(item=item, position=position, value=value, unit=item.unit, by=cast.tess, at=item.at)
    return item


def make_seen_item(cast: Cast, inspection: Inspection, key: str = "shaft-boots", **fields: Any) -> InspectionItem:
    """A torn boot: yellow, by eye, with a photo."""
    eye: dict[str, Any] = {
        "name": "Driveshaft boots",
        "op_code": "45BOOT",
        "unit": "",
        "positions": [],
        "green_from": None,
        "red_to": None,
        "new_value": None,
        "threshold_source": "",
        "condition": "yellow",
        "computed": "",
        "note": "The left boot is split",
    }
    item = make_item(cast, inspection, key, readings={}, **{**eye, **fields})
    make_photo(cast, item)
    return item


def make_photo(cast: Cast, item: InspectionItem) -> Photo:
    return Photo.objects.create(
        rooftop=cast.north, item=item, status="ready", sha256="ab" * 32, by=cast.tess, taken_at=AT, caption="Left front"
    )


def make_request(cast: Cast, order: RepairOrder, code: str = "01OIL", **fields: Any) -> RequestedService:
    oil = {"description": "Oil, quart", "number": "08798", "quantity": "5", "unit_price": "9.00", "state": "new_oem"}
    defaults: dict[str, Any] = {
        "repair_order": order,
        "concern": Concern.objects.filter(repair_order=order).first(),
        "op_code": code,
        "name": "Oil and filter",
        "nature": "maintenance",
        "labor_hours": Decimal("0.30"),
        "labor": Decimal("50.40"),
        "parts": [oil],
        "parts_total": Decimal("45.00"),
        "tax": Decimal("3.71"),
        "total": Decimal("99.11"),
    }
    return RequestedService.objects.create(**{**defaults, **fields})


def drafted(cast: Cast, order: RepairOrder) -> list[Advisory]:
    """Two lines of a completed inspection: red pads at $390.50 and a yellow boot at $168.00."""
    make_op_code(cast)
    make_op_code(cast, "45BOOT", name="Replace the left shaft boot", labor_hours=Decimal(1), parts_kit=[])
    inspection = make_inspection(cast, order)
    make_item(cast, inspection)
    make_seen_item(cast, inspection)
    return drafting.draft_from_inspection(inspection=inspection, at=AT)


def shown(
    cast: Cast, order: RepairOrder, lines: list[Advisory] | None = None, channel: str = "counter"
) -> Presentation:
    """All drafted lines, put before the customer by Ada."""
    return presenting.present(
        repair_order=order,
        advisories=drafted(cast, order) if lines is None else lines,
        channel=channel,
        to_name="Theo Brandt",
        to_contact="+14155550142",
        by=cast.ada,
        at=AT,
    )
