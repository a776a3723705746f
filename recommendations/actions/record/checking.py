"""Checking a rooftop's record: every entry against the one before it, and against the rows it speaks of.

Entries are read in batches, and the rows of a batch in one query per kind: a hundred thousand take seconds and little
memory.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef

from dealership.models import Rooftop
from recommendations.actions.record.chain import (
    DECISION_MAY_SAY,
    drawn,
    plain,
    policy_payload,
)
from recommendations.actions.record.stored import LOADERS, Entry, Row, fingerprint_of, started, starts_undone, text_of
from recommendations.models import (
    Advisory,
    AuthorizationPolicy,
    Decision,
    DeclinedNotice,
    EstimateWaiver,
    Invoice,
    PartsChoice,
    Presentation,
    QuestionReply,
    RecordEntry,
    RecordHead,
    TakenBack,
)
from recommendations.rules import GENESIS, ChainEntry, verify_chain

BATCH = 1000


@dataclass(frozen=True)
class Verified:
    """What checking one rooftop's record found: how many entries hold, and the first that does not, in words.

    `last` is the hash of the last one that holds.
    """

    entries: int
    problem: str = ""
    last: str = field(default="", compare=False)


def verify(rooftop: Rooftop, kept: Mapping[int, str] | None = None) -> Verified:
    """Walk the rooftop's chain from its first entry and compare it with the rows it speaks of.

    Finds an entry that was changed, taken out, put in, moved or cut off at the end; a row that is not as recorded or is
    gone; a version or a policy that an entry rests on and that says something else by now; a row the chain never heard
    of; an entry that was emptied and that no later one names as erased with the same hash.  `kept` are hashes by
    sequence that were written down elsewhere, like on an inspector's papers: with one, a chain that was made anew is
    found too.  Reads one state of the database, whatever is written meanwhile.
    """
    with _one_state(), _uncollected():
        return _walk(rooftop, kept or {})


@contextmanager
def _one_state() -> Iterator[None]:
    """Every query inside sees the same rows.  Inside somebody else's transaction it sees what that one sees."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@contextmanager
def _uncollected() -> Iterator[None]:
    """What a walk reads goes batch by batch without the collector, which takes a sixth of the time to find that out."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _walk(rooftop: Rooftop, kept: Mapping[int, str]) -> Verified:
    laws = {policy.pk: plain(policy_payload(policy))["policy"] for policy in AuthorizationPolicy.objects.all()}
    undone = starts_undone(rooftop)
    previous, count = GENESIS, 0
    emptied: dict[int, tuple[int, str]] = {}
    stored = RecordEntry.objects.filter(rooftop=rooftop).order_by("sequence").values_list(*Entry._fields)
    for batch in batched(map(Entry._make, stored.iterator(chunk_size=BATCH)), BATCH):
        rows = {kind: load(batch) for kind, load in LOADERS.items()}
        rows[RecordEntry.Kind.WORK_STARTED] = started(batch, undone)
        broken = verify_chain(map(_link, batch), previous)
        for position, entry in enumerate(batch):
            if broken and broken.position == position:
                return Verified(count, f"Entry {entry.sequence}: {broken.reason}")
            is_emptied = not entry.payload
            problem = (
                (entry.sequence != count + 1 and MISPLACED if is_emptied else _misplaced(entry, count + 1))
                or (kept.get(entry.sequence, entry.hash) != entry.hash and "It is not the one that was kept elsewhere.")
                or (not is_emptied and (_not_as_it_is(entry, rows[entry.kind]) or _rests_on_another_law(entry, laws)))
            )
            if problem:
                return Verified(count, f"Entry {entry.sequence}: {problem}")
            if is_emptied:
                emptied[entry.sequence] = (entry.repair_order, entry.hash)
            elif entry.kind == RecordEntry.Kind.ERASED:
                for one in entry.payload["entries"]:
                    if emptied.get(one["sequence"]) == (entry.repair_order, one["hash"]):
                        del emptied[one["sequence"]]
            previous, count = entry.hash, count + 1
    head = RecordHead.objects.filter(rooftop=rooftop).first()
    if (head.sequence, head.hash) != (count, previous) if head else count:
        return Verified(count, f"After entry {count}: the record was cut off or its head was moved.")
    if emptied:
        first = min(emptied)
        return Verified(first - 1, f"Entry {first}: It is empty, and no later entry says that it was erased.")
    if kept and max(kept) > count:
        return Verified(count, f"After entry {count}: the record was cut off. Entry {max(kept)} was kept elsewhere.")
    return Verified(count, next(_unrecorded(rooftop), ""), last=previous)


def _link(entry: Entry) -> ChainEntry:
    """What was read from JSON has one canonical text without being made plain first."""
    return ChainEntry(entry.previous_hash, text_of(entry.payload) if entry.payload else None, entry.hash)


# --- one entry -------------------------------------------------------------------------------------------------------


MISPLACED = "It is not where it was written."
PLACE = ("kind", "sequence", "repair_order", "row")


def _misplaced(entry: Entry, place: int) -> str:
    """What about this entry does not fit its own columns; "" when all does."""
    said = entry.payload
    here = (entry.kind, place, entry.repair_order, entry.row_id)
    if entry.sequence != place or tuple(map(said.get, PLACE)) != here:
        return MISPLACED
    return "" if said.get("at") == entry.at.astimezone(UTC).isoformat() else "Its time is not what was recorded."


def _check_presented(entry: Entry, row: Row) -> str:
    return row.pop("wrong", "") or _unless_as_recorded(entry, row, "Presentation")


def _check_decided(entry: Entry, row: Row) -> str:
    if row["signature"] != drawn(row.pop("svg")):
        return f"Decision {entry.row_id} is not as recorded: signature."
    for key in DECISION_MAY_SAY:
        if not row[key] and not entry.payload.get(key):
            del row[key]
    return _unless_as_recorded(entry, row, "Decision")


def _check_started(entry: Entry, row: Row) -> str:
    if row["is_started"] or row["undone"] > entry.sequence:
        return ""
    return f"Line {entry.row_id} was started, and no longer says so."


def _check_invoiced(entry: Entry, row: Row) -> str:
    if fingerprint_of(row.pop("document")) != row["sha256"]:
        return f"Invoice {entry.row_id} is not what was handed over."
    return _unless_as_recorded(entry, row, "Invoice")


def _check_noticed(entry: Entry, row: Row) -> str:
    if fingerprint_of(row.pop("document")) != row["sha256"]:
        return f"Declined-work notice {entry.row_id} is not what was put before them."
    return _unless_as_recorded(entry, row | {"signature": drawn(row.pop("svg"))}, "Declined-work notice")


def _check_reopened(entry: Entry) -> str:
    return "" if entry.row_id == entry.repair_order else "It speaks of another repair order."


NAMES: dict[str, str] = {
    RecordEntry.Kind.PRESENTED: "Presentation",
    RecordEntry.Kind.DECIDED: "Decision",
    RecordEntry.Kind.REPLIED: "Reply",
    RecordEntry.Kind.WORK_STARTED: "Line",
    RecordEntry.Kind.INVOICED: "Invoice",
    RecordEntry.Kind.TAKEN_BACK: "Answer taken back",
    RecordEntry.Kind.START_UNDONE: "Line",
    RecordEntry.Kind.WAIVED: "Waiver",
    RecordEntry.Kind.VOIDED: "Decision",
    RecordEntry.Kind.NOTICED: "Declined-work notice",
    RecordEntry.Kind.PARTS_CHOSEN: "Replaced-parts choice",
    RecordEntry.Kind.ERASED: "Granted erasure request",
    RecordEntry.Kind.NAMED: "Repair order",
}
_CHECKS: dict[str, Callable[[Entry, Row], str]] = {
    RecordEntry.Kind.PRESENTED: _check_presented,
    RecordEntry.Kind.DECIDED: _check_decided,
    RecordEntry.Kind.WORK_STARTED: _check_started,
    RecordEntry.Kind.INVOICED: _check_invoiced,
    RecordEntry.Kind.NOTICED: _check_noticed,
}


def _not_as_it_is(entry: Entry, rows: Mapping[int, Row]) -> str:
    """What about the row this entry speaks of is not as it was recorded; "" when all is."""
    if entry.kind == RecordEntry.Kind.REOPENED:
        return _check_reopened(entry)
    name, row = NAMES[entry.kind], rows.get(entry.row_id)
    if row is None:
        return f"{name} {entry.row_id} is gone."
    check = _CHECKS.get(entry.kind)
    # One line may be started, undone and started again: each entry looks at a copy of its own.
    return check(entry, dict(row)) if check else _unless_as_recorded(entry, row, name)


def _unless_as_recorded(entry: Entry, row: Row, name: str) -> str:
    said = entry.payload
    changed = [key for key, value in row.items() if said.get(key) != value and said.get(key) != _as_kept(value)]
    return f"{name} {entry.row_id} is not as recorded: {', '.join(changed)}." if changed else ""


def _as_kept(value: Any) -> Any:
    """An amount or a day as an entry has it: as text."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _rests_on_another_law(entry: Entry, laws: Mapping[int, Mapping[str, Any]]) -> str:
    """Whether the policy this entry rests on says something else by now."""
    said = entry.payload.get("policy")
    if said is None:
        return ""
    now = laws.get(said["row"], {})
    changed = [key for key, value in said.items() if now.get(key) != value]
    return f"Authorization policy {said['row']} is not as recorded: {', '.join(changed)}." if changed else ""


# --- what the chain never heard of -----------------------------------------------------------------------------------


def _unrecorded(rooftop: Rooftop) -> Iterator[str]:
    """Rows of this rooftop that the chain never heard of, and a line whose answer nobody gave."""
    order = "repair_order__rooftop"
    rows: tuple[tuple[str, str, models.QuerySet[Any]], ...] = (
        (RecordEntry.Kind.PRESENTED, "Presentation", Presentation.objects.filter(**{order: rooftop})),
        (RecordEntry.Kind.DECIDED, "Decision", Decision.objects.filter(**{f"advisory__{order}": rooftop})),
        (
            RecordEntry.Kind.REPLIED,
            "Reply",
            QuestionReply.objects.filter(**{f"question__advisory__{order}": rooftop}),
        ),
        (RecordEntry.Kind.INVOICED, "Invoice", Invoice.objects.filter(**{order: rooftop})),
        (RecordEntry.Kind.WAIVED, "Waiver", EstimateWaiver.objects.filter(**{order: rooftop})),
        (RecordEntry.Kind.NOTICED, "Declined-work notice", DeclinedNotice.objects.filter(**{order: rooftop})),
        (RecordEntry.Kind.PARTS_CHOSEN, "Replaced-parts choice", PartsChoice.objects.filter(**{order: rooftop})),
        (
            RecordEntry.Kind.TAKEN_BACK,
            "Answer taken back",
            TakenBack.objects.filter(**{f"decision__advisory__{order}": rooftop}),
        ),
    )
    for kind, name, found in rows:
        known = RecordEntry.objects.filter(rooftop=rooftop, kind=kind).order_by().values_list("row_id")
        # EXCEPT and not NOT EXISTS: the same plan with statistics and without, as in a backup just restored.
        for (pk,) in found.order_by().values_list("pk").difference(known).order_by()[:1]:
            yield f"{name} {pk} was never recorded."
    begun = Advisory.objects.filter(**{order: rooftop}).exclude(work=Advisory.Work.NOT_STARTED)
    starts = RecordEntry.objects.filter(rooftop=rooftop, kind=RecordEntry.Kind.WORK_STARTED)
    known = starts.order_by().values_list("row_id")
    for (pk,) in begun.order_by().values_list("pk").difference(known).order_by()[:1]:
        yield f"Line {pk} was started, and that was never recorded."
    given = Decision.objects.filter(
        pk=OuterRef("last_decision_id"),
        advisory=OuterRef("pk"),
        answer=OuterRef("answer"),
        line__version__number=OuterRef("answered_version"),
    )
    answered = Advisory.objects.filter(**{order: rooftop}).exclude(answer="")
    for pk in answered.exclude(Exists(given)).order_by("pk").values_list("pk", flat=True)[:1]:
        yield f"The answer of line {pk} is not the one that was given."
