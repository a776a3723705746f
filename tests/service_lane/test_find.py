"""The find box."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Address, ContactPoint, Customer, CustomerNumber, Household, Tie, Vehicle
from customers.search import fold_words
from dealership.http import COUNTER_VIEW_KEY
from service_lane.find import MOST, find
from service_lane.models import Appointment, RepairOrder, WriteUp
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle

VIN = "5FPYK3F73JB004183"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    return AT


def known(
    first: str = "Theo", last: str = "Brandt", phone: str = "+14155550142", **car: Any
) -> tuple[Customer, Vehicle]:
    customer = make_customer(first, last, phone=phone)
    fold_words(customer)
    return customer, make_vehicle(customer, **car)


def found(text: str, cast: Cast) -> dict[str, list[str]]:
    return {group.title: [row.name for row in group.rows] for group in find(text, cast.north, AT).groups}


def test_a_car_is_here_now_then_due_then_past(cast: Cast) -> None:
    theo, truck = known()
    julie, outback = known("Julie", "Brandt", "+14155550177", plate="8LPN027")
    known("Max", "Brandt", "", plate="6KWD553")
    make_order(cast, customer=theo, vehicle=truck)
    Appointment.objects.create(
        rooftop=cast.north, customer=julie, vehicle=outback, due_at=AT + timedelta(hours=3), purpose="Tires"
    )
    assert found("brandt", cast) == {
        "Here now": ["Theo Brandt"],
        "Due today": ["Julie Brandt"],
        "Past": ["Max Brandt"],
    }


@pytest.mark.parametrize(
    "typed",
    [
        *("7TRB418", "7trb 418", "7trb", VIN, VIN.lower(), VIN[:6], VIN[-6:], VIN[5:12]),
        *("(415) 555-0142", "0142", "415555", "theo", "BRANDT THEO", "Brändt, Théo", "brant"),
    ],
)
def test_one_car_is_found_by_anything_known_of_it(cast: Cast, typed: str) -> None:
    known(vin=VIN)
    known("Grace", "Lindqvist", "+12065550100", plate="9ZZZ999", vin="1HGCM82633A004352")
    rows = find(typed, cast.north, AT).rows
    assert [row.name for row in rows] == ["Theo Brandt"]


def test_an_order_is_found_by_its_number_and_its_tag(cast: Cast) -> None:
    theo, truck = known()
    order = make_order(cast, customer=theo, vehicle=truck, number="48231", tag="A 17")
    for typed in ("48231", "RO 48231", "4823", "A17", "a 17"):
        assert [row.order_id for row in find(typed, cast.north, AT).rows] == [order.pk], typed
    old = RepairOrder.objects.create(
        rooftop=cast.north, number="46112", source="dms", customer=theo, opened_at=AT, status="closed", closed_at=AT
    )
    assert [row.order_id for row in find("46112", cast.north, AT).rows] == [old.pk]


def test_a_car_here_is_found_though_many_share_the_name(cast: Cast) -> None:
    for n in range(2 * MOST):
        known("Ann", "Smith", "", plate=f"1AAA{n:03}")
    zoe, car = known("Zoe", "Smith", "", plate="9ZZZ999")
    make_order(cast, customer=zoe, vehicle=car)
    groups = find("smith", cast.north, AT).groups
    assert [row.name for row in groups[0].rows] == ["Zoe Smith"]
    assert len(groups[1].rows) == MOST


def test_a_write_up_is_found_by_what_was_typed_into_it(cast: Cast) -> None:
    write_up = WriteUp.objects.create(
        rooftop=cast.north,
        advisor=cast.ada,
        typed={"plate": "3abc456", "last_name": "Newman"},
        started_at=AT,
        saved_at=AT,
    )
    for typed in ("3ABC456", "newman"):
        assert [row.write_up_id for row in find(typed, cast.north, AT).rows] == [write_up.pk]


def test_an_appointment_of_another_day_is_not_due_today(cast: Cast) -> None:
    theo, truck = known()
    Appointment.objects.create(
        rooftop=cast.north, customer=theo, vehicle=truck, due_at=AT + timedelta(days=1), purpose="Oil"
    )
    assert list(found("brandt", cast)) == ["Past"]


def test_what_is_here_at_another_rooftop_is_not_here(cast: Cast) -> None:
    theo, truck = known()
    make_order(cast, customer=theo, vehicle=truck, rooftop=cast.river, number="99001")
    assert list(found("7TRB418", cast)) == ["Past"]
    assert found("99001", cast) == {}


def test_other_spellings_are_tried_only_when_nothing_fits(cast: Cast) -> None:
    known()
    known("Ann", "Brant", "", plate="1BBB111")
    assert found("brant", cast) == {"Past": ["Ann Brant"]}
    assert not find("brant", cast.north, AT).spelled
    assert find("brantd", cast.north, AT).spelled


def test_a_car_sold_on_is_found_with_nobody(cast: Cast) -> None:
    _, truck = known()
    Tie.objects.filter(vehicle=truck).update(until_date=AT.date())
    [row] = find("7TRB418", cast.north, AT).rows
    assert (row.customer_id, row.vehicle_id) == (None, truck.pk)


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("9XYZ123", "plate", "9XYZ123"),
        ("(415) 555-0199", "phone", "+14155550199"),
        ("Mary Ann Jones", "last_name", "Jones"),
        ("1HGCM82633A004352", "vin", "1HGCM82633A004352"),
        ("x@example.com", "email", "x@example.com"),
    ],
)
def test_nobody_found_starts_somebody_new(client, cast: Cast, at: Any, typed: str, field: str, value: str) -> None:
    client.force_login(cast.ada)
    page = client.get(reverse("service_lane:find"), {"q": typed})
    assert f"{field}=" in page.context["new_url"]
    answer = find(typed, cast.north, AT)
    assert answer.new[field] == value
    client.force_login(cast.tess)
    assert client.get(reverse("service_lane:find"), {"q": typed}).context["new_url"] == ""


def test_a_wrong_check_digit_names_the_character(client, cast: Cast) -> None:
    client.force_login(cast.ada)
    page = client.get(reverse("service_lane:find"), {"q": "1HGCM82633A0043S2"}).content.decode()
    assert "Character 16 looks wrong: S" in page


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("1HGCM82633A00435Z", "Character 17: is the Z a 2?"),
        ("1HGCM8263A3004352", "Characters 10 and 11: is A3 really 3A?"),
        ("1HGCM82633AO04352", "Character 12: is the O a 0?"),
    ],
)
def test_a_vin_with_one_slip_offers_the_car_it_may_be_and_goes_there_only_when_told(
    client, cast: Cast, typed: str, question: str
) -> None:
    known(vin="1HGCM82633A004352")
    client.force_login(cast.ada)
    page = client.get(reverse("service_lane:find"), {"q": typed})
    assert page.status_code == 200  # nobody is sent to a car whose VIN is not the one they typed
    assert question in page.content.decode()
    assert "Theo Brandt" in page.content.decode()
    assert f"vin={typed}" in page.context["new_url"]


def test_a_vin_that_looks_wrong_costs_no_further_question(client, cast: Cast) -> None:
    with CaptureQueriesContext(connection) as right:
        find("1HGCM82633A004352", cast.north, AT)
    with CaptureQueriesContext(connection) as wrong:
        find("1HGCM82633A0043S2", cast.north, AT)
    assert len(wrong) == len(right) == 2


def test_enter_goes_to_what_can_only_be_meant(client, cast: Cast) -> None:
    theo, truck = known()
    client.force_login(cast.ada)
    url = reverse("service_lane:find")
    response = client.get(url, {"q": "7TRB418"})
    assert response.url == reverse("customers:customer", args=[theo.pk])
    order = make_order(cast, customer=theo, vehicle=truck)
    assert client.get(url, {"q": "7TRB418"}).url == order.get_absolute_url()
    assert client.get(url, {"q": "7TRB418", "all": ""}).status_code == 200
    known("Julie", "Brandt", "", plate="8LPN027")
    page = client.get(url, {"q": "brandt"})
    assert page.status_code == 200
    assert page.content.decode().partition('id="results"')[2].partition("</main>")[0].count("autofocus") == 1


def test_htmx_gets_the_results_alone(client, cast: Cast) -> None:
    known()
    client.force_login(cast.ada)
    answer = client.get(reverse("service_lane:find"), {"q": "7TRB418"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Theo Brandt" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_only_service_finds(client, cast: Cast) -> None:
    url = reverse("service_lane:find")
    assert client.get(url).status_code == 302
    client.force_login(cast.sam)
    assert client.get(url, {"q": "brandt"}).status_code == 403
    client.force_login(cast.tess)
    assert client.get(url, {"q": "brandt"}).status_code == 200


def test_counter_view_leaves_names_phones_and_steps_out(client, cast: Cast) -> None:
    theo, truck = known()
    make_order(cast, customer=theo, vehicle=truck, step="Julie must call about the price")
    known("Julie", "Brandt", "+14155550177", plate="8LPN027")
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    page = client.get(reverse("service_lane:find"), {"q": "br"}).content.decode()
    shown = page[page.index('id="results"') :]
    assert "Theo B." in shown
    assert "Julie B." in shown
    for hidden in ("Brandt", "555", "call about the price"):
        assert hidden not in shown


@pytest.mark.parametrize("typed", ["", " ", "a", "%", "\x00\x00", "'; DROP TABLE x; --", "٣٤٥", "x" * 5000, "@" * 99])
def test_any_text_is_answered(client, cast: Cast, typed: str) -> None:
    client.force_login(cast.ada)
    assert client.get(reverse("service_lane:find"), {"q": typed}).status_code == 200


def test_it_asks_as_often_for_fifty_as_for_one(client, cast: Cast) -> None:
    client.force_login(cast.ada)

    def cost(text: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("service_lane:find"), {"q": text, "all": ""}).status_code == 200
        return len(queries)

    known()
    texts = ("brandt", "7TRB", "0142", "brantd", VIN[5:12])
    client.get(reverse("service_lane:find"), {"q": "x"})
    first = [cost(text) for text in texts]
    for n in range(50):
        customer, car = known("Theo", "Brandt", f"+1415555{n:04}", plate=f"7TRB{n:03}")
        if n % 2:
            make_order(cast, customer=customer, vehicle=car)
    assert [cost(text) for text in texts] == first


# --- the household ---------------------------------------------------------------------------------------------------


def home_of_three(cast: Cast) -> tuple[Household, dict[str, str]]:
    """Theo, Julie and Max with a car each, one that a firm owns; and what is known of them, by what kind it is."""
    home = Household.objects.create(name="Brandt")
    theo, _ = known(vin=VIN)
    julie, _ = known("Julie", "Okafor", "+14155550177", plate="8LPN027", make="SUBARU", model="Outback")
    firm = make_customer("", "", phone="", kind="business", business_name="Alder Plumbing")
    fold_words(firm)
    van = make_vehicle(firm, plate="2VAN111", model="Odyssey")
    max_, _ = known("Maximilian", "Brandt", "+14155550188", plate="6KWD553", model="Civic")
    Tie.objects.create(customer=max_, vehicle=van, kind=Tie.Kind.DRIVES)
    Customer.objects.filter(pk__in=(theo.pk, julie.pk, max_.pk)).update(household=home)
    ContactPoint.objects.create(customer=julie, kind="email", value="julie@example.com")
    Address.objects.create(customer=julie, street="12 Alder Court", city="Mill Valley")
    Vehicle.objects.filter(plate="6KWD553").update(policy_number="PAK4471009")
    CustomerNumber.objects.create(rooftop=cast.river, number="C-100440", customer=max_)
    RepairOrder.objects.create(
        rooftop=cast.north, number="46112", source="dms", customer=julie, opened_at=AT, status="closed", closed_at=AT
    )
    return home, {
        "name": "okafor",
        "other name": "maximilian",
        "phone": "(415) 555-0188",
        "end of a phone": "0177",
        "e-mail": "julie@example.com",
        "plate": "6KWD553",
        "plate of a firm's car": "2VAN111",
        "end of a VIN": VIN[-6:],
        "beginning of a VIN": VIN[:8],
        "middle of a VIN": VIN[5:12],
        "order": "46112",
        "number elsewhere": "c-100440",
        "address": "12 alder c",
        "insurance policy": "pak 447-1009",
    }


def test_anything_known_of_anybody_in_the_household_reaches_it(client, cast: Cast) -> None:
    home, ways = home_of_three(cast)
    known("Grace", "Lindqvist", "+12065550100", plate="9ZZZ999")
    client.force_login(cast.ada)
    for kind, typed in ways.items():
        rows = find(typed, cast.north, AT).rows
        assert {row.household_id for row in rows} == {home.pk}, kind
        page = client.get(reverse("service_lane:find"), {"q": typed, "all": ""}).content.decode()
        assert home.get_absolute_url() in page, kind
        assert "Julie Okafor, Maximilian Brandt, Theo Brandt; 2018 Ridgeline, 2018 Outback" in page, kind
        assert "2018 Odyssey, 2018 Civic" in page, kind
    assert [row.household_id for row in find("lindqvist", cast.north, AT).rows] == [None]


def test_counter_view_shortens_who_is_in_the_household(client, cast: Cast) -> None:
    home_of_three(cast)
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    page = client.get(reverse("service_lane:find"), {"q": "8LPN027", "all": ""}).content.decode()
    shown = page[page.index('id="results"') :]
    assert "Julie O., Maximilian B., Theo B." in shown
    assert "Okafor" not in shown
    assert "Brandt" not in shown


@pytest.mark.parametrize("typed", ["C-10044", "PAK447100"])
def test_a_number_of_another_system_or_an_insurer_is_found_whole_only(cast: Cast, typed: str) -> None:
    home_of_three(cast)
    assert find(typed, cast.north, AT).rows == ()


def test_whoever_is_here_is_found_here_by_address_and_by_policy(cast: Cast) -> None:
    theo, truck = known(policy_number="PAK4471009")
    Address.objects.create(customer=theo, street="12 Alder Court")
    make_order(cast, customer=theo, vehicle=truck)
    for typed in ("12 Alder", "PAK 4471009"):
        assert found(typed, cast) == {"Here now": ["Theo Brandt"]}, typed


# --- what it costs ---------------------------------------------------------------------------------------------------

MANY = """
INSERT INTO customers_customer (kind, first_name, last_name, business_name, language, created_at)
SELECT 'person', 'Ann', 'Smith' || n, '', 'en', now() FROM generate_series(1, 3000) n;
INSERT INTO customers_nameword (customer_id, word)
SELECT id, unnest(ARRAY[lower(last_name), 'ann']) FROM customers_customer;
INSERT INTO customers_contactpoint (customer_id, kind, value, digits, label, preferred, source)
SELECT id, 'phone', '+1' || number, number, '', true, '' FROM (
    SELECT id, (2000000000 + id * 7919 % 7999999999)::text AS number FROM customers_customer) c;
INSERT INTO customers_vehicle (vin, plate, plate_region, make, model, trim, body, color, policy_number, created_at)
SELECT '1HG' || upper(substr(md5(n::text), 1, 8)) || lpad(n::text, 6, '0'), lpad(n::text, 4, '0') || 'ZZZ', '', '', '',
       '', 'sedan', '', '', now()
FROM generate_series(1, 3000) n;
INSERT INTO customers_address (customer_id, street, city, region, postal_code, source)
SELECT id, id || ' Alder Court', '', '', '', '' FROM customers_customer;
ANALYZE customers_address, customers_customer, customers_nameword, customers_contactpoint, customers_vehicle;
"""
TABLES = {"customers_nameword", "customers_contactpoint", "customers_vehicle", "customers_address"}
READ = """
SELECT relname, pg_stat_get_xact_numscans(oid) FROM pg_class
WHERE relname ~ '^(customers|vehicle|contact|name_word|address)_' AND relkind IN ('r', 'i')
"""


def scans() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return dict(cursor.fetchall())


def test_each_thing_the_text_may_be_is_looked_for_in_its_own_index(cast: Cast) -> None:
    find("smith", cast.north, AT)  # planned while there was nothing to read
    with connection.cursor() as cursor:
        cursor.execute(MANY)
    typed = {
        "0012ZZZ": {"vehicle_vin_prefix", "vehicle_vin_suffix", "vehicle_plate_prefix"},
        "smith": {"name_word_prefix", "vehicle_plate_prefix"},
        "ann smith12": {"vehicle_vin_prefix", "vehicle_vin_suffix", "name_word_prefix"},
        "0079": {"contact_digits", "contact_digits_reversed", "vehicle_plate_prefix"},
        "(200) 000-7919": {"contact_value"},
        "a@example.com": {"contact_value"},
        "77 a": {"address_street"},
        "pak 4471-0092-2105-537": {"vehicle_policy"},
    }
    for text, indexes in typed.items():
        before = scans()
        find(text, cast.north, AT)
        read = {name for name, times in scans().items() if times > before[name]}
        assert indexes <= read, text
        assert not read & TABLES, text


def test_what_was_planned_may_be_thrown_away_at_any_time(cast: Cast) -> None:
    known()
    answer = find("brandt", cast.north, AT)
    assert answer.only
    with closing(connection.copy()) as another, another.cursor() as cursor:
        cursor.execute("SELECT * FROM service_lane_find('{}', 1, now(), now())")
        assert cursor.fetchall() == []
    with connection.cursor() as cursor:
        for happened in ("DISCARD PLANS", "ALTER TABLE customers_vehicle ADD later int", "DROP INDEX name_word_prefix"):
            cursor.execute(happened)
            assert find("brandt", cast.north, AT) == answer, happened


def test_what_is_found_as_typed_is_one_statement_and_other_spellings_are_two_more(cast: Cast) -> None:
    home_of_three(cast)
    costs = {"8LPN027": 1, "brandt theo": 1, "brandt max": 1, "jo": 1, "brantd": 3, "12 alder": 2}
    for typed, statements in costs.items():
        with CaptureQueriesContext(connection) as asked:
            find(typed, cast.north, AT)
        assert len(asked) == statements, typed
