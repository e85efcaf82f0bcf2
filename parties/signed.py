"""The columns of one signature under an agreement; what is signed is the hash of the agreement's terms."""

from __future__ import annotations

from django.db import models


class SignedBy(models.Model):
    """Who signed, with which passkey (`parties.assertion` checks it again), and when."""

    person = models.CharField(max_length=300)
    user_id = models.UUIDField()
    signature = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["at"]
