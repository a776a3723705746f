"""What was just done is offered back for ten seconds: after a redirect, in htmx's answer, and without scripts."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.contrib import messages
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from dealership.http import UNDO_KEY, ResultsMiddleware, offer_undo
from dealership.undo import UNDO_FOR
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db
UNDO = "/handoffs/7/release/"
TEXT = "You are walking over."


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """It is 11:38; call it with seconds to let some pass."""

    def passed(seconds: float) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(seconds=seconds))

    passed(0)
    return passed


def asked(cast: Cast, *, htmx: bool = False, method: str = "post", path: str = "/handoffs/7/claim/") -> Any:
    request = getattr(RequestFactory(), method)(path)
    request.user, request.session, request.htmx = cast.sam, {}, htmx
    request._messages = SessionStorage(request)
    return request


def answered(request: Any, response: HttpResponse) -> str:
    """What leaves the house when a view answered `request` with `response`."""
    return ResultsMiddleware(lambda _: response)(request).content.decode()


def shown(request: Any) -> str:
    """The toasts of the next page this session opens."""
    page = RequestFactory().get("/")
    page.user, page.session = request.user, request.session
    return render_to_string("components/toasts.html", {"messages": []}, page)


def test_the_next_page_shows_the_offer_as_a_form_that_needs_no_script(cast: Cast) -> None:
    request = asked(cast)
    offer_undo(request, TEXT, UNDO, at=AT)

    page = shown(request)

    assert TEXT in page
    assert f'<form action="{UNDO}" method="post">' in page
    assert 'type="submit" data-key="u"' in page
    assert 'data-left="10.0"' in page


def test_every_page_shows_it_with_a_key_of_its_own_and_the_seconds_that_are_left(cast: Cast, now: Any) -> None:
    request = asked(cast)
    offer_undo(request, TEXT, UNDO, at=AT)
    first = shown(request)
    now(4)
    second = shown(request)

    keys = [page.split('name="form_key" value="')[1][:36] for page in (first, second)]
    assert UUID(keys[0]) != UUID(keys[1])
    assert 'data-left="6.0"' in second


def test_it_is_gone_when_the_ten_seconds_are_over(cast: Cast, now: Any) -> None:
    request = asked(cast)
    offer_undo(request, TEXT, UNDO, at=AT)
    now(UNDO_FOR.total_seconds())

    assert TEXT not in shown(request)


def test_htmx_gets_it_along_with_its_fragment(cast: Cast) -> None:
    request = asked(cast, htmx=True)
    offer_undo(request, TEXT, UNDO, at=AT)

    said = answered(request, HttpResponse("<article>claimed</article>"))

    assert said.startswith("<article>claimed</article>")
    assert '<hx-partial hx-target="#toasts" hx-swap="beforeend">' in said
    assert said.count(TEXT) == 1
    assert said.count(UNDO) == 1


def test_htmx_gets_messages_along_with_its_fragment_once(cast: Cast) -> None:
    request = asked(cast, htmx=True)
    messages.info(request, "Kept.")

    assert answered(request, HttpResponse("<p></p>")).count("Kept.") == 1
    assert list(request._messages._queued_messages) == []


def test_what_was_offered_before_is_not_sent_again(cast: Cast) -> None:
    earlier = asked(cast)
    offer_undo(earlier, TEXT, UNDO, at=AT)
    later = asked(cast, htmx=True)
    later.session = earlier.session
    offer_undo(later, "Sent.", "/links/3/undo/", at=AT)

    said = answered(later, HttpResponse("<p></p>"))

    assert "Sent." in said
    assert TEXT not in said


@pytest.mark.parametrize(
    "response",
    [
        HttpResponseClientRedirect("/"),
        HttpResponse(status=204),
        HttpResponse("{}", content_type="application/json"),
        HttpResponse("<p>no</p>", status=403),
    ],
)
def test_an_answer_that_is_not_put_into_the_page_leaves_it_to_the_next_page(cast: Cast, response: HttpResponse) -> None:
    request = asked(cast, htmx=True)
    offer_undo(request, TEXT, UNDO, at=AT)

    assert TEXT not in answered(request, response)
    assert TEXT in shown(request)


def test_a_poll_takes_no_message_from_the_page_it_belongs_to(cast: Cast) -> None:
    request = asked(cast, htmx=True, method="get")
    messages.info(request, "Kept.")

    assert "Kept." not in answered(request, HttpResponse("<p></p>"))


def test_an_offer_that_was_taken_is_gone(cast: Cast) -> None:
    claimed = asked(cast)
    offer_undo(claimed, TEXT, UNDO, at=AT)
    taken = asked(cast, path=UNDO)
    taken.session = claimed.session

    answered(taken, HttpResponse(status=302))

    assert TEXT not in shown(claimed)


def test_the_same_address_is_offered_once_and_offers_that_are_over_are_forgotten(cast: Cast) -> None:
    request = asked(cast)
    offer_undo(request, "Sent.", "/links/3/undo/", at=AT)
    offer_undo(request, TEXT, UNDO, at=AT + timedelta(seconds=5))
    offer_undo(request, TEXT, UNDO, at=AT + timedelta(seconds=11))

    assert [offer["url"] for offer in request.session[UNDO_KEY]] == [UNDO]


def test_a_stranger_and_a_page_without_a_session_see_nothing(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=False)

    assert "<form" not in render_to_string("components/toasts.html", {"messages": []}, request)
    assert Client().get("/accounts/login/").status_code == 200
    assert timezone.now() == AT
