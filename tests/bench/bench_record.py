"""What the record costs (M7): one chained event against a plain INSERT, and checking a long chain.

Run it as a script: `python tests/bench/bench_record.py [entries] [repeats]`.  Of a hundred entries, 24 showings, 60
answers, 15 starts of work and a bill are made, each a valid link with its rows.  Floor and subject take turns.
"""

import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from copy import copy
from itertools import batched
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARES = {"presented": 24, "decided": 60, "work_started": 15, "invoiced": 1}


def visit() -> Any:
    """One real visit, answered, done and billed; the order's pads, which every made entry speaks of."""
    from recommendations.actions import deciding, invoicing, working
    from recommendations.actions.deciding import Answered
    from recommendations.models import Advisory
    from tests.cast import AT, make_cast, make_order
    from tests.recommendations.lines import shown

    cast = make_cast()
    presentation = shown(cast, make_order(cast))
    pads, boot = presentation.lines.all()
    deciding.decide(
        presentation=presentation,
        answers=[Answered(pads.pk, "approved"), Answered(boot.pk, "declined")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    line = working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    working.finish(advisory=line, by=cast.tess, at=AT)
    invoicing.invoice(repair_order=line.repair_order, by=cast.ada, at=AT)
    return line


def rows_for(entries: int, line: Any) -> Iterator[tuple[str, Any, int, dict[str, Any]]]:
    """Bulk-inserted rows as the chain will speak of them: the kind, the order, the row's id, the payload."""
    from recommendations.actions import record
    from recommendations.models import Decision, Invoice, Presentation, PresentedLine, RecordEntry
    from service_lane.models import RepairOrder

    order = line.repair_order
    presentation = Presentation.objects.get()
    shown = PresentedLine.objects.get(advisory=line)
    decision = Decision.objects.select_related("line", "signature").get(advisory=line)
    bill = Invoice.objects.get()
    started = RecordEntry.objects.get(kind="work_started").payload
    started = {name: started[name] for name in ("version", "decision", "by", "policy")}

    def fresh(row: Any, **fields: Any) -> Any:
        new = copy(row)
        new.pk = None
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    for begun in range(0, entries, 10_000):
        wanted = min(entries - begun, 10_000)
        counts = {kind: share * wanted // 100 for kind, share in SHARES.items()}
        counts["decided"] += wanted - sum(counts.values())
        presentations = Presentation.objects.bulk_create(fresh(presentation) for _ in range(counts["presented"]))
        lines = PresentedLine.objects.bulk_create(fresh(shown, presentation=one) for one in presentations)
        for one, kept in zip(presentations, lines, strict=True):
            yield "presented", order, one.pk, record.presentation_payload(one, [kept])
        decisions = Decision.objects.bulk_create(
            fresh(decision, line=lines[number % len(lines)]) for number in range(counts["decided"])
        )
        for one in decisions:
            yield "decided", order, one.pk, record.decision_payload(one)
        for _ in range(counts["work_started"]):
            yield "work_started", order, line.pk, started
        made = RepairOrder.objects.count()
        orders = RepairOrder.objects.bulk_create(
            fresh(order, number=f"B{made + number}", status="closed", closed_at=order.opened_at)
            for number in range(counts["invoiced"])
        )
        for one in Invoice.objects.bulk_create(fresh(bill, repair_order=other) for other in orders):
            yield "invoiced", one.repair_order, one.pk, record.invoice_payload(one)


def furnish(entries: int) -> Any:
    """A chain of so many entries; returns the rooftop."""
    from datetime import UTC

    from recommendations.actions import record
    from recommendations.models import RecordEntry, RecordHead
    from recommendations.rules import chain_hash
    from tests.cast import AT

    line = visit()
    rooftop = line.repair_order.rooftop
    head = RecordHead.objects.get(rooftop=rooftop)
    sequence, last = head.sequence, head.hash
    for batch in batched(rows_for(entries - sequence, line), 5_000, strict=False):
        made = []
        for kind, order, row, payload in batch:
            sequence += 1
            place = {"kind": kind, "sequence": sequence, "repair_order": order.pk, "row": row}
            content = record.plain({**payload, **place, "at": AT.astimezone(UTC)})
            before, last = last, chain_hash(last, content)
            made.append(
                RecordEntry(
                    rooftop=rooftop,
                    sequence=sequence,
                    kind=kind,
                    repair_order=order,
                    row_id=row,
                    payload=content,
                    previous_hash=before,
                    hash=last,
                    at=AT,
                )
            )
        RecordEntry.objects.bulk_create(made)
    RecordHead.objects.filter(rooftop=rooftop).update(sequence=sequence, hash=last)
    return line


def measure_appending(line: Any, repeats: int) -> None:
    """Floor: the same entry written without a chain, by a plain INSERT in a transaction of its own."""
    from django.db import connection, transaction

    from recommendations.actions import record
    from tests.cast import AT

    order = line.repair_order
    payload = {"version": 1, "decision": line.last_decision_id, "by": line.work_by_id}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain_event (LIKE recommendations_recordentry INCLUDING ALL)")
    columns = "id, rooftop_id, sequence, kind, repair_order_id, row_id, payload, previous_hash, hash, at"
    insert = f"INSERT INTO plain_event ({columns}) VALUES (%s, %s, %s, 'work_started', %s, %s, %s, %s, %s, %s)"
    floor, chained = [], []
    for number in range(repeats):
        begun = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                insert, [number, order.rooftop_id, number, order.pk, line.pk, '{"version": 1}', "0" * 64, "0" * 64, AT]
            )
        floor.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        with transaction.atomic():
            record.append(
                rooftop=order.rooftop,
                kind="work_started",
                repair_order=order,
                row_id=line.pk,
                payload=payload,
                at=AT,
            )
        chained.append((time.perf_counter() - begun) * 1000)
    base, subject = statistics.median(floor), statistics.median(chained)
    print(f"M7  plain INSERT p50 {base:.2f} ms, one chained event p50 {subject:.2f} ms, {subject / base:.1f} times")


def peak_memory(*, anew: bool = False) -> int:
    """The most this process has held, in kB; from now on when `anew`."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])


def measure(entries: int, repeats: int) -> None:
    from recommendations.actions import record

    begun = time.perf_counter()
    line = furnish(entries)
    print(f"{entries:,} entries made in {time.perf_counter() - begun:.0f} s")
    rooftop = line.repair_order.rooftop
    took, worked = [], []
    before = peak_memory(anew=True)
    for _ in range(3):
        begun, busy = time.perf_counter(), time.process_time()
        found = record.verify(rooftop)
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
        if found.problem or found.entries != entries:
            raise SystemExit(f"The chain does not hold: {found}")
    grew = (peak_memory() - before) / 1024
    best, busy = min(took), min(worked)
    print(f"verify: {best:.1f} s ({busy:.1f} s of this process's CPU), {entries / best:,.0f} entries/s, +{grew:.0f} MB")
    measure_appending(line, repeats)


def main(entries: int = 100_000, repeats: int = 1000) -> None:
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
        measure(entries, repeats)
    finally:
        runner.teardown_databases(databases)
        if started:
            embedded.stop(home)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
