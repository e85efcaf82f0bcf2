import core.clock
import django.db.models.deletion
import evaluation.states
import uuid
from django.conf import settings
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('evaluation', '0001_initial'), ('evaluation', '0002_cells'), ('evaluation', '0004_technical_result'), ('evaluation', '0006_awards_set_aside'), ('evaluation', '0007_sole_deals'), ('evaluation', '0008_delay_reason'), ('evaluation', '0009_rounds'), ('evaluation', '0010_deals_set_aside'), ('evaluation', '0011_notes'), ('evaluation', '0012_grounds'), ('evaluation', '0013_questions'), ('evaluation', '0014_rechecks')]

    initial = True

    dependencies = [
        ('parties', '0001_folded'),
        ('parties', '__first__'),
        ('tendering', '0001_folded'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[(evaluation.states.RoundStatus['RUNNING'], evaluation.states.RoundStatus['RUNNING']), (evaluation.states.RoundStatus['MINUTED'], evaluation.states.RoundStatus['MINUTED']), (evaluation.states.RoundStatus['CONFIRMED'], evaluation.states.RoundStatus['CONFIRMED']), (evaluation.states.RoundStatus['UNCONFIRMED'], evaluation.states.RoundStatus['UNCONFIRMED'])], default=evaluation.states.RoundStatus['RUNNING'], max_length=12)),
                ('began_at', models.DateTimeField(default=core.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('minutes', models.TextField(blank=True)),
                ('body', models.JSONField(default=dict, help_text='what both sides sign')),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('signatures', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, help_text="why it stands without the supplier's signature", max_length=500)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Panel',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[(evaluation.states.PanelStatus['DRAWN'], evaluation.states.PanelStatus['DRAWN']), (evaluation.states.PanelStatus['REVIEWING'], evaluation.states.PanelStatus['REVIEWING']), (evaluation.states.PanelStatus['TALKING'], evaluation.states.PanelStatus['TALKING']), (evaluation.states.PanelStatus['QUOTING'], evaluation.states.PanelStatus['QUOTING']), (evaluation.states.PanelStatus['SCORING'], evaluation.states.PanelStatus['SCORING']), (evaluation.states.PanelStatus['TECHNICAL'], evaluation.states.PanelStatus['TECHNICAL']), (evaluation.states.PanelStatus['PRICING'], evaluation.states.PanelStatus['PRICING']), (evaluation.states.PanelStatus['SCORED'], evaluation.states.PanelStatus['SCORED']), (evaluation.states.PanelStatus['REPORTED'], evaluation.states.PanelStatus['REPORTED']), (evaluation.states.PanelStatus['SIGNED'], evaluation.states.PanelStatus['SIGNED']), (evaluation.states.PanelStatus['DECIDED'], evaluation.states.PanelStatus['DECIDED']), (evaluation.states.PanelStatus['DISSOLVED'], evaluation.states.PanelStatus['DISSOLVED'])], default=evaluation.states.PanelStatus['DRAWN'], max_length=12)),
                ('size', models.PositiveSmallIntegerField()),
                ('experts', models.PositiveSmallIntegerField()),
                ('rule', models.CharField(max_length=60)),
                ('draw', models.JSONField(default=dict, help_text='what the draw was made from: pool, seed, avoidance')),
                ('cells', models.JSONField(default=list, help_text='what each member scores, fixed when scoring opens')),
                ('apart', models.BooleanField(default=False, help_text='technical part and price are judged apart')),
                ('technical', models.JSONField(blank=True, help_text='the technical report, as its hash is logged', null=True)),
                ('formed_by', models.CharField(max_length=300)),
                ('formed_at', models.DateTimeField(default=core.clock.now)),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', evaluation.states.PanelStatus['DISSOLVED']), _negated=True), fields=('tender',), name='evaluation_one_panel')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('expert', 'expert'), ('representative', 'representative')], max_length=16)),
                ('name', models.CharField(max_length=100)),
                ('position', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[(evaluation.states.MemberStatus['INVITED'], evaluation.states.MemberStatus['INVITED']), (evaluation.states.MemberStatus['DECLARED'], evaluation.states.MemberStatus['DECLARED']), (evaluation.states.MemberStatus['RECUSED'], evaluation.states.MemberStatus['RECUSED'])], default=evaluation.states.MemberStatus['INVITED'], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('statement', models.JSONField(blank=True, help_text='the signed declaration', null=True)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('expert', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.expert')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='evaluation.panel')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('panel', 'user'), name='evaluation_one_seat_per_person')],
            },
        ),
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('bid_id', models.UUIDField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('decided_by', models.CharField(max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('signature', models.JSONField()),
                ('contract_id', models.UUIDField(blank=True, null=True)),
                ('void_at', models.DateTimeField(blank=True, null=True)),
                ('void_reason', models.TextField(blank=True)),
                ('void_rule', models.CharField(blank=True, max_length=40)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='evaluation.panel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('void_at', None)), fields=('panel', 'lot'), name='evaluation_one_award_per_lot')],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('bid_id', models.UUIDField()),
                ('kind', models.CharField(choices=[(evaluation.states.QuestionKind['CLARIFY'], evaluation.states.QuestionKind['CLARIFY']), (evaluation.states.QuestionKind['LOW_QUOTE'], evaluation.states.QuestionKind['LOW_QUOTE'])], max_length=10)),
                ('status', models.CharField(choices=[(evaluation.states.QuestionStatus['ASKED'], evaluation.states.QuestionStatus['ASKED']), (evaluation.states.QuestionStatus['ANSWERED'], evaluation.states.QuestionStatus['ANSWERED']), (evaluation.states.QuestionStatus['DECIDED'], evaluation.states.QuestionStatus['DECIDED'])], default=evaluation.states.QuestionStatus['ASKED'], max_length=10)),
                ('text', models.TextField()),
                ('asked_by', models.CharField(max_length=300)),
                ('asked_at', models.DateTimeField(default=core.clock.now)),
                ('due_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('signature', models.JSONField(blank=True, null=True)),
                ('answered_by', models.CharField(blank=True, max_length=300)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('accepted', models.BooleanField(blank=True, help_text='what the panel found of the answer', null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='evaluation.panel')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['asked_at'],
            },
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('accepts', models.BooleanField()),
                ('reason', models.CharField(max_length=500)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluation.member')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='evaluation.question')),
            ],
            options={
                'ordering': ['member__position'],
                'constraints': [models.UniqueConstraint(fields=('question', 'member'), name='evaluation_one_opinion_per_question')],
            },
        ),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('bid_id', models.UUIDField()),
                ('criterion', models.CharField(max_length=20)),
                ('ground', models.JSONField(help_text='rule, code, name, citation')),
                ('reason', models.CharField(max_length=500)),
                ('raised_at', models.DateTimeField(default=core.clock.now)),
                ('status', models.CharField(choices=[(evaluation.states.RecheckStatus['RAISED'], evaluation.states.RecheckStatus['RAISED']), (evaluation.states.RecheckStatus['AGREED'], evaluation.states.RecheckStatus['AGREED']), (evaluation.states.RecheckStatus['DISMISSED'], evaluation.states.RecheckStatus['DISMISSED']), (evaluation.states.RecheckStatus['SETTLED'], evaluation.states.RecheckStatus['SETTLED'])], default=evaluation.states.RecheckStatus['RAISED'], max_length=10)),
                ('before', models.DecimalField(decimal_places=2, max_digits=6)),
                ('after', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                ('answer', models.CharField(blank=True, help_text='why the member changes or keeps it', max_length=500)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('signature', models.JSONField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluation.member')),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rechecks', to='evaluation.panel')),
                ('raised_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluation.member')),
            ],
            options={
                'ordering': ['raised_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', [evaluation.states.RecheckStatus['RAISED'], evaluation.states.RecheckStatus['AGREED']])), fields=('member', 'bid_id', 'criterion'), name='evaluation_one_open_recheck')],
            },
        ),
        migrations.CreateModel(
            name='RecheckOpinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agrees', models.BooleanField()),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluation.member')),
                ('recheck', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='evaluation.recheck')),
            ],
            options={
                'ordering': ['member__position'],
                'constraints': [models.UniqueConstraint(fields=('recheck', 'member'), name='evaluation_one_opinion_per_recheck')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField(default=core.clock.now)),
                ('award_due_at', models.DateTimeField(blank=True, null=True)),
                ('delay_reason', models.TextField(blank=True, help_text='why the purchaser does not decide in time')),
                ('panel', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report', to='evaluation.panel')),
            ],
        ),
        migrations.CreateModel(
            name='ReportSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signature', models.JSONField()),
                ('dissent', models.TextField(blank=True)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report_signature', to='evaluation.member')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='evaluation.report')),
            ],
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bid_id', models.UUIDField()),
                ('criterion', models.CharField(max_length=20)),
                ('passed', models.BooleanField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('ground', models.JSONField(blank=True, default=dict, help_text='why it is invalid by law: rule, code, name, citation')),
                ('by', models.CharField(max_length=300)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='evaluation.panel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('panel', 'bid_id', 'criterion'), name='evaluation_one_review_per_condition')],
            },
        ),
        migrations.CreateModel(
            name='Said',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('team', 'team'), ('supplier', 'supplier')], max_length=10)),
                ('name', models.CharField(max_length=300)),
                ('text', models.TextField()),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='evaluation.round')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Sheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[(evaluation.states.SheetStatus['DRAFT'], evaluation.states.SheetStatus['DRAFT']), (evaluation.states.SheetStatus['SUBMITTED'], evaluation.states.SheetStatus['SUBMITTED'])], default=evaluation.states.SheetStatus['DRAFT'], max_length=10)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('digest', models.CharField(blank=True, help_text='SHA-256 of the canonical scores as submitted', max_length=64)),
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sheet', to='evaluation.member')),
            ],
        ),
        migrations.CreateModel(
            name='Score',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bid_id', models.UUIDField()),
                ('criterion', models.CharField(max_length=20)),
                ('value', models.DecimalField(decimal_places=2, max_digits=6)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('saved_at', models.DateTimeField(default=core.clock.now)),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='evaluation.sheet')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sheet', 'bid_id', 'criterion'), name='evaluation_one_score_per_cell')],
            },
        ),
        migrations.CreateModel(
            name='SoleDeal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[(evaluation.states.DealStatus['RECORDED'], evaluation.states.DealStatus['RECORDED']), (evaluation.states.DealStatus['SIGNED'], evaluation.states.DealStatus['SIGNED']), (evaluation.states.DealStatus['DECIDED'], evaluation.states.DealStatus['DECIDED'])], default=evaluation.states.DealStatus['RECORDED'], max_length=10)),
                ('held_on', models.DateField()),
                ('place', models.CharField(max_length=200)),
                ('staff', models.CharField(max_length=300)),
                ('costs', models.TextField()),
                ('terms', models.TextField()),
                ('prices', models.JSONField(default=list)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('digest', models.CharField(max_length=64)),
                ('signatures', models.JSONField(default=dict)),
                ('recorded_by', models.CharField(max_length=300)),
                ('recorded_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision', models.JSONField(default=dict)),
                ('contract_id', models.UUIDField(blank=True, null=True)),
                ('round', models.PositiveSmallIntegerField(default=1, help_text='counts the deals: one more than were set aside')),
                ('earlier', models.JSONField(blank=True, default=list, help_text='deals that were set aside, as they were signed')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
        ),
        migrations.CreateModel(
            name='Talk',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[(evaluation.states.TalkStatus['OPEN'], evaluation.states.TalkStatus['OPEN']), (evaluation.states.TalkStatus['LEFT'], evaluation.states.TalkStatus['LEFT'])], default=evaluation.states.TalkStatus['OPEN'], max_length=10)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('left_reason', models.CharField(blank=True, max_length=500)),
                ('left_by', models.CharField(blank=True, max_length=300)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='talks', to='evaluation.panel')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('panel', 'supplier'), name='evaluation_one_talk_per_supplier')],
            },
        ),
        migrations.AddField(
            model_name='round',
            name='talk',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='evaluation.talk'),
        ),
        migrations.CreateModel(
            name='TermChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('term', models.PositiveSmallIntegerField(help_text='its number in the document')),
                ('title', models.CharField(max_length=200)),
                ('before', models.TextField()),
                ('after', models.TextField()),
                ('reason', models.CharField(max_length=500)),
                ('status', models.CharField(choices=[(evaluation.states.ChangeStatus['PROPOSED'], evaluation.states.ChangeStatus['PROPOSED']), (evaluation.states.ChangeStatus['CONFIRMED'], evaluation.states.ChangeStatus['CONFIRMED']), (evaluation.states.ChangeStatus['DROPPED'], evaluation.states.ChangeStatus['DROPPED'])], default=evaluation.states.ChangeStatus['PROPOSED'], max_length=10)),
                ('proposed_by', models.CharField(max_length=300)),
                ('proposed_at', models.DateTimeField(default=core.clock.now)),
                ('decided_by', models.CharField(blank=True, max_length=300)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('respond_until', models.DateTimeField(blank=True, null=True)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='evaluation.panel')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', evaluation.states.ChangeStatus['CONFIRMED']), _negated=True), ('respond_until__isnull', False), _connector='OR'), name='evaluation_change_gives_time')],
            },
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('by', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('talk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='evaluation.talk')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responses', to='evaluation.termchange')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('change', 'talk'), name='evaluation_one_response_per_change')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bid_id', models.UUIDField()),
                ('file_id', models.UUIDField(blank=True, null=True)),
                ('page', models.PositiveIntegerField(default=0)),
                ('text', models.TextField(blank=True)),
                ('marked', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='evaluation.member')),
            ],
            options={
                'ordering': ['bid_id', 'file_id', 'page'],
                'constraints': [models.UniqueConstraint(fields=('member', 'bid_id', 'file_id', 'page'), name='evaluation_one_note_per_page'), models.UniqueConstraint(condition=models.Q(('file_id', None)), fields=('member', 'bid_id'), name='evaluation_one_note_per_bid')],
            },
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.UniqueConstraint(fields=('talk', 'number'), name='evaluation_one_round_per_number'),
        ),
    ])
