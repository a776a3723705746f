"""The customer's page in English and in Spanish: complete, plain, and proven in the language it was read in."""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dealership.management.demonstration import catalog, spanish
from dealership.models import Entry, OutboxMessage, Rooftop
from dealership.templatetags import lane, written
from recommendations import languages
from recommendations.actions import links, pricing, record
from recommendations.actions.record import fingerprint
from recommendations.models import Advisory, CustomerLink, Decision, PresentedLine
from recommendations.rules import (
    EASY_IN_SPANISH,
    HARDEST_GRADE,
    LONGEST_SENTENCE,
    disclosure,
    reading_ease_es,
    reading_grade,
)
from recommendations.rules.wording import syllables_es, words_per_sentence
from service_lane.models import RepairOrder
from service_lane.rules import DEFAULT_TEMPLATE, PART_STATES, REASON_CODES
from tests.cast import AT, Cast
from tests.conftest import PROJECT
from tests.recommendations import lines
from tests.recommendations.pages import ADDRESS, OnLink, logged_in, plain, send_link

LOCALE = PROJECT / "locale" / "es" / "LC_MESSAGES"
TEMPLATES = PROJECT / "templates"
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]+>")
FILLED_IN = re.compile(r"%\(\w+\)s|\{\w+\}")
PADS = {
    "name_es": "Cambiar las pastillas delanteras",
    "what_it_is_es": "Las pastillas aprietan los discos para parar el auto.",
    "why_it_matters_es": "Con pastillas delgadas tarda más en parar.",
    "if_you_wait_es": "Las pastillas se pueden acabar y dañar los discos.",
    "horizon_es": "4 a 8 semanas",
}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter, and nobody has opened a wrong link yet."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    cache.clear()


# --- the translation itself ------------------------------------------------------------------------------------------


def entries() -> Iterator[tuple[str, str, list[str]]]:
    """Context, msgid and translations of every entry of the .po file."""
    for block in (LOCALE / "django.po").read_text().split("\n\n"):
        found: dict[str, str] = {}
        key = ""
        for row in block.splitlines():
            if row.startswith("msg"):
                key, _, row = row.partition(" ")
            if row.startswith('"'):
                found[key] = found.get(key, "") + ast.literal_eval(row)
        if "msgid" in found:
            told = [text for name, text in found.items() if name.startswith("msgstr")]
            yield found.get("msgctxt", ""), found["msgid"], told


def test_the_compiled_translation_is_the_one_that_is_written_down() -> None:
    with (LOCALE / "django.mo").open("rb") as compiled:
        kept = gettext.GNUTranslations(compiled)._catalog
    written = {}
    for context, msgid, told in entries():
        name = f"{context}\x04{msgid}" if context else msgid
        for number, text in enumerate(told):
            written[(name, number) if len(told) > 1 else name] = text
    assert {name: text for name, text in kept.items() if name != ""} == {n: t for n, t in written.items() if n != ""}


def test_everything_is_translated_and_keeps_its_places_to_fill_in() -> None:
    for _context, msgid, told in entries():
        assert all(told), f"{msgid!r} is not in Spanish yet"
        for text in told:
            missing = set(FILLED_IN.findall(msgid)) ^ set(FILLED_IN.findall(text))
            assert missing <= ({"%(n)s"} if len(told) > 1 else set()), text


def test_every_text_the_customers_pages_mark_is_in_the_translation() -> None:
    known = {msgid for _context, msgid, _told in entries()}
    pages = [*TEMPLATES.glob("recommendations/customer*.html"), TEMPLATES / "components" / "customer_base.html"]
    marked = [
        text
        for page in pages
        for pair in re.findall(r"\{% translate (?:\"([^\"]*)\"|'([^']*)')", page.read_text())
        for text in pair
        if text
    ]
    assert len(marked) > 100
    assert [text for text in marked if text not in known] == []


def test_words_that_live_in_rules_are_named_for_translation() -> None:
    assert {reason.short for reason in REASON_CODES.values()} <= set(languages.REASONS)
    assert set(PART_STATES.values()) <= set(languages.PARTS)
    assert {item.name for section in DEFAULT_TEMPLATE for item in section.items} <= set(languages.CHECKS)
    rows = {row.service for row in catalog.SCHEDULE} | {row.source for row in catalog.SCHEDULE}
    assert rows <= {*languages.SCHEDULE, *languages.CHECKS}


def test_the_demonstrations_menu_is_whole_in_spanish() -> None:
    assert set(spanish.OPERATIONS) == {operation.code for operation in catalog.OPERATIONS}
    assert {kit.description for operation in catalog.OPERATIONS for kit in operation.kit} == set(spanish.PARTS)
    for said in spanish.OPERATIONS.values():
        assert all(vars(said).values())


# --- how hard it is to read ------------------------------------------------------------------------------------------


def filled(text: str) -> str:
    return PLACEHOLDER.sub("Dana", text)


def own_english() -> list[str]:
    """Our own sentences that customers read in English: the translation names every one of them."""
    return [filled(msgid) for _context, msgid, _told in entries() if len(msgid.split()) > 3]


def own_spanish() -> list[str]:
    return [filled(text) for _context, _msgid, told in entries() for text in told if len(text.split()) > 3]


def menu_in(language: str) -> list[str]:
    texts = ("what_it_is", "why_it_matters", "if_you_wait")
    rows = catalog.OPERATIONS if language == "en" else spanish.OPERATIONS.values()
    return [" ".join(getattr(row, text) for text in texts) for row in rows]


def test_all_our_english_reads_at_grade_8_with_short_sentences() -> None:
    for texts in (own_english(), menu_in("en")):
        assert 0 < reading_grade("\n".join(texts)) <= HARDEST_GRADE / 2
        assert words_per_sentence("\n".join(texts)) <= LONGEST_SENTENCE
    assert [text for text in menu_in("en") if reading_grade(text) > HARDEST_GRADE] == []
    paragraphs = [text for text in own_english() if text.count(".") > 1]
    assert [text for text in paragraphs if reading_grade(text) > HARDEST_GRADE] == []


def test_all_our_spanish_is_easy_on_the_inflesz_scale() -> None:
    for texts in (own_spanish(), menu_in("es")):
        assert reading_ease_es("\n".join(texts)) >= EASY_IN_SPANISH
        assert words_per_sentence("\n".join(texts)) <= LONGEST_SENTENCE
    assert [text for text in menu_in("es") if reading_ease_es(text) < EASY_IN_SPANISH] == []


def test_spanish_syllables_join_weak_vowels_and_part_strong_ones() -> None:
    words = {"auto": 2, "día": 2, "línea": 3, "cuatro": 2, "reúne": 3, "quiere": 2, "hoy": 1, "y": 1, "4": 1}
    assert {word: syllables_es(word) for word in words} == words
    assert reading_ease_es("") == 100


@pytest.mark.parametrize("word", ["recommend", "critical", "unsafe", "recomend", "crític", "peligros", "urgente"])
def test_nothing_of_ours_pushes(word: str) -> None:
    texts = [*own_english(), *own_spanish(), *menu_in("en"), *menu_in("es")]
    assert [text for text in texts if word in text.lower()] == []


# --- reading it ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(cast: Cast) -> OnLink:
    return send_link(cast)


@pytest.fixture
def in_spanish(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> OnLink:
    """The same link, on lines whose catalog has Spanish for the pads and none for the boot."""
    made = lines.make_op_code

    def with_spanish(cast: Cast, code: str = "41BRKF", **fields: object) -> object:
        kit = [lines.PADS | {"description_es": "Juego de pastillas"}, lines.KIT]
        more = PADS | {"parts_kit": kit} if code == "41BRKF" else {}
        return made(cast, code, **(more | fields))

    monkeypatch.setattr(lines, "make_op_code", with_spanish)
    return send_link(cast)


@pytest.mark.django_db
def test_the_language_is_chosen_on_the_page_and_stays_chosen(in_spanish: OnLink) -> None:
    english = in_spanish.look().content.decode()
    assert '<html lang="en">' in english
    assert '?lang=es" lang="es" hreflang="es">Español</a>' in english
    spanish_page = in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es")
    assert '<html lang="es">' in spanish_page.content.decode()
    cookie = spanish_page.cookies["lane_language"]
    assert (cookie.value, cookie["path"], cookie["samesite"]) == ("es", in_spanish.at("customer-link"), "Lax")
    assert cookie["httponly"]
    for name in ("customer-link", "link-how", "link-thanks"):
        assert '<html lang="es">' in in_spanish.browser.get(in_spanish.at(name)).content.decode()
    back = in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=en")
    assert '<html lang="en">' in back.content.decode()
    assert '<html lang="en">' in in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=de").content.decode()


@pytest.mark.django_db
def test_a_browser_that_prefers_spanish_is_met_in_spanish(sent: OnLink) -> None:
    page = sent.browser.get(sent.at("customer-link"), headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    assert '<html lang="es">' in page.content.decode()


@pytest.mark.django_db
def test_choosing_a_language_changes_nothing_on_the_server(in_spanish: OnLink) -> None:
    before = CustomerLink.objects.values().get(), Entry.objects.count(), RepairOrder.objects.values().get()
    in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es")
    assert (CustomerLink.objects.values().get(), Entry.objects.count(), RepairOrder.objects.values().get()) == before
    assert "sessionid" not in in_spanish.browser.cookies


@pytest.mark.django_db
def test_the_spanish_page_says_all_of_ours_in_spanish_in_the_customers_form(in_spanish: OnLink) -> None:
    page = in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es")
    text = plain(page)
    assert "Theo, esto es lo que hallamos" in text
    assert "Medimos 2 mm, delantera izquierda. El límite es 3 mm." in text
    assert "Cambiar las pastillas delanteras" in text
    assert "Juego de pastillas" in text
    assert "71,902 millas" in text
    assert "$387.29" in text
    assert "El precio vale hasta el 7 de dic." in text
    assert "2:38 p.m." in text
    assert "Verde es 6 mm o más, amarillo de 3.1 a 5.9 mm, rojo 3 mm o menos." in text
    ours = [msgid for _context, msgid, _told in entries() if len(msgid.split()) > 2 and not PLACEHOLDER.search(msgid)]
    assert [msgid for msgid in ours if msgid in text] == []


@pytest.mark.django_db
def test_what_nobody_wrote_in_spanish_is_in_english_and_says_so(in_spanish: OnLink) -> None:
    html = in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es").content.decode()
    assert '<h3 lang="en">Replace the left shaft boot</h3>' in html
    assert "Lo que está en inglés fue escrito en inglés por su asesor o su técnico." in html
    english = in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=en").content.decode()
    assert 'lang="en">Replace' not in english


@pytest.mark.django_db
def test_a_text_the_advisor_rewrote_loses_its_spanish_and_no_other_does(cast: Cast, in_spanish: OnLink) -> None:
    advisory = Advisory.objects.get(pk=in_spanish.pads.pk)
    version = advisory.versions.get(number=1)
    content = pricing.content_of(version, advisory.pay_type)
    changed = replace(content, if_you_wait="Fine for one more week.", parts=content.parts[:1])
    pricing.write_version(advisory=advisory, content=changed, by=cast.ada, at=AT)
    latest = advisory.versions.get(number=2).spanish
    assert "if_you_wait" not in latest
    assert latest["title"] == PADS["name_es"]
    assert latest["parts"] == {"Front pads, set": "Juego de pastillas"}


@pytest.mark.django_db
def test_each_change_is_told_in_the_customers_language(cast: Cast, in_spanish: OnLink) -> None:
    advisory = Advisory.objects.get(pk=in_spanish.pads.pk)
    content = pricing.content_of(advisory.versions.get(number=1), advisory.pay_type)
    rebuilt = replace(content.parts[0], state="rebuilt", unit_price=Decimal("98.40"))
    changed = replace(content, parts=(rebuilt, *content.parts[1:]))
    pricing.write_version(advisory=advisory, content=changed, by=cast.ada, at=AT)
    text = plain(in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es"))
    assert "Véalo otra vez, por favor." in text
    assert "Ada cambió el precio (11:38 a.m.): $387.29 ahora es $365.64, $21.65 menos." in text
    assert "La pieza Juego de pastillas ahora es reconstruida, $98.40; antes era nueva, original, $118.40." in text


def test_every_sentence_of_a_change_is_named_for_translation() -> None:
    spoken = {pattern for name, pattern in vars(disclosure).items() if name.startswith(("_READ_OUT", "_CHANGED"))}
    assert spoken | set(disclosure._SPOKEN.values()) <= set(languages.CHANGES)


@pytest.mark.django_db
def test_what_was_shown_holds_both_languages_under_one_fingerprint(in_spanish: OnLink) -> None:
    line = PresentedLine.objects.get(advisory=in_spanish.pads)
    assert line.snapshot["es"]["if_you_wait"] == PADS["if_you_wait_es"]
    assert fingerprint(line.snapshot) == line.sha256
    other = {**line.snapshot, "es": {**line.snapshot["es"], "if_you_wait": "Nada."}}
    assert fingerprint(other) != line.sha256


@pytest.mark.django_db
def test_an_answer_says_in_which_language_the_line_was_read(cast: Cast, in_spanish: OnLink) -> None:
    review = in_spanish.browser.post(in_spanish.at("link-review"), in_spanish.form(lang="es"))
    assert "Usted dice que sí." in plain(review)
    receipt = in_spanish.answer(lang="es")
    decision = Decision.objects.get()
    assert decision.language == "es"
    assert record.verify(cast.north).problem == ""
    in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es")
    assert "Usted dijo que sí." in plain(in_spanish.browser.get(receipt.url))
    with pgtrigger.ignore():
        Decision.objects.update(language="")
    assert "not as recorded: language" in record.verify(cast.north).problem


@pytest.mark.django_db
def test_an_answer_from_before_languages_were_kept_still_verifies(cast: Cast, in_spanish: OnLink) -> None:
    in_spanish.answer()
    decision = Decision.objects.get()
    assert decision.language == "en"
    decision.language = ""
    assert "language" not in record.decision_payload(decision)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"digits": "9999"}, "Esos no son los cuatro últimos números que tenemos."),
        ({"name": " "}, "Escriba su nombre completo"),
    ],
)
def test_refusals_are_said_in_the_language_of_the_page(in_spanish: OnLink, more: dict[str, str], sentence: str) -> None:
    answer = in_spanish.answer(lang="es", **more)
    assert answer.status_code == 422
    assert sentence in plain(answer)
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_whoever_answered_in_spanish_gets_the_next_message_in_spanish(cast: Cast, in_spanish: OnLink) -> None:
    first = OutboxMessage.objects.get(purpose="findings_link")
    assert "we looked at your 2018 Ridgeline" in first.body
    in_spanish.answer(lang="es", **{f"answer-{in_spanish.pads.pk}": "declined"})
    again = links.send(
        repair_order=in_spanish.order,
        advisories=[in_spanish.pads, in_spanish.boot],
        address=lambda token: ADDRESS + token,
        by=cast.ada,
        at=AT + timedelta(minutes=5),
    )
    assert again.link.language == "es"
    assert again.message.body.startswith("Northgate Honda: revisamos su 2018 Ridgeline.")
    assert "Responda STOP" in again.message.body
    page = Client().get(reverse("recommendations:customer-link", args=[again.token]))
    assert '<html lang="es">' in page.content.decode()


@pytest.mark.django_db
def test_a_link_that_does_not_work_says_so_in_spanish_too(in_spanish: OnLink) -> None:
    CustomerLink.objects.update(revoked_at=AT)
    gone = in_spanish.browser.get(in_spanish.at("customer-link") + "?lang=es")
    assert gone.status_code == 410
    assert "Este enlace ya no funciona" in plain(gone)
    assert 'href="tel:+14155550100"' in gone.content.decode()


@pytest.mark.django_db
def test_a_wrong_link_says_so_in_the_language_the_browser_prefers(in_spanish: OnLink) -> None:
    wrong = reverse("recommendations:customer-link", args=["not-a-token"])
    spanish_browser = Client(headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert "No hallamos esta página" in plain(spanish_browser.get(wrong))
    assert "We cannot find this page" in plain(Client().get(wrong))
    tries = [spanish_browser.get(wrong) for _ in range(40)]
    assert tries[-1].status_code == 429
    assert "Demasiados intentos" in plain(tries[-1])
    assert tries[-1].headers["Retry-After"] == "600"


@pytest.mark.django_db
def test_a_form_sent_before_with_other_answers_says_so_in_spanish_on_a_customers_page(in_spanish: OnLink) -> None:
    form = in_spanish.form(lang="es")
    in_spanish.browser.post(in_spanish.at("link-answers"), form)
    again = in_spanish.browser.post(in_spanish.at("link-answers"), form | {f"answer-{in_spanish.pads.pk}": "declined"})
    assert again.status_code == 409
    assert "Este formulario ya se envió una vez" in plain(again)
    assert '<html lang="es"' in again.content.decode()


@pytest.mark.django_db
def test_how_advisors_are_paid_is_said_in_both_languages_and_may_be_turned_off(in_spanish: OnLink) -> None:
    how = in_spanish.at("link-how")
    Rooftop.objects.update(how_advisors_are_paid="By the hour.", how_advisors_are_paid_es="Por hora.")
    assert "Por hora." in plain(in_spanish.browser.get(how + "?lang=es"))
    assert "By the hour." in plain(in_spanish.browser.get(how + "?lang=en"))
    Rooftop.objects.update(how_advisors_are_paid_es="")
    assert '<p lang="en">By the hour.</p>' in in_spanish.browser.get(how + "?lang=es").content.decode()
    Rooftop.objects.update(says_how_advisors_are_paid=False)
    text = plain(in_spanish.browser.get(how + "?lang=en"))
    assert "By the hour." not in text
    assert "How we choose what to tell you" in text


@pytest.mark.django_db
def test_staff_pages_stay_in_english_whatever_the_browser_prefers(cast: Cast, in_spanish: OnLink) -> None:
    client = logged_in(cast.ada)
    client.cookies["lane_language"] = "es"
    page = client.get(
        reverse("recommendations:estimate", args=[in_spanish.order.pk]), headers={"Accept-Language": "es"}
    )
    html = page.content.decode()
    assert '<html lang="en"' in html
    assert "What we found" in html
    assert "Lo que hallamos" not in html


def test_days_times_miles_and_signs_are_written_as_the_reader_writes_them() -> None:
    with translation.override("en"):
        assert (written.told_day(AT), written.told_time(AT)) == ("Nov 23", "7:38 PM")
        assert written.told_day(AT - timedelta(days=400)) == "Oct 19, 2025"
        hours = {
            "0": "",
            "0.01": "5 minutes",
            "0.3": "20 minutes",
            "1": "1 hour",
            "1.60": "1 hour 35 minutes",
            "2.99": "3 hours",
        }
        assert {typed: written.told_hours(typed) for typed in hours} == hours
    with translation.override("es"):
        assert (written.told_day(AT), written.told_time(AT)) == ("23 de nov.", "7:38 p.m.")
        assert written.told_day(AT - timedelta(days=400)) == "19 de oct. de 2025"
        assert written.miles(141900) == "141,900 millas"
        assert written.told_hours("1.6") == "1 hora 35 minutos"
        assert written.money(Decimal("792.58")) == "$792.58"
        assert "necesita atención ahora" in lane.sign("red")
        assert "camioneta, color azul marino" in lane.car("truck", "navy")
        assert "cambiar" in lane.gauge(2, 3, 6, 12, "mm")
