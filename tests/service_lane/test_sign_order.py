"""An order may open before anybody signed; then nothing counts as agreed and nothing starts until somebody has."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry
from recommendations.estimate import authorized_total
from recommendations.models import Decision
from service_lane import signals, signing
from service_lane.actions import inspection, orders, writeup
from service_lane.actions.signing import Signed, sign
from service_lane.models import Inspection, InspectionTemplate, RepairOrder, Signature
from service_lane.models.orders import NOT_SIGNED
from tests.cast import AT, Cast, make_cast, make_order
from tests.service_lane.test_open_repair_order import open_order, write_up_of_theo

pytestmark = pytest.mark.django_db

DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 300 170" '
    'width="300" height="170"><path d="M 10.000,20.000 C 12.5,22.1 14,25 18.250,30.000" stroke-width="3.375" '
    'stroke="#111" fill="none" stroke-linecap="round"></path>'
    '<circle r="1.8" cx="40" cy="50.5" fill="#111"></circle></svg>'
)
WORDS = (
    "Change the oil and rotate the tires, $94.95 all in. "
    "Find the cause of “It shudders when I slow down from freeway speed”, $168.00 all in. "
    "Ask me by text at (415) 555-0142 before anything else. "
    "Julie Brandt may also say yes, up to $300.00. Authorized total $262.95. Ready by 2:38 PM."
)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


@pytest.fixture
def unsigned(cast: Cast) -> RepairOrder:
    return open_order(write_up_of_theo(cast, signed_name=None), cast)


def test_without_a_signature_it_opens_with_nothing_agreed(unsigned: RepairOrder) -> None:
    assert (unsigned.signed_at, unsigned.signed_name, unsigned.signed_text) == (None, "", "")
    assert unsigned.authorized_total == 0
    assert authorized_total(unsigned) == 0
    assert unsigned.step == NOT_SIGNED
    assert unsigned.waits_for_signature
    assert signing.authorization(unsigned) is None


def test_nobody_said_whom_to_ask_so_it_keeps_how_they_are_reached(cast: Cast) -> None:
    order = open_order(write_up_of_theo(cast, signed_name=None, contact=None), cast)
    assert (order.contact_name, order.contact_channel, order.contact_value) == ("Theo Brandt", "phone", "+14155550142")


def test_nothing_starts_on_a_car_before_somebody_signed(cast: Cast, unsigned: RepairOrder) -> None:
    InspectionTemplate.objects.create(rooftop=cast.north, name="Multi-point", active=True)
    with pytest.raises(inspection.NotSigned):
        inspection.start(repair_order=unsigned, by=cast.tess, at=AT)
    with pytest.raises(ProgrammingError, match="before the order is signed"), transaction.atomic():
        Inspection.objects.create(repair_order=unsigned, template_name="Multi-point", started_at=AT)


def test_signing_agrees_to_what_was_asked_for_at_the_price_then(
    cast: Cast, unsigned: RepairOrder, run_tasks: Any
) -> None:
    order = sign(repair_order=unsigned, words_shown=WORDS, name="Theo Brandt", by=cast.ada, at=AT)
    assert (order.signed_name, order.signed_how, order.signed_at, order.signed_text) == (
        "Theo Brandt",
        "typed",
        AT,
        WORDS,
    )
    assert order.authorized_total == Decimal("262.95")
    assert order.step == "Waiting for a technician"
    run_tasks()
    assert Decision.objects.count() == 2
    assert authorized_total(order) == Decimal("262.95")
    entry = Entry.objects.about(order).get(event="repair_order.signed")
    assert (entry.by, entry.detail["authorized_total"]) == (cast.ada, "262.95")


def test_signing_is_announced_once(cast: Cast, unsigned: RepairOrder) -> None:
    heard: list[int] = []

    def listen(sender: object, repair_order_id: int, **_: object) -> None:
        heard.append(repair_order_id)

    signals.repair_order_signed.connect(listen)
    try:
        sign(repair_order=unsigned, words_shown=WORDS, name="Theo Brandt", by=cast.ada, at=AT)
    finally:
        signals.repair_order_signed.disconnect(listen)
    assert heard == [unsigned.pk]


def test_a_drawn_signature_is_kept_as_lines_and_needs_no_typed_name(cast: Cast, unsigned: RepairOrder) -> None:
    order = sign(repair_order=unsigned, words_shown=WORDS, drawing=DRAWN, by=cast.ada, at=AT)
    assert (order.signed_name, order.signed_how) == ("Theo Brandt", "drawn")
    kept = signing.authorization(order)
    assert kept
    assert kept.drawing
    assert [one.d for one in kept.drawing.strokes] == ["M10,20 C12.5,22.1 14,25 18.2,30", "M40,50.5h0"]
    assert "xlink" not in Signature.objects.get().svg


def test_a_yes_on_the_phone_keeps_the_number_that_was_called(cast: Cast, unsigned: RepairOrder) -> None:
    order = sign(
        repair_order=unsigned, words_shown=WORDS, name="Theo Brandt", called="415 555 0142", by=cast.ada, at=AT
    )
    assert (order.signed_how, order.signed_contact) == ("phone", "+14155550142")
    kept = signing.authorization(order)
    assert kept
    assert (kept.how, kept.contact) == ("Said yes by phone", "(415) 555-0142")


@pytest.mark.parametrize(
    ("signed", "field"),
    [
        ({"name": "  "}, "signed_name"),
        ({"name": "Theo Brandt", "words_shown": "Do whatever you want."}, "signed_name"),
        ({"drawing": "<svg><script>alert(1)</script></svg>"}, "signed_name"),
        ({"name": "Theo Brandt", "called": "12"}, "called"),
        ({"name": "", "called": "415 555 0142"}, "said_name"),
    ],
)
def test_what_is_no_signature_changes_nothing(
    cast: Cast, unsigned: RepairOrder, signed: dict[str, str], field: str
) -> None:
    with pytest.raises(writeup.NotReady) as refusal:
        sign(repair_order=unsigned, **{"words_shown": WORDS, **signed}, by=cast.ada, at=AT)
    assert [one.field for one in refusal.value.missing] == [field]
    unsigned.refresh_from_db()
    assert unsigned.waits_for_signature


def test_it_is_signed_once(cast: Cast, unsigned: RepairOrder) -> None:
    sign(repair_order=unsigned, words_shown=WORDS, name="Theo Brandt", by=cast.ada, at=AT)
    with pytest.raises(Signed):
        sign(repair_order=unsigned, words_shown=WORDS, name="Julie Brandt", by=cast.ada, at=AT)
    unsigned.refresh_from_db()
    assert unsigned.signed_name == "Theo Brandt"


def test_an_order_that_is_not_open_is_not_signed(cast: Cast, unsigned: RepairOrder) -> None:
    orders.void(repair_order=unsigned, reason="Opened twice", by=cast.max, at=AT)
    with pytest.raises(orders.NotOpen):
        sign(repair_order=unsigned, words_shown=WORDS, name="Theo Brandt", by=cast.ada, at=AT)


def test_the_page_shows_the_words_and_takes_the_name(ada: Client, unsigned: RepairOrder) -> None:
    url = f"/orders/{unsigned.pk}/sign/"
    page = ada.get(url)
    assert page.status_code == 200
    assert "at (415) 555-0142 before anything else" in page.content.decode()
    assert 'value="Theo Brandt"' not in page.content.decode()  # nobody signs for them
    words = signing.words_of(unsigned, at=timezone.now())
    refused = ada.post(url, {"form_key": str(uuid4()), "words_shown": words, "signed_drawing": DRAWN[:-20]})
    assert refused.status_code == 422
    again = ada.post(url, {"form_key": str(uuid4()), "words_shown": "Other words.", "signed_drawing": DRAWN})
    assert again.status_code == 422
    assert "M10,20 C12.5,22.1 14,25 18.2,30" in again.content.decode()  # the drawing is kept
    done = ada.post(url, {"form_key": str(uuid4()), "words_shown": words, "signed_name": "Theo Brandt"})
    assert done.headers["Location"] == unsigned.get_absolute_url()
    assert ada.get(url).headers["Location"] == unsigned.get_absolute_url()


def test_in_counter_view_the_words_have_no_number_and_are_what_is_kept(ada: Client, unsigned: RepairOrder) -> None:
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    url = f"/orders/{unsigned.pk}/sign/"
    page = ada.get(url).content.decode()
    assert "Ask me by text at the phone ending 0142" in page
    assert "555-0142" not in page
    assert "+14155550142" not in page
    assert "Theo B." in page
    words = signing.words_of(unsigned, at=timezone.now(), private=True)
    ada.post(url, {"form_key": str(uuid4()), "words_shown": words, "signed_name": "Theo Brandt"})
    unsigned.refresh_from_db()
    assert "the phone ending 0142" in unsigned.signed_text


def test_strangers_and_those_who_are_not_at_the_counter_cannot_sign(
    cast: Cast, client: Client, unsigned: RepairOrder
) -> None:
    url = f"/orders/{unsigned.pk}/sign/"
    for staff, status in ((cast.mallory, 404), (cast.tess, 403), (cast.sam, 403)):
        client.force_login(staff)
        assert client.get(url).status_code == status
        assert client.post(url, {"form_key": str(uuid4()), "signed_name": "M"}).status_code == status


def test_a_signed_order_has_its_record(cast: Cast) -> None:
    kept = signing.authorization(make_order(cast))
    assert kept
    assert (kept.name, kept.words, kept.drawing) == (
        "Theo Brandt",
        "Find the cause of the shudder. Ask me before anything else.",
        None,
    )
