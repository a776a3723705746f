"""A form counts once, and htmx is told why another one was not taken."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(cast: Cast, client: Client) -> Any:
    client.force_login(cast.ada)
    key = str(uuid4())

    def post(last_name: str, *, htmx: bool = True, form_key: str = key) -> Any:
        form = {"form_key": form_key, "kind": "person", "last_name": last_name, "language": "en"}
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(reverse("customers:customer-new"), form, headers=headers)

    return post


def test_the_same_form_again_is_answered_as_the_first_time(send: Any) -> None:
    assert send("Brandt").headers["HX-Redirect"] == send("Brandt").headers["HX-Redirect"]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(("more", "status"), [({}, 409), ({"form_key": ""}, 400)])
def test_a_key_that_was_used_or_is_missing_leaves_the_page_and_is_said_there(
    send: Any, more: dict[str, str], status: int
) -> None:
    send("Brandt")

    answer = send("Other", **more)

    assert answer.status_code == status
    assert answer.headers["HX-Reswap"] == "none"
    assert "Nothing was changed." in answer.headers["Lane-Says"]
    assert Customer.objects.count() == 1


def test_without_htmx_it_is_a_page_that_says_so(send: Any) -> None:
    send("Brandt")

    answer = send("Other", htmx=False)

    assert answer.status_code == 409
    assert "Lane-Says" not in answer.headers
    assert "already sent once" in answer.content.decode()
