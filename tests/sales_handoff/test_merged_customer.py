"""After a merge and after its undo every total, timeline, gate and the record's chain hold as before."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Count, Sum

from customers import actions
from customers.models import Complaint, Customer, Look
from recommendations.actions import record
from recommendations.models import AdvisoryVersion
from sales_handoff import minefield
from sales_handoff.actions.asking import why_not_ask
from sales_handoff.models import Ask, Handoff
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_customer
from tests.customers.merging import merged, undone
from tests.customers.voices import complain
from tests.recommendations.test_verify_record import a_visit
from tests.sales_handoff.test_customer_timeline import told
from tests.sales_handoff.visits import make_handoff, said_yes, weighed_order

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + DAY)


def two_records(cast: Cast) -> tuple[Customer, Customer]:
    """Priya, who said yes to sales; and Theo, shown, answered and billed, with an open complaint and a look.

    That they are called differently is nothing to a merge: whoever merges knows better.
    """
    priya = make_handoff(cast).customer
    a_visit(cast)
    theo = Customer.objects.get(first_name="Theo")
    complain(cast, theo)
    actions.look(customer=theo, why="write-up", by=cast.ada, at=AT, rooftop=cast.north)
    return priya, theo


def totals() -> dict[str, Any]:
    """What the group counts, whoever's it is."""
    return {
        "orders": RepairOrder.objects.count(),
        "dollars": AdvisoryVersion.objects.aggregate(Sum("total"), Count("pk")),
        "complaints": Complaint.objects.open().count(),
        "handoffs": sorted(Handoff.objects.values_list("pk", "status", "ask")),
        "asks": Ask.objects.count(),
        "looks": Look.objects.filter(why="write-up").count(),
    }


def events_of(cast: Cast, *people: Customer) -> list[str]:
    """The lines of the timelines of those that stand, but for those that a merge itself writes."""
    kinds = ("visits", "answers", "handoffs", "complaints", "said", "messages")
    found: list[str] = []
    for one in people:
        for kind in kinds:
            shown = told(cast, one, show=kind).context
            found += [f"{event['at']} {event['title']}" for event in shown["events"]]
    return sorted(found)


def is_sound(cast: Cast) -> bool:
    found = record.verify(cast.north)
    assert found.entries
    return not found.problem


def test_totals_timelines_and_the_record_hold_after_a_merge_and_after_its_undo(cast: Cast) -> None:
    priya, theo = two_records(cast)
    assert is_sound(cast)
    before, lines = totals(), events_of(cast, priya, theo)
    assert len(lines) == 5

    done = merged(cast, theo, priya, at=AT)

    assert totals() == before
    assert events_of(cast, theo) == lines
    assert is_sound(cast)
    assert Handoff.objects.get().customer == theo
    assert Ask.objects.get().customer == priya, "an answer is written once"

    undone(cast, done, at=AT + DAY)

    assert totals() == before
    assert events_of(cast, priya, theo) == lines
    assert is_sound(cast)
    assert Handoff.objects.get().customer == priya


def test_a_complaint_of_the_record_that_went_gates_sales(cast: Cast) -> None:
    priya, theo = two_records(cast)
    assert not [fact for fact in minefield.facts(priya, AT) if fact["kind"] == minefield.COMPLAINT]
    merged(cast, priya, theo)
    assert [fact for fact in minefield.facts(priya, AT) if fact["kind"] == minefield.COMPLAINT]


def test_a_no_to_sales_of_the_record_that_went_is_remembered(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    said_yes(cast, order, answer="no", words="No, leave me alone.")
    priya, theo = order.customer, make_customer("Pria", "Raman", phone="+14155550177")
    assert not why_not_ask(theo, policy=None, at=AT + DAY)
    merged(cast, theo, priya)
    assert any("They said no" in why for why in why_not_ask(theo, policy=None, at=AT + DAY))


def test_a_handoff_still_needs_the_yes_of_its_customer(cast: Cast) -> None:
    """The guard lets a hand-off follow its customer into another record, and to nobody else."""
    priya, theo = two_records(cast)
    with pytest.raises(DatabaseError, match="recorded yes of its customer"), transaction.atomic():
        Handoff.objects.update(customer=theo)
    merged(cast, theo, priya)
    stranger = make_customer("Sol", "Ito")
    with pytest.raises(DatabaseError, match="recorded yes of its customer"), transaction.atomic():
        Handoff.objects.update(customer=stranger)
