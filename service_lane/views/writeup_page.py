"""What the write-up page shows: the fields as typed, and everything that follows from them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.models import Complaint, Customer, Vehicle
from customers.rules import check_vin, decode_vin
from dealership.http import Request
from dealership.money import CENT
from dealership.templatetags import lane
from service_lane.actions import writeup as actions
from service_lane.models import InspectionItem, OpCode, Photo, Reading, RepairOrder, ScheduleRow, WriteUp
from service_lane.rules import THRESHOLDS, Missing, condition, miles_per_year
from service_lane.rules.slots import slots
from service_lane.rules.typed import CHANNELS, MOST_CONCERNS, WHEELS, Typed, as_read, text, tread

WHEEL_NAMES = {"LF": "Left front", "RF": "Right front", "LR": "Left rear", "RR": "Right rear"}
TREAD = THRESHOLDS["tread-32nds"]
SECTIONS = ("Who and car", "Concern", "History", "Services", "Walk-around", "Promise, sign")
PHOTO_PLACES = ("Front", "Left side", "Rear", "Right side", "Odometer", "Damage")


def writeup_context(
    request: Request, write_up: WriteUp, now: datetime, problems: tuple[Missing, ...] = ()
) -> dict[str, Any]:
    """The whole page."""
    typed = dict(write_up.typed)
    if write_up.vehicle:
        typed.setdefault("plate", write_up.vehicle.plate)
        typed.setdefault("vin", write_up.vehicle.vin or "")
    context = check_context(request, write_up, now)
    values: Typed = context["values"]
    asked_count = request.GET.get("concerns", "")
    shown = max([1, *(words.place for words in values.concerns), int(asked_count) if asked_count.isdigit() else 0])
    diagnoses = [row for row in context["menu"] if row["nature"] == OpCode.Nature.DIAGNOSIS]
    return {
        **context,
        "typed": typed,
        "errors": {one.field: one.message for one in reversed(problems)},
        "problems": problems,
        "people": _people(write_up),
        "concerns": [
            {
                "n": n,
                "field": f"concern_{n}",
                "words": typed.get(f"concern_{n}", ""),
                "diagnosis": typed.get(f"diagnosis_{n}", ""),
                "error": next((one.message for one in problems if one.field == f"diagnosis_{n}"), ""),
            }
            for n in range(1, min(shown, MOST_CONCERNS) + 1)
        ],
        "next_concern": shown + 1 if shown < MOST_CONCERNS else 0,
        "diagnoses": diagnoses,
        "bodies": Vehicle.Body.choices,
        "history": _history(write_up),
        "due": [row for row in context["menu"] if row["due"] or row["ticked"]],
        "rest_of_menu": [
            row
            for row in context["menu"]
            if not row["due"] and not row["ticked"] and row["nature"] != OpCode.Nature.DIAGNOSIS
        ],
        "marks": list(write_up.marks.values("number", "where", "what", "seen_at")),
        "photos": list(Photo.objects.filter(write_up=write_up)),
        "photo_places": PHOTO_PLACES,
        "stays": _stays(typed),
        "brief": None if request.counter_view else _brief(write_up),
    }


def check_context(request: Request, write_up: WriteUp, now: datetime) -> dict[str, Any]:
    """What follows from the fields as saved: warnings, hints, colors, prices, the words to sign, how far it is."""
    values = actions.readings(write_up, at=now)
    visits = _visits(write_up)
    menu = _menu(write_up, values)
    asked, _ = actions.asked_for(values, write_up.rooftop)
    missing = actions.missing_in(write_up, at=now)
    treads = _treads(write_up)
    offered = _slots(write_up, values, asked, now)
    vin = _vin(write_up, values)
    total = actions.total_of(asked)
    return {
        "write_up": write_up,
        "now": now,
        "name": actions.customer_name(write_up) or "Somebody new",
        "values": values,
        "vehicle": write_up.vehicle,
        "vin": vin["check"],
        "proposal": vin["proposal"],
        "known_car": vin["known_car"],
        "mileage_hint": _mileage_hint(write_up, values, visits, now),
        "menu": menu,
        "asked_count": len(asked),
        "total": total,
        "treads": treads,
        "slots": offered,
        "slot_values": [slot["value"] for slot in offered],
        "promised": values.promised_at,
        "words": actions.words_to_sign(write_up, at=now),
        "steps": _steps(write_up, values, missing, treads),
        "contacts": _contacts(write_up),
        "chosen_contact": text(write_up.typed, "contact"),
        "rooftop": write_up.rooftop,
    }


# --- who and car -----------------------------------------------------------------------------------------------------


def _people(write_up: WriteUp) -> list[dict[str, Any]]:
    """The people of this car, for a write-up that does not say yet who is here."""
    if write_up.customer or not write_up.vehicle:
        return []
    ties = write_up.vehicle.ties.filter(until_date=None).select_related("customer")
    return [{"pk": tie.customer_id, "name": tie.customer.name, "tie": tie.get_kind_display()} for tie in ties]


def _vin(write_up: WriteUp, values: Typed) -> dict[str, Any]:
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


def _visits(write_up: WriteUp) -> list[dict[str, Any]]:
    """The last visits of this car, newest first."""
    if write_up.vehicle_id is None:
        return []
    return list(
        RepairOrder.objects.filter(vehicle_id=write_up.vehicle_id)
        .exclude(status=RepairOrder.Status.VOID)
        .order_by("-opened_at", "-pk")
        .values("pk", "number", "opened_at", "odometer_in", "odometer_out", "rooftop_id", "plan", "purpose")[:12]
    )


def _mileage_hint(write_up: WriteUp, values: Typed, visits: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """How today's mileage stands beside the last one: a sentence, and whether it looks wrong."""
    known = [(row["opened_at"], row["odometer_out"] or row["odometer_in"]) for row in visits]
    readings = [(at, odometer) for at, odometer in known if odometer]
    if not readings:
        return {"text": "No earlier mileage of this car is known here.", "warn": False}
    last_at, last = readings[0]
    when = lane.day(last_at)
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


def _history(write_up: WriteUp) -> dict[str, Any]:
    """What was found on this car before, and its last visits."""
    if write_up.vehicle_id is None:
        return {"findings": [], "visits": []}
    items = list(
        InspectionItem.objects.findings()
        .filter(inspection__repair_order__vehicle_id=write_up.vehicle_id, inspection__completed_at__isnull=False)
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
        "visits": _visits(write_up)[:3],
    }


def _menu(write_up: WriteUp, values: Typed) -> list[dict[str, Any]]:
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
        quote = actions.quote(op_code, write_up.rooftop)
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


# --- walk-around, promise and signature ------------------------------------------------------------------------------


def _treads(write_up: WriteUp) -> list[dict[str, Any]]:
    """The four wheels as drawn: what was typed, its color, and what it was last time."""
    last: dict[str, tuple[Decimal, datetime]] = {}
    if write_up.vehicle_id:
        rows = (
            Reading.objects.filter(
                item__inspection__repair_order__vehicle_id=write_up.vehicle_id,
                item__key__startswith="tire",
                position__in=WHEELS,
                unit="32nds",
            )
            .order_by("at", "pk")
            .values_list("position", "value", "at")
        )
        last = {position: (value, at) for position, value, at in rows}
    found = []
    for wheel in ("LR", "LF", "RR", "RF"):
        typed = text(write_up.typed, f"tread_{wheel}")
        depth = tread(typed)
        before = last.get(wheel)
        found.append(
            {
                "wheel": wheel,
                "css": wheel.lower(),
                "name": WHEEL_NAMES[wheel],
                "field": f"tread_{wheel}",
                "typed": typed,
                "color": condition(TREAD, depth).color if depth is not None else "unchecked",
                "words": "" if depth is not None else "Not read yet",
                "was": f"was {before[0].normalize():f}" if before else "",
            }
        )
    return found


def _slots(write_up: WriteUp, values: Typed, asked: tuple[actions.Asked, ...], now: datetime) -> list[dict[str, Any]]:
    rooftop = write_up.rooftop
    promised = RepairOrder.objects.here_now().filter(rooftop=rooftop, promised_at__gt=now - timedelta(hours=1))
    hours = sum((one.quote.op_code.labor_hours for one in asked), Decimal(0)).quantize(CENT)
    offered = slots(
        now=now,
        zone=rooftop.zone,
        opens=rooftop.opens_at,
        closes=rooftop.closes_at,
        bays=rooftop.bays,
        promised=promised.exclude(stage=RepairOrder.Stage.READY).values_list("promised_at", flat=True),
        hours=hours,
    )
    chosen = text(write_up.typed, "promised")
    today = now.astimezone(rooftop.zone).date()
    found = [
        {
            "value": slot.at.isoformat(),
            "title": f"{slot.at:%H:%M} {_day_word(slot.at, today)}",
            "reason": slot.reason,
            "checked": False,
        }
        for slot in offered
    ]
    if values.promised_at and chosen != "other":
        mine = values.promised_at.astimezone(rooftop.zone)
        value = mine.isoformat()
        kept = next((slot for slot in found if slot["value"] == value), None)
        if kept is None:
            kept = {"value": chosen, "title": f"{mine:%H:%M} {_day_word(mine, today)}", "reason": "As you promised."}
            found.insert(0, kept)
        kept["checked"] = True
    return found


def _day_word(at: datetime, today: Any) -> str:
    days = (at.date() - today).days
    return {0: "today", 1: "tomorrow"}.get(days, f"{at:%a} {at.day} {at:%b}")


def _stays(typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = (
        ("waits", "armchair", "Waits here", "W", "They stay in the lounge"),
        ("loaner", "steering-wheel", "Loaner", "L", "They drive one of ours"),
        ("drops", "key", "Drops off", "D", "Somebody picks them up"),
    )
    return [
        {
            "value": value,
            "icon": icon,
            "name": name,
            "key": key,
            "words": words,
            "checked": typed.get("stay") == value,
        }
        for value, icon, name, key, words in rows
    ]


def _contacts(write_up: WriteUp) -> list[dict[str, str]]:
    """The ways to ask this customer, from our records and from what was just typed."""
    name = actions.customer_name(write_up) or "Customer"
    points = list(write_up.customer.contact_points.values_list("kind", "value")) if write_up.customer else []
    points += [point for point in actions.reach_of(write_up) if point not in points]
    found = []
    for kind, value in points:
        for channel in ("text", "phone") if kind == "phone" else ("email",):
            found.append({"value": f"{channel}:{value}", "label": f"{name}, {CHANNELS[channel]} {_shown(value)}"})
    return found


def _shown(value: str) -> str:
    try:
        return as_read(value)
    except ValueError:
        return value


def _steps(
    write_up: WriteUp, values: Typed, missing: tuple[Missing, ...], treads: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The six bars.  A section is done when nothing in it is missing and what belongs there was touched."""
    open_fields = {one.field for one in missing}
    typed = write_up.typed

    def share(*done: object) -> int:
        return round(100 * sum(1 for one in done if one) / len(done))

    read = sum(1 for wheel in treads if wheel["typed"] and wheel["color"] != "unchecked")
    photos = write_up.photos.exclude(status=Photo.Status.REFUSED).count()
    shares = (
        share(actions.customer_name(write_up), values.plate or values.vin, values.odometer is not None),
        share(values.purpose, values.concerns or values.services, text(typed, "plan")),
        100 if write_up.vehicle_id else 0,
        share(values.services or any(words.diagnosis for words in values.concerns)),
        round(100 * (read + min(photos, 6)) / 10),
        share(values.promised_at, values.stay, values.contact, values.signed_name),
    )
    fields = (
        {"first_name", "phone", "email", "plate", "vin", "odometer", "year"},
        {"purpose", "plan_years", *(f"diagnosis_{n}" for n in range(1, 10))},
        set[str](),
        {"services"},
        {f"tread_{wheel}" for wheel in WHEELS},
        {"promised", "promised_other", "contact", "contact_other", "designee_name", "designee_limit", "signed_name"},
    )
    here = WriteUp.Step.values.index(write_up.step)
    steps = []
    for index, (name, percent, mine) in enumerate(zip(SECTIONS, shares, fields, strict=True)):
        problems = len(open_fields & mine)
        note = f"{problems} to fill" if problems else "done" if percent == 100 else "open"
        if index == 2:
            note = "nothing here yet" if not write_up.vehicle_id else "to read"
        if index == 4:
            note = f"{read + min(photos, 6)} of 10"
        steps.append(
            {
                "name": name,
                "note": note,
                "href": f"#s{index + 1}",
                "state": "here" if index == here else "done" if percent == 100 and not problems else "",
                "share": percent,
                "problem": bool(problems),
                "place": index + 1,
            }
        )
    return steps


# --- the private brief -----------------------------------------------------------------------------------------------


def _brief(write_up: WriteUp) -> dict[str, Any]:
    """What to know before speaking: never in counter view, because the customer can see this screen."""
    customer = write_up.customer
    if customer is None:
        return {"name": "", "complaints": [], "points": [], "household": []}
    members = Customer.objects.filter(household_id=customer.household_id) if customer.household_id else None
    people = [customer.pk, *(members.exclude(pk=customer.pk).values_list("pk", flat=True) if members else ())]
    complaints = (
        Complaint.objects.open().filter(customer_id__in=people).select_related("customer", "owner").order_by("due_at")
    )
    points: list[dict[str, str]] = []
    visits = _visits(write_up)
    if visits:
        last = visits[0]
        points.append(
            {"text": f"Last here on {lane.day(last['opened_at'])}, RO {last['number']}.", "note": last["purpose"]}
        )
        if last["plan"] != RepairOrder.Plan.NOT_SAID:
            points.append({"text": f"Plan last time: {RepairOrder.Plan(last['plan']).label.lower()}.", "note": ""})
    language = customer.get_language_display()
    if customer.language != Customer.Language.ENGLISH:
        points.append({"text": f"Prefers {language}.", "note": ""})
    cars = (
        Vehicle.objects.filter(ties__customer_id__in=people, ties__until_date=None, gone_date=None)
        .exclude(pk=write_up.vehicle_id)
        .distinct()
        .order_by("pk")[:5]
    )
    return {
        "name": customer.called,
        "complaints": list(complaints[:3]),
        "points": points,
        "household": list(cars),
    }
