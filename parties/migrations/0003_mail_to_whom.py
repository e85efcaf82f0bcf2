from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_inbox_mail_from")]

    operations = [
        migrations.AlterField("inboxitem", "why", models.TextField(blank=True)),
        migrations.AddField(
            "inboxitem",
            "mailed_to",
            models.JSONField(
                blank=True,
                default=list,
                help_text="ids of those who need it no more while others have not got it",
            ),
        ),
    ]
