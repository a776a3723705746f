"""Answer time, hours and labor by who pays, and declined work raised again."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client

from dealership.figures import Figure, period
from recommendations.actions import deciding
from recommendations.actions.deciding import Answered
from recommendations.figures import figures
from recommendations.models import Advisory, Presentation
from service_lane.models import RepairOrder, ServiceLine
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, shown
from tests.sales_handoff.visits import add_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def counted(cast: Cast, query: str = "") -> dict[str, Figure]:
    return {figure.key: figure for figure in figures(period(QueryDict(query), cast.north, AT + timedelta(hours=2)))}


def answered(presentation: Presentation, place: int, answer: str, minutes: int) -> None:
    line = presentation.lines.all()[place]
    deciding.decide(
        presentation=presentation,
        answers=[Answered(line.pk, answer)],
        who_name="Theo Brandt",
        channel="counter",
        by=presentation.by,
        at=AT + timedelta(minutes=minutes),
    )


def test_answer_time_is_from_the_first_showing_to_the_first_answer(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast))
    answered(presentation, 0, "needs_info", 4)
    answered(presentation, 0, "approved", 30)
    assert (counted(cast)["answers"].value, counted(cast)["answers"].count) == (
        "4 min",
        "1 of 2 lines shown were answered",
    )
    answered(presentation, 1, "declined", 10)
    assert counted(cast)["answers"].value == "7 min"  # half way between four and ten
    assert counted(cast, "by=week")["answers"].count == "2 of 2 lines shown were answered"
    assert counted(cast, "on=2026-11-22")["answers"].value == ""


def test_a_line_shown_again_counts_once_by_its_first_showing(cast: Cast) -> None:
    order = make_order(cast)
    lines = drafted(cast, order)
    shown(cast, order, lines)
    answered(shown(cast, order, lines), 0, "approved", 5)
    assert counted(cast)["answers"].count == "1 of 2 lines shown were answered"


def closed(cast: Cast, order: RepairOrder) -> RepairOrder:
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT, closed_by=cast.ada)
    return order


def work_done(order: RepairOrder, total: str, pay_type: str = "C") -> Advisory:
    line = add_line(order, total, pay_type=pay_type)
    Advisory.objects.filter(pk=line.pk).update(
        presented_version=1, answer="approved", answered_version=1, work="started", work_started_at=AT
    )
    Advisory.objects.filter(pk=line.pk).update(work="done", work_done_at=AT)
    return line


def test_hours_and_labor_are_of_work_done_on_closed_orders_by_who_pays(cast: Cast) -> None:
    ours = make_order(cast)
    work_done(ours, "1200.00")
    work_done(ours, "0.00", pay_type="W")
    add_line(ours)  # never done
    closed(cast, ours)
    customer = make_customer("Julie", "Brandt", phone="+14155550143")
    theirs = RepairOrder.objects.create(
        rooftop=cast.north, number="300", source="dms", customer=customer, opened_at=AT, status="closed", closed_at=AT
    )
    for pay_type, hours, labor in (("C", "2.0", "300.00"), ("W", "1.0", "140.00")):
        ServiceLine.objects.create(
            repair_order=theirs,
            line_code="A",
            position=1 if pay_type == "C" else 2,
            pay_type=pay_type,
            hours=hours,
            labor=labor,
            parts=0,
            misc=0,
        )
    figure = counted(cast)["hours"]
    assert (figure.value, figure.count) == ("5.0", "over 2 closed orders")
    assert figure.table == (
        ("Customer pay", "2", "5.0", "$150.00"),
        ("Warranty", "2", "4.5", "$140.00"),  # what the maker pays for ours is not known, so it is in no rate
    )


def said_no(cast: Cast, order: RepairOrder, code: str, answer: str = "declined") -> Advisory:
    line = add_line(order, op_code=code)
    Advisory.objects.filter(pk=line.pk).update(presented_version=1, answer=answer, answered_version=1)
    return line


def test_declined_work_is_followed_up_when_it_is_shown_again(cast: Cast) -> None:
    theo = make_customer()
    truck = make_vehicle(theo)
    long_ago = AT - timedelta(days=200)
    before = make_order(cast, customer=theo, vehicle=truck, opened_at=long_ago, number="1")
    for code in ("41BRKF", "38BAT", "06CABIN"):
        said_no(cast, before, code)
    RepairOrder.objects.filter(pk=before.pk).update(status="closed", closed_at=long_ago)
    between = make_order(cast, customer=theo, vehicle=truck, opened_at=long_ago + timedelta(days=60), number="2")
    done = work_done(between, "90.00")
    Advisory.objects.filter(pk=done.pk).update(op_code="06CABIN")
    RepairOrder.objects.filter(pk=between.pk).update(status="closed", closed_at=AT - timedelta(days=100))

    now = make_order(cast, customer=theo, vehicle=truck, number="3")
    assert counted(cast)["follow-up"].count == "0 of 2 shown again, 0 now a yes"
    said_no(cast, now, "41BRKF", "approved")
    figure = counted(cast)["follow-up"]
    assert (figure.value, figure.count) == ("50", "1 of 2 shown again, 1 now a yes")


def test_nothing_to_count_says_so(cast: Cast) -> None:
    assert {key: (figure.value, figure.count) for key, figure in counted(cast).items()} == {
        "answers": ("", "No line was shown."),
        "hours": ("", "No customer-pay order was closed."),
        "follow-up": ("", "No car came with declined work."),
        "recovered": ("", "No declined work was recovered."),
    }


def test_the_figures_are_a_fragment_for_htmx_and_a_page_without(cast: Cast, client: Client) -> None:
    client.force_login(cast.ada)
    assert "<html" in client.get("/figures/advice/").content.decode()
    fragment = client.get("/figures/advice/?by=week", headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<section class="box fig" id="figure-answers"')
