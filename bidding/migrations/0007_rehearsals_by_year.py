"""One policy of rehearsals a year; nothing was rehearsed under the earlier shape."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bidding", "0006_rehearsals")]

    operations = [
        migrations.AddField(
            model_name="rehearsalpolicy",
            name="place",
            field=models.CharField(
                default="", help_text="what stands for the tender in its ctx", max_length=60, unique=True
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="rehearsalpolicy", name="keeper_set_hash", field=models.CharField(max_length=64)
        ),
        migrations.AlterField(
            model_name="rehearsalpolicy",
            name="cancel_index",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
    ]
