"""What is kept here, by topic: evaluations and hand-offs; stock and what goes with it; the files they came in."""

from sales_handoff.models.files import ImportedFile
from sales_handoff.models.handoffs import (
    Appraisal,
    Ask,
    Evaluation,
    Handoff,
    HandoffPolicy,
    HandoffQuerySet,
    MinefieldReading,
    ValueGuideRow,
)
from sales_handoff.models.stock import Program, Sale, SheetShown, StockNeed, StockUnit, Wish

__all__ = [
    "Appraisal",
    "Ask",
    "Evaluation",
    "Handoff",
    "HandoffPolicy",
    "HandoffQuerySet",
    "ImportedFile",
    "MinefieldReading",
    "Program",
    "Sale",
    "SheetShown",
    "StockNeed",
    "StockUnit",
    "ValueGuideRow",
    "Wish",
]
