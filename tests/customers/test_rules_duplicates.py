"""What speaks for two records being one person: symmetric, and never a name alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.duplicates import ENOUGH, Record, score, slips
from customers.rules.merging import CHANNELS, combined, in_force, taken_back

PHONE, OTHER = "+14155550142", "+14155550199"
FIRST = ("", "bob", "robert", "b", "eric", "erica", "mary", "martin", "katherine", "catherine", "jon", "john", "joan")
LAST = ("", "brandt", "bradnt", "brant", "lee", "garcia lopez", "garcia", "lee jr", "lee sr")


def who(first: str, last: str, **known: object) -> Record:
    sounds = {"first_sounds": frozenset({first[:3]}), "last_sounds": frozenset({last[:2]})}
    return Record(first=tuple(first.split()), last=tuple(last.split()), **{**sounds, **known})


def one_of(*values: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


records = st.builds(
    lambda first, last, kind, phones, emails, cars, numbers, homes: who(
        first, last, kind=kind, phones=phones, emails=emails, cars=cars, numbers=numbers, addresses=homes
    ),
    st.sampled_from(FIRST),
    st.sampled_from(LAST),
    st.sampled_from(("person", "business")),
    one_of(PHONE, OTHER),
    one_of("a@example.com", "b@example.com"),
    st.frozensets(st.integers(1, 3), max_size=2),
    st.frozensets(st.tuples(st.integers(1, 2), st.sampled_from(("7", "8"))), max_size=2),
    st.frozensets(st.tuples(st.just("1 oak st"), st.sampled_from(("94941", "10001"))), max_size=2),
)


@given(records, records)
def test_it_is_the_same_whichever_comes_first(a: Record, b: Record) -> None:
    assert score(a, b) == score(b, a)


@given(records, records)
def test_a_name_and_an_address_alone_never_say_anything(a: Record, b: Record) -> None:
    nothing: dict[str, frozenset] = {name: frozenset() for name in ("phones", "emails", "cars", "numbers")}
    assert score(replace(a, **nothing), b).points == 0


@given(records, records)
def test_whatever_is_proposed_says_why(a: Record, b: Record) -> None:
    found = score(a, b)
    assert bool(found.points) <= bool(found.reasons)
    assert found.is_enough is (found.points >= ENOUGH)
    if found.is_enough:
        assert len(found.reasons) > 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("bob", "brandt"), ("robert", "brandt")),
        (("catherine", "lee"), ("kathy", "lee")),
        (("jon", "lee"), ("john", "lee")),
        (("marc", "lee"), ("mark", "lee")),
        (("theo", "brandt"), ("theo", "bradnt")),
        (("ana", "garcia lopez"), ("ana", "garcia")),
        (("pepe", "garcia"), ("jose", "garcia")),
        (("theo j", "brandt"), ("theo", "brandt")),
    ],
)
def test_one_phone_and_names_that_are_the_same_or_meant_the_same_are_enough(one: tuple, other: tuple) -> None:
    assert score(who(*one, phones=frozenset({PHONE})), who(*other, phones=frozenset({PHONE}))).is_enough


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("mary", "brandt"), ("martin", "brandt")),
        (("eric", "brandt"), ("erica", "brandt")),
        (("mario", "brandt"), ("maria", "brandt")),
        (("jon", "brandt"), ("joan", "brandt")),
        (("christopher", "brandt"), ("christina", "brandt")),
        (("andrew", "brandt"), ("andrea", "brandt")),
        (("m", "brandt"), ("mary", "brandt")),
        (("", "brandt"), ("mary", "brandt")),
        (("jamie j", "park"), ("jamie a", "park")),
        (("john", "lee jr"), ("john", "lee")),
        (("john", "lee"), ("john", "ito")),
    ],
)
def test_one_phone_of_a_home_is_not_enough_for_different_people(one: tuple, other: tuple) -> None:
    home = frozenset({("1 oak st", "94941")})
    records = [who(*name, phones=frozenset({PHONE}), addresses=home) for name in (one, other)]
    assert not score(*records).is_enough


def test_junior_and_senior_are_two_whatever_they_share() -> None:
    known = {"phones": frozenset({PHONE}), "emails": frozenset({"lee@example.com"}), "cars": frozenset({1})}
    assert score(who("john", "lee jr", **known), who("john", "lee sr", **known)).points == 0


def test_who_married_is_found_by_phone_and_email() -> None:
    known = {"phones": frozenset({PHONE}), "emails": frozenset({"ann@example.com"})}
    found = score(who("ann", "lee", **known), who("ann", "brandt", **known))
    assert found.reasons == ("Same first name, another last name", "Same phone", "Same e-mail")
    assert found.is_enough


def test_one_number_counts_only_at_two_rooftops() -> None:
    here, there = who("ann", "lee", numbers=frozenset({(1, "7")})), who("ann", "lee", numbers=frozenset({(2, "7")}))
    assert score(here, there).is_enough
    assert not score(here, here).points


@given(st.text("abcd", max_size=6), st.text("abcd", max_size=6))
def test_slips_are_counted_both_ways_and_none_is_the_same(a: str, b: str) -> None:
    assert slips(a, b) == slips(b, a) <= max(len(a), len(b))
    assert (slips(a, b) == 0) == (a == b)


# --- whose word counts ------------------------------------------------------------------------------------------------

said = st.lists(
    st.tuples(st.sampled_from(("marketing", "repair_messages")), st.sampled_from(CHANNELS), st.booleans()), max_size=6
)
has = st.sets(st.sampled_from(("phone", "email")))


@given(said, said, has, has)
def test_after_a_merge_a_no_of_either_counts_and_no_yes_is_made_up(mine: list, theirs: list, a: set, b: set) -> None:
    kept, gone = in_force(mine), in_force(theirs)
    written = combined(kept, gone, kept_has=a, gone_has=b)
    after = in_force([*mine, *((*pair, granted) for pair, granted in written.items())])
    for pair in {*kept, *gone}:
        words = [one[pair] for one in (kept, gone) if pair in one]
        if not all(words):
            assert after[pair] is False
    assert all(kept.get(pair) or gone.get(pair) for pair, granted in after.items() if granted)


@given(said, said, has, has)
def test_after_undo_what_counted_before_counts_again(mine: list, theirs: list, a: set, b: set) -> None:
    kept = in_force(mine)
    written = combined(kept, in_force(theirs), kept_has=a, gone_has=b)
    merged = [*mine, *((*pair, granted) for pair, granted in written.items())]
    again = taken_back(kept, in_force(merged), {}, {purpose for purpose, _ in written})
    after = in_force([*merged, *((*pair, granted) for pair, granted in again.items())])
    assert {pair: after[pair] for pair in kept} == kept
    assert all(after[pair] is (pair[0] == "repair_messages") for pair in after.keys() - kept.keys())
