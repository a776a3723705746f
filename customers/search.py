"""Finding people and cars: the words that names are found by, and the database asked for what typed text may mean.

Values come folded from `customers.rules.route_query`.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import batched

from django.db import connection, transaction
from django.db.models.functions import Coalesce

from customers.models import ContactPoint, Customer, KnownWord, NameWord
from customers.rules import FindQuery, search_key
from customers.rules.find import NAME, VIN_PART

BATCH = 5000


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
    """For each word, the known ones most like it, best first: what it may have been meant to be.  One statement."""
    found: dict[str, list[str]] = {word: [] for word in words}
    if not found:
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed, known FROM customers_words_like(%s)", [list(found)])
        for typed, known in cursor.fetchall():
            found[typed].append(known)
    return found


# --- what typed text may mean, as the database is asked for it --------------------------------------------------------


def asked(query: FindQuery) -> str:
    """Each thing the text may be, folded, as JSON for `customers_find` and the functions above it.

    They are functions (migration 0017_find_planned_once) so that each connection plans their statements once.
    """
    forms = {form.kind: form.value for form in query.forms if form.kind != NAME}
    if number := query.customer_number:
        forms["customer_number"] = number
    return json.dumps(forms | _words_asked(query, {}))


def asked_further(query: FindQuery, vins: Iterable[str] = ()) -> str | None:
    """What is meant less often, or costs more, so only when nothing was found as typed; None when it cannot be.

    A VIN that holds the text anywhere or is one of `vins`, a street from its number on, an insurance policy.
    """
    forms = {"vin_middle": query.value(VIN_PART), "street": query.street, "policy": query.policy}
    further = {name: value for name, value in forms.items() if value}
    return json.dumps(further | {"vins": list(vins)}) if further else None


def asked_as_spelled(query: FindQuery, *, shortest: int = 1) -> str | None:
    """The name in other spellings of its words of `shortest` letters and more; None when nothing is like them."""
    spelled = words_like(word for word in query.value(NAME).split() if len(word) >= shortest)
    return json.dumps({"spelled": spelled} | _words_asked(query, spelled)) if any(spelled.values()) else None


def _words_asked(query: FindQuery, spelled: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The words of a name, first the one to look for: one with other spellings, or the longest, which is the rarest."""
    words = sorted(query.value(NAME).split(), key=lambda word: (bool(spelled.get(word)), len(word)), reverse=True)
    return {"words": words} if words else {}


# --- lists of customers ----------------------------------------------------------------------------------------------

_STANDING = """
WITH found AS MATERIALIZED (SELECT * FROM customers_find(%s, %s))
SELECT id FROM customers_customer WHERE merged_into_id IS NULL AND id IN (
    SELECT found_customer FROM found
    UNION SELECT t.customer_id FROM found JOIN customers_tie t ON t.vehicle_id = found.found_vehicle)
"""


def customer_ids(query: FindQuery, most: int = 200) -> list[int]:
    """Ids of the customers that fit the text or whose car does, for a list; less likely readings when none fits."""
    ids = _customer_ids(asked(query), most)
    for otherwise in (asked_further, asked_as_spelled):
        if not ids and (asks := otherwise(query)):
            ids = _customer_ids(asks, most)
    return ids


def _customer_ids(asked: str, most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [asked, most])
        return [pk for (pk,) in cursor.fetchall()]


# --- exactly who has this phone or e-mail ----------------------------------------------------------------------------


def who_has(values: Iterable[str]) -> dict[str, set[int]]:
    """For each phone (+14155550142) or e-mail (lower case), the ids of the customers who have it.  One query."""
    found: dict[str, set[int]] = {value: set() for value in values if value}
    rows = ContactPoint.objects.filter(value__in=found, customer__merged_into=None).values_list("value", "customer_id")
    for value, customer_id in rows:
        found[value].add(customer_id)
    return found
