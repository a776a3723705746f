"""How work is handed to the queue, and the sweep of the ground floor itself."""

from functools import partial
from typing import Any

from celery import Task, shared_task
from django.core.management import call_command
from django.db import transaction


def enqueue(task: "Task[Any, Any]", **ids: int) -> None:
    """Run `task` after commit.

    The row is the message: when the broker is down this is logged and forgotten, and the sweep finds the row.
    """
    transaction.on_commit(partial(task.delay, **ids), robust=True)


@shared_task(name="dealership.sessions.sweep", acks_late=True)
def sweep_sessions() -> None:
    """Delete the sessions that have lapsed: Django leaves them, and whatever a page kept in them, until told to."""
    call_command("clearsessions")
