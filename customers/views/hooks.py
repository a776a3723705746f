"""Where the carriers of our messages call us: what became of one we sent, and what somebody texted."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customers import actions
from customers.rules import normalize_phone
from customers.rules.signed import is_signed
from dealership import outbox
from dealership.http import WRONG_WITHIN, wrong_tries

LARGEST = 64 * 1024
"""Bytes."""
UNSIGNED = 30
"""Calls without our signature one network address may make in ten minutes.  Signed ones are taken all the same."""
LONGEST_KEY = 200


class Unreadable(ValueError):
    """Not what we take.  Its message says what is missing, to whoever sets the provider up."""


@csrf_exempt
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """One event: {"event": "delivered" | "bounced", "key", "why"} or {"event": "received", "id", "from", "body"}.

    Signed in the header Lane-Signature (customers.rules.signed).  The same event again changes nothing and is a yes, so
    a provider may repeat it until it hears 200.  401 unsigned, 400 unreadable, 429 after too many unsigned ones; 404
    where no secret is set.
    """
    if not settings.HOOK_SECRETS:
        raise Http404
    at = timezone.now()
    if len(request.body) > LARGEST:
        return JsonResponse({"error": "That is too large."}, status=413)
    signature = request.headers.get("Lane-Signature", "")
    if not is_signed(signature, settings.HOOK_SECRETS, request.body, now=int(at.timestamp())):
        if wrong_tries(request, "signature") > UNSIGNED:
            return JsonResponse({"error": "Too many."}, status=429, headers={"Retry-After": str(WRONG_WITHIN)})
        return JsonResponse({"error": "Not signed, or too long ago."}, status=401)
    try:
        _take(json.loads(request.body), at=at)
    except ValueError as problem:
        said = str(problem) if isinstance(problem, Unreadable) else "That is no JSON."
        return JsonResponse({"error": said}, status=400)
    return JsonResponse({"ok": True})


def _take(event: Any, *, at: datetime) -> None:
    if not isinstance(event, dict):
        raise Unreadable("An event is an object.")
    match event.get("event"):
        case "delivered" | "bounced" as what:
            outbox.receipt(key=_text(event, "key"), arrived=what == "delivered", why=str(event.get("why", "")), at=at)
        case "received":
            number = _text(event, "from")
            actions.receive_text(
                provider_key=_text(event, "id"), number=normalize_phone(number) or number, body=_body(event), at=at
            )
        case _:
            raise Unreadable('"event" is one of delivered, bounced, received.')


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_KEY or "\0" in value:
        raise Unreadable(f'"{name}" is missing.')
    return value.strip()


def _body(event: dict[str, Any]) -> str:
    body = event.get("body", "")
    if not isinstance(body, str):
        raise Unreadable('"body" is not a text.')
    return body.replace("\0", "")
