"""The draft at the counter: whatever is typed is kept, right or wrong, until it is opened or put away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.models import Customer, Vehicle
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane.counter import words_to_sign
from service_lane.models import Appointment, RepairOrder, WriteUp
from service_lane.rules import Missing
from service_lane.rules.typed import CHOICES, FIELDS, SEVERAL

type Fields = Mapping[str, str | list[str]]


class NotReady(Exception):
    """The write-up lacks something, or something in it cannot be read; `missing` names each field with a sentence."""

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__("; ".join(one.message for one in missing))
        self.missing = missing


class AlreadyHere(Exception):
    """The car is on an open repair order already: `order`."""

    def __init__(self, order: RepairOrder) -> None:
        super().__init__(f"This car is already here on {order}.")
        self.order = order


class Finished(Exception):
    """The write-up became `order` meanwhile, or was dropped (`order` is None)."""

    def __init__(self, order: RepairOrder | None) -> None:
        super().__init__(f"This write-up is {order} already." if order else "This write-up was dropped.")
        self.order = order


@dataclass(frozen=True)
class Saved:
    """What a save did: the names of the fields that changed, and of those somebody else had changed meanwhile.

    `theirs` stay as the other person left them; the value is the id of that person.
    """

    changed: tuple[str, ...] = ()
    theirs: Mapping[str, int] = field(default_factory=dict)


# --- verbs -----------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def start(
    *,
    rooftop: Rooftop,
    by: Staff,
    at: datetime,
    customer: Customer | None = None,
    vehicle: Vehicle | None = None,
    appointment: Appointment | None = None,
    typed: Fields | None = None,
) -> WriteUp:
    """A write-up in progress.  The same car or appointment twice is the one that was already started."""
    if appointment:
        customer, vehicle = appointment.customer, appointment.vehicle or vehicle
    begun = WriteUp.objects.unfinished().filter(rooftop=rooftop)
    if appointment:
        begun = begun.filter(appointment=appointment)
    elif vehicle:
        begun = begun.filter(vehicle=vehicle)
    else:
        begun = begun.none()
    if already := begun.select_for_update().first():
        return already
    if vehicle and (order := RepairOrder.objects.here_now().filter(vehicle=vehicle).first()):
        raise AlreadyHere(order)
    first = _known(typed or {})
    if appointment:
        first = {"purpose": appointment.purpose, "stay": appointment.stay} | first
    write_up = WriteUp.objects.create(
        rooftop=rooftop,
        advisor=by,
        customer=customer,
        vehicle=vehicle,
        appointment=appointment,
        typed=first,
        started_at=at,
        saved_at=at,
    )
    if appointment:
        Appointment.objects.filter(pk=appointment.pk).arrive(at=at)
    audit.record("write_up.started", about=write_up, by=by, at=at)
    return write_up


@transaction.atomic(durable=True)
def save(
    *,
    write_up: WriteUp,
    typed: Fields,
    by: Staff,
    at: datetime,
    step: str = "",
    field: str = "",
    seen_at: datetime | None = None,
) -> Saved:
    """Keep what was typed, right or wrong, and where they are on the page: the `step`, and the `field` in it.

    Fields not in `typed` stay.  With `seen_at`, when the page was loaded that sends a whole form, a field that somebody
    else changed since then stays too, so that an old page never writes over a colleague.  Raises Finished when it is
    open already.
    """
    write_up = held(write_up)
    new = _known(typed)
    theirs = _changed_by_others(write_up, new, by, seen_at) if seen_at else {}
    shown = _as_shown(write_up)
    changed = {
        name: value for name, value in new.items() if name not in theirs and shown.get(name, _empty(name)) != value
    }
    moved = (step in WriteUp.Step.values and step != write_up.step) or (bool(field) and field != write_up.field)
    if not changed and not moved:
        return Saved(theirs=theirs)
    if step in WriteUp.Step.values:
        write_up.step = step
    write_up.field = field or write_up.field
    if changed:
        _remember(write_up, changed, by, at)
        write_up.typed = write_up.typed | changed
        if changed.keys() & {"signed_name", "signed_drawing"}:
            write_up.signed_for = words_to_sign(write_up, at=at)
    write_up.saved_at = at
    write_up.save(update_fields=["typed", "saved_at", "step", "field", "touched", "last_change", "signed_for"])
    if changed:
        audit.record("write_up.saved", about=write_up, by=by, at=at, fields=list(changed))
    return Saved(tuple(changed), theirs)


@transaction.atomic(durable=True)
def undo(*, write_up: WriteUp, by: Staff, at: datetime) -> tuple[str, ...]:
    """Put back what the last change changed: its fields as they were, or the mark taken off.

    Returns the names of the fields, "mark" for a mark, nothing when there is nothing to undo.  Raises Finished.
    """
    write_up = held(write_up)
    last = dict(write_up.last_change)
    if not last:
        return ()
    if mark := last.pop("mark", None):
        write_up.marks.filter(pk=mark).take_off(at=at)
        undone: tuple[str, ...] = ("mark",)
    else:
        kept = {name: value for name, value in write_up.typed.items() if name not in last}
        write_up.typed = kept | {name: value for name, value in last.items() if value is not None}
        undone = tuple(last)
    write_up.last_change = {}
    write_up.saved_at = at
    write_up.save(update_fields=["typed", "last_change", "saved_at"])
    audit.record("write_up.undone", about=write_up, by=by, at=at, fields=list(undone))
    return undone


@transaction.atomic(durable=True)
def choose(
    *,
    write_up: WriteUp,
    by: Staff,
    at: datetime,
    customer: Customer | None = None,
    vehicle: Vehicle | None = None,
    somebody_new: bool = False,
) -> None:
    """Say who this is and which of our cars, or that it is `somebody_new`.  Raises AlreadyHere."""
    write_up = held(write_up)
    if vehicle and (order := RepairOrder.objects.here_now().filter(vehicle=vehicle).first()):
        raise AlreadyHere(order)
    if customer or somebody_new:
        write_up.customer = customer
    if vehicle:
        write_up.vehicle = vehicle
        write_up.typed = {name: value for name, value in write_up.typed.items() if name not in ("vin", "plate")}
    write_up.saved_at = at
    write_up.save(update_fields=["customer", "vehicle", "typed", "saved_at"])
    audit.record(
        "write_up.matched", about=write_up, by=by, at=at, customer=write_up.customer_id, vehicle=write_up.vehicle_id
    )


@transaction.atomic(durable=True)
def drop(*, write_up: WriteUp, by: Staff, at: datetime) -> None:
    """The customer left without a visit; what was typed stays, out of sight.  Raises Finished when it is open."""
    if not WriteUp.objects.filter(pk=write_up.pk).drop(at=at):
        write_up.refresh_from_db()
        raise Finished(write_up.repair_order)
    audit.record("write_up.dropped", about=write_up, by=by, at=at)


def held(write_up: WriteUp) -> WriteUp:
    """The write-up as it is now, locked until this transaction ends.  Raises Finished when it was opened or dropped."""
    now = (
        WriteUp.objects.select_for_update(of=("self",))
        .select_related("rooftop", "customer", "vehicle", "appointment", "advisor", "repair_order")
        .get(pk=write_up.pk)
    )
    if now.repair_order_id or now.dropped_at:
        raise Finished(now.repair_order)
    return now


def _empty(name: str) -> str | list[str]:
    return [] if name in SEVERAL else ""


def _as_shown(write_up: WriteUp) -> dict[str, Any]:
    """The fields as the page shows them: as typed, and what we know of the car where nothing was."""
    if write_up.vehicle is None:
        return dict(write_up.typed)
    return {"plate": write_up.vehicle.plate, "vin": write_up.vehicle.vin or ""} | write_up.typed


def _changed_by_others(write_up: WriteUp, new: Mapping[str, Any], by: Staff, seen_at: datetime) -> dict[str, int]:
    """Those of `new` that somebody else changed after `seen_at` to something else, by whose id."""
    shown = _as_shown(write_up)
    return {
        name: staff
        for name, (when, staff) in write_up.touched.items()
        if name in new
        and staff != by.pk
        and datetime.fromisoformat(when) > seen_at
        and shown.get(name, _empty(name)) != new[name]
    }


def _remember(write_up: WriteUp, changed: Mapping[str, Any], by: Staff, at: datetime) -> None:
    """Who changed what, and what stood there before.  Going on typing is one change, choosing again is another.

    A whole form sent at once is nobody's last change: taking all of it back would lose what was typed.
    """
    write_up.touched = write_up.touched | {name: [at.isoformat(), by.pk] for name in changed}
    if len(changed) > MOST_AT_ONCE:
        write_up.last_change = {}
    elif write_up.last_change.keys() != changed.keys() or changed.keys() & CHOICES:
        write_up.last_change = {name: write_up.typed.get(name) for name in changed}


MOST_AT_ONCE = 3
"""Fields that one hand changes at a time, like a promise and the day it is for."""


def _known(typed: Fields) -> dict[str, Any]:
    """The fields of a write-up among `typed`, lists as lists and the rest as typed."""
    kept: dict[str, Any] = {}
    for name, value in typed.items():
        if name in SEVERAL:
            kept[name] = [value] if isinstance(value, str) else [str(one) for one in value]
        elif name in FIELDS:
            kept[name] = value if isinstance(value, str) else str(value)
    return kept
