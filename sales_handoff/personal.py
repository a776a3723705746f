"""The data map: every column that may say something about a person, and what it says once they asked us to forget them.

Every text, JSON and file column of every table is in one of these lists, or a test fails: whoever adds a table decides
here what becomes of it.  Columns that are a choice from a fixed list are words of ours and need no entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Concat

from customers.models import (
    Address,
    CheckIn,
    Complaint,
    Consent,
    ConsentText,
    ContactPoint,
    Customer,
    CustomerNumber,
    Duplicate,
    Feedback,
    FollowThrough,
    Household,
    HouseholdSuggestion,
    KnownWord,
    Look,
    Merge,
    NameWord,
    PrivacyRequest,
    Purchase,
    Recall,
    RecallCheck,
    RecallFile,
    Referral,
    RetentionPolicy,
    Tie,
    ToldOfCar,
    Vehicle,
    VinDecode,
)
from dealership.models import Entry, InboundText, OutboxMessage, Rooftop, Staff
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AnswerSignature,
    AuthorizationPolicy,
    CustomerLink,
    Decision,
    DeclinedNotice,
    EstimateWaiver,
    FollowUp,
    FollowUpPolicy,
    FollowUpStep,
    Invoice,
    PaperPolicy,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    RecordHead,
    SecondCarItem,
    SecondCarOffer,
)
from sales_handoff.models import (
    Appraisal,
    Ask,
    CarOutlook,
    Deal,
    Evaluation,
    Handoff,
    HandoffPolicy,
    ImportedFile,
    MinefieldReading,
    PreparedVisit,
    Program,
    Reassignment,
    Sale,
    StockNeed,
    StockUnit,
    ValueGuideRow,
)
from service_lane.models import (
    Appointment,
    Concern,
    DamageMark,
    DmsImport,
    Inspection,
    InspectionItem,
    InspectionTemplate,
    OpCode,
    PaperSheet,
    Photo,
    Reading,
    RecordedCode,
    RepairOrder,
    RequestedService,
    ScheduleRow,
    ServiceLine,
    Signature,
    TemplateItem,
    TroubleCode,
    WriteUp,
)

ERASED = "Erased"
"""What stands in a column that may not be empty."""

type Table = type[models.Model]


def if_any(column: str) -> Case:
    """ERASED where something stood, nothing where nothing did."""
    return Case(When(**{column: ""}, then=Value("")), default=Value(ERASED))


def numbered() -> Concat:
    """A number of somebody else's, unlike every other row's."""
    return Concat(Value("erased-"), Cast(F("pk"), models.TextField()))


@dataclass(frozen=True)
class Blank:
    """`paths` lead from a row to whose it is; `after` is what its columns say then."""

    paths: tuple[str, ...]
    after: Mapping[str, Any]

    def rows(self, whose: Any) -> Q:
        """The rows that belong to one of `whose`."""
        found = Q()
        for path in self.paths:
            found |= Q(**{f"{path}__in": whose})
        return found


GONE: dict[Table, str] = {
    ContactPoint: "customer",
    Address: "customer",
    NameWord: "customer",
    CustomerNumber: "customer",
    Tie: "customer",
}
"""Rows that go whole, at once."""

NOW: dict[Table, Blank] = {
    Complaint: Blank(
        ("customer",),
        {
            "words": ERASED,
            "what_was_done": if_any("what_was_done"),
            "outcome_words": if_any("outcome_words"),
            "visit": "",
        },
    ),
    CheckIn: Blank(("customer",), {"car": ""}),
    FollowThrough: Blank(("customer",), {"words": ERASED, "answer": if_any("answer"), "visit": ""}),
    Purchase: Blank(("customer",), {"car": "", "deal_number": numbered(), "promised": "", "vehicle": None}),
    Referral: Blank(("sender", "sent"), {"words": "", "thanked_how": if_any("thanked_how")}),
    PrivacyRequest: Blank(
        ("customer",),
        {"words": "", "verified_how": if_any("verified_how"), "refused_why": if_any("refused_why"), "note": ""},
    ),
    Appointment: Blank(("customer",), {"purpose": ERASED}),
    WriteUp: Blank(
        ("customer", "repair_order__customer", "appointment__customer"),
        {"typed": {}, "touched": {}, "last_change": {}, "signed_for": ""},
    ),
    Deal: Blank(("customer",), {"number": numbered()}),
    Merge: Blank(("kept",), {"before": {}}),
    HouseholdSuggestion: Blank(("low", "high"), {"reasons": []}),
    ToldOfCar: Blank(("customer",), {"words": if_any("words")}),
    SecondCarOffer: Blank(("customer",), {"words": ERASED}),
    Handoff: Blank(("customer",), {"outcome_note": "", "withdrawn_reason": ""}),
}
"""What no law makes us keep, at once."""

WITH_ORDER: dict[Table, Blank] = {
    RepairOrder: Blank(
        ("pk",),
        {
            "purpose": ERASED,
            "tag": "",
            "contact_name": "",
            "contact_value": if_any("contact_value"),
            "designee_name": "",
            "designee_limit": None,
            "signed_name": if_any("signed_name"),
            "signed_text": "",
            "signed_contact": "",
            "step": "",
            "company": "",
        },
    ),
    Concern: Blank(("repair_order",), {"words": ERASED, "cause": "", "correction": ""}),
    RequestedService: Blank(("repair_order",), {"name": ERASED}),
    ServiceLine: Blank(("repair_order",), {"concern": "", "cause": "", "correction": ""}),
    InspectionItem: Blank(("inspection__repair_order",), {"note": "", "worth_telling": ""}),
    DamageMark: Blank(("write_up__repair_order",), {"where": "", "what": ERASED}),
}
"""What the law makes us keep with its order, on the day it no longer does."""

BY_GATE: dict[Table, tuple[str, ...]] = {
    Entry: ("about_label", "by_name", "detail"),
    Consent: ("words", "source"),
    Look: ("why",),
    Feedback: ("words", "visit", "place", "link", "source", "key", "given_name", "given_contact", "matched_how"),
    Signature: ("svg",),
    Presentation: ("to_name", "to_contact"),
    PresentedLine: ("snapshot",),
    AdvisoryVersion: ("finding_text", "spanish"),
    AnswerSignature: ("svg",),
    Decision: ("question", "who_name", "contact_used", "reason"),
    QuestionReply: ("text",),
    FollowUpStep: ("note", "contact"),
    EstimateWaiver: ("signed_name", "words"),
    RecordEntry: ("payload",),
    Invoice: ("document",),
    DeclinedNotice: ("document", "signed_name", "svg", "witness"),
    Ask: ("words", "reason", "where"),
    Evaluation: ("inputs", "value_source", "sheet", "reasons", "plain_reading"),
    MinefieldReading: ("facts",),
    Reassignment: ("reason",),
    PreparedVisit: ("facts",),
    Appraisal: ("source",),
}
"""Rows that are written once: blanked by the database's own function, when and which it decides itself."""

BY_HAND: dict[Table, tuple[str, ...]] = {
    CustomerLink: ("contact",),
    FollowUp: ("due_why",),
    Advisory: ("ground_text",),
    Customer: ("first_name", "last_name", "business_name"),
    Household: ("name",),
    KnownWord: ("word",),
    Vehicle: ("plate", "plate_region", "policy_number"),
    OutboxMessage: ("to", "subject", "body", "provider_answer", "came_back_why"),
    InboundText: ("number", "body"),
    Photo: ("caption", "upload", "image", "sha256", "problem", "marks"),
    DmsImport: ("filename", "file", "sha256", "report", "problem"),
}
"""What needs more than a column to be blanked: see actions.erasing, and of advice recommendations.forgetting."""

CAR = "a fact about a car, and nobody is tied to it any more"
CATALOG = "what the group set up or loaded about work, cars and money"
CODE = "a code, a unit or a number of ours"
STAFF = "about somebody who works here"
HASH = "a fingerprint, from which nothing can be read back"
WORK = "what was done to a car and what it cost, in the catalog's words"
FILE = "what a file of ours is called"

IMPERSONAL: dict[Table, dict[str, str]] = {
    Rooftop: {"*": "about a rooftop"},
    Staff: {"*": STAFF},
    Entry: {"event about_type": CODE, "form_digest": HASH, "answer": "an address of our own pages, with row numbers"},
    OutboxMessage: {"purpose use key about_type quiet_zones": CODE},
    InboundText: {"provider_key": "the provider's own number of the text"},
    Vehicle: {
        "vin": "kept with the car for recalls and warranty, as 49 CFR 573 campaigns go by VIN; nobody is tied to it",
        "make model trim color": CAR,
    },
    VinDecode: {"*": CAR},
    Consent: {"text_version": CODE},
    ConsentText: {"*": "the group's own words"},
    Duplicate: {"reasons": "what two records have in common, in words that name nobody"},
    Merge: {"reasons": "as of a pair that may be one", "moved": "row numbers"},
    Purchase: {},
    CheckIn: {"visit": CODE},
    Recall: {"*": "NHTSA's list of makers' campaigns: no car and nobody is named"},
    RecallCheck: {"campaign": CAR},
    RecallFile: {"name file sha256 problem left_out rejects": "a list that NHTSA publishes", "by_name": STAFF},
    RetentionPolicy: {"*": CATALOG},
    SecondCarItem: {"*": WORK},
    OpCode: {"*": CATALOG},
    ScheduleRow: {"*": CATALOG},
    TroubleCode: {"*": CATALOG},
    InspectionTemplate: {"*": CATALOG},
    TemplateItem: {"*": CATALOG},
    RepairOrder: {"number contact_channel sheet pay_types": CODE, "advisor_name": STAFF},
    Concern: {"letter": CODE},
    RequestedService: {"op_code nature parts": WORK},
    ServiceLine: {"line_code": CODE, "op_code op_description": WORK, "technician": STAFF},
    Inspection: {"template_name": CATALOG},
    InspectionItem: {
        "unit positions threshold_source instrument others marks unsafe_marks section key name op_code": CATALOG,
        "override_reason not_inspected_reason marked returned_reason": CAR,
    },
    Reading: {"position unit instrument": CAR},
    RecordedCode: {"code description": CAR},
    Appointment: {"pay_type lane": CODE},
    WriteUp: {"field": "the name of a field"},
    DamageMark: {"place": CODE},
    PaperSheet: {"put_aside_why": "what became of a sheet of paper"},
    Advisory: {"op_code": CODE, "saving": WORK, "returned_reason": "what staff said to each other about a line"},
    AdvisoryVersion: {
        "title measurement threshold why_it_matters if_you_wait horizon parts fees zero_reason sublet_to teardown": WORK
    },
    Presentation: {"head": "our own name and address, the advisor, the promised time and the miles"},
    PresentedLine: {"sha256": HASH},
    CustomerLink: {"token_hash": HASH},
    FollowUp: {"op_code item_key": CODE},
    FollowUpPolicy: {"*": CATALOG},
    FollowUpStep: {"before": "dates and states, to go back to"},
    AuthorizationPolicy: {"*": CATALOG},
    PaperPolicy: {"*": CATALOG},
    RecordHead: {"hash": HASH},
    RecordEntry: {"previous_hash hash": HASH},
    AnswerSignature: {"sha256": HASH},
    Invoice: {"sha256": HASH},
    DeclinedNotice: {"sha256": HASH},
    HandoffPolicy: {"*": CATALOG},
    Evaluation: {"inputs_sha256": HASH},
    MinefieldReading: {"facts_sha256": HASH},
    ImportedFile: {"name": FILE, "by_name": STAFF},
    CarOutlook: {"*": CATALOG},
    StockUnit: {"*": CATALOG},
    Program: {"*": CATALOG},
    StockNeed: {"*": CATALOG},
    Sale: {"*": "a car that was sold; nobody is named"},
    ValueGuideRow: {"*": CATALOG},
}
"""Columns that hold nothing personal, several with spaces between ("*" is every other), and why."""


What = RetentionPolicy.What
PERSONAL = GONE.keys() | NOW.keys() | WITH_ORDER.keys() | BY_GATE.keys() | BY_HAND.keys()
"""Every table that says something about a person."""

OWN_TERM: dict[Table, What] = {
    OutboxMessage: What.MESSAGES,
    InboundText: What.TEXTS,
    WriteUp: What.WRITE_UPS,
    Photo: What.PHOTOS,
    DmsImport: What.IMPORT_FILES,
    Look: What.LOOKS,
    **dict.fromkeys((Feedback, Complaint, FollowThrough, Referral), What.VOICES),
}
"""How long what a table says is kept while its customer comes here."""

WITH_ITS_CUSTOMER = PERSONAL - OWN_TERM.keys()
"""Kept while its customer comes here, and gone with them (What.CUSTOMERS): what the counter knows somebody by, and what
they were shown, answered, bought and were promised.  The audit trail and the record are among them: a trail with an end
is none, so only whom it names goes."""


def heard_of(since: datetime) -> Iterator[models.QuerySet[Any]]:
    """By table, what says that a customer (OuterRef "pk") was here, wrote, or waits for us since then."""
    day, them = since.date(), OuterRef("pk")
    yield RepairOrder.objects.filter(
        Q(opened_at__gte=since) | Q(closed_at__gte=since) | Q(status="open"), customer=them
    )
    yield Appointment.objects.filter(customer=them, due_at__gte=since)
    yield WriteUp.objects.filter(customer=them, saved_at__gte=since)
    yield Purchase.objects.filter(Q(sold_date__gte=day) | Q(at__gte=since), customer=them)
    yield Deal.objects.filter(Q(opened_date__gte=day) | Q(sold_date__gte=day) | Q(lost_date__gte=day), customer=them)
    yield Tie.objects.filter(customer=them, since_date__gte=day)
    yield ToldOfCar.objects.filter(customer=them, at__gte=since)
    yield Feedback.objects.filter(customer=them, recorded_at__gte=since)
    yield Complaint.objects.filter(Q(closed_at=None) | Q(closed_at__gte=since), customer=them)
    yield FollowThrough.objects.filter(Q(told_at=None) | Q(told_at__gte=since), customer=them)
    yield CheckIn.objects.filter(Q(due_at__gte=since) | Q(done_at__gte=since), customer=them)
    yield Referral.objects.filter(Q(sender=them) | Q(sent=them), at__gte=since)
    yield Consent.objects.filter(customer=them, at__gte=since)
    yield Merge.objects.filter(kept=them, at__gte=since)
    yield PrivacyRequest.objects.filter(Q(status="open") | Q(asked_at__gte=since), customer=them)
    yield FollowUp.objects.filter(Q(created_at__gte=since) | Q(next_date__gte=day, stopped_at=None), customer=them)
    yield SecondCarOffer.objects.filter(customer=them, at__gte=since)
    yield Ask.objects.filter(customer=them, at__gte=since)
    yield Handoff.objects.filter(customer=them, created_at__gte=since)
    wrote = InboundText.objects.filter(received_at__gte=since)
    yield ContactPoint.objects.filter(customer=them, value__in=wrote.values("number"))


def accounted(table: Table) -> set[str]:
    """The columns of `table` that one of the lists speaks of; "*" among them when all are."""
    known = {name for names in IMPERSONAL.get(table, {}) for name in names.split()}
    for lists in (NOW, WITH_ORDER):
        if table in lists:
            known |= set(lists[table].after)
    return known | set(BY_GATE.get(table, ())) | set(BY_HAND.get(table, ())) | ({"*"} if table in GONE else set())
