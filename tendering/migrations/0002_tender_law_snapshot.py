from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tendering", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tender",
            name="law_snapshot",
            field=models.TextField(blank=True),
        ),
    ]
