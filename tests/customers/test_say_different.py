"""Different people: said once, by whom and when, and never proposed again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from customers import actions
from customers.actions.merging import SaidAlready
from customers.models import Customer, Duplicate
from dealership.models import Entry
from tests.cast import AT, Cast
from tests.customers.merging import compared, merged, twice


def test_it_is_kept_with_a_trace_and_never_proposed_again(cast: Cast) -> None:
    robert, bob = twice()
    compared()
    actions.say_different(one=bob, other=robert, by=cast.ada, at=AT, rooftop=cast.north)
    said = Duplicate.objects.get()
    assert (said.state, said.settled_by, said.settled_at) == ("different", cast.ada, AT)
    assert Entry.objects.about(bob).get(event="customer.said_different").detail == {"other": robert.pk}
    actions.add_contact_point(customer=robert, kind="email", value="bob@example.com", by=cast.ada, at=AT)
    Customer.objects.all().changed()
    compared()
    assert not Duplicate.objects.open().exists()


def test_the_second_to_say_it_is_told(send: Callable[..., Any], client: Any, cast: Cast) -> None:
    robert, bob = twice()
    compared()
    url = reverse("customers:different", args=[robert.pk, bob.pk])
    assert send(cast.ada, url).url == reverse("customers:duplicates")
    answer = send(cast.max, url)
    assert "Somebody settled this pair before you." in client.get(answer.url).content.decode()
    with pytest.raises(SaidAlready):
        actions.say_different(one=robert, other=bob, by=cast.max, at=AT, rooftop=cast.north)


def test_a_person_who_knows_better_may_merge_them_still(cast: Cast) -> None:
    robert, bob = twice()
    compared()
    actions.say_different(one=bob, other=robert, by=cast.ada, at=AT, rooftop=cast.north)
    merged(cast, robert, bob)
    assert Duplicate.objects.get().state == "different", "what was said is kept"
    bob.refresh_from_db()
    assert bob.merged_into == robert


@pytest.mark.parametrize("who", ["tess", "sam"])
def test_only_the_counter_says_it(send: Callable[..., Any], cast: Cast, who: str) -> None:
    robert, bob = twice()
    compared()
    assert send(getattr(cast, who), reverse("customers:different", args=[robert.pk, bob.pk])).status_code == 403
    assert Duplicate.objects.open().exists()
