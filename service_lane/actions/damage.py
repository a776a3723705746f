"""Damage seen with the customer at the walk-around: marked before the car goes in, and taken off again as a mistake."""

from datetime import datetime

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from service_lane.actions.writeup import held
from service_lane.models import DamageMark, WriteUp
from service_lane.rules import damage


@transaction.atomic(durable=True)
def mark_damage(
    *,
    write_up: WriteUp,
    place: damage.Place,
    kind: str,
    by: Staff,
    at: datetime,
    note: str = "",
    point: tuple[int, int] | None = None,
) -> DamageMark:
    """The next numbered mark: a `kind` of damage at a `place`, where the finger was or else in the middle of it.

    Raises writeup.Finished when the write-up is open already.
    """
    write_up = held(write_up)
    standing = list(write_up.marks.standing())
    x, y = damage.beside(*(point or (place.x, place.y)), [(one.x, one.y) for one in standing])
    name = DamageMark.Kind(kind).label
    mark = DamageMark.objects.create(
        write_up=write_up,
        number=len(standing) + 1,
        kind=kind,
        place=place.key,
        x=x,
        y=y,
        where=place.name,
        what=f"{name}, {note}" if note else name,
        seen_at=at,
    )
    write_up.last_change = {"mark": mark.pk}
    write_up.saved_at = at
    write_up.save(update_fields=["saved_at", "last_change"])
    audit.record(
        "write_up.damage_marked", about=write_up, by=by, at=at, number=mark.number, where=mark.where, what=mark.what
    )
    return mark


@transaction.atomic(durable=True)
def take_off(*, mark: DamageMark, by: Staff, at: datetime) -> bool:
    """The mark was a mistake: it and its number leave the list; marks after it move up by one.

    False when it was taken off already.  Raises writeup.Finished.
    """
    write_up = held(mark.write_up)
    if not DamageMark.objects.filter(pk=mark.pk).take_off(at=at):
        return False
    for number, later in enumerate(write_up.marks.standing(), start=1):
        if later.number != number:
            write_up.marks.filter(pk=later.pk).update(number=number)
    if write_up.last_change.get("mark") == mark.pk:
        write_up.last_change = {}
    write_up.saved_at = at
    write_up.save(update_fields=["saved_at", "last_change"])
    audit.record("write_up.mark_taken_off", about=write_up, by=by, at=at, where=mark.where, what=mark.what)
    return True
