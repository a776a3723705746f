"""How work is handed to the queue."""

from functools import partial
from typing import Any

from celery import Task
from django.db import transaction


def enqueue(task: "Task[Any, Any]", **ids: int) -> None:
    """Run `task` after commit.

    The row is the message: when the broker is down this is logged and forgotten, and the sweep finds the row.
    """
    transaction.on_commit(partial(task.delay, **ids), robust=True)
