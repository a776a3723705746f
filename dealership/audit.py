"""The audit trail: every action writes one entry, in its own transaction.

The entry also keeps the one-time key of the form that asked for the action.  Key, effect and answer are therefore one
row in one transaction: they happen together or not at all, and a second post of the same form finds the first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from dealership.models import Entry, Rooftop, Staff


@dataclass(frozen=True)
class SentForm:
    """The form being answered: its one-time key and a digest of what was typed."""

    key: UUID
    digest: str
    answer: str = ""


class OutsideTransaction(RuntimeError):
    """An audit entry was asked for outside a transaction, where it could survive without its effect."""


_sent_form: ContextVar[SentForm | None] = ContextVar("sent_form", default=None)


@contextmanager
def answering(form: SentForm) -> Iterator[None]:
    """Within this block the first entry recorded carries the form's key."""
    token = _sent_form.set(form)
    try:
        yield
    finally:
        _sent_form.reset(token)


def record(
    event: str,
    *,
    about: models.Model,
    by: Staff | None,
    at: datetime,
    rooftop: Rooftop | None = None,
    by_name: str = "",
    **detail: Any,
) -> Entry:
    """Write one audit entry and return it.

    `event` is noun.verb ("handoff.claimed"); `by` is None for a customer or a task, who are then named by `by_name`.
    Raises OutsideTransaction outside `atomic`.  Costs one INSERT.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(event)
    form = _sent_form.get()
    if form is not None:
        _sent_form.set(None)
    page = getattr(about, "get_absolute_url", None)
    return Entry.objects.create(
        event=event,
        rooftop_id=rooftop.pk if rooftop else getattr(about, "rooftop_id", None),
        about_type=about._meta.label_lower,
        about_id=about.pk,
        about_label=str(about),
        by=by,
        by_name=by.name if by else by_name or "Lane",
        at=at,
        detail=detail,
        form_key=form.key if form else None,
        form_digest=form.digest if form else "",
        answer=(form.answer or (page() if page else "")) if form else "",
    )
