"""The inspection page: one section on a screen, how far the whole has come, and what keeps it open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from service_lane.actions.changes import job_changes
from service_lane.actions.codes import item_key
from service_lane.actions.inspection import blockers, items_of, rest_of
from service_lane.models import Condition, Inspection, InspectionItem, RecordedCode


@dataclass(frozen=True)
class SectionLink:
    name: str
    slug: str
    done: int
    total: int
    current: bool

    @property
    def all_done(self) -> bool:
        return self.done == self.total


@dataclass
class Sheet:
    """One section of an inspection on a screen, and how far the whole has come."""

    sections: list[SectionLink]
    section: SectionLink
    items: list[InspectionItem]
    done: int
    total: int
    blockers: list[tuple[str, list[tuple[InspectionItem, str, str]]]]
    blocked: int
    rest: list[InspectionItem]
    touched: bool
    previous: SectionLink | None
    following: SectionLink | None


def sheet(inspection: Inspection, slug: str) -> Sheet:
    """The section that is asked for; otherwise what came back, what is not done, or the first.  Four queries."""
    items = list(items_of(inspection))
    names = list(dict.fromkeys(item.section for item in items))
    by_slug = {slugify(name): name for name in names}
    wanted = by_slug.get(slug) or _next_to_do(inspection, items) or names[0]
    links = [
        SectionLink(
            name=name,
            slug=slugify(name),
            done=sum(item.condition != Condition.UNCHECKED for item in items if item.section == name),
            total=sum(item.section == name for item in items),
            current=name == wanted,
        )
        for name in names
    ]
    here = names.index(wanted)
    lacking = blockers(items) if inspection.completed_at is None else []
    grouped: dict[str, list[tuple[InspectionItem, str, str]]] = {}
    for one in lacking:
        grouped.setdefault(one.item.section, []).append((one.item, one.why, slugify(one.item.section)))
    own = [item for item in items if item.section == wanted]
    return Sheet(
        sections=links,
        section=links[here],
        items=own,
        done=sum(link.done for link in links),
        total=len(items),
        blockers=list(grouped.items()),
        blocked=len(lacking),
        rest=rest_of(own),
        touched=any(item.version for item in own),
        previous=links[here - 1] if here else None,
        following=links[here + 1] if here + 1 < len(links) else None,
    )


def _next_to_do(inspection: Inspection, items: Iterable[InspectionItem]) -> str | None:
    if inspection.completed_at:
        return next((i.section for i in items if i.returned_at and i.at and i.returned_at > i.at), None)
    return next((item.section for item in items if item.condition == Condition.UNCHECKED), None)


def code_rows(inspection: Inspection) -> list[dict[str, Any]]:
    """The codes read from the car, how often earlier visits saw each, and its finding.  At most three queries."""
    rows = list(RecordedCode.objects.filter(inspection=inspection).order_by("code", "pk"))
    vehicle = inspection.repair_order.vehicle_id
    if not rows:
        return []
    keys = {row.code: item_key(row.code) for row in rows}
    found = dict(InspectionItem.objects.filter(inspection=inspection, key__in=keys.values()).values_list("key", "pk"))
    findings = {code: found.get(key) for code, key in keys.items()}
    if vehicle is None:
        return [{"code": row, "seen": 0, "finding": findings[row.code]} for row in rows]
    earlier = RecordedCode.objects.filter(
        inspection__repair_order__vehicle=vehicle,
        inspection__started_at__lt=inspection.started_at,
        code__in=[row.code for row in rows],
    ).values_list("code", flat=True)
    seen = list(earlier)
    return [{"code": row, "seen": seen.count(row.code), "finding": findings[row.code]} for row in rows]


def changes(inspection: Inspection) -> list[dict[str, Any]]:
    """What others changed about the job since its technician last looked, in words.  One query."""
    zone = inspection.repair_order.rooftop.zone
    return [
        {"at": entry.at, "by": entry.by_name, "words": _changed(entry.event, entry.detail, zone)}
        for entry in job_changes(inspection)
    ]


def _changed(event: str, detail: Mapping[str, Any], zone: ZoneInfo) -> str:
    def clock(text: str) -> str:
        return f"{datetime.fromisoformat(text).astimezone(zone):%H:%M}" if text else "no time"

    match event:
        case "repair_order.promise_changed":
            return f"Promised {clock(detail['after'])} instead of {clock(detail['before'])}: {detail['reason']}"
        case "repair_order.parts_expected":
            return f"A part is due {clock(detail['due_at'])}" if detail["due_at"] else "No part is waited for any more"
        case "repair_order.assigned":
            return f"Given to {detail['technician']}"
    return f"Cause and correction of concern {detail.get('letter', '')} written down"
