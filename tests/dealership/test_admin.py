"""The admin: who comes in, what they set up, and that nobody rewrites history there."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.models import (
    Address,
    CheckIn,
    Consent,
    ConsentText,
    Customer,
    Duplicate,
    Feedback,
    FollowThrough,
    Household,
    HouseholdSuggestion,
    Look,
    Merge,
    Purchase,
    Recall,
    RecallCheck,
    RecallCheckEntry,
    RecallFile,
    Referral,
    ToldOfCar,
    Vehicle,
    VinDecode,
)
from customers.search import fold_words
from dealership.http import COUNTER_VIEW_KEY, ROOFTOP_KEY
from dealership.models import Entry, InboundText, OutboxMessage, Role, Staff
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AuthorizationPolicy,
    CustomerLink,
    Decision,
    DeclinedNotice,
    EstimateWaiver,
    FollowUp,
    FollowUpPolicy,
    FollowUpStep,
    Invoice,
    PartsChoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    RecordHead,
    SecondCarItem,
    SecondCarOffer,
    TakenBack,
)
from recommendations.models.answers import SHOWN
from sales_handoff.models import (
    Appraisal,
    Ask,
    CarOutlook,
    CarScore,
    Deal,
    Escalation,
    Evaluation,
    Handoff,
    HandoffPolicy,
    ImportedFile,
    MinefieldReading,
    PreparedVisit,
    Program,
    Reassignment,
    Sale,
    SheetShown,
    StockNeed,
    StockUnit,
    ValueGuideRow,
    Wish,
)
from service_lane.actions import templates
from service_lane.models import (
    Appointment,
    DamageMark,
    DmsImport,
    Inspection,
    InspectionItem,
    InspectionTemplate,
    OpCode,
    Photo,
    Reading,
    RecordedCode,
    RepairOrder,
    RequestedService,
    ScheduleRow,
    ServiceLine,
    TemplateItem,
    TroubleCode,
    WriteUp,
)
from tests.cast import AT, PASSWORD, Cast, make_cast, make_customer, make_order, make_rooftop, make_staff, make_vehicle

OURS = ("dealership", "customers", "service_lane", "recommendations", "sales_handoff")
SET_UP = {
    *("rooftop", "staff", "opcode", "schedulerow", "troublecode", "inspectiontemplate", "authorizationpolicy"),
    *("handoffpolicy", "followuppolicy", "valueguiderow", "templateitem", "consenttext", "retentionpolicy"),
}
HISTORY = {
    *("entry", "presentation", "presentedline", "decision", "recordentry", "recordhead", "invoice", "customerlink"),
    *("estimatewaiver", "followup", "consent", "look", "evaluation", "ask", "handoff", "minefieldreading"),
    *("advisory", "advisoryversion", "deal", "escalation", "reassignment", "preparedvisit"),
    *("repairorder", "serviceline", "concern", "requestedservice", "inspection", "inspectionitem", "reading"),
    *("outboxmessage", "inboundtext", "appointment", "writeup", "photo", "dmsimport", "complaint", "customer"),
    *("vehicle", "feedback", "checkin", "purchase", "referral", "followthrough", "privacyrequest"),
    *("recall", "recallfile", "recallcheck"),
    *("householdsuggestion", "toldofcar", "secondcaroffer"),
    *("duplicate", "merge"),
    *("importedfile", "stockunit", "program", "stockneed", "sale", "wish", "sheetshown"),
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
    furnish_voices(cast, n, theo)
    InboundText.objects.create(
        rooftop=cast.north, provider_key=f"in-{n}", number="x", body="b", reading="said", is_known=False, received_at=AT
    )
    ConsentText.objects.create(
        purpose="marketing", channel="call", version=f"v{n}", words="{store}", effective_date=AT.date()
    )
    household = Household.objects.create(name=f"Household {n}")
    type(theo).objects.filter(pk=theo.pk).update(household=household)
    lives_near = make_customer(f"Near{n}", phone=f"+1415777{n:04}")
    HouseholdSuggestion.objects.create(low=theo, high=lives_near, proposed_at=AT)
    ToldOfCar.objects.create(vehicle=car, miles=90_000, said_date=AT.date(), by=cast.ada, at=AT)
    VinDecode.objects.create(vehicle=car, vin=f"VIN{n}", proposal={}, source="decoder", at=AT)
    place = make_rooftop(f"ROOF{n}", f"Rooftop {n}") if n else cast.north
    HandoffPolicy.objects.create(rooftop=place)
    FollowUpPolicy.objects.create(rooftop=place)
    RecordHead.objects.create(rooftop=place)
    furnish_recalls(cast, n, car)
    furnish_visit(cast, n, RepairOrder.objects.get(customer=theo))


def furnish_recalls(cast: Cast, n: int, car: Vehicle) -> None:
    """A list that came in, a record of it, and what was answered about one car; several answers."""
    file = RecallFile.objects.create(name=f"{n}.zip", part="post", status="done", by=cast.max, at=AT, finished_at=AT)
    Recall.objects.create(record_id=n + 1, campaign=f"26V{n:06}", part="post", file=file, added_at=AT)
    said = {"state": "open", "source": "maker_site", "by": cast.ada, "at": AT}
    check = RecallCheck.objects.create(vehicle=car, campaign=f"26V{n:06}", number=4, **said)
    for number in range(1, 5 if n else 2):
        RecallCheckEntry.objects.create(check_of=check, number=number, **said)


def furnish_voices(cast: Cast, n: int, theo: Customer) -> None:
    """What they said, what they bought, whom they sent and what they asked."""
    said = {"rooftop": cast.north, "customer": theo, "words": "Good."}
    Feedback.objects.create(kind="praise", side="service", said_at=AT, recorded_at=AT, by=cast.ada, **said)
    FollowThrough.objects.create(taken_by=cast.ada, owner=cast.max, due_at=AT, opened_at=AT, **said)
    bought = Purchase.objects.create(
        rooftop=cast.north, customer=theo, car="CR-V", deal_number=f"D{n}", sold_date=AT.date(), by=cast.sam, at=AT
    )
    CheckIn.objects.create(
        rooftop=cast.north, customer=theo, kind="year", purchase=bought, owner=cast.sam, due_at=AT, created_at=AT
    )
    sent = make_customer(f"Sent{n}", phone=f"+1415666{n:04}")
    Referral.objects.create(rooftop=cast.north, sender=theo, sent=sent, what="service", by=cast.ada, at=AT)
    actions.record_privacy_request(
        customer=theo, rooftop=cast.north, kind="access", asked_how="call", asked_at=AT, by=cast.max, at=AT
    )
    Duplicate.objects.create(lower=theo, higher=sent, points=65, reasons=["Same phone"], found_at=AT)
    Merge.objects.create(kept=theo, gone=sent, by=cast.ada, at=AT, reasons=[], before={}, moved={})


def furnish_visit(cast: Cast, n: int, order: RepairOrder) -> None:
    """What a visit leaves behind; several rows of what there may be several of."""
    several, money = range(1, 5 if n else 2), {"labor": 1, "parts_total": 1, "tax": 0, "total": 2}
    appointment = Appointment.objects.create(
        rooftop=cast.north, customer=order.customer, vehicle=order.vehicle, due_at=AT, purpose="Oil"
    )
    write_up = WriteUp.objects.create(
        rooftop=cast.north,
        advisor=cast.ada,
        appointment=appointment,
        customer=order.customer,
        vehicle=order.vehicle,
        started_at=AT,
        saved_at=AT,
        repair_order=order,
    )
    DmsImport.objects.create(rooftop=cast.north, filename=f"{n}.csv", created_at=AT, by=cast.max)
    offer = SecondCarOffer.objects.create(
        **{
            "rooftop": cast.north,
            "customer": order.customer,
            "vehicle": order.vehicle,
            "words": "Due.",
            "by": cast.ada,
        },
        **{"answer": "book", "at": AT, "appointment": appointment},
    )
    for one in several:
        SecondCarItem.objects.create(offer=offer, key=f"{one}", service="Oil", price=1, valid_until=AT.date())
    Photo.objects.create(rooftop=cast.north, repair_order=order, by=cast.tess, taken_at=AT)
    RequestedService.objects.create(
        repair_order=order, op_code="OIL", name="Oil", nature="maintenance", labor_hours=1, **money
    )
    inspection = Inspection.objects.create(
        repair_order=order, template_name="Default", technician=cast.tess, started_at=AT
    )
    presentation = Presentation.objects.create(
        repair_order=order, channel="counter", authorized_before=0, revised_total=2, to_name="T", by=cast.ada, at=AT
    )
    for one in several:
        DamageMark.objects.create(write_up=write_up, number=one, where="door", what="dent", seen_at=AT)
        ServiceLine.objects.create(
            repair_order=order, line_code="A", position=one, pay_type="C", hours=1, labor=1, parts=1, misc=0
        )
        item = InspectionItem.objects.create(
            inspection=inspection, section="Under", position=one, key=f"k{one}", name="Pads", unit="mm"
        )
        RecordedCode.objects.create(inspection=inspection, code=f"P030{one}", by=cast.tess, at=AT)
        for place in ("inner", "outer"):
            Reading.objects.create(item=item, position=place, value=3, unit="mm", by=cast.tess, at=AT)
        line = Advisory.objects.create(
            repair_order=order,
            position=one,
            finding=item,
            ground="reading",
            ground_text="3 mm",
            reason_code="A",
            urgency="now",
            found_by=cast.tess,
            created_at=AT,
        )
        version = AdvisoryVersion.objects.create(
            advisory=line, number=1, title="Pads", valid_until=AT.date(), written_by=cast.ada, written_at=AT, **money
        )
        shown = PresentedLine.objects.create(
            presentation=presentation,
            advisory=line,
            version=version,
            snapshot=dict.fromkeys(SHOWN, "x"),
            sha256="0" * 64,
        )
        decision = Decision.objects.create(
            line=shown,
            advisory=line,
            answer="approved",
            who_name="T",
            channel="counter",
            additional_cost=2,
            revised_total=2,
            by=cast.ada,
            at=AT,
        )
        QuestionReply.objects.create(question=decision, text="Yes.", by=cast.ada, at=AT)
        TakenBack.objects.create(decision=decision, by=cast.ada, at=AT)
        follow_up = FollowUp.objects.create(
            advisory=line,
            line=shown,
            rooftop=cast.north,
            customer=order.customer,
            vehicle=order.vehicle,
            owner=cast.ada,
            kind="silent",
            is_safety=True,
            due_date=AT.date(),
            due_basis="policy",
            due_why="Nothing was said of when.",
            next_date=AT.date(),
            created_at=AT,
        )
        FollowUpStep.objects.create(follow_up=follow_up, kind="no_answer", by=cast.ada, at=AT)
    RecordEntry.objects.create(
        rooftop=cast.north,
        sequence=n + 1,
        kind="presented",
        repair_order=order,
        row_id=1,
        payload={},
        previous_hash="0" * 64,
        hash="1" * 64,
        at=AT,
    )
    PartsChoice.objects.create(repair_order=order, wants_back=True, by=cast.ada, at=AT)
    DeclinedNotice.objects.create(
        repair_order=order, document={}, sha256="0" * 64, how="typed", signed_name="Theo", by=cast.ada, at=AT
    )
    EstimateWaiver.objects.create(repair_order=order, most=99, signed_name="Theo", words="w", by=cast.ada, at=AT)
    Invoice.objects.create(repair_order=order, document={}, sha256="0" * 64, total=2, by=cast.ada, at=AT)
    CustomerLink.objects.create(
        repair_order=order, token_hash=f"{n:064}", contact="x", by=cast.ada, created_at=AT, expires_at=AT
    )
    Appraisal.objects.create(vehicle=order.vehicle, rooftop=cast.north, low=1, high=2, source="s", by=cast.sue, at=AT)
    evaluation = Evaluation.objects.create(
        repair_order=order, tier="none", inputs={}, inputs_sha256="0" * 64, policy_version=1, repair_total=2, at=AT
    )
    ask = Ask.objects.create(
        repair_order=order,
        customer=order.customer,
        evaluation=evaluation,
        answer="yes",
        words="Yes.",
        leaves_at=AT,
        by=cast.ada,
        at=AT,
    )
    handoff = Handoff.objects.create(
        rooftop=cast.north, ask=ask, repair_order=order, customer=order.customer, leaves_at=AT, created_at=AT
    )
    MinefieldReading.objects.create(handoff=handoff, by=cast.sam, facts={}, facts_sha256="0" * 64, at=AT)
    CarOutlook.objects.create(
        rooftop=cast.north, make=f"M{n}", cars=1, orders=1, values=1, learned={}, limits=[1], as_of_date=AT.date()
    )
    CarScore.objects.create(vehicle=order.vehicle, rooftop=cast.north, declined=0, spent=0, standing="unknown", at=AT)
    Escalation.objects.create(handoff=handoff, why="unclaimed", due_at=AT, at=AT)
    Reassignment.objects.create(handoff=handoff, to_staff=cast.sue, reason="Busy", by=cast.sue, at=AT)
    Deal.objects.create(rooftop=cast.north, number=f"D{n}", customer=order.customer, opened_date=AT.date())
    PreparedVisit.objects.create(
        appointment=appointment, rooftop=cast.north, day=AT.date(), facts={}, crosses=False, at=AT
    )
    Wish.objects.create(repair_order=order, by=cast.ada, at=AT)
    SheetShown.objects.create(repair_order=order, evaluation=evaluation, is_shown=True, by=cast.ada, at=AT)
    furnish_lists(cast, n)


def furnish_lists(cast: Cast, n: int) -> None:
    """A row of every list that comes in files."""
    file = ImportedFile.objects.create(rooftop=cast.north, kind="stock", name=f"{n}.csv", by_name="Max", at=AT)
    car = {"rooftop": cast.north, "make": "HONDA", "model": f"CAR {n}", "file": file}
    StockUnit.objects.create(
        **car, stock_number=str(n), condition="used", year=2020, body="suv", seats=5, drive="awd", miles=1, price=1
    )
    Program.objects.create(
        **car,
        **{"name": "Rate", "kind": "apr", "condition": "used", "months": 60, "apr": 5, "money_factor": 0},
        **{"residual_percent": 0, "due_at_signing": 0, "miles_a_year": 0, "cents_a_mile_over": 0},
        from_date=AT.date(),
        until_date=AT.date(),
    )
    StockNeed.objects.create(**car, year_from=2018, year_to=2020, most_miles=1, pays=1, until_date=AT.date())
    Sale.objects.create(**car, year=2018, miles=n, price=1, sold_on=AT.date())


# --- who comes in ----------------------------------------------------------------------------------------------------


def test_everything_an_admin_sets_up_and_all_of_history_is_there() -> None:
    assert set(NAMES) >= SET_UP | HISTORY


def test_staff_without_the_office_do_not_come_in(client: Any, cast: Cast) -> None:
    def answers() -> dict[str, int]:
        return {name: client.get(url(name, "changelist")).status_code for name in NAMES}

    client.force_login(cast.max)
    assert answers() == dict.fromkeys(NAMES, 302)
    Staff.objects.filter(pk=cast.max.pk).update(is_staff=True)
    assert answers() == dict.fromkeys(NAMES, 403)
    client.force_login(cast.gus)
    assert answers() == dict.fromkeys(NAMES, 200)


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
            row = model_admin.model._default_manager.order_by("-pk").first()
            assert row is not None, name
            pages = {f"{name} list": url(name, "changelist"), f"{name} form": url(name, "change", row.pk)}
            for label, page in pages.items():
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(page).status_code == 200
                # The session is looked up anew once a minute: dealership.cache.
                found[label] = sum("django_session" not in query["sql"] for query in queries)
        return found

    costs()
    one = costs()
    for n in range(1, 30):
        furnish(cast, n)
    many = costs()
    assert {label: (one[label], many[label]) for label in one if many[label] > one[label]} == {}


# --- history ---------------------------------------------------------------------------------------------------------


def test_not_even_a_superuser_rewrites_history(client: Any, root: Staff) -> None:
    request = RequestFactory().get("/")
    request.user = root
    client.force_login(root)
    for name in sorted(HISTORY | {"appraisal"}):
        model_admin = NAMES[name]
        assert not model_admin.has_add_permission(request), name
        assert not model_admin.has_change_permission(request), name
        assert not model_admin.has_delete_permission(request), name
        assert model_admin.has_view_permission(request), name
        assert client.get(url(name, "add")).status_code == 403, name
        assert "delete_selected" not in client.get(url(name, "changelist")).content.decode(), name


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


# --- what an admin types ---------------------------------------------------------------------------------------------


def filled(client: Any, page: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send from the form at `page`, with `typed` over it."""
    context = client.get(page).context
    fields = {}
    forms = [context["adminform"].form]
    for formset in (inline.formset for inline in context["inline_admin_formsets"]):
        forms += [formset.management_form, *formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                fields[bound.html_name] = "on" if value is True else value
    return fields | typed


def test_a_new_person_logs_in_with_what_the_admin_typed(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    typed = {
        "name": "Nell New",
        "email": "nell@lane.example",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "roles-TOTAL_FORMS": 1,
        "roles-INITIAL_FORMS": 0,
        "roles-0-rooftop": cast.north.pk,
        "roles-0-kind": "service_advisor",
    }
    client.post(url("staff", "add"), typed)
    nell = Client()
    nell.post(reverse("account_login"), {"login": "nell@lane.example", "password": PASSWORD})
    assert nell.get(reverse("service_lane:board")).status_code == 200
    assert nell.get(reverse("admin:index")).status_code == 302


def test_a_changed_rate_says_what_it_was_and_what_it_is(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    page = url("rooftop", "change", cast.north.pk)
    client.post(page, filled(client, page, labor_rate="172.00", makes_sold="HONDA, ACURA"))
    cast.north.refresh_from_db()
    assert cast.north.makes_sold == ["HONDA", "ACURA"]
    entry = Entry.objects.about(cast.north).get()
    assert (entry.event, entry.by, entry.rooftop) == ("rooftop.changed", cast.gus, cast.north)
    assert entry.detail["fields"] == {
        "labor_rate": ["168.00", "172.00"],
        "makes_sold": ["['HONDA']", "['HONDA', 'ACURA']"],
    }


def test_a_form_sent_as_it_was_leaves_no_entry(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    for page in (url("rooftop", "change", cast.north.pk), url("staff", "change", cast.ada.pk)):
        assert client.post(page, filled(client, page)).status_code == 302
    assert not Entry.objects.exists()


def test_a_time_zone_that_is_none_is_refused(client: Any, cast: Cast) -> None:
    client.force_login(cast.gus)
    page = url("rooftop", "change", cast.north.pk)
    answer = client.post(page, filled(client, page, time_zone="Pacific time"))
    assert "time_zone" in answer.context["adminform"].form.errors
    cast.north.refresh_from_db()
    assert cast.north.time_zone == "America/Los_Angeles"


PADS = '{"description": "Pad set", "number": "45022", "quantity": 1, "unit_price": 94.5, "state": "new_oem"}'


@pytest.mark.parametrize(
    ("kit", "sentence"),
    [
        (f"[{PADS}, ", "This cannot be read: check its quotation marks, commas and brackets."),
        (PADS, "A parts kit is a list: put the parts between [ and ]."),
        (f"[{PADS.replace('1,', '0,')}]", 'Part 1 (Pad set): quantity is a number above zero, not "0".'),
        (f"[{PADS}, {PADS.replace('new_oem', 'shiny')}]", "Part 2 (Pad set): state is one of new_oem, new_non_oem"),
        (f"[{PADS.replace('unit_price', 'price')}]", "Part 1 (Pad set): unit_price is missing."),
        (f"[{PADS.replace('94.5', '94.505')}]", "Part 1 (Pad set): unit_price is in dollars and cents"),
        ('["Pads"]', "Part 1: put its fields between { and }."),
    ],
)
def test_a_parts_kit_that_cannot_be_used_is_refused_in_words(client: Any, cast: Cast, kit: str, sentence: str) -> None:
    row = OpCode.objects.create(rooftop=cast.north, code="BRAKE", name="Brakes", nature="safety", labor_hours=1)
    client.force_login(cast.gus)
    page = url("opcode", "change", row.pk)
    answer = client.post(page, filled(client, page, parts_kit=kit))
    assert sentence in " ".join(answer.context["adminform"].form.errors["parts_kit"])
    shown = answer.context["adminform"].form["parts_kit"].value()
    assert sorted("".join(shown.split())) == sorted("".join(kit.split())), "nothing typed is lost"
    row.refresh_from_db()
    assert row.parts_kit == []


def test_a_parts_kit_is_kept_as_typed_and_shown_a_part_a_line(client: Any, cast: Cast) -> None:
    row = OpCode.objects.create(rooftop=cast.north, code="BRAKE", name="Brakes", nature="safety", labor_hours=1)
    client.force_login(cast.gus)
    page = url("opcode", "change", row.pk)
    assert client.post(page, filled(client, page, parts_kit=f"[{PADS}]")).status_code == 302
    row.refresh_from_db()
    assert row.parts_kit[0]["unit_price"] == 94.5
    assert filled(client, page)["parts_kit"] == f"[\n {PADS}\n]"
    assert client.post(page, filled(client, page, parts_kit="")).status_code == 302
    row.refresh_from_db()
    assert row.parts_kit == []


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"red_to": "7"}, "red_to", "Less is worse here, so red ends at or below 6, where green begins."),
        ({"unsafe_to": "5"}, "unsafe_to", "so unsafe ends at or below 3, where red ends."),
        ({"threshold_source": ""}, "threshold_source", "Say where the threshold comes from"),
        ({"green_from": ""}, "green_from", "Say where green begins; without it no reading is judged."),
        ({"unsafe_marks": "On fire"}, "unsafe_marks", "On fire: not among the marks above."),
        ({"others": '[{"unit": "mm"}]'}, "others", "Way 1: lower_is_worse"),
    ],
)
def test_a_threshold_that_cannot_judge_is_refused_in_words(
    client: Any, cast: Cast, typed: dict[str, str], field: str, sentence: str
) -> None:
    template = templates.install_default.__wrapped__(rooftop=cast.north, by=None, at=AT)
    pads = template.items.get(key="tire-lf")
    client.force_login(cast.gus)
    page = url("templateitem", "change", pads.pk)
    answer = client.post(page, filled(client, page, **typed))
    assert sentence in " ".join(answer.context["adminform"].form.errors[field])


def test_every_item_of_the_default_inspection_may_be_saved_as_it_is(client: Any, cast: Cast) -> None:
    template = templates.install_default.__wrapped__(rooftop=cast.north, by=None, at=AT)
    client.force_login(cast.gus)
    for item in template.items.all():
        page = url("templateitem", "change", item.pk)
        assert client.post(page, filled(client, page)).status_code == 302, item
        kept = TemplateItem.objects.get(pk=item.pk)
        assert {f.attname: getattr(kept, f.attname) for f in kept._meta.fields} == {
            f.attname: getattr(item, f.attname) for f in item._meta.fields
        }


def test_items_are_named_ordered_and_added_under_their_template(client: Any, cast: Cast) -> None:
    template = templates.install_default.__wrapped__(rooftop=cast.north, by=None, at=AT)
    client.force_login(cast.gus)
    page = url("inspectiontemplate", "change", template.pk)
    typed = filled(client, page)
    count = int(typed["items-INITIAL_FORMS"])
    typed |= {"items-TOTAL_FORMS": count + 1, "items-0-name": "Head lamps"}
    new = {"position": 99, "section": "Outside", "name": "Tow hook", "key": "tow-hook", "op_code": ""}
    typed |= {f"items-{count}-{name}": value for name, value in new.items()} | {f"items-{count}-template": template.pk}
    assert client.post(page, typed).status_code == 302
    assert template.items.filter(key="tow-hook").exists()
    rows = Entry.objects.about(template).filter(event="inspection_template.changed").get().detail["rows"]
    assert rows == [{"added": "Tow hook"}, {"changed": "Head lamps", "fields": ["name"]}]


def test_a_customers_secret_address_is_never_shown_in_full(client: Any, cast: Cast, root: Staff) -> None:
    furnish(cast, 0)
    link = CustomerLink.objects.get()
    CustomerLink.objects.filter(pk=link.pk).update(token_hash="ab12cd34" + "9" * 56)
    client.force_login(root)
    page = client.get(url("customerlink", "change", link.pk)).content.decode()
    assert "ab12cd34…" in page
    assert "ab12cd349" not in page
    assert "ab12cd349" not in client.get(url("customerlink", "changelist")).content.decode()


def test_nobody_takes_over_a_person_with_a_role_elsewhere(client: Any, cast: Cast) -> None:
    nora = make_staff("Nora Only", (cast.north, Role.Kind.GROUP_ADMIN), is_staff=True)
    client.force_login(nora)
    password = reverse("admin:auth_user_password_change", args=[cast.gus.pk])
    assert client.post(password, {"password1": "x" * 20, "password2": "x" * 20}).status_code == 403
    assert client.post(url("staff", "change", cast.gus.pk), {"email": "mine@lane.example"}).status_code == 403
    cast.gus.refresh_from_db()
    assert cast.gus.check_password(PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_a_new_password_and_a_deactivation_keep_their_trace_outside_any_form(client: Any) -> None:
    """The admin opens no transaction around these two; the trail insists on one."""
    cast = make_cast()
    client.force_login(cast.gus)
    password = reverse("admin:auth_user_password_change", args=[cast.ada.pk])
    typed = {"password1": PASSWORD[::-1], "password2": PASSWORD[::-1], "usable_password": "true"}
    assert client.post(password, typed).status_code == 302
    client.post(url("staff", "changelist"), {"action": "deactivate", "_selected_action": [cast.ada.pk]})
    ada = Staff.objects.get(pk=cast.ada.pk)
    assert ada.check_password(PASSWORD[::-1])
    assert not ada.is_active
    trail = Entry.objects.about(ada).order_by("pk")
    assert [(one.event, one.by_name) for one in trail] == [
        ("staff.changed", "Gus Long"),
        ("staff.deactivated", "Gus Long"),
    ]
    assert PASSWORD[::-1] not in str(list(trail.values()))


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (820, "dark"), (1440, "light")])
def test_the_admin_works_in_a_browser_under_the_strict_policy(
    transactional_db: None, new_page: Any, width: int, scheme: str
) -> None:
    """`new_page` fails the test on a policy violation or a console error."""
    cast = make_cast()
    template = templates.install_default(rooftop=cast.north, by=None, at=AT)
    page = new_page(width, 900, color_scheme=scheme)
    page.goto("/admin/")
    page.get_by_label("Email").fill(cast.gus.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="What this group is set up with").wait_for()
    for address in (
        url("opcode", "changelist"),
        url("entry", "changelist"),
        url("templateitem", "add"),
        url("inspectiontemplate", "change", template.pk),
        url("rooftop", "change", cast.north.pk),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    page.goto(url("staff", "add"))
    page.get_by_text("Add another Role").click()
    page.locator("#id_roles-0-rooftop").select_option(label="Northgate Honda")
    page.locator("#id_roles-0-kind").select_option(label="Technician")
    page.get_by_label("Name:").fill("Nell New")
    page.get_by_label("Email:").fill("nell@lane.example")
    page.get_by_label("Password:", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation:").fill(PASSWORD)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Nell New").wait_for()
    assert Staff.objects.get(email="nell@lane.example").holds({Role.Kind.TECHNICIAN}, cast.north.pk)
