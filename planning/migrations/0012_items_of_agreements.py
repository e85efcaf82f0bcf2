from django.db import migrations, models


def name_items(apps, schema_editor):
    """An agreement of one publisher for every notice says it item by item; contracts were the purchaser's."""
    Entrustment = apps.get_model('planning', 'Entrustment')
    for side in ('purchaser', 'agency'):
        Entrustment.objects.filter(publisher=side).update(
            publishers={'notice': side, 'single_source': side, 'contract': 'purchaser'}
        )


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0011_guiding_catalogues'),
    ]

    operations = [
        migrations.AddField(
            model_name='entrustment',
            name='publishers',
            field=models.JSONField(default=dict, help_text='the side that publishes each item of `states.ENTRUSTED`'),
        ),
        migrations.RunPython(name_items, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='entrustment',
            name='publisher',
        ),
    ]
