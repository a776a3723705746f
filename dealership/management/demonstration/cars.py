"""Cars for sale, how they may be paid, cars wanted and cars sold, for the demonstration.  All invented."""

from datetime import date, timedelta

type Row = tuple[object, ...]

STOCK_COLUMNS = (
    *("stock_number", "condition", "year", "make", "model", "trim", "body", "seats", "drive", "miles", "price"),
)
STOCK: tuple[Row, ...] = (
    ("N1042", "used", 2019, "Honda", "Fit", "LX", "hatch", 5, "fwd", 101_300, 7_490),
    ("N1055", "used", 2019, "Honda", "Fit", "EX", "hatch", 5, "fwd", 61_200, 12_990),
    ("N1061", "used", 2018, "Honda", "Civic", "LX", "sedan", 5, "fwd", 72_400, 12_400),
    ("N1063", "certified", 2021, "Honda", "Accord", "EX", "sedan", 5, "fwd", 38_900, 21_400),
    ("N1068", "certified", 2022, "Honda", "Civic", "Sport", "sedan", 5, "fwd", 29_800, 20_900),
    ("N1070", "used", 2018, "Honda", "CR-V", "EX", "suv", 5, "awd", 81_500, 16_300),
    ("N1074", "certified", 2021, "Honda", "CR-V", "EX-L", "suv", 5, "awd", 41_700, 24_600),
    ("N1077", "used", 2019, "Honda", "Pilot", "EX", "suv", 8, "awd", 79_100, 20_800),
    ("N1081", "used", 2020, "Honda", "Odyssey", "EX", "van", 8, "fwd", 66_300, 21_900),
    ("N1086", "used", 2019, "Honda", "Ridgeline", "RTL", "truck", 5, "awd", 68_200, 23_500),
    ("N2003", "new", 2027, "Honda", "Civic", "Sport", "sedan", 5, "fwd", 8, 26_900),
    ("N2007", "new", 2027, "Honda", "CR-V", "EX", "suv", 5, "awd", 6, 34_700),
)
PROGRAM_COLUMNS = (
    *("name", "kind", "condition", "make", "model", "months", "apr", "money_factor", "residual_percent"),
    *("due_at_signing", "miles_a_year", "cents_a_mile_over", "from_date", "until_date"),
)
NEED_COLUMNS = ("make", "model", "year_from", "year_to", "most_miles", "pays", "until_date", "note")
SALE_COLUMNS = ("year", "make", "model", "trim", "miles", "price", "date")
SALES: tuple[Row, ...] = (
    (2014, "Honda", "CR-V", "LX", 121_000, 8_150, 310),
    (2014, "Honda", "CR-V", "EX", 98_400, 9_900, 282),
    (2015, "Honda", "CR-V", "EX", 132_700, 8_300, 265),
    (2015, "Honda", "CR-V", "LX", 88_000, 10_900, 244),
    (2015, "Honda", "CR-V", "EX-L", 104_500, 10_350, 221),
    (2016, "Honda", "CR-V", "EX", 119_300, 9_950, 203),
    (2016, "Honda", "CR-V", "SE", 74_800, 12_900, 188),
    (2016, "Honda", "CR-V", "EX", 91_200, 11_700, 167),
    (2017, "Honda", "CR-V", "EX", 101_600, 12_250, 151),
    (2017, "Honda", "CR-V", "LX", 66_900, 14_300, 129),
    (2018, "Honda", "CR-V", "EX", 84_400, 14_500, 112),
    (2018, "Honda", "CR-V", "EX-L", 58_300, 16_600, 94),
    (2019, "Honda", "CR-V", "EX", 71_900, 16_500, 71),
    (2019, "Honda", "CR-V", "LX", 47_200, 18_300, 52),
    (2020, "Honda", "CR-V", "EX", 52_800, 19_300, 33),
    (2014, "Honda", "CR-V", "EX", 143_900, 7_250, 19),
)
"""The last figure is how many days ago it was sold."""


def programs(today: date) -> list[Row]:
    """This month's rates, from the first of the month for two months."""
    first = today.replace(day=1)
    last = first + timedelta(days=61)
    none = (0, 0, 0, 0, 0)
    return [
        ("Used car rate", "apr", "used", "", "", 60, "7.9", *none, first, last),
        ("Certified rate", "apr", "certified", "Honda", "", 60, "5.9", *none, first, last),
        ("New car rate", "apr", "new", "Honda", "", 60, "3.9", *none, first, last),
        ("Civic lease", "lease", "new", "Honda", "Civic", 36, "", "0.00125", 58, 1_500, 12_000, 15, first, last),
        ("CR-V lease", "lease", "new", "Honda", "CR-V", 36, "", "0.00140", 60, 2_000, 12_000, 15, first, last),
    ]


def needs(today: date) -> list[Row]:
    until = today + timedelta(days=30)
    return [
        ("Honda", "Ridgeline", 2016, 2018, 110_000, 15_800, until, "A customer waits for one"),
        ("Honda", "Odyssey", 2018, 2020, 90_000, 17_500, until, ""),
        ("Toyota", "Tacoma", 2016, 2019, 100_000, 21_000, until, ""),
    ]


def sales(today: date) -> list[Row]:
    return [(*row[:6], today - timedelta(days=int(str(row[6])))) for row in SALES]
