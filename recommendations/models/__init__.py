"""What we advise, at what price, what the customer answered, and the record that proves it."""

from recommendations.models.answers import (
    AnswerSignature,
    CustomerLink,
    Decision,
    Language,
    Presentation,
    PresentedLine,
    QuestionReply,
    TakenBack,
)
from recommendations.models.lines import Advisory, AdvisoryVersion
from recommendations.models.record import AuthorizationPolicy, EstimateWaiver, Invoice, RecordEntry, RecordHead

__all__ = [
    "Advisory",
    "AdvisoryVersion",
    "AnswerSignature",
    "AuthorizationPolicy",
    "CustomerLink",
    "Decision",
    "EstimateWaiver",
    "Invoice",
    "Language",
    "Presentation",
    "PresentedLine",
    "QuestionReply",
    "RecordEntry",
    "RecordHead",
    "TakenBack",
]
