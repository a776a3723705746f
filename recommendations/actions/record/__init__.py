"""The record: what was shown, answered, begun and billed, chained so that a change shows.

chain     writing the next entry, and what an entry keeps of the row it speaks of
checking  every entry against the one before it, and against the rows it speaks of
"""

from recommendations.actions.record.chain import (
    append,
    decision_payload,
    erased_payload,
    fingerprint,
    invoice_payload,
    named_payload,
    notice_payload,
    parts_choice_payload,
    plain,
    policy_payload,
    presentation_payload,
    reply_payload,
    taken_back_payload,
    voided_payload,
    waiver_payload,
)
from recommendations.actions.record.checking import Verified, verify

__all__ = [
    "Verified",
    "append",
    "decision_payload",
    "erased_payload",
    "fingerprint",
    "invoice_payload",
    "named_payload",
    "notice_payload",
    "parts_choice_payload",
    "plain",
    "policy_payload",
    "presentation_payload",
    "reply_payload",
    "taken_back_payload",
    "verify",
    "voided_payload",
    "waiver_payload",
]
