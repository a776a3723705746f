"""A changed, missing, added or moved record shows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.rules.record import GENESIS, ChainEntry, canonical_json, chain_hash, verify_chain

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def chain(payloads):
    entries, previous = [], GENESIS
    for payload in payloads:
        own = chain_hash(previous, payload)
        entries.append(ChainEntry(previous, payload, own))
        previous = own
    return entries


ENTRIES = chain([{"line": number, "total": "10.00"} for number in range(5)])


def test_an_untouched_chain_holds():
    assert verify_chain(ENTRIES) is None
    assert verify_chain([]) is None


def test_a_long_chain_may_be_verified_piece_by_piece():
    assert verify_chain(ENTRIES[2:], previous_hash=ENTRIES[1].hash) is None


def test_a_changed_entry_is_found_where_it_is():
    forged = [*ENTRIES]
    forged[2] = replace(forged[2], payload={"line": 2, "total": "9.00"})
    found = verify_chain(forged)
    assert found is not None
    assert (found.position, found.reason) == (2, "Its content is not what was recorded.")


def test_a_changed_entry_with_its_hash_made_anew_breaks_at_the_next():
    forged = [*ENTRIES]
    payload = {"line": 2, "total": "9.00"}
    forged[2] = ChainEntry(forged[2].previous_hash, payload, chain_hash(forged[2].previous_hash, payload))
    found = verify_chain(forged)
    assert found is not None
    assert found.position == 3


@pytest.mark.parametrize(
    "forged",
    [
        ENTRIES[1:],
        [*ENTRIES[:2], *ENTRIES[3:]],
        [ENTRIES[1], ENTRIES[0], *ENTRIES[2:]],
        [*ENTRIES[:2], ENTRIES[1], *ENTRIES[2:]],
    ],
    ids=["first taken out", "one taken out", "two moved", "one put in twice"],
)
def test_an_entry_taken_out_moved_or_put_in_is_found(forged):
    assert verify_chain(forged) is not None


def test_one_meaning_has_one_text():
    at = datetime(2026, 3, 2, 11, 40, tzinfo=UTC)
    written = canonical_json({"b": [Decimal("12.50"), date(2026, 3, 2)], "a": at, "ç": None})
    assert written == '{"a":"2026-03-02T11:40:00+00:00","b":["12.50","2026-03-02"],"ç":null}'
    assert canonical_json({"b": 1, "a": (2, 3)}) == canonical_json({"a": [2, 3], "b": 1})


@given(plain)
def test_the_text_is_the_same_every_time_and_the_hash_follows_it(obj):
    assert canonical_json(obj) == canonical_json(obj)
    assert chain_hash(GENESIS, {"it": obj}) == chain_hash(GENESIS, canonical_json({"it": obj}))


@pytest.mark.parametrize("bad", [0.1, {"x": [1.5]}, datetime(2026, 3, 2), {1: "x"}, {3}, b"x"])  # noqa: DTZ001
def test_what_has_no_exact_text_is_refused(bad):
    with pytest.raises(TypeError):
        canonical_json(bad)
