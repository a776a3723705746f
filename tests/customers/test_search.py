"""The words names are found by, and the lists made from them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import search
from customers.models import Customer, KnownWord, NameWord
from customers.rules import route_query
from tests.cast import AT, make_customer

pytestmark = pytest.mark.django_db


def ids(text: str) -> list[int]:
    return search.customer_ids(route_query(text))


def test_a_name_is_found_by_its_words_without_accents() -> None:
    jose = make_customer("José", "Núñez-O'Brien")
    assert search.fold_words(jose) == ("jose", "nunez", "obrien")
    assert ids("obrien jose") == ids("NUÑ") == ids("José O\u2019Brien") == [jose.pk]


def test_a_changed_name_is_not_found_by_the_old_one() -> None:
    theo = make_customer()
    search.fold_words(theo)
    theo.last_name = "Okafor"
    theo.save()
    search.fold_words(theo)
    assert ids("brandt") == []
    assert ids("okafor theo") == [theo.pk]
    assert list(NameWord.objects.order_by("word").values_list("word", flat=True)) == ["okafor", "theo"]


def test_rebuilding_gives_the_same_words_as_writing_each_name() -> None:
    people = [make_customer(first, last) for first, last in (("Zoë", "Ångström"), ("Al", "Łódź"), ("Bo", "Al"))]
    people.append(Customer.objects.create(kind="business", business_name="Mill Valley Plumbing", created_at=AT))
    for person in people:
        search.fold_words(person)
    one_by_one = set(NameWord.objects.values_list("customer", "word"))
    NameWord.objects.all().delete()
    KnownWord.objects.all().delete()
    NameWord.objects.create(customer=people[0], word="stale")
    assert search.rebuild_words() == len(one_by_one)
    assert set(NameWord.objects.values_list("customer", "word")) == one_by_one
    assert set(KnownWord.objects.values_list("word", flat=True)) == {word for _, word in one_by_one}
    assert search.rebuild_words() == 0


def test_rebuilding_some_leaves_the_others_alone() -> None:
    theo, julie = make_customer(), make_customer("Julie", "Brandt", phone="")
    search.rebuild_words([theo.pk])
    assert set(NameWord.objects.values_list("customer", flat=True)) == {theo.pk}
    search.rebuild_words([julie.pk])
    assert NameWord.objects.count() == 4


def test_rebuilding_costs_the_same_for_one_and_for_fifty() -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            search.rebuild_words()
        return len(queries)

    make_customer()
    one = cost()
    for n in range(50):
        make_customer("Pat", f"Smith{n}", phone="")
    assert cost() == one


def test_each_word_of_a_name_must_fit_from_its_beginning() -> None:
    jose = make_customer("José María", "Núñez-O'Brien", phone="")
    maria = make_customer("Maria", "Nunez", phone="")
    for customer in (jose, maria):
        search.fold_words(customer)
    assert set(ids("nun mar")) == {jose.pk, maria.pk}
    assert ids("mar obri jos n") == [jose.pk]
    assert ids("mar xyz nunez") == []


def test_of_those_with_two_words_the_longest_says_who_comes_first() -> None:
    people = [make_customer("Ann", last, phone="") for last in ("Smithson", "Smith", "Smithers", "Smith")]
    for customer in people:
        search.fold_words(customer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT found_customer FROM customers_find(%s, 3)", [search.asked(route_query("ann smith"))])
        assert [pk for (pk,) in cursor.fetchall()] == [people[1].pk, people[3].pk, people[2].pk]


@pytest.mark.parametrize("typed", ["brant", "bradnt theo", "brnadt", "th bradnt"])
def test_a_slip_finds_the_name_that_is_like_it(typed: str) -> None:
    theo = make_customer()
    search.fold_words(theo)
    search.fold_words(make_customer("Grace", "Lindqvist", phone=""))
    assert ids(typed) == [theo.pk]


@pytest.mark.parametrize("typed", ["(415) 555-0142", "415-555", "0142", "4155550142", "+1 415 555 0142"])
def test_a_phone_is_found_in_any_format_and_by_its_last_four(typed: str) -> None:
    theo = make_customer()
    make_customer("Julie", "Brandt", phone="+14155550177")
    found = ids(typed)
    assert theo.pk in found
    assert len(found) == (2 if typed == "415-555" else 1)


def test_percent_and_underscore_mean_themselves() -> None:
    make_customer().contact_points.create(kind="email", value="theo.brandt@example.com")
    assert ids("theo%@") == ids("theo_brandt@") == []
    assert len(ids("Theo.Brandt@EX")) == 1


# --- beginnings of texts ---------------------------------------------------------------------------------------------

LETTERS = "aAzé%_\\ \u0080\ud7ff\ue000\uffff\U00010000\U0010fffe\U0010ffff"
"""Letters that a range may stumble over: what patterns mean otherwise, more bytes, around surrogates, the last one."""

texts = st.text(
    st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6
)


def beginning_with(prefix: str, rows: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(%s::text[]) WITH ORDINALITY row (word, nth) "
            "WHERE word ~>=~ %s AND word ~<~ prefix_end(%s) ORDER BY nth",
            [rows, prefix, prefix],
        )
        return [word for (word,) in cursor.fetchall()]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(prefix=texts.filter(lambda text: text.strip("\U0010ffff")), rows=st.lists(texts), ends=st.lists(texts))
def test_a_range_holds_exactly_what_begins_so(prefix: str, rows: list[str], ends: list[str]) -> None:
    rows += [prefix + end for end in ends]
    assert beginning_with(prefix, rows) == [row for row in rows if row.startswith(prefix)]


def test_nothing_begins_with_nothing() -> None:
    assert beginning_with("", ["", "a"]) == beginning_with("\U0010ffff", ["\U0010ffff"]) == []
