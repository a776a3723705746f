import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0005_taken_back'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='advisory',
            name='parts_asked_at',
            field=models.DateTimeField(blank=True, help_text='While the parts desk owes a price.', null=True),
        ),
        migrations.AddField(
            model_name='advisory',
            name='parts_asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='advisory',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('parts_asked_at', None), ('parts_asked_by', None)), models.Q(('parts_asked_at__isnull', False), ('parts_asked_by__isnull', False)), _connector='OR'), name='advisory_parts_asked_by_somebody'),
        ),
    ]
