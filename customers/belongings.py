"""What hangs on a record: every column of every app that holds a customer's id."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from customers.models import Customer, Duplicate, Merge, NameWord

TRAIL: tuple[type[models.Model], ...] = (Merge, Duplicate, NameWord)
"""The trail of merging itself, and the words that are written anew from the names: those are nobody's belongings."""
CALLED = {
    "tie": "car",
    "ties": "cars",
    "contact point": "phone or e-mail",
    "contact points": "phones and e-mails",
    "customer number": "DMS number",
    "customer numbers": "DMS numbers",
}
"""What a table is called at the counter."""


def all_links() -> Iterator[models.ForeignKey[Any, Any]]:
    """The foreign keys to a customer in all apps, those without a name on the customer too; the records' own first."""
    fields = Customer._meta.get_fields(include_hidden=True)
    found = [one.field for one in fields if isinstance(one, models.ManyToOneRel)]
    yield from sorted(found, key=lambda link: (link.model is not Customer, link.model._meta.db_table, link.name))


def links() -> Iterator[models.ForeignKey[Any, Any]]:
    """Those whose rows may change hands."""
    for link in all_links():
        if not issubclass(link.model, TRAIL) and not is_written_once(link.model):
            yield link


def is_written_once(model: type[models.Model]) -> bool:
    return any(trigger.name == "append_only" for trigger in getattr(model._meta, "triggers", ()))


def key_of(link: models.ForeignKey[Any, Any]) -> str:
    """The table and column of a link, as a merge keeps it."""
    return f"{link.model._meta.db_table}.{link.column}"


def counted(customer: Customer) -> list[tuple[int, str]]:
    """How many of what hangs on a record, like (3, "repair orders"), one query a table; what is none is left out."""
    found: dict[type[models.Model], int] = {}
    for link in links():
        if link.model is not Customer:
            rows = link.model._base_manager.filter(**{link.name: customer})
            found[link.model] = found.get(link.model, 0) + rows.count()
    return [(number, _called(model, number)) for model, number in found.items() if number]


def _called(model: type[models.Model], number: int) -> str:
    name = str(model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural)
    return CALLED.get(name, name)
