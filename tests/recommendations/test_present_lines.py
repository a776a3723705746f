"""Showing lines: complete or not at all, and kept exactly as shown."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from dealership.models import Entry
from recommendations.actions import presenting, record, returning
from recommendations.models import Advisory, AdvisoryVersion, Presentation, PresentedLine
from recommendations.models.answers import SHOWN
from recommendations.signals import lines_presented
from service_lane.models import RepairOrder
from tests.cast import AT, make_cast, make_order
from tests.recommendations.lines import drafted, make_request, shown

pytestmark = pytest.mark.django_db


def test_what_is_shown_is_kept_word_for_word_and_chained():
    heard = []
    lines_presented.connect(
        lambda sender, presentation_id, **_: heard.append(presentation_id), weak=False, dispatch_uid="t"
    )
    cast = make_cast()
    order = make_order(cast)
    presentation = shown(cast, order)
    lines_presented.disconnect(dispatch_uid="t")
    pads, boot = presentation.lines.all()
    assert set(SHOWN) <= set(pads.snapshot)
    assert pads.snapshot["finding"] == "We measured 2 mm, left front. The limit is 3 mm."
    assert pads.snapshot["parts"][0]["state_words"] == "New OEM"
    assert boot.snapshot["evidence"]["photos"][0]["sha256"] == "ab" * 32
    assert pads.snapshot["revised_total"] == boot.snapshot["revised_total"] == "555.29"
    assert (presentation.authorized_before, presentation.revised_total) == (Decimal(0), Decimal("555.29"))
    assert pads.sha256 == record.fingerprint(pads.snapshot)
    assert pads.version.presented_at == AT
    pads.advisory.refresh_from_db()
    assert pads.advisory.presented_version == 1
    order.refresh_from_db()
    assert (order.stage, order.step, order.presented_at) == ("needs_answer", "2 lines shown, no answer yet", AT)
    assert Entry.objects.filter(event="lines.presented").count() == 1
    assert heard == [presentation.pk]
    assert record.verify(cast.north) == record.Verified(1)


def test_what_was_signed_at_write_up_counts_as_authorized_even_before_its_line_is_drafted():
    cast = make_cast()
    order = make_order(cast)
    make_request(cast, order)
    presentation = shown(cast, order)
    assert (presentation.authorized_before, presentation.revised_total) == (Decimal("99.11"), Decimal("654.40"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"finding_text": ""}, "finding"),
        ({"measurement": ""}, "measurement"),
        ({"threshold": ""}, "threshold"),
        ({"if_you_wait": ""}, "if_you_wait"),
        ({"horizon": ""}, "horizon"),
        ({"title": " "}, "title"),
        (
            {"parts": [{"description": "Pads", "number": "", "quantity": "1", "unit_price": None, "state": "new_oem"}]},
            "parts",
        ),
        (
            {"parts": [{"description": "Pads", "number": "", "quantity": "1", "unit_price": "9.00", "state": ""}]},
            "parts",
        ),
        ({"labor_rate": 0}, "labor"),
        ({"fees": [{"description": "Shop supplies", "amount": "14.00", "taxable": True}]}, "fees"),
        ({"labor": 0, "parts_total": 0, "tax": 0, "total": 0}, "zero_reason"),
        ({"valid_until": "2026-11-22"}, "valid_until"),
    ],
)
def test_nothing_is_shown_while_a_fact_is_missing(change, field):
    cast = make_cast()
    order = make_order(cast)
    lines = drafted(cast, order)
    AdvisoryVersion.objects.filter(advisory=lines[0]).update(**change)
    with pytest.raises(presenting.Incomplete) as refused:
        shown(cast, order, lines)
    assert field in [one.field for one in refused.value.missing[lines[0].pk]]
    assert not Presentation.objects.exists()
    assert not Advisory.objects.exclude(presented_version=None).exists()


def test_a_failed_check_needs_its_photo_and_a_line_needs_its_finder():
    cast = make_cast()
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    boot.finding.photos.all().delete()
    with pytest.raises(presenting.Incomplete) as refused:
        shown(cast, order, [boot])
    assert [one.field for one in refused.value.missing[boot.pk]] == ["evidence"]
    Advisory.objects.filter(pk=pads.pk).update(found_by=None)
    with pytest.raises(presenting.Incomplete, match="Say who found it"):
        shown(cast, order, [pads])


def test_showing_needs_lines_somebody_to_show_them_to_and_an_open_order():
    cast = make_cast()
    order = make_order(cast)
    lines = drafted(cast, order)
    with pytest.raises(presenting.CannotPresent, match="at least one line"):
        shown(cast, order, [])
    with pytest.raises(presenting.CannotPresent, match="who it is shown to"):
        presenting.present(repair_order=order, advisories=lines, channel="counter", to_name=" ", by=cast.ada, at=AT)
    RepairOrder.objects.filter(pk=order.pk).void(at=AT)
    with pytest.raises(presenting.CannotPresent, match="not open"):
        shown(cast, order, lines)


def test_a_line_given_back_or_of_another_order_is_not_shown():
    cast = make_cast()
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    returning.give_back(advisory=pads, reason="Photo not clear", by=cast.ada, at=AT)
    with pytest.raises(presenting.Overtaken):
        shown(cast, order, [pads, boot])
    with pytest.raises(presenting.Overtaken):
        shown(cast, make_order(cast), [boot])


def test_the_database_refuses_a_snapshot_without_a_fact():
    cast = make_cast()
    line = shown(cast, make_order(cast)).lines.first()
    for name in SHOWN:
        short = {key: value for key, value in line.snapshot.items() if key != name}
        presentation = line.presentation
        presentation.pk = None
        presentation.save(force_insert=True)
        with pytest.raises(IntegrityError, match="presented_line_is_disclosed"), transaction.atomic():
            PresentedLine.objects.create(
                presentation=presentation, advisory=line.advisory, version=line.version, snapshot=short, sha256="0" * 64
            )


def test_the_database_keeps_showings_as_they_were():
    cast = make_cast()
    line = shown(cast, make_order(cast)).lines.first()
    connection.check_constraints()
    for attempt in (
        lambda: PresentedLine.objects.filter(pk=line.pk).update(snapshot={}),
        lambda: PresentedLine.objects.filter(pk=line.pk).delete(),
        lambda: Presentation.objects.update(revised_total=1),
        lambda: connection.cursor().execute("TRUNCATE recommendations_presentedline CASCADE"),
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            attempt()
