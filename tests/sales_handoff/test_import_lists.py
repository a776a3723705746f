"""Stock, programs, needs and sales come in from files: bad lines are named, twice is once, and what left is marked."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from dealership.csv_rows import NotAList
from dealership.models import Entry, Staff
from sales_handoff.actions import end_need, import_list
from sales_handoff.actions.imports import LISTS, Report
from sales_handoff.actions.wanting import CannotWant
from sales_handoff.models import ImportedFile, Program, Sale, StockNeed, StockUnit
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db

STOCK = "stock_number,condition,year,make,model,trim,body,seats,drive,miles,price"
FIT = "n1042,used,2017,Honda,Fit,LX,hatch,5,fwd,84300,$6490"
CRV = "N1074,Certified,2021,Honda,CR-V,EX,SUV,5,AWD,41700,24600"
PROGRAMS = (
    "name,kind,condition,make,model,months,apr,money_factor,residual_percent,due_at_signing,miles_a_year,"
    "cents_a_mile_over,from_date,until_date"
)
LOAN = "Used rate,apr,used,,,60,7.9%,,,,,,2026-11-01,2026-12-31"
LEASE = "Civic lease,lease,new,Honda,Civic,36,,0.00125,58,1500,12000,15,2026-11-01,2026-12-31"
NEEDS = "make,model,year_from,year_to,most_miles,pays,until_date,note"
NEED = "Honda,CR-V,2015,2018,120000,11000,2026-12-20,A customer waits"
SALES = "year,make,model,trim,miles,price,date"
SALE = "2017,Honda,CR-V,EX,88000,12400,2026-09-14"
GOOD = {"stock": (STOCK, FIT), "programs": (PROGRAMS, LOAN), "needs": (NEEDS, NEED), "sales": (SALES, SALE)}


def take(cast: Cast, kind: str, *lines: str, **options: Any) -> Report:
    return import_list(kind, lines=lines, rooftop=cast.north, at=AT, by=cast.sue, filename=f"{kind}.csv", **options)


def as_(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_comes_in_names_itself_on_its_rows_and_the_same_again_changes_nothing(cast: Cast, kind: str) -> None:
    assert take(cast, kind, *GOOD[kind]).added == 1

    row = LISTS[kind].model.objects.get()
    assert (row.file.name, row.file.by, row.rooftop) == (f"{kind}.csv", cast.sue, cast.north)
    assert Entry.objects.get(event=f"{kind}.imported").detail["added"] == 1
    before = LISTS[kind].model.objects.values().get()
    again = take(cast, kind, *GOOD[kind])
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert LISTS[kind].model.objects.values().get() == before


@pytest.mark.parametrize("kind", GOOD)
def test_a_dry_run_says_what_would_happen_and_writes_nothing(cast: Cast, kind: str) -> None:
    assert take(cast, kind, *GOOD[kind], dry_run=True).added == 1
    assert not LISTS[kind].model.objects.exists()
    assert not ImportedFile.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("kind", "line", "reason"),
    [
        ("stock", FIT.replace("hatch", "coupe"), 'body "coupe" is none of sedan, suv, truck, van, hatch.'),
        ("stock", FIT.replace("used", "old"), 'condition "old" is none of new, certified, used.'),
        ("stock", FIT.replace("84300", ""), "miles is empty, and the car is not new."),
        ("stock", FIT.replace("$6490", "0"), "price is zero."),
        ("stock", FIT.replace(",5,", ",0,"), "seats 0 is no number of seats."),
        ("stock", FIT.replace("n1042", ""), "stock_number is empty."),
        ("programs", LOAN.replace("7.9%", ""), "apr is empty."),
        ("programs", LOAN.replace("7.9%", "-1"), 'apr "-1" is not a percentage.'),
        ("programs", LEASE.replace("0.00125", "3"), 'money_factor "3" is not a number below 1.'),
        ("programs", LEASE.replace("12000", ""), "miles_a_year is empty."),
        ("programs", LOAN.replace("2026-12-31", "2026-10-31"), "until_date 2026-10-31 is before from_date 2026-11-01."),
        ("programs", LOAN.replace(",60,", ",0,"), "months 0 is no term of 1 to 96."),
        ("needs", NEED.replace("2018", "2014"), "year_to 2014 is before year_from 2015."),
        ("needs", NEED.replace("11000", "0"), "pays is zero."),
        ("needs", NEED.replace("2026-12-20", "soon"), 'until_date "soon" is not a date like 2026-11-18.'),
        ("sales", SALE.replace("12400", "12"), "price 12.00 is no price of a car."),
        ("sales", SALE.replace("88000", "3000000"), "miles 3,000,000 are too many."),
    ],
)
def test_a_bad_line_is_named_and_the_rest_come_in(cast: Cast, kind: str, line: str, reason: str) -> None:
    report = take(cast, kind, GOOD[kind][0], line, GOOD[kind][1])

    assert report.added == 1
    assert [(one.line, one.reason) for one in report.refused] == [(2, reason)]


def test_a_full_stock_file_marks_what_it_no_longer_holds_and_a_car_that_comes_back_is_here(cast: Cast) -> None:
    take(cast, "stock", STOCK, FIT, CRV)

    assert take(cast, "stock", STOCK, FIT, is_full=True, dry_run=True).gone == 1
    assert StockUnit.objects.here().count() == 2
    assert take(cast, "stock", STOCK, FIT, is_full=True).gone == 1
    assert StockUnit.objects.get(stock_number="N1074").gone_at == AT
    assert take(cast, "stock", STOCK, FIT, is_full=True).gone == 0
    assert take(cast, "stock", STOCK, CRV).changed == 1
    assert StockUnit.objects.here().count() == 2


def test_a_car_on_a_refused_line_is_not_gone_nor_is_one_of_another_rooftop(cast: Cast) -> None:
    take(cast, "stock", STOCK, FIT, CRV)
    import_list("stock", lines=[STOCK, CRV], rooftop=cast.river, at=AT, by=cast.gus)

    report = take(cast, "stock", STOCK, FIT, CRV.replace("24600", "call us"), is_full=True)

    assert (report.gone, len(report.refused)) == (0, 1)
    assert StockUnit.objects.here().count() == 3


def test_a_full_file_of_which_nothing_can_be_taken_marks_nothing_gone(cast: Cast) -> None:
    take(cast, "stock", STOCK, FIT)

    with pytest.raises(NotAList, match="no car was marked gone"):
        take(cast, "stock", STOCK, CRV.replace("24600", "?"), is_full=True)
    with pytest.raises(NotAList, match="no column stock_number"):
        take(cast, "stock", "make,model", "Honda,Fit", is_full=True)
    assert StockUnit.objects.here().count() == 1


def test_a_later_file_changes_a_price_and_an_ended_need_is_wanted_again(cast: Cast) -> None:
    take(cast, "stock", STOCK, FIT)
    take(cast, "needs", NEEDS, NEED)
    end_need(need=StockNeed.objects.get(), by=cast.sue, at=AT)
    with pytest.raises(CannotWant):
        end_need(need=StockNeed.objects.get(), by=cast.sue, at=AT)

    assert take(cast, "stock", STOCK, FIT.replace("$6490", "5,990")[:-5] + "5990").changed == 1
    assert take(cast, "needs", NEEDS, NEED).changed == 1
    assert StockUnit.objects.get().price == Decimal(5990)
    assert StockNeed.objects.open(AT.date()).count() == 1


def test_the_database_refuses_what_no_action_would_write(cast: Cast) -> None:
    for kind in GOOD:
        take(cast, kind, *GOOD[kind])
    for broken in (
        lambda: StockUnit.objects.update(price=0),
        lambda: StockUnit.objects.update(seats=0),
        lambda: StockNeed.objects.update(year_to=1990),
        lambda: Program.objects.update(until_date=date(2020, 1, 1)),
        lambda: Sale.objects.update(price=0),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()
    with pytest.raises(DatabaseError, match="append"), transaction.atomic():
        ImportedFile.objects.update(name="another.csv")


def test_the_command_takes_each_kind_and_a_full_stock(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(cast, "stock", STOCK, CRV)
    file = tmp_path / "stock.csv"
    file.write_text(f"{STOCK}\n{FIT}\n", encoding="utf-8")

    call_command("import_list", "stock", str(file), "--rooftop", "NORTH", "--full", "--dry-run")
    call_command("import_list", "stock", str(file), "--rooftop", "NORTH", "--full")

    assert capsys.readouterr().out.splitlines() == [
        "would be added 1, would be changed 0, unchanged 0, refused 0, would be gone 1",
        "added 1, changed 0, unchanged 0, refused 0, gone 1",
    ]


# --- the pages -------------------------------------------------------------------------------------------------------


def upload(client: Client, kind: str, *lines: str, **typed: str) -> Any:
    file = SimpleUploadedFile(f"{kind}.csv", "\n".join(lines).encode(), content_type="text/csv")
    return client.post(reverse(f"sales_handoff:{kind}"), {"form_key": str(uuid4()), "file": file, **typed})


@pytest.mark.parametrize("kind", GOOD)
def test_each_list_has_a_page_for_its_keepers_alone(cast: Cast, kind: str) -> None:
    address = reverse(f"sales_handoff:{kind}")

    assert as_(cast.sam).get(address).status_code == 403
    assert as_(cast.ada).get(address).status_code == 403
    assert "stays unknown" not in as_(cast.sue).get(address).content.decode()
    assert upload(as_(cast.sam), kind, *GOOD[kind]).status_code == 403
    text = upload(as_(cast.sue), kind, *GOOD[kind], "nonsense").content.decode()
    assert "1 added" in text
    assert "1 refused" in text
    assert LISTS[kind].model.objects.count() == 1
    assert LISTS[kind].model.objects.get().file.by == cast.sue


def test_the_whole_stock_is_said_on_the_page_and_only_there(cast: Cast) -> None:
    take(cast, "stock", STOCK, CRV)

    assert "1 marked gone" in upload(as_(cast.sue), "stock", STOCK, FIT, is_full="on").content.decode()
    assert "Gone since" in as_(cast.sue).get(reverse("sales_handoff:stock")).content.decode()
    assert 'name="is_full"' not in as_(cast.sue).get(reverse("sales_handoff:programs")).content.decode()


TYPED = {
    "make": "honda",
    "model": "Cr-V",
    "year_from": "2015",
    "year_to": "2018",
    "most_miles": "120000",
    "pays": "11000",
    "until_date": (date.today() + timedelta(days=20)).isoformat(),  # noqa: DTZ011  the page compares with today
}


def want(staff: Staff, **typed: str) -> Any:
    return as_(staff).post(reverse("sales_handoff:need-add"), {"form_key": str(uuid4()), **TYPED, **typed})


def test_a_need_is_typed_and_stopped_by_a_keeper_of_that_rooftop(cast: Cast) -> None:
    assert want(cast.sam).status_code == 403
    assert want(cast.sue).status_code == 302
    need = StockNeed.objects.get()
    assert (need.make, need.model, need.by, need.rooftop) == ("HONDA", "CR-V", cast.sue, cast.north)
    assert want(cast.sue, pays="12000").status_code == 302
    assert StockNeed.objects.get().pays == Decimal(12000)

    def stop(staff: Staff) -> int:
        return (
            as_(staff).post(reverse("sales_handoff:need-stop", args=[need.pk]), {"form_key": str(uuid4())}).status_code
        )

    assert stop(cast.mallory) == 403
    assert stop(cast.sue) == 302
    assert stop(cast.sue) == 409
    assert StockNeed.objects.get().ended_at is not None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"year_to": "2014"}, "The last model year must be at least the first."),
        ({"until_date": "2020-01-01"}, "That day has passed."),
        ({"pays": "0"}, "Type what we would pay."),
        ({"most_miles": "few"}, "Type miles like 90000."),
    ],
)
def test_a_need_that_cannot_be_says_why_and_keeps_what_was_typed(
    cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    answer = want(cast.sue, **typed)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert 'value="Cr-V"' in answer.content.decode()
    assert not StockNeed.objects.exists()


@pytest.mark.parametrize("kind", ["stock", "needs"])
def test_a_list_asks_as_little_for_a_full_page_as_for_one_row(
    cast: Cast, kind: str, django_assert_max_num_queries: Any
) -> None:
    header, line = GOOD[kind]

    def count() -> int:
        with django_assert_max_num_queries(30) as queries:
            as_(cast.sue).get(reverse(f"sales_handoff:{kind}"))
        return len(queries)

    take(cast, kind, header, line)
    one = count()
    more = (line.replace("n1042", f"M{n}").replace("CR-V", f"CR-V {n}") for n in range(49))
    take(cast, kind, header, *more)
    assert count() == one
