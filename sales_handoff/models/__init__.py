"""What is kept here, by topic: values, outlooks, evaluations, asking, hand-offs, their owners, deals, stock, files."""

from sales_handoff.models.asking import IN_PERSON, Ask
from sales_handoff.models.deals import Deal
from sales_handoff.models.evaluations import Evaluation, HandoffPolicy
from sales_handoff.models.files import ImportedFile
from sales_handoff.models.handoffs import Handoff, HandoffQuerySet, MinefieldReading, Overdue
from sales_handoff.models.outlooks import CarMonth, CarOutlook, CarScore
from sales_handoff.models.owning import Escalation, Reassignment
from sales_handoff.models.stock import Program, Sale, SheetShown, StockNeed, StockUnit, Wish
from sales_handoff.models.tomorrow import PreparedVisit
from sales_handoff.models.values import Appraisal, ValueGuideRow

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
