"""Log-in attempts are counted so that guessing gets nowhere and nobody can lock out somebody else.

Failures count per (e-mail, address, device).  A device on which Ada has logged in before carries a signed cookie that
says so and has a counter of its own; every other device at an address shares the strangers' counter for that e-mail.
So a stranger at the same address uses up only the strangers' tries there, and a stranger elsewhere only those of
elsewhere.
"""

import secrets
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

SALT = "dealership.lockout.device"
KEPT = timedelta(days=180)
MOST_PEOPLE = 25
"""People remembered per device; a shared tablet forgets whoever has not logged in on it for longest."""
STRANGER = "a device not seen before"


def email_typed(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The e-mail being tried, in one spelling, so that ADA@ and ada@ share a counter."""
    typed = (credentials or {}).get("email") or request.POST.get("login") or ""
    return str(typed).replace("\0", "").strip().lower()[:255]


def _mark(email: str) -> str:
    return salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:16]


def _device(request: HttpRequest) -> tuple[str, list[str]]:
    """The device's id and the marks of the people who logged in on it, newest last; a new id when it has none."""
    try:
        name, people = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=KEPT)
    except (signing.BadSignature, ValueError, TypeError):
        return secrets.token_urlsafe(12), []
    return str(name), [str(mark) for mark in people]


def remember_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let `response` tell this device that the owner of `email` logged in on it."""
    name, people = _device(request)
    mark = _mark(email)
    people = [*(known for known in people if known != mark), mark][-MOST_PEOPLE:]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps((name, people), salt=SALT),
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


class KnownDeviceHandler(AxesDatabaseHandler):
    """Counts in the database, with the device in the place where axes keeps the browser's name."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        self._name_device(request, credentials)
        return super().get_failures(request, credentials)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is not None:
            self._name_device(request, credentials)
        super().user_login_failed(sender, credentials, request, **kwargs)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        self._name_device(request, {"email": user.email})
        super().user_logged_in(sender, request, user, **kwargs)

    @staticmethod
    def _name_device(request: HttpRequest, credentials: dict[str, Any] | None) -> None:
        name, people = _device(request)
        known = _mark(email_typed(request, credentials)) in people
        request.axes_user_agent = f"device {name}" if known else STRANGER  # type: ignore[attr-defined]


def page(request: HttpRequest, _original: HttpResponse, _credentials: dict[str, Any] | None = None) -> HttpResponse:
    """What somebody locked out reads: why, for how long, and what they can do now."""
    wait: timedelta = settings.AXES_COOLOFF_TIME
    minutes = int(wait.total_seconds() // 60)
    response = render(request, "account/locked_out.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response
