"""The law on general fees joins the policies, and each row says where its reading wants a lawyer."""

import pgtrigger
from django.db import migrations, models

FEES = {
    "general_fees_refused": True,
    "fees_source": "Bureau of Automotive Repair notice, 2007, on shop supplies; 16 CCR 3356",
}
"""California's: no line for supplies in general."""

DOUBTS = {
    "US-CA": "16 CCR 3353 was amended by a filing of 29 May 2025: read the text in force. The exception for maintenance "
    "(9884.9(e)) and the 2007 notice on shop supplies were read in summaries.",
    "US-MA": "940 CMR 5.05 was read in a secondary source: whether $10 is one sum for the whole visit, and whether a "
    "spoken yes will do. Three years of records are our choice: no rule on them was found.",
    "US-FL": "Both $100 and $150 are published as the sum above which a written estimate is owed: the lower one is "
    "taken. One year of records is as the state's own page tells it.",
    "CA-ON": "Whether the 10 % runs from the first estimate or from every later yes: it is taken from what was agreed. "
    "Three years of records are our choice. Look whether the Act that replaces this one is in force.",
}
"""Of the rows of authorization policies, by jurisdiction."""

AMENDED = "16 CCR 3353 was amended by a filing of 29 May 2025: read the text in force."
SECOND_HAND = "Read in a secondary source: 940 CMR 5.05 may ask for more than these facts, or for words of its own."
NEW_ACT = "Look whether the Act that replaces this one is in force, and what its regulation lists."
PAPER_DOUBTS = {
    ("US-CA", "estimate"): AMENDED,
    ("US-CA", "revised"): AMENDED,
    ("US-CA", "authorizations"): "Read on the Bureau's own pages, not in the regulation.",
    ("US-CA", "invoice"): "When replaced parts are handed back (B&P 9884.10) was read in summaries.",
    ("US-MA", "estimate"): SECOND_HAND,
    ("US-MA", "revised"): SECOND_HAND,
    ("US-MA", "authorizations"): SECOND_HAND,
    ("US-MA", "invoice"): SECOND_HAND,
    ("US-FL", "estimate"): "559.905 gives the customer a choice of estimates in words of its own: they are not printed.",
    ("US-FL", "revised"): "Whether the daily storage charge must be said again here.",
    ("US-FL", "authorizations"): "559.915 was read as the state's own page tells it.",
    ("US-FL", "invoice"): "Whether 559.911 wants a statement on guarantees also where none is given.",
    ("CA-ON", "estimate"): NEW_ACT,
    ("CA-ON", "revised"): NEW_ACT,
    ("CA-ON", "authorizations"): NEW_ACT,
    ("CA-ON", "invoice"): NEW_ACT,
}
ON_DECLINED = "Practice, not statute: what a signed notice of declined work is worth is a lawyer's to say."


def say(apps, schema_editor):
    """What the rows so far never said, said of each: nothing they did say changes, so they may be in effect."""
    policies = apps.get_model("recommendations", "AuthorizationPolicy").objects
    papers = apps.get_model("recommendations", "PaperPolicy").objects
    with pgtrigger.ignore("recommendations.AuthorizationPolicy:in_effect_is_kept"):
        policies.filter(jurisdiction="US-CA").update(**FEES)
        for jurisdiction, doubt in DOUBTS.items():
            policies.filter(jurisdiction=jurisdiction).update(doubt=doubt)
    with pgtrigger.ignore("recommendations.PaperPolicy:in_effect_is_kept"):
        papers.filter(paper="declined").update(doubt=ON_DECLINED)
        for (jurisdiction, paper), doubt in PAPER_DOUBTS.items():
            papers.filter(jurisdiction=jurisdiction, paper=paper).update(doubt=doubt)


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0015_second_cars")]

    operations = [
        migrations.AddField(
            model_name="authorizationpolicy",
            name="general_fees_refused",
            field=models.BooleanField(
                default=False, help_text="A general fee, like shop supplies, may not be charged: each item is named."
            ),
        ),
        migrations.AddField(
            model_name="authorizationpolicy",
            name="fees_source",
            field=models.TextField(blank=True, help_text="Statute, regulation or notice about general fees."),
        ),
        migrations.AddField(
            model_name="authorizationpolicy",
            name="doubt",
            field=models.TextField(
                blank=True, help_text="What in our reading a lawyer should look at.  A later row without it settles it."
            ),
        ),
        migrations.AddField(
            model_name="paperpolicy",
            name="doubt",
            field=models.TextField(
                blank=True, help_text="What in our reading a lawyer should look at.  A later row without it settles it."
            ),
        ),
        migrations.RunPython(say, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="authorizationpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("general_fees_refused", False), models.Q(("fees_source", ""), _negated=True), _connector="OR"),
                name="policy_on_fees_names_its_source",
                violation_error_message="Name the law that refuses general fees.",
            ),
        ),
    ]
