"""What each paper must say and which notices it prints, by jurisdiction, as dated rows an admin can add to."""

from datetime import date

from django.db import migrations

WHO = ["dealer_name", "dealer_address", "order_number", "issued_at", "customer_name", "vehicle"]
WORK = ["jobs", "labor", "parts", "parts_state", "sublet", "teardown", "parts_return"]
SUMS = ["labor_subtotal", "parts_subtotal", "tax", "total"]
MORE = ["authorized_before", "revised_total"]

STATES = {"en": "Each part is new unless its state says used, rebuilt or reconditioned."}
YOURS = {
    "en": "Nothing is done without your yes, and nothing above the authorized total is charged without asking you first."
}
COME_BACK = {
    "en": "You may come back to any of this. Prices may change.",
    "es": "Puede volver por cualquiera de estos trabajos. Los precios pueden cambiar.",
}
PRACTICE = (
    "Good practice for declined work: the finding, how it was found, the advice, the warning and the answer, in writing."
)

CA_ESTIMATE = [*WHO, "registration", "customer_contact", "vin_or_plate", "odometer_in", "problem", *WORK, *SUMS]
FL_ESTIMATE = [*WHO, "dealer_phone", "customer_contact", "opened_at", "plate", "odometer_in", "completion", "problem"]
ON_ESTIMATE = [*WHO, "dealer_phone", "customer_contact", "vin", "plate", "odometer_in", "labor_basis", "completion"]
MA_ESTIMATE = [*WHO, "problem", "jobs", "parts", "labor", "total"]
CAR = ["vin_or_plate", "odometer_in"]
DECLINED = [*WHO, *CAR, "declined"]

ROWS = [
    {
        "jurisdiction": "US-CA",
        "paper": "estimate",
        "facts": [*CA_ESTIMATE, "valid_until"],
        "notices": [STATES, YOURS],
        "source": "California B&P Code 9884.9 and 9884.10; 16 CCR 3353(a) and (c), 3358.",
    },
    {
        "jurisdiction": "US-CA",
        "paper": "revised",
        "facts": [*CA_ESTIMATE, "valid_until", *MORE],
        "notices": [STATES, YOURS],
        "source": "California 16 CCR 3354(a): all additional parts and labor, their cost, and the total revised cost.",
    },
    {
        "jurisdiction": "US-CA",
        "paper": "authorizations",
        "facts": [*WHO, "registration", "answers"],
        "notices": [{"en": "An answer is never rewritten. A change of mind is a new entry."}],
        "source": "California 16 CCR 3353.1, 3354 and 3358.",
    },
    {
        "jurisdiction": "US-CA",
        "paper": "invoice",
        "facts": [*WHO, "registration", *CAR, *WORK, "free_has_reason", *SUMS, "authorizations", "declined"],
        "notices": [STATES],
        "source": "California 16 CCR 3356; B&P Code 9884.8 and 9884.10.",
    },
    {
        "jurisdiction": "US-CA",
        "paper": "declined",
        "facts": DECLINED,
        "notices": [COME_BACK],
        "source": PRACTICE,
    },
    {
        "jurisdiction": "US-MA",
        "paper": "estimate",
        "facts": MA_ESTIMATE,
        "notices": [YOURS],
        "source": "Massachusetts 940 CMR 5.05(2) and (3): the repairs requested or the problem, in writing.",
    },
    {
        "jurisdiction": "US-MA",
        "paper": "revised",
        "facts": [*MA_ESTIMATE, *MORE],
        "notices": [YOURS],
        "source": "Massachusetts 940 CMR 5.05(7).",
    },
    {
        "jurisdiction": "US-MA",
        "paper": "authorizations",
        "facts": [*WHO, "answers"],
        "notices": [],
        "source": "Massachusetts 940 CMR 5.05(3) and (7).",
    },
    {
        "jurisdiction": "US-MA",
        "paper": "invoice",
        "facts": [*WHO, "jobs", "labor", "parts", *SUMS, "authorizations", "declined"],
        "notices": [],
        "source": "Massachusetts 940 CMR 5.05(9): an itemized final bill.",
    },
    {
        "jurisdiction": "US-MA",
        "paper": "declined",
        "facts": DECLINED,
        "notices": [COME_BACK],
        "source": PRACTICE,
    },
    {
        "jurisdiction": "US-FL",
        "paper": "estimate",
        "facts": [*FL_ESTIMATE, "labor_basis", *WORK, "total"],
        "notices": [{"en": "There is no daily storage charge: none is written on this estimate."}, YOURS],
        "source": "Florida Statutes 559.905(1).",
    },
    {
        "jurisdiction": "US-FL",
        "paper": "revised",
        "facts": [*FL_ESTIMATE, "labor_basis", *WORK, "total", *MORE],
        "notices": [
            {"en": "You may agree to this, change it, or cancel. If you cancel, the car is put together again."},
        ],
        "source": "Florida Statutes 559.909(1) and (2).",
    },
    {
        "jurisdiction": "US-FL",
        "paper": "authorizations",
        "facts": [*WHO, "answers"],
        "notices": [],
        "source": "Florida Statutes 559.909 and 559.915.",
    },
    {
        "jurisdiction": "US-FL",
        "paper": "invoice",
        "facts": [*WHO, "dealer_phone", *CAR, *WORK, "total", "authorizations", "declined"],
        "notices": [STATES],
        "source": "Florida Statutes 559.911.",
    },
    {
        "jurisdiction": "US-FL",
        "paper": "declined",
        "facts": DECLINED,
        "notices": [COME_BACK],
        "source": PRACTICE,
    },
    {
        "jurisdiction": "CA-ON",
        "paper": "estimate",
        "facts": [*ON_ESTIMATE, *WORK, *SUMS, "valid_until"],
        "notices": [{"en": "The total will not be more than 10 % above this estimate."}],
        "source": "Ontario Consumer Protection Act 2002, Part VI; O. Reg. 17/05 s. 48.",
    },
    {
        "jurisdiction": "CA-ON",
        "paper": "revised",
        "facts": [*ON_ESTIMATE, *WORK, *SUMS, "valid_until", *MORE],
        "notices": [{"en": "The total will not be more than 10 % above this estimate."}],
        "source": "Ontario Consumer Protection Act 2002, Part VI; O. Reg. 17/05 s. 48.",
    },
    {
        "jurisdiction": "CA-ON",
        "paper": "authorizations",
        "facts": [*WHO, "answers"],
        "notices": [],
        "source": "Ontario Consumer Protection Act 2002, Part VI: an authorization not in writing is recorded.",
    },
    {
        "jurisdiction": "CA-ON",
        "paper": "invoice",
        "facts": [
            *WHO,
            *("dealer_phone", "vin", "plate", "odometer_in", "odometer_out", "labor_basis"),
            *WORK,
            "free_has_reason",
            *SUMS,
            *("authorizations", "declined"),
        ],
        "notices": [
            {
                "en": "New and reconditioned parts, and the labor to fit them, are under warranty for 90 days or "
                "5,000 kilometers, whichever comes first."
            }
        ],
        "source": "Ontario Consumer Protection Act 2002, Part VI; O. Reg. 17/05.",
    },
    {
        "jurisdiction": "CA-ON",
        "paper": "declined",
        "facts": DECLINED,
        "notices": [COME_BACK],
        "source": PRACTICE,
    },
]
FROM = date(2020, 1, 1)


def add(apps, schema_editor):
    policies = apps.get_model("recommendations", "PaperPolicy")
    policies.objects.bulk_create(
        policies(
            effective_date=FROM,
            parts_return="unless_declined" if row["jurisdiction"] == "CA-ON" else "on_request",
            **row,
        )
        for row in ROWS
    )


def take_away(apps, schema_editor):
    apps.get_model("recommendations", "PaperPolicy").objects.filter(effective_date=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0007_papers")]

    operations = [migrations.RunPython(add, take_away)]
