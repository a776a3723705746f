"""Checking a rooftop's record: every entry against the one before it, and against the rows it speaks of.

Entries are read in batches, and the rows of a batch in one query per kind: a hundred thousand take seconds and little
memory.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from hashlib import sha256
from itertools import batched
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, Max, OuterRef

from dealership.models import Rooftop
from recommendations import estimate
from recommendations.actions.record.chain import (
    decision_payload,
    plain,
    policy_payload,
    presentation_payload,
    reply_payload,
    taken_back_payload,
    waiver_payload,
)
from recommendations.models import (
    Advisory,
    AuthorizationPolicy,
    Decision,
    EstimateWaiver,
    Invoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    RecordHead,
    TakenBack,
)
from recommendations.rules import GENESIS, ChainEntry, verify_chain
from service_lane.models import ServiceLine

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
    of.  `kept` are hashes by sequence that were written down elsewhere, like on an inspector's papers: with one, a
    chain that was made anew is found too.  Reads one state of the database, whatever is written meanwhile.
    """
    with _one_state():
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


def _walk(rooftop: Rooftop, kept: Mapping[int, str]) -> Verified:
    laws = {policy.pk: plain(policy_payload(policy))["policy"] for policy in AuthorizationPolicy.objects.all()}
    previous, count = GENESIS, 0
    stored = RecordEntry.objects.filter(rooftop=rooftop).order_by("sequence")
    for batch in batched(stored.iterator(chunk_size=BATCH), BATCH, strict=False):
        rows = {kind: load(batch) for kind, load in _LOADERS.items()}
        for entry in batch:
            # What was read from JSON has one canonical text without being made plain first.
            text = _text_of(entry.payload)
            if broken := verify_chain([ChainEntry(entry.previous_hash, text, entry.hash)], previous):
                return Verified(count, f"Entry {entry.sequence}: {broken.reason}")
            problem = (
                _misplaced(entry, count + 1)
                or (kept.get(entry.sequence, entry.hash) != entry.hash and "It is not the one that was kept elsewhere.")
                or _CHECKS[entry.kind](entry, rows[entry.kind].get(entry.row_id))
                or _rests_on_another_law(entry, laws)
            )
            if problem:
                return Verified(count, f"Entry {entry.sequence}: {problem}")
            previous, count = entry.hash, count + 1
    head = RecordHead.objects.filter(rooftop=rooftop).first()
    if (head.sequence, head.hash) != (count, previous) if head else count:
        return Verified(count, f"After entry {count}: the record was cut off or its head was moved.")
    if kept and max(kept) > count:
        return Verified(count, f"After entry {count}: the record was cut off. Entry {max(kept)} was kept elsewhere.")
    return Verified(count, next(_unrecorded(rooftop), ""), last=previous)


def _text_of(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _fingerprint_of(content: Any) -> str:
    return sha256(_text_of(content).encode()).hexdigest()


# --- the rows of a batch, one query per kind -------------------------------------------------------------------------


def _ids(batch: Sequence[RecordEntry], *kinds: str) -> list[int]:
    return [entry.row_id for entry in batch if entry.kind in kinds]


def _by_pk(rows: models.QuerySet[Any], wanted: Collection[int]) -> dict[int, Any]:
    return {row.pk: row for row in rows.filter(pk__in=wanted)} if wanted else {}


def _presentations(batch: Sequence[RecordEntry]) -> dict[int, Any]:
    """Each with its lines in order, and their versions."""
    wanted = _ids(batch, RecordEntry.Kind.PRESENTED)
    found = {pk: (row, []) for pk, row in _by_pk(Presentation.objects.all(), wanted).items()}
    lines = PresentedLine.objects.filter(presentation__in=wanted).select_related("version").order_by("pk")
    for line in lines if wanted else ():
        found[line.presentation_id][1].append(line)
    return found


def _decisions(batch: Sequence[RecordEntry]) -> dict[int, Any]:
    rows = Decision.objects.select_related("line", "signature").defer("line__snapshot")
    return _by_pk(rows, _ids(batch, RecordEntry.Kind.DECIDED))


def _started(batch: Sequence[RecordEntry]) -> dict[int, Any]:
    """For each line: whether it says that it was started, and the last entry that says its start was undone."""
    wanted = _ids(batch, RecordEntry.Kind.WORK_STARTED)
    if not wanted:
        return {}
    undone = dict(
        RecordEntry.objects.filter(
            rooftop=batch[0].rooftop_id, kind=RecordEntry.Kind.START_UNDONE, row_id__in=wanted
        ).values_list("row_id", Max("sequence"))
    )
    lines = Advisory.objects.filter(pk__in=wanted).values_list("pk", "work_started_at")
    return {pk: (at is not None, undone.get(pk, 0)) for pk, at in lines}


def _only_there(kind: str, rows: models.QuerySet[Any]) -> Callable[[Sequence[RecordEntry]], dict[int, Any]]:
    return lambda batch: _by_pk(rows.all(), _ids(batch, kind))


_LOADERS: dict[str, Callable[[Sequence[RecordEntry]], dict[int, Any]]] = {
    RecordEntry.Kind.PRESENTED: _presentations,
    RecordEntry.Kind.DECIDED: _decisions,
    RecordEntry.Kind.WORK_STARTED: _started,
    RecordEntry.Kind.REPLIED: _only_there(RecordEntry.Kind.REPLIED, QuestionReply.objects.all()),
    RecordEntry.Kind.INVOICED: _only_there(RecordEntry.Kind.INVOICED, Invoice.objects.all()),
    RecordEntry.Kind.TAKEN_BACK: _only_there(RecordEntry.Kind.TAKEN_BACK, TakenBack.objects.all()),
    RecordEntry.Kind.START_UNDONE: _only_there(RecordEntry.Kind.START_UNDONE, Advisory.objects.only("pk")),
    RecordEntry.Kind.WAIVED: _only_there(RecordEntry.Kind.WAIVED, EstimateWaiver.objects.all()),
    RecordEntry.Kind.REOPENED: lambda batch: {},
}


# --- one entry -------------------------------------------------------------------------------------------------------


def _misplaced(entry: RecordEntry, place: int) -> str:
    """What about this entry does not fit its own columns; "" when all does."""
    said = entry.payload
    columns = {"kind": entry.kind, "sequence": place, "repair_order": entry.repair_order_id, "row": entry.row_id}
    if entry.sequence != place or any(said.get(key) != value for key, value in columns.items()):
        return "It is not where it was written."
    return "" if said.get("at") == entry.at.astimezone(UTC).isoformat() else "Its time is not what was recorded."


def _check_presented(entry: RecordEntry, row: tuple[Presentation, list[PresentedLine]] | None) -> str:
    if row is None:
        return f"Presentation {entry.row_id} is gone."
    presentation, lines = row
    for line in lines:
        if _fingerprint_of(line.snapshot) != line.sha256:
            return f"Line {line.pk} of presentation {presentation.pk} is not what was shown."
        if changed := _not_as_shown(line):
            return f"Version {line.version.number} of line {line.advisory_id} is not as it was shown: {changed}."
    return _unless_as_recorded(entry, presentation_payload(presentation, lines), f"Presentation {presentation.pk}")


def _check_decided(entry: RecordEntry, decision: Decision | None) -> str:
    if decision is None:
        return f"Decision {entry.row_id} is gone."
    if entry.payload.get("language", "") != decision.language:
        return f"Decision {decision.pk} is not as recorded: language."
    drawn = decision.signature.sha256 if decision.signature else None
    if entry.payload.get("signature") != drawn or (decision.signature and not decision.signature.is_as_drawn):
        return f"Decision {decision.pk} is not as recorded: signature."
    return _unless_as_recorded(entry, decision_payload(decision), f"Decision {decision.pk}")


def _check_replied(entry: RecordEntry, reply: QuestionReply | None) -> str:
    if reply is None:
        return f"Reply {entry.row_id} is gone."
    return _unless_as_recorded(entry, reply_payload(reply), f"Reply {reply.pk}")


def _check_started(entry: RecordEntry, row: tuple[bool, int] | None) -> str:
    is_started, undone = row or (False, 0)
    if is_started or undone > entry.sequence:
        return ""
    return f"Line {entry.row_id} was started, and no longer says so."


def _check_start_undone(entry: RecordEntry, advisory: Advisory | None) -> str:
    return "" if advisory else f"Line {entry.row_id} is gone."


def _check_taken_back(entry: RecordEntry, taken_back: TakenBack | None) -> str:
    if taken_back is None:
        return f"That an answer was taken back, row {entry.row_id}, is gone."
    return _unless_as_recorded(entry, taken_back_payload(taken_back), f"Answer taken back {taken_back.pk}")


def _check_waived(entry: RecordEntry, waiver: EstimateWaiver | None) -> str:
    if waiver is None:
        return f"Waiver {entry.row_id} is gone."
    return _unless_as_recorded(entry, waiver_payload(waiver), f"Waiver {waiver.pk}")


def _check_reopened(entry: RecordEntry, _: None) -> str:
    return "" if entry.row_id == entry.repair_order_id else "It speaks of another repair order."


def _check_invoiced(entry: RecordEntry, invoice: Invoice | None) -> str:
    if invoice is None:
        return f"Invoice {entry.row_id} is gone."
    if _fingerprint_of(invoice.document) != invoice.sha256 or invoice.sha256 != entry.payload.get("sha256"):
        return f"Invoice {invoice.pk} is not what was handed over."
    return _unless_as_recorded(entry, {"total": invoice.total, "by": invoice.by_id}, f"Invoice {invoice.pk}")


_CHECKS: dict[str, Callable[[RecordEntry, Any], str]] = {
    RecordEntry.Kind.PRESENTED: _check_presented,
    RecordEntry.Kind.DECIDED: _check_decided,
    RecordEntry.Kind.REPLIED: _check_replied,
    RecordEntry.Kind.WORK_STARTED: _check_started,
    RecordEntry.Kind.INVOICED: _check_invoiced,
    RecordEntry.Kind.TAKEN_BACK: _check_taken_back,
    RecordEntry.Kind.START_UNDONE: _check_start_undone,
    RecordEntry.Kind.REOPENED: _check_reopened,
    RecordEntry.Kind.WAIVED: _check_waived,
}


def _unless_as_recorded(entry: RecordEntry, row: dict[str, Any], name: str) -> str:
    changed = [key for key, value in plain(row).items() if entry.payload.get(key) != value]
    return f"{name} is not as recorded: {', '.join(changed)}." if changed else ""


TEXTS = {
    "title": "title",
    "finding_text": "finding",
    "measurement": "measurement",
    "threshold": "threshold",
    "why_it_matters": "why_it_matters",
    "if_you_wait": "if_you_wait",
    "horizon": "horizon",
    "zero_reason": "zero_reason",
}
PART = ("description", "number", "quantity", "unit_price", "state")
AMOUNTS = ("labor", "labor_hours", "labor_rate", "flat_price", "tax", "total")


def _not_as_shown(line: PresentedLine) -> str:
    """Which columns of a line's version are not what its snapshot says, by name; "" when all are."""
    version, shown = line.version, line.snapshot
    changed = [column for column, key in TEXTS.items() if getattr(version, column) != shown.get(key, "")]
    changed += [name for name in AMOUNTS if getattr(version, name) != _decimal(shown.get(name))]
    if version.valid_until.isoformat() != shown["valid_until"]:
        changed.append("valid_until")
    if version.spanish != shown.get("es", {}):
        changed.append("spanish")
    parts = estimate.stored_parts(estimate.parts_of(version.parts))
    fees = estimate.stored_fees(estimate.fees_of(version.fees))
    if shown.get("pay_type") != ServiceLine.PayType.CUSTOMER:  # they pay nothing: the snapshot holds no prices
        parts = [part | {"unit_price": str(estimate.ZERO)} for part in parts]
        fees = []
    if [{key: part.get(key) for key in PART} for part in shown["parts"]] != parts:
        changed.append("parts")
    if shown["fees"] != fees:
        changed.append("fees")
    return ", ".join(changed)


def _decimal(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _rests_on_another_law(entry: RecordEntry, laws: Mapping[int, Mapping[str, Any]]) -> str:
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
        (
            RecordEntry.Kind.TAKEN_BACK,
            "Answer taken back",
            TakenBack.objects.filter(**{f"decision__advisory__{order}": rooftop}),
        ),
    )
    for kind, name, found in rows:
        known = RecordEntry.objects.filter(rooftop=rooftop, kind=kind, row_id=OuterRef("pk"))
        for pk in found.exclude(Exists(known)).order_by("pk").values_list("pk", flat=True)[:1]:
            yield f"{name} {pk} was never recorded."
    given = Decision.objects.filter(pk=OuterRef("last_decision_id"), advisory=OuterRef("pk"), answer=OuterRef("answer"))
    answered = Advisory.objects.filter(**{order: rooftop}).exclude(answer="")
    for pk in answered.exclude(Exists(given)).order_by("pk").values_list("pk", flat=True)[:1]:
        yield f"The answer of line {pk} is not the one that was given."
