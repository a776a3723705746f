"""May we send this to them, on this channel, now?  One question for everything that leaves the building.

Ask before a message is put in the outbox.  What is refused for good is not put there; what only has to wait is put
there with `not_before=refusal.until`; and anything that keeps quiet hours names its zones, so that a second try keeps
them too:

    refusal = may_send(customer, "marketing", "text", at, rooftop=rooftop)
    if refusal and refusal.until is None:
        ...  # call instead, and show refusal.why
    outbox.put(..., use="marketing", zones=quiet_zones(customer, rooftop), not_before=refusal and refusal.until)
"""

from datetime import datetime

from customers.models import Consent, Customer
from customers.rules import Refusal, Said, refusal, zones_of
from customers.rules import may_send as rule
from dealership.models import InboundText, Rooftop


def may_send(
    customer: Customer, purpose: str, channel: str, at: datetime, *, rooftop: Rooftop, to: str = ""
) -> Refusal | None:
    """None when a message for `purpose` (a Consent.Purpose) may go to `customer` on `channel` (text, call, email).

    Otherwise why not, in a sentence for whoever wanted to send it, and from when on it may.  `to` is the number it
    would go to, when that may be somebody else's: a number that said stop is not written to, whoever gave it to us.
    """
    return rule(
        purpose,
        channel,
        said(customer, purpose, channel, rooftop=rooftop, to=to),
        at=at,
        zones=quiet_zones(customer, rooftop),
        name=customer.called,
    )


def refusal_about_a_car_here(customer: Customer, channel: str, *, rooftop: Rooftop, to: str) -> Refusal | None:
    """Their own no to messages about a car that is here, when it is their latest word.  Such messages keep no hours."""
    purpose = Consent.Purpose.REPAIR_MESSAGES
    word = said(customer, purpose, channel, rooftop=rooftop, to=to)
    return refusal(purpose, channel, word, name=customer.called)


def said(customer: Customer, purpose: str, channel: str, *, rooftop: Rooftop, to: str = "") -> Said | None:
    """The latest word on this use and channel, whether the customer gave it or their number sent it."""
    latest = (
        Consent.objects.filter(customer=customer, purpose=purpose, channel__in=(channel, Consent.Channel.ANY))
        .order_by("-at", "-pk")
        .first()
    )
    if latest and latest.granted is None:
        latest = None
    stopped = InboundText.objects.stopped([to]).get(to) if to and channel == Consent.Channel.TEXT else None
    if stopped and stopped.covers(purpose) and (latest is None or stopped.received_at > latest.at):
        return Said(granted=False, source="by text", on=_day(stopped.received_at, rooftop))
    return Said(bool(latest.granted), latest.source, _day(latest.at, rooftop)) if latest else None


def _day(at: datetime, rooftop: Rooftop) -> str:
    return f"{at.astimezone(rooftop.zone):%d %b %Y}"


def quiet_zones(customer: Customer, rooftop: Rooftop) -> tuple[str, ...]:
    """The time zones whose quiet hours keep this customer's nights: of their addresses, else the rooftop's."""
    regions = customer.addresses.exclude(region="").values_list("region", flat=True)
    found = {zone for region in regions for zone in zones_of(region)}
    return tuple(sorted(found)) or (rooftop.time_zone,)
