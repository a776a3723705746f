"""What takes the visits to know: who said it by RO number, what follows a closed visit, and worth in its parts."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from customers import actions
from customers.models import CheckIn, Complaint, Feedback
from dealership import audit
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Staff
from recommendations.actions import closing
from service_lane.actions import orders
from service_lane.models import RepairOrder, ServiceLine
from service_lane.tasks import plan_check_in, sweep_check_ins
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.customers.voices import buy

pytestmark = pytest.mark.django_db

NEW = reverse("service_lane:said-somewhere")
TYPED = {"kind": "remark", "words": "The loaner smelled of smoke.", "side": "service"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def send(client: Any) -> Callable[..., Any]:
    """Call it to post a form as somebody: `send(cast.ada, url, name="value")`.  Each call has a key of its own."""

    def post(staff: Staff, url: str, **fields: Any) -> Any:
        client.force_login(staff)
        return client.post(url, {"form_key": str(uuid4()), **fields})

    return post


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


# --- from any page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ada", "tess", "sam", "sue"])
def test_anybody_writes_it_down_from_any_page_by_phone_or_ro_number(
    send: Callable[..., Any], cast: Cast, who: str
) -> None:
    order = make_order(cast)
    staff = getattr(cast, who)
    send(staff, NEW, **TYPED, phone="(415) 555-0142")
    send(staff, NEW, **TYPED, visit=order.number)
    assert set(Feedback.objects.values_list("customer", "by")) == {(order.customer_id, staff.pk)}
    assert Feedback.objects.count() == 2


def test_what_is_about_a_sale_is_told_by_its_deal_number(client: Any, send: Callable[..., Any], cast: Cast) -> None:
    bought = buy(cast, make_customer(), deal_number="D-1042")
    send(cast.sam, NEW, **TYPED | {"kind": "complaint", "side": "sales"}, visit="D-1042")
    complaint = Complaint.objects.get()
    assert (complaint.customer, complaint.visit, complaint.side) == (bought.customer, "D-1042", "sales")
    page = client.get(complaint.get_absolute_url()).content.decode()
    assert "about D-1042" in page


def test_what_nobody_has_waits_for_a_person_but_a_complaint_does_not(send: Callable[..., Any], cast: Cast) -> None:
    send(cast.sam, NEW, **TYPED, phone="(415) 555-0199", next="/handoffs/")
    said = Feedback.objects.get()
    assert (said.customer, said.given_contact) == (None, "+14155550199")
    answer = send(cast.sam, NEW, **TYPED | {"kind": "complaint"}, phone="(415) 555-0199")
    assert answer.status_code == 422
    assert "Nobody here has this phone. Choose remark, or find the customer first." in answer.content.decode()
    assert not Complaint.objects.exists()


def test_an_ro_number_of_another_rooftop_is_nobodys_here(send: Callable[..., Any], cast: Cast) -> None:
    order = make_order(cast, rooftop=cast.river)
    send(cast.ada, NEW, **TYPED, visit=order.number)
    assert Feedback.objects.get().customer is None


def test_it_opens_in_a_dialog_and_is_offered_on_every_page(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    part = client.get(NEW, headers=HTMX).content.decode()
    assert "What did a customer say?" in part
    assert "<html" not in part
    assert f'hx-get="{NEW}' in client.get(reverse("service_lane:board")).content.decode()


def test_the_order_page_names_its_visit(client: Any, cast: Cast) -> None:
    order = make_order(cast)
    client.force_login(cast.ada)
    page = client.get(order.get_absolute_url()).content.decode()
    url = reverse("customers:said-new", args=[order.customer_id])
    assert f"{url}?visit={order.number}" in page
    assert f'value="{order.number}"' in client.get(f"{url}?visit={order.number}").content.decode()


# --- three days after ------------------------------------------------------------------------------------------------


def close(cast: Cast, order: RepairOrder) -> None:
    closing.close(repair_order=order, odometer_out=order.odometer_in + 3, by=cast.ada, at=AT)


def test_a_closed_visit_is_asked_about_by_its_advisor(cast: Cast, run_tasks: Callable[[], list[str]]) -> None:
    order = make_order(cast)
    close(cast, order)
    assert "service_lane.check_ins.plan" in run_tasks()
    asked = CheckIn.objects.get()
    assert (asked.customer, asked.visit, asked.owner, asked.car) == (
        order.customer,
        order.number,
        cast.ada,
        "2018 Ridgeline",
    )
    assert asked.due_at.isoformat() == "2026-11-26T18:00:00+00:00"
    plan_check_in(repair_order_id=order.pk)
    sweep_check_ins()
    assert CheckIn.objects.count() == 1


def test_a_lost_task_is_made_up_for_and_what_is_open_or_imported_is_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = make_order(cast)
    close(cast, lost)
    make_order(cast, customer=lost.customer, vehicle=make_vehicle(plate="8ABC001"))
    RepairOrder.objects.create(
        rooftop=cast.north,
        number="17",
        source="dms",
        status="closed",
        customer=lost.customer,
        opened_at=AT,
        closed_at=AT,
    )
    sweep_check_ins()
    assert not CheckIn.objects.exists(), "within the undo of closing"
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(minutes=1))
    sweep_check_ins()
    assert CheckIn.objects.get().visit == lost.number
    plan_check_in(repair_order_id=RepairOrder.objects.exclude(pk=lost.pk).latest("pk").pk)
    assert CheckIn.objects.count() == 1


# --- worth, in parts -------------------------------------------------------------------------------------------------


def test_worth_is_its_parts_with_where_each_comes_from(client: Any, cast: Cast) -> None:
    theo, ben = make_customer(), make_customer("Ben", phone="")
    actions.record_referral(sender=theo, sent=ben, what="service", words="", rooftop=cast.north, by=cast.ada, at=AT)
    ours = make_order(cast, customer=theo)
    audit.record("order.invoiced", about=ours, by=cast.ada, at=AT, total="412.50")
    past = RepairOrder.objects.create(
        rooftop=cast.north,
        number="17",
        source="dms",
        status="closed",
        customer=theo,
        opened_at=AT - timedelta(days=90),
        closed_at=AT - timedelta(days=90),
        dms_tax=Decimal("5.00"),
    )
    for pay, labor in (("C", "100.00"), ("W", "900.00")):
        ServiceLine.objects.create(
            repair_order=past, line_code=pay, position=1, pay_type=pay, hours=1, labor=labor, parts="20.00", misc=0
        )
    make_order(cast, customer=theo, vehicle=make_vehicle(plate="8RIV001"), rooftop=cast.river)
    make_order(cast, customer=ben, vehicle=make_vehicle(plate="8BEN001"))
    url = reverse("service_lane:customer-worth", args=[theo.pk])
    client.force_login(cast.ada)
    shown = client.get(url).context
    assert (shown["visits"]["visits"], shown["visits"]["lately"]) == (3, 3)
    assert [(part["total"], part["count"], part["source"]) for part in shown["parts"]] == [
        (Decimal("412.50"), 1, "invoice made here"),
        (Decimal("125.00"), 1, "imported repair order"),
    ]
    assert [row["visits"] for row in shown["sent"]] == [1]
    part = client.get(url, headers=HTMX).content.decode()
    assert 'hx-target="#worth-dollars"' in part
    assert "$412.50" in part
    assert url in client.get(reverse("customers:referrals", args=[theo.pk])).content.decode()


def test_worth_is_for_service_and_says_no_amount_in_counter_view(client: Any, cast: Cast) -> None:
    theo = make_order(cast).customer
    url = reverse("service_lane:customer-worth", args=[theo.pk])
    for staff, status in ((cast.sam, 403), (cast.tess, 200)):
        client.force_login(staff)
        assert client.get(url).status_code == status
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    assert "$" not in client.get(url, headers=HTMX).content.decode()


def test_a_voided_order_is_no_visit(client: Any, cast: Cast) -> None:
    order = make_order(cast)
    orders.void(repair_order=order, reason="Wrong car.", by=cast.max, at=AT)
    client.force_login(cast.ada)
    shown = client.get(reverse("service_lane:customer-worth", args=[order.customer_id])).context
    assert shown["visits"]["visits"] == 0
