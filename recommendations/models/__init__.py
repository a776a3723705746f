"""What we advise, at what price, what the customer answered, and the record that proves it."""

from recommendations.models.answers import CustomerLink, Decision, Presentation, PresentedLine
from recommendations.models.lines import Advisory, AdvisoryVersion
from recommendations.models.record import AuthorizationPolicy, Invoice, RecordEntry, RecordHead

__all__ = [
    "Advisory",
    "AdvisoryVersion",
    "AuthorizationPolicy",
    "CustomerLink",
    "Decision",
    "Invoice",
    "Presentation",
    "PresentedLine",
    "RecordEntry",
    "RecordHead",
]
