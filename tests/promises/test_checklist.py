"""The checklist of what the law and the house ask of a repair order, line by line, each tried by direct request.

Every test tries what must not be, is refused with a reason, and does the same thing rightly beside it.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from customers.models import Consent, Look
from customers.rules import consent_words
from recommendations import authority
from recommendations.actions import drafting, pricing
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    Decision,
    Invoice,
    Presentation,
    PresentedLine,
    RecordEntry,
)
from sales_handoff.models import Handoff
from service_lane.actions import writeup
from service_lane.models import Inspection, InspectionTemplate, OpCode, RepairOrder, TemplateItem
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, make_op_code, shown
from tests.recommendations.pages import answered_at_counter, logged_in, notice_signed, plain, post, read, send_link
from tests.sales_handoff.visits import said_yes, weighed_order
from tests.service_lane.test_open_repair_order import COMPLETE, make_menu

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def refused_by_database(attempt: Any) -> str:
    with pytest.raises((DatabaseError, IntegrityError)) as refused, transaction.atomic():
        attempt()
    return str(refused.value)


# --- write-up --------------------------------------------------------------------------------------------------------


def open_by_post(cast: Cast, *, customer: bool = True, **typed: Any) -> Any:
    """The whole write-up posted as a browser would."""
    if not OpCode.objects.filter(code="DIAG").exists():
        make_menu(cast)
    theo = make_customer() if customer else None
    begun = writeup.start(
        rooftop=cast.north, customer=theo, vehicle=make_vehicle(theo) if theo else None, by=cast.ada, at=AT
    )
    ada, fields = logged_in(cast.ada), {"whole": "1", **COMPLETE, **typed}
    ada.post(f"/write-ups/{begun.pk}/save/", fields)
    begun.refresh_from_db()
    words = writeup.words_to_sign(begun, at=AT)
    return ada.post(f"/write-ups/{begun.pk}/open/", {"form_key": str(uuid4()), "words_shown": words, **fields})


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"customer": False}, "Say whose car it is."),
        ({"contact": ""}, "Say who may authorize work, and how to reach them."),
        ({"vin": "", "plate": ""}, "Enter the VIN or the plate."),
        ({"odometer": ""}, "Enter the miles on the odometer."),
        ({"purpose": ""}, "Write down why they came, in their own words."),
    ],
)
def test_write_up_1_an_order_does_not_open_without_customer_contact_car_miles_and_their_words(
    cast: Cast, typed: dict[str, Any], reason: str
) -> None:
    refused = open_by_post(cast, **typed)
    assert refused.status_code == 422
    assert reason in plain(refused)
    assert not RepairOrder.objects.exists()


def test_write_up_1_the_complete_one_opens_with_its_date_and_time(cast: Cast) -> None:
    assert open_by_post(cast).status_code == 302
    assert RepairOrder.objects.get().opened_at == AT


def test_write_up_2_one_number_stands_on_every_record_and_is_given_once(cast: Cast) -> None:
    order = make_order(cast)
    assert "order_number_once" in refused_by_database(
        lambda: make_order(cast, number=order.number, vehicle=make_vehicle(plate="OTHER"))
    )
    answered_at_counter(cast, order, "approved", "declined", work=True)
    assert post(cast.ada, "invoice", order.pk).status_code == 302
    for page in ("estimate-print", "authorizations", "invoice", "declined-notice"):
        assert order.number in read(cast.ada, page, order.pk), page
    assert set(RecordEntry.objects.values_list("repair_order", flat=True)) == {order.pk}


def test_write_up_3_a_diagnosis_is_a_priced_line_and_waits_for_its_yes(cast: Cast) -> None:
    order = make_order(cast)
    op = make_op_code(cast, "DIAG", name="Find the cause", nature="diagnosis", labor_hours=Decimal(1), parts_kit=[])
    line = drafting.add_line(
        repair_order=order, line=drafting.ByHand(op_code=op, request="Find it"), by=cast.ada, at=AT
    )
    refused = post(cast.tess, "work-start", line.pk)
    assert (refused.status_code, "has not said yes to this line" in plain(refused)) == (409, True)
    (presented,) = shown(cast, order, [line]).lines.all()
    assert presented.snapshot["total"] == "168.00"
    answered = post(cast.ada, "counter", order.pk, **{f"answer-{line.pk}": "approved"}, who_name="Theo Brandt")
    assert (answered.status_code, post(cast.tess, "work-start", line.pk).status_code) == (302, 302)


def test_write_up_4_on_a_car_that_was_left_nothing_starts_before_somebody_was_reached(cast: Cast) -> None:
    template = InspectionTemplate.objects.create(rooftop=cast.north, name="Multi-point", active=True)
    TemplateItem.objects.create(template=template, section="Brakes", position=1, key="front-pads", name="Front pads")
    left = open_by_post(cast, stay="drops", contact="")
    assert (left.status_code, "how to reach them" in plain(left)) == (422, True)
    order = make_order(
        cast, stay="drops", signed_at=None, signed_name="", signed_text="", customer=make_customer("Ann")
    )
    start = reverse("service_lane:inspection-start", args=[order.pk])
    refused = logged_in(cast.tess).post(start, {"form_key": str(uuid4())}, follow=True)
    assert not Inspection.objects.exists()
    assert "sign" in plain(refused)
    sign = reverse("service_lane:order-sign", args=[order.pk])
    words = logged_in(cast.ada).get(sign).context["words"]
    by_phone = {"how": "phone", "said_name": "Ann Brandt", "called": "(415) 555-0142", "words_shown": words}
    assert logged_in(cast.ada).post(sign, {"form_key": str(uuid4()), **by_phone}).status_code == 302
    logged_in(cast.tess).post(start, {"form_key": str(uuid4())})
    assert Inspection.objects.get().repair_order == order


# --- estimate --------------------------------------------------------------------------------------------------------

PART = {"description": "Pads", "number": "", "quantity": "1", "unit_price": "9.00", "state": "new_oem"}


@pytest.mark.parametrize(
    ("version", "advisory", "reason"),
    [
        ({"finding_text": ""}, {}, "Say what was found."),
        ({"measurement": ""}, {}, "This can be measured. Enter the reading."),
        ({"threshold": ""}, {}, "Show the limit the reading is held against."),
        ({"if_you_wait": ""}, {}, "Say what happens if they wait."),
        ({"horizon": ""}, {}, "Say how long waiting takes to matter"),
        ({"parts": [PART | {"quantity": "0"}]}, {}, "Pads has no quantity."),
        ({"parts": [PART | {"unit_price": None}]}, {}, "Pads has no parts price."),
        ({"parts": [PART | {"state": ""}]}, {}, "say whether it is new, used, rebuilt or reconditioned"),
        ({"labor_rate": 0}, {}, "Enter labor: hours and a rate, or one flat price."),
        ({"fees": [{"description": "Shop supplies", "amount": "14.00", "taxable": True}]}, {}, "Shop supplies"),
        (
            {"labor": 0, "parts_total": 0, "tax": 0, "total": 0},
            {},
            "Say why it costs nothing: warranty, recall or goodwill.",
        ),
        ({"valid_until": "2026-11-22"}, {}, "The price ran out."),
        ({}, {"found_by": None}, "Say who found it"),
    ],
)
def test_estimate_a_line_that_lacks_a_fact_is_not_shown_and_says_which(
    cast: Cast, version: dict[str, Any], advisory: dict[str, Any], reason: str
) -> None:
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    AdvisoryVersion.objects.filter(advisory=pads).update(**version)
    Advisory.objects.filter(pk=pads.pk).update(**advisory)
    versions = {f"version-{line.pk}": "1" for line in (pads, boot)}
    assert post(cast.ada, "present-at-counter", order.pk, **versions).status_code == 302
    assert [line.advisory for line in PresentedLine.objects.all()] == [boot], "the whole one beside it is shown"
    assert reason in read(cast.ada, "estimate", order.pk)


@pytest.mark.parametrize(
    ("change", "rule"), [({"ground_text": ""}, "grounded"), ({"reason_code": "1"}, "red_is_required")]
)
def test_estimate_a_line_without_a_ground_or_a_red_one_without_a_required_reason_is_not_kept(
    cast: Cast, change: dict[str, str], rule: str
) -> None:
    pads, _ = drafted(cast, make_order(cast))
    assert rule in refused_by_database(lambda: Advisory.objects.filter(pk=pads.pk).update(**change))


def test_estimate_what_is_seen_by_eye_needs_its_photo(cast: Cast) -> None:
    order = make_order(cast)
    _, boot = drafted(cast, order)
    boot.finding.photos.all().delete()
    post(cast.ada, "present-at-counter", order.pk, **{f"version-{boot.pk}": "1"})
    assert not PresentedLine.objects.filter(advisory=boot).exists()
    assert "photo" in read(cast.ada, "estimate", order.pk)


# --- decision --------------------------------------------------------------------------------------------------------


def at_counter(cast: Cast, order: RepairOrder, **typed: str) -> Any:
    return post(cast.ada, "counter", order.pk, **{"who_name": "Theo Brandt", **typed})


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({}, "Choose an answer for at least one line."),
        ({"answer-all": "approved"}, "Choose an answer for at least one line."),  # there is no yes to all
        ({"answer-{pads}": "maybe"}, "Choose yes, no, later or ask."),
        ({"answer-{pads}": "deferred"}, "Later: say until when."),
        ({"answer-{pads}": "needs_info"}, "Write down the question."),
        ({"answer-{pads}": "withdrawn"}, "There is no yes to take back."),
        ({"answer-{pads}": "approved", "who_name": " "}, "Type the name of the person who answered."),
        ({"answer-{pads}": "approved", "who": "designee"}, "Only June Cantrell may answer for Theo Brandt."),
        ({"answer-{pads}": "approved", "who": ""}, "Mark who answers: Theo Brandt or June Cantrell."),
    ],
)
def test_decision_one_answer_of_five_by_somebody_who_may_and_none_by_default(
    cast: Cast, typed: dict[str, str], reason: str
) -> None:
    order = make_order(cast, designee_name="June Cantrell", designee_limit=Decimal(100))
    pads, _ = shown(cast, order).lines.all()
    filled = {
        name.replace("{pads}", str(pads.advisory_id)): value for name, value in ({"who": "customer"} | typed).items()
    }
    refused = at_counter(cast, order, **filled)
    assert (refused.status_code, reason in plain(refused)) == (422, True)
    assert not Decision.objects.exists()
    page = logged_in(cast.ada).get(reverse("recommendations:counter", args=[order.pk]))
    assert b" checked" not in page.content, "nothing is ticked beforehand"
    assert at_counter(cast, order, who="customer", **{f"answer-{pads.advisory_id}": "declined"}).status_code == 302


def test_decision_an_answer_keeps_who_how_when_what_was_shown_and_which_of_us_heard_it(cast: Cast) -> None:
    order = make_order(cast)
    pads, _ = shown(cast, order).lines.all()
    forged = {"by": str(cast.max.pk), "at": "2020-01-01", "channel": "link", "sha256": "0" * 64}
    at_counter(cast, order, **{f"answer-{pads.advisory_id}": "approved"}, **forged)
    kept = Decision.objects.get()
    assert (kept.by, kept.at, kept.channel, kept.line) == (cast.ada, AT, "counter", pads)
    assert pads.sha256 in read(cast.ada, "authorizations", order.pk)


CALL = {"who_name": "Theo Brandt", "contact_used": "(415) 555-0142", "reason": "Pads below the limit"}


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ("who_name", "Write down who said it."),
        ("contact_used", "Enter the number you called."),
        ("reason", "Write down why more work is needed."),
    ],
)
def test_decision_a_call_without_a_fact_that_is_typed_is_not_taken(cast: Cast, fact: str, reason: str) -> None:
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    marked = {f"answer-{pads.pk}": "approved", **{f"version-{line.pk}": "1" for line in Advisory.objects.all()}}
    refused = post(cast.ada, "call", order.pk, **marked, **(CALL | {fact: ""}))
    assert (refused.status_code, reason in plain(refused)) == (422, True)
    assert not Decision.objects.exists()
    assert post(cast.ada, "call", order.pk, **marked, **CALL).status_code == 302


@pytest.mark.parametrize(
    ("number", "fact", "missing"),
    [
        (1, "who_name", ""),
        (2, "contact_used", ""),
        (3, "at", None),  # the date of the call
        (4, "at", None),  # and its time are one moment, with its zone
        (5, "reason", ""),
        (6, "additional_cost", None),
        (7, "revised_total", None),
    ],
)
def test_decision_a_call_without_any_of_its_seven_facts_is_refused_by_the_database_too(
    cast: Cast, number: int, fact: str, missing: Any
) -> None:
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    marked = {f"answer-{pads.pk}": "approved", **{f"version-{line.pk}": "1" for line in Advisory.objects.all()}}
    assert post(cast.ada, "call", order.pk, **marked, **CALL).status_code == 302
    whole = Decision.objects.get()
    assert all((whole.who_name, whole.contact_used, whole.at.tzinfo, whole.reason))
    assert whole.additional_cost == whole.revised_total == Decimal("387.29")
    whole.pk = None
    setattr(whole, fact, missing)
    assert refused_by_database(lambda: whole.save(force_insert=True))


def test_decision_a_changed_price_asks_again_and_says_in_words_what_changed(cast: Cast) -> None:
    sent = send_link(cast)
    content = pricing.content_of(AdvisoryVersion.objects.get(advisory=sent.pads), "C")
    pricing.write_version(advisory=sent.pads, content=replace(content, flat_price=Decimal(260)), by=cast.ada, at=AT)
    page = plain(sent.look())
    assert "Ada changed the price at 11:38 AM: $387.29 is now $412.09, $24.80 more." in page
    assert "Please check this again." in page
    refused = sent.answer()
    assert "It was changed after you saw it. Please look at it again." in plain(refused)
    assert not Decision.objects.exists()
    assert sent.answer(**{f"answer-{sent.pads.pk}": "", f"answer-{sent.boot.pk}": "approved"}).status_code == 302


def test_decision_it_is_kept_and_a_change_of_mind_is_a_new_one(cast: Cast) -> None:
    order = make_order(cast)
    pads, _ = answered_at_counter(cast, order, "approved", "declined")
    first = Decision.objects.get(advisory=pads)
    rewritten = logged_in(cast.gus).post(f"/admin/recommendations/decision/{first.pk}/change/", {"answer": "declined"})
    assert rewritten.status_code == 403
    assert "Cannot update" in refused_by_database(lambda: Decision.objects.update(answer="declined"))
    at_counter(cast, order, **{f"answer-{pads.pk}": "declined"})
    assert list(pads.decisions.values_list("answer", flat=True)) == ["approved", "declined"]


@pytest.mark.parametrize(
    ("answer", "days", "reason"),
    [
        ("", 0, "has not said yes to this line"),
        ("declined", 0, "answered: declined"),
        ("deferred", 0, "answered: deferred"),
        ("approved", 15, "yes held until 7 Dec"),
    ],
)
def test_decision_work_does_not_start_without_an_unexpired_yes_to_this_version(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, answer: str, days: int, reason: str
) -> None:
    order = make_order(cast)
    pads, boot = answered_at_counter(cast, order, answer, "approved")
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(days=days))
    refused = post(cast.tess, "work-start", pads.pk)
    assert (refused.status_code, reason in plain(refused)) == (409, True)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    assert post(cast.tess, "work-start", boot.pk).status_code == 302


@pytest.mark.parametrize(
    ("jurisdiction", "authorized"),
    [("US-CA", "387.29"), ("US-MA", "377.29"), ("US-FL", "352.09"), ("CA-ON", "352.09")],
)
def test_decision_work_passes_what_was_authorized_by_no_more_than_the_law_here_allows(
    cast: Cast, jurisdiction: str, authorized: str
) -> None:
    cast.north.jurisdiction = jurisdiction
    cast.north.save()
    pads, _ = answered_at_counter(cast, make_order(cast), "approved", "declined")
    with pgtrigger.ignore():
        Decision.objects.filter(advisory=pads).update(additional_cost=Decimal(authorized) - Decimal("0.01"))
    refused = post(cast.tess, "work-start", pads.pk)
    assert (refused.status_code, "Ask the customer first" in plain(refused)) == (409, True)
    with pgtrigger.ignore():
        Decision.objects.filter(advisory=pads).update(additional_cost=Decimal(authorized))
    assert post(cast.tess, "work-start", pads.pk).status_code == 302


def test_decision_a_yes_can_be_taken_back_until_work_starts(cast: Cast) -> None:
    order = make_order(cast)
    pads, boot = answered_at_counter(cast, order, "approved", "approved")
    post(cast.tess, "work-start", pads.pk)
    refused = at_counter(cast, order, **{f"answer-{pads.pk}": "withdrawn"})
    assert (refused.status_code, "The work has started" in plain(refused)) == (422, True)
    assert at_counter(cast, order, **{f"answer-{boot.pk}": "withdrawn"}).status_code == 302
    assert (Advisory.objects.get(pk=pads.pk).answer, Advisory.objects.get(pk=boot.pk).answer) == (
        "approved",
        "withdrawn",
    )


def test_decision_silence_past_the_links_expiry_is_still_no_answer_yet(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send_link(cast)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(days=31))
    late = sent.answer()
    assert late.status_code == 410
    assert not Decision.objects.exists()
    assert Advisory.objects.filter(repair_order=sent.order).unanswered().count() == 2
    order = RepairOrder.objects.get(pk=sent.order.pk)
    assert order.step == "2 lines shown, no answer yet"
    assert read(cast.ada, "estimate", order.pk).count("No answer yet.") == 2
    assert "2 with no answer yet" in read(cast.ada, "order-lines", order.pk)
    assert "No answer yet, so not done" in read(cast.ada, "declined-notice", order.pk)
    assert "Nobody has answered yet." in read(cast.ada, "authorizations", order.pk)


# --- invoice ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "reason"),
    [(("declined", "deferred"), "Nothing was agreed"), (("approved", "declined"), "1 agreed job is not finished.")],
)
def test_invoice_only_agreed_and_finished_work_is_billed(cast: Cast, answers: tuple[str, str], reason: str) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, *answers)
    refused = post(cast.ada, "invoice", order.pk)
    assert reason in plain(refused)
    assert not Invoice.objects.exists()


def test_invoice_it_carries_what_the_regulation_lists_and_is_not_changed(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    post(cast.ada, "invoice", order.pk)
    words = read(cast.ada, "invoice", order.pk)
    rooftop = cast.north
    for fact in (
        *(rooftop.registration_number, rooftop.name, rooftop.street),
        *(
            "Replace the front brake pads",
            "Front pads, set",
            "$118.40",
            "Subtotal, labor",
            "Subtotal, parts",
            "Sales tax",
            "$387.29",
        ),
        *("Theo Brandt", "Replace the left shaft boot"),  # who said yes, and what was left with its warning
    ):
        assert fact in words, fact
    assert "Cannot update" in refused_by_database(lambda: Invoice.objects.update(total=1))


def test_invoice_the_car_does_not_leave_without_its_miles(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "declined")
    for typed, reason in ({"odometer_out": ""}, "Enter the miles"), ({"odometer_out": "71901"}, "cannot leave with"):
        refused = post(cast.ada, "close", order.pk, **typed)
        assert (refused.status_code, reason in plain(refused)) == (422, True)
    notice_signed(cast, order)
    assert post(cast.ada, "close", order.pk, odometer_out="71910").status_code == 302


# --- retention, consent, looks ---------------------------------------------------------------------------------------


def test_retention_nothing_is_deleted_and_the_record_says_until_when_it_is_kept(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    for table in (RepairOrder, Advisory, Presentation, PresentedLine, Decision, RecordEntry):
        delete = f"DELETE FROM {table._meta.db_table}"
        assert "delete rows" in refused_by_database(lambda sql=delete: connection.cursor().execute(sql))
    assert authority.kept_until(order, AT) == date(2029, 11, 23)
    assert "Kept until Nov 23, 2029" in read(cast.ada, "authorizations", order.pk)


def test_consent_is_off_until_the_exact_words_were_answered(cast: Cast) -> None:
    theo, words = make_customer(), consent_words("repair_messages", "text", cast.north.name)
    ask = reverse("customers:consent", args=[theo.pk, "repair_messages", "text"])
    assert not Consent.objects.allows(theo, "repair_messages", "text")
    old = {"granted": "yes", "source": "By phone", "text_version": "2019-01", "form_key": str(uuid4())}
    assert logged_in(cast.ada).post(ask, old).status_code == 422
    assert not Consent.objects.exists()
    now = old | {"text_version": words.version, "form_key": str(uuid4())}
    assert logged_in(cast.ada).post(ask, now).status_code == 302
    assert Consent.objects.allows(theo, "repair_messages", "text")


def test_consent_no_hand_off_without_the_customers_own_words_and_a_no_takes_it_out_of_the_queue(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    ask = reverse("sales_handoff:ask", args=[order.pk])
    silent = logged_in(cast.ada).post(ask, {"form_key": str(uuid4()), "choice": "yes", "words": ""})
    assert silent.status_code == 422
    assert not Handoff.objects.exists()
    before = list(AdvisoryVersion.objects.values())
    assert said_yes(cast, order).answer == "yes"
    assert list(AdvisoryVersion.objects.values()) == before, "it changes no price and no word"


def test_looks_every_view_of_a_customer_is_logged(cast: Cast) -> None:
    theo = make_customer()
    page = reverse("customers:customer", args=[theo.pk])
    assert logged_in(cast.ada).get(page).status_code == 200
    assert list(Look.objects.values_list("customer", "by")) == [(theo.pk, cast.ada.pk)]
