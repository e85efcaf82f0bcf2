import core.clock
import django.db.models.deletion
import django.db.models.expressions
import planning.states
import uuid
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('planning', '0001_initial'), ('planning', '0002_intention_exemption'), ('planning', '0003_entrustment'), ('planning', '0004_sme_reservation'), ('planning', '0005_roads'), ('planning', '0006_requirement'), ('planning', '0007_clauses'), ('planning', '0008_names_on_the_budget'), ('planning', '0009_public_support')]

    initial = True

    dependencies = [
        ('parties', '0001_folded'),
    ]

    operations = together([
        migrations.CreateModel(
            name='BudgetLine',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('fiscal_year', models.PositiveSmallIntegerField()),
                ('category', models.CharField(choices=[(planning.states.Category['GOODS'], planning.states.Category['GOODS']), (planning.states.Category['WORKS'], planning.states.Category['WORKS']), (planning.states.Category['SERVICES'], planning.states.Category['SERVICES'])], max_length=10)),
                ('item_code', models.CharField(blank=True, max_length=20)),
                ('item_edition', models.CharField(blank=True, max_length=4)),
                ('funding', models.CharField(blank=True, max_length=100)),
                ('base_fen', models.BigIntegerField()),
                ('amount_fen', models.BigIntegerField()),
                ('reserved_fen', models.BigIntegerField(default=0)),
                ('committed_fen', models.BigIntegerField(default=0)),
                ('spent_fen', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-fiscal_year', 'code'],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'fiscal_year', 'code'), name='planning_one_line_per_code_and_year'), models.CheckConstraint(condition=models.Q(('base_fen__gte', 0), ('reserved_fen__gte', 0), ('committed_fen__gte', 0), ('spent_fen__gte', 0), ('amount_fen__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('reserved_fen'), '+', models.F('committed_fen')), '+', models.F('spent_fen')))), name='planning_available_never_below_zero')],
            },
        ),
        migrations.CreateModel(
            name='BudgetChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delta_fen', models.BigIntegerField()),
                ('reason', models.CharField(max_length=300)),
                ('document_no', models.CharField(blank=True, max_length=100)),
                ('actor', models.CharField(max_length=300)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='planning.budgetline')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ClauseVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('place', models.PositiveSmallIntegerField()),
                ('category', models.CharField(blank=True, max_length=10)),
                ('method', models.CharField(blank=True, max_length=30)),
                ('title', models.CharField(max_length=100)),
                ('text', models.TextField(blank=True)),
                ('basis', models.CharField(blank=True, max_length=200)),
                ('since', models.DateField()),
                ('made_by', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['place', 'key', 'version'],
                'constraints': [models.UniqueConstraint(fields=('key', 'version'), name='planning_one_clause_per_version')],
            },
        ),
        migrations.CreateModel(
            name='Entrustment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(default=planning.states.EntrustmentStatus['OFFERED'], max_length=10)),
                ('scope', models.JSONField(default=list)),
                ('authority', models.TextField()),
                ('ends_on', models.DateField()),
                ('fee', models.CharField(choices=[(planning.states.Fee['SCALE'], planning.states.Fee['SCALE']), (planning.states.Fee['FIXED'], planning.states.Fee['FIXED']), (planning.states.Fee['NONE'], planning.states.Fee['NONE'])], max_length=10)),
                ('factor', models.DecimalField(decimal_places=4, default=1, max_digits=5)),
                ('fee_fen', models.BigIntegerField(default=0)),
                ('payer', models.CharField(max_length=10)),
                ('publisher', models.CharField(choices=[(planning.states.Side['PURCHASER'], planning.states.Side['PURCHASER']), (planning.states.Side['AGENCY'], planning.states.Side['AGENCY'])], max_length=10)),
                ('terms', models.JSONField()),
                ('terms_hash', models.CharField(max_length=64)),
                ('offered_by', models.CharField(max_length=300)),
                ('offered_at', models.DateTimeField()),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('purchaser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-offered_at'],
            },
        ),
        migrations.CreateModel(
            name='EntrustmentSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.CharField(max_length=300)),
                ('user_id', models.UUIDField()),
                ('signature', models.JSONField()),
                ('at', models.DateTimeField()),
                ('side', models.CharField(choices=[(planning.states.Side['PURCHASER'], planning.states.Side['PURCHASER']), (planning.states.Side['AGENCY'], planning.states.Side['AGENCY'])], max_length=10)),
                ('entrustment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='planning.entrustment')),
            ],
            options={
                'ordering': ['at'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('entrustment', 'side'), name='planning_one_signature_per_side')],
            },
        ),
        migrations.CreateModel(
            name='FilingCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('region', models.CharField(max_length=12)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('region', 'year'), name='planning_one_counter')],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('filing_no', models.CharField(max_length=40, unique=True)),
                ('ocid', models.CharField(max_length=100, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('need', models.TextField()),
                ('method', models.CharField(max_length=30)),
                ('category', models.CharField(choices=[(planning.states.Category['GOODS'], planning.states.Category['GOODS']), (planning.states.Category['WORKS'], planning.states.Category['WORKS']), (planning.states.Category['SERVICES'], planning.states.Category['SERVICES'])], max_length=10)),
                ('region', models.CharField(max_length=12)),
                ('item_code', models.CharField(max_length=20)),
                ('item_edition', models.CharField(max_length=4)),
                ('quantity', models.CharField(default='1', max_length=30)),
                ('unit', models.CharField(blank=True, max_length=20)),
                ('amount_fen', models.BigIntegerField()),
                ('expected_on', models.DateField()),
                ('status', models.CharField(default=planning.states.PlanStatus['FILED'], max_length=10)),
                ('filed_by', models.CharField(max_length=300)),
                ('filed_at', models.DateTimeField()),
                ('intention_notice_id', models.UUIDField(blank=True, null=True)),
                ('intention_at', models.DateTimeField(blank=True, null=True)),
                ('intention_exemption', models.CharField(blank=True, max_length=20)),
                ('intention_reason', models.TextField(blank=True)),
                ('unbudgeted', models.BooleanField(default=False, help_text="not in this year's approved budget")),
                ('public_service', models.BooleanField(default=False, help_text='bought as a public service (政府购买服务)')),
                ('sme_form', models.CharField(blank=True, choices=[(planning.states.Reserve['WHOLE'], planning.states.Reserve['WHOLE']), (planning.states.Reserve['LOT'], planning.states.Reserve['LOT']), (planning.states.Reserve['CONSORTIUM'], planning.states.Reserve['CONSORTIUM']), (planning.states.Reserve['SUBCONTRACT'], planning.states.Reserve['SUBCONTRACT']), (planning.states.Reserve['NONE'], planning.states.Reserve['NONE'])], max_length=12)),
                ('sme_fen', models.BigIntegerField(default=0)),
                ('small_micro_fen', models.BigIntegerField(default=0)),
                ('sme_reason', models.TextField(blank=True)),
                ('support', models.CharField(blank=True, choices=[(planning.states.Support['FULL'], planning.states.Support['FULL']), (planning.states.Support['SUBSIDY'], planning.states.Support['SUBSIDY'])], max_length=8)),
                ('project_fen', models.BigIntegerField(default=0, help_text='total of a project that the plan subsidises')),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='planning.budgetline')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-filed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['filed', 'started', 'done', 'withdrawn'])), name='planning_plan_status'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='planning_plan_amount_above_zero'), models.CheckConstraint(condition=models.Q(('small_micro_fen__gte', 0), ('sme_fen__gte', models.F('small_micro_fen')), ('amount_fen__gte', models.F('sme_fen'))), name='planning_reserved_part_of_the_plan')],
            },
        ),
        migrations.AddField(
            model_name='entrustment',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entrustments', to='planning.plan'),
        ),
        migrations.CreateModel(
            name='Requirement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.TextField()),
                ('market', models.TextField(blank=True)),
                ('history', models.TextField(blank=True)),
                ('upkeep', models.TextField(blank=True)),
                ('asked', models.JSONField(default=list)),
                ('version', models.PositiveIntegerField(default=1)),
                ('saved_by', models.CharField(max_length=300)),
                ('saved_at', models.DateTimeField()),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('comments_until', models.DateTimeField(blank=True, null=True)),
                ('plan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='requirement', to='planning.plan')),
            ],
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(max_length=120, unique=True)),
                ('name', models.CharField(blank=True, max_length=300)),
                ('reserved_fen', models.BigIntegerField(default=0)),
                ('committed_fen', models.BigIntegerField(default=0)),
                ('spent_fen', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='planning.budgetline')),
            ],
            options={
                'ordering': ['created_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reserved_fen__gte', 0), ('committed_fen__gte', 0), ('spent_fen__gte', 0)), name='planning_reservation_never_below_zero')],
            },
        ),
        migrations.AddConstraint(
            model_name='entrustment',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('plan',), name='planning_one_running_entrustment_per_plan'),
        ),
        migrations.AddConstraint(
            model_name='entrustment',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['offered', 'signed', 'ended'])), name='planning_entrustment_status'),
        ),
    ])
