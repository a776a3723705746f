"""What the law wants on a paper is kept from the day it takes effect."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0011_papers_in_the_record'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='paperpolicy',
            trigger=pgtrigger.compiler.Trigger(name='in_effect_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.effective_date <= CURRENT_DATE)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='aa40ad5abc9b7e8788f354827f6b85edf0545764', operation='UPDATE OR DELETE', pgid='pgtrigger_in_effect_is_kept_f1979', table='recommendations_paperpolicy', when='BEFORE')),
        ),
    ]
