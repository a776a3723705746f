"""One person, once: who may be whom, merging two records, undoing it, and saying that they are different people.

A merge moves what hangs on the record that goes, table by table, whatever app the table is of, and keeps the ids so
that undoing moves exactly those back.  What is written once (looks, consents, asks) stays and is read through
`Customer.records`; what counts of the consents is written anew.  Rows that the kept record has already stay too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from customers import duplicates
from customers.belongings import key_of, links
from customers.models import Consent, ContactPoint, Customer, Duplicate, Household, Merge, NameWord, Tie
from customers.rules.merging import UNDO_FOR, combined, in_force, taken_back
from customers.search import fold_words
from customers.signals import customer_changed
from dealership import audit, outbox
from dealership.models import OutboxMessage, Rooftop, Staff

FIELDS = ("first_name", "last_name", "business_name", "language", "since_date", "household_id")
"""Of each of these one record's value stays."""
REACH = (ContactPoint.Kind.PHONE, ContactPoint.Kind.EMAIL)
"""Of each of these one record's comes first; the others stay beside it."""
_POINTS = f"{ContactPoint._meta.db_table}.customer_id"


class CannotMerge(ValueError):
    """Nothing was changed.  Its message says why, in the advisor's words."""


class CannotUndo(ValueError):
    """The merge stays.  Its message says why."""


class SaidAlready(Exception):
    """Somebody said of this pair what they are."""


# --- who may be whom --------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def compare_customers(*, customers: Iterable[int] | None = None, most: int, visits: str = "", at: datetime) -> int:
    """Hold up to `most` records that changed (of `customers`, or of all) against everybody; propose who may be whom.

    Returns how many were compared.  A proposal that no longer holds is taken back; an answer somebody gave stands.
    `visits` is as in `duplicates.found`.
    """
    waiting = Customer.objects.to_compare()
    if customers is not None:
        waiting = waiting.filter(pk__in=list(customers))
    taken = list(waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:most])
    Customer.objects.filter(pk__in=taken).update(compared_at=at)
    pairs = duplicates.found(taken, visits=visits) if taken else {}
    for pair in duplicates.said_different(pairs):
        del pairs[pair]
    mine = Duplicate.objects.filter(Q(lower__in=taken) | Q(higher__in=taken), state=Duplicate.State.PROPOSED)
    held = {(lower, higher): pk for pk, lower, higher in mine.values_list("pk", "lower", "higher")}
    Duplicate.objects.filter(pk__in=[pk for pair, pk in held.items() if pair not in pairs]).delete()
    Duplicate.objects.bulk_create(
        (
            Duplicate(lower_id=lower, higher_id=higher, points=one.points, reasons=list(one.reasons), found_at=at)
            for (lower, higher), one in sorted(pairs.items())
            if (lower, higher) not in held
        ),
        ignore_conflicts=True,
    )
    again = [
        Duplicate(pk=held[pair], points=one.points, reasons=list(one.reasons))
        for pair, one in pairs.items()
        if pair in held
    ]
    Duplicate.objects.bulk_update(again, ["points", "reasons"])
    return len(taken)


@transaction.atomic(durable=True)
def say_different(*, one: Customer, other: Customer, by: Staff, at: datetime, rooftop: Rooftop) -> None:
    """They are different people, and are not proposed again.  Raises SaidAlready."""
    if not Duplicate.objects.of(one, other).settle(state=Duplicate.State.DIFFERENT, by=by, at=at):
        raise SaidAlready
    audit.record("customer.said_different", about=one, by=by, at=at, rooftop=rooftop, other=other.pk)


# --- merging ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choices:
    """What stays of the record that goes: names of FIELDS, and kinds of REACH to be tried first."""

    of_gone: frozenset[str] = field(default=frozenset())
    seen: tuple[datetime | None, datetime | None] = (None, None)
    """`edited_at` of the kept and of the other record, as the preview showed them."""


@transaction.atomic(durable=True)
def merge(*, kept: Customer, gone: Customer, choices: Choices, by: Staff, at: datetime, rooftop: Rooftop) -> Merge:
    """All that hangs on `gone` goes to `kept`.  Raises CannotMerge."""
    kept, gone = _both(kept, gone, choices)
    reasons = list(duplicates.likeness(kept, gone).reasons)
    pair = Duplicate.objects.of(kept, gone)
    if proposed := pair.first():
        reasons = proposed.reasons
    fields = {name: (getattr(kept, name), getattr(gone, name)) for name in FIELDS if name in choices.of_gone}
    before: dict[str, Any] = {
        "fields": {name: [_plain(was), _plain(now)] for name, (was, now) in fields.items() if was != now},
        "household": gone.household_id,
    }
    first = {kind: (_first_of(kept, kind), _first_of(gone, kind)) for kind in REACH}
    said = {record.pk: _said(record) for record in (kept, gone)}
    moved = _move_all(gone, kept, at)
    Customer.objects.filter(pk=kept.pk).update(
        edited_at=at, compared_at=None, **{name: now for name, (_, now) in fields.items()}
    )
    before["preferred"] = _prefer(kept, first, choices.of_gone, moved.get(_POINTS, ()))
    kept.refresh_from_db()
    NameWord.objects.filter(customer=gone).delete()
    fold_words(kept)
    done = Merge.objects.create(kept=kept, gone=gone, by=by, at=at, reasons=reasons, before=before, moved=moved)
    _write_consents(done, said, first, choices.of_gone)
    pair.settle(state=Duplicate.State.MERGED, by=by, at=at)
    audit.record("customer.merged", about=kept, by=by, at=at, rooftop=rooftop, gone=gone.pk, merge=done.pk)
    customer_changed.send(sender=Customer, customer_id=kept.pk)
    return done


def _both(kept: Customer, gone: Customer, choices: Choices) -> tuple[Customer, Customer]:
    """Both as they are now, and nobody else's until this ends."""
    rows = _locked(kept.pk, gone.pk)
    if len(rows) < 2:
        raise CannotMerge("These are one and the same record.")
    if any(row.merged_into_id for row in rows.values()):
        raise CannotMerge("One of these records was merged meanwhile. Look at what is left of them, then merge again.")
    kept, gone = rows[kept.pk], rows[gone.pk]
    if kept.kind != gone.kind:
        raise CannotMerge("One is a person and the other a business. Correct that first, if they are one.")
    if (kept.edited_at, gone.edited_at) != choices.seen:
        raise CannotMerge("Somebody corrected one of these records while you looked. Look again, then merge.")
    return kept, gone


def _locked(*pks: int) -> dict[int, Customer]:
    return {row.pk: row for row in Customer.objects.select_for_update().filter(pk__in=pks).order_by("pk")}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _move_all(gone: Customer, kept: Customer, at: datetime) -> dict[str, list[int]]:
    """Give the rows of `gone` to `kept`; returns their ids by table and column.  Then `gone` is a record no longer."""
    moved = {}
    for link in links():
        rows = link.model._base_manager.filter(_stays(link, kept), **{link.name: gone})
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if link.model is Customer:
            # Whoever went into `gone` goes on, for a record is never further away than one step.
            _give(link, ids, gone, kept)
            if not Customer.objects.filter(pk=gone.pk).merge(into=kept, at=at):
                raise CannotMerge("This record was merged meanwhile.")
        else:
            _give(link, ids, gone, kept)
        if ids:
            moved[key_of(link)] = ids
    # A car of both is theirs once: the tie that stays behind is no current one.
    double = Tie.objects.filter(customer=gone, until_date=None)
    if ids := list(double.values_list("pk", flat=True)):
        double.update(until_date=at.date())
        moved["ended"] = ids
    return moved


def _give(link: models.ForeignKey[Any, Any], ids: list[int], owner: Customer, to: Customer) -> None:
    if ids:
        link.model._base_manager.filter(pk__in=ids, **{link.name: owner}).update(**{link.name: to})


def _stays(link: models.ForeignKey[Any, Any], kept: Customer) -> Q:
    """Rows that can go to `kept`: not what it has already, nor what would tie it to itself."""
    model, name = link.model, link.name
    free = Q()
    unique = [one for one in model._meta.constraints if isinstance(one, models.UniqueConstraint) and name in one.fields]
    for one in unique:
        same = {other: OuterRef(other) for other in one.fields if other != name}
        twins = model._base_manager.filter(one.condition or Q(), **{name: kept}, **same)
        free &= ~(Q(one.condition or Q()) & Q(Exists(twins)))
    if link.unique:
        free &= ~Q(Exists(model._base_manager.filter(**{name: kept})))
    for other in model._meta.concrete_fields:
        if other.related_model is Customer and other.name != name:
            free &= ~Q(**{other.name: kept})
    return free


# --- who is tried first -----------------------------------------------------------------------------------------------


def _first_of(record: Customer, kind: str) -> ContactPoint | None:
    return record.contact_points.filter(kind=kind).order_by("-preferred", "pk").first()


def _stands(pair: tuple[ContactPoint | None, ContactPoint | None], of_gone: bool) -> str:
    """The value that is tried first from now on; empty where neither has one."""
    kept, gone = pair
    chosen = (gone or kept) if of_gone else (kept or gone)
    return chosen.value if chosen else ""


def _prefer(
    kept: Customer,
    first: Mapping[ContactPoint.Kind, tuple[ContactPoint | None, ContactPoint | None]],
    of_gone: frozenset[str],
    came: Iterable[int],
) -> dict[str, list[int]]:
    """What was chosen comes first, else what did before; returns the ids that "was" first and those that "is" now."""
    came, points = set(came), list(kept.contact_points.all())
    has_one = any(point.preferred for point in points if point.pk not in came)
    found: dict[str, list[int]] = {"was": [], "is": []}
    for point in points:
        wanted = point.preferred
        if point.kind in of_gone:
            wanted = point.value == _stands(first[ContactPoint.Kind(point.kind)], of_gone=True)
        elif point.pk in came and has_one:
            wanted = False
        if wanted is not point.preferred:
            found["is" if wanted else "was"].append(point.pk)
    ContactPoint.objects.filter(pk__in=found["was"]).update(preferred=False)
    ContactPoint.objects.filter(pk__in=found["is"]).update(preferred=True)
    return found


# --- consents ---------------------------------------------------------------------------------------------------------


def _said(record: Customer) -> list[Consent]:
    return list(Consent.objects.filter(customer=record).order_by("at", "pk"))


def _in_force(said: Iterable[Consent]) -> dict[tuple[str, str], bool]:
    return in_force((one.purpose, one.channel, one.granted) for one in said)


def _write_consents(
    done: Merge,
    said: Mapping[int, list[Consent]],
    first: Mapping[ContactPoint.Kind, tuple[ContactPoint | None, ContactPoint | None]],
    of_gone: frozenset[str],
) -> None:
    """What counts of both from now on, as rows of the kept record that say where they come from."""
    stands = {kind: _stands(pair, kind in of_gone) for kind, pair in first.items()}
    has = {
        record.pk: [kind for kind, value in stands.items() if not value or _has(record, kind, value, done)]
        for record in (done.kept, done.gone)
    }
    kept, gone = said[done.kept_id], said[done.gone_id]
    written = combined(_in_force(kept), _in_force(gone), kept_has=has[done.kept_id], gone_has=has[done.gone_id])
    for (purpose, channel), granted in written.items():
        own = _words_of([*kept, *gone], purpose, channel, granted)
        _write(
            done.kept,
            purpose,
            channel,
            granted,
            words=own.words if own else "The yes was for a number or address that is not the one kept. Ask again.",
            version=own.text_version if own else "merge",
            source=str(done).lower(),
            by=done.by,
            at=done.at,
        )


def _has(record: Customer, kind: str, value: str, done: Merge) -> bool:
    """Whether a phone or e-mail was the record's own before the merge."""
    came = done.moved.get(_POINTS, [])
    points = ContactPoint.objects.filter(kind=kind, value=value)
    if record.pk == done.kept_id:
        return points.filter(customer=record).exclude(pk__in=came).exists()
    return points.filter(Q(customer=record) | Q(pk__in=came)).exists()


def _words_of(said: list[Consent], purpose: str, channel: str, granted: bool) -> Consent | None:
    fits = [
        one
        for one in said
        if one.purpose == purpose and one.granted is granted and one.channel in (channel, Consent.Channel.ANY)
    ]
    return max(fits, key=lambda one: (one.at, one.pk), default=None)


def _write(
    customer: Customer,
    purpose: str,
    channel: str,
    granted: bool | None,
    *,
    words: str,
    version: str,
    source: str,
    by: Staff,
    at: datetime,
) -> None:
    Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        granted=granted,
        words=words,
        text_version=version,
        source=source,
        by=by,
        at=at,
    )
    if granted is False:
        kinds = OutboxMessage.Kind.values if channel == Consent.Channel.ANY else [channel]
        theirs = list(customer.contact_points.values_list("value", flat=True))
        OutboxMessage.objects.filter(use=purpose, kind__in=kinds, to__in=theirs).cancel(outbox.STOPPED, at=at)


# --- undoing ----------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def undo_merge(*, merge: Merge, by: Staff, at: datetime, rooftop: Rooftop) -> None:
    """Both stand again, each with what it had; what came since stays with the kept one.  Raises CannotUndo."""
    rows = _locked(merge.kept_id, merge.gone_id)
    kept, gone = rows[merge.kept_id], rows[merge.gone_id]
    if not Merge.objects.filter(pk=merge.pk).undo(since=at - UNDO_FOR, by=by, at=at):
        merge.refresh_from_db()
        raise CannotUndo(
            "Somebody undid this merge already."
            if merge.undone_at
            else "The 30 days are over. This merge cannot be undone any more."
        )
    if kept.erased_at:
        raise CannotUndo("They asked to be forgotten. What they had before is gone.")
    if kept.merged_into_id:
        raise CannotUndo(f"{kept.name} was merged itself since. Undo that merge first.")
    home = Household.objects.filter(pk=merge.before["household"]).first() if merge.before["household"] else None
    if not Customer.objects.filter(pk=gone.pk).unmerge(into=kept, household=home):
        raise CannotUndo("This record went elsewhere meanwhile.")
    for link in links():
        _give(link, merge.moved.get(key_of(link), []), kept, gone)
    Tie.objects.filter(pk__in=merge.moved.get("ended", []), until_date=merge.at.date()).update(until_date=None)
    ContactPoint.objects.filter(pk__in=merge.before["preferred"]["is"]).update(preferred=False)
    ContactPoint.objects.filter(pk__in=merge.before["preferred"]["was"]).update(preferred=True)
    as_was = {
        name: was
        for name, (was, now) in merge.before["fields"].items()
        if _plain(getattr(kept, name)) == now and _is_there(name, was)
    }
    Customer.objects.filter(pk=kept.pk).update(edited_at=at, compared_at=None, **as_was)
    for record in (kept, gone):
        record.refresh_from_db()
        fold_words(record)
    _restore_consents(merge, kept, by=by, at=at)
    Duplicate.objects.of(kept, gone).reopen()
    audit.record("customer.merge_undone", about=kept, by=by, at=at, rooftop=rooftop, gone=gone.pk, merge=merge.pk)
    customer_changed.send(sender=Customer, customer_id=kept.pk)


def _is_there(name: str, was: Any) -> bool:
    return name != "household_id" or was is None or Household.objects.filter(pk=was).exists()


def _restore_consents(merge: Merge, kept: Customer, *, by: Staff, at: datetime) -> None:
    """What counted of the kept record counts again, unless they said something since."""
    said, own = _said(kept), str(merge).lower()
    written = [one for one in said if one.source == own]
    if not written:
        return
    first, last = ((one.at, one.pk) for one in (written[0], written[-1]))
    again = taken_back(
        before=_in_force(one for one in said if (one.at, one.pk) < first),
        now=_in_force(said),
        since=_in_force(one for one in said if (one.at, one.pk) > last),
        purposes={one.purpose for one in written},
    )
    for (purpose, channel), granted in again.items():
        _write(
            kept,
            purpose,
            channel,
            granted,
            words="As it was before the merge, which was undone.",
            version="merge",
            source=f"undo of {own}",
            by=by,
            at=at,
        )
