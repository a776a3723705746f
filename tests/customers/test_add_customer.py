"""Adding and correcting people and businesses, and how they are reached."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from customers import actions
from customers.actions.households import NotTogether
from customers.actions.people import ChangedMeanwhile, NotAPhone
from customers.models import ContactPoint, Customer, Household, NameWord
from customers.search import fold_words
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer

HTMX = {"HX-Request": "true"}


def add(cast: Cast, **fields: Any) -> Customer:
    name = actions.Name(first_name="Theo", last_name="Brandt")
    return actions.add_customer(**{"name": name, "by": cast.ada, "at": AT, "rooftop": cast.north, **fields})


def test_a_new_customer_is_kept_with_a_trace_and_found_by_name(cast: Cast) -> None:
    theo = add(
        cast, phone="(415) 555-0142", email="Theo@Example.com", place=actions.Place("18 Alder Court", "Mill Valley")
    )
    assert theo.name == "Theo Brandt"
    assert list(theo.contact_points.values_list("kind", "value", "digits", "preferred")) == [
        ("phone", "+14155550142", "4155550142", True),
        ("email", "theo@example.com", "", False),
    ]
    assert theo.addresses.get().street == "18 Alder Court"
    assert set(NameWord.objects.values_list("word", flat=True)) == {"theo", "brandt"}
    entry = Entry.objects.about(theo).get()
    assert (entry.event, entry.by, entry.at, entry.rooftop) == ("customer.added", cast.ada, AT, cast.north)


def test_a_placeholder_is_no_phone(cast: Cast) -> None:
    with pytest.raises(NotAPhone):
        add(cast, phone="999-999-9999")
    assert not Customer.objects.exists()


def test_the_counter_adds_a_customer(send: Callable[..., Any], cast: Cast) -> None:
    response = send(
        cast.ada,
        reverse("customers:customer-new"),
        kind="business",
        business_name="Alder Plumbing",
        phone="415 555 0100",
        language="es",
    )
    made = Customer.objects.get()
    assert response.url == made.get_absolute_url()
    assert (made.name, made.kind, made.language) == ("Alder Plumbing", "business", "es")


def test_htmx_is_sent_to_the_new_customer(send: Callable[..., Any], cast: Cast) -> None:
    response = send(cast.ada, reverse("customers:customer-new"), HTMX, kind="person", first_name="Theo", language="en")
    assert response["HX-Redirect"] == Customer.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"kind": "person"}, "last_name", "Enter a first or a last name."),
        ({"kind": "business", "last_name": "Brandt"}, "business_name", "Enter the name of the business."),
        ({"kind": "person", "last_name": "B", "phone": "000-000-0000"}, "phone", "Leave it empty if they gave none"),
        ({"kind": "person", "last_name": "B", "phone": "555-0142"}, "phone", "with its area code"),
        ({"kind": "person", "last_name": "B", "email": "theo@"}, "email", "like name@example.com"),
        ({"kind": "person", "last_name": "B", "city": "Mill Valley"}, "street", "Enter the street"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    send: Callable[..., Any], cast: Cast, typed: dict[str, str], field: str, sentence: str
) -> None:
    response = send(cast.ada, reverse("customers:customer-new"), language="en", **typed)
    assert response.status_code == 422
    assert any(sentence in error for error in response.context["form"].errors[field])
    page = response.content.decode()
    assert all(f'value="{value}"' in page for value in typed.values())
    assert not Customer.objects.exists()


def test_what_the_find_box_was_asked_for_is_filled_in(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    page = client.get(reverse("customers:customer-new"), {"phone": "+14155550199"}).content.decode()
    assert 'value="+14155550199"' in page


@pytest.mark.parametrize("who", ["tess", "sam"])
def test_only_the_counter_adds_and_corrects(send: Callable[..., Any], cast: Cast, who: str) -> None:
    theo = make_customer()
    staff = getattr(cast, who)
    for name, args in (("customer-new", ()), ("customer-edit", (theo.pk,)), ("contact-add", (theo.pk,))):
        assert send(staff, reverse(f"customers:{name}", args=args)).status_code == 403
    assert Customer.objects.count() == 1


# --- correcting ------------------------------------------------------------------------------------------------------


def test_a_corrected_name_is_found_and_the_old_one_is_in_the_trail(cast: Cast) -> None:
    theo = make_customer()
    fold_words(theo)
    name = actions.Name(first_name="Theo", last_name="Brandt-Diaz")
    actions.edit_customer(customer=theo, name=name, seen_at=None, by=cast.ada, at=AT)
    theo.refresh_from_db()
    assert (theo.name, theo.edited_at) == ("Theo Brandt-Diaz", AT)
    assert set(NameWord.objects.values_list("word", flat=True)) == {"theo", "brandt", "diaz"}
    assert Entry.objects.about(theo).get().detail["was"] == "Theo Brandt"


def test_a_stale_page_does_not_overwrite(cast: Cast) -> None:
    theo = make_customer()
    first, second = actions.Name(last_name="First"), actions.Name(last_name="Second")
    actions.edit_customer(customer=theo, name=first, seen_at=None, by=cast.ada, at=AT)
    with pytest.raises(ChangedMeanwhile):
        actions.edit_customer(customer=theo, name=second, seen_at=None, by=cast.max, at=AT)
    theo.refresh_from_db()
    assert theo.name == "First"


def test_a_stale_page_says_so_and_keeps_what_was_typed(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    url = reverse("customers:customer-edit", args=[theo.pk])
    typed = {"kind": "person", "last_name": "Second", "language": "en", "seen_at": ""}
    actions.edit_customer(customer=theo, name=actions.Name(last_name="First"), seen_at=None, by=cast.max, at=AT)
    refused = send(cast.ada, url, **typed)
    assert refused.status_code == 422
    assert "Somebody saved this record while you were typing: it is First now." in refused.content.decode()
    assert 'value="Second"' in refused.content.decode()
    typed["seen_at"] = refused.context["form"]["seen_at"].value()
    assert send(cast.ada, url, **typed).status_code == 302
    theo.refresh_from_db()
    assert theo.name == "Second"


# --- contacts and addresses ------------------------------------------------------------------------------------------


def test_a_phone_is_added_confirmed_preferred_and_taken_off(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    response = send(
        cast.ada, reverse("customers:contact-add", args=[theo.pk]), kind="phone", value="415.555.0177", label="work"
    )
    assert response.status_code == 302
    work = ContactPoint.objects.get(value="+14155550177")
    assert (work.label, work.digits, work.preferred) == ("work", "4155550177", False)
    url = reverse("customers:contact-change", args=[theo.pk, work.pk])
    send(cast.ada, url, do="prefer")
    assert list(theo.contact_points.filter(preferred=True)) == [work]
    send(cast.ada, url, do="confirm")
    send(cast.ada, url, do="remove")
    assert not ContactPoint.objects.filter(pk=work.pk).exists()
    events = list(Entry.objects.about(theo).order_by("pk").values_list("event", flat=True))
    assert events == ["contact.added", "contact.preferred", "contact.confirmed", "contact.removed"]


def test_a_wrong_phone_is_refused_beside_the_field(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    response = send(cast.ada, reverse("customers:contact-add", args=[theo.pk]), kind="phone", value="1234567890")
    assert response.status_code == 422
    assert "only fills the field" in response.content.decode()
    assert theo.contact_points.count() == 1


def test_somebody_elses_phone_is_not_there(send: Callable[..., Any], cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="+14155550177")
    point = julie.contact_points.get()
    url = reverse("customers:contact-change", args=[theo.pk, point.pk])
    assert send(cast.ada, url, do="remove").status_code == 404
    assert julie.contact_points.exists()


def test_an_address_is_added_and_taken_off(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    url = reverse("customers:address-add", args=[theo.pk])
    assert send(cast.ada, url, street="").status_code == 422
    send(cast.ada, url, street="18 Alder Court", city="Mill Valley", region="ca", postal_code="94941")
    address = theo.addresses.get()
    assert str(address) == "18 Alder Court, Mill Valley CA 94941"
    send(cast.ada, reverse("customers:address-remove", args=[theo.pk, address.pk]))
    assert not theo.addresses.exists()


# --- households ------------------------------------------------------------------------------------------------------


def test_two_become_a_household_and_one_alone_is_none(send: Callable[..., Any], cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="")
    for person in (theo, julie):
        fold_words(person)
    url = reverse("customers:household", args=[theo.pk])
    assert [row["pk"] for row in send_get(send, cast, url, "julie")] == [julie.pk]
    send(cast.ada, url, **{"with": julie.pk})
    theo.refresh_from_db()
    julie.refresh_from_db()
    assert theo.household == julie.household is not None
    assert str(theo.household) == "Brandt"
    with pytest.raises(NotTogether):
        actions.live_together(customer=theo, other=julie, by=cast.ada, at=AT)
    send(cast.ada, reverse("customers:household-leave", args=[theo.pk]))
    julie.refresh_from_db()
    assert julie.household is None
    assert not Household.objects.exists()


def send_get(send: Callable[..., Any], cast: Cast, url: str, text: str) -> list[dict[str, Any]]:
    from django.test import Client

    client = Client()
    client.force_login(cast.ada)
    return list(client.get(url, {"with": text}).context["others"])


def test_nobody_lives_with_themselves(cast: Cast) -> None:
    theo = make_customer()
    with pytest.raises(NotTogether):
        actions.live_together(customer=theo, other=theo, by=cast.ada, at=AT + timedelta(hours=1))
    assert not Household.objects.exists()


def test_the_same_form_twice_makes_one_customer(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    url = reverse("customers:customer-new")
    form = {
        "form_key": "5b1f8c1e-0000-4000-8000-000000000001",
        "kind": "person",
        "last_name": "Brandt",
        "language": "en",
    }
    first, again = client.post(url, form), client.post(url, form)
    assert first.url == again.url == Customer.objects.get().get_absolute_url()
    assert client.post(url, form | {"last_name": "Other"}).status_code == 409
    assert client.post(url, {"kind": "person", "last_name": "Keyless"}).status_code == 400
    assert Customer.objects.count() == 1
