"""The car on the write-up page: whose it may be, its VIN, its miles, its history, and what is due on it."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from customers.models import Customer, Tie, Vehicle
from customers.rules import check_vin, decode_vin
from dealership.models import Rooftop
from dealership.templatetags import written
from service_lane import counter
from service_lane.models import InspectionItem, OpCode, Reading, RepairOrder, ScheduleRow, WriteUp
from service_lane.rules import miles_per_year
from service_lane.rules.typed import Typed, text

# --- who and car -----------------------------------------------------------------------------------------------------


def people(write_up: WriteUp) -> list[dict[str, Any]]:
    """The people of this car, for a write-up that does not say yet who is here."""
    if write_up.customer or not write_up.vehicle:
        return []
    ties = write_up.vehicle.ties.filter(until_date=None).select_related("customer")
    return [{"pk": tie.customer_id, "name": tie.customer.name, "tie": tie.get_kind_display()} for tie in ties]


def may_be_spoken_to(write_up: WriteUp) -> list[str]:
    """Who else has a say about this car, by name: its authorized contacts, and who decides about it."""
    if write_up.vehicle is None:
        return []
    ties = Tie.objects.current().filter(vehicle=write_up.vehicle, kind__in=(Tie.Kind.CONTACT, Tie.Kind.DECIDES))
    others = ties.exclude(customer=write_up.customer).order_by("customer__name", "customer_id")
    return list(dict.fromkeys(others.values_list("customer__name", flat=True)))


def people_alike(write_up: WriteUp) -> list[Customer]:
    """Customers of ours with the phone or e-mail that was just typed for somebody new: at most three."""
    reach = [] if write_up.customer_id else counter.reach_of(write_up)
    if not reach:
        return []
    same = Q(contact_points__value__in=[value for _, value in reach])
    return list(Customer.objects.standing().filter(same).distinct().order_by("name", "pk")[:3])


def vin(write_up: WriteUp, values: Typed) -> dict[str, Any]:
    """The check of the VIN, what the decoder proposes, and whether it or the plate is a car of ours."""
    found: dict[str, Any] = {"check": None, "proposal": None, "known_car": None}
    if write_up.vehicle is None and (values.vin or values.plate):
        known = Vehicle.objects.filter(vin=values.vin).first() if values.vin else None
        known = known or (Vehicle.objects.filter(plate=values.plate).order_by("-pk").first() if values.plate else None)
        found["known_car"] = known
    if not values.vin:
        return found
    check = check_vin(values.vin)
    problem = check.problems[0] if check.problems else None
    if problem:
        place = problem.position
        found["check"] = {
            "message": problem.message,
            "characters": [
                {"character": character, "odd": n == place, "place": _ordinal(n)}
                for n, character in enumerate(check.vin[:20], start=1)
            ],
            "better": problem.better,
            "character": problem.character,
            "mended": f"{check.vin[: place - 1]}{problem.better}{check.vin[place:]}"
            if place and problem.better
            else "",
        }
    elif not (write_up.vehicle and write_up.vehicle.model) and not text(write_up.typed, "decoded"):
        proposal = decode_vin(check.vin)
        if proposal.make:
            found["proposal"] = {
                "title": " ".join(
                    word for word in (str(proposal.year or ""), proposal.make, proposal.model, proposal.trim) if word
                ),
                "year": str(proposal.year or ""),
                "make": proposal.make,
                "model": proposal.model,
                "trim": proposal.trim,
                "body": proposal.body if proposal.body in Vehicle.Body.values else "",
                "warnings": proposal.warnings,
                "data_month": proposal.data_month,
            }
    return found


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _telling(write_up: WriteUp) -> QuerySet[Rooftop]:
    return Rooftop.objects.telling_at(write_up.rooftop_id)


def visits(write_up: WriteUp) -> list[dict[str, Any]]:
    """The last visits of this car that this rooftop is told of, newest first."""
    if write_up.vehicle_id is None:
        return []
    rows = (
        RepairOrder.objects.filter(vehicle_id=write_up.vehicle_id, rooftop__in=_telling(write_up))
        .exclude(status=RepairOrder.Status.VOID)
        .order_by("-opened_at", "-pk")
        .values("pk", "number", "opened_at", "odometer_in", "odometer_out", "rooftop_id", "plan", "purpose", "stay")[
            :12
        ]
    )
    return [dict(row) for row in rows]


def mileage_hint(write_up: WriteUp, values: Typed, visits: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """How today's mileage stands beside the last one: a sentence, and whether it looks wrong."""
    known = [(row["opened_at"], row["odometer_out"] or row["odometer_in"]) for row in visits]
    readings = [(at, odometer) for at, odometer in known if odometer]
    if not readings:
        return {"text": "No earlier mileage of this car is known here.", "warn": False}
    last_at, last = readings[0]
    when = written.day(last_at)
    usual = miles_per_year([(timezone.localtime(at).date(), odometer) for at, odometer in readings])
    if values.odometer is None:
        rate = f" Usually about {_hundreds(usual)} a year." if usual else ""
        return {"text": f"{last:,} on {when}.{rate}", "warn": False}
    if values.odometer < last:
        text_ = f"It read {last:,} on {when}. Check that {values.odometer:,} is right."
        return {"text": text_, "warn": True}
    days = max((now - last_at).days, 1)
    rate = ""
    if days >= 60:
        a_year = int((values.odometer - last) * 365.25 / days)
        rate = f" That is about {_hundreds(a_year)} a year"
        rate += (
            f", usually {_hundreds(usual)}."
            if usual and abs(a_year - usual) > usual * 0.2
            else (", as usual." if usual else ".")
        )
    return {"text": f"{values.odometer - last:,} more than on {when}.{rate}", "warn": False}


def _hundreds(miles: int) -> str:
    return f"{round(miles, -2):,}"


# --- history and services --------------------------------------------------------------------------------------------


def history(write_up: WriteUp, past: list[dict[str, Any]]) -> dict[str, Any]:
    """What was found on this car before, and its last visits."""
    if write_up.vehicle_id is None:
        return {"findings": [], "visits": []}
    items = list(
        InspectionItem.objects.findings()
        .filter(
            inspection__repair_order__vehicle_id=write_up.vehicle_id,
            inspection__repair_order__rooftop__in=_telling(write_up),
            inspection__completed_at__isnull=False,
        )
        .order_by("-inspection__completed_at", "position", "pk")
        .values("pk", "name", "condition", "note", "inspection_id", "inspection__completed_at")[:40]
    )
    latest = items[0]["inspection_id"] if items else None
    items = [row for row in items if row["inspection_id"] == latest]
    readings: dict[int, str] = {}
    for row in Reading.objects.filter(item_id__in=[item["pk"] for item in items]).values("item_id", "value", "unit"):
        words = f"{row['value'].normalize():f} {row['unit']}".replace(" 32nds", "/32")
        readings[row["item_id"]] = readings.get(row["item_id"], words)
    return {
        "findings": [row | {"reading": readings.get(row["pk"], "")} for row in items],
        "visits": past[:3],
    }


def menu(write_up: WriteUp, values: Typed) -> list[dict[str, Any]]:
    """The rooftop's menu with all-in prices; `due` says why a service is due, from a cited schedule row."""
    rows = ScheduleRow.objects.all()
    make = (write_up.vehicle.make if write_up.vehicle else text(write_up.typed, "make")).upper()
    model = (write_up.vehicle.model if write_up.vehicle else text(write_up.typed, "model")).lower()
    odometer = values.odometer
    last_done = _last_done(write_up)
    due: dict[str, str] = {}
    for row in rows:
        if (row.make and row.make != make) or (row.model and row.model.lower() != model):
            continue
        if words := _due_words(row, odometer, last_done.get(row.op_code)):
            due[row.op_code] = words
    menu = []
    for op_code in OpCode.objects.offered_at(write_up.rooftop):
        quote = counter.quote(op_code, write_up.rooftop)
        menu.append(
            {
                "code": op_code.code,
                "name": op_code.name,
                "nature": op_code.nature,
                "total": quote.total,
                "due": due.get(op_code.code, ""),
                "ticked": op_code.code in values.services,
            }
        )
    return sorted(menu, key=lambda row: (not row["ticked"], not row["due"], row["name"]))


def _last_done(write_up: WriteUp) -> dict[str, int]:
    """The highest mileage at which each op code was done on this car, as far as our rows say."""
    if write_up.vehicle_id is None:
        return {}
    past = RepairOrder.objects.filter(vehicle_id=write_up.vehicle_id, odometer_in__isnull=False)
    found: dict[str, int] = {}
    for field in ("service_lines__op_code", "requested_services__op_code"):
        for code, miles in past.filter(**{f"{field}__gt": ""}).values_list(field, "odometer_in"):
            found[code] = max(found.get(code, 0), miles)
    return found


SOON = 500  # miles


def _due_words(row: ScheduleRow, odometer: int | None, done_at: int | None) -> str:
    """Why a scheduled service is due, with where the interval is written; "" when it is not, or nobody can know."""
    if odometer is None or not row.miles:
        return ""
    where = f"The maker's schedule: {row.source}" if row.is_makers else row.source
    where = where[0].upper() + where[1:].rstrip(".")
    if done_at is not None:
        due_at = done_at + row.miles
        return f"Due at {due_at:,} mi, last done at {done_at:,}. {where}." if odometer + SOON >= due_at else ""
    if odometer + SOON < row.miles:
        return ""
    return f"Every {row.miles:,} mi, and we have no record of it. {where}."
