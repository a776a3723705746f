"""Purchases: what was promised is kept, three questions follow, and the owner meets service at delivery."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions.purchases import AlreadyIntroduced, KnownDeal, NotAnAdvisor, TooLate
from customers.models import Purchase, Tie
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.customers.voices import buy

LIST, NEW = reverse("customers:purchases"), reverse("customers:purchase-new")
TYPED = {"car": "2026 Honda CR-V", "deal_number": "D-1", "sold_date": "2026-11-20", "promised": "A second key"}
FIRST = date(2027, 5, 20)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def test_a_purchase_plans_its_three_questions_and_ties_the_car(cast: Cast) -> None:
    theo, car = make_customer(), make_vehicle(vin="5FPYK3F54JB000001")
    bought = buy(cast, theo, vehicle=car)
    days = {kind: due.date() for kind, due in bought.check_ins.values_list("kind", "due_at")}
    assert days == {"month": date(2026, 12, 20), "year": date(2027, 11, 20), "two_years": date(2028, 11, 20)}
    assert Tie.objects.get(vehicle=car).customer == theo
    assert Entry.objects.about(bought).get().event == "purchase.recorded"
    with pytest.raises(KnownDeal):
        buy(cast, theo)
    assert bought.check_ins.count() == 3


def test_questions_whose_day_is_long_gone_are_not_planned(cast: Cast) -> None:
    old = buy(cast, make_customer(), sold_date=date(2025, 6, 1))
    assert set(old.check_ins.values_list("kind", flat=True)) == {"two_years"}


def test_sales_records_it_by_the_customers_phone_and_never_by_name(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    assert send(cast.sam, NEW, **TYPED).status_code == 422
    nobody = send(cast.sam, NEW, **TYPED, phone="(415) 555-0199")
    assert nobody.status_code == 422
    assert "Nobody here has this phone." in nobody.content.decode()
    assert send(cast.tess, NEW, **TYPED, phone="(415) 555-0142").status_code == 403
    answer = send(cast.sam, NEW, **TYPED, phone="(415) 555-0142", salesperson=cast.sam.pk)
    bought = Purchase.objects.get()
    assert answer.url == bought.get_absolute_url()
    assert (bought.customer, bought.salesperson, bought.promised) == (theo, cast.sam, "A second key")
    again = send(cast.sam, NEW, **TYPED, phone="(415) 555-0142")
    assert "This deal is here already" in again.content.decode()


def test_the_counter_records_it_from_their_page(client: Any, send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer(phone="")
    send(cast.ada, f"{NEW}?customer={theo.pk}", **TYPED)
    assert Purchase.objects.get().customer == theo
    client.force_login(cast.sam)
    assert client.get(f"{NEW}?customer={theo.pk}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"sold_date": "2026-11-25"}, "That day is still to come."),
        ({"car": ""}, "Enter what car it is."),
        ({"deal_number": ""}, "Enter the deal number."),
        ({"vin": "1" * 18}, "A VIN has 17 characters."),
        ({"phone": "12"}, "Enter a phone number"),
    ],
)
def test_what_is_wrong_is_said(send: Callable[..., Any], cast: Cast, typed: dict[str, str], sentence: str) -> None:
    make_customer()
    answer = send(cast.sam, NEW, **TYPED | {"phone": "(415) 555-0142"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_new_owner_meets_service_with_all_three_things(send: Callable[..., Any], cast: Cast) -> None:
    bought = buy(cast, make_customer())
    url = bought.get_absolute_url()
    whole = {"advisor": cast.ada.pk, "first_visit": "2027-05-20", "schedule_told": "on"}
    for missing, sentence in (
        ("advisor", "Choose the advisor they met."),
        ("first_visit", "Enter the day of the first visit."),
        ("schedule_told", "Go through the schedule with them first."),
    ):
        answer = send(cast.sam, url, **{name: value for name, value in whole.items() if name != missing})
        assert sentence in answer.content.decode()
    assert "cannot be before" in send(cast.sam, url, **whole | {"first_visit": "2026-01-01"}).content.decode()
    assert send(cast.mallory, url, **whole).status_code == 404
    assert send(cast.sam, url, **whole | {"advisor": cast.sam.pk}).status_code == 422
    send(cast.sam, url, **whole)
    bought.refresh_from_db()
    assert (bought.advisor, bought.first_visit_date, bought.introduced_by) == (cast.ada, FIRST, cast.sam)
    assert Entry.objects.about(bought).filter(event="purchase.introduced").count() == 1


def test_it_happens_once_and_can_be_taken_back_for_ten_seconds(cast: Cast) -> None:
    bought = buy(cast, make_customer())
    with pytest.raises(NotAnAdvisor):
        actions.introduce(purchase=bought, advisor=cast.sam, first_visit=FIRST, by=cast.sam, at=AT)
    actions.introduce(purchase=bought, advisor=cast.ada, first_visit=FIRST, by=cast.sam, at=AT)
    with pytest.raises(AlreadyIntroduced):
        actions.introduce(purchase=bought, advisor=cast.max, first_visit=FIRST, by=cast.sue, at=AT)
    with pytest.raises(TooLate):
        actions.undo_introduce(purchase=bought, by=cast.sam, at=AT + timedelta(seconds=11))
    actions.undo_introduce(purchase=bought, by=cast.sam, at=AT + timedelta(seconds=5))
    assert Purchase.objects.to_introduce().exists()
    with pytest.raises(IntegrityError, match="purchase_introduction_is_whole"), transaction.atomic():
        Purchase.objects.update(introduced_at=AT, introduced_by=cast.sam)


def test_the_list_keeps_to_the_rooftop_and_asks_as_often_for_fifty_as_for_one(client: Any, cast: Cast) -> None:
    theo = make_customer()
    buy(cast, theo)
    client.force_login(cast.mallory)
    assert "No purchase yet." in client.get(LIST).content.decode()
    client.force_login(cast.sam)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST, {"new": ""}).status_code == 200
        return len(queries)

    cost()
    one = cost()
    for number in range(50):
        buy(cast, theo, f"E-{number}")
    assert cost() == one
