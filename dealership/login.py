"""How staff log in: no sign-up, e-mail and password, and a lapsed session that never lands inside a card."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from dealership import lockout
from dealership.models import Staff


class StaffAdapter(DefaultAccountAdapter):
    """Staff are made in the admin; whoever gets in marks the device as theirs."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail and this password do not belong together."
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Staff, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        lockout.remember_device(request, response, user.email)
        return response


def display_name(staff: Staff) -> str:
    return staff.name


class LapsedSessionMiddleware:
    """Answers htmx with a redirect of the whole page when the answer would be the log-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        htmx = getattr(request, "htmx", None)
        if not htmx or response.status_code != 302:
            return response
        login = resolve_url(settings.LOGIN_URL)
        if urlsplit(response.headers["Location"]).path != login:
            return response
        back = QueryDict(mutable=True)
        back[REDIRECT_FIELD_NAME] = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(f"{login}?{back.urlencode(safe='/')}")
