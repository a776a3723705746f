"""All that is held about one person, as one file: pages to read, and the same content for machines.

Sources: Cal. Civ. Code 1798.110, 1798.130(a)(3)(B)(iii) (portable and readily usable); PIPEDA Sch. 1, 4.9.  Tables are
found by walking foreign keys, so that one added later is in the file without anybody remembering it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from customers.models import Customer, Look, NameWord, PrivacyRequest, Vehicle
from dealership.models import Entry, InboundText, OutboxMessage, Rooftop, Staff
from recommendations.export import Bundle
from sales_handoff.actions.erasing import messages_of, records_of, texts_of
from sales_handoff.models import MinefieldReading, PreparedVisit
from service_lane.models import Photo

type Table = type[models.Model]
type Row = dict[str, Any]

STOREYS = ("dealership", "customers", "service_lane", "recommendations", "sales_handoff")
LEFT_OUT: dict[Table, str] = {
    NameWord: "the words of their name again, folded for finding",
    MinefieldReading: "what a salesperson read of the whole household, so also of others",
    PreparedVisit: "what was looked up ahead of a visit from the rows that are in the file, and of the household",
}
"""Tables with a way to a customer that are not in the file, and why."""
SECRETS = {"token_hash", "form_key", "form_digest"}
"""Columns that are keys to something."""
DEEPEST = 5


@cache
def ways(table: Table) -> tuple[str, ...]:
    """Every way by foreign keys from a row of `table` to a customer: lookups, the direct ones alone where there are
    some.  Nothing for a table that has no way."""
    keys = [
        field
        for field in table._meta.concrete_fields
        if (to := field.related_model) and to._meta.app_label in STOREYS and to is not table
    ]
    if direct := tuple(field.name for field in keys if field.related_model is Customer):
        return direct
    through = [f"{field.name}__{way}" for field in keys for way in ways(field.related_model)]
    return tuple(way for way in through if way.count("__") < DEEPEST)


def tables() -> list[Table]:
    """Every table of ours with a way to a customer."""
    return [table for app in STOREYS for table in apps.get_app_config(app).get_models() if ways(table)]


def held(people: Collection[int]) -> Iterator[tuple[Table, models.QuerySet[Any]]]:
    """Each table with its rows about `people`, the person first and the looks last."""
    yield Customer, Customer.objects.filter(pk__in=people)
    yield Vehicle, Vehicle.objects.filter(ties__customer__in=people).distinct()
    for table in tables():
        if table in LEFT_OUT or table is Look:
            continue
        found = Q()
        for way in ways(table):
            found |= Q(**{f"{way}__in": people})
        yield table, table._default_manager.filter(pk__in=table._default_manager.filter(found).values("pk"))
    yield OutboxMessage, messages_of(people)
    yield InboundText, texts_of(people)
    yield Entry, Entry.objects.filter(about_type=Customer._meta.label_lower, about_id__in=people)
    yield Look, Look.objects.filter(customer__in=people)


def content(customer: Customer) -> list[Row]:
    """The parts of the file in order: title, columns in words, and rows of plain values.  Empty parts are left out."""
    names = dict(Staff.objects.values_list("pk", "name"))
    rooftops = dict(Rooftop.objects.values_list("pk", "name"))
    parts = []
    for table, rows in held(records_of(customer)):
        fields = [
            field
            for field in table._meta.concrete_fields
            if field.name not in SECRETS and not (field.generated and field.name != "name")
        ]
        told = [
            [_plain(field, value, names, rooftops) for field, value in zip(fields, row, strict=True)]
            for row in rows.order_by("pk").values_list(*(field.attname for field in fields))
        ]
        if told:
            title = str(table._meta.verbose_name_plural)
            columns = [str(field.verbose_name) for field in fields]
            parts.append({"title": title[:1].upper() + title[1:], "columns": columns, "rows": told})
    return parts


def _plain(field: Any, value: Any, names: dict[int, str], rooftops: dict[int, str]) -> Any:
    if value is None or value == "":
        return ""
    if field.is_relation:
        to = field.related_model
        if to is Staff:
            return names.get(value, "")
        if to is Rooftop:
            return rooftops.get(value, "")
        return f"{to._meta.verbose_name} {value}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return str(value) if isinstance(value, Decimal) else value


def bundle(customer: Customer, at: datetime) -> Bundle:
    """The file as it stands at `at`: read.html, data.json, and the photos of their cars."""
    parts = content(customer)
    people = records_of(customer)
    whose = Q()
    for way in ways(Photo):
        whose |= Q(**{f"{way}__in": people})
    shown = Photo.objects.filter(whose, status=Photo.Status.READY).exclude(image="").order_by("pk")
    photos = {f"photos/{one.sha256}.jpg": one for one in shown if one.image.storage.exists(one.image.name or "")}
    read = [
        {
            "title": part["title"],
            "rows": [
                [pair for pair in zip(part["columns"], row, strict=True) if pair[1] != ""] for row in part["rows"]
            ],
        }
        for part in parts
    ]
    context = {"customer": customer, "parts": read, "at": at, "photos": list(photos)}
    files = {
        "read.html": render_to_string("sales_handoff/access.html", context).encode(),
        "data.json": DjangoJSONEncoder(ensure_ascii=False, indent=1)
        .encode({"customer": customer.pk, "at": at, "parts": parts})
        .encode(),
    }
    name = f"data-{customer.pk}-{timezone.localdate(at):%Y-%m-%d}.zip"
    return Bundle(name, files, photos, sha256(files["data.json"]).hexdigest(), at)


def asked_for(request: PrivacyRequest) -> bool:
    """Whether the file may be made: they asked to see it, and we know that it is them."""
    return request.kind == PrivacyRequest.Kind.ACCESS and bool(request.verified_how)
