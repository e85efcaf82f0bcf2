from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0002_kept_for")]

    operations = [
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("store", models.CharField(max_length=20)),
                ("stored_as", models.CharField(max_length=200)),
                ("word", models.CharField(max_length=12)),
                (
                    "found",
                    models.CharField(blank=True, help_text="what was found, or why not scanned", max_length=200),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "stored_as"), name="storage_one_scan_per_object")
                ],
            },
        ),
    ]
