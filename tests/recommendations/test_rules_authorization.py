"""No charge beyond what was authorized and the law allows, and a phone yes with all seven facts."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.rules.authorization import (
    AuthorizationPolicy,
    PhoneConsent,
    authority,
    missing_for_phone_consent,
)

D = Decimal
POLICIES = {
    row["jurisdiction"]: AuthorizationPolicy(
        tolerance_amount=row.get("tolerance_amount", D(0)),
        tolerance_percent=row.get("tolerance_percent", D(0)),
        tolerance_cap=row.get("tolerance_cap"),
        source=row["source"],
    )
    for row in import_module("recommendations.migrations.0002_policies").ROWS
}
"""The rows every database begins with."""
amounts = st.decimals(0, 20000, places=2)


@pytest.mark.parametrize(
    ("jurisdiction", "authorized", "limit"),
    [
        ("US-CA", "900", "900.00"),
        ("US-MA", "900", "910.00"),
        ("US-FL", "60", "70.00"),  # the greater of $10 and 10 %
        ("US-FL", "300", "330.00"),
        ("US-FL", "900", "950.00"),  # but not over $50
        ("CA-ON", "900", "990.00"),
        ("CA-ON", "0.05", "0.05"),  # never rounded up
    ],
)
def test_each_jurisdiction_allows_what_its_law_allows(jurisdiction, authorized, limit):
    policy = POLICIES[jurisdiction]
    assert authority(policy, D(authorized), D(limit)).allowed
    assert authority(policy, D(authorized), D(limit)).limit == D(limit)
    assert not authority(policy, D(authorized), D(limit) + D("0.01")).allowed


def test_the_reason_says_what_was_authorized_and_whose_law_it_is():
    refused = authority(POLICIES["US-CA"], D(900), D(1000))
    assert refused.reason == (
        "$1,000.00 is $100.00 above the $900.00 authorized, and nothing above it is allowed. "
        f"Ask the customer first ({POLICIES['US-CA'].source})."
    )
    assert "the $50.00 allowed" in authority(POLICIES["US-FL"], D(900), D(940)).reason
    assert "$50.00 is allowed" in authority(POLICIES["US-FL"], D(900), D(1000)).reason
    assert authority(POLICIES["US-FL"], D(900), D(900)).reason == "$900.00 is within the $900.00 authorized."


@given(jurisdiction=st.sampled_from(sorted(POLICIES)), authorized=amounts, total=amounts)
def test_nothing_above_the_limit_is_ever_allowed(jurisdiction, authorized, total):
    answer = authority(POLICIES[jurisdiction], authorized, total)
    assert answer.allowed == (total <= answer.limit)
    assert answer.limit >= authorized


def test_every_policy_cites_its_law():
    assert all(policy.source for policy in POLICIES.values())


CONSENT = PhoneConsent(
    authorized_by="Nora Feld",
    number_called="+14155550142",
    called_on=date(2026, 3, 2),
    called_at=time(11, 40),
    reason="The discs are below the stamped minimum.",
    additional_cost=D("1138.21"),
    revised_total=D("1233.16"),
)


def test_a_phone_yes_with_all_seven_facts_counts():
    assert missing_for_phone_consent(CONSENT) == ()


@pytest.mark.parametrize("field", list(PhoneConsent.__dataclass_fields__))
def test_each_of_the_seven_facts_is_asked_for(field):
    lacking = missing_for_phone_consent(replace(CONSENT, **{field: type(CONSENT).__dataclass_fields__[field].default}))
    assert [one.field for one in lacking] == [field]


def test_an_added_cost_of_zero_is_a_fact():
    assert missing_for_phone_consent(replace(CONSENT, additional_cost=D(0))) == ()
    assert len(missing_for_phone_consent(PhoneConsent())) == 7
