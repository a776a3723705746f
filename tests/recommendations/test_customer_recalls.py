"""What the customer reads of recalls: possible by model or known by VIN, free, in English and in Spanish."""

import pytest
from django.utils import timezone

from customers.actions import check_recall
from customers.models import Vehicle
from recommendations.rules import reading_grade
from tests.cast import AT, Cast, make_cast
from tests.customers.recall_list import bring, line
from tests.recommendations.pages import OnLink, plain, send_link

MAY_BE = "There may be a recall for your car: there is one for cars like it. Ask us to check yours."
FREE = "The repair is free at any dealer of its make."
DO_NOT = "Cars in this recall should not be driven until they are fixed. Call us before you drive."
OUTSIDE = "Cars in this recall should be parked outside, away from buildings, until they are fixed."


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> OnLink:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    return send_link(cast)


def checked(cast: Cast, sent: OnLink, state: str, seen: int = 0) -> None:
    Vehicle.objects.filter(pk=sent.order.vehicle_id).update(vin="5FPYK3F79JB000001")
    car = Vehicle.objects.get(pk=sent.order.vehicle_id)
    check_recall(
        vehicle=car,
        campaign="26V000001",
        state=state,
        source="maker_system",
        seen=seen,
        by=cast.ada,
        at=AT,
        rooftop=cast.north,
    )


def test_a_possible_recall_is_told_as_possible_and_free(sent: OnLink) -> None:
    assert "recall" not in plain(sent.look())
    bring([line()])
    text = plain(sent.look())
    assert f"{MAY_BE} {FREE}" in text
    assert "26V000001" not in text
    assert DO_NOT not in text
    assert reading_grade(" ".join((MAY_BE, FREE, DO_NOT, OUTSIDE))) <= 8


def test_do_not_drive_and_park_outside_are_said(sent: OnLink) -> None:
    bring([line(DO_NOT_DRIVE="Yes", PARK_OUTSIDE="Yes")])
    text = plain(sent.look())
    assert DO_NOT in text
    assert OUTSIDE in text


def test_once_the_vin_was_looked_up_it_is_told_as_it_is(cast: Cast, sent: OnLink) -> None:
    bring([line()])
    checked(cast, sent, "open")
    assert f"There is a recall for your car. {FREE}" in plain(sent.look())
    checked(cast, sent, "not_this_car", seen=1)
    assert "recall" not in plain(sent.look())


def test_it_changes_no_price_and_no_total(sent: OnLink) -> None:
    before = plain(sent.look())
    bring([line()])
    after = plain(sent.look()).replace(f"{MAY_BE} {FREE} ", "")
    assert after == before


def test_it_is_in_spanish_too(sent: OnLink) -> None:
    bring([line(DO_NOT_DRIVE="Yes")])
    text = plain(sent.browser.get(sent.at("customer-link") + "?lang=es"))
    assert "Puede haber un aviso de seguridad (recall) para su auto" in text
    assert "Repararlo es gratis en cualquier agencia de la marca." in text
    assert "Llame antes de manejar." in text
