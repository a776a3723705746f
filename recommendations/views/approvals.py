"""The approvals inbox: who has been shown something and has not answered it, the most pressing first."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, repeat
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
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from customers.models import ContactPoint
from dealership.http import Request, role_required
from dealership.models import COUNTER, Entry, InboundText, Rooftop
from recommendations.models import Advisory, AdvisoryVersion, CustomerLink, Decision, Presentation
from recommendations.views.replying import asked_about
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


def approvals_tag(request: Request, at: datetime) -> str:
    """What the inbox depends on: the rooftop's newest audit entries, the minute, the page asked for, who looks how."""
    newest = Entry.objects.filter(rooftop=request.rooftop).order_by("-pk").values_list("pk", flat=True)[:20]
    entries = sum(pk * place for place, pk in enumerate(newest, start=1))
    page = "".join(filter(str.isdecimal, request.GET.get("page", "")[:6]))
    view = "-counter" if request.counter_view else ""
    return f"{entries}-{int(at.timestamp() // 60)}-{request.rooftop.pk}-{request.user.pk}-{page}{view}"


@role_required(*COUNTER)
def approvals(request: Request) -> HttpResponse:
    """Sent, opened, answered, question: one row for each car that waits for its customer's word.

    Apart from them, what nobody was shown yet, and what the parts desk was asked for.
    """
    at = timezone.now()
    tag = approvals_tag(request, at)
    if request.htmx and request.headers.get("HX-PTag") == tag:
        return HttpResponseNotModified()
    page = Paginator(waiting(request.rooftop), 25).get_page(request.GET.get("page"))
    questions = _questions([row["pk"] for row in page.object_list])
    context = {
        "page": page,
        "rows": [{**row, "asked": questions[row["pk"]], "key": key} for key, row in zip(_keys(), page, strict=False)],
        "unsaid": list(never_shown(request.rooftop)[:MOST]),
        "parts": list(parts_asked(request.rooftop)[:MOST]),
        "texts": list(texts_waiting(request.rooftop)[:MOST]),
        "now": at,
        "tag": tag,
    }
    response = render(request, f"recommendations/approvals.html{'#inbox' if request.htmx else ''}", context)
    response["HX-PTag"] = tag
    patch_vary_headers(response, ["HX-Request"])
    return response


MOST = 25


def _keys() -> Iterator[str]:
    """The number keys of the first four rows, and none for the others."""
    return chain("1234", repeat(""))


def _questions(orders: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The questions that count now, by order, with what we said to them."""
    found: dict[int, list[dict[str, Any]]] = {pk: [] for pk in orders}
    asked = Decision.objects.questions().filter(
        advisory__repair_order__in=orders,
        pk=F("advisory__last_decision_id"),
        advisory__answer=Advisory.Answer.NEEDS_INFO,
    )
    for one in asked.select_related("line", "advisory").order_by("at", "pk"):
        found[one.advisory.repair_order_id].append(asked_about(one))
    return found


def texts_waiting(rooftop: Rooftop) -> QuerySet[InboundText, dict[str, Any]]:
    """Texts of customers nobody has looked after, the oldest first, as plain values."""
    whose = ContactPoint.objects.filter(kind="phone", value=OuterRef("number")).order_by("pk")
    orders = RepairOrder.objects.here_now().filter(
        Q(contact_value=OuterRef("number")) | Q(customer__contact_points__value=OuterRef("number")), rooftop=rooftop
    )
    return (
        InboundText.objects.open()
        .filter(rooftop=rooftop, is_known=True)
        .annotate(
            name=Subquery(whose.values("customer__name")[:1]),
            order_number=Subquery(orders.order_by("-opened_at").values("number")[:1]),
        )
        .order_by("received_at", "pk")
        .values("pk", "body", "reading", "scope", "received_at", "name", "order_number")
    )


def never_shown(rooftop: Rooftop) -> QuerySet[RepairOrder, dict[str, Any]]:
    """Orders with findings nobody has shown the customer (promise 6), the next promise first, as plain values."""
    unsaid = Advisory.objects.unsaid().filter(repair_order=OuterRef("pk")).order_by().values("repair_order")
    red = unsaid.filter(urgency=Advisory.Urgency.NOW)
    return (
        RepairOrder.objects.here_now()
        .filter(rooftop=rooftop)
        .annotate(
            unsaid=Coalesce(Subquery(unsaid.annotate(n=Count("pk")).values("n")), 0),
            red=Coalesce(Subquery(red.annotate(n=Count("pk")).values("n")), 0),
            since=Subquery(unsaid.annotate(first=Min("created_at")).values("first")),
        )
        .filter(unsaid__gt=0)
        .order_by(F("promised_at").asc(nulls_last=True), "pk")
        .values(
            *("pk", "number", "tag", "promised_at", "unsaid", "red", "since"),
            *("customer__name", "vehicle__year", "vehicle__model"),
        )
    )


def parts_asked(rooftop: Rooftop) -> QuerySet[Advisory, dict[str, Any]]:
    """Lines the parts desk owes a price for, asked first first, as plain values."""
    version = AdvisoryVersion.objects.filter(advisory=OuterRef("pk"), number=OuterRef("version"))
    return (
        Advisory.objects.live()
        .filter(repair_order__rooftop=rooftop, parts_asked_at__isnull=False)
        .filter(repair_order__status=RepairOrder.Status.OPEN)
        .annotate(title=Subquery(version.values("title")[:1]))
        .order_by("parts_asked_at", "pk")
        .values(
            *("pk", "title", "parts_asked_at", "repair_order"),
            asked_by=F("parts_asked_by__name"),
            number=F("repair_order__number"),
            vehicle_year=F("repair_order__vehicle__year"),
            vehicle_model=F("repair_order__vehicle__model"),
        )
    )
