"""Where lines come from, each with its ground.

findings  what a technician found, drafted when the inspection is complete
signed    what the customer signed for at write-up
by_hand   what is added at the counter
catalog   the first wording and price of any of them
"""

from recommendations.actions.drafting.by_hand import AlreadyThere, ByHand, Ungrounded, add_line
from recommendations.actions.drafting.catalog import columns_from_catalog
from recommendations.actions.drafting.findings import draft_from_inspection, findings_without_line
from recommendations.actions.drafting.signed import draft_requested, requests_without_line

__all__ = [
    "AlreadyThere",
    "ByHand",
    "Ungrounded",
    "add_line",
    "columns_from_catalog",
    "draft_from_inspection",
    "draft_requested",
    "findings_without_line",
    "requests_without_line",
]
