"""By when the law wants an answer to somebody who asks about their own data."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Deadline:
    """Calendar days from the day it was asked, and where that is written."""

    days: int
    source: str

    def from_day(self, asked: date) -> date:
        """The last day on which an answer is in time.

        >>> deadline("CA-ON").from_day(date(2026, 11, 23))
        datetime.date(2026, 12, 23)
        """
        return asked + timedelta(days=self.days)


CALIFORNIA = Deadline(45, "Cal. Civ. Code 1798.130(a)(2)(A), 11 CCR 7021(b)")
BY_JURISDICTION = {
    "US-CA": CALIFORNIA,
    "CA-ON": Deadline(30, "PIPEDA, S.C. 2000 c. 5, s. 8(3)"),
}
GROUPS_OWN = Deadline(
    CALIFORNIA.days, "No statute that binds every dealer here: the group promises what California's law does"
)


def deadline(jurisdiction: str) -> Deadline:
    """What counts at a rooftop of `jurisdiction`.

    >>> deadline("US-CA").days, deadline("US-FL").days
    (45, 45)
    """
    return BY_JURISDICTION.get(jurisdiction, GROUPS_OWN)
