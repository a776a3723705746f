"""The estimate brings itself up to date, says what changed, and leaves alone what somebody is typing."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealership.management.demonstration.lane import IN_SHOP
from recommendations.actions import deciding, presenting
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, Presentation
from service_lane.models import RepairOrder
from tests.journeys.today import FOUND, Today

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

TICK = "document.body.dispatchEvent(new CustomEvent('lane:tick', {bubbles: true}))"


@pytest.fixture
def today(northgate: Any) -> Today:
    return Today(northgate)


@pytest.fixture
def order(today: Today) -> RepairOrder:
    return today.order("Priya Raman", IN_SHOP, found=FOUND)


def found_lines(order: RepairOrder) -> list[Advisory]:
    return list(Advisory.objects.filter(repair_order=order, request=None))


def test_an_answer_arrives_while_a_reason_is_half_typed(order: RepairOrder, sit_down: Any) -> None:
    dana = sit_down("dana")
    dana.goto(f"/orders/{order.pk}/estimate/")
    shown_line, kept_line = found_lines(order)
    dana.locator(f"#ret-{kept_line.pk} > summary").click()
    words = dana.locator(f"#words-{kept_line.pk}")
    words.press_sequentially("The photo is of the oth")
    at = timezone.now()
    presentation = presenting.present(
        repair_order=order,
        advisories=[shown_line],
        channel=Presentation.Channel.COUNTER,
        to_name="Priya Raman",
        by=order.advisor,
        at=at,
    )
    deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.get().pk, "approved")],
        who_name="Priya Raman",
        channel=Presentation.Channel.COUNTER,
        by=order.advisor,
        at=at,
    )
    dana.evaluate(TICK)
    expect(dana.locator("#stand")).to_contain_text("Answered: 1 yes")
    expect(dana.locator("#say")).to_contain_text("Answered: 1 yes")
    expect(dana.locator(f"#line-{shown_line.pk}")).to_contain_text("Approved by Priya Raman")
    expect(words).to_be_focused()
    expect(words).to_have_value("The photo is of the oth")
    words.press_sequentially("er side")
    expect(words).to_have_value("The photo is of the other side")


def test_the_customers_page_and_its_grade_follow_what_is_typed(order: RepairOrder, sit_down: Any) -> None:
    line = found_lines(order)[0]
    dana = sit_down("dana")
    dana.goto(f"/lines/{line.pk}/#id_finding_text")
    words = dana.locator("#id_finding_text")
    expect(words).to_be_focused()
    mirror = dana.locator("#mirror")
    words.fill("The part leaks.")
    expect(mirror.locator(".says")).to_contain_text("The part leaks.")
    expect(mirror).not_to_contain_text("Too hard")
    words.fill("Deterioration of the elastomeric gasket precipitates uncontrollable contamination. " * 3)
    expect(mirror).to_contain_text("“What we found” is above 8")
    expect(words).to_be_focused()
    assert line.versions.get().finding_text != words.input_value(), "reading it changes nothing"


def test_what_was_left_open_in_the_inbox_stays_open(today: Today, sit_down: Any) -> None:
    waiting = today.asked("Priya Raman")
    dana = sit_down("dana")
    dana.goto("/approvals/")
    row = dana.locator(f"#row-{waiting.pk}")
    row.get_by_text("Answer the question").click()
    reply = row.locator("textarea")
    reply.press_sequentially("Yes, in our vi")
    today.order("Sam Ortiz", IN_SHOP, found=FOUND)
    dana.evaluate(TICK)
    expect(dana.locator("#inbox")).to_contain_text("Sam Ortiz")
    expect(reply).to_have_value("Yes, in our vi")
    expect(reply).to_be_focused()
    reply.press_sequentially("ew it is.")
    row.get_by_role("button", name="Send the answer").click()
    expect(row).to_contain_text("“Yes, in our view it is.”")
    expect(dana).to_have_url(re.compile(r"/approvals/$"))
