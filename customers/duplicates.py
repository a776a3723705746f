"""Who may be whom: pairs that have more than a name in common, found by set, and what is known of each.

A name alone never proposes anybody (customers.rules.duplicates), so nobody is looked for by name: those who share a
phone, an e-mail, a car or a DMS number are, each by its index, and only their names are compared.  The cost grows with
what is shared, not with how many people have one name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from django.db import connection

from customers.models import Address, ContactPoint, Customer, CustomerNumber, Duplicate
from customers.rules import search_key
from customers.rules.duplicates import Likeness, Record, may_be_called, score

CROWD = 12
"""Records that share one number or car, from where on it tells nothing: a switchboard, a courtesy phone, a loaner."""

_TIES = "SELECT customer_id, vehicle_id FROM customers_tie"

# Each: what the records `of` have, and who else has it.
_REACHED = f"""
WITH shared AS MATERIALIZED (
  SELECT kind, value FROM customers_contactpoint
  WHERE value IN (SELECT value FROM customers_contactpoint WHERE customer_id = ANY(%(of)s))
  GROUP BY kind, value HAVING count(*) BETWEEN 2 AND {CROWD})
SELECT a.customer_id, b.customer_id
FROM shared JOIN customers_contactpoint a USING (kind, value) JOIN customers_contactpoint b USING (kind, value)
WHERE a.customer_id < b.customer_id
"""
_CARS = f"""
WITH theirs AS MATERIALIZED (SELECT DISTINCT vehicle_id FROM (%(cars)s) mine WHERE customer_id = ANY(%(of)s)),
whose AS MATERIALIZED (
  SELECT DISTINCT brought.customer_id, vehicle_id FROM theirs JOIN (%(cars)s) brought USING (vehicle_id)),
shared AS (SELECT vehicle_id FROM whose GROUP BY vehicle_id HAVING count(*) BETWEEN 2 AND {CROWD})
SELECT a.customer_id, b.customer_id
FROM shared JOIN whose a USING (vehicle_id) JOIN whose b USING (vehicle_id) WHERE a.customer_id < b.customer_id
"""
# The rooftops are few, and each number is looked up at each of them by the index that keeps it once.
_NUMBERS = """
WITH theirs AS MATERIALIZED (
  SELECT customer_id, rooftop_id, number FROM customers_customernumber WHERE customer_id = ANY(%(of)s))
SELECT DISTINCT least(a.customer_id, b.customer_id), greatest(a.customer_id, b.customer_id)
FROM theirs a JOIN dealership_rooftop r ON r.id <> a.rooftop_id
JOIN customers_customernumber b ON b.rooftop_id = r.id AND b.number = a.number
WHERE a.customer_id <> b.customer_id
"""
_SOUNDS = "SELECT word, dmetaphone(word), dmetaphone_alt(word) FROM unnest(%s::text[]) word"


def found(of: Iterable[int], *, visits: str = "") -> dict[tuple[int, int], Likeness]:
    """Pairs (lower id, higher id) of one of `of` and anybody that may be one person, with what speaks for it.

    `visits` is a SELECT of (customer_id, vehicle_id) of an upper storey: who brought which car, whoever owns it.
    """
    pairs = _pairs(list(of), visits)
    named = _records({one for pair in pairs for one in pair})
    alike = [
        (lower, higher)
        for lower, higher in pairs
        if lower in named and higher in named and may_be_called(named[lower], named[higher])
    ]
    records = _known({pk: named[pk] for pair in alike for pk in pair}, visits)
    likeness = {(lower, higher): score(records[lower], records[higher]) for lower, higher in alike}
    return {pair: one for pair, one in likeness.items() if one.is_enough}


def likeness(one: Customer, other: Customer, *, visits: str = "") -> Likeness:
    """What speaks for two records being one person, whether that is enough or not."""
    records = _known(_records({one.pk, other.pk}), visits)
    return score(records[one.pk], records[other.pk])


def alike(record: Record, values: Iterable[str]) -> list[tuple[Customer, Likeness]]:
    """Who is here already that somebody just typed may be: by their phone or e-mail (`values`), the likeliest first."""
    ids = ContactPoint.objects.filter(value__in=list(values), customer__merged_into=None).values_list(
        "customer_id", flat=True
    )
    records = _known(_records(set(ids[:CROWD])), "")
    named = {pk: score(record, known) for pk, known in records.items()}
    people = Customer.objects.in_bulk([pk for pk, one in named.items() if one.is_enough])
    return sorted(((people[pk], named[pk]) for pk in people), key=lambda pair: (-pair[1].points, pair[0].pk))


def record_of(kind: str, first: str, last: str, business: str, phone: str, email: str) -> Record:
    """What somebody typed about somebody new, to be held against who is here."""
    named = _named(kind, first, last, business)
    sounds = _sounds(_sounded(named))
    return _record(kind, named, sounds, phones=frozenset({phone} - {""}), emails=frozenset({email} - {""}))


def said_different(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of `pairs` of whom somebody said that they are different people, of them or of what went into them."""
    asked = set(pairs)
    ids = {one for pair in asked for one in pair}
    gone = Customer.objects.filter(merged_into__in=ids).values_list("pk", "merged_into_id")
    into: Mapping[int, int | None] = dict(gone) | {pk: pk for pk in ids}
    rows = Duplicate.objects.filter(state=Duplicate.State.DIFFERENT, lower__in=into, higher__in=into)
    told = {frozenset((into[lower], into[higher])) for lower, higher in rows.values_list("lower", "higher")}
    return {pair for pair in asked if frozenset(pair) in told}


def _pairs(of: list[int], visits: str) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    with connection.cursor() as cursor:
        for sql in (_REACHED, _CARS.replace("%(cars)s", _cars(visits)), _NUMBERS):
            cursor.execute(sql, {"of": of})
            found |= set(cursor.fetchall())
    touched = set(of)
    return {pair for pair in found if touched & set(pair)}


def _cars(visits: str) -> str:
    return _TIES + (f" UNION ALL {visits}" if visits else "")


def _records(ids: set[int]) -> dict[int, Record]:
    """Those of `ids` that stand, by what they are called.  Two queries."""
    people = {
        pk: (kind, _named(kind, first, last, business))
        for pk, kind, first, last, business in Customer.objects.standing()
        .filter(pk__in=ids)
        .order_by()
        .values_list("pk", "kind", "first_name", "last_name", "business_name")
    }
    sounds = _sounds({word for _, named in people.values() for word in _sounded(named)})
    return {pk: _record(kind, named, sounds) for pk, (kind, named) in people.items()}


def _known(named: Mapping[int, Record], visits: str) -> dict[int, Record]:
    """The same with all that is known of them.  Four queries."""
    known: dict[int, dict[str, Any]] = {
        pk: {name: set() for name in ("phones", "emails", "cars", "numbers", "addresses")} for pk in named
    }
    points = ContactPoint.objects.filter(customer__in=named).order_by()
    for pk, kind, value in points.values_list("customer_id", "kind", "value"):
        known[pk]["phones" if kind == ContactPoint.Kind.PHONE else "emails"].add(value)
    addresses = Address.objects.filter(customer__in=named)
    for pk, street, code in addresses.values_list("customer_id", "street", "postal_code"):
        known[pk]["addresses"].add((" ".join(search_key(street)), code[:5]))
    numbers = CustomerNumber.objects.filter(customer__in=named)
    for pk, rooftop, number in numbers.values_list("customer_id", "rooftop_id", "number"):
        known[pk]["numbers"].add((rooftop, number))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, vehicle_id FROM ({_cars(visits)}) brought "
            "WHERE customer_id = ANY(%s) AND vehicle_id IS NOT NULL",
            [list(named)],
        )
        for pk, car in cursor.fetchall():
            known[pk]["cars"].add(car)
    return {
        pk: replace(record, **cast(Any, {name: frozenset(values) for name, values in known[pk].items()}))
        for pk, record in named.items()
    }


def _named(kind: str, first: str, last: str, business: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind == Customer.Kind.BUSINESS:
        return (), search_key(business)
    return search_key(first), search_key(last)


def _record(
    kind: str, named: tuple[tuple[str, ...], tuple[str, ...]], sounds: dict[str, frozenset[str]], **known: Any
) -> Record:
    first, last = named
    silent: frozenset[str] = frozenset()
    return Record(
        kind=kind,
        first=first,
        last=last,
        first_sounds=sounds.get("".join(first[:1]), silent),
        last_sounds=sounds.get("".join(last), silent),
        **known,
    )


def _sounded(named: tuple[tuple[str, ...], tuple[str, ...]]) -> set[str]:
    """A first name is heard by its first word, a last name as one."""
    first, last = named
    return {"".join(first[:1]), "".join(last)} - {""}


def _sounds(words: set[str]) -> dict[str, frozenset[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_SOUNDS, [sorted(words)])
        return {word: frozenset(code for code in codes if code) for word, *codes in cursor.fetchall()}
