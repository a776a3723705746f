"""What is kept here, by topic: evaluations and hand-offs, who owns them, deals, tomorrow's lane, stock and files."""

from sales_handoff.models.deals import Deal
from sales_handoff.models.files import ImportedFile
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
from sales_handoff.models.stock import Program, Sale, SheetShown, StockNeed, StockUnit, Wish
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
    "ImportedFile",
    "MinefieldReading",
    "Overdue",
    "PreparedVisit",
    "Program",
    "Reassignment",
    "Sale",
    "SheetShown",
    "StockNeed",
    "StockUnit",
    "ValueGuideRow",
    "Wish",
]
