"""What was told in confidence reaches nobody of sales, whatever address they ask for; service sees it, so marked."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from customers import actions
from customers.actions.complaints import ConfidenceInSales
from customers.models import CheckIn, Complaint, Customer, Feedback, Household
from dealership.models import Entry, OutboxMessage
from sales_handoff import minefield
from sales_handoff.actions import passing_on
from sales_handoff.models import Handoff
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_customer
from tests.customers.voices import agree, complain, plan, say
from tests.sales_handoff.test_no_name_without_a_yes import NOBODY, QUESTIONS, addresses
from tests.sales_handoff.test_pages import HTMX, as_, url
from tests.sales_handoff.visits import make_handoff

pytestmark = pytest.mark.django_db
SECRET = "Zwielicht"
"""A word that is in everything told in confidence, and nowhere else."""
ASKED = QUESTIONS | {"q": SECRET}
ECHO = re.compile(rb'value="Zwielicht"|q(=|%3D)Zwielicht')
"""What was asked for, said back to who asked."""


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def told(cast: Cast) -> Handoff:
    """Priya said yes to sales; she and Arjun, who lives with her, told service a lot in confidence."""
    handoff = make_handoff(cast)
    priya = handoff.customer
    home = Household.objects.create(name="Raman")
    Customer.objects.filter(pk=priya.pk).update(household=home)
    arjun = make_customer("Arjun", "Raman", phone="", household=home)
    for person in (priya, arjun):
        said = say(cast, person, f"{SECRET}: we are parting.", kind="remark", is_confidential=True)
        say(cast, person, f"{SECRET}: thank you for that.", is_confidential=True)
        complain(cast, person, f"{SECRET}: somebody shouted.", is_confidential=True, feedback=said)
        closed = complain(cast, person, f"{SECRET}: it smelled.", is_confidential=True)
        actions.close_complaint(complaint=closed, what_was_done=f"{SECRET} was heard.", by=cast.max, at=AT)
        again = {"words": f"{SECRET}, still.", "due_at": AT, "by": cast.max, "at": AT}
        actions.settle_complaint(complaint=closed, outcome="not_settled", **again)
    agree(cast, priya)
    plan(cast, priya)
    return handoff


def first_and_last() -> set[int]:
    """Of each kind of row about them the oldest and the newest: those of both people, complaints open and closed."""
    kinds = (Customer, Complaint, Feedback, CheckIn, Handoff, RepairOrder)
    pks = [list(kind.objects.order_by("pk").values_list("pk", flat=True)) for kind in kinds]
    return {pk for found in pks for pk in (found[0], found[-1])}


@pytest.mark.parametrize("who", ["sam", "sue"])
def test_no_address_tells_it_to_somebody_of_sales(cast: Cast, told: Handoff, who: str) -> None:
    client = as_(getattr(cast, who))
    leaks, reached = [], set()
    for name, takes, make in addresses():
        if takes and client.get(make(NOBODY)).status_code in (403, 405):
            continue  # closed to sales before anything is looked for
        for pk in first_and_last() if takes else {0}:
            for headers in ({}, HTMX) if who == "sam" else ({},):
                answer = client.get(make(pk), ASKED, **headers)
                reached |= {name} if answer.status_code == 200 else set()
                text = b"".join(answer) if answer.streaming else answer.content
                if SECRET.encode() in ECHO.sub(b"", text):
                    leaks.append(f"{make(pk)} {'part' if headers else 'page'}")
    assert leaks == []
    assert {"customers:said", "customers:complaints", "sales_handoff:queue", "sales_handoff:handoff"} <= reached


def test_service_reads_it_and_is_told_that_it_was_in_confidence(cast: Cast, told: Handoff) -> None:
    ada, priya = as_(cast.ada), told.customer
    found = ada.get(reverse("customers:said"), {"q": SECRET}).content.decode()
    assert found.count(f"<q>{SECRET}") == 10
    for address in (
        reverse("customers:customer-said", args=[priya.pk]),
        reverse("sales_handoff:customer-timeline", args=[priya.pk]),
        priya.get_absolute_url(),
        url("customer-mind", priya.pk),
        priya.complaints.open().first().get_absolute_url(),
        priya.feedback.first().get_absolute_url(),
    ):
        html = ada.get(address).content.decode()
        assert SECRET in html, address
        assert "in confidence" in html.lower(), address


def test_what_one_said_in_confidence_is_not_on_the_page_of_who_lives_with_them(cast: Cast, told: Handoff) -> None:
    arjun = Customer.objects.get(first_name="Arjun")
    said = f"{SECRET}: only Arjun knows."
    complain(cast, arjun, said, is_confidential=True)
    ada = as_(cast.ada)
    for address in (told.customer.get_absolute_url(), url("customer-mind", told.customer_id)):
        assert "only Arjun knows" not in ada.get(address).content.decode()
    assert "only Arjun knows" in ada.get(arjun.get_absolute_url()).content.decode()


def test_neither_the_gate_nor_what_leaves_the_building_nor_the_file_of_the_queue_has_it(
    cast: Cast, told: Handoff
) -> None:
    facts = minefield.facts(told.customer, AT)
    assert {fact["title"] for fact in facts} >= {"A complaint is open"}
    assert SECRET not in str(facts)
    assert SECRET not in passing_on.lead(told, AT).comments
    assert SECRET not in as_(cast.sue).post(url("export"), {"form_key": str(uuid4())}).content.decode()
    assert SECRET not in " ".join(OutboxMessage.objects.values_list("body", flat=True))


def test_it_is_not_for_another_rooftop_even_where_history_is_shared(cast: Cast, told: Handoff) -> None:
    mallory = as_(cast.mallory)
    for name in ("customers:customer-said", "sales_handoff:customer-timeline", "sales_handoff:customer-mind"):
        assert SECRET not in mallory.get(reverse(name, args=[told.customer_id])).content.decode()
    assert SECRET not in mallory.get(told.customer.get_absolute_url()).content.decode()


def test_sales_cannot_be_told_in_confidence_so_that_nobody_thinks_it_is_kept(cast: Cast, told: Handoff) -> None:
    with pytest.raises(ConfidenceInSales):
        complain(cast, told.customer, "Between us.", side="sales", owner=cast.sam, is_confidential=True)
    assert not Complaint.objects.filter(side="sales", is_confidential=True).exists()
    assert Entry.objects.filter(event="complaint.opened").exists()
