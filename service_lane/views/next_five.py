"""Your next five: what the cards of the board ask of the person looking at it."""

from datetime import datetime
from typing import Any

from dealership.http import Request
from dealership.models import BAY, COUNTER, OFFICE
from dealership.templatetags import written
from service_lane.models import RepairOrder
from service_lane.rules import board as rules

type Card = dict[str, Any]


def todos(request: Request, cards: list[Card], now: datetime) -> list[dict[str, Any]]:
    """The next five as the panel prints them; the first may be a write-up to resume."""
    zone = request.rooftop.zone
    me = request.user.pk
    oversees = bool(request.staff_kinds & OFFICE)
    at_counter = bool(request.staff_kinds & COUNTER)
    found: list[rules.Todo] = []
    for card in cards:
        if card["column"] == "write-up":
            if card["advisor"] == me:
                found.append(_resume(card, now))
        elif at_counter and (oversees or card["advisor"] in (me, None)):
            todo = _greet(card, now) if card["column"] == "arriving" else _for_counter(card, now, zone)
            if todo:
                found.append(todo)
        elif request.staff_kinds & BAY and card["owners"] & {me} and card["column"] == RepairOrder.Stage.IN_SHOP:
            found.append(_for_technician(card))
    keys = iter("12345")
    return [
        {
            "title": todo.short_title if request.counter_view else todo.title,
            "text": todo.text,
            "private": "" if request.counter_view else todo.private,
            "href": todo.href,
            "order": todo.order,
            "key": "R" if todo.resume_step else next(keys),
            "is_resume": bool(todo.resume_step),
            "track": [place <= todo.resume_step for place in range(1, 7)] if todo.resume_step else [],
        }
        for todo in rules.next_five(found)
    ]


def _todo(card: Card, rank: int, since: datetime | None, title: str, words: str, **more: Any) -> rules.Todo:
    """`title` holds {name}, which counter view shortens."""
    return rules.Todo(
        rank=rank,
        since=since or card["at"] or card["opened_at"],
        title=title.format(name=card["name"]),
        short_title=title.format(name=written.short_name(card["name"])),
        text=words,
        private=more.pop("private", ""),
        href=card["href"],
        order=card["order"],
        **more,
    )


def _resume(card: Card, now: datetime) -> rules.Todo:
    words = f"Write-up stopped at {card['stopped']}, {written.since(card['saved_at'], now)}"
    return _todo(card, 0, card["saved_at"], "Resume {name}", words, resume_step=card["place"])


def _greet(card: Card, now: datetime) -> rules.Todo | None:
    if not card["arrived"]:
        return None
    where = f"Pulled into lane {card['lane_name']}" if card["lane_name"] else "Pulled in"
    return _todo(card, 2, card["arrived"], "Greet {name}", f"{where}, {written.since(card['arrived'], now)}.")


def _for_counter(card: Card, now: datetime, zone: Any) -> rules.Todo | None:
    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M}"

    waiting = " Waiting here." if card["stay"] == "waits" else ""
    if card["mark"] == rules.LATE:
        return _todo(card, 1, card["at"], "Call {name}", f"Promise was {clock(card['at'])}. {card['step']}.{waiting}")
    part = card["parts_due_at"]
    if card["mark"] == rules.AT_RISK and part and part > card["at"]:
        words = f"Part lands {clock(part)}, after the {clock(card['at'])} promise. Offer a later time."
        return _todo(card, 3, card["at"], "Tell {name}: part is late", words)
    if card["mark"] == rules.AT_RISK:
        words = f"Promised {clock(card['at'])}, {written.until(card['at'], now)}. {card['step']}.{waiting}"
        return _todo(card, 3, card["at"], "Check on {name}", words)
    if card["column"] == RepairOrder.Stage.READY and not card["told_at"]:
        done = f"Finished {clock(card['ready_at'])}. " if card["ready_at"] else ""
        return _todo(card, 4, card["ready_at"], "Tell {name} it is ready", f"{done}Not told yet.")
    if card["column"] == RepairOrder.Stage.NEEDS_ANSWER:
        shown = f"Shown {clock(card['presented_at'])}, " if card["presented_at"] else ""
        words = f"{shown}{card['step']}."
        return _todo(card, 5, card["presented_at"], "Ask {name}", words[0].upper() + words[1:])
    return None


def _for_technician(card: Card) -> rules.Todo:
    words = f"{card['step'] or 'In the shop'}. Promised {card['time']}, {card['relative']}."
    return _todo(card, 1, card["at"], "{name}, " + card["vehicle"].replace("{", "").replace("}", ""), words)
