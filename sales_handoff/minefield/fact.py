"""One thing to mind: what it is, whose, since when, who owns it, and one sentence of advice."""

from datetime import datetime
from typing import Any

from service_lane.models import RepairOrder

type Fact = dict[str, Any]

COMPLAINT = "complaint"
COMEBACK = "comeback"
PROMISE = "promise"
BILL = "bill"
PIECES = "pieces"
IN_SHOP = "in_shop"
QUESTION = "question"
UNSAID = "unsaid"
ANSWER = "answer"
CONFIDENCE = "confidence"
RECALL = "recall"
DEAL = "deal"
BOUGHT = "bought"

OPEN, IN_SERVICE, IN_CONFIDENCE = "", "service", "confidence"
"""To whom the words of a fact are told."""


def fact(
    kind: str,
    customer: int | None,
    row: int,
    *,
    title: str,
    since: datetime | None,
    owner: str,
    advice: str,
    words: str = "",
    rooftop: int | None = None,
    page: tuple[str, Any, list[int]] | None = None,
    told: str = OPEN,
) -> Fact:
    """One fact; `rooftop` is whose history it is of, `page` names what it speaks of, `told` who reads the words."""
    return {
        "kind": kind,
        "customer": customer,
        "row": row,
        "title": title,
        "words": words,
        "since": since.isoformat() if since else "",
        "owner": owner,
        "advice": advice,
        "rooftop": rooftop,
        "page": page,
        "told": told,
    }


def page_of(name: str, pk: int) -> tuple[str, None, list[int]]:
    return name, None, [pk]


def of_visit(order: RepairOrder) -> dict[str, Any]:
    return {"rooftop": order.rooftop_id, "page": page_of("service_lane:order", order.pk)}


def advisor_of(order: RepairOrder) -> str:
    return order.advisor.name if order.advisor else "nobody"
