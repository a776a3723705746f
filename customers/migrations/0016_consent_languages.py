"""Words read before a consent may be in two languages, and a consent names the version in the language it was read in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0015_visit_or_sale'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='consenttext',
            name='consent_text_version_once',
        ),
        migrations.AddField(
            model_name='consenttext',
            name='language',
            field=models.CharField(choices=[('en', 'English'), ('es', 'Español')], db_default='en', default='en', help_text='The same words in the other language have the same version.', max_length=2),
        ),
        migrations.AlterField(
            model_name='consent',
            name='text_version',
            field=models.CharField(help_text='Of the words, in the language they were read in.', max_length=24),
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.UniqueConstraint(fields=('purpose', 'channel', 'version', 'language'), name='consent_text_version_once', violation_error_message='This version has words in that language already. Give these one of their own.'),
        ),
    ]
