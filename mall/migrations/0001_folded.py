"""All tables, and the one with the tokens of products, on either engine (see disclosure.search)."""

from __future__ import annotations

import core.clock
import django.db.models.deletion
import mall.states
import uuid
from typing import Any

from core.migrating import together
from django.db import migrations, models


TABLE = "mall_product_search"


def forwards(apps: Any, schema_editor: Any) -> None:
    run = schema_editor.execute
    if schema_editor.connection.vendor == "postgresql":
        run(f"CREATE TABLE {TABLE} (position bigint PRIMARY KEY, tokens tsvector NOT NULL)")
        run(f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (tokens) WITH (fastupdate = off)")
    else:
        run(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(tokens, content='', tokenize='ascii', prefix='4', detail=none)"
        )


def backwards(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):

    replaces = [('mall', '0001_initial'), ('mall', '0002_search')]

    initial = True

    dependencies = [
        ('contracting', '0001_folded'),
        ('parties', '0001_folded'),
        ('planning', '0001_folded'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('edition', models.CharField(max_length=4)),
                ('name', models.CharField(max_length=100)),
                ('name_en', models.CharField(max_length=100)),
                ('kind', models.CharField(help_text='goods or services', max_length=10)),
                ('place', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'categories',
                'ordering': ['place', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(help_text='its place in time; the row of the search table', unique=True)),
                ('name', models.CharField(max_length=200)),
                ('name_en', models.CharField(blank=True, max_length=200)),
                ('brand', models.CharField(max_length=100)),
                ('model', models.CharField(max_length=100)),
                ('spec', models.TextField(help_text='for a service its scope; never blank')),
                ('attributes', models.JSONField(default=list, help_text='[[label, value], …] for comparison')),
                ('unit', models.CharField(max_length=20)),
                ('key', models.CharField(help_text='digest of name, brand, model and unit', max_length=32, unique=True)),
                ('reference_price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('reference_source', models.CharField(blank=True, max_length=200)),
                ('reference_on', models.DateField(blank=True, null=True)),
                ('search_text', models.TextField()),
                ('listed_by', models.CharField(max_length=300)),
                ('listed_at', models.DateTimeField(default=core.clock.now)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='products', to='mall.category')),
            ],
            options={
                'ordering': ['-position'],
                'indexes': [models.Index(fields=['category', 'brand'], name='mall_product_by_category')],
                'constraints': [models.CheckConstraint(condition=models.Q(('spec', ''), _negated=True), name='mall_product_has_a_specification'), models.CheckConstraint(condition=models.Q(('reference_price__isnull', True), ('reference_price__gt', 0), _connector='OR'), name='mall_reference_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveSmallIntegerField()),
                ('sha256', models.CharField(db_index=True, max_length=64)),
                ('media_type', models.CharField(max_length=40)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('alt', models.CharField(help_text='what it shows', max_length=200)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='mall.product')),
            ],
            options={
                'ordering': ['product', 'no'],
                'constraints': [models.UniqueConstraint(fields=('product', 'no'), name='mall_one_picture_per_number')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('price', models.DecimalField(decimal_places=6, max_digits=18)),
                ('stock', models.PositiveIntegerField()),
                ('sold', models.PositiveIntegerField(default=0, help_text='units of concluded orders')),
                ('delivery_days', models.PositiveSmallIntegerField()),
                ('warranty_months', models.PositiveSmallIntegerField(default=0)),
                ('listed', models.BooleanField(default=True)),
                ('changed_at', models.DateTimeField(default=core.clock.now)),
                ('agreed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracting.entrantprice')),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracting.entrant')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='mall.product')),
            ],
            options={
                'ordering': ['price', 'id'],
                'indexes': [models.Index(fields=['product', 'listed', 'price'], name='mall_offer_by_price')],
                'constraints': [models.UniqueConstraint(fields=('product', 'entrant'), name='mall_one_offer_per_entrant'), models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='mall_price_above_zero'), models.CheckConstraint(condition=models.Q(('stock__gte', 0)), name='mall_stock_never_below_zero')],
            },
        ),
        migrations.CreateModel(
            name='CartLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('added_by', models.CharField(max_length=300)),
                ('added_at', models.DateTimeField(default=core.clock.now)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mall.offer')),
            ],
            options={
                'ordering': ['added_at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'offer'), name='mall_one_line_per_offer'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='mall_quantity_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('order_no', models.CharField(max_length=40, unique=True)),
                ('ocid', models.CharField(max_length=100, unique=True)),
                ('key', models.UUIDField(help_text='given by the client: one click, one order')),
                ('status', models.CharField(default=mall.states.OrderStatus['PLACED'], max_length=12)),
                ('items', models.JSONField()),
                ('amount_fen', models.BigIntegerField()),
                ('region', models.CharField(max_length=12)),
                ('deliver_to', models.CharField(blank=True, max_length=300)),
                ('reason', models.CharField(blank=True, help_text='why it was declined, sent back, withdrawn', max_length=500)),
                ('placed_by', models.CharField(max_length=300)),
                ('placed_by_id', models.UUIDField()),
                ('placed_at', models.DateTimeField()),
                ('answer_due_at', models.DateTimeField()),
                ('confirmed_by', models.CharField(blank=True, max_length=300)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('received_by', models.CharField(blank=True, max_length=300)),
                ('received_at', models.DateTimeField(blank=True, null=True)),
                ('separated', models.BooleanField(blank=True, help_text='who accepted had not ordered', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('transaction_id', models.UUIDField(blank=True, null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracting.frameworkagreement')),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='planning.budgetline')),
                ('entrant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracting.entrant')),
                ('purchaser', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'ordering': ['-placed_at'],
                'indexes': [models.Index(fields=['purchaser', '-placed_at'], name='mall_order_by_purchaser'), models.Index(fields=['supplier', '-placed_at'], name='mall_order_by_supplier'), models.Index(fields=['status', 'answer_due_at'], name='mall_order_by_deadline')],
                'constraints': [models.UniqueConstraint(fields=('purchaser', 'key'), name='mall_one_order_per_key'), models.CheckConstraint(condition=models.Q(('status__in', ['placed', 'confirmed', 'delivered', 'received', 'declined', 'lapsed', 'withdrawn'])), name='mall_order_status'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='mall_order_amount_above_zero'), models.CheckConstraint(condition=models.Q(('purchaser', models.F('supplier')), _negated=True), name='mall_two_different_sides'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['confirmed', 'delivered', 'received']), _negated=True), ('transaction_id__isnull', False), _connector='OR'), name='mall_concluded_means_recorded')],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ])
