"""Consents: off by default, one by one, in exact words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse

from customers import actions
from customers.models import Consent, ConsentText, Customer
from customers.rules import consent_words
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer


def say(cast: Cast, theo: Customer, purpose: str, channel: str, granted: bool) -> Consent:
    asked = consent_words("repair_messages", "text", cast.north.name)
    return actions.record_consent(
        customer=theo,
        purpose=purpose,
        channel=channel,
        granted=granted,
        words=asked.words,
        text_version=asked.version,
        source="At the counter",
        by=cast.ada,
        at=AT,
        rooftop=cast.north,
    )


def ask(theo: Customer, purpose: str = "repair_messages", channel: str = "text") -> str:
    return reverse("customers:consent", args=[theo.pk, purpose, channel])


def test_nothing_is_allowed_until_somebody_says_yes(cast: Cast) -> None:
    theo = make_customer()
    assert not Consent.objects.allows(theo, "repair_messages", "text")
    say(cast, theo, "repair_messages", "text", True)
    assert Consent.objects.allows(theo, "repair_messages", "text")
    assert not Consent.objects.allows(theo, "repair_messages", "call")
    assert not Consent.objects.allows(theo, "marketing", "text")
    assert Entry.objects.about(theo).get().event == "consent.recorded"


def test_a_change_is_a_new_row_and_the_latest_counts(cast: Cast) -> None:
    theo = make_customer()
    say(cast, theo, "marketing", "text", True)
    say(cast, theo, "marketing", "text", False)
    assert Consent.objects.count() == 2
    assert not Consent.objects.allows(theo, "marketing", "text")


def test_a_consent_is_never_rewritten(cast: Cast) -> None:
    consent = say(cast, make_customer(), "marketing", "text", False)
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(granted=True)
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        consent.delete()
    assert not Consent.objects.get().granted


def test_the_counter_asks_in_the_exact_words_and_nothing_is_chosen(client: Any, cast: Cast) -> None:
    theo = make_customer()
    client.force_login(cast.ada)
    page = client.get(ask(theo)).content.decode()
    words = consent_words("repair_messages", "text", "Northgate Honda").words
    assert words in page
    assert "checked" not in page.partition("<form class=")[2].partition("</form>")[0]


def test_the_answer_is_kept_with_words_version_and_source(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    asked = consent_words("repair_messages", "text", "Northgate Honda")
    response = send(cast.ada, ask(theo), granted="yes", source="By phone", text_version=asked.version)
    assert response.status_code == 302
    consent = Consent.objects.get()
    assert (consent.granted, consent.words, consent.text_version) == (True, asked.words, asked.version)
    assert (consent.source, consent.by, consent.purpose, consent.channel) == (
        *("By phone", cast.ada),
        *("repair_messages", "text"),
    )


@pytest.mark.parametrize("typed", [{}, {"granted": "yes"}, {"granted": "yes", "text_version": "2019-01"}])
def test_an_answer_to_nothing_or_to_old_words_is_not_one(
    send: Callable[..., Any], cast: Cast, typed: dict[str, str]
) -> None:
    assert send(cast.ada, ask(make_customer()), source="By phone", **typed).status_code == 422
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("purpose", "channel"), [("electronic_records", "call"), ("all", "text"), ("marketing", "fax")]
)
def test_a_use_that_is_not_offered_is_not_there(client: Any, cast: Cast, purpose: str, channel: str) -> None:
    client.force_login(cast.ada)
    assert client.get(ask(make_customer(), purpose, channel)).status_code == 404


def test_only_the_counter_records_consents(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    for staff in (cast.tess, cast.sam):
        assert send(staff, ask(theo), granted="yes").status_code == 403
    assert not Consent.objects.exists()


def test_the_log_shows_the_exact_words(client: Any, cast: Cast) -> None:
    theo = make_customer()
    consent = say(cast, theo, "marketing", "any", False)
    client.force_login(cast.ada)
    page = client.get(reverse("customers:consents", args=[theo.pk])).content.decode()
    assert consent.words in page
    assert page.count('class="c-n"') == 3


@pytest.mark.parametrize(
    ("said", "source", "status"), [("yes", "At the counter", 422), ("yes", "In writing", 302), ("no", "By phone", 302)]
)
def test_a_yes_to_offers_by_text_counts_only_when_it_is_signed(
    send: Callable[..., Any], cast: Cast, said: str, source: str, status: int
) -> None:
    asked = consent_words("marketing", "text", "Northgate Honda")
    answer = send(cast.ada, ask(make_customer(), "marketing"), granted=said, source=source, text_version=asked.version)
    assert answer.status_code == status
    assert Consent.objects.count() == (status == 302)
    assert status == 302 or "counts only when it is signed" in answer.content.decode()


WORDS = "{store} may text me about what is due. STOP ends it."


def own_words(**fields: Any) -> ConsentText:
    day = AT.date()
    return ConsentText.objects.create(
        **{"purpose": "marketing", "channel": "text", "version": "2027-02", "words": WORDS, "effective_date": day}
        | fields
    )


def test_the_groups_own_words_are_read_from_their_day_on_and_kept_with_their_version(
    send: Callable[..., Any], client: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    own_words()
    own_words(version="2027-03", words="{store}: later. STOP", effective_date=AT.date() + timedelta(days=1))
    theo = make_customer()
    client.force_login(cast.ada)
    assert "Northgate Honda may text me about what is due." in client.get(ask(theo, "marketing")).content.decode()
    send(cast.ada, ask(theo, "marketing"), granted="yes", source="In writing", text_version="2027-02")
    consent = Consent.objects.get()
    assert (consent.words, consent.text_version) == (WORDS.format(store="Northgate Honda"), "2027-02")


def test_words_that_were_read_to_somebody_stay_as_they_were(cast: Cast) -> None:
    own_words()
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        ConsentText.objects.update(words="{store} STOP")


@pytest.mark.parametrize("fields", [{"words": "May we text you? STOP"}, {"words": "{store} may text me."}])
def test_words_name_the_store_and_offers_by_text_say_how_to_end_them(cast: Cast, fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="consent_text"), transaction.atomic():
        own_words(**fields)
