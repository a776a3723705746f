"""The write-up page: what is typed stays, right or wrong; opening refuses by field; nothing is done twice."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Complaint, Tie
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry
from service_lane.actions import damage, writeup
from service_lane.models import OpCode, Photo, RepairOrder, ScheduleRow, WriteUp
from service_lane.rules.damage import PLACES
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.service_lane.test_open_repair_order import COMPLETE, make_menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


@pytest.fixture
def begun(cast: Cast) -> WriteUp:
    make_menu(cast)
    theo = make_customer()
    return writeup.start(rooftop=cast.north, customer=theo, vehicle=make_vehicle(theo), by=cast.ada, at=timezone.now())


def complete(**typed: Any) -> dict[str, Any]:
    promised = (timezone.now() + timedelta(hours=3)).isoformat()
    return {"whole": "1", **COMPLETE, "promised": promised, **typed}


def post_open(client: Client, write_up: WriteUp, **typed: Any) -> Any:
    """Post the whole form as a browser would: with the words that a save has put above the signature."""
    fields = complete(**typed)
    client.post(f"/write-ups/{write_up.pk}/save/", fields)
    write_up.refresh_from_db()
    words = writeup.words_to_sign(write_up, at=timezone.now())
    return client.post(
        f"/write-ups/{write_up.pk}/open/",
        {"form_key": str(uuid4()), "words_shown": words, **fields},
    )


def test_one_field_is_saved_exactly_as_typed_right_or_wrong(ada: Client, begun: WriteUp) -> None:
    answer = ada.post(
        f"/write-ups/{begun.pk}/save/", {"odometer": " seventy-one "}, headers={"X-Requested-With": "fetch"}
    )
    assert answer.status_code == 204
    begun.refresh_from_db()
    assert begun.typed == {"odometer": " seventy-one "}
    assert "seventy-one" in ada.get(begun.get_absolute_url()).content.decode()
    entry = Entry.objects.about(begun).newest_first()[0]
    assert (entry.event, entry.detail["fields"]) == ("write_up.saved", ["odometer"])


def test_saving_the_same_again_leaves_no_second_trace(ada: Client, begun: WriteUp) -> None:
    for _ in range(2):
        ada.post(f"/write-ups/{begun.pk}/save/", {"tag": "T51"}, headers={"X-Requested-With": "fetch"})
    assert Entry.objects.about(begun).filter(event="write_up.saved").count() == 1


def test_without_scripts_saving_goes_back_to_the_page_or_the_board(ada: Client, begun: WriteUp) -> None:
    url = f"/write-ups/{begun.pk}/save/"
    assert ada.post(url, {"tag": "T1"}).headers["Location"] == begun.get_absolute_url()
    assert ada.post(url, {"tag": "T2", "then": "board"}).headers["Location"] == "/lane/"


def test_a_box_that_was_unticked_is_unticked(ada: Client, begun: WriteUp) -> None:
    ada.post(f"/write-ups/{begun.pk}/save/", {"services": ["LOF"]})
    ada.post(f"/write-ups/{begun.pk}/save/", {"whole": "1", "tag": "T1"})
    begun.refresh_from_db()
    assert begun.typed["services"] == []


def test_nothing_is_chosen_or_ticked_before_they_say_so(ada: Client, begun: WriteUp) -> None:
    ScheduleRow.objects.create(op_code="LOF", service="Oil", miles=5000, source="generic, not the maker's schedule")
    ada.post(f"/write-ups/{begun.pk}/save/", {"odometer": "71902"})
    page = ada.get(begun.get_absolute_url()).content.decode()
    form = page[page.index('id="writeup-form"') : page.index("</form>", page.index('id="writeup-form"'))]
    assert " checked" not in form
    assert " selected" not in form
    assert "Every 5,000 mi, and we have no record of it. Generic, not the maker&#x27;s schedule." in page
    assert "maker requires" not in page.lower()


def test_what_is_due_is_asked_for_again_when_the_miles_are_known(ada: Client, begun: WriteUp) -> None:
    ScheduleRow.objects.create(op_code="LOF", service="Oil", miles=5000, source="generic, not the maker's schedule")
    assert "Every 5,000 mi" not in ada.get(begun.get_absolute_url()).content.decode()
    ada.post(f"/write-ups/{begun.pk}/save/", {"odometer": "71902"})
    due = ada.get(f"/write-ups/{begun.pk}/due/").content.decode()
    assert "Every 5,000 mi, and we have no record of it." in due
    assert "<html" not in due
    assert " checked" not in due


def test_opening_goes_to_the_order(ada: Client, begun: WriteUp) -> None:
    answer = post_open(ada, begun)
    order = RepairOrder.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/orders/{order.pk}/")
    assert order.vehicle == begun.vehicle
    assert ada.get(begun.get_absolute_url()).headers["Location"] == f"/orders/{order.pk}/"


@pytest.mark.parametrize(
    ("left_out", "field", "sentence"),
    [
        ("odometer", "odometer", "Enter the miles on the odometer."),
        ("purpose", "purpose", "Write down why they came, in their own words."),
        ("contact", "contact", "Say who may authorize work, and how to reach them."),
        ("promised", "promised", "Pick the time you promise."),
        ("designee_limit", "designee_limit", "Enter the most Julie Brandt may say yes to"),
        ("plate", "vin", "Enter the VIN or the plate."),
    ],
)
def test_a_missing_fact_is_named_with_a_link_to_its_field_and_nothing_is_lost(
    ada: Client, begun: WriteUp, left_out: str, field: str, sentence: str
) -> None:
    answer = post_open(ada, begun, tag="T99", **{left_out: ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<a href="#id_{field}">{sentence}' in page
    assert f'id="id_{field}"' in page
    assert 'value="T99"' in page
    assert not RepairOrder.objects.exists()


def test_a_wrong_value_stays_in_its_field_beside_its_sentence(ada: Client, begun: WriteUp) -> None:
    page = post_open(ada, begun, odometer="about 70k").content.decode()
    assert 'value="about 70k"' in page
    assert "Enter the miles as digits, like 71,902." in page


def test_the_same_form_twice_makes_one_order(ada: Client, begun: WriteUp) -> None:
    fields = complete()
    ada.post(f"/write-ups/{begun.pk}/save/", fields)
    begun.refresh_from_db()
    words = writeup.words_to_sign(begun, at=timezone.now())
    form = {"form_key": str(uuid4()), "words_shown": words, **fields}
    first = ada.post(f"/write-ups/{begun.pk}/open/", form)
    second = ada.post(f"/write-ups/{begun.pk}/open/", form)
    assert first.headers["Location"] == second.headers["Location"] == f"/orders/{RepairOrder.objects.get().pk}/"


def test_words_that_were_never_shown_are_not_signed(ada: Client, begun: WriteUp) -> None:
    answer = ada.post(
        f"/write-ups/{begun.pk}/open/",
        {"form_key": str(uuid4()), "words_shown": "Do whatever you want.", **complete()},
    )
    assert answer.status_code == 422
    assert "Ask them to read it once more" in answer.content.decode()
    assert not RepairOrder.objects.exists()


def test_a_car_already_here_is_refused_with_a_link_to_its_order(cast: Cast, ada: Client, begun: WriteUp) -> None:
    order = make_order(cast, customer=begun.customer, vehicle=begun.vehicle)
    answer = post_open(ada, begun)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'already here on <a href="/orders/{order.pk}/">RO {order.number}</a>' in page
    assert RepairOrder.objects.count() == 1


def test_starting_the_same_car_twice_is_one_write_up(cast: Cast, ada: Client, begun: WriteUp) -> None:
    assert begun.vehicle
    answer = ada.post("/write-ups/new/", {"form_key": str(uuid4()), "vehicle": begun.vehicle.pk})
    assert answer.headers["Location"] == begun.get_absolute_url()


def test_a_plate_nobody_knows_starts_a_blank_write_up(ada: Client, cast: Cast) -> None:
    ada.post("/write-ups/new/", {"form_key": str(uuid4()), "plate": "9XYZ001", "first_name": "Hana"})
    write_up = WriteUp.objects.get()
    assert write_up.typed == {"plate": "9XYZ001", "first_name": "Hana"}
    assert write_up.customer is None


def test_a_wrong_character_of_the_vin_is_named_and_mended_on_request(ada: Client, begun: WriteUp) -> None:
    ada.post(f"/write-ups/{begun.pk}/save/", {"vin": "1HGCM82633A0043S2"})
    page = ada.get(f"/write-ups/{begun.pk}/check/").content.decode()
    assert "Character 16 looks wrong: S." in page
    ada.post(f"/write-ups/{begun.pk}/save/", {"vin": "1HGCM82633A0043S2", "then": "vin:1HGCM82633A004352"})
    begun.refresh_from_db()
    assert begun.typed["vin"] == "1HGCM82633A004352"


def test_what_the_vin_says_is_a_proposal_until_it_is_taken(cast: Cast, ada: Client) -> None:
    make_menu(cast)
    write_up = writeup.start(rooftop=cast.north, typed={"vin": "1HGCM82633A004352"}, by=cast.ada, at=timezone.now())
    assert "The VIN says: 2003 Honda Accord" in ada.get(write_up.get_absolute_url()).content.decode()
    write_up.refresh_from_db()
    assert "make" not in write_up.typed
    ada.post(f"/write-ups/{write_up.pk}/save/", {"then": "decoded"})
    post_open(ada, write_up, vin="1HGCM82633A004352", first_name="Hana", phone="(415) 555-0177")
    order = RepairOrder.objects.get()
    assert order.vehicle
    assert order.vehicle.title.lower().startswith("2003 honda accord")
    decode = order.vehicle.decodes.get()
    assert (decode.accepted_by, decode.proposal["model"]) == (cast.ada, "Accord")


def test_mileage_below_the_last_visit_warns_and_does_not_block(cast: Cast, ada: Client, begun: WriteUp) -> None:
    make_order(
        cast,
        customer=begun.customer,
        vehicle=begun.vehicle,
        odometer_in=80000,
        status="closed",
        closed_at=AT,
        opened_at=AT - timedelta(days=200),
    )
    ada.post(f"/write-ups/{begun.pk}/save/", {"odometer": "71,902"})
    assert "Check that 71,902 is right." in ada.get(f"/write-ups/{begun.pk}/check/").content.decode()
    assert post_open(ada, begun).status_code == 302


def test_tread_colors_follow_the_reading(ada: Client, begun: WriteUp) -> None:
    ada.post(f"/write-ups/{begun.pk}/save/", {"tread_LF": "6", "tread_RR": "3", "tread_LR": "4"})
    page = ada.get(f"/write-ups/{begun.pk}/check/").content.decode()
    assert "Needs attention now" in page
    assert "Can wait" in page
    assert "Good" in page
    assert "Not read yet" in page


def test_counter_view_leaves_the_brief_and_the_phone_out(cast: Cast, ada: Client, begun: WriteUp) -> None:
    Complaint.objects.create(
        rooftop=cast.north,
        customer=begun.customer,
        words="Nobody called me back.",
        side="service",
        owner=cast.max,
        due_at=AT,
        opened_by=cast.ada,
        opened_at=AT,
    )
    assert "Nobody called me back." in ada.get(begun.get_absolute_url()).content.decode()
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    page = ada.get(begun.get_absolute_url()).content.decode()
    assert "Nobody called me back." not in page
    assert "Brief on" not in page
    assert "Theo B." in page
    assert "Brandt" not in page


def test_who_may_be_spoken_to_is_named_where_somebody_else_may_say_yes(cast: Cast, ada: Client, begun: WriteUp) -> None:
    julie = make_customer("Julie", "Okafor", phone="")
    for kind in (Tie.Kind.CONTACT, Tie.Kind.DECIDES):
        Tie.objects.create(customer=julie, vehicle=begun.vehicle, kind=kind)
    Tie.objects.create(customer=begun.customer, vehicle=begun.vehicle, kind=Tie.Kind.DECIDES)
    page = ada.get(begun.get_absolute_url()).content.decode()
    assert "Authorized for this car: Julie Okafor. A yes needs a name and an amount here." in page
    assert '<option value="Julie Okafor"></option>' in page
    assert 'name="designee_name" value=""' in page  # nobody is filled in for them
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    assert "Okafor" not in ada.get(begun.get_absolute_url()).content.decode()


def test_a_dropped_write_up_does_not_open(ada: Client, begun: WriteUp) -> None:
    ada.post(f"/write-ups/{begun.pk}/drop/", {"form_key": str(uuid4())})
    begun.refresh_from_db()
    assert begun.dropped_at
    answer = ada.post(f"/write-ups/{begun.pk}/open/", {"form_key": str(uuid4()), **complete()})
    assert answer.headers["Location"] == "/lane/"
    assert not RepairOrder.objects.exists()


VERBS = ["", "check/", "due/", "here/", "save/", "choose/", "mark/", "unmark/", "undo/", "open/", "drop/", "photos/"]


@pytest.mark.parametrize("verb", VERBS)
def test_mallory_from_another_rooftop_finds_no_write_up(cast: Cast, client: Client, begun: WriteUp, verb: str) -> None:
    client.force_login(cast.mallory)
    url = f"/write-ups/{begun.pk}/{verb}"
    ask = client.get if verb in ("", "check/", "due/", "here/") else client.post
    assert ask(url, {"form_key": str(uuid4()), "tag": "M"}).status_code == 404
    begun.refresh_from_db()
    assert begun.typed == {}


@pytest.mark.parametrize("verb", ["", "save/", "open/", "drop/"])
def test_sam_of_sales_and_tess_the_technician_may_not_write_up(
    cast: Cast, client: Client, begun: WriteUp, verb: str
) -> None:
    for staff in (cast.sam, cast.tess):
        client.force_login(staff)
        ask = client.get if verb == "" else client.post
        assert ask(f"/write-ups/{begun.pk}/{verb}", {"form_key": str(uuid4())}).status_code == 403


def test_the_page_costs_the_same_with_a_long_menu_and_a_long_history(
    cast: Cast, ada: Client, begun: WriteUp, django_assert_max_num_queries: Any
) -> None:
    def more(place: int) -> None:
        mark = damage.mark_damage(
            write_up=begun, place=PLACES[place % 15], kind="scratch", by=cast.ada, at=timezone.now()
        )
        Photo.objects.create(rooftop=cast.north, write_up=begun, damage=mark, by=cast.ada, taken_at=AT)
        OpCode.objects.create(
            rooftop=cast.north, code=f"OP{place}", name="Service", nature="maintenance", labor_hours=1
        )
        ScheduleRow.objects.create(op_code=f"OP{place}", service="Service", miles=5000, source="generic")
        make_order(
            cast,
            customer=begun.customer,
            vehicle=begun.vehicle,
            number=f"3{place}",
            status="closed",
            closed_at=AT,
            opened_at=AT - timedelta(days=place),
        )

    more(1)
    with CaptureQueriesContext(connection) as once:
        ada.get(begun.get_absolute_url())
    for place in range(2, 30):
        more(place)
    with django_assert_max_num_queries(len(once)):
        ada.get(begun.get_absolute_url())
