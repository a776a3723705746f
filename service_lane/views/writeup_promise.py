"""The promise on the write-up page: the times on offer, how they stay, and whom we ask."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Sum, Value
from django.db.models.functions import Coalesce

from dealership.models import Role
from dealership.money import CENT
from dealership.templatetags import written
from service_lane import counter
from service_lane.models import RepairOrder, WriteUp
from service_lane.rules.slots import Ahead, slots
from service_lane.rules.typed import CHANNELS, Typed, as_read, text
from service_lane.signing import ending


def offered(write_up: WriteUp, values: Typed, asked: tuple[counter.Asked, ...], now: datetime) -> list[dict[str, Any]]:
    """The times on offer, each with its reason, and the one already promised.  Two queries."""
    rooftop = write_up.rooftop
    nothing = Value(Decimal(0), output_field=DecimalField())
    open_work = (
        RepairOrder.objects.here_now()
        .filter(rooftop=rooftop)
        .exclude(stage=RepairOrder.Stage.READY)
        .annotate(hours=Coalesce(Sum("requested_services__labor_hours"), nothing))
        .order_by("promised_at", "pk")
        .values_list("promised_at", "hours")
    )
    today = now.astimezone(rooftop.zone).date()
    jobs = list(open_work)
    technicians = Role.objects.filter(rooftop=rooftop, kind=Role.Kind.TECHNICIAN, staff__is_active=True)
    found = slots(
        now=now,
        zone=rooftop.zone,
        opens=rooftop.opens_at,
        closes=rooftop.closes_at,
        bays=rooftop.bays,
        promised=[at for at, _ in jobs if at and at > now - timedelta(hours=1)],
        hours=sum((one.quote.op_code.labor_hours for one in asked), Decimal(0)).quantize(CENT),
        ahead=Ahead(
            jobs=tuple(hours for at, hours in jobs if at is None or at.astimezone(rooftop.zone).date() <= today),
            technicians=technicians.values("staff").distinct().count(),
        ),
    )
    return _as_shown(write_up, values, [(slot.at, slot.reason) for slot in found], today)


def _as_shown(write_up: WriteUp, values: Typed, times: list[tuple[datetime, str]], today: date) -> list[dict[str, Any]]:
    chosen = text(write_up.typed, "promised")
    found = [
        {"value": at.isoformat(), "title": f"{at:%H:%M} {_day_word(at, today)}", "reason": reason, "checked": False}
        for at, reason in times
    ]
    if values.promised_at and chosen != "other":
        mine = values.promised_at.astimezone(write_up.rooftop.zone)
        value = mine.isoformat()
        kept = next((slot for slot in found if slot["value"] == value), None)
        if kept is None:
            kept = {"value": chosen, "title": f"{mine:%H:%M} {_day_word(mine, today)}", "reason": "As you promised."}
            found.insert(0, kept)
        kept["checked"] = True
    return found


def _day_word(at: datetime, today: date) -> str:
    days = (at.date() - today).days
    return {0: "today", 1: "tomorrow"}.get(days, f"{at:%a} {at.day} {at:%b}")


def day_before_the_word(promised_at: datetime | None, write_up: WriteUp, now: datetime) -> str:
    """Which day a promise is for, as it stands before the word "promise"; "" when it is today, or there is none."""
    if promised_at is None:
        return ""
    zone = write_up.rooftop.zone
    word = _day_word(promised_at.astimezone(zone), now.astimezone(zone).date())
    return "" if word == "today" else f"{word}, "


def stays(typed: Mapping[str, Any]) -> list[dict[str, Any]]:
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


def contacts(write_up: WriteUp, *, private: bool) -> list[dict[str, str]]:
    """The ways to ask this customer, from our records and from what was just typed.  One query.

    `value` names the record and never the number, so that counter view has none in its page; `private` leaves the
    number out of the words as well.
    """
    name = counter.customer_name(write_up) or "Customer"
    points = (
        [(point.kind, point.value, f"#{point.pk}") for point in write_up.customer.contact_points.all()]
        if write_up.customer
        else []
    )
    known = {value for _, value, _ in points}
    points += [(kind, value, counter.TYPED) for kind, value in counter.reach_of(write_up) if value not in known]
    found = []
    for kind, value, named in points:
        for channel in ("text", "phone") if kind == "phone" else ("email",):
            whom = written.short_name(name) if private else name
            where = ending(value) if private else _shown(value)
            found.append(
                {
                    "value": f"{channel}:{named}",
                    "in_full": "" if private else f"{channel}:{value}",
                    "label": f"{whom}, {CHANNELS[channel]} {where}",
                    "reach": where,
                }
            )
    return found


def chosen_contact(write_up: WriteUp, ways: list[dict[str, str]]) -> str:
    """Which of `ways` was chosen, by its value; "other", or "" while none was."""
    chosen = text(write_up.typed, "contact")
    return next((way["value"] for way in ways if chosen and chosen in (way["value"], way["in_full"])), chosen)


def _shown(value: str) -> str:
    try:
        return as_read(value)
    except ValueError:
        return value
