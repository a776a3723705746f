"""Referrals: who sent whom, shown as facts; no circle, one sender each, thanks written down."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions.referrals import AlreadyThanked, Circle, SentAlready, TooLate
from customers.models import Customer, Referral
from dealership.models import Entry
from tests.cast import AT, Cast, make_cast
from tests.customers.voices import buy, people, refer


def page_of(customer: Customer) -> str:
    return reverse("customers:referrals", args=[customer.pk])


def test_a_chain_of_three_is_shown_both_ways_with_what_came_of_it(client: Any, cast: Cast) -> None:
    ann, ben, cy = people("Ann", "Ben", "Cy")
    refer(cast, ann, ben)
    refer(cast, ben, cy, "sales")
    buy(cast, cy)
    client.force_login(cast.ada)
    shown = client.get(page_of(cy)).context
    assert [one["name"] for one in shown["above"]] == ["Ben Brandt", "Ann Brandt"]
    shown = client.get(page_of(ann)).context
    assert [(row["sent"], row["steps"], row["cars"]) for row in shown["sent"]] == [
        ("Ben Brandt", 1, 0),
        ("Cy Brandt", 2, 1),
    ]
    assert shown["people_sent"] == 2
    assert Entry.objects.filter(event="referral.recorded").count() == 2


def test_a_circle_is_refused_with_a_sentence(send: Callable[..., Any], cast: Cast) -> None:
    ann, ben, cy = people("Ann", "Ben", "Cy")
    refer(cast, ann, ben)
    refer(cast, ben, cy, "sales")
    with pytest.raises(Circle):
        refer(cast, cy, ann)
    with pytest.raises(Circle):
        refer(cast, ann, ann)
    answer = send(cast.ada, page_of(ann), sender=cy.pk, what="service")
    assert answer.status_code == 422
    assert "Cy Brandt came to us through Ann Brandt, so it cannot be the other way round." in answer.content.decode()
    assert Referral.objects.count() == 2
    with pytest.raises(IntegrityError, match="referral_not_oneself"), transaction.atomic():
        Referral.objects.filter(sent=ben).update(sender=ben)


def test_one_sender_for_service_and_one_for_sales(cast: Cast) -> None:
    ann, ben, cy = people("Ann", "Ben", "Cy")
    refer(cast, ann, cy)
    refer(cast, ben, cy, "sales")
    with pytest.raises(SentAlready):
        refer(cast, ben, cy)
    with pytest.raises(IntegrityError, match="referral_one_sender"), transaction.atomic():
        Referral.objects.filter(what="sales").update(what="service")


def test_the_counter_looks_for_who_sent_them_and_keeps_it(client: Any, send: Callable[..., Any], cast: Cast) -> None:
    ann, ben = people("Ann", "Ben")
    client.force_login(cast.ada)
    assert "Ann Brandt" in client.get(page_of(ben), {"with": "4155550100"}).content.decode()
    assert send(cast.tess, page_of(ben), sender=ann.pk, what="service").status_code == 403
    assert send(cast.sam, page_of(ben), sender=ann.pk, what="service").status_code == 403
    assert send(cast.ada, page_of(ben), sender="x", what="service").status_code == 404
    send(cast.ada, page_of(ben), sender=ann.pk, what="service", words="She said you are honest.")
    assert Referral.objects.get().words == "She said you are honest."


def test_thanks_are_written_down_once_and_can_be_taken_back(send: Callable[..., Any], cast: Cast) -> None:
    ann, ben = people("Ann", "Ben")
    referral = refer(cast, ann, ben)
    url = reverse("customers:referral-thank", args=[referral.pk])
    send(cast.ada, url, how="Gold")
    assert Referral.objects.get().thanked_at is None
    send(cast.ada, url, how="A card")
    referral.refresh_from_db()
    assert (referral.thanked_how, referral.thanked_by) == ("A card", cast.ada)
    with pytest.raises(AlreadyThanked):
        actions.thank(referral=referral, how="By phone", by=cast.max, at=AT)
    with pytest.raises(TooLate):
        actions.undo_thank(referral=referral, by=cast.max, at=referral.thanked_at)
    with pytest.raises(TooLate):
        actions.undo_thank(referral=referral, by=cast.ada, at=referral.thanked_at + timedelta(seconds=11))
    actions.undo_thank(referral=referral, by=cast.ada, at=referral.thanked_at + timedelta(seconds=5))
    assert Referral.objects.get().thanked_how == ""


def test_a_wrong_one_is_taken_off_and_the_trail_keeps_that(send: Callable[..., Any], cast: Cast) -> None:
    ann, ben = people("Ann", "Ben")
    referral = refer(cast, ann, ben)
    url = reverse("customers:referral-remove", args=[referral.pk])
    assert send(cast.tess, url).status_code == 403
    send(cast.ada, url)
    assert not Referral.objects.exists()
    assert Entry.objects.get(event="referral.removed").detail["sender"] == ann.pk


def test_the_page_asks_as_often_for_fifty_as_for_one(client: Any, cast: Cast) -> None:
    ann, *others = people("Ann", *(f"N{number}" for number in range(45)))
    client.force_login(cast.ada)
    refer(cast, ann, others[0])

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(ann)).status_code == 200
        return len(queries)

    cost()
    one = cost()
    for other in others[1:]:
        refer(cast, ann, other)
    assert cost() == one


# --- two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_guarded", [True, False])
@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_close_a_circle(monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    """A sent B and C sent D; now B sends C while D sends A.  Without the lock both see no circle, and make one."""
    cast = make_cast()
    ann, ben, cy, dee = people("Ann", "Ben", "Cy", "Dee")
    refer(cast, ann, ben)
    refer(cast, cy, dee)
    looked, refused = Barrier(2), []
    real = Referral.objects.none().__class__.leads_to

    def leads_to(rows: Any, start: int, end: int) -> bool:
        found = real(rows, start, end)
        if not is_guarded:
            looked.wait(10)
        return bool(found)

    monkeypatch.setattr(Referral.objects.none().__class__, "leads_to", leads_to)
    if not is_guarded:
        monkeypatch.setattr(Referral.objects.none().__class__, "one_at_a_time", lambda rows: None)

    def go(sender: Customer, sent: Customer) -> None:
        try:
            refer(cast, sender, sent)
        except Circle:
            refused.append(sender)
        finally:
            connection.close()

    both = [Thread(target=go, args=pair) for pair in ((ben, cy), (dee, ann))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == (1 if is_guarded else 0)
    assert Referral.objects.count() == (3 if is_guarded else 4)
