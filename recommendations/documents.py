"""The papers of one repair order as plain data: what an estimate, an invoice and a declined-work notice carry.

Fields after 16 CCR 3353 (estimate), 3353.1 and 3354 (authorizations) and 3356 (invoice), California.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch

from recommendations import estimate
from recommendations.models import Advisory, Decision, PresentedLine, RecordEntry
from service_lane.models import RepairOrder


def head(order: RepairOrder) -> dict[str, Any]:
    """Who, which car, when: the same on every paper, under the one repair order number."""
    rooftop, customer, vehicle = order.rooftop, order.customer, order.vehicle
    return {
        "number": order.number,
        "rooftop": {
            "name": rooftop.name,
            "registration": rooftop.registration_number,
            "address": rooftop.address,
            "phone": rooftop.phone,
            "currency": rooftop.currency,
        },
        "customer": {
            "name": customer.name,
            "contact": order.contact_value,
            "address": next((str(address) for address in customer.addresses.all()), ""),
        },
        "vehicle": {
            "title": vehicle.title if vehicle else "",
            "vin": (vehicle.vin or "") if vehicle else "",
            "plate": vehicle.plate if vehicle else "",
        },
        "odometer_in": order.odometer_in,
        "odometer_out": order.odometer_out,
        "opened_at": order.opened_at,
        "late": {"entered_at": order.entered_at, "by": order.entered_by.name, "sheet": order.sheet}
        if order.entered_at and order.entered_by
        else None,
        "advisor": order.advisor.name if order.advisor else order.advisor_name,
        "purpose": order.purpose,
        "concerns": [
            {"letter": one.letter, "words": one.words, "cause": one.cause, "correction": one.correction}
            for one in order.concerns.all()
        ],
        "signed": {"name": order.signed_name, "at": order.signed_at, "words": order.signed_text},
        "designee": {"name": order.designee_name, "limit": order.designee_limit},
    }


def answered_lines(order: RepairOrder) -> list[dict[str, Any]]:
    """Every live line that was shown, exactly as shown, with the answer that counts ("" while there is none)."""
    lines = list(
        Advisory.objects.filter(repair_order=order)
        .live()
        .filter(presented_version=F("version"))
        .prefetch_related(Prefetch("decisions", Decision.objects.select_related("by").order_by("at", "pk")))
        .order_by("position", "pk")
    )
    shown = {
        (one.advisory_id, one.version.number): one
        for one in PresentedLine.objects.filter(presentation__repair_order=order)
        .select_related("version", "presentation")
        .order_by("pk")
    }
    found = []
    for line in lines:
        decision = next((one for one in line.decisions.all() if one.pk == line.last_decision_id), None)
        presented = shown[line.pk, line.version]
        found.append(
            {
                "advisory": line.pk,
                "asked": line.request_id is not None,
                "shown": presented.snapshot,
                "sha256": presented.sha256,
                "shown_at": presented.presentation.at,
                "answer": line.answer,
                "answer_words": line.get_answer_display() if line.answer else "No answer yet",
                "until_date": decision.until_date if decision and line.answer else None,
                "until_miles": decision.until_miles if decision and line.answer else None,
                "answered_at": decision.at if decision and line.answer else None,
                "answered_by": decision.who_name if decision and line.answer else "",
                "work": line.work,
            }
        )
    return found


def not_agreed(order: RepairOrder) -> list[dict[str, Any]]:
    """Lines that were shown and that nobody agreed to."""
    return [one for one in answered_lines(order) if one["answer"] != Advisory.Answer.APPROVED]


def entered_late(order: RepairOrder) -> dict[int, dict[str, Any]]:
    """By decision id, the answers that first stood on paper: when they were typed, by whom, and from which sheet.

    Read from the record itself, where it cannot be changed without showing.  One query.
    """
    kept = RecordEntry.objects.filter(
        repair_order=order, kind=RecordEntry.Kind.DECIDED, payload__has_key="entered_late"
    ).values_list("row_id", "payload__entered_late")
    return {pk: {"entered_at": late["at"], "by": late["by"], "sheet": late["sheet"]} for pk, late in kept}


def answers_on_record(order: RepairOrder) -> list[dict[str, Any]]:
    """Each answer in the order given: who, when, how, what it added, the total then, and whether it stands."""
    late = entered_late(order)
    given = (
        Decision.objects.filter(advisory__repair_order=order)
        .select_related("by", "line", "advisory", "taken_back")
        .order_by("at", "pk")
    )
    return [
        {
            "title": one.line.snapshot["title"],
            "answer": one.answer,
            "answer_words": one.get_answer_display(),
            "stands": one.pk == one.advisory.last_decision_id and bool(one.advisory.answer),
            "sha256": one.line.sha256,
            "who": one.who_name,
            "who_kind": one.get_who_kind_display(),
            "how": one.get_channel_display(),
            "contact": one.contact_used,
            "at": one.at,
            "late": late.get(one.pk),
            "reason": one.reason,
            "additional_cost": one.additional_cost,
            "revised_total": one.revised_total,
            "heard_by": one.by.name if one.by else "",
            "taken_back_at": one.taken_back.at if hasattr(one, "taken_back") else None,
        }
        for one in given
    ]


def authorizations(order: RepairOrder) -> list[dict[str, Any]]:
    """Each yes that stands, as 16 CCR 3353.1 and 3354 want it recorded."""
    return [one for one in answers_on_record(order) if one["stands"] and one["answer"] == Advisory.Answer.APPROVED]


def sums(snapshots: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Subtotals of labor, parts, fees and tax, and the total, in dollars, of lines as they were shown."""
    parts = sum((Decimal(part["amount"] or "0") for shown in snapshots for part in shown["parts"]), Decimal("0.00"))
    fees = sum((Decimal(fee["amount"]) for shown in snapshots for fee in shown["fees"]), Decimal("0.00"))
    return {
        "labor": sum((Decimal(shown["labor"] or "0") for shown in snapshots), Decimal("0.00")),
        "parts": parts,
        "fees": fees,
        "tax": sum((Decimal(shown["tax"] or "0") for shown in snapshots), Decimal("0.00")),
        "total": sum((Decimal(shown["total"] or "0") for shown in snapshots), Decimal("0.00")),
    }


def invoice_document(order: RepairOrder, at: datetime) -> dict[str, Any]:
    """The bill: approved and finished lines only, each authorization, and what was declined with its warning."""
    lines = answered_lines(order)
    billed = [one for one in lines if one["answer"] == Advisory.Answer.APPROVED and one["work"] == Advisory.Work.DONE]
    return {
        **head(order),
        "at": at,
        "lines": billed,
        "sums": sums([one["shown"] for one in billed]),
        "authorizations": authorizations(order),
        "declined": [one for one in lines if one["answer"] != Advisory.Answer.APPROVED],
        "authorized_total": estimate.authorized_total(order),
    }


def declined_document(order: RepairOrder, at: datetime) -> dict[str, Any]:
    """The declined-work notice: each line that was not agreed, what was found, and what was said about waiting."""
    return {
        **head(order),
        "at": at,
        "lines": not_agreed(order),
    }


def estimate_document(order: RepairOrder, at: datetime) -> dict[str, Any]:
    """The estimate as it was shown last, line by line, with the authorized total and the total with a yes to all."""
    lines = answered_lines(order)
    return {
        **head(order),
        "at": at,
        "lines": lines,
        "sums": sums([one["shown"] for one in lines]),
        "authorizations": authorizations(order),
        "authorized_total": estimate.authorized_total(order),
    }


TIMES = ("at", "opened_at", "entered_at", "shown_at", "answered_at", "taken_back_at")
DAYS = ("until_date", "valid_until")


def read_back(kept: Any) -> Any:
    """A stored paper as the templates read one: times and days as such again, everything else as it was kept."""
    if isinstance(kept, Mapping):
        return {key: _read_value(key, value) for key, value in kept.items()}
    return [read_back(one) for one in kept] if isinstance(kept, list) else kept


def _read_value(key: str, value: Any) -> Any:
    if isinstance(value, str) and value and key in TIMES:
        return datetime.fromisoformat(value)
    if isinstance(value, str) and value and key in DAYS:
        return date.fromisoformat(value)
    return read_back(value)
