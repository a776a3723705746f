"""Every page that shows one customer keeps one look of whoever opened it; parts of a page and lists of many do not."""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Max
from django.urls import reverse

from customers import models as customers
from customers.models import Customer, Look
from recommendations.models import Advisory
from sales_handoff.models import Handoff
from service_lane.models import RepairOrder
from tests.cast import AT, Cast
from tests.customers.voices import agree, ask, buy, complain, plan, say
from tests.sales_handoff.test_no_name_without_a_yes import NOBODY, addresses
from tests.sales_handoff.test_pages import HTMX, as_, url
from tests.sales_handoff.visits import make_handoff

pytestmark = pytest.mark.django_db
NAME = "Quagmire"
FORMS = {
    *("customers:complaint-new", "customers:question-new", "customers:said-new", "customers:vehicle-new"),
    *("sales_handoff:question", "sales_handoff:said"),
}
"""Empty forms, opened from a page whose look is kept: they say a name and nothing of the record."""
SHOWN = {
    *("customers:customer", "customers:customer-edit", "customers:household", "customers:consents", "customers:looks"),
    *("customers:customer-said", "customers:referrals", "customers:vehicle", "customers:complaint"),
    *("customers:check-in", "customers:purchase", "customers:feedback", "customers:follow-through"),
    *("service_lane:customer-visits", "service_lane:customer-worth", "service_lane:order"),
    *("recommendations:customer-lines", "recommendations:estimate", "recommendations:invoice"),
    *("sales_handoff:customer-timeline", "sales_handoff:customer-handoffs", "sales_handoff:customer-brief"),
    *("sales_handoff:customer-mind", "sales_handoff:handoff", "sales_handoff:ro-panel"),
}
PARTS = {name for name in SHOWN if name.partition(":")[2].startswith("customer-")} - {"customers:customer-edit"}
"""What a page holds of them is a part of it, asked for by itself: the look is the page's."""


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def handoff(cast: Cast) -> Handoff:
    """One customer with one row of everything there can be of them."""
    handoff = make_handoff(cast)
    Customer.objects.update(last_name=NAME)
    customer = Customer.objects.get()
    for write in (complain, ask, say, agree, plan, buy):
        write(cast, customer)
    return handoff


def ids() -> set[int]:
    kinds = ("Customer", "Complaint", "Feedback", "CheckIn", "Purchase", "FollowThrough", "Vehicle")
    rows = [*(getattr(customers, kind) for kind in kinds), RepairOrder, Advisory, Handoff]
    return {row.objects.values_list("pk", flat=True)[0] for row in rows}


def test_every_address_that_names_a_customer_keeps_one_look(cast: Cast, handoff: Handoff) -> None:
    client = as_(cast.gus)
    kept: dict[str, set[int]] = {}
    unkept = []
    for name, takes, make in addresses():
        if not takes or client.get(make(NOBODY)).status_code in (403, 405):
            continue
        for pk in ids():
            before = Look.objects.aggregate(last=Max("pk"))["last"] or 0
            answer = client.get(make(pk))
            at_whom = Counter(Look.objects.filter(pk__gt=before).values_list("customer", flat=True))
            looks = max(at_whom.values(), default=0)
            if answer.status_code == 200 and not answer.streaming:
                kept.setdefault(name, set()).add(looks)
                if NAME in answer.content.decode() and not looks and name not in FORMS:
                    unkept.append(make(pk))
    assert unkept == []
    assert {name: kept.get(name) for name in SHOWN} == {name: {1} for name in SHOWN}
    assert {name for name, looks in kept.items() if max(looks) > 1} == set(), "one look for one viewing"


def test_a_part_of_a_page_keeps_none(cast: Cast, handoff: Handoff) -> None:
    client = as_(cast.gus)
    assert len(PARTS) >= 8
    for name in PARTS:
        assert client.get(reverse(name, args=[handoff.customer_id]), **HTMX).status_code == 200
    client.get(reverse("recommendations:estimate", args=[handoff.repair_order_id]), **HTMX)
    client.get(url("handoff", handoff.pk), **HTMX)
    assert not Look.objects.exists()


def test_whoever_is_named_in_a_file_was_looked_at(cast: Cast, handoff: Handoff) -> None:
    assert NAME in as_(cast.sue).post(url("export"), {"form_key": str(uuid4())}).content.decode()
    as_(cast.gus).post(reverse("recommendations:order-export", args=[handoff.repair_order_id]))
    assert [(look.by, look.why, look.customer) for look in Look.objects.order_by("pk")] == [
        (cast.sue, "hand-off queue as a file", handoff.customer),
        (cast.gus, f"export of {handoff.repair_order}", handoff.customer),
    ]


def test_the_hand_off_i_have_claimed_is_looked_at_beside_the_queue(cast: Cast, handoff: Handoff) -> None:
    as_(cast.sam).get(url("queue"))
    assert not Look.objects.exists()
    Handoff.objects.filter(pk=handoff.pk).update(status="claimed", claimed_by=cast.sam, claimed_at=AT)
    as_(cast.sam).get(url("queue"))
    assert [look.why for look in Look.objects.all()] == [f"hand-off {handoff.pk}"]


@pytest.mark.parametrize("asked", [{}, {"by__id__exact": "ada"}, {"q": "Priya"}, {"q": "Ada"}])
def test_an_admin_finds_looks_by_who_looked_and_at_whom(cast: Cast, handoff: Handoff, asked: dict[str, Any]) -> None:
    as_(cast.ada).get(handoff.customer.get_absolute_url())
    typed = {name: cast.ada.pk if value == "ada" else value for name, value in asked.items()}
    page = as_(cast.gus).get(reverse("admin:customers_look_changelist"), typed).content.decode()
    assert "customer page" in page
    other = as_(cast.gus).get(reverse("admin:customers_look_changelist"), {"by__id__exact": cast.max.pk})
    assert "customer page" not in other.content.decode()
