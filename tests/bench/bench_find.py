"""How fast the find box answers, against the floor: one look-up of a car by its primary key on the same connection.

Run it as a script: `python tests/bench/bench_find.py [cars] [repeats]`.  Cars, their owners, their phones and names are
made inside the server (invented), with 60 cars in the building and 60 expected today.  Floor and questions take turns.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ON_SITE = 60
FIRST_NAMES = [
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "José",
    "Ana",
    "Wei",
    "Priya",
    "Noah",
    "Olga",
]
SYLLABLES = [
    "ba",
    "bel",
    "bra",
    "can",
    "cor",
    "da",
    "den",
    "dor",
    "el",
    "fa",
    "gar",
    "han",
    "hol",
    "jen",
    "ka",
    "lan",
    "lo",
    "mar",
    "mon",
    "nel",
    "ol",
    "par",
    "ri",
    "ros",
    "san",
    "ste",
    "ta",
    "tor",
    "van",
    "wil",
]

MAKE_CARS = """
INSERT INTO customers_vehicle (vin, plate, plate_region, year, make, model, trim, body, color, created_at)
SELECT '1HG' || upper(substr(md5(n::text), 1, 8)) || lpad(n::text, 6, '0'),
       (n %% 9 + 1)::text || translate(upper(substr(md5('p' || n), 1, 3)), '0123456789', 'GHJKLMNPRS')
         || lpad((n %% 1000)::text, 3, '0'),
       'CA', 2005 + n %% 20, 'HONDA', (ARRAY['Civic', 'Accord', 'CR-V', 'Fit', 'Pilot'])[n %% 5 + 1],
       '', 'sedan', '', now()
FROM generate_series(1, %(cars)s) n
"""
MAKE_PHONES = """
INSERT INTO customers_contactpoint (customer_id, kind, value, digits, label, preferred, source)
SELECT id, 'phone', '+1' || number, number, '', true, 'bench'
FROM (SELECT id, (2000000000 + id * 7919 % 7999999999)::text AS number FROM customers_customer) c
"""
MAKE_TIES = """
INSERT INTO customers_tie (customer_id, vehicle_id, kind, source)
SELECT c.id, v.id, 'owns', 'bench'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers_vehicle) v
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers_customer) c USING (n)
"""
MAKE_ORDERS = """
INSERT INTO service_lane_repairorder ({columns})
SELECT {values} FROM service_lane_repairorder o CROSS JOIN customers_tie t WHERE o.id = %s AND t.vehicle_id %% 3 = 0
"""


def furnish(cars: int) -> Any:
    """The group, its cars and people, and a full lane; returns the rooftop."""
    from django.db import connection
    from django.utils import timezone

    from customers.models import Customer, Tie
    from customers.search import rebuild_words
    from service_lane.models import Appointment, RepairOrder
    from tests.cast import make_cast, make_order

    cast, chance, now = make_cast(), random.Random(7), timezone.now()
    people = []
    for _ in range(cars):
        last = "".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3)))).title()
        people.append(Customer(first_name=chance.choice(FIRST_NAMES), last_name=last, created_at=now))
    Customer.objects.bulk_create(people, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute(MAKE_CARS, {"cars": cars})
        cursor.execute(MAKE_PHONES)
        cursor.execute(MAKE_TIES)
    rebuild_words()
    first = make_order(cast, number="100000")
    past = RepairOrder.objects.create(
        rooftop=cast.north,
        number="9",
        source="dms",
        status="closed",
        customer=first.customer,
        opened_at=now - timedelta(days=400),
        closed_at=now - timedelta(days=400),
    )
    names = [field.column for field in RepairOrder._meta.concrete_fields if field.column != "id"]
    given = {"number": "(100000 + t.id)::text", "customer_id": "t.customer_id", "vehicle_id": "t.vehicle_id"}
    with connection.cursor() as cursor:
        cursor.execute(
            MAKE_ORDERS.format(
                columns=", ".join(names), values=", ".join(given.get(name, f"o.{name}") for name in names)
            ),
            [past.pk],
        )
    for n, tie in enumerate(
        Tie.objects.exclude(vehicle=first.vehicle).select_related("customer", "vehicle").order_by("-pk")[: 2 * ON_SITE]
    ):
        if n < ON_SITE:
            make_order(cast, customer=tie.customer, vehicle=tie.vehicle, number=f"7{n:05}", tag=f"A{n}", opened_at=now)
        else:
            Appointment.objects.create(
                rooftop=cast.north, customer=tie.customer, vehicle=tie.vehicle, due_at=now, purpose="Oil"
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cast.north


def questions(chance: random.Random) -> dict[str, Callable[[], str]]:
    """What people type, by kind; each call is another car or person."""
    from customers.models import ContactPoint, Customer, Vehicle

    cars = list(Vehicle.objects.exclude(vin=None).order_by("?").values_list("vin", "plate")[:2000])
    people = list(Customer.objects.order_by("?").values_list("first_name", "last_name")[:2000])
    phones = list(ContactPoint.objects.order_by("?").values_list("digits", flat=True)[:2000])

    def slip(word: str) -> str:
        at = chance.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return {
        "plate": lambda: chance.choice(cars)[1],
        "plate, 4 of 7": lambda: chance.choice(cars)[1][:4],
        "VIN": lambda: chance.choice(cars)[0],
        "VIN, last 6": lambda: chance.choice(cars)[0][-6:],
        "VIN, first 8": lambda: chance.choice(cars)[0][:8],
        "VIN, middle 7 (fallback)": lambda: chance.choice(cars)[0][4:11],
        "phone": lambda: chance.choice(phones),
        "phone, last 4": lambda: chance.choice(phones)[-4:],
        "last name": lambda: chance.choice(people)[1],
        "first and last": lambda: " ".join(chance.choice(people)),
        "name, 3 letters": lambda: chance.choice(people)[1][:3],
        "last name with a slip (fallback)": lambda: slip(chance.choice(people)[1]),
        "RO number": lambda: str(100_000 + chance.randrange(1, 100_000)),
        "nothing like it": lambda: f"0QX{chance.randrange(1000):03}",
    }


def measure(cars: int, repeats: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from customers.models import Vehicle
    from service_lane.find import find

    started = time.perf_counter()
    rooftop = furnish(cars)
    print(f"{cars:,} cars made in {time.perf_counter() - started:.0f} s\n")
    chance, now = random.Random(11), timezone.now()
    kinds = questions(chance)
    low, high = Vehicle.objects.order_by("pk").first().pk, Vehicle.objects.order_by("pk").last().pk
    floor: list[float] = []
    spent: dict[str, list[float]] = {kind: [] for kind in kinds}
    whole: dict[str, list[float]] = {kind: [] for kind in kinds}

    def clocked(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            nonlocal in_sql
            in_sql += time.perf_counter() - begun

    in_sql = 0.0
    with connection.execute_wrapper(clocked):
        for turn in range(repeats + 20):
            for kind, text in kinds.items():
                with connection.cursor() as cursor:
                    in_sql = 0.0
                    cursor.execute("SELECT * FROM customers_vehicle WHERE id = %s", [chance.randint(low, high)])
                    cursor.fetchall()
                if turn >= 20:
                    floor.append(in_sql)
                typed = text()
                in_sql, begun = 0.0, time.perf_counter()
                find(typed, rooftop, now)
                if turn >= 20:
                    spent[kind].append(in_sql)
                    whole[kind].append(time.perf_counter() - begun)

    def p95(times: list[float]) -> float:
        return statistics.quantiles(times, n=20)[18] * 1000

    base = p95(floor)
    print(f"{'typed':<34}{'SQL p50':>9}{'SQL p95':>9}{'× floor':>9}{'all p95':>9}   (ms)")
    print(f"{'floor: a car by primary key':<34}{statistics.median(floor) * 1000:>9.2f}{base:>9.2f}{1:>9.1f}")
    for kind, times in spent.items():
        row = (statistics.median(times) * 1000, p95(times), p95(times) / base, p95(whole[kind]))
        print(f"{kind:<34}{row[0]:>9.2f}{row[1]:>9.2f}{row[2]:>9.1f}{row[3]:>9.2f}")
    typed_right = [took for kind, times in spent.items() if "fallback" not in kind for took in times]
    print(
        f"\nAs typed, all kinds together: p95 {p95(typed_right):.2f} ms, {p95(typed_right) / base:.1f} times the floor."
    )


def main(cars: int = 200_000, repeats: int = 200) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dealership.settings.test"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.test.runner import DiscoverRunner

    from dealership import embedded

    home = Path(settings.LANE_HOME)
    started = embedded.start_unless_elsewhere(home, say=lambda _: None, quick=True)
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        measure(cars, repeats)
    finally:
        runner.teardown_databases(databases)
        if started:
            embedded.stop(home)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
