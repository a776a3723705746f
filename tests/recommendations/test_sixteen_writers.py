"""Sixteen people answer the same ten lines at once, post twice and try again: one answer each, and the chain holds."""

import threading
from collections import Counter
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.urls import reverse

from recommendations.actions import drafting, presenting, record
from recommendations.models import Advisory, Decision, Presentation, RecordEntry
from recommendations.models.lines import AdvisoryQuerySet
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import make_op_code, shown
from tests.recommendations.pages import logged_in, plain

pytestmark = pytest.mark.django_db(transaction=True)
LINES = 10


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def ten_lines_shown(cast: Cast) -> Presentation:
    order = make_order(cast)
    lines = []
    for number in range(LINES):
        op = make_op_code(cast, f"OP{number}", name=f"Job {number}", parts_kit=[])
        by_hand = drafting.ByHand(op_code=op, request="Please")
        lines.append(drafting.add_line(repair_order=order, line=by_hand, by=cast.ada, at=AT))
    return shown(cast, order, lines)


def race(cast: Cast, presentation: Presentation, writers: int) -> tuple[Counter[int], set[str]]:
    """Each posts the page as it first stood twice with one key, then again with another; what they were told."""
    lines = list(presentation.lines.values_list("advisory_id", flat=True))
    address = reverse("recommendations:counter", args=[presentation.repair_order_id])
    clients = [logged_in(cast.ada) for _ in range(writers)]
    barrier, codes, told = threading.Barrier(writers), Counter[int](), set[str]()

    def one(number: int) -> None:
        try:
            answer = "approved" if number % 2 else "declined"
            page = {f"answer-{pk}": answer for pk in lines} | {f"seen-{pk}": "" for pk in lines}
            page["who_name"] = f"Theo {number}"
            first, again = {"form_key": str(uuid4())}, {"form_key": str(uuid4())}
            barrier.wait()
            for key in (first, first, again):
                response = clients[number].post(address, page | key)
                while presenting.TRY_AGAIN in plain(response):  # so many at once: they press again, as they are asked
                    response = clients[number].post(address, page | {"form_key": str(uuid4())})
                codes[response.status_code] += 1
                if response.status_code != 302:
                    told.add(plain(response))
        finally:
            connections.close_all()

    runners = [threading.Thread(target=one, args=(number,)) for number in range(writers)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return codes, told


def test_each_line_has_exactly_one_answer_that_counts_and_the_chain_verifies() -> None:
    cast = make_cast()
    presentation = ten_lines_shown(cast)
    codes, told = race(cast, presentation, 16)
    assert set(codes) <= {302, 422}, codes
    assert sum(codes.values()) == 48
    assert all("Another answer came in first. Please look at it again." in page for page in told)
    assert Decision.objects.count() == LINES
    for advisory in Advisory.objects.all():
        only = advisory.decisions.get()
        assert (advisory.last_decision_id, advisory.answer, advisory.answered_version) == (only.pk, only.answer, 1)
    assert record.verify(cast.north) == record.Verified(1 + LINES)


def test_without_the_guard_several_answers_are_seen_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def unguarded(self, *, version, answer, seen_decision, decision):
        return self.update(answer=answer, answered_version=version, last_decision_id=decision) == 1

    cast = make_cast()
    presentation = ten_lines_shown(cast)
    monkeypatch.setattr(AdvisoryQuerySet, "take_answer", unguarded)
    race(cast, presentation, 4)
    assert Decision.objects.count() > LINES
    assert RecordEntry.objects.filter(kind="decided").count() == Decision.objects.count()


def test_whose_turn_does_not_come_is_asked_to_press_again_and_loses_nothing() -> None:
    cast = make_cast()
    presentation = ten_lines_shown(cast)
    order, line = presentation.repair_order, presentation.lines.first()
    body = {f"answer-{line.advisory_id}": "declined", "who_name": "Theo Brandt", "form_key": str(uuid4())}
    address, told = reverse("recommendations:counter", args=[order.pk]), []

    def meanwhile() -> None:
        try:
            told.append(logged_in(cast.ada).post(address, body))
        finally:
            connections.close_all()

    with transaction.atomic():
        presenting.lock(order)
        other = threading.Thread(target=meanwhile)
        other.start()
        other.join()
    assert told[0].status_code == 422
    assert presenting.TRY_AGAIN in plain(told[0])
    assert 'value="declined" checked' in told[0].content.decode()
    assert not Decision.objects.exists()
    assert logged_in(cast.ada).post(address, body).status_code == 302
