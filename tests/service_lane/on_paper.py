"""A morning on paper at North: a sheet printed at 7:00, filled in by hand, and typed in at 17:38.  All invented."""

from datetime import datetime, timedelta
from typing import Any

from service_lane.actions import paper, writeup
from service_lane.models import Appointment, PaperRun, PaperSheet, RepairOrder, WriteUp
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.service_lane.test_open_repair_order import COMPLETE, make_menu

PRINTED = AT - timedelta(hours=4, minutes=38)
"""7:00 that Monday."""
LATE = AT + timedelta(hours=6)
"""17:38, when the network is back."""
ON_THE_SHEET = {"paper_day": "2026-11-23", "paper_came_in": "8:12", "paper_signed": "8:20 am"}


def at(hour: int, minute: int = 0) -> datetime:
    """That time of that Monday at the counter."""
    return PRINTED + timedelta(hours=hour - 7, minutes=minute)


def booked(cast: Cast, **fields: Any) -> Appointment:
    """Theo and his Ridgeline, expected at 8:15."""
    theo = make_customer()
    defaults = {
        "rooftop": cast.north,
        "customer": theo,
        "vehicle": make_vehicle(theo),
        "advisor": cast.ada,
        "due_at": at(8, 15),
        "purpose": "Oil change, and the brakes we put off in June.",
        "stay": "drops",
    }
    return Appointment.objects.create(**(defaults | fields))


def printed(cast: Cast, *appointments: Appointment, blanks: int = 1, **more: Any) -> PaperRun:
    return paper.print_run(
        rooftop=cast.north,
        day=AT.date(),
        appointments=appointments,
        blanks=blanks,
        by=cast.ada,
        at=PRINTED,
        **more,
    )


def typed_in(cast: Cast, sheet: PaperSheet | None = None, **typed: Any) -> WriteUp:
    """The write-up of a sheet (Theo's own unless said), with everything on it typed by Ada at 17:38."""
    if sheet is None:
        make_menu(cast)
        sheet = printed(cast, booked(cast)).sheets.get(number=1)
    write_up = paper.enter(sheet=sheet, by=cast.ada, at=LATE)
    fields = {name: value for name, value in (COMPLETE | ON_THE_SHEET | typed).items() if value is not None}
    writeup.save(write_up=write_up, typed=fields, by=cast.ada, at=LATE)
    write_up.refresh_from_db()
    return write_up


def opened(cast: Cast, write_up: WriteUp) -> RepairOrder:
    return writeup.open_repair_order(write_up=write_up, words_shown="", by=cast.ada, at=LATE)
