"""The lane board: every car here or expected today, what is next for it, and what is next for you.

Plain values in, strings out: a card is formatted once, and the template only prints it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from customers.actions import look
from dealership.http import Request, role_required
from dealership.models import COUNTER, SERVICE, Entry
from dealership.templatetags import lane, written
from service_lane.models import Appointment, Condition, InspectionItem, RepairOrder, WriteUp
from service_lane.rules import board as rules
from service_lane.rules.typed import text
from service_lane.views.next_five import todos
from service_lane.views.order_page import fetch_order, order_context

STAYS = {
    "waits": ("armchair", "Waiting here"),
    "loaner": ("steering-wheel", "In a loaner"),
    "drops": ("key", "Dropped off"),
}
FILTERS = (
    ("", "", "All"),
    ("mine", "", "Mine"),
    ("waiters", "armchair", "Waiters"),
    ("risk", "clock-exclamation", "At risk"),
    ("no-answer", "message-question", "No answer"),
    ("parts", "package", "Parts"),
)
STEP_NAMES = {
    "who": "Who and car",
    "concern": "Concern",
    "history": "History",
    "services": "Services",
    "walk": "Walk-around",
    "promise": "Promise, sign",
}
STEP_PLACES = {step: place for place, step in enumerate(STEP_NAMES, start=1)}

AROUND_NOW = timedelta(hours=3)
"""Around midnight, the cars expected a little before and after it are on the board too."""

type Row = Mapping[str, Any]
type Card = dict[str, Any]


def board_tag(request: Request, now: datetime) -> str:
    """What the board depends on: the newest audit entries of the rooftop, the minute, who asks and what for.

    Every change writes an entry.  Twenty and not one, because a transaction that began earlier may commit later.
    """
    newest = Entry.objects.filter(rooftop=request.rooftop).order_by("-pk").values_list("pk", flat=True)[:20]
    entries = sum(pk * place for place, pk in enumerate(newest, start=1))
    view = "".join(filter(str.isalpha, request.GET.get("show", "")[:12])) + ("-counter" if request.counter_view else "")
    return f"{entries}-{int(now.timestamp() // 60)}-{request.rooftop.pk}-{request.user.pk}-{view}"


@role_required(*SERVICE)
def board(request: Request) -> HttpResponse:
    """The whole board; for htmx the board without the page around it, or 304 when nothing has changed."""
    now = timezone.now()
    tag = board_tag(request, now)
    if request.htmx and request.headers.get("HX-PTag") == tag:
        return HttpResponseNotModified()
    context = board_context(request, now) | {"tag": tag}
    if not request.htmx:
        context |= _beside(request, now)
    response = render(request, f"service_lane/board.html{'#board' if request.htmx else ''}", context)
    response["HX-PTag"] = tag
    patch_vary_headers(response, ["HX-Request"])
    return response


def _beside(request: Request, now: datetime) -> dict[str, Any]:
    """The order that stands beside the board, ?order=12; nothing without one, and 404 for one that is not theirs."""
    pk = request.GET.get("order", "")
    if not pk.isdecimal():
        return {"order": None}
    order = fetch_order(request, int(pk))
    look(customer=order.customer, why=str(order), by=request.user, at=now, rooftop=order.rooftop)
    return order_context(request, order, now) | {"in_panel": True}


def board_context(request: Request, now: datetime) -> dict[str, Any]:
    """Everything the board shows, in five queries whatever the number of cars."""
    rooftop = request.rooftop
    here = now.astimezone(rooftop.zone)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    called = written.short_name if request.counter_view else _whole
    tallies = _tallies(InspectionItem.objects.tally(rooftop))
    orders = [
        _order_card(row, tallies[row["pk"]], now, rooftop.zone, called)
        for row in RepairOrder.objects.for_board(rooftop)
    ]
    starts, ends = min(midnight, now - AROUND_NOW), max(midnight + timedelta(days=1), now + AROUND_NOW)
    expected = Appointment.objects.on_day(rooftop, starts=starts, ends=ends)
    arrivals = [_arrival_card(row, now, rooftop.zone, called) for row in expected if row["written_up_at"] is None]
    write_ups = [
        _write_up_card(row, now, rooftop.zone, request.user.pk, called) for row in WriteUp.objects.for_board(rooftop)
    ]
    if not request.staff_kinds & COUNTER:  # a write-up is the counter's to open
        write_ups = [{**card, "href": ""} for card in write_ups]
    begun = {card["appointment"] for card in write_ups}
    arrivals = [card for card in arrivals if card["pk"] not in begun]
    cards = [*arrivals, *write_ups, *orders]
    show = request.GET.get("show", "")
    tests = _tests(request)
    chosen = tests.get(show, tests[""])
    columns = [
        ("arriving", "Arriving", "Nobody else is expected today"),
        ("write-up", "Write-up", "No write-up is in progress"),
        ("in_shop", "In the shop", "No car is being worked on"),
        ("needs_answer", "Needs an answer", "No one is waiting on an answer"),
        ("ready", "Ready", "No car is waiting for its owner"),
    ]
    in_columns: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        if chosen(card):
            in_columns[card["column"]].append(card)
    return {
        "now": now,
        "here": here,
        "closed": ""
        if rooftop.opens_at <= here.time() < rooftop.closes_at
        else f"{rooftop.opens_at:closed until %H:%M}",
        "show": show,
        "query": f"?{urlencode({'show': show})}" if show in tests and show else "",
        "filters": [
            {
                "href": f"?show={name}" if name else reverse("service_lane:board"),
                "icon": icon and _icon(icon),
                "label": label,
                "count": sum(map(tests[name], cards)),
                "current": name == show or (not name and show not in tests),
            }
            for name, icon, label in FILTERS
        ],
        "columns": [
            {"id": name, "title": title, "cards": in_columns[name], "empty": empty} for name, title, empty in columns
        ],
        "is_empty_day": not cards,
        "next_appointment": "" if cards else _next_appointment(request, now),
        "todos": todos(request, cards, now),
        "figures": None if request.counter_view else _figures(request, cards, midnight, now),
        "mine": request.user.name,
    }


def _whole(name: str) -> str:
    return name


def _tests(request: Request) -> dict[str, Callable[[Card], bool]]:
    return {
        "": lambda card: True,
        "mine": lambda card: request.user.pk in card["owners"],
        "waiters": lambda card: card["stay"] == "waits",
        "risk": lambda card: bool(card["mark"]),
        "no-answer": lambda card: card["column"] == RepairOrder.Stage.NEEDS_ANSWER,
        "parts": lambda card: card["waits_for_part"],
    }


# --- cards -----------------------------------------------------------------------------------------------------------


@cache
def _icon(name: str) -> SafeString:
    return lane.icon(name)


@cache
def _car(body: str, color: str) -> SafeString:
    return lane.car(body, color)


@cache
def _stay(stay: str) -> SafeString:
    if stay not in STAYS:
        return mark_safe("")
    glyph, words = STAYS[stay]
    return format_html('<span class="stay" title="{}">{}<span class="vh">{}</span></span>', words, _icon(glyph), words)


@cache
def _pays(kinds: str) -> SafeString:
    return mark_safe("".join(lane.pay(kind) for kind in kinds))  # each is built by format_html


def _vehicle(row: Row) -> str:
    words = (str(row["vehicle__year"] or ""), row["vehicle__model"] or (row["vehicle__make"] or "").title())
    return " ".join(word for word in words if word) or "Car not known yet"


def _card(row: Row, name: str, called: Callable[[str], str], **fields: Any) -> Card:
    return {
        "pk": row["pk"],
        "name": called(name) or "Somebody new",
        "car": _car(row["vehicle__body"] or "sedan", row["vehicle__color"] or ""),
        "vehicle": _vehicle(row),
        "mark": rules.ON_TIME,
        "since": None,
        "condition": "",
        "strong": "",
        "number": "",
        "tag": "",
        "technician": "",
        "waits_for_part": False,
        "company": "",
        "sheet": "",
        "arrived": None,
        "opened_at": row.get("opened_at"),
        "appointment": None,
        "order": None,
        **fields,
    }


def _order_card(row: Row, tally: Mapping[str, int], now: datetime, zone: Any, called: Callable[[str], str]) -> Card:
    stage, promised_at = row["stage"], row["promised_at"]
    mark = rules.standing(promised_at=promised_at, now=now, stage=stage, parts_due_at=row["parts_due_at"])
    strong, words, glyph = _next_step(row, tally, zone)
    return _card(
        row,
        row["customer__name"],
        called,
        key=f"order-{row['pk']}",
        order=row["pk"],
        column=stage,
        href=reverse("service_lane:order", args=[row["pk"]]),
        time=f"{promised_at.astimezone(zone):%H:%M}" if promised_at else "\N{EN DASH}",
        at=promised_at,
        mark=mark,
        relative=rules.relative(
            promised_at=promised_at, now=now, stage=stage, mark=mark, told_at=row["told_at"], zone=zone
        ),
        stay=row["stay"],
        stay_icon=_stay(row["stay"]),
        condition=_condition(tally) if stage != RepairOrder.Stage.READY else "",
        step_icon=_icon(glyph),
        strong=strong,
        step=words,
        number=row["number"],
        tag=row["tag"],
        pays=_pays(row["pay_types"]),
        technician=written.initials(row["technician__name"] or ""),
        technician_name=row["technician__name"],
        technician_pk=row["technician_id"],
        owners={row["advisor_id"], row["technician_id"]},
        advisor=row["advisor_id"],
        compact="compact" if stage == RepairOrder.Stage.READY else "",
        company=row["company"],
        sheet=row["sheet"],
        waits_for_part=row["parts_due_at"] is not None,
        parts_due_at=row["parts_due_at"],
        presented_at=row["presented_at"],
        ready_at=row["ready_at"],
        told_at=row["told_at"],
        inspected=bool(tally) and "complete" in tally,
    )


def _next_step(row: Row, tally: Mapping[str, int], zone: Any) -> tuple[str, str, str]:
    """What a card's step line says: the words in bold, the words after them, and the icon."""
    stage, step = row["stage"], row["step"]
    if stage == RepairOrder.Stage.READY:
        return ("", step, "message-check") if row["told_at"] else (step or "Not told yet", "", "phone")
    if stage == RepairOrder.Stage.NEEDS_ANSWER:
        return "", step, "message"
    if row["parts_due_at"]:
        return f"Part due {row['parts_due_at'].astimezone(zone):%H:%M}.", step, "package"
    if tally and "complete" not in tally:
        return "", step or "Inspecting", "clipboard-check"
    return "", step, "tool"


def _condition(tally: Mapping[str, int]) -> SafeString | str:
    """The signs of a finished inspection, or how far an unfinished one has come."""
    if not tally:
        return ""
    if "complete" in tally:
        return lane.signs(
            red=tally.get(Condition.RED, 0), yellow=tally.get(Condition.YELLOW, 0), green=tally.get(Condition.GREEN, 0)
        )
    total = sum(tally.values())
    return lane.meter(total - tally.get(Condition.UNCHECKED, 0), total)


def _tallies(rows: Iterable[Row]) -> dict[int, dict[str, int]]:
    """Counts by condition for each order; the key "complete" (of 0) is there when its inspection is finished."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["order"]][row["condition"]] = row["count"]
        if row["completed_at"]:
            found[row["order"]]["complete"] = 0
    return found


def _arrival_card(row: Row, now: datetime, zone: Any, called: Callable[[str], str]) -> Card:
    arrived = row["arrived_at"]
    lane_words = f"Lane {row['lane']}." if row["lane"] else "Here."
    return _card(
        row,
        row["customer__name"],
        called,
        key=f"appointment-{row['pk']}",
        column="arriving",
        href=reverse("service_lane:appointment", args=[row["pk"]]),
        time=f"{row['due_at'].astimezone(zone):%H:%M}",
        at=row["due_at"],
        relative="here now" if arrived else written.until(row["due_at"], now).replace("late", "ago"),
        stay=row["stay"],
        stay_icon=_stay(row["stay"]),
        step_icon=_icon("map-pin" if arrived else "calendar"),
        strong=lane_words if arrived else "",
        step="Greet and write up" if arrived else row["purpose"],
        pays=_pays(row["pay_type"]),
        owners={row["advisor_id"]},
        advisor=row["advisor_id"],
        compact="",
        arrived=arrived,
        lane_name=row["lane"],
    )


def _write_up_card(row: Row, now: datetime, zone: Any, me: int, called: Callable[[str], str]) -> Card:
    typed = row["typed"]
    person = f"{text(typed, 'first_name')} {text(typed, 'last_name')}".strip() or text(typed, "business_name")
    promised = _promised(text(typed, "promised"), zone)
    stopped = STEP_NAMES[row["step"]]
    mine = row["advisor_id"] == me
    return _card(
        row,
        row["customer__name"] or person,
        called,
        key=f"write-up-{row['pk']}",
        column="write-up",
        href=reverse("service_lane:writeup", args=[row["pk"]]),
        time=f"{promised or row['started_at'].astimezone(zone):%H:%M}",
        at=row["started_at"],
        relative="promise" if promised else "started",
        stay=text(typed, "stay"),
        stay_icon=_stay(text(typed, "stay")),
        step_icon=_icon("pencil"),
        strong="You stopped" if mine else f"{row['advisor__name'].split()[0]} stopped",
        step=f"at {stopped}",
        stopped=stopped,
        place=STEP_PLACES[row["step"]],
        tag=text(typed, "tag")[:12],
        pays=_pays(row["appointment__pay_type"] or "C"),
        owners={row["advisor_id"]},
        advisor=row["advisor_id"],
        compact="",
        saved_at=row["saved_at"],
        appointment=row["appointment_id"],
    )


def _promised(typed: str, zone: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(typed).astimezone(zone) if typed else None
    except ValueError:
        return None


# --- the foot of the panel --------------------------------------------------------------------------------------------


def _figures(request: Request, cards: list[Card], midnight: datetime, now: datetime) -> list[dict[str, str]]:
    """The figures in the foot of the panel: only what follows from the rows."""
    promises = RepairOrder.objects.promises(request.rooftop, since=midnight, now=now)
    here = [card for card in cards if card["column"] in RepairOrder.Stage.values]
    waiting = [
        now - card["presented_at"]
        for card in here
        if card["column"] == RepairOrder.Stage.NEEDS_ANSWER and card["presented_at"]
    ]
    late = sum(1 for card in here if card["mark"] == rules.LATE)
    return [
        {"name": "Promises kept", "value": str(promises["kept"]), "unit": f"of {promises['due']}"},
        {"name": "Late now", "value": str(late), "unit": f"of {len(here)} here"},
        {"name": "Here to wait", "value": str(sum(1 for card in here if card["stay"] == "waits")), "unit": "people"},
        {
            "name": "Longest without answer",
            "value": rules.span(max(waiting)).removesuffix(" min") if waiting else "0",
            "unit": "min" if not waiting or max(waiting) < timedelta(hours=1) else "",
        },
    ]


def _next_appointment(request: Request, now: datetime) -> str:
    """When somebody is expected next, for a day without any."""
    soon = Appointment.objects.on_day(request.rooftop, starts=now, ends=now + timedelta(days=30)).first()
    if soon is None:
        return "Start with the car in front of you."
    due = soon["due_at"].astimezone(request.rooftop.zone)
    name = written.short_name(soon["customer__name"]) if request.counter_view else soon["customer__name"]
    return f"Next is {name}, {due:%A} {due.day} {due:%B} at {due:%H:%M}."
