"""One question before work is added, begun or billed: is it within what was authorized, under the law in force here?"""

import html
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Model
from django.urls import reverse

from dealership.models import Entry, Rooftop, Staff
from recommendations import authority
from recommendations.actions import deciding, pricing, record, waiving, working
from recommendations.actions.deciding import Answered
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AuthorizationPolicy,
    Decision,
    EstimateWaiver,
    PaperPolicy,
    RecordEntry,
)
from recommendations.rules import EstimateRule, Told, estimate_refusal
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import shown
from tests.recommendations.pages import answered_at_counter, plain, post, read

pytestmark = pytest.mark.django_db
D = Decimal
ESTIMATES = import_module("recommendations.migrations.0009_withdrawn_waived_and_signed").ESTIMATES
CALIFORNIA, MASSACHUSETTS, FLORIDA, ONTARIO = "US-CA", "US-MA", "US-FL", "CA-ON"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def under(jurisdiction: str, cast: Cast) -> None:
    Rooftop.objects.filter(pk=cast.north.pk).update(jurisdiction=jurisdiction)
    cast.north.refresh_from_db()


@pytest.mark.parametrize(
    ("jurisdiction", "most"),
    # The pads were agreed at $387.29: nothing, $10, the greater of $10 and 10 % and at most $50, 10 %; rounded down.
    [(CALIFORNIA, "387.29"), (MASSACHUSETTS, "397.29"), (FLORIDA, "426.01"), (ONTARIO, "426.01")],
)
def test_each_law_allows_its_own_to_the_cent(cast: Cast, jurisdiction: str, most: str) -> None:
    under(jurisdiction, cast)
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    assert authority.ruling(order, D(most), at=AT).allowed
    refused = authority.ruling(order, D(most) + D("0.01"), at=AT)
    assert (refused.allowed, refused.limit, refused.policy.jurisdiction) == (False, D(most), jurisdiction)
    assert refused.policy.source in refused.reason


@pytest.mark.parametrize(
    ("jurisdiction", "total", "told", "refused"),
    [
        (CALIFORNIA, "0.00", Told(False, False), ""),
        (CALIFORNIA, "0.01", Told(False, False), "A written estimate comes first: show"),
        (CALIFORNIA, "900", Told(True, False), ""),
        (CALIFORNIA, "900", Told(False, True), ""),
        (CALIFORNIA, "900", Told(False, False, only_maintenance=True), ""),
        (CALIFORNIA, "900", Told(False, False, waived_up_to=D(900)), "comes first"),  # no waiver in this law
        (MASSACHUSETTS, "0.01", Told(False, False), "comes first"),
        (MASSACHUSETTS, "900", Told(False, False, only_maintenance=True), "comes first"),
        (FLORIDA, "100.00", Told(False, False), ""),
        (FLORIDA, "100.01", Told(False, False), "comes first above $100.00"),
        (FLORIDA, "150.00", Told(False, False, waived_up_to=D(150)), ""),
        (FLORIDA, "150.01", Told(False, False, waived_up_to=D(150)), "above the $150.00 they signed for"),
        (FLORIDA, "150.01", Told(True, False, waived_up_to=D(150)), ""),
        (ONTARIO, "0.01", Told(False, False), "or let them sign how much"),
        (ONTARIO, "900.00", Told(False, False, waived_up_to=D(900)), ""),
    ],
)
def test_a_written_estimate_comes_first_where_the_law_says_so(
    jurisdiction: str, total: str, told: Told, refused: str
) -> None:
    row = {"estimate_above": None, "maintenance_excepted": False, "waiver_allowed": False} | ESTIMATES[jurisdiction]
    rule = EstimateRule(
        row["estimate_above"], row["maintenance_excepted"], row["waiver_allowed"], row["estimate_source"]
    )
    said = estimate_refusal(rule, told, D(total))
    assert refused in said if refused else said == ""


def test_a_policy_without_a_threshold_asks_for_no_written_estimate() -> None:
    assert estimate_refusal(EstimateRule(None, False, False, ""), Told(False, False), D(9000)) == ""


BY_PHONE: dict[str, Any] = {"signed_how": "phone", "signed_contact": "+14155550142"}
"""They said yes to the write-up on the phone, and signed nothing."""


def yes_by_phone(cast: Cast, order: RepairOrder) -> Decision:
    presentation = shown(cast, order, channel="phone")
    (decision,) = deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.first().pk, "approved")],
        who_name="Theo Brandt",
        channel="phone",
        contact_used="(415) 555-0142",
        reason="Pads below the limit",
        by=cast.ada,
        at=AT,
    ).decisions
    return decision


def test_a_yes_by_phone_of_somebody_who_was_here_and_saw_nothing_in_writing_is_not_taken(cast: Cast) -> None:
    with pytest.raises(deciding.NotInWriting, match=r"saw no price in writing.*9884\.9"):
        yes_by_phone(cast, make_order(cast, **BY_PHONE))
    assert not Decision.objects.exists()


def test_the_same_call_counts_when_the_car_was_left(cast: Cast) -> None:
    assert yes_by_phone(cast, make_order(cast, stay="drops", **BY_PHONE)).answer == "approved"


def test_a_no_by_phone_needs_nothing_in_writing(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast, **BY_PHONE), channel="phone")
    assert deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.first().pk, "declined")],
        who_name="Theo Brandt",
        channel="phone",
        contact_used="(415) 555-0142",
        reason="Pads below the limit",
        by=cast.ada,
        at=AT,
    ).decisions


def test_a_start_and_a_bill_say_on_which_law_they_rest(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    working.start(advisory=Advisory.objects.get(answer="approved"), by=cast.tess, at=AT)
    rests_on = RecordEntry.objects.get(kind="work_started").payload["policy"]
    assert (rests_on["jurisdiction"], rests_on["tolerance_amount"]) == (CALIFORNIA, "0.00")
    assert "9884.9" in rests_on["source"]


CHANGES = {
    "price": lambda content: replace(content, flat_price=D("241.00")),
    "part": lambda content: replace(content, parts=(replace(content.parts[0], state="rebuilt"), *content.parts[1:])),
    "method": lambda content: replace(content, sublet_to="Bay Machine Works"),
}
"""The price goes up by $1.00, within what Massachusetts, Florida and Ontario allow a total to pass the estimate."""


def changed(cast: Cast, line: Advisory, change: str) -> AdvisoryVersion:
    content = CHANGES[change](pricing.content_of(line.versions.get(number=line.version), line.pay_type))
    return pricing.write_version(advisory=line, content=content, by=cast.ada, at=AT)


@pytest.mark.parametrize("change", CHANGES)
def test_a_yes_does_not_cover_another_price_part_or_method_and_the_record_says_so(cast: Cast, change: str) -> None:
    order = make_order(cast)
    pads, _boot = answered_at_counter(cast, order, "approved", "declined")
    said = read(cast.ada, "line", pads.pk)
    assert "said yes to it as shown, at $387.29. That yes covers no other price, part or method" in html.unescape(said)
    version = changed(cast, pads, change)
    pads.refresh_from_db()
    assert (pads.version, pads.answer) == (2, "")
    with pytest.raises(working.NotApproved, match="They must answer again before work starts"):
        working.start(advisory=pads, by=cast.tess, at=AT)
    entry = RecordEntry.objects.get(kind="voided")
    assert entry.row_id == pads.last_decision_id
    assert entry.payload["policy"]["jurisdiction"] == CALIFORNIA
    assert (entry.payload["total"], entry.payload["new_total"]) == ("387.29", str(version.total))
    assert record.verify(cast.north).problem == ""


@pytest.mark.parametrize("jurisdiction", [CALIFORNIA, MASSACHUSETTS, FLORIDA, ONTARIO])
@pytest.mark.parametrize("change", CHANGES)
def test_once_work_has_started_it_is_refused_under_every_law_whatever_its_tolerance(
    cast: Cast, jurisdiction: str, change: str
) -> None:
    under(jurisdiction, cast)
    pads, _boot = answered_at_counter(cast, make_order(cast), "approved", "declined")
    working.start(advisory=pads, by=cast.tess, at=AT)
    entries = RecordEntry.objects.count()
    source = AuthorizationPolicy.objects.get(jurisdiction=jurisdiction).source.rstrip(".")
    with pytest.raises(pricing.WorkStarted) as refused:
        changed(cast, pads, change)
    assert str(refused.value) == (
        "Work on this line has started. Theo Brandt said yes to it as shown, at $387.29. That yes covers no other "
        f"price, part or method: a change needs a new yes before the work ({source})."
    )
    pads.refresh_from_db()
    assert (pads.version, pads.answer, RecordEntry.objects.count()) == (1, "approved", entries)


def test_a_change_of_a_line_nobody_said_yes_to_asks_nothing(cast: Cast) -> None:
    _pads, boot = answered_at_counter(cast, make_order(cast), "approved", "declined")
    assert authority.ruling_on_change(boot, at=AT) is None
    changed(cast, boot, "method")
    assert not RecordEntry.objects.filter(kind="voided").exists()


@pytest.mark.parametrize("policy", [AuthorizationPolicy, PaperPolicy])
def test_every_policy_names_its_source_and_where_its_reading_wants_a_lawyer(policy: type[Model], rf: Any) -> None:
    rows = list(policy.objects.all())
    assert {row.jurisdiction for row in rows} == {CALIFORNIA, MASSACHUSETTS, FLORIDA, ONTARIO}
    assert [str(row) for row in rows if not (row.source and row.doubt)] == []
    admin = site.get_model_admin(policy)
    assert {"source", "doubt"} <= set(admin.get_list_display(rf.get("/")))


@pytest.mark.parametrize("policy", [AuthorizationPolicy, PaperPolicy])
def test_a_policy_is_kept_from_the_day_it_takes_effect(policy: type[Model], rf: Any) -> None:
    admin, request = site.get_model_admin(policy), rf.get("/")
    request.user = Staff(is_superuser=True, is_staff=True)
    in_effect = policy.objects.filter(jurisdiction=CALIFORNIA)
    for attempt in (lambda: in_effect.update(source="Another law"), in_effect.delete):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            attempt()
    to_come = in_effect.first()
    assert not admin.has_change_permission(request, to_come)
    to_come.pk, to_come.effective_date = None, date(2999, 1, 1)
    to_come.save(force_insert=True)
    assert admin.has_change_permission(request, to_come)
    policy.objects.filter(pk=to_come.pk).update(source="An invented law")
    to_come.delete()


@pytest.mark.parametrize(
    ("closed_at", "jurisdiction", "until"),
    [
        (datetime(2026, 11, 24, 2, 0, tzinfo=UTC), CALIFORNIA, date(2029, 11, 23)),  # still the day before, here
        (datetime(2024, 2, 29, 20, 0, tzinfo=UTC), FLORIDA, date(2025, 3, 1)),
    ],
)
def test_papers_are_kept_for_the_laws_years_from_the_day_it_closed(
    cast: Cast, closed_at: datetime, jurisdiction: str, until: date
) -> None:
    under(jurisdiction, cast)
    order = make_order(cast)
    order.closed_at = closed_at
    assert authority.kept_until(order, AT) == until


def test_the_record_of_authorizations_says_until_when_it_is_kept(cast: Cast) -> None:
    assert "Kept until Nov 23, 2029" in read(cast.ada, "authorizations", make_order(cast).pk)


# --- the waiver


def test_a_waiver_is_signed_kept_in_the_chain_and_lets_a_call_count_up_to_its_amount(cast: Cast) -> None:
    under(FLORIDA, cast)
    order = make_order(cast, **BY_PHONE)
    waiver = waiving.waive(repair_order=order, most=D("400"), signed_name=" Theo Brandt ", by=cast.ada, at=AT)
    assert (waiver.signed_name, waiver.words.endswith("Ask me before it would. $400.00")) == ("Theo Brandt", True)
    assert yes_by_phone(cast, order).revised_total == D("387.29")
    assert record.verify(cast.north) == record.Verified(3)
    assert Entry.objects.get(event="estimate.waived").detail["most"] == "400.00"
    with pytest.raises(waiving.CannotWaive, match=r"signed this already, up to \$400.00"):
        waiving.waive(repair_order=order, most=D("900"), signed_name="Theo Brandt", by=cast.ada, at=AT)


def test_a_call_that_passes_the_waivers_amount_is_not_taken(cast: Cast) -> None:
    under(ONTARIO, cast)
    order = make_order(cast, **BY_PHONE)
    waiving.waive(repair_order=order, most=D("387.28"), signed_name="Theo Brandt", by=cast.ada, at=AT)
    with pytest.raises(deciding.NotInWriting, match=r"\$387.29 is above the \$387.28 they signed for"):
        yes_by_phone(cast, order)


def test_where_the_law_has_no_waiver_none_is_signed(cast: Cast) -> None:
    with pytest.raises(waiving.CannotWaive, match="In California nobody can sign away"):
        waiving.waive(repair_order=make_order(cast), most=D(99), signed_name="Theo Brandt", by=cast.ada, at=AT)


def test_the_page_takes_an_amount_and_a_name_and_says_what_is_missing(cast: Cast) -> None:
    order = make_order(cast)
    assert "Here a written estimate always comes first" in read(cast.ada, "waiver", order.pk)
    assert "They want no written estimate" not in read(cast.ada, "estimate", order.pk)
    under(FLORIDA, cast)
    assert "They want no written estimate" in read(cast.ada, "estimate", order.pk)
    refused = post(cast.ada, "waiver", order.pk, most="a lot")
    assert refused.status_code == 422
    assert "Enter an amount, like 150." in plain(refused)
    assert "Type the full name of the customer who signs." in plain(refused)
    signed = post(cast.ada, "waiver", order.pk, most="150", signed_name="Theo Brandt")
    assert signed.url == reverse("recommendations:estimate", args=[order.pk])
    assert EstimateWaiver.objects.get().most == D(150)
    assert "It stays as it was signed." in read(cast.ada, "waiver", order.pk)
    for who, code in (("tess", 403), ("sam", 403), ("mallory", 404)):
        assert post(getattr(cast, who), "waiver", order.pk, most="1", signed_name="Theo").status_code == code


def test_the_database_keeps_a_waiver_and_refuses_an_empty_one(cast: Cast) -> None:
    under(FLORIDA, cast)
    waiver = waiving.waive(repair_order=make_order(cast), most=D(99), signed_name="Theo", by=cast.ada, at=AT)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        EstimateWaiver.objects.update(most=999)
    for wrong in ({"most": 0}, {"signed_name": ""}, {"words": ""}):
        other = EstimateWaiver(
            repair_order=make_order(cast), most=9, signed_name="Theo", words="w", by=waiver.by, at=AT
        )
        for name, value in wrong.items():
            setattr(other, name, value)
        with pytest.raises(IntegrityError, match="waiver_has_maximum_and_name"), transaction.atomic():
            other.save()
