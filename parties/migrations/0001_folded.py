import core.clock
import django.db.models.deletion
import parties.states
import uuid
from django.conf import settings
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('parties', '0001_initial'), ('parties', '0002_signing_and_recovery'), ('parties', '0003_standing_and_credit'), ('parties', '0005_size_statement'), ('parties', '0006_evidence_and_holders')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('name_en', models.CharField(blank=True, max_length=200)),
                ('credit_code', models.CharField(max_length=18, unique=True, verbose_name='统一社会信用代码')),
                ('region', models.CharField(help_text='GB/T 2260 code', max_length=12)),
                ('budget_level', models.CharField(blank=True, help_text='central, province, city, county', max_length=20)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('contact_name', models.CharField(blank=True, max_length=100)),
                ('contact_phone', models.CharField(blank=True, max_length=30)),
                ('legal_representative', models.CharField(blank=True, max_length=100)),
                ('size', models.CharField(blank=True, choices=[(parties.states.Size['MICRO'], parties.states.Size['MICRO']), (parties.states.Size['SMALL'], parties.states.Size['SMALL']), (parties.states.Size['MEDIUM'], parties.states.Size['MEDIUM']), (parties.states.Size['LARGE'], parties.states.Size['LARGE'])], max_length=10)),
                ('industry', models.CharField(blank=True, max_length=50)),
                ('responsible_key', models.CharField(blank=True, help_text='of the person responsible: services.holders.key_of', max_length=64)),
                ('demonstration', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Sanction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credit_code', models.CharField(db_index=True, max_length=18)),
                ('name', models.CharField(max_length=200)),
                ('mark', models.CharField(choices=[(parties.states.Mark['BAN'], parties.states.Mark['BAN']), (parties.states.Mark['CRIMINAL'], parties.states.Mark['CRIMINAL']), (parties.states.Mark['STOPPED'], parties.states.Mark['STOPPED']), (parties.states.Mark['REVOKED'], parties.states.Mark['REVOKED']), (parties.states.Mark['FINE'], parties.states.Mark['FINE']), (parties.states.Mark['CONDUCT'], parties.states.Mark['CONDUCT'])], default=parties.states.Mark['BAN'], max_length=10)),
                ('kind', models.CharField(max_length=40)),
                ('fine', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('reason', models.TextField(blank=True)),
                ('citation', models.CharField(blank=True, max_length=200)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('language', models.CharField(default='zh-hans', max_length=10)),
                ('large_type', models.BooleanField(default=False)),
                ('is_staff', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('date_joined', models.DateTimeField(default=core.clock.now)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CreditQuery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('credit_code', models.CharField(max_length=18)),
                ('name', models.CharField(max_length=200)),
                ('purpose', models.CharField(help_text='what it was asked for, such as tender.<uuid>', max_length=80)),
                ('source', models.CharField(max_length=200)),
                ('asked', models.JSONField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=300)),
                ('answer', models.JSONField()),
                ('answer_hash', models.CharField(max_length=64)),
                ('listed', models.JSONField(default=list, help_text='the registers that name it')),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('stored_as', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'verbose_name_plural': 'credit queries',
                'ordering': ['asked_at'],
                'indexes': [models.Index(fields=['purpose', 'credit_code'], name='parties_credit_by_purpose')],
            },
        ),
        migrations.CreateModel(
            name='Expert',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=30, unique=True)),
                ('title', models.CharField(blank=True, max_length=100)),
                ('region', models.CharField(max_length=12)),
                ('specialties', models.JSONField(default=list, help_text='item codes (品目)')),
                ('admitted_at', models.DateTimeField(blank=True, default=core.clock.now, null=True)),
                ('suspended_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='expert', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Employment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation_name', models.CharField(max_length=200)),
                ('credit_code', models.CharField(max_length=18)),
                ('tie', models.CharField(default='employee', help_text='employee, director, controller, kin', max_length=20)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='employments', to='parties.expert')),
            ],
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[(parties.states.Role['ADMIN'], parties.states.Role['ADMIN']), (parties.states.Role['HANDLER'], parties.states.Role['HANDLER']), (parties.states.Role['APPROVER'], parties.states.Role['APPROVER']), (parties.states.Role['VIEWER'], parties.states.Role['VIEWER'])], max_length=10)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('invited_by', models.CharField(max_length=300)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('condition', models.CharField(choices=[(parties.states.Condition['CIVIL'], parties.states.Condition['CIVIL']), (parties.states.Condition['MEANS'], parties.states.Condition['MEANS']), (parties.states.Condition['GOVERNANCE'], parties.states.Condition['GOVERNANCE']), (parties.states.Condition['TAXES'], parties.states.Condition['TAXES']), (parties.states.Condition['CLEAN'], parties.states.Condition['CLEAN']), (parties.states.Condition['OTHER'], parties.states.Condition['OTHER'])], max_length=12)),
                ('title', models.CharField(max_length=200)),
                ('issuer', models.CharField(blank=True, max_length=200)),
                ('statement', models.TextField(blank=True)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('stored_as', models.CharField(blank=True, max_length=300)),
                ('sha256', models.CharField(max_length=64)),
                ('added_by', models.CharField(max_length=300)),
                ('added_at', models.DateTimeField(default=core.clock.now)),
                ('withdrawn_by', models.CharField(blank=True, max_length=300)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='parties.organisation')),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'ordering': ['condition', '-valid_from'],
            },
        ),
        migrations.CreateModel(
            name='SigningChallenge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=120)),
                ('payload_hash', models.CharField(max_length=64)),
                ('nonce', models.CharField(max_length=32)),
                ('challenge', models.CharField(max_length=43, unique=True)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('credential_id', models.CharField(blank=True, db_index=True, max_length=1400)),
                ('counter', models.BigIntegerField(default=0)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signing_challenges', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SizeStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('industry', models.CharField(help_text='code of core.law.sme', max_length=30)),
                ('staff', models.PositiveIntegerField(blank=True, null=True)),
                ('revenue_fen', models.BigIntegerField(blank=True, null=True)),
                ('assets_fen', models.BigIntegerField(blank=True, null=True)),
                ('size', models.CharField(choices=[(parties.states.Size['MICRO'], parties.states.Size['MICRO']), (parties.states.Size['SMALL'], parties.states.Size['SMALL']), (parties.states.Size['MEDIUM'], parties.states.Size['MEDIUM']), (parties.states.Size['LARGE'], parties.states.Size['LARGE'])], max_length=10)),
                ('made_by', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='size_statements', to='parties.organisation')),
            ],
            options={
                'ordering': ['-made_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='KeyRecovery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('requested_at', models.DateTimeField()),
                ('ready_at', models.DateTimeField(help_text='from then on it can be used without an approval')),
                ('expires_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, max_length=300)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='key_recoveries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'key recoveries',
                'constraints': [models.UniqueConstraint(condition=models.Q(('stopped_at', None), ('used_at', None)), fields=('user',), name='parties_one_open_recovery')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[(parties.states.Role['ADMIN'], parties.states.Role['ADMIN']), (parties.states.Role['HANDLER'], parties.states.Role['HANDLER']), (parties.states.Role['APPROVER'], parties.states.Role['APPROVER']), (parties.states.Role['VIEWER'], parties.states.Role['VIEWER'])], max_length=10)),
                ('since', models.DateTimeField(default=core.clock.now)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('deputy_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deputies', to='parties.membership')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='parties.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('user', 'organisation', 'role'), name='parties_one_open_membership')],
            },
        ),
        migrations.CreateModel(
            name='InboxItem',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(help_text='idempotency: one item per key', max_length=160, unique=True)),
                ('kind', models.CharField(blank=True, help_text='capacity in which the desk acts', max_length=12)),
                ('title', models.CharField(max_length=300)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('blocked', models.CharField(blank=True, max_length=300)),
                ('facts', models.JSONField(default=dict)),
                ('rule', models.CharField(blank=True, max_length=60)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('is_task', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('holder', models.ForeignKey(blank=True, help_text='who took it', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='held_items', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='parties.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'done_at'], name='parties_inb_organis_df474f_idx'), models.Index(fields=['user', 'done_at'], name='parties_inb_user_id_be5b43_idx')],
            },
        ),
        migrations.CreateModel(
            name='Holder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hold', models.CharField(choices=[(parties.states.Hold['HOLDING'], parties.states.Hold['HOLDING']), (parties.states.Hold['MANAGEMENT'], parties.states.Hold['MANAGEMENT'])], max_length=12)),
                ('name', models.CharField(max_length=200)),
                ('key', models.CharField(db_index=True, max_length=64)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('added_by', models.CharField(max_length=300)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holders', to='parties.organisation')),
            ],
            options={
                'ordering': ['since', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('organisation', 'hold', 'key'), name='parties_one_open_hold')],
            },
        ),
        migrations.CreateModel(
            name='Capacity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[(parties.states.Kind['PURCHASER'], parties.states.Kind['PURCHASER']), (parties.states.Kind['AGENCY'], parties.states.Kind['AGENCY']), (parties.states.Kind['SUPPLIER'], parties.states.Kind['SUPPLIER']), (parties.states.Kind['SUPERVISOR'], parties.states.Kind['SUPERVISOR'])], max_length=12)),
                ('status', models.CharField(choices=[(parties.states.CapacityStatus['APPLIED'], parties.states.CapacityStatus['APPLIED']), (parties.states.CapacityStatus['VERIFIED'], parties.states.CapacityStatus['VERIFIED']), (parties.states.CapacityStatus['REFUSED'], parties.states.CapacityStatus['REFUSED']), (parties.states.CapacityStatus['SUSPENDED'], parties.states.CapacityStatus['SUSPENDED'])], default=parties.states.CapacityStatus['APPLIED'], max_length=12)),
                ('evidence', models.JSONField(blank=True, default=dict)),
                ('applied_by', models.CharField(blank=True, max_length=300)),
                ('applied_at', models.DateTimeField(default=core.clock.now)),
                ('reason', models.TextField(blank=True, help_text='why it was refused or suspended')),
                ('decided_by', models.CharField(blank=True, max_length=300)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='capacities', to='parties.organisation')),
            ],
            options={
                'verbose_name_plural': 'capacities',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind'), name='parties_one_capacity_per_kind')],
            },
        ),
    ])
