"""Rows of the transparency log: entries, hashes of full tiles, signed checkpoints, cosignatures."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One log entry; never changed, never deleted. Indexes run from 0 without a gap."""

    index = models.BigIntegerField(primary_key=True)
    content = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)
    appended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(index__gte=0), name="ledger_index_from_zero")
        ]
        ordering = ["index"]

    def __str__(self) -> str:
        return f"entry {self.index}"


class Node(models.Model):
    """A hash of the tile at `level` (1 and above): the root of one full tile of the level below."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="ledger_one_hash_per_node")]

    def __str__(self) -> str:
        return f"node {self.level}/{self.index}"


class Checkpoint(models.Model):
    """A tree head that the log has signed; one per size, or the log would contradict itself."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checkpoint {self.size}"


class Cosignature(models.Model):
    """A witness's newest cosignature on a checkpoint; `timestamp` is its clock.

    In seconds since the epoch.
    """

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=255)
    line = models.TextField()
    timestamp = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "witness"], name="ledger_one_cosignature_per_witness"
            )
        ]

    def __str__(self) -> str:
        return f"{self.witness} on {self.checkpoint_id}"


class Timestamp(models.Model):
    """A time stamp (RFC 3161) of an outside authority over a checkpoint's note text, as DER token."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="timestamps")
    tsa = models.CharField(max_length=300)
    token = models.BinaryField(max_length=1 << 16)
    stamped_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "tsa"], name="ledger_one_timestamp_per_authority")
        ]

    def __str__(self) -> str:
        return f"{self.tsa} on {self.checkpoint_id}"
