"""The same work again: a new line at today's price, on this visit or the next; never an old answer or an old price."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from recommendations import estimate, tasks
from recommendations.actions import drafting, followups
from recommendations.models import Advisory, FollowUp
from service_lane.models import OpCode
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import make_request
from tests.recommendations.pages import logged_in, plain, post
from tests.recommendations.visits import comes_again, found_again, left_with

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=100)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.fixture
def pads(cast: Cast) -> FollowUp:
    return left_with(cast, "declined", "approved")[0]


def test_one_tap_on_the_estimate_drafts_it_with_the_old_reading_and_its_day(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    OpCode.objects.filter(code="41BRKF").update(labor_hours=2)
    ada = logged_in(cast.ada)
    page = plain(ada.get(f"/orders/{order.pk}/estimate/"))
    assert "Said no on 23 Nov 2026 at 2 mm, left front, $387.29 then. Today: not looked at today. $488.09" in page
    answer = post(cast.ada, "quote-on-order", order.pk, pads.pk)
    line = Advisory.objects.get(repair_order=order)
    assert (answer.status_code, answer.url) == (302, line.get_absolute_url())
    version = line.versions.get()
    assert (version.total, version.measurement) == (Decimal("488.09"), "2 mm, left front on Nov 23, 2026")
    assert version.finding_text.startswith("Seen on Nov 23, 2026. We measured 2 mm, left front.")
    assert (line.answer, line.presented_version, line.found_by) == ("", None, cast.tess)
    assert line.ground_text.endswith("Seen on 23 Nov 2026, RO 48000.")
    (shown,) = estimate.load(order, at=LATER).showable
    assert shown.advisory == line


def test_the_same_thing_is_not_quoted_twice(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    followups.quote(follow_up=pads, repair_order=order, by=cast.ada, at=LATER)
    answer = post(cast.ada, "quote-on-order", order.pk, pads.pk)
    assert answer.url == f"/orders/{order.pk}/estimate/#before"
    assert Advisory.objects.filter(repair_order=order).count() == 1
    with pytest.raises(followups.CannotQuote, match="Replace the front brake pads is on RO"):
        followups.quote(follow_up=pads, repair_order=order, by=cast.ada, at=LATER)


def test_todays_finding_takes_the_place_of_the_quote_nobody_has_seen(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    quoted = followups.quote(follow_up=pads, repair_order=order, by=cast.ada, at=LATER)
    (found,) = found_again(cast, order, readings={"LF": "1", "RF": "3"})
    assert list(Advisory.objects.filter(repair_order=order).live()) == [found]
    quoted.refresh_from_db()
    assert quoted.removed_at == order.opened_at


def test_asked_for_on_the_list_it_waits_for_the_next_visit(
    cast: Cast, pads: FollowUp, run_tasks: Callable[[], list[str]]
) -> None:
    assert post(cast.ada, "follow-up-quote", pads.pk).status_code == 302
    pads.refresh_from_db()
    assert (pads.quote_asked_at, pads.quote) == (LATER, None)
    assert "Quoted on the next visit" in plain(logged_in(cast.ada).get("/follow-ups/"))
    order = comes_again(cast, pads, days=101)
    tasks.follow_car(repair_order_id=order.pk)
    tasks.sweep_follow_ups()
    pads.refresh_from_db()
    assert (pads.quote.repair_order, pads.stop_reason) == (order, "here")
    assert Advisory.objects.filter(repair_order=order).count() == 1


def test_a_lost_task_is_made_good_by_the_sweep(cast: Cast, pads: FollowUp) -> None:
    followups.want_quote(follow_up=pads, by=cast.ada, at=LATER)
    order = comes_again(cast, pads, days=101)
    tasks.sweep_follow_ups()
    assert Advisory.objects.get(repair_order=order).op_code == "41BRKF"
    assert not followups.orders_with_wanted().exists()


def test_what_they_sign_for_on_that_visit_is_not_quoted_beside_it(cast: Cast, pads: FollowUp) -> None:
    followups.want_quote(follow_up=pads, by=cast.ada, at=LATER)
    order = comes_again(cast, pads, days=101)
    make_request(cast, order, "41BRKF")
    (signed,) = drafting.draft_requested(repair_order=order, at=LATER)
    tasks.sweep_follow_ups()
    pads.refresh_from_db()
    assert (pads.quote, pads.recovered_by) == (None, signed)
    assert Advisory.objects.filter(repair_order=order).count() == 1


def test_while_the_car_is_here_it_goes_on_the_estimate_at_once(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads, days=99)
    answer = post(cast.ada, "follow-up-quote", pads.pk)
    assert answer.url == Advisory.objects.get(repair_order=order).get_absolute_url()


def test_what_the_menu_does_not_hold_any_more_has_no_price(cast: Cast, pads: FollowUp) -> None:
    order = comes_again(cast, pads)
    OpCode.objects.update(active=False)
    line = followups.quote(follow_up=pads, repair_order=order, by=cast.ada, at=LATER)
    assert estimate.load(order, at=LATER).lines[0].total is None
    assert line.versions.get().total == 0


@pytest.mark.parametrize(("who", "code"), [("sam", 403), ("tess", 403), ("mallory", 404)])
def test_others_may_not(cast: Cast, pads: FollowUp, who: str, code: int) -> None:
    order = comes_again(cast, pads)
    staff = getattr(cast, who)
    assert post(staff, "quote-on-order", order.pk, pads.pk).status_code == code
    assert post(staff, "follow-up-quote", pads.pk).status_code == code
    with pytest.raises(followups.CannotQuote, match="another car"):
        followups.quote(follow_up=pads, repair_order=make_order(cast), by=cast.ada, at=LATER)
    assert not Advisory.objects.filter(repair_order=order).exists()
