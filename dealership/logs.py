"""What is logged and what never is: no name, phone, e-mail, VIN or link token reaches a log line."""

import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as StructlogMiddleware

PERSONAL = [
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b(?=\w*[A-Z])[A-HJ-NPR-Z0-9]{13}\d{4}\b", re.IGNORECASE), "[vin]"),
    (re.compile(r"/v/[^/\s\"']+"), "/v/[link]"),
    (
        re.compile(
            r"(?<![\w.:-])(?:\+\d{8,15}|(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4})(?![\w:])"  # as kept, as typed
        ),
        "[phone]",
    ),
    (re.compile(r"(?:\b|\\n)DETAIL:.*", re.DOTALL), "[detail]"),  # PostgreSQL quotes the row it refused
]


def without_personal(text: str) -> str:
    """`text` with anything that looks like a person's or a car's identity replaced by its kind in brackets."""
    for pattern, kind in PERSONAL:
        text = pattern.sub(kind, text)
    return text


def scrub(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor but one: cleans every text of the line, whoever wrote it."""
    for key, value in event.items():
        if isinstance(value, str) and key not in {"timestamp", "request_id", "task_id"}:
            event[key] = without_personal(value)
        elif isinstance(value, dict | list | tuple | set):
            event[key] = without_personal(str(value))
    return event


def frames(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type, its scrubbed message and the places it passed: never the values of variables."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    elif isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if not found or not isinstance(found, tuple) or found[0] is None:
        return event
    kind, error, trace = found
    event["exception"] = f"{kind.__module__}.{kind.__qualname__}"
    event["message"] = without_personal(str(error))[:500]
    event["frames"] = _places(trace)
    return event


def _places(trace: TracebackType | None) -> str:
    steps = traceback.extract_tb(trace)[-25:]
    return " > ".join(f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in steps)


class RequestMiddleware(StructlogMiddleware):
    """One line per request, naming the route and never the address as typed: a path or a search may hold a secret."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        found = request.resolver_match
        if found is None:
            return f"{request.method} (no such page)"
        ids = {name: value for name, value in found.kwargs.items() if isinstance(value, int)}
        return f"{request.method} {found.view_name or found.route} {ids or ''}".rstrip()


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _drop_user_agent(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("user_agent", None)
    return event


def configuration(*, readable: bool, level: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING: JSON lines, or coloured text where a person watches the terminal."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
        if readable
        else structlog.processors.JSONRenderer()
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*_shared(), structlog.stdlib.ExtraAdder()],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _drop_user_agent,
            frames,
            scrub,
            renderer,
        ],
    }
    quiet = {"level": "CRITICAL", "handlers": [], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lane": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lane"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The request middleware says the same with the route in place of the path.
            "django.request": quiet,
            "django.security.csrf": quiet,
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "axes": {"level": "ERROR"},
            # One line per task, by django-structlog, is enough; Celery's own says the same twice more.
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "amqp": {"level": "WARNING"},
        },
    }
