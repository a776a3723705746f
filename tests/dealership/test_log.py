"""Logs: what happened, and nothing about whom."""

import json
import logging
from typing import Any

import pytest
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from django.urls import resolve

from dealership import logs

SECRETS = [
    "theo.brandt@example.com",
    "5FPYK3F77JB012345",
    "+1 (415) 555-0142",
    "4155550142",
    "+14155550142",
    "/v/Zk3vQ0r1x9-secret/",
    "duplicate key\nDETAIL:  Key (name)=(Theo Brandt) already exists.",
]


def line(**event: Any) -> str:
    """One log line as production writes it."""
    formatter = logs.configuration(readable=False)["formatters"]["lane"]
    made = formatter.pop("()")(**formatter)
    record = logging.LogRecord("lane", logging.ERROR, "", 0, event.pop("msg", "x"), (), event.pop("exc_info", None))
    for name, value in event.items():
        setattr(record, name, value)
    return made.format(record)


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_personal_is_written_wherever_it_hides(secret: str) -> None:
    try:
        raise ValueError(secret)
    except ValueError as error:
        found = (ValueError, error, error.__traceback__)

    written = line(msg=f"look: {secret}", extra_field=secret, nested={"to": [secret]}, exc_info=found)

    for part in ("theo.brandt", "012345", "555-0142", "5550142", "Zk3vQ0r1x9", "Theo Brandt"):
        assert part not in written
    assert json.loads(written)["exception"] == "builtins.ValueError"
    assert "test_log.py" in json.loads(written)["frames"]


def test_times_prices_and_ids_stay_readable() -> None:
    written = line(msg="order 48217 for 1240.18 at 2026-11-22T06:47:01.359853Z in 0.006472719000157667 s")

    assert "order 48217 for 1240.18 at 2026-11-22T06:47:01.359853Z in 0.006472719000157667 s" in written


def test_a_request_is_named_by_its_route_not_by_what_was_typed() -> None:
    request: HttpRequest = RequestFactory().get("/outbox/?q=5FPYK3F77JB012345")
    request.resolver_match = resolve("/outbox/")

    assert logs.RequestMiddleware.format_request(request) == "GET dealership:outbox"


def test_a_page_that_does_not_exist_is_not_repeated() -> None:
    request = RequestFactory().get("/v/secret/whatever")
    with pytest.raises(Http404):
        resolve("/no/such/page/at/all/")

    assert logs.RequestMiddleware.format_request(request) == "GET (no such page)"
