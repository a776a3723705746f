"""How figures are written: money, miles, phones, names, days and times.  Filters of the same names for templates."""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.dateformat import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

MINUS = "\N{MINUS SIGN}"


def number(value: object) -> Decimal | None:
    """What is typed or stored as a number; None for nothing."""
    return None if value is None or value == "" else Decimal(str(value))


def _money(amount: object, places: int, currency: str) -> str:
    exact = number(amount)
    if exact is None:
        return ""
    symbol = {"USD": "$", "CAD": "$", "EUR": "€", "GBP": "£"}.get(currency, f"{currency} ")
    shown = abs(exact).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{MINUS if exact < 0 else ''}{symbol}{shown:,}"


def money(amount: object, currency: str = "USD") -> str:
    """$1,234.50; empty for None."""
    return _money(amount, 2, currency)


def dollars(amount: object, currency: str = "USD") -> str:
    """Whole dollars, for figures that are estimates anyway: $18,400."""
    return _money(amount, 0, currency)


def miles(distance: object) -> str:
    """71,902 mi; empty for None."""
    exact = number(distance)
    return "" if exact is None else _("{miles} mi").format(miles=f"{exact:,.0f}")


def phone(number: str) -> str:
    """+14155550142 as (415) 555-0142; other countries as they are stored."""
    match = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", number or "")
    return "({}) {}-{}".format(*match.groups()) if match else number or ""


def initials(name: str) -> str:
    """First letters of the first and last words: "Maria Delgado Ruiz" is MR."""
    words = str(name or "").split()
    return "".join(word[0] for word in dict.fromkeys(words[:1] + words[-1:])).upper()


def short_name(name: str) -> str:
    """For a screen that customers can see: the last name to its initial, "Theo B."."""
    words = str(name or "").split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else "".join(words)


def _local(at: datetime) -> datetime:
    return timezone.localtime(at) if timezone.is_aware(at) else at


def clock(at: datetime | None) -> str:
    """14:30 in the rooftop's time zone; empty for None."""
    return f"{_local(at):%H:%M}" if at else ""


def day(at: date | datetime | None, today: date | None = None) -> str:
    """14 Mar, or 14 Mar 2025 in another year than today's; empty for None."""
    if not at:
        return ""
    on = _local(at).date() if isinstance(at, datetime) else at
    here = today or timezone.localdate()
    return f"{on.day} {on:%b}" if on.year == here.year else f"{on.day} {on:%b %Y}"


def told_time(at: datetime | time | None) -> str:
    """The time as a customer writes it: 2:30 PM, or 2:30 p.m. in Spanish; empty for None."""
    here = _local(at) if isinstance(at, datetime) else at
    return time_format(here, pgettext("time of day", "g:i A")) if here else ""


def told_day(at: date | datetime | None) -> str:
    """The day as a customer writes it: Nov 22, or 22 de nov.; with the year when it is another; empty for None."""
    if not at:
        return ""
    on = _local(at).date() if isinstance(at, datetime) else at
    this_year = on.year == timezone.localdate().year
    return format_date(on, pgettext("day", "M j") if this_year else pgettext("day and year", "M j, Y"))


def told_hours(hours: object) -> str:
    """How long work takes as one says it, to five minutes: 0.3 is "20 minutes", 1.6 "1 hour 35 minutes"; "" for 0."""
    exact = number(hours)
    if not exact:
        return ""
    fives = (exact * 12).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    whole, rest = divmod(max(int(fives), 1) * 5, 60)
    told = [ngettext("{n} hour", "{n} hours", whole).format(n=whole)] if whole else []
    told += [_("{n} minutes").format(n=rest)] if rest else []
    return " ".join(told)


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest:02d}" if rest else f"{hours} h"
    days = minutes // (24 * 60)
    return "1 day" if days == 1 else f"{days} days"


def since(at: datetime | None, now: datetime) -> str:
    """How long before `now`: "just now", "4 min ago", "1 h 05 ago", "3 days ago"; empty for None."""
    if not at:
        return ""
    span = _span(now - at)
    return f"{span} ago" if span else "just now"


def until(at: datetime | None, now: datetime) -> str:
    """How long after `now`: "in 7 min", "8 min late", "now"; empty for None."""
    if not at:
        return ""
    left = at - now
    span = _span(abs(left))
    if not span:
        return "now"
    return f"in {span}" if left > timedelta(0) else f"{span} late"
