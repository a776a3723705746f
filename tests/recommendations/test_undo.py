"""What staff did a moment ago is taken back: within ten seconds, by who may, once, and both stay in the history."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import Error, connection, transaction
from django.urls import reverse

from dealership.models import Entry
from recommendations import documents
from recommendations.actions import closing, deciding, invoicing, presenting, pricing, record, undoing, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, CustomerLink, Decision, Presentation, RecordEntry, TakenBack
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import drafted, shown
from tests.recommendations.pages import answered_at_counter, logged_in, notice_signed

pytestmark = pytest.mark.django_db

SOON = AT + timedelta(seconds=10)
LATE = AT + timedelta(seconds=10, microseconds=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def answer(presentation: Presentation, *answers: Answered, at: Any = AT) -> list[Decision]:
    by = presentation.by
    phone = {"contact_used": "+14155550142", "reason": "Pads below the limit"}
    outcome = deciding.decide(
        presentation=presentation,
        answers=answers,
        who_name="Theo Brandt",
        channel=presentation.channel,
        by=by,
        at=at,
        **(phone if presentation.channel == "phone" else {}),
    )
    return outcome.decisions


def events(order: RepairOrder) -> list[str]:
    return list(Entry.objects.filter(rooftop=order.rooftop).order_by("pk").values_list("event", flat=True))


def undo(staff: Any, name: str, pk: int) -> Any:
    return logged_in(staff).post(reverse(f"recommendations:{name}", args=[pk]), {"form_key": str(uuid4())})


# --- answers


@pytest.mark.parametrize("channel", ["counter", "phone"])
def test_a_no_is_taken_back_and_the_line_is_open_again(cast: Cast, channel: str) -> None:
    order = make_order(cast)
    presentation = shown(cast, order, channel=channel)
    pads, boot = presentation.lines.all()
    no, yes = answer(presentation, Answered(pads.pk, "declined"), Answered(boot.pk, "approved"))
    undoing.take_back_answers(decision=no, by=cast.ada, at=SOON)
    assert (
        list(Advisory.objects.values_list("answer", "answered_version", "last_decision_id")) == [("", None, None)] * 2
    )
    assert Decision.objects.count() == 2, "what was written down stays in the history"
    assert list(TakenBack.objects.values_list("decision", "by", "at")) == [
        (yes.pk, cast.ada.pk, SOON),
        (no.pk, cast.ada.pk, SOON),
    ]
    order.refresh_from_db()
    assert (order.stage, order.step) == ("needs_answer", "2 lines shown, no answer yet")
    assert events(order)[-2:] == ["lines.answered", "lines.answers_taken_back"]
    assert list(RecordEntry.objects.order_by("sequence").values_list("kind", flat=True))[-2:] == ["taken_back"] * 2
    assert record.verify(cast.north) == record.Verified(5)
    on_paper = documents.answers_on_record(order)
    assert [(one["stands"], one["taken_back_at"]) for one in on_paper] == [(False, SOON)] * 2
    again = answer(presentation, Answered(pads.pk, "approved"), at=SOON)
    assert Advisory.objects.get(pk=pads.advisory_id).last_decision_id == again[0].pk


def test_the_answer_before_it_counts_again(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast))
    pads = presentation.lines.first()
    (yes,) = answer(presentation, Answered(pads.pk, "approved"))
    (wrong,) = answer(presentation, Answered(pads.pk, "declined"), at=AT + timedelta(seconds=1))
    undoing.take_back_answers(decision=wrong, by=cast.ada, at=SOON)
    line = Advisory.objects.get(pk=pads.advisory_id)
    assert (line.answer, line.answered_version, line.last_decision_id) == ("approved", 1, yes.pk)
    undoing.take_back_answers(decision=yes, by=cast.ada, at=SOON)
    line.refresh_from_db()
    assert (line.answer, line.last_decision_id) == ("", None)


def test_an_answer_to_an_earlier_version_does_not_come_back(cast: Cast) -> None:
    order = make_order(cast)
    first = shown(cast, order)
    pads = first.lines.first()
    (yes,) = answer(first, Answered(pads.pk, "approved"))
    line = Advisory.objects.get(pk=pads.advisory_id)
    content = pricing.content_of(line.versions.get(), line.pay_type)
    pricing.write_version(advisory=line, content=replace(content, flat_price=Decimal(100)), by=cast.ada, at=AT)
    line.refresh_from_db()
    second = presenting.present(
        repair_order=order, advisories=[line], channel="counter", to_name="Theo Brandt", by=cast.ada, at=AT
    )
    (no,) = answer(second, Answered(second.lines.get().pk, "declined"))
    undoing.take_back_answers(decision=no, by=cast.ada, at=AT)
    line.refresh_from_db()
    assert (line.answer, line.answered_version, line.last_decision_id) == ("", None, yes.pk)


def test_after_ten_seconds_an_answer_is_changed_by_a_new_one(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast))
    (no,) = answer(presentation, Answered(presentation.lines.first().pk, "declined"))
    with pytest.raises(undoing.TooLate, match="record a new one"):
        undoing.take_back_answers(decision=no, by=cast.ada, at=LATE)
    assert not TakenBack.objects.exists()
    assert Advisory.objects.filter(answer="declined").count() == 1


def test_all_of_them_or_none(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast))
    pads, boot = presentation.lines.all()
    yes, _no = answer(presentation, Answered(pads.pk, "approved"), Answered(boot.pk, "declined"))
    working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    with pytest.raises(undoing.TooLate, match="work has started"):
        undoing.take_back_answers(decision=yes, by=cast.ada, at=SOON)
    assert set(Advisory.objects.values_list("answer", flat=True)) == {"approved", "declined"}
    assert not TakenBack.objects.exists()


def test_it_is_taken_back_once(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast))
    (no,) = answer(presentation, Answered(presentation.lines.first().pk, "declined"))
    undoing.take_back_answers(decision=no, by=cast.ada, at=SOON)
    with pytest.raises(undoing.TooLate, match="another answer counts"):
        undoing.take_back_answers(decision=no, by=cast.ada, at=SOON)
    assert TakenBack.objects.count() == 1


def test_what_the_customer_answered_themselves_is_theirs_to_change(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast), channel="link")
    outcome = deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.first().pk, "declined")],
        who_name="Theo Brandt",
        channel="link",
        by=None,
        at=AT,
    )
    with pytest.raises(undoing.TooLate, match="on their own page"):
        undoing.take_back_answers(decision=outcome.decisions[0], by=cast.ada, at=AT)


def test_the_counter_offers_it_and_takes_it_back_for_who_may(cast: Cast) -> None:
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first().advisory_id
    ada = logged_in(cast.ada)
    typed = {"form_key": str(uuid4()), "who_name": "Theo Brandt", f"answer-{pads}": "declined"}
    ada.post(reverse("recommendations:counter", args=[order.pk]), typed)
    no = Decision.objects.get()
    address = reverse("recommendations:answers-undo", args=[no.pk])
    page = ada.get(reverse("recommendations:estimate", args=[order.pk])).content.decode()
    assert "1 answer written down." in page
    assert address in page
    assert undo(cast.mallory, "answers-undo", no.pk).status_code == 404
    assert undo(cast.tess, "answers-undo", no.pk).status_code == 403
    assert ada.get(address).status_code == 405
    assert not TakenBack.objects.exists()
    done = ada.post(address, {"form_key": str(uuid4())})
    assert done.url == reverse("recommendations:estimate", args=[order.pk])
    assert TakenBack.objects.get().by == cast.ada
    assert address not in ada.get(done.url).content.decode()


def test_a_call_is_taken_back_from_its_toast(cast: Cast) -> None:
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    ada = logged_in(cast.ada)
    typed = {
        "form_key": str(uuid4()),
        f"answer-{pads.pk}": "approved",
        f"version-{pads.pk}": "1",
        f"version-{boot.pk}": "1",
        "who_name": "Theo Brandt",
        "contact_used": "+14155550142",
        "reason": "Pads below the limit",
    }
    ada.post(reverse("recommendations:call", args=[order.pk]), typed)
    yes = Decision.objects.get()
    assert undo(cast.ada, "answers-undo", yes.pk).status_code == 302
    assert not Advisory.objects.exclude(answer="").exists()
    assert Presentation.objects.count() == 1, "that the lines were read out stays true"


# --- work


def begun(cast: Cast) -> tuple[RepairOrder, Advisory]:
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first()
    answer(
        presentation, *(Answered(one.pk, "approved" if one == pads else "declined") for one in presentation.lines.all())
    )
    return order, working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)


def test_a_start_is_undone_and_the_chain_keeps_both(cast: Cast) -> None:
    order, pads = begun(cast)
    undoing.undo_start(advisory=pads, by=cast.tess, at=SOON)
    assert (pads.work, pads.work_started_at, pads.work_by) == ("not_started", None, None)
    order.refresh_from_db()
    assert order.step == "1 of 2 yes, start work"
    assert events(order)[-2:] == ["work.started", "work.start_undone"]
    assert record.verify(cast.north).problem == ""
    with pytest.raises(undoing.TooLate):
        undoing.undo_start(advisory=pads, by=cast.tess, at=SOON)
    working.start(advisory=pads, by=cast.tess, at=SOON)
    assert record.verify(cast.north).problem == ""


def test_a_start_that_vanished_without_its_undo_breaks_the_record(cast: Cast) -> None:
    _order, pads = begun(cast)
    Advisory.objects.filter(pk=pads.pk).update(work="not_started", work_started_at=None, work_by=None)
    assert "was started, and no longer says so" in record.verify(cast.north).problem


def test_finished_work_goes_on_for_ten_seconds_and_not_after(cast: Cast) -> None:
    order, pads = begun(cast)
    working.finish(advisory=pads, by=cast.tess, at=AT)
    order.refresh_from_db()
    assert order.stage == "ready"
    with pytest.raises(undoing.TooLate, match="ten seconds"):
        undoing.undo_finish(advisory=pads, by=cast.tess, at=LATE)
    undoing.undo_finish(advisory=pads, by=cast.tess, at=SOON)
    assert (pads.work, pads.work_done_at) == ("started", None)
    order.refresh_from_db()
    assert (order.stage, order.ready_at, order.step) == ("in_shop", None, "0 of 1 jobs done")
    with pytest.raises(undoing.TooLate):
        undoing.undo_finish(advisory=pads, by=cast.tess, at=SOON)
    with pytest.raises(undoing.TooLate, match="ten seconds"):
        undoing.undo_start(advisory=pads, by=cast.tess, at=LATE)


def test_work_stays_done_once_it_is_billed_or_its_customer_was_told(cast: Cast) -> None:
    order, pads = begun(cast)
    working.finish(advisory=pads, by=cast.tess, at=AT)
    RepairOrder.objects.filter(pk=order.pk).update(told_at=AT)
    with pytest.raises(undoing.TooLate, match="was told"):
        undoing.undo_finish(advisory=pads, by=cast.tess, at=SOON)
    RepairOrder.objects.filter(pk=order.pk).update(told_at=None)
    invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    with pytest.raises(undoing.TooLate, match="bill is made"):
        undoing.undo_finish(advisory=pads, by=cast.tess, at=SOON)
    assert Advisory.objects.get(pk=pads.pk).work == "done"


def test_the_bay_offers_both_and_strangers_get_nothing(cast: Cast) -> None:
    order = make_order(cast)
    pads, _boot = answered_at_counter(cast, order, "approved", "declined")
    tess = logged_in(cast.tess)
    for verb, undone, work in (("finish", "finish-undo", "started"), ("start", "start-undo", "not_started")):
        if verb == "finish":
            working.start(advisory=pads, by=cast.tess, at=AT)
        address = reverse(f"recommendations:{undone}", args=[pads.pk])
        if verb == "finish":
            said = tess.post(reverse("recommendations:work-finish", args=[pads.pk]), {"form_key": str(uuid4())})
            assert address in tess.get(said.url).content.decode()
        assert undo(cast.mallory, undone, pads.pk).status_code == 404
        assert undo(cast.sam, undone, pads.pk).status_code == 403
        assert undo(cast.tess, undone, pads.pk).url == order.get_absolute_url()
        assert Advisory.objects.get(pk=pads.pk).work == work


def test_htmx_is_offered_the_undo_beside_the_lines(cast: Cast) -> None:
    order = make_order(cast)
    pads, _boot = answered_at_counter(cast, order, "approved", "declined")
    address = reverse("recommendations:work-start", args=[pads.pk])
    started = logged_in(cast.tess).post(address, {"form_key": str(uuid4())}, headers={"HX-Request": "true"})
    html = started.content.decode()
    assert html.lstrip().startswith('<section class="box" id="order-lines">')
    assert reverse("recommendations:start-undo", args=[pads.pk]) in html


def test_too_late_is_said_on_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _order, pads = begun(cast)
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATE)
    refused = undo(cast.tess, "start-undo", pads.pk)
    assert [str(one) for one in get_messages(refused.wsgi_request)] == [
        "The ten seconds are over. Work on this line has started."
    ]


# --- a closed order


def closed(cast: Cast) -> RepairOrder:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    closing.close(repair_order=order, odometer_out=71910, by=cast.ada, at=AT)
    return order


def test_a_closed_order_is_open_again_within_ten_seconds(cast: Cast) -> None:
    order = closed(cast)
    undoing.reopen(repair_order=order, by=cast.ada, at=SOON)
    order.refresh_from_db()
    assert (order.status, order.closed_at, order.closed_by, order.odometer_out) == ("open", None, None, None)
    assert events(order)[-2:] == ["repair_order.closed", "repair_order.reopened"]
    entry = RecordEntry.objects.order_by("sequence").last()
    assert (entry.kind, entry.payload["closed_at"]) == ("reopened", AT.isoformat())
    assert record.verify(cast.north).problem == ""
    with pytest.raises(undoing.TooLate):
        undoing.reopen(repair_order=order, by=cast.ada, at=SOON)
    closing.close(repair_order=order, odometer_out=71911, by=cast.ada, at=SOON)


def test_after_ten_seconds_a_closed_order_stays_closed(cast: Cast) -> None:
    order = closed(cast)
    with pytest.raises(undoing.TooLate, match="open a new one"):
        undoing.reopen(repair_order=order, by=cast.ada, at=LATE)
    assert RepairOrder.objects.get(pk=order.pk).status == "closed"


def test_a_car_that_is_here_again_keeps_the_old_order_closed(cast: Cast) -> None:
    order = closed(cast)
    make_order(cast, customer=order.customer, vehicle=order.vehicle)
    with pytest.raises(undoing.TooLate, match="another repair order"):
        undoing.reopen(repair_order=order, by=cast.ada, at=SOON)
    assert RepairOrder.objects.get(pk=order.pk).status == "closed"


def test_only_open_comes_after_closed(cast: Cast) -> None:
    order = closed(cast)
    with pytest.raises(Error, match="Invalid transition"), transaction.atomic():
        RepairOrder.objects.filter(pk=order.pk).update(status="void", voided_at=AT)


def test_closing_offers_to_reopen_to_the_counter_and_to_nobody_else(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "declined")
    notice_signed(cast, order)
    ada = logged_in(cast.ada)
    typed = {"form_key": str(uuid4()), "odometer_out": "71,910"}
    paper = ada.post(reverse("recommendations:close", args=[order.pk]), typed)
    assert paper.status_code == 302
    assert reverse("recommendations:close-undo", args=[order.pk]) in ada.get(order.get_absolute_url()).content.decode()
    assert undo(cast.mallory, "close-undo", order.pk).status_code == 404
    assert undo(cast.tess, "close-undo", order.pk).status_code == 403
    assert undo(cast.ada, "close-undo", order.pk).url == order.get_absolute_url()
    assert RepairOrder.objects.get(pk=order.pk).status == "open"
    assert not CustomerLink.objects.filter(repair_order=order).exists()


# --- the race


def race(order: RepairOrder, staff: Any, threads: int = 8) -> int:
    """So many people reopen the same order at the same moment; returns how many were told that they did."""
    barrier, done = threading.Barrier(threads), []

    def one() -> None:
        try:
            barrier.wait()
            undoing.reopen(repair_order=order, by=staff, at=SOON)
            done.append(1)
        except undoing.TooLate:
            pass
        finally:
            connection.close()

    runners = [threading.Thread(target=one) for _ in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return len(done)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_reopen_it_once() -> None:
    cast = make_cast()
    assert race(closed(cast), cast.ada) == 1
    assert RecordEntry.objects.filter(kind="reopened").count() == 1
    assert record.verify(cast.north).problem == ""


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_race_is_seen_to_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    order = closed(cast)
    queryset = type(RepairOrder.objects.all())
    monkeypatch.setattr(
        queryset,
        "reopen",
        lambda self, *, since: self.update(status="open", closed_at=None, closed_by=None, odometer_out=None) == 1,
    )
    assert race(order, cast.ada) == 8


def test_the_database_keeps_what_was_taken_back(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast))
    (no,) = answer(presentation, Answered(presentation.lines.first().pk, "declined"))
    undoing.take_back_answers(decision=no, by=cast.ada, at=AT)
    for attempt in (lambda: TakenBack.objects.update(at=SOON), lambda: TakenBack.objects.all().delete()):
        with pytest.raises(Error, match="Cannot"), transaction.atomic():
            attempt()
