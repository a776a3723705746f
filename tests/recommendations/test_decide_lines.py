"""Answers: one to each line as shown, by the right person, kept for good, one of them counting."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from dealership.models import Entry
from recommendations.actions import deciding, drafting, pricing, record, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, Decision, RecordEntry
from recommendations.models.lines import AdvisoryQuerySet
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import drafted, make_inspection, make_item, make_op_code, make_request, shown

pytestmark = pytest.mark.django_db


def answer(presentation, *answers: Answered, **fields) -> deciding.Outcome:
    who = {"who_name": "Theo Brandt", "channel": "counter", "by": presentation.by, "at": AT}
    return deciding.decide(presentation=presentation, answers=list(answers), **{**who, **fields})


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_each_line_gets_its_own_answer_and_silence_stays_silence(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    pads, boot = presentation.lines.all()
    outcome = answer(presentation, Answered(pads.pk, "approved"), Answered(boot.pk, ""))
    (decision,) = outcome.decisions
    assert (decision.answer, decision.additional_cost, decision.revised_total) == (
        "approved",
        Decimal("387.29"),
        Decimal("387.29"),
    )
    assert Advisory.objects.get(pk=boot.advisory_id).answer == ""
    order.refresh_from_db()
    assert (order.stage, order.step) == ("needs_answer", "1 of 2 answered, waiting for the rest")
    answer(presentation, Answered(boot.pk, "deferred", until_date=date(2027, 3, 1)))
    order.refresh_from_db()
    assert (order.stage, order.step) == ("in_shop", "1 of 2 yes, start work")
    assert Entry.objects.filter(event="lines.answered").count() == 2
    assert record.verify(cast.north) == record.Verified(3)


def test_nothing_chosen_is_no_answer_at_all(cast: Cast):
    presentation = shown(cast, make_order(cast))
    with pytest.raises(deciding.NothingRecorded, match="at least one line"):
        answer(presentation, *(Answered(line.pk, "") for line in presentation.lines.all()))
    assert not Decision.objects.exists()


def test_a_change_of_mind_is_a_new_decision_until_work_starts(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pads = presentation.lines.first()
    answer(presentation, Answered(pads.pk, "approved"))
    answer(presentation, Answered(pads.pk, "declined"))
    (final,) = answer(presentation, Answered(pads.pk, "approved")).decisions
    assert list(Decision.objects.values_list("answer", flat=True)) == ["approved", "declined", "approved"]
    assert final.revised_total == Decimal("387.29")
    working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    with pytest.raises(deciding.NothingRecorded, match="The work has started"):
        answer(presentation, Answered(pads.pk, "declined"))
    assert Decision.objects.count() == 3


def test_an_answer_to_an_old_version_is_refused_and_the_others_are_kept(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pads, boot = presentation.lines.all()
    content = pricing.content_of(pads.version, "C")
    pricing.write_version(advisory=pads.advisory, content=replace(content, flat_price=Decimal(99)), by=cast.ada, at=AT)
    outcome = answer(presentation, Answered(pads.pk, "approved"), Answered(boot.pk, "declined"))
    assert [one.advisory for one in outcome.decisions] == [boot.advisory]
    assert [(one.line_id, one.why) for one in outcome.refused] == [(pads.pk, deciding.CHANGED)]
    assert Advisory.objects.get(pk=pads.advisory_id).answer == ""


def test_an_answer_on_a_page_somebody_has_overtaken_is_refused(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pads = presentation.lines.first()
    answer(presentation, Answered(pads.pk, "declined", seen=None))
    with pytest.raises(deciding.NothingRecorded, match="Another answer came in first"):
        answer(presentation, Answered(pads.pk, "approved", seen=None))
    assert Advisory.objects.get(pk=pads.advisory_id).answer == "declined"


def test_a_line_of_another_showing_or_a_made_up_answer_is_refused(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pads = presentation.lines.first()
    with pytest.raises(deciding.NothingRecorded, match="not one of the lines"):
        answer(presentation, Answered(pads.pk + 999, "approved"))
    with pytest.raises(deciding.NothingRecorded, match="Choose yes, no, later or ask"):
        answer(presentation, Answered(pads.pk, "maybe"))
    with pytest.raises(deciding.NothingRecorded, match="until when"):
        answer(presentation, Answered(pads.pk, "deferred"))


def test_a_yes_after_the_price_ran_out_is_refused_and_a_no_is_taken(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pads = presentation.lines.first()
    late = AT + timedelta(days=20)
    with pytest.raises(deciding.NothingRecorded, match="price ran out"):
        answer(presentation, Answered(pads.pk, "approved"), at=late)
    assert answer(presentation, Answered(pads.pk, "declined"), at=late).decisions


def test_at_the_counter_somebody_heard_it_and_on_the_link_nobody_here_did(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pads = presentation.lines.first()
    yes = Answered(pads.pk, "approved")
    with pytest.raises(deciding.CannotDecide, match="must have heard"):
        answer(presentation, yes, by=None)
    with pytest.raises(deciding.CannotDecide, match="the customer answers"):
        answer(presentation, yes, channel="link")
    with pytest.raises(deciding.CannotDecide, match="who answered"):
        answer(presentation, yes, who_name="  ")
    (decision,) = answer(presentation, yes, channel="link", by=None, contact_used="+14155550142").decisions
    assert Entry.objects.get(event="lines.answered").by_name == "Theo Brandt"
    assert decision.by is None


def test_a_yes_by_phone_needs_its_seven_facts(cast: Cast):
    presentation = shown(cast, make_order(cast), channel="phone")
    pads = presentation.lines.first()
    with pytest.raises(deciding.ConsentIncomplete) as refused:
        answer(presentation, Answered(pads.pk, "approved"), channel="phone")
    assert [one.field for one in refused.value.missing] == ["number_called", "reason"]
    assert not Decision.objects.exists()
    facts = {"channel": "phone", "contact_used": "(415) 555-0142", "reason": "Pads below the limit"}
    (decision,) = answer(presentation, Answered(pads.pk, "approved"), **facts).decisions
    assert (decision.additional_cost, decision.revised_total) == (Decimal("387.29"), Decimal("387.29"))


def test_a_designee_says_yes_within_their_limit_and_not_beyond(cast: Cast):
    order = make_order(cast, designee_name="Leila Brandt", designee_limit=Decimal("400.00"))
    presentation = shown(cast, order)
    pads, boot = presentation.lines.all()
    leila = {"who_name": "leila brandt", "who_kind": "designee"}
    with pytest.raises(deciding.CannotDecide, match="Only Leila Brandt"):
        answer(presentation, Answered(pads.pk, "approved"), who_kind="designee")
    with pytest.raises(deciding.BeyondLimit, match=r"\$155.29 more. Ask Theo Brandt"):
        answer(presentation, Answered(pads.pk, "approved"), Answered(boot.pk, "approved"), **leila)
    assert not Decision.objects.exists()
    answer(presentation, Answered(pads.pk, "approved"), **leila)
    with pytest.raises(deciding.BeyondLimit):
        answer(presentation, Answered(boot.pk, "approved"), **leila)
    answer(presentation, Answered(boot.pk, "declined"), **leila)
    said = RecordEntry.objects.filter(kind="decided").values_list("payload__designee_limit", flat=True)
    assert list(said) == ["400.00"] * 2, "the record keeps up to how much they might say yes then"
    assert answer(presentation, Answered(boot.pk, "approved")).decisions, "the customer's own yes has no limit"


def test_nobody_else_answers_when_nobody_else_was_named(cast: Cast):
    presentation = shown(cast, make_order(cast))
    with pytest.raises(deciding.CannotDecide, match="named nobody else"):
        answer(presentation, Answered(presentation.lines.first().pk, "approved"), who_kind="designee")


def test_no_answers_are_taken_on_a_closed_order(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=71903)
    with pytest.raises(ValueError, match="not open"):
        answer(presentation, Answered(presentation.lines.first().pk, "approved"))


# --- at the database


def test_the_database_keeps_decisions(cast: Cast):
    presentation = shown(cast, make_order(cast))
    answer(presentation, Answered(presentation.lines.first().pk, "approved"))
    connection.check_constraints()
    for attempt in (
        lambda: Decision.objects.update(answer="declined"),
        lambda: Decision.objects.all().delete(),
        lambda: connection.cursor().execute("TRUNCATE recommendations_decision CASCADE"),
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            attempt()


def test_the_database_refuses_incomplete_decisions(cast: Cast):
    presentation = shown(cast, make_order(cast))
    (decision,) = answer(presentation, Answered(presentation.lines.first().pk, "approved")).decisions
    for change, rule in (
        ({"answer": "deferred"}, "decision_deferred_has_until"),
        ({"who_name": ""}, "decision_names_who"),
        ({"by": None}, "decision_at_counter_has_witness"),
        ({"channel": "phone"}, "decision_by_phone_is_complete"),
    ):
        copy = Decision.objects.get(pk=decision.pk)
        copy.pk = None
        for name, value in change.items():
            setattr(copy, name, value)
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            copy.save(force_insert=True)


def test_the_database_ties_an_answer_to_the_version_shown(cast: Cast):
    presentation = shown(cast, make_order(cast))
    pk = presentation.lines.first().advisory_id
    for wrong in ({"answer": "approved"}, {"answer": "approved", "answered_version": 7}, {"answered_version": 1}):
        with pytest.raises(IntegrityError, match="advisory_answer_has_version"), transaction.atomic():
            Advisory.objects.filter(pk=pk).update(**wrong)


# --- the race


def race(presentation, threads: int = 16) -> tuple[int, int]:
    """So many people answer the same lines at the same moment; how many were heard, how many were refused."""
    lines = list(presentation.lines.values_list("pk", flat=True))
    barrier, heard, refused = threading.Barrier(threads), [], []

    def one(number: int) -> None:
        try:
            barrier.wait()
            choice = "approved" if number % 2 else "declined"
            outcome = deciding.decide(
                presentation=presentation,
                answers=[Answered(pk, choice, seen=None) for pk in lines],
                who_name=f"Theo {number}",
                channel="counter",
                by=presentation.by,
                at=AT,
            )
            heard.append(len(outcome.decisions))
        except deciding.NothingRecorded as none:
            refused.append(len(none.refused))
        finally:
            connection.close()

    runners = [threading.Thread(target=one, args=(number,)) for number in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return sum(heard), sum(refused)


@pytest.mark.django_db(transaction=True)
def test_sixteen_answers_at_once_leave_one_each_and_a_chain_that_holds():
    cast = make_cast()
    presentation = shown(cast, make_order(cast))
    assert race(presentation) == (2, 30)
    assert Decision.objects.count() == 2
    for advisory in Advisory.objects.all():
        assert advisory.decisions.get().pk == advisory.last_decision_id
    assert record.verify(cast.north) == record.Verified(3)


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_race_is_seen_to_happen(monkeypatch: pytest.MonkeyPatch):
    def unguarded(self, *, version, answer, seen_decision, decision):
        return self.update(answer=answer, answered_version=version, last_decision_id=decision) == 1

    cast = make_cast()
    presentation = shown(cast, make_order(cast))
    monkeypatch.setattr(AdvisoryQuerySet, "take_answer", unguarded)
    assert race(presentation) == (32, 0)
    assert RecordEntry.objects.filter(kind="decided").count() == 32


@pytest.mark.django_db(transaction=True)
def test_eight_orders_answered_at_once_share_one_chain_that_holds():
    cast = make_cast()
    make_op_code(cast)
    orders = [make_order(cast) for _ in range(8)]
    for order in orders:
        make_item(cast, make_inspection(cast, order))
    barrier, failures = threading.Barrier(8), []

    def one(order: RepairOrder) -> None:
        try:
            barrier.wait()
            (line,) = drafting.draft_from_inspection(inspection=order.inspection, at=AT)
            presentation = shown(cast, order, [line])
            answer(presentation, Answered(presentation.lines.get().pk, "approved"))
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    runners = [threading.Thread(target=one, args=(order,)) for order in orders]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert failures == []
    assert record.verify(cast.north) == record.Verified(16)


@pytest.mark.django_db(transaction=True)
def test_the_same_drafting_task_delivered_eight_times_at_once_drafts_once():
    cast = make_cast()
    order = make_order(cast)
    make_op_code(cast)
    make_item(cast, make_inspection(cast, order))
    make_request(cast, order)
    barrier, drafted_lines = threading.Barrier(8), []

    def one() -> None:
        try:
            barrier.wait()
            drafted_lines.extend(drafting.draft_from_inspection(inspection=order.inspection, at=AT))
            drafted_lines.extend(drafting.draft_requested(repair_order=order, at=AT))
        finally:
            connection.close()

    runners = [threading.Thread(target=one) for _ in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert len(drafted_lines) == Advisory.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_designees_at_once_stay_within_the_one_limit():
    cast = make_cast()
    order = make_order(cast, designee_name="Leila Brandt", designee_limit=Decimal("400.00"))
    lines = drafted(cast, order)
    presentation = shown(cast, order, lines)
    barrier, beyond = threading.Barrier(2), []

    def one(pk: int) -> None:
        try:
            barrier.wait()
            answer(presentation, Answered(pk, "approved"), who_name="Leila Brandt", who_kind="designee")
        except deciding.BeyondLimit as refusal:
            beyond.append(refusal)
        finally:
            connection.close()

    runners = [threading.Thread(target=one, args=(line.pk,)) for line in presentation.lines.all()]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert len(beyond) == 1
    assert Decision.objects.count() == 1
