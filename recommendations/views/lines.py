"""One line: how the customer reads it, the advisor's sheet to edit it, adding one, and lines on other pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from customers.actions import look
from customers.models import Customer, Vehicle
from dealership.http import Request, fetch, role_required
from dealership.models import COUNTER, SERVICE
from recommendations import estimate
from recommendations.models import Advisory, AdvisoryVersion, Decision, FollowUp
from recommendations.open_answers import condition_of, open_answers, until_words
from recommendations.rules import Change, reading_grade
from recommendations.rules.wording import words_per_sentence
from service_lane.models import RepairOrder
from service_lane.rules.marks import drawing

URGENCIES = tuple(Advisory.Urgency.values)
"""Now, can wait, as asked: the order in which a customer reads."""


def orders() -> QuerySet[RepairOrder]:
    """Orders with what every page of advice prints."""
    return RepairOrder.objects.select_related("rooftop", "customer", "vehicle", "advisor", "technician")


def lines() -> QuerySet[Advisory]:
    return Advisory.objects.select_related(
        "repair_order__rooftop", "repair_order__customer", "repair_order__vehicle", "finding", "found_by"
    )


def customer_line(
    snapshot: Mapping[str, Any],
    pk: int,
    *,
    photo_urls: Mapping[str, str],
    changes: Sequence[Change] = (),
    changed_at: datetime | None = None,
    answer: str = "",
    seen: int | None = None,
    is_started: bool = False,
) -> dict[str, Any]:
    """A line as templates/recommendations/customer_lines.html reads it.

    `snapshot` is what was, or would be, presented; `photo_urls` maps a photo's name to where this reader may load it;
    `seen` is the decision that counts now.  The caller may add chosen, until, question and problem, to show typed
    answers again.
    """
    photos = [
        {
            "url": photo_urls[photo["name"]],
            "caption": photo["caption"],
            "drawing": drawing(photo.get("marks", ()), *photo.get("size", (0, 0))),
        }
        for photo in snapshot["evidence"].get("photos", ())
        if photo["name"] in photo_urls
    ]
    return {
        "snapshot": snapshot,
        "pk": pk,
        "valid_until": date.fromisoformat(snapshot["valid_until"]),
        "photos": photos,
        "changes": changes,
        "changed_at": changed_at,
        "answer": answer,
        "seen": seen,
        "is_started": is_started,
    }


def staff_photo_urls(found: Sequence[estimate.Line]) -> dict[str, str]:
    names = [str(photo.name) for line in found for photo in line.photos]
    return {name: reverse("service_lane:photo", args=[name]) for name in names}


def refused_page(request: Request, order: RepairOrder, sentence: str, status: int = 409) -> HttpResponse:
    """Something could not be done: the sentence, and the way back to the estimate."""
    return render(request, "recommendations/refused.html", {"order": order, "sentence": sentence}, status=status)


# --- lines on other pages --------------------------------------------------------------------------------------------


@role_required(*SERVICE)
def order_lines(request: Request, pk: int) -> HttpResponse:
    """The lines of an order with their answers and their work, for the order's page; a page of its own without htmx."""
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    current = estimate.load(order)
    fragment = "#lines" if request.htmx else ""
    return render(request, f"recommendations/order_lines.html{fragment}", {"order": order, "estimate": current})


@role_required(*SERVICE)
def findings_fate(request: Request) -> HttpResponse:
    """What became of each finding of mine, newest first (promise 11)."""
    shown = AdvisoryVersion.objects.filter(advisory=OuterRef("pk"), number=OuterRef("version"))
    decision = Decision.objects.filter(pk=OuterRef("last_decision_id"))
    recovered = FollowUp.objects.filter(
        advisory=OuterRef("pk"), recovered_by__answer=Advisory.Answer.APPROVED, recovered_by__removed_at=None
    )
    mine = (
        Advisory.objects.visible_to(request.user)
        .filter(found_by=request.user, finding__isnull=False, removed_at=None)
        .annotate(
            title=Subquery(shown.values("title")[:1]),
            measurement=Subquery(shown.values("measurement")[:1]),
            question=Subquery(decision.values("question")[:1]),
            answered_at=Subquery(decision.values("at")[:1]),
            until_date=Subquery(decision.values("until_date")[:1]),
            until_miles=Subquery(decision.values("until_miles")[:1]),
            recovered_at=Subquery(recovered.values("recovered_at")[:1]),
            recovered_on=Subquery(recovered.values("recovered_by__repair_order__number")[:1]),
        )
        .order_by("-created_at", "-pk")
        .values(
            "pk",
            "title",
            "measurement",
            "recovered_at",
            "recovered_on",
            "urgency",
            "ground",
            "answer",
            "work",
            "version",
            "presented_version",
            "returned_at",
            "returned_reason",
            "created_at",
            "question",
            "answered_at",
            "until_date",
            "until_miles",
            number=F("repair_order__number"),
            order=F("repair_order"),
            vehicle_year=F("repair_order__vehicle__year"),
            vehicle_model=F("repair_order__vehicle__model"),
            inspection=F("finding__inspection"),
        )[:25]
    )
    rows = [{**row, "color": condition_of(row), "fate": _fate(row)} for row in mine]
    fragment = "#fate" if request.htmx else ""
    return render(request, f"recommendations/findings_fate.html{fragment}", {"rows": rows})


def _fate(row: Mapping[str, Any]) -> str:
    """What became of one finding, in a sentence its finder reads."""
    if row["returned_at"]:
        return f"Came back to you: {row['returned_reason']}"
    if row["presented_version"] is None:
        return "Not shown to the customer yet"
    if row["work"] == Advisory.Work.DONE:
        return "Shown, yes, and done"
    if row["work"] == Advisory.Work.STARTED:
        return "Shown, yes, work started"
    again = ""
    if row["recovered_at"]:
        on = timezone.localtime(row["recovered_at"])
        again = f". Recovered on {on.day} {on:%b %Y}: they said yes, RO {row['recovered_on']}"
    match row["answer"]:
        case Advisory.Answer.APPROVED:
            return "Shown, and they said yes"
        case Advisory.Answer.DECLINED:
            return f"Shown, and they said no{again}"
        case Advisory.Answer.DEFERRED:
            return f"Shown, put off until {until_words(row['until_date'], row['until_miles'])}{again}"
        case Advisory.Answer.NEEDS_INFO:
            return f"Shown, and they ask: {row['question']}"
        case Advisory.Answer.WITHDRAWN:
            return "Shown, and they took their yes back"
    if row["presented_version"] != row["version"]:
        return "Shown, then changed: to be shown again"
    return f"Shown, no answer yet{again}"


@role_required(*SERVICE)
def customer_answers(request: Request, pk: int) -> HttpResponse:
    """What this customer was shown and has not agreed to.  For htmx the same for each car on the customer's page."""
    customer = fetch(Customer.objects.all(), request.user, pk=pk)
    told = RepairOrder.objects.told_to(request.user)
    if not request.htmx:
        look(customer=customer, why="open advice", by=request.user, at=timezone.now(), rooftop=request.rooftop)
        theirs = Q(repair_order__customer=customer, repair_order__in=told)
        return _answers(request, theirs, customer.name, customer.get_absolute_url())
    cars = Paginator(Vehicle.objects.of(customer).values_list("pk", flat=True), Vehicle.MOST_ON_A_PAGE)
    shown = list(cars.get_page(request.GET.get("page")))
    found = Q(repair_order__vehicle__in=shown, repair_order__in=told)
    by_car: dict[int, list[dict[str, Any]]] = {car: [] for car in shown}
    for row in open_answers(found, most=100):
        by_car[row["vehicle"]].append(row)
    rows = [{"pk": car, "rows": rows} for car, rows in by_car.items()]
    own = request.user.rooftop_ids()
    return render(request, "recommendations/open_by_car.html", {"cars": rows, "own": own})


@role_required(*SERVICE)
def vehicle_answers(request: Request, pk: int) -> HttpResponse:
    """What was shown of this car and not agreed to."""
    return answers_of(request, get_object_or_404(Vehicle, pk=pk))


def answers_of(request: Request, vehicle: Vehicle) -> HttpResponse:
    here = Q(repair_order__vehicle=vehicle, repair_order__rooftop__in=request.user.rooftop_ids())
    return _answers(request, here, vehicle.title, vehicle.get_absolute_url())


def _answers(request: Request, found: Q, name: str, back: str) -> HttpResponse:
    rows = open_answers(found)
    fragment = "#answers" if request.htmx else ""
    context = {
        "rows": rows,
        "own": request.user.rooftop_ids(),
        "name": name,
        "back": back,
        "may_quote": bool(request.staff_kinds & COUNTER),
    }
    return render(request, f"recommendations/open_answers.html{fragment}", context)


def readability(snapshots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How hard the customer's texts are to read: their US school grade, and words in an average sentence."""
    text = "\n".join(f"{s['finding']}\n{s['why_it_matters']}\n{s['if_you_wait']}" for s in snapshots)
    grade = reading_grade(text)
    return {"grade": max(1, round(grade)), "words": round(words_per_sentence(text)), "is_hard": grade > 8}
