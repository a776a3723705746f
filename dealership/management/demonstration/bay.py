"""Cars of the demonstration in the bay: inspected, measured, photographed."""

import io
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from dealership.management.demonstration.lane import (
    Found,
    Visit,
)
from dealership.management.demonstration.stage import Stage
from dealership.models import Staff
from recommendations.actions import (
    drafting,
)
from service_lane.actions import inspection, photos
from service_lane.models import Inspection, InspectionItem, RepairOrder
from service_lane.rules.pictures import develop

SECTIONS_BEFORE_HALF = 14


GOOD: Mapping[str, Mapping[str, str]] = {
    "engine-oil": {"": "62"},
    "brake-fluid": {"": "40"},
    "battery": {"": "91"},
    "front-pads": {"LF": "8.0", "RF": "8.5"},
    "rear-pads": {"LR": "7.0", "RR": "7.5"},
    "discs": {"LF": "24.1", "RF": "24.0", "minimum": "21.0"},
    "tire-lf": {"outer": "7", "middle": "8", "inner": "7"},
    "tire-rf": {"outer": "7", "middle": "7", "inner": "7"},
    "tire-lr": {"outer": "7", "middle": "8", "inner": "8"},
    "tire-rr": {"outer": "7", "middle": "7", "inner": "7"},
    "tire-pressure": {"LF": "33", "RF": "33", "LR": "32", "RR": "33", "placard": "33"},
    "tire-age": {"": "3"},
}
"""What a car in good shape reads, by item."""


def inspect(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    if visit.inspected == "none":
        return
    by, at = stage.staff[visit.technician], stage.ago(visit.opened - 12)
    sheet = inspection.start(repair_order=order, by=by, at=at)
    found = {one.key: one for one in visit.found}
    items = list(sheet.items.order_by("position", "pk"))
    if visit.inspected == "half":
        wanted = [item for item in items if item.key in found]
        items = [item for item in items if item.key not in found][:SECTIONS_BEFORE_HALF] + wanted
    touched: set[str] = set()
    for item in items:
        is_rest = visit.inspected == "complete" and item.section in touched and item.key not in found
        if is_rest and not item.unit:
            continue  # good, like the rest of its section
        record(item, found.get(item.key), by, at)
        touched.add(item.section)
        if item.key in found and (item.key.endswith("pads") or not item.unit):
            _photograph(stage, item, by, at)
    if visit.inspected == "complete":
        for section in dict.fromkeys(item.section for item in items):
            with suppress(inspection.NothingLeft):
                inspection.mark_rest_good(inspection=sheet, section=section, by=by, at=at)
        inspection.complete(inspection=sheet, by=by, at=stage.ago(visit.opened - 38))
        drafting.draft_from_inspection(
            inspection=Inspection.objects.select_related("repair_order__rooftop").get(pk=sheet.pk),
            at=stage.ago(visit.opened - 39),
        )


def record(item: InspectionItem, found: Found | None, by: Staff, at: datetime) -> None:
    readings = (found.readings if found and found.readings else None) or (None if found else GOOD.get(item.key))
    condition = found.condition if found else "green"
    inspection.record_item(
        item=item,
        version=item.version,
        values={place: Decimal(value) for place, value in readings.items()} if readings else None,
        seen="" if readings else condition,
        note=found.note if found else None,
        by=by,
        at=at,
    )


def _photograph(stage: Stage, item: InspectionItem, by: Staff, at: datetime) -> None:
    photo = photos.add_photo(
        rooftop=stage.rooftop,
        upload=SimpleUploadedFile("drawn.jpg", drawn(item), "image/jpeg"),
        item=item,
        caption="Drawn for the demonstration, not a photo",
        by=by,
        at=at,
    )
    photos.settle_photo(photo=photo, develop=develop, at=at)


def drawn(item: InspectionItem) -> bytes:
    """A drawing as a JPEG: the demonstration has no real photos, and says so in the caption."""
    image = Image.new("RGB", (1200, 675), "#2b3038")
    pen = ImageDraw.Draw(image)
    if item.key.endswith("pads"):
        _draw_brake(pen)
    else:
        _draw_close_up(pen)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=86)
    return kept.getvalue()


def _draw_brake(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((120, -120, 1020, 780), fill="#8d949c", outline="#6b727a", width=6)
    for inset in range(40, 240, 16):
        pen.ellipse((120 + inset, -120 + inset, 1020 - inset, 780 - inset), outline="#a0a6ad", width=2)
    pen.ellipse((410, 170, 730, 490), fill="#4a5058")
    for x, y in ((570, 210), (460, 290), (680, 290), (505, 415), (635, 415)):
        pen.ellipse((x - 16, y - 16, x + 16, y + 16), fill="#20242a")
    pen.rounded_rectangle((800, 90, 1120, 580), radius=46, fill="#565d66", outline="#3a4048", width=8)
    pen.rectangle((770, 140, 806, 530), fill="#b08a4a")
    pen.rectangle((756, 140, 772, 530), fill="#d8c08a")


def _draw_close_up(pen: ImageDraw.ImageDraw) -> None:
    """A part under a lamp: a lit circle, a plain shape in it, and a ring around the place that matters."""
    pen.ellipse((180, -60, 1020, 735), fill="#59616b")
    pen.ellipse((280, 20, 920, 655), fill="#7c858f")
    pen.rounded_rectangle((380, 220, 820, 460), radius=60, fill="#454c55", outline="#30363d", width=8)
    for x in range(430, 800, 40):
        pen.line((x, 240, x - 30, 440), fill="#6b747e", width=7)
    pen.ellipse((610, 260, 800, 450), outline="#f3f5f7", width=9)
