"""A repair order opens only with what the law and a decent counter ask for."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service_lane.rules.writeup import Designee, WriteUpFacts, missing_to_open, missing_to_start, warnings_to_open

COMPLETE = WriteUpFacts(
    customer="Nora Feld",
    callback_contact="+14155550142",
    vin="1HGCM82633A004352",
    odometer_in=88_310,
    concern="It squeals when I back out in the morning.",
    arrived_at=datetime(2026, 3, 2, 8, 52, tzinfo=UTC),
    authorized_contact="Nora Feld, +14155550142",
    signed=True,
)


def fields(missing):
    return [one.field for one in missing]


def test_a_complete_write_up_may_open_and_start():
    assert missing_to_open(COMPLETE) == ()
    assert missing_to_start(COMPLETE) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer", " "),
        ("callback_contact", ""),
        ("vin", ""),
        ("odometer_in", None),
        ("odometer_in", -1),
        ("concern", "  "),
        ("arrived_at", None),
        ("authorized_contact", ""),
    ],
)
def test_each_thing_that_is_not_there_is_named_beside_its_field(field, value):
    missing = missing_to_open(replace(COMPLETE, **{field: value}))
    assert fields(missing) == [field]
    assert missing[0].message.endswith(".")


def test_a_plate_is_enough_without_a_vin():
    assert missing_to_open(replace(COMPLETE, vin="", plate="7ABC123")) == ()


def test_an_odometer_of_zero_is_a_reading():
    assert missing_to_open(replace(COMPLETE, odometer_in=0)) == ()


def test_a_second_voice_needs_a_limit():
    missing = missing_to_open(replace(COMPLETE, designees=(Designee("Julie", None),)))
    assert [one.message for one in missing] == [
        "Enter the most Julie may say yes to, like 300. If Julie may not say yes, take the name off."
    ]
    assert missing_to_open(replace(COMPLETE, designees=(Designee("Julie", Decimal(300)),))) == ()
    assert fields(missing_to_open(replace(COMPLETE, designees=(Designee("Julie", Decimal(0)),)))) == ["designees"]
    assert fields(missing_to_open(replace(COMPLETE, designees=(Designee(" ", Decimal(9)),)))) == ["designees"]


def test_a_car_opens_unsigned_but_nothing_starts_until_its_owner_has_read_and_agreed():
    unsigned = replace(COMPLETE, signed=False)
    assert missing_to_open(unsigned) == ()
    assert fields(missing_to_start(unsigned)) == ["signed"]


def test_a_dropped_off_car_opens_without_saying_whom_to_ask_but_its_owner_is_reached_before_anything_starts():
    dropped = replace(COMPLETE, signed=False, authorized_contact="")
    assert missing_to_open(dropped) == ()
    assert fields(missing_to_start(dropped)) == ["signed", "authorized_contact"]


def test_an_odometer_below_the_last_visit_warns_and_does_not_block():
    odd = replace(COMPLETE, last_odometer=90_000, last_visit="March 3")
    assert missing_to_open(odd) == ()
    assert [one.message for one in warnings_to_open(odd)] == [
        "It read 90,000 miles at the last visit on March 3. Check that 88,310 is right."
    ]
    assert warnings_to_open(replace(COMPLETE, last_odometer=88_310)) == ()
    assert warnings_to_open(replace(COMPLETE, odometer_in=None, last_odometer=1)) == ()
