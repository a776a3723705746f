"""Follow-ups of the demonstration: visits of the last months that ended with a no or a later, and what came of them."""

from collections.abc import Callable
from datetime import timedelta

from customers.actions import consents
from customers.models import Consent, Vehicle
from dealership.management.demonstration.lane import (
    _BATTERY_WEAK,
    _CABIN_FILTER,
    _FRONT_PADS_2,
    _REAR_PADS_4,
    _WIPERS,
    READY,
    Car,
    Found,
    Visit,
)
from dealership.management.demonstration.stage import Stage
from dealership.management.demonstration.story import close, play
from recommendations.actions import followups
from recommendations.models import FollowUp
from service_lane.models import RepairOrder


def _left(number: int, name: str, car: Car, found: Found, answers: dict[str, str]) -> Visit:
    """A visit that is over, with one finding and its answer; "answers" may be empty: nobody answered."""
    first_name, last_name = name.split(" ")
    return Visit(
        first_name,
        last_name,
        f"+141555504{number:02}",
        car,
        READY,
        "Oil change.",
        promised=-30,
        opened=300,
        services=("01HNLOF",),
        found=(found,),
        shown_by="counter",
        answers=answers,
        work="done",
        done=40,
    )


def follow_ups(stage: Stage) -> None:
    """Overdue, due, waiting for a reply, snoozed, never answered, and recovered; once."""
    hank = _left(1, "Hank Olsen", _car("Accord", "sedan", "7HOL145", 88_120), _FRONT_PADS_2, {"41BRKF": "declined"})
    mina = _left(2, "Mina Cho", _car("Fit", "hatch", "8MCH288", 54_300), _CABIN_FILTER, {"06CABIN": "declined"})
    luz = _left(3, "Luz Herrera", _car("Pilot", "suv", "8LHR331", 76_450), _FRONT_PADS_2, {"41BRKF": "declined"})
    peter = _left(4, "Peter Walsh", _car("CR-V", "suv", "7PWL110", 61_900), _REAR_PADS_4, {"41BRKR": "deferred"})
    gina = _left(5, "Gina Rossi", _car("Civic", "sedan", "7GRS526", 97_040), _FRONT_PADS_2, {"41BRKF": "declined"})
    omar = _left(6, "Omar Aziz", _car("Odyssey", "van", "8OAZ633", 112_800), _BATTERY_WEAK, {"38BAT": "declined"})
    nell = _left(7, "Nell Frost", _car("Accord", "sedan", "8NFR795", 43_700), _WIPERS, {})
    for days, visit, then in (
        (45, hank, None),
        (88, mina, None),
        (31, luz, _remind),
        (100, peter, _snooze),
        (130, gina, _recover),
        (33, omar, _leave_a_message),
        (95, nell, None),
    ):
        if not Vehicle.objects.filter(plate=visit.car.plate).exists():
            _visit(stage, days, visit)
            if then is not None:
                _go_on(then, stage, visit)


def _car(model: str, body: str, plate: str, miles: int) -> Car:
    return Car(2017, "HONDA", model, "EX", body, "blue", plate, miles)


def _visit(stage: Stage, days: int, visit: Visit) -> None:
    """A visit so many days ago, to its end."""
    then = Stage(stage.rooftop, stage.staff, stage.now - timedelta(days=days), stage.address)
    play(then, visit)
    order = RepairOrder.objects.here_now().select_related("rooftop").get(vehicle__plate=visit.car.plate)
    close(then, visit, order)
    followups.start(repair_order=order, at=then.ago(1))


def _go_on(does: Callable[[Stage, Visit, FollowUp], None], stage: Stage, visit: Visit) -> None:
    rows = FollowUp.objects.select_related("rooftop", "customer")
    does(stage, visit, rows.get(vehicle__plate=visit.car.plate))


def _remind(stage: Stage, visit: Visit, follow_up: FollowUp) -> None:
    """She said yes to reminders by text, and one is on its way."""
    consents.record_consent(
        customer=follow_up.customer,
        purpose=Consent.Purpose.MARKETING,
        channel=Consent.Channel.TEXT,
        granted=True,
        words="Northgate Honda may text me with offers and with reminders of work I put off.",
        text_version="2026-12",
        source="At the counter (demonstration)",
        by=stage.staff["dana"],
        at=stage.now - timedelta(days=31),
        rooftop=stage.rooftop,
    )
    followups.remind(follow_up=follow_up, by=stage.staff["dana"], at=stage.ago(90))


def _snooze(stage: Stage, visit: Visit, follow_up: FollowUp) -> None:
    until = stage.now.astimezone(stage.rooftop.zone).date() + timedelta(days=14)
    note, by = "Away until then. Call in the morning.", stage.staff["marcus"]
    followups.snooze(follow_up=follow_up, until=until, note=note, by=by, at=stage.ago(26 * 60))


def _leave_a_message(stage: Stage, visit: Visit, follow_up: FollowUp) -> None:
    followups.call(
        follow_up=follow_up,
        outcome="left_message",
        note="Voicemail, asked to call back.",
        contact=visit.phone,
        by=stage.staff["dana"],
        at=stage.ago(25 * 60),
    )


def _recover(stage: Stage, visit: Visit, follow_up: FollowUp) -> None:
    """Called two weeks ago, came, and said yes this time."""
    came = stage.now - timedelta(days=12)
    followups.call(
        follow_up=follow_up, outcome="books", contact=visit.phone, by=stage.staff["dana"], at=came - timedelta(days=2)
    )
    again = visit.__class__(
        **{**visit.__dict__, "answers": {"41BRKF": "approved"}, "services": (), "purpose": "The brakes, please."}
    )
    _visit(stage, 12, again)
    followups.settle(follow_up=follow_up, at=stage.now - timedelta(days=12))
