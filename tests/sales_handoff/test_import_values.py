"""A value guide comes in from a file: bad lines are named and stop nothing, the same file twice changes nothing."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dealership.csv_rows import NotAList
from dealership.models import Entry
from sales_handoff.actions import import_list
from sales_handoff.actions.imports import Report
from sales_handoff.models import ValueGuideRow
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db

HEADER = "make,model,year,trim,miles,low,high,dollars_per_1000_miles,source,as_of_date"
GOOD = [
    HEADER,
    "Honda,Fit,2017,,120000,3400,5100,20.00,Guide,2026-11-18",
    'honda,  cr-v ,2018,EX,78000,"$13,100","15,500.00",64,Guide,11/18/2026',
]


def take(cast: Cast, lines: list[str], **options: bool) -> Report:
    return import_list("values", lines=lines, rooftop=cast.north, at=AT, by=cast.max, filename="guide.csv", **options)


def test_a_guide_comes_in_with_names_folded_and_both_ways_to_write_a_date(cast: Cast) -> None:
    report = take(cast, GOOD)

    assert (report.added, report.changed, report.unchanged, report.refused) == (2, 0, 0, [])
    row = ValueGuideRow.objects.get(model="CR-V")
    assert (row.make, row.trim, row.low, row.high) == ("HONDA", "EX", Decimal("13100.00"), Decimal("15500.00"))
    assert row.as_of_date == date(2026, 11, 18)
    assert Entry.objects.get(event="values.imported").detail["added"] == 2


def test_the_same_file_twice_changes_nothing_and_a_later_one_updates(cast: Cast) -> None:
    take(cast, GOOD)
    before = list(ValueGuideRow.objects.order_by("pk").values())

    assert take(cast, GOOD).unchanged == 2
    assert list(ValueGuideRow.objects.order_by("pk").values()) == before

    report = take(cast, [HEADER, "HONDA,FIT,2017,,120000,3000,4700,20,Guide,2026-12-18"])
    assert (report.added, report.changed) == (0, 1)
    assert ValueGuideRow.objects.get(model="FIT").low == Decimal("3000.00")


def test_a_dry_run_says_what_would_happen_and_writes_nothing(cast: Cast) -> None:
    assert take(cast, GOOD, dry_run=True).added == 2
    assert not ValueGuideRow.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Honda,,2017,,1,1,2,0,Guide,2026-11-18", "model is empty."),
        ("Honda,Fit,seventeen,,1,1,2,0,Guide,2026-11-18", 'year "seventeen" is not a whole number.'),
        ("Honda,Fit,2717,,1,1,2,0,Guide,2026-11-18", "year 2717 is not a model year."),
        ("Honda,Fit,2017,,1,5,2,0,Guide,2026-11-18", "high 2.00 is below low 5.00."),
        ("Honda,Fit,2017,,1,NaN,2,0,Guide,2026-11-18", 'low "NaN" is not an amount.'),
        ("Honda,Fit,2017,,1,1,2,0,,2026-11-18", "source is empty."),
        ("Honda,Fit,2017,,1,1,2,0,Guide,yesterday", 'as_of_date "yesterday" is not a date like 2026-11-18.'),
        ("Honda,Fit", "year is empty."),
    ],
)
def test_a_bad_line_is_named_and_the_rest_come_in(cast: Cast, line: str, reason: str) -> None:
    report = take(cast, [HEADER, line, *GOOD[1:]])

    assert report.added == 2
    assert [(one.line, one.reason) for one in report.refused] == [(2, reason)]


def test_the_same_car_twice_in_one_file_is_taken_once(cast: Cast) -> None:
    report = take(cast, [*GOOD, GOOD[1]])

    assert report.added == 2
    assert report.refused[0].reason == "The same car from the same source is on line 2."


def test_a_file_that_is_no_guide_is_refused_whole(cast: Cast) -> None:
    with pytest.raises(NotAList, match="high, source, as_of_date"):
        take(cast, ["make,model,year,miles,low", "Honda,Fit,2017,1,2"])
    assert not ValueGuideRow.objects.exists()


def test_the_command_takes_a_file_names_bad_lines_and_refuses_what_is_not_there(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "guide.csv"
    file.write_text("\ufeff" + "\n".join([*GOOD, "Honda,Fit,x,,1,1,2,0,Guide,2026-11-18"]), encoding="utf-8")

    call_command("import_values", str(file), "--rooftop", "NORTH", "--dry-run")
    assert not ValueGuideRow.objects.exists()
    call_command("import_values", str(file), "--rooftop", "NORTH")

    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "added 2, changed 0, unchanged 0, refused 1"
    assert 'line 4: year "x" is not a whole number.' in said.err
    assert Entry.objects.get(event="values.imported").by_name == "manage.py import_values"
    with pytest.raises(CommandError, match="no rooftop SOUTH"):
        call_command("import_values", str(file), "--rooftop", "SOUTH")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_values", str(tmp_path / "none.csv"), "--rooftop", "NORTH")
