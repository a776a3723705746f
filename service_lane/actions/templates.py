"""Installing the default multi-point inspection at a rooftop, for an admin to edit afterwards."""

from datetime import datetime
from typing import Any

from django.db import transaction

from dealership import audit
from dealership.models import Jurisdiction, Rooftop, Staff
from service_lane.models import InspectionTemplate, TemplateItem
from service_lane.rules import DEFAULT_TEMPLATE, THRESHOLDS, Item, Threshold

NAME = "Multi-point inspection"
METRIC = frozenset({Jurisdiction.ONTARIO})
"""Where a tread is read in millimeters; elsewhere in 32nds of an inch."""
SECOND_READINGS = {"battery-volts": "volts"}
"""Readings taken beside the first and not in its place, by the position they are kept under."""
INSTRUMENTS = {
    "tread-32nds": "Tread depth gauge",
    "tread-mm": "Tread depth gauge",
    "brake-pad": "Pad gauge",
    "rotor": "Micrometer",
    "battery-cca": "Battery tester",
    "battery-volts": "Voltmeter",
    "brake-fluid-copper": "Copper strip",
    "brake-fluid-moisture": "Moisture tester",
    "oil-life": "Oil life monitor",
    "tire-age": "Date on the tire",
    "tire-pressure": "Tire gauge",
}


@transaction.atomic(durable=True)
def install_default(*, rooftop: Rooftop, by: Staff | None, at: datetime) -> InspectionTemplate:
    """The rooftop's active template; the default one, if it has none yet."""
    Rooftop.objects.select_for_update().get(pk=rooftop.pk)
    if active := InspectionTemplate.objects.filter(rooftop=rooftop, active=True).first():
        return active
    template = InspectionTemplate.objects.create(rooftop=rooftop, name=NAME)
    metric = rooftop.jurisdiction in METRIC
    items = [(section.name, item) for section in DEFAULT_TEMPLATE for item in section.items]
    TemplateItem.objects.bulk_create(
        TemplateItem(
            template=template,
            section=section,
            position=position,
            key=item.key,
            name=item.name,
            op_code=next(iter(item.op_codes), ""),
            marks=list(item.marks),
            unsafe_marks=list(item.unsafe_marks),
            **_measures(item, metric=metric),
        )
        for position, (section, item) in enumerate(items, start=1)
    )
    audit.record("inspection_template.installed", about=template, by=by, at=at, items=len(items))
    return template


def _measures(item: Item, *, metric: bool) -> dict[str, Any]:
    """The columns of the threshold that colors an item, and of the other ways to measure it."""
    if not item.is_measured:
        return {}
    keys = [item.threshold, *item.other_thresholds]
    if "tread-mm" in keys:  # one law, one unit
        keys = ["tread-mm" if metric else "tread-32nds"]
    first, *others = (THRESHOLDS[key] for key in keys)
    return columns(first) | {
        "positions": list(item.positions),
        "others": [
            {
                name: str(value) if name.endswith(("_from", "_to", "_value")) and value is not None else value
                for name, value in columns(other).items()
            }
            | {"position": SECOND_READINGS.get(other.key, "")}
            for other in others
        ],
    }


def columns(threshold: Threshold) -> dict[str, Any]:
    """The columns of models.Measure for a threshold of the rules."""
    return {
        "unit": threshold.unit,
        "lower_is_worse": threshold.lower_is_worse,
        "green_from": threshold.green_from,
        "red_to": threshold.red_to,
        "red_is_strict": threshold.red_is_strict,
        "unsafe_to": threshold.unsafe_to,
        "new_value": threshold.new_value,
        "threshold_source": threshold.source,
        "instrument": INSTRUMENTS.get(threshold.key, ""),
    }
