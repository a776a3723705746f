"""What was shown and not agreed to, each line in one sentence: for pages, print and whoever is about to say hello."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from recommendations.models import Advisory, AdvisoryVersion, Decision, FollowUp
from service_lane.models import RepairOrder


def until_words(on: date | None, miles: int | None) -> str:
    """ "1 Mar 2027" or "75,000 miles"."""
    return f"{on.day} {on:%b %Y}" if on else f"{miles:,} miles" if miles else "later"


def open_answers(found: Q, most: int = 25) -> list[dict[str, Any]]:
    """Shown work that was declined, put off, asked about or never answered, newest first: each in one sentence."""
    version = AdvisoryVersion.objects.filter(advisory=OuterRef("pk"), number=OuterRef("presented_version"))
    decision = Decision.objects.filter(pk=OuterRef("last_decision_id"))
    rows = (
        Advisory.objects.live()
        .filter(found, presented_version__isnull=False)
        .exclude(answer=Advisory.Answer.APPROVED)
        .exclude(repair_order__status=RepairOrder.Status.VOID)
        .annotate(
            title=Subquery(version.values("title")[:1]),
            measurement=Subquery(version.values("measurement")[:1]),
            total=Subquery(version.values("total")[:1]),
            shown_at=Subquery(version.values("presented_at")[:1]),
            answered_at=Subquery(decision.values("at")[:1]),
            until_date=Subquery(decision.values("until_date")[:1]),
            until_miles=Subquery(decision.values("until_miles")[:1]),
        )
        .order_by("-created_at", "-pk")
        .values(
            "pk",
            "title",
            "measurement",
            "total",
            "urgency",
            "answer",
            "shown_at",
            "answered_at",
            "until_date",
            "until_miles",
            "op_code",
            "ground",
            key=F("finding__key"),
            follow_up_id=F("follow_up"),
            quote_asked_at=F("follow_up__quote_asked_at"),
            stop_reason=F("follow_up__stop_reason"),
            order=F("repair_order"),
            number=F("repair_order__number"),
            rooftop=F("repair_order__rooftop"),
            rooftop_name=F("repair_order__rooftop__name"),
            vehicle=F("repair_order__vehicle"),
            vehicle_year=F("repair_order__vehicle__year"),
            vehicle_model=F("repair_order__vehicle__model"),
        )[:most]
    )
    pauses = ("", *FollowUp.PAUSES)
    return [
        {
            **row,
            "color": condition_of(row),
            "said": _said(row),
            "is_wanted": bool(row["quote_asked_at"]),
            "can_quote": row["follow_up_id"] and not row["quote_asked_at"] and row["stop_reason"] in pauses,
        }
        for row in rows
    ]


def _said(row: Mapping[str, Any]) -> str:
    """Like "said no on 14 Mar at 4 mm"."""
    at = f" at {row['measurement']}" if row["measurement"] else ""
    on = row["answered_at"] or row["shown_at"]
    local = timezone.localtime(on)
    when = f"{local.day} {local:%b %Y}"
    match row["answer"]:
        case Advisory.Answer.DECLINED:
            return f"said no on {when}{at}"
        case Advisory.Answer.DEFERRED:
            return f"put off on {when}{at}, until {until_words(row['until_date'], row['until_miles'])}"
        case Advisory.Answer.NEEDS_INFO:
            return f"asked about it on {when}{at}"
        case Advisory.Answer.WITHDRAWN:
            return f"took the yes back on {when}{at}"
    return f"saw it on {when}{at}, no answer yet"


def condition_of(row: Mapping[str, Any]) -> str:
    """The condition a line speaks of; a schedule or a request is not one."""
    if row["ground"] not in (Advisory.Ground.READING, Advisory.Ground.FAILED_CHECK):
        return ""
    return "red" if row["urgency"] == Advisory.Urgency.NOW else "yellow"
