"""Finding who may live together, set by set; whether it is enough to ask is a rule (customers.rules.households)."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import connection

from customers.models import Address, ContactPoint, Customer, Tie
from customers.rules.households import Resident, place_key

MOST_OF_ONE_PLACE = 12
"""More people than this at one door is a home, a company or a default address, not a household."""
MOST_OF_ONE_PHONE = 6

# The door: number, first letters of the street, unit and postal code.  It only narrows the search; the rule compares.
_NAME = r"^\s*\d+[a-z]?\s+(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\M\.?\s+)?([a-z0-9]{1,4})"
_UNIT = r"(?:\m(?:apt|apartment|unit|suite|ste)\M|#)\.?\s*#?\s*([a-z0-9]+)\s*$"
_DOOR = rf"""
SELECT DISTINCT customer_id, concat_ws('|', substring(street from '\d+'), substring(lower(street) from '{_NAME}'),
  coalesce(substring(lower(street) from '{_UNIT}'), ''), substring(postal_code from '^\w{{3,5}}')) AS door
FROM customers_address WHERE street ~ '^\s*\d' AND postal_code <> '' AND (%(ids)s::bigint[] IS NULL OR (
  left(postal_code, 5) = ANY(ARRAY(SELECT left(mine.postal_code, 5) FROM customers_address mine
                                   WHERE mine.customer_id = ANY(%(ids)s)))
  AND substring(street from '\d+') = ANY(ARRAY(SELECT substring(mine.street from '\d+') FROM customers_address mine
                                                WHERE mine.customer_id = ANY(%(ids)s)))))
"""
_PAIRS = f"""
WITH door AS MATERIALIZED ({_DOOR}),
doors AS (SELECT door FROM door GROUP BY door HAVING count(*) BETWEEN 2 AND {MOST_OF_ONE_PLACE}),
pair AS (
  SELECT a.customer_id AS one, b.customer_id AS other
  FROM doors JOIN door a USING (door) JOIN door b USING (door) WHERE a.customer_id <> b.customer_id
  UNION
  SELECT a.customer_id, b.customer_id
  FROM customers_contactpoint a JOIN customers_contactpoint b ON b.value = a.value AND b.customer_id <> a.customer_id
  WHERE a.kind = 'phone' AND b.kind = 'phone' AND (%(ids)s::bigint[] IS NULL OR a.customer_id = ANY(%(ids)s))
    AND (SELECT count(*) FROM customers_contactpoint c WHERE c.value = a.value) <= {MOST_OF_ONE_PHONE}
  UNION
  SELECT a.customer_id, b.customer_id
  FROM customers_tie a JOIN customers_tie b ON b.vehicle_id = a.vehicle_id AND b.customer_id <> a.customer_id
  WHERE a.until_date IS NULL AND b.until_date IS NULL
    AND (a.kind = 'pays' AND b.kind IN ('owns', 'drives') OR b.kind = 'pays' AND a.kind IN ('owns', 'drives'))
  UNION
  SELECT a.customer_id, b.customer_id
  FROM customers_vehicle v JOIN customers_vehicle w ON w.policy_number = v.policy_number AND w.id <> v.id
  JOIN customers_tie a ON a.vehicle_id = v.id AND a.until_date IS NULL AND a.kind IN ('owns', 'drives')
  JOIN customers_tie b ON b.vehicle_id = w.id AND b.until_date IS NULL AND b.kind IN ('owns', 'drives')
  WHERE v.policy_number <> '' AND w.policy_number <> '' AND a.customer_id <> b.customer_id
)
SELECT DISTINCT least(one, other), greatest(one, other) FROM pair
JOIN customers_customer c ON c.id = one AND c.kind = 'person' AND c.merged_into_id IS NULL
JOIN customers_customer d ON d.id = other AND d.kind = 'person' AND d.merged_into_id IS NULL
WHERE (%(ids)s::bigint[] IS NULL OR one = ANY(%(ids)s))
  AND (c.household_id IS NULL OR c.household_id IS DISTINCT FROM d.household_id)
  AND NOT EXISTS (SELECT FROM customers_householdsuggestion s
                  WHERE s.low_id = one AND s.high_id = other OR s.low_id = other AND s.high_id = one)
ORDER BY 1, 2
"""


def pairs_to_ask(customers: Collection[int] | None = None) -> list[tuple[int, int]]:
    """Pairs of people (lower id first) who share something and were never proposed, of `customers` or of all.

    One statement: of all, three seconds for 100,000 people; of one, it looks at the doors of the same postal code.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"ids": None if customers is None else list(customers)})
        return [(one, other) for one, other in cursor.fetchall()]


def residents(customers: Iterable[int]) -> dict[int, Resident]:
    """What the rule needs to know of these people.  Four queries."""
    ids = set(customers)
    places: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for pk, street, code in Address.objects.filter(customer__in=ids).values_list("customer", "street", "postal_code"):
        if key := place_key(street, code):
            places[pk].add((key, street))
    phones: dict[int, set[str]] = defaultdict(set)
    points = ContactPoint.objects.filter(customer__in=ids, kind=ContactPoint.Kind.PHONE)
    for pk, value in points.values_list("customer", "value"):
        phones[pk].add(value)
    pays: dict[int, set[tuple[int, str]]] = defaultdict(set)
    has: dict[int, set[tuple[int, str]]] = defaultdict(set)
    policies: dict[int, set[str]] = defaultdict(set)
    for tie in Tie.objects.current().filter(customer__in=ids).select_related("vehicle"):
        car = (tie.vehicle_id, tie.vehicle.short_title)
        if tie.kind == Tie.Kind.PAYS:
            pays[tie.customer_id].add(car)
        elif tie.kind in (Tie.Kind.OWNS, Tie.Kind.DRIVES):
            has[tie.customer_id].add(car)
            if tie.vehicle.policy_number:
                policies[tie.customer_id].add(tie.vehicle.policy_number)
    return {
        person.pk: Resident(
            called=person.called,
            last_name=person.last_name,
            places=frozenset(places[person.pk]),
            phones=frozenset(phones[person.pk]),
            policies=frozenset(policies[person.pk]),
            pays_for=frozenset(pays[person.pk]),
            has=frozenset(has[person.pk]),
        )
        for person in Customer.objects.filter(pk__in=ids)
    }
