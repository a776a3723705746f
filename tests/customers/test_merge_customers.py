"""Two records of one person become one; a preview, what each keeps, who may, and what stands in the way."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from customers import actions
from customers.actions import merging
from customers.actions.merging import CannotMerge
from customers.belongings import all_links, is_written_once, links
from customers.models import Complaint, Consent, ContactPoint, Customer, Duplicate, Household, Merge, Referral, Tie
from customers.models.people import CustomerQuerySet
from customers.rules import route_query
from customers.search import customer_ids, rebuild_words, who_has
from dealership.models import Entry, OutboxMessage
from service_lane.find import find
from tests.cast import AT, Cast, make_cast, make_customer
from tests.customers.merging import PHONE, compared, merged, twice
from tests.customers.voices import complain, people, refer, say

LATER = AT + timedelta(days=1)


def page(kept: Customer, gone: Customer) -> str:
    return reverse("customers:merge", args=[kept.pk, gone.pk])


def consent(cast: Cast, customer: Customer, purpose: str, channel: str, granted: bool, **fields: Any) -> Consent:
    given = {"words": f"{purpose} by {channel}?", "source": "At the counter", "by": cast.ada, "at": AT} | fields
    return actions.record_consent(
        customer=customer,
        purpose=purpose,
        channel=channel,
        granted=granted,
        text_version="1",
        rooftop=cast.north,
        **given,
    )


# --- what a merge does ------------------------------------------------------------------------------------------------


def test_all_that_hangs_on_a_record_goes_to_the_one_that_stays_with_a_trace(cast: Cast) -> None:
    robert, bob = twice()
    complain(cast, bob)
    done = merged(cast, robert, bob)

    bob.refresh_from_db()
    assert (bob.merged_into, bob.merged_at) == (robert, AT)
    assert Complaint.objects.get().customer == robert
    assert set(robert.contact_points.values_list("value", flat=True)) == {PHONE, "bob@example.com"}
    assert robert.addresses.count() == 2
    assert robert.ties.get().vehicle.plate == "8BOB001"
    assert bob.contact_points.get().value == PHONE, "what both have stays where it is"
    entry = Entry.objects.about(robert).get(event="customer.merged")
    assert (entry.by, entry.rooftop, entry.detail) == (cast.ada, cast.north, {"gone": bob.pk, "merge": done.pk})


def test_of_each_field_the_chosen_value_stays(cast: Cast) -> None:
    robert, bob = twice()
    home = Household.objects.create(name="Brandt")
    Customer.objects.filter(pk=bob.pk).update(household=home, language="es", since_date="2019-05-01")
    merged(cast, robert, bob, "first_name", "household_id", "since_date")
    robert.refresh_from_db()
    assert (robert.name, robert.household, robert.language, str(robert.since_date)) == (
        "Bob Brandt", home, "en", "2019-05-01",
    )  # fmt: skip
    assert list(home.members.all()) == [robert], "a record that went is no member"


def test_the_chosen_phone_is_tried_first(cast: Cast) -> None:
    robert, bob = make_customer("Robert", "Brandt", phone=PHONE), make_customer("Bob", "Brandt", phone="+14155550199")
    merged(cast, robert, bob, "phone")
    assert list(robert.contact_points.values_list("value", "preferred")) == [("+14155550199", True), (PHONE, False)]
    ann, nan = make_customer("Ann", "Lee", phone="+14155550111"), make_customer("Nan", "Lee", phone="+14155550112")
    merged(cast, ann, nan)
    assert ann.contact_points.filter(preferred=True).get().value == "+14155550111"


def test_a_car_of_both_is_theirs_once(cast: Cast) -> None:
    robert, bob = twice()
    car = bob.ties.get().vehicle
    Tie.objects.create(customer=robert, vehicle=car, kind="owns")
    merged(cast, robert, bob)
    assert list(Tie.objects.filter(vehicle=car, until_date=None).values_list("customer", flat=True)) == [robert.pk]


def test_nobody_sends_himself(cast: Cast) -> None:
    robert, bob = twice()
    (cy,) = people("Cy")
    refer(cast, bob, robert)
    refer(cast, bob, cy)
    merged(cast, robert, bob)
    assert set(Referral.objects.values_list("sender", "sent")) == {(bob.pk, robert.pk), (robert.pk, cy.pk)}


def test_every_column_that_holds_a_customer_is_moved_or_written_once_or_the_trail() -> None:
    """A table that comes later is moved as well, or says here why it is not."""
    moved = {link.model._meta.label + "." + link.name for link in links()}
    every = {link.model._meta.label + "." + link.name for link in all_links()}
    assert every - moved == {
        "customers.Consent.customer", "customers.Look.customer", "sales_handoff.Ask.customer",
        "customers.NameWord.customer", "customers.Merge.kept", "customers.Merge.gone",
        "customers.Duplicate.lower", "customers.Duplicate.higher",
    }  # fmt: skip
    assert {"service_lane.RepairOrder.customer", "sales_handoff.Handoff.customer"} < moved
    assert is_written_once(Consent)


# --- consents ---------------------------------------------------------------------------------------------------------


def test_a_no_of_either_record_is_a_no_and_its_messages_are_not_sent(cast: Cast) -> None:
    robert, bob = twice()
    consent(cast, robert, "marketing", "text", True)
    consent(cast, bob, "marketing", "any", False, words="No offers at all.")
    with transaction.atomic():
        OutboxMessage.objects.create(
            rooftop=cast.north, kind="text", purpose="reminder", use="marketing", to=PHONE, key="r1", created_at=AT,
            not_before=AT,
        )  # fmt: skip
    merged(cast, robert, bob, at=LATER)
    assert not Consent.objects.allows(robert, "marketing", "text")
    assert not Consent.objects.allows(robert, "marketing", "call")
    written = Consent.objects.filter(customer=robert, at=LATER).first()
    assert (written.words, written.source) == ("No offers at all.", f"merge {Merge.objects.get().pk}")
    assert OutboxMessage.objects.get().status == "canceled"


def test_a_yes_counts_only_for_the_number_that_is_kept(cast: Cast) -> None:
    robert, bob = make_customer("Robert", "Brandt", phone=PHONE), make_customer("Bob", "Brandt", phone="+14155550199")
    consent(cast, bob, "marketing", "text", True)
    consent(cast, bob, "sales_use", "person", True)
    merged(cast, robert, bob)
    assert not Consent.objects.allows(robert, "marketing", "text"), "it was given for another number"
    assert Consent.objects.allows(robert, "sales_use", "person")
    ann, nan = make_customer("Ann", "Lee", phone="+14155550111"), make_customer("Nan", "Lee", phone="+14155550112")
    consent(cast, ann, "marketing", "text", True)
    consent(cast, nan, "marketing", "call", True)
    merged(cast, ann, nan, "phone", at=LATER)
    assert not Consent.objects.allows(ann, "marketing", "text")
    assert Consent.objects.allows(ann, "marketing", "call")


def test_looks_and_the_consent_log_are_read_through(client: Any, cast: Cast) -> None:
    robert, bob = twice()
    consent(cast, bob, "marketing", "call", True, words="Yes, call me, said Bob.")
    actions.look(customer=bob, why="before the merge", by=cast.max, at=AT, rooftop=cast.north)
    merged(cast, robert, bob)
    client.force_login(cast.ada)
    assert "Yes, call me, said Bob." in client.get(reverse("customers:consents", args=[robert.pk])).content.decode()
    assert "before the merge" in client.get(reverse("customers:looks", args=[robert.pk])).content.decode()


# --- a record that went -----------------------------------------------------------------------------------------------


def test_it_is_left_out_of_every_list_and_find_and_its_page_leads_on(client: Any, cast: Cast) -> None:
    robert, bob = twice()
    merged(cast, robert, bob)
    assert not Customer.objects.visible_to(cast.ada).filter(pk=bob.pk).exists()
    assert who_has([PHONE, "bob@example.com"]) == {PHONE: {robert.pk}, "bob@example.com": {robert.pk}}
    for text in ("415 555 0142", "bob brandt", "robert", "8BOB001"):
        assert customer_ids(route_query(text)) == [robert.pk], text
    assert rebuild_words() == 0
    client.force_login(cast.ada)
    shown = client.get(reverse("customers:index")).context["rows"]
    assert [row["pk"] for row in shown] == [robert.pk]
    found = {(row.customer_id, row.name) for row in find("415 555 0142", cast.north, AT).rows}
    assert found == {(robert.pk, "Robert Brandt")}
    assert client.get(bob.get_absolute_url()).url == robert.get_absolute_url()
    assert client.get(reverse("customers:looks", args=[bob.pk])).status_code == 404


def test_a_merge_goes_one_step_whatever_the_order(cast: Cast) -> None:
    robert, bob = twice()
    rob = make_customer("Rob", "Brandt")
    merged(cast, bob, rob)
    merged(cast, robert, bob)
    assert set(Customer.objects.filter(merged_into=robert)) == {bob, rob}
    assert set(robert.records) == {robert, bob, rob}


def test_the_database_holds_a_chain_to_one_step_and_a_merge_whole(cast: Cast) -> None:
    robert, bob = twice()
    merged(cast, robert, bob)
    other = make_customer("Cy", "Lee")
    for pk, fields in (
        (robert.pk, {"merged_into": other, "merged_at": AT}),
        (other.pk, {"merged_into": bob, "merged_at": AT}),
    ):
        with pytest.raises(DatabaseError, match="in one step"), transaction.atomic():
            Customer.objects.filter(pk=pk).update(**fields)
    with pytest.raises(IntegrityError, match="customer_merge_is_whole"), transaction.atomic():
        Customer.objects.filter(pk=other.pk).update(merged_at=AT)
    with pytest.raises(IntegrityError, match="customer_not_into_itself"), transaction.atomic():
        Customer.objects.filter(pk=other.pk).update(merged_into=other, merged_at=AT)
    with pytest.raises(IntegrityError, match="merge_once"), transaction.atomic():
        Merge.objects.create(kept=other, gone=bob, by=cast.ada, at=AT, reasons=[], before={}, moved={})
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Merge.objects.update(moved={})


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_preview_shows_both_side_by_side_and_changes_nothing(client: Any, cast: Cast) -> None:
    robert, bob = twice()
    say(cast, bob)
    compared()
    client.force_login(cast.ada)
    response = client.get(page(robert, bob))
    shown = response.content.decode()
    assert "One first name is short for the other" in shown
    assert "Same phone" in shown
    assert [(row["label"], row["kept"], row["gone"], row["chosen"]) for row in response.context["rows"]][:2] == [
        ("First name", "Robert", "Bob", "kept"),
        ("Last name", "Brandt", "Brandt", "kept"),
    ]
    assert {what: number for number, what in response.context["brings"]} == {
        "address": 1, "phones and e-mails": 2, "feedback": 1, "car": 1,
    }  # fmt: skip
    assert not Merge.objects.exists()
    assert set(robert.looks.values_list("why", flat=True)) == {"merging"}


def test_the_counter_merges_and_the_page_says_so_until_when_it_can_be_undone(
    send: Callable[..., Any], client: Any, cast: Cast
) -> None:
    robert, bob = twice()
    compared()
    answer = send(cast.ada, page(robert, bob), first_name="gone", email="gone", kept_seen="", gone_seen="")
    assert answer.url == robert.get_absolute_url()
    shown = client.get(answer.url).content.decode()
    assert "Merged from Bob Brandt by Ada Kim" in shown
    assert "Undo, until" in shown
    assert Duplicate.objects.get().state == "merged"
    robert.refresh_from_db()
    assert robert.name == "Bob Brandt"


def test_what_is_not_chosen_is_asked_for_and_nothing_happens(send: Callable[..., Any], cast: Cast) -> None:
    robert, bob = twice()
    answer = send(cast.ada, page(robert, bob), kept_seen="", gone_seen="", email="gone")
    assert answer.status_code == 422
    assert "Choose which one stays: first name." in answer.content.decode()
    assert 'name="email" value="gone" checked' in answer.content.decode()
    assert not Merge.objects.exists()


def test_a_stale_preview_is_refused_with_what_is_there_now(send: Callable[..., Any], cast: Cast) -> None:
    robert, bob = twice()
    bobby = actions.Name(first_name="Bobby", last_name="Brandt")
    actions.edit_customer(customer=bob, name=bobby, seen_at=None, by=cast.max, at=AT)
    sent = {"first_name": "gone", "email": "gone", "kept_seen": "", "gone_seen": ""}
    answer = send(cast.ada, page(robert, bob), **sent)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Somebody corrected one of these records while you looked." in shown
    assert "Bobby" in shown
    again = {**sent, "gone_seen": AT.isoformat()}
    assert send(cast.ada, page(robert, bob), **again).status_code == 302


def test_a_person_and_a_business_are_not_one(cast: Cast) -> None:
    robert, _ = twice()
    shop = make_customer("", "", kind="business", business_name="Brandt")
    with pytest.raises(CannotMerge, match="a person and the other a business"):
        merged(cast, robert, shop)
    with pytest.raises(CannotMerge, match="one and the same"):
        merged(cast, robert, robert)


@pytest.mark.parametrize(("who", "status"), [("tess", 403), ("sam", 403), ("max", 200), ("mallory", 200)])
def test_advisors_and_service_managers_of_the_group_merge(client: Any, cast: Cast, who: str, status: int) -> None:
    robert, bob = twice()
    client.force_login(getattr(cast, who))
    assert client.get(page(robert, bob)).status_code == status
    assert client.get(reverse("customers:duplicates")).status_code == status


def test_counter_view_shows_no_preview(client: Any, cast: Cast) -> None:
    robert, bob = twice()
    client.force_login(cast.ada)
    session = client.session
    session["counter_view"] = True
    session.save()
    assert client.get(page(robert, bob)).url == reverse("customers:duplicates")


# --- races ------------------------------------------------------------------------------------------------------------


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """What came of calls made in the same moment: done, or the sentence of a refusal."""
    barrier, told = Barrier(len(calls)), []

    def go(call: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            call()
            told.append("done")
        except Exception as refused:
            told.append(str(refused))
        finally:
            connection.close()

    threads = [Thread(target=go, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_at_once_make_one_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    robert, bob = twice()
    rob = make_customer("Rob", "Brandt", phone=PHONE)
    told = at_once(lambda: merged(cast, robert, bob), lambda: merged(cast, bob, rob), lambda: merged(cast, robert, bob))
    assert told.count("done") in (1, 2)
    refusals = ("merged meanwhile", "while you looked")
    assert all(one == "done" or any(words in one for words in refusals) for one in told)
    assert Merge.objects.filter(gone=bob).count() == 1
    standing = set(Customer.objects.standing())
    assert bob not in standing
    assert all(one.merged_into in standing for one in Customer.objects.exclude(merged_into=None))
    assert set(ContactPoint.objects.filter(value="bob@example.com").values_list("customer", flat=True)) <= {
        one.pk for one in standing
    }


@pytest.mark.django_db(transaction=True)
def test_without_taking_turns_a_record_would_be_two_steps_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what the lock on both records prevents does happen when they are only read."""
    cast = make_cast()
    robert, bob = twice()
    rob = make_customer("Rob", "Brandt", phone=PHONE)
    both, takes = Barrier(2), CustomerQuerySet.merge

    def together(self: CustomerQuerySet, **fields: Any) -> bool:
        done = takes(self, **fields)
        both.wait(timeout=20)
        return done

    monkeypatch.setattr(CustomerQuerySet, "merge", together)
    monkeypatch.setattr(merging, "_locked", lambda *pks: Customer.objects.in_bulk(pks))
    told = at_once(lambda: merged(cast, robert, bob), lambda: merged(cast, bob, rob))
    assert told == ["done", "done"]
    rob.refresh_from_db()
    assert rob.merged_into == bob
    assert bob not in Customer.objects.standing()
