"""What every view shares: the request's type, who may come in, and forms that count once."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from dealership import audit
from dealership.models import Entry, Rooftop, Staff
from dealership.undo import UNDO_FOR

ROOFTOP_KEY = "rooftop"
COUNTER_VIEW_KEY = "counter_view"
UNDO_KEY = "undo"


class Request(HttpRequest):
    """A request by staff, as the middleware leaves it."""

    user: Staff
    htmx: HtmxDetails
    rooftop: Rooftop
    rooftops: list[Rooftop]
    staff_kinds: frozenset[str]
    counter_view: bool


class HasVisibility(Protocol):
    def visible_to(self, staff: Staff) -> models.QuerySet[Any]: ...


class RooftopMiddleware:
    """Puts the staff's rooftops, the one they work at now, and their roles there on the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        here = cast(Request, request)
        here.rooftops, here.staff_kinds, here.counter_view = [], frozenset(), False
        if request.user.is_authenticated:
            staff = here.user
            here.rooftops = list(Rooftop.objects.visible_to(staff))
            chosen = request.session.get(ROOFTOP_KEY)
            if here.rooftops:
                here.rooftop = next((r for r in here.rooftops if r.pk == chosen), here.rooftops[0])
                here.staff_kinds = staff.kinds_by_rooftop[here.rooftop.pk]
            here.counter_view = bool(request.session.get(COUNTER_VIEW_KEY))
            if here.rooftops:
                with timezone.override(ZoneInfo(here.rooftop.time_zone)):
                    return self.get_response(request)
        return self.get_response(request)


type View = Callable[..., HttpResponseBase]


def role_required(*kinds: str) -> Callable[[View], View]:
    """Let in staff who hold one of `kinds` at the rooftop they work at now; others get a log-in page or 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.staff_kinds & set(kinds):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View, login_required(guarded))

    return decorate


def fetch[M: models.Model](rows: models.QuerySet[M], staff: Staff, kinds: Iterable[str] = (), **lookup: Any) -> M:
    """The one row of `rows` that `lookup` names, if `staff` may have it.

    Raises Http404 when it does not exist or belongs to a rooftop where they hold no role (so that existence does not
    leak), PermissionDenied (403) when they work there but hold none of `kinds` at the row's rooftop.
    """
    row = cast(HasVisibility, rows).visible_to(staff).filter(**lookup).first()
    if row is None:
        raise Http404
    rooftop_id = getattr(row, "rooftop_id", None)
    wanted = set(kinds)
    if wanted and not (staff.holds(wanted, rooftop_id) if rooftop_id else staff.rooftop_ids(*wanted)):
        raise PermissionDenied
    return cast(M, row)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url`, whether it asked with htmx or without."""
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    return redirect(url)


WRONG_WITHIN = 600
"""Seconds over which wrong tries are counted."""


def wrong_tries(request: HttpRequest, what: str) -> int:
    """Count one more wrong `what` from this network address and return how many in ten minutes, over all workers.

    What a proxy header claims is not believed.  While the cache is away every try is the first.
    """
    key = f"wrong-{what}:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, WRONG_WITHIN)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1


# --- results, and taking them back ------------------------------------------------------------------------------------


def offer_undo(request: HttpRequest, text: str, undo_url: str, *, at: datetime) -> None:
    """Say `text` in a toast with an Undo button (key U), which posts a fresh form key to `undo_url`.

    Call it in the view after the action, with the `at` of the action: the button is there for `UNDO_FOR` from then on
    whatever page is shown next, after a redirect as in htmx's answer, with and without scripts.  The view at `undo_url`
    is `@require_POST @one_time` like any other; its action refuses in a sentence when the ten seconds are over.  Once
    something was posted there, the offer is gone.  Offering the same address again replaces the earlier offer.
    `text` names nobody and no price: counter view may be turned on while it is shown.
    """
    offer = {"text": text, "url": undo_url, "until": (at + UNDO_FOR).timestamp()}
    kept = request.session.get(UNDO_KEY, [])
    still = [one for one in kept if one["until"] > at.timestamp() and one["url"] != undo_url]
    request.session[UNDO_KEY] = [*still, offer]
    here = cast(Any, request)
    here.new_offers = [*getattr(here, "new_offers", []), offer]


def release_name() -> str:
    """What names this release of our static files; empty where they are served as they lie (development)."""
    return str(getattr(staticfiles_storage, "manifest_hash", ""))


class ResultsMiddleware:
    """Sends messages and offers to undo along with what htmx is answered, and forgets an offer that was taken.

    A page shows them by itself (components/toasts.html); a fragment has no place for them.  htmx's answers name the
    release too (`Lane-Release`), so that a page left open over a deployment can say that it is old.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "htmx", None) and (release := release_name()):
            response["Lane-Release"] = release
        if request.method != "POST" or not request.user.is_authenticated:
            return response
        offers = request.session.get(UNDO_KEY, [])
        if any(offer["url"] == request.path for offer in offers):
            request.session[UNDO_KEY] = [offer for offer in offers if offer["url"] != request.path]
        if getattr(request, "htmx", None) and _is_swapped(response):
            said = [*get_messages(request)]
            if said or getattr(request, "new_offers", None):
                response.content += render_to_string("components/said.html", {"messages": said}, request).encode()
        return response


def _is_swapped(response: HttpResponse) -> bool:
    """Whether htmx puts this answer into the page, rather than going elsewhere or leaving the page as it is."""
    goes = any(header in response.headers for header in ("HX-Redirect", "HX-Location", "HX-Refresh"))
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and not goes and not response.streaming and response.status_code in {200, 201, 409, 422}


def _digest(request: HttpRequest) -> str:
    typed = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    files = sorted((name, [(f.name, f.size) for f in found]) for name, found in request.FILES.lists())
    return hashlib.sha256(repr((request.path, typed, files)).encode()).hexdigest()


def one_time(view: View) -> View:
    """A POST that counts once, however often it is sent.

    The form carries `form_key` ({% form_key %}).  The action's audit entry keeps it, so key, effect and answer are one
    transaction.  The same form again is answered as the first time; the same key with another body is refused (409).
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            key = UUID(request.POST.get("form_key", ""))
        except ValueError:
            return _not_taken(request, "missing", 400)
        form = audit.SentForm(key=key, digest=_digest(request))
        if (seen := _answered(request, form)) is not None:
            return seen
        try:
            with audit.answering(form):
                return view(request, *args, **kwargs)
        except IntegrityError:
            # The twin of this post committed between our look and our write.
            if (seen := _answered(request, form)) is not None:
                return seen
            raise

    return guarded


def _answered(request: HttpRequest, form: audit.SentForm) -> HttpResponse | None:
    entry = Entry.objects.filter(form_key=form.key).only("form_digest", "answer").first()
    if entry is None:
        return None
    if entry.form_digest != form.digest:
        return _not_taken(request, "reused", 409)
    # A customer's page is named by a secret token, which the entry must not hold: they stay where they are.
    return go(request, (request.user.is_authenticated and entry.answer) or request.path)


def _not_taken(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    """A page that says why; htmx leaves its page as it is, and lane.js says it there."""
    response = render(
        request, "form_key.html", {"problem": problem, "lang": (get_language() or "en")[:2]}, status=status
    )
    if getattr(request, "htmx", None):
        response["HX-Reswap"] = "none"
        response["Lane-Says"] = "That form was sent before, or is too old. Nothing was changed. Load the page again."
    return response
