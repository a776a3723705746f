"""Who else may say yes joins the record as an entry of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0016_general_fees_and_doubts")]

    operations = [
        migrations.AlterField(
            model_name='recordentry',
            name='kind',
            field=models.CharField(choices=[('presented', 'Shown to the customer'), ('decided', 'Answered'), ('replied', 'Question answered'), ('work_started', 'Work started'), ('invoiced', 'Invoiced'), ('taken_back', 'Answer taken back'), ('start_undone', 'Start taken back'), ('reopened', 'Reopened by undo'), ('waived', 'Written estimate waived'), ('voided', 'Changed after a yes'), ('noticed', 'Declined-work notice ended'), ('parts_chosen', 'Asked about replaced parts'), ('erased', "Erased at the customer's request"), ('named', 'Named who else may say yes')], max_length=12),
        ),
    ]
