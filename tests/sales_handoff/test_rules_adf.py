"""ADF 1.0: whatever a customer is called or says, the lead is a valid document and says it unchanged."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sales_handoff.rules.adf import LONGEST_COMMENT, Lead, LeadCar, NoWayToReach, Party, adf, cut

DTD = etree.DTD(str(Path(__file__).with_name("adf-1.0.dtd")))
AT = datetime(2026, 11, 23, 11, 38, tzinfo=timezone(timedelta(hours=-8)))
LEAD = Lead(
    ident="NORTH-12",
    requested_at=AT,
    customer=Party("Priya", "Raman", emails=["p@example.com"], phones=["+14155550177", "+14155550178"]),
    car=LeadCar(
        year="2017",
        make="Honda",
        model="Fit",
        vin="3HGGK5H80HM700000",
        trim="LX",
        body="Hatchback",
        color="sand",
        odometer=120_000,
        appraisal=Decimal("4250.00"),
        appraisal_words="$3,400 to $5,100 once fixed.",
    ),
    store=Party("Northgate Honda", phones=["+14155550100"], is_business=True),
    store_code="NORTH",
    comments="Consent to be passed on: yes.",
)


def read(lead: Lead) -> etree._Element:
    """The document, parsed and held against the DTD."""
    tree = etree.fromstring(adf(lead).encode())
    assert DTD.validate(tree), DTD.error_log.filter_from_errors()
    return tree


def test_a_lead_is_valid_and_says_what_is_known() -> None:
    text = adf(LEAD)
    tree = read(LEAD)

    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n<adf>')
    assert tree.findtext("prospect/requestdate") == "2026-11-23T11:38:00-08:00"
    vehicle = tree.find("prospect/vehicle")
    assert dict(vehicle.attrib) == {"interest": "trade-in", "status": "used"}
    assert [child.tag for child in vehicle] == [
        *("year", "make", "model", "vin", "trim", "bodystyle", "odometer", "colorcombination", "price"),
        "pricecomments",
    ]
    assert (vehicle.findtext("price"), vehicle.find("price").get("type")) == ("4250.00", "appraisal")
    contact = tree.find("prospect/customer/contact")
    assert [child.tag for child in contact] == ["name", "name", "email", "phone", "phone"]
    assert tree.findtext("prospect/provider/name") == "Service lane"
    assert tree.find("prospect/id").attrib == {"sequence": "1", "source": "Lane"}


@pytest.mark.parametrize(
    "customer",
    [
        Party("Priya", "Raman", phones=["+14155550177"]),
        Party("Priya", emails=["p@example.com"]),
        Party("Fleet & Sons <Ltd>", phones=["+1"], is_business=True),
    ],
)
def test_one_way_to_reach_them_is_enough_and_none_is_refused(customer: Party) -> None:
    read(replace(LEAD, customer=customer))
    with pytest.raises(NoWayToReach):
        adf(replace(LEAD, customer=replace(customer, emails=(), phones=())))


def test_a_car_nobody_knows_anything_of_is_still_a_valid_lead() -> None:
    assert read(replace(LEAD, car=LeadCar())).findtext("prospect/vehicle/make") == "Unknown"


def test_a_time_without_its_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        adf(replace(LEAD, requested_at=AT.replace(tzinfo=None)))


def test_what_is_cut_says_so() -> None:
    kept = read(replace(LEAD, comments="a" * 3000)).findtext("prospect/customer/comments")
    assert len(kept) == LONGEST_COMMENT
    assert kept.endswith("a [cut, 3000 in all]")
    assert cut("as it is", 8) == "as it is"


def test_signs_and_emoji_survive() -> None:
    words = 'Is it < $2,000 & "worth" it? \N{AUTOMOBILE}\N{ZERO WIDTH JOINER}\N{FIRE} año ]]>'
    assert read(replace(LEAD, comments=words)).findtext("prospect/customer/comments") == words


@given(
    first=st.text(min_size=1, max_size=300),
    last=st.text(max_size=300),
    words=st.text(max_size=2500),
    color=st.text(max_size=20),
)
def test_whatever_they_are_called_and_say_the_lead_is_valid(first: str, last: str, words: str, color: str) -> None:
    party = replace(LEAD.customer, first=first, last=last)
    read(replace(LEAD, customer=party, comments=words, car=replace(LEAD.car, color=color, trim=words)))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=LONGEST_COMMENT))
def test_what_a_keyboard_can_write_comes_out_as_it_went_in(words: str) -> None:
    kept = read(replace(LEAD, comments=words)).findtext("prospect/customer/comments")
    assert (kept or "") == words.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def test_the_dtd_refuses_what_is_sent_in_the_wild() -> None:
    good = adf(LEAD)
    wrong = [
        good.replace("<requestdate>2026-11-23T11:38:00-08:00</requestdate>", ""),
        good.replace('status="used"', 'status="USED"'),
        good.replace('type="voice"', 'type="cell"'),
        good.replace("<email", "<phone>1</phone><email", 1),
    ]
    for text in wrong:
        assert text != good
        assert not DTD.validate(etree.fromstring(text.encode()))
