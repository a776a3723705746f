"""The pages of the estimate: who may, what they show, what a direct post cannot do."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recommendations.actions import deciding, drafting, returning, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, AdvisoryVersion, Decision, Presentation
from service_lane.models import InspectionItem, OpCode, RepairOrder, ScheduleRow
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, make_inspection, make_item, make_op_code, make_request, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def logged_in(staff: Any) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def post(client: Client, name: str, pk: int, typed: dict[str, Any] | None = None, **extra: Any):
    body = {"form_key": str(uuid4()), **(typed or {})}
    return client.post(reverse(f"recommendations:{name}", args=[pk]), body, **extra)


def page(client: Client, name: str, *args: int, **extra: Any) -> str:
    answer = client.get(reverse(f"recommendations:{name}", args=args), **extra)
    assert answer.status_code == 200, answer
    return answer.content.decode()


HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def test_the_estimate_shows_every_line_its_price_and_the_customers_page(cast: Cast):
    order = make_order(cast)
    drafted(cast, order)
    html = page(logged_in(cast.ada), "estimate", order.pk)
    assert "We measured 2 mm, left front. The limit is 3 mm." in html
    assert "$387.29" in html
    assert "Return to Tess" in html
    assert "if yes to all 2" in html
    assert "Grade" in html
    assert "$555.29" in html


def test_a_missing_fact_is_named_and_the_line_is_not_offered(cast: Cast):
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    AdvisoryVersion.objects.filter(advisory=pads).update(horizon="")
    html = page(logged_in(cast.ada), "estimate", order.pk)
    assert "Say how long waiting takes to matter" in html
    assert "1 cannot be shown yet" in html
    assert f"{reverse('recommendations:line', args=[pads.pk])}#id_horizon" in html, "the sentence leads to its field"


def test_strangers_get_nothing_and_sales_is_turned_away(cast: Cast):
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    for name, pk in (("estimate", order.pk), ("order-lines", order.pk), ("call", order.pk), ("line", pads.pk)):
        assert logged_in(cast.mallory).get(reverse(f"recommendations:{name}", args=[pk])).status_code == 404
        assert logged_in(cast.sam).get(reverse(f"recommendations:{name}", args=[pk])).status_code == 403
    for name, pk in (
        ("present-at-counter", order.pk),
        ("line-return", pads.pk),
        ("work-start", pads.pk),
        ("line-add", order.pk),
    ):
        assert post(logged_in(cast.mallory), name, pk).status_code == 404
        assert post(logged_in(cast.sam), name, pk).status_code == 403
    assert not Presentation.objects.exists()


def test_a_technician_sees_the_estimate_and_changes_nothing_on_it(cast: Cast):
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    tess = logged_in(cast.tess)
    assert "Present at counter" not in page(tess, "estimate", order.pk)
    for name, pk in (("line", pads.pk), ("present-at-counter", order.pk), ("call", order.pk), ("line-return", pads.pk)):
        assert post(tess, name, pk, {"reason": "x"}).status_code == 403


def test_showing_at_the_counter_needs_a_post_and_leads_to_the_customers_answers(cast: Cast):
    order = make_order(cast)
    drafted(cast, order)
    ada = logged_in(cast.ada)
    assert ada.get(reverse("recommendations:present-at-counter", args=[order.pk])).status_code == 405
    answer = post(ada, "present-at-counter", order.pk)
    assert answer.url == reverse("recommendations:counter", args=[order.pk])
    html = page(ada, "counter", order.pk)
    assert not re.search(r'value="\w+" checked', html)
    assert html.count('value="approved"') == html.count('value="declined"') == 2


def test_answers_at_the_counter_are_kept_line_by_line_with_a_typed_name(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    pads, boot = (line.advisory_id for line in presentation.lines.all())
    ada = logged_in(cast.ada)
    nameless = post(ada, "counter", order.pk, {f"answer-{pads}": "approved"})
    assert nameless.status_code == 422
    assert "Type the name of the person" in nameless.content.decode()
    assert "checked" in nameless.content.decode(), "what was chosen is kept"
    later = post(ada, "counter", order.pk, {"who_name": "Theo Brandt", f"answer-{boot}": "deferred"})
    assert "Later: say until when." in later.content.decode()
    assert not Decision.objects.exists()
    typed = {
        "who_name": "Theo Brandt",
        f"answer-{pads}": "approved",
        f"answer-{boot}": "deferred",
        f"until-{boot}": "3000mi",
    }
    assert post(ada, "counter", order.pk, typed).url == reverse("recommendations:estimate", args=[order.pk])
    assert list(Decision.objects.values_list("answer", "until_miles", "channel", "by__name")) == [
        ("approved", None, "counter", "Ada Kim"),
        ("deferred", 74902, "counter", "Ada Kim"),
    ]
    html = page(ada, "estimate", order.pk)
    assert "Answered: 1 yes, 1 later" in html


def test_the_same_form_sent_twice_counts_once(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first().advisory_id
    ada, key = logged_in(cast.ada), str(uuid4())
    typed = {"form_key": key, "who_name": "Theo Brandt", f"answer-{pads}": "approved"}
    first, second = (post(ada, "counter", order.pk, typed) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert Decision.objects.count() == 1


def test_a_stale_counter_page_is_told_so(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    line = presentation.lines.first()
    deciding.decide(
        presentation=presentation,
        answers=[Answered(line.pk, "declined")],
        who_name="Theo Brandt",
        channel="link",
        by=None,
        at=AT,
    )
    typed = {"who_name": "Theo Brandt", f"answer-{line.advisory_id}": "approved", f"seen-{line.advisory_id}": ""}
    answer = post(logged_in(cast.ada), "counter", order.pk, typed)
    assert answer.status_code == 422
    assert deciding.OVERTAKEN in answer.content.decode()
    assert Advisory.objects.get(pk=line.advisory_id).answer == "declined"


def test_a_call_is_recorded_with_its_seven_facts_or_not_at_all(cast: Cast):
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    ada = logged_in(cast.ada)
    html = page(ada, "call", order.pk)
    assert not re.search(r'value="\w+" checked', html)
    assert "It costs $387.29 with tax and fees." in html
    typed = {
        f"answer-{pads.pk}": "approved",
        f"version-{pads.pk}": "1",
        f"version-{boot.pk}": "1",
        "who_name": "Theo Brandt",
        "contact_used": "+14155550142",
    }
    refused = post(ada, "call", order.pk, typed)
    assert refused.status_code == 422
    assert "Write down why more work is needed." in refused.content.decode()
    assert not Presentation.objects.exists()
    assert post(ada, "call", order.pk, typed | {"reason": "Pads below the limit"}).status_code == 302
    decision = Decision.objects.get()
    assert (decision.channel, decision.contact_used, decision.reason) == (
        "phone",
        "+14155550142",
        "Pads below the limit",
    )
    assert Presentation.objects.get().lines.count() == 2, "every line read out was shown; one was answered"


def test_a_mind_is_changed_by_phone_and_settled_lines_are_not_shown_again_unasked(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    pads, boot = presentation.lines.all()
    deciding.decide(
        presentation=presentation,
        answers=[Answered(pads.pk, "declined"), Answered(boot.pk, "needs_info", question="Can it wait a year?")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    ada = logged_in(cast.ada)
    assert "if yes to the one line." in page(ada, "estimate", order.pk), "what was declined is not asked again unasked"
    assert "Mark one only if they change their mind." in page(ada, "call", order.pk)
    typed = {f"version-{line.advisory_id}": "1" for line in (pads, boot)} | {
        "who_name": "Theo Brandt",
        "contact_used": "+14155550142",
        "reason": "He called back",
    }
    assert post(ada, "call", order.pk, typed | {f"answer-{boot.advisory_id}": "approved"}).status_code == 302
    by_phone = Presentation.objects.first()
    assert [line.advisory_id for line in by_phone.lines.all()] == [boot.advisory_id]
    assert post(ada, "call", order.pk, typed | {f"answer-{pads.advisory_id}": "approved"}).status_code == 302
    assert Advisory.objects.filter(answer="approved").count() == 2
    settled = page(ada, "estimate", order.pk)
    assert "authorized. Nothing more to ask." in settled
    assert "yes to all 0" not in settled
    assert "Check my answers" not in settled, "the preview offers no answer where none is asked"


def test_a_line_changed_during_the_call_is_not_taken_for_what_was_read_out(cast: Cast):
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    typed = {
        f"answer-{pads.pk}": "approved",
        f"version-{pads.pk}": "7",
        f"version-{boot.pk}": "1",
        "who_name": "Theo Brandt",
        "contact_used": "+14155550142",
        "reason": "Pads below the limit",
    }
    answer = post(logged_in(cast.ada), "call", order.pk, typed)
    assert "was changed while you had it open" in answer.content.decode()
    assert not Decision.objects.exists()


def sheet(line: Advisory, **changes: Any) -> dict[str, Any]:
    typed = {
        "title": "Replace the front brake pads",
        "finding_text": "The pads have 2 mm left.",
        "why_it_matters": "Thin pads stop later.",
        "if_you_wait": "They wear through.",
        "horizon": "4 weeks",
        "labor_hours": "1.4",
        "pay_type": "C",
        "reason_code": "B",
        "parts-TOTAL_FORMS": "1",
        "parts-INITIAL_FORMS": "0",
        "parts-0-description": "Front pads",
        "parts-0-quantity": "1",
        "parts-0-unit_price": "100.00",
        "parts-0-state": "used",
        "fees-TOTAL_FORMS": "1",
        "fees-INITIAL_FORMS": "0",
    }
    return typed | changes


def test_a_line_is_edited_on_its_sheet_and_errors_stand_beside_their_field(cast: Cast):
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    ada = logged_in(cast.ada)
    assert "Front pads, set" in page(ada, "line", pads.pk)
    bad = post(
        ada,
        "line",
        pads.pk,
        sheet(pads, **{"parts-0-state": "", "fees-0-description": "Shop supplies", "fees-0-amount": "14"}),
    )
    assert bad.status_code == 422
    assert "Say whether it is new, used, rebuilt or reconditioned." in bad.content.decode()
    assert "California does not allow" in bad.content.decode()
    assert "The pads have 2 mm left." in bad.content.decode()
    saved = post(ada, "line", pads.pk, sheet(pads))
    assert saved.url == f"{reverse('recommendations:estimate', args=[order.pk])}#line-{pads.pk}"
    version = pads.versions.get()
    assert (version.finding_text, version.parts[0]["state"], str(version.total)) == (
        "The pads have 2 mm left.",
        "used",
        "343.45",
    )


def test_a_finding_goes_back_to_its_technician_from_the_page(cast: Cast):
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    ada = logged_in(cast.ada)
    assert "Say why it goes back." in post(ada, "line-return", pads.pk, {"words": " "}).content.decode()
    assert post(ada, "line-return", pads.pk, {"reason": "Photo not clear"}).status_code == 302
    assert InspectionItem.objects.get(pk=pads.finding_id).returned_reason == "Photo not clear"
    assert "Came back to you: Photo not clear" in page(logged_in(cast.tess), "findings-fate", **HTMX)


def test_a_line_by_hand_is_added_only_with_a_ground(cast: Cast):
    order = make_order(cast)
    op = make_op_code(cast, "72CABIN", name="Change the cabin filter", nature="maintenance")
    row = ScheduleRow.objects.create(
        op_code="72CABIN", service="Cabin filter", miles=15000, source="Owner's manual 2018"
    )
    ada = logged_in(cast.ada)
    none = post(ada, "line-add", order.pk, {"op_code": op.pk})
    assert "Without a ground it cannot be advised." in none.content.decode()
    uncited = post(ada, "line-add", order.pk, {"op_code": op.pk})
    assert "Without a ground it cannot be advised." in uncited.content.decode()
    assert not Advisory.objects.exists()
    assert post(ada, "line-add", order.pk, {"op_code": op.pk, "schedule_row": row.pk}).status_code == 302
    assert Advisory.objects.get().ground_text.startswith("A general schedule, not the maker's: Cabin filter")
    numbers = {"miles_a_year": "12000", "before": "24", "after": "60", "unit_price": "4"}
    saving = {"op_code": op.pk, "saves": "fuel", **numbers}
    wild = post(ada, "line-add", order.pk, saving)
    assert "above 40 % is not believable" in wild.content.decode()
    twice = post(ada, "line-add", order.pk, saving | {"after": "26"})
    assert twice.status_code == 422
    assert "Change the cabin filter is on this order already." in twice.content.decode()
    assert 'name="again"' in twice.content.decode()
    two = post(ada, "line-add", order.pk, saving | {"after": "26", "again": "on", "request": "Please"})
    assert "A line rests on one: empty the others." in two.content.decode()
    assert two.content.decode().count('<details name="ground" open>') == 2
    post(ada, "line-add", order.pk, saving | {"after": "26", "again": "on"})
    assert "months." in Advisory.objects.get(ground="saving").saving["sentence"]


def test_an_operation_of_another_rooftop_is_not_offered(cast: Cast):
    order = make_order(cast)
    theirs = make_op_code(cast, "RIVER1", rooftop=cast.river)
    answer = post(logged_in(cast.ada), "line-add", order.pk, {"op_code": theirs.pk, "request": "Please"})
    assert answer.status_code == 422
    assert not Advisory.objects.exists()


def test_work_is_started_and_finished_from_the_order_by_a_technician(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    pads, boot = presentation.lines.all()
    tess = logged_in(cast.tess)
    refused = post(tess, "work-start", pads.advisory_id, **HTMX)
    assert "The customer has not said yes to this line." in refused.content.decode()
    assert Advisory.objects.get(pk=pads.advisory_id).work == "not_started"
    deciding.decide(
        presentation=presentation,
        answers=[Answered(pads.pk, "approved"), Answered(boot.pk, "declined")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    fragment = post(tess, "work-start", pads.advisory_id, **HTMX).content.decode()
    assert fragment.lstrip().startswith('<section class="box" id="order-lines">')
    assert "Work started" in fragment
    assert post(tess, "work-finish", pads.advisory_id).url == order.get_absolute_url()
    assert "<html" in page(tess, "order-lines", order.pk)
    assert "<html" not in page(tess, "order-lines", order.pk, **HTMX)


def test_a_finder_reads_what_became_of_each_finding(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    pads, boot = presentation.lines.all()
    tess = logged_in(cast.tess)
    assert page(tess, "findings-fate").count("Shown, no answer yet") == 2
    deciding.decide(
        presentation=presentation,
        answers=[Answered(pads.pk, "approved"), Answered(boot.pk, "deferred", until_miles=75000)],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    html = page(tess, "findings-fate")
    assert "Shown, and they said yes" in html
    assert "Shown, put off until 75,000 miles" in html
    working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    working.finish(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    assert "Shown, yes, and done" in page(tess, "findings-fate")
    assert "None of your findings" in page(logged_in(cast.mallory), "findings-fate")


def test_a_no_is_remembered_with_its_reading_on_the_next_visit(cast: Cast):
    customer = make_customer()
    vehicle = make_vehicle(customer)
    order = make_order(cast, customer=customer, vehicle=vehicle)
    presentation = shown(cast, order)
    pads = presentation.lines.first()
    deciding.decide(
        presentation=presentation,
        answers=[Answered(pads.pk, "declined")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    ada = logged_in(cast.ada)
    said = "aid no on 23 Nov 2026 at 2 mm, left front"
    assert said in page(ada, "vehicle-answers", vehicle.pk, **HTMX)
    assert said in page(ada, "customer-lines", customer.pk, **HTMX)
    assert said not in page(logged_in(cast.mallory), "vehicle-answers", vehicle.pk, **HTMX)
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=71903)
    again = make_order(cast, customer=customer, vehicle=vehicle)
    inspection = make_inspection(cast, again)
    make_item(cast, inspection, readings={"LF": "1", "RF": "3"})
    drafting.draft_from_inspection(inspection=inspection, at=AT)
    assert f"They s{said}" in page(ada, "estimate", again.pk)


def test_counter_view_leaves_the_full_name_and_the_sales_panel_out(cast: Cast):
    order = make_order(cast)
    presentation = shown(cast, order)
    deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.first().pk, "approved")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    ada = logged_in(cast.ada)
    session = ada.session
    session["counter_view"] = True
    session.save()
    html = page(ada, "estimate", order.pk)
    assert "Repair or replace" not in html
    for shown_at_the_counter in (html, page(ada, "order-lines", order.pk)):
        assert "by Theo B." in shown_at_the_counter
        assert "Brandt" not in shown_at_the_counter


def test_the_estimate_costs_as_many_queries_for_twenty_lines_as_for_two(cast: Cast):
    def visit(lines: int) -> RepairOrder:
        order = make_order(cast)
        inspection = make_inspection(cast, order)
        for number in range(lines):
            make_item(cast, inspection, f"item-{number}")
        drafting.draft_from_inspection(inspection=inspection, at=AT)
        for line in Advisory.objects.filter(repair_order=order)[: lines // 2]:
            shown(cast, order, [line])
        return order

    make_op_code(cast)
    ada = logged_in(cast.ada)
    counts = []
    for order in (visit(2), visit(20)):
        page(ada, "estimate", order.pk)
        with CaptureQueriesContext(connection) as queries:
            page(ada, "estimate", order.pk)
        counts.append(len(queries))
        for name in ("order-lines", "call"):
            with CaptureQueriesContext(connection) as queries:
                page(ada, name, order.pk)
            counts.append(len(queries))
    assert counts[:3] == counts[3:]
    assert 0 < counts[0] < 30


def test_signed_lines_a_returned_line_and_an_empty_estimate_are_said(cast: Cast):
    order = make_order(cast)
    ada = logged_in(cast.ada)
    assert "There is no line yet" in page(ada, "estimate", order.pk)
    make_request(cast, order)
    drafting.draft_requested(repair_order=order, at=AT)
    html = page(ada, "estimate", order.pk)
    assert "Signed at write-up" in html
    assert "Approved by Theo Brandt" in html
    pads, _ = drafted(cast, order)
    returning.give_back(advisory=pads, reason="Photo not clear", by=cast.ada, at=AT)
    assert OpCode.objects.get(code="41BRKF").name not in page(ada, "estimate", order.pk)
