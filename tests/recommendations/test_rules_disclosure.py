"""A line is shown whole or not at all, and what changed since is said."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from recommendations.rules.disclosure import (
    AS_ASKED,
    CAN_WAIT,
    NOW,
    Change,
    ChangedBy,
    LineFacts,
    difference,
    missing_to_present,
)
from recommendations.rules.grounds import READING, REQUEST, Ground
from service_lane.rules.pricing import Fee, FeeRule, Part

D = Decimal
PADS = Part("Front pads, set", "45022", D(1), D("84.90"), "new_oem")
COMPLETE = LineFacts(
    title="Replace the front brake pads",
    ground=Ground(READING, cites="2 mm, red is 3 mm or less"),
    finding="The front pads are 2 mm.",
    measurable=True,
    measurement="2 mm, left inner",
    threshold="Red is 3 mm or less.",
    reason_code="B",
    urgency=NOW,
    if_you_wait="The pads wear into the discs, and stops get longer.",
    horizon="about 1,500 miles",
    parts=(PADS,),
    labor_hours=D("1.2"),
    labor_rate=D(168),
    fees=(),
    tax=D("6.16"),
    total=D("292.66"),
    revised_total=D("387.61"),
    valid_until=date(2026, 12, 7),
    found_by="Tess",
    photos=1,
)


def fields(line):
    return [one.field for one in missing_to_present(line)]


def test_a_complete_line_may_be_shown():
    assert missing_to_present(COMPLETE) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ground", None),
        ("title", ""),
        ("finding", " "),
        ("measurement", ""),
        ("threshold", ""),
        ("reason_code", ""),
        ("urgency", ""),
        ("if_you_wait", ""),
        ("horizon", ""),
        ("parts", None),
        ("fees", None),
        ("tax", None),
        ("total", None),
        ("revised_total", None),
        ("valid_until", None),
        ("found_by", ""),
    ],
)
def test_each_missing_fact_keeps_the_line_back_and_is_named(field, value):
    missing = missing_to_present(replace(COMPLETE, **{field: value}))
    assert [one.field for one in missing] == [field]
    assert missing[0].message.endswith(".")


def test_an_empty_line_lacks_everything_at_once():
    assert len(fields(LineFacts())) == 15


def test_labor_may_be_hours_at_a_rate_a_flat_price_or_none_at_all():
    assert fields(replace(COMPLETE, labor_rate=None)) == ["labor"]
    assert fields(replace(COMPLETE, labor_rate=D(0))) == ["labor"]
    assert fields(replace(COMPLETE, labor_hours=None)) == ["labor"]
    assert fields(replace(COMPLETE, labor_hours=D(0), labor_rate=None)) == []
    assert fields(replace(COMPLETE, labor_hours=None, labor_rate=None, flat_price=D(99))) == []


def test_the_part_that_holds_it_up_is_named():
    key = Part("Second key", "35118", D(1), None, "new_oem")
    messages = [one.message for one in missing_to_present(replace(COMPLETE, parts=(PADS, key)))]
    assert messages == ["Second key has no parts price."]


def test_a_part_needs_its_quantity_and_its_state():
    assert fields(replace(COMPLETE, parts=(replace(PADS, quantity=D(0)),))) == ["parts"]
    assert fields(replace(COMPLETE, parts=(replace(PADS, state=""),))) == ["parts"]
    assert fields(replace(COMPLETE, parts=())) == []


@pytest.mark.parametrize("code", ["1", "2", "3", "4"])
def test_red_is_refused_without_a_required_reason(code):
    assert fields(replace(COMPLETE, reason_code=code)) == ["reason_code"]


@pytest.mark.parametrize("code", ["A", "B", "C"])
def test_what_can_wait_is_refused_a_required_reason(code):
    assert fields(replace(COMPLETE, reason_code=code)) == []
    assert fields(replace(COMPLETE, urgency=CAN_WAIT, reason_code=code)) == ["reason_code"]


def test_a_zero_price_needs_its_reason():
    assert fields(replace(COMPLETE, total=D(0))) == ["zero_reason"]
    assert fields(replace(COMPLETE, total=D(0), zero_reason="Recall 24V-640, the maker pays")) == []


def test_a_general_supplies_fee_keeps_a_californian_line_back():
    fee = Fee("Shop supplies", D(14), taxable=True)
    california = FeeRule("California", "A notice.")
    assert fields(replace(COMPLETE, fees=(fee,), fee_rule=california)) == ["fees"]
    assert fields(replace(COMPLETE, fees=(fee,))) == []


def test_what_was_seen_needs_a_photo_or_a_reading():
    by_eye = replace(COMPLETE, measurable=False, measurement="", threshold="", photos=0)
    assert fields(by_eye) == ["evidence"]
    assert fields(replace(by_eye, photos=1)) == []


def test_a_request_rests_on_the_customers_words_and_needs_no_photo():
    asked = replace(
        COMPLETE,
        ground=Ground(REQUEST, cites="Only one key works. What is another one?"),
        urgency=AS_ASKED,
        reason_code="2",
        measurable=False,
        measurement="",
        threshold="",
        photos=0,
    )
    assert missing_to_present(asked) == ()


def test_a_change_of_part_and_price_reads_as_the_customer_will_see_it():
    before = {
        "title": "Replace both arms",
        "parts": [
            {"description": "Lower control arms", "quantity": "2.00", "unit_price": "232.00", "state": "new_oem"},
            {"description": "Hardware kit", "quantity": 1, "unit_price": "38.40", "state": "new_oem"},
        ],
        "labor": "722.40",
        "fees": [{"description": "Shims", "amount": "14.00"}],
        "tax": "37.44",
        "total": "1276.24",
    }
    after = {
        **before,
        "parts": [
            {"description": "Lower control arms", "quantity": "2", "unit_price": "164.50", "state": "new_non_oem"},
            before["parts"][1],
        ],
        "tax": "27.65",
        "total": "1131.45",
    }
    assert difference(before, after) == [
        Change("Price", "$1,276.24", "$1,131.45, $144.79 less"),
        Change("Lower control arms", "New OEM, 2 × $232.00", "New, not OEM, 2 × $164.50"),
        Change("Tax", "$37.44", "$27.65, $9.79 less"),
    ]


def test_a_part_exchanged_added_or_taken_off_is_said():
    pads = {"description": "Pads", "quantity": 1, "unit_price": "84.90", "state": "new_oem"}
    shoes = {"description": "Shoes", "quantity": 1, "unit_price": None, "state": "rebuilt"}
    assert difference({"parts": [pads]}, {"parts": [shoes]}) == [
        Change("Part", "Pads, New OEM, 1 × $84.90", "Shoes, Rebuilt, 1 × no price")
    ]
    assert difference({"parts": []}, {"parts": [pads]}) == [Change("Part", "not there", "Pads, New OEM, 1 × $84.90")]
    assert difference({"parts": [pads]}, {}) == [Change("Part", "Pads, New OEM, 1 × $84.90", "taken off")]


SET = {"description": "Front pads", "quantity": "1.00", "unit_price": "84.90", "state": "new_oem"}


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({"total": "480"}, {"total": "520"}, "Dana changed the price at 11:40: $480.00 is now $520.00, $40.00 more."),
        ({"total": None}, {"total": "520"}, "Price: $520.00. Before, it said: no price."),
        ({"labor": "200"}, {"labor": "150"}, "Labor of $200.00 is now $150.00, $50.00 less."),
        (
            {"parts": [SET]},
            {"parts": [SET | {"state": "rebuilt"}]},
            "The part Front pads is now rebuilt; it was new OEM.",
        ),
        (
            {"parts": [SET]},
            {"parts": [SET | {"state": "used", "unit_price": "40"}]},
            "The part Front pads is now used, $40.00; it was new OEM, $84.90.",
        ),
        (
            {"parts": [SET]},
            {"parts": [SET | {"quantity": 2}]},
            "The part Front pads is now new OEM, 2 × $84.90; it was new OEM, 1 × $84.90.",
        ),
        (
            {"parts": [SET]},
            {"parts": [SET | {"description": "Shoes"}]},
            "We now use Shoes, New OEM, 1 × $84.90 in place of Front pads, New OEM, 1 × $84.90.",
        ),
        ({}, {"parts": [SET]}, "We added Front pads, New OEM, 1 × $84.90."),
        ({"parts": [SET]}, {}, "We took off Front pads, New OEM, 1 × $84.90."),
        ({}, {"sublet_to": "Bay Machine Works"}, "This is now done by Bay Machine Works; it was our own shop."),
        ({"finding": "Thin."}, {"finding": "Worn out."}, "What we found: Worn out. Before, it said: Thin."),
        ({"finding": ""}, {"finding": "Worn out."}, "What we found, new here: Worn out."),
        (
            {"valid_until": "2026-12-05"},
            {"valid_until": "2026-12-12"},
            "The price now holds until 12 Dec 2026; it was 5 Dec 2026.",
        ),
    ],
)
def test_each_change_is_one_spoken_sentence(before: dict, after: dict, sentence: str):
    (change,) = difference(before, after, by=ChangedBy("Dana", "11:40"))
    assert change.sentence == sentence
    assert change.names_who == ("Dana" in sentence)


def test_whoever_changed_it_is_left_out_while_nobody_knows():
    (change,) = difference({"total": "480"}, {"total": "520"})
    assert (change.sentence, change.names_who) == ("The price of $480.00 is now $520.00, $40.00 more.", False)


def test_a_change_of_method_or_wording_is_said_and_no_change_is_silence():
    assert difference({"method": "Repair"}, {"method": "Replace"}) == [Change("Method", "Repair", "Replace")]
    assert difference({"finding": ""}, {"finding": "Torn"}) == [Change("What we found", "not said", "Torn")]
    assert difference({"total": "10", "seen_by": "a"}, {"total": "10.00", "seen_by": "b"}) == []
    assert difference({"total": None}, {"total": "10"}) == [Change("Price", "no price", "$10.00")]
    assert difference({"total": "10"}, {"total": "12"}) == [Change("Price", "$10.00", "$12.00, $2.00 more")]
