"""Words and prices: edited in place until shown, a new version afterwards."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from dealership.models import Entry
from recommendations import estimate
from recommendations.actions import deciding, pricing, working
from recommendations.models import Advisory, AdvisoryVersion, AuthorizationPolicy
from service_lane.rules import Fee, Part
from tests.cast import AT, make_cast, make_order
from tests.recommendations.lines import drafted, shown
from tests.recommendations.pages import read

pytestmark = pytest.mark.django_db


def content(line: Advisory) -> pricing.Written:
    return pricing.content_of(line.versions.get(number=line.version), line.pay_type)


def approve(presentation, line, at=AT):
    return deciding.decide(
        presentation=presentation,
        answers=[deciding.Answered(presentation.lines.get(advisory=line).pk, "approved")],
        who_name="Theo Brandt",
        channel="counter",
        by=presentation.by,
        at=at,
    )


def test_an_unshown_line_is_edited_in_place():
    cast = make_cast()
    pads, _ = drafted(cast, make_order(cast))
    cheaper = replace(content(pads), parts=(Part("Front pads, set", "X1", Decimal(2), Decimal("40.00"), "rebuilt"),))
    version = pricing.write_version(advisory=pads, content=cheaper, by=cast.ada, at=AT)
    assert (version.number, version.parts_total, version.tax) == (1, Decimal("80.00"), Decimal("6.60"))
    assert version.total == Decimal("321.80")
    assert AdvisoryVersion.objects.filter(advisory=pads).count() == 1
    assert Entry.objects.get(event="line.priced").detail["total"] == "321.80"


def test_a_shown_line_gets_a_new_version_its_answer_no_longer_counts_and_the_difference_is_said():
    cast = make_cast()
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first().advisory
    approve(presentation, pads)
    pads.refresh_from_db()
    old = content(pads)
    dearer = replace(old, parts=(replace(old.parts[0], unit_price=Decimal("130.00")), old.parts[1]))
    version = pricing.write_version(advisory=pads, content=dearer, by=cast.ada, at=AT)
    pads.refresh_from_db()
    assert (version.number, pads.version, pads.answer, pads.answered_version) == (2, 2, "", None)
    line = next(line for line in estimate.load(order).lines if line.advisory == pads)
    assert [(c.field, c.before, c.after) for c in line.changes] == [
        ("Price", "$387.29", "$399.85, $12.56 more"),
        ("Front pads, set", "New OEM, 1 × $118.40", "New OEM, 1 × $130.00"),
        ("Tax", "$11.59", "$12.55, $0.96 more"),
    ]
    advisor_reads = read(cast.ada, "estimate", order.pk)
    for sentence in (
        "Ada changed the price at 11:38: $387.29 is now $399.85, $12.56 more.",
        "The part Front pads, set is now $130.00; it was $118.40.",
        "Tax of $11.59 is now $12.55, $0.96 more.",
    ):
        assert sentence in advisor_reads
    with pytest.raises(working.NotApproved, match="changed after the customer saw it"):
        working.start(advisory=pads, by=cast.tess, at=AT)


def test_saving_a_shown_line_unchanged_keeps_its_answer():
    cast = make_cast()
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first().advisory
    approve(presentation, pads)
    pads.refresh_from_db()
    with pytest.raises(pricing.Unchanged):
        pricing.write_version(advisory=pads, content=content(pads), by=cast.ada, at=AT)
    pads.refresh_from_db()
    assert (pads.version, pads.answer) == (1, "approved")


def test_a_price_that_ran_out_is_named_and_saving_gives_it_a_new_date():
    cast = make_cast()
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first().advisory
    later = AT + timedelta(days=20)
    line = estimate.load(order, at=later).lines[0]
    assert [one.field for one in line.missing] == ["valid_until"]
    version = pricing.write_version(advisory=pads, content=content(pads), by=cast.ada, at=later)
    assert version.number == 2
    assert version.valid_until > AT.date() + timedelta(days=20)


def test_a_general_shop_supplies_fee_is_refused_in_california():
    cast = make_cast()
    pads, _ = drafted(cast, make_order(cast))
    fee = replace(content(pads), fees=(Fee("Shop supplies", Decimal(14), True),))
    with pytest.raises(pricing.FeeRefused, match="California does not allow"):
        pricing.write_version(advisory=pads, content=fee, by=cast.ada, at=AT)
    named = replace(content(pads), fees=(Fee("Brake cleaner, 2 cans", Decimal(14), True),))
    version = pricing.write_version(advisory=pads, content=named, by=cast.ada, at=AT)
    assert (version.fees_total, version.tax) == (Decimal("14.00"), Decimal("12.75"))


def test_the_ban_on_a_general_fee_is_a_dated_row_with_its_source():
    cast = make_cast()
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    fee = replace(content(pads), fees=(Fee("Shop supplies", Decimal(14), True),))
    row = AuthorizationPolicy.objects.in_force("US-CA", AT.date())
    assert (row.general_fees_refused, "2007" in row.fees_source) == (True, True)
    row.pk, row.effective_date, row.general_fees_refused, row.fees_source = None, AT.date(), False, ""
    row.save(force_insert=True)

    pricing.write_version(advisory=pads, content=fee, by=cast.ada, at=AT)

    assert not [one for one in estimate.load(order, at=AT).lines[0].missing if one.field == "fees"]
    yesterday = AT - timedelta(days=1)
    (told,) = [one for one in estimate.load(order, at=yesterday).lines[0].missing if one.field == "fees"]
    assert told.message.startswith("California does not allow a general shop supplies fee")
    row.pk, row.effective_date, row.general_fees_refused = None, AT.date() + timedelta(days=1), True
    with pytest.raises(IntegrityError, match="policy_on_fees_names_its_source"), transaction.atomic():
        row.save(force_insert=True)


def test_warranty_work_costs_the_customer_nothing_and_needs_its_reason():
    cast = make_cast()
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    free = replace(content(pads), pay_type="W")
    version = pricing.write_version(advisory=pads, content=free, by=cast.ada, at=AT)
    assert version.total == 0
    line = next(line for line in estimate.load(order).lines if line.advisory == pads)
    assert [one.field for one in line.missing] == ["zero_reason"]
    pricing.write_version(advisory=pads, content=replace(free, zero_reason="Warranty"), by=cast.ada, at=AT)
    line = next(line for line in estimate.load(order).lines if line.advisory == pads)
    assert line.missing == ()


def test_work_that_started_keeps_its_price():
    cast = make_cast()
    order = make_order(cast)
    presentation = shown(cast, order)
    pads = presentation.lines.first().advisory
    approve(presentation, pads)
    working.start(advisory=Advisory.objects.get(pk=pads.pk), by=cast.tess, at=AT)
    with pytest.raises(pricing.WorkStarted):
        pricing.write_version(advisory=pads, content=replace(content(pads), flat_price=Decimal(1)), by=cast.ada, at=AT)
    assert AdvisoryVersion.objects.filter(advisory=pads).count() == 1


def test_a_red_line_keeps_a_required_reason():
    cast = make_cast()
    pads, _ = drafted(cast, make_order(cast))
    with pytest.raises(pricing.CannotWrite, match="Red goes with A, B or C"):
        pricing.write_version(advisory=pads, content=content(pads), by=cast.ada, at=AT, reason_code="1")
    pricing.write_version(advisory=pads, content=content(pads), by=cast.ada, at=AT, reason_code="A")
    pads.refresh_from_db()
    assert pads.reason_code == "A"


def test_the_database_keeps_a_shown_version_as_it_was_shown():
    cast = make_cast()
    presentation = shown(cast, make_order(cast))
    version = presentation.lines.first().version
    for attempt in (
        lambda: AdvisoryVersion.objects.filter(pk=version.pk).update(labor=0, total=version.total - version.labor),
        lambda: AdvisoryVersion.objects.filter(pk=version.pk).update(title="Something else"),
        lambda: AdvisoryVersion.objects.filter(pk=version.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            attempt()
