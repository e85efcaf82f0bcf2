"""How pages are shown to one person, on every device: large type and the short way."""

from __future__ import annotations

from django.db import transaction

from core.audit.services import record
from parties.access import Actor, person
from parties.models import User


@transaction.atomic
def show_large(*, actor: Actor, large: bool) -> None:
    """Keep with the person's account whether pages are large and short; saying the same again changes nothing."""
    user = User.objects.select_for_update().get(pk=person(actor.require_user()).pk)
    if user.large_type == large:
        return
    user.large_type = large
    user.save(update_fields=["large_type"])
    record(actor=actor.label, verb="parties.show_large", subject=f"person.{user.pk}", large=large)
