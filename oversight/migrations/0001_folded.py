import core.clock
import django.db.models.deletion
import oversight.states
import uuid
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('oversight', '0001_changes_of_the_law'), ('oversight', '0002_challenges_and_complaints'), ('oversight', '0003_effect_of_a_reply'), ('oversight', '0004_announcements')]

    initial = True

    dependencies = [
        ('parties', '0001_folded'),
        ('tendering', '0001_folded'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('contact', models.CharField(max_length=300)),
                ('matter', models.TextField()),
                ('request', models.TextField()),
                ('facts', models.TextField()),
                ('basis', models.TextField()),
                ('signature', models.JSONField(default=dict)),
                ('created_by', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('submitted_by', models.CharField(blank=True, max_length=300)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[(oversight.states.Outcome['REJECTED'], oversight.states.Outcome['REJECTED']), (oversight.states.Outcome['PARTLY'], oversight.states.Outcome['PARTLY']), (oversight.states.Outcome['UPHELD'], oversight.states.Outcome['UPHELD'])], max_length=10)),
                ('effect', models.CharField(blank=True, choices=[(oversight.states.Effect['NONE'], oversight.states.Effect['NONE']), (oversight.states.Effect['RUN_AGAIN'], oversight.states.Effect['RUN_AGAIN']), (oversight.states.Effect['VOID_NEXT'], oversight.states.Effect['VOID_NEXT']), (oversight.states.Effect['VOID_AGAIN'], oversight.states.Effect['VOID_AGAIN']), (oversight.states.Effect['RESCIND'], oversight.states.Effect['RESCIND']), (oversight.states.Effect['DAMAGES'], oversight.states.Effect['DAMAGES'])], max_length=10)),
                ('subject', models.CharField(choices=[(oversight.states.Subject['DOCUMENTS'], oversight.states.Subject['DOCUMENTS']), (oversight.states.Subject['OPENING'], oversight.states.Subject['OPENING']), (oversight.states.Subject['EVALUATION'], oversight.states.Subject['EVALUATION']), (oversight.states.Subject['RESULT'], oversight.states.Subject['RESULT'])], max_length=10)),
                ('status', models.CharField(default=oversight.states.ChallengeStatus['DRAFT'], max_length=10)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('reply_due_at', models.DateTimeField(blank=True, null=True)),
                ('complaint_until', models.DateTimeField(blank=True, null=True)),
                ('reply', models.TextField(blank=True)),
                ('replied_by', models.CharField(blank=True, max_length=300)),
                ('replied_at', models.DateTimeField(blank=True, null=True)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'ordering': ['-created_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'answered', 'withdrawn'])), name='oversight_challenge_status')],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[(oversight.states.ChangeKind['RULE'], oversight.states.ChangeKind['RULE']), (oversight.states.ChangeKind['CALENDAR'], oversight.states.ChangeKind['CALENDAR'])], max_length=10)),
                ('status', models.CharField(choices=[(oversight.states.ChangeStatus['DRAFT'], oversight.states.ChangeStatus['DRAFT']), (oversight.states.ChangeStatus['SUBMITTED'], oversight.states.ChangeStatus['SUBMITTED']), (oversight.states.ChangeStatus['PUBLISHED'], oversight.states.ChangeStatus['PUBLISHED']), (oversight.states.ChangeStatus['WITHDRAWN'], oversight.states.ChangeStatus['WITHDRAWN'])], default=oversight.states.ChangeStatus['DRAFT'], max_length=10)),
                ('jurisdiction', models.CharField(max_length=12)),
                ('effective_from', models.DateField()),
                ('content', models.JSONField()),
                ('reason', models.TextField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('org_id', models.UUIDField()),
                ('editors', models.JSONField(default=list)),
                ('created_by', models.CharField(max_length=300)),
                ('created_by_id', models.UUIDField()),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('decided_by', models.CharField(blank=True, max_length=300)),
                ('decided_by_id', models.UUIDField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['jurisdiction', 'status'], name='oversight_changes_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'published', 'withdrawn'])), name='oversight_change_status'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), models.Q(('decided_by_id__isnull', False), models.Q(('decided_by_id', models.F('created_by_id')), _negated=True)), _connector='OR'), name='oversight_published_by_a_second_person')],
            },
        ),
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('contact', models.CharField(max_length=300)),
                ('matter', models.TextField()),
                ('request', models.TextField()),
                ('facts', models.TextField()),
                ('basis', models.TextField()),
                ('signature', models.JSONField(default=dict)),
                ('created_by', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('submitted_by', models.CharField(blank=True, max_length=300)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[(oversight.states.Outcome['REJECTED'], oversight.states.Outcome['REJECTED']), (oversight.states.Outcome['PARTLY'], oversight.states.Outcome['PARTLY']), (oversight.states.Outcome['UPHELD'], oversight.states.Outcome['UPHELD'])], max_length=10)),
                ('effect', models.CharField(blank=True, choices=[(oversight.states.Effect['NONE'], oversight.states.Effect['NONE']), (oversight.states.Effect['RUN_AGAIN'], oversight.states.Effect['RUN_AGAIN']), (oversight.states.Effect['VOID_NEXT'], oversight.states.Effect['VOID_NEXT']), (oversight.states.Effect['VOID_AGAIN'], oversight.states.Effect['VOID_AGAIN']), (oversight.states.Effect['RESCIND'], oversight.states.Effect['RESCIND']), (oversight.states.Effect['DAMAGES'], oversight.states.Effect['DAMAGES'])], max_length=10)),
                ('status', models.CharField(default=oversight.states.ComplaintStatus['DRAFT'], max_length=10)),
                ('received_at', models.DateTimeField(blank=True, null=True)),
                ('examine_due_at', models.DateTimeField(blank=True, null=True)),
                ('decide_due_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.TextField(blank=True)),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('answer_due_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('findings', models.TextField(blank=True)),
                ('decided_by', models.CharField(blank=True, max_length=300)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('challenge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='complaints', to='oversight.challenge')),
            ],
            options={
                'ordering': ['-created_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'correcting', 'accepted', 'decided', 'refused', 'referred', 'withdrawn'])), name='oversight_complaint_status'), models.UniqueConstraint(condition=models.Q(('status__in', ['refused', 'withdrawn']), _negated=True), fields=('challenge',), name='oversight_one_complaint_per_challenge')],
            },
        ),
        migrations.CreateModel(
            name='ClockStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(max_length=300)),
                ('sent_at', models.DateTimeField()),
                ('back_at', models.DateTimeField(blank=True, null=True)),
                ('complaint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stops', to='oversight.complaint')),
            ],
            options={
                'ordering': ['sent_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('back_at', None)), fields=('complaint',), name='oversight_clock_stopped_once')],
            },
        ),
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('inspection_decision', 'inspection_decision'), ('agency_assessment', 'agency_assessment'), ('dishonesty_record', 'dishonesty_record'), ('other', 'other')], max_length=24)),
                ('status', models.CharField(default=oversight.states.AnnouncementStatus['DRAFT'], max_length=10)),
                ('title', models.CharField(max_length=200)),
                ('concerned', models.CharField(blank=True, max_length=200)),
                ('credit_code', models.CharField(blank=True, max_length=18)),
                ('number', models.CharField(blank=True, max_length=100)),
                ('matter', models.TextField()),
                ('basis', models.TextField(blank=True)),
                ('outcome', models.TextField(blank=True)),
                ('mark', models.CharField(blank=True, max_length=10)),
                ('since', models.DateField(blank=True, null=True)),
                ('until', models.DateField(blank=True, null=True)),
                ('completed_on', models.DateField()),
                ('due_at', models.DateTimeField()),
                ('note', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('editors', models.JSONField(default=list)),
                ('created_by', models.CharField(max_length=300)),
                ('created_by_id', models.UUIDField()),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('decided_by', models.CharField(blank=True, max_length=300)),
                ('decided_by_id', models.UUIDField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['org', '-created_at'], name='oversight_announcements_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'published', 'withdrawn'])), name='oversight_announcement_status'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), models.Q(('decided_by_id__isnull', False), models.Q(('decided_by_id', models.F('created_by_id')), _negated=True)), _connector='OR'), name='oversight_announced_by_a_second_person')],
            },
        ),
    ])
