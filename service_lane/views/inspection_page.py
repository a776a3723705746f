"""The inspection page: one section on a screen, how far the whole has come, and what keeps it open."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

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
    """The codes read from the car, each with how often earlier visits saw it.  Two queries, or one without codes."""
    rows = list(RecordedCode.objects.filter(inspection=inspection).order_by("code", "pk"))
    vehicle = inspection.repair_order.vehicle_id
    if not rows or vehicle is None:
        return [{"code": row, "seen": 0} for row in rows]
    earlier = RecordedCode.objects.filter(
        inspection__repair_order__vehicle=vehicle,
        inspection__started_at__lt=inspection.started_at,
        code__in=[row.code for row in rows],
    ).values_list("code", flat=True)
    seen = list(earlier)
    return [{"code": row, "seen": seen.count(row.code)} for row in rows]
