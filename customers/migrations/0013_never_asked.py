from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0012_household_suggestions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='consent',
            name='granted',
            field=models.BooleanField(blank=True, help_text='Empty: as if never asked, by undoing a merge.', null=True),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('granted__isnull', False), ('text_version', 'merge'), _connector='OR'), name='consent_is_a_yes_or_a_no'),
        ),
    ]
