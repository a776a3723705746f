"""Files of surveys, mentions and purchases: row by row, once, and matched by what says who somebody is."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from customers import actions
from customers.models import CheckIn, Feedback, Purchase
from customers.rules import match
from customers.rules.files import FEEDBACK_COLUMNS, PURCHASE_COLUMNS, read_feedback, read_purchases
from customers.rules.matching import WAYS
from dealership.csv_rows import NotAList, Refused
from dealership.models import Entry
from service_lane.views.said import visits_of
from tests.cast import AT, Cast, make_customer, make_order
from tests.customers.voices import agree, plan

TODAY = date(2026, 11, 23)
GOOD = {"kind": "survey", "said_on": "2026-11-20", "words": "Quick and kind."}
BOUGHT = {"deal_number": "D-7", "sold_on": "11/20/2026", "car": "2026 Honda CR-V", "phone": "(415) 555-0142"}


def text(*rows: dict[str, str], columns: tuple[str, ...] = FEEDBACK_COLUMNS) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def take(cast: Cast, *rows: dict[str, str], **fields: Any) -> Any:
    given = {"rooftop": cast.north, "visits_of": visits_of, "by": cast.ada, "at": AT, "filename": "nov.csv"} | fields
    return actions.import_feedback(lines=text(*rows).splitlines(keepends=True), **given)


# --- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "rant"}, "neither survey nor mention"),
        ({"words": ""}, "A score alone says nothing"),
        ({"words": "x" * 4001}, "can be kept"),
        ({"said_on": "soon"}, "is not a date"),
        ({"said_on": "2026-11-24"}, "still to come"),
        ({"said_on": "0026-11-24"}, "too long ago"),
        ({"score": "many", "score_of": "5"}, "not a whole number"),
        ({"score": "4"}, "needs score_of"),
        ({"score": "6", "score_of": "5"}, "above 5"),
        ({"phone": "555"}, "not a phone number"),
        ({"email": "theo"}, "not an e-mail address"),
        ({"link": "javascript:alert(1)"}, "not a web address"),
        ({"about": "lunch"}, "neither service nor sales"),
        ({"name": "x" * 201}, "longer than 200"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_a_reason(change: dict[str, str], sentence: str) -> None:
    refused, taken = read_feedback([(2, GOOD | change), (3, GOOD)], today=TODAY)
    assert isinstance(refused, Refused)
    assert refused.line == 2
    assert sentence in refused.reason
    assert not isinstance(taken, Refused)


def test_the_same_row_twice_in_a_file_is_refused_and_empty_rows_are_passed_over() -> None:
    rows = list(read_feedback([(2, GOOD), (3, dict.fromkeys(GOOD, "")), (4, GOOD)], today=TODAY))
    assert [getattr(row, "reason", "") for row in rows] == ["", "The same row is on line 2."]


@given(st.lists(st.dictionaries(st.sampled_from(FEEDBACK_COLUMNS), st.text(max_size=30)), max_size=4))
def test_whatever_a_file_holds_each_row_is_taken_or_refused(rows: list[dict[str, str]]) -> None:
    for one in read_feedback(enumerate(rows, start=2), today=TODAY):
        assert isinstance(one, Refused) or (one[1].words and one[1].said_on <= TODAY)


@given(st.lists(st.dictionaries(st.sampled_from(PURCHASE_COLUMNS), st.text(max_size=30)), max_size=4))
def test_whatever_a_file_of_purchases_holds_each_row_is_taken_or_refused(rows: list[dict[str, str]]) -> None:
    for one in read_purchases(enumerate(rows, start=2), today=TODAY):
        assert isinstance(one, Refused) or (one[1].deal_number and one[1].car)


PEOPLE = st.sets(st.integers(1, 4), max_size=3)


@given(st.dictionaries(st.sampled_from(WAYS), st.none() | PEOPLE))
def test_a_match_has_everything_that_was_given_and_that_somebody_has(found: dict[str, set[int] | None]) -> None:
    who = match(found)
    held = [people for people in found.values() if people]
    if who.customer:
        assert all(who.customer in people for people in held)
        assert len(set.intersection(*held)) == 1
    else:
        assert not held or len(set.intersection(*held)) != 1
    assert who.words


# --- feedback --------------------------------------------------------------------------------------------------------


def test_a_file_is_taken_row_by_row_and_matched_by_what_says_who_it_is(cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="+14155550143")
    actions.add_contact_point(customer=julie, kind="email", value="Julie@Example.com", by=cast.ada, at=AT)
    order = make_order(cast, customer=theo)
    report = take(
        cast,
        GOOD | {"phone": "415-555-0142", "id": "1"},
        GOOD | {"email": "JULIE@example.com", "id": "2"},
        GOOD | {"ro_number": order.number, "id": "3"},
        GOOD | {"name": "Theo Brandt", "id": "4"},
        GOOD | {"phone": "4155550143", "ro_number": order.number, "id": "5"},
        GOOD | {"kind": "rant", "id": "6"},
    )
    assert (report.added, report.unmatched, len(report.refused)) == (5, 2, 1)
    rows = Feedback.objects.order_by("key").values_list("customer", "matched_how")
    assert list(rows) == [
        (theo.pk, "By phone."),
        (julie.pk, "By e-mail."),
        (theo.pk, "By RO or deal number."),
        (None, "No phone, e-mail, RO or deal number was given. A name alone does not say who it is."),
        (None, "The phone and the RO or deal number are of different people."),
    ]
    entry = Entry.objects.get(event="feedback.imported")
    assert (entry.detail["file"], entry.detail["added"], entry.detail["refused"]) == ("nov.csv", 5, 1)


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    rows = (GOOD, GOOD | {"words": "Slow."}, GOOD | {"id": "7", "where": "A survey"})
    take(cast, *rows)
    before = list(Feedback.objects.order_by("pk").values())
    report = take(cast, *rows, at=AT + timedelta(days=1))
    assert (report.added, report.unchanged) == (0, 3)
    assert list(Feedback.objects.order_by("pk").values()) == before


def test_only_looking_writes_nothing(cast: Cast) -> None:
    assert take(cast, GOOD, dry_run=True).added == 1
    assert not Feedback.objects.exists()
    assert not Entry.objects.filter(event="feedback.imported").exists()


def test_a_number_of_another_rooftop_says_nothing(cast: Cast) -> None:
    order = make_order(cast, rooftop=cast.river)
    assert take(cast, GOOD | {"ro_number": order.number}).unmatched == 1


def test_who_answered_a_survey_is_not_asked_again(cast: Cast) -> None:
    theo = make_customer()
    agree(cast, theo)
    asked = plan(cast, theo)
    take(cast, GOOD | {"phone": "415-555-0142"})
    asked.refresh_from_db()
    assert asked.stopped_why == CheckIn.Why.REPLY


def test_a_file_without_its_columns_is_refused_whole(cast: Cast) -> None:
    with pytest.raises(NotAList, match="said_on"):
        actions.import_feedback(
            lines=["kind,words\n", "survey,x\n"], rooftop=cast.north, visits_of=visits_of, by=cast.ada, at=AT
        )


def test_the_page_takes_a_file_and_says_what_came_of_it(send: Callable[..., Any], cast: Cast) -> None:
    url = reverse("service_lane:said-import")
    upload = SimpleUploadedFile("nov.csv", text(GOOD, GOOD | {"kind": "rant"}).encode("utf-8-sig"))
    page = send(cast.ada, url, file=upload).content.decode()
    assert "1 added, 0 as they were, 1 refused." in page
    assert "1 of nobody we know" in page
    assert "neither survey nor mention" in page
    assert send(cast.sam, url, file=SimpleUploadedFile("x.csv", b"kind\n")).status_code == 403
    answer = send(cast.ada, url, file=SimpleUploadedFile("x.csv", b"kind\nsurvey\n"))
    assert answer.status_code == 422
    assert "The file has no column said_on, words." in answer.content.decode()


# --- purchases -------------------------------------------------------------------------------------------------------


def test_purchases_come_by_file_once_and_are_refused_when_they_are_nobodys(cast: Cast) -> None:
    theo = make_customer()
    rows = (
        BOUGHT | {"promised": "A second key", "salesperson_email": "sam@lane.example"},
        BOUGHT | {"deal_number": "D-8", "phone": "(415) 555-0199"},
        BOUGHT | {"deal_number": "D-9", "salesperson_email": "nobody@lane.example"},
    )
    lines = text(*rows, columns=PURCHASE_COLUMNS).splitlines(keepends=True)
    report = actions.import_purchases(lines=lines, rooftop=cast.north, by=cast.sue, at=AT)
    assert report.added == 1
    assert [(one.line, one.reason) for one in report.refused] == [
        (3, "Nobody here has this phone."),
        (4, "Nobody with the e-mail nobody@lane.example works here."),
    ]
    bought = Purchase.objects.get()
    assert (bought.customer, bought.salesperson, bought.promised) == (theo, cast.sam, "A second key")
    again = actions.import_purchases(lines=lines, rooftop=cast.north, by=cast.sue, at=AT)
    assert (again.added, again.unchanged, CheckIn.objects.count()) == (0, 1, 3)


def test_the_page_of_purchases_takes_a_file(send: Callable[..., Any], cast: Cast) -> None:
    make_customer()
    url = reverse("customers:purchase-import")
    content = text(BOUGHT, columns=PURCHASE_COLUMNS).encode()
    page = send(cast.sue, url, file=SimpleUploadedFile("deals.csv", content), dry_run="on").content.decode()
    assert "Nothing was written." in page
    assert not Purchase.objects.exists()
    send(cast.sue, url, file=SimpleUploadedFile("deals.csv", content))
    assert Purchase.objects.get().deal_number == "D-7"
    assert send(cast.sam, url, file=SimpleUploadedFile("deals.csv", content)).status_code == 403
