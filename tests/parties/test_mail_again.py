"""Mail that the mail server does not take is not lost."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
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
from tests.factories.mall import colleague

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
def test_an_address_that_fails_neither_keeps_back_nor_doubles_a_colleague_s_mail_and_is_given_up(
    cast: Any, monkeypatch: pytest.MonkeyPatch, at: Any
) -> None:
    from parties import tasks

    send, lost = tasks._send, [SMTPServerDisconnected("away")]
    colleague(cast.purchaser)

    def away(to: str, *said: str) -> None:
        if to == cast.purchaser.email:
            raise lost[0]
        send(to, *said)

    def tried(title: str) -> tuple[int, int, bool]:
        sent = tasks.send_waiting()
        waits = InboxItem.objects.filter(title=title, mail_from__isnull=False).exists()
        return sent, sum(message.subject == title for message in mail.outbox), waits

    monkeypatch.setattr(tasks, "_send", away)
    for title in ("away for a while", "away for ever"):
        inbox.tell(key=title, title=title, url="/desk", org_id=cast.purchaser.org_id)
        assert tried(title) == (0, 1, True)
        at(clock.now() + tasks.AGAIN)
        assert tried(title) == (0, 1, True), "the colleague has it"
        at(clock.now() + (tasks.GIVES_UP if "ever" in title else tasks.LONGEST))
        if "ever" not in title:
            lost[0] = SMTPRecipientsRefused({cast.purchaser.email: (550, b"no such user")})
            assert tried(title) == (1, 1, False)
            lost[0] = SMTPServerDisconnected("away")
    assert tried("away for ever") == (0, 1, False)
    assert InboxItem.objects.get(key="away for ever").mailed_at is None


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
