"""Who sees what of one customer, by direct request: each role exactly what is theirs to see, and nothing else."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from customers import actions
from customers.models import Complaint, Customer, Feedback, Household
from sales_handoff.models import Handoff
from tests.cast import AT, Cast, make_customer
from tests.customers.voices import agree, ask, buy, complain, plan, refer, say
from tests.sales_handoff.test_pages import HTMX, as_, url
from tests.sales_handoff.visits import WORDS, has_read, make_handoff

pytestmark = pytest.mark.django_db
PHONE = "(415) 555-0177"
PRAISE, ABOUT_SALES, HUSH, UNHAPPY, PRICE = (
    *("Ada kept her word.", "Sam was patient with us.", "We are parting."),
    *("Nobody called me back.", "The price changed twice."),
)
ROLES = ("ada", "tess", "max", "sam", "sue")
"""Advisor, technician, service manager, salesperson, sales manager: the columns of the table."""
YES, NOT, NO, NONE = "seen", "not seen", "403", "404"
"""The words are there; the page is, and they are not; not for this role; as if it did not exist."""
TABLE: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    # Where, what is looked for there, and what it is to each of ROLES.
    ("their page", PHONE, "how to reach them", (YES, YES, YES, NO, NO)),
    ("their page", UNHAPPY, "the words of an open complaint", (YES, YES, YES, NO, NO)),
    ("their page", "to us, in parts", "their worth, in parts", (NOT, NOT, YES, NO, NO)),
    ("their page", "Write up a visit", "what the counter does", (YES, NOT, YES, NO, NO)),
    ("the list of customers", "Raman", "their name", (YES, YES, YES, NO, NO)),
    ("the brief", "owns it", "what to mind", (YES, YES, YES, NO, NO)),
    ("what to mind", HUSH, "words in confidence", (YES, YES, YES, NO, NO)),
    ("the timeline", PRAISE, "what they said", (YES, YES, YES, NO, NO)),
    ("what they said", HUSH, "words in confidence", (YES, YES, YES, NO, NO)),
    ("the visits", "safe for Tahoe", "what they came for", (YES, YES, YES, NO, NO)),
    ("the worth", "Invoiced", "what was paid here", (YES, YES, YES, NO, NO)),
    ("who sent whom", "Julie", "whom they sent", (YES, YES, YES, NO, NO)),
    ("who looked", "Ada Kim", "who looked at the record", (YES, YES, YES, NO, NO)),
    ("the consents", "Ask me how it went.", "the words of a consent", (YES, YES, YES, NO, NO)),
    ("the search", PRAISE, "praise of service", (YES, YES, YES, NOT, NOT)),
    ("the search", ABOUT_SALES, "praise of sales", (YES, YES, YES, YES, YES)),
    ("the search", HUSH, "words in confidence", (YES, YES, YES, NOT, NOT)),
    ("the praise", PRAISE, "praise of service", (YES, YES, YES, NONE, NONE)),
    ("the confidence", HUSH, "words in confidence", (YES, YES, YES, NONE, NONE)),
    ("the complaint", UNHAPPY, "a complaint about service", (YES, YES, YES, YES, YES)),
    ("the complaint", "Raman", "whose complaint it is", (YES, YES, YES, NOT, NOT)),
    ("the complaint", "Close it", "a way to close it", (YES, YES, YES, NOT, NOT)),
    ("the complaint about sales", "Close it", "a way to close it", (NOT, NOT, NOT, YES, YES)),
    ("the confidential complaint", HUSH, "a complaint in confidence", (YES, YES, YES, NONE, NONE)),
    ("the question", "loan paid off", "a question that is Sam's", (YES, YES, YES, YES, NONE)),
    ("the check-in after a visit", "Raman", "whom to ask", (YES, YES, YES, NONE, NONE)),
    ("the check-in after a purchase", "A second key", "what was promised", (YES, YES, YES, YES, YES)),
    ("the purchase", "A second key", "what was promised", (YES, NO, YES, YES, YES)),
    ("the order", "Raman", "their visit", (YES, YES, YES, NO, NO)),
    ("the estimate", "Rebuild the transmission", "what we advise", (YES, YES, YES, NO, NO)),
    ("the hand-off", WORDS, "their yes, in their words", (NO, NO, NO, YES, YES)),
    ("the hand-off", PHONE, "how to reach them, not having read", (NO, NO, NO, NOT, NOT)),
    ("the hand-off", "A complaint is open", "that something is open", (NO, NO, NO, YES, YES)),
    ("the hand-off", HUSH, "words in confidence", (NO, NO, NO, NOT, NOT)),
    ("the hand-off", "Give it to somebody else", "what a manager does", (NO, NO, NO, NOT, YES)),
    ("the panel", "Repair or replace", "repair or replace", (YES, NO, YES, NO, NO)),
    ("asked about sales", WORDS, "when they were asked", (YES, YES, YES, NO, NO)),
)


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def handoff(cast: Cast) -> Handoff:
    """Priya is here, said yes to sales, sent Julie, bought a car, and has something open with everybody."""
    handoff = make_handoff(cast)
    home = Household.objects.create(name="Raman")
    Customer.objects.filter(pk=handoff.customer_id).update(household=home)
    priya = Customer.objects.get(pk=handoff.customer_id)
    say(cast, priya, PRAISE)
    say(cast, priya, ABOUT_SALES, side="sales", by=cast.sam)
    say(cast, priya, HUSH, kind="remark", is_confidential=True)
    agree(cast, priya)
    plan(cast, priya)
    buy(cast, priya)
    complain(cast, priya, UNHAPPY)
    complain(cast, priya, HUSH, is_confidential=True)
    complain(cast, priya, PRICE, side="sales", owner=cast.sam, by=cast.sam)
    refer(cast, priya, make_customer("Julie", phone=""))
    ask(cast, priya)
    actions.look(customer=priya, why="write-up", by=cast.ada, at=AT, rooftop=cast.north)
    return handoff


def places(handoff: Handoff) -> dict[str, str]:
    """The addresses of the table."""
    priya, order = handoff.customer_id, handoff.repair_order_id
    complaint: Callable[..., Any] = Complaint.objects.get
    check_ins = handoff.customer.check_ins
    return {
        "their page": reverse("customers:customer", args=[priya]),
        "the list of customers": reverse("customers:index"),
        "the brief": url("customer-brief", priya),
        "what to mind": url("customer-mind", priya),
        "the timeline": url("customer-timeline", priya),
        "what they said": reverse("customers:customer-said", args=[priya]),
        "the visits": reverse("service_lane:customer-visits", args=[priya]),
        "the worth": reverse("service_lane:customer-worth", args=[priya]),
        "who sent whom": reverse("customers:referrals", args=[priya]),
        "who looked": reverse("customers:looks", args=[priya]),
        "the consents": reverse("customers:consents", args=[priya]),
        "the search": reverse("customers:said"),
        "the praise": Feedback.objects.get(words=PRAISE).get_absolute_url(),
        "the confidence": Feedback.objects.get(words=HUSH).get_absolute_url(),
        "the complaint": complaint(words=UNHAPPY).get_absolute_url(),
        "the complaint about sales": complaint(side="sales").get_absolute_url(),
        "the confidential complaint": complaint(is_confidential=True).get_absolute_url(),
        "the question": handoff.customer.follow_throughs.get().get_absolute_url(),
        "the check-in after a visit": check_ins.get(kind="visit").get_absolute_url(),
        "the check-in after a purchase": check_ins.get(kind="month").get_absolute_url(),
        "the purchase": handoff.customer.purchases.get().get_absolute_url(),
        "the order": reverse("service_lane:order", args=[order]),
        "the estimate": reverse("recommendations:estimate", args=[order]),
        "the hand-off": url("handoff", handoff.pk),
        "the panel": url("ro-panel", order),
        "asked about sales": url("customer-handoffs", priya),
    }


@pytest.mark.parametrize("who", ROLES)
def test_each_role_sees_exactly_what_is_theirs_to_see(cast: Cast, handoff: Handoff, who: str) -> None:
    client, addresses = as_(getattr(cast, who)), places(handoff)
    found = {}
    for place, words, thing, _ in TABLE:
        answer = client.get(addresses[place])
        text = answer.content.decode()
        status = str(answer.status_code)
        found[place, thing] = (YES if words in text else NOT) if status == "200" else status
        if status != "200":
            assert words not in text, (place, thing)
        part = client.get(addresses[place], **HTMX)
        assert part.status_code == answer.status_code, (place, "a part is guarded as its page is")

    column = ROLES.index(who)
    assert found == {(place, thing): row[column] for place, _, thing, row in TABLE}


def test_the_phone_is_there_once_sales_has_read_what_is_open(cast: Cast, handoff: Handoff) -> None:
    has_read(handoff, cast.sam)
    assert PHONE in as_(cast.sam).get(url("handoff", handoff.pk)).content.decode()
    assert PHONE not in as_(cast.sue).get(url("handoff", handoff.pk)).content.decode()


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("tess", 403), ("max", 403), ("sam", 403), ("sue", 200)])
def test_the_queue_as_a_file_is_the_sales_managers(cast: Cast, handoff: Handoff, who: str, status: int) -> None:
    answer = as_(getattr(cast, who)).post(url("export"), {"form_key": str(uuid4())})
    assert answer.status_code == status
