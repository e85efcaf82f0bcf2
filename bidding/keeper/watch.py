"""What a keeper does unasked: its canary, its months, the check on the evening before, and ringing somebody."""

from __future__ import annotations

import logging
import shutil
import smtplib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from bidding.keeper import canary, diary, monthly
from bidding.keeper.keys import Keys, KeysMissing
from bidding.keeper.monitor import Monitor
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.service import KeeperService
from bidding.keeper.store import Store
from bidding.sealing.errors import SealingError

log = logging.getLogger("keeper")
MIN_FREE_BYTES = 500 * 1024 * 1024
FOLLOWED_WITHIN = timedelta(minutes=15)
CANARY = "canary"
_HOOK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Bell:
    """Where alarms go beside the log: a command that reads them on stdin, an address by e-mail, or both."""

    keeper: str = ""
    command: str = ""
    mail_to: str = ""
    mail_server: str = "localhost"

    def ring(self, problems: Sequence[str]) -> None:
        """Tell somebody.  Raises OSError when nobody could be told: the alarms ring again next time."""
        text = "".join(f"{problem}\n" for problem in problems)
        if self.command:
            # The operator wrote the command; alarms reach it on stdin, never as arguments.
            done = subprocess.run(
                [self.command], input=text, text=True, timeout=_HOOK_SECONDS, capture_output=True, check=False
            )
            if done.returncode:
                raise OSError(f"the alarm command ended with {done.returncode}")
        if self.mail_to:
            message = EmailMessage()
            message["From"] = message["To"] = self.mail_to
            message["Subject"] = f"Keeper {self.keeper}: {len(problems)} alarm(s)"
            message.set_content(text)
            host, _, port = self.mail_server.partition(":")
            with smtplib.SMTP(host, int(port or 25), timeout=_HOOK_SECONDS) as server:
                server.send_message(message)


class Watch:
    """One turn every few seconds; a failure of one duty does not keep the others."""

    def __init__(
        self, folder: Path, keys: Keys, store: Store, monitor: Monitor, service: KeeperService, bell: Bell
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._store = store
        self._monitor = monitor
        self._service = service
        self._bell = bell

    def turn(self, now: datetime) -> None:
        """Do what is due at `now`."""
        self.make_canary(now)
        try:
            monthly.catch_up(self._store, self._keys, now)
        except (SealingError, OSError) as error:
            self._store.alarm(f"the monthly statement could not be made: {error}", now)
        self._service.red = self.red(now)
        self.look_ahead(now)
        self._ring()

    def make_canary(self, now: datetime) -> None:
        """Make the weekly statement if it is due and the clock can be relied on."""
        last = self.last_canary()
        if last is not None and now < last.due:
            return
        try:
            self._service.sound_now()
            frontier = self._store.frontier()
            said = canary.make(self._keys, self._folder, now, frontier.size, frontier.root())
        except (canary.KeyLost, KeysMissing, KeeperRefusal, OSError) as error:
            log.error("no canary: %s", error)
            if not isinstance(error, KeeperRefusal):
                self._store.alarm(f"the key is not held any more: {error}", now)
            return
        with self._store.change():
            self._store.add_statement(CANARY, now, said.to_json())
            self._store.raise_watermark(now)

    def last_canary(self) -> canary.Canary | None:
        """The newest canary; None before the first."""
        said = self._store.newest_statement(CANARY)
        return canary.read(said, self._keys.vkey) if said is not None else None

    def red(self, now: datetime) -> list[str]:
        """What would keep this keeper from serving an opening now."""
        found = []
        try:
            self._service.sound_now()
        except KeeperRefusal as refusal:
            found.append(str(refusal))
        if self._store.fork():
            found.append("the log has signed two histories")
        followed = self._monitor.followed_at
        if followed is None or now - followed > FOLLOWED_WITHIN:
            found.append(f"the log has not been followed: {self._monitor.problem or 'not read yet'}")
        if not self._monitor.peers():
            found.append("no other keeper is named in the trust file: clocks are compared with nobody")
        silent = self._monitor.silent_peers()
        if silent:
            found.append(f"other keepers do not answer: {', '.join(silent)}")
        last = self.last_canary()
        if last is None or last.overdue(now):
            found.append("the weekly canary is overdue")
        free = shutil.disk_usage(self._folder).free
        if free < MIN_FREE_BYTES:
            found.append(f"the disk is nearly full: {free // 1024 // 1024} MiB left")
        return found

    def look_ahead(self, now: datetime) -> None:
        """From the evening before an opening on, raise an alarm for everything that is red."""
        try:
            due = [
                opening
                for opening in diary.upcoming(self._monitor.openings(), now)
                if opening.evening_before() <= now
            ]
        except KeeperRefusal as refusal:
            self._store.alarm(f"the calendar cannot be read: {refusal}", now)
            return
        problems = self._service.red if due else []
        for opening in due:
            at = opening.at.astimezone(diary.BEIJING).strftime("%Y-%m-%d %H:%M")
            for problem in problems:
                # Without figures that change: one alarm per opening and kind of problem.
                kind = problem.partition(":")[0]
                if self._store.first_time(f"{opening.name} {opening.at} {kind}"):
                    self._store.alarm(f"opening {opening.name} at {at}: {problem}", now)
            if not problems and self._store.first_time(f"{opening.name} {opening.at} green"):
                log.info("opening %s at %s: everything is ready", opening.name, at)

    def _ring(self) -> None:
        problems = self._store.unrung()
        if not problems:
            return
        for problem in problems:
            log.error("ALARM %s", problem)
        try:
            self._bell.ring(problems)
        except (OSError, subprocess.SubprocessError, smtplib.SMTPException, ValueError) as error:
            log.error("nobody could be told of %d alarms: %s", len(problems), error)
            return
        self._store.set_rung(problems)
