"""The find box: plate, VIN, phone, name, key tag or RO number, in one field."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers.rules import check_vin, initial_of_last_name
from customers.rules.find import VIN_PART
from dealership.http import Request, role_required
from dealership.models import COUNTER, SERVICE
from service_lane.find import Answer, Found
from service_lane.find import find as search

NEW = {
    "plate": "New customer with this plate",
    "vin": "New customer with this VIN",
    "phone": "New customer with this phone",
    "email": "New customer with this e-mail",
    "last_name": "New customer with this name",
    "first_name": "New customer with this name",
}


@require_GET
@role_required(*SERVICE)
def find(request: Request) -> HttpResponse:
    """What was typed, found: the page, or its results alone for htmx.

    Enter (a plain request) goes straight to what can only be meant; `?all` shows the list in any case.
    """
    text = request.GET.get("q", "").strip()
    now = timezone.now()
    answer = search(text, request.rooftop, now) if text else None
    if answer and answer.only and not request.htmx and "all" not in request.GET:
        return redirect(_page_of(answer.only))
    template = "service_lane/find.html#results" if request.htmx else "service_lane/find.html"
    context = {"text": text, "now": now, **(_shown(request, answer) if answer else {"groups": []})}
    return render(request, template, context)


def _shown(request: Request, answer: Answer) -> dict[str, Any]:
    counter = request.counter_view
    at_counter = bool(request.staff_kinds & COUNTER)
    first = answer.first
    groups = [
        {
            "title": group.title,
            "key": group.key,
            "rows": [_line(row, counter) | {"is_first": row is first and not request.htmx} for row in group.rows],
        }
        for group in answer.groups
    ]
    label = next((NEW[field] for field in answer.new), "")
    return {
        "groups": groups,
        "spelled": bool(answer.spelled),
        "too_short": not answer.query.forms,
        "vin": _vin(answer),
        "mended": answer.mended,
        "new_label": label if at_counter else "",
        "new_url": f"{reverse('service_lane:writeup-new')}?{urlencode(answer.new)}" if label and at_counter else "",
    }


def _vin(answer: Answer) -> dict[str, Any] | None:
    """What looks wrong with a VIN, character by character, and what it may have been; None when nothing does."""
    if not answer.vin_problem:
        return None
    typed = answer.query.value(VIN_PART)
    odd: set[int | None] = {one.position for one in answer.candidates}
    odd = odd or {problem.position for problem in check_vin(typed).problems}
    return {
        "message": answer.vin_problem,
        "characters": [
            {"character": one, "place": place, "odd": place in odd} for place, one in enumerate(typed, start=1)
        ],
        "candidates": [
            {
                "question": one.question,
                "end": one.vin[-6:],
                "url": f"{reverse('service_lane:find')}?{urlencode({'q': one.vin})}",
            }
            for one in answer.candidates
        ],
    }


def _line(row: Found, counter: bool) -> dict[str, Any]:
    name = initial_of_last_name(row.name) if counter else row.name
    return {
        "url": _page_of(row),
        "name": name or "No name yet",
        "phone": "" if counter else row.phone,
        "car": row.car,
        "plate": row.plate,
        "vin_end": row.vin[-6:],
        "body": row.body,
        "color": row.color,
        "has_car": bool(row.vehicle_id),
        "number": row.number,
        "tag": row.tag,
        "step": "" if counter else row.step,
        "is_writing": bool(row.write_up_id),
        "at": row.at,
        "last_seen": row.last_seen,
        "home": _home(row, counter),
    }


MOST_NAMED = 6


def _home(row: Found, counter: bool) -> dict[str, Any] | None:
    """The household this line reaches: its name, who is in it, and its cars."""
    if row.household_id is None:
        return None
    members = [initial_of_last_name(name) if counter else name for name in row.members[:MOST_NAMED]]
    return {
        "url": reverse("customers:household-page", args=[row.household_id]),
        "name": "" if counter else row.household,
        "people": ", ".join(members),
        "cars": ", ".join(row.household_cars[:MOST_NAMED]),
    }


def _page_of(row: Found) -> str:
    """Where somebody who chooses this line wants to be."""
    if row.order_id:
        return reverse("service_lane:order", args=[row.order_id])
    if row.write_up_id:
        return reverse("service_lane:writeup", args=[row.write_up_id])
    if row.appointment_id:
        return reverse("service_lane:appointment", args=[row.appointment_id])
    if row.customer_id:
        return reverse("customers:customer", args=[row.customer_id])
    return reverse("customers:vehicle", args=[row.vehicle_id])
