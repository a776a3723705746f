"""Paper mode in the service lane: sheets are numbered, each is accounted for, and what they say is entered late."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from dealership.models import Entry
from service_lane.actions import paper, writeup
from service_lane.actions.templates import install_default
from service_lane.actions.writeup import NotReady
from service_lane.models import Appointment, Condition, Inspection, InspectionItem, PaperSheet, RepairOrder
from tests.cast import AT, Cast, make_cast, make_order, make_vehicle
from tests.service_lane.inspected import GOOD
from tests.service_lane.on_paper import LATE, PRINTED, at, booked, opened, printed, typed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is back at 17:38 on that Monday."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATE)


def logged_in(staff: Any) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


# --- printing --------------------------------------------------------------------------------------------------------


def test_a_print_job_numbers_its_sheets_without_a_gap_and_leaves_one_trace(cast: Cast) -> None:
    run = printed(cast, booked(cast), blanks=2, inspections=3)
    assert [str(sheet) for sheet in run.sheets.all()] == ["P-0001", "P-0002", "P-0003"]
    assert [bool(sheet.appointment_id) for sheet in run.sheets.all()] == [True, False, False]
    entry = Entry.objects.about(run).get()
    assert (entry.event, entry.by, entry.detail["sheets"]) == (
        "paper.printed",
        cast.ada,
        ["P-0001", "P-0002", "P-0003"],
    )
    assert str(printed(cast).sheets.get()) == "P-0004"


def test_each_rooftop_counts_its_own_sheets(cast: Cast) -> None:
    printed(cast)
    run = paper.print_run(rooftop=cast.river, day=AT.date(), appointments=[], blanks=1, by=cast.mallory, at=PRINTED)
    assert str(run.sheets.get()) == "P-0001"


def test_a_car_printed_again_has_one_sheet_out_and_the_old_one_says_why(cast: Cast) -> None:
    theo = booked(cast)
    printed(cast, theo, blanks=0)
    printed(cast, theo, blanks=0)
    first, second = PaperSheet.objects.order_by("number")
    assert list(PaperSheet.objects.out()) == [second]
    assert (first.put_aside_why, first.put_aside_by) == ("Printed again as P-0002", cast.ada)


@pytest.mark.django_db(transaction=True)
def test_two_who_print_at_once_never_share_a_number() -> None:
    cast = make_cast()
    together = Barrier(2)

    def print_three() -> None:
        together.wait()
        printed(cast, blanks=3)
        connection.close()

    threads = [Thread(target=print_three) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(PaperSheet.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_the_database_refuses_a_number_twice_and_half_a_reason(cast: Cast) -> None:
    printed(cast)
    for wrong in ({"number": 1}, {"number": 2, "put_aside_at": AT}, {"number": 2, "put_aside_why": "Spoiled"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaperSheet.objects.create(rooftop=cast.north, made_at=AT, **wrong)


# --- what becomes of a sheet -----------------------------------------------------------------------------------------


def test_entering_a_sheet_starts_the_write_up_of_its_appointment_once(cast: Cast) -> None:
    theo = booked(cast)
    sheet = printed(cast, theo).sheets.get(number=1)
    write_up = paper.enter(sheet=sheet, by=cast.ada, at=LATE)
    assert (write_up.appointment, write_up.customer, write_up.vehicle) == (theo, theo.customer, theo.vehicle)
    assert write_up.typed == {"purpose": theo.purpose, "stay": "drops"}
    assert paper.enter(sheet=sheet, by=cast.max, at=LATE) == write_up
    assert Entry.objects.about(write_up).get().detail == {"sheet": "P-0001"}
    assert not PaperSheet.objects.out().filter(pk=sheet.pk).exists()


def test_what_was_begun_on_the_screen_before_the_network_went_goes_on(cast: Cast) -> None:
    theo = booked(cast)
    sheet = printed(cast, theo).sheets.get(number=1)
    begun = writeup.start(rooftop=cast.north, appointment=theo, by=cast.ada, at=at(8, 5))
    assert paper.enter(sheet=sheet, by=cast.ada, at=LATE) == begun


def test_a_car_that_was_written_up_without_its_sheet_is_not_entered_again(cast: Cast) -> None:
    theo = booked(cast)
    sheet = printed(cast, theo).sheets.get(number=1)
    make_order(cast, customer=theo.customer, vehicle=theo.vehicle)
    with pytest.raises(writeup.AlreadyHere):
        paper.enter(sheet=sheet, by=cast.ada, at=LATE)
    assert PaperSheet.objects.out().filter(pk=sheet.pk).exists()


def test_a_sheet_nobody_used_is_put_aside_once_and_can_still_be_entered(cast: Cast) -> None:
    sheet = printed(cast).sheets.get()
    paper.put_aside(sheet=sheet, why="Not used", by=cast.max, at=LATE)
    with pytest.raises(paper.NotOut):
        paper.put_aside(sheet=sheet, why="Not used", by=cast.max, at=LATE)
    assert paper.enter(sheet=sheet, by=cast.ada, at=LATE).sheet == sheet
    assert [entry.event for entry in Entry.objects.about(sheet)] == ["paper.put_aside"]


def test_other_paper_gets_the_next_number(cast: Cast) -> None:
    printed(cast)
    assert str(paper.number_other_paper(rooftop=cast.north, by=cast.ada, at=LATE)) == "P-0002"


# --- a write-up from paper -------------------------------------------------------------------------------------------


def test_an_order_from_paper_opens_at_the_times_on_the_sheet_and_says_it_was_entered_late(cast: Cast) -> None:
    order = opened(cast, typed_in(cast))
    assert (order.opened_at, order.signed_at, order.step_at) == (at(8, 12), at(8, 20), at(8, 20))
    assert (order.entered_at, order.entered_by, order.sheet) == (LATE, cast.ada, "P-0001")
    theo = Appointment.objects.get()
    assert (theo.arrived_at, theo.written_up_at) == (at(8, 12), at(8, 20))
    entry = Entry.objects.about(order).get(event="repair_order.opened")
    assert (entry.at, entry.entered_at, entry.entered_by) == (at(8, 20), LATE, cast.ada)
    assert entry.detail["sheet"] == "P-0001"


def test_an_order_from_the_screen_says_nothing_of_the_kind(cast: Cast) -> None:
    order = make_order(cast)
    assert (order.entered_at, order.sheet) == (None, "")


def test_a_promise_that_was_still_to_come_at_the_signature_is_a_promise(cast: Cast) -> None:
    order = opened(cast, typed_in(cast, promised="", promised_other="2026-11-23T14:30"))
    assert order.promised_at == at(14, 30)
    assert "Ready by 2:30 PM." in order.signed_text


def test_a_car_left_without_a_signature_opens_as_it_came_in(cast: Cast) -> None:
    write_up = typed_in(cast, paper_signed="", signed_name="", designee_name="", designee_limit="")
    order = writeup.open_repair_order(write_up=write_up, words_shown="", by=cast.ada, at=LATE)
    assert (order.opened_at, order.signed_at, order.authorized_total) == (at(8, 12), None, Decimal(0))


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"paper_day": ""}, "paper_day", "Enter the day on the sheet, like 2026-11-23."),
        ({"paper_came_in": "early"}, "paper_came_in", "Enter the time on the sheet, like 08:12 or 2:15 pm."),
        ({"paper_signed": ""}, "paper_signed", "Enter the time on the sheet, like 08:12 or 2:15 pm."),
        ({"paper_signed": "17:39"}, "paper_signed", "That time is still to come. Enter when it happened."),
        (
            {"paper_signed": "8:11"},
            "paper_signed",
            "The car came in at 08:12. This cannot be before that.",
        ),
        (
            {"paper_day": "2026-11-15"},
            "paper_came_in",
            "Paper is entered within 7 days: not before 16 Nov. Ask the service manager.",
        ),
    ],
)
def test_a_time_that_cannot_be_is_refused_beside_its_field(
    cast: Cast, typed: dict[str, str], field: str, sentence: str
) -> None:
    write_up = typed_in(cast, **typed)
    with pytest.raises(NotReady) as refused:
        opened(cast, write_up)
    assert {one.field: one.message for one in refused.value.missing}[field] == sentence
    assert not RepairOrder.objects.exists()
    page = logged_in(cast.ada).post(
        reverse("service_lane:writeup-open", args=[write_up.pk]), {"form_key": str(uuid4())} | write_up.typed
    )
    assert page.status_code == 422
    assert sentence.encode() in page.content


def test_a_car_cannot_come_in_before_its_last_visit_was_over(cast: Cast) -> None:
    write_up = typed_in(cast)
    last = make_order(cast, customer=write_up.customer, vehicle=write_up.vehicle)
    RepairOrder.objects.filter(pk=last.pk).close(by=cast.ada, at=at(8, 30), odometer_out=72_000)
    with pytest.raises(NotReady) as refused:
        opened(cast, write_up)
    assert f"{last} was closed at 08:30. This cannot be before that." in str(refused.value)


def test_how_far_back_is_the_rooftops_own_setting(cast: Cast) -> None:
    cast.north.late_entry_days = 9
    cast.north.save()
    order = opened(cast, typed_in(cast, paper_day="2026-11-15"))
    assert order.opened_at == at(8, 12) - timedelta(days=8)


def test_the_page_asks_for_the_times_of_a_sheet_and_of_nothing_else(cast: Cast) -> None:
    write_up = typed_in(cast)
    page = logged_in(cast.ada).get(write_up.get_absolute_url()).content.decode()
    assert "Sheet P-0001" in page
    assert 'name="paper_came_in" value="8:12"' in page
    other = make_vehicle(plate="8ABC123")
    on_screen = writeup.start(rooftop=cast.north, vehicle=other, by=cast.ada, at=LATE)
    assert "paper_came_in" not in logged_in(cast.ada).get(on_screen.get_absolute_url()).content.decode()


def test_the_board_and_the_order_say_that_it_was_entered_late_and_by_whom(cast: Cast) -> None:
    order = opened(cast, typed_in(cast))
    make_order(cast, customer=order.customer, vehicle=make_vehicle(plate="8ABC123"))
    ada = logged_in(cast.ada)
    assert ada.get(reverse("service_lane:board")).content.decode().count("entered late") == 1
    page = ada.get(order.get_absolute_url()).content.decode()
    assert "<b>Entered late</b>, 23 Nov 17:38 by Ada Kim, from sheet P-0001." in page
    assert "entered late 23 Nov 17:38 by Ada Kim" in page


# --- an inspection from paper ----------------------------------------------------------------------------------------


def sheet_of_results(cast: Cast, **others: paper.Seen) -> dict[str, paper.Seen]:
    """Every item of the rooftop's template good, as ticked or read, except `others` (dashes written as underscores)."""
    template = install_default(rooftop=cast.north, by=cast.gus, at=PRINTED)
    seen = {}
    for item in template.items.all():
        values = {place: Decimal(GOOD[item.unit]) for place in item.places} if item.unit else {}
        values |= {place: Decimal(v) for place, v in (("minimum", "24"), ("placard", "33")) if place in values}
        seen[item.key] = paper.Seen(values, "" if item.unit else "green")
    return seen | {key.replace("_", "-"): what for key, what in others.items()}


def inspect(cast: Cast, order: RepairOrder, seen: dict[str, paper.Seen], **times: Any) -> Inspection:
    defaults = {"started_at": at(10, 45), "finished_at": at(11, 20)}
    return paper.inspection(
        repair_order=order, seen=seen, done_by=cast.tess, by=cast.ada, at=LATE, **(defaults | times)
    )


def test_an_inspection_on_paper_is_the_technicians_at_its_own_times(cast: Cast) -> None:
    pads = paper.Seen({"LF": Decimal(2), "RF": Decimal(4)})
    boots = paper.Seen(rule="yellow", words="The left boot is split")
    lamp = paper.Seen(rule="not_inspected", words="Needs a road test")
    order = make_order(cast)
    made = inspect(cast, order, sheet_of_results(cast, front_pads=pads, shaft_boots=boots, warning_lamps=lamp))
    assert (made.technician, made.started_at, made.completed_at) == (cast.tess, at(10, 45), at(11, 20))
    rows = {row.key: row for row in InspectionItem.objects.filter(inspection=made)}
    assert (rows["front-pads"].condition, rows["front-pads"].by, rows["front-pads"].at) == (
        "red",
        cast.tess,
        at(11, 20),
    )
    assert rows["shaft-boots"].note == "The left boot is split. No photo: Inspected on paper"
    assert (rows["warning-lamps"].condition, rows["warning-lamps"].not_inspected_reason) == (
        Condition.NOT_INSPECTED,
        "Needs a road test",
    )
    done = Entry.objects.about(made).get(event="inspection.completed")
    assert (done.by, done.at, done.entered_at, done.entered_by) == (cast.tess, at(11, 20), LATE, cast.ada)


def test_what_the_sheet_does_not_say_is_named_and_the_rest_is_kept(cast: Cast) -> None:
    seen = sheet_of_results(cast, front_pads=paper.Seen(), shaft_boots=paper.Seen(rule="green"))
    order = make_order(cast)
    with pytest.raises(paper.NotAsWritten) as refused:
        inspect(cast, order, seen)
    assert list(refused.value.problems) == ["front-pads"]
    assert InspectionItem.objects.filter(condition="unchecked").count() == 1
    again = {"front-pads": paper.Seen({"LF": Decimal(8), "RF": Decimal(8)})}
    assert inspect(cast, order, again).completed_at == at(11, 20)


@pytest.mark.parametrize(
    ("times", "field", "sentence"),
    [
        ({"started_at": AT - timedelta(hours=3)}, "started", "was signed at"),
        ({"finished_at": at(10, 44)}, "finished", "The inspection started at 10:45. This cannot be before that."),
        ({"finished_at": LATE + timedelta(minutes=1)}, "finished", "That time is still to come."),
    ],
)
def test_an_inspection_at_a_time_that_cannot_be_is_not_started(
    cast: Cast, times: dict[str, Any], field: str, sentence: str
) -> None:
    seen = sheet_of_results(cast)
    with pytest.raises(paper.NotThen) as refused:
        inspect(cast, make_order(cast), seen, **times)
    assert refused.value.field == field
    assert sentence in str(refused.value)
    assert not Inspection.objects.exists()


def keyed(cast: Cast, seen: dict[str, paper.Seen], **more: str) -> dict[str, str]:
    typed = {"form_key": str(uuid4()), "day": "2026-11-23", "started": "10:45", "finished": "11:20"}
    typed["who_was_there"] = str(cast.tess.pk)
    for key, what in seen.items():
        typed |= {f"value-{key}-{place}": str(value) for place, value in what.readings.items()}
        typed |= {f"rule-{key}": what.rule, f"words-{key}": what.words}
    return typed | more


def test_the_page_of_a_paper_inspection_records_it_and_goes_to_the_order(cast: Cast) -> None:
    seen, order = sheet_of_results(cast), make_order(cast)
    page = reverse("service_lane:inspection-from-paper", args=[order.pk])
    answer = logged_in(cast.ada).post(page, keyed(cast, seen))
    assert (answer.status_code, answer.url) == (302, order.get_absolute_url())
    assert Inspection.objects.get().completed_at == at(11, 20)
    report = logged_in(cast.ada).get(reverse("service_lane:inspection-print", args=[Inspection.objects.get().pk]))
    assert "Entered late" in report.content.decode()


def test_the_page_keeps_what_was_typed_and_names_what_cannot_be_read(cast: Cast) -> None:
    seen, order = sheet_of_results(cast), make_order(cast)
    page = reverse("service_lane:inspection-from-paper", args=[order.pk])
    answer = logged_in(cast.ada).post(page, keyed(cast, seen, **{"value-front-pads-LF": "thin"}))
    assert answer.status_code == 422
    assert b"Type the reading as a number, like 4.5." in answer.content
    assert b'value="thin"' in answer.content
    assert not Inspection.objects.exists()
    again = logged_in(cast.ada).post(page, keyed(cast, seen, started="7:00"))
    assert b"was signed at 10:38. This cannot be before that." in again.content


@pytest.mark.parametrize(("who", "code"), [("sam", 403), ("mallory", 404), ("tess", 200), ("ada", 200)])
def test_those_who_work_on_the_car_may_enter_its_inspection(cast: Cast, who: str, code: int) -> None:
    sheet_of_results(cast)
    page = reverse("service_lane:inspection-from-paper", args=[make_order(cast).pk])
    assert logged_in(getattr(cast, who)).get(page).status_code == code
