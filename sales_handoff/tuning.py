"""How the rule did over a period, from what was stored then: what came up, what advisors made of it, what was sold.

Each repair order counts once: by the evaluation its customer was asked about, else by its last one.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from dealership.models import Rooftop
from sales_handoff.models import Ask, Evaluation, Handoff
from sales_handoff.rules.finance import loan_payment
from sales_handoff.rules.tuning import TIERS, Thresholds, Weighed

QUARTER = timedelta(days=91)
PERIODS = {30: "30 days", 91: "Quarter", 182: "Half a year", 365: "Year"}
SOLD = (Handoff.Outcome.BOUGHT, Handoff.Outcome.SOLD_TO_US)


@dataclass(frozen=True)
class TierCount:
    """Of the repair orders of one tier: how many came up, and how far each went."""

    tier: str
    fired: int
    vetoed: int
    said_no: int
    accepted: int
    met: int
    sold: int

    @property
    def unasked(self) -> int:
        """Nobody recorded anything: the customer was not asked, and nobody said why."""
        return self.fired - self.vetoed - self.said_no - self.accepted


def counted(rooftop: Rooftop, since: datetime, until: datetime) -> QuerySet[Evaluation]:
    """The one evaluation each order of the period counts by."""
    rows = Evaluation.objects.filter(repair_order__rooftop=rooftop, at__gte=since, at__lt=until)
    asked = Ask.objects.filter(repair_order=OuterRef("repair_order"), evaluation__isnull=False)
    last = Evaluation.objects.filter(repair_order=OuterRef("repair_order"), at__lt=until).order_by("-at", "-pk")
    of_ask = Q(pk=Subquery(asked.values("evaluation")[:1]))
    return rows.filter(of_ask | ~Q(Exists(asked)) & Q(pk=Subquery(last.values("pk")[:1]))).order_by()


def by_tier(rooftop: Rooftop, since: datetime, until: datetime) -> list[TierCount]:
    """Every tier's counts, the lowest first.  Three queries."""
    evaluations = counted(rooftop, since, until)
    fired = dict(evaluations.values_list("tier").annotate(n=Count("pk")))
    asks = Ask.objects.filter(evaluation__in=evaluations.values("pk")).order_by()
    answered = {
        (tier, answer): n for tier, answer, n in asks.values_list("evaluation__tier", "answer").annotate(Count("pk"))
    }
    done = Handoff.objects.filter(ask__in=asks.values("pk"), status=Handoff.Status.DONE).order_by()
    came = done.values_list("ask__evaluation__tier").annotate(
        met=Count("pk", filter=~Q(outcome=Handoff.Outcome.NOT_REACHED)), sold=Count("pk", filter=Q(outcome__in=SOLD))
    )
    outcomes = {tier: (met, sold) for tier, met, sold in came}
    found = []
    for tier in TIERS:
        met, sold = outcomes.get(tier, (0, 0))
        found.append(
            TierCount(
                tier=tier,
                fired=fired.get(tier, 0),
                vetoed=answered.get((tier, Ask.Answer.NOT_ASKED), 0),
                said_no=answered.get((tier, Ask.Answer.NO), 0),
                accepted=answered.get((tier, Ask.Answer.YES), 0),
                met=met,
                sold=sold,
            )
        )
    return found


def vetoes(rooftop: Rooftop, since: datetime, until: datetime) -> list[tuple[str, dict[str, int]]]:
    """Each kind of veto with its count by tier, the most frequent first."""
    evaluations = counted(rooftop, since, until)
    rows = (
        Ask.objects.filter(evaluation__in=evaluations.values("pk"), answer=Ask.Answer.NOT_ASKED)
        .order_by()
        .values_list("veto", "evaluation__tier")
        .annotate(n=Count("pk"))
    )
    found: dict[str, Counter[str]] = {}
    for veto, tier, n in rows:
        label = str(Ask.Veto(veto or Ask.Veto.OTHER).label)
        found.setdefault(label, Counter())[tier] += n
    return sorted(
        ((label, dict(counts)) for label, counts in found.items()), key=lambda row: (-sum(row[1].values()), row[0])
    )


def weighed(rooftop: Rooftop, since: datetime, until: datetime) -> list[Weighed]:
    """The period's evaluations as they were stored, for the pure rule that sorts them anew.  One query."""
    rows = counted(rooftop, since, until).values(
        *("tier", "repair_total", "value_low", "value_high", "keep_monthly", "replace_monthly"),
        *("inputs__policy", "sheet__cautions", "sheet__year_of_payments"),
    )
    return [_weighed(row) for row in rows]


def _weighed(row: dict[str, Any]) -> Weighed:
    low, high, policy = row["value_low"], row["value_high"], row["inputs__policy"] or {}
    return Weighed(
        tier=row["tier"],
        repair=row["repair_total"],
        value=(low + high) / 2 if low is not None and high is not None else None,
        keep_monthly=row["keep_monthly"],
        replace_monthly=row["replace_monthly"],
        year_of_payments=Decimal(row["sheet__year_of_payments"]) if row["sheet__year_of_payments"] else _by(policy),
        is_held=bool(row["sheet__cautions"]),
    )


def _by(policy: dict[str, str]) -> Decimal:
    """A year of payments on the policy's example, for evaluations that did not keep their own."""
    return 12 * _payment(policy["replacement_price"], policy["replacement_apr"], policy["replacement_months"])


@cache
def _payment(price: str, apr: str, months: str) -> Decimal:
    return loan_payment(Decimal(price), Decimal(apr), int(months))


def thresholds_of(policy: Any) -> Thresholds:
    """The thresholds of a policy row, or of anything that names them alike."""
    return Thresholds(**{name: getattr(policy, name) for name in Thresholds.__dataclass_fields__})
