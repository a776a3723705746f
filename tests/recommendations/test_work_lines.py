"""Work starts on the customer's yes to exactly this version; findings go back with a reason."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from dealership.models import Entry
from recommendations.actions import deciding, drafting, record, returning, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, AuthorizationPolicy, Decision, PresentedLine, RecordEntry, RecordHead
from service_lane.models import OpCode, RepairOrder
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import drafted, make_request, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def agreed(cast: Cast, *answers: str) -> list[Advisory]:
    """Red pads and a yellow boot, shown and answered like this."""
    presentation = shown(cast, make_order(cast))
    lines = list(presentation.lines.all())
    deciding.decide(
        presentation=presentation,
        answers=[
            Answered(line.pk, choice, until_miles=75000) for line, choice in zip(lines, answers, strict=False) if choice
        ],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    return [Advisory.objects.get(pk=line.advisory_id) for line in lines]


def test_agreed_work_is_started_and_finished_and_the_last_job_makes_the_order_ready(cast: Cast):
    pads, boot = agreed(cast, "approved", "approved")
    working.start(advisory=pads, by=cast.tess, at=AT)
    assert (pads.work, pads.work_by, pads.work_started_at) == ("started", cast.tess, AT)
    pads.repair_order.refresh_from_db()
    assert pads.repair_order.step == "0 of 2 jobs done"
    working.finish(advisory=pads, by=cast.tess, at=AT)
    working.start(advisory=boot, by=cast.tess, at=AT)
    working.finish(advisory=boot, by=cast.tess, at=AT)
    order = boot.repair_order
    order.refresh_from_db()
    assert (order.stage, order.step, order.ready_at) == ("ready", "Work done, make the bill", AT)
    day = timedelta(days=1)
    assert RepairOrder.objects.promises(cast.north, since=AT - day, now=AT + day) == {"due": 0, "kept": 0}
    RepairOrder.objects.filter(pk=order.pk).update(first_promised_at=AT)
    assert RepairOrder.objects.promises(cast.north, since=AT - day, now=AT + day) == {"due": 1, "kept": 1}
    assert Entry.objects.filter(event="work.started").count() == 2
    assert record.verify(cast.north).problem == ""
    assert RecordEntry.objects.filter(kind="work_started").count() == 2


@pytest.mark.parametrize("choice", ["declined", "deferred", "needs_info"])
def test_anything_but_a_yes_starts_no_work(cast: Cast, choice: str):
    pads, boot = agreed(cast, choice)
    with pytest.raises(working.NotApproved, match="The customer answered"):
        working.start(advisory=pads, by=cast.tess, at=AT)
    with pytest.raises(working.NotApproved, match="has not said yes"):
        working.start(advisory=boot, by=cast.tess, at=AT)


def test_a_yes_does_not_outlive_its_price(cast: Cast):
    pads, _ = agreed(cast, "approved")
    with pytest.raises(working.NotApproved, match="held until 7 Dec"):
        working.start(advisory=pads, by=cast.tess, at=AT + timedelta(days=15))
    # 30 minutes before midnight of the last day in California, it is the next day in UTC.
    working.start(advisory=pads, by=cast.tess, at=AT + timedelta(days=14, hours=11, minutes=50))


def test_a_line_is_started_once_and_finished_once(cast: Cast):
    pads, _ = agreed(cast, "approved")
    with pytest.raises(working.CannotWork, match="Start it first"):
        working.finish(advisory=pads, by=cast.tess, at=AT)
    working.start(advisory=pads, by=cast.tess, at=AT)
    with pytest.raises(working.CannotWork, match="started this already"):
        working.start(advisory=pads, by=cast.tess, at=AT)


def test_work_beyond_what_was_authorized_is_refused_by_the_policy_in_force(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    pads, _ = agreed(cast, "approved")
    with pgtrigger.ignore():
        Decision.objects.filter(advisory=pads).update(additional_cost=Decimal("380.00"))
    with pytest.raises(working.BeyondAuthorization, match="nothing above it is allowed"):
        working.start(advisory=pads, by=cast.tess, at=AT)
    AuthorizationPolicy.objects.create(
        jurisdiction="US-CA", effective_date=AT.date(), tolerance_amount=Decimal(10), source="An invented law"
    )
    working.start(advisory=pads, by=cast.tess, at=AT)
    assert pads.work == "started"


def test_signed_work_may_start_at_once(cast: Cast):
    order = make_order(cast)
    make_request(cast, order)
    (line,) = drafting.draft_requested(repair_order=order, at=AT)
    working.start(advisory=Advisory.objects.get(pk=line.pk), by=cast.tess, at=AT)


def test_the_database_refuses_work_without_a_yes_and_work_that_goes_backwards(cast: Cast):
    pads, boot = agreed(cast, "approved", "declined")
    for refused in (boot, Advisory.objects.get(pk=boot.pk)):
        with pytest.raises(IntegrityError, match="advisory_work_needs_approval"), transaction.atomic():
            Advisory.objects.filter(pk=refused.pk).update(work="started", work_started_at=AT)
    with pytest.raises(DatabaseError, match=r"(?i)invalid"), transaction.atomic():
        Advisory.objects.filter(pk=pads.pk).update(work="done", work_started_at=AT, work_done_at=AT)
    working.start(advisory=pads, by=cast.tess, at=AT)
    working.finish(advisory=pads, by=cast.tess, at=AT)
    with pytest.raises(DatabaseError, match=r"(?i)invalid"), transaction.atomic():
        Advisory.objects.filter(pk=pads.pk).update(work="not_started", work_started_at=None, work_done_at=None)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Advisory.objects.filter(pk=pads.pk).delete()


# --- back to the technician


def test_a_finding_goes_back_with_a_reason_the_technician_reads(cast: Cast):
    pads, boot = drafted(cast, make_order(cast))
    with pytest.raises(returning.CannotReturn, match="Say why"):
        returning.give_back(advisory=pads, reason="  ", by=cast.ada, at=AT)
    returning.give_back(advisory=pads, reason="Reading looks wrong", by=cast.ada, at=AT)
    pads.finding.refresh_from_db()
    assert (pads.finding.returned_reason, pads.finding.returned_at) == ("Reading looks wrong", AT)
    assert list(Advisory.objects.unsaid()) == [boot]
    assert Entry.objects.get(event="finding.returned").detail["reason"] == "Reading looks wrong"
    with pytest.raises(returning.CannotReturn, match="already"):
        returning.give_back(advisory=pads, reason="Again", by=cast.ada, at=AT)


def test_a_finding_the_customer_saw_does_not_go_back_and_is_never_dropped(cast: Cast):
    pads, _ = agreed(cast, "declined")
    with pytest.raises(returning.CannotReturn, match="shown to the customer"):
        returning.give_back(advisory=pads, reason="Photo not clear", by=cast.ada, at=AT)
    with pytest.raises(returning.CannotReturn, match="never dropped"):
        returning.take_off(advisory=pads, by=cast.ada, at=AT)


def test_a_line_added_by_hand_is_taken_off_before_it_is_shown(cast: Cast):
    order = make_order(cast)
    drafted(cast, order)
    op = OpCode.objects.get(code="45BOOT")
    line = drafting.add_line(
        repair_order=order, line=drafting.ByHand(op_code=op, request="Please", again=True), by=cast.ada, at=AT
    )
    with pytest.raises(returning.CannotReturn, match="Take it off instead"):
        returning.give_back(advisory=line, reason="Photo not clear", by=cast.ada, at=AT)
    returning.take_off(advisory=line, by=cast.ada, at=AT)
    assert line.removed_at == AT
    other = drafting.add_line(
        repair_order=order, line=drafting.ByHand(op_code=op, request="Please", again=True), by=cast.ada, at=AT
    )
    shown(cast, order, [other])
    with pytest.raises(returning.CannotReturn, match="shown to the customer"):
        returning.take_off(advisory=other, by=cast.ada, at=AT)


# --- the record


def verified(*args: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_record", *args, stdout=out, stderr=err)
    except SystemExit as stop:
        return int(stop.code or 0), err.getvalue()
    return 0, out.getvalue()


def test_an_untouched_record_holds(cast: Cast):
    agreed(cast, "approved", "declined")
    assert verified() == (0, "NORTH: 3 entries hold.\nRIVER: 0 entries hold.\n")
    assert verified("--rooftop", "NORTH")[0] == 0


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            lambda: PresentedLine.objects.update(snapshot={"total": "1.00"} | dict.fromkeys(_keys())),
            "is not what was shown",
        ),
        (lambda: Decision.objects.filter(answer="declined").update(answer="approved"), "not as recorded: answer"),
        (lambda: RecordEntry.objects.filter(sequence=2).update(payload={"answer": "approved"}), "Entry 2"),
        (lambda: RecordEntry.objects.filter(sequence=2).delete(), "Entry 3: It does not follow"),
        (lambda: RecordEntry.objects.filter(sequence=3).delete(), "cut off"),
        (lambda: RecordHead.objects.update(sequence=2), "cut off"),
        (lambda: RecordEntry.objects.filter(sequence=3).update(at=AT + timedelta(days=1)), "time is not"),
        (lambda: RecordEntry.objects.filter(sequence=3).update(row_id=9999999), "not where it was written"),
    ],
)
def test_whatever_is_changed_behind_our_back_is_named(cast: Cast, tamper, said: str):
    agreed(cast, "approved", "declined")
    with pgtrigger.ignore():
        tamper()
    code, words = verified()
    assert code == 1
    assert said in words


def test_an_answer_put_in_behind_our_back_is_named(cast: Cast):
    agreed(cast, "approved")
    copy = Decision.objects.get()
    copy.pk = None
    copy.save(force_insert=True)
    code, words = verified()
    assert code == 1
    assert "was never recorded" in words


def _keys():
    from recommendations.models.answers import SHOWN

    return [key for key in SHOWN if key != "total"]


def test_the_database_keeps_the_chain(cast: Cast):
    agreed(cast, "approved")
    connection.check_constraints()
    for attempt in (
        lambda: RecordEntry.objects.update(hash="0" * 64),
        lambda: RecordEntry.objects.all().delete(),
        lambda: connection.cursor().execute("TRUNCATE recommendations_recordentry"),
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            attempt()


def test_a_general_fee_that_was_signed_for_from_the_catalog_is_not_begun(cast: Cast):
    order = make_order(cast)
    make_request(cast, order, name="Shop supplies")
    (line,) = drafting.draft_requested(repair_order=order, at=AT)
    with pytest.raises(working.CannotWork, match="California does not allow a general shop supplies fee"):
        working.start(advisory=line, by=cast.tess, at=AT)
    line.refresh_from_db()
    assert (line.work, RecordEntry.objects.filter(kind="work_started").exists()) == ("not_started", False)
