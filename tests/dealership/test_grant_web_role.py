"""The web's database role: reads and writes every table, and cannot rewrite history even with the triggers gone."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from dealership.management.commands.grant_web_role import is_written_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_web() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lane_web")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def may(table: str, right: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('lane_web', %s, %s)", [table, right])
        return bool(cursor.fetchone()[0])


def test_every_table_is_readable_and_takes_rows() -> None:
    for model in apps.get_models():
        if model._meta.managed:
            table = f'"{model._meta.db_table}"'
            assert may(table, "SELECT"), table
            assert may(table, "INSERT"), table
            assert not may(table, "TRUNCATE"), table


def test_append_only_tables_are_found_and_take_no_changes() -> None:
    written_once = [model for model in apps.get_models() if is_written_once(model)]

    assert "dealership_entry" in {model._meta.db_table for model in written_once}
    for model in written_once:
        assert not may(model._meta.db_table, "UPDATE"), model
        assert not may(model._meta.db_table, "DELETE"), model


def test_the_web_cannot_change_the_audit_trail(as_web: None) -> None:
    for refused in ("UPDATE dealership_entry SET event = 'x'", "DELETE FROM dealership_entry"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(refused)


def test_the_web_cannot_drop_the_trigger_that_guards_it(as_web: None) -> None:
    with (
        pytest.raises(ProgrammingError, match="must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE dealership_entry DISABLE TRIGGER ALL")
