"""What the write-up page shows: the fields as typed, and everything that follows from them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Complaint, Customer, Vehicle
from dealership.http import Request
from dealership.money import CENT
from dealership.templatetags import lane
from service_lane import counter
from service_lane.models import OpCode, Photo, Reading, RepairOrder, WriteUp
from service_lane.rules import THRESHOLDS, Missing, condition
from service_lane.rules.slots import slots
from service_lane.rules.typed import CHANNELS, MOST_CONCERNS, WHEELS, Typed, as_read, text, tread
from service_lane.views import writeup_car as car

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
        "people": car.people(write_up),
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
        "history": car.history(write_up, context["visits"]),
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
        "brief": None if request.counter_view else _brief(write_up, context["visits"]),
    }


def check_context(request: Request, write_up: WriteUp, now: datetime) -> dict[str, Any]:
    """What follows from the fields as saved: warnings, hints, colors, prices, the words to sign, how far it is."""
    values = counter.readings(write_up, at=now)
    visits = car.visits(write_up)
    menu = car.menu(write_up, values)
    asked, unpriced = counter.asked_for(values, write_up.rooftop)
    missing = counter.missing_among(write_up, values, unpriced)
    name = counter.customer_name(write_up)
    treads = _treads(write_up)
    offered = _slots(write_up, values, asked, now)
    vin = car.vin(write_up, values)
    total = counter.total_of(asked)
    return {
        "write_up": write_up,
        "now": now,
        "name": name or "Somebody new",
        "visits": visits,
        "values": values,
        "vehicle": write_up.vehicle,
        "vin": vin["check"],
        "proposal": vin["proposal"],
        "known_car": vin["known_car"],
        "mileage_hint": car.mileage_hint(write_up, values, visits, now),
        "menu": menu,
        "asked_count": len(asked),
        "total": total,
        "treads": treads,
        "slots": offered,
        "slot_values": [slot["value"] for slot in offered],
        "promised": values.promised_at,
        "words": counter.signed_words(values, asked, write_up.rooftop, name, now),
        "steps": _steps(write_up, values, missing, treads),
        "contacts": _contacts(write_up),
        "chosen_contact": text(write_up.typed, "contact"),
        "rooftop": write_up.rooftop,
    }


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


def _slots(write_up: WriteUp, values: Typed, asked: tuple[counter.Asked, ...], now: datetime) -> list[dict[str, Any]]:
    rooftop = write_up.rooftop
    promised = RepairOrder.objects.here_now().filter(rooftop=rooftop, promised_at__gt=now - timedelta(hours=1))
    hours = sum((one.quote.op_code.labor_hours for one in asked), Decimal(0)).quantize(CENT)
    offered = slots(
        now=now,
        zone=rooftop.zone,
        opens=rooftop.opens_at,
        closes=rooftop.closes_at,
        bays=rooftop.bays,
        promised=[
            at for at in promised.exclude(stage=RepairOrder.Stage.READY).values_list("promised_at", flat=True) if at
        ],
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
    """The ways to ask this customer, from our records and from what was just typed; `private` is for counter view."""
    name = counter.customer_name(write_up) or "Customer"
    points = list(write_up.customer.contact_points.values_list("kind", "value")) if write_up.customer else []
    points += [point for point in counter.reach_of(write_up) if point not in points]
    found = []
    for kind, value in points:
        ending = f" ending in {value[-4:]}" if kind == "phone" else ""
        for channel in ("text", "phone") if kind == "phone" else ("email",):
            found.append(
                {
                    "value": f"{channel}:{value}",
                    "label": f"{name}, {CHANNELS[channel]} {_shown(value)}",
                    "private": f"{lane.short_name(name)}, {CHANNELS[channel]}{ending}",
                }
            )
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
        share(counter.customer_name(write_up), values.plate or values.vin, values.odometer is not None),
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


def _brief(write_up: WriteUp, visits: list[dict[str, Any]]) -> dict[str, Any]:
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
        .exclude(pk=write_up.vehicle_id or 0)
        .distinct()
        .order_by("pk")[:5]
    )
    return {
        "name": customer.called,
        "complaints": list(complaints[:3]),
        "points": points,
        "household": list(cars),
    }
