"""What is kept here, by topic: evaluations and hand-offs; who owns them; deals; and tomorrow's lane."""

from sales_handoff.models.deals import Deal
from sales_handoff.models.handoffs import (
    IN_PERSON,
    Appraisal,
    Ask,
    CarMonth,
    CarOutlook,
    CarScore,
    Evaluation,
    Handoff,
    HandoffPolicy,
    HandoffQuerySet,
    MinefieldReading,
    Overdue,
    ValueGuideRow,
)
from sales_handoff.models.owning import Escalation, Reassignment
from sales_handoff.models.tomorrow import PreparedVisit

__all__ = [
    "IN_PERSON",
    "Appraisal",
    "Ask",
    "CarMonth",
    "CarOutlook",
    "CarScore",
    "Deal",
    "Escalation",
    "Evaluation",
    "Handoff",
    "HandoffPolicy",
    "HandoffQuerySet",
    "MinefieldReading",
    "Overdue",
    "PreparedVisit",
    "Reassignment",
    "ValueGuideRow",
]
