"""What the head of an estimate said of the shop is kept with each showing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0017_named_in_the_record")]

    operations = [
        migrations.AddField(
            model_name="presentation",
            name="head",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="Our side of the head of the paper then: name, address, registration, advisor, promised time, miles.",
            ),
        ),
    ]
