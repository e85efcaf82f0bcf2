import contracting.states
import core.clock
import disclosure.states
import django.db.models.deletion
import uuid
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('contracting', '0001_initial'), ('contracting', '0002_letter_date'), ('contracting', '0003_bonds'), ('contracting', '0004_suspended'), ('contracting', '0005_framework'), ('contracting', '0006_open_framework'), ('contracting', '0007_consortium_signatures')]

    initial = True

    dependencies = [
        ('parties', '0001_folded'),
    ]

    operations = together([
        migrations.CreateModel(
            name='AgreementItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.CharField(max_length=10)),
                ('code', models.CharField(max_length=20)),
                ('edition', models.CharField(blank=True, max_length=4)),
                ('name', models.CharField(max_length=200)),
                ('spec', models.TextField(blank=True)),
                ('unit', models.CharField(max_length=20)),
                ('ceiling', models.DecimalField(decimal_places=6, max_digits=18)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Contract',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('contract_no', models.CharField(max_length=60, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('status', models.CharField(default=contracting.states.ContractStatus['FORMED'], max_length=12)),
                ('source', models.CharField(help_text='the act it was born of, as award.<uuid>', max_length=120, unique=True)),
                ('ocid', models.CharField(db_index=True, max_length=100)),
                ('award_id', models.CharField(max_length=60)),
                ('project_no', models.CharField(blank=True, max_length=60)),
                ('project_title', models.CharField(blank=True, max_length=200)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('region', models.CharField(max_length=12)),
                ('method', models.CharField(max_length=30)),
                ('category', models.CharField(max_length=10)),
                ('terms', models.JSONField()),
                ('terms_hash', models.CharField(max_length=64)),
                ('budget_line_id', models.UUIDField(blank=True, null=True)),
                ('budget_source', models.CharField(blank=True, max_length=120)),
                ('handler_id', models.UUIDField(blank=True, null=True)),
                ('when_signed', models.CharField(blank=True, max_length=60)),
                ('public_service', models.BooleanField(default=False)),
                ('sandbox', models.BooleanField(default=False)),
                ('law_as_of', models.DateField()),
                ('law_digest', models.CharField(max_length=64)),
                ('law_snapshot', models.TextField()),
                ('formed_by', models.CharField(max_length=300)),
                ('formed_at', models.DateTimeField()),
                ('letter_at', models.DateTimeField(blank=True, null=True)),
                ('sign_due_at', models.DateTimeField()),
                ('held_until', models.DateTimeField(blank=True, help_text='the end of a suspension of its procedure', null=True)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('notice_due_at', models.DateTimeField(blank=True, null=True)),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('purchaser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-formed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['formed', 'signed', 'delivered', 'accepted', 'completed', 'void'])), name='contracting_contract_status'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='contracting_amount_above_zero'), models.CheckConstraint(condition=models.Q(('purchaser', models.F('supplier')), _negated=True), name='contracting_two_different_sides'), models.CheckConstraint(condition=models.Q(('status__in', ['formed', 'void']), ('signed_at__isnull', False), _connector='OR'), name='contracting_performed_means_signed')],
            },
        ),
        migrations.CreateModel(
            name='Acceptance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('result', models.CharField(choices=[(contracting.states.Result['PASSED'], contracting.states.Result['PASSED']), (contracting.states.Result['PASSED_WITH_RECTIFICATION'], contracting.states.Result['PASSED_WITH_RECTIFICATION']), (contracting.states.Result['FAILED'], contracting.states.Result['FAILED'])], max_length=30)),
                ('opinion', models.TextField()),
                ('actor', models.CharField(max_length=300)),
                ('user_id', models.UUIDField()),
                ('separated', models.BooleanField()),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='contracting.contract')),
            ],
            options={
                'ordering': ['no'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'no'), name='contracting_one_acceptance_per_number')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('note', models.TextField()),
                ('actor', models.CharField(max_length=300)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='contracting.contract')),
            ],
            options={
                'ordering': ['no'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'no'), name='contracting_one_delivery_per_number')],
            },
        ),
        migrations.CreateModel(
            name='Entrant',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('no', models.PositiveIntegerField()),
                ('rank', models.PositiveIntegerField(blank=True, null=True)),
                ('status', models.CharField(default=contracting.states.EntrantStatus['ADMITTED'], max_length=10)),
                ('cap_fen', models.BigIntegerField()),
                ('drawn_fen', models.BigIntegerField(default=0)),
                ('admitted_at', models.DateTimeField()),
                ('terms', models.JSONField(blank=True, default=dict)),
                ('terms_hash', models.CharField(blank=True, max_length=64)),
                ('sign_due_at', models.DateTimeField(blank=True, null=True)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_reason', models.TextField(blank=True)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['no'],
            },
        ),
        migrations.CreateModel(
            name='EntrantPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.DecimalField(decimal_places=6, max_digits=18)),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='contracting.entrant')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='contracting.agreementitem')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('entrant', 'item'), name='contracting_one_price_per_item'), models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='contracting_price_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='EntrantSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.CharField(max_length=300)),
                ('user_id', models.UUIDField()),
                ('signature', models.JSONField()),
                ('at', models.DateTimeField()),
                ('party', models.CharField(choices=[(contracting.states.Party['PURCHASER'], contracting.states.Party['PURCHASER']), (contracting.states.Party['SUPPLIER'], contracting.states.Party['SUPPLIER'])], max_length=10)),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='contracting.entrant')),
            ],
            options={
                'ordering': ['at'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('entrant', 'party'), name='contracting_one_entry_signature_per_side'), models.UniqueConstraint(fields=('entrant', 'user_id'), name='contracting_one_entry_side_per_person')],
            },
        ),
        migrations.CreateModel(
            name='FrameworkAgreement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('agreement_no', models.CharField(max_length=60, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('ocid', models.CharField(help_text='the process of its first stage', max_length=100, unique=True)),
                ('category', models.CharField(max_length=10)),
                ('region', models.CharField(max_length=12)),
                ('market', models.CharField(choices=[(disclosure.states.Market['E_MALL'], disclosure.states.Market['E_MALL']), (disclosure.states.Market['E_STORE'], disclosure.states.Market['E_STORE']), (disclosure.states.Market['ONLINE_SUPERMARKET'], disclosure.states.Market['ONLINE_SUPERMARKET']), (disclosure.states.Market['AGREEMENT_SUPPLY'], disclosure.states.Market['AGREEMENT_SUPPLY']), (disclosure.states.Market['DESIGNATED_SUPPLY'], disclosure.states.Market['DESIGNATED_SUPPLY'])], default=disclosure.states.Market['E_MALL'], max_length=30)),
                ('status', models.CharField(default=contracting.states.AgreementStatus['DRAFT'], max_length=10)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('cap_fen', models.BigIntegerField()),
                ('drawn_fen', models.BigIntegerField(default=0)),
                ('answer_hours', models.PositiveIntegerField(help_text='how long an entrant may take to answer an order')),
                ('selection', models.CharField(default=contracting.states.Selection['DIRECT'], max_length=12)),
                ('source', models.CharField(blank=True, help_text='the procedure it was born of', max_length=120)),
                ('when_signed', models.CharField(blank=True, max_length=60)),
                ('open_until', models.DateTimeField(blank=True, help_text='an open agreement takes applications until then', null=True)),
                ('law_as_of', models.DateField()),
                ('law_digest', models.CharField(max_length=64)),
                ('law_snapshot', models.TextField(blank=True)),
                ('signed_at', models.DateTimeField(blank=True, help_text="when nobody's signature was awaited any more", null=True)),
                ('file_due_at', models.DateTimeField(blank=True, null=True)),
                ('filed_at', models.DateTimeField(blank=True, null=True)),
                ('filing_no', models.CharField(blank=True, max_length=100)),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('created_by', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('organiser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-starts_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'active', 'closed'])), name='contracting_agreement_status'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='contracting_term_forwards'), models.CheckConstraint(condition=models.Q(('selection__in', ['direct', 'in_turn'])), name='contracting_agreement_selection'), models.CheckConstraint(condition=models.Q(('drawn_fen__gte', 0), ('drawn_fen__lte', models.F('cap_fen'))), name='contracting_agreement_cap_holds')],
            },
        ),
        migrations.CreateModel(
            name='EntryApplication',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(default=contracting.states.EntryApplicationStatus['APPLIED'], max_length=10)),
                ('statement', models.TextField()),
                ('signature', models.JSONField()),
                ('applied_by', models.CharField(max_length=300)),
                ('applied_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, max_length=300)),
                ('reason', models.TextField(blank=True)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='contracting.frameworkagreement')),
            ],
            options={
                'ordering': ['applied_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'applied')), fields=('agreement', 'supplier'), name='contracting_one_open_application'), models.CheckConstraint(condition=models.Q(('status__in', ['applied', 'accepted', 'refused'])), name='contracting_application_status')],
            },
        ),
        migrations.AddField(
            model_name='entrant',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entrants', to='contracting.frameworkagreement'),
        ),
        migrations.AddField(
            model_name='agreementitem',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='contracting.frameworkagreement'),
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('reference', models.CharField(help_text='number of the payment order (支付凭证号)', max_length=100)),
                ('actor', models.CharField(max_length=300)),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='contracting.contract')),
            ],
            options={
                'ordering': ['no'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'no'), name='contracting_one_payment_per_number'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='contracting_payment_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='PerformanceBond',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('kind', models.CharField(choices=[(contracting.states.BondForm['TRANSFER'], contracting.states.BondForm['TRANSFER']), (contracting.states.BondForm['CHEQUE'], contracting.states.BondForm['CHEQUE']), (contracting.states.BondForm['DRAFT'], contracting.states.BondForm['DRAFT']), (contracting.states.BondForm['GUARANTEE'], contracting.states.BondForm['GUARANTEE'])], max_length=10)),
                ('reference', models.CharField(max_length=100)),
                ('received_at', models.DateTimeField()),
                ('received_by', models.CharField(max_length=300)),
                ('returned_at', models.DateTimeField(blank=True, null=True)),
                ('returned_by', models.CharField(blank=True, max_length=300)),
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bond', to='contracting.contract')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='contracting_bond_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.CharField(max_length=300)),
                ('user_id', models.UUIDField()),
                ('signature', models.JSONField()),
                ('at', models.DateTimeField()),
                ('party', models.CharField(choices=[(contracting.states.Party['PURCHASER'], contracting.states.Party['PURCHASER']), (contracting.states.Party['SUPPLIER'], contracting.states.Party['SUPPLIER'])], max_length=10)),
                ('member', models.CharField(blank=True, max_length=18)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='contracting.contract')),
            ],
            options={
                'ordering': ['at'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('contract', 'party', 'member'), name='contracting_one_signature_per_side'), models.UniqueConstraint(fields=('contract', 'user_id'), name='contracting_one_side_per_person')],
            },
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.UniqueConstraint(fields=('agreement', 'supplier'), name='contracting_one_entry_per_supplier'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.UniqueConstraint(fields=('agreement', 'no'), name='contracting_one_entrant_per_number'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['named', 'admitted', 'expelled', 'left'])), name='contracting_entrant_status'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.CheckConstraint(condition=models.Q(('drawn_fen__gte', 0), ('drawn_fen__lte', models.F('cap_fen'))), name='contracting_entrant_cap_holds'),
        ),
        migrations.AddConstraint(
            model_name='agreementitem',
            constraint=models.UniqueConstraint(fields=('agreement', 'no'), name='contracting_one_item_per_number'),
        ),
        migrations.AddConstraint(
            model_name='agreementitem',
            constraint=models.CheckConstraint(condition=models.Q(('ceiling__gt', 0)), name='contracting_ceiling_above_zero'),
        ),
    ])
