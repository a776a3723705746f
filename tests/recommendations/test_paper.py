"""Paper mode at the counter: what is printed, and what stood on paper, entered with its own times."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealership.models import Entry
from recommendations.actions import deciding, drafting, links, paper, record
from recommendations.models import Advisory, Decision, Presentation, RecordEntry
from service_lane.actions import paper as sheets
from service_lane.models import InspectionTemplate, PaperRun, PaperSheet, RepairOrder, TemplateItem
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import drafted, shown
from tests.recommendations.pages import logged_in, plain, read
from tests.service_lane.on_paper import LATE, at, booked, opened, printed, typed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is back at 17:38 on that Monday."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATE)


# --- the page and the print job --------------------------------------------------------------------------------------


def post(cast: Cast, name: str, *args: int, who: str = "ada", **typed: Any) -> Any:
    body = {"form_key": str(uuid4()), **typed}
    return logged_in(getattr(cast, who)).post(reverse(f"recommendations:{name}", args=args), body)


def test_one_button_prints_everything_for_a_day(cast: Cast) -> None:
    booked(cast)
    counts = {"blanks": "2", "inspections": "1", "consents": "2"}
    answer = post(cast, "paper-print", day="2026-11-23", with_board="on", **counts)
    run = PaperRun.objects.get()
    assert answer.url == run.get_absolute_url()
    assert [str(sheet) for sheet in PaperSheet.objects.all()] == ["P-0001", "P-0002", "P-0003"]
    text = read(cast.ada, "paper-run", run.pk)
    for fact in (
        *(
            "The board",
            "Expected Mon 23 Nov",
            "Lane sheet P-0001",
            "Lane sheet P-0003",
            "Theo Brandt",
            "(415) 555-0142",
        ),
        *("7TRB418", "When booked: “Oil change, and the brakes we put off in June.”", "Customer signs"),
        *("Nothing may be charged above the authorized total without a new yes from me.", "Consent by phone"),
        *("7 Revised total", "Who else may say yes", "Miles on the odometer"),
    ):
        assert fact in text


def test_a_sheet_says_what_was_declined_with_its_measure_and_the_last_visit(cast: Cast) -> None:
    theo = booked(cast)
    earlier = make_order(cast, customer=theo.customer, vehicle=theo.vehicle, opened_at=AT - timedelta(days=90))
    presentation = shown(cast, earlier)
    deciding.decide(
        presentation=presentation,
        answers=[deciding.Answered(presentation.lines.first().pk, "declined")],
        who_name="Theo Brandt",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    RepairOrder.objects.filter(pk=earlier.pk).close(by=cast.ada, at=AT, odometer_out=71_950)
    text = read(cast.ada, "paper-run", printed(cast, theo).pk)
    assert "Replace the front brake pads Said no on 23 Nov 2026 at 2 mm" in text
    assert f"25 Aug, RO {earlier.number}, 71,902 mi" in text


def test_the_blank_inspection_holds_the_items_and_limits_of_this_rooftop(cast: Cast) -> None:
    template = InspectionTemplate.objects.create(rooftop=cast.north, name="Ours")
    TemplateItem.objects.create(
        template=template,
        section="Brakes",
        position=1,
        key="front-pads",
        name="Front pads",
        unit="mm",
        positions=["LF", "RF"],
        green_from=6,
        red_to=3,
        threshold_source="Common limit.",
    )
    text = read(cast.ada, "paper-run", printed(cast, blanks=0, inspections=1, with_board=False).pk)
    for fact in ("Brakes", "Front pads", "Green is 6 mm or more", "LF mm", "RF mm", "Not inspected"):
        assert fact in text


def test_counter_view_leaves_whole_names_phones_prices_and_history_out(cast: Cast) -> None:
    theo = booked(cast)
    run = printed(cast, theo)
    drafted(cast, make_order(cast, customer=theo.customer, vehicle=make_vehicle(plate="8ABC123")))
    client = logged_in(cast.ada)
    session = client.session
    session["counter_view"] = True
    session.save()
    for page in (run.get_absolute_url(), reverse("recommendations:paper")):
        html = client.get(page).content.decode()
        assert "Theo B." in html
        for hidden in ("Theo Brandt", "555-0142", "$168.00"):
            assert hidden not in html
        assert "Counter view is on." in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day": ""}, "Enter the day."),
        ({"blanks": "61"}, "Enter how many, from 0 to 60."),
        ({"blanks": "-1"}, "Enter how many, from 0 to 60."),
        ({"consents": "many"}, "Enter how many, from 0 to 60."),
    ],
)
def test_a_print_job_that_cannot_be_is_refused_in_words(cast: Cast, typed: dict[str, str], sentence: str) -> None:
    body = {"day": "2026-11-23", "blanks": "1", "inspections": "0", "consents": "0"} | typed
    answer = post(cast, "paper-print", **body)
    assert (answer.status_code, PaperRun.objects.count()) == (422, 0)
    assert sentence in plain(answer)


def test_a_sheet_is_entered_by_its_number_however_it_is_typed(cast: Cast) -> None:
    printed(cast, blanks=2)
    for typed, number in (("P-0001", 1), ("2", 2)):
        answer = post(cast, "paper-enter", number=typed)
        sheet = PaperSheet.objects.get(number=number)
        assert sheet.write_up
        assert answer.url == sheet.write_up.get_absolute_url()


@pytest.mark.parametrize("typed", ["", "P-0009", "x", "99999999999999", "-1"])
def test_a_number_that_no_sheet_bears_is_refused_beside_the_field(cast: Cast, typed: str) -> None:
    printed(cast)
    answer = post(cast, "paper-enter", number=typed)
    assert answer.status_code == 422
    assert "There is no sheet with this number." in plain(answer)


def test_other_paper_is_given_a_number_and_entered(cast: Cast) -> None:
    answer = post(cast, "paper-enter", other="1")
    assert answer.url == PaperSheet.objects.get(number=1).write_up.get_absolute_url()


def test_a_sheet_that_was_not_used_leaves_the_list_of_those_out(cast: Cast) -> None:
    sheet = printed(cast).sheets.get()
    assert "P-0001" in read(cast.ada, "paper")
    assert post(cast, "paper-put-aside", sheet.pk).url == reverse("recommendations:paper")
    assert "No sheet is out" in read(cast.ada, "paper")


@pytest.mark.parametrize(("who", "code"), [("tess", 403), ("sam", 403), ("max", 200)])
def test_paper_mode_is_the_counters(cast: Cast, who: str, code: int) -> None:
    printed(cast)
    assert logged_in(getattr(cast, who)).get(reverse("recommendations:paper")).status_code == code


def test_another_rooftop_sees_and_enters_none_of_it(cast: Cast) -> None:
    run = printed(cast)
    assert logged_in(cast.mallory).get(run.get_absolute_url()).status_code == 404
    assert post(cast, "paper-put-aside", run.sheets.get().pk, who="mallory").status_code == 404
    assert post(cast, "paper-enter", who="mallory", number="P-0001").status_code == 422
    assert PaperSheet.objects.out().count() == 1


def test_a_print_job_costs_as_many_queries_for_fifty_cars_as_for_one(cast: Cast) -> None:
    def queries(cars: int) -> int:
        expected = [
            booked(cast, customer=customer, vehicle=make_vehicle(customer, plate=f"{cars}P{n:03}"))
            for n in range(cars)
            for customer in [make_customer(first_name=f"C{n}")]
        ]
        run = printed(cast, *expected)
        client = logged_in(cast.ada)
        client.get(run.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(run.get_absolute_url())
        return len(asked)

    booked(cast)
    assert queries(1) == queries(50)


def test_the_page_costs_as_many_queries_for_fifty_sheets_as_for_one(cast: Cast) -> None:
    client = logged_in(cast.ada)

    def queries() -> int:
        client.get(reverse("recommendations:paper"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("recommendations:paper"))
        return len(asked)

    printed(cast, booked(cast), blanks=1)
    few = queries()
    printed(cast, blanks=50)
    assert queries() == few


# --- answers that stood on paper -------------------------------------------------------------------------------------


def answer(cast: Cast, order: RepairOrder, happened_at: datetime, *said: str, **more: Any) -> Any:
    lines = list(Advisory.objects.filter(repair_order=order, request=None).order_by("position"))

    def answered(presentation: Presentation) -> list[deciding.Answered]:
        shown_lines = presentation.lines.order_by("advisory__position")
        return [deciding.Answered(line.pk, what) for line, what in zip(shown_lines, said, strict=True) if what]

    defaults: dict[str, Any] = {
        "channel": "phone",
        "who_name": "Theo Brandt",
        "who_kind": "customer",
        "contact_used": "+14155550142",
        "reason": "Found at the inspection",
        "heard_by": cast.max,
        "by": cast.ada,
        "at": LATE,
    }
    return paper.answers(
        repair_order=order, advisories=lines, answered=answered, happened_at=happened_at, **(defaults | more)
    )


def test_an_answer_from_paper_keeps_its_own_time_its_hearer_and_who_typed_it(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    answer(cast, order, at(12, 20), "approved", "declined")
    yes = Decision.objects.get(answer="approved")
    assert (yes.at, yes.by, yes.channel, yes.contact_used) == (at(12, 20), cast.max, "phone", "+14155550142")
    entry = Entry.objects.get(event="lines.answered")
    assert (entry.at, entry.by, entry.entered_at, entry.entered_by) == (at(12, 20), cast.max, LATE, cast.ada)


def test_the_chained_record_says_it_was_entered_late_and_still_verifies(cast: Cast) -> None:
    order = make_order(cast)
    pads, _boot = drafted(cast, order)
    shown(cast, order, [pads])  # one entry at its own time, before
    answer(cast, order, at(12, 20), "approved", "declined")
    entries = list(RecordEntry.objects.filter(rooftop=cast.north).order_by("sequence"))
    late = {"at": "2026-11-24T01:38:00+00:00", "by": "Ada Kim", "sheet": ""}
    assert [entry.payload.get("entered_late") for entry in entries] == [None, late, late, late]
    assert [entry.at for entry in entries] == [AT, at(12, 20), at(12, 20), at(12, 20)]
    assert record.verify(cast.north) == record.Verified(len(entries))


def test_taking_the_late_mark_off_the_record_shows(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    answer(cast, order, at(12, 20), "approved", "declined")
    entry = RecordEntry.objects.get(kind="decided", payload__answer="approved")
    del entry.payload["entered_late"]
    with pgtrigger.ignore():
        entry.save()
    assert f"Entry {entry.sequence}: Its content is not what was recorded." in record.verify(cast.north).problem


@pytest.mark.parametrize(
    ("happened_at", "sentence"),
    [
        (at(10, 37), "The inspection was finished at 11:18. This cannot be before that."),
        (at(11, 10), "The inspection was finished at 11:18. This cannot be before that."),
        (LATE + timedelta(minutes=1), "That time is still to come."),
        (AT - timedelta(days=8), "Paper is entered within 7 days"),
    ],
)
def test_an_answer_at_a_time_that_cannot_be_is_not_recorded(cast: Cast, happened_at: datetime, sentence: str) -> None:
    order = make_order(cast)
    drafted(cast, order)
    order.inspection.completed_at = at(11, 18)
    order.inspection.save()
    with pytest.raises(sheets.NotThen, match=sentence):
        answer(cast, order, happened_at, "approved", "declined")
    assert not Decision.objects.exists()
    assert not Presentation.objects.exists()


def test_a_paper_answer_never_replaces_one_that_was_given_after_it(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    answer(cast, order, at(14, 0), "declined", "declined")
    with pytest.raises(sheets.NotThen, match="at 14:00"):
        answer(cast, order, at(12, 20), "approved", "approved")
    assert Decision.objects.count() == 2


def test_a_phone_yes_from_paper_needs_its_seven_facts_too(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    with pytest.raises(deciding.ConsentIncomplete):
        answer(cast, order, at(12, 20), "approved", "declined", contact_used="")


def said_on_paper(cast: Cast, lines: list[Advisory], **more: str) -> dict[str, str]:
    pads, boot = lines
    return {
        f"answer-{pads.pk}": "approved",
        f"answer-{boot.pk}": "declined",
        "day": "2026-11-23",
        "happened": "12:20",
        "channel": "phone",
        "who_name": "Theo Brandt",
        "who_was_there": str(cast.max.pk),
        "contact_used": "(415) 555-0142",
        "reason": "Found at the inspection",
        **more,
    }


def test_the_page_records_the_answers_and_the_record_of_authorizations_says_so(cast: Cast) -> None:
    order = make_order(cast)
    lines = drafted(cast, order)
    gone_to = post(cast, "paper-answers", order.pk, **said_on_paper(cast, lines))
    assert gone_to.url == reverse("recommendations:estimate", args=[order.pk])
    text = read(cast.ada, "authorizations", order.pk)
    assert "12:20 PM PST Entered late 23 Nov, 17:38 by Ada Kim" in text
    assert "heard by Max Ruiz" in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day": ""}, "Enter the day on the sheet, like 2026-11-23."),
        ({"happened": "at noon"}, "Enter the time on the sheet, like 08:12 or 2:15 pm."),
        ({"happened": "10:00"}, "The inspection was finished at 11:33. This cannot be before that."),
        ({"happened": "18:00"}, "That time is still to come."),
        ({"who_name": ""}, "Write down who answered."),
        ({"who_was_there": ""}, "Say who it was."),
        ({"channel": ""}, "Say how they answered."),
        ({"contact_used": ""}, "Enter the number that was called."),
        ({"reason": ""}, "Write down why more work was needed."),
    ],
)
def test_what_is_missing_is_named_beside_its_field_and_nothing_typed_is_lost(
    cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    order = make_order(cast)
    lines = drafted(cast, order)
    refused = post(cast, "paper-answers", order.pk, **said_on_paper(cast, lines, **typed))
    assert refused.status_code == 422
    assert sentence in plain(refused)
    assert refused.content.decode().count(" checked") >= 2
    assert not Decision.objects.exists()


def test_silence_on_paper_is_no_answer(cast: Cast) -> None:
    order = make_order(cast)
    lines = drafted(cast, order)
    typed = said_on_paper(cast, lines)
    refused = post(cast, "paper-answers", order.pk, **{k: v for k, v in typed.items() if not k.startswith("answer-")})
    assert "Mark the answer that stands on the paper for at least one line." in plain(refused)


@pytest.mark.parametrize(("who", "code"), [("tess", 403), ("sam", 403), ("mallory", 404)])
def test_answers_from_paper_are_the_counters_to_enter(cast: Cast, who: str, code: int) -> None:
    order = make_order(cast)
    typed = said_on_paper(cast, drafted(cast, order))
    assert post(cast, "paper-answers", order.pk, who=who, **typed).status_code == code
    assert not Decision.objects.exists()


# --- work that stood on paper ----------------------------------------------------------------------------------------


def agreed(cast: Cast) -> Advisory:
    order = make_order(cast)
    pads, _boot = drafted(cast, order)
    answer(cast, order, at(12, 20), "approved", "declined")
    pads.refresh_from_db()
    return pads


def work(cast: Cast, line: Advisory, **typed: str) -> Any:
    body = {"day": "2026-11-23", "who_was_there": str(cast.tess.pk), "started": "12:30", "finished": "14:05"} | typed
    return post(cast, "paper-work", line.pk, **body)


def test_work_from_paper_is_the_technicians_at_its_own_times(cast: Cast) -> None:
    line = agreed(cast)
    assert work(cast, line).url == reverse("recommendations:from-paper", args=[line.repair_order_id])
    line.refresh_from_db()
    assert (line.work, line.work_by) == ("done", cast.tess)
    assert (line.work_started_at, line.work_done_at) == (at(12, 30), at(14, 5))
    started, finished = Entry.objects.about(line).filter(event__startswith="work.").order_by("pk")
    assert (started.by, started.entered_at, started.entered_by) == (cast.tess, LATE, cast.ada)
    assert finished.entered_at == LATE
    assert RecordEntry.objects.get(kind="work_started").payload["entered_late"]["by"] == "Ada Kim"
    assert record.verify(cast.north).problem == ""
    order = line.repair_order
    order.refresh_from_db()
    assert order.ready_at == at(14, 5)


def test_work_that_is_not_done_yet_may_be_finished_later(cast: Cast) -> None:
    line = agreed(cast)
    work(cast, line, finished="")
    assert "started 12:30" in read(cast.ada, "from-paper", line.repair_order_id)
    work(cast, line, started="", finished="15:00")
    line.refresh_from_db()
    assert (line.work_started_at, line.work_done_at) == (at(12, 30), at(15, 0))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"started": "12:19"}, "Replace the front brake pads was answered at 12:20. This cannot be before that."),
        ({"finished": "12:29"}, "The work started at 12:30. This cannot be before that."),
        ({"finished": "17:50"}, "That time is still to come."),
        ({"started": ""}, "Enter when the work started."),
        ({"started": "x"}, "Enter the time on the sheet"),
        ({"who_was_there": ""}, "Say who it was."),
    ],
)
def test_work_at_a_time_that_cannot_be_is_not_recorded(cast: Cast, typed: dict[str, str], sentence: str) -> None:
    line = agreed(cast)
    refused = work(cast, line, **typed)
    assert refused.status_code == 422
    assert sentence in plain(refused)
    line.refresh_from_db()
    assert line.work == "not_started"


def test_work_from_paper_needs_the_customers_yes_like_any_other(cast: Cast) -> None:
    order = make_order(cast)
    pads, _boot = drafted(cast, order)
    assert "The customer has not said yes to this line." in plain(work(cast, pads))


# --- the visit and its papers ----------------------------------------------------------------------------------------


def test_what_was_signed_on_a_sheet_is_entered_late_on_the_record_and_on_paper(cast: Cast) -> None:
    order = opened(cast, typed_in(cast))
    drafting.draft_requested(repair_order=RepairOrder.objects.get(pk=order.pk), at=LATE)
    kept = RecordEntry.objects.filter(repair_order=order)
    assert {entry.payload["entered_late"]["sheet"] for entry in kept} == {"P-0001"}
    assert record.verify(cast.north).problem == ""
    text = read(cast.ada, "authorizations", order.pk)
    assert "Written on paper, sheet P-0001. Typed in 23 Nov 2026, 17:38 by Ada Kim." in text
    assert "8:20 AM PST Entered late 23 Nov, 17:38 by Ada Kim, sheet P-0001" in text


def test_an_order_of_its_own_time_has_no_late_mark_on_any_paper(cast: Cast) -> None:
    order = make_order(cast)
    shown(cast, order)
    for paper_name in ("authorizations", "estimate-print", "declined-notice", "invoice"):
        assert "ntered late" not in read(cast.ada, paper_name, order.pk)


def test_a_link_works_on_after_answers_from_paper(cast: Cast) -> None:
    """What was answered on paper stands on the customer's page as any answer."""
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    answer(cast, order, at(12, 20), "approved", "")
    sent = links.send(
        repair_order=order, advisories=[pads, boot], address=lambda token: f"http://testserver/v/{token}", by=cast.ada,
        at=LATE,
    )  # fmt: skip
    assert logged_in(cast.ada).get(reverse("recommendations:customer-link", args=[sent.token])).status_code == 200
