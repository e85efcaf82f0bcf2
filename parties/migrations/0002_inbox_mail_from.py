from django.db import migrations, models

import core.clock


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_folded")]

    operations = [
        migrations.SeparateDatabaseAndState(
            # What is in the inboxes already was mailed before.
            database_operations=[
                migrations.AddField("inboxitem", "mail_from", models.DateTimeField(blank=True, null=True))
            ],
            state_operations=[
                migrations.AddField(
                    "inboxitem",
                    "mail_from",
                    models.DateTimeField(
                        blank=True,
                        default=core.clock.now,
                        help_text="when its mail is tried next; empty once it is sent",
                        null=True,
                    ),
                )
            ],
        ),
        migrations.AddIndex(
            "inboxitem",
            models.Index(
                fields=["mail_from"], condition=models.Q(("mail_from__isnull", False)), name="inbox_mail"
            ),
        ),
    ]
