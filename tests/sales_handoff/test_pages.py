"""The advisor's panel, the hand-off queue and the value guide, as pages and fragments, for the right people only."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customers.models import Look
from dealership.models import Entry, Rooftop, Staff
from sales_handoff import minefield
from sales_handoff.actions import claim, finish, withdraw
from sales_handoff.models import Ask, Evaluation, Handoff, MinefieldReading, ValueGuideRow
from tests.cast import AT, Cast, make_customer
from tests.sales_handoff.test_meet_the_customer import open_complaint
from tests.sales_handoff.visits import WORDS, add_line, has_read, make_handoff, make_old_car_order, weighed_order

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
PHONE = "(415) 555-0177"


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def as_(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def url(name: str, *args: int) -> str:
    return reverse(f"sales_handoff:{name}", args=args)


def post(client: Client, name: str, pk: int, *, htmx: bool = False, **typed: str) -> Any:
    return client.post(url(name, pk), {"form_key": str(uuid4()), **typed}, **(HTMX if htmx else {}))


# --- the panel -------------------------------------------------------------------------------------------------------


def test_the_panel_shows_both_columns_with_where_each_number_comes_from_and_one_sentence_to_say(cast: Cast) -> None:
    order, evaluation = weighed_order(cast)

    page = as_(cast.ada).get(url("ro-panel", order.pk))
    fragment = as_(cast.ada).get(url("ro-panel", order.pk), **HTMX)

    for answer in (page, fragment):
        text = answer.content.decode()
        assert "Worth a conversation" in text
        assert evaluation.plain_reading in text
        assert "Keep and repair" in text
        assert "Guide of the tests" in text
        assert "Priya, before you spend this" in text
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()


def test_the_panel_waits_quietly_for_the_first_line(cast: Cast) -> None:
    order = make_old_car_order(cast)

    text = as_(cast.ada).get(url("ro-panel", order.pk)).content.decode()

    assert "There is no line to weigh yet" in text
    assert 'name="choice"' not in text


def test_a_small_bill_is_said_to_be_nothing_and_nothing_is_proposed_to_say(cast: Cast) -> None:
    order, evaluation = weighed_order(cast, "300.00")

    text = as_(cast.ada).get(url("ro-panel", order.pk)).content.decode()

    assert evaluation.tier == Evaluation.Tier.NONE
    assert "Nothing to say" in text
    assert "before you spend this" not in text
    assert "They brought it up?" in text


@pytest.mark.parametrize(("who", "status"), [("sam", 403), ("tess", 403), ("mallory", 404), ("ada", 200)])
def test_the_panel_is_for_the_counter_of_its_rooftop(cast: Cast, who: str, status: int) -> None:
    order, _ = weighed_order(cast)

    assert as_(getattr(cast, who)).get(url("ro-panel", order.pk)).status_code == status
    assert post(as_(getattr(cast, who)), "ask", order.pk, choice="no", why="said_no").status_code in (status, 302)
    assert Ask.objects.exists() == (who == "ada")


def test_counter_view_leaves_the_panel_empty(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    client = as_(cast.ada)
    session = client.session
    session["counter_view"] = True
    session.save()

    text = client.get(url("ro-panel", order.pk), **HTMX).content.decode()

    assert "$2,500" not in text
    assert "Counter view is on" in text


def test_a_yes_in_the_form_raises_the_handoff(cast: Cast, run_tasks: Any) -> None:
    order, _ = weighed_order(cast)

    answer = post(
        as_(cast.ada), "ask", order.pk, choice="yes", words=WORDS, leaves_at="2026-11-23T14:45", where="In the lounge"
    )

    assert (answer.status_code, answer.url) == (302, url("ro-panel", order.pk))
    run_tasks()
    handoff = Handoff.objects.get()
    assert handoff.leaves_at == AT + timedelta(hours=3, minutes=7)
    assert handoff.ask.words == WORDS


def test_the_same_form_twice_counts_once_and_htmx_gets_the_panel(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    client, typed = as_(cast.ada), {"form_key": str(uuid4()), "choice": "no", "why": "said_no"}

    first = client.post(url("ask", order.pk), typed, **HTMX)
    second = client.post(url("ask", order.pk), typed)

    assert "They said no" in first.content.decode()
    assert "<html" not in first.content.decode()
    assert (second.status_code, second.url) == (302, url("ro-panel", order.pk))
    assert Ask.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose one of the two."),
        ({"choice": "yes", "words": " "}, "Write down what they said"),
        ({"choice": "no"}, "Choose why, or write it."),
        ({"choice": "yes", "words": "Sure.", "leaves_at": "2026-11-23T08:00"}, "has passed"),
    ],
)
def test_a_form_with_something_missing_comes_back_with_what_was_typed(
    cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    order, _ = weighed_order(cast)

    answer = post(as_(cast.ada), "ask", order.pk, where="By the coffee", **typed)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "By the coffee" in answer.content.decode()
    assert not Ask.objects.exists()


def test_the_panel_says_why_not_to_ask_and_takes_no_yes_by_a_direct_post(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    open_complaint(cast, order.customer)

    text = as_(cast.ada).get(url("ro-panel", order.pk)).content.decode()
    answer = post(as_(cast.ada), "ask", order.pk, choice="yes", words="Sure.", leaves_at="2026-11-23T14:45")

    assert "Better not ask today." in text
    assert 'value="yes"' not in text
    assert answer.status_code == 422
    assert "complaint" in answer.content.decode()
    assert not Handoff.objects.exists()


def test_a_typed_value_weighs_the_order_at_once(cast: Cast) -> None:
    order, _ = weighed_order(cast)

    answer = post(as_(cast.ada), "value", order.pk, htmx=True, low="2000", high="2400", source="Auction 20 Nov")

    assert "Auction 20 Nov" in answer.content.decode()
    assert Evaluation.objects.latest_of(order).value_source == "Auction 20 Nov"


def test_a_value_that_is_none_comes_back_beside_its_field(cast: Cast) -> None:
    order, _ = weighed_order(cast)

    answer = post(as_(cast.ada), "value", order.pk, low="3000", high="2400", source="Auction 20 Nov")

    assert answer.status_code == 422
    assert "The high value must be at least the low one." in answer.content.decode()
    assert "Auction 20 Nov" in answer.content.decode()


def test_the_advisor_takes_a_yes_back_and_sees_the_outcome_of_another(cast: Cast) -> None:
    handoff = make_handoff(cast)
    client = as_(cast.ada)

    assert post(client, "withdraw", handoff.repair_order_id, reason="").status_code == 422
    answer = post(client, "withdraw", handoff.repair_order_id, htmx=True, reason="Changed her mind", said_stop="on")
    assert "Changed her mind" in answer.content.decode()

    other = make_handoff(cast, customer=make_customer("Omar", "Haddad", phone=""))
    has_read(other, cast.sam)
    claim(handoff=other, by=cast.sam, at=AT)
    finish(handoff=other, outcome="keeps", note="Two more years.", by=cast.sam, at=AT)
    text = client.get(url("ro-panel", other.repair_order_id)).content.decode()
    assert "Keeps the car." in text
    assert "Two more years." in text
    assert "keeps the car." in as_(cast.tess).get(url("outcome", other.repair_order_id), **HTMX).content.decode()


def test_what_came_of_a_handoff_reaches_the_advisor_and_the_technician_and_nobody_else(cast: Cast) -> None:
    handoff = make_handoff(cast)
    type(handoff.repair_order).objects.filter(pk=handoff.repair_order_id).update(technician=cast.tess, advisor=cast.ada)
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    assert "Two more years" not in as_(cast.tess).get(url("came-of")).content.decode()
    finish(handoff=handoff, outcome="keeps", note="Two more years.", by=cast.sam, at=AT)

    for staff in (cast.ada, cast.tess):
        assert "Two more years." in as_(staff).get(url("came-of")).content.decode()
        assert "Two more years." in as_(staff).get(url("came-of"), **HTMX).content.decode()
    assert "Two more years." not in as_(cast.mallory).get(url("came-of")).content.decode()
    assert as_(cast.sam).get(url("came-of")).status_code == 403
    no_handoff = make_old_car_order(cast, customer=make_customer("Omar", "Haddad", phone=""))
    assert as_(cast.tess).get(url("outcome", no_handoff.pk), **HTMX).content.decode().strip() == ""


def test_a_finished_order_shows_its_advisor_what_came_of_the_handoff(cast: Cast) -> None:
    handoff = make_handoff(cast)
    order = handoff.repair_order
    page = reverse("service_lane:order", args=[order.pk])

    assert url("ro-panel", order.pk) in as_(cast.ada).get(page).content.decode()
    assert url("outcome", order.pk) in as_(cast.tess).get(page).content.decode()
    type(order).objects.filter(pk=order.pk).update(status="closed", closed_at=AT, odometer_out=order.odometer_in)
    assert url("outcome", order.pk) in as_(cast.ada).get(page).content.decode()


def test_the_customers_page_holds_when_they_were_asked(cast: Cast) -> None:
    handoff = make_handoff(cast)

    text = as_(cast.ada).get(url("customer-handoffs", handoff.customer_id), **HTMX).content.decode()

    assert WORDS in text
    assert as_(cast.sam).get(url("customer-handoffs", handoff.customer_id)).status_code == 403
    elsewhere = as_(cast.mallory).get(url("customer-handoffs", handoff.customer_id), **HTMX).content.decode()
    assert WORDS in elsewhere
    assert "href" not in elsewhere
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=False)
    empty = as_(cast.mallory).get(url("customer-handoffs", handoff.customer_id), **HTMX).content.decode()
    assert WORDS not in empty


# --- the queue -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("tess", 403), ("mallory", 404), ("sam", 200), ("gus", 200)])
def test_a_handoff_is_for_the_sales_people_of_its_rooftop(cast: Cast, who: str, status: int) -> None:
    handoff = make_handoff(cast)
    client = as_(getattr(cast, who))

    assert client.get(url("handoff", handoff.pk)).status_code == status
    facts = minefield.sha256(minefield.facts(handoff.customer, AT))
    read = post(client, "read", handoff.pk, facts=facts)
    assert read.status_code == (302 if status == 200 else status)
    assert MinefieldReading.objects.exists() == (status == 200)
    assert Look.objects.filter(customer=handoff.customer).exists() == (status == 200)


def test_the_queue_of_another_rooftop_is_empty(cast: Cast) -> None:
    make_handoff(cast)

    text = as_(cast.mallory).get(url("queue")).content.decode()

    assert "Nobody is waiting to be met" in text
    assert "Priya" not in text


def test_sales_sees_no_name_without_a_yes(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    other, _ = weighed_order(cast, customer=make_customer("Omar", "Haddad", phone=""))
    client = as_(cast.ada)
    post(client, "ask", order.pk, choice="no", why="said_no")
    post(client, "ask", other.pk, choice="no", why="bad_moment")

    text = as_(cast.sam).get(url("queue")).content.decode()

    assert "Priya" not in text
    assert "Haddad" not in text
    assert "1 said no, hidden" in text


def test_a_salesperson_cannot_open_customers_or_orders(cast: Cast) -> None:
    handoff = make_handoff(cast)
    client = as_(cast.sam)

    for page in (
        reverse("service_lane:order", args=[handoff.repair_order_id]),
        url("ro-panel", handoff.repair_order_id),
        url("customer-handoffs", handoff.customer_id),
        url("outcome", handoff.repair_order_id),
    ):
        assert client.get(page).status_code in (403, 404)


def test_how_to_reach_them_is_not_in_the_page_before_reading_and_is_gone_when_a_fact_changes(cast: Cast) -> None:
    handoff = make_handoff(cast)
    client = as_(cast.sam)

    before = client.get(url("handoff", handoff.pk)).content.decode()
    assert "Read this before you walk over" in before
    assert PHONE not in before
    assert "5550177" not in before
    assert "Claim it, tell Ada" not in before

    facts = minefield.sha256(minefield.facts(handoff.customer, AT))
    after = post(client, "read", handoff.pk, htmx=True, facts=facts).content.decode()
    assert PHONE in after
    assert "Claim it, tell Ada" in after
    assert PHONE not in as_(cast.sue).get(url("handoff", handoff.pk)).content.decode()

    open_complaint(cast, handoff.customer)
    closed = client.get(url("handoff", handoff.pk)).content.decode()
    assert PHONE not in closed
    assert "You scratched my door." in closed


def test_a_direct_post_passes_no_gate(cast: Cast) -> None:
    handoff = make_handoff(cast)
    client = as_(cast.sam)

    claimed = post(client, "claim", handoff.pk)
    finished = post(client, "finish", handoff.pk, outcome="bought")
    guessed = post(client, "read", handoff.pk, facts="0" * 64)

    assert [claimed.status_code, finished.status_code, guessed.status_code] == [409, 409, 409]
    assert "Read what is open with them first." in claimed.content.decode()
    assert "Something changed while you read." in guessed.content.decode()
    handoff.refresh_from_db()
    assert handoff.status == "waiting"


def test_from_reading_to_an_outcome_in_the_browser(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    client = as_(cast.sam)

    assert post(client, "claim", handoff.pk).url == url("handoff", handoff.pk)
    page = client.get(url("queue")).content.decode()
    assert "You claimed this at 11:38." in page
    assert post(client, "finish", handoff.pk).status_code == 422
    assert "Keeps the car" in post(client, "finish", handoff.pk, htmx=True, outcome="keeps").content.decode()
    done = client.get(url("queue")).content.decode()
    assert "Keeps the car, Sam Mills" in done
    assert Entry.objects.filter(event="handoff.finished", by=cast.sam).count() == 1


def test_a_claim_can_be_taken_back_from_the_toast_and_the_advisor_reads_each_step(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    client = as_(cast.sam)

    claimed = post(client, "claim", handoff.pk, htmx=True).content.decode()
    assert "It is yours." in claimed
    assert f'action="{url("release", handoff.pk)}"' in claimed
    panel = url("ro-panel", handoff.repair_order_id)
    tag = as_(cast.ada).get(panel, **HTMX).headers["HX-PTag"]
    assert post(client, "walk", handoff.pk).status_code == 302
    moved = as_(cast.ada).get(panel, HTTP_HX_PTAG=tag, **HTMX).content.decode()
    assert "is walking over, since 11:38" in moved
    assert "Set out to them" in moved
    assert post(client, "met", handoff.pk).status_code == 302
    assert "is with them, since 11:38" in as_(cast.ada).get(panel, **HTMX).content.decode()
    board = as_(cast.ada).get(reverse("service_lane:board")).content.decode()
    assert "Sam from sales is with them" in board


def test_the_way_to_them_is_for_the_sales_people_of_the_rooftop(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    post(as_(cast.sam), "claim", handoff.pk)

    for verb in ("walk", "met"):
        assert post(as_(cast.ada), verb, handoff.pk).status_code == 403
        assert post(as_(cast.mallory), verb, handoff.pk).status_code == 404
        assert post(as_(cast.sue), verb, handoff.pk).status_code == 409
    handoff.refresh_from_db()
    assert (handoff.walking_at, handoff.met_at) == (None, None)


def test_counter_view_shows_nothing_of_the_queue(cast: Cast) -> None:
    handoff = make_handoff(cast)
    client = as_(cast.gus)
    tag = client.get(url("queue"), **HTMX).headers["HX-PTag"]
    session = client.session
    session["counter_view"] = True
    session.save()

    for page in (url("queue"), url("handoff", handoff.pk)):
        text = client.get(page).content.decode()
        assert "Counter view is on" in text
        assert "Priya" not in text
    poll = client.get(url("queue"), HTTP_HX_PTAG=tag, **HTMX)
    assert poll.headers["HX-Redirect"] == url("queue")
    assert b"Priya" not in poll.content


@pytest.mark.parametrize(
    ("minutes", "is_said"), [(30, True), (29, False), (15, True), (6, False), (5, True), (4, False)]
)
def test_a_screen_reader_hears_of_the_countdown_three_times(cast: Cast, minutes: int, is_said: bool) -> None:
    make_handoff(cast, leaves_in=timedelta(minutes=minutes))

    text = as_(cast.sam).get(url("queue"), **HTMX).content.decode()

    assert (f"Priya Raman leaves in {minutes} min." in text) is is_said
    assert f"in {minutes} min" in text


def test_the_axis_has_a_table_of_the_same_times(cast: Cast) -> None:
    make_handoff(cast)

    text = as_(cast.sam).get(url("queue")).content.decode()

    assert '<th scope="row">14:38</th><td>Priya Raman</td><td class="n">in 3 h</td>' in text


def test_the_arithmetic_says_why_it_came_up_and_every_number_it_took(cast: Cast) -> None:
    handoff = make_handoff(cast)
    evaluation = Evaluation.objects.get()

    text = as_(cast.sam).get(url("handoff", handoff.pk)).content.decode()

    assert evaluation.reasons
    assert evaluation.sheet["figures"][0]["source"] in text
    assert "Why this came up" in text
    assert "score" not in text.lower()


def test_whoever_comes_second_reads_who_was_quicker_and_undo_gives_it_back(cast: Cast) -> None:
    handoff = make_handoff(cast)
    for staff in (cast.sam, cast.sue):
        has_read(handoff, staff)
    post(as_(cast.sam), "claim", handoff.pk)

    late = post(as_(cast.sue), "claim", handoff.pk)
    assert late.status_code == 409
    assert "Sam Mills has claimed this one already." in late.content.decode()
    assert post(as_(cast.sue), "release", handoff.pk).status_code == 409
    assert post(as_(cast.sam), "release", handoff.pk).status_code == 302
    assert post(as_(cast.sue), "claim", handoff.pk).status_code == 302


def test_a_car_that_left_without_being_met_says_so(cast: Cast) -> None:
    make_handoff(cast, leaves_in=timedelta(minutes=-8))

    assert "Left without being met" in as_(cast.sam).get(url("queue")).content.decode()


def test_a_withdrawn_handoff_says_not_to_contact_them(cast: Cast) -> None:
    handoff = make_handoff(cast)
    has_read(handoff, cast.sam)
    withdraw(handoff=handoff, reason="She said stop.", by=cast.ada, at=AT)

    text = as_(cast.sam).get(url("handoff", handoff.pk)).content.decode()

    assert "please do not contact them" in text
    assert PHONE not in text


def test_an_unchanged_queue_answers_a_poll_with_nothing(cast: Cast) -> None:
    make_handoff(cast)
    client = as_(cast.sam)

    first = client.get(url("queue"), **HTMX)
    again = client.get(url("queue"), HTTP_HX_PTAG=first.headers["HX-PTag"], **HTMX)
    add_line(Handoff.objects.get().repair_order)
    Entry.objects.create(
        event="line.added", rooftop=cast.north, about_type="x", about_id=1, about_label="x", by_name="Ada", at=AT
    )
    changed = client.get(url("queue"), HTTP_HX_PTAG=first.headers["HX-PTag"], **HTMX)

    assert [first.status_code, again.status_code, changed.status_code] == [200, 304, 200]
    assert "<html" not in first.content.decode()


def test_the_queue_costs_the_same_queries_for_one_and_for_fifty(cast: Cast, django_assert_max_num_queries: Any) -> None:
    def count() -> int:
        client = as_(cast.sam)
        client.get(url("queue"))
        with django_assert_max_num_queries(30) as queries:
            client.get(url("queue"))
        return len(queries)

    make_handoff(cast)
    one = count()
    for number in range(49):
        make_handoff(
            cast, customer=make_customer(f"Person{number}", "Raman", phone=""), leaves_in=timedelta(minutes=5 * number)
        )

    assert count() == one


# --- the value guide -------------------------------------------------------------------------------------------------

GUIDE = (
    "make,model,year,trim,miles,low,high,dollars_per_1000_miles,source,as_of_date\n"
    "Honda,Fit,2017,,120000,3400,5100,20.00,Guide,2026-11-18\n"
    "Honda,Fit,x,,120000,3400,5100,20.00,Guide,2026-11-18\n"
)


def upload(client: Client, content: str, **typed: str) -> Any:
    file = SimpleUploadedFile("guide.csv", content.encode(), content_type="text/csv")
    return client.post(url("values"), {"form_key": str(uuid4()), "file": file, **typed})


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("sam", 403), ("sue", 200), ("max", 200)])
def test_the_guide_is_kept_by_the_office_and_the_sales_manager(cast: Cast, who: str, status: int) -> None:
    client = as_(getattr(cast, who))

    assert client.get(url("values")).status_code == status
    assert upload(client, GUIDE).status_code == status
    assert ValueGuideRow.objects.exists() == (status == 200)


def test_the_sales_manager_finds_the_guide_in_the_menu_and_a_salesperson_does_not(cast: Cast) -> None:
    assert url("values") in as_(cast.sue).get(url("queue")).content.decode()
    assert url("values") not in as_(cast.sam).get(url("queue")).content.decode()


def test_an_upload_says_what_came_in_and_names_each_refused_line(cast: Cast) -> None:
    looked = upload(as_(cast.max), GUIDE, dry_run="on").content.decode()
    assert "Nothing was written." in looked
    assert not ValueGuideRow.objects.exists()

    text = upload(as_(cast.max), GUIDE).content.decode()
    assert "1 added" in text
    assert "is not a whole number." in text
    assert "2017 Honda FIT" in text


def test_a_file_that_is_no_guide_comes_back_with_what_it_lacks(cast: Cast) -> None:
    answer = upload(as_(cast.max), "make,model\nHonda,Fit\n")

    assert answer.status_code == 422
    assert "The file has no column year" in answer.content.decode()
