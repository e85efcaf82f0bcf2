import core.clock
import uuid
from core.migrating import together
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('storage', '0001_initial'), ('storage', '0002_kept_for'), ('storage', '0003_scans'), ('storage', '0004_arrived_at')]

    initial = True

    dependencies = [
    ]

    operations = together([
        migrations.CreateModel(
            name='Scan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('store', models.CharField(max_length=20)),
                ('stored_as', models.CharField(max_length=200)),
                ('word', models.CharField(max_length=12)),
                ('found', models.CharField(blank=True, help_text='what was found, or why not scanned', max_length=200)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'stored_as'), name='storage_one_scan_per_object')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('owner', models.CharField(help_text="who may go on with it: 'organisation.<id>'", max_length=120)),
                ('purpose', models.CharField(help_text="what it belongs to: 'tender.<id>'", max_length=120)),
                ('length', models.PositiveBigIntegerField()),
                ('offset', models.PositiveBigIntegerField(default=0)),
                ('arrived_at', models.DateTimeField(blank=True, help_text='when its newest bytes were on disk', null=True)),
                ('kept_for', models.CharField(blank=True, help_text="what refers to it, 'bid.<id>': then nobody can drop it", max_length=120)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('store', models.CharField(max_length=20)),
                ('stored_as', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['owner', 'purpose'], name='storage_by_owner')],
                'constraints': [models.CheckConstraint(condition=models.Q(('offset__lte', models.F('length'))), name='storage_offset_in_length')],
            },
        ),
    ])
