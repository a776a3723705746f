"""An inspection in progress for the journeys of the bay, with the demonstration's people and menu.  All invented."""

import io
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from PIL import Image

from dealership.models import Rooftop, Staff
from service_lane.actions.inspection import start
from service_lane.models import Inspection, InspectionItem
from tests.cast import make_customer, make_order, make_vehicle


def inspection_of(northgate: tuple[Rooftop, dict[str, Staff]], **fields: Any) -> Inspection:
    """Theo's Ridgeline, opened an hour ago, its inspection just started by Jo."""
    rooftop, staff = northgate
    people = SimpleNamespace(north=rooftop, ada=staff["dana"], tess=staff["jo"])
    now = timezone.now()
    customer = make_customer()
    order = make_order(
        people,  # type: ignore[arg-type]
        customer=customer,
        vehicle=make_vehicle(customer),
        opened_at=now - timedelta(hours=1),
        promised_at=now + timedelta(hours=3),
        signed_at=now - timedelta(hours=1),
        **fields,
    )
    return start(repair_order=order, by=staff["jo"], at=now)


def item(inspection: Inspection, key: str) -> InspectionItem:
    return InspectionItem.objects.select_related("inspection__repair_order").get(inspection=inspection, key=key)


def picture(folder: Path, name: str, size: tuple[int, int] = (900, 600)) -> str:
    """A photo file, each of its own color by its name; returns its path."""
    shade = sum(name.encode()) % 200
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 90, 160)).save(out, "JPEG")
    path = folder / f"{name}.jpg"
    path.write_bytes(out.getvalue())
    return str(path)


def card(page: Any, row: InspectionItem) -> Any:
    return page.locator(f"#item-{row.pk}")


def sign(page: Any, row: InspectionItem, color: str) -> Any:
    """The label of one of the four signs."""
    return card(page, row).locator(f"fieldset.ruling label:has(input[value={color}])")
