"""More types of notices. SQLite makes the table anew for it, and with the old one goes the trigger that refuses changes."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

TYPES = (
    "intention requirements import_permission prequalification qualified tender_notice single_source "
    "clarification amendment suspension opening_record award other_result result_change failure cancellation "
    "contract contract_change acceptance framework_call framework_entry framework_deal framework_summary "
    "mall_call mall_failure mall_transaction correction complaint_decision inspection_decision "
    "agency_assessment dishonesty_record other"
).split()
TABLE = "disclosure_notice"


def trigger(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_fixed")
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_fixed BEFORE UPDATE ON {TABLE} "
            "BEGIN SELECT RAISE(ABORT, 'what has been published cannot be changed'); END"
        )


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0003_orders_by_framework")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, trigger),
        migrations.RemoveConstraint(model_name="notice", name="disclosure_notice_type"),
        migrations.AlterField(
            model_name="notice",
            name="type",
            field=models.CharField(choices=[(t, t) for t in TYPES], max_length=30),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(condition=models.Q(type__in=TYPES), name="disclosure_notice_type"),
        ),
        migrations.RunPython(trigger, migrations.RunPython.noop),
    ]
