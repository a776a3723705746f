"""What a print job for a day without the network holds: the board as it stands, and each car's own lane sheet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from customers.models import ContactPoint
from dealership.models import Rooftop
from recommendations.open_answers import open_answers
from service_lane import counter
from service_lane.actions.inspection import threshold_of
from service_lane.models import (
    Appointment,
    InspectionItem,
    InspectionTemplate,
    OpCode,
    PaperRun,
    PaperSheet,
    RepairOrder,
    TemplateItem,
)
from service_lane.rules import describe

MOST_DECLINED = 4
"""Lines of earlier advice on one sheet: more would push the signature to another page."""
PLACES = {"LF": "LF", "RF": "RF", "LR": "LR", "RR": "RR", "volts": "volts", "placard": "placard", "minimum": "min"}


@dataclass
class LaneSheet:
    """One lane sheet as it is printed: its number, and whatever is known of who comes and with which car."""

    sheet: PaperSheet
    appointment: Appointment | None = None
    contacts: list[ContactPoint] = field(default_factory=list)
    last_visit: dict[str, Any] | None = None
    declined: list[dict[str, Any]] = field(default_factory=list)


def lane_sheets(run: PaperRun) -> list[LaneSheet]:
    """The job's sheets in order, those entered or put aside since left out.  Four queries, however many sheets."""
    sheets = list(
        PaperSheet.objects.out()
        .filter(run=run)
        .select_related("appointment__customer", "appointment__vehicle", "appointment__advisor")
        .prefetch_related(
            Prefetch("appointment__customer__contact_points", ContactPoint.objects.order_by("-preferred", "kind", "pk"))
        )
        .order_by("number")
    )
    cars = {sheet.appointment.vehicle_id for sheet in sheets if sheet.appointment and sheet.appointment.vehicle_id}
    visits = _last_visits(cars, run.rooftop)
    declined = _declined(cars, run.rooftop)
    found = []
    for sheet in sheets:
        appointment = sheet.appointment
        if appointment is None:
            found.append(LaneSheet(sheet))
            continue
        car = appointment.vehicle_id
        found.append(
            LaneSheet(
                sheet,
                appointment,
                list(appointment.customer.contact_points.all())[:3],
                visits.get(car) if car else None,
                declined[car][:MOST_DECLINED] if car else [],
            )
        )
    return found


def _last_visits(cars: Iterable[int], rooftop: Rooftop) -> dict[int, dict[str, Any]]:
    """The newest visit of each car that this rooftop is told of."""
    rows = (
        RepairOrder.objects.filter(vehicle__in=list(cars), rooftop__in=Rooftop.objects.telling_at(rooftop.pk))
        .exclude(status=RepairOrder.Status.VOID)
        .order_by("vehicle_id", "-opened_at", "-pk")
        .distinct("vehicle_id")
        .values("vehicle_id", "number", "opened_at", "odometer_in", "odometer_out")
    )
    return {row["vehicle_id"]: dict(row) for row in rows}


def _declined(cars: Iterable[int], rooftop: Rooftop) -> dict[int, list[dict[str, Any]]]:
    """Per car, what was shown here and not agreed to, the newest first."""
    wanted = list(cars)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    if wanted:
        here = Q(repair_order__vehicle__in=wanted, repair_order__rooftop=rooftop)
        for row in open_answers(here, most=25 * len(wanted)):
            found[row["vehicle"]].append(row)
    return found


def board(rooftop: Rooftop) -> QuerySet[RepairOrder]:
    """The cars in the building, the next promise first, with what the printed board says of each."""
    return (
        RepairOrder.objects.here_now()
        .filter(rooftop=rooftop)
        .select_related("customer", "vehicle", "technician", "advisor")
        .order_by("promised_at", "pk")
    )


def arriving(rooftop: Rooftop, *, starts: datetime, ends: datetime) -> QuerySet[Appointment]:
    """Who is expected from `starts` to `ends`, in order, and was not written up."""
    return (
        Appointment.objects.arriving()
        .filter(rooftop=rooftop, due_at__gte=starts, due_at__lt=ends)
        .select_related("customer", "vehicle")
        .order_by("due_at", "pk")
    )


def menu(rooftop: Rooftop) -> list[dict[str, Any]]:
    """The services a customer may ask for, each with its price all in; one whose part has no price yet is left out."""
    quotes = (counter.quote(op, rooftop) for op in OpCode.objects.offered_at(rooftop).order_by("nature", "name", "pk"))
    return [
        {"name": one.op_code.name, "total": one.total, "is_diagnosis": one.op_code.nature == OpCode.Nature.DIAGNOSIS}
        for one in quotes
        if one.total is not None and one.op_code.nature in (OpCode.Nature.DIAGNOSIS, OpCode.Nature.MAINTENANCE)
    ]


def template_sections(rooftop: Rooftop) -> list[dict[str, Any]]:
    """The rooftop's inspection, section by section: each item with the boxes to write in and its bounds in words."""
    template = InspectionTemplate.objects.filter(rooftop=rooftop, active=True).first()
    if template is None:
        return []
    sections: dict[str, list[dict[str, Any]]] = {}
    for item in template.items.order_by("position", "pk"):
        sections.setdefault(item.section, []).append(
            {
                "name": item.name,
                "boxes": boxes_of(item),
                "bounds": describe(limits) if (limits := threshold_of(item)) else "",
            }
        )
    return [{"name": name, "items": items} for name, items in sections.items()]


def boxes_of(item: TemplateItem | InspectionItem) -> list[str]:
    """The places to write a reading: "LF mm", "RF mm"; empty when it is only looked at."""
    if not item.unit:
        return []
    places = [f"{PLACES.get(place, place)} {item.unit}".strip() for place in item.places]
    return places + [f"{one['position']} {one['unit']}" for one in item.others if one.get("position")]
