"""Deals come in like the other lists and name their file by its row.

What an older deal's file was called stays in the audit trail ("deals.imported").
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sales_handoff", "0007_replacing_may_cost_less")]

    operations = [
        migrations.AlterField(
            model_name="importedfile",
            name="kind",
            field=models.CharField(
                choices=[
                    ("values", "Value guide"),
                    ("sales", "Sales"),
                    ("stock", "Stock"),
                    ("programs", "Payment programs"),
                    ("needs", "Cars wanted"),
                    ("deals", "Deals"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="deal",
            name="file",
            field=models.ForeignKey(
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to="sales_handoff.importedfile",
            ),
        ),
        # With a default, so that the way back can fill the column.
        migrations.AlterField(
            model_name="deal", name="source", field=models.TextField(default="", help_text="The file it came from.")
        ),
        migrations.RemoveField(model_name="deal", name="source"),
    ]
