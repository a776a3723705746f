"""What the write-up page shows: the fields as typed, and everything that follows from them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.models import Complaint, Customer, Vehicle
from customers.recalls import possible_recalls, recall_line
from dealership.http import Request
from dealership.templatetags import written
from service_lane import counter
from service_lane.models import OpCode, Photo, RepairOrder, WriteUp
from service_lane.rules import Missing
from service_lane.rules.typed import MOST_CONCERNS, PAPER_FIELDS, WHEELS, Typed, text
from service_lane.views import writeup_car as car
from service_lane.views import writeup_promise as promise
from service_lane.views.writeup_here import here_context
from service_lane.views.writeup_walk import damage_context
from service_lane.views.writeup_walk import treads as wheels
from service_lane.views.writeup_words import undo_words

SECTIONS = ("Who and car", "Concern", "History", "Services", "Walk-around", "Promise, sign")


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
    first = ("paper_day", "odometer") if context["paper"] else ("odometer",)  # what is asked before anything else
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
        **damage_context(write_up, problems),
        "photos": list(Photo.objects.filter(write_up=write_up)),
        "stays": promise.stays(typed),
        "drawing": context["values"].drawing,
        "may_be_spoken_to": [] if request.counter_view else car.may_be_spoken_to(write_up),
        "hidden": _hidden(typed) if request.counter_view else {},
        "here": here_context(request, write_up, now),
        "resume": write_up.field or next((name for name in first if not text(typed, name)), ""),
        "recall_line": recall_line(
            possible_recalls([write_up.vehicle]).get(write_up.vehicle.pk, ()) if write_up.vehicle else ()
        ),
        "brief": None if request.counter_view else _brief(request, write_up, context["visits"], now),
    }


def check_context(request: Request, write_up: WriteUp, now: datetime) -> dict[str, Any]:
    """What follows from the fields as saved: warnings, hints, colors, prices, the words to sign, how far it is."""
    paper = counter.on_paper(write_up, now=now)
    now = (paper.at if paper else None) or now
    values = counter.readings(write_up, at=now)
    visits = car.visits(write_up)
    menu = car.menu(write_up, values)
    asked, unpriced = counter.asked_for(values, write_up.rooftop)
    missing = (*(paper.problems if paper else ()), *counter.missing_among(write_up, values, unpriced))
    name = counter.customer_name(write_up)
    treads = wheels(write_up)
    offered = promise.offered(write_up, values, asked, now)
    ways = promise.contacts(write_up, private=request.counter_view)
    vin = car.vin(write_up, values)
    total = counter.total_of(asked)
    return {
        "write_up": write_up,
        "paper": paper,
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
        "promised_day": promise.day_before_the_word(values.promised_at, write_up, now),
        "words": counter.signed_words(values, asked, write_up.rooftop, name, now, private=request.counter_view),
        "signed_other_words": _signed_other_words(write_up, values, asked, name, now) and not paper,
        "steps": _steps(write_up, values, missing, treads),
        "contacts": ways,
        "chosen_contact": promise.chosen_contact(write_up, ways),
        "alike": car.people_alike(write_up),
        "undo": undo_words(write_up),
        "rooftop": write_up.rooftop,
    }


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
        share(values.promised_at, values.stay, values.contact, values.is_signed),
    )
    fields = (
        {"first_name", "phone", "email", "plate", "vin", "odometer", "year", *PAPER_FIELDS},
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


def _hidden(typed: Mapping[str, Any]) -> dict[str, str]:
    """In counter view: the typed fields that are shown as words and not as fields, by their name."""
    found: dict[str, str] = {}
    if last := text(typed, "last_name"):
        found["last_name"] = f"{last[:1].upper()}."
    for name in ("phone", "email", "contact_other"):
        if value := text(typed, name):
            found[name] = "E-mail is kept" if "@" in value else f"Phone ending {value[-4:]}"
    return found


def _signed_other_words(
    write_up: WriteUp, values: Typed, asked: tuple[counter.Asked, ...], name: str, now: datetime
) -> bool:
    """Somebody signed, and what stands above it is not what they read any more."""
    full = counter.signed_words(values, asked, write_up.rooftop, name, now)
    return bool(values.is_signed and write_up.signed_for and write_up.signed_for != full)


# --- the private brief -----------------------------------------------------------------------------------------------


def _brief(request: Request, write_up: WriteUp, visits: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """What to know before speaking: never in counter view, because the customer can see this screen."""
    customer = write_up.customer
    if customer is None:
        return {"name": "", "complaints": [], "points": _visit_points(visits), "household": [], "loaner": None}
    members = Customer.objects.filter(household_id=customer.household_id) if customer.household_id else None
    people = [customer.pk, *(members.exclude(pk=customer.pk).values_list("pk", flat=True) if members else ())]
    complaints = (
        Complaint.objects.open()
        .told_to(request.user)
        .filter(customer_id__in=people)
        .select_related("customer", "owner")
        .order_by("due_at", "pk")
    )
    points = _visit_points(visits)
    if customer.language != Customer.Language.ENGLISH:
        points.append({"text": f"Prefers {customer.get_language_display()}.", "note": ""})
    cars = (
        Vehicle.objects.filter(ties__customer_id__in=people, ties__until_date=None, gone_date=None)
        .exclude(pk=write_up.vehicle_id or 0)
        .distinct()
        .order_by("pk")[:5]
    )
    loaner = (
        RepairOrder.objects.here_now()
        .filter(customer_id__in=people, stay=RepairOrder.Stay.LOANER)
        .select_related("vehicle")
        .order_by("opened_at")
        .first()
    )
    return {
        "name": customer.called,
        "complaints": list(complaints[:3]),
        "points": points,
        "household": list(cars),
        "loaner": loaner,
    }


def _visit_points(visits: list[dict[str, Any]]) -> list[dict[str, str]]:
    if not visits:
        return []
    last = visits[0]
    points = [{"text": f"Last here on {written.day(last['opened_at'])}, RO {last['number']}.", "note": last["purpose"]}]
    if last["stay"] == RepairOrder.Stay.LOANER:
        points.append({"text": "Had a loaner last time.", "note": ""})
    if last["plan"] != RepairOrder.Plan.NOT_SAID:
        points.append({"text": f"Plan last time: {RepairOrder.Plan(last['plan']).label.lower()}.", "note": ""})
    return points
