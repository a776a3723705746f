"""Where and with whom the visits of the demonstration take place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dealership.models import Rooftop, Staff

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Stage:
    """Where and with whom the visits take place."""

    rooftop: Rooftop
    staff: Mapping[str, Staff]
    now: datetime
    address: str = "http://localhost:8000"

    def ago(self, minutes: int) -> datetime:
        return self.now - timedelta(minutes=minutes)

    def ahead(self, minutes: int) -> datetime:
        return self.now + timedelta(minutes=minutes)

    def on_the_quarter(self, minutes: int) -> datetime:
        """A time somebody would say: the quarter of an hour after `minutes` from now, before it when that is past."""
        at = self.ahead(minutes)
        over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
        return at - over if minutes < 0 or not over else at - over + QUARTER
