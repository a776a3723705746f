"""Log-in: guessing gets nowhere, and nobody can lock out somebody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealership.tasks import sweep_sessions
from tests.cast import PASSWORD, Cast

OFFICE = "203.0.113.7"
"""The address all of the dealership's devices share."""
ELSEWHERE = "198.51.100.9"

pytestmark = pytest.mark.django_db


def log_in(client: Client, email: str, password: str = PASSWORD, address: str = OFFICE) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)


def guess(email: str, address: str, times: int = 50) -> Any:
    """A stranger without cookies of ours."""
    for number in range(times):
        answer = log_in(Client(), email, f"guess number {number}", address)
    return answer


def got_in(answer: Any) -> bool:
    return bool(answer.status_code == 302 and "_auth_user_id" in answer.client.session)


def test_ada_logs_in_with_her_e_mail_in_any_case(cast: Cast) -> None:
    assert got_in(log_in(Client(), cast.ada.email.upper()))


def test_a_guesser_is_stopped_with_a_page_that_says_what_to_do(cast: Cast) -> None:
    answer = guess(cast.ada.email, ELSEWHERE)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 15 * 60
    assert b"15 minutes" in answer.content
    assert b"A device on which you logged in before" in answer.content


def test_a_stopped_guesser_is_not_let_in_by_the_right_password(cast: Cast) -> None:
    guess(cast.ada.email, ELSEWHERE)

    assert log_in(Client(), cast.ada.email, address=ELSEWHERE).status_code == 429


def test_a_guesser_is_stopped_whatever_they_call_their_browser_or_spell_the_e_mail(cast: Cast) -> None:
    for number in range(12):
        spelled = cast.ada.email.upper() if number % 2 else f" {cast.ada.email} "
        answer = Client().post(
            "/accounts/login/",
            {"login": spelled, "password": "no"},
            REMOTE_ADDR=ELSEWHERE,
            HTTP_USER_AGENT=f"browser {number}",
            HTTP_X_FORWARDED_FOR=f"192.0.2.{number}",
        )

    assert answer.status_code == 429


def test_ada_gets_in_from_another_address_while_a_guesser_is_stopped(cast: Cast) -> None:
    guess(cast.ada.email, ELSEWHERE)

    assert got_in(log_in(Client(), cast.ada.email, address=OFFICE))


def test_ada_gets_in_on_her_own_device_while_a_guesser_beside_her_is_stopped(cast: Cast) -> None:
    tablet = Client()
    log_in(tablet, cast.ada.email)
    tablet.post("/accounts/logout/")
    guess(cast.ada.email, OFFICE)

    assert log_in(Client(), cast.ada.email).status_code == 429
    assert got_in(log_in(tablet, cast.ada.email))


def test_a_guesser_on_a_device_that_knows_only_sam_counts_as_a_stranger_to_ada(cast: Cast) -> None:
    shared = Client()
    log_in(shared, cast.sam.email)
    shared.post("/accounts/logout/")
    guess(cast.ada.email, OFFICE)

    assert log_in(shared, cast.ada.email).status_code == 429
    assert got_in(log_in(shared, cast.sam.email))


def test_a_known_device_has_a_limit_too(cast: Cast) -> None:
    tablet = Client()
    log_in(tablet, cast.ada.email)
    tablet.post("/accounts/logout/")
    for number in range(9):
        answer = log_in(tablet, cast.ada.email, f"guess number {number}")

    assert answer.status_code == 429


def test_a_forged_device_cookie_is_a_strangers(cast: Cast) -> None:
    guess(cast.ada.email, OFFICE)
    forger = Client()
    forger.cookies["lane_device"] = "('ada', ['x']):forged"

    assert log_in(forger, cast.ada.email).status_code == 429


def test_somebody_who_left_does_not_get_in(cast: Cast) -> None:
    assert not got_in(log_in(Client(), cast.dora.email))


def test_nobody_signs_up(cast: Cast) -> None:
    answer = Client().post("/accounts/signup/", {"email": "new@lane.example", "password1": PASSWORD})

    assert b"new@lane.example" not in answer.content
    assert not type(cast.ada).objects.filter(email="new@lane.example").exists()


def test_a_lapsed_session_sends_the_whole_page_to_log_in_not_a_card() -> None:
    answer = Client().get(
        "/outbox/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/lane/?page=2", HTTP_HOST="testserver"
    )

    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=/lane/%3Fpage%3D2"
    assert answer.content == b""


def test_a_session_that_lapsed_is_swept_away_and_one_that_has_not_stays(cast: Cast) -> None:
    for person in (cast.ada, cast.max):
        Client().force_login(person)
    lapsed, lives = Session.objects.order_by("pk")
    Session.objects.filter(pk=lapsed.pk).update(expire_date=timezone.now() - timedelta(seconds=1))

    sweep_sessions()

    assert list(Session.objects.all()) == [lives]


def test_the_admin_has_no_door_of_its_own(cast: Cast) -> None:
    answer = Client().get("/admin/login/?next=/admin/")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_wrong_words_at_the_door_are_said_plainly_and_a_forgotten_password_has_a_way(cast: Cast) -> None:
    client = Client()
    text = log_in(client, cast.ada.email, "not hers").content.decode()
    assert "This e-mail and this password do not belong together." in text
    assert reverse("account_reset_password") in text

    assert "Send the link" in client.get(reverse("account_reset_password")).content.decode()
    for address in (cast.ada.email, "nobody@lane.example"):
        answer = client.post(reverse("account_reset_password"), {"email": address}, follow=True)
        assert "Look in your mail" in answer.content.decode()
