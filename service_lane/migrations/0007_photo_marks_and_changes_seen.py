"""What was drawn on a photo, when a customer was first shown it, and what a technician has seen of a changed job."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_lane", "0006_closed_may_reopen"),
    ]

    operations = [
        migrations.AddField(
            model_name="photo",
            name="marks",
            field=models.JSONField(
                blank=True, default=list, help_text="What was drawn on it, in thousandths of its width and height."
            ),
        ),
        migrations.AddField(
            model_name="photo",
            name="shown_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a customer was first shown it; its marks stay from then on.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="inspection",
            name="changes_seen_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Up to when a technician has seen what others changed about the job.",
                null=True,
            ),
        ),
    ]
