"""A yes that a change went past, how a declined-work notice ended and what was said about old parts join the record."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0010_followups'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recordentry',
            name='kind',
            field=models.CharField(choices=[('presented', 'Shown to the customer'), ('decided', 'Answered'), ('replied', 'Question answered'), ('work_started', 'Work started'), ('invoiced', 'Invoiced'), ('taken_back', 'Answer taken back'), ('start_undone', 'Start taken back'), ('reopened', 'Reopened by undo'), ('waived', 'Written estimate waived'), ('voided', 'Changed after a yes'), ('noticed', 'Declined-work notice ended'), ('parts_chosen', 'Asked about replaced parts')], max_length=12),
        ),
        migrations.AlterField(
            model_name='recordentry',
            name='row_id',
            field=models.BigIntegerField(help_text='Of what the kind names, like a presentation or a notice.'),
        ),
    ]
