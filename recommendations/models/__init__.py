"""What we advise, at what price, what the customer answered, and the record that proves it."""

from recommendations.models.answers import (
    CustomerLink,
    Decision,
    Language,
    Presentation,
    PresentedLine,
    QuestionReply,
    TakenBack,
)
from recommendations.models.followups import FollowUp, FollowUpPolicy, FollowUpStep
from recommendations.models.lines import Advisory, AdvisoryVersion
from recommendations.models.record import AuthorizationPolicy, Invoice, RecordEntry, RecordHead

__all__ = [
    "Advisory",
    "AdvisoryVersion",
    "AuthorizationPolicy",
    "CustomerLink",
    "Decision",
    "FollowUp",
    "FollowUpPolicy",
    "FollowUpStep",
    "Invoice",
    "Language",
    "Presentation",
    "PresentedLine",
    "QuestionReply",
    "RecordEntry",
    "RecordHead",
    "TakenBack",
]
