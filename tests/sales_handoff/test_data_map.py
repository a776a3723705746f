"""Nobody adds a column that may speak of a person without saying what becomes of it when they ask to be forgotten."""

import pytest
from django.apps import apps
from django.db import connection, models

from customers.belongings import all_links
from customers.models import (
    Address,
    ContactPoint,
    Customer,
    CustomerNumber,
    Duplicate,
    HouseholdSuggestion,
    Look,
    NameWord,
    RetentionPolicy,
)
from dealership.models import Entry
from recommendations.models import RecordEntry
from sales_handoff.personal import (
    BY_GATE,
    GONE,
    IMPERSONAL,
    NOW,
    OWN_TERM,
    WITH_ITS_CUSTOMER,
    WITH_ORDER,
    accounted,
    heard_of,
)
from tests.cast import AT
from tests.test_architecture import STOREYS

SPEAKS = (models.TextField, models.CharField, models.JSONField, models.FileField)


def columns(table: type[models.Model]) -> set[str]:
    return {
        field.name
        for field in table._meta.concrete_fields
        if isinstance(field, SPEAKS) and not field.choices and not field.generated
    }


def test_every_column_that_may_speak_of_a_person_is_in_the_map() -> None:
    forgotten = [
        f"{table._meta.label}.{name}"
        for app in STOREYS
        for table in apps.get_app_config(app).get_models()
        if "*" not in accounted(table)
        for name in sorted(columns(table) - accounted(table))
    ]

    assert forgotten == [], "say in sales_handoff/personal.py what becomes of it at an erasure"


def test_the_map_names_no_column_that_is_not_there() -> None:
    for table in {*NOW, *WITH_ORDER, *BY_GATE, *IMPERSONAL, *GONE}:
        assert accounted(table) - {"*"} <= {field.name for field in table._meta.concrete_fields}, table


def test_each_table_of_the_map_is_kept_for_a_time_of_its_own_or_goes_with_its_customer() -> None:
    kinds = set(RetentionPolicy.What)
    assert set(OWN_TERM.values()) == kinds - {RetentionPolicy.What.CUSTOMERS}
    assert not OWN_TERM.keys() & WITH_ITS_CUSTOMER
    assert {Customer, Entry, RecordEntry} <= WITH_ITS_CUSTOMER


IDLE = {Customer, Address, ContactPoint, CustomerNumber, Duplicate, HouseholdSuggestion, Look, NameWord}
"""What is known of somebody, or done here about them, without a sign of life of their own."""


def test_every_table_that_holds_a_customer_says_whether_they_were_heard_of() -> None:
    said = {rows.model for rows in heard_of(AT)}
    assert said | IDLE == {link.model for link in all_links()}
    assert said & IDLE == {ContactPoint}, "a text from a number of theirs"


@pytest.mark.django_db
def test_the_gate_blanks_what_the_map_says_and_nothing_else() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(to_regprocedure('erase_kept(bigint, bigint[])'))")
        body = cursor.fetchone()[0]
    updates = [part.split(";")[0] for part in body.split("UPDATE ")[1:]]
    touched = {update.split()[0] for update in updates}

    assert touched == {table._meta.db_table for table in BY_GATE}
    for table, names in BY_GATE.items():
        said = " ".join(update for update in updates if update.split()[0] == table._meta.db_table)
        for name in names:
            assert f"{name} =" in said or f'"{name}" =' in said, f"{table.__name__}.{name}"
