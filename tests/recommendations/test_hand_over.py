"""What goes back with the car: old parts, and the notice that ends a no to everything."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from dealership.models import Entry
from recommendations import documents
from recommendations.actions import closing, deciding, handing_over, presenting, pricing
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, DeclinedNotice, PartsChoice
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import shown
from tests.recommendations.pages import answered_at_counter, logged_in, notice_signed, plain, post, read

pytestmark = pytest.mark.django_db
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 170"><path d="M10,20 C11,21 12,22 13,23" '
    'stroke-width="2.5"/></svg>'
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def order(cast: Cast) -> RepairOrder:
    """The pads declined, the boot put off."""
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "deferred")
    return order


def end(cast: Cast, order: RepairOrder, **typed: str) -> Any:
    as_seen = handing_over.seen(documents.declined_document(order, AT, typed.get("language", "en")))
    return post(cast.ada, "declined-notice", order.pk, **{"as_seen": as_seen, "how": "signed", **typed})


# --- the notice -------------------------------------------------------------------------------------------------------


def test_a_signed_notice_is_kept_as_it_was_read_and_the_visit_may_close(cast: Cast, order: RepairOrder) -> None:
    assert [one.about for one in closing.blockers(order)] == ["notice"]
    assert end(cast, order, signed_name="Theo Brandt").status_code == 302
    notice = DeclinedNotice.objects.get()
    assert (notice.how, notice.signed_name, notice.by, notice.language) == ("typed", "Theo Brandt", cast.ada, "en")
    assert [line["shown"]["title"] for line in notice.document["lines"]] == [
        "Replace the front brake pads",
        "Replace the left shaft boot",
    ]
    assert Entry.objects.about(order).get(event="declined_notice.ended").detail["sha256"] == notice.sha256
    assert closing.blockers(order) == []
    text = read(cast.ada, "declined-notice", order.pk)
    assert "I was told what is written here. Theo Brandt, Nov 23 11:38 AM" in text
    assert notice.sha256 in text


def test_it_lists_finding_reading_warning_and_day(cast: Cast, order: RepairOrder) -> None:
    text = read(cast.ada, "declined-notice", order.pk)
    for fact in (
        "Replace the front brake pads",
        "Reading: 2 mm, left front",
        "The pads can wear through and hurt the discs. 4 to 8 weeks.",
        "Declined Theo Brandt, Nov 23 11:38 AM",
        "Deferred until 75,000 mi",
    ):
        assert fact in text


def test_a_drawing_needs_no_name_beside_it(cast: Cast, order: RepairOrder) -> None:
    assert end(cast, order, signed_drawing=DRAWN).status_code == 302
    notice = DeclinedNotice.objects.get()
    assert (notice.how, notice.signed_name) == ("drawn", "Theo Brandt")
    assert "sig-lines" in logged_in(cast.ada).get(notice_url(order)).content.decode()


@pytest.mark.parametrize("why", ["refused", "absent"])
def test_who_would_not_sign_is_written_down_with_a_witness(cast: Cast, order: RepairOrder, why: str) -> None:
    assert end(cast, order, how="unsigned", unsigned=why, witness="Max Ruiz").status_code == 302
    notice = DeclinedNotice.objects.get()
    assert (notice.how, notice.signed_name, notice.witness) == (why, "", "Max Ruiz")
    assert closing.blockers(order) == []
    assert "Written down by Ada Kim. Seen by Max Ruiz." in read(cast.ada, "declined-notice", order.pk)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Type your full name, or sign by hand."),
        ({"signed_drawing": "<svg><script/></svg>"}, "That drawing cannot be read."),
        ({"how": "unsigned"}, "Say whether they would not sign or were not here."),
        ({"how": "unsigned", "unsigned": "bored", "witness": "Max Ruiz"}, "Say whether they would not sign"),
        ({"how": "unsigned", "unsigned": "refused"}, "Enter the full name of who saw it besides you."),
        ({"how": "unsigned", "unsigned": "refused", "witness": "ada kim"}, "A witness is somebody besides you."),
        ({"signed_name": "Theo Brandt", "as_seen": "0" * 64}, "Something changed while this was read."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    cast: Cast, order: RepairOrder, typed: dict[str, str], sentence: str
) -> None:
    answer = end(cast, order, **typed)
    assert answer.status_code == 422
    assert sentence in plain(answer)
    assert not DeclinedNotice.objects.exists()
    if "witness" in typed:
        assert f'value="{typed["witness"]}"' in answer.content.decode()


def test_signed_again_it_is_the_same_notice(cast: Cast, order: RepairOrder) -> None:
    first = notice_signed(cast, order)
    assert notice_signed(cast, order, unsigned="refused", witness="Max Ruiz") == first
    assert DeclinedNotice.objects.count() == 1


def test_a_line_that_changed_wants_a_new_notice(cast: Cast, order: RepairOrder) -> None:
    notice_signed(cast, order)
    pads = Advisory.objects.filter(repair_order=order).first()
    assert pads is not None
    content = pricing.content_of(pads.versions.get(), pads.pay_type)
    pricing.write_version(advisory=pads, content=replace(content, horizon="1 week"), by=cast.ada, at=AT)
    again = shown(cast, order, [pads])
    assert handing_over.standing_notice(order) is None
    deciding.decide(
        presentation=again,
        answers=[Answered(again.lines.get().pk, "declined")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    assert [one.about for one in closing.blockers(order)] == ["notice"]
    notice_signed(cast, order)
    assert DeclinedNotice.objects.count() == 2
    assert closing.blockers(order) == []


def test_in_spanish_it_reads_as_the_customer_reads_and_is_kept_so(cast: Cast, order: RepairOrder) -> None:
    client = logged_in(cast.ada)
    page = client.get(notice_url(order), {"lang": "es"})
    text = plain(page)
    for words in ("Trabajo que no se hizo", "Si espera", "Dijo que no", "Me dijeron lo que está escrito aquí."):
        assert words in text
    assert "You may come back" not in text
    assert end(cast, order, signed_name="Theo Brandt", language="es").status_code == 302
    notice = DeclinedNotice.objects.get()
    assert (notice.language, notice.document["language"]) == ("es", "es")
    assert "Trabajo que no se hizo" in read(cast.ada, "handover", order.pk)


def test_everything_agreed_leaves_nothing_to_sign(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "approved", work=True)
    with pytest.raises(handing_over.NotWritten, match="there is nothing to sign"):
        notice_signed(cast, order)
    assert "I was told this" not in read(cast.ada, "declined-notice", order.pk)


def test_a_yes_to_one_line_closes_without_a_signature(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    assert [one.about for one in closing.blockers(order)] == ["bill"]


def test_a_closed_order_keeps_the_end_it_has(cast: Cast, order: RepairOrder) -> None:
    notice_signed(cast, order)
    closing.close(repair_order=order, odometer_out=71_910, by=cast.ada, at=AT)
    with pytest.raises(presenting.CannotPresent):
        notice_signed(cast, order)
    assert end(cast, order, signed_name="Theo").status_code == 409
    assert "I was told what is written here. Theo Brandt" in read(cast.ada, "declined-notice", order.pk)


def test_the_database_keeps_a_notice_and_wants_a_signature_or_a_witness(cast: Cast, order: RepairOrder) -> None:
    notice = notice_signed(cast, order)
    kept = DeclinedNotice.objects.filter(pk=notice.pk)
    for undo in (lambda: kept.update(signed_name="Another"), lambda: kept.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            undo()
    same = {"repair_order": order, "document": {}, "sha256": "0" * 64, "by": cast.ada, "at": AT}
    for ended in (
        {"how": "typed"},
        {"how": "drawn", "signed_name": "Theo"},
        {"how": "refused"},
        {"how": "refused", "witness": "Max", "signed_name": "Theo"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DeclinedNotice.objects.create(**same, **ended)


@pytest.mark.parametrize(("who", "code"), [("tess", 403), ("sam", 403), ("mallory", 404)])
def test_others_end_nothing_and_choose_nothing(cast: Cast, order: RepairOrder, who: str, code: int) -> None:
    staff = getattr(cast, who)
    assert post(staff, "declined-notice", order.pk, how="signed", signed_name="Theo").status_code == code
    assert post(staff, "parts-choice", order.pk, parts="back").status_code == code
    assert not DeclinedNotice.objects.exists()
    assert not PartsChoice.objects.exists()


def notice_url(order: RepairOrder) -> str:
    return reverse("recommendations:declined-notice", args=[order.pk])


# --- replaced parts ---------------------------------------------------------------------------------------------------


def test_the_choice_about_old_parts_is_kept_printed_and_may_change(cast: Cast, order: RepairOrder) -> None:
    assert "Not asked yet. Ask before the work starts." in read(cast.ada, "estimate", order.pk)
    assert "I want them back" in read(cast.ada, "estimate-print", order.pk)
    assert post(cast.ada, "parts-choice", order.pk, parts="back").status_code == 302
    assert "Replaced parts are given back: you asked for them." in read(cast.ada, "estimate-print", order.pk)
    post(cast.ada, "parts-choice", order.pk, parts="not_back")
    assert "you said you do not want them" in read(cast.ada, "estimate", order.pk)
    assert [one.wants_back for one in PartsChoice.objects.order_by("pk")] == [True, False]
    assert Entry.objects.about(order).filter(event="replaced_parts.chosen").count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        PartsChoice.objects.update(wants_back=True)


def test_saying_nothing_chooses_nothing(cast: Cast, order: RepairOrder) -> None:
    answer = post(cast.ada, "parts-choice", order.pk)
    assert answer.status_code == 422
    assert "Say whether they want their replaced parts back" in plain(answer)
    assert not PartsChoice.objects.exists()


def test_in_ontario_they_come_back_unless_the_customer_says_no(cast: Cast, order: RepairOrder) -> None:
    cast.north.jurisdiction = "CA-ON"
    cast.north.save()
    kept = RepairOrder.objects.select_related("rooftop").get(pk=order.pk)
    assert documents.replaced_parts(kept, AT).are_returned
    handing_over.choose_parts(repair_order=order, wants_back=False, by=cast.ada, at=AT)
    assert not documents.replaced_parts(kept, AT).are_returned
