"""How often each tier came up and what came of it; a threshold tried on last quarter; a new version when kept."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealership.models import Entry
from sales_handoff import tuning
from sales_handoff.actions import ask, claim, evaluate, finish
from sales_handoff.actions.tuning import CannotTune, change_thresholds
from sales_handoff.models import Evaluation, Handoff, HandoffPolicy
from sales_handoff.rules.tuning import Thresholds, retier
from tests.cast import AT, Cast, make_customer
from tests.sales_handoff.test_pages import as_, url
from tests.sales_handoff.visits import add_line, has_read, make_handoff, make_old_car_order, weighed_order

pytestmark = pytest.mark.django_db
SINCE, UNTIL = AT - timedelta(days=91), AT + timedelta(seconds=1)
HIGHER = Thresholds(Decimal("0.25"), Decimal(1000), Decimal("0.60"), Decimal(1500), Decimal(2500))


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(minutes=1))


def a_quarter(cast: Cast) -> Handoff:
    """A sale, a no, a veto, one nobody was asked about, and one with nothing to say."""
    sold = make_handoff(cast)
    has_read(sold, cast.sam)
    claim(handoff=sold, by=cast.sam, at=AT)
    finish(handoff=sold, outcome="bought", by=cast.sam, at=AT)
    for name, total, answer in (
        ("No", "2500", "no"),
        ("Veto", "2500", "not_asked"),
        ("Un", "2500", ""),
        ("Small", "300", ""),
    ):
        order, _ = weighed_order(cast, total, customer=make_customer(name, "Haddad", phone=""))
        if answer:
            ask(repair_order=order, answer=answer, veto="numbers_wrong" if answer != "no" else "", by=cast.ada, at=AT)
    return sold


def test_each_tier_is_counted_with_how_far_it_went(cast: Cast) -> None:
    a_quarter(cast)

    tiers = {row.tier: row for row in tuning.by_tier(cast.north, SINCE, UNTIL)}

    talk = tiers["conversation"]
    assert (talk.fired, talk.accepted, talk.said_no, talk.vetoed, talk.unasked) == (4, 1, 1, 1, 1)
    assert (talk.met, talk.sold) == (1, 1)
    assert (tiers["none"].fired, tiers["mention"].fired) == (1, 0)
    assert tuning.vetoes(cast.north, SINCE, UNTIL) == [("Numbers look wrong", {"conversation": 1})]
    assert all(row.fired == 0 for row in tuning.by_tier(cast.river, SINCE, UNTIL))


def test_an_order_weighed_often_counts_once_by_what_they_were_asked_about(cast: Cast) -> None:
    handoff = make_handoff(cast)
    order = handoff.repair_order
    add_line(order, "9000.00")
    evaluate(repair_order=order, at=AT)
    other, _ = weighed_order(cast, "300.00", customer=make_customer("Omar", "Haddad", phone=""))
    add_line(other, "2200.00")
    evaluate(repair_order=other, at=AT)

    assert Evaluation.objects.count() == 4
    assert {row.tier: row.fired for row in tuning.by_tier(cast.north, SINCE, UNTIL)} == {
        "none": 0,
        "mention": 0,
        "conversation": 2,
        "uneconomic": 0,
    }


def test_what_was_stored_sorts_to_the_tier_it_had_through_the_whole_house(cast: Cast) -> None:
    for place, total in enumerate(("300.00", "1200.00", "2500.00", "4900.00")):
        weighed_order(cast, total, customer=make_customer(f"C{place}", "Haddad", phone=""))
    order = make_old_car_order(cast, customer=make_customer("D", "Haddad", phone=""))
    order.vehicle.model = "Unknown"
    order.vehicle.save()
    add_line(order, "2600.00")
    evaluate(repair_order=order, at=AT)
    now = tuning.thresholds_of(HandoffPolicy.objects.get(rooftop=cast.north))
    newest = Evaluation.objects.latest("pk")
    fields = {field.attname: getattr(newest, field.attname) for field in Evaluation._meta.concrete_fields}
    older = {key: value for key, value in newest.sheet.items() if key != "year_of_payments"}
    again = make_old_car_order(cast, customer=make_customer("E", "Haddad", phone=""))
    Evaluation.objects.create(**{**fields, "id": None, "repair_order_id": again.pk, "sheet": older})

    stored = tuning.weighed(cast.north, SINCE, UNTIL)

    assert len(stored) == 6
    assert len({one.year_of_payments for one in stored}) == 1
    assert len({one.tier for one in stored}) >= 3
    assert [retier(one, now) for one in stored] == [one.tier for one in stored]


# --- a change --------------------------------------------------------------------------------------------------------


def change(cast: Cast, **fields: Any) -> HandoffPolicy:
    defaults = {"rooftop": cast.north, "thresholds": HIGHER, "seen_version": 1, "reason": "Too many.", "by": cast.sue}
    return change_thresholds(**{**defaults, "at": AT, **fields})


def test_a_kept_change_is_a_new_version_with_its_reason_and_weighs_nothing_anew(cast: Cast) -> None:
    _, evaluation = weighed_order(cast)

    policy = change(cast)

    assert (policy.version, policy.conversation_ratio) == (2, Decimal("0.60"))
    entry = Entry.objects.get(event="handoff_policy.changed")
    assert entry.detail["fields"] == {"conversation_ratio": ["0.50", "0.60"]}
    assert (entry.detail["reason"], entry.detail["version"]) == ("Too many.", 2)
    assert list(Evaluation.objects.values_list("pk", "tier", "policy_version")) == [(evaluation.pk, "conversation", 1)]


def test_a_change_by_an_old_page_without_a_reason_or_of_nothing_is_refused(cast: Cast) -> None:
    weighed_order(cast)
    with pytest.raises(CannotTune, match="Say why"):
        change(cast, reason=" ")
    with pytest.raises(CannotTune, match="Change one first"):
        change(cast, thresholds=tuning.thresholds_of(HandoffPolicy.objects.get()))
    change(cast)
    with pytest.raises(CannotTune, match="meanwhile"):
        change(cast, thresholds=Thresholds(*(Decimal(1),) * 5))
    assert HandoffPolicy.objects.get().version == 2


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("sue", 200), ("gus", 200), ("sam", 403), ("ada", 403), ("max", 403), ("mallory", 403)]
)
def test_the_page_is_the_sales_managers(cast: Cast, who: str, status: int) -> None:
    assert as_(getattr(cast, who)).get(url("tuning")).status_code == status


def test_trying_changes_nothing_and_shows_both_counts_as_a_table_and_a_drawing(cast: Cast) -> None:
    a_quarter(cast)
    client = as_(cast.sue)
    typed = {name: str(value) for name, value in vars(HIGHER).items()}

    plain = client.get(url("tuning")).content.decode()
    text = client.get(url("tuning"), typed).content.decode()

    assert "Numbers look wrong" in plain
    assert "Haddad" not in plain
    assert "would have been" not in plain.lower()
    assert (
        '<th scope="row">Worth a conversation</th><td class="n">4</td><td class="n">0</td><td class="n">-4</td>' in text
    )
    assert '<th scope="row">Worth a mention</th><td class="n">0</td><td class="n">4</td><td class="n">+4</td>' in text
    assert 'aria-label="With the thresholds you try by tier. Nothing: 1, Mention: 4, Talk: 0, Too dear: 0"' in text
    assert HandoffPolicy.objects.get().version == 1


def test_keeping_the_change_in_the_browser(cast: Cast) -> None:
    a_quarter(cast)
    client = as_(cast.sue)
    typed = {name: str(value) for name, value in vars(HIGHER).items()} | {"version": "1"}

    wrong = client.post(url("tuning"), {**typed, "form_key": "8b0a8b6c-6f07-4a0c-9d3c-0e4a3a1c8b11", "reason": ""})
    assert wrong.status_code == 422
    assert "Say why they change." in wrong.content.decode()
    odd = {**typed, "conversation_ratio": "0.10", "reason": "x", "form_key": "8b0a8b6c-6f07-4a0c-9d3c-0e4a3a1c8b12"}
    assert "cannot begin at a smaller share" in client.post(url("tuning"), odd).content.decode()
    right = {**typed, "form_key": "8b0a8b6c-6f07-4a0c-9d3c-0e4a3a1c8b13", "reason": "Too many."}
    assert client.post(url("tuning"), right).status_code == 302
    assert client.post(url("tuning"), right).status_code == 302
    assert HandoffPolicy.objects.get(rooftop=cast.north).version == 2
    assert "Conversation ratio 0.50 → 0.60" in client.get(url("tuning")).content.decode()


def test_the_page_asks_as_often_for_many_as_for_one(cast: Cast) -> None:
    client = as_(cast.sue)
    typed = {name: str(value) for name, value in vars(HIGHER).items()}

    def queries() -> int:
        client.get(url("tuning"), typed)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url("tuning"), typed).status_code == 200
        return len(asked)

    weighed_order(cast)
    one = queries()
    for place in range(12):
        weighed_order(cast, customer=make_customer(f"C{place}", "Haddad", phone=""))
    assert queries() == one
