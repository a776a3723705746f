"""Closing a visit: nothing unsaid, nothing half done, nothing unbilled, and the miles on the way out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from dealership.models import Entry
from recommendations.actions import closing, deciding, drafting, invoicing, links, pricing, returning
from recommendations.actions.deciding import Answered
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Advisory, CustomerLink, Presentation
from service_lane.models import RepairOrder
from service_lane.signals import repair_order_closed
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import drafted, make_inspection, make_item, make_request, shown
from tests.recommendations.pages import answered_at_counter, logged_in, notice_signed, plain, post, read, send_link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def close(cast: Cast, order: RepairOrder, miles: str = "71,910") -> Any:
    return post(cast.ada, "close", order.pk, odometer_out=miles)


def refused(answer: Any, order: RepairOrder, sentence: str) -> None:
    order.refresh_from_db()
    assert answer.status_code == 422
    assert sentence in plain(answer)
    assert (order.status, order.odometer_out) == (RepairOrder.Status.OPEN, None)


def test_a_billed_visit_closes_with_its_miles_and_announces_it(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    heard: list[int] = []

    def listen(repair_order_id: int, **_: Any) -> None:
        heard.append(repair_order_id)

    repair_order_closed.connect(listen)
    try:
        answer = close(cast, order)
    finally:
        repair_order_closed.disconnect(listen)
    order.refresh_from_db()
    assert answer.url == reverse("recommendations:handover", args=[order.pk])
    assert (order.status, order.odometer_out, order.closed_by, order.closed_at) == ("closed", 71910, cast.ada, AT)
    assert Entry.objects.about(order).filter(event="repair_order.closed").count() == 1
    assert heard == [order.pk]


def test_no_to_everything_closes_on_the_declined_work_notice(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "declined", "declined")
    refused(close(cast, order), order, "Nothing was agreed. Have the declined-work notice signed")
    notice_signed(cast, order)
    assert close(cast, order).url == reverse("recommendations:declined-notice", args=[order.pk])


def test_silence_is_a_no_and_does_not_keep_the_car(cast: Cast) -> None:
    order = make_order(cast)
    shown(cast, order)
    assert close(cast, order).status_code == 302
    assert Entry.objects.get(event="repair_order.closed").detail["unanswered"] == 2


def test_an_unmentioned_finding_keeps_it_open_and_is_linked(cast: Cast) -> None:
    order = make_order(cast)
    pads, _boot = drafted(cast, order)
    answer = close(cast, order)
    refused(answer, order, "Replace the front brake pads was found and never shown.")
    assert f"#line-{pads.pk}" in answer.content.decode()
    assert "2 things to do before it closes" in plain(answer)


def test_a_finding_sent_back_with_a_reason_does_not_keep_it_open(cast: Cast) -> None:
    order = make_order(cast)
    for line in drafted(cast, order):
        returning.give_back(advisory=line, reason="Measure it again", by=cast.ada, at=AT)
    assert not [one for one in closing.blockers(order) if one.advisory_id]


def test_a_finding_that_is_not_a_line_yet_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    make_item(cast, make_inspection(cast, order))
    refused(close(cast, order), order, "A finding is not on the estimate yet.")


def test_an_unfinished_inspection_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    make_inspection(cast, order, complete=False)
    refused(close(cast, order), order, "The inspection is not finished.")


def test_agreed_work_that_is_not_finished_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined")
    refused(close(cast, order), order, "Replace the front brake pads was agreed and is not finished.")


def test_finished_work_without_a_bill_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    answered_at_counter(cast, order, "approved", "declined", work=True)
    refused(close(cast, order), order, "Make the bill first.")


def test_what_was_signed_for_and_is_not_a_line_yet_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    make_request(cast, order)
    refused(close(cast, order), order, "signed at write-up is not on the estimate yet")
    drafting.draft_requested(repair_order=order, at=AT)
    refused(close(cast, order), order, "Oil and filter was agreed and is not finished.")


def test_a_line_changed_after_it_was_shown_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    pads = answered_at_counter(cast, order, "declined", "declined")[0]
    written = pricing.content_of(pads.versions.get(), pads.pay_type)
    pricing.write_version(
        advisory=pads,
        content=replace(written, title="Replace pads and discs"),
        reason_code=pads.reason_code,
        by=cast.ada,
        at=AT,
    )
    refused(close(cast, order), order, "Replace pads and discs changed after it was shown.")


def test_a_question_without_an_answer_keeps_it_open(cast: Cast) -> None:
    order = make_order(cast)
    presentation = shown(cast, order)
    line = presentation.lines.first()
    deciding.decide(
        presentation=presentation,
        answers=[Answered(line.pk, Advisory.Answer.NEEDS_INFO, question="Is it safe?")],
        who_name="Theo Brandt",
        channel=Presentation.Channel.COUNTER,
        by=cast.ada,
        at=AT,
    )
    refused(close(cast, order), order, "a question waits for our answer")


@pytest.mark.parametrize(
    ("miles", "sentence"),
    [
        ("71,901", "The car came in with 71,902 miles, so it cannot leave with 71,901."),
        ("", "Enter the miles on the car now"),
        ("far", "Enter the miles on the car now"),
        ("-5", "Enter the miles on the car now"),
        ("99999999999999999999", "Enter the miles on the car now"),
        ("3000000", "Enter the miles on the car now"),
    ],
)
def test_the_miles_out_are_a_number_no_lower_than_the_miles_in(cast: Cast, miles: str, sentence: str) -> None:
    order = make_order(cast)
    answer = close(cast, order, miles)
    refused(answer, order, sentence)
    assert f'value="{miles.replace(",", "")}"' in answer.content.decode()


def test_a_closed_visit_is_not_closed_again(cast: Cast) -> None:
    order = make_order(cast)
    assert close(cast, order).status_code == 302
    again = close(cast, order)
    assert again.status_code == 409
    assert Entry.objects.filter(event="repair_order.closed").count() == 1
    assert "This repair order is closed." in read(cast.ada, "close", order.pk)
    with pytest.raises(CannotPresent):
        closing.close(repair_order=order, odometer_out=71999, by=cast.ada, at=AT)


def test_the_customers_link_stays_readable_for_thirty_days_more(cast: Cast) -> None:
    sent = send_link(cast, at=AT - timedelta(days=3))
    assert close(cast, sent.order).status_code == 302
    assert CustomerLink.objects.get().expires_at == AT + links.GOOD_FOR
    assert "This visit is over" in plain(sent.look())


def test_looking_at_the_page_closes_nothing(cast: Cast) -> None:
    order = make_order(cast)
    assert "Nothing is left unsaid" in read(cast.ada, "close", order.pk)
    order.refresh_from_db()
    assert order.status == RepairOrder.Status.OPEN


@pytest.mark.parametrize(("who", "code"), [("sam", 403), ("tess", 403), ("mallory", 404)])
def test_others_may_neither_look_nor_close(cast: Cast, who: str, code: int) -> None:
    order = make_order(cast)
    staff = getattr(cast, who)
    assert logged_in(staff).get(reverse("recommendations:close", args=[order.pk])).status_code == code
    assert post(staff, "close", order.pk, odometer_out="71910").status_code == code
    order.refresh_from_db()
    assert order.status == RepairOrder.Status.OPEN
