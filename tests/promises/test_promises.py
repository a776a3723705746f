"""The twelve promises, each broken by a direct POST as somebody who is logged in, and again at the database.

The verbs have tests of their own beside their app; here one attempt at each promise stands in one place.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from customers.actions import open_complaint
from customers.models import Complaint, Consent, Look
from dealership.models import Staff
from recommendations.actions import deciding, pricing
from recommendations.actions.deciding import Answered
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    Decision,
    Presentation,
    PresentedLine,
    RecordEntry,
)
from sales_handoff.models import Evaluation, Handoff, MinefieldReading
from service_lane.models import InspectionItem, RepairOrder
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import drafted, make_op_code, shown
from tests.sales_handoff.visits import add_line, has_read, make_handoff, weighed_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def as_(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def post(staff: Staff, name: str, *args: Any, **typed: Any) -> Any:
    return as_(staff).post(reverse(name, args=args), {"form_key": str(uuid4()), **typed})


def refused_by_database(attempt: Any) -> bool:
    """Whether PostgreSQL itself turns the attempt away."""
    try:
        with transaction.atomic():
            attempt()
    except DatabaseError:
        return True
    return False


def answered(cast: Cast, presentation: Presentation, answer: str = Advisory.Answer.APPROVED) -> None:
    deciding.decide(
        presentation=presentation,
        answers=[Answered(line.pk, answer) for line in presentation.lines.all()],
        who_name="Theo Brandt",
        channel=Presentation.Channel.COUNTER,
        by=cast.ada,
        at=AT,
    )


def test_1_grounded_a_line_without_a_ground_and_a_red_one_without_a_required_reason_are_refused(cast: Cast) -> None:
    order = make_order(cast)
    op_code = make_op_code(cast)

    answer = post(cast.ada, "recommendations:line-add", order.pk, op_code=str(op_code.pk))

    assert answer.status_code == 422
    assert not Advisory.objects.filter(repair_order=order).exists()
    line = add_line(order)
    assert refused_by_database(lambda: Advisory.objects.filter(pk=line.pk).update(ground_text=""))
    assert refused_by_database(lambda: Advisory.objects.filter(pk=line.pk).update(reason_code="4"))


def test_2_disclosed_a_line_that_lacks_a_fact_is_not_shown(cast: Cast) -> None:
    order = make_order(cast)
    line = drafted(cast, order)[0]
    AdvisoryVersion.objects.filter(advisory=line).update(if_you_wait="", horizon="")
    Advisory.objects.filter(repair_order=order).exclude(pk=line.pk).update(removed_at=AT)

    answer = post(cast.ada, "recommendations:present-at-counter", order.pk)

    assert answer.status_code == 409
    assert not Presentation.objects.filter(repair_order=order).exists()
    AdvisoryVersion.objects.filter(advisory=line).update(if_you_wait="It wears out.", horizon="4 weeks")
    other = shown(cast, order, [line])
    kept = other.lines.get()
    half = {key: value for key, value in kept.snapshot.items() if key != "if_you_wait"}
    assert refused_by_database(
        lambda: PresentedLine.objects.create(
            presentation=other, advisory=line, version=kept.version, snapshot=half, sha256=kept.sha256
        )
    )


def test_3_answered_silence_is_no_answer_and_nothing_is_chosen_beforehand(cast: Cast) -> None:
    presentation = _shown_elsewhere(cast)
    order = presentation.repair_order

    page = as_(cast.ada).get(reverse("recommendations:counter", args=[order.pk])).content.decode()
    answer = post(cast.ada, "recommendations:counter", order.pk, who_name="Theo Brandt")

    assert 'type="radio"' in page
    assert "checked" not in page
    assert answer.status_code == 422
    assert not Decision.objects.exists()
    line = presentation.lines.first()
    assert line is not None
    assert refused_by_database(
        lambda: Decision.objects.create(
            line=line,
            advisory=line.advisory,
            answer="deferred",
            who_name="Theo Brandt",
            channel="counter",
            additional_cost=0,
            revised_total=0,
            by=cast.ada,
            at=AT,
        )
    )


def test_4_bound_an_answer_to_a_line_that_changed_is_refused_and_the_line_asks_again(cast: Cast) -> None:
    presentation = _shown_elsewhere(cast)
    line = presentation.lines.select_related("advisory").first()
    assert line is not None
    advisory = line.advisory
    content = pricing.content_of(advisory.versions.get(number=1), advisory.pay_type)
    dearer = content.__class__(**{**content.__dict__, "labor_hours": Decimal("9.00")})
    pricing.write_version(advisory=advisory, content=dearer, by=cast.ada, at=AT)

    answer = post(
        cast.ada,
        "recommendations:counter",
        presentation.repair_order_id,
        who_name="Theo Brandt",
        **{f"answer-{advisory.pk}": "approved"},
    )

    advisory.refresh_from_db()
    assert answer.status_code == 422
    assert "changed" in answer.content.decode()
    assert (advisory.version, advisory.answer) == (2, "")
    assert refused_by_database(
        lambda: Advisory.objects.filter(pk=advisory.pk).update(answer="approved", answered_version=2)
    )
    assert refused_by_database(lambda: AdvisoryVersion.objects.filter(pk=line.version_id).update(total=1, labor=1))


def test_5_nothing_slipped_in_work_without_a_yes_does_not_start_and_is_not_billed(cast: Cast) -> None:
    presentation = _shown_elsewhere(cast)
    answered(cast, presentation, Advisory.Answer.DECLINED)
    line = presentation.lines.select_related("advisory").first()
    assert line is not None

    started = post(cast.tess, "recommendations:work-start", line.advisory_id)
    billed = post(cast.ada, "recommendations:invoice", presentation.repair_order_id)

    line.advisory.refresh_from_db()
    assert started.status_code == 409
    assert line.advisory.work == Advisory.Work.NOT_STARTED
    assert billed.status_code in (409, 422)
    assert refused_by_database(
        lambda: Advisory.objects.filter(pk=line.advisory_id).update(work="started", work_started_at=AT)
    )


def test_6_nothing_left_unsaid_an_order_with_an_unmentioned_finding_does_not_close(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)

    answer = post(cast.ada, "recommendations:close", order.pk, odometer_out="71910")

    order.refresh_from_db()
    assert answer.status_code == 422
    assert "never shown" in answer.content.decode()
    assert order.status == RepairOrder.Status.OPEN
    assert refused_by_database(lambda: RepairOrder.objects.filter(pk=order.pk).update(status="closed"))


def test_7_kept_what_was_shown_and_answered_is_not_rewritten_and_a_change_shows(cast: Cast) -> None:
    presentation = _shown_elsewhere(cast)
    answered(cast, presentation)
    decision = Decision.objects.earliest("pk")
    gus = Staff.objects.get(pk=cast.gus.pk)
    Staff.objects.filter(pk=gus.pk).update(is_staff=True, is_superuser=True)

    rewritten = as_(Staff.objects.get(pk=gus.pk)).post(
        reverse("admin:recommendations_decision_change", args=[decision.pk]), {"who_name": "Somebody else"}
    )

    assert rewritten.status_code == 403
    for table in (Decision, PresentedLine, Presentation, RecordEntry):
        row = table.objects.earliest("pk")
        assert refused_by_database(lambda kept=row: type(kept).objects.filter(pk=kept.pk).delete())
    assert refused_by_database(lambda: Decision.objects.filter(pk=decision.pk).update(who_name="Somebody else"))


def test_8_a_hand_off_is_a_service_there_is_none_without_a_yes_and_it_changes_no_advice(cast: Cast) -> None:
    order, _evaluation = weighed_order(cast)
    before = list(AdvisoryVersion.objects.values())

    asked = post(cast.ada, "sales_handoff:ask", order.pk, choice="yes", words="")

    assert asked.status_code == 422
    assert not Handoff.objects.exists()
    no = post(cast.ada, "sales_handoff:ask", order.pk, choice="no", why="said_no", words="Not looking.")
    again = post(cast.ada, "sales_handoff:ask", order.pk, choice="yes", words="Now I want to.")
    assert no.status_code == 302
    assert again.status_code in (409, 422)
    assert not Handoff.objects.exists()
    assert list(AdvisoryVersion.objects.values()) == before
    evaluation = Evaluation.objects.latest("pk")
    assert refused_by_database(lambda: Evaluation.objects.filter(pk=evaluation.pk).update(plain_reading="Buy now"))


def test_9_no_minefields_nobody_claims_before_reading_what_is_open(cast: Cast) -> None:
    handoff = make_handoff(cast)

    answer = post(cast.sam, "sales_handoff:claim", handoff.pk)
    page = as_(cast.sam).get(reverse("sales_handoff:handoff", args=[handoff.pk])).content.decode()

    handoff.refresh_from_db()
    assert answer.status_code == 409
    assert handoff.status == Handoff.Status.WAITING
    assert "555-0177" not in page
    reading = has_read(handoff, cast.sam)
    assert refused_by_database(lambda: MinefieldReading.objects.filter(pk=reading.pk).update(facts=[]))
    assert refused_by_database(lambda: Handoff.objects.filter(pk=handoff.pk).update(status="claimed"))


def test_10_owned_a_complaint_has_an_owner_and_a_due_time_and_only_its_side_closes_it(cast: Cast) -> None:
    order = make_order(cast)
    complaint = open_complaint(
        customer=order.customer,
        rooftop=cast.north,
        words="Nobody called me back about the tires.",
        side=Complaint.Side.SALES,
        owner=cast.sue,
        due_at=AT + timedelta(days=1),
        by=cast.ada,
        at=AT,
    )

    other_side = post(cast.ada, "customers:complaint", complaint.pk, what_was_done="Called her.")
    wordless = post(cast.sue, "customers:complaint", complaint.pk, what_was_done="")

    complaint.refresh_from_db()
    assert other_side.status_code == 403
    assert wordless.status_code == 422
    assert complaint.closed_at is None
    assert refused_by_database(
        lambda: Complaint.objects.filter(pk=complaint.pk).update(closed_at=AT, closed_by=cast.sue, recheck_at=AT)
    )
    assert refused_by_database(lambda: Complaint.objects.filter(pk=complaint.pk).update(due_at=None))


def test_11_the_finder_hears_back_and_nobody_else_can_take_the_credit(cast: Cast) -> None:
    order = make_order(cast)
    lines = drafted(cast, order)
    presentation = shown(cast, order, lines)
    answered(cast, presentation, Advisory.Answer.DECLINED)

    page = as_(cast.tess).get(reverse("recommendations:findings-fate")).content.decode()
    hidden = as_(cast.mallory).get(reverse("recommendations:findings-fate")).content.decode()
    taken = post(cast.ada, "recommendations:line", lines[0].pk, found_by=str(cast.ada.pk), title="Mine now")

    lines[0].refresh_from_db()
    assert "they said no" in page
    assert "they said no" not in hidden
    assert taken.status_code in (302, 422)
    assert lines[0].found_by == cast.tess
    unfound = InspectionItem.objects.filter(pk=lines[0].finding_id)
    assert refused_by_database(lambda: unfound.update(by=None))


def test_12_not_intrusive_no_use_without_consent_and_every_look_is_kept(cast: Cast) -> None:
    handoff = make_handoff(cast)
    customer = handoff.customer

    opened = as_(cast.sam).get(reverse("customers:customer", args=[customer.pk]))
    looked = as_(cast.ada).get(reverse("customers:customer", args=[customer.pk]))

    assert opened.status_code in (403, 404)
    assert looked.status_code == 200
    look = Look.objects.filter(customer=customer, by=cast.ada).latest("pk")
    assert refused_by_database(lambda: Look.objects.filter(pk=look.pk).delete())
    assert not Consent.objects.allows(customer, Consent.Purpose.MARKETING, Consent.Channel.TEXT)
    consent = Consent.objects.filter(customer=customer).latest("pk")
    assert refused_by_database(lambda: Consent.objects.filter(pk=consent.pk).update(granted=True))


def _shown_elsewhere(cast: Cast) -> Presentation:
    """Two lines put before Theo at the counter."""
    order = make_order(cast)
    return shown(cast, order)
