"""One chain of entries per rooftop, and what each of them keeps of the row it speaks of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from dealership.audit import OutsideTransaction, late_entry
from dealership.models import Rooftop
from recommendations import rules
from recommendations.models import (
    AuthorizationPolicy,
    Decision,
    EstimateWaiver,
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
    """What the chain keeps of one answer.  The language is there where the customer read the line themselves, and
    the fingerprint of what they drew where they signed by hand."""
    return {
        **({"language": str(decision.language)} if decision.language else {}),
        **({"signature": decision.signature.sha256} if decision.signature else {}),
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


def waiver_payload(waiver: EstimateWaiver) -> dict[str, Any]:
    """What the chain keeps of a written estimate that was waived: up to how much, by whom, in which words."""
    return {"most": waiver.most, "signed_name": waiver.signed_name, "words": waiver.words, "by": waiver.by_id}


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
    "source",
)
"""What an entry keeps of the law it rests on."""


def policy_payload(policy: AuthorizationPolicy) -> dict[str, Any]:
    """What the chain keeps of the policy that allowed a start of work or a bill: its row, and what it said then."""
    return {"policy": {"row": policy.pk} | {name: getattr(policy, name) for name in POLICY_SAYS}}
