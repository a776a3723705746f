"""This visit weighed against the car: once for each state of what is known, and never again."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from dealership import audit
from recommendations.models import Advisory, AdvisoryVersion, Decision, TakenBack
from sales_handoff import rules
from sales_handoff.models import Appraisal, Evaluation, Wish
from sales_handoff.sheet import sheet
from sales_handoff.weighing import known_about, sha256_of
from service_lane.models import RepairOrder

BEFORE_ALL = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
AFTER = "after"
"""The key that tells an evaluation from an older one with the same inputs, when things went back to what they were."""


@transaction.atomic(durable=True)
def evaluate(*, repair_order: RepairOrder, at: datetime) -> Evaluation | None:
    """Weigh the order as it stands and return the evaluation, the one already made when nothing has changed.

    None for an order without any line that was never weighed.  It reads the advice and changes nothing of it
    (promise 8).
    """
    evaluation, is_new = weigh(repair_order, at)
    if evaluation and is_new:
        audit.record("evaluation.made", about=evaluation, by=None, at=at, tier=str(evaluation.tier))
    return evaluation


def weigh(repair_order: RepairOrder, at: datetime) -> tuple[Evaluation | None, bool]:
    """Inside the caller's transaction: the evaluation of the order as it stands, and whether it was made just now."""
    known = known_about(repair_order, at)
    latest = Evaluation.objects.latest_of(repair_order)
    if latest is None and not known.kept["lines"]:
        return None, False
    if latest and {key: value for key, value in latest.inputs.items() if key != AFTER} == known.kept:
        return latest, False
    kept = known.kept
    same = Evaluation.objects.filter(repair_order=repair_order, inputs_sha256=sha256_of(kept)).first()
    if same:
        if latest is None or same.pk > latest.pk:
            return same, False  # another worker has just made it
        kept = {**kept, AFTER: latest.pk}
    result = rules.evaluate(known.inputs, known.policy)
    value = known.inputs.value
    replacement = known.inputs.replacement or known.policy.replacement
    return Evaluation.objects.get_or_create(
        repair_order=repair_order,
        inputs_sha256=sha256_of(kept),
        defaults={
            "tier": result.tier,
            "inputs": kept,
            "policy_version": known.policy_version,
            "repair_total": result.repair,
            "value_low": value.low if value else None,
            "value_high": value.high if value else None,
            "value_source": value.source if value else "",
            "value_date": value.as_of if value else None,
            "keep_monthly": result.keep_monthly,
            "replace_monthly": result.replace_monthly,
            "sheet": sheet(known, result) | {"year_of_payments": str(12 * replacement.payment())},
            "reasons": list(result.reasons),
            "plain_reading": result.plain_reading,
            "at": at,
        },
    )


def orders_to_weigh() -> QuerySet[RepairOrder]:
    """Open orders with a line, an answer or a value newer than their latest evaluation, whatever became of its task."""
    latest = Evaluation.objects.filter(repair_order=OuterRef("pk")).order_by("-at", "-pk").values("at")[:1]
    since = OuterRef("weighed_at")
    written = AdvisoryVersion.objects.filter(advisory__repair_order=OuterRef("pk"), written_at__gt=since)
    answered = Decision.objects.filter(advisory__repair_order=OuterRef("pk"), at__gt=since)
    taken_back = TakenBack.objects.filter(decision__advisory__repair_order=OuterRef("pk"), at__gt=since)
    gone = Advisory.objects.filter(repair_order=OuterRef("pk")).filter(
        Q(returned_at__gt=since) | Q(removed_at__gt=since)
    )
    valued = Appraisal.objects.filter(vehicle=OuterRef("vehicle"), at__gt=since)
    wished = Wish.objects.filter(repair_order=OuterRef("pk"), at__gt=since)
    changed = Q(Exists(written)) | Q(Exists(answered)) | Q(Exists(taken_back)) | Q(Exists(gone))
    was_weighed = Q(weighed_at__gt=Value(BEFORE_ALL))
    return (
        RepairOrder.objects.here_now()
        .annotate(weighed_at=Coalesce(Subquery(latest), Value(BEFORE_ALL)))
        .filter(changed | was_weighed & (Q(Exists(valued)) | Q(Exists(wished))))
        .order_by(F("promised_at").asc(nulls_last=True), "pk")
    )
