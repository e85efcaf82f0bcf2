"""What officers and auditors type: ceremonies, calendar, statements, checks.  One file in, one answer out."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from bidding.keeper import backup, canary, ceremony, diary, install, keys, monthly
from bidding.keeper.clock import KeeperClock
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.run import MEMORY
from bidding.keeper.store import Store
from bidding.keeper.trust import TrustFile
from bidding.sealing.encoding import parse
from bidding.sealing.errors import SealingError
from core.ledger.note import MalformedNote

_MAX_FILE = 32 * 1024 * 1024
_REFUSALS = (
    ceremony.CeremonyRefused,
    backup.BackupRefused,
    keys.KeysMissing,
    install.NotAsReleased,
    KeeperRefusal,
    SealingError,
    MalformedNote,
    OSError,
)


def main(arguments: list[str]) -> int:
    """0 when done, 1 with one line on stderr when refused, 2 for wrong usage."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return int(options.run(options))
    except _REFUSALS as error:
        print(f"refused: {error}", file=sys.stderr)  # noqa: T201
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bidding.keeper",
        description="Also: serve --help, and decide < case.json",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    attended = argparse.ArgumentParser(add_help=False)
    attended.add_argument("--dir", type=Path, required=True, help="keys and memory of the keeper")
    attended.add_argument("--id", required=True)
    attended.add_argument("--officer", action="append", required=True, help="a name; exactly two")
    attended.add_argument("--place", default="", help="where the ceremony is held")
    attended.add_argument("--backup", default="3/5", help="K/N: any K of N shares restore the keys")
    attended.add_argument("--out", type=Path, required=True, help="an empty folder for shares and record")

    create = verbs.add_parser(
        "create", parents=[attended], help="make the keys, at a ceremony of two officers"
    )
    create.set_defaults(run=lambda options: _say(_ceremony(options).create().to_json()))
    rotate = verbs.add_parser("rotate", parents=[attended], help="make the next key, at a ceremony")
    rotate.add_argument("--starts", type=_instant, required=True, help="2027-01-01T00:00:00+08:00")
    rotate.set_defaults(run=lambda options: _say(_ceremony(options).rotate(options.starts).to_json()))
    restore = verbs.add_parser(
        "restore", parents=[attended], help="restore the keys from shares, at a ceremony"
    )
    restore.add_argument("shares", type=Path, nargs="+")
    restore.set_defaults(run=_restore)

    retire = verbs.add_parser("retire", help="destroy a key that no tender needs any more")
    _where(retire)
    retire.add_argument("--version", type=int, required=True)
    retire.set_defaults(run=_retire)
    calendar = verbs.add_parser("calendar", help="the openings that this keeper must serve")
    _where(calendar)
    calendar.add_argument("--ics", action="store_true", help="for a calendar program")
    calendar.add_argument("--all", action="store_true", help="those that are over, too")
    calendar.set_defaults(run=_calendar)
    month = verbs.add_parser("month", help="write the signed statement of a month")
    _where(month)
    month.add_argument("--month", required=True, help="YYYY-MM")
    month.add_argument("--out", type=Path, required=True)
    month.set_defaults(run=_month)

    check = verbs.add_parser("verify-month", help="check a monthly statement and its note")
    check.add_argument("statement", type=Path)
    check.add_argument("note", type=Path)
    check.set_defaults(run=_verify_month)
    check_canary = verbs.add_parser("verify-canary", help="check a weekly statement")
    check_canary.add_argument("statement", type=Path)
    check_canary.set_defaults(run=_verify_canary)
    record = verbs.add_parser("verify-ceremony", help="check the record of a ceremony")
    record.add_argument("record", type=Path)
    record.set_defaults(run=_verify_ceremony)
    for verb in (check, check_canary, record):
        verb.add_argument("--vkey", required=True, help="the keeper's published verifier key")

    files = verbs.add_parser("verify-install", help="compare every file with the signed release")
    files.add_argument("--release-key", required=True, help="the verifier key of whoever releases")
    files.add_argument(
        "--root", type=Path, default=install.HERE, help="another copy: check an update before using it"
    )
    files.add_argument("--manifest", type=Path)
    files.set_defaults(run=_verify_install)
    return parser


def _where(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--dir", type=Path, required=True)
    verb.add_argument("--id", required=True)
    verb.add_argument("--peers", type=Path, required=True, help="the trust file of `serve`")


def _ceremony(options: argparse.Namespace) -> ceremony.Ceremony:
    k, _, n = options.backup.partition("/")
    if len(options.officer) != 2 or not (k.isdigit() and n.isdigit()):
        raise ceremony.CeremonyRefused("exactly two --officer and one --backup K/N are needed")

    def ask(question: str) -> str:
        print(question, end="", file=sys.stderr, flush=True)  # noqa: T201
        return sys.stdin.readline()

    return ceremony.Ceremony(
        options.dir,
        options.id,
        (options.officer[0], options.officer[1]),
        options.out,
        int(k),
        int(n),
        ask,
        KeeperClock().now,
        options.place,
    )


def _restore(options: argparse.Namespace) -> int:
    shares = [backup.read_share(path.read_bytes(), path.name) for path in options.shares]
    return _say(_ceremony(options).restore(shares).to_json())


def _openings(options: argparse.Namespace) -> list[diary.Opening]:
    own, trust = keys.open_keys(options.dir, options.id), TrustFile(options.peers).current()
    store = _memory(options)
    found = diary.Diary(trust, own.is_mine).read_on(store)
    store.close()
    return found


def _memory(options: argparse.Namespace) -> Store:
    if not (options.dir / MEMORY).exists():
        raise keys.KeysMissing("this keeper has not run yet: it has no memory")
    return Store(options.dir / MEMORY)


def _calendar(options: argparse.Namespace) -> int:
    found, now = _openings(options), KeeperClock().now()
    shown = found if options.all else diary.upcoming(found, now)
    if options.ics:
        sys.stdout.write(diary.as_ics(shown, now))
        return 0
    return _say([opening.to_json() for opening in shown])


def _retire(options: argparse.Namespace) -> int:
    now = KeeperClock().now()
    if options.version in diary.needed_keys(_openings(options), now):
        raise KeeperRefusal("needed", f"a tender still needs key version {options.version}")
    keys.retire(options.dir, options.id, options.version, now)
    return _say({"retired": options.version})


def _month(options: argparse.Namespace) -> int:
    store = _memory(options)
    made = monthly.kept(store, options.month) or monthly.make(
        store, keys.open_keys(options.dir, options.id), options.month, KeeperClock().now()
    )
    store.close()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{options.id}-{options.month}.json").write_bytes(made.statement)
    (options.out / f"{options.id}-{options.month}.note").write_text(made.note, encoding="utf-8")
    return 0


def _verify_month(options: argparse.Namespace) -> int:
    note = options.note.read_text(encoding="utf-8")
    value = monthly.verify(options.statement.read_bytes(), note, options.vkey)
    counts = {name: len(value[name]) for name in ("released", "refused", "proofs", "alarms")}  # type: ignore[arg-type]
    return _say({"verified": True, "keeper": value["keeper"], "month": value["month"], **counts})


def _verify_canary(options: argparse.Namespace) -> int:
    said = canary.read(parse(options.statement.read_bytes(), _MAX_FILE), options.vkey)
    overdue = said.overdue(KeeperClock().now())
    _say({"verified": True, "keeper": said.keeper, "keys": sorted(said.recipients), "overdue": overdue})
    return int(overdue)


def _verify_ceremony(options: argparse.Namespace) -> int:
    transcript = ceremony.verify_record(parse(options.record.read_bytes(), _MAX_FILE), options.vkey)
    shown = {name: transcript[name] for name in ("act", "keeper", "begun_at", "officers")}
    return _say({"verified": True, **shown})


def _verify_install(options: argparse.Namespace) -> int:
    manifest = options.manifest.read_text(encoding="utf-8") if options.manifest else None
    try:
        release = install.verify(options.root, options.release_key, manifest)
    except install.NotAsReleased as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)  # noqa: T201
        raise
    return _say({"verified": True, "version": release.version, "files": len(release.files)})


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant has an offset, for example +08:00")
    return at


def _say(value: object) -> int:
    print(json.dumps(value, ensure_ascii=False, indent=1))  # noqa: T201
    return 0
