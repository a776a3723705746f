"""The authorization rules of four jurisdictions, as dated rows an admin can add to."""

from datetime import date
from decimal import Decimal

from django.db import migrations

ROWS = [
    {
        "jurisdiction": "US-CA",
        "tolerance_amount": Decimal("0"),
        "retention_years": 3,
        "source": "California B&P Code 9884.9(a): no charge above the estimate without consent; 16 CCR 3353 to 3358.",
    },
    {
        "jurisdiction": "US-MA",
        "tolerance_amount": Decimal("10"),
        "retention_years": 3,
        "source": "Massachusetts 940 CMR 5.05(7): consent when more than $10 above the estimate.",
    },
    {
        "jurisdiction": "US-FL",
        "tolerance_amount": Decimal("10"),
        "tolerance_percent": Decimal("10"),
        "tolerance_cap": Decimal("50"),
        "retention_years": 1,
        "source": "Florida Statutes 559.909(1): the greater of $10 or 10 %, and at most $50; 559.915 records.",
    },
    {
        "jurisdiction": "CA-ON",
        "tolerance_percent": Decimal("10"),
        "retention_years": 3,
        "source": "Ontario Consumer Protection Act 2002, Part VI: at most 10 % above the estimate.",
    },
]


def add(apps, schema_editor):
    policies = apps.get_model("recommendations", "AuthorizationPolicy")
    policies.objects.bulk_create(policies(effective_date=date(2020, 1, 1), **row) for row in ROWS)


def take_away(apps, schema_editor):
    policies = apps.get_model("recommendations", "AuthorizationPolicy")
    policies.objects.filter(effective_date=date(2020, 1, 1), source__in=[row["source"] for row in ROWS]).delete()


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0001_initial")]

    operations = [migrations.RunPython(add, take_away)]
