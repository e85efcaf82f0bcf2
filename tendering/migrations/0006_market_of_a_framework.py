from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tendering', '0004_blind'),
    ]

    operations = [
        migrations.AddField(
            model_name='frameworkcall',
            name='market',
            field=models.CharField(default='e_mall', max_length=30),
        ),
        migrations.AddConstraint(
            model_name='frameworkcall',
            constraint=models.CheckConstraint(condition=models.Q(('market__in', ['e_mall', 'e_store', 'online_supermarket', 'agreement_supply', 'designated_supply'])), name='tendering_framework_market'),
        ),
    ]
