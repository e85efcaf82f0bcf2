"""Mail that the mail server does not take is not lost."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail

from config.timers import handlers
from core import clock
from core.timers.models import Timer
from core.timers.services import run_due
from parties.models import InboxItem
from parties.services import inbox


@pytest.mark.django_db
def test_a_message_that_was_not_taken_is_sent_later_and_once(
    cast: Any, commits: Any, monkeypatch: pytest.MonkeyPatch, at: Any
) -> None:
    from parties import tasks

    send = tasks._send

    def away(*args: Any) -> None:
        raise SMTPServerDisconnected("away")

    monkeypatch.setattr(tasks, "_send", away)
    with commits():
        inbox.tell(key="mail.test", title="Bids opened", url="/desk", user_id=cast.purchaser.user_id)
    assert mail.outbox == []
    assert InboxItem.objects.get().mailed_at is None
    at(clock.now() + timedelta(minutes=1))
    run_due(handlers())
    assert Timer.objects.get(verb="parties.mail").done_at is None
    monkeypatch.setattr(tasks, "_send", send)
    at(clock.now() + timedelta(minutes=10))
    run_due(handlers())
    run_due(handlers())
    assert len(mail.outbox) == 1
    assert Timer.objects.get(verb="parties.mail").done_at is not None
