"""The papers of one repair order as plain data: what an estimate, an invoice and a declined-work notice carry.

Which of their facts the law wants on which paper is in dated rows (PaperPolicy): each paper says what it still lacks.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch

from recommendations import estimate, prices
from recommendations.languages import in_language
from recommendations.models import (
    Advisory,
    Decision,
    Language,
    PaperPolicy,
    PartsChoice,
    Presentation,
    PresentedLine,
    RecordEntry,
)
from recommendations.rules import PartsReturn, missing_on_paper
from service_lane.models import RepairOrder
from service_lane.rules import dollars


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
        "promised_at": order.promised_at,
        "purpose": order.purpose,
        "concerns": [
            {"letter": one.letter, "words": one.words, "cause": one.cause, "correction": one.correction}
            for one in order.concerns.all()
        ],
        "signed": {"name": order.signed_name, "at": order.signed_at, "words": order.signed_text},
        "designee": {"name": order.designee_name, "limit": order.designee_limit},
    }


OUR_SIDE = ("rooftop", "advisor", "promised_at", "odometer_in")


def our_side(order: RepairOrder) -> dict[str, Any]:
    """Of the head, what is ours to say and may be another by the time somebody asks: it is kept with each showing.

    Nothing of the customer is in it: whom it was shown to is kept beside it, and goes when they ask to be forgotten.
    """
    whole = head(order)
    return {name: whole[name] for name in OUR_SIDE}


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
            "channel": str(one.channel),
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


def under_the_law(order: RepairOrder, paper: str, document: dict[str, Any], at: datetime) -> dict[str, Any]:
    """`document` as that paper under the policy in force where and when it is made: with what happens to replaced
    parts, what is sent out and what is taken apart, the notices, their source, and in `missing` a sentence for each
    fact that is wanted and not there.  A paper that speaks of nothing yet lacks nothing.
    """
    policy = PaperPolicy.objects.in_force(order.rooftop.jurisdiction, paper, prices.local_date(order.rooftop, at))
    shown = [one["shown"] for one in document.get("lines") or ()]
    parts = parts_return(order, policy.parts_return, at)
    full = {
        **document,
        "parts_return": {"asked": parts.wants_back is not None, "words": parts.words},
        "sublet": _sublet(shown),
        "teardown": _torn_down(shown),
        "notices": policy.notices,
        "source": policy.source,
    }
    is_empty = not (document.get("lines") or document.get("answers"))
    missing = () if is_empty else missing_on_paper(full, policy.facts)
    return full | {"missing": [one.message for one in missing]}


def parts_return(order: RepairOrder, way: str, at: datetime) -> PartsReturn:
    """What happens with the replaced parts of this order: what the customer had said by then, under the law's `way`."""
    said = PartsChoice.objects.filter(repair_order=order, at__lte=at).order_by("-at", "-pk").first()
    return PartsReturn(said.wants_back if said else None, way == PaperPolicy.PartsReturn.UNLESS_DECLINED)


def replaced_parts(order: RepairOrder, at: datetime) -> PartsReturn:
    """What happens with the replaced parts of this order under the law in force here, for its page."""
    today = prices.local_date(order.rooftop, at)
    policy = PaperPolicy.objects.in_force(order.rooftop.jurisdiction, PaperPolicy.Paper.ESTIMATE, today)
    return parts_return(order, policy.parts_return, at)


def _sublet(shown: list[dict[str, Any]]) -> str:
    """Which of the work is sent out, and to whom."""
    out = [f"{one['title']}, done by {one['sublet_to']}" for one in shown if one.get("sublet_to")]
    return f"{'; '.join(out)}." if out else "none, all of this work is done here."


def _torn_down(shown: list[dict[str, Any]]) -> str:
    """What is taken apart to look, as 16 CCR 3353(c) wants it said before anybody agrees."""
    apart = [f"{one['title']}. {teardown_words(one['teardown'])}" for one in shown if one.get("teardown")]
    return " ".join(apart) or "none, nothing is taken apart to look."


def teardown_words(teardown: Mapping[str, Any]) -> str:
    """A teardown in sentences; what was not said yet is left out."""
    said = []
    if cost := teardown.get("reassembly"):
        days = teardown.get("days")
        takes = f" and takes at most {days} day{'' if str(days) == '1' else 's'}" if days else ""
        said.append(f"Putting it back together costs {dollars(Decimal(cost))} of this price{takes}.")
    if parts := teardown.get("parts_destroyed"):
        said.append(f"It destroys: {parts.rstrip('.')}.")
    if teardown.get("may_not_restore"):
        said.append("It may not be possible to restore it to how it was.")
    return " ".join(said)


def invoice_document(order: RepairOrder, at: datetime, odometer_out: int | None = None) -> dict[str, Any]:
    """The bill: approved and finished lines only, each authorization, and what was declined with its warning.

    `odometer_out` are the miles on the car as it is handed back, when somebody has looked.
    """
    lines = answered_lines(order)
    billed = [one for one in lines if one["answer"] == Advisory.Answer.APPROVED and one["work"] == Advisory.Work.DONE]
    document = {
        **head(order),
        "at": at,
        "lines": billed,
        "sums": sums([one["shown"] for one in billed]),
        "authorizations": authorizations(order),
        "declined": [one for one in lines if one["answer"] != Advisory.Answer.APPROVED],
        "authorized_total": estimate.authorized_total(order),
    }
    if odometer_out is not None:
        document["odometer_out"] = odometer_out
    return under_the_law(order, PaperPolicy.Paper.INVOICE, document, at)


def declined_document(order: RepairOrder, at: datetime, language: str = Language.ENGLISH) -> dict[str, Any]:
    """The declined-work notice: each line that was not agreed, what was found, and what was said about waiting.

    In Spanish the lines read as somebody wrote them in Spanish, as on the customer's page.
    """
    lines = not_agreed(order)
    if language != Language.ENGLISH:
        lines = [one | {"shown": in_language(one["shown"], language)} for one in lines]
    document = {**head(order), "at": at, "language": str(language), "lines": lines}
    return under_the_law(order, PaperPolicy.Paper.DECLINED, document, at)


def authorizations_document(order: RepairOrder, at: datetime) -> dict[str, Any]:
    """Every answer on record, in the order given."""
    document = {**head(order), "at": at, "answers": answers_on_record(order)}
    return under_the_law(order, PaperPolicy.Paper.AUTHORIZATIONS, document, at)


def estimate_document(order: RepairOrder, at: datetime) -> dict[str, Any]:
    """The estimate as it was shown last, line by line, with the authorized total and the total with a yes to all.

    `paper` says whether it is the first one or a revised one, which also says what was authorized before it.
    """
    lines = answered_lines(order)
    showings = Presentation.objects.filter(repair_order=order).order_by("at", "pk")
    last = showings.last()
    document = {
        **head(order),
        "at": at,
        "lines": lines,
        "sums": sums([one["shown"] for one in lines]),
        "authorizations": authorizations(order),
        "authorized_total": estimate.authorized_total(order),
        "authorized_before": last.authorized_before if last else None,
        "revised_total": last.revised_total if last else None,
        "paper": str(_estimate_kind(showings.first() != last)),
    }
    return under_the_law(order, document["paper"], document, at)


def shown_documents(order: RepairOrder) -> list[dict[str, Any]]:
    """Each estimate exactly as it was put before the customer, the first one first, without what came after it.

    `to` says whom it was shown to, how, and by whom; `head_is_kept` whether our side of the head is as it was shown, or
    as it stands now, because a showing of before kept none.
    """
    found = []
    showings = Presentation.objects.filter(repair_order=order).select_related("by").prefetch_related("lines")
    for place, showing in enumerate(showings.order_by("at", "pk")):
        lines = [
            {
                "advisory": one.advisory_id,
                "asked": showing.channel == Presentation.Channel.WRITE_UP,
                "shown": one.snapshot,
                "sha256": one.sha256,
                "shown_at": showing.at,
                "answer": "",
            }
            for one in showing.lines.all()
        ]
        document = {
            **head(order),
            **read_back(showing.head),
            "head_is_kept": bool(showing.head),
            "odometer_out": None,
            "at": showing.at,
            "lines": lines,
            "sums": sums([one["shown"] for one in lines]),
            "authorizations": [],
            "authorized_total": showing.authorized_before,
            "authorized_before": showing.authorized_before,
            "revised_total": showing.revised_total,
            "paper": str(_estimate_kind(place > 0)),
            "to": {
                "name": showing.to_name,
                "contact": showing.to_contact,
                "how": showing.get_channel_display(),
                "by": showing.by.name,
            },
        }
        found.append(under_the_law(order, document["paper"], document, showing.at))
    return found


def _estimate_kind(is_revised: bool) -> PaperPolicy.Paper:
    return PaperPolicy.Paper.REVISED if is_revised else PaperPolicy.Paper.ESTIMATE


TIMES = ("at", "opened_at", "promised_at", "entered_at", "shown_at", "answered_at", "taken_back_at")
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
