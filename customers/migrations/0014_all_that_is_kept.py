from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = {
    "looks": (
        36,
        "16 CFR 314.4(c)(8) wants the use of customer data watched and names no time. The group's own: as long as "
        "Cal. Bus. & Prof. Code 9884.11 keeps a billed visit.",
    ),
    "voices": (48, "What was said of a service or a sale may be asked for four years: Cal. Code Civ. Proc. 337."),
    "customers": (
        120,
        "16 CFR 314.4(c)(6): two years after its last use, unless the business needs it. The group's own: whoever comes "
        "back with a car within ten years finds its history.",
    ),
}
SINCE = date(2020, 1, 1)


def put_in(apps, schema_editor):
    policies = apps.get_model("customers", "RetentionPolicy").objects
    for what, (months, source) in KEPT.items():
        policies.create(what=what, months=months, source=source, effective_date=SINCE)


def take_out(apps, schema_editor):
    apps.get_model("customers", "RetentionPolicy").objects.filter(what__in=KEPT).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0013_never_asked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='privacyrequest',
            name='privacy_request_settled_is_whole',
        ),
        migrations.AlterField(
            model_name='customer',
            name='erased_at',
            field=models.DateTimeField(blank=True, help_text='When what we held was erased.', null=True),
        ),
        migrations.AlterField(
            model_name='privacyrequest',
            name='asked_how',
            field=models.CharField(choices=[('person', 'In person'), ('call', 'By phone'), ('email', 'By e-mail'), ('letter', 'By letter'), ('policy', 'Nobody: a retention policy')], max_length=6),
        ),
        migrations.AlterField(
            model_name='privacyrequest',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='retentionpolicy',
            name='what',
            field=models.CharField(choices=[('messages', 'Messages sent: address and words'), ('texts', 'Texts received: number and words'), ('write_ups', 'Write-ups that came to nothing'), ('photos', 'Photos of visits that were never billed'), ('import_files', 'Files that were imported'), ('looks', 'Who looked at whom'), ('voices', 'What customers said: feedback, settled complaints and questions'), ('customers', 'Customers who did not come back: all that no law keeps')], max_length=12, verbose_name='what'),
        ),
        migrations.AddConstraint(
            model_name='privacyrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('note', ''), ('refused_why', ''), ('settled_at', None), ('settled_by', None), ('status', 'open')), models.Q(('refused_why', ''), ('settled_at__isnull', False), ('status', 'done'), models.Q(('verified_how', ''), _negated=True), models.Q(('settled_by__isnull', False), ('asked_how', 'policy'), _connector='OR')), models.Q(('settled_at__isnull', False), ('settled_by__isnull', False), ('status', 'refused'), models.Q(('refused_why', ''), _negated=True)), _connector='OR'), name='privacy_request_settled_is_whole', violation_error_message='Say how we know who asks before it is done, and why when it is refused.'),
        ),
        migrations.AddConstraint(
            model_name='privacyrequest',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', False), models.Q(('asked_how', 'policy'), ('kind', 'erasure'), ('status', 'done')), _connector='OR'), name='privacy_request_has_an_owner'),
        ),
        migrations.RunPython(put_in, take_out),
    ]
