"""One owner, steps in order, ten seconds to take one back; overdue ones are told once, and given to somebody else."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from customers.actions import receive_text
from customers.models import Consent
from dealership import outbox
from dealership.models import Entry, OutboxMessage
from sales_handoff.actions import claim, finish, meet, walk_over
from sales_handoff.actions.asking import why_not_ask
from sales_handoff.actions.meeting import CannotMeet, GateClosed, NotYours, appraise_with_them, step_back
from sales_handoff.actions.owning import CannotGive, escalate, reassign, undo_reassign
from sales_handoff.models import Appraisal, Escalation, Evaluation, Handoff, HandoffPolicy, Reassignment
from sales_handoff.tasks import sweep
from tests.cast import AT, Cast, make_customer
from tests.sales_handoff.test_meet_the_customer import open_complaint
from tests.sales_handoff.test_pages import as_, post, url
from tests.sales_handoff.visits import has_read, make_handoff

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=10)
SECONDS = timedelta(seconds=1)


def met(cast: Cast) -> Handoff:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    return meet(handoff=handoff, by=cast.sam, at=AT)


# --- introduced, appraised, and back ---------------------------------------------------------------------------------


def test_the_car_is_valued_with_them_after_they_met_and_weighed_with_it_at_once(cast: Cast) -> None:
    handoff = met(cast)

    done = appraise_with_them(handoff=handoff, low=Decimal(2000), high=Decimal(2400), by=cast.sam, at=LATER)

    assert done.appraised_at == LATER
    assert Appraisal.objects.get().source == "Appraised with the customer by Sam Mills"
    assert Evaluation.objects.latest_of(handoff.repair_order).value_low == Decimal("2000.00")
    assert Entry.objects.about(handoff).filter(event="handoff.appraised").count() == 1
    with pytest.raises(CannotMeet, match="valued the car already"):
        appraise_with_them(handoff=handoff, low=Decimal(1), high=Decimal(2), by=cast.sam, at=LATER)


def test_nobody_values_the_car_before_they_met_nor_for_somebody_else_nor_a_range_that_is_none(cast: Cast) -> None:
    handoff = make_handoff(cast)
    for staff in (cast.sam, cast.sue):
        has_read(handoff, staff)
    claim(handoff=handoff, by=cast.sam, at=AT)
    value: dict[str, Any] = {"handoff": handoff, "low": Decimal(2000), "high": Decimal(2400), "at": AT}

    with pytest.raises(CannotMeet, match="Meet them first"):
        appraise_with_them(**value, by=cast.sam)
    meet(handoff=handoff, by=cast.sam, at=AT)
    with pytest.raises(NotYours, match="Sam Mills"):
        appraise_with_them(**value, by=cast.sue)
    with pytest.raises(CannotMeet, match="at least the low one"):
        appraise_with_them(**{**value, "low": Decimal(3000)}, by=cast.sam)
    handoff.refresh_from_db()
    assert handoff.appraised_at is None
    assert not Appraisal.objects.exists()


def test_nobody_is_introduced_or_values_the_car_when_something_new_is_open(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    open_complaint(cast, handoff.customer)

    with pytest.raises(GateClosed):
        meet(handoff=handoff, by=cast.sam, at=AT)
    has_read(handoff, cast.sam)
    meet(handoff=handoff, by=cast.sam, at=AT)
    open_complaint(cast, handoff.customer, words="And the bill.")
    with pytest.raises(GateClosed):
        appraise_with_them(handoff=handoff, low=Decimal(1), high=Decimal(2), by=cast.sam, at=AT)


def test_each_step_is_taken_back_within_ten_seconds_by_who_took_it(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    walk_over(handoff=handoff, by=cast.sam, at=AT)
    meet(handoff=handoff, by=cast.sam, at=AT)
    finish(handoff=handoff, outcome="bought", note="Red one.", by=cast.sam, at=AT)

    with pytest.raises(CannotMeet, match="too late"):
        step_back(handoff=handoff, by=cast.sue, at=AT)
    back = step_back(handoff=handoff, by=cast.sam, at=AT + 10 * SECONDS)
    assert (back.status, back.outcome, back.outcome_note, back.outcome_at) == ("claimed", "", "", None)
    assert step_back(handoff=handoff, by=cast.sam, at=AT + 10 * SECONDS).met_at is None
    with pytest.raises(CannotMeet, match="too late"):
        step_back(handoff=handoff, by=cast.sam, at=AT + 11 * SECONDS)
    assert step_back(handoff=handoff, by=cast.sam, at=AT + 10 * SECONDS).walking_at is None
    steps = Entry.objects.filter(event="handoff.stepped_back").order_by("pk").values_list("detail__step", flat=True)
    assert list(steps) == ["outcome", "met", "walking"]


@pytest.mark.parametrize(
    "change",
    [
        {"walking_at": AT - timedelta(minutes=1)},
        {"met_at": AT - timedelta(minutes=1)},
        {"walking_at": AT + timedelta(minutes=5), "met_at": AT + timedelta(minutes=1)},
        {"appraised_at": AT},
        {"met_at": LATER, "appraised_at": AT},
        {"status": "done", "outcome": "keeps", "outcome_at": AT - timedelta(minutes=1)},
        {"status": "waiting", "claimed_by": None, "claimed_at": None, "walking_at": AT},
    ],
)
def test_the_database_keeps_the_steps_in_order(cast: Cast, change: dict[str, Any]) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)

    with pytest.raises(IntegrityError, match="handoff_"), transaction.atomic():
        Handoff.objects.filter(pk=handoff.pk).update(**change)


@pytest.mark.parametrize("move", [{"status": "claimed"}, {"status": "waiting"}, {"status": "done"}])
def test_what_was_taken_back_stays_so(cast: Cast, move: dict[str, Any]) -> None:
    handoff = make_handoff(cast)
    Handoff.objects.filter(pk=handoff.pk).withdraw(at=AT, reason="She said stop.")

    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        Handoff.objects.filter(pk=handoff.pk).update(**move)


def test_the_steps_in_the_browser_with_undo_in_the_toast(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    client = as_(cast.sam)
    post(client, "claim", handoff.pk)
    back = f'action="{url("back", handoff.pk)}"'

    assert back in post(client, "walk", handoff.pk, htmx=True).content.decode()
    text = post(client, "met", handoff.pk, htmx=True).content.decode()
    assert back in text
    assert "Look at the car together" in text
    wrong = post(client, "appraise", handoff.pk, low="3000", high="2000")
    assert wrong.status_code == 422
    assert "The high value must be at least the low one." in wrong.content.decode()
    assert 'value="3000"' in wrong.content.decode()
    assert (
        "You valued the car at 11:38"
        in post(client, "appraise", handoff.pk, htmx=True, low="2000", high="2400").content.decode()
    )
    assert back in post(client, "finish", handoff.pk, htmx=True, outcome="not_interested").content.decode()
    assert post(client, "back", handoff.pk).status_code == 302
    handoff.refresh_from_db()
    assert handoff.status == "claimed"


# --- overdue ---------------------------------------------------------------------------------------------------------


def why(at: Any) -> list[str]:
    return list(Handoff.objects.overdue(at).values_list("why", flat=True))


def test_a_hand_off_is_overdue_when_nobody_claims_it_in_time_or_before_the_car_leaves(cast: Cast) -> None:
    handoff = make_handoff(cast, leaves_in=timedelta(minutes=30))
    HandoffPolicy.objects.update(claim_within_minutes=20)

    assert why(AT + timedelta(minutes=19, seconds=59)) == []
    assert why(AT + timedelta(minutes=20)) == ["unclaimed"]
    HandoffPolicy.objects.update(claim_within_minutes=60)
    assert why(AT + timedelta(minutes=29)) == []
    assert why(AT + timedelta(minutes=30)) == ["unclaimed"]
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    assert why(AT + timedelta(minutes=29)) == []
    assert why(AT + timedelta(minutes=30)) == ["unmet"]
    meet(handoff=handoff, by=cast.sam, at=AT)
    assert why(AT + timedelta(minutes=149)) == []
    assert why(AT + timedelta(minutes=150)) == ["no_outcome"]
    finish(handoff=handoff, outcome="keeps", by=cast.sam, at=AT)
    assert why(AT + timedelta(days=9)) == []


def test_the_sales_manager_is_told_once_for_each_reason_and_the_mail_names_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = make_handoff(cast)
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: LATER)

    sweep()
    sweep()
    assert escalate(handoff=handoff, at=LATER) is None

    told = Escalation.objects.get()
    assert (told.why, told.due_at, told.at) == ("unclaimed", LATER, LATER)
    (mail,) = OutboxMessage.objects.filter(purpose="handoff_overdue")
    assert mail.to == cast.sue.email
    assert "Priya" not in mail.body + mail.subject
    assert "Raman" not in mail.body + mail.subject
    assert Entry.objects.filter(event="handoff.escalated").count() == 1
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: AT + timedelta(hours=4))
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=LATER)
    sweep()
    assert list(Escalation.objects.order_by("pk").values_list("why", flat=True)) == ["unclaimed", "unmet"]


def test_nobody_is_told_before_it_is_due_and_the_database_agrees(cast: Cast) -> None:
    handoff = make_handoff(cast)

    assert escalate(handoff=handoff, at=LATER - SECONDS) is None
    with pytest.raises(IntegrityError, match="escalated_when_overdue"), transaction.atomic():
        Escalation.objects.create(handoff=handoff, why="unclaimed", due_at=LATER, at=AT)
    escalate(handoff=handoff, at=LATER)
    with pytest.raises(IntegrityError, match="escalated_once"), transaction.atomic():
        Escalation.objects.create(handoff=handoff, why="unclaimed", due_at=AT, at=LATER)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Escalation.objects.update(at=LATER + SECONDS)


def test_the_manager_reads_what_is_overdue_on_top_and_a_salesperson_on_its_row(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = make_handoff(cast)
    escalate(handoff=handoff, at=LATER)
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)

    manager, seller = (as_(staff).get(url("queue")).content.decode() for staff in (cast.sue, cast.sam))

    assert "1 for you to settle" in manager
    assert "Nobody has claimed it" in manager
    assert "for you to settle" not in seller
    assert "Overdue, manager told 11:48" in seller
    assert "The sales manager was told" in as_(cast.sue).get(url("handoff", handoff.pk)).content.decode()


# --- given to somebody else ------------------------------------------------------------------------------------------


def test_the_manager_gives_it_to_somebody_who_has_everything_still_to_do(cast: Cast) -> None:
    handoff = met(cast)

    given = reassign(handoff=handoff, to=cast.sue, reason=" Sam is at lunch. ", by=cast.sue, at=LATER)

    assert (given.status, given.claimed_by, given.claimed_at) == ("claimed", cast.sue, LATER)
    assert (given.walking_at, given.met_at, given.appraised_at) == (None, None, None)
    kept = Reassignment.objects.get()
    assert (kept.from_staff, kept.to_staff, kept.reason) == (cast.sam, cast.sue, "Sam is at lunch.")
    assert Entry.objects.filter(event="handoff.reassigned", by=cast.sue).count() == 1
    with pytest.raises(NotYours):
        finish(handoff=handoff, outcome="keeps", by=cast.sam, at=LATER)
    with pytest.raises(GateClosed):
        walk_over(handoff=handoff, by=cast.sue, at=LATER)


@pytest.mark.parametrize(
    ("who", "reason", "sentence"),
    [
        ("sue", " ", "Say why"),
        ("sam", "Busy", "has it already"),
        ("ada", "Busy", "does not sell here"),
        ("mallory", "Busy", "does not sell here"),
    ],
)
def test_it_is_given_with_a_reason_to_somebody_else_who_sells_here(
    cast: Cast, who: str, reason: str, sentence: str
) -> None:
    handoff = met(cast)

    with pytest.raises(CannotGive, match=sentence):
        reassign(handoff=handoff, to=getattr(cast, who), reason=reason, by=cast.sue, at=LATER)
    assert not Reassignment.objects.exists()


def test_what_is_over_is_given_to_nobody(cast: Cast) -> None:
    handoff = met(cast)
    finish(handoff=handoff, outcome="keeps", by=cast.sam, at=AT)

    with pytest.raises(CannotGive, match="met them already"):
        reassign(handoff=handoff, to=cast.sue, reason="Busy", by=cast.sue, at=LATER)


@pytest.mark.parametrize("was_claimed", [True, False])
def test_giving_it_away_is_taken_back_within_ten_seconds_unless_they_have_begun(cast: Cast, was_claimed: bool) -> None:
    handoff = make_handoff(cast)
    if was_claimed:
        has_read(handoff, cast.sam)
        claim(handoff=handoff, by=cast.sam, at=AT)
    reassign(handoff=handoff, to=cast.sue, reason="Busy", by=cast.sue, at=LATER)

    with pytest.raises(CannotGive, match="too late"):
        undo_reassign(handoff=handoff, by=cast.sue, at=LATER + 11 * SECONDS)
    back = undo_reassign(handoff=handoff, by=cast.sue, at=LATER + 10 * SECONDS)
    assert (back.status, back.claimed_by) == (("claimed", cast.sam) if was_claimed else ("waiting", None))
    with pytest.raises(CannotGive, match="too late"):
        undo_reassign(handoff=handoff, by=cast.sue, at=LATER + 10 * SECONDS)


def test_a_reassignment_without_a_reason_or_to_its_owner_is_none_and_is_kept(cast: Cast) -> None:
    handoff = met(cast)
    row = {"handoff": handoff, "from_staff": cast.sam, "to_staff": cast.sue, "by": cast.sue, "at": AT}

    for wrong in ({"reason": ""}, {"reason": "Busy", "to_staff": cast.sam}):
        with pytest.raises(IntegrityError, match="reassigned_to"), transaction.atomic():
            Reassignment.objects.create(**{**row, **wrong})
    Reassignment.objects.create(**row, reason="Busy")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Reassignment.objects.update(reason="Other")


def test_only_a_sales_manager_of_the_rooftop_gives_it_away_in_the_browser(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    handoff = make_handoff(cast)
    typed = {"to": str(cast.sue.pk), "reason": "Sam is at lunch."}

    for staff, status in ((cast.sam, 403), (cast.ada, 403), (cast.mallory, 403)):
        assert post(as_(staff), "reassign", handoff.pk, **typed).status_code == status
    assert "Give it to somebody else" not in as_(cast.sam).get(url("handoff", handoff.pk)).content.decode()
    manager = as_(cast.sue)
    wrong = post(manager, "reassign", handoff.pk, to=str(cast.ada.pk), reason="Why not")
    assert wrong.status_code == 422
    assert "Choose somebody who sells here." in wrong.content.decode()
    assert 'value="Why not"' in wrong.content.decode()
    text = post(manager, "reassign", handoff.pk, htmx=True, **typed).content.decode()
    assert "Sam is at lunch." in text
    assert f'action="{url("reassign-undo", handoff.pk)}"' in text
    assert post(manager, "reassign-undo", handoff.pk).url == url("handoff", handoff.pk)
    handoff.refresh_from_db()
    assert handoff.status == "waiting"


# --- the yes taken back somewhere else -------------------------------------------------------------------------------


def test_a_no_said_anywhere_closes_the_gate_hides_the_name_and_empties_the_queue(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    Consent.objects.create(
        customer=handoff.customer,
        purpose="sales_use",
        channel="any",
        granted=False,
        words="No offers.",
        text_version="1",
        source="On their link",
        at=LATER,
    )

    for page in (url("queue"), url("handoff", handoff.pk)):
        text = as_(cast.sam).get(page).content.decode()
        assert "Priya" not in text
        assert "5550177" not in text
    with pytest.raises(CannotMeet, match="do not contact"):
        claim(handoff=handoff, by=cast.sam, at=LATER)
    with pytest.raises(CannotMeet, match="do not contact"):
        has_read(handoff, cast.sue, LATER)
    sweep()
    handoff.refresh_from_db()
    assert (handoff.status, handoff.withdrawn_reason) == (
        "withdrawn",
        "They do not want sales to use what service knows.",
    )
    sweep()
    assert Entry.objects.filter(event="handoff.withdrawn").count() == 1
    other = make_handoff(cast, customer=make_customer("Omar", "Haddad", phone=""))
    assert Handoff.objects.open().still_yes().get() == other


@pytest.mark.parametrize(("said", "asked_again"), [("no more offers please", False), ("STOP", True)])
def test_a_stop_by_text_takes_them_out_of_the_queue_at_once_and_your_car_is_ready_still_goes(
    cast: Cast, said: str, asked_again: bool
) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    number = handoff.customer.contact_points.get(kind="phone").value
    ready = outbox.put(
        kind="text",
        purpose="car_ready",
        key="r",
        to=number,
        body="x",
        rooftop=cast.north,
        at=LATER - SECONDS,
        not_before=LATER + SECONDS,
        use="repair_messages",
    )
    queue = Handoff.objects.for_queue(cast.north)
    assert queue.exists()

    receive_text(provider_key="in-1", number=number, body=said, at=LATER)

    assert not queue.all().exists()
    with pytest.raises(CannotMeet, match="do not contact"):
        claim(handoff=handoff, by=cast.sam, at=LATER)
    assert not Consent.objects.allows(handoff.customer, "sales_use", "text")
    outbox.send_some(at=LATER + SECONDS)
    ready.refresh_from_db()
    assert ready.status == ("canceled" if asked_again else "sent"), "STOP is to every text, this one was to offers"
    sweep()
    handoff.refresh_from_db()
    assert handoff.status == "withdrawn"
    against = why_not_ask(handoff.customer, policy=None, at=LATER)
    assert ("They do not want sales to use what service knows." not in against) is asked_again
