"""The inspection's pages: who may look and write, with htmx and without, and how many queries it takes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from dealership.models import Entry
from service_lane.actions.inspection import complete
from service_lane.models import Inspection, InspectionItem, Photo, RecordedCode
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.service_lane.inspected import fill, item, record, started

HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def inspection(cast: Cast) -> Inspection:
    return started(cast)


def page(client: Any, inspection: Inspection, **query: str) -> str:
    response = client.get(reverse("service_lane:inspection", args=[inspection.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def save(client: Any, row: InspectionItem, *, htmx: bool = False, **typed: Any) -> Any:
    url = reverse("service_lane:inspection-item", args=[row.inspection_id, row.pk])
    typed = {"form_key": str(uuid4()), "version": row.version} | typed
    return client.post(url, typed, headers=HTMX if htmx else {})


def post(client: Any, name: str, pk: int, **typed: Any) -> Any:
    return client.post(reverse(f"service_lane:{name}", args=[pk]), {"form_key": str(uuid4())} | typed)


# --- who -------------------------------------------------------------------------------------------------------------


def test_a_technician_starts_from_the_list_and_comes_to_the_sheet(client, cast: Cast) -> None:
    started(cast)
    order = make_order(cast, customer=make_customer("Nora", "Feld"), vehicle=make_vehicle(plate="8ABC123"))
    client.force_login(cast.tess)
    assert "Start" in client.get(reverse("service_lane:inspections")).content.decode()
    response = post(client, "inspection-start", order.pk)
    begun = Inspection.objects.get(repair_order=order)
    assert response.url == begun.get_absolute_url()


def test_starting_by_the_same_form_twice_starts_once(client, cast: Cast) -> None:
    started(cast)
    order = make_order(cast, customer=make_customer("Nora", "Feld"), vehicle=make_vehicle(plate="8ABC123"))
    client.force_login(cast.tess)
    key = str(uuid4())
    first, second = (post(client, "inspection-start", order.pk, form_key=key) for _ in range(2))
    assert first.url == second.url
    assert Inspection.objects.filter(repair_order=order).count() == 1


def test_without_a_template_the_order_says_so(client, cast: Cast) -> None:
    order = make_order(cast)
    client.force_login(cast.tess)
    response = post(client, "inspection-start", order.pk)
    assert response.url == order.get_absolute_url()
    assert not Inspection.objects.exists()


def test_an_advisor_looks_and_does_not_write(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.ada)
    html = page(client, inspection, section="brakes")
    assert "You are looking on" in html
    assert 'name="rule"' not in html
    assert "Finish inspection" not in html
    row = item(inspection, "wipers")
    assert save(client, row, rule="green").status_code == 403
    assert post(client, "inspection-rest", inspection.pk, section="brakes").status_code == 403
    assert post(client, "inspection-complete", inspection.pk).status_code == 403
    assert post(client, "inspection-code", inspection.pk, code="P0420").status_code == 403
    assert item(inspection, "wipers").condition == "unchecked"


def test_sales_may_not_come_in(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.sam)
    for url in (
        reverse("service_lane:inspections"),
        inspection.get_absolute_url(),
        reverse("service_lane:inspection-item", args=[inspection.pk, item(inspection, "wipers").pk]),
    ):
        assert client.get(url).status_code == 403
    assert save(client, item(inspection, "wipers"), rule="green").status_code == 403


def test_for_somebody_from_another_rooftop_it_is_not_there(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.mallory)
    row = item(inspection, "wipers")
    assert client.get(inspection.get_absolute_url()).status_code == 404
    assert client.get(reverse("service_lane:inspection-item", args=[inspection.pk, row.pk])).status_code == 404
    assert save(client, row, rule="green").status_code == 404
    for name in ("inspection-rest", "inspection-complete", "inspection-code"):
        assert post(client, name, inspection.pk, section="brakes", code="P0420").status_code == 404
    assert post(client, "inspection-start", inspection.repair_order_id).status_code == 404
    assert item(inspection, "wipers").condition == "unchecked"


def test_an_item_of_another_inspection_is_not_found_under_this_one(client, cast: Cast, inspection: Inspection) -> None:
    other = started(cast, make_order(cast, customer=make_customer("N", "F"), vehicle=make_vehicle(plate="8ABC123")))
    client.force_login(cast.tess)
    row = item(other, "wipers")
    url = reverse("service_lane:inspection-item", args=[inspection.pk, row.pk])
    assert client.post(url, {"form_key": str(uuid4()), "version": 0, "rule": "green"}).status_code == 404


# --- one item --------------------------------------------------------------------------------------------------------


def test_one_tap_marks_a_part_good_and_htmx_gets_its_card_and_the_count(
    client, cast: Cast, inspection: Inspection
) -> None:
    client.force_login(cast.tess)
    response = save(client, item(inspection, "wipers"), htmx=True, rule="green")
    html = response.content.decode()
    assert response.status_code == 200
    assert item(inspection, "wipers").condition == "green"
    assert "<html" not in html
    assert html.count('<li class="item"') == 1
    assert '<b class="num">1 of 27</b>' in html


def test_without_scripts_saving_leads_back_to_the_item(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    row = item(inspection, "wipers")
    response = save(client, row, rule="green", do="rule")
    assert (response.status_code, response.url) == (302, row.get_absolute_url())


@pytest.mark.parametrize(
    ("key", "places", "value", "color", "unsafe"),
    [
        ("front-pads", ("LF", "RF"), "3.0", "red", False),
        ("front-pads", ("LF", "RF"), "3.1", "yellow", False),
        ("front-pads", ("LF", "RF"), "5.9", "yellow", False),
        ("front-pads", ("LF", "RF"), "6", "green", False),
        ("front-pads", ("LF", "RF"), "1.5", "red", True),
        ("front-pads", ("LF", "RF"), "1,6", "red", False),
        ("tire-rr", ("outer", "middle", "inner"), "4", "yellow", False),
        ("tire-rr", ("outer", "middle", "inner"), "3", "red", False),
        ("tire-rr", ("outer", "middle", "inner"), "2", "red", True),
        ("battery", ("",), "69.9", "yellow", False),  # a tester tells whole percents: 70
        ("battery", ("",), "69", "red", False),
    ],
)
def test_readings_are_colored_at_the_threshold_through_the_server(
    client, cast: Cast, inspection: Inspection, key: str, places: tuple[str, ...], value: str, color: str, unsafe: bool
) -> None:
    client.force_login(cast.tess)
    for place in places:
        assert save(client, item(inspection, key), do="measure", place=place, value=value).status_code == 302
    row = item(inspection, key)
    assert (row.condition, row.computed, row.is_unsafe) == (color, color, unsafe)


def test_a_reading_goes_before_a_sign_that_was_left_standing(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    record(inspection, "front-pads", cast.tess, values={"LF": "2", "RF": "9"})
    save(client, item(inspection, "front-pads"), do="measure", rule="red", place="LF", value="8")
    row = item(inspection, "front-pads")
    assert (row.condition, row.override_reason) == ("green", "")


def test_after_one_wheel_the_pad_asks_for_the_next(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    html = save(client, item(inspection, "front-pads"), htmx=True, do="measure", place="LF", value="8").content.decode()
    assert 'name="place" value="RF"' in html


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "Type the reading."),
        ("abc", "as a number"),
        ("-1", "as a number"),
        ("NaN", "as a number"),
        ("1e9", "as a number"),
        ("25", "far more than new"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_beside_the_field_and_kept(
    client, cast: Cast, inspection: Inspection, value: str, sentence: str
) -> None:
    client.force_login(cast.tess)
    response = save(client, item(inspection, "front-pads"), htmx=True, do="measure", place="LF", value=value)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert f'value="{value}"' in html
    assert not item(inspection, "front-pads").readings.exists()


def test_not_done_asks_why_and_saves_nothing_before(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    row = item(inspection, "parking-brake")
    html = save(client, row, htmx=True, rule="none").content.decode()
    assert "Why not?" in html
    assert item(inspection, "parking-brake").condition == "unchecked"
    save(client, row, htmx=True, rule="none", not_done="Needs a road test")
    saved = item(inspection, "parking-brake")
    assert (saved.condition, saved.not_inspected_reason) == ("not_inspected", "Needs a road test")
    assert "Not inspected: Needs a road test." in page(client, inspection, section="brakes")


def test_a_sign_against_the_reading_asks_why_and_keeps_it(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    record(inspection, "front-pads", cast.tess, values={"LF": "5", "RF": "5"})
    html = save(client, item(inspection, "front-pads"), htmx=True, rule="red").content.decode()
    assert "Reading: can wait" in html
    assert "You: needs attention now" in html
    assert item(inspection, "front-pads").condition == "yellow"
    save(client, item(inspection, "front-pads"), rule="red", marks_shown="1", marks=["Cracked"], words="Left side")
    row = item(inspection, "front-pads")
    assert (row.condition, row.computed, row.override_reason) == ("red", "yellow", "Cracked; Left side")
    save(client, row, do="reading")
    assert item(inspection, "front-pads").condition == "yellow"


def test_good_without_a_reading_is_refused_in_words(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    response = save(client, item(inspection, "front-pads"), htmx=True, rule="green")
    assert response.status_code == 422
    assert "Measure it, or say why it was not inspected." in response.content.decode()


def test_notes_are_saved_with_why_there_is_no_photo(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    record(inspection, "wipers", cast.tess, seen="yellow")
    assert "say why there is none" in page(client, inspection, section="outside-and-lights")
    row = item(inspection, "wipers")
    save(client, row, do="note", note="Left blade streaks", no_photo="Too dark", worth_telling="Rain on Friday")
    row = item(inspection, "wipers")
    assert (row.note, row.worth_telling) == ("Left blade streaks. No photo: Too dark", "Rain on Friday")
    assert "say why there is none" not in page(client, inspection, section="outside-and-lights")


def test_a_stale_page_is_told_and_what_was_typed_is_still_there(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    old = item(inspection, "wipers")
    record(inspection, "wipers", cast.max, seen="yellow", at=AT)
    response = save(client, old, htmx=True, do="note", note="Streaks on the left")
    html = response.content.decode()
    assert response.status_code == 409
    assert "Somebody changed this at 11:38; here is what it says now" in html
    assert 'value="Streaks on the left"' in html
    assert 'name="version" value="1"' in html
    assert item(inspection, "wipers").note == ""


def test_the_same_form_twice_counts_once(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    row, key = item(inspection, "wipers"), str(uuid4())
    first = save(client, row, rule="green", form_key=key)
    again = save(client, row, rule="green", form_key=key)
    assert (again.status_code, again.url) == (first.status_code, first.url)
    assert item(inspection, "wipers").version == 1
    assert save(client, row, rule="red", form_key=key).status_code == 409
    assert item(inspection, "wipers").condition == "green"


def test_a_complete_inspection_is_shown_and_takes_nothing(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    fill(inspection, cast.tess)
    row = item(inspection, "wipers")
    complete(inspection=inspection, by=cast.tess, at=AT)
    html = page(client, inspection)
    assert "What it says stays" in html
    assert 'name="rule"' not in html
    assert save(client, row, rule="red").status_code == 302
    assert item(inspection, "wipers").condition == "green"


def test_a_finding_that_came_back_opens_for_its_technician(client, cast: Cast, inspection: Inspection) -> None:
    record(inspection, "leaks", cast.tess, seen="yellow", note="No photo: dark")
    fill(inspection, cast.tess)
    complete(inspection=inspection, by=cast.tess, at=AT)
    row = item(inspection, "leaks")
    InspectionItem.objects.filter(pk=row.pk).update(
        returned_at=AT + timedelta(minutes=9), returned_reason="From where?"
    )
    client.force_login(cast.tess)
    html = page(client, inspection)
    assert "Under the car: inspection" in html
    assert "Sent back to you: From where?" in html
    assert html.count('<fieldset class="ruling"') == 1
    assert save(client, row, do="note", note="From the pan. No photo: dark").status_code == 302
    assert item(inspection, "leaks").note == "From the pan. No photo: dark"


# --- last visit ------------------------------------------------------------------------------------------------------


def test_last_visits_reading_stands_beside_todays_with_the_wear(client, cast: Cast) -> None:
    car = make_vehicle()
    before = make_order(cast, vehicle=car, odometer_in=82_110, status="closed", closed_at=AT)
    old = Inspection.objects.create(
        repair_order=before,
        template_name="Old",
        started_at=AT - timedelta(days=240),
        completed_at=AT - timedelta(days=240),
        completed_by=cast.tess,
    )
    for key, color, values in (("front-pads", "yellow", {"LF": "4", "RF": "5"}), ("wipers", "green", {})):
        row = InspectionItem.objects.create(
            inspection=old, section="Brakes", position=1, key=key, name=key, condition=color, by=cast.tess, at=AT
        )
        for place, value in values.items():
            row.readings.create(position=place, value=value, unit="mm", by=cast.tess, at=AT)
    today = started(cast, make_order(cast, vehicle=car, customer=make_customer("N", "F"), odometer_in=88_310))
    client.force_login(cast.tess)
    assert "4 mm in March." in page(client, today, section="brakes")
    assert "Good in March" in page(client, today, section="outside-and-lights")
    record(today, "front-pads", cast.tess, values={"LF": "2", "RF": "4"})
    html = page(client, today, section="brakes")
    assert "<b>4 mm in March, now 2 mm:</b> about 1 mm per 3,100 miles." in html
    assert "At that rate, 1.5 mm in about 1,550 miles." in html
    assert "Code B: below its design limit" in html


def test_a_tire_that_wears_at_one_edge_is_pointed_out(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    record(inspection, "tire-lr", cast.tess, values={"outer": "6", "middle": "5", "inner": "3"})
    html = page(client, inspection, section="tires")
    assert "Left rear wears on the inner edge." in html
    assert "3/32 inner, now" in html


# --- the section and the end -----------------------------------------------------------------------------------------


def test_the_rest_is_good_after_a_first_look(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    post(client, "inspection-rest", inspection.pk, section="inside")
    assert item(inspection, "horn-belts").condition == "unchecked"
    save(client, item(inspection, "warning-lamps"), rule="green")
    assert "horn and seat belts, cabin air filter" in page(client, inspection, section="inside")
    response = post(client, "inspection-rest", inspection.pk, section="inside")
    assert response.url.endswith("?section=inside")
    assert item(inspection, "horn-belts").condition == "green"


def test_finishing_with_open_checks_lists_them_with_links(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    fill(inspection, cast.tess, leaving=("leaks",))
    response = post(client, "inspection-complete", inspection.pk, section="brakes")
    html = response.content.decode()
    assert response.status_code == 422
    assert "1 check before you can finish" in html
    assert f"#item-{item(inspection, 'leaks').pk}" in html
    inspection.refresh_from_db()
    assert inspection.completed_at is None


def test_finishing_completes_once_however_often_the_form_comes(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    fill(inspection, cast.tess)
    key = str(uuid4())
    first, again = (post(client, "inspection-complete", inspection.pk, form_key=key) for _ in range(2))
    assert first.url == again.url == inspection.get_absolute_url()
    assert Entry.objects.filter(event="inspection.completed").count() == 1


def test_a_trouble_code_is_added_and_nonsense_is_refused_beside_the_field(
    client, cast: Cast, inspection: Inspection
) -> None:
    client.force_login(cast.tess)
    response = post(client, "inspection-code", inspection.pk, code="oops", section="inside")
    assert response.status_code == 422
    assert "like P0420" in response.content.decode()
    assert 'value="oops"' in response.content.decode()
    post(client, "inspection-code", inspection.pk, code="p3abc", section="inside")
    assert RecordedCode.objects.get().code == "P3ABC"
    assert "Not in our table" in page(client, inspection, section="inside")


def test_a_photo_of_an_item_is_kept_with_it(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    row = item(inspection, "wipers")
    url = reverse("service_lane:inspection-photo", args=[inspection.pk, row.pk])
    key = str(uuid4())
    for _ in range(2):
        shot = SimpleUploadedFile("a.jpg", b"not looked at yet", content_type="image/jpeg")
        response = client.post(url, {"photo": shot, "form_key": key}, headers={"X-Requested-With": "fetch"})
    assert response.status_code in (201, 302)
    photo = Photo.objects.get()
    assert (photo.item, photo.by, photo.caption) == (row, cast.tess, "Wipers, washers and glass")
    assert client.post(url, {"form_key": str(uuid4())}).url == row.get_absolute_url()


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_has_mine_first_then_what_waits_then_what_is_done(client, cast: Cast) -> None:
    mine = started(cast)
    orders = [
        make_order(cast, customer=make_customer(name, "Doe", phone=""), vehicle=make_vehicle(plate=name))
        for name in ("WAITS", "DONE")
    ]
    done = started(cast, orders[1])
    fill(done, cast.tess)
    complete(inspection=done, by=cast.tess, at=timezone.now())
    client.force_login(cast.tess)
    html = client.get(reverse("service_lane:inspections")).content.decode()
    places = [html.index(word) for word in ("Yours, in progress", "Waiting to start", "Done today")]
    assert places == sorted(places)
    assert mine.repair_order.number in html


def test_an_empty_list_says_so(client, cast: Cast) -> None:
    client.force_login(cast.tess)
    assert "No car is waiting for an inspection." in client.get(reverse("service_lane:inspections")).content.decode()


def test_the_list_of_another_rooftop_is_its_own(client, cast: Cast) -> None:
    started(cast)
    client.force_login(cast.mallory)
    assert "No car is waiting" in client.get(reverse("service_lane:inspections")).content.decode()


def queries(client: Any, url: str, count: Any) -> int:
    with count() as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_list_takes_as_many_queries_for_one_car_as_for_many(client, cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    started(cast)
    client.force_login(cast.tess)
    url = reverse("service_lane:inspections")
    client.get(url)
    one = queries(client, url, lambda: CaptureQueriesContext(connection))
    for number in range(24):
        make_order(cast, customer=make_customer("C", str(number), phone=""), vehicle=make_vehicle(plate=f"P{number}"))
    assert queries(client, url, lambda: CaptureQueriesContext(connection)) == one


def test_the_sheet_takes_as_many_queries_empty_as_full(client, cast: Cast, inspection: Inspection) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(cast.tess)
    url = f"{inspection.get_absolute_url()}?section=brakes"
    client.get(url)
    empty = queries(client, url, lambda: CaptureQueriesContext(connection))
    fill(inspection, cast.tess)
    full = queries(client, url, lambda: CaptureQueriesContext(connection))
    assert full == empty
    assert full <= 16


def test_a_photo_may_follow_where_the_customer_would_see_nothing(client, cast: Cast, inspection: Inspection) -> None:
    row = record(inspection, "leaks", cast.tess, seen="yellow", note="Seeps. No photo: dark")
    fill(inspection, cast.tess)
    complete(inspection=inspection, by=cast.tess, at=AT)
    client.force_login(cast.tess)
    address = reverse("service_lane:inspection-photo", args=[inspection.pk, row.pk])
    assert address in page(client, inspection, section="under-the-car")
    picture = SimpleUploadedFile("leak.jpg", b"not looked at here", "image/jpeg")
    assert client.post(address, {"form_key": str(uuid4()), "photo": picture}).status_code == 302
    assert Photo.objects.filter(item=row).count() == 1
    assert address not in page(client, inspection, section="under-the-car")


# --- what waited for a signal ----------------------------------------------------------------------------------------

SCRIPT = {"X-Requested-With": "fetch"}


def send_later(client: Any, row: InspectionItem, **typed: Any) -> Any:
    url = reverse("service_lane:inspection-item", args=[row.inspection_id, row.pk])
    return client.post(url, {"form_key": str(uuid4()), "version": row.version} | typed, headers=SCRIPT)


def test_a_script_that_sends_what_waited_gets_the_version_it_stands_at(
    client, cast: Cast, inspection: Inspection
) -> None:
    client.force_login(cast.tess)
    assert send_later(client, item(inspection, "wipers"), rule="green").json() == {"version": 1}


def test_the_same_answer_sent_again_is_one_answer(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    row, key = item(inspection, "wipers"), str(uuid4())
    assert send_later(client, row, rule="green", form_key=key).status_code == 200
    assert send_later(client, row, rule="green", form_key=key).headers["Location"] == row.get_absolute_url()
    assert item(inspection, "wipers").version == 1


def test_an_answer_that_was_overtaken_or_lacks_a_reason_says_so_in_a_sentence(
    client, cast: Cast, inspection: Inspection
) -> None:
    client.force_login(cast.tess)
    row = item(inspection, "wipers")
    record(inspection, "wipers", cast.max, seen="yellow")
    late = send_later(client, row, rule="green")
    assert (late.status_code, late.content.decode()[:22]) == (409, "Somebody changed this ")
    asked = send_later(client, item(inspection, "front-pads"), rule="red")
    assert (asked.status_code, "say why" in asked.content.decode()) == (422, True)
    wrong = send_later(client, item(inspection, "front-pads"), do="measure", place="LF", value="abc")
    assert (wrong.status_code, wrong.content.decode()) == (422, "Type the reading as a number, like 4.5.")
    assert item(inspection, "front-pads").version == 0


def test_a_gauge_in_32nds_is_kept_in_the_items_unit(client, cast: Cast, inspection: Inspection) -> None:
    client.force_login(cast.tess)
    save(client, item(inspection, "front-pads"), do="measure", place="LF", value="5", reads_in="32nds")
    assert [str(one) for one in item(inspection, "front-pads").readings.all()] == ["3.97 mm"]
    save(client, item(inspection, "tire-lf"), do="measure", place="outer", value="5", reads_in="mm")
    assert [str(one) for one in item(inspection, "tire-lf").readings.all()] == ["5 32nds"]
