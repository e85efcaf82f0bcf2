from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("prev_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="entry",
            name="sealed_in",
            field=models.PositiveBigIntegerField(
                blank=True, help_text="number of the seal over it", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["sealed_in"], name="audit_by_seal")
        ),
    ]
