"""Rows of drafts that a team shares: ciphertext, versions, and who is named. No row can be read by the platform."""

from __future__ import annotations

import uuid

from django.db import models

from core import clock


class DraftKey(models.Model):
    """A person's public draft key, and its secret as that person's browser wrapped it (FORMAT.md 10.1)."""

    user = models.OneToOneField("parties.User", on_delete=models.CASCADE, related_name="+")
    recipient = models.TextField(help_text="age1pq1…")
    key_id = models.CharField(max_length=64, help_text="hash over person and recipient; shown as fingerprint")
    wrapped = models.JSONField(help_text='[{"by": "passkey" or "passphrase", "age": base64}]')
    made_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.key_id[:8]


class Draft(models.Model):
    """The draft of one supplier's bid for one lot; `owner` names who works on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "lot", "supplier"], name="bidding_one_shared_draft")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DraftPerson(models.Model):
    """One who is named for a draft: whether they see the price, and which parts they write (`*`: all they see)."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="people")
    user = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="+")
    sees_price = models.BooleanField(default=False)
    writes = models.JSONField(default=list)
    named_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "user"], name="bidding_named_once")]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.user_id}"


class DraftSection(models.Model):
    """What is read by the same people: its key in one age file to them, and who they were (FORMAT.md 10.2)."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="sections")
    name = models.CharField(max_length=8)
    generation = models.PositiveIntegerField()
    envelope = models.TextField(help_text="base64 of an age file")
    readers = models.JSONField(help_text="{user id: key_id} of those it was made for")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "name"], name="bidding_one_section")]

    def __str__(self) -> str:
        return f"{self.name} {self.generation}"


class DraftPart(models.Model):
    """The newest version of one part, as ciphertext (FORMAT.md 10.3), and the uploads that belong to it."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="parts")
    section = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    content = models.BinaryField()
    uploads = models.JSONField(default=list)
    written_by = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "name"], name="bidding_one_part")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
