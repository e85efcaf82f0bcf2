"""Mail that the mail server does not take is not lost."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail

from config import clockwork
from config.timers import handlers
from core import clock
from core.timers.models import Timer
from core.timers.services import run_due
from parties.models import InboxItem
from parties.services import inbox

TO_COME = "/desk?later"


@pytest.mark.django_db
def test_a_message_that_was_not_taken_is_sent_later_and_once_and_keeps_no_other_back(
    cast: Any, monkeypatch: pytest.MonkeyPatch, at: Any
) -> None:
    from parties import tasks

    send = tasks._send

    def away(to: str, subject: str, text: str, path: str) -> None:
        if path == TO_COME:
            raise SMTPServerDisconnected("away")
        send(to, subject, text, path)

    def after(wait: timedelta) -> list[str]:
        """The subjects of all that was sent when the clock has gone on and looked."""
        at(clock.now() + wait)
        run_due(handlers())
        return [message.subject for message in mail.outbox]

    clockwork.plan()
    Timer.objects.exclude(verb="parties.inbox").delete()
    monkeypatch.setattr(tasks, "_send", away)
    inbox.tell(key="mail.first", title="first", url=TO_COME, user_id=cast.purchaser.user_id)
    inbox.tell(key="mail.second", title="second", url="/desk", user_id=cast.purchaser.user_id)
    assert after(timedelta(seconds=2)) == ["second"]
    assert InboxItem.objects.get(key="mail.first").mailed_at is None
    assert InboxItem.objects.get(key="mail.second").mailed_at is not None
    monkeypatch.setattr(tasks, "_send", send)
    assert after(timedelta(seconds=5)) == ["second"], "a pause, so that a server that is down is not pressed"
    assert after(tasks.AGAIN) == ["second", "first"]
    assert after(timedelta(days=1)) == ["second", "first"]
    assert not InboxItem.objects.exclude(mail_from=None).exists()


@pytest.mark.django_db
def test_a_worker_that_died_over_a_message_leaves_it_to_the_next(
    cast: Any, monkeypatch: Any, at: Any
) -> None:
    from parties import tasks

    class Died(BaseException):
        pass

    def dies(*args: Any) -> None:
        raise Died

    inbox.tell(key="mail.test", title="Bids opened", url="/desk", user_id=cast.purchaser.user_id)
    with monkeypatch.context() as dying:
        dying.setattr(tasks, "_send", dies)
        with pytest.raises(Died):
            tasks.send_waiting()
    assert tasks.send_waiting() == 0, "somebody may be at it"
    at(clock.now() + tasks.LEASE)
    assert (tasks.send_waiting(), len(mail.outbox)) == (1, 1)
