"""May we send this to them, on this channel, now?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.consents import may_send, quiet_zones
from customers.models import Address, Consent, Customer
from customers.rules import Refusal
from dealership.models import InboundText
from tests.cast import AT, Cast, make_customer

NIGHT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
"""Half past ten on that Monday's evening in California."""


def say(customer: Customer, granted: bool, purpose: str = "marketing", channel: str = "text", **fields: Any) -> None:
    defaults = {"words": "x", "text_version": "1", "source": "In writing", "at": AT - timedelta(days=1)}
    Consent.objects.create(
        customer=customer, purpose=purpose, channel=channel, granted=granted, **{**defaults, **fields}
    )


def ask(cast: Cast, theo: Customer, purpose: str = "marketing", channel: str = "text", at: datetime = AT) -> Any:
    return may_send(theo, purpose, channel, at, rooftop=cast.north, to="+14155550142")


@pytest.mark.parametrize("purpose", ["marketing", "sales_use", "satisfaction", "electronic_records"])
def test_nobody_who_was_not_asked_is_written_to(cast: Cast, purpose: str) -> None:
    theo = make_customer()
    assert "never said yes" in ask(cast, theo, purpose).why
    say(theo, True, "repair_messages")
    assert "never said yes" in ask(cast, theo, purpose).why


def test_a_yes_counts_for_its_own_use_and_channel(cast: Cast) -> None:
    theo = make_customer()
    say(theo, True)
    assert ask(cast, theo) is None
    assert ask(cast, theo, channel="email") is not None
    assert ask(cast, theo, "satisfaction") is not None


def test_the_number_given_at_the_write_up_serves_for_that_car_until_they_say_no(cast: Cast) -> None:
    theo = make_customer()
    assert ask(cast, theo, "repair_messages") is None
    say(theo, False, "repair_messages", "any", source="DMS BlockAutoMsg")
    assert ask(cast, theo, "repair_messages") == Refusal(
        "Theo asked for no texts about a car that is here (DMS BlockAutoMsg, 22 Nov 2026)."
    )


def test_a_night_only_makes_offers_and_follow_ups_wait_and_says_until_when(cast: Cast) -> None:
    theo = make_customer()
    say(theo, True)
    say(theo, True, "satisfaction", "call")
    assert ask(cast, theo, at=NIGHT).until == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert ask(cast, theo, "satisfaction", "call", at=NIGHT).until == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert ask(cast, theo, "repair_messages", at=NIGHT) is None


def test_it_is_their_night_that_counts_wherever_the_store_is(cast: Cast) -> None:
    theo = make_customer()
    say(theo, True)
    assert quiet_zones(theo, cast.north) == ("America/Los_Angeles",)
    Address.objects.create(customer=theo, street="1 Main Street", region="NY")
    evening = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # half past six at the store, half past nine at home
    assert ask(cast, theo, at=evening).until == datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_a_number_that_said_stop_is_not_written_to_whoever_gave_it_to_us(cast: Cast) -> None:
    theo = make_customer(phone="")
    say(theo, True)
    stop = {"number": "+14155550142", "body": "STOP", "is_known": False, "received_at": AT - timedelta(hours=2)}
    InboundText.objects.create(provider_key="1", reading="stop", scope="sales", **stop)
    assert ask(cast, theo).why.startswith("Theo asked for no texts with offers or reminders (by text, 23 Nov 2026).")
    assert ask(cast, theo, "repair_messages") is None
    InboundText.objects.create(provider_key="2", reading="stop", scope="all", **stop)
    assert ask(cast, theo, "repair_messages") is not None
    assert ask(cast, theo, "repair_messages", "call") is None
    say(theo, True, "repair_messages", source="At the counter", at=AT - timedelta(hours=1))
    assert ask(cast, theo, "repair_messages") is None
    assert ask(cast, theo) is not None
