"""After a complaint was opened: overdue it climbs once, closed its customer is asked, not settled it comes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customers import actions
from customers.actions.complaints import AlreadyAsked, NobodyOnThatSide, OtherSide, OwnerOfAnotherSide
from customers.models import CheckIn, Complaint
from customers.tasks import sweep
from dealership.models import Entry, Role
from tests.cast import AT, Cast, make_customer
from tests.customers.voices import TOMORROW, agree, complain, plan

LATER = AT + timedelta(days=2)


@pytest.fixture
def closed(cast: Cast) -> Complaint:
    complaint = complain(cast, make_customer(), visit="48213", is_confidential=True)
    actions.close_complaint(complaint=complaint, what_was_done="Washed it again.", by=cast.max, at=AT)
    complaint.refresh_from_db()
    return complaint


# --- owner and escalation --------------------------------------------------------------------------------------------


def test_without_a_name_it_is_whoevers_runs_the_side(cast: Cast) -> None:
    theo = make_customer()
    assert complain(cast, theo).owner == cast.max
    assert complain(cast, theo, side="sales").owner == cast.sue
    Role.objects.filter(kind=Role.Kind.SERVICE_MANAGER).delete()
    assert complain(cast, theo).owner == cast.gus
    Role.objects.filter(kind=Role.Kind.GROUP_ADMIN).delete()
    with pytest.raises(NobodyOnThatSide):
        complain(cast, theo)


def test_an_overdue_complaint_reaches_the_manager_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    late = complain(cast, make_customer(), owner=cast.ada)
    in_time = complain(cast, make_customer("Julie", phone=""), owner=cast.ada, due_at=LATER + timedelta(hours=1))
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    sweep()
    sweep()
    late.refresh_from_db()
    in_time.refresh_from_db()
    assert (late.escalated_to, late.escalated_at) == (cast.max, LATER)
    assert in_time.escalated_at is None
    told = Entry.objects.about(late).filter(event="complaint.escalated").get()
    assert (told.by, told.detail["to"], told.detail["owner"]) == (None, "Max Ruiz", "Ada Kim")


def test_one_the_manager_owns_goes_to_the_admin_and_never_to_nobody(cast: Cast) -> None:
    his = complain(cast, make_customer(), owner=cast.max)
    assert actions.escalate_complaint(complaint=his, at=LATER)
    his.refresh_from_db()
    assert his.escalated_to == cast.gus
    Role.objects.filter(kind=Role.Kind.GROUP_ADMIN).delete()
    alone = complain(cast, make_customer("Julie", phone=""), owner=cast.max)
    actions.escalate_complaint(complaint=alone, at=LATER)
    alone.refresh_from_db()
    assert alone.escalated_to == cast.max


def test_a_bad_row_does_not_keep_the_others_from_the_manager(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = complain(cast, make_customer()), complain(cast, make_customer("Julie", phone=""))
    real = actions.escalate_complaint

    def fails_once(*, complaint: Complaint, at: Any) -> bool:
        if complaint.pk == first.pk:
            raise RuntimeError
        return bool(real(complaint=complaint, at=at))

    monkeypatch.setattr("customers.tasks.escalate_complaint", fails_once)
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    sweep()
    second.refresh_from_db()
    assert second.escalated_at == LATER


def test_a_closed_one_does_not_climb(closed: Complaint) -> None:
    assert not actions.escalate_complaint(complaint=closed, at=LATER)
    assert not Entry.objects.filter(event="complaint.escalated").exists()


def test_the_page_and_the_list_say_that_the_manager_knows(client: Any, cast: Cast) -> None:
    late = complain(cast, make_customer(), owner=cast.ada)
    actions.escalate_complaint(complaint=late, at=LATER)
    client.force_login(cast.tess)
    assert "Max Ruiz knows since" in client.get(late.get_absolute_url()).content.decode()
    assert "Max Ruiz knows it is overdue" in client.get("/complaints/").content.decode()


def test_it_can_be_given_to_another_of_the_same_side(send: Callable[..., Any], cast: Cast) -> None:
    complaint = complain(cast, make_customer())
    url = f"{complaint.get_absolute_url()}give/"
    assert send(cast.sam, url, owner=cast.ada.pk).status_code == 403
    assert send(cast.mallory, url, owner=cast.ada.pk).status_code == 404
    assert send(cast.max, url, owner=cast.sam.pk).status_code == 422
    send(cast.max, url, owner=cast.ada.pk)
    complaint.refresh_from_db()
    assert complaint.owner == cast.ada
    with pytest.raises(OwnerOfAnotherSide):
        actions.give_complaint(complaint=complaint, owner=cast.sam, by=cast.max, at=AT)


# --- is it settled? --------------------------------------------------------------------------------------------------


def test_settled_ends_it(send: Callable[..., Any], cast: Cast, closed: Complaint) -> None:
    url = f"{closed.get_absolute_url()}settled/"
    assert send(cast.mallory, url, outcome="settled").status_code == 404
    assert send(cast.ada, url, outcome="").status_code == 422
    send(cast.ada, url, outcome="settled", words="All fine now.")
    closed.refresh_from_db()
    assert (closed.outcome, closed.outcome_by, closed.outcome_words) == ("settled", cast.ada, "All fine now.")
    assert Entry.objects.about(closed).filter(event="complaint.settled").count() == 1
    assert Complaint.objects.count() == 1


def test_not_settled_opens_it_again_with_their_words_and_everything_it_had(
    send: Callable[..., Any], cast: Cast, closed: Complaint, client: Any
) -> None:
    url = f"{closed.get_absolute_url()}settled/"
    refused = send(cast.ada, url, outcome="not_settled", words=" ")
    assert refused.status_code == 422
    assert "Write down what is still not right" in refused.content.decode()
    answer = send(cast.ada, url, outcome="not_settled", words="It is still dirty.")
    again = Complaint.objects.open().get()
    assert answer.url == again.get_absolute_url()
    assert (again.reopens, again.words, again.owner) == (closed, "It is still dirty.", closed.owner)
    assert (again.side, again.visit, again.is_confidential) == ("service", "48213", True)
    assert Entry.objects.about(again).get().event == "complaint.came_back"
    client.force_login(cast.ada)
    assert f'open again as <a href="{again.get_absolute_url()}">' in client.get(
        closed.get_absolute_url()
    ).content.decode().replace("'", '"')
    assert "It came back" in client.get(again.get_absolute_url()).content.decode()


def test_it_is_asked_once_and_only_by_the_side_that_owns_it(cast: Cast, closed: Complaint) -> None:
    def settle(by: Any, outcome: str = "settled") -> Complaint | None:
        return actions.settle_complaint(
            complaint=closed, outcome=outcome, words="No.", due_at=TOMORROW, by=by, at=TOMORROW
        )

    for stranger in (cast.sam, cast.mallory, cast.dora):
        with pytest.raises(OtherSide):
            settle(stranger)
    settle(cast.max)
    with pytest.raises(AlreadyAsked):
        settle(cast.ada, "not_settled")
    assert Complaint.objects.count() == 1


def test_an_open_one_cannot_be_settled(cast: Cast) -> None:
    complaint = complain(cast, make_customer())
    with pytest.raises(AlreadyAsked):
        actions.settle_complaint(complaint=complaint, outcome="settled", words="", due_at=TOMORROW, by=cast.max, at=AT)
    with pytest.raises(IntegrityError, match="complaint_outcome_after_closing"), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(outcome="settled", outcome_by=cast.max, outcome_at=AT)


def test_when_the_owner_has_left_it_comes_back_to_whoever_runs_the_side(cast: Cast) -> None:
    complaint = complain(cast, make_customer(), owner=cast.ada)
    actions.close_complaint(complaint=complaint, what_was_done="Called.", by=cast.ada, at=AT)
    type(cast.ada).objects.filter(pk=cast.ada.pk).update(is_active=False)
    complaint = Complaint.objects.select_related("owner").get(pk=complaint.pk)
    again = actions.settle_complaint(
        complaint=complaint, outcome="not_settled", words="No.", due_at=TOMORROW, by=cast.max, at=AT
    )
    assert again is not None
    assert again.owner == cast.max


def test_not_reached_asks_again_in_three_days(send: Callable[..., Any], cast: Cast, closed: Complaint) -> None:
    asked_from = closed.recheck_at
    send(cast.ada, f"{closed.get_absolute_url()}settled/", outcome="later")
    closed.refresh_from_db()
    assert closed.outcome == ""
    assert closed.recheck_at != asked_from
    assert Entry.objects.about(closed).filter(event="complaint.not_reached").exists()


def test_a_complaint_stops_our_asking_how_it_is(cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="")
    agree(cast, theo)
    his, hers = plan(cast, theo), plan(cast, julie, visit="48214")
    complain(cast, theo)
    his.refresh_from_db()
    hers.refresh_from_db()
    assert his.stopped_why == CheckIn.Why.COMPLAINT
    assert hers.stopped_at is None
