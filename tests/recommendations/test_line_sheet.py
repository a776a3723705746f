"""The sheet of a line: what is typed is mirrored and graded, and nobody overwrites what they have not seen."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from dealership.models import Entry
from recommendations import estimate
from recommendations.actions import drafting, pricing
from recommendations.actions.presenting import Incomplete
from recommendations.models import Advisory, AdvisoryVersion
from service_lane.models import ScheduleRow
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import drafted, make_op_code, shown
from tests.recommendations.pages import logged_in, plain, post
from tests.recommendations.test_estimate_pages import sheet

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(minutes=3)
HARD = "Deterioration of the elastomeric gasket precipitates uncontrollable contamination."


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


def pads_of(cast: Cast) -> Advisory:
    return drafted(cast, make_order(cast))[0]


def as_read(cast: Cast, line: Advisory, **changes: Any) -> Any:
    return logged_in(cast.ada).post(reverse("recommendations:line-as-read", args=[line.pk]), sheet(line, **changes))


def test_what_is_typed_is_shown_as_the_customer_reads_it_and_nothing_is_saved(cast: Cast) -> None:
    pads = pads_of(cast)
    entries = Entry.objects.count()
    text = plain(as_read(cast, pads, finding_text="Thin."))
    assert "Thin." in text
    assert "$343.45" in text, "the price follows the parts as typed"
    assert "Too hard" not in text
    assert pads.versions.get().finding_text == "We measured 2 mm, left front. The limit is 3 mm."
    assert Entry.objects.count() == entries


def test_a_price_half_typed_leaves_the_price_as_it_was(cast: Cast) -> None:
    pads = pads_of(cast)
    text = plain(as_read(cast, pads, finding_text="Thin.", **{"parts-0-unit_price": "11x"}))
    assert "Thin." in text
    assert "$387.29" in text


def test_a_hard_text_is_named(cast: Cast) -> None:
    text = plain(as_read(cast, pads_of(cast), if_you_wait=HARD))
    assert "“If you wait” is above 8" in text
    assert "“What we found” is above 8" not in text


def test_the_mirror_is_for_the_counter(cast: Cast) -> None:
    pads = pads_of(cast)
    address = reverse("recommendations:line-as-read", args=[pads.pk])
    for who, status in ((cast.mallory, 404), (cast.tess, 403)):
        assert logged_in(who).post(address, sheet(pads)).status_code == status
    assert logged_in(cast.ada).get(address).status_code == 405


def test_who_saves_over_somebody_else_sees_the_difference_first_and_keeps_their_words(cast: Cast) -> None:
    pads = pads_of(cast)
    seen = pads.versions.get().written_at.isoformat()
    content = pricing.content_of(pads.versions.get(), pads.pay_type)
    pricing.write_version(advisory=pads, content=content, by=cast.max, at=LATER)
    typed = sheet(pads, finding_text="Thin on the left.", seen=seen)
    refused = post(cast.ada, "line", pads.pk, **typed)
    text = plain(refused)
    assert refused.status_code == 422
    assert "Max Ruiz changed this line while you had it open." in text
    assert "Saved meanwhile" in text
    assert "Thin on the left." in text
    assert pads.versions.get().finding_text.startswith("We measured")
    again = post(cast.ada, "line", pads.pk, **(typed | {"seen": LATER.isoformat()}))
    assert again.status_code == 302
    assert pads.versions.get().finding_text == "Thin on the left."


def test_the_makers_reason_is_not_offered_by_hand(cast: Cast) -> None:
    order = make_order(cast)
    op = make_op_code(cast, "72CABIN", name="Change the cabin filter", nature="maintenance", parts_kit=[])
    row = ScheduleRow.objects.create(
        op_code="72CABIN", service="Cabin filter", miles=15000, source="A general guide", is_makers=False
    )
    line = drafting.add_line(repair_order=order, line=drafting.ByHand(op_code=op, schedule_row=row), by=cast.ada, at=AT)
    html = logged_in(cast.ada).get(reverse("recommendations:line", args=[line.pk])).content.decode()
    assert '<option value="4" selected>' in html
    assert '<option value="3"' not in html
    posted = post(cast.ada, "line", line.pk, **sheet(line, reason_code="3"))
    assert posted.status_code == 422
    assert Advisory.objects.get(pk=line.pk).reason_code == "4"
    with pytest.raises(pricing.CannotWrite, match="Reason 3 is for the maker's own"):
        pricing.write_version(
            advisory=line,
            content=pricing.content_of(line.versions.get(), line.pay_type),
            by=cast.ada,
            at=AT,
            reason_code="3",
        )


def test_a_rewritten_text_has_spanish_again_when_it_is_typed_beside_it(cast: Cast) -> None:
    pads = pads_of(cast)
    old = {"title": "Cambiar las pastillas", "finding": "Medimos 2 mm.", "note": "Inner pad", "horizon": "4 semanas"}
    pads.versions.update(spanish=old)
    advisory = Advisory.objects.get(pk=pads.pk)
    typed = {
        "finding_es": "A las pastillas les quedan 2 mm.",
        "why_it_matters_es": "Con pastillas delgadas tarda más en parar.",
        "if_you_wait_es": "",
        "title_es": old["title"],
        "horizon_es": old["horizon"],
    }
    assert post(cast.ada, "line", pads.pk, **sheet(pads, **typed)).status_code == 302
    assert advisory.versions.get().spanish == {
        "title": old["title"],
        "finding": typed["finding_es"],
        "why_it_matters": typed["why_it_matters_es"],
    }, "the technician's note is said anew, and 4 to 8 weeks in English became 4 weeks"


def test_an_emptied_spanish_text_is_read_in_english(cast: Cast) -> None:
    pads = pads_of(cast)
    post(cast.ada, "line", pads.pk, **sheet(pads, finding_es="A las pastillas les quedan 2 mm."))
    assert pads.versions.get().spanish["finding"] == "A las pastillas les quedan 2 mm."
    page = plain(logged_in(cast.ada).get(reverse("recommendations:line", args=[pads.pk])))
    assert "In Spanish" in page
    post(cast.ada, "line", pads.pk, **sheet(pads, finding_es=""))
    assert "finding" not in pads.versions.get().spanish


TAKEN_APART = {"reassembly": "90", "parts_destroyed": "gaskets", "reassembly_days": "2", "may_not_restore": "on"}


def test_what_is_sent_out_and_taken_apart_is_kept_shown_and_asked_anew(cast: Cast) -> None:
    pads = pads_of(cast)
    shown(cast, pads.repair_order, [pads])
    saved = post(cast.ada, "line", pads.pk, **sheet(pads, sublet_to="Bay Machine Works", **TAKEN_APART))
    assert saved.status_code == 302
    version = pads.versions.get(number=2)
    assert version.sublet_to == "Bay Machine Works"
    assert version.teardown == {
        "reassembly": "90.00",
        "parts_destroyed": "gaskets",
        "days": 2,
        "may_not_restore": True,
    }
    text = plain(logged_in(cast.ada).get(reverse("recommendations:estimate", args=[pads.repair_order_id])))
    assert "Bay Machine Works does this, not us." in text
    assert "Putting it back together is $90.00 of this price. It takes 2 days at most." in text
    line = next(one for one in estimate.load(pads.repair_order).lines if one.advisory.pk == pads.pk)
    told = {one.field: (one.before, one.after) for one in line.changes}
    assert told["Done by"] == ("our own shop", "Bay Machine Works")
    assert told["Taken apart"] == (
        "not taken apart",
        "$90.00 and 2 days to put back, breaks gaskets, may not go back",
    )


@pytest.mark.parametrize(
    ("left_out", "sentence"),
    [
        ("reassembly", "Enter what putting it back together costs."),
        ("parts_destroyed", "Name the parts it destroys, or write none."),
        ("reassembly_days", "Enter how many days putting it back takes at most."),
    ],
)
def test_half_a_teardown_is_refused_beside_its_field_and_by_the_rule(cast: Cast, left_out: str, sentence: str) -> None:
    pads = pads_of(cast)
    refused = post(cast.ada, "line", pads.pk, **sheet(pads, **(TAKEN_APART | {left_out: ""})))
    assert refused.status_code == 422
    assert sentence in plain(refused)
    kept = {"reassembly": "90.00", "parts_destroyed": "gaskets", "days": 2}
    kept.pop("days" if left_out == "reassembly_days" else left_out)
    AdvisoryVersion.objects.filter(advisory=pads).update(teardown=kept)
    with pytest.raises(Incomplete, match="Teardown: "):
        shown(cast, pads.repair_order, [pads])


@pytest.mark.parametrize("typed", [{"title": "Shop supplies"}, {"parts-0-description": "Misc. charges"}])
def test_shop_supplies_are_no_line_and_no_part(cast: Cast, typed: dict[str, str]) -> None:
    pads = pads_of(cast)
    refused = post(cast.ada, "line", pads.pk, **sheet(pads, **typed))
    assert refused.status_code == 422
    assert "California does not allow a general shop supplies fee" in plain(refused)
    assert pads.versions.get().title == "Replace the front brake pads"
