"""Who asks sees all that is held about them, as one file, and nothing of anybody else."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from customers import actions
from customers.models import Customer, Look, PrivacyRequest
from dealership.models import Entry
from sales_handoff import access
from tests.cast import AT, Cast, make_customer
from tests.sales_handoff.rich_life import EMAIL, LAST, PHONE, PLATE, STREET, WORDS, rich_life
from tests.sales_handoff.test_pages import as_
from tests.test_architecture import STOREYS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def asked(cast: Cast, customer: Customer, **fields: Any) -> PrivacyRequest:
    given = {"kind": "access", "verified_how": "Knew the last bill"} | fields
    return actions.record_privacy_request(
        customer=customer, rooftop=cast.north, asked_how="call", asked_at=AT, by=cast.max, at=AT, **given
    )


def file_of(answer: Any) -> dict[str, bytes]:
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_every_table_with_a_way_to_a_customer_is_in_it_or_left_out_for_a_reason() -> None:
    """A table that is added later is found by its foreign keys: here they are looked for another way."""

    def leads(table: Any, seen: frozenset[Any] = frozenset()) -> bool:
        keys = [field.related_model for field in table._meta.concrete_fields if field.is_relation]
        return any(to is Customer or (to not in seen and leads(to, seen | {to})) for to in keys)

    models = [table for app in STOREYS for table in apps.get_app_config(app).get_models()]
    expected = {table for table in models if leads(table)}

    shown = {table for table, _ in access.held([1])}

    assert expected - shown == set(access.LEFT_OUT)
    assert all(access.LEFT_OUT.values())


def test_all_of_a_rich_life_is_there_to_read_and_for_machines(cast: Cast) -> None:
    customer = rich_life(cast)
    request = asked(cast, customer)

    answer = as_(cast.max).post(reverse("sales_handoff:access", args=[request.pk]))

    files = file_of(answer)
    assert answer["Content-Disposition"] == f'attachment; filename="data-{customer.pk}-2026-11-23.zip"'
    data = json.loads(files["data.json"])
    by_title = {part["title"]: part for part in data["parts"]}
    for title in (
        *("Customers", "Vehicles", "Contact points", "Addresses", "Consents", "Feedback", "Complaints", "Purchases"),
        *("Check ins", "Follow-throughs", "Referrals", "Repair orders", "Concerns", "Inspections", "Photos", "Ties"),
        *("Presentations", "Decisions", "Invoices", "Record entries", "Evaluations", "Asks", "Hand-offs", "Deals"),
        *("Outbox messages", "Inbound texts", "Follow ups", "Appointments", "Looks", "Entries", "Signatures"),
    ):
        assert by_title[title]["rows"], title
    text = files["data.json"].decode()
    page = files["read.html"].decode()
    for held in (LAST, PHONE, EMAIL, STREET, PLATE, WORDS, "Ask me how it went."):
        assert held in text, held
        assert held in page, held
    assert len([name for name in files if name.startswith("photos/")]) == 1
    looks = by_title["Looks"]
    assert len(looks["rows"]) == Look.objects.filter(customer__in=customer.records).count() == 4
    assert {row[looks["columns"].index("by")] for row in looks["rows"]} == {"Ada Kim", "Max Ruiz"}
    assert Entry.objects.about(request).filter(event="privacy.file_made").count() == 1
    assert customer.looks.filter(why=str(request)).exists()


def test_nobody_else_is_in_it(cast: Cast) -> None:
    """Neither who lives with them, nor whom they sent, nor how staff are reached, nor a key to anything."""
    customer = rich_life(cast)
    files = file_of(as_(cast.max).post(reverse("sales_handoff:access", args=[asked(cast, customer).pk])))
    text = (files["data.json"] + files["read.html"]).decode()
    for other in ("Nora", "Feld", "Ines", "4155550199", "@lane.example", "token_hash", "token hash", "form_key"):
        assert other not in text, other


def test_it_is_made_once_we_know_who_asks(cast: Cast) -> None:
    theo = make_customer()
    request = asked(cast, theo, verified_how="")
    answer = as_(cast.max).post(reverse("sales_handoff:access", args=[request.pk]))
    assert answer.url == request.get_absolute_url()
    erasure = asked(cast, theo, kind="erasure")
    assert as_(cast.max).post(reverse("sales_handoff:access", args=[erasure.pk])).status_code == 404
    assert not Entry.objects.filter(event="privacy.file_made").exists()


@pytest.mark.parametrize(("who", "code"), [("gus", 200), ("ada", 403), ("sam", 403), ("tess", 403)])
def test_the_office_makes_it_and_nobody_else(cast: Cast, who: str, code: int) -> None:
    url = reverse("sales_handoff:access", args=[asked(cast, make_customer()).pk])
    assert as_(getattr(cast, who)).post(url).status_code == code
    assert as_(getattr(cast, who)).get(url).status_code == 405


def test_somebody_with_nothing_but_a_name_gets_a_file_too(cast: Cast) -> None:
    files = file_of(as_(cast.max).post(reverse("sales_handoff:access", args=[asked(cast, make_customer(phone="")).pk])))
    assert "Theo Brandt" in files["read.html"].decode()
