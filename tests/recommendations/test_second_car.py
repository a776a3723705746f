"""The other car in the drive: offered once, with its price, on its own terms, and never at the cost of this visit."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.actions import open_complaint
from customers.models import Customer, Household, Tie, ToldOfCar, Vehicle
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry
from recommendations import estimate, prices
from recommendations.actions import second_cars
from recommendations.actions.second_cars import NotAsShown, TooLate
from recommendations.models import Advisory, AdvisoryVersion, SecondCarOffer
from recommendations.second_cars import Offer, offer_for
from service_lane.actions import appointments
from service_lane.models import Appointment, OpCode, RepairOrder, ScheduleRow, WriteUp
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, make_op_code
from tests.recommendations.pages import logged_in, plain, post

TODAY = AT.date()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def home(db: None) -> RepairOrder:
    """Theo is here with the Ridgeline.  Julie, who lives with him, told us of her Outback's miles two weeks ago."""
    return furnish(make_cast())


def furnish(cast: Cast) -> RepairOrder:
    household = Household.objects.create(name="Brandt")
    theo = make_customer(household=household)
    julie = make_customer("Julie", phone="", household=household)
    outback = make_vehicle(julie, plate="8LPN027", year=2017, make="SUBARU", model="Outback")
    ToldOfCar.objects.create(
        vehicle=outback,
        customer=julie,
        miles=97_000,
        words="It still needs tires and oil",
        said_date=TODAY - timedelta(days=14),
        by=cast.ada,
        at=AT,
    )
    make_op_code(
        cast,
        "OIL",
        name="Oil and filter change",
        nature=OpCode.Nature.MAINTENANCE,
        labor_hours=Decimal("0.3"),
        parts_kit=[
            {"description": "Oil filter", "number": "15400", "quantity": 1, "unit_price": "12.00", "state": "new_oem"}
        ],
        if_you_wait="Old oil protects less.",
        horizon="3,000 miles",
    )
    ScheduleRow.objects.create(op_code="OIL", service="Oil and filter change", miles=7_500, months=12, source="Generic")
    return make_order(cast, customer=theo)


def offered(order: RepairOrder, **fields: Any) -> Offer | None:
    order.customer.refresh_from_db()
    return offer_for(order.customer, **{"here": order.vehicle_id, "rooftop": order.rooftop, "at": AT, **fields})


def answered(order: RepairOrder, answer: str = "not_now", **fields: Any) -> SecondCarOffer:
    offer = offered(order)
    assert offer is not None
    told = {"customer": order.customer, "vehicle": offer.vehicle, "here": order.vehicle_id, "seen": offer.seen}
    more = {"answer": answer, "rooftop": order.rooftop, "by": order.advisor, "at": AT}
    return second_cars.answer_offer(**{**told, **more, **fields})


# --- what is said ----------------------------------------------------------------------------------------------------


def test_one_sentence_with_its_price_its_reason_and_whose_schedule(home: RepairOrder) -> None:
    offer = offered(home)
    assert offer is not None
    [item] = offer.items
    # 0.3 h at $168, a filter at $12 taxed at 8.25 %
    assert (item.labor, item.tax, item.price, offer.total) == tuple(map(Decimal, ("50.40", "0.99", "63.39", "63.39")))
    assert offer.words == (
        "The other car in your drive, the 2017 Outback, is due in November: oil and filter change. "
        "By our menu that is $63.39 all in. For a Subaru we look up the parts before you decide. "
        "While you are here, shall we book it?"
    )
    assert offer.spanish == ""
    assert (item.reason_code, item.reason) == ("4", "a general schedule, not the maker's")
    assert item.price == prices.prices_today(home.rooftop, ["OIL"])["OIL"]

    shown = plain(logged_in(home.advisor).get(reverse("recommendations:second-car-on-order", args=[home.pk])))
    for words in ("$63.39 all in", "Every 7,500 miles or 12 months. Generic.", "Reason 4", "Can wait.", "Book it"):
        assert words in shown
    for words in ("If they wait: Old oil protects less. (3,000 miles)", "1 × Oil filter, New OEM, $12.00", "Not now"):
        assert words in shown


def test_of_a_make_we_sell_the_price_is_said_plainly_and_in_spanish_to_whom_speaks_it(home: RepairOrder) -> None:
    Vehicle.objects.filter(model="Outback").update(make="HONDA", model="Passport")
    Customer.objects.filter(pk=home.customer_id).update(language="es")
    OpCode.objects.update(name_es="Cambio de aceite y filtro")
    offer = offered(home)
    assert offer is not None
    assert "That is $63.39 all in. While" in offer.words
    assert offer.spanish == (
        "A su otro auto, el 2017 Passport, le toca en noviembre: cambio de aceite y filtro. Son $63.39 en total. "
        "Ya que está aquí, ¿le damos una cita?"
    )
    assert "Son $63.39 en total. Ya que está aquí, ¿le damos una cita?" in plain(
        logged_in(home.advisor).get(reverse("recommendations:second-car-on-order", args=[home.pk]))
    )
    assert answered(home).words == f"{offer.words}\n{offer.spanish}"


def test_only_the_makers_own_schedule_carries_the_makers_reason(home: RepairOrder) -> None:
    ScheduleRow.objects.create(
        **{"op_code": "OIL", "service": "Engine oil", "miles": 7_000, "source": "Owner's manual 2017"},
        **{"make": "SUBARU", "model": "Outback", "is_makers": True},
    )
    offer = offered(home)
    assert offer is not None
    assert [(item.due.service, item.reason_code) for item in offer.items] == [("Engine oil", "3")]


def test_it_says_when_and_by_which_schedule_and_nothing_else_of_whoever_drives_it(home: RepairOrder) -> None:
    page = plain(logged_in(home.advisor).get(reverse("recommendations:second-car-on-order", args=[home.pk])))
    for private in ("Julie", "97,000", "tires", "told 9", "8LPN027", "no record"):
        assert private not in page


def test_only_what_is_due_within_two_months_and_has_a_price_is_offered(home: RepairOrder) -> None:
    ToldOfCar.objects.update(miles=91_000)
    assert offered(home) is None  # 6,500 miles to go are half a year
    ToldOfCar.objects.update(miles=96_000)
    assert offered(home, at=AT + timedelta(days=2)) is not None
    kit = OpCode.objects.values_list("parts_kit", flat=True).get()
    OpCode.objects.update(parts_kit=[{**kit[0], "unit_price": None}])
    assert offered(home, at=AT + timedelta(days=2)) is None
    OpCode.objects.update(parts_kit=kit, active=False)
    assert offered(home, at=AT + timedelta(days=2)) is None


def test_nothing_is_said_while_a_complaint_is_open_in_the_household(cast: Cast) -> None:
    order = furnish(cast)
    open_complaint(
        **{"customer": Customer.objects.get(first_name="Julie"), "rooftop": cast.north, "words": "Late.", "at": AT},
        **{"side": "sales", "owner": cast.sue, "due_at": AT, "by": cast.ada},
    )
    assert offered(order) is None


@pytest.mark.parametrize("why", ["here", "booked", "gone", "left", "not theirs"])
def test_a_car_that_is_here_expected_or_gone_needs_no_offer(cast: Cast, why: str) -> None:
    order, outback = furnish(cast), Vehicle.objects.get(model="Outback")
    julie = Customer.objects.get(first_name="Julie")
    if why == "here":
        make_order(cast, customer=julie, vehicle=outback)  # there it is an ordinary advisory, on its own order
    elif why == "booked":
        Appointment.objects.create(
            rooftop=cast.north, customer=julie, vehicle=outback, due_at=AT + timedelta(days=1), purpose="Oil"
        )
    elif why == "gone":
        Vehicle.objects.filter(pk=outback.pk).update(gone_date=TODAY)
    elif why == "left":
        Customer.objects.filter(pk=julie.pk).update(household=None)
    else:
        Tie.objects.filter(vehicle=outback).update(until_date=TODAY)
    assert offered(order) is None


def test_a_visit_they_missed_keeps_nobody_from_being_asked(home: RepairOrder) -> None:
    outback = Vehicle.objects.get(model="Outback")
    missed = {"rooftop": home.rooftop, "customer": home.customer, "vehicle": outback, "purpose": "Oil"}
    Appointment.objects.create(due_at=AT - timedelta(days=20), **missed)
    assert offered(home) is not None


# --- once ------------------------------------------------------------------------------------------------------------


def test_a_no_is_kept_and_not_asked_again_for_a_year_unless_it_is_due_anew(home: RepairOrder) -> None:
    row = answered(home)
    assert (row.answer, row.customer, row.by) == ("not_now", home.customer, home.advisor)
    item = row.items.get()
    assert (item.key, item.price, item.reason_code) == ("OIL at 97500", Decimal("63.39"), "4")
    assert Entry.objects.filter(event="second_car.answered").count() == 1
    for days in (0, 1, 364):
        assert offered(home, at=AT + timedelta(days=days)) is None
    assert offered(home, at=AT + timedelta(days=366)) is not None
    ToldOfCar.objects.create(
        **{"vehicle": row.vehicle, "miles": 104_900, "said_date": TODAY + timedelta(days=200), "by": home.advisor},
        at=AT,
    )
    due_anew = offered(home, at=AT + timedelta(days=201))
    assert due_anew is not None
    assert due_anew.items[0].due.key == "OIL at 105000"


def test_a_household_is_asked_of_one_car_a_day(home: RepairOrder) -> None:
    van = make_vehicle(home.customer, plate="2VAN111", model="Odyssey")
    ToldOfCar.objects.create(vehicle=van, miles=30_100, said_date=date(2026, 1, 1), by=home.advisor, at=AT)
    first = offered(home)
    assert first is not None
    assert first.vehicle == van  # the longest overdue
    answered(home)
    assert offered(home) is None
    tomorrow = offered(home, at=AT + timedelta(days=1))
    assert tomorrow is not None
    assert tomorrow.vehicle.model == "Outback"


def test_what_was_answered_is_what_was_on_the_screen(home: RepairOrder) -> None:
    before = offered(home)
    assert before is not None
    OpCode.objects.update(labor_hours=Decimal("0.5"))
    with pytest.raises(NotAsShown):
        answered(home, seen=before.seen)
    answered(home)
    with pytest.raises(NotAsShown):
        answered(home, seen=before.seen) if offered(home) else second_cars.answer_offer(
            **{"customer": home.customer, "vehicle": before.vehicle, "here": home.vehicle_id, "seen": before.seen},
            **{"answer": "book", "rooftop": home.rooftop, "by": home.advisor, "at": AT},
        )
    assert SecondCarOffer.objects.count() == 1


def test_a_no_is_taken_back_within_ten_seconds_and_then_stays(home: RepairOrder) -> None:
    row = answered(home)
    late = {"offer": row, "by": home.advisor, "at": AT + timedelta(seconds=11)}
    with pytest.raises(TooLate):
        second_cars.take_back_answer(**late)
    second_cars.take_back_answer(**{**late, "at": AT + timedelta(seconds=9)})
    assert offered(home) is not None


def answer_at_once(order: RepairOrder, seen: str, vehicle: Vehicle) -> list[str]:
    """Two advisors answer the same offer in the same moment; returns what each heard."""
    both, heard = Barrier(2), []

    def one() -> None:
        both.wait()
        try:
            second_cars.answer_offer(
                **{"customer": order.customer, "vehicle": vehicle, "here": order.vehicle_id, "seen": seen},
                **{"answer": "not_now", "rooftop": order.rooftop, "by": order.advisor, "at": AT},
            )
            heard.append("kept")
        except NotAsShown:
            heard.append("asked already")
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(heard)


@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.django_db(transaction=True)
def test_two_advisors_at_once_ask_once(monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    order = furnish(make_cast())
    offer = offered(order)
    assert offer is not None
    if not guarded:  # the control: without the lock on the car both find that nobody asked
        both = Barrier(2)

        def late(*args: Any, **fields: Any) -> Offer | None:
            found = offer_for(*args, **fields)
            both.wait()
            return found

        monkeypatch.setattr(second_cars, "offer_for", late)
        monkeypatch.setattr(second_cars.Vehicle.objects, "select_for_update", Vehicle.objects.all)
    heard = answer_at_once(order, offer.seen, offer.vehicle)
    assert heard == (["asked already", "kept"] if guarded else ["kept", "kept"])
    assert SecondCarOffer.objects.count() == (1 if guarded else 2)


def test_the_database_refuses_a_booking_of_what_was_not_wanted(home: RepairOrder) -> None:
    row = answered(home)
    booked = Appointment.objects.create(
        **{"rooftop": home.rooftop, "customer": home.customer, "vehicle": row.vehicle, "due_at": AT, "purpose": "Oil"}
    )
    with pytest.raises(IntegrityError, match="second_car_booked_was_wanted"), transaction.atomic():
        SecondCarOffer.objects.update(appointment=booked)


# --- on its own terms ------------------------------------------------------------------------------------------------


def test_it_touches_neither_price_nor_word_of_this_visit(cast: Cast) -> None:
    order = furnish(cast)
    drafted(cast, order)

    def all_of_it() -> list[Any]:
        order.refresh_from_db()
        lines = list(Advisory.objects.values()), list(AdvisoryVersion.objects.values())
        told = [line.snapshot for line in estimate.load(order, at=AT).lines]
        return [
            *lines,
            told,
            estimate.load(order, at=AT).revised_total,
            RepairOrder.objects.filter(pk=order.pk).values()[0],
        ]

    before = all_of_it()
    answered(order, "book")
    assert all_of_it() == before


def test_a_yes_goes_to_a_new_appointment_of_that_car_and_is_known_to_be_booked(
    home: RepairOrder, run_tasks: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    offer = offered(home)
    assert offer is not None
    typed = {"vehicle": str(offer.vehicle.pk), "seen": offer.seen, "answer": "book"}
    went = post(home.advisor, "second-car-on-order", home.pk, **typed)
    assert went.url.startswith(f"{reverse('service_lane:appointment-new')}?vehicle={offer.vehicle.pk}")
    page = logged_in(home.advisor).get(went.url)
    assert page.context["vehicle"] == offer.vehicle
    assert page.context["form"]["purpose"].value() == "Oil and filter change"
    run_tasks()
    booked = appointments.book(
        **{"rooftop": home.rooftop, "customer": page.context["customer"], "vehicle": offer.vehicle},
        **{"due_at": AT + timedelta(days=3), "purpose": "Oil and filter change", "by": home.advisor, "at": AT},
    )
    run_tasks()
    assert SecondCarOffer.objects.get().appointment == booked
    assert second_cars.link_booking(appointment=booked, at=AT) is False


def test_on_a_write_up_as_on_an_order_htmx_gets_the_part_and_a_page_without(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    order = furnish(cast)
    write_up = WriteUp.objects.create(
        rooftop=cast.north, advisor=cast.ada, customer=order.customer, started_at=AT, saved_at=AT
    )
    ada = logged_in(cast.ada)
    for name, visit in (("second-car-on-order", order), ("second-car-on-writeup", write_up)):
        url = reverse(f"recommendations:{name}", args=[visit.pk])
        part = ada.get(url, headers=HTMX).content.decode()
        assert "2017 Outback" in part
        assert "<html" not in part
        assert "<html" in ada.get(url).content.decode()
        assert url in ada.get(visit.get_absolute_url()).content.decode()
        for who, status in ((cast.tess, 403), (cast.sam, 403), (cast.mallory, 403)):
            assert logged_in(who).get(url).status_code in (status, 404)
    url = reverse("recommendations:second-car-on-writeup", args=[write_up.pk])
    offer = offered(order)
    assert offer is not None
    said = ada.post(
        url,
        {
            **{"form_key": "5b1f8c1e-0000-4000-8000-000000000001", "vehicle": offer.vehicle.pk, "seen": offer.seen},
            "answer": "not_now",
        },
        headers=HTMX,
    )
    assert said.status_code == 200
    assert "2017 Outback" not in said.content.decode()
    assert "Not now: kept." in said.content.decode()
    assert ada.get(url, headers=HTMX).content.decode().strip() == ""


def test_counter_view_leaves_the_offer_and_its_price_out(home: RepairOrder) -> None:
    ada = logged_in(home.advisor)
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    url = reverse("recommendations:second-car-on-order", args=[home.pk])
    assert "$" not in ada.get(url, headers=HTMX).content.decode()
    assert url not in ada.get(home.get_absolute_url()).content.decode()


def test_it_costs_the_same_for_one_car_and_for_many(home: RepairOrder) -> None:
    def cost() -> int:
        home.customer.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            assert offered(home) is not None
        return len(queries)

    one = cost()
    for n in range(10):
        car = make_vehicle(home.customer, plate=f"1AAA{n:03}")
        ToldOfCar.objects.create(vehicle=car, miles=97_000, said_date=TODAY, by=home.advisor, at=AT)
    assert cost() == one
