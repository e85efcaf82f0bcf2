import bidding.extracting
import bidding.states
import core.clock
import django.db.models.deletion
import uuid
from django.conf import settings
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('bidding', '0001_initial'), ('bidding', '0002_unreadable'), ('bidding', '0003_held_bids_and_minutes'), ('bidding', '0004_seen_amendments'), ('bidding', '0005_witness_stamps'), ('bidding', '0006_rehearsals'), ('bidding', '0007_rehearsals_by_year'), ('bidding', '0008_acknowledgements'), ('bidding', '0011_not_opened'), ('bidding', '0012_recovery_kits'), ('bidding', '0013_shared_drafts'), ('bidding', '0014_final_quotes'), ('bidding', '0015_bid_security'), ('bidding', '0016_consortia'), ('bidding', '0017_texts_of_opened_files')]

    initial = True

    dependencies = [
        ('parties', '0001_folded'),
        ('parties', '__first__'),
        ('tendering', '0001_folded'),
    ]

    operations = together([
        migrations.CreateModel(
            name='RehearsalPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(help_text='what stands for the tender in its ctx', max_length=60, unique=True)),
                ('keeper_set_hash', models.CharField(max_length=64)),
                ('policy', models.JSONField()),
                ('keepers', models.JSONField()),
                ('entry_index', models.PositiveBigIntegerField()),
                ('cancel_index', models.PositiveBigIntegerField(blank=True, null=True)),
                ('at', models.DateTimeField(default=core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Bid',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('envelope', models.CharField(default='single', max_length=12)),
                ('prepared_by', models.CharField(max_length=300)),
                ('status', models.CharField(choices=[(bidding.states.BidStatus['PREPARING'], bidding.states.BidStatus['PREPARING']), (bidding.states.BidStatus['CHECKED'], bidding.states.BidStatus['CHECKED']), (bidding.states.BidStatus['SUBMITTED'], bidding.states.BidStatus['SUBMITTED']), (bidding.states.BidStatus['SUPERSEDED'], bidding.states.BidStatus['SUPERSEDED']), (bidding.states.BidStatus['WITHDRAWN'], bidding.states.BidStatus['WITHDRAWN']), (bidding.states.BidStatus['REFUSED'], bidding.states.BidStatus['REFUSED']), (bidding.states.BidStatus['LISTED'], bidding.states.BidStatus['LISTED']), (bidding.states.BidStatus['GATHERED'], bidding.states.BidStatus['GATHERED']), (bidding.states.BidStatus['OPENED'], bidding.states.BidStatus['OPENED']), (bidding.states.BidStatus['VOID'], bidding.states.BidStatus['VOID']), (bidding.states.BidStatus['UNREADABLE'], bidding.states.BidStatus['UNREADABLE']), (bidding.states.BidStatus['WAITING'], bidding.states.BidStatus['WAITING']), (bidding.states.BidStatus['SET_ASIDE'], bidding.states.BidStatus['SET_ASIDE']), (bidding.states.BidStatus['NOT_OPENED'], bidding.states.BidStatus['NOT_OPENED'])], default=bidding.states.BidStatus['PREPARING'], max_length=12)),
                ('sheet_upload', models.UUIDField(blank=True, null=True)),
                ('files_upload', models.UUIDField(blank=True, null=True)),
                ('record', models.JSONField(blank=True, null=True)),
                ('record_hash', models.CharField(blank=True, db_index=True, max_length=64)),
                ('envelopes', models.JSONField(blank=True, default=list, help_text='base64 age files, one per keeper')),
                ('acks', models.JSONField(blank=True, default=list, help_text='signed statements of keepers')),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('finals_asked_at', models.DateTimeField(blank=True, help_text='of a first response: when its supplier was asked for a final quote', null=True)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'indexes': [models.Index(fields=['tender', 'lot', 'envelope', 'supplier'], name='bidding_by_supplier')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', [bidding.states.BidStatus['PREPARING'], bidding.states.BidStatus['CHECKED'], bidding.states.BidStatus['SUBMITTED'], bidding.states.BidStatus['SUPERSEDED'], bidding.states.BidStatus['WITHDRAWN'], bidding.states.BidStatus['REFUSED'], bidding.states.BidStatus['LISTED'], bidding.states.BidStatus['GATHERED'], bidding.states.BidStatus['OPENED'], bidding.states.BidStatus['VOID'], bidding.states.BidStatus['UNREADABLE'], bidding.states.BidStatus['WAITING'], bidding.states.BidStatus['SET_ASIDE'], bidding.states.BidStatus['NOT_OPENED']])), name='bidding_bid_status'), models.UniqueConstraint(condition=models.Q(('status', bidding.states.BidStatus['SUBMITTED'])), fields=('tender', 'lot', 'envelope', 'supplier'), name='bidding_one_submitted_bid')],
            },
        ),
        migrations.CreateModel(
            name='BidSecurity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[(bidding.states.SecurityStatus['MISSING'], bidding.states.SecurityStatus['MISSING']), (bidding.states.SecurityStatus['DECLARED'], bidding.states.SecurityStatus['DECLARED']), (bidding.states.SecurityStatus['HELD'], bidding.states.SecurityStatus['HELD']), (bidding.states.SecurityStatus['RETURNED'], bidding.states.SecurityStatus['RETURNED']), (bidding.states.SecurityStatus['KEPT'], bidding.states.SecurityStatus['KEPT'])], max_length=10)),
                ('asked', models.DecimalField(decimal_places=2, max_digits=18)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('form', models.CharField(blank=True, max_length=12)),
                ('payer', models.CharField(blank=True, max_length=200)),
                ('account', models.CharField(blank=True, max_length=64)),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('checked_by', models.CharField(blank=True, max_length=300)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('due_rule', models.CharField(blank=True, max_length=60)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('settled_by', models.CharField(blank=True, max_length=300)),
                ('settlement', models.CharField(blank=True, help_text="the payment's reference, or why it is kept", max_length=300)),
                ('ground', models.CharField(blank=True, help_text='the rule by which it is kept', max_length=60)),
                ('bid', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='security', to='bidding.bid')),
            ],
            options={
                'verbose_name_plural': 'bid securities',
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', [bidding.states.SecurityStatus['MISSING'], bidding.states.SecurityStatus['DECLARED'], bidding.states.SecurityStatus['HELD'], bidding.states.SecurityStatus['RETURNED'], bidding.states.SecurityStatus['KEPT']])), name='bidding_security_status')],
            },
        ),
        migrations.CreateModel(
            name='CloseList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lot', models.CharField(max_length=20)),
                ('envelope', models.CharField(default='single', max_length=12)),
                ('closed_at', models.DateTimeField()),
                ('body', models.JSONField()),
                ('root', models.CharField(max_length=64)),
                ('entry_index', models.PositiveBigIntegerField()),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tender', 'lot', 'envelope'), name='bidding_one_close_list')],
            },
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(choices=[('confirmed', 'confirmed'), ('objected', 'objected')], max_length=10)),
                ('objection', models.TextField(blank=True)),
                ('signature', models.JSONField(blank=True, help_text='over the line, when it is confirmed', null=True)),
                ('line_hash', models.CharField(help_text='of the line as it was shown', max_length=64)),
                ('said_by', models.CharField(max_length=300)),
                ('said_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_by', models.CharField(blank=True, max_length=300)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('bid', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='confirmation', to='bidding.bid')),
            ],
        ),
        migrations.CreateModel(
            name='Consortium',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('terms', models.JSONField()),
                ('terms_hash', models.CharField(max_length=64, unique=True)),
                ('status', models.CharField(choices=[(bidding.states.ConsortiumStatus['OFFERED'], bidding.states.ConsortiumStatus['OFFERED']), (bidding.states.ConsortiumStatus['AGREED'], bidding.states.ConsortiumStatus['AGREED']), (bidding.states.ConsortiumStatus['ENDED'], bidding.states.ConsortiumStatus['ENDED'])], default=bidding.states.ConsortiumStatus['OFFERED'], max_length=8)),
                ('offered_at', models.DateTimeField(default=core.clock.now)),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.CharField(blank=True, max_length=300)),
                ('ended_reason', models.CharField(blank=True, max_length=500)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'verbose_name_plural': 'consortia',
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', bidding.states.ConsortiumStatus['ENDED']), _negated=True), fields=('tender', 'lot', 'lead'), name='bidding_one_consortium_of_a_lead'), models.CheckConstraint(condition=models.Q(('status__in', [bidding.states.ConsortiumStatus['OFFERED'], bidding.states.ConsortiumStatus['AGREED'], bidding.states.ConsortiumStatus['ENDED']])), name='bidding_consortium_status')],
            },
        ),
        migrations.CreateModel(
            name='ConsortiumMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField(help_text='0 is the lead; the order of the terms')),
                ('person', models.CharField(blank=True, max_length=300)),
                ('signature', models.JSONField(blank=True, null=True)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('consortium', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='bidding.consortium')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['place'],
                'constraints': [models.UniqueConstraint(fields=('consortium', 'supplier'), name='bidding_one_seat_in_a_consortium')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tender', 'lot', 'supplier'), name='bidding_one_shared_draft')],
            },
        ),
        migrations.CreateModel(
            name='DraftKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.TextField(help_text='age1pq1…')),
                ('key_id', models.CharField(help_text='hash over person and recipient; shown as fingerprint', max_length=64)),
                ('wrapped', models.JSONField(help_text='[{"by": "passkey" or "passphrase", "age": base64}]')),
                ('made_at', models.DateTimeField(default=core.clock.now)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='DraftPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('section', models.CharField(max_length=8)),
                ('name', models.CharField(max_length=80)),
                ('version', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('uploads', models.JSONField(default=list)),
                ('written_at', models.DateTimeField(default=core.clock.now)),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='bidding.draft')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draft', 'name'), name='bidding_one_part')],
            },
        ),
        migrations.CreateModel(
            name='DraftPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sees_price', models.BooleanField(default=False)),
                ('writes', models.JSONField(default=list)),
                ('named_at', models.DateTimeField(default=core.clock.now)),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='bidding.draft')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draft', 'user'), name='bidding_named_once')],
            },
        ),
        migrations.CreateModel(
            name='DraftSection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=8)),
                ('generation', models.PositiveIntegerField()),
                ('envelope', models.TextField(help_text='base64 of an age file')),
                ('readers', models.JSONField(help_text='{user id: key_id} of those it was made for')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='bidding.draft')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draft', 'name'), name='bidding_one_section')],
            },
        ),
        migrations.CreateModel(
            name='OpenedBid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.JSONField()),
                ('sheet', models.JSONField(blank=True, null=True)),
                ('quote', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('seed_sheet', models.CharField(blank=True, max_length=64)),
                ('opened_at', models.DateTimeField()),
                ('bid', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='opened', to='bidding.bid')),
            ],
        ),
        migrations.CreateModel(
            name='OpenedFile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('stored_as', models.CharField(max_length=200)),
                ('bid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='bidding.openedbid')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='FileText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[(bidding.extracting.TextState['READ'], bidding.extracting.TextState['READ']), (bidding.extracting.TextState['NO_TEXT'], bidding.extracting.TextState['NO_TEXT']), (bidding.extracting.TextState['UNREADABLE'], bidding.extracting.TextState['UNREADABLE']), (bidding.extracting.TextState['NOT_PDF'], bidding.extracting.TextState['NOT_PDF'])], max_length=12)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='text', to='bidding.openedfile')),
            ],
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lot', models.CharField(max_length=20)),
                ('envelope', models.CharField(default='single', max_length=12)),
                ('status', models.CharField(choices=[(bidding.states.OpeningStatus['GATHERING'], bidding.states.OpeningStatus['GATHERING']), (bidding.states.OpeningStatus['OPENING'], bidding.states.OpeningStatus['OPENING']), (bidding.states.OpeningStatus['OPENED'], bidding.states.OpeningStatus['OPENED']), (bidding.states.OpeningStatus['NOT_HELD'], bidding.states.OpeningStatus['NOT_HELD'])], default=bidding.states.OpeningStatus['GATHERING'], max_length=12)),
                ('gather_until', models.DateTimeField()),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('transcript', models.JSONField(blank=True, null=True)),
                ('confirm_until', models.DateTimeField(blank=True, help_text='bidders confirm or object before it', null=True)),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tender', 'lot', 'envelope'), name='bidding_one_opening')],
            },
        ),
        migrations.CreateModel(
            name='OpeningRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('said', models.CharField(blank=True, help_text='hash of what the newest version says', max_length=64)),
                ('body', models.JSONField(blank=True, help_text='the minutes as they were signed', null=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('signature', models.JSONField(blank=True, null=True)),
                ('signed_by', models.CharField(blank=True, max_length=300)),
                ('signed_for', models.CharField(blank=True, max_length=200)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('entry_index', models.PositiveBigIntegerField(blank=True, null=True)),
                ('tender', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
        ),
        migrations.CreateModel(
            name='PageText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('words', models.TextField()),
                ('text_of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='bidding.filetext')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('text_of', 'number'), name='bidding_one_text_per_page')],
            },
        ),
        migrations.CreateModel(
            name='RecoveryKit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sealed', models.BinaryField(help_text='an age file for the supervisor alone')),
                ('sha256', models.CharField(max_length=64)),
                ('handed_in_by', models.CharField(max_length=300)),
                ('handed_in_at', models.DateTimeField()),
                ('entry_index', models.PositiveBigIntegerField(help_text='of its hash in the log')),
                ('release', models.JSONField(blank=True, help_text="the supervisor's signed word", null=True)),
                ('opened', models.JSONField(blank=True, help_text='what the supervisor found in it', null=True)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('bid', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='kit', to='bidding.bid')),
            ],
        ),
        migrations.CreateModel(
            name='Rehearsal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('prepared_by', models.CharField(max_length=300)),
                ('status', models.CharField(choices=[(bidding.states.RehearsalStatus['PREPARING'], bidding.states.RehearsalStatus['PREPARING']), (bidding.states.RehearsalStatus['CHECKED'], bidding.states.RehearsalStatus['CHECKED']), (bidding.states.RehearsalStatus['SUBMITTED'], bidding.states.RehearsalStatus['SUBMITTED'])], default=bidding.states.RehearsalStatus['PREPARING'], max_length=12)),
                ('record', models.JSONField(blank=True, null=True)),
                ('record_hash', models.CharField(blank=True, max_length=64)),
                ('acks', models.JSONField(blank=True, default=list)),
                ('sheet_upload', models.UUIDField(blank=True, null=True)),
                ('files_upload', models.UUIDField(blank=True, null=True)),
                ('signed_record', models.JSONField(blank=True, null=True)),
                ('statement', models.JSONField(blank=True, help_text="the platform's signed word; no receipt of a bid", null=True)),
                ('arrival', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bidding.rehearsalpolicy')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', [bidding.states.RehearsalStatus['PREPARING'], bidding.states.RehearsalStatus['CHECKED'], bidding.states.RehearsalStatus['SUBMITTED']])), name='bidding_rehearsal_status')],
            },
        ),
        migrations.CreateModel(
            name='Resolution',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField(help_text='1, 2, … within its tender')),
                ('decision', models.CharField(choices=[('again', 'again'), ('without', 'without')], max_length=8)),
                ('body', models.JSONField(help_text='what was signed')),
                ('signature', models.JSONField()),
                ('authority', models.CharField(max_length=200)),
                ('actor', models.CharField(max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('entry_index', models.PositiveBigIntegerField()),
                ('opening', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resolutions', to='bidding.opening')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('opening', 'number'), name='bidding_one_resolution_number')],
            },
        ),
        migrations.CreateModel(
            name='SeenAmendment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveIntegerField()),
                ('actor', models.CharField(max_length=300)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tender', 'supplier', 'no'), name='bidding_amendment_seen_once')],
            },
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keeper', models.CharField(max_length=128)),
                ('index', models.PositiveSmallIntegerField()),
                ('payload', models.JSONField(blank=True, null=True)),
                ('verified', models.BooleanField(default=False)),
                ('code', models.CharField(blank=True, max_length=60)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('bid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='bidding.bid')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bid', 'keeper'), name='bidding_one_share_per_keeper')],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('envelope', models.CharField(default='single', max_length=12)),
                ('kind', models.CharField(choices=[('submit', 'submit'), ('withdraw', 'withdraw'), ('acknowledge', 'acknowledge')], max_length=12)),
                ('idempotency_key', models.CharField(max_length=64)),
                ('record_hash', models.CharField(max_length=64)),
                ('signed_record', models.JSONField()),
                ('actor', models.CharField(max_length=300)),
                ('arrival', models.DateTimeField()),
                ('newest_policy', models.CharField(help_text='hash of the policy in force at arrival', max_length=64)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('accepted', models.BooleanField(null=True)),
                ('code', models.CharField(blank=True, help_text='why it was refused', max_length=40)),
                ('bid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='bidding.bid')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'indexes': [models.Index(fields=['tender', 'arrival'], name='bidding_by_arrival')],
                'constraints': [models.UniqueConstraint(fields=('tender', 'bid', 'idempotency_key'), name='bidding_one_ticket_per_key')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('statement', models.JSONField()),
                ('leaf', models.BinaryField()),
                ('leaf_index', models.PositiveBigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receipt', to='bidding.ticket')),
            ],
        ),
        migrations.CreateModel(
            name='WitnessStamp',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lot', models.CharField(max_length=20)),
                ('envelope', models.CharField(default='single', max_length=12)),
                ('record_hash', models.CharField(max_length=64)),
                ('keeper', models.CharField(max_length=128)),
                ('stamped_at', models.DateTimeField()),
                ('statement', models.JSONField()),
                ('delivered_by', models.CharField(max_length=300)),
                ('delivered_at', models.DateTimeField()),
                ('disputed', models.BooleanField(default=False)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tender', 'lot', 'envelope', 'record_hash', 'keeper'), name='bidding_one_stamp_per_keeper')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lot', models.CharField(blank=True, max_length=20)),
                ('step', models.CharField(max_length=12)),
                ('code', models.CharField(max_length=60)),
                ('actor', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tendering.tender')),
            ],
            options={
                'indexes': [models.Index(fields=['tender', 'supplier'], name='bidding_attempts')],
            },
        ),
    ])
