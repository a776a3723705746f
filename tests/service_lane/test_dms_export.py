"""An export as a whole, without a database: the truth beside the demonstration file, and files that are no exports."""

import csv
import io
import json
import tracemalloc
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_lane.dms import COLUMNS, Export, Line, NotAnExport, Rejected, Repeated

DEMO = Path(__file__).resolve().parents[2] / "service_lane" / "demo"
ROW = {
    "RONumber": "400000", "OpenDate": "05/15/2021", "OpenTime": "07:05", "ClosedDate": "05/15/2021",
    "PromisedDate": "05/15/2021", "PromisedTime": "11:30", "WaiterFlag": "Y", "StatusCode": "C",
    "ServiceAdvisor": "1188 BELL,RACHEL", "CustNo": "100440", "Name1": "Smith, Michael", "Address": "1 OAK ST",
    "CityStateZip": "BELL, CA 90201", "ContactPhoneNumber": "781-531-0027", "ContactEmailAddress": "ms@example.com",
    "BlockAutoMsg": "N", "VIN": "1FT4E3EL0CE250589", "Year": "2012", "MakeDesc": "FORD", "ModelDesc": "E-350",
    "LicenseNumber": "UVR2227", "Mileage": "133,969", "MileageOut": "133970", "ComebackFlag": "N", "linLineCode": "A",
    "linServiceRequest": "60K SERVICE", "linCause": "", "linStoryText": "", "lbrOpCode": "30TRANS",
    "lbrOpCodeDesc": "DRAIN AND FILL", "lbrLaborType": "C", "lbrTechNo": "T21", "lbrSoldHours": "0.8",
    "lbrSale": "139.20", "prtExtendedSale": "95.18", "mlsSale": "", "totRoTax": "6.90",
}  # fmt: skip


def written(*rows: dict[str, str], columns: list[str] | None = None) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    return text.getvalue().encode()


def read(content: bytes) -> list:
    return list(Export(io.BytesIO(content)))


HEADER = written()


def test_the_demonstration_export_reads_as_its_truth_says() -> None:
    truth = json.loads((DEMO / "ro_export.truth.json").read_text())
    with (DEMO / "ro_export.csv").open("rb") as stream:
        rows = list(Export(stream))
    lines = [row for row in rows if isinstance(row, Line)]
    orders = {line.order.number: line.order for line in lines}
    sums: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if line.order.status != "void":
            for what in ("labor", "parts", "misc"):
                sums[what, line.pay_type] += getattr(line, what)
            sums["tax", ""] += line.tax

    assert len(rows) == truth["data_rows"]
    assert [{"row": row.row, "reason": row.reason} for row in rows if isinstance(row, Rejected)] == truth["rejected"]
    assert sum(isinstance(row, Repeated) for row in rows) == truth["duplicate_rows"]
    assert len(orders) == truth["ros"]
    assert sum(order.status == "void" for order in orders.values()) == truth["void_ros"]
    assert len({order.vin for order in orders.values()} - {""}) == truth["vins"]
    assert sum(not order.vin for order in orders.values()) == truth["no_vin_ros"]
    assert len({order.customer_number for order in orders.values()}) == truth["customers_numbers"]
    blocked = {order.customer_number for order in orders.values() if order.do_not_message}
    assert len(blocked) == truth["block_customers"]
    for what in ("labor", "parts", "misc"):
        assert {pay_type: sums[what, pay_type] for pay_type in "CWI"} == {
            pay_type: Decimal(dollars) for pay_type, dollars in truth[what].items()
        }
    assert sums["tax", ""] == Decimal(truth["tax"])


def test_one_row_is_read_into_an_order_and_a_line() -> None:
    [line] = read(written({}))
    assert line.order.opened.isoformat() == "2021-05-15T07:05:00"
    assert (line.order.waits, line.order.comeback, line.order.odometer_in) == (True, False, 133969)
    assert (line.code, line.pay_type, line.labor, line.misc, line.tax) == (
        "A", "C", Decimal("139.20"), Decimal("0.00"), Decimal("6.90"),
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_every_encoding_and_line_end_reads_the_same(encoding: str, line_end: str) -> None:
    text = written({"Name1": "MÜLLER,ZOË"}, {"Name1": "O\u2019BRIEN,RENÉ", "RONumber": "2"}).decode()
    lines = read(text.replace("\r\n", line_end).encode(encoding))
    assert [line.order.name.last for line in lines] == ["Müller", "O\u2019Brien"]


def test_a_field_may_hold_quotes_commas_and_newlines() -> None:
    [line] = read(written({"linStoryText": 'REPLACED 5" HOSE,\r\n"CLICK"'}))
    assert line.correction == 'REPLACED 5" HOSE,\n"CLICK"'


def test_columns_may_come_in_another_order_with_others_between() -> None:
    columns = [*reversed(COLUMNS), "totRoCost"]
    export = Export(io.BytesIO(written({}, columns=columns)))
    assert export.unexpected == ("totRoCost",)
    assert [line.order.number for line in export] == ["400000"]


def test_semicolons_and_tabs_part_columns_as_well() -> None:
    plain = written({"ServiceAdvisor": "1188", "Name1": "ACME", "CityStateZip": "", "Mileage": "5"})
    for delimiter in (b";", b"\t"):
        assert len(read(plain.replace(b",", delimiter))) == 1


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    content = written({"RONumber": "1"}, {"RONumber": "2"}, {"RONumber": "3"})
    second = content.index(b"6.90", content.index(b"\r\n2,"))
    content = content[:second] + b'"' + content[second:]
    rows = read(content)
    assert [row.order.number if isinstance(row, Line) else row.reason for row in rows] == [
        "1", "quote never closed", "3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"RONumber": " "}, "no repair order number"),
        ({"RONumber": "9" * 30}, "repair order number too long"),
        ({"OpenDate": "soon"}, "open date not a date"),
        ({"OpenDate": ""}, "open date not a date"),
        ({"ClosedDate": "13/45/2024"}, "closed date not a date"),
        ({"ClosedDate": ""}, "no closed date"),
        ({"ClosedDate": "05/14/2021"}, "closed before it was opened"),
        ({"StatusCode": "Q"}, "unknown status"),
        ({"CustNo": ""}, "no customer number"),
        ({"Name1": ""}, "no customer name"),
        ({"linLineCode": ""}, "no line code"),
        ({"lbrLaborType": "Z"}, "unknown pay type"),
        ({"lbrSoldHours": "-1.5"}, "negative hours"),
        ({"lbrSale": "1O4.50"}, "labor not an amount"),
        ({"prtExtendedSale": "12..5"}, "parts not an amount"),
        ({"mlsSale": "free"}, "misc not an amount"),
        ({"totRoTax": "99999999"}, "tax out of range"),
        ({"linCause": "a\0b"}, "unreadable characters"),
        ({"linCause": "x" * 70_000}, "row too long"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_stops_nothing(change: dict[str, str], reason: str) -> None:
    rows = read(written({"RONumber": "1"}, {"RONumber": "2"} | change, {"RONumber": "3"}))
    assert [row.reason if isinstance(row, Rejected) else row.order.number for row in rows] == ["1", reason, "3"]


def test_missing_and_unknown_columns_are_named() -> None:
    with pytest.raises(NotAnExport) as refused:
        Export(io.BytesIO(HEADER.replace(b"RONumber", b"Order").replace(b",VIN,", b",")))
    assert refused.value.missing == ("RONumber", "VIN")
    assert refused.value.unexpected == ("Order",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"PK\x03\x04rest",
        b"%PDF-1.7",
        b"\xff\xfeR\x00O\x00",
        b"\x00\x01\x02",
        b"hello",
        HEADER.rstrip() + b",VIN",
    ],
)
def test_a_file_that_is_no_export_says_so(content: bytes) -> None:
    with pytest.raises(NotAnExport):
        Export(io.BytesIO(content))


@given(st.binary(max_size=2_000))
def test_any_bytes_after_the_header_give_lines_or_reasons(junk: bytes) -> None:
    for row in read(HEADER + junk):
        assert isinstance(row, Repeated | Line) or row.reason


@given(st.binary(max_size=500))
def test_any_bytes_at_all_are_an_export_or_refused(junk: bytes) -> None:
    refused, rows = "", []
    try:
        rows = read(junk)
    except NotAnExport as why:
        refused = str(why)
    assert rows == []
    assert refused


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["$1,0", "(", "05/15/21", "-", '"', "\0", "9" * 40, "ﬃ", "\u202e", "\U0001f697"]
)


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, ANYTHING)), max_size=5))
def test_rows_of_anything_are_all_accounted_for(changes: list[dict[str, str]]) -> None:
    rows = read(written(*({"RONumber": str(n)} | change for n, change in enumerate(changes))))
    assert [row.row for row in rows] == list(range(1, len(changes) + 1))


def test_a_long_file_is_read_as_a_stream() -> None:
    class Endless(io.RawIOBase):
        """Twenty thousand rows, made as they are asked for."""

        def __init__(self) -> None:
            self.rows = iter(range(20_000))
            self.left = HEADER

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            while not self.left:
                number = next(self.rows, None)
                if number is None:
                    return 0
                self.left = written({"RONumber": str(number)}).partition(b"\r\n")[2]
            taken, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
            buffer[: len(taken)] = taken
            return len(taken)

    tracemalloc.start()
    assert sum(isinstance(row, Line) for row in Export(io.BufferedReader(Endless()))) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
