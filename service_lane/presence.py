"""Who has a write-up open on a screen right now.  Kept in the cache for a minute, and in nobody's record."""

from datetime import datetime, timedelta

from django.core.cache import cache

from dealership.models import Staff
from service_lane.models import WriteUp

STAYS = timedelta(seconds=45)
"""How long after their last sign of life somebody still counts: a page says it is there every ten seconds."""


def look_in(write_up: WriteUp, by: Staff, at: datetime) -> list[str]:
    """Note that `by` has it open, and return the names of the others who do, in the order of the alphabet."""
    key = f"write-up-here:{write_up.pk}"
    seen: dict[int, tuple[str, datetime]] = cache.get(key) or {}
    here = {staff: who for staff, who in seen.items() if staff != by.pk and at - who[1] < STAYS}
    cache.set(key, here | {by.pk: (by.name, at)}, timeout=STAYS.seconds * 2)
    return sorted(name for name, _ in here.values())
