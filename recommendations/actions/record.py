"""The record: one chain of entries per rooftop, and how it is checked against the rows it speaks of."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from dealership.audit import OutsideTransaction, late_entry
from dealership.models import Rooftop
from recommendations.models import (
    Advisory,
    Decision,
    Invoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    RecordHead,
    TakenBack,
)
from recommendations.rules import ChainEntry, canonical_json, chain_hash, verify_chain
from service_lane.models import RepairOrder


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of the canonical JSON of `content`."""
    return sha256(canonical_json(content).encode()).hexdigest()


def plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """`content` as JSON keeps it: amounts and dates as texts.  What is stored is what was hashed."""
    kept: dict[str, Any] = json.loads(canonical_json(content))
    return kept


def append(
    *,
    rooftop: Rooftop,
    kind: str,
    repair_order: RepairOrder,
    row_id: int,
    payload: Mapping[str, Any],
    at: datetime,
) -> RecordEntry:
    """Write the next entry of the rooftop's chain, inside the caller's transaction, and return it.

    `row_id` names the row `kind` speaks of.  The rooftop's head stays locked until the caller
    commits, so append last: after the rows it speaks of are written.  `at` is when it happened; what is entered late
    says so in its payload, and `sequence` keeps the order of writing.  Raises OutsideTransaction outside `atomic`.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(kind)
    head = _locked_head(rooftop)
    sequence = head.sequence + 1
    late = late_entry()
    content = plain(
        {
            **payload,
            **({"entered_late": late.as_facts()} if late else {}),
            "kind": str(kind),
            "sequence": sequence,
            "repair_order": repair_order.pk,
            "row": row_id,
            "at": at.astimezone(UTC),
        }
    )
    entry = RecordEntry.objects.create(
        rooftop=rooftop,
        sequence=sequence,
        kind=kind,
        repair_order=repair_order,
        row_id=row_id,
        payload=content,
        previous_hash=head.hash,
        hash=chain_hash(head.hash, content),
        at=at,
    )
    RecordHead.objects.filter(pk=head.pk).update(sequence=sequence, hash=entry.hash)
    return entry


def _locked_head(rooftop: Rooftop) -> RecordHead:
    heads = RecordHead.objects.select_for_update()
    head = heads.filter(pk=rooftop.pk).first()
    if head is None:
        RecordHead.objects.bulk_create([RecordHead(rooftop=rooftop)], ignore_conflicts=True)
        head = heads.get(pk=rooftop.pk)
    return head


def decision_payload(decision: Decision) -> dict[str, Any]:
    """What the chain keeps of one answer.  The language is there where the customer read the line themselves."""
    return {
        **({"language": str(decision.language)} if decision.language else {}),
        "line": decision.line_id,
        "advisory": decision.advisory_id,
        "shown": decision.line.sha256,
        "answer": str(decision.answer),
        "until_date": decision.until_date,
        "until_miles": decision.until_miles,
        "question": decision.question,
        "who_name": decision.who_name,
        "who_kind": str(decision.who_kind),
        "channel": str(decision.channel),
        "contact_used": decision.contact_used,
        "reason": decision.reason,
        "additional_cost": decision.additional_cost,
        "revised_total": decision.revised_total,
        "by": decision.by_id,
    }


def reply_payload(reply: QuestionReply) -> dict[str, Any]:
    """What the chain keeps of our reply to a question."""
    return {
        "question": reply.question_id,
        "text": reply.text,
        "language": str(reply.language),
        "by": reply.by_id,
    }


def taken_back_payload(taken_back: TakenBack) -> dict[str, Any]:
    """What the chain keeps of an answer that was taken back."""
    return {"decision": taken_back.decision_id, "by": taken_back.by_id}


def presentation_payload(presentation: Presentation, lines: list[PresentedLine]) -> dict[str, Any]:
    """What the chain keeps of one showing: to whom, by whom, the totals, and each line's fingerprint."""
    return {
        "channel": str(presentation.channel),
        "to_name": presentation.to_name,
        "to_contact": presentation.to_contact,
        "authorized_before": presentation.authorized_before,
        "revised_total": presentation.revised_total,
        "by": presentation.by_id,
        "lines": [
            {"line": line.pk, "advisory": line.advisory_id, "version": line.version_id, "sha256": line.sha256}
            for line in lines
        ],
    }


@dataclass(frozen=True)
class Verified:
    """What checking one rooftop's record found: how many entries hold, and the first that does not, in words."""

    entries: int
    problem: str = ""


def verify(rooftop: Rooftop) -> Verified:
    """Walk the rooftop's chain from its first entry and compare it with the rows it speaks of.

    Finds an entry that was changed, taken out, put in or cut off at the end, a row that is not as recorded, and a row
    the chain never heard of.
    """
    previous, count = RecordHead._meta.get_field("hash").default, 0
    for entry in RecordEntry.objects.filter(rooftop=rooftop).order_by("sequence").iterator(chunk_size=500):
        count += 1
        link = ChainEntry(previous_hash=entry.previous_hash, payload=entry.payload, hash=entry.hash)
        if broken := verify_chain([link], previous):
            return Verified(count - 1, f"Entry {entry.sequence}: {broken.reason}")
        if problem := _problem_with(entry, count):
            return Verified(count - 1, f"Entry {entry.sequence}: {problem}")
        previous = entry.hash
    head = RecordHead.objects.filter(rooftop=rooftop).first()
    if (head.sequence, head.hash) != (count, previous) if head else count:
        return Verified(count, f"After entry {count}: the record was cut off or its head was moved.")
    return Verified(count, next(_unrecorded(rooftop), ""))


def _problem_with(entry: RecordEntry, place: int) -> str:
    """What about this entry does not fit its own columns or the row it speaks of; "" when all does."""
    said = entry.payload
    columns = {"kind": entry.kind, "sequence": place, "repair_order": entry.repair_order_id, "row": entry.row_id}
    if any(said.get(key) != value for key, value in columns.items()) or entry.sequence != place:
        return "It is not where it was written."
    if datetime.fromisoformat(said["at"]) != entry.at:
        return "Its time is not what was recorded."
    return _CHECKS[entry.kind](entry)


def _check_presented(entry: RecordEntry) -> str:
    presentation = Presentation.objects.filter(pk=entry.row_id).first()
    if presentation is None:
        return f"Presentation {entry.row_id} is gone."
    lines = list(presentation.lines.order_by("pk"))
    for line in lines:
        if fingerprint(line.snapshot) != line.sha256:
            return f"Line {line.pk} of presentation {presentation.pk} is not what was shown."
    return _unless_as_recorded(entry, presentation_payload(presentation, lines), f"Presentation {presentation.pk}")


def _check_decided(entry: RecordEntry) -> str:
    decision = Decision.objects.select_related("line").filter(pk=entry.row_id).first()
    if decision is None:
        return f"Decision {entry.row_id} is gone."
    if entry.payload.get("language", "") != decision.language:
        return f"Decision {decision.pk} is not as recorded: language."
    return _unless_as_recorded(entry, decision_payload(decision), f"Decision {decision.pk}")


def _check_replied(entry: RecordEntry) -> str:
    reply = QuestionReply.objects.filter(pk=entry.row_id).first()
    if reply is None:
        return f"Reply {entry.row_id} is gone."
    return _unless_as_recorded(entry, reply_payload(reply), f"Reply {reply.pk}")


def _check_started(entry: RecordEntry) -> str:
    started = Advisory.objects.filter(pk=entry.row_id).exclude(work_started_at=None)
    undone = RecordEntry.objects.filter(
        rooftop=entry.rooftop_id,
        kind=RecordEntry.Kind.START_UNDONE,
        row_id=entry.row_id,
        sequence__gt=entry.sequence,
    )
    if started.exists() or undone.exists():
        return ""
    return f"Line {entry.row_id} was started, and no longer says so."


def _check_start_undone(entry: RecordEntry) -> str:
    return "" if Advisory.objects.filter(pk=entry.row_id).exists() else f"Line {entry.row_id} is gone."


def _check_taken_back(entry: RecordEntry) -> str:
    taken_back = TakenBack.objects.filter(pk=entry.row_id).first()
    if taken_back is None:
        return f"That an answer was taken back, row {entry.row_id}, is gone."
    return _unless_as_recorded(entry, taken_back_payload(taken_back), f"Answer taken back {taken_back.pk}")


def _check_reopened(entry: RecordEntry) -> str:
    return "" if entry.row_id == entry.repair_order_id else "It speaks of another repair order."


def _check_invoiced(entry: RecordEntry) -> str:
    invoice = Invoice.objects.filter(pk=entry.row_id).first()
    if invoice is None:
        return f"Invoice {entry.row_id} is gone."
    if fingerprint(invoice.document) != invoice.sha256 or invoice.sha256 != entry.payload.get("sha256"):
        return f"Invoice {invoice.pk} is not what was handed over."
    return ""


_CHECKS: dict[str, Callable[[RecordEntry], str]] = {
    RecordEntry.Kind.PRESENTED: _check_presented,
    RecordEntry.Kind.DECIDED: _check_decided,
    RecordEntry.Kind.REPLIED: _check_replied,
    RecordEntry.Kind.WORK_STARTED: _check_started,
    RecordEntry.Kind.INVOICED: _check_invoiced,
    RecordEntry.Kind.TAKEN_BACK: _check_taken_back,
    RecordEntry.Kind.START_UNDONE: _check_start_undone,
    RecordEntry.Kind.REOPENED: _check_reopened,
}


def _unless_as_recorded(entry: RecordEntry, row: dict[str, Any], name: str) -> str:
    changed = [key for key, value in plain(row).items() if entry.payload.get(key) != value]
    return f"{name} is not as recorded: {', '.join(changed)}." if changed else ""


def _unrecorded(rooftop: Rooftop) -> Iterator[str]:
    """Rows of this rooftop that the chain never heard of."""
    order = "repair_order__rooftop"
    rows = (
        (RecordEntry.Kind.PRESENTED, "Presentation", Presentation.objects.filter(**{order: rooftop})),
        (RecordEntry.Kind.DECIDED, "Decision", Decision.objects.filter(**{f"advisory__{order}": rooftop})),
        (
            RecordEntry.Kind.REPLIED,
            "Reply",
            QuestionReply.objects.filter(**{f"question__advisory__{order}": rooftop}),
        ),
        (RecordEntry.Kind.INVOICED, "Invoice", Invoice.objects.filter(**{order: rooftop})),
        (
            RecordEntry.Kind.TAKEN_BACK,
            "Answer taken back",
            TakenBack.objects.filter(**{f"decision__advisory__{order}": rooftop}),
        ),
    )
    for kind, name, found in rows:
        known = RecordEntry.objects.filter(rooftop=rooftop, kind=kind).values("row_id")
        for pk in found.exclude(pk__in=known).order_by("pk").values_list("pk", flat=True)[:1]:
            yield f"{name} {pk} was never recorded."
