"""Whose link it is.  The token is in the address only: never in a log, a referrer, the audit trail or another page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from dealership.http import WRONG_WITHIN, wrong_tries
from recommendations.actions import links
from recommendations.models import CustomerLink, Language

LANGUAGE_COOKIE = "lane_language"
KEPT_FOR = 30 * 24 * 3600

type LinkView = Callable[..., HttpResponseBase]


def by_link(view: LinkView) -> LinkView:
    """Find the link its token names, in the rooftop's own time and the reader's language; let nobody keep the page."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        link = (
            CustomerLink.objects.select_related(
                "repair_order__rooftop",
                "repair_order__customer",
                "repair_order__vehicle",
                "repair_order__advisor",
                "repair_order__technician",
            )
            .filter(token_hash=links.hash_of(token))
            .first()
        )
        if link is None:
            return _no_such_link(request)
        order = link.repair_order
        with timezone.override(order.rooftop.zone), translation.override(_language(request, link)):
            if state := _why_not_usable(link):
                response: HttpResponseBase = show(
                    request,
                    link,
                    token,
                    "recommendations/customer_gone.html",
                    {"state": state, "advisor": order.advisor, "was_sent": request.method == "POST"},
                    status=410,
                )
            else:
                response = view(request, link, token, **kwargs)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex, nofollow"
        # With no-referrer a browser posts "Origin: null" and no form would pass; this sends the path nowhere either.
        response["Referrer-Policy"] = "strict-origin"
        if isinstance(response, HttpResponse) and (chosen := _named(request.GET.get("lang"))):
            response.set_cookie(
                LANGUAGE_COOKIE,
                chosen,
                max_age=KEPT_FOR,
                path=_home(token),
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    return found


def show(
    request: HttpRequest, link: CustomerLink, token: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of this link: the context, and which language it is in with the way to the other one.

    What a form sent cannot be asked for again by its address, so from there the way leads to the first page.
    """
    here = translation.get_language() or ""
    other = Language.ENGLISH if here == Language.SPANISH else Language.SPANISH
    path = request.path if request.method == "GET" else _home(token)
    whole = {
        "order": link.repair_order,
        "rooftop": link.repair_order.rooftop,
        "token": token,
        "lang": here,
        "other_lang": other,
        "other_lang_name": other.label,
        "other_lang_url": f"{path}?lang={other}",
    }
    return render(request, template, whole | context, status=status)


def _home(token: str) -> str:
    return reverse("recommendations:customer-link", args=[token])


def _named(language: str | None) -> str:
    return language if language in Language.values else ""


def _language(request: HttpRequest, link: CustomerLink) -> str:
    """What the form was read in, what the reader chose, the message's language, or what their browser prefers."""
    chosen = (
        _named(request.POST.get("lang"))
        or _named(request.GET.get("lang"))
        or _named(request.COOKIES.get(LANGUAGE_COOKIE))
    )
    if chosen or link.language != Language.ENGLISH:
        return chosen or link.language
    return _named(translation.get_language_from_request(request)) or Language.ENGLISH


WRONG_ADDRESSES = 30
"""Wrong addresses one network address may try in ten minutes.  A right one works all the same."""


def _no_such_link(request: HttpRequest) -> HttpResponseBase:
    """404, in the language the browser prefers; and 429 for an address that goes on guessing."""
    many = wrong_tries(request, "link") > WRONG_ADDRESSES
    lang = _named(translation.get_language_from_request(request)) or Language.ENGLISH
    with translation.override(lang):
        context = {"lang": lang, "many": many}
        response = render(request, "recommendations/customer_stray.html", context, status=429 if many else 404)
    if many:
        response["Retry-After"] = str(WRONG_WITHIN)
    return response


def _why_not_usable(link: CustomerLink) -> str:
    if link.revoked_at:
        return "revoked"
    return "expired" if link.expires_at <= timezone.now() else ""
