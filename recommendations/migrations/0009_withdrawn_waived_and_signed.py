"""An answer can be taken back or signed by hand; the law on written estimates joins the policies, which are kept."""

from datetime import date
from decimal import Decimal

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

ESTIMATES = {
    "US-CA": {
        "estimate_above": Decimal("0"),
        "maintenance_excepted": True,
        "estimate_source": "California B&P Code 9884.9(a) and (e); 16 CCR 3353, and 3353.2 for a car that is left.",
    },
    "US-MA": {
        "estimate_above": Decimal("0"),
        "estimate_source": "Massachusetts 940 CMR 5.05(2) and (3): the repairs and their authorization in writing.",
    },
    "US-FL": {
        # $100 and $150 are both published: the lower one keeps either.
        "estimate_above": Decimal("100"),
        "waiver_allowed": True,
        "estimate_source": "Florida Statutes 559.905: a written estimate, a waiver, and 559.905(5) for a car that is left.",
    },
    "CA-ON": {
        "estimate_above": Decimal("0"),
        "waiver_allowed": True,
        "estimate_source": "Ontario Consumer Protection Act 2002, Part VI: an estimate, or a maximum amount in its place.",
    },
}
"""What each law wants in writing before work starts."""


def say_estimates(apps, schema_editor):
    policies = apps.get_model("recommendations", "AuthorizationPolicy")
    for jurisdiction, columns in ESTIMATES.items():
        policies.objects.filter(jurisdiction=jurisdiction, effective_date=date(2020, 1, 1)).update(**columns)


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0008_paper_policies'),
        ('service_lane', '0010_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('svg', models.TextField(help_text='Lines only, written by us from what was drawn.')),
                ('sha256', models.CharField(max_length=64)),
                ('drawn_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='EstimateWaiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('most', models.DecimalField(decimal_places=2, help_text='Dollars, of the whole repair order.', max_digits=10)),
                ('signed_name', models.TextField()),
                ('words', models.TextField(help_text='The exact words that were signed.')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='authorizationpolicy',
            name='estimate_above',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Dollars.  Work that costs more starts with a written estimate; empty where the law asks for none.', max_digits=8, null=True),
        ),
        migrations.AddField(
            model_name='authorizationpolicy',
            name='estimate_source',
            field=models.TextField(blank=True, help_text='Statute or regulation of the written estimate.'),
        ),
        migrations.AddField(
            model_name='authorizationpolicy',
            name='maintenance_excepted',
            field=models.BooleanField(default=False, help_text='Maintenance at a displayed price the customer agreed to needs no written estimate.'),
        ),
        migrations.AddField(
            model_name='authorizationpolicy',
            name='waiver_allowed',
            field=models.BooleanField(default=False, help_text='A customer may sign that they want no written estimate, up to an amount they name.'),
        ),
        migrations.AlterField(
            model_name='advisory',
            name='answer',
            field=models.CharField(blank=True, choices=[('approved', 'Approved'), ('declined', 'Declined'), ('deferred', 'Deferred'), ('needs_info', 'Needs more information'), ('withdrawn', 'Yes taken back')], max_length=10),
        ),
        migrations.AlterField(
            model_name='decision',
            name='answer',
            field=models.CharField(choices=[('approved', 'Approved'), ('declined', 'Declined'), ('deferred', 'Deferred'), ('needs_info', 'Needs more information'), ('withdrawn', 'Yes taken back')], max_length=10),
        ),
        migrations.AlterField(
            model_name='recordentry',
            name='kind',
            field=models.CharField(choices=[('presented', 'Shown to the customer'), ('decided', 'Answered'), ('replied', 'Question answered'), ('work_started', 'Work started'), ('invoiced', 'Invoiced'), ('taken_back', 'Answer taken back'), ('start_undone', 'Start taken back'), ('reopened', 'Reopened by undo'), ('waived', 'Written estimate waived')], max_length=12),
        ),
        migrations.AlterField(
            model_name='recordentry',
            name='row_id',
            field=models.BigIntegerField(help_text='Of the presentation, decision, reply, advisory, invoice or waiver.'),
        ),
        migrations.RunPython(say_estimates, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='authorizationpolicy',
            trigger=pgtrigger.compiler.Trigger(name='in_effect_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.effective_date <= CURRENT_DATE)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7059f73e8cbe500c3725b0d49cf213f721df8acf', operation='UPDATE OR DELETE', pgid='pgtrigger_in_effect_is_kept_6caba', table='recommendations_authorizationpolicy', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='answersignature',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1166d4d03af5f21b738776384cac4ecc71229098', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_bf6ad', table='recommendations_answersignature', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='answersignature',
            trigger=pgtrigger.compiler.Trigger(name='append_only_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='e44ce28881640cbd1890d25b79f05e11d162511c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_truncate_5a245', table='recommendations_answersignature', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='decision',
            name='signature',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Where they signed by hand.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='recommendations.answersignature'),
        ),
        migrations.AddField(
            model_name='estimatewaiver',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='estimatewaiver',
            name='repair_order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service_lane.repairorder'),
        ),
        migrations.AddConstraint(
            model_name='estimatewaiver',
            constraint=models.CheckConstraint(condition=models.Q(('most__gt', 0), models.Q(('signed_name', ''), _negated=True), models.Q(('words', ''), _negated=True)), name='waiver_has_maximum_and_name', violation_error_message='A waiver needs an amount, a name and the words that were signed.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='estimatewaiver',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d902b73977a746290e5efaecbbeef369427383c2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2612a', table='recommendations_estimatewaiver', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='estimatewaiver',
            trigger=pgtrigger.compiler.Trigger(name='append_only_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='cdd64259ca4bc6398c089181fb38b37e0435c82b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_truncate_72f61', table='recommendations_estimatewaiver', when='BEFORE')),
        ),
    ]
