"""Finding people and cars: the words that names are found by, and one SELECT per thing that typed text may be.

Each SELECT rests on one btree (`text_pattern_ops`, or a reversed copy for "the last six"), so its cost does not grow
with the number of customers.  Values come folded from `customers.rules.route_query`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Coalesce

from customers.models import ContactPoint, Customer, KnownWord, NameWord
from customers.rules import FindQuery, search_key
from customers.rules.find import EMAIL, NAME, PHONE, PHONE_PART, PLATE, VIN_PART

MOST = 10
"""Rows of one kind that are looked at; whoever wants more types more."""
BATCH = 5000
LIKENESS = 0.25
"""Share of letter triples two words must have in common to pass for one another: finds brandt for bradnt."""


@dataclass(frozen=True)
class Select:
    """A SELECT of at most MOST ids, best first, and what it is filled with."""

    sql: str
    params: tuple[Any, ...]


# --- the words of names ----------------------------------------------------------------------------------------------


def fold_words(customer: Customer) -> tuple[str, ...]:
    """Rewrite the words `customer` is found by, after their name was written, and return them.

    What they were called in a record that went into theirs still finds them.  Call it in the transaction of the
    action that writes the name.
    """
    names = customer.records.values_list("first_name", "last_name", "business_name")
    words = _words(*(name for record in names for name in record))
    NameWord.objects.filter(customer=customer).exclude(word__in=words).delete()
    NameWord.objects.bulk_create((NameWord(customer=customer, word=word) for word in words), ignore_conflicts=True)
    KnownWord.objects.bulk_create((KnownWord(word=word) for word in words), ignore_conflicts=True)
    return words


def _words(*names: str) -> tuple[str, ...]:
    return tuple(sorted({word for name in names for word in search_key(name)}))


def rebuild_words(customer_ids: Iterable[int] | None = None) -> int:
    """Rewrite the words of many customers, or of all, set by set; returns how many words were missing.

    Words are folded here rather than in SQL, so that there is one way to fold.
    """
    people = Customer.objects.annotate(stands=Coalesce("merged_into", "pk"))
    if customer_ids is not None:
        people = people.filter(stands__in=list(customer_ids))
    names = people.order_by("pk").values_list("stands", "first_name", "last_name", "business_name")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE folded_word (customer_id bigint, word text) ON COMMIT DROP")
        cursor.execute("CREATE TEMPORARY TABLE folded_customer (customer_id bigint) ON COMMIT DROP")
        # A connection cannot read while it copies, hence the batches.
        for batch in batched(names.iterator(chunk_size=BATCH), BATCH):
            with cursor.copy("COPY folded_customer FROM STDIN") as copy:
                for pk, *_ in batch:
                    copy.write_row((pk,))
            with cursor.copy("COPY folded_word FROM STDIN") as copy:
                for pk, *name in batch:
                    for word in _words(*name):
                        copy.write_row((pk, word))
        cursor.execute(
            "DELETE FROM customers_nameword old USING folded_customer c WHERE c.customer_id = old.customer_id "
            "AND NOT EXISTS (SELECT FROM folded_word w WHERE w.customer_id = old.customer_id AND w.word = old.word)"
        )
        cursor.execute(
            "INSERT INTO customers_nameword (customer_id, word) SELECT customer_id, word FROM folded_word "
            "ON CONFLICT DO NOTHING"
        )
        written = cursor.rowcount
        cursor.execute(
            "INSERT INTO customers_knownword (word) SELECT DISTINCT word FROM folded_word ON CONFLICT DO NOTHING"
        )
        # ON COMMIT DROP waits for the outermost transaction, which may rebuild once more.
        cursor.execute("DROP TABLE folded_word, folded_customer")
    return written


def words_like(words: Iterable[str]) -> dict[str, list[str]]:
    """For each word, the known ones most like it, best first: what it may have been meant to be.  Three statements."""
    found: dict[str, list[str]] = {word: [] for word in words}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(LIKENESS)])
        cursor.execute(
            "SELECT typed.word, known.word FROM unnest(%s::text[]) AS typed(word) CROSS JOIN LATERAL ("
            " SELECT k.word, similarity(k.word, typed.word) AS likeness FROM customers_knownword k"
            " WHERE k.word %% typed.word ORDER BY likeness DESC, k.word LIMIT 8) known"
            " ORDER BY known.likeness DESC, known.word",
            [list(found)],
        )
        for typed, known in cursor.fetchall():
            found[typed].append(known)
    return found


# --- one SELECT per thing that may be meant --------------------------------------------------------------------------


def people(query: FindQuery, like: Mapping[str, list[str]] | None = None, most: int = MOST) -> list[Select]:
    """SELECTs of customer ids for what the text may be; `like` holds other spellings of its words."""
    selects = []
    if whole := query.value(PHONE):
        selects.append(
            Select(f"SELECT customer_id FROM customers_contactpoint WHERE value = %s LIMIT {most}", (whole,))
        )
    if part := query.value(PHONE_PART):
        for column, digits in (("digits", part), ("digits_reversed", part[::-1])):
            selects.append(
                Select(
                    f"SELECT customer_id FROM customers_contactpoint WHERE digits <> '' AND {column} LIKE %s "
                    f"ORDER BY {column} USING ~<~ LIMIT {most}",
                    (f"{digits}%",),
                )
            )
    if email := query.value(EMAIL):
        selects.append(
            Select(
                "SELECT customer_id FROM customers_contactpoint WHERE value LIKE %s "
                f"ORDER BY value USING ~<~ LIMIT {most}",
                (_starting(email),),
            )
        )
    if not like and (number := query.customer_number):
        # Numbers are kept by rooftop, and so is their index: asked for at each, it is a few probes.
        selects.append(
            Select(
                "SELECT n.customer_id FROM dealership_rooftop r JOIN customers_customernumber n "
                f"ON n.rooftop_id = r.id AND n.number = ANY(%s) LIMIT {most}",
                ([number, number.upper()],),
            )
        )
    if name := query.value(NAME):
        # The longest word is the rarest; the others are looked up in that customer's own few words.
        first, *others = sorted(name.split(), key=len, reverse=True)
        meant = (like or {}).get(first)
        test, filled = ("= ANY(%s)", (meant,)) if meant else ("LIKE %s", (f"{first}%",))
        also = [_has_word("w.customer_id", word, like) for word in others]
        selects.append(
            Select(
                f"SELECT w.customer_id FROM customers_nameword w WHERE w.word {test}"
                + "".join(f" AND {one.sql}" for one in also)
                + f" ORDER BY w.word USING ~<~, w.customer_id LIMIT {most}",
                (*filled, *(value for one in also for value in one.params)),
            )
        )
    return selects


def cars(query: FindQuery, most: int = MOST) -> list[Select]:
    """SELECTs of vehicle ids: plate from its beginning; VIN from its beginning or to its end."""
    selects = []
    if part := query.value(VIN_PART):
        for column, value in (("vin_reversed", part[::-1]), ("vin", part)):
            selects.append(
                Select(
                    f"SELECT id FROM customers_vehicle WHERE {column} LIKE %s ORDER BY {column} USING ~<~ LIMIT {most}",
                    (f"{value}%",),
                )
            )
    if plate := query.value(PLATE):
        selects.append(
            Select(
                "SELECT id FROM customers_vehicle WHERE plate <> '' AND plate LIKE %s "
                f"ORDER BY plate USING ~<~ LIMIT {most}",
                (f"{plate}%",),
            )
        )
    return selects


def cars_by_middle(query: FindQuery) -> list[Select]:
    """SELECTs of vehicle ids whose VIN holds the text anywhere; costs more, so only when nothing else was found."""
    if not (part := query.value(VIN_PART)):
        return []
    return [Select(f"SELECT id FROM customers_vehicle WHERE vin LIKE %s LIMIT {MOST}", (f"%{part}%",))]


def matches(query: FindQuery, *, customer: str, vehicle: str, like: Mapping[str, list[str]] | None = None) -> Select:
    """A condition for rows few enough to look at one by one: does their customer or their car fit the text?

    `customer` is the SQL name of a customer id, `vehicle` the alias of a joined vehicle.
    """
    tests: list[Select] = []
    if part := query.value(VIN_PART):
        tests.append(Select(f"{vehicle}.vin LIKE %s", (f"%{part}%",)))
    if plate := query.value(PLATE):
        tests.append(Select(f"{vehicle}.plate LIKE %s", (f"{plate}%",)))
    if whole := query.value(PHONE):
        tests.append(_reached(customer, "value = %s", whole))
    if part := query.value(PHONE_PART):
        tests.append(_reached(customer, "digits <> '' AND (digits LIKE %s OR digits LIKE %s)", f"{part}%", f"%{part}"))
    if email := query.value(EMAIL):
        tests.append(_reached(customer, "value LIKE %s", _starting(email)))
    if name := query.value(NAME):
        words = [_has_word(customer, word, like) for word in name.split()]
        tests.append(Select(" AND ".join(one.sql for one in words), tuple(p for one in words for p in one.params)))
    if not tests:
        return Select("false", ())
    return Select(" OR ".join(f"({one.sql})" for one in tests), tuple(p for one in tests for p in one.params))


def _has_word(customer: str, word: str, like: Mapping[str, list[str]] | None) -> Select:
    spellings = (like or {}).get(word, [])
    test = "(x.word LIKE %s OR x.word = ANY(%s))" if spellings else "x.word LIKE %s"
    return Select(
        f"EXISTS (SELECT FROM customers_nameword x WHERE x.customer_id = {customer} AND {test})",
        (f"{word}%", spellings) if spellings else (f"{word}%",),
    )


def _reached(customer: str, test: str, *values: str) -> Select:
    return Select(f"EXISTS (SELECT FROM customers_contactpoint p WHERE p.customer_id = {customer} AND {test})", values)


def _starting(text: str) -> str:
    """A LIKE pattern for what begins with `text`, in which % and _ mean themselves."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"


# --- lists of customers ----------------------------------------------------------------------------------------------


def customer_ids(query: FindQuery, most: int = 200) -> list[int]:
    """Ids of the customers that fit the text or whose car does, for a list; other spellings when none fits as typed."""
    ids = _customer_ids(query, None, most)
    if not ids and (name := query.value(NAME)):
        ids = _customer_ids(query, words_like(name.split()), most)
    return ids


def _customer_ids(query: FindQuery, like: Mapping[str, list[str]] | None, most: int) -> list[int]:
    selects = people(query, like, most) + [
        Select(f"SELECT t.customer_id FROM customers_tie t WHERE t.vehicle_id IN ({one.sql})", one.params)
        for one in ([] if like else cars(query, most))
    ]
    if not selects:
        return []
    union = " UNION ".join(f"({one.sql})" for one in selects)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM customers_customer WHERE merged_into_id IS NULL AND id IN ({union})",
            [value for one in selects for value in one.params],
        )
        return [pk for (pk,) in cursor.fetchall()]


# --- exactly who has this phone or e-mail ----------------------------------------------------------------------------


def who_has(values: Iterable[str]) -> dict[str, set[int]]:
    """For each phone (+14155550142) or e-mail (lower case), the ids of the customers who have it.  One query."""
    found: dict[str, set[int]] = {value: set() for value in values if value}
    rows = ContactPoint.objects.filter(value__in=found, customer__merged_into=None).values_list("value", "customer_id")
    for value, customer_id in rows:
        found[value].add(customer_id)
    return found
