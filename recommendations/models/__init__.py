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
from recommendations.models.followups import FollowUp, FollowUpPolicy, FollowUpStep
from recommendations.models.lines import Advisory, AdvisoryVersion
from recommendations.models.papers import DeclinedNotice, PaperPolicy, PartsChoice
from recommendations.models.record import AuthorizationPolicy, EstimateWaiver, Invoice, RecordEntry, RecordHead
from recommendations.models.second_cars import SecondCarItem, SecondCarOffer

__all__ = [
    "Advisory",
    "AdvisoryVersion",
    "AnswerSignature",
    "AuthorizationPolicy",
    "CustomerLink",
    "Decision",
    "DeclinedNotice",
    "EstimateWaiver",
    "FollowUp",
    "FollowUpPolicy",
    "FollowUpStep",
    "Invoice",
    "Language",
    "PaperPolicy",
    "PartsChoice",
    "Presentation",
    "PresentedLine",
    "QuestionReply",
    "RecordEntry",
    "RecordHead",
    "SecondCarItem",
    "SecondCarOffer",
    "TakenBack",
]
