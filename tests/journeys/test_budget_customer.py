"""A customer answers three findings with six touches: three answers, review, one signature, send."""

from typing import Any

import pytest
from playwright.sync_api import expect

from recommendations.models import Advisory
from tests.journeys.budgets import counted
from tests.journeys.on_the_phone import Sent, send_findings

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sent(northgate: Any) -> Sent:
    return send_findings(northgate)


@pytest.mark.parametrize(
    ("language", "yes", "no", "check", "sign", "send", "thanks"),
    [
        ("en", "Yes, do this", "No, leave it", "Check my answers", "Sign with", "Send my answers", "Thank you"),
        ("es", "Sí, háganlo", "No, déjenlo", "Revisar respuestas", "Firme con", "Enviar respuestas", "Gracias"),
    ],
)
def test_three_findings_are_answered_with_six_touches(
    sent: Sent, new_page: Any, language: str, yes: str, no: str, check: str, sign: str, send: str, thanks: str
) -> None:
    page = new_page(390, 844, has_touch=True)
    page.goto(f"{sent.path}?lang={language}")
    cards = page.locator("article.adv")
    expect(cards).to_have_count(3)
    task = "Customer answers three findings" + ("" if language == "en" else " in Spanish")
    with counted(page, task, budget=6) as hands:
        hands.choose(cards.nth(0).get_by_label(yes))
        hands.choose(cards.nth(1).get_by_label(no))
        hands.choose(cards.nth(2).get_by_label(yes))
        hands.tap(page.get_by_role("button", name=check))
        hands.fill(page.get_by_label(sign), f"Priya Raman {sent.digits}")
        hands.tap(page.get_by_role("button", name=send))
        expect(page.get_by_role("heading", level=1)).to_contain_text(thanks)
    answers = Advisory.objects.filter(repair_order=sent.order, finding__isnull=False).order_by("position")
    assert sorted(answers.values_list("answer", flat=True)) == ["approved", "approved", "declined"]


def test_a_question_goes_out_with_three_touches(sent: Sent, new_page: Any) -> None:
    page = new_page(390, 844, has_touch=True)
    page.goto(sent.path)
    card = page.locator("article.adv").first
    with counted(page, "Customer asks about a finding", budget=3) as hands:
        hands.tap(card.get_by_text("Later, or ask Dana first"))
        hands.fill(card.get_by_label("Your question"), "Can I still drive home?")
        hands.tap(card.get_by_role("button", name="Ask now, answer later"))
        expect(page.locator("article.adv").first).to_contain_text("Dana sees it. The answer will be here.")
    expect(page).to_have_url(f"{page.url.split('/v/')[0]}{sent.path}#{card.get_attribute('id')}")
