"""The admin: who comes in, what they set up, and that nobody rewrites history there."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.models import Address, Consent, Look
from customers.search import fold_words
from dealership.http import COUNTER_VIEW_KEY, ROOFTOP_KEY
from dealership.models import Entry, OutboxMessage, Role, Staff
from recommendations.models import AuthorizationPolicy
from sales_handoff.models import HandoffPolicy, ValueGuideRow
from service_lane.models import InspectionTemplate, OpCode, ScheduleRow, TemplateItem, TroubleCode
from tests.cast import AT, PASSWORD, Cast, make_cast, make_customer, make_order, make_staff, make_vehicle

OURS = ("dealership", "customers", "service_lane", "recommendations", "sales_handoff")
SET_UP = {
    *("rooftop", "staff", "opcode", "schedulerow", "troublecode", "inspectiontemplate", "authorizationpolicy"),
    *("handoffpolicy", "valueguiderow"),
}
HISTORY = {
    *("entry", "presentation", "presentedline", "decision", "recordentry", "invoice", "consent", "look"),
    *("evaluation", "ask", "handoff", "advisory", "advisoryversion", "repairorder", "outboxmessage"),
}
ADMINS = [model_admin for model, model_admin in admin.site._registry.items() if model._meta.app_label in OURS]
NAMES = {model_admin.model._meta.model_name: model_admin for model_admin in ADMINS}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def root(cast: Cast) -> Staff:
    return Staff.objects.create_superuser("root@lane.example", "Root", PASSWORD)


def url(name: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{NAMES[name].model._meta.app_label}_{name}_{page}", args=args)


def furnish(cast: Cast, n: int) -> None:
    """One of everything, numbered."""
    theo = make_customer(f"Theo{n}", phone=f"+1415555{n:04}")
    fold_words(theo)
    car = make_vehicle(theo, plate=f"7TRB{n:03}")
    Address.objects.create(customer=theo, street=f"{n} Alder Court")
    make_order(cast, customer=theo, vehicle=car)
    OpCode.objects.create(rooftop=cast.north, code=f"OP{n}", name="Oil", nature="maintenance", labor_hours=1)
    ScheduleRow.objects.create(op_code="OIL", service="Oil", miles=5000 + n, source="generic")
    TroubleCode.objects.create(code=f"P{n:04}", description="Misfire", source="ours")
    template = InspectionTemplate.objects.create(rooftop=cast.north, name=f"Template {n}", active=n == 0)
    for position in range(20 if n else 1):
        TemplateItem.objects.create(
            template=template, section="Under", position=position, key=f"k{position}", name="Pads"
        )
    AuthorizationPolicy.objects.create(
        jurisdiction="CA-ON", effective_date=date(2001, 1, 1) + timedelta(days=n), source="CPA s. 58"
    )
    ValueGuideRow.objects.create(
        make="HONDA",
        model=f"FIT {n}",
        year=2013,
        miles=n,
        low=1,
        high=2,
        source="invented",
        as_of_date=date(2026, 1, 1),
    )
    person = make_staff(f"P{n} Person")
    for kind in list(Role.Kind)[: 6 if n else 1]:
        Role.objects.create(staff=person, rooftop=cast.north, kind=kind)
    actions.look(customer=theo, why="test", by=cast.ada, at=AT, rooftop=cast.north)
    actions.record_consent(
        customer=theo,
        purpose="marketing",
        channel="text",
        granted=False,
        words="w",
        text_version="1",
        source="s",
        by=cast.ada,
        at=AT,
        rooftop=cast.north,
    )
    actions.open_complaint(
        customer=theo,
        rooftop=cast.north,
        words="Late.",
        side="service",
        owner=cast.max,
        due_at=AT,
        by=cast.ada,
        at=AT,
    )
    OutboxMessage.objects.create(
        rooftop=cast.north, kind="text", purpose="p", key=f"k{n}", to="x", body="b", created_at=AT, not_before=AT
    )


# --- who comes in ----------------------------------------------------------------------------------------------------


def test_everything_an_admin_sets_up_and_all_of_history_is_there() -> None:
    assert set(NAMES) >= SET_UP | HISTORY


@pytest.mark.parametrize("name", sorted(NAMES))
def test_staff_without_the_office_do_not_come_in(client: Any, cast: Cast, name: str) -> None:
    client.force_login(cast.max)
    assert client.get(url(name, "changelist")).status_code == 302
    Staff.objects.filter(pk=cast.max.pk).update(is_staff=True)
    assert client.get(url(name, "changelist")).status_code == 403
    client.force_login(cast.gus)
    assert client.get(url(name, "changelist")).status_code == 200


def test_the_admin_sends_strangers_to_the_log_in_page(client: Any, db: None) -> None:
    answer = client.get(reverse("admin:index"))
    assert reverse("admin:login") in answer.url
    assert reverse("account_login") in client.get(answer.url).url


def test_a_group_admin_sees_only_their_rooftops(client: Any, cast: Cast) -> None:
    nora = make_staff("Nora Only", (cast.north, Role.Kind.GROUP_ADMIN), is_staff=True)
    OpCode.objects.create(rooftop=cast.river, code="RIVERS", name="Oil", nature="safety", labor_hours=1)
    client.force_login(nora)
    assert "RIVERS" not in client.get(url("opcode", "changelist")).content.decode()
    river = client.get(url("rooftop", "change", cast.river.pk))
    assert river.status_code == 302
    people = client.get(url("staff", "changelist")).content.decode()
    assert "Ada Kim" in people
    assert "Mallory Vance" not in people
    form = client.get(url("opcode", "add")).content.decode()
    assert "Northgate" in form
    assert "Riverside Honda</option>" not in form


# --- every page opens and asks no more for more ----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["root", "gus"])
def test_every_page_opens_without_inline_style_or_script(client: Any, cast: Cast, root: Staff, who: str) -> None:
    furnish(cast, 0)
    client.force_login(root if who == "root" else cast.gus)
    opened = 0
    for name, model_admin in NAMES.items():
        pages = [url(name, "changelist")]
        if name in SET_UP and not (name == "rooftop" and who == "gus"):
            pages.append(url(name, "add"))
        row = model_admin.model._default_manager.order_by("pk").first()
        if row is not None:
            pages.append(url(name, "change", row.pk))
        for page in pages:
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert answer["Content-Security-Policy"]
            html = answer.content.decode()
            assert not re.search(r"\sstyle=|<style|\son[a-z]+=", html), page
            assert all("src=" in tag or "json" in tag for tag in re.findall(r"<script[^>]*>", html)), page
            opened += 1
    assert opened >= 30


def test_lists_and_forms_ask_as_often_for_many_as_for_one(client: Any, cast: Cast, root: Staff) -> None:
    client.force_login(root)
    furnish(cast, 0)

    def costs() -> dict[str, int]:
        found = {}
        for name, model_admin in NAMES.items():
            pages = {f"{name} list": url(name, "changelist")}
            row = model_admin.model._default_manager.order_by("-pk").first()
            if row is not None:
                pages[f"{name} form"] = url(name, "change", row.pk)
            for label, page in pages.items():
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(page).status_code == 200
                found[label] = len(queries)
        return found

    costs()
    one = costs()
    for n in range(1, 12):
        furnish(cast, n)
    many = costs()
    assert {label: (one[label], many[label]) for label in one if many[label] > one[label]} == {}


# --- history ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(HISTORY | {"customer", "vehicle", "complaint", "appraisal"}))
def test_not_even_a_superuser_rewrites_history(client: Any, root: Staff, name: str) -> None:
    request = RequestFactory().get("/")
    request.user = root
    model_admin = NAMES[name]
    assert not model_admin.has_add_permission(request)
    assert not model_admin.has_change_permission(request)
    assert not model_admin.has_delete_permission(request)
    assert model_admin.has_view_permission(request)
    client.force_login(root)
    assert client.get(url(name, "add")).status_code == 403
    assert "delete_selected" not in client.get(url(name, "changelist")).content.decode()


def test_a_forged_post_to_history_changes_nothing(client: Any, cast: Cast, root: Staff) -> None:
    furnish(cast, 0)
    client.force_login(root)
    consent, entry = Consent.objects.get(), Entry.objects.order_by("pk").first()
    assert entry is not None
    assert client.post(url("consent", "change", consent.pk), {"granted": "on"}).status_code == 403
    assert client.post(url("consent", "delete", consent.pk), {"post": "yes"}).status_code == 403
    assert client.post(url("entry", "change", entry.pk), {"event": "forged"}).status_code == 403
    client.post(
        url("entry", "changelist"), {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    )
    consent.refresh_from_db()
    assert not consent.granted
    assert Entry.objects.filter(pk=entry.pk).exists()


def test_an_admins_look_at_a_customer_is_kept(client: Any, cast: Cast, root: Staff) -> None:
    theo = make_customer()
    for person in (cast.gus, root):
        client.force_login(person)
        assert client.get(url("customer", "change", theo.pk)).status_code == 200
    assert list(Look.objects.order_by("pk").values_list("by__name", "why")) == [
        ("Gus Long", "admin"),
        ("Root", "admin"),
    ]


@pytest.mark.parametrize(
    ("name", "typed"), [("customer", "brandt theo"), ("customer", "0142"), ("vehicle", "004183"), ("vehicle", "7trb")]
)
def test_support_finds_customers_and_cars(client: Any, cast: Cast, name: str, typed: str) -> None:
    theo = make_customer()
    fold_words(theo)
    make_vehicle(theo, vin="5FPYK3F73JB004183")
    make_vehicle(make_customer("Julie", "Stone", phone=""), plate="9ZZZ999")
    client.force_login(cast.gus)
    page = client.get(url(name, "changelist"), {"q": typed})
    assert page.context["cl"].result_count == 1


# --- setting up ------------------------------------------------------------------------------------------------------


def staff_form(person: Staff, **fields: Any) -> dict[str, Any]:
    roles = list(person.roles.order_by("pk"))
    form = {
        "name": person.name,
        "email": person.email,
        "is_active": "on",
        "roles-TOTAL_FORMS": len(roles),
        "roles-INITIAL_FORMS": len(roles),
        **fields,
    }
    for n, role in enumerate(roles):
        form |= {f"roles-{n}-id": role.pk, f"roles-{n}-staff": person.pk, f"roles-{n}-kind": role.kind}
        form[f"roles-{n}-rooftop"] = role.rooftop_id
    return {name: value for name, value in form.items() if value is not None}


def test_a_group_admin_adds_staff_with_a_role_and_a_trace(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    client.post(
        url("staff", "add"),
        {
            "name": "Nell New",
            "email": "Nell@Lane.example",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "roles-TOTAL_FORMS": 1,
            "roles-INITIAL_FORMS": 0,
            "roles-0-rooftop": cast.north.pk,
            "roles-0-kind": "technician",
        },
    )
    nell = Staff.objects.get(email="nell@lane.example")
    assert nell.check_password(PASSWORD)
    client.post(
        url("staff", "change", nell.pk),
        staff_form(
            nell,
            **{
                "roles-TOTAL_FORMS": 1,
                "roles-0-rooftop": cast.north.pk,
                "roles-0-kind": "technician",
                "roles-0-staff": nell.pk,
            },
        ),
    )
    nell = Staff.objects.get(pk=nell.pk)
    assert nell.holds({Role.Kind.TECHNICIAN}, cast.north.pk)
    assert Entry.objects.about(nell).filter(event="staff.added", by=cast.gus).exists()


def test_nobody_makes_themselves_a_superuser_or_takes_one_over(client: Any, cast: Cast, root: Staff) -> None:
    client.force_login(cast.gus)
    client.post(url("staff", "change", cast.gus.pk), staff_form(cast.gus, is_staff="on", is_superuser="on"))
    cast.gus.refresh_from_db()
    assert not cast.gus.is_superuser
    Role.objects.create(staff=root, rooftop=cast.north, kind="group_admin")
    assert client.post(url("staff", "change", root.pk), staff_form(root, email="mine@lane.example")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    assert client.post(password, {"password1": "x" * 20, "password2": "x" * 20}).status_code == 403
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_nobody_gives_a_role_at_a_rooftop_that_is_not_theirs(client: Any, cast: Cast) -> None:
    nora = make_staff("Nora Only", (cast.north, Role.Kind.GROUP_ADMIN), is_staff=True)
    client.force_login(nora)
    fields = {"roles-TOTAL_FORMS": 2, "roles-1-rooftop": cast.river.pk, "roles-1-kind": "group_admin"}
    answer = client.post(url("staff", "change", cast.ada.pk), staff_form(cast.ada, **fields))
    assert answer.status_code == 200
    assert not Role.objects.filter(staff=cast.ada, rooftop=cast.river).exists()


def test_staff_are_deactivated_and_never_deleted(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    assert client.post(url("staff", "delete", cast.ada.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "deactivate", "_selected_action": [cast.ada.pk, cast.gus.pk]}
    client.post(url("staff", "changelist"), chosen)
    cast.ada.refresh_from_db()
    cast.gus.refresh_from_db()
    assert (cast.ada.is_active, cast.gus.is_active) == (False, True)
    assert Entry.objects.about(cast.ada).get().event == "staff.deactivated"
    client.post(url("staff", "changelist"), chosen | {"action": "reactivate"})
    cast.ada.refresh_from_db()
    assert cast.ada.is_active


def test_who_is_deactivated_is_out_at_once(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    assert client.get(reverse("customers:index")).status_code == 200
    Staff.objects.filter(pk=cast.ada.pk).update(is_active=False)
    assert client.get(reverse("customers:index")).status_code == 302


def test_a_changed_policy_is_a_new_version(client: Any, cast: Cast) -> None:
    policy = HandoffPolicy.objects.create(rooftop=cast.north)
    client.force_login(cast.gus)
    form = client.get(url("handoffpolicy", "change", policy.pk)).context["adminform"].form
    typed = {name: value for name, value in form.initial.items() if value is not None}
    client.post(url("handoffpolicy", "change", policy.pk), typed | {"mention_ratio": "0.30"})
    policy.refresh_from_db()
    assert (policy.version, str(policy.mention_ratio)) == (2, "0.30")
    entry = Entry.objects.about(policy).get()
    assert (entry.event, entry.rooftop) == ("handoff_policy.changed", cast.north)


def test_op_codes_are_switched_off_and_not_deleted(client: Any, cast: Cast) -> None:
    row = OpCode.objects.create(rooftop=cast.north, code="OIL", name="Oil", nature="safety", labor_hours=1)
    client.force_login(cast.gus)
    assert client.post(url("opcode", "delete", row.pk), {"post": "yes"}).status_code == 403


# --- where one works, and who may look at the screen -----------------------------------------------------------------


def test_the_rooftop_is_switched_among_ones_own(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    switch = reverse("dealership:switch-rooftop")
    assert client.get(switch).status_code == 405
    client.post(switch, {"rooftop": cast.river.pk, "next": "/customers/", "form_key": str(uuid4())})
    assert client.get("/customers/").wsgi_request.rooftop == cast.river
    client.force_login(cast.ada)
    client.post(switch, {"rooftop": cast.river.pk, "form_key": str(uuid4())})
    assert ROOFTOP_KEY not in client.session
    assert client.get("/customers/").wsgi_request.rooftop == cast.north


def test_a_way_back_never_leads_out_of_the_house(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    for name in ("switch-rooftop", "counter-view"):
        answer = client.post(reverse(f"dealership:{name}"), {"next": "https://evil.example/", "form_key": str(uuid4())})
        assert answer.url == "/"


def test_counter_view_is_turned_on_and_off_by_post(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    toggle = reverse("dealership:counter-view")
    assert client.get(toggle).status_code == 405
    client.post(toggle, {"next": "/customers/"})
    assert client.session[COUNTER_VIEW_KEY] is True
    assert 'data-counter="on"' in client.get("/customers/").content.decode()
    client.post(toggle, {"next": "/customers/"})
    assert client.session[COUNTER_VIEW_KEY] is False
