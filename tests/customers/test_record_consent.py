"""Consents: off by default, one by one, in exact words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse

from customers import actions
from customers.models import Consent, ConsentText, Customer
from customers.rules import consent_words, offers
from dealership.models import Entry
from recommendations.rules.wording import EASY_IN_SPANISH, HARDEST_GRADE, reading_ease_es, reading_grade
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


SPANISH = "{store} puede mandarme mensajes sobre lo que toca. STOP lo termina."


@pytest.mark.parametrize(
    ("speaks", "query", "written", "version", "words"),
    [
        ("es", "", [], "2026-12 es", "Northgate Honda puede mandarme mensajes de texto con ofertas"),
        ("es", "?language=en", [], "2026-12", "Northgate Honda may text me with offers"),
        ("en", "?language=es", [], "2026-12 es", "puede mandarme mensajes de texto con ofertas"),
        ("en", "?language=xx", [], "2026-12", "may text me with offers"),
        (
            "es",
            "",
            [{}, {"words": SPANISH, "language": "es"}],
            "2027-02 es",
            "puede mandarme mensajes sobre lo que toca",
        ),
        ("en", "", [{}, {"words": SPANISH, "language": "es"}], "2027-02", "may text me about what is due"),
        ("es", "", [{}], "2027-02", "The group has written these words in English only."),
        (
            "es",
            "",
            [{"version": "1", "words": SPANISH, "language": "es", "effective_date": AT.date() - timedelta(days=9)}, {}],
            "2027-02",
            "may text me about what is due",
        ),
    ],
)
def test_they_are_asked_in_their_language_and_what_was_read_is_what_is_kept(
    send: Callable[..., Any],
    client: Any,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    speaks: str,
    query: str,
    written: list[dict[str, Any]],
    version: str,
    words: str,
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    for row in written:
        own_words(**row)
    customer = make_customer(language=speaks)
    client.force_login(cast.ada)
    page = client.get(ask(customer, "marketing") + query).content.decode()
    assert words in page
    language = page.split('name="language" value="')[1][:2]

    typed = {"granted": "yes", "source": "In writing", "language": language}
    answer = send(cast.ada, ask(customer, "marketing"), **typed, text_version=version)

    assert answer.status_code == 302
    kept = Consent.objects.get()
    assert kept.text_version == version
    assert kept.words in page
    lang = "es" if version.endswith(" es") else "en"
    assert f'<blockquote lang="{lang}"><q>{kept.words}</q>' in page
    mixed = send(cast.ada, ask(customer, "marketing"), **(typed | {"language": "en"}), text_version="2026-12 es")
    assert mixed.status_code == 422, "read in one language, kept in the other"


def test_the_two_languages_ask_the_same_uses_and_records_are_asked_with_all_esign_wants() -> None:
    for purpose in ("repair_messages", "marketing", "sales_use", "electronic_records", "satisfaction"):
        for channel in (one for one in ("text", "call", "email", "any") if offers(purpose, one)):
            english, spanish = (consent_words(purpose, channel, "Northgate Honda", None, one) for one in ("en", "es"))
            assert english.words != spanish.words
            assert "{" not in english.words + spanish.words
            assert reading_grade(english.words) <= HARDEST_GRADE
            assert reading_ease_es(spanish.words) >= EASY_IN_SPANISH
            assert ("STOP" in english.words) == ("STOP" in spanish.words) == (channel == "text")
    # 15 USC 7001(c)(1): paper and what it costs, taking it back, how far it goes, what one needs, a changed address.
    records = consent_words("electronic_records", "email", "Northgate Honda").words
    for told in ("paper at any time, free", "take this back", "and later ones", "opens web pages", "address changes"):
        assert told in records


def test_words_that_were_read_to_somebody_stay_as_they_were(cast: Cast) -> None:
    own_words()
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        ConsentText.objects.update(words="{store} STOP")


@pytest.mark.parametrize("fields", [{"words": "May we text you? STOP"}, {"words": "{store} may text me."}])
def test_words_name_the_store_and_offers_by_text_say_how_to_end_them(cast: Cast, fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="consent_text"), transaction.atomic():
        own_words(**fields)
