"""One chain of entries per rooftop, and what each of them keeps of the row it speaks of."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection, models

from customers.models import Customer
from dealership.audit import OutsideTransaction, late_entry
from dealership.models import Rooftop, Staff
from recommendations import rules
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AuthorizationPolicy,
    Decision,
    DeclinedNotice,
    EstimateWaiver,
    Invoice,
    PartsChoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    RecordHead,
    TakenBack,
)
from recommendations.rules import canonical_json, chain_hash
from service_lane.models import RepairOrder


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of the canonical JSON of `content`."""
    return sha256(canonical_json(content).encode()).hexdigest()


def plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """`content` as JSON keeps it: amounts and dates as texts.  What is stored is what was hashed."""
    kept: dict[str, Any] = rules.plain(content)
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
    sequence, previous = _locked_head(rooftop)
    sequence += 1
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
    text = canonical_json(content)
    entry = RecordEntry(
        rooftop=rooftop,
        sequence=sequence,
        kind=kind,
        repair_order=repair_order,
        row_id=row_id,
        payload=content,
        previous_hash=previous,
        hash=chain_hash(previous, text),
        at=at,
    )
    values = (rooftop.pk, sequence, str(kind), repair_order.pk, row_id, text, previous, entry.hash, at)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, (sequence, entry.hash, rooftop.pk, *values))
        (entry.pk,) = cursor.fetchone()
    return entry


LOCK = "SELECT sequence, hash FROM recommendations_recordhead WHERE rooftop_id = %s FOR UPDATE"
WRITE = """
WITH moved AS (UPDATE recommendations_recordhead SET sequence = %s, hash = %s WHERE rooftop_id = %s)
INSERT INTO recommendations_recordentry
    (rooftop_id, sequence, kind, repair_order_id, row_id, payload, previous_hash, hash, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
"""The entry and its head in one statement: while they are written the whole rooftop waits (measure M7)."""


def _locked_head(rooftop: Rooftop) -> tuple[int, str]:
    """Where the chain stands; nobody else writes to it until the caller commits."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [rooftop.pk])
        if (head := cursor.fetchone()) is None:
            RecordHead.objects.bulk_create([RecordHead(rooftop=rooftop)], ignore_conflicts=True)
            cursor.execute(LOCK, [rooftop.pk])
            head = cursor.fetchone()
    sequence, last = head
    return sequence, last


DECISION = {
    "line": "line_id",
    "advisory": "advisory_id",
    "shown": "line__sha256",
    "answer": "answer",
    "until_date": "until_date",
    "until_miles": "until_miles",
    "question": "question",
    "who_name": "who_name",
    "who_kind": "who_kind",
    "channel": "channel",
    "contact_used": "contact_used",
    "reason": "reason",
    "additional_cost": "additional_cost",
    "revised_total": "revised_total",
    "by": "by_id",
}
DECISION_MAY_SAY = {"language": "language", "signature": "signature__sha256"}
"""The language is there where the customer read the line themselves, the fingerprint of what they drew where they
signed by hand."""
REPLY = {"question": "question_id", "text": "text", "language": "language", "by": "by_id"}
TAKEN_BACK = {"decision": "decision_id", "by": "by_id"}
WAIVER = {"most": "most", "signed_name": "signed_name", "words": "words", "by": "by_id"}
NOTICE = {
    "sha256": "sha256",
    "language": "language",
    "how": "how",
    "signed_name": "signed_name",
    "witness": "witness",
    "by": "by_id",
}
PARTS_CHOICE = {"wants_back": "wants_back", "by": "by_id"}
NAMED = {
    "designee": "designee_name",
    "limit": "designee_limit",
    "named_by": "signed_name",
    "named_how": "signed_how",
    "words": "signed_text",
}
"""Of the repair order: a customer names somebody in what they sign (16 CCR 3354(c))."""
INVOICE = {"sha256": "sha256", "total": "total", "by": "by_id"}
PRESENTATION = {
    "channel": "channel",
    "to_name": "to_name",
    "to_contact": "to_contact",
    "authorized_before": "authorized_before",
    "revised_total": "revised_total",
    "by": "by_id",
}
PRESENTED_LINE = {"line": "id", "advisory": "advisory_id", "version": "version_id", "sha256": "sha256"}
"""What an entry keeps of the row it speaks of, and the column that says it: writing and checking read the same."""


def _said(row: models.Model, columns: Mapping[str, str]) -> dict[str, Any]:
    return {key: _value(row, path) for key, path in columns.items()}


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None)
    return row


def decision_payload(decision: Decision) -> dict[str, Any]:
    """What the chain keeps of one answer."""
    may_say = {key: value for key, value in _said(decision, DECISION_MAY_SAY).items() if value}
    return may_say | _said(decision, DECISION)


def reply_payload(reply: QuestionReply) -> dict[str, Any]:
    """What the chain keeps of our reply to a question."""
    return _said(reply, REPLY)


def taken_back_payload(taken_back: TakenBack) -> dict[str, Any]:
    """What the chain keeps of an answer that was taken back."""
    return _said(taken_back, TAKEN_BACK)


def voided_payload(advisory: Advisory, shown: AdvisoryVersion, written: AdvisoryVersion, by: Staff) -> dict[str, Any]:
    """What the chain keeps of a yes that a change went past: which version it was to, and what took its place."""
    versions = {"version": shown.number, "total": shown.total, "became": written.number, "new_total": written.total}
    return {"advisory": advisory.pk, **versions, "by": by.pk}


def waiver_payload(waiver: EstimateWaiver) -> dict[str, Any]:
    """What the chain keeps of a written estimate that was waived: up to how much, by whom, in which words."""
    return _said(waiver, WAIVER)


def notice_payload(notice: DeclinedNotice) -> dict[str, Any]:
    """What the chain keeps of a declined-work notice: its fingerprint, how it ended, and that of what was drawn."""
    return _said(notice, NOTICE) | {"signature": drawn(notice.svg)}


def drawn(svg: str) -> str | None:
    """The SHA-256, in hex, of what somebody drew to sign; None where nothing was drawn."""
    return sha256(svg.encode()).hexdigest() if svg else None


def named_payload(order: RepairOrder) -> dict[str, Any]:
    """What the chain keeps of who else may say yes: who named them, in which words, up to how much, and who
    wrote the order up."""
    return _said(order, NAMED) | {"by": order.advisor_id}


def parts_choice_payload(choice: PartsChoice) -> dict[str, Any]:
    """What the chain keeps of what the customer said about their replaced parts."""
    return _said(choice, PARTS_CHOICE)


def invoice_payload(invoice: Invoice) -> dict[str, Any]:
    """What the chain keeps of a bill."""
    return _said(invoice, INVOICE)


def presentation_payload(presentation: Presentation, lines: list[PresentedLine]) -> dict[str, Any]:
    """What the chain keeps of one showing: to whom, by whom, the totals, and fingerprints of its head and lines."""
    head = {"head": fingerprint(presentation.head)} if presentation.head else {}
    return _said(presentation, PRESENTATION) | head | {"lines": [_said(line, PRESENTED_LINE) for line in lines]}


def erased_payload(customer: Customer, entries: Iterable[RecordEntry]) -> dict[str, Any]:
    """What the chain keeps of entries that are emptied from now on: where each stands, and the hash it had."""
    return {"customer": customer.pk, "entries": [{"sequence": entry.sequence, "hash": entry.hash} for entry in entries]}


POLICY_SAYS = (
    "jurisdiction",
    "effective_date",
    "tolerance_amount",
    "tolerance_percent",
    "tolerance_cap",
    "estimate_above",
    "maintenance_excepted",
    "waiver_allowed",
    "estimate_source",
    "general_fees_refused",
    "fees_source",
    "source",
)
"""What an entry keeps of the law it rests on."""


def policy_payload(policy: AuthorizationPolicy) -> dict[str, Any]:
    """What the chain keeps of the policy that allowed a start of work or a bill: its row, and what it said then."""
    return {"policy": {"row": policy.pk} | {name: getattr(policy, name) for name in POLICY_SAYS}}
