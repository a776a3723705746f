"""How fast a recall list of the size of NHTSA's POST_2010 comes in, twice, and in how much memory.

Run it as a script: `python tests/bench/bench_recalls.py [rows]`.  The file is made for it in NHTSA's layout, zipped as
it ships, with invented texts of realistic length.  Each import is a process of its own (manage.py's way), so the most
memory it ever held is the import's.  Fails when one takes two minutes or 200 MB, when the second changes anything, or
when the table differs after it.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

ROWS = 240_126
MOST_SECONDS = 120
MOST_MEGABYTES = 200
ROWS_OF_A_CAMPAIGN = 24
CHILD = """
import json, re, sys, time
import django
django.setup()
from pathlib import Path
from django.db import connections
from django.utils import timezone
from customers.actions.recalls import import_recalls
connections["default"].settings_dict["NAME"] = sys.argv[2]
def most():
    # Not ru_maxrss: that begins with what the process that started this one held.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = most()
start = time.perf_counter()
with open(sys.argv[1], "rb") as stream:
    came = import_recalls(
        stream=stream, name="FLAT_RCL_POST_2010.zip", part="post", by=None, by_name="bench", at=timezone.now()
    )
took = time.perf_counter() - start
print(json.dumps({
    "seconds": took, "before": before, "most": most(),
    **{name: getattr(came, name) for name in ("rows", "added", "changed", "unchanged", "withdrawn", "rejected")},
}))
"""
TEXT = """
    the vehicle may have been built with a part that was not tightened to specification and over time it can loosen
    leak crack or separate while driving without warning which increases the risk of a crash fire or injury owners
    will be notified by mail and dealers will inspect and if necessary replace the assembly free of charge
"""
MAKES = (("HONDA", "CR-V"), ("HONDA", "RIDGELINE"), ("FORD", "F-150"), ("RAM", "1500"), ("TOYOTA", "RAV4"))


def make(path: Path, rows: int) -> int:
    """Write the zip; return the bytes of the text in it."""
    chance = random.Random(29)
    size = 0

    vocabulary = TEXT.split()

    def words(length: int) -> str:
        return " ".join(chance.choices(vocabulary, k=length // 6)).capitalize() + "."

    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("FLAT_RCL_POST_2010.txt", "w") as out,
    ):
        texts: list[str] = []
        for number in range(rows):
            if number % ROWS_OF_A_CAMPAIGN == 0:
                texts = [words(430), words(140), words(230), words(180)]
            maker, model = f"MAKE {number % 211}", f"M{number % 997}"
            if number % 40 == 0:
                maker, model = MAKES[number // 40 % len(MAKES)]
            kind = "VVVVVVVVVVVVVVVVVVET"[number % 20]
            campaign = f"{10 + number * 16 // rows}V{number // ROWS_OF_A_CAMPAIGN % 1_000_000:06}"
            row = "\t".join(
                (
                    *(str(100_000 + number), campaign, maker, model, str(2005 + number % 21), "A1B"),
                    *("POWER TRAIN:AUTOMATIC TRANSMISSION:CONTROL MODULE", f"{maker.title()} Motor Company"),
                    *("20120301", "20151130", kind, "125000", "20160115", "MFR", f"{maker.title()} Motor Company"),
                    *("20160102", f"2016{1 + number % 12:02}{1 + number % 28:02}", "", "105", *texts),
                    *("000104004000216553000000332", "Part", "Assembly, côté droit", "PN-1", "No", "No"),
                )
            )
            raw = row.encode("latin-1" if number % 50 == 1 else "utf-8") + b"\r\n"
            size += len(raw)
            out.write(raw)
    return size


def main(rows: int = ROWS) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dealership.settings.test"
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
        with tempfile.TemporaryDirectory() as here:
            measure(Path(here) / "FLAT_RCL_POST_2010.zip", rows)
    finally:
        runner.teardown_databases(databases)
        if started:
            embedded.stop(home)


def measure(path: Path, rows: int) -> None:
    from django.db import connection

    from customers.models import Vehicle
    from customers.recalls import possible_recalls

    say = sys.stdout.write
    size = make(path, rows)
    say(f"{rows:,} rows, {size / 1e6:.0f} MB of text, {path.stat().st_size / 1e6:.0f} MB zipped\n")

    def checksum() -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), md5(string_agg(md5(r::text), '' ORDER BY record_id)) FROM customers_recall r"
            )
            return "{:,} records, {}".format(*cursor.fetchone())

    sums = []
    for turn in ("first", "second"):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path), connection.settings_dict["NAME"]],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        came = json.loads(done.stdout.splitlines()[-1])
        sums.append(checksum())
        say(
            f"{turn:6} {came['seconds']:6.1f} s, {came['rows'] / came['seconds']:9,.0f} rows/s, "
            f"most memory {came['most']:.0f} MB ({came['before']:.0f} MB before it began); added {came['added']:,}, "
            f"changed {came['changed']:,}, unchanged {came['unchanged']:,}, rejected {came['rejected']:,}; {sums[-1]}\n"
        )
        assert came["seconds"] < MOST_SECONDS, "too slow"
        assert came["most"] < MOST_MEGABYTES, "too much memory"
    assert (came["added"], came["changed"], came["withdrawn"]) == (0, 0, 0), "the second import changed something"
    assert sums[0] == sums[1], "the table differs after the second import"

    cars = [Vehicle(pk=n, year=2010 + n % 15, make=MAKES[n % 5][0], model=MAKES[n % 5][1]) for n in range(1, 51)]
    start = time.perf_counter()
    found = possible_recalls(cars)
    say(
        f"possible recalls of {len(cars)} cars at once: {(time.perf_counter() - start) * 1000:.0f} ms, "
        f"{sum(map(len, found.values())):,} found\n"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
