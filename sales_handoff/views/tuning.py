"""How the rule does here, and what another threshold would have done to last quarter."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dealership.figures import Bar, Figure
from dealership.http import Request, go, one_time, role_required
from dealership.models import Entry
from sales_handoff import tuning as counted
from sales_handoff.actions.tuning import CannotTune, change_thresholds
from sales_handoff.forms import ThresholdsForm
from sales_handoff.models import Evaluation, HandoffPolicy
from sales_handoff.rules.tuning import Moved, Thresholds, what_if
from sales_handoff.views.handoffs import MANAGERS

VERSIONS_SHOWN = 10
SHORT = {"none": "Nothing", "mention": "Mention", "conversation": "Talk", "uneconomic": "Too dear"}
"""Tiers as short as a bar's foot."""


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*MANAGERS)
def tuning(request: Request) -> HttpResponse:
    """Counts of ?days=, and of last quarter under the thresholds in the address; posting makes those a new version."""
    now = timezone.now()
    policy, _ = HandoffPolicy.objects.get_or_create(rooftop=request.rooftop)
    is_posted = request.method == "POST"
    current = counted.thresholds_of(policy)
    typed = request.POST if is_posted else request.GET
    is_tried = any(name in typed for name in Thresholds.__dataclass_fields__)
    form = ThresholdsForm(typed if is_tried else None, initial=vars(current))
    problem = ""
    if is_posted and form.is_valid():
        try:
            change_thresholds(
                rooftop=request.rooftop,
                thresholds=form.thresholds,
                seen_version=int(request.POST.get("version", "0")) if request.POST.get("version", "").isdigit() else 0,
                reason=request.POST.get("reason", "")[:300],
                by=request.user,
                at=now,
            )
            messages.info(request, "The new thresholds hold from now on. What was weighed keeps its own.")
            return go(request, reverse("sales_handoff:tuning"))
        except CannotTune as cannot:
            problem = str(cannot)
    days = int(request.GET["days"]) if request.GET.get("days") in {str(one) for one in counted.PERIODS} else 91
    since = now - timedelta(days=days)
    tiers = dict(Evaluation.Tier.choices)
    rows = counted.by_tier(request.rooftop, since, now)
    tried = None
    if form.is_bound and form.is_valid() and form.thresholds != current:
        quarter = counted.weighed(request.rooftop, now - counted.QUARTER, now)
        tried = what_if(quarter, form.thresholds)
    context = {
        "policy": policy,
        "form": form,
        "reason": request.POST.get("reason", ""),
        "problem": problem,
        "days": days,
        "periods": counted.PERIODS,
        "rows": [{"name": tiers[row.tier], "row": row} for row in rows],
        "total": sum(row.fired for row in rows),
        "vetoes": [
            {"name": name, "counts": [by_tier.get(row.tier, 0) for row in rows], "all": sum(by_tier.values())}
            for name, by_tier in counted.vetoes(request.rooftop, since, now)
        ],
        "tried": [
            {"name": tiers[one.tier], "before": one.before, "after": one.after, "more": one.after - one.before}
            for one in tried or ()
        ],
        "charts": [_chart(tried, "before"), _chart(tried, "after")] if tried else [],
        "versions": _versions(policy),
    }
    return render(request, "sales_handoff/tuning.html", context, status=422 if form.errors or problem else 200)


def _chart(moved: Sequence[Moved], which: str) -> Figure:
    """Orders by tier out of all, as they were or as they would have been."""
    every = Decimal(sum(one.before for one in moved))
    title = "Last quarter as it was" if which == "before" else "With the thresholds you try"
    bars = tuple(Bar(SHORT[one.tier], Decimal(getattr(one, which)), str(getattr(one, which)), every) for one in moved)
    return Figure(f"tuning-{which}", title, "", "", "", "", bars)


def _versions(policy: HandoffPolicy) -> list[dict[str, Any]]:
    """The changes of the policy, newest first: when, by whom, what and why."""
    entries = Entry.objects.about(policy).newest_first().values("at", "by_name", "detail")[:VERSIONS_SHOWN]
    return [
        {
            "at": entry["at"],
            "by": entry["by_name"],
            "version": entry["detail"].get("version", ""),
            "reason": entry["detail"].get("reason", ""),
            "fields": [
                {"name": name.replace("_", " "), "was": pair[0], "now": pair[1]}
                for name, pair in entry["detail"].get("fields", {}).items()
                if len(pair) == 2
            ],
        }
        for entry in entries
    ]
