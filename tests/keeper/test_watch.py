"""What a keeper does unasked: its calendar, its weekly proof, the evening before an opening, its months."""

from __future__ import annotations

import json
import shutil
import smtplib
import socketserver
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bidding.keeper import canary, commands, diary, monthly, watch
from bidding.keeper.client import KeeperRefused
from bidding.keeper.keys import rotate
from bidding.sealing.encoding import canonical
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.shape import write_instant
from core import clock

pytestmark = pytest.mark.timeout(60)
DAY = timedelta(days=1)


@pytest.fixture
def hooked(town):
    """K1 with an alarm command; gives its keeper and what the command was told."""
    told = town.folder / "told.txt"
    hook = town.folder / "hook"
    hook.write_text(f"#!/bin/sh\n[ ! -e {town.folder}/away ] || exit 1\ncat >> {told}\n")
    hook.chmod(0o700)
    first = town.keepers[0]
    first.settings = replace(first.settings, bell=watch.Bell("K1", command=str(hook)))
    first.restart()
    town.trust()
    return first, lambda: told.read_text().splitlines() if told.exists() else []


def opening_in(town, ahead: timedelta, **over):
    at = clock.now().replace(microsecond=0) + ahead
    return town.publish(deadline_at=at, open_at=at, **over)


def entry(town, kind: str, **members) -> dict[str, object]:
    common = {"type": f"mingcai/v1/{kind}-entry", "log_origin": town.policies[0].log_origin, "tender": "T42"}
    return common | {"lot": None, "at": write_instant(town.start)} | members


def test_the_calendar_follows_the_log(town, capsys):
    first = town.keepers[0]
    opening_in(town, DAY)
    town.publish(open_at=town.open_at + DAY, deadline_at=town.open_at + DAY)
    first.turn()
    (known,) = first.keeper.monitor.openings()
    assert (known.name, known.at, known.state) == ("T42/1/single", town.open_at, "open")
    assert (known.k, known.n, known.key_version, known.listed) == (2, 3, 1, None)
    town.log.append(entry(town, "hold", hold="H1", held=True))
    first.turn()
    assert first.keeper.monitor.openings()[0].state == "held"
    town.log.append(entry(town, "hold", hold="H1", held=False))
    town.close(town.seal())
    first.turn()
    assert (first.keeper.monitor.openings()[0].state, first.keeper.monitor.openings()[0].listed) == (
        "closed",
        1,
    )
    where = ["--dir", str(first.folder), "--id", "K1", "--peers", str(town.folder / "trust.json")]
    assert commands.main(["calendar", *where]) == 0
    assert json.loads(capsys.readouterr().out)[0]["at"] == write_instant(town.open_at)
    assert commands.main(["calendar", *where, "--ics"]) == 0
    assert f"DTSTART:{town.open_at.strftime('%Y%m%dT%H%M%SZ')}" in capsys.readouterr().out
    town.log.append(entry(town, "cancel"))
    first.turn()
    assert first.keeper.monitor.openings()[0].state == "cancelled"
    assert diary.upcoming(first.keeper.monitor.openings(), clock.now()) == []
    assert commands.main(["calendar", *where]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_cancelled_tender_takes_its_later_rounds_out_of_the_calendar_and_no_other_tender(town):
    first = town.keepers[0]
    for tender in ("T42", "T42#2", "T420"):
        town.policies.clear()
        opening_in(town, DAY, tender=tender)
        first.turn()
    assert states(first) == {"T42": "open", "T42#2": "open", "T420": "open"}
    town.log.append(entry(town, "cancel"))
    assert states(first) == {"T42": "cancelled", "T42#2": "cancelled", "T420": "open"}


def states(keeper) -> dict[str, str]:
    return {opening.tender: opening.state for opening in _openings(keeper)}


def test_an_opening_that_names_others_is_not_in_the_calendar(town):
    town.keepers[0].card = town.keepers[1].card
    opening_in(town, DAY)
    town.keepers[0].turn()
    assert town.keepers[0].keeper.monitor.openings() == []


@pytest.mark.parametrize(
    ("red", "says"),
    [
        ("none", ""),
        ("peers", "other keepers do not answer: K2, K3"),
        ("log", "the log has not been followed"),
        ("clock", "clock-behind"),
        ("canary", "the weekly canary is overdue"),
        ("disk", "the disk is nearly full"),
    ],
)
def test_an_alarm_rings_the_evening_before_when_something_is_red(hooked, town, monkeypatch, red, says):
    first, told = hooked
    opening_in(town, 10 * DAY)
    evening = diary.upcoming(_openings(first), clock.now())[0].evening_before()
    assert evening.astimezone(diary.BEIJING).hour == 18
    assert 6 <= (town.open_at - evening) / timedelta(hours=1) <= 30
    if red == "canary":
        monkeypatch.setattr(first.keeper.watch, "make_canary", lambda now: None)
    if red == "disk":
        nearly = shutil.disk_usage("/")._replace(free=1024)
        monkeypatch.setattr(watch.shutil, "disk_usage", lambda path: nearly)

    def at(moment: datetime) -> None:
        town.clocks(moment - clock.now())
        if red == "peers":
            for peer in town.keepers[1:]:
                peer.keeper.doors[0].shutdown()
                peer.keeper.doors[0].server_close()
        if red == "log" and moment >= evening:
            town.log.shown["K1"] = 0
        if red == "clock" and moment >= evening:
            with first.keeper.store.change():
                first.keeper.store.raise_watermark(moment + DAY)
        first.turn()

    at(evening - timedelta(minutes=10))
    assert told() == []
    at(evening + timedelta(minutes=10))
    if red == "none":
        assert told() == []
        return
    assert len(told()) == 1
    assert told()[0].startswith("opening T42/1/single at ")
    assert says in told()[0]
    first.turn()
    assert len(told()) == 1, "one alarm for one problem"


def _openings(keeper):
    keeper.turn()
    return keeper.keeper.monitor.openings()


def test_an_alarm_that_reached_nobody_rings_again(hooked, town):
    first, told = hooked
    (town.folder / "away").touch()
    first.keeper.store.alarm("the log has signed two histories", clock.now())
    first.turn()
    assert told() == []
    (town.folder / "away").unlink()
    first.turn()
    first.turn()
    assert told() == ["the log has signed two histories"]


def test_an_alarm_goes_out_by_mail():
    received: list[str] = []

    class Server(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 x\r\n")
            data = False
            for line in self.rfile:
                text = line.decode().rstrip()
                if data:
                    received.append(text)
                    data = text != "."
                    if data:
                        continue
                elif text.upper() == "DATA":
                    data = True
                    self.wfile.write(b"354 go on\r\n")
                    continue
                self.wfile.write(b"221 bye\r\n" if text.upper() == "QUIT" else b"250 ok\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        bell = watch.Bell("K1", mail_to="notary@example", mail_server=f"127.0.0.1:{server.server_address[1]}")
        bell.ring(["the weekly canary is overdue"])
        server.shutdown()
    assert "Subject: Keeper K1: 1 alarm(s)" in received
    assert "the weekly canary is overdue" in received
    with pytest.raises((OSError, smtplib.SMTPException)):
        bell.ring(["once more"])


def test_a_keeper_proves_every_week_that_it_holds_its_keys(town):
    first = town.keepers[0]
    with pytest.raises(KeeperRefused, match="not-yet"):
        first.client.weekly_canary()
    first.turn()
    said = first.client.weekly_canary()
    assert said.proves(1, first.card.recipient)
    assert not said.proves(1, town.keepers[1].card.recipient)
    assert not said.proves(2, first.card.recipient)
    assert (said.overdue(said.time + 8 * DAY), said.overdue(said.time + 9 * DAY)) == (False, True)
    for days, again in ((6, said.time), (7, None)):
        town.clocks(days * DAY + timedelta(minutes=1))
        first.turn()
        assert (first.client.weekly_canary().time == again) is (again is not None)
    rotate(first.folder, clock.now() + 30 * DAY)
    first.restart()
    town.clocks(15 * DAY)
    first.turn()
    _, following = first.client.identities()
    assert first.client.weekly_canary().proves(2, following[0].recipient)


def test_a_keeper_whose_key_is_gone_proves_nothing_and_rings(hooked, town):
    first, told = hooked
    first.turn()
    before = first.client.weekly_canary()
    (first.folder / "age-identity-1").write_text("00" * 32 + "\n")
    town.clocks(8 * DAY)
    first.turn()
    assert first.client.weekly_canary() == before
    assert told() == ["the key is not held any more: key version 1 does not open what is sealed to it"]


def test_a_canary_is_believed_by_its_keepers_key_alone(town):
    first = town.keepers[0]
    first.turn()
    said = first.keeper.service.weekly_canary()
    assert canary.read(said, first.card.vkey)
    with pytest.raises(BadSignature):
        canary.read(said, town.keepers[1].card.vkey)
    body = json.loads(json.dumps(said["body"]))
    for change in ({"due": body["time"]}, {"time": write_instant(clock.now() + DAY)}, {"keys": []}):
        with pytest.raises(SealingError):
            canary.read({**said, "body": body | change}, first.card.vkey)


def test_the_month_says_what_was_released_and_refused_and_nothing_of_acks(town, tmp_path, capsys):
    first = town.keepers[0]
    town.publish()
    bid = town.seal()
    town.ack(bid, 1)
    town.close(bid)
    assert town.refused(bid, 1)[0] == "denied"
    town.pass_opening()
    town.release(bid, 1)
    month = monthly.month_of(clock.now() + timedelta(hours=1))
    with pytest.raises(KeeperRefused, match="not-yet"):
        first.client.month(month)
    town.clocks(monthly.bounds(month)[1] - clock.now() + DAY)
    first.turn()
    statement, note = first.client.month(month)
    value = monthly.verify(statement, note, first.card.vkey)
    assert [row["record_hash"] for row in value["released"]] == [bid.record.hash]
    assert [(row["subject"], row["outcome"]) for row in value["refused"]] == [
        (bid.record.hash, "the keeper's clock is before the effective opening")
    ]
    assert value["previous"] is None
    assert b'"ack"' not in statement
    first.turn()
    assert first.client.month(month) == (statement, note), "a month is stated once"

    out = tmp_path / "files"
    where = ["--dir", str(first.folder), "--id", "K1", "--peers", str(town.folder / "trust.json")]
    assert commands.main(["month", *where, "--month", month, "--out", str(out)]) == 0
    files = [str(out / f"K1-{month}.json"), str(out / f"K1-{month}.note")]
    assert Path(files[0]).read_bytes() == statement
    assert commands.main(["verify-month", *files, "--vkey", first.card.vkey]) == 0
    assert json.loads(capsys.readouterr().out)["released"] == 1
    assert commands.main(["verify-month", *files, "--vkey", town.keepers[1].card.vkey]) == 1

    following = monthly.month_of(monthly.bounds(month)[1] + DAY)
    town.clocks(monthly.bounds(following)[1] - clock.now() + DAY)
    first.turn()
    chained = monthly.verify(*first.client.month(following), first.card.vkey)
    assert chained["released"] == []
    assert chained["previous"] is not None


def test_any_change_to_a_monthly_statement_is_noticed(town):
    first = town.keepers[0]
    first.keeper.store.log_request(clock.now(), "release", "ab" * 32, "every condition is met")
    month = monthly.month_of(clock.now())
    made = monthly.make(first.keeper.store, first.keeper.service._keys, month, clock.now() + DAY)
    assert monthly.verify(made.statement, made.note, first.card.vkey)
    value = json.loads(made.statement)
    for name in value:
        with pytest.raises((Malformed, BadSignature)):
            monthly.verify(canonical(value | {name: "x"}), made.note, first.card.vkey)
    with pytest.raises(Malformed):
        monthly.verify(made.statement + b" ", made.note, first.card.vkey)
    for wrong in ("2026-13", "2026-1", "26-01", ""):
        with pytest.raises(Malformed):
            monthly.bounds(wrong)


@pytest.mark.parametrize(
    ("month", "begin", "end"),
    [
        ("2026-11", datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("2026-12", datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_a_month_is_a_month_in_beijing(month, begin, end):
    assert monthly.bounds(month) == (begin, end)
    assert monthly.month_of(begin) == monthly.month_of(end - timedelta(microseconds=1)) == month
    assert monthly.month_of(end) != month
