"""Orders are found by their framework agreement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0002_search_and_immutability")]

    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["framework_ocid", "-position"], name="disclosure_tx_by_framework"),
        ),
    ]
