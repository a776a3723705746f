"""An export as a whole: its columns, its records, and which of them are lines of a repair order.

One row of the file is one line of a repair order; what belongs to the order, the customer and the car is repeated on
each of its rows.  Whatever a line cannot stand without (its order, date, pay type, hours and amounts) rejects the row,
with the reason; whatever it can stand without (a phone of zeros, a mileage of words) is left out and counted.  The
columns are those of the CDK ServiceRO extract; docs/import-formats.md describes each.

The file is read as a stream.  What stays in memory is one record, and one number per row to know repeats by.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import BinaryIO, NamedTuple

from service_lane.dms import fields as read
from service_lane.dms.fields import Name, Place, Unreadable

# Name in the file → what it becomes here, for the preview of the mapping.
ORDER_COLUMNS = {
    "RONumber": "repair order number",
    "OpenDate": "opened, date",
    "OpenTime": "opened, time",
    "ClosedDate": "closed, date",
    "PromisedDate": "promised, date",
    "PromisedTime": "promised, time",
    "WaiterFlag": "customer waits",
    "StatusCode": "open, closed or void",
    "ServiceAdvisor": "advisor's name",
    "CustNo": "customer number",
    "Name1": "customer's name",
    "Address": "street",
    "CityStateZip": "city, state and ZIP code",
    "ContactPhoneNumber": "phone",
    "ContactEmailAddress": "e-mail",
    "BlockAutoMsg": "no automated messages",
    "VIN": "VIN",
    "Year": "model year",
    "MakeDesc": "make",
    "ModelDesc": "model",
    "LicenseNumber": "plate",
    "Mileage": "odometer in",
    "MileageOut": "odometer out",
    "ComebackFlag": "comeback",
}
LINE_COLUMNS = {
    "linLineCode": "line",
    "linServiceRequest": "concern",
    "linCause": "cause",
    "linStoryText": "correction",
    "lbrOpCode": "op code",
    "lbrOpCodeDesc": "op code in words",
    "lbrLaborType": "pay type",
    "lbrTechNo": "technician",
    "lbrSoldHours": "labor hours",
    "lbrSale": "labor",
    "prtExtendedSale": "parts",
    "mlsSale": "other charges and goodwill",
    "totRoTax": "tax",
}
COLUMNS = ORDER_COLUMNS | LINE_COLUMNS
_ORDER_WIDTH = len(ORDER_COLUMNS)

PAY_TYPES = ("C", "W", "I")
STATUSES = {"O": "open", "C": "closed", "V": "void"}
LONGEST_LINE = 65_536
LONGEST_NUMBER = 20
LINES_IN_A_RECORD = 50


class NotAnExport(Exception):
    """The file as a whole cannot be read: its message says why, `missing` and `unexpected` name columns."""

    def __init__(self, message: str, missing: tuple[str, ...] = (), unexpected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing
        self.unexpected = unexpected


class Order(NamedTuple):
    """What one row says about its repair order, customer and car.  Times are the rooftop's wall clock."""

    number: str
    status: str
    opened: datetime
    closed: date | None
    promised: datetime | None
    waits: bool
    advisor_name: str
    customer_number: str
    name: Name
    place: Place
    phone: str
    email: str
    do_not_message: bool
    vin: str
    year: int | None
    make: str
    model: str
    plate: str
    odometer_in: int | None
    odometer_out: int | None
    comeback: bool


class Line(NamedTuple):
    """One line of a repair order.  Amounts are dollars with two places; a credit is below zero."""

    row: int
    order: Order
    code: str
    concern: str
    cause: str
    correction: str
    op_code: str
    op_words: str
    pay_type: str
    technician: str
    hours: Decimal
    labor: Decimal
    parts: Decimal
    misc: Decimal
    tax: Decimal


class Rejected(NamedTuple):
    """A row that was not taken: its number (the header is not counted), why, its text, and its order if it says."""

    row: int
    reason: str
    text: str
    number: str = ""


class Repeated(NamedTuple):
    """A row that says again, to the letter, what an earlier row said."""

    row: int


type Row = Line | Rejected | Repeated


class Export:
    """A repair-order export, opened.  Reading its header may raise NotAnExport; going through it never raises.

    `unexpected` names the columns that are not used; `left_out` counts, while going through it, the facts that could
    not be read and were left out ("phone", "VIN", ...), once per order; `example` is the first row that was taken, in
    the order of COLUMNS.  An export can be gone through once.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = _physical_lines(stream)
        header_line = next(self._lines, "").strip("\r\n")
        if not header_line.strip():
            raise NotAnExport("The file is empty, or its first line is.")
        if "\0" in header_line or header_line.startswith(_OTHER_FORMATS):
            raise NotAnExport("This is not a CSV file. Save it as “CSV UTF-8” where it came from and try again.")
        self.delimiter = max(",;\t|", key=header_line.count)
        self.header = next(csv.reader([header_line], delimiter=self.delimiter), [])
        self.unexpected: tuple[str, ...] = ()
        self._positions = self._map_columns()
        self._in_order = self._positions == list(range(len(COLUMNS)))
        self._ends = _ends_outside_quotes(self.delimiter)
        self.left_out: Counter[str] = Counter()
        self.example: list[str] = []
        self._seen: set[int] = set()
        self._order_fields: list[str] = []
        self._order: Order | Unreadable = Unreadable()

    def _map_columns(self) -> list[int]:
        """Where in a row each of COLUMNS stands."""
        known = {_folded(column): column for column in COLUMNS}
        found: dict[str, int] = {}
        unexpected = []
        for position, title in enumerate(self.header):
            column = known.get(_folded(title))
            if column is None:
                if title.strip():
                    unexpected.append(title.strip()[:60])
            elif column in found:
                raise NotAnExport(f"The column {column} is there twice.")
            else:
                found[column] = position
        self.unexpected = tuple(unexpected)
        if missing := tuple(column for column in COLUMNS if column not in found):
            raise NotAnExport("These are not the columns of a repair-order export.", missing, self.unexpected)
        return [found[column] for column in COLUMNS]

    def __iter__(self) -> Iterator[Row]:
        for row, (text, fields, problem) in enumerate(self._records(), 1):
            if problem:
                yield Rejected(row, problem, text, self._number(fields))
                continue
            try:
                line = self._read(row, fields)
            except Unreadable as reason:
                yield Rejected(row, str(reason), text, self._number(fields))
                continue
            content = hash(text)
            if content in self._seen:
                yield Repeated(row)
            else:
                self._seen.add(content)
                yield line

    def _number(self, fields: list[str]) -> str:
        """The repair order number of a rejected row, "" when it has none."""
        position = self._positions[0]
        return fields[position].strip() if position < len(fields) else ""

    def _records(self) -> Iterator[tuple[str, list[str], str]]:
        """Each record's text, its fields, and what is wrong with it as a record.  Blank lines are no records."""
        lines = self._lines
        columns = len(self.header)
        while (line := next(lines, None)) is not None:
            text = line.rstrip("\r\n")
            if not text or text.isspace():
                continue
            if len(line) >= LONGEST_LINE:
                while line is not None and len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
                    line = next(lines, None)
                yield _printable(text[:200]), [], "row too long"
                continue
            fields = self._split(text)
            # An even number of quotes and every column there: whole.  Otherwise look closely.
            if (len(fields) != columns or text.count('"') % 2) and '"' in text and not self._ends(text):
                taken = self._until_quote_closes(line, lines)
                text = "".join(taken).rstrip("\r\n")
                fields = self._split(text) if self._ends(text) else []
                if len(fields) != columns:
                    # A quote that is never closed costs its own line, not the ones behind it.
                    lines = chain(taken[1:], lines)
                    yield _printable(taken[0].rstrip("\r\n")), [], "quote never closed"
                    continue
            if "\0" in text:
                yield _printable(text), fields, "unreadable characters"
            elif len(fields) < columns:
                yield text, fields, "too few columns"
            elif len(fields) > columns and any(map(str.strip, fields[columns:])):
                yield text, fields, "too many columns"
            else:
                yield text, fields, ""

    def _until_quote_closes(self, line: str, lines: Iterator[str]) -> list[str]:
        taken = [line]
        length = len(line)
        while len(taken) < LINES_IN_A_RECORD and length < LONGEST_LINE:
            following = next(lines, None)
            if following is None:
                break
            taken.append(following)
            length += len(following)
            if '"' in following and self._ends("".join(taken).rstrip("\r\n")):
                break
        return taken

    def _split(self, text: str) -> list[str]:
        return next(csv.reader([text], delimiter=self.delimiter), [])

    def _read(self, row: int, fields: list[str]) -> Line:
        if not self._in_order:
            fields = [fields[position] for position in self._positions]
        order_fields = fields[:_ORDER_WIDTH]
        if order_fields != self._order_fields:
            self._order_fields = order_fields
            try:
                self._order = self._read_order(order_fields)
            except Unreadable as reason:
                self._order = reason
        order = self._order
        if isinstance(order, Unreadable):
            raise Unreadable(*order.args)
        line = _read_line(row, order, fields)
        if not self.example:
            self.example = fields[: len(COLUMNS)]
        return line

    def _read_order(self, fields: list[str]) -> Order:
        (
            number, open_date, open_time, closed_date, promised_date, promised_time, waiter, status, advisor, customer,
            name, street, city_line, phone, email, block, vin, year, make, model, plate, mileage, mileage_out, comeback,
        ) = fields  # fmt: skip
        number = _code("repair order number", number)
        opened = _day("open date", open_date)
        if opened is None:
            raise Unreadable("open date not a date")
        closed = _day("closed date", closed_date)
        standing = STATUSES.get(status.strip().upper())
        if standing is None:
            raise Unreadable("unknown status")
        if standing == "closed" and closed is None:
            raise Unreadable("no closed date")
        if closed is not None and closed < opened:
            raise Unreadable("closed before it was opened")
        who = read.name(name)
        if not any(who):
            raise Unreadable("no customer name")
        promised_day = _optional_day(promised_date)
        promised_clock = read.clock(promised_time)
        order = Order(
            number=number,
            status=standing,
            opened=datetime.combine(opened, read.clock(open_time) or time()),
            closed=closed,
            promised=datetime.combine(promised_day, promised_clock) if promised_day and promised_clock else None,
            waits=read.flag(waiter),
            advisor_name=read.advisor(advisor)[1],
            customer_number=_code("customer number", customer),
            name=who,
            place=read.place(street, city_line),
            phone=read.phone(phone),
            email=read.email(email),
            do_not_message=read.flag(block),
            vin=read.vin(vin),
            year=read.model_year(year),
            make=read.make(make),
            model=read.prose(model),
            plate=read.plate(plate),
            odometer_in=read.miles(mileage),
            odometer_out=read.miles(mileage_out),
            comeback=read.flag(comeback),
        )
        if not (order.phone and order.email and order.vin and order.year and order.odometer_in is not None):
            self._count_left_out(
                ("phone", phone, order.phone),
                ("e-mail", email, order.email),
                ("VIN", vin, order.vin),
                ("model year", year, order.year),
                ("odometer", mileage, order.odometer_in is not None),
            )
        return order

    def _count_left_out(self, *facts: tuple[str, str, object]) -> None:
        self.left_out.update(fact for fact, written, taken in facts if not taken and written.strip())


_OTHER_FORMATS = ("PK\x03\x04", "%PDF", "\x1f\x8b", "\u00ff\u00fe", "\u00fe\u00ff", "\u00d0\u00cf\x11\u00e0")


def _read_line(row: int, order: Order, fields: list[str]) -> Line:
    (code, concern, cause, correction, op_code, op_words, pay_type, technician, hours, labor, parts, misc, tax) = (
        fields[_ORDER_WIDTH : len(COLUMNS)]
    )
    code = code.strip().upper()
    if not code:
        raise Unreadable("no line code")
    if len(code) > 4:
        raise Unreadable("line code too long")
    pay_type = pay_type.strip().upper()
    if pay_type not in PAY_TYPES:
        raise Unreadable("unknown pay type")
    amounts: tuple[Decimal, ...]
    try:
        amounts = read.hours(hours), read.money(labor), read.money(parts), read.money(misc), read.money(tax)
    except Unreadable:
        amounts = read.hours(hours), *map(_money, ("labor", "parts", "misc", "tax"), (labor, parts, misc, tax))
    return Line(
        row,
        order,
        code,
        read.prose(concern),
        read.prose(cause),
        read.prose(correction),
        read.prose(op_code),
        read.prose(op_words),
        pay_type,
        read.prose(technician),
        *amounts,
    )


def _money(what: str, text: str) -> Decimal:
    """An amount, or the reason with the amount's name in it."""
    try:
        return read.money(text)
    except Unreadable as reason:
        raise Unreadable(f"{what} {reason}") from None


def _day(what: str, text: str) -> date | None:
    try:
        return read.day(text)
    except Unreadable as reason:
        raise Unreadable(f"{what} {reason}") from None


def _optional_day(text: str) -> date | None:
    try:
        return read.day(text)
    except Unreadable:
        return None


def _code(what: str, text: str) -> str:
    code = read.prose(text)
    if not code:
        raise Unreadable(f"no {what}")
    if len(code) > LONGEST_NUMBER:
        raise Unreadable(f"{what} too long")
    return code


def _folded(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower())


def _printable(text: str) -> str:
    return text.replace("\0", "\ufffd")


def _physical_lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of `stream`, each with its end, cut at LONGEST_LINE characters.

    A line is UTF-8 when it can be, and Windows-1252 otherwise: some systems write both into one file.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        while line := text.readline(LONGEST_LINE):
            if not line.isascii() and _BYTES_THAT_ARE_NOT_UTF8(line):
                line = line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
            yield line
    finally:
        # The stream is its opener's to close, who may have done so already.
        if not stream.closed:
            text.detach()


_BYTES_THAT_ARE_NOT_UTF8 = re.compile("[\udc80-\udcff]").search


def _ends_outside_quotes(delimiter: str) -> Callable[[str], object]:
    """A test whether a record is whole, by the rules of the csv module: a quote counts where a field begins."""
    apart = f"[^{re.escape(delimiter)}]"
    field = rf'(?:"(?:[^"]|"")*+"{apart}*+|(?!"){apart}*+)'
    return re.compile(rf"{field}(?:{re.escape(delimiter)}{field})*+", re.DOTALL).fullmatch
