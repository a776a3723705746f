"""Each evening the booked cars are looked at ahead, once; the counter reads it, and nobody else learns of it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Household
from dealership.models import Entry, OutboxMessage, Rooftop
from recommendations.actions import deciding
from recommendations.models import Advisory
from sales_handoff.actions.preparing import prepare, to_prepare, unprepared
from sales_handoff.limits import RepairLimit
from sales_handoff.models import PreparedVisit
from sales_handoff.tasks import sweep_tomorrow
from service_lane.models import Appointment, RepairOrder, ScheduleRow, ServiceLine
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.sales_handoff.test_meet_the_customer import open_complaint
from tests.sales_handoff.test_pages import as_, url
from tests.sales_handoff.visits import add_line, make_old_car_order, present_line

pytestmark = pytest.mark.django_db
TOMORROW = date(2026, 11, 24)
EVENING = AT + timedelta(hours=6, minutes=22)  # 18:00 at North
MORNING = datetime.fromisoformat("2026-11-24T17:00:00+00:00")  # 9:00 at North


@pytest.fixture(autouse=True)
def _it_is_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: EVENING)
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: EVENING)


@pytest.fixture
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every car's limit is $1,912, as 41 cars like it say."""
    limit = RepairLimit(Decimal("1912.00"), 41, 12, TOMORROW)
    monkeypatch.setattr("sales_handoff.arriving.limits_of", lambda cars, **_: dict.fromkeys(cars, limit))


def book(cast: Cast, order: RepairOrder | None = None, **fields: Any) -> Appointment:
    customer = order.customer if order else make_customer("Nils", "Holm", phone="")
    vehicle = order.vehicle if order else make_vehicle(customer, plate=f"9B{Appointment.objects.count():04}")
    defaults = {"rooftop": cast.north, "customer": customer, "vehicle": vehicle, "due_at": MORNING, "purpose": "Tires"}
    return Appointment.objects.create(**{**defaults, **fields})


def last_visit(cast: Cast, answer: str = "declined", total: str = "1450.00", **until: Any) -> RepairOrder:
    """Half a year ago: one line, shown and answered, and the car went home."""
    order = make_old_car_order(cast, opened_at=AT - timedelta(days=180))
    line = add_line(order, total, ground="request", reason_code="2", urgency="as_asked")
    shown = present_line(cast, line)
    deciding.decide(
        presentation=shown,
        answers=[deciding.Answered(shown.lines.get().pk, answer, **until)],
        who_name="Priya Raman",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT, odometer_out=120_003)
    return order


def facts(cast: Cast, booked: Appointment) -> dict[str, Any]:
    prepare(appointments=unprepared(cast.north, [TOMORROW]), rooftop=cast.north, at=EVENING)
    return PreparedVisit.objects.get(appointment=booked).facts


# --- what is found ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_limit")
def test_what_was_declined_last_time_stands_beside_the_limit(cast: Cast) -> None:
    found = facts(cast, book(cast, last_visit(cast)))

    (line,) = found["left"]
    assert (line["title"], line["total"], line["answer"]) == ("Rebuild the transmission", "1450.00", "declined")
    assert found["limit_words"] == (
        "A repair above about $1,900 crosses the limit. The declined transmission is $1,450."
    )
    assert found["limit"]["basis"] == "41 cars like it"
    assert found["odometer"] == 126_000
    assert PreparedVisit.objects.get().crosses is False


@pytest.mark.usefixtures("_limit")
def test_a_car_whose_known_work_costs_more_is_marked(cast: Cast) -> None:
    facts(cast, book(cast, last_visit(cast, total="2400.00")))

    assert PreparedVisit.objects.get().crosses is True


def test_what_was_put_off_until_now_is_due_and_what_was_done_since_is_gone(cast: Cast) -> None:
    order = last_visit(cast, "deferred", until_date=TOMORROW)
    booked = book(cast, order)
    (line,) = facts(cast, booked)["left"]
    assert (line["is_due"], line["until"]) == (True, "until 24 Nov 2026")

    later = make_old_car_order(cast, customer=order.customer, vehicle=order.vehicle, opened_at=AT - timedelta(days=20))
    add_line(later, "1450.00")
    Advisory.objects.filter(repair_order=later).update(pay_type="C")
    again = book(cast, order, due_at=MORNING + timedelta(hours=1))
    assert facts(cast, again)["left"] == []


def test_a_service_done_here_before_is_due_by_the_schedule_and_an_unknown_one_is_not(cast: Cast) -> None:
    order = last_visit(cast)
    ServiceLine.objects.create(
        repair_order=order,
        line_code="B",
        position=1,
        op_code="01HNLOF",
        pay_type="C",
        hours=1,
        labor="50.00",
        parts="0.00",
        misc="0.00",
    )
    for code in ("01HNLOF", "09TIMING"):
        ScheduleRow.objects.create(op_code=code, service=f"Service {code}", miles=5000, source="generic", make="HONDA")

    assert facts(cast, book(cast, order))["due"] == [
        "Service 01HNLOF: due at 125,000 mi, last done at 120,000. generic."
    ]


def test_complaints_and_cars_of_the_household_are_there_and_its_words_are_not(cast: Cast) -> None:
    order = last_visit(cast)
    household = Household.objects.create(name="Raman")
    Customer.objects.filter(pk=order.customer_id).update(household=household)
    arjun = make_customer("Arjun", "Raman", phone="", household=household)
    make_vehicle(arjun, plate="1ARJ", year=2015, model="Pilot")
    open_complaint(cast, order.customer)
    open_complaint(cast, arjun, words="Between us.")

    found = facts(cast, book(cast, order))

    assert [(one["is_theirs"], one["words"]) for one in found["complaints"]] == [
        (True, "You scratched my door."),
        (False, ""),
    ]
    assert found["household"] == [{"car": "2015 Pilot", "is_theirs": False}]


def test_what_is_printed_has_no_word_told_in_confidence_and_none_of_a_rooftop_that_keeps_it(cast: Cast) -> None:
    order = last_visit(cast)
    open_complaint(cast, order.customer, words="Between us.", is_confidential=True)
    open_complaint(cast, order.customer, words="At River.", rooftop=cast.river)
    assert [one["words"] for one in facts(cast, book(cast, order))["complaints"]] == ["", "At River."]
    Rooftop.objects.filter(pk=cast.river.pk).update(shares_history=False)
    assert [one["words"] for one in facts(cast, book(cast, order))["complaints"]] == ["", ""]


def test_a_car_nobody_knows_is_looked_at_too(cast: Cast) -> None:
    found = facts(cast, book(cast, vehicle=None))

    assert (found["left"], found["due"], found["limit_words"], found["odometer"]) == ([], [], "", None)


# --- when ------------------------------------------------------------------------------------------------------------


def test_each_evening_once_at_the_rooftops_own_closing_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    booked = book(cast)

    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: EVENING - timedelta(minutes=1))
    sweep_tomorrow()
    assert not PreparedVisit.objects.exists()
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: EVENING)
    sweep_tomorrow()
    sweep_tomorrow()

    prepared = PreparedVisit.objects.get()
    assert (prepared.appointment, prepared.day, prepared.rooftop) == (booked, TOMORROW, cast.north)
    assert Entry.objects.filter(event="lane.prepared", rooftop=cast.north).count() == 1
    assert not OutboxMessage.objects.exists()


def test_a_missed_evening_and_a_late_booking_are_caught_up_next_morning_and_a_canceled_one_is_not(cast: Cast) -> None:
    booked = book(cast)
    book(cast, canceled_at=EVENING)
    book(cast, due_at=MORNING + timedelta(days=1))
    book(cast, rooftop=cast.river, customer=booked.customer)

    assert list(to_prepare(Rooftop.objects.get(pk=cast.north.pk), MORNING - timedelta(hours=3))) == [booked]


def test_a_booking_moved_to_another_day_is_looked_at_for_that_day(cast: Cast) -> None:
    booked = book(cast)
    facts(cast, booked)
    Appointment.objects.filter(pk=booked.pk).update(due_at=MORNING + timedelta(days=1))

    assert list(unprepared(cast.north, [TOMORROW, TOMORROW + timedelta(days=1)])) == [booked]


def test_the_database_keeps_each_once_and_as_it_was(cast: Cast) -> None:
    booked = book(cast)
    facts(cast, booked)

    with pytest.raises(IntegrityError, match="prepared_once_a_day"), transaction.atomic():
        PreparedVisit.objects.create(
            appointment=booked, rooftop=cast.north, day=TOMORROW, facts={}, crosses=False, at=EVENING
        )
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        PreparedVisit.objects.update(facts={})


def test_fifty_cars_cost_as_many_reads_as_one(cast: Cast) -> None:
    def reads(cars: int) -> int:
        for place in range(cars):
            owner = make_customer(f"C{place}", "Holm", phone="", household=Household.objects.create(name=f"{place}"))
            book(cast, customer=owner, vehicle=make_vehicle(owner, plate=f"8C{Appointment.objects.count():04}"))
        wanted = list(unprepared(cast.north, [TOMORROW]))
        assert len(wanted) == cars
        with CaptureQueriesContext(connection) as asked:
            prepare(appointments=wanted, rooftop=cast.north, at=EVENING)
        table = PreparedVisit._meta.db_table
        return sum(1 for one in asked if one["sql"].startswith("SELECT") and table not in one["sql"])

    assert reads(1) == reads(50)


# --- the page and the paper ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 200), ("max", 200), ("tess", 403), ("sam", 403), ("sue", 403), ("mallory", 200)]
)
def test_it_is_the_counters(cast: Cast, who: str, status: int) -> None:
    book(cast)
    client = as_(getattr(cast, who))

    for page in ("tomorrow", "tomorrow-print"):
        answer = client.get(url(page))
        assert answer.status_code == status
        assert ("Nils Holm" in answer.content.decode()) == (who in ("ada", "max"))


@pytest.mark.usefixtures("_limit")
def test_the_page_and_the_paper_say_the_same_and_counter_view_says_nothing(cast: Cast) -> None:
    booked = book(cast, last_visit(cast, total="2400.00"))
    facts(cast, booked)
    client = as_(cast.ada)

    pages = [client.get(url(page)).content.decode() for page in ("tomorrow", "tomorrow-print")]
    for text in pages:
        assert "Priya Raman" in text
        assert "$2,400" in text
        assert "A repair above about $1,900 crosses the limit, and" in text
    assert "Past its limit" in pages[0]
    assert "Not for customers." in pages[1]
    session = client.session
    session["counter_view"] = True
    session.save()
    for page in ("tomorrow", "tomorrow-print"):
        assert "Priya" not in client.get(url(page)).content.decode()


def test_an_empty_day_says_so_and_a_day_that_is_none_is_tomorrow(cast: Cast) -> None:
    for asked in ({}, {"day": "2026-99-99"}, {"day": "x"}):
        text = as_(cast.ada).get(url("tomorrow"), asked).content.decode()
        assert "Nobody is booked for this day" in text
        assert "Tuesday 24 November 2026" in text


def test_the_counter_looks_now_and_only_once(cast: Cast) -> None:
    book(cast)
    client = as_(cast.ada)
    assert "1 car not looked at yet" in client.get(url("tomorrow")).content.decode()

    for _ in range(2):
        answer = client.post(url("tomorrow"), {"form_key": str(uuid4())})
        assert (answer.status_code, answer.url) == (302, f"{url('tomorrow')}?day=2026-11-24")

    assert PreparedVisit.objects.count() == 1
    assert "not looked at yet" not in client.get(url("tomorrow")).content.decode()
    assert Entry.objects.get(event="lane.prepared").by == cast.ada


def test_the_page_asks_as_often_for_many_as_for_one(cast: Cast) -> None:
    client = as_(cast.ada)

    def queries() -> int:
        client.get(url("tomorrow"))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("tomorrow"))
        return len(asked)

    book(cast)
    one = queries()
    for _ in range(20):
        book(cast)
    assert queries() == one
