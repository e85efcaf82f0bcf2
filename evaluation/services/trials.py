"""Keep what a trial of somebody's camera and line came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from core.audit.services import record
from core.errors import Invalid, gettext_noop
from evaluation import access
from evaluation.models import Trial
from evaluation.video import trial
from evaluation.video.backend import backend
from parties.access import Actor


def wanted() -> trial.Needs:
    """Give what a room of this site asks of a member's line."""
    return trial.needs(
        settings.VIDEO_MEMBERS,
        settings.VIDEO_WATCHERS,
        settings.VIDEO_KBPS,
        records_at_sender=backend().records_at_sender,
    )


@transaction.atomic
def keep(*, actor: Actor, said: Mapping[str, Any]) -> Trial:
    """Judge and keep what the actor's browser measured. Raises NotFound, Invalid."""
    user_id = access.trial_to_make(actor)
    try:
        result = trial.read(said)
    except trial.MalformedResult as error:
        raise Invalid(gettext_noop("This is no result of the page. Reload it and try again.")) from error
    row = Trial.objects.create(user_id=user_id, result=result, faults=trial.faults(result, wanted()))
    record(actor=actor.label, verb="try_video", subject=f"trial.{row.pk}", rule="T-26", faults=row.faults)
    return row
