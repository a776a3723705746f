"""The house itself: what the test set-up promises to every other test."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dealership import audit, outbox
from dealership.celery import app
from dealership.models import Entry, Staff
from dealership.tasks import enqueue


def write_entry() -> None:
    with transaction.atomic():
        staff = Staff.objects.create(email="ada@example.com", name="Ada")
        audit.record("staff.made", about=staff, by=staff, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_append_only_tables_are_emptied_between_tests_with_real_commits() -> None:
    write_entry()

    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_append_only_tables_are_emptied_between_tests_in_either_order() -> None:
    assert Entry.objects.count() == 0
    write_entry()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE dealership_entry SET event = 'x'",
        "DELETE FROM dealership_entry",
        "TRUNCATE dealership_entry CASCADE",
    ],
)
def test_append_only_tables_refuse(change: str) -> None:
    write_entry()

    with pytest.raises(DatabaseError, match="Cannot"), connection.cursor() as cursor:
        cursor.execute(change)

    assert Entry.objects.get().event == "staff.made"


def test_the_browser_reads_a_page(page: Any) -> None:
    page.goto("/accounts/login/")

    assert page.title()


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_answers(celery_worker_process: Any) -> None:
    assert app.control.ping(timeout=5)


def test_tasks_are_remembered_not_sent(queue: list[Any], run_tasks: Callable[[], list[str]], db: None) -> None:

    enqueue(outbox.drain)

    assert run_tasks() == ["dealership.outbox.drain"]
