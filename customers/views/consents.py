"""Consents: what a customer lets us do, use by use and channel by channel."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions
from customers.forms import ConsentForm
from customers.models import Consent, ConsentText, Customer
from customers.rules import ConsentWords, consent_words, needs_writing, offers
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE

SHORT = {
    Consent.Purpose.REPAIR_MESSAGES: "A car that is here",
    Consent.Purpose.MARKETING: "Offers, work put off",
    Consent.Purpose.SATISFACTION: "How was it?",
    Consent.Purpose.ELECTRONIC_RECORDS: "Paper-free records",
    Consent.Purpose.SALES_USE: "Sales",
}
"""Purposes in the order of the grid, as short as its rows need."""
CHANNELS = (Consent.Channel.TEXT, Consent.Channel.CALL, Consent.Channel.EMAIL)
LOG_SHOWN = 3
PER_PAGE = 25


def grid(customer: Customer) -> tuple[list[dict[str, Any]], list[Consent], int]:
    """The grid of latest answers, the newest few of the log, and how many the log holds.  One query."""
    log = Consent.objects.filter(customer__in=customer.records)
    consents = list(log.select_related("by").order_by("at", "pk"))
    latest: dict[tuple[str, str], bool | None] = {}
    for consent in (one for one in consents if one.customer_id == customer.pk):
        reached = CHANNELS if consent.channel == Consent.Channel.ANY else (consent.channel,)
        latest |= {(consent.purpose, channel): consent.granted for channel in reached}
    rows = [
        {
            "label": label,
            "cells": [
                {
                    "purpose": purpose.value,
                    "channel": channel.value,
                    "how": channel.label,
                    "offered": offers(purpose, channel),
                    "granted": latest.get((purpose, channel)),
                }
                for channel in CHANNELS
            ],
        }
        for purpose, label in SHORT.items()
    ]
    return rows, consents[::-1][:LOG_SHOWN], len(consents)


def choices(people: Iterable[int]) -> dict[int, str]:
    """Of each person (by primary key) their own choices in one sentence, like "Text about a car here. No to sales."

    One person's answer is nobody else's.  One query.
    """
    latest: dict[int, dict[tuple[str, str], bool | None]] = {pk: {} for pk in people}
    rows = Consent.objects.filter(customer_id__in=latest).order_by("at", "pk")
    for pk, purpose, channel, granted in rows.values_list("customer_id", "purpose", "channel", "granted"):
        reached = (*CHANNELS, Consent.Channel.PERSON) if channel == Consent.Channel.ANY else (channel,)
        latest[pk] |= {(purpose, one): granted for one in reached}
    return {pk: f"{_reach(found)} {_sales(found)}" for pk, found in latest.items()}


def _reach(found: dict[tuple[str, str], bool | None]) -> str:
    ways = [one.label.lower() for one in CHANNELS if found.get((Consent.Purpose.REPAIR_MESSAGES, one))]
    return f"{' and '.join(ways).capitalize()} about a car here." if ways else "No messages agreed."


def _sales(found: dict[tuple[str, str], bool | None]) -> str:
    said = [yes for (purpose, _), yes in found.items() if purpose == Consent.Purpose.SALES_USE and yes is not None]
    if not said:
        return "Not asked about sales."
    if all(said) or not any(said):
        return "Yes to sales." if said[0] else "No to sales."
    return "Yes to sales on some ways, no on others."


@require_GET
@role_required(*SERVICE)
def consents(request: Request, pk: int) -> HttpResponse:
    """The whole log, with the exact words."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    actions.look(customer=customer, why="consent log", by=request.user, at=timezone.now(), rooftop=request.rooftop)
    rows, _, _ = grid(customer)
    log = Consent.objects.filter(customer__in=customer.records).select_related("by").order_by("-at", "-pk")
    page = Paginator(log, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "customers/consents.html", {"customer": customer, "consents": rows, "page": page})


def _language(request: Request, customer: Customer) -> str:
    """What it is read in: as was chosen on the page, else the customer's own."""
    chosen = request.POST.get("language") or request.GET.get("language")
    return chosen if chosen in Customer.Language.values else customer.language


@role_required(*COUNTER)
@one_time
def consent(request: Request, pk: int, purpose: str, channel: str) -> HttpResponse:
    """Ask for one use on one channel in its exact words, in the customer's language, and record the answer."""
    customer = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    if not offers(purpose, channel) or channel not in CHANNELS:
        raise Http404
    at = timezone.now()
    language = _language(request, customer)
    own = ConsentText.objects.on(at.astimezone(request.rooftop.zone).date(), purpose, channel, language)
    edition = ConsentWords(own.words, own.version, own.language) if own else None
    asked = consent_words(purpose, channel, request.rooftop.name, edition, language)
    written = needs_writing(purpose, channel)
    posted = request.POST if request.method == "POST" else None
    form = ConsentForm(posted, version=asked.version, needs_writing=written)
    if request.method == "POST" and form.is_valid():
        actions.record_consent(
            customer=customer,
            purpose=purpose,
            channel=channel,
            granted=form.cleaned_data["granted"] == "yes",
            words=asked.words,
            text_version=asked.version,
            source=form.cleaned_data["source"],
            by=request.user,
            at=at,
            rooftop=request.rooftop,
        )
        return go(request, reverse("customers:customer", args=[pk]) + "#consents")
    context = {
        "customer": customer,
        "form": form,
        "asked": asked,
        "wanted": language,
        "languages": Customer.Language.choices,
        "needs_writing": written,
        "purpose": Consent.Purpose(purpose).label,
        "channel": Consent.Channel(channel).label,
        "latest": Consent.objects.current(customer).get((purpose, channel)),
    }
    return render(request, "customers/consent.html", context, status=422 if form.is_bound else 200)
