"""Deals from a file: every line taken or refused by name, twice the same, nobody named, and then nobody is asked."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from customers.models import Customer, CustomerNumber
from dealership.csv_rows import NotAList
from dealership.models import Entry
from sales_handoff.actions import import_list, why_not_ask
from sales_handoff.models import Deal
from tests.cast import AT, Cast, make_customer
from tests.sales_handoff.test_pages import as_, url

pytestmark = pytest.mark.django_db
HEAD = "deal_number,customer_number,opened,sold,lost,fico\n"


@pytest.fixture
def priya(cast: Cast) -> Customer:
    customer = make_customer("Priya", "Raman", phone="")
    CustomerNumber.objects.create(rooftop=cast.north, number="C-1", customer=customer)
    return customer


def take(cast: Cast, text: str, **options: Any) -> Any:
    lines = (HEAD + text).splitlines(keepends=True)
    return import_list("deals", lines=lines, rooftop=cast.north, by=cast.sue, at=AT, filename="d.csv", **options)


def test_each_line_is_taken_or_refused_with_its_number_and_reason(cast: Cast, priya: Customer) -> None:
    report = take(
        cast,
        "D1,C-1,2026-11-01,11/20/2026,,711\n"
        "D2,C-9,2026-11-01,,,\n"
        "D3,C-1,soon,,,\n"
        "D4,C-1,2026-11-01,2026-11-02,2026-11-03,\n"
        "D5,C-1,2026-11-01,2026-10-01,,\n"
        "D1,C-1,2026-11-01,,,\n"
        ",C-1,2026-11-01,,,\n"
        "D6,C-1,2026-11-20,,,\n",
    )

    assert (report.added, report.changed, report.unchanged) == (2, 0, 0)
    assert [(one.line, one.reason) for one in report.refused] == [
        (3, "Customer C-9 is not known at this rooftop."),
        (4, 'opened "soon" is not a date like 2026-11-18.'),
        (5, "A deal is sold or lost, not both."),
        (6, "sold is before opened."),
        (7, "The same deal is on line 2."),
        (8, "deal_number is empty."),
    ]
    assert Deal.objects.get(number="D1").sold_date == date(2026, 11, 20)
    assert len(why_not_ask(priya, policy=None, at=AT)) == 2


def test_the_same_file_changes_nothing_a_later_one_does_and_a_look_writes_nothing(cast: Cast, priya: Customer) -> None:
    line = "D1,C-1,2026-11-01,,,\n"

    assert take(cast, line, dry_run=True).added == 1
    assert not Deal.objects.exists()
    assert not Entry.objects.filter(event="deals.imported").exists()
    take(cast, line)
    assert take(cast, line).unchanged == 1
    assert take(cast, "D1,C-1,2026-11-01,,2026-11-22,\n").changed == 1
    assert Deal.objects.get().lost_date == date(2026, 11, 22)
    assert why_not_ask(priya, policy=None, at=AT + timedelta(days=1)) == []


def test_a_file_without_its_columns_is_none(cast: Cast) -> None:
    with pytest.raises(NotAList, match="no column customer_number, sold"):
        import_list("deals", lines=["deal_number,opened,lost\n"], rooftop=cast.north, by=cast.sue, at=AT)


@pytest.mark.parametrize(("who", "status"), [("sue", 200), ("max", 200), ("sam", 403), ("ada", 403)])
def test_the_page_takes_a_file_from_those_who_keep_it_and_names_nobody(
    cast: Cast, priya: Customer, who: str, status: int
) -> None:
    client = as_(getattr(cast, who))
    file = SimpleUploadedFile("deals.csv", (HEAD + "D1,C-1,2026-11-01,,,\nD2,C-9,2026-11-01,,,\n").encode())

    answer = client.post(url("deals"), {"form_key": str(uuid4()), "file": file})

    assert answer.status_code == status
    assert Deal.objects.exists() == (status == 200)
    if status == 200:
        text = client.get(url("deals")).content.decode() + answer.content.decode()
        assert "1 added, 0 changed, 0 as they were, 1 refused." in text
        assert "Deal D1" in text
        assert "In hand" in text
        assert "Raman" not in text


def test_a_form_without_a_file_says_so(cast: Cast) -> None:
    answer = as_(cast.sue).post(url("deals"), {"form_key": str(uuid4())})

    assert answer.status_code == 422
    assert "Choose the file." in answer.content.decode()
