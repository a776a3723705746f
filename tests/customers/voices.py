"""What the tests of feedback, check-ins, purchases, referrals and questions say and do."""

from datetime import date, timedelta
from typing import Any

from customers import actions
from customers.actions import follow_throughs
from customers.models import CheckIn, Complaint, Customer, Feedback, FollowThrough, Purchase, Referral
from dealership.models import Staff
from tests.cast import AT, Cast, make_customer

TOMORROW = AT + timedelta(days=1)


def say(cast: Cast, customer: Customer | None, words: str = "Ada kept her word.", **fields: Any) -> Feedback:
    given = {"rooftop": cast.north, "kind": "praise", "side": "service", "by": cast.ada, "at": AT} | fields
    return actions.record_feedback(customer=customer, words=words, **given)


def complain(cast: Cast, customer: Customer, words: str = "Nobody called me back.", **fields: Any) -> Complaint:
    given = {"rooftop": cast.north, "side": "service", "due_at": TOMORROW, "by": cast.ada, "at": AT} | fields
    return actions.open_complaint(customer=customer, words=words, **given)


def agree(cast: Cast, customer: Customer, granted: bool = True, channel: str = "call", **fields: Any) -> None:
    actions.record_consent(
        customer=customer,
        purpose="satisfaction",
        channel=channel,
        granted=granted,
        words="Ask me how it went.",
        text_version="1",
        source="At the counter",
        by=cast.ada,
        at=fields.get("at", AT),
        rooftop=cast.north,
    )


def plan(cast: Cast, customer: Customer, visit: str = "48213", **fields: Any) -> CheckIn:
    given = {"car": "2018 Ridgeline", "owner": cast.ada, "closed_at": AT - timedelta(days=4)} | fields
    made = actions.plan_after_visit(
        customer=customer, rooftop=cast.north, visit=visit, at=given.pop("at", AT - timedelta(days=4)), **given
    )
    assert made is not None
    return made


def buy(cast: Cast, customer: Customer, deal_number: str = "D-1", **fields: Any) -> Purchase:
    given = {
        "rooftop": cast.north,
        "car": "2026 Honda CR-V",
        "sold_date": date(2026, 11, 20),
        "salesperson": cast.sam,
        "promised": "A second key",
        "by": cast.sam,
        "at": AT,
    } | fields
    return actions.record_purchase(customer=customer, deal_number=deal_number, **given)


def refer(cast: Cast, sender: Customer, sent: Customer, what: str = "service", by: Staff | None = None) -> Referral:
    return actions.record_referral(
        sender=sender, sent=sent, what=what, words="", rooftop=cast.north, by=by or cast.ada, at=AT
    )


def ask(cast: Cast, customer: Customer, **fields: Any) -> FollowThrough:
    given = {"owner": cast.sam, "due_at": AT + timedelta(hours=2), "by": cast.ada, "at": AT} | fields
    return follow_throughs.take(customer=customer, rooftop=cast.north, words="Is my loan paid off?", **given)


def people(*names: str) -> list[Customer]:
    return [make_customer(name, phone=f"+141555501{place:02}") for place, name in enumerate(names)]
