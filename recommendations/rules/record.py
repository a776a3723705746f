"""The chain that makes a changed record show: each entry's hash covers its content and the hash before it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64  # what stands before the first entry


def canonical_json(obj: Any) -> str:
    """One text for one meaning: keys sorted, no spaces, letters as they are.

    A Decimal is written as its own text ("12.50"), dates and times in ISO 8601.  Raises TypeError for a float, which
    has no exact text, for a date-time without a zone, and for anything else that is not plain data.

    >>> canonical_json({"total": Decimal("12.50"), "line": "Frein avant, côté gauche"})
    '{"line":"Frein avant, côté gauche","total":"12.50"}'
    """
    return json.dumps(plain(obj), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain_hash(previous_hash: str, payload: Mapping[str, Any] | str) -> str:
    """SHA-256, in hex, of the hash before (GENESIS for the first), a line feed, and the payload's canonical text."""
    text = payload if isinstance(payload, str) else canonical_json(payload)
    return sha256(f"{previous_hash}\n{text}".encode()).hexdigest()


@dataclass(frozen=True)
class ChainEntry:
    """One stored entry: what was recorded (as data, or as its canonical text), the hash before it, and its own.

    None in place of what was recorded: it was erased.  Its hash still holds its neighbors together; whether it was
    erased rightly is for a later entry to say.
    """

    previous_hash: str
    payload: Mapping[str, Any] | str | None
    hash: str


@dataclass(frozen=True)
class Break:
    """Where a chain stops holding: the entry's position from 0, and what is wrong with it."""

    position: int
    reason: str


def verify_chain(entries: Iterable[ChainEntry], previous_hash: str = GENESIS) -> Break | None:
    """The first entry, in order, that was changed, taken out or put in; None when the chain holds.

    `previous_hash` is the hash before the first of them, to verify a long chain piece by piece.

    What was cut off at the end cannot be seen from the chain alone: compare its last hash with one kept elsewhere.
    """
    expected = previous_hash
    for position, entry in enumerate(entries):
        if entry.previous_hash != expected:
            return Break(position, "It does not follow the entry before it: one was taken out, put in or moved.")
        if entry.payload is not None and entry.hash != chain_hash(entry.previous_hash, entry.payload):
            return Break(position, "Its content is not what was recorded.")
        expected = entry.hash
    return None


def plain(obj: Any) -> Any:
    """`obj` as JSON keeps it: amounts, dates and times as their texts.  Raises as `canonical_json` does."""
    if obj is None or isinstance(obj, bool | int):
        return obj
    if isinstance(obj, str):
        return str(obj)
    if isinstance(obj, Decimal):
        return str(obj)
    if isinstance(obj, datetime):
        if obj.tzinfo is None:
            raise TypeError("A recorded date-time needs its zone.")
        return obj.isoformat()
    if isinstance(obj, date | time):
        return obj.isoformat()
    if isinstance(obj, Mapping):
        if not all(isinstance(key, str) for key in obj):
            raise TypeError("A record's keys are texts.")
        return {key: plain(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [plain(value) for value in obj]
    raise TypeError(f"{type(obj).__name__} has no exact text to record.")
