"""What a batch of entries speaks of: the rows as they are stored now, one query per kind, as plain values."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Max

from customers.models import PrivacyRequest
from dealership.models import Rooftop
from recommendations import prices
from recommendations.actions.record.chain import (
    DECISION,
    DECISION_MAY_SAY,
    INVOICE,
    NAMED,
    NOTICE,
    PARTS_CHOICE,
    PRESENTATION,
    PRESENTED_LINE,
    REPLY,
    TAKEN_BACK,
    WAIVER,
)
from recommendations.models import (
    Advisory,
    Decision,
    DeclinedNotice,
    EstimateWaiver,
    Invoice,
    PartsChoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    TakenBack,
)
from service_lane.models import RepairOrder, ServiceLine


class Entry(NamedTuple):
    """One stored entry, as plain values: a hundred thousand are read."""

    sequence: int
    kind: str
    repair_order: int
    row_id: int
    payload: dict[str, Any]
    previous_hash: str
    hash: str
    at: datetime


type Row = dict[str, Any]
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def text_of(content: Any) -> str:
    return CANONICAL.encode(content)


def fingerprint_of(content: Any) -> str:
    return sha256(text_of(content).encode()).hexdigest()


TEXTS = (
    *("title", "finding_text", "measurement", "threshold", "why_it_matters", "if_you_wait", "horizon"),
    "zero_reason",
)
AMOUNTS = ("labor", "labor_hours", "labor_rate", "flat_price", "tax", "total")
WHERE_SAID = {"sublet_to": "", "teardown": {}}
"""What a snapshot holds only where there is something to say, and what its absence says."""
OTHERS = ("parts", "fees", "spanish", "valid_until")
SHOWN = {"snapshot": "snapshot", "number": "version__number"} | {
    f"v_{name}": f"version__{name}" for name in (*TEXTS, *AMOUNTS, *WHERE_SAID, *OTHERS)
}
PART = ("description", "number", "quantity", "unit_price", "state")


def _not_as_shown(line: Row) -> str:
    """What about a shown line does not hold: its fingerprint, or which columns its version no longer says as shown."""
    shown = line["snapshot"]
    if fingerprint_of(shown) != line["sha256"]:
        return f"Line {line['line']} is not what was shown"
    changed = [name for name in TEXTS if line[f"v_{name}"] != shown.get("finding" if name == "finding_text" else name)]
    changed += [name for name in AMOUNTS if not _same_amount(line[f"v_{name}"], shown.get(name))]
    changed += [name for name, nothing in WHERE_SAID.items() if line[f"v_{name}"] != shown.get(name, nothing)]
    changed += ["spanish"] * (line["v_spanish"] != shown.get("es", {}))
    changed += ["valid_until"] * (line["v_valid_until"].isoformat() != shown["valid_until"])
    is_free = shown.get("pay_type") != ServiceLine.PayType.CUSTOMER  # they pay nothing: the snapshot holds no prices
    told = [{key: part.get(key) for key in PART} for part in shown["parts"]]
    if is_free or told != line["v_parts"]:  # most are stored as they are told
        parts = prices.stored_parts(prices.parts_of(line["v_parts"]))
        parts = [part | {"unit_price": str(prices.ZERO)} for part in parts] if is_free else parts
        changed += ["parts"] * (told != parts)
    fees = [] if is_free else prices.stored_fees(prices.fees_of(line["v_fees"]))
    changed += ["fees"] * (shown["fees"] != fees)
    if not changed:
        return ""
    return f"Version {line['number']} of line {line['advisory']} is not as it was shown: {', '.join(changed)}"


def _same_amount(stored: Decimal | None, shown: str | None) -> bool:
    """1.40 hours are stored and "1.4" are shown."""
    return stored == shown if stored is None or shown is None else stored == Decimal(shown)


def _ids(batch: Sequence[Entry], kind: str) -> list[int]:
    return [entry.row_id for entry in batch if entry.kind == kind]


def _rows(
    found: models.QuerySet[Any], wanted: Collection[int], columns: Mapping[str, str], by: str = "pk"
) -> Iterator[tuple[int, Row]]:
    """Each row's id, or what it belongs to, and what it says."""
    if wanted:
        for of, *values in found.filter(**{f"{by}__in": wanted}).values_list(by, *columns.values()):
            yield of, dict(zip(columns, values, strict=True))


def _presentations(batch: Sequence[Entry]) -> dict[int, Row]:
    """Each with its lines in order; of a line that does not hold, "wrong" says why."""
    wanted = _ids(batch, RecordEntry.Kind.PRESENTED)
    columns = PRESENTATION | {"head": "head"}
    found = {pk: row | {"lines": []} for pk, row in _rows(Presentation.objects.all(), wanted, columns)}
    for row in found.values():
        row["head"] = fingerprint_of(row["head"]) if row["head"] else None
    shown = PresentedLine.objects.order_by("presentation", "pk")
    for pk, line in _rows(shown, wanted, PRESENTED_LINE | SHOWN, by="presentation"):
        found[pk]["lines"].append({key: line[key] for key in PRESENTED_LINE})
        if wrong := _not_as_shown(line):
            found[pk].setdefault("wrong", f"{wrong} (presentation {pk})")
    return found


def _decisions(batch: Sequence[Entry]) -> dict[int, Row]:
    columns = DECISION | DECISION_MAY_SAY | {"svg": "signature__svg"}
    return dict(_rows(Decision.objects.all(), _ids(batch, RecordEntry.Kind.DECIDED), columns))


def started(batch: Sequence[Entry], undone: Mapping[int, int]) -> dict[int, Row]:
    """For each line: whether it says that it was started, and the last entry that says its start was undone."""
    wanted = _ids(batch, RecordEntry.Kind.WORK_STARTED)
    lines = _rows(Advisory.objects.all(), wanted, {"at": "work_started_at"})
    return {pk: {"is_started": row["at"] is not None, "undone": undone.get(pk, 0)} for pk, row in lines}


def starts_undone(rooftop: Rooftop) -> dict[int, int]:
    """By line, the last entry that undid its start: few, and read once, because no index leads to them."""
    undone = RecordEntry.objects.filter(rooftop=rooftop, kind=RecordEntry.Kind.START_UNDONE)
    return dict(undone.order_by().values_list("row_id").annotate(Max("sequence")))


def _as_it_is(
    kind: str, rows: models.QuerySet[Any], columns: Mapping[str, str]
) -> Callable[[Sequence[Entry]], dict[int, Row]]:
    return lambda batch: dict(_rows(rows.all(), _ids(batch, kind), columns))


LOADERS: dict[str, Callable[[Sequence[Entry]], dict[int, Row]]] = {
    RecordEntry.Kind.PRESENTED: _presentations,
    RecordEntry.Kind.DECIDED: _decisions,
    RecordEntry.Kind.REPLIED: _as_it_is(RecordEntry.Kind.REPLIED, QuestionReply.objects.all(), REPLY),
    RecordEntry.Kind.INVOICED: _as_it_is(
        RecordEntry.Kind.INVOICED, Invoice.objects.all(), INVOICE | {"document": "document"}
    ),
    RecordEntry.Kind.TAKEN_BACK: _as_it_is(RecordEntry.Kind.TAKEN_BACK, TakenBack.objects.all(), TAKEN_BACK),
    RecordEntry.Kind.WAIVED: _as_it_is(RecordEntry.Kind.WAIVED, EstimateWaiver.objects.all(), WAIVER),
    RecordEntry.Kind.NOTICED: _as_it_is(
        RecordEntry.Kind.NOTICED, DeclinedNotice.objects.all(), NOTICE | {"document": "document", "svg": "svg"}
    ),
    RecordEntry.Kind.PARTS_CHOSEN: _as_it_is(RecordEntry.Kind.PARTS_CHOSEN, PartsChoice.objects.all(), PARTS_CHOICE),
    RecordEntry.Kind.START_UNDONE: _as_it_is(RecordEntry.Kind.START_UNDONE, Advisory.objects.all(), {}),
    RecordEntry.Kind.VOIDED: _as_it_is(RecordEntry.Kind.VOIDED, Decision.objects.all(), {"advisory": "advisory_id"}),
    RecordEntry.Kind.REOPENED: lambda batch: {},
    RecordEntry.Kind.NAMED: _as_it_is(RecordEntry.Kind.NAMED, RepairOrder.objects.all(), NAMED),
    RecordEntry.Kind.ERASED: _as_it_is(
        RecordEntry.Kind.ERASED, PrivacyRequest.objects.granted_erasures(), {"customer": "customer_id"}
    ),
}
