"""What is open meets everybody who is about to speak to a customer: derived once, and service alone reads the words."""

import pytest
from django.urls import reverse

from customers.models import Customer, Household, Look
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Rooftop
from sales_handoff import minefield
from tests.cast import AT, Cast, make_customer, make_order
from tests.customers.voices import agree, ask, buy, complain, plan, say
from tests.recommendations.visits import left_with
from tests.sales_handoff.test_pages import HTMX, as_, url

pytestmark = pytest.mark.django_db
WORDS, SECRET, THEIRS = "Nobody called me back.", "I am getting divorced.", "Julie's own words."


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def theo(cast: Cast) -> Customer:
    """A complaint, a question and a word in confidence are open with him; another word and complaint with Julie."""
    home = Household.objects.create(name="Brandt")
    theo, julie = make_customer(household=home), make_customer("Julie", phone="", household=home)
    complain(cast, theo, WORDS)
    ask(cast, theo)
    say(cast, theo, SECRET, kind="remark", is_confidential=True)
    say(cast, julie, SECRET, kind="remark", is_confidential=True)
    complain(cast, julie, THEIRS)
    make_order(cast, customer=theo)
    return theo


def words(facts: list[minefield.Fact]) -> list[tuple[str, bool, str]]:
    return [(fact["kind"], fact["is_theirs"], fact["words"]) for fact in facts]


def test_service_reads_the_words_and_the_gate_of_sales_does_not_of_what_is_services(cast: Cast, theo: Customer) -> None:
    assert words(minefield.facts(theo, AT, reader=cast.ada)) == [
        ("complaint", True, WORDS),
        ("answer", True, "Is my loan paid off?"),
        ("confidence", True, SECRET),
        ("in_shop", True, ""),
        ("complaint", False, THEIRS),
        ("confidence", False, ""),
    ]
    gate = minefield.facts(theo, AT)
    assert words(gate) == [
        ("complaint", True, WORDS),
        ("answer", True, ""),
        ("confidence", True, ""),
        ("complaint", False, ""),
        ("confidence", False, ""),
    ]
    shape = {"kind", "row", "title", "words", "since", "owner", "advice", "is_theirs"}
    assert {frozenset(fact) for fact in gate} == {frozenset(shape)}, "a reading names these facts and no other"


def test_a_car_in_the_shop_is_minded_and_by_sales_only_when_it_is_not_the_one_they_come_about(
    cast: Cast, theo: Customer
) -> None:
    julie = Customer.objects.exclude(pk=theo.pk).get(household=theo.household)
    order = make_order(cast, customer=julie)
    [here] = [fact for fact in minefield.facts(theo, AT) if fact["kind"] == minefield.IN_SHOP]
    assert (here["row"], here["is_theirs"], here["owner"]) == (order.pk, False, "Ada Kim")
    assert here["advice"] == "Ask Ada Kim how it stands before you speak to them."
    found = [fact["is_theirs"] for fact in minefield.facts(theo, AT, reader=cast.ada) if fact["kind"] == "in_shop"]
    assert found == [True, False]


def test_another_rooftop_reads_what_is_shared_and_no_confidence(cast: Cast, theo: Customer) -> None:
    told = minefield.facts(theo, AT, reader=cast.mallory)
    assert [fact["words"] for fact in told] == [WORDS, "", "", "", THEIRS, ""]
    assert {fact["url"] for fact in told} == {""}
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=False)
    kept = minefield.facts(theo, AT, reader=cast.mallory)
    assert [fact["title"] for fact in kept] == [fact["title"] for fact in told], "nobody walks into it unknowing"
    assert {fact["words"] for fact in kept} == {""}


@pytest.fixture
def where(cast: Cast, theo: Customer) -> list[tuple[str, str]]:
    """Each page of somebody who is about to speak to a customer, and the address that it asks."""
    # Nobody is asked how it is while a complaint of theirs is open, so that is somebody else.
    ben = make_customer("Ben", phone="+14155550155")
    agree(cast, ben)
    ask(cast, ben)
    check_in, complaint = plan(cast, ben), theo.complaints.get()
    return [
        (theo.get_absolute_url(), url("customer-brief", theo.pk)),
        (check_in.get_absolute_url(), url("check-in-mind", check_in.pk)),
        (complaint.get_absolute_url(), url("complaint-mind", complaint.pk)),
    ]


def test_each_page_of_whoever_is_about_to_speak_asks_for_it(cast: Cast, where: list[tuple[str, str]]) -> None:
    ada = as_(cast.ada)
    for page, part in where:
        html = ada.get(page).content.decode()
        assert f'href="{part}"' in html
        assert f'hx-get="{part}"' in html
        told = ada.get(part, **HTMX).content.decode()
        assert "Mind this first" in told
        assert "They wait for an answer" in told
        assert "<html" not in told
        assert "<html" in ada.get(part).content.decode()


def test_not_on_a_screen_that_the_customer_sees(cast: Cast, where: list[tuple[str, str]]) -> None:
    ada = as_(cast.ada)
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    for page, part in where:
        assert part not in ada.get(page).content.decode()
        assert ada.get(part, **HTMX).content == b""


def test_the_call_about_declined_work_meets_it_when_it_is_opened(cast: Cast) -> None:
    row = left_with(cast, "declined", "deferred")[0]
    page = as_(cast.ada).get(reverse("recommendations:follow-ups"), {"list": "later"}).content.decode()
    part = url("customer-mind", row.customer_id)
    assert f'hx-get="{part}" hx-trigger="toggle once"' in page
    assert f'href="{part}"' in page
    assert "Nothing to mind" in as_(cast.ada).get(part, **HTMX).content.decode()


def test_a_complaint_does_not_tell_of_itself(cast: Cast, theo: Customer) -> None:
    told = as_(cast.ada).get(url("complaint-mind", theo.complaints.get().pk), **HTMX).context["facts"]
    assert [(fact["kind"], fact["is_theirs"]) for fact in told] == [
        ("answer", True),
        ("confidence", True),
        ("in_shop", True),
        ("complaint", False),
        ("confidence", False),
    ]


def test_sales_sees_that_something_is_open_and_whose_it_is_and_no_word(cast: Cast, theo: Customer) -> None:
    bought = buy(cast, theo)
    check_in = bought.check_ins.first()
    about_sales = complain(cast, theo, "The price changed.", side="sales", owner=cast.sam, by=cast.sam)
    for part in (url("check-in-mind", check_in.pk), url("complaint-mind", about_sales.pk)):
        answer = as_(cast.sam).get(part, **HTMX)
        html = answer.content.decode()
        assert "A complaint is open" in html
        assert "Max Ruiz owns it" in html
        for secret in (WORDS, SECRET, THEIRS, "Is my loan", "Julie", "/complaints/", "/said/"):
            assert secret not in html
        assert WORDS in as_(cast.ada).get(part, **HTMX).content.decode()


@pytest.mark.parametrize(
    ("who", "customer", "check_in", "complaint"),
    [
        ("ada", 200, 200, 200),
        ("tess", 200, 200, 200),
        ("sam", 403, 404, 403),
        ("sue", 403, 404, 403),
        ("mallory", 200, 404, 404),
    ],
)
def test_whoever_may_not_see_the_page_does_not_see_its_part(
    cast: Cast, where: list[tuple[str, str]], theo: Customer, who: str, customer: int, check_in: int, complaint: int
) -> None:
    _, visit, about_service = where
    client = as_(getattr(cast, who))
    addresses = (url("customer-mind", theo.pk), visit[1], about_service[1])
    assert tuple(client.get(one).status_code for one in addresses) == (customer, check_in, complaint)


def test_a_look_is_kept_of_the_page_and_not_of_the_part(cast: Cast, theo: Customer) -> None:
    ada = as_(cast.ada)
    ada.get(url("customer-mind", theo.pk), **HTMX)
    assert not Look.objects.exists()
    ada.get(url("customer-mind", theo.pk))
    assert [look.why for look in Look.objects.all()] == ["what to mind"]
