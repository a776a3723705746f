"""The approvals inbox: who has been shown something and has not answered it, the most pressing first."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import (
    Count,
    DateTimeField,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealership.http import Request, role_required
from dealership.models import COUNTER, Rooftop
from recommendations.models import Advisory, AdvisoryVersion, CustomerLink, Decision, Presentation
from service_lane.models import RepairOrder

OPEN = Q(answer="", presented_version=F("version"))
QUESTION = Q(answer=Advisory.Answer.NEEDS_INFO, presented_version=F("version"))


def waiting(rooftop: Rooftop) -> QuerySet[RepairOrder, dict[str, Any]]:
    """Orders with a shown line unanswered or asked about, as plain values; promise minus the time its work takes."""
    lines = Advisory.objects.live().filter(repair_order=OuterRef("pk"), request=None).order_by().values("repair_order")

    def count(which: Q) -> Coalesce:
        return Coalesce(Subquery(lines.annotate(n=Count("pk", filter=which)).values("n")), 0)

    versions = AdvisoryVersion.objects.filter(advisory__repair_order=OuterRef("pk"), number=F("advisory__version"))
    undecided = versions.filter(
        Q(advisory__answer="") | Q(advisory__answer=Advisory.Answer.NEEDS_INFO),
        advisory__presented_version=F("number"),
        advisory__returned_at=None,
        advisory__removed_at=None,
    )
    hours = undecided.order_by().values("advisory__repair_order").annotate(hours=Sum("labor_hours")).values("hours")
    shown = Presentation.objects.filter(repair_order=OuterRef("pk")).exclude(channel=Presentation.Channel.WRITE_UP)
    links = CustomerLink.objects.filter(repair_order=OuterRef("pk"))
    asked = Decision.objects.filter(
        advisory__repair_order=OuterRef("pk"), pk=F("advisory__last_decision_id"), answer=Advisory.Answer.NEEDS_INFO
    )
    hour = Value(timedelta(hours=1), output_field=DurationField())
    return (
        RepairOrder.objects.here_now()
        .filter(rooftop=rooftop)
        .annotate(
            open=count(OPEN),
            questions=count(QUESTION),
            answered=count(~Q(answer="") & ~QUESTION & Q(presented_version=F("version"))),
            hours=Coalesce(Subquery(hours), Value(0), output_field=DecimalField()),
            shown_at=Subquery(shown.values("at")[:1]),
            channel=Subquery(shown.values("channel")[:1]),
            link_opened_at=Subquery(links.values("opened_at")[:1]),
            wrong_digits=Coalesce(Subquery(links.values("wrong_digits")[:1], output_field=IntegerField()), 0),
            question=Subquery(asked.order_by("-at", "-pk").values("question")[:1]),
        )
        .filter(Q(open__gt=0) | Q(questions__gt=0))
        .annotate(
            start_by=ExpressionWrapper(F("promised_at") - hour * F("hours"), output_field=DateTimeField()),
        )
        .order_by(F("start_by").asc(nulls_last=True), "pk")
        .annotate(shown=F("open") + F("questions") + F("answered"))
        .values(
            *("pk", "number", "tag", "promised_at", "start_by", "hours", "questions", "answered", "shown"),
            *("shown_at", "channel", "link_opened_at", "wrong_digits", "question", "contact_name"),
            *("customer__name", "vehicle__year", "vehicle__model"),
        )
    )


@role_required(*COUNTER)
def approvals(request: Request) -> HttpResponse:
    """Sent, opened, answered, question: one row for each car that waits for its customer's word."""
    page = Paginator(waiting(request.rooftop), 25).get_page(request.GET.get("page"))
    return render(request, "recommendations/approvals.html", {"page": page, "now": timezone.now()})
