"""What the tests of the customer's link and the papers share: who is logged in, one form, one sent link."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from dealership.models import Staff
from recommendations import documents
from recommendations.actions import deciding, drafting, handing_over, links, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, CustomerLink, DeclinedNotice, Presentation
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import drafted, make_request, shown

ADDRESS = "http://testserver/v/"


def logged_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def post(staff: Staff, name: str, *pks: int, **typed: str) -> Any:
    body = {"form_key": str(uuid4()), **typed}
    return logged_in(staff).post(reverse(f"recommendations:{name}", args=pks), body)


def read(staff: Staff, name: str, *args: int) -> str:
    """A page as its reader sees it: no tags, single spaces."""
    answer = logged_in(staff).get(reverse(f"recommendations:{name}", args=args))
    assert answer.status_code == 200, answer
    return plain(answer)


def plain(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@dataclass
class OnLink:
    """A customer with the link in their hand."""

    order: RepairOrder
    token: str
    link: CustomerLink
    pads: Advisory
    boot: Advisory
    browser: Client

    def at(self, name: str, *more: str) -> str:
        return reverse(f"recommendations:{name}", args=[self.token, *more])

    def look(self) -> Any:
        return self.browser.get(self.at("customer-link"))

    def form(self, **more: str) -> dict[str, str]:
        """Yes to the pads, nothing to the boot, signed as it should be."""
        return {
            f"answer-{self.pads.pk}": "approved",
            f"seen-{self.pads.pk}": "",
            f"seen-{self.boot.pk}": "",
            "name": "Theo Brandt",
            "digits": "0142",
            "form_key": str(uuid4()),
            **more,
        }

    def answer(self, **more: str) -> Any:
        return self.browser.post(self.at("link-answers"), self.form(**more))


def send_link(cast: Cast, order: RepairOrder | None = None, at: datetime = AT) -> OnLink:
    """Red pads at $387.29 and a yellow boot at $168.00, sent to Theo by Ada."""
    order = order or make_order(cast)
    pads, boot = drafted(cast, order)
    sent = links.send(
        repair_order=order, advisories=[pads, boot], address=lambda token: ADDRESS + token, by=cast.ada, at=at
    )
    return OnLink(order, sent.token, sent.link, pads, boot, Client())


def answered_at_counter(cast: Cast, order: RepairOrder, *answers: str, work: bool = False) -> list[Advisory]:
    """Both lines shown at the counter and answered there, in order; with `work`, the agreed ones are finished."""
    lines = drafted(cast, order)
    presentation = shown(cast, order, lines)
    deciding.decide(
        presentation=presentation,
        answers=[
            Answered(line.pk, answer, until_miles=75000 if answer == "deferred" else None)
            for line, answer in zip(presentation.lines.all(), answers, strict=True)
            if answer
        ],
        who_name="Theo Brandt",
        channel=Presentation.Channel.COUNTER,
        by=cast.ada,
        at=AT,
    )
    if work:
        finish_agreed(cast, order)
    return list(Advisory.objects.filter(repair_order=order, request=None))


def notice_signed(cast: Cast, order: RepairOrder, **fields: Any) -> DeclinedNotice:
    """The declined-work notice as it reads now, signed by Theo at the counter unless `fields` say otherwise."""
    as_seen = handing_over.seen(documents.declined_document(order, AT, fields.get("language", "en")))
    told = {"language": "en", "name": "" if "unsigned" in fields else "Theo Brandt", "as_seen": as_seen, **fields}
    return handing_over.end_with_notice(repair_order=order, by=cast.ada, at=AT, **told)


def finish_agreed(cast: Cast, order: RepairOrder) -> None:
    for line in Advisory.objects.filter(repair_order=order).approved():
        working.start(advisory=line, by=cast.tess, at=AT)
        working.finish(advisory=line, by=cast.tess, at=AT)


def oil_signed_for(cast: Cast, order: RepairOrder) -> None:
    """An oil change at $99.11, agreed to at write-up and made into a line."""
    make_request(cast, order)
    drafting.draft_requested(repair_order=order, at=AT)
