"""Which recalls are possible on a car by make, model and year, and what its VIN says of them."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from customers import actions
from customers.actions.recalls import CheckedMeanwhile, NotOfThisCar, NoVin
from customers.models import Recall, RecallCheck, RecallCheckEntry, RecallFile, Vehicle
from customers.recalls import looked_at, possible_recalls, recall_line
from dealership.models import Entry
from tests.cast import AT, Cast, make_cast, make_vehicle
from tests.customers.recall_list import bring, line


def check(cast: Cast, car: Vehicle, **fields: Any) -> RecallCheck:
    given: dict[str, Any] = {
        "vehicle": car,
        "campaign": "26V000001",
        "state": RecallCheck.State.NOT_THIS_CAR,
        "source": RecallCheck.Source.MAKER_SYSTEM,
        "seen": 0,
        "by": cast.ada,
        "at": AT + timedelta(hours=1),
        "rooftop": cast.north,
    }
    return actions.check_recall(**{**given, **fields})


def known_car(**fields: Any) -> Vehicle:
    return make_vehicle(vin="5FPYK3F79JB000001", **fields)


LISTED = (
    *("HONDA CR-V", "HONDA ACCORD", "HONDA ACCORD HYBRID", "FORD F-150", "FORD TRANSIT", "FORD TRANSIT CONNECT"),
    *("RAM 1500", "RAM 2500", "CHEVROLET SILVERADO 1500", "CHEVROLET SILVERADO 2500", "NISSAN ROGUE"),
    *("NISSAN ROGUE SPORT", "LEXUS RX350", "LEXUS RX350L", "LEXUS RX450H", "LEXUS ISF", "LEXUS IS350", "MAZDA MAZDA3"),
    *("TOYOTA COROLLA", "BMW 328I", "BMW 328I XDRIVE", "BMW 320I", "BMW M340I", "BMW 528I", "BMW M3", "BMW X1"),
    *("BMW X1 XDRIVE28I", "BMW X1 SDRIVE28I", "MERCEDES-BENZ C300", "MERCEDES-BENZ C-CLASS", "MERCEDES-BENZ C63"),
    *("MERCEDES-BENZ CLA250", "MERCEDES-BENZ ML350", "FORD F-250 SD", "FORD F-350 SD"),
)
RX, IS = ["LEXUS RX350", "LEXUS RX350L"], ["LEXUS IS350"]
THREE = ["BMW 328I", "BMW 328I XDRIVE"]
X1 = ["BMW X1", "BMW X1 XDRIVE28I"]
C = ["MERCEDES-BENZ C300", "MERCEDES-BENZ C-CLASS"]


@pytest.mark.parametrize(
    ("car", "fits"),
    [
        (("Honda", "CRV", ""), ["HONDA CR-V"]),
        (("HONDA", "CR-V", "EX-L"), ["HONDA CR-V"]),
        (("HONDA", "CR-V EX", ""), ["HONDA CR-V"]),
        (("Honda", "Accord", "Sport 1.5T"), ["HONDA ACCORD"]),
        (("Honda", "Accord", "Hybrid Touring"), ["HONDA ACCORD HYBRID"]),
        (("Honda", "Accord Hybrid", "EX"), ["HONDA ACCORD HYBRID"]),
        (("Ford", "F150", "XLT"), ["FORD F-150"]),
        (("Ford", "F-250", "XLT"), ["FORD F-250 SD"]),
        (("Ford", "Transit Connect", "XL"), ["FORD TRANSIT CONNECT"]),
        (("Ford", "Transit", "350"), ["FORD TRANSIT"]),
        (("DODGE", "Ram 1500", "SLT"), ["RAM 1500"]),
        (("Ram", "1500", "Big Horn"), ["RAM 1500"]),
        (("DODGE", "Ram", ""), ["RAM 1500", "RAM 2500"]),
        (("Chevrolet", "Silverado", "1500 LT"), ["CHEVROLET SILVERADO 1500"]),
        (("Chevrolet", "Silverado", "LT"), ["CHEVROLET SILVERADO 1500", "CHEVROLET SILVERADO 2500"]),
        (("Chevy", "Silverado 2500HD", ""), []),
        (("Nissan", "Rogue", "SV"), ["NISSAN ROGUE"]),
        (("Nissan", "Rogue Sport", "SV"), ["NISSAN ROGUE SPORT"]),
        (("Lexus", "RX", "350"), RX),
        (("LEXUS", "RX 350", "F SPORT"), RX),
        (("Lexus", "RX350", ""), RX),
        (("Lexus", "RX", "450h"), ["LEXUS RX450H"]),
        (("Lexus", "RX", "Luxury"), [*RX, "LEXUS RX450H"]),
        (("Lexus", "IS", "Luxury"), IS),
        (("Lexus", "IS F", ""), ["LEXUS ISF"]),
        (("BMW", "328i", ""), THREE),
        (("BMW", "3 Series", "328i xDrive"), THREE),
        (("BMW", "3-Series", ""), [*THREE, "BMW 320I", "BMW M340I"]),
        (("BMW", "M340i", "xDrive"), ["BMW M340I"]),
        (("BMW", "M3", ""), ["BMW M3"]),
        (("BMW", "X1", "xDrive28i"), X1),
        (("BMW", "X1", ""), [*X1, "BMW X1 SDRIVE28I"]),
        (("Mercedes-Benz", "C-Class", "C300 4MATIC"), C),
        (("MERCEDES-BENZ", "C 300", ""), C),
        (("Mercedes", "C", ""), [*C, "MERCEDES-BENZ C63"]),
        (("Mercedes-Benz", "M-Class", "ML350"), ["MERCEDES-BENZ ML350"]),
        (("Mazda", "3", "Touring"), ["MAZDA MAZDA3"]),
        (("Toyota", "Corolla", "LE"), ["TOYOTA COROLLA"]),
        (("Honda", "Civic", "LX"), []),
        (("Acura", "CR-V", ""), []),
    ],
)
def test_a_car_is_what_most_of_its_words_say(cast: Cast, car: tuple[str, str, str], fits: list[str]) -> None:
    make, model, trim = car
    bring(
        line(n, CAMPNO=f"26V{n:06}", MAKETXT=name.split(" ", 1)[0], MODELTXT=name.split(" ", 1)[1])
        for n, name in enumerate(LISTED)
    )
    vehicle = make_vehicle(make=make, model=model, trim=trim)
    found = possible_recalls([vehicle])[vehicle.pk]
    names = dict(Recall.objects.values_list("campaign", "record_id"))
    assert sorted(LISTED[names[one.campaign] - 900001] for one in found) == sorted(fits)


@pytest.mark.parametrize(
    ("year", "cells", "fits"),
    [
        (2018, {}, True),
        (2017, {}, False),
        (2018, {"YEARTXT": "9999"}, True),
        (2020, {"YEARTXT": "9999"}, False),
        (2018, {"YEARTXT": "9999", "BGMAN": ""}, False),
    ],
)
def test_the_year_must_fit_and_an_unknown_one_by_the_days_of_building(
    cast: Cast, year: int, cells: dict[str, str], fits: bool
) -> None:
    bring([line(**cells)])
    car = make_vehicle(year=year)
    assert bool(possible_recalls([car])[car.pk]) is fits


def test_a_car_that_cannot_be_looked_up_has_no_answer_rather_than_none(cast: Cast) -> None:
    bring([line()])
    unknown = [make_vehicle(year=None), make_vehicle(model=""), make_vehicle(make="")]
    assert possible_recalls(unknown) == {}
    civic = make_vehicle(model="Civic")
    assert possible_recalls([civic]) == {civic.pk: []}


def test_a_campaign_comes_once_with_all_its_parts_the_gravest_first(cast: Cast) -> None:
    bring(
        [
            line(0, COMPNAME="FUEL SYSTEM"),
            line(1, COMPNAME="ENGINE", PARK_OUTSIDE="Yes"),
            line(2, CAMPNO="26V000002", RCDATE="20261001"),
            line(3, CAMPNO="26V000003", RCDATE="20200101", DO_NOT_DRIVE="Yes"),
        ]
    )
    car = make_vehicle()
    found = possible_recalls([car])[car.pk]
    assert [one.campaign for one in found] == ["26V000003", "26V000001", "26V000002"]
    assert found[1].component == "ENGINE; FUEL SYSTEM"
    assert [one.split(":")[0] for one in found[0].warnings + found[1].warnings] == ["Do not drive", "Park outside"]
    assert str(recall_line(found)) == (
        "Do not drive and park outside until it is repaired, says NHTSA of such cars. "
        "3 recalls are possible, by model: check the VIN with the maker."
    )


def test_a_withdrawn_record_is_possible_no_more(cast: Cast) -> None:
    bring([line(0), line(1, MODELTXT="PILOT")])
    bring([line(1, MODELTXT="PILOT")], at=AT + timedelta(days=1))
    car = make_vehicle()
    assert possible_recalls([car]) == {car.pk: []}


def test_one_query_for_one_car_and_for_fifty(cast: Cast) -> None:
    bring([line()])
    cars = [make_vehicle() for _ in range(50)]
    for some in (cars[:1], cars):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = possible_recalls(some)
        assert len(queries) == 1
        assert all(len(found[car.pk]) == 1 for car in some)


def test_it_says_how_fresh_the_list_is(cast: Cast) -> None:
    assert not looked_at().is_there
    bring([line(DATEA="20261101")])
    seen = looked_at()
    assert (seen.pre, seen.post, seen.is_there) == (None, date(2026, 11, 1), True)


def test_what_the_vin_says_is_kept_with_who_when_and_from_where(cast: Cast) -> None:
    bring([line()])
    car = known_car()
    check(cast, car)
    [found] = possible_recalls([car])[car.pk]
    assert (found.is_open, found.standing) == (False, "Not this car, by its VIN")
    assert (found.checked_by, found.source_label) == ("Ada Kim", "The maker's dealer system")
    entry = Entry.objects.about(car).get()
    assert (entry.event, entry.by, entry.rooftop) == ("recall.checked", cast.ada, cast.north)
    assert entry.detail == {"campaign": "26V000001", "state": "not_this_car", "source": "maker_system"}


def test_an_answer_may_follow_another_and_none_is_lost(cast: Cast) -> None:
    bring([line()])
    car = known_car()
    check(cast, car, state="open")
    check(cast, car, state="ordered", seen=1, by=cast.max)
    assert str(recall_line(possible_recalls([car])[car.pk])) == "1 recall is open on this car by its VIN."
    done = check(cast, car, state="done", source="invoice", seen=2)
    assert (done.number, done.state) == (3, "done")
    said = list(RecallCheckEntry.objects.order_by("number").values_list("number", "state", "by__name"))
    assert said == [(1, "open", "Ada Kim"), (2, "ordered", "Max Ruiz"), (3, "done", "Ada Kim")]
    assert recall_line(possible_recalls([car])[car.pk]) is None


@pytest.mark.parametrize("seen", [0, 2])
def test_an_answer_to_what_is_no_longer_there_is_refused(cast: Cast, seen: int) -> None:
    bring([line()])
    car = known_car()
    check(cast, car, state="open")
    with pytest.raises(CheckedMeanwhile):
        check(cast, car, seen=seen)
    assert RecallCheck.objects.get().state == "open"
    assert RecallCheckEntry.objects.count() == 1


def test_without_a_vin_nobody_can_have_looked_it_up(cast: Cast) -> None:
    bring([line()])
    with pytest.raises(NoVin):
        check(cast, make_vehicle(vin=None))
    assert not RecallCheck.objects.exists()


def test_a_campaign_of_other_cars_cannot_be_answered(cast: Cast) -> None:
    bring([line(MODELTXT="PILOT")])
    with pytest.raises(NotOfThisCar):
        check(cast, known_car())
    assert not RecallCheck.objects.exists()


def test_not_this_car_counts_until_the_campaign_grows(cast: Cast) -> None:
    bring([line()])
    car = known_car()
    check(cast, car)
    bring([line(DESC_DEFECT="Said better."), line(1, MODELTXT="PILOT")], at=AT + timedelta(days=1))
    assert not possible_recalls([car])[car.pk][0].is_open, "other words, or other cars, change nothing for this one"
    bring([line(ENDMAN="20190101"), line(1, MODELTXT="PILOT")], at=AT + timedelta(days=2))
    [found] = possible_recalls([car])[car.pk]
    assert found.is_open
    assert found.standing.startswith("Possible again, by model")
    assert str(recall_line([found])) == "1 recall is possible, by model: check the VIN with the maker."
    check(cast, car, seen=1, at=AT + timedelta(days=3))
    assert not possible_recalls([car])[car.pk][0].is_open


def test_history_is_never_rewritten(cast: Cast) -> None:
    bring([line()])
    check(cast, known_car())
    entry = RecallCheckEntry.objects.get()
    for change in (lambda: RecallCheckEntry.objects.update(state="done"), entry.delete):
        with pytest.raises(ProgrammingError, match="Cannot update or delete rows"), transaction.atomic():
            change()
    assert RecallCheckEntry.objects.get().state == "not_this_car"


@pytest.mark.parametrize("wrong", [{"state": "perhaps"}, {"source": ""}, {"number": 0}])
def test_the_database_takes_no_half_answer(cast: Cast, wrong: dict[str, Any]) -> None:
    bring([line()])
    check(cast, known_car())
    with pytest.raises(IntegrityError, match="recall_check_is_an_answer"), transaction.atomic():
        RecallCheck.objects.update(**wrong)


def test_the_database_takes_no_import_that_does_not_say_how_it_ended(cast: Cast) -> None:
    bring([line()])
    for wrong in ({"status": "failed"}, {"finished_at": None}, {"problem": "Odd."}):
        with pytest.raises(IntegrityError, match="recall_file_says_how_it_ended"), transaction.atomic():
            RecallFile.objects.update(**wrong)


def race(cast: Cast, car: Vehicle, record: Any) -> list[bool]:
    """Two at the counter answer what both saw, at once; whether each was taken."""
    ready, taken = threading.Barrier(2), []

    def answer(state: str) -> None:
        try:
            ready.wait(timeout=10)
            taken.append(record(state))
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(state,)) for state in ("open", "not_this_car")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return taken


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_taken() -> None:
    cast = make_cast()
    bring([line()])
    car = known_car()
    for seen in (0, 1):

        def record(state: str, seen: int = seen) -> bool:
            try:
                check(cast, car, state=state, seen=seen)
            except CheckedMeanwhile:
                return False
            return True

        assert sorted(race(cast, car, record)) == [False, True]
        assert RecallCheck.objects.get().number == RecallCheckEntry.objects.count() == seen + 1

    def unguarded(state: str) -> bool:
        """The negative control: without the number that was seen, the later answer wipes out the earlier."""
        return RecallCheck.objects.filter(vehicle=car).update(state=state) == 1

    assert race(cast, car, unguarded) == [True, True]
