"""Read what is open, claim, meet, say what came of it: one owner, one outcome, nothing walked into unknowing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from customers.actions import follow_throughs, record_feedback, take_back_feedback
from customers.models import Complaint, Consent, FollowThrough, Household
from dealership.models import Entry, Role, Staff
from recommendations.actions import deciding
from recommendations.models import Advisory
from sales_handoff import minefield
from sales_handoff.actions import claim, finish, meet, read_minefield, release, walk_over, withdraw
from sales_handoff.actions.meeting import CannotMeet, FactsChanged, GateClosed, NotYours, TakenAlready
from sales_handoff.models import Handoff, HandoffQuerySet, MinefieldReading
from sales_handoff.signals import handoff_finished
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_staff, make_vehicle
from tests.recommendations.lines import drafted
from tests.sales_handoff.visits import add_line, has_read, make_handoff, present_line

pytestmark = pytest.mark.django_db


def open_complaint(cast: Cast, customer: Any, **fields: Any) -> Complaint:
    defaults = {
        "rooftop": cast.north,
        "customer": customer,
        "words": "You scratched my door.",
        "side": "service",
        "owner": cast.max,
        "due_at": AT + timedelta(days=1),
        "opened_by": cast.ada,
        "opened_at": AT - timedelta(days=3),
    }
    return Complaint.objects.create(**{**defaults, **fields})


# --- what is open ----------------------------------------------------------------------------------------------------


def test_nothing_open_is_a_reading_too(cast: Cast) -> None:
    handoff = make_handoff(cast)
    assert minefield.facts(handoff.customer, AT) == []
    assert has_read(handoff, cast.sam).facts == []


def test_each_open_thing_says_since_when_whose_it_is_and_what_to_do(cast: Cast) -> None:
    handoff = make_handoff(cast)
    open_complaint(cast, handoff.customer)
    RepairOrder.objects.filter(pk=handoff.repair_order_id).update(is_comeback=True, promised_at=AT - timedelta(hours=1))

    found = minefield.facts(handoff.customer, AT)

    assert {fact["kind"] for fact in found} == {"complaint", "comeback", "promise"}
    assert all(fact["since"] and fact["owner"] and fact["advice"] for fact in found)
    complaint = next(fact for fact in found if fact["kind"] == "complaint")
    assert (complaint["owner"], complaint["words"], complaint["is_theirs"]) == (
        "Max Ruiz",
        "You scratched my door.",
        True,
    )


def test_a_car_in_pieces_a_grown_bill_and_a_question_are_open_things(cast: Cast) -> None:
    handoff = make_handoff(cast)
    order = handoff.repair_order
    RepairOrder.objects.filter(pk=order.pk).update(authorized_total=Decimal("94.95"))
    begun = Advisory.objects.get(repair_order=order)
    asked = add_line(order, "120.00")
    Advisory.objects.filter(repair_order=order).update(ground="request", reason_code="2", urgency="as_asked")
    for line, answer in ((begun, "approved"), (asked, "needs_info")):
        shown = present_line(cast, line)
        deciding.decide(
            presentation=shown,
            answers=[deciding.Answered(shown.lines.get().pk, answer, question="Why so soon?")],
            who_name="Priya Raman",
            channel="counter",
            by=cast.ada,
            at=AT,
        )
    Advisory.objects.filter(pk=begun.pk).start_work(by=cast.tess, at=AT, today=AT.date())

    found = {fact["kind"]: fact for fact in minefield.facts(handoff.customer, AT)}

    assert set(found) == {"pieces", "bill", "question"}
    assert found["pieces"]["owner"] == "Tess Tran"
    assert found["bill"]["words"] == "Signed for $94.95, now $2,500.00."
    assert found["question"]["words"] == "Why so soon?"


def test_findings_nobody_has_shown_are_open_things(cast: Cast) -> None:
    handoff = make_handoff(cast)
    drafted(cast, handoff.repair_order)

    (fact,) = minefield.facts(handoff.customer, AT)

    assert (fact["kind"], fact["owner"]) == ("unsaid", "Ada Kim")


def test_a_household_members_trouble_is_told_without_their_name_or_words(cast: Cast) -> None:
    handoff = make_handoff(cast)
    household = Household.objects.create(name="Raman")
    arjun = make_customer("Arjun", "Raman", phone="", household=household)
    handoff.customer.household = household
    handoff.customer.save()
    open_complaint(cast, arjun, words="Between us only.")

    (fact,) = [fact for fact in minefield.facts(handoff.customer, AT) if fact["kind"] == "complaint"]

    assert (fact["is_theirs"], fact["words"]) == (False, "")
    assert "Arjun" not in str(fact)


def kinds(handoff: Handoff, at: Any = AT) -> list[str]:
    return [fact["kind"] for fact in minefield.facts(handoff.customer, at)]


def asked_question(cast: Cast, customer: Any) -> FollowThrough:
    return follow_throughs.take(
        **{"customer": customer, "rooftop": cast.north, "words": "Is the warranty mine?", "owner": cast.max},
        **{"due_at": AT + timedelta(days=1), "by": cast.ada, "at": AT - timedelta(days=1)},
    )


def confided(cast: Cast, customer: Any, **fields: Any) -> Any:
    said = {"kind": "remark", "words": "I am getting divorced.", "side": "service", "is_confidential": True}
    return record_feedback(**{"customer": customer, "rooftop": cast.north, "by": cast.ada, "at": AT, **said, **fields})


def test_a_question_of_theirs_is_open_until_they_have_heard_the_answer(cast: Cast) -> None:
    handoff = make_handoff(cast)
    question = asked_question(cast, handoff.customer)

    (fact,) = minefield.facts(handoff.customer, AT)
    assert (fact["title"], fact["owner"]) == ("They wait for an answer", "Max Ruiz")
    assert fact["since"] == (AT - timedelta(days=1)).isoformat()
    assert "Max Ruiz" in fact["advice"]
    assert "warranty" not in str(fact)

    follow_throughs.answer(question=question, words="Yes, until May.", by=cast.max, at=AT)
    (fact,) = minefield.facts(handoff.customer, AT)
    assert (fact["title"], fact["owner"]) == ("They have not heard the answer yet", "Ada Kim")
    assert "May" not in str(fact)
    follow_throughs.tell(question=question, how="call", by=cast.ada, at=AT)
    assert kinds(handoff) == []


@pytest.mark.parametrize(("days", "is_back"), [(30, True), (31, False)])
def test_a_car_that_was_here_in_the_last_30_days_may_be_back_for_something_we_did(
    cast: Cast, days: int, is_back: bool
) -> None:
    handoff = make_handoff(cast)
    order = handoff.repair_order
    last = order.opened_at - timedelta(days=days)
    closed = {"status": "closed", "opened_at": last - timedelta(hours=5), "closed_at": last, "closed_by": cast.ada}
    make_order(cast, customer=make_customer("Lee", "Wu", phone=""), vehicle=order.vehicle, **closed)
    make_order(
        cast,
        customer=order.customer,
        vehicle=make_vehicle(order.customer, plate="9OTHER"),
        **{**closed, "closed_at": order.opened_at - timedelta(days=1)},
    )

    assert kinds(handoff) == ["comeback"] * is_back
    if is_back:
        (fact,) = minefield.facts(handoff.customer, AT)
        assert (fact["words"], fact["owner"]) == ("It left us on 24 Oct 2026.", "Ada Kim")
        RepairOrder.objects.filter(pk=order.pk).update(is_comeback=True)
        (fact,) = minefield.facts(handoff.customer, AT)
        assert fact["title"] == "The car is back for something we did"


def test_what_was_told_in_confidence_is_a_fact_without_its_words(cast: Cast) -> None:
    handoff = make_handoff(cast)
    confided(cast, handoff.customer)

    (fact,) = minefield.facts(handoff.customer, AT)
    assert (fact["kind"], fact["owner"], fact["words"]) == ("confidence", "Ada Kim", "")
    assert "divorced" not in str(has_read(handoff, cast.sam).facts)
    assert kinds(handoff, AT + minefield.CONFIDENCE_COUNTS_FOR) == ["promise"]


def test_praise_open_words_and_words_taken_back_are_nothing_to_walk_around(cast: Cast) -> None:
    handoff = make_handoff(cast)
    confided(cast, handoff.customer, kind="praise")
    confided(cast, handoff.customer, is_confidential=False)
    take_back_feedback(feedback=confided(cast, handoff.customer), by=cast.ada, at=AT)

    assert kinds(handoff) == []


def test_a_households_question_comeback_and_confidence_are_told_without_name_or_words(cast: Cast) -> None:
    handoff = make_handoff(cast)
    household = Household.objects.create(name="Raman")
    handoff.customer.household = household
    handoff.customer.save()
    arjun = make_customer("Arjun", "Raman", phone="", household=household)
    car = make_vehicle(arjun, plate="1ARJUN")
    make_order(
        **{"cast": cast, "customer": arjun, "vehicle": car, "status": "closed", "closed_by": cast.ada},
        **{"opened_at": AT - timedelta(days=8), "closed_at": AT - timedelta(days=7)},
    )
    make_order(cast, customer=arjun, vehicle=car)
    asked_question(cast, arjun)
    confided(cast, arjun)

    found = minefield.facts(handoff.customer, AT)

    assert {fact["kind"] for fact in found} == {"answer", "comeback", "confidence"}
    assert not any(fact["is_theirs"] or fact["words"] for fact in found)
    assert all(fact["since"] and fact["owner"] and fact["advice"] for fact in found)
    assert "Arjun" not in str(found)


def test_what_is_open_costs_the_same_queries_for_one_and_for_many(cast: Cast, django_assert_num_queries: Any) -> None:
    handoff = make_handoff(cast)
    household = Household.objects.create(name="Raman")
    handoff.customer.household = household
    handoff.customer.save()
    for number in range(12):
        relative = make_customer(f"Relative{number}", "Raman", phone="", household=household)
        make_order(cast, customer=relative, vehicle=make_vehicle(relative, plate=f"1R{number}"))
        open_complaint(cast, relative)
        asked_question(cast, relative)
        confided(cast, relative)

    with django_assert_num_queries(14):
        assert len(minefield.facts(handoff.customer, AT)) == 48


# --- the gate --------------------------------------------------------------------------------------------------------


def test_nobody_claims_before_reading(cast: Cast) -> None:
    handoff = make_handoff(cast)

    with pytest.raises(GateClosed):
        claim(handoff=handoff, by=cast.sam, at=AT)
    has_read(handoff, cast.sue)
    with pytest.raises(GateClosed):
        claim(handoff=handoff, by=cast.sam, at=AT)
    handoff.refresh_from_db()
    assert handoff.status == "waiting"


def test_a_reading_keeps_the_facts_as_shown_and_opens_the_gate_for_its_reader(cast: Cast) -> None:
    handoff = make_handoff(cast)

    open_complaint(cast, handoff.customer)
    reading = has_read(handoff, cast.sam)

    assert [fact["kind"] for fact in reading.facts] == ["complaint"]
    assert Entry.objects.filter(event="minefield.read", by=cast.sam).count() == 1
    assert claim(handoff=handoff, by=cast.sam, at=AT).claimed_by == cast.sam


def test_a_new_fact_closes_the_gate_again(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    open_complaint(cast, handoff.customer)

    with pytest.raises(GateClosed):
        claim(handoff=handoff, by=cast.sam, at=AT)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)

    with pytest.raises(GateClosed):
        finish(
            handoff=handoff, outcome="keeps", by=cast.sam, at=handoff.repair_order.promised_at + timedelta(minutes=1)
        )


def test_facts_that_changed_while_reading_are_read_again(cast: Cast) -> None:
    handoff = make_handoff(cast)
    shown = minefield.sha256(minefield.facts(handoff.customer, AT))
    open_complaint(cast, handoff.customer)

    with pytest.raises(FactsChanged, match="Read it again"):
        read_minefield(handoff=handoff, facts_sha256=shown, by=cast.sam, at=AT)
    assert not MinefieldReading.objects.exists()


def test_a_reading_is_kept_as_it_was(cast: Cast) -> None:
    reading = has_read(make_handoff(cast), cast.sam)

    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        MinefieldReading.objects.filter(pk=reading.pk).update(facts=[])


# --- from waiting to an outcome --------------------------------------------------------------------------------------


def claimed(cast: Cast) -> Handoff:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    return claim(handoff=handoff, by=cast.sam, at=AT)


def test_whoever_comes_second_is_told_who_has_it(cast: Cast) -> None:
    handoff = claimed(cast)
    has_read(handoff, cast.sue)

    with pytest.raises(TakenAlready, match="Sam Mills has claimed this one already"):
        claim(handoff=handoff, by=cast.sue, at=AT)
    with pytest.raises(TakenAlready, match="You have claimed"):
        claim(handoff=handoff, by=cast.sam, at=AT)


def test_a_claim_can_be_undone_by_who_made_it_only(cast: Cast) -> None:
    handoff = claimed(cast)

    with pytest.raises(NotYours, match="Sam Mills"):
        release(handoff=handoff, by=cast.sue, at=AT)
    assert release(handoff=handoff, by=cast.sam, at=AT).status == "waiting"


def test_the_way_to_the_customer_is_told_on_the_board_and_kept(cast: Cast) -> None:
    handoff = claimed(cast)

    def on_the_board() -> str:
        return str(RepairOrder.objects.for_board(cast.north).get(pk=handoff.repair_order_id)["company"])

    assert on_the_board() == "Sam from sales will come over"
    assert walk_over(handoff=handoff, by=cast.sam, at=AT).walking_at == AT
    assert on_the_board() == "Sam from sales is walking over"
    assert meet(handoff=handoff, by=cast.sam, at=AT).met_at == AT
    assert on_the_board() == "Sam from sales is with them"
    finish(handoff=handoff, outcome="keeps", by=cast.sam, at=AT)
    assert on_the_board() == ""
    events = Entry.objects.about(handoff).order_by("pk").values_list("event", flat=True)
    assert list(events)[-3:] == ["handoff.walking", "handoff.met", "handoff.finished"]


def test_only_who_claimed_it_sets_out_and_only_once(cast: Cast) -> None:
    handoff = claimed(cast)
    has_read(handoff, cast.sue)

    for verb in (walk_over, meet):
        with pytest.raises(NotYours, match="Sam Mills has claimed"):
            verb(handoff=handoff, by=cast.sue, at=AT)
    walk_over(handoff=handoff, by=cast.sam, at=AT)
    with pytest.raises(NotYours, match="on the way"):
        walk_over(handoff=handoff, by=cast.sam, at=AT)


def test_nobody_sets_out_when_something_new_is_open(cast: Cast) -> None:
    handoff = claimed(cast)
    open_complaint(cast, handoff.customer)

    with pytest.raises(GateClosed):
        walk_over(handoff=handoff, by=cast.sam, at=AT)


def test_who_has_met_them_gives_it_back_no_more(cast: Cast) -> None:
    handoff = claimed(cast)
    walk_over(handoff=handoff, by=cast.sam, at=AT)
    assert release(handoff=handoff, by=cast.sam, at=AT).walking_at is None
    claim(handoff=handoff, by=cast.sam, at=AT)
    meet(handoff=handoff, by=cast.sam, at=AT)

    with pytest.raises(NotYours, match="What is missing is what came of it"):
        release(handoff=handoff, by=cast.sam, at=AT)


def test_a_claim_given_back_or_taken_back_leaves_the_board(cast: Cast) -> None:
    handoff = claimed(cast)
    order = handoff.repair_order

    release(handoff=handoff, by=cast.sam, at=AT)
    order.refresh_from_db()
    assert order.company == ""
    claim(handoff=handoff, by=cast.sam, at=AT)
    withdraw(handoff=handoff, reason="She said stop.", by=cast.ada, at=AT)
    order.refresh_from_db()
    assert order.company == ""


def test_the_outcome_ends_it_once_and_is_announced(cast: Cast) -> None:
    handoff = claimed(cast)
    heard: list[int] = []

    def hear(sender: Any, handoff_id: int, **_: Any) -> None:
        heard.append(handoff_id)

    handoff_finished.connect(hear)
    try:
        done = finish(handoff=handoff, outcome="keeps", note=" Keeps it two more years. ", by=cast.sam, at=AT)
    finally:
        handoff_finished.disconnect(hear)

    assert (done.status, done.outcome, done.outcome_note) == ("done", "keeps", "Keeps it two more years.")
    assert heard == [handoff.pk]
    with pytest.raises(NotYours, match="met them already"):
        finish(handoff=handoff, outcome="bought", by=cast.sam, at=AT)


def test_only_the_owner_says_what_came_of_it_and_says_it_in_known_words(cast: Cast) -> None:
    handoff = claimed(cast)
    has_read(handoff, cast.sue)

    with pytest.raises(NotYours):
        finish(handoff=handoff, outcome="bought", by=cast.sue, at=AT)
    with pytest.raises(CannotMeet, match="Choose"):
        finish(handoff=handoff, outcome="rich", by=cast.sam, at=AT)


def test_a_yes_can_be_taken_back_at_any_time_and_then_nobody_contacts_them(cast: Cast) -> None:
    handoff = claimed(cast)

    withdraw(handoff=handoff, reason="She changed her mind.", by=cast.ada, at=AT, customer_said_stop=True)

    assert not Consent.objects.allows(handoff.customer, "sales_use", "person")
    with pytest.raises(NotYours, match="taken back"):
        finish(handoff=handoff, outcome="keeps", by=cast.sam, at=AT)
    with pytest.raises(CannotMeet):
        withdraw(handoff=handoff, reason="Again.", by=cast.ada, at=AT)
    with pytest.raises(CannotMeet, match="do not contact"):
        has_read(handoff, cast.sam)


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ("waiting", {"status": "done", "outcome": "keeps", "outcome_at": AT}),
        ("claimed", {"status": "claimed", "claimed_by": None}),
        ("claimed", {"status": "done", "outcome_at": AT}),
    ],
)
def test_the_database_refuses_a_move_that_is_none(cast: Cast, start: str, change: dict[str, Any]) -> None:
    handoff = claimed(cast) if start == "claimed" else make_handoff(cast)

    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        Handoff.objects.filter(pk=handoff.pk).update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Handoff.objects.filter(pk=handoff.pk).delete()


# --- the race --------------------------------------------------------------------------------------------------------


def race(handoff: Handoff, claimers: list[Staff]) -> list[str]:
    """Every claimer claims at the same moment, each on a connection of their own.  Returns who believes they won."""
    won: list[str] = []
    ready = threading.Barrier(len(claimers))

    def run(staff: Staff) -> None:
        try:
            ready.wait(20)
            claim(handoff=handoff, by=staff, at=AT)
            won.append(staff.name)
        except TakenAlready:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(staff,)) for staff in claimers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return won


def fifty_readers() -> tuple[Handoff, list[Staff]]:
    cast = make_cast()
    handoff = make_handoff(cast)
    claimers = [make_staff(f"Seller{number} North", (cast.north, Role.Kind.SALESPERSON)) for number in range(50)]
    for staff in claimers:
        has_read(handoff, staff)
    return handoff, claimers


@contextmanager
def guard_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A claim that looks first and writes after, as it must not be."""

    def claim_unguarded(self: HandoffQuerySet, *, by: Staff, at: Any) -> bool:
        waiting = self.filter(status=Handoff.Status.WAITING).exists()
        looked.wait(20)
        self.update(status=Handoff.Status.CLAIMED, claimed_by=by, claimed_at=at)
        return waiting

    looked = threading.Barrier(50)
    with monkeypatch.context() as patch:
        patch.setattr(HandoffQuerySet, "claim", claim_unguarded)
        yield


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_claim_at_once_one_wins() -> None:
    handoff, claimers = fifty_readers()

    won = race(handoff, claimers)

    handoff.refresh_from_db()
    assert won == [handoff.claimed_by.name]
    assert Entry.objects.filter(event="handoff.claimed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_with_the_guard_off_the_race_is_seen_to_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    handoff, claimers = fifty_readers()

    with guard_off(monkeypatch):
        won = race(handoff, claimers)

    assert len(won) > 1
