"""Importing an export into the tables: the truth, twice; a later export; a dry run; what a person corrected."""

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.consents import may_send
from customers.models import Address, Consent, ContactPoint, Customer, CustomerNumber, KnownWord, NameWord, Tie, Vehicle
from dealership import outbox
from dealership.models import Entry, OutboxMessage
from service_lane.actions.dms_import import import_file
from service_lane.models import DmsImport, RepairOrder, ServiceLine
from tests.cast import AT, Cast, make_cast, make_order
from tests.service_lane.test_dms_export import DEMO, written

EXPORT = DEMO / "ro_export.csv"
TABLES = (
    Customer,
    CustomerNumber,
    NameWord,
    KnownWord,
    ContactPoint,
    Address,
    Vehicle,
    Tie,
    Consent,
    RepairOrder,
    ServiceLine,
)


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def bring(cast: Cast, *rows: dict[str, str], dry_run: bool = False, rooftop: Any = None) -> dict[str, Any]:
    return import_file(
        stream=io.BytesIO(written(*rows)),
        filename="rows.csv",
        rooftop=rooftop or cast.north,
        by=cast.max,
        at=AT,
        dry_run=dry_run,
    )


def versions() -> dict[str, set[tuple]]:
    """Which version of each row the tables hold."""
    found = {}
    with connection.cursor() as cursor:
        for model in TABLES:
            table = model._meta.db_table
            cursor.execute(f"SELECT xmin::text, ctid::text, {model._meta.pk.column} FROM {table}")
            found[table] = set(cursor.fetchall())
    return found


def as_truth_has_it(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures under the truth's names.  Its sums are text of mixed form ("-95", "0.00"): amounts are compared."""
    names = {
        "data_rows": "rows",
        "ros": "repair_orders",
        "void_ros": "void_repair_orders",
        "vins": "vehicles",
        "no_vin_ros": "repair_orders_without_vin",
        "customers_numbers": "customer_numbers",
        "block_customers": "do_not_message_customers",
        "duplicate_rows": "duplicate_rows",
        "rejected": "rejected",
    }
    told = {name: figures[key] for name, key in names.items()}
    for what in ("labor", "parts", "misc"):
        told[what] = {pay_type: Decimal(dollars) for pay_type, dollars in figures[what].items()}
    return told | {"tax": Decimal(figures["tax"])}


def truth() -> dict[str, Any]:
    told = json.loads((DEMO / "ro_export.truth.json").read_text())
    for what in ("labor", "parts", "misc"):
        told[what] = {pay_type: Decimal(dollars) for pay_type, dollars in told[what].items()}
    told["tax"] = Decimal(told["tax"])
    del told["notes"], told["warned"]
    return told


def test_the_command_prints_the_truth_twice_and_the_second_time_changes_no_row(cast: Cast) -> None:
    said = []
    kept = []
    for _ in range(2):
        out = io.StringIO()
        call_command("import_dms", EXPORT, rooftop="NORTH", json=True, stdout=out)
        said.append(json.loads(out.getvalue()))
        kept.append(versions())
    assert as_truth_has_it(said[0]) == truth()
    assert said[1] == said[0]
    assert kept[1] == kept[0]
    assert all(kept[0].values())
    assert list(said[0]) == [
        "rows",
        "repair_orders",
        "void_repair_orders",
        "vehicles",
        "repair_orders_without_vin",
        "customer_numbers",
        "do_not_message_customers",
        "duplicate_rows",
        "rejected",
        "labor",
        "parts",
        "misc",
        "tax",
    ]
    assert {amount[-3] for amount in (*said[0]["labor"].values(), *said[0]["misc"].values(), said[0]["tax"])} == {"."}


def test_a_dry_run_tells_the_same_and_writes_nothing(cast: Cast) -> None:
    before = versions()
    out = io.StringIO()
    call_command("import_dms", EXPORT, rooftop="NORTH", json=True, dry_run=True, stdout=out)
    assert as_truth_has_it(json.loads(out.getvalue())) == truth()
    assert versions() == before
    assert not DmsImport.objects.exists()
    assert not Entry.objects.exists()


def test_the_command_says_it_in_sentences_too(cast: Cast) -> None:
    out = io.StringIO()
    call_command("import_dms", EXPORT, rooftop="NORTH", dry_run=True, stdout=out)
    assert "1,493 repair orders, 34 of them void" in out.getvalue()
    assert "row 37: labor not an amount" in out.getvalue()
    assert "nothing was written" in out.getvalue()


def test_the_command_refuses_an_unknown_rooftop_a_missing_file_and_wrong_columns(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no rooftop WEST"):
        call_command("import_dms", EXPORT, rooftop="WEST")
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_dms", tmp_path / "none.csv", rooftop="NORTH")
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(written().replace(b"RONumber", b"Order"))
    with pytest.raises(CommandError, match=r"Missing: RONumber. Not known: Order."):
        call_command("import_dms", wrong, rooftop="NORTH")


def test_one_row_becomes_customer_car_order_and_line(cast: Cast) -> None:
    bring(cast, {"linCause": "WORN\r\nTHIN", "mlsSale": "(5.00)", "BlockAutoMsg": "Y"})
    order = RepairOrder.objects.get()
    assert (order.number, order.source, order.status, order.stay, order.dms_tax, order.pay_types) == (
        "400000", "dms", "closed", "waits", Decimal("6.90"), "C",
    )  # fmt: skip
    assert order.opened_at == datetime(2021, 5, 15, 14, 5, tzinfo=UTC)
    assert order.promised_at == datetime(2021, 5, 15, 18, 30, tzinfo=UTC)
    assert order.closed_at == order.opened_at
    assert (order.advisor_name, order.odometer_in, order.odometer_out) == ("Rachel Bell", 133969, 133970)
    assert order.dms_import == DmsImport.objects.get()

    customer = order.customer
    assert (customer.name, customer.kind, str(customer.since_date)) == ("Michael Smith", "person", "2021-05-15")
    assert customer.numbers.get().number == "100440"
    assert set(customer.name_words.values_list("word", flat=True)) == {"michael", "smith"}
    assert KnownWord.objects.filter(word="smith").exists()
    assert set(customer.contact_points.values_list("kind", "value", "digits", "preferred", "source")) == {
        ("phone", "+17815310027", "7815310027", True, "DMS"),
        ("email", "ms@example.com", "", True, "DMS"),
    }
    assert str(customer.addresses.get()) == "1 Oak St, Bell CA 90201"
    assert order.vehicle.ties.get().customer == customer
    assert order.vehicle.title == "2012 Ford E-350"
    assert order.vehicle.plate == "UVR2227"

    line = order.service_lines.get()
    assert (line.line_code, line.position, line.cause, line.misc) == ("A", 1, "WORN\nTHIN", Decimal("-5.00"))
    assert set(customer.consents.values_list("purpose", "channel", "granted", "source")) == {
        (purpose, "any", False, "DMS BlockAutoMsg") for purpose in ("repair_messages", "marketing", "satisfaction")
    }
    assert not Consent.objects.allows(customer, "repair_messages", "text")
    assert Entry.objects.get(event="import.finished").by == cast.max


def test_a_later_export_updates_its_orders_and_only_them(cast: Cast) -> None:
    bring(cast, {"RONumber": "1"}, {"RONumber": "2"}, {"RONumber": "2", "linLineCode": "B", "lbrSale": "10"})
    before = versions()
    bring(cast, {"RONumber": "2", "StatusCode": "V", "lbrSale": "150.00", "Mileage": ""})
    order = RepairOrder.objects.get(number="2")
    assert (order.status, order.closed_at, order.odometer_in) == ("void", None, 133969)
    assert order.service_lines.get().labor == Decimal("150.00")
    untouched = RepairOrder.objects.get(number="1")
    assert [version for version in versions()["service_lane_repairorder"] if version[2] == untouched.pk] == [
        version for version in before["service_lane_repairorder"] if version[2] == untouched.pk
    ]


def test_an_open_order_closes_when_a_later_export_says_so(cast: Cast) -> None:
    bring(cast, {"StatusCode": "O", "ClosedDate": ""})
    assert RepairOrder.objects.get().status == "open"
    bring(cast, {"ClosedDate": "05/17/2021"})
    order = RepairOrder.objects.get()
    assert (order.status, order.closed_at) == ("closed", datetime(2021, 5, 17, 7, 0, tzinfo=UTC))


def test_a_line_is_not_taken_away_by_an_export_whose_row_for_it_was_rejected(cast: Cast) -> None:
    bring(cast, {}, {"linLineCode": "B"})
    bring(cast, {}, {"linLineCode": "B", "lbrSale": "N/A"})
    assert ServiceLine.objects.count() == 2


def test_two_lines_under_one_letter_are_both_kept(cast: Cast) -> None:
    figures = bring(cast, {"lbrSale": "10"}, {"lbrSale": "20", "lbrOpCode": "X"}, {"lbrSale": "20", "lbrOpCode": "X"})
    assert list(ServiceLine.objects.values_list("line_code", "position", "labor")) == [
        ("A", 1, Decimal("10.00")), ("A", 2, Decimal("20.00")),
    ]  # fmt: skip
    assert figures["duplicate_rows"] == 1


def test_an_order_written_here_is_never_touched(cast: Cast) -> None:
    order = make_order(cast)
    figures = bring(cast, {"RONumber": order.number, "StatusCode": "V"}, {"RONumber": "9"})
    order.refresh_from_db()
    assert (order.status, order.source) == ("open", "lane")
    assert not order.service_lines.exists()
    assert figures["repair_orders"] == 1


def test_what_a_person_corrected_here_is_left_alone(cast: Cast) -> None:
    bring(cast, {})
    customer, vehicle = Customer.objects.get(), Vehicle.objects.get()
    Customer.objects.filter(pk=customer.pk).update(first_name="Mike", edited_at=AT)
    Vehicle.objects.filter(pk=vehicle.pk).update(model="E-450", edited_at=AT)
    bring(cast, {"Name1": "SMITHE,MICHAEL", "ContactPhoneNumber": "9162220000", "ModelDesc": "E-350 XL"})
    customer.refresh_from_db()
    vehicle.refresh_from_db()
    assert customer.name == "Mike Smith"
    assert customer.contact_points.filter(kind="phone").get().value == "+17815310027"
    assert vehicle.model == "E-450"


def test_a_newer_export_renames_a_customer_nobody_corrected_and_calls_the_newer_number(cast: Cast) -> None:
    bring(cast, {})
    newer = {"RONumber": "400001", "OpenDate": "01/02/2024", "ClosedDate": "01/02/2024"}
    bring(cast, newer | {"Name1": "MARTÍNEZ,MICHAEL", "ContactPhoneNumber": "9162220011"})
    customer = Customer.objects.get()
    assert customer.name == "Michael Martínez"
    assert set(customer.name_words.values_list("word", flat=True)) == {"michael", "martinez"}
    assert customer.contact_points.get(kind="phone", preferred=True).value == "+19162220011"


def test_a_newer_export_without_a_number_keeps_the_one_to_call(cast: Cast) -> None:
    bring(cast, {})
    called = ContactPoint.objects.get(kind="phone", preferred=True).value
    newer = {"RONumber": "400001", "OpenDate": "01/02/2024", "ClosedDate": "01/02/2024"}
    bring(cast, newer | {"ContactPhoneNumber": "", "ContactEmailAddress": ""})
    assert ContactPoint.objects.get(kind="phone", preferred=True).value == called


def test_an_older_export_does_not_undo_a_newer_one(cast: Cast) -> None:
    bring(cast, {"Name1": "NEWER,NAME", "LicenseNumber": "NEW1"})
    older = {"RONumber": "2", "OpenDate": "05/15/2019", "ClosedDate": "05/15/2019"}
    bring(cast, older | {"Name1": "OLDER,NAME", "LicenseNumber": "OLD1", "ContactPhoneNumber": "9162220011"})
    assert Customer.objects.get().name == "Name Newer"
    assert Vehicle.objects.get().plate == "NEW1"
    assert str(Customer.objects.get().since_date) == "2019-05-15"
    assert ContactPoint.objects.get(kind="phone").value == "+17815310027"


def test_a_yes_given_here_is_not_taken_back_by_the_same_old_flag(cast: Cast) -> None:
    bring(cast, {"BlockAutoMsg": "Y"})
    customer = Customer.objects.get()
    Consent.objects.create(
        customer=customer, purpose="repair_messages", channel="text", granted=True, words="Text me", text_version="1",
        source="at the counter", by=cast.ada, at=AT + timedelta(days=1),
    )  # fmt: skip
    bring(cast, {"BlockAutoMsg": "Y", "lbrSale": "1"})
    assert Consent.objects.allows(customer, "repair_messages", "text")


def test_no_automated_messages_in_the_dms_ends_every_kind_a_machine_writes_and_what_waits(cast: Cast) -> None:
    bring(cast, {})
    customer = Customer.objects.get()
    said: dict[str, Any] = {"customer": customer, "channel": "text", "words": "x", "text_version": "1", "at": AT}
    for purpose in ("marketing", "sales_use"):
        Consent.objects.create(purpose=purpose, granted=True, **said | {"at": AT - timedelta(days=1)})
    sent: dict[str, Any] = {"kind": "text", "to": "+17815310027", "body": "x", "rooftop": cast.north, "at": AT}
    ready = outbox.put(key="ready", purpose="car_ready", not_before=AT + timedelta(hours=1), **sent)
    theirs = outbox.put(key="sales", purpose="hello", use="sales_use", not_before=AT + timedelta(hours=1), **sent)
    other = outbox.put(key="other", purpose="car_ready", **sent | {"to": "+17815310028"})

    bring(cast, {"BlockAutoMsg": "Y", "lbrSale": "1"})

    for purpose in ("repair_messages", "marketing", "satisfaction"):
        refusal = may_send(customer, purpose, "text", AT + timedelta(days=1), rooftop=cast.north)
        assert refusal is not None
        assert "(DMS BlockAutoMsg," in refusal.why
    assert Consent.objects.allows(customer, "sales_use", "text")
    standing = dict(OutboxMessage.objects.values_list("key", "status"))
    assert standing == {ready.key: "canceled", theirs.key: "waiting", other.key: "waiting"}


def test_a_car_that_changed_hands_belongs_to_its_newest_visitor(cast: Cast) -> None:
    bring(cast, {})
    sold = {"RONumber": "2", "CustNo": "7", "Name1": "BUYER,BEA", "OpenDate": "05/15/2022", "ClosedDate": "05/15/2022"}
    bring(cast, sold)
    assert {(tie.customer.name, tie.until_date is None) for tie in Tie.objects.all()} == {
        ("Michael Smith", False), ("Bea Buyer", True),
    }  # fmt: skip


def test_rooftops_share_cars_and_not_customer_numbers(cast: Cast) -> None:
    bring(cast, {})
    bring(cast, {}, rooftop=cast.river)
    assert Vehicle.objects.count() == 1
    assert set(CustomerNumber.objects.values_list("rooftop__code", "number")) == {
        ("NORTH", "100440"),
        ("RIVER", "100440"),
    }
    assert Customer.objects.count() == 2
    assert RepairOrder.objects.count() == 2


def test_amounts_that_do_not_fit_are_said_and_nothing_is_written(cast: Cast, tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    huge.write_bytes(written(*({"linLineCode": f"{n}", "totRoTax": "9,999,999.99"} for n in range(11))))
    before = versions()
    with pytest.raises(CommandError, match="add up to more than"):
        call_command("import_dms", huge, rooftop="NORTH")
    assert versions() == before


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_one_rooftop_take_turns_and_lose_nothing() -> None:
    cast = make_cast()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            bring(cast, *({"RONumber": str(n), "CustNo": str(n % 50)} for n in range(400)))
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (RepairOrder.objects.count(), Customer.objects.count(), ServiceLine.objects.count()) == (400, 50, 400)
