"""The audit trail: every action writes one entry, in its own transaction.

The entry also keeps the one-time key of the form that asked for the action.  Key, effect and answer are therefore one
row in one transaction: they happen together or not at all, and a second post of the same form finds the first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
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


@dataclass(frozen=True)
class LateEntry:
    """The typing in of what first stood on paper: when, by whom, and from which sheet ("" when it bears no number).

    What happened keeps its own time and its own doer; this is what makes the difference plain.
    """

    entered_at: datetime
    entered_by: Staff
    sheet: str = ""

    def as_facts(self) -> dict[str, Any]:
        """For a record that keeps plain data."""
        return {"at": self.entered_at.astimezone(UTC), "by": self.entered_by.name, "sheet": self.sheet}


class OutsideTransaction(RuntimeError):
    """An audit entry was asked for outside a transaction, where it could survive without its effect."""


_sent_form: ContextVar[SentForm | None] = ContextVar("sent_form", default=None)
_late: ContextVar[LateEntry | None] = ContextVar("late_entry", default=None)


@contextmanager
def answering(form: SentForm) -> Iterator[None]:
    """Within this block the first entry recorded carries the form's key."""
    token = _sent_form.set(form)
    try:
        yield
    finally:
        _sent_form.reset(token)


@contextmanager
def entering_late(late: LateEntry | None) -> Iterator[None]:
    """Within this block everything recorded says that it was entered late; None changes nothing.

    The actions inside are given the time on the paper as `at`.
    """
    token = _late.set(late)
    try:
        yield
    finally:
        _late.reset(token)


def late_entry() -> LateEntry | None:
    """How what happens here is being entered, when that is late; None at the counter's own time."""
    return _late.get()


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
    form, late = _sent_form.get(), _late.get()
    if form is not None:
        _sent_form.set(None)
    if late and late.sheet:
        detail["sheet"] = late.sheet
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
        entered_at=late.entered_at if late else None,
        entered_by=late.entered_by if late else None,
        detail=detail,
        form_key=form.key if form else None,
        form_digest=form.digest if form else "",
        answer=(form.answer or (page() if page else "")) if form else "",
    )
