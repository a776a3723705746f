"""Who may live together: what two people share, and what is never enough."""

from hypothesis import given
from hypothesis import strategies as st

from customers.rules.households import ENOUGH, Resident, because, place_key, why_together

ALDER = frozenset({(place_key("18 Alder Court", "94941"), "18 Alder Court")})
THEO = Resident("Theo", "Brandt", places=ALDER, phones=frozenset({"+14155550142"}))


def kinds(one: Resident, other: Resident) -> list[str]:
    return [reason.kind for reason in why_together(one, other)]


def test_an_address_is_one_however_it_is_written_and_a_unit_is_a_door_of_its_own() -> None:
    same = ["18 Alder Court", "18 ALDER CT.", "18  alder ct"]
    assert {place_key(one, "94941-1200") for one in same} == {place_key("18 Alder Court", "94941")}
    units = [place_key(one, "94941") for one in ("18 N. Main St Apt 4", "18 North Main Street, #4", "18 N Main St")]
    assert units[0] == units[1] != units[2]
    assert place_key("18 Alder Court", "") == place_key("Main Street", "94941") == place_key("", "94941") == ""
    assert place_key("18 Elm Ave", "K1A 0B1") == place_key("18 elm avenue", "k1a0b1")


def test_each_of_address_phone_payer_and_policy_is_reason_to_ask() -> None:
    assert kinds(THEO, Resident("Julie", "Okafor", places=ALDER)) == ["address"]
    assert kinds(THEO, Resident("Julie", phones=THEO.phones)) == ["phone"]
    car = frozenset({(7, "2017 Outback")})
    payer, driver = Resident("Theo", pays_for=car), Resident("Julie", has=car)
    said = ["Theo pays for the 2017 Outback of Julie"]
    assert [one.words for one in why_together(payer, driver)] == said
    assert [one.words for one in why_together(driver, payer)] == said
    policy = frozenset({"AB12345"})
    assert kinds(Resident("Theo", policies=policy), Resident("Julie", policies=policy)) == ["policy"]


def test_a_last_name_adds_to_them_and_is_never_enough() -> None:
    assert kinds(THEO, Resident("Max", "Brandt")) == []
    assert kinds(THEO, Resident("Max", "BRÄNDT", places=ALDER)) == ["address", "surname"]
    assert kinds(Resident("Theo"), Resident("Max")) == []
    assert because(["a", "b", "c"]) == "a, b and c"


def test_one_person_entered_twice_is_no_household_and_a_father_and_son_of_one_name_are() -> None:
    assert kinds(THEO, Resident("Theo", "BRANDT", places=ALDER, phones=THEO.phones)) == []
    assert kinds(THEO, Resident("Theo", "Brandt", places=ALDER)) == ["address", "surname"]


some = st.frozensets(st.sampled_from("abc"), max_size=2)
cars = st.frozensets(st.tuples(st.integers(1, 3), st.just("2017 Outback")), max_size=2)
people = st.builds(
    Resident,
    called=st.sampled_from(["Theo", "Julie"]),
    last_name=st.sampled_from(["", "Brandt", "Okafor"]),
    places=st.frozensets(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=2),
    phones=some,
    policies=some,
    pays_for=cars,
    has=cars,
)


@given(people, people)
def test_it_is_the_same_both_ways_and_rests_on_more_than_a_name(one: Resident, other: Resident) -> None:
    found = kinds(one, other)
    assert found == kinds(other, one) or sorted(found) == sorted(kinds(other, one))
    assert not found or set(found) & ENOUGH


@given(st.text(max_size=40), st.text(max_size=12))
def test_any_address_has_a_key_that_stays_the_same(street: str, code: str) -> None:
    assert place_key(street, code) == place_key(f" {street} ".upper().lower(), code) or not street.isascii()
