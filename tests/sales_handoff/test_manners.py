"""When nobody is asked, why, and never for anything that is known of their credit."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction

from customers.actions import complaints, record_purchase
from customers.models import Consent, Customer, Household
from dealership.models import Entry
from sales_handoff import minefield
from sales_handoff.actions import ask, claim, finish, why_not_ask
from sales_handoff.actions.asking import BetterNot, CannotAsk
from sales_handoff.actions.meeting import GateClosed
from sales_handoff.models import Ask, Deal, Handoff, HandoffPolicy
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.sales_handoff.test_meet_the_customer import open_complaint
from tests.sales_handoff.test_pages import as_, post, url
from tests.sales_handoff.visits import has_read, make_handoff, make_old_car_order, said_yes, weighed_order

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def deal(cast: Cast, customer: Customer, **fields: Any) -> Deal:
    defaults = {"rooftop": cast.north, "number": "D-100", "opened_date": TODAY - timedelta(days=400)}
    return Deal.objects.create(customer=customer, **{**defaults, **fields})


def against(customer: Customer, **later: Any) -> list[str]:
    return why_not_ask(customer, policy=HandoffPolicy.objects.first(), at=AT + timedelta(**later))


# --- what speaks against asking --------------------------------------------------------------------------------------


def test_nobody_is_asked_for_a_set_time_after_buying_here(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    deal(cast, order.customer, sold_date=TODAY - timedelta(days=364))

    assert against(order.customer) == ["They bought from us on 24 Nov 2025. We do not ask again for 365 days."]
    with pytest.raises(BetterNot, match="bought from us"):
        said_yes(cast, order)
    assert against(order.customer, days=1) == []
    HandoffPolicy.objects.update(quiet_after_purchase_days=500)
    assert len(against(order.customer, days=1)) == 1


def test_a_hand_off_that_ended_in_a_sale_is_a_purchase_too(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    finish(handoff=handoff, outcome="bought", by=cast.sam, at=AT)

    assert against(handoff.customer, days=300)[0].startswith("They bought from us on 23 Nov 2026.")
    assert against(handoff.customer, days=366) == []


def test_a_purchase_recorded_at_delivery_counts_as_one_and_the_last_day_of_any_is_said(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    bought = {"customer": order.customer, "rooftop": cast.north, "car": "2026 Honda CR-V", "by": cast.sam, "at": AT}

    record_purchase(deal_number="D-1", sold_date=TODAY - timedelta(days=365), **bought)
    assert against(order.customer) == []
    record_purchase(deal_number="D-2", sold_date=TODAY - timedelta(days=40), **bought)
    deal(cast, order.customer, sold_date=TODAY - timedelta(days=90))

    assert against(order.customer) == ["They bought from us on 14 Oct 2026. We do not ask again for 365 days."]
    with pytest.raises(BetterNot, match="bought from us"):
        said_yes(cast, order)


def test_what_somebody_in_their_household_bought_keeps_nobody_from_being_asked(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    household = Household.objects.create(name="Raman")
    Customer.objects.filter(pk=order.customer_id).update(household=household)
    order.customer.refresh_from_db()
    arjun = make_customer("Arjun", "Raman", phone="", household=household)
    deal(cast, arjun, sold_date=TODAY)
    record_purchase(
        **{"customer": arjun, "rooftop": cast.north, "car": "2026 Honda CR-V", "deal_number": "D-1"},
        **{"sold_date": TODAY, "by": cast.sam, "at": AT},
    )

    assert against(order.customer) == []
    assert minefield.facts(order.customer, AT) == []
    assert said_yes(cast, order).answer == "yes"


def test_nobody_is_asked_during_a_deal_or_while_they_wait_for_sales_already(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    open_deal = deal(cast, order.customer)
    assert against(order.customer) == ["Sales has an open deal with them already."]
    Deal.objects.filter(pk=open_deal.pk).update(lost_date=TODAY)
    assert against(order.customer) == []

    said_yes(cast, order)
    handoff = make_handoff(cast, customer=make_customer("Omar", "Haddad", phone=""))
    again = make_order(cast, customer=handoff.customer, vehicle=make_vehicle(handoff.customer, plate="9XYZ"))
    with pytest.raises(BetterNot, match="another visit"):
        said_yes(cast, again)


def test_a_deal_that_a_file_tells_of_after_the_yes_is_read_before_any_contact(cast: Cast) -> None:
    """Nobody knew of it when they were asked, so the gate says it: also to who has read the gate before."""
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    deal(cast, handoff.customer, opened_date=TODAY)
    deal(cast, handoff.customer, number="D-99", sold_date=TODAY - timedelta(days=30))

    with pytest.raises(GateClosed):
        claim(handoff=handoff, by=cast.sam, at=AT)
    facts = minefield.facts(handoff.customer, AT)
    assert [(fact["kind"], fact["title"], fact["owner"]) for fact in facts] == [
        ("deal", "Sales has an open deal with them", f"The sales desk of {cast.north.name}"),
        ("bought", "They bought a car from us not long ago", f"The sales desk of {cast.north.name}"),
    ]
    assert facts[0]["since"].startswith(TODAY.isoformat())
    told = {fact["kind"] for fact in minefield.facts(handoff.customer, AT, reader=cast.ada)}
    assert not told & {"deal", "bought"}, "it is sales that minds its own deals"
    has_read(handoff, cast.sam)
    assert claim(handoff=handoff, by=cast.sam, at=AT).status == "claimed"


def test_a_complaint_of_the_household_is_named_as_such_and_names_nobody(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    household = Household.objects.create(name="Raman")
    Customer.objects.filter(pk=order.customer_id).update(household=household)
    order.customer.refresh_from_db()
    open_complaint(cast, make_customer("Arjun", "Raman", phone="", household=household))

    assert against(order.customer) == ["A complaint of somebody in their household is open. Settle it first."]
    with pytest.raises(BetterNot, match="household"):
        said_yes(cast, order)


def test_a_members_complaint_gates_the_contact_of_another_until_read_and_only_service_closes_it(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    household = Household.objects.create(name="Raman")
    Customer.objects.filter(pk=handoff.customer_id).update(household=household)
    arjun = make_customer("Arjun", "Raman", phone="", household=household)
    complaint = complaints.open_complaint(
        **{"customer": arjun, "rooftop": cast.north, "words": "You scratched my door.", "side": "service"},
        **{"owner": cast.max, "due_at": AT + timedelta(days=1), "by": cast.ada, "at": AT},
    )
    handoff.refresh_from_db()

    with pytest.raises(GateClosed):  # what Sam read before is void
        claim(handoff=handoff, by=cast.sam, at=AT)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    for seller in (cast.sam, cast.sue):
        with pytest.raises(complaints.OtherSide):
            complaints.close_complaint(complaint=complaint, what_was_done="Talked.", by=seller, at=AT)
    assert as_(cast.sam).get(f"/customers/{arjun.pk}/").status_code == 403
    assert "complaint" in {fact["kind"] for fact in minefield.facts(handoff.customer, AT)}

    complaints.close_complaint(complaint=complaint, what_was_done="Polished it.", by=cast.max, at=AT)
    assert minefield.facts(handoff.customer, AT) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"sold_date": TODAY, "lost_date": TODAY},
        {"sold_date": TODAY - timedelta(days=401)},
        {"lost_date": TODAY - timedelta(days=401)},
    ],
)
def test_the_database_refuses_a_deal_that_ended_twice_or_before_it_began(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="deal_ends_once"), transaction.atomic():
        deal(cast, make_customer(), **wrong)


def test_nothing_anywhere_holds_what_somebodys_credit_is(cast: Cast) -> None:
    """No field of ours could: so no hand-off is raised, kept back or sorted by it.

    The one score there is is what a customer gave us in a survey.
    """
    credit = re.compile(r"credit|fico|bureau|ssn|social_security|income|\bscore\b|_score", re.IGNORECASE)
    fields = [
        f"{model.__name__}.{field.name}"
        for app in ("dealership", "customers", "service_lane", "recommendations", "sales_handoff")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.local_fields
        if credit.search(field.name)
    ]
    _, evaluation = weighed_order(cast)

    assert fields == ["Feedback.score"]
    assert not credit.search(str(evaluation.inputs))


# --- the veto --------------------------------------------------------------------------------------------------------


def test_an_advisor_passes_it_over_with_a_kind_and_words(cast: Cast) -> None:
    order, _ = weighed_order(cast)

    veto = ask(repair_order=order, answer="not_asked", veto="bad_moment", reason="She cries.", by=cast.ada, at=AT)

    assert (veto.veto, veto.reason) == ("bad_moment", "She cries.")
    assert Entry.objects.about(veto).get().detail["veto"] == "bad_moment"


def test_a_kind_is_words_enough_and_words_are_another_reason(cast: Cast) -> None:
    first, _ = weighed_order(cast)
    other, _ = weighed_order(cast, customer=make_customer("Omar", "Haddad", phone=""))

    assert ask(repair_order=first, answer="not_asked", veto="decided", by=cast.ada, at=AT).reason == (
        "They decided already"
    )
    assert ask(repair_order=other, answer="not_asked", reason="In a hurry", by=cast.ada, at=AT).veto == "other"


@pytest.mark.parametrize("typed", [{"veto": "mood"}, {"veto": "other"}, {}])
def test_a_veto_of_no_kind_or_without_words_is_refused(cast: Cast, typed: dict[str, str]) -> None:
    order, _ = weighed_order(cast)

    with pytest.raises(CannotAsk, match="did not ask"):
        ask(repair_order=order, answer="not_asked", by=cast.ada, at=AT, **typed)


def test_the_database_takes_a_veto_only_from_who_did_not_ask_and_a_lead_only_from_a_yes(cast: Cast) -> None:
    order = make_old_car_order(cast)
    row = {"repair_order": order, "customer": order.customer, "answer": "no", "by": cast.ada, "at": AT}

    for wrong, name in (({"veto": "bad_moment"}, "ask_veto"), ({"passes_on": True}, "ask_passed_on")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Ask.objects.create(**row, **wrong)


@pytest.mark.parametrize("answer", ["no", "not_asked"])
def test_the_database_takes_no_hand_off_without_the_recorded_yes_of_its_customer(cast: Cast, answer: str) -> None:
    order, _ = weighed_order(cast)
    asked = ask(repair_order=order, answer=answer, veto="" if answer == "no" else "decided", by=cast.ada, at=AT)
    row = {"rooftop": cast.north, "repair_order": order, "customer": order.customer, "leaves_at": AT, "created_at": AT}
    yes = make_handoff(cast, customer=make_customer("Omar", "Haddad", phone=""))

    with pytest.raises(DatabaseError, match="recorded yes"), transaction.atomic():
        Handoff.objects.create(ask=asked, **row)
    for change in ({"ask": asked}, {"customer": order.customer}, {"repair_order": order}):
        with pytest.raises(DatabaseError, match="recorded yes"), transaction.atomic():
            Handoff.objects.filter(pk=yes.pk).update(**change)


def test_who_is_not_to_be_asked_can_still_be_passed_over_in_the_browser(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    order, _ = weighed_order(cast)
    deal(cast, order.customer)
    client = as_(cast.ada)

    text = client.get(url("ro-panel", order.pk)).content.decode()
    assert "Sales has an open deal with them already." in text
    assert 'value="better_not"' in text
    assert 'value="said_no"' not in text
    assert post(client, "ask", order.pk, choice="no", why="better_not", why_words="Deal").status_code == 302
    assert (Ask.objects.get().veto, Ask.objects.get().reason) == ("better_not", "Better not asked today. Deal")


# --- consent to be passed on -----------------------------------------------------------------------------------------


def test_being_passed_on_is_a_consent_of_its_own_and_off_until_it_is_given(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    other, _ = weighed_order(cast, customer=make_customer("Omar", "Haddad", phone=""))

    said_yes(cast, order)
    said_yes(cast, other, passes_on=True)

    assert not Consent.objects.allows(order.customer, "pass_on", "any")
    given = Consent.objects.get(purpose="pass_on")
    assert (given.customer, given.granted, given.channel) == (other.customer, True, "any")
    assert given.words.startswith("Northgate Honda may put my name")


def test_a_later_no_takes_it_back_and_a_later_yes_to_the_talk_alone_does_not(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    said_yes(cast, order, passes_on=True)
    cars = [make_vehicle(order.customer, plate=f"9XY{n}") for n in range(2)]
    talk, no = (make_order(cast, customer=order.customer, vehicle=car) for car in cars)

    said_yes(cast, talk, at=AT + timedelta(days=1))
    assert Consent.objects.allows(order.customer, "pass_on", "any")
    ask(repair_order=no, answer="no", words="Not any more.", by=cast.ada, at=AT + timedelta(days=2))
    assert not Consent.objects.allows(order.customer, "pass_on", "any")


def test_the_box_is_there_and_empty_only_where_leads_go_somewhere(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    order, _ = weighed_order(cast)
    client = as_(cast.ada)
    assert 'name="passes_on"' not in client.get(url("ro-panel", order.pk)).content.decode()

    type(cast.north).objects.filter(pk=cast.north.pk).update(leads_to="leads@crm.example")
    text = client.get(url("ro-panel", order.pk)).content.decode()
    assert 'name="passes_on" id="id_passes_on">' in text
    assert "Northgate Honda may put my name" in text
    post(client, "ask", order.pk, choice="yes", words="Sure.", leaves_at="2026-11-23T14:45", passes_on="on")
    assert Ask.objects.get().passes_on
