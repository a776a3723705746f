"""How fast every car is scored against its repair limit, against the floor: read each car, write a row for each.

Run it as a script: `python tests/bench/bench_scan.py [cars] [repeats]`.  Cars of 400 classes, three months of orders
for each and work declined on one in four are made inside the server (invented).  Floor, the full scan into an empty
table, and the scan after one car in a hundred had an order closed take turns, each committed.  At the end some of the
cars at a time and all at once are compared row by row.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLASSES = 400
ONE_IN = 100

MAKE_CARS = """
INSERT INTO customers_vehicle (vin, plate, plate_region, year, make, model, trim, body, color, created_at)
SELECT NULL, '', '', 2003 + n %% 22, (ARRAY['HONDA', 'Toyota', 'Ford', 'NISSAN', 'BMW'])[n %% 5 + 1],
       'Model ' || n %% 80, '', (ARRAY['sedan', 'suv', 'truck', 'van', 'hatch'])[n / 5 %% 5 + 1], '', now()
FROM generate_series(1, %(cars)s) n
"""
MAKE_ORDERS = """
INSERT INTO service_lane_repairorder ({columns})
SELECT {values} FROM service_lane_repairorder o CROSS JOIN customers_vehicle v CROSS JOIN generate_series(1, 3) visit
WHERE o.id = %(pattern)s
"""
MAKE_LINES = """
INSERT INTO service_lane_serviceline (repair_order_id, line_code, position, concern, cause, correction, op_code,
                                      op_description, pay_type, technician, hours, labor, parts, misc)
SELECT o.id, 'A', 1, '', '', '', '', '', 'C', '', 1, 40 + o.id %% 900, o.id %% 300, 0
FROM service_lane_repairorder o WHERE o.vehicle_id IS NOT NULL
"""
MAKE_LINE = """
INSERT INTO recommendations_advisory ({columns})
SELECT {values} FROM recommendations_advisory a CROSS JOIN service_lane_repairorder o
WHERE a.id = %(pattern)s AND o.vehicle_id %% 4 = 0 AND o.id %% 3 = 0
"""
MAKE_VERSION = """
INSERT INTO recommendations_advisoryversion ({columns})
SELECT {values} FROM recommendations_advisoryversion n CROSS JOIN recommendations_advisory a
WHERE n.advisory_id = %(pattern)s AND a.id <> n.advisory_id
"""
FLOOR = """
INSERT INTO floor_score (vehicle_id, rooftop_id, "limit", declined, spent, standing, at)
SELECT id, 1, 1900.00, 0.00, year, 'within', now() FROM customers_vehicle
"""
CLOSE = """
INSERT INTO service_lane_repairorder ({columns}) SELECT {values}
FROM service_lane_repairorder o CROSS JOIN customers_vehicle v WHERE o.id = %(pattern)s AND v.id = ANY(%(some)s)
"""


def copied(model: type, given: dict[str, str], alias: str) -> dict[str, str]:
    """Columns and values of a copy of a row, some of them given."""
    names = [one.column for one in model._meta.concrete_fields if one.column != "id" and not one.generated]
    return {"columns": ", ".join(names), "values": ", ".join(given.get(name, f"{alias}.{name}") for name in names)}


def furnish(cars: int) -> int:
    """The group, its cars, their orders and what was declined; returns the order that others are copies of."""
    from django.db import connection, transaction
    from django.utils import timezone

    from recommendations.models import Advisory, AdvisoryVersion
    from sales_handoff.models import CarOutlook
    from service_lane.models import RepairOrder
    from tests.cast import make_cast, make_customer
    from tests.sales_handoff.visits import add_line

    cast, now = make_cast(), timezone.now()
    pattern = RepairOrder.objects.create(
        rooftop=cast.north, number="1", source="dms", status="closed", customer=make_customer(), opened_at=now,
        closed_at=now,
    )  # fmt: skip
    line = add_line(pattern, "600.00")
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(MAKE_CARS, {"cars": cars})
        months_ago = "now() - make_interval(months => (v.id * visit %% 36)::int)"
        given = {
            "number": "v.id || '-' || visit", "vehicle_id": "v.id", "opened_at": months_ago, "closed_at": months_ago,
        }  # fmt: skip
        cursor.execute(MAKE_ORDERS.format(**copied(RepairOrder, given, "o")), {"pattern": pattern.pk})
        cursor.execute(MAKE_LINES, {})
        given = {"repair_order_id": "o.id", "answer": "'declined'", "answered_version": "1", "presented_version": "1"}
        cursor.execute(MAKE_LINE.format(**copied(Advisory, given, "a")), {"pattern": line.pk})
        price = "(100 + a.id %% 5000)"
        given = {"advisory_id": "a.id", "labor": price, "total": price}
        cursor.execute(MAKE_VERSION.format(**copied(AdvisoryVersion, given, "n")), {"pattern": line.pk})
        cursor.execute("SELECT DISTINCT upper(make), upper(model), body FROM customers_vehicle")
        kinds = [("", "", ""), *cursor.fetchall()]
        fall = [max(500, 12_000 - 45 * month) for month in range(241)]
        CarOutlook.objects.bulk_create(
            CarOutlook(
                rooftop=cast.north, make=make, model=model, body=body, cars=40, orders=90, values=3, learned={},
                limits=fall, as_of_date=now.date(),
            )
            for make, model, body in kinds
        )  # fmt: skip
        cursor.execute("CREATE TABLE floor_score (LIKE sales_handoff_carscore INCLUDING ALL)")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{len(kinds) - 1} classes of cars")
    return pattern.pk


def measure(cars: int, repeats: int) -> None:
    from django.db import connection, transaction
    from django.utils import timezone

    from sales_handoff import scoring
    from service_lane.models import RepairOrder

    began = time.perf_counter()
    pattern = furnish(cars)
    print(f"{cars:,} cars, {3 * cars:,} orders made in {time.perf_counter() - began:.0f} s")
    now = timezone.now()
    today = now.date()
    cursor = connection.cursor()

    def run(sql: str, **params: object) -> None:
        with transaction.atomic():
            cursor.execute(sql, params)

    def full() -> None:
        with transaction.atomic():
            scoring.score(today, now)

    def some(ids: list[int]) -> Callable[[], None]:
        def few() -> None:
            with transaction.atomic():
                scoring.keep_months(ids)
                scoring.score(today, now, ids)

        return few

    def again() -> None:
        """Every car once more, when one in a hundred has changed."""
        full()

    with transaction.atomic():
        kept = clocked(scoring.keep_months)
    run("ANALYZE sales_handoff_carmonth")
    print(f"months of all cars kept, from orders and lines, once: {kept:.1f} s")
    took: dict[str, list[float]] = {"floor": [], "full scan": [], "incremental": [], "full, 1 in 100 changed": []}
    cursor.execute("SELECT min(id) FROM customers_vehicle")
    [first] = cursor.fetchone()
    for turn in range(repeats):
        run("TRUNCATE floor_score")
        took["floor"].append(clocked(lambda: run(FLOOR)))
        run("TRUNCATE sales_handoff_carscore")
        took["full scan"].append(clocked(full))
        run("ANALYZE sales_handoff_carscore")
        ids = list(range(first + turn, first + cars, ONE_IN))
        given = {"number": f"v.id || '+{turn}'", "vehicle_id": "v.id"}
        run(CLOSE.format(**copied(RepairOrder, given, "o")), pattern=pattern, some=ids)
        run(MAKE_LINES.replace("o.vehicle_id IS NOT NULL", f"o.number LIKE '%%+{turn}'"))
        took["incremental"].append(clocked(some(ids)))
        run("UPDATE sales_handoff_carscore SET spent = spent + 1 WHERE vehicle_id = ANY(%(ids)s)", ids=ids)
        took["full, 1 in 100 changed"].append(clocked(again))
    floor = statistics.median(took["floor"])
    print(f"\n{repeats} repeats, medians")
    for what, times in took.items():
        middle = statistics.median(times)
        print(
            f"{what:24}{middle:8.2f} s{middle / floor:8.2f} × floor   (best {min(times):.2f}, worst {max(times):.2f})"
        )
    run("CREATE TABLE by_parts AS TABLE sales_handoff_carscore")
    run("CREATE TABLE months_by_parts AS TABLE sales_handoff_carmonth")
    run("TRUNCATE sales_handoff_carscore, sales_handoff_carmonth")
    with transaction.atomic():
        scoring.keep_months()
        scoring.score(today, now)
    columns = 'vehicle_id, rooftop_id, "limit", declined, spent, standing'
    months = "vehicle_id, month, rooftop_id, spent, declined"
    cursor.execute(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT {columns} FROM by_parts"
        f" INTERSECT SELECT {columns} FROM sales_handoff_carscore) a),"
        f" (SELECT count(*) FROM sales_handoff_carmonth), (SELECT count(*) FROM (SELECT {months} FROM months_by_parts"
        f" INTERSECT SELECT {months} FROM sales_handoff_carmonth) a) FROM sales_handoff_carscore"
    )
    scores, same, kept_months, same_months = cursor.fetchone()
    print(
        f"\nby parts and at once: {same:,} of {scores:,} scores and {same_months:,} of {kept_months:,} months the same"
    )
    cursor.execute("SELECT standing, count(*) FROM sales_handoff_carscore GROUP BY 1 ORDER BY 1")
    print(", ".join(f"{standing} {count:,}" for standing, count in cursor.fetchall()))


def clocked(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main(cars: int = 1_000_000, repeats: int = 5) -> None:
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
