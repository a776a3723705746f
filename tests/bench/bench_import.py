"""How fast a DMS export comes in, against the floor: the same rows by INSERT … SELECT inside the server.

Run it as a script: `python tests/bench/bench_import.py [copies] [repeats]`.  The demonstration export is copied
under new order numbers, customer numbers and VINs.  Floor and import take turns, each into empty tables (all ten that
an import writes, with their indexes and constraints) and each committed.
"""

import csv
import io
import os
import resource
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "service_lane" / "demo" / "ro_export.csv"


def copies_of_the_export(copies: int) -> bytes:
    """The demonstration rows `copies` times over, no order, customer or car twice."""
    [header, *rows] = csv.reader(io.StringIO(DEMO.read_text("utf-8-sig"), newline=""))
    number, customer, vin, phone = (
        header.index(column) for column in ("RONumber", "CustNo", "VIN", "ContactPhoneNumber")
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for copy in range(copies):
        for row in rows:
            row = row.copy()
            if row[number]:
                row[number] = f"{copy}{row[number]}"
            row[customer] = f"{copy}{row[customer]}"
            if len(row) > vin and row[vin].strip():
                row[vin] = f"{row[vin].strip()[:-3]}{copy:03}".replace(" ", "")
            if row[phone] != "0000000000":
                row[phone] = f"{2 + copy % 8}{copy:02}{hash(row[customer]) % 10_000_000:07}"
            writer.writerow(row)
    return text.getvalue().encode()


def main(copies: int = 18, repeats: int = 5) -> None:
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
        measure(copies_of_the_export(copies), repeats)
    finally:
        runner.teardown_databases(databases)
        if started:
            embedded.stop(home)


def measure(content: bytes, repeats: int) -> None:
    import pgtrigger
    from django.db import connection, transaction
    from django.utils import timezone

    from customers.models import Address, Consent, ContactPoint, Customer, CustomerNumber, NameWord, Tie, Vehicle
    from service_lane.actions.dms_import import import_file
    from service_lane.models import DmsImport, RepairOrder, ServiceLine
    from tests.cast import make_rooftop

    north = make_rooftop("NORTH", "North")
    models = (
        Customer, CustomerNumber, NameWord, ContactPoint, Address, Consent, Vehicle, Tie, RepairOrder, ServiceLine,
    )  # fmt: skip

    def bring() -> int:
        figures = import_file(stream=io.BytesIO(content), filename="bench", rooftop=north, by=None, at=timezone.now())
        return figures["rows"]

    cursor = connection.cursor()
    rows = bring()
    again = clocked(bring)
    inserts = []
    for model in models:
        table = model._meta.db_table
        cursor.execute(f"CREATE TABLE floor_{table} AS TABLE {table}")
        names = ", ".join(field.column for field in model._meta.local_concrete_fields if not field.generated)
        names = names.replace(", dms_import_id", "")
        inserts.append(f"INSERT INTO {table} ({names}) SELECT {names} FROM floor_{table}")

    def floor() -> None:
        with transaction.atomic():
            for insert in inserts:
                cursor.execute(insert)

    def empty() -> None:
        with pgtrigger.ignore(), transaction.atomic():
            cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in (*models, DmsImport))} CASCADE")

    took: dict[str, list[float]] = {"floor": [], "import": []}
    for _ in range(repeats):
        for what, run in (("floor", floor), ("import", bring)):
            empty()
            took[what].append(clocked(run))
    middle = {what: statistics.median(times) for what, times in took.items()}
    say = sys.stdout.write
    say(f"{rows:,} rows, {len(content) / 1e6:.1f} MB, {repeats} repeats, medians\n")
    for what, seconds in middle.items():
        say(f"{what:8} {seconds:6.2f} s  {rows / seconds:9,.0f} rows/s  (best {min(took[what]):.2f} s)\n")
    say(f"import / floor: {middle['import'] / middle['floor']:.2f}\n")
    say(f"the same file again, nothing changed: {again:.2f} s, {rows / again:,.0f} rows/s\n")
    say(f"most memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB\n")


def clocked(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
