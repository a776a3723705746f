"""The parts desk is asked for a price: who asked, and when, is seen on the line, the board and the inbox."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from dealership.models import Entry
from recommendations.actions import pricing, returning
from recommendations.models import Advisory, AdvisoryVersion
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import PADS, drafted
from tests.recommendations.pages import logged_in, post, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def without_a_price(cast: Cast) -> tuple[RepairOrder, Advisory]:
    order = make_order(cast)
    pads, _boot = drafted(cast, order)
    AdvisoryVersion.objects.filter(advisory=pads).update(parts=[PADS | {"unit_price": None}])
    return order, pads


def test_asking_names_who_and_when_on_the_line_the_board_and_the_inbox(cast: Cast) -> None:
    order, pads = without_a_price(cast)
    assert "Ask the parts desk" in read(cast.ada, "estimate", order.pk)
    assert post(cast.ada, "parts-ask", pads.pk).url == pads.get_absolute_url()
    pads.refresh_from_db()
    assert (pads.parts_asked_at, pads.parts_asked_by) == (AT, cast.ada)
    text = read(cast.ada, "estimate", order.pk)
    assert "Parts desk asked at 11:38 by Ada." in text
    assert "Ask again" in text
    order.refresh_from_db()
    assert order.step == "Parts desk asked 11:38, 2 findings to show"
    assert "Asked at 11:38 by Ada Kim." in read(cast.max, "approvals")
    assert Entry.objects.get(event="parts.asked").by == cast.ada


def test_asking_again_says_so_anew(cast: Cast) -> None:
    _order, pads = without_a_price(cast)
    pricing.ask_parts_desk(advisory=pads, by=cast.ada, at=AT)
    pricing.ask_parts_desk(advisory=pads, by=cast.max, at=AT + timedelta(minutes=9))
    pads.refresh_from_db()
    assert (pads.parts_asked_at, pads.parts_asked_by) == (AT + timedelta(minutes=9), cast.max)


def test_the_price_clears_it(cast: Cast) -> None:
    order, pads = without_a_price(cast)
    pricing.ask_parts_desk(advisory=pads, by=cast.ada, at=AT)
    content = pricing.content_of(pads.versions.get(), pads.pay_type)
    pricing.write_version(advisory=pads, content=replace(content, horizon="4 weeks"), by=cast.ada, at=AT)
    assert Advisory.objects.get(pk=pads.pk).parts_asked_at == AT, "it is still owed"
    priced = replace(content, parts=(replace(content.parts[0], unit_price=Decimal("98.60")),))
    pricing.write_version(advisory=pads, content=priced, by=cast.max, at=AT)
    pads.refresh_from_db()
    assert (pads.parts_asked_at, pads.parts_asked_by) == (None, None)
    order.refresh_from_db()
    assert order.step == "2 findings to show"
    assert Entry.objects.filter(event="line.priced").latest("pk").detail["parts_answered"] is True
    assert "Asked of the parts desk" not in read(cast.max, "approvals")


def test_nothing_is_asked_that_is_known_or_is_off_the_order(cast: Cast) -> None:
    order, pads = without_a_price(cast)
    boot = Advisory.objects.exclude(pk=pads.pk).get()
    refused = post(cast.ada, "parts-ask", boot.pk)
    assert refused.status_code == 409
    assert "There is nothing to ask." in refused.content.decode()
    returning.give_back(advisory=pads, reason="Photo not clear", by=cast.ada, at=AT)
    with pytest.raises(pricing.CannotWrite, match="off the order"):
        pricing.ask_parts_desk(advisory=pads, by=cast.ada, at=AT)
    assert order.pk


def test_strangers_and_the_bay_ask_nothing(cast: Cast) -> None:
    _order, pads = without_a_price(cast)
    for who, status in ((cast.mallory, 404), (cast.tess, 403), (cast.sam, 403)):
        assert post(who, "parts-ask", pads.pk).status_code == status
    assert logged_in(cast.ada).get(reverse("recommendations:parts-ask", args=[pads.pk])).status_code == 405
    assert Advisory.objects.get(pk=pads.pk).parts_asked_at is None


def test_the_database_wants_a_name_with_the_time(cast: Cast) -> None:
    _order, pads = without_a_price(cast)
    wrong: dict[str, Any] = {"parts_asked_at": AT}
    with pytest.raises(IntegrityError, match="advisory_parts_asked_by_somebody"), transaction.atomic():
        Advisory.objects.filter(pk=pads.pk).update(**wrong)
