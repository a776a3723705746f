"""A merge is undone within thirty days: each record has what it had, and what came since stays with the kept one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.urls import reverse

from customers import actions
from customers.actions.merging import CannotUndo
from customers.belongings import all_links
from customers.consents import said as word_of
from customers.models import Consent, Customer, Duplicate, Household, Merge, Tie
from customers.rules import route_query
from customers.rules.merging import CHANNELS
from customers.search import customer_ids
from dealership.models import Entry
from tests.cast import AT, Cast, make_cast, make_customer
from tests.customers.merging import compared, merged, twice, undone
from tests.customers.test_merge_customers import at_once, consent
from tests.customers.voices import complain, refer, say

DAY = timedelta(days=1)
LEFT_OUT = {"edited_at", "compared_at"}


def standing_of(*people: Customer) -> dict[str, Any]:
    """Every row of every table that hangs on these, and they themselves, but for what a merge only adds to."""
    found: dict[str, Any] = {}
    for link in all_links():
        model: type[models.Model] = link.model
        if model._meta.label in {"customers.Merge", "customers.Consent", "customers.Duplicate", "customers.NameWord"}:
            continue
        rows = model._base_manager.filter(**{f"{link.name}__in": people}).order_by("pk")
        found[f"{model._meta.label}.{link.name}"] = list(rows.values())
    names = [one.name for one in Customer._meta.concrete_fields if one.name not in LEFT_OUT]
    found["themselves"] = list(Customer.objects.filter(pk__in=[one.pk for one in people]).order_by("pk").values(*names))
    found["words"] = {one.pk: set(one.name_words.values_list("word", flat=True)) for one in people}
    return found


def a_full_pair(cast: Cast) -> tuple[Customer, Customer]:
    robert, bob = twice()
    Tie.objects.create(customer=robert, vehicle=bob.ties.get().vehicle, kind="owns")
    Customer.objects.filter(pk=bob.pk).update(household=Household.objects.create(name="Brandt"))
    complain(cast, bob)
    say(cast, bob)
    refer(cast, bob, robert)
    refer(cast, make_customer("Cy", "Lee", phone=""), bob)
    actions.look(customer=bob, why="write-up", by=cast.ada, at=AT, rooftop=cast.north)
    return robert, bob


def test_after_undo_every_row_is_as_it_was_with_a_trace(cast: Cast) -> None:
    robert, bob = a_full_pair(cast)
    before = standing_of(robert, bob)
    done = merged(cast, robert, bob, "first_name", "email", "household_id")
    assert standing_of(robert, bob) != before
    undone(cast, done, by=cast.max, at=AT + DAY)
    assert standing_of(robert, bob) == before
    entry = Entry.objects.about(robert).get(event="customer.merge_undone")
    assert (entry.by, entry.detail["gone"]) == (cast.max, bob.pk)
    assert set(customer_ids(route_query("bob"))) == {bob.pk}


def test_what_came_since_stays_with_the_kept_one_and_a_later_correction_stands(cast: Cast) -> None:
    robert, bob = twice()
    done = merged(cast, robert, bob, "first_name")
    since = complain(cast, robert)
    robert.refresh_from_db()
    name = actions.Name(first_name="Bobby", last_name="Brandt")
    actions.edit_customer(customer=robert, name=name, seen_at=robert.edited_at, by=cast.ada, at=AT + DAY)
    undone(cast, done, at=AT + 2 * DAY)
    since.refresh_from_db()
    robert.refresh_from_db()
    assert (since.customer, robert.name) == (robert, "Bobby Brandt")


def test_the_counter_undoes_it_on_the_page(send: Callable[..., Any], client: Any, cast: Cast) -> None:
    robert, bob = twice()
    done = merged(cast, robert, bob)
    answer = send(cast.max, reverse("customers:merge-undo", args=[done.pk]))
    assert answer.url == robert.get_absolute_url()
    assert "Both records stand again" in client.get(answer.url).content.decode()
    send(cast.max, reverse("customers:merge-undo", args=[done.pk]))
    assert "Somebody undid this merge already." in client.get(answer.url).content.decode()
    assert bob in Customer.objects.standing()


def test_thirty_days_and_not_a_second_longer(cast: Cast) -> None:
    robert, bob = twice()
    done = merged(cast, robert, bob)
    with pytest.raises(CannotUndo, match="30 days are over"):
        undone(cast, done, at=AT + 30 * DAY + timedelta(seconds=1))
    assert Customer.objects.get(pk=bob.pk).merged_into == robert
    undone(cast, done, at=AT + 30 * DAY)
    with pytest.raises(CannotUndo, match="undid this merge already"):
        undone(cast, done, at=AT + 30 * DAY)


def test_a_record_that_went_on_comes_back_only_when_its_own_merge_does(cast: Cast) -> None:
    robert, bob = twice()
    rob = make_customer("Rob", "Brandt")
    first = merged(cast, bob, rob)
    second = merged(cast, robert, bob)
    with pytest.raises(CannotUndo, match="was merged itself since"):
        undone(cast, first)
    undone(cast, second)
    rob.refresh_from_db()
    assert rob.merged_into == bob
    undone(cast, first)
    assert Customer.objects.standing().count() == 3


def test_the_pair_is_proposed_again(cast: Cast) -> None:
    robert, bob = twice()
    compared()
    done = merged(cast, robert, bob)
    assert Duplicate.objects.get().state == "merged"
    undone(cast, done)
    compared()
    assert Duplicate.objects.open().get().state == "proposed"


@pytest.mark.parametrize("who", ["tess", "sam"])
def test_only_the_counter_undoes(send: Callable[..., Any], cast: Cast, who: str) -> None:
    robert, bob = twice()
    done = merged(cast, robert, bob)
    assert send(getattr(cast, who), reverse("customers:merge-undo", args=[done.pk])).status_code == 403
    assert send(cast.ada, reverse("customers:merge-undo", args=[done.pk + 1])).status_code == 404
    assert Merge.objects.standing().exists()


# --- consents ---------------------------------------------------------------------------------------------------------


def allowed(customer: Customer) -> dict[tuple[str, str], bool]:
    return {
        (purpose, channel): Consent.objects.allows(customer, purpose, channel)
        for purpose in Consent.Purpose.values
        for channel in CHANNELS
    }


def test_what_counted_of_the_consents_counts_again_and_the_log_only_grows(cast: Cast) -> None:
    robert, bob = twice()
    consent(cast, robert, "marketing", "text", True)
    consent(cast, robert, "satisfaction", "any", True)
    consent(cast, bob, "marketing", "any", False)
    consent(cast, bob, "sales_use", "any", True)
    consent(cast, bob, "satisfaction", "call", False)
    consent(cast, bob, "repair_messages", "text", False)
    before = allowed(robert), allowed(bob)
    done = merged(cast, robert, bob, "email", at=AT + DAY)
    assert allowed(robert) != before[0]
    grown = Consent.objects.count()
    undone(cast, done, at=AT + 2 * DAY)
    after = allowed(robert)
    assert after == before[0]
    assert word_of(robert, "repair_messages", "text", rooftop=cast.north) is None, (
        "never asked: a number given is the yes"
    )
    assert "Not asked" in {str(one).split(":")[0] for one in Consent.objects.filter(customer=robert)}
    assert allowed(bob) == before[1]
    assert Consent.objects.count() > grown


def test_what_they_said_since_stands(cast: Cast) -> None:
    robert, bob = twice()
    consent(cast, bob, "marketing", "text", False)
    done = merged(cast, robert, bob, at=AT + DAY)
    consent(cast, robert, "marketing", "text", True, at=AT + 2 * DAY)
    undone(cast, done, at=AT + 3 * DAY)
    assert Consent.objects.allows(robert, "marketing", "text")


@pytest.mark.django_db(transaction=True)
def test_two_who_undo_at_once_undo_once() -> None:
    cast = make_cast()
    robert, bob = twice()
    done = merged(cast, robert, bob)
    told = at_once(*[lambda: undone(cast, done)] * 2)
    assert told == ["Somebody undid this merge already.", "done"]
    assert Entry.objects.filter(event="customer.merge_undone").count() == 1
