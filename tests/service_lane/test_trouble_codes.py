"""Trouble codes: a table an admin loads, and what was read from the car."""

import io
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from dealership.models import Entry
from service_lane.actions.codes import Gone, IsFinding, make_finding, record_code, remove_code
from service_lane.actions.inspection import CannotRule, Complete, blockers, complete
from service_lane.actions.trouble_codes import load_codes
from service_lane.models import RecordedCode, TroubleCode
from service_lane.rules.trouble_codes import read_code
from tests.cast import AT, Cast, make_cast
from tests.service_lane.inspected import fill, item, started


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.mark.parametrize("typed", ["P0420", "p0420", " P 0420 ", "P-0420", "p04.20"])
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert read_code(typed) == "P0420"


@pytest.mark.parametrize("typed", ["", "P420", "X0420", "P04200", "P0G20", "P9420", "0420", "PO420"])
def test_what_is_not_a_code_is_not_read(typed: str) -> None:
    assert read_code(typed) is None


def test_hexadecimal_digits_and_all_four_letters_are_codes() -> None:
    assert [read_code(code) for code in ("B1A2F", "C0035", "U3FFF")] == ["B1A2F", "C0035", "U3FFF"]


def test_a_file_is_loaded_bad_rows_are_named_and_the_rest_is_kept(db) -> None:
    lines = [
        '"P0420","Catalyst works\tpoorly"\n',
        '"nonsense","x"\n',
        '"P0421",""\n',
        "P0422,one,two\n",
        "\n",
        '"p0423",Fine',
    ]
    loaded = load_codes(lines=lines, source="Ours", by=None, at=AT)
    assert loaded.codes == 2
    assert loaded.rejected == (
        (2, "'nonsense' is not a trouble code"),
        (3, "P0421 has no description"),
        (4, "3 fields where 2 are expected"),
    )
    assert dict(TroubleCode.objects.values_list("code", "description")) == {
        "P0420": "Catalyst works poorly",
        "P0423": "Fine",
    }
    assert Entry.objects.get(event="trouble_codes.loaded").detail == {"source": "Ours", "codes": 2, "rejected": 3}


def test_a_later_file_brings_descriptions_up_to_date(db) -> None:
    load_codes(lines=['"P0420","Old"'], source="First", by=None, at=AT)
    load_codes(lines=['"P0420","New"', '"P0420","Newest"'], source="Second", by=None, at=AT)
    assert TroubleCode.objects.values_list("code", "description", "source").get() == ("P0420", "Newest", "Second")


def test_the_command_loads_our_own_short_list(db) -> None:
    said = io.StringIO()
    call_command("load_trouble_codes", stdout=said)
    assert TroubleCode.objects.count() >= 40
    assert said.getvalue().strip().endswith("0 rows not taken.")
    assert TroubleCode.objects.get(pk="P0420").source == "Lane's own short list"


def test_the_command_loads_a_file_with_its_source_and_names_bad_rows(db, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes('\ufeff"P1000","Caf\u00e9"\r\n"bad","x"\r\n'.encode())
    said, complained = io.StringIO(), io.StringIO()
    call_command("load_trouble_codes", str(file), "--source", "Bought list", stdout=said, stderr=complained)
    assert TroubleCode.objects.values_list("description", "source").get() == ("Café", "Bought list")
    assert "row 2: 'bad' is not a trouble code" in complained.getvalue()


def test_the_command_says_when_a_file_is_not_there(db) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_trouble_codes", "/nowhere/codes.csv")


def test_a_code_read_from_the_car_keeps_what_the_table_says_that_day(cast: Cast) -> None:
    load_codes(lines=['"P0420","Catalyst works poorly"'], source="Ours", by=None, at=AT)
    inspection = started(cast)
    recorded = record_code(inspection=inspection, code="p0420", by=cast.tess, at=AT)
    load_codes(lines=['"P0420","Something else"'], source="Ours", by=None, at=AT)
    recorded.refresh_from_db()
    assert (recorded.code, recorded.description) == ("P0420", "Catalyst works poorly")
    assert Entry.objects.about(inspection).get(event="trouble_code.recorded").detail["code"] == "P0420"


def test_an_unknown_code_is_kept_and_has_no_description(cast: Cast) -> None:
    recorded = record_code(inspection=started(cast), code="P3ABC", by=cast.tess, at=AT)
    assert (recorded.code, recorded.description) == ("P3ABC", "")


def test_the_same_code_twice_is_one_code(cast: Cast) -> None:
    inspection = started(cast)
    first = record_code(inspection=inspection, code="P0420", by=cast.tess, at=AT)
    assert record_code(inspection=inspection, code="P0420", by=cast.max, at=AT) == first


def test_nonsense_and_a_complete_inspection_take_no_code(cast: Cast) -> None:
    inspection = started(cast)
    with pytest.raises(CannotRule, match="like P0420"):
        record_code(inspection=inspection, code="hello", by=cast.tess, at=AT)
    fill(inspection, cast.tess)
    complete(inspection=inspection, by=cast.tess, at=AT)
    with pytest.raises(Complete):
        record_code(inspection=inspection, code="P0420", by=cast.tess, at=AT)
    assert not RecordedCode.objects.exists()


# --- taken back, or made a finding -----------------------------------------------------------------------------------


def test_a_code_typed_wrong_is_taken_back_and_the_log_keeps_it(cast: Cast) -> None:
    inspection = started(cast)
    code = record_code(inspection=inspection, code="P0420", by=cast.tess, at=AT)
    remove_code(code=code, by=cast.max, at=AT)
    assert not RecordedCode.objects.exists()
    entry = Entry.objects.get(event="trouble_code.removed")
    assert (entry.by, entry.detail["code"], entry.detail["read_by"]) == (cast.max, "P0420", "Tess Tran")
    with pytest.raises(Gone):
        remove_code(code=code, by=cast.max, at=AT)


def test_a_code_becomes_a_finding_of_its_own_once(cast: Cast) -> None:
    inspection = started(cast)
    code = record_code(inspection=inspection, code="P0420", by=cast.tess, at=AT)
    finding = make_finding(code=code, by=cast.tess, at=AT)
    assert make_finding(code=code, by=cast.tess, at=AT) == finding
    assert (finding.name, finding.condition, finding.note) == ("Trouble code P0420", "yellow", code.description)
    assert (finding.section, finding.op_code) == (item(inspection, "warning-lamps").section, "DIAG")
    assert [entry.about_id for entry in Entry.objects.filter(event="trouble_code.made_finding")] == [finding.pk]
    assert any(one.item == finding for one in blockers([finding]))  # it needs a photo of the scan tool, or why not
    with pytest.raises(IsFinding):
        remove_code(code=code, by=cast.tess, at=AT)


def test_codes_of_a_complete_inspection_stay(cast: Cast) -> None:
    inspection = started(cast)
    code = record_code(inspection=inspection, code="P0420", by=cast.tess, at=AT)
    fill(inspection, cast.tess)
    complete(inspection=inspection, by=cast.tess, at=AT)
    for verb in (remove_code, make_finding):
        with pytest.raises(Complete):
            verb(code=code, by=cast.tess, at=AT)
    assert RecordedCode.objects.get() == code


def test_the_page_offers_both_and_only_to_technicians(cast: Cast, client: Client) -> None:
    inspection = started(cast)
    code = record_code(inspection=inspection, code="P0420", by=cast.tess, at=AT)
    remove, finding = (
        reverse(f"service_lane:code-{verb}", args=[inspection.pk, code.pk]) for verb in ("remove", "finding")
    )
    client.force_login(cast.tess)
    page = client.get(inspection.get_absolute_url(), {"section": "inside"}).content.decode()
    assert remove in page
    assert finding in page
    for stranger, status in ((cast.ada, 403), (cast.mallory, 404)):
        client.force_login(stranger)
        for url in (remove, finding):
            assert client.post(url, {"form_key": str(uuid4())}).status_code == status
    client.force_login(cast.tess)
    answer = client.post(finding, {"form_key": str(uuid4()), "section": "inside"})
    made = item(inspection, "code-p0420")
    assert answer.headers["Location"] == made.get_absolute_url()
    answer = client.post(remove, {"form_key": str(uuid4()), "section": "inside"}, follow=True)
    assert "P0420 is a finding, so it stays." in answer.content.decode()
    assert RecordedCode.objects.get() == code
