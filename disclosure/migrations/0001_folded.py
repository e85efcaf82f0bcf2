"""All tables, those for search, and the database's own refusal to change what has been published."""

from __future__ import annotations

import disclosure.states
import django.db.models.deletion
import uuid
from typing import Any

from core.migrating import together
from django.db import migrations, models


SEARCHED = ("disclosure_notice", "disclosure_transaction")
FIXED = ("disclosure_notice", "disclosure_release", "disclosure_transaction", "disclosure_transactionitem")


def forwards(apps: Any, schema_editor: Any) -> None:
    run = schema_editor.execute
    if schema_editor.connection.vendor == "postgresql":
        for table in SEARCHED:
            run(f"CREATE TABLE {table}_search (position bigint PRIMARY KEY, tokens tsvector NOT NULL)")
            run(f"CREATE INDEX {table}_search_tokens ON {table}_search USING gin (tokens) WITH (fastupdate = off)")
        run(
            "CREATE FUNCTION disclosure_fixed() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'what has been published cannot be changed'; END $$"
        )
        for table in FIXED:
            run(
                f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION disclosure_fixed()"
            )
        return
    for table in SEARCHED:
        run(
            f"CREATE VIRTUAL TABLE {table}_search USING fts5(tokens, content='', tokenize='ascii', prefix='4', detail=none)"
        )
    for table in FIXED:
        # No trigger on DELETE here: Django empties tables between tests with it, where PostgreSQL truncates.
        run(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'what has been published cannot be changed'); END"
        )


def backwards(apps: Any, schema_editor: Any) -> None:
    run = schema_editor.execute
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in FIXED:
        run(f"DROP TRIGGER {table}_fixed" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        run("DROP FUNCTION disclosure_fixed")
    for table in SEARCHED:
        run(f"DROP TABLE {table}_search")


class Migration(migrations.Migration):

    replaces = [('disclosure', '0001_initial'), ('disclosure', '0002_search_and_immutability'), ('disclosure', '0003_orders_by_framework'), ('disclosure', '0004_notice_types')]

    initial = True

    dependencies = [
    ]

    operations = together([
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('last', models.PositiveBigIntegerField(default=0)),
                ('bulk_due', models.PositiveBigIntegerField(default=0, help_text='when bulk files are made next, seconds since 1970')),
            ],
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('ocid', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('compiled', models.TextField()),
                ('first_at', models.DateTimeField(help_text='date of the first release; its year names the yearly file')),
                ('changed_seq', models.PositiveBigIntegerField(db_index=True)),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(unique=True)),
                ('type', models.CharField(choices=[(disclosure.states.NoticeType['INTENTION'], disclosure.states.NoticeType['INTENTION']), (disclosure.states.NoticeType['REQUIREMENTS'], disclosure.states.NoticeType['REQUIREMENTS']), (disclosure.states.NoticeType['IMPORT_PERMISSION'], disclosure.states.NoticeType['IMPORT_PERMISSION']), (disclosure.states.NoticeType['PREQUALIFICATION'], disclosure.states.NoticeType['PREQUALIFICATION']), (disclosure.states.NoticeType['QUALIFIED'], disclosure.states.NoticeType['QUALIFIED']), (disclosure.states.NoticeType['TENDER_NOTICE'], disclosure.states.NoticeType['TENDER_NOTICE']), (disclosure.states.NoticeType['SINGLE_SOURCE'], disclosure.states.NoticeType['SINGLE_SOURCE']), (disclosure.states.NoticeType['CLARIFICATION'], disclosure.states.NoticeType['CLARIFICATION']), (disclosure.states.NoticeType['AMENDMENT'], disclosure.states.NoticeType['AMENDMENT']), (disclosure.states.NoticeType['SUSPENSION'], disclosure.states.NoticeType['SUSPENSION']), (disclosure.states.NoticeType['OPENING_RECORD'], disclosure.states.NoticeType['OPENING_RECORD']), (disclosure.states.NoticeType['AWARD'], disclosure.states.NoticeType['AWARD']), (disclosure.states.NoticeType['OTHER_RESULT'], disclosure.states.NoticeType['OTHER_RESULT']), (disclosure.states.NoticeType['RESULT_CHANGE'], disclosure.states.NoticeType['RESULT_CHANGE']), (disclosure.states.NoticeType['FAILURE'], disclosure.states.NoticeType['FAILURE']), (disclosure.states.NoticeType['CANCELLATION'], disclosure.states.NoticeType['CANCELLATION']), (disclosure.states.NoticeType['CONTRACT'], disclosure.states.NoticeType['CONTRACT']), (disclosure.states.NoticeType['CONTRACT_CHANGE'], disclosure.states.NoticeType['CONTRACT_CHANGE']), (disclosure.states.NoticeType['ACCEPTANCE'], disclosure.states.NoticeType['ACCEPTANCE']), (disclosure.states.NoticeType['FRAMEWORK_CALL'], disclosure.states.NoticeType['FRAMEWORK_CALL']), (disclosure.states.NoticeType['FRAMEWORK_ENTRY'], disclosure.states.NoticeType['FRAMEWORK_ENTRY']), (disclosure.states.NoticeType['FRAMEWORK_DEAL'], disclosure.states.NoticeType['FRAMEWORK_DEAL']), (disclosure.states.NoticeType['FRAMEWORK_SUMMARY'], disclosure.states.NoticeType['FRAMEWORK_SUMMARY']), (disclosure.states.NoticeType['MALL_CALL'], disclosure.states.NoticeType['MALL_CALL']), (disclosure.states.NoticeType['MALL_FAILURE'], disclosure.states.NoticeType['MALL_FAILURE']), (disclosure.states.NoticeType['MALL_TRANSACTION'], disclosure.states.NoticeType['MALL_TRANSACTION']), (disclosure.states.NoticeType['CORRECTION'], disclosure.states.NoticeType['CORRECTION']), (disclosure.states.NoticeType['COMPLAINT_DECISION'], disclosure.states.NoticeType['COMPLAINT_DECISION']), (disclosure.states.NoticeType['INSPECTION_DECISION'], disclosure.states.NoticeType['INSPECTION_DECISION']), (disclosure.states.NoticeType['AGENCY_ASSESSMENT'], disclosure.states.NoticeType['AGENCY_ASSESSMENT']), (disclosure.states.NoticeType['DISHONESTY_RECORD'], disclosure.states.NoticeType['DISHONESTY_RECORD']), (disclosure.states.NoticeType['OTHER'], disclosure.states.NoticeType['OTHER'])], max_length=30)),
                ('title', models.CharField(max_length=300)),
                ('title_en', models.CharField(blank=True, max_length=300)),
                ('region', models.CharField(help_text='GB/T 2260 code', max_length=6)),
                ('ocid', models.CharField(blank=True, max_length=80)),
                ('project_no', models.CharField(blank=True, max_length=100)),
                ('purchaser', models.JSONField(default=dict)),
                ('purchaser_name', models.CharField(max_length=200)),
                ('agency', models.JSONField(default=dict)),
                ('category', models.CharField(blank=True, max_length=20)),
                ('method', models.CharField(blank=True, max_length=30)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ('sections', models.JSONField(default=list)),
                ('facts', models.JSONField(default=dict)),
                ('due_at', models.DateTimeField(null=True)),
                ('law_as_of', models.DateField(null=True)),
                ('published_at', models.DateTimeField()),
                ('publisher', models.CharField(max_length=300)),
                ('publisher_org', models.UUIDField(null=True)),
                ('source', models.CharField(blank=True, max_length=120)),
                ('version', models.PositiveIntegerField(default=1)),
                ('hash', models.CharField(max_length=64)),
                ('search_text', models.TextField()),
                ('external', models.JSONField(default=dict, help_text="source, url and provenance of another system's notice")),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='disclosure.notice')),
                ('root', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='disclosure.notice')),
            ],
            options={
                'indexes': [models.Index(fields=['ocid', 'position'], name='disclosure_notice_by_ocid'), models.Index(fields=['type', '-position'], name='disclosure_notice_by_type'), models.Index(fields=['region', '-position'], name='disclosure_notice_by_region'), models.Index(fields=['due_at'], name='disclosure_notice_by_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('type__in', ['intention', 'requirements', 'import_permission', 'prequalification', 'qualified', 'tender_notice', 'single_source', 'clarification', 'amendment', 'suspension', 'opening_record', 'award', 'other_result', 'result_change', 'failure', 'cancellation', 'contract', 'contract_change', 'acceptance', 'framework_call', 'framework_entry', 'framework_deal', 'framework_summary', 'mall_call', 'mall_failure', 'mall_transaction', 'correction', 'complaint_decision', 'inspection_decision', 'agency_assessment', 'dishonesty_record', 'other'])), name='disclosure_notice_type'), models.UniqueConstraint(fields=('root', 'version'), name='disclosure_one_notice_per_version')],
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('seq', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('release_id', models.CharField(max_length=120, unique=True)),
                ('ocid', models.CharField(max_length=80)),
                ('date', models.DateTimeField()),
                ('published_at', models.DateTimeField()),
                ('tag', models.JSONField(default=list)),
                ('body', models.TextField()),
                ('hash', models.CharField(max_length=64)),
                ('notice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='disclosure.notice')),
            ],
            options={
                'indexes': [models.Index(fields=['ocid', 'seq'], name='disclosure_release_by_ocid'), models.Index(fields=['published_at'], name='disclosure_release_by_time')],
            },
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(unique=True)),
                ('order_no', models.CharField(max_length=60, unique=True)),
                ('ocid', models.CharField(max_length=80, unique=True)),
                ('framework_ocid', models.CharField(blank=True, max_length=80)),
                ('mode', models.CharField(choices=[(disclosure.states.Mode['DIRECT_ORDER'], disclosure.states.Mode['DIRECT_ORDER']), (disclosure.states.Mode['COMPARISON'], disclosure.states.Mode['COMPARISON']), (disclosure.states.Mode['REVERSE_AUCTION'], disclosure.states.Mode['REVERSE_AUCTION']), (disclosure.states.Mode['CALL_OFF'], disclosure.states.Mode['CALL_OFF']), (disclosure.states.Mode['SECOND_COMPETITION'], disclosure.states.Mode['SECOND_COMPETITION']), (disclosure.states.Mode['ROTATION'], disclosure.states.Mode['ROTATION'])], max_length=30)),
                ('market', models.CharField(choices=[(disclosure.states.Market['E_MALL'], disclosure.states.Market['E_MALL']), (disclosure.states.Market['E_STORE'], disclosure.states.Market['E_STORE']), (disclosure.states.Market['ONLINE_SUPERMARKET'], disclosure.states.Market['ONLINE_SUPERMARKET']), (disclosure.states.Market['AGREEMENT_SUPPLY'], disclosure.states.Market['AGREEMENT_SUPPLY']), (disclosure.states.Market['DESIGNATED_SUPPLY'], disclosure.states.Market['DESIGNATED_SUPPLY'])], max_length=30)),
                ('region', models.CharField(max_length=6)),
                ('purchaser', models.JSONField(default=dict)),
                ('purchaser_code', models.CharField(max_length=40)),
                ('purchaser_name', models.CharField(max_length=200)),
                ('supplier', models.JSONField(default=dict)),
                ('supplier_code', models.CharField(max_length=40)),
                ('supplier_name', models.CharField(max_length=200)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('items', models.JSONField(default=list)),
                ('agreement', models.JSONField(default=dict)),
                ('ordered_at', models.DateTimeField()),
                ('published_at', models.DateTimeField()),
                ('source', models.CharField(blank=True, max_length=120)),
                ('hash', models.CharField(max_length=64)),
                ('search_text', models.TextField()),
            ],
            options={
                'indexes': [models.Index(fields=['purchaser_code', '-position'], name='disclosure_tx_by_purchaser'), models.Index(fields=['supplier_code', '-position'], name='disclosure_tx_by_supplier'), models.Index(fields=['region', '-position'], name='disclosure_tx_by_region'), models.Index(fields=['framework_ocid', '-position'], name='disclosure_tx_by_framework'), models.Index(fields=['published_at'], name='disclosure_tx_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('mode__in', ['direct_order', 'comparison', 'reverse_auction', 'call_off', 'second_competition', 'rotation'])), name='disclosure_mode'), models.CheckConstraint(condition=models.Q(('market__in', ['e_mall', 'e_store', 'online_supermarket', 'agreement_supply', 'designated_supply'])), name='disclosure_market'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='disclosure_amount_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='TransactionItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField()),
                ('product', models.CharField(help_text='digest of name, brand, model and unit', max_length=32)),
                ('name', models.CharField(max_length=200)),
                ('category', models.CharField(max_length=20)),
                ('unit_price', models.DecimalField(decimal_places=6, max_digits=18)),
                ('ordered_at', models.DateTimeField()),
                ('transaction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='disclosure.transaction')),
            ],
            options={
                'indexes': [models.Index(fields=['product', 'ordered_at'], name='disclosure_line_by_product'), models.Index(fields=['category', 'position'], name='disclosure_line_by_category')],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ])
