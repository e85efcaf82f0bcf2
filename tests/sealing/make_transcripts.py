"""Writes tests/vectors/sealing/transcripts.json.  Run by hand to add cases; the bids draw fresh randomness."""

from __future__ import annotations

import base64
import copy
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bidding.sealing import kits
from bidding.sealing.context import AGE_HYBRID, AGE_X25519
from bidding.sealing.encoding import h
from bidding.sealing.objects import (
    Acknowledgement,
    Policy,
    SignedRecord,
)
from bidding.sealing.opening import Limits, Outcome, open_bid
from bidding.sealing.shape import write_instant
from bidding.sealing.signatures import software_signature
from bidding.sealing.statements import CloseEntry, CloseList, Statement, sign_statement
from bidding.sealing.terms import Acknowledging, Supervisor
from bidding.sealing.transcript import KitShown, RestrictedBid, Transcript, TranscriptBid, restricted_to_json
from core.ledger.note import Signer
from tests.sealing.make_receipts import BIDDER
from tests.sealing.make_vectors import write
from tests.sealing.patches import difference
from tests.sealing.sealed import DEADLINE, flipped, make_case, make_keepers, make_policy


def close_list(policy: Policy, entries: list[CloseEntry]) -> CloseList:
    where = (policy.log_origin, policy.tender, policy.lot, policy.envelope, policy.hash)
    return CloseList(*where, DEADLINE, DEADLINE, tuple(entries))


def opening(folder: Path, suite: str, bid_ids: tuple[str, ...]) -> tuple[Transcript, dict[str, Any]]:
    """B1 and H1 open; B2 comes from a cheating dealer; too few keepers answer for B3; B4 was late."""
    policy = make_policy(make_keepers(3, suite), 2)
    bids, restricted, entries = [], [], []
    for place, bid_id in enumerate(bid_ids):
        case = make_case(folder / bid_id, n=3, k=2, suite=suite, bid_id=bid_id)
        record, released = case.record, case.released
        if bid_id == "B2":
            record = replace(record, sheet_seed_hash="00" * 32)
        if bid_id == "B3":
            released = (released[0], flipped(released[1]))
        paths = (case.bid.sheet_path, case.bid.files_path)
        verdict = open_bid(record, released, *paths, folder / bid_id / "out", Limits(), acked=[1])
        signed = SignedRecord(record, software_signature(BIDDER, bytes.fromhex(record.hash)))
        bids.append(TranscriptBid.of(signed, verdict, case.bid.sheet_path))
        seed = verdict.secret.seed_files if verdict.secret else None
        restricted.append(RestrictedBid(record.hash, released, seed))
        arrival = write_instant(DEADLINE - timedelta(minutes=9 - place))
        entries.append(CloseEntry("receipt", record.hash, bid_id, "effective", arrival))
    entries.append(
        CloseEntry("receipt", h(b"late").hex(), "B4", "refused", write_instant(DEADLINE), code="late")
    )
    transcript = Transcript(policy, make_keepers(3, suite).keepers, close_list(policy, entries), tuple(bids))
    return transcript, restricted_to_json(transcript, restricted)


def amended(folder: Path) -> Transcript:
    """Amended after sealing, silence withdraws: B1 has acknowledged, B5 kept silent."""
    keepers = make_keepers(3, AGE_X25519)
    policy = replace(make_policy(keepers, 2), notice_version=2, acknowledge=Acknowledging(2, "withdraws"))
    case = make_case(folder / "amended", n=3, k=2, suite=AGE_X25519, bid_id="B1")
    record, paths = case.record, (case.bid.sheet_path, case.bid.files_path)
    verdict = open_bid(record, case.released, *paths, folder / "amended-out", Limits(), acked=[1])
    signed = SignedRecord(record, software_signature(BIDDER, bytes.fromhex(record.hash)))
    said = acknowledged(policy, record.ctx.bid_id, record.hash)
    bid = replace(TranscriptBid.of(signed, verdict, case.bid.sheet_path), acknowledgements=(said,))
    at = [write_instant(DEADLINE - timedelta(minutes=minutes)) for minutes in (9, 8)]
    entries = [
        CloseEntry("receipt", record.hash, "B1", "effective", at[0], acknowledged=(said.record.hash,)),
        CloseEntry("receipt", h(b"silent").hex(), "B5", "refused", at[1], code="silence-withdraws"),
    ]
    return Transcript(policy, keepers.keepers, close_list(policy, entries), (bid,))


SUPERVISOR = Signer("authority.example", bytes([7]) * 32)


def by_kit(folder: Path) -> Transcript:
    """Too few keepers answered for B1, and its bidder's recovery kit completed it."""
    keepers = make_keepers(3, AGE_X25519)
    recipient = str(kits.identity_of_supervisor(bytes([7]) * 32).recipient())
    policy = replace(make_policy(keepers, 2), supervisor=Supervisor(SUPERVISOR.verifier.vkey, recipient))
    case = make_case(folder / "kit", n=3, k=2, suite=AGE_X25519, bid_id="B1")
    record, paths = case.record, (case.bid.sheet_path, case.bid.files_path)
    shares = kits.shares_of(record, case.bid.kit, keepers.keepers)
    verdict = open_bid(record, [case.released[0], *shares], *paths, folder / "kit-out", Limits(), acked=[1])
    signed = SignedRecord(record, software_signature(BIDDER, bytes.fromhex(record.hash)))
    shown = KitShown(h(b"sealed kit").hex(), released(policy, record.hash))
    bid = replace(TranscriptBid.of(signed, verdict, case.bid.sheet_path), kit=shown)
    entry = CloseEntry(
        "receipt", record.hash, "B1", "effective", write_instant(DEADLINE - timedelta(minutes=9))
    )
    return Transcript(policy, keepers.keepers, close_list(policy, [entry]), (bid,))


def released(policy: Policy, record_hash: str, signer: Signer = SUPERVISOR) -> Statement:
    """The supervisor's word that it opened the kit."""
    place = (policy.log_origin, policy.tender, policy.lot, policy.envelope)
    body = kits.Release(*place, record_hash, h(b"sealed kit").hex(), h(b"kit").hex()).to_json()
    return sign_statement(signer, body)


def kit_lies(made: Transcript, lie: Any) -> None:
    """What can be wrong about a recovery kit (R8)."""
    own = made.bids[0].record.hash
    kit = lambda **changes: lambda f: f["bids"][0]["kit"].update(changes)  # noqa: E731
    void = {"verdict": "void_bidder", "code": "bad-kit", "part": "", "keepers": []}

    def hidden(file: dict[str, Any]) -> None:
        file["bids"][0].pop("kit")
        file["bids"][0].update(sheet=None, seed_sheet=None, sheet_ciphertext=None, verdict=void)

    def shown(file: dict[str, Any]) -> None:
        file["bids"][0].update(sheet=None, seed_sheet=None, sheet_ciphertext=None, verdict=void)

    stranger = Signer("authority.example", bytes([8]) * 32)
    lie("completed by a kit", lambda f: None, "kit", "stands")
    lie("void for its kit", shown, "kit", "stands")
    lie("void for a kit that is not shown", hidden, "kit")
    lie("another kit", kit(sealed="00" * 32), "kit")
    lie(
        "a kit that another authority opened",
        kit(release=released(made.policy, own, stranger).to_json()),
        "kit",
    )
    lie("the kit of another bid", kit(release=released(made.policy, "00" * 32).to_json()), "kit")
    lie("a supervisor that cannot be sealed to", lambda f: f["policy"]["supervisor"].update(recipient="age1"), "kit",
        "malformed")  # fmt: skip
    lie("a kit without its release", lambda f: f["bids"][0]["kit"].pop("release"), "kit", "malformed")


def acknowledged(policy: Policy, bid_id: str, record_hash: str, version: int = 2) -> SignedRecord:
    """A bidder's signed acknowledgement of version `version` of the notice."""
    said = Acknowledgement(
        policy.log_origin, policy.tender, policy.lot, policy.envelope, bid_id, record_hash,
        policy.notice_hash, version, policy.hash, "ack-number-1",
    )  # fmt: skip
    return SignedRecord(said, software_signature(BIDDER, bytes.fromhex(said.hash)))


def silence(late: Transcript, base: dict[str, Any], lie: Any) -> None:
    """What can be wrong about silence (R6)."""

    def entry(number: int, **changes: Any) -> Any:
        def change(file: dict[str, Any]) -> None:
            row = {**file["close"]["entries"][number], **changes}
            file["close"]["entries"][number] = {
                name: value for name, value in row.items() if value is not None
            }

        return change

    def other(signed: SignedRecord) -> Any:
        def change(file: dict[str, Any]) -> None:
            file["bids"][0]["acknowledgements"] = [signed.to_json()]
            entry(0, acknowledged=[signed.record.hash])(file)

        return change

    def unsaid(file: dict[str, Any]) -> None:
        file["bids"][0].pop("acknowledgements")
        entry(0, acknowledged=None)(file)

    own = late.bids[0].record
    lie("an acknowledged bid", lambda f: None, "amended", "stands")
    lie("a silent bid called effective", unsaid, "amended")
    lie("an acknowledgement that is not shown", lambda f: f["bids"][0].pop("acknowledgements"), "amended")
    lie("an acknowledgement that the list does not name", entry(0, acknowledged=None), "amended")
    lie("an acknowledgement of another record", other(acknowledged(late.policy, "B1", "00" * 32)), "amended")
    lie(
        "an acknowledgement of the notice before",
        other(acknowledged(late.policy, "B1", own.hash, 1)),
        "amended",
    )
    lie("a bid called silent that is not", entry(0, code="silence-keeps"), "amended")
    lie("another code of an effective bid", entry(0, code="late"), "amended", "malformed")
    lie("an empty list of acknowledgements", entry(0, acknowledged=[]), "amended", "malformed")
    lie(
        "a silence that is none",
        lambda f: f["policy"]["acknowledge"].update(silence="x"),
        "amended",
        "malformed",
    )
    lie(
        "a version that is not published",
        lambda f: f["policy"]["acknowledge"].update(since=3),
        "amended",
        "malformed",
    )
    forged = copy.deepcopy(base["bids"][0]["acknowledgements"])
    forged[0]["signature"]["signature"] = "00" * 64
    lie("a forged acknowledgement", lambda f: f["bids"][0].update(acknowledgements=forged), "amended")


def vectors(folder: Path) -> dict[str, Any]:
    public, restricted = opening(folder, AGE_X25519, ("B1", "B2", "B3"))
    hybrid, _ = opening(folder, AGE_HYBRID, ("H1",))
    late, rescued = amended(folder), by_kit(folder)
    bases = {"classic": public.to_json(), "hybrid": hybrid.to_json(), "amended": late.to_json(),
             "kit": rescued.to_json()}  # fmt: skip
    made: list[dict[str, Any]] = []

    def add(name: str, outcome: str, source: str, file: dict[str, Any]) -> None:
        made.append(
            {"name": name, "from": source, "changes": difference(bases[source], file), "outcome": outcome}
        )

    def lie(name: str, change: Any, source: str = "classic", outcome: str = "contradiction") -> None:
        file = copy.deepcopy(bases[source])
        change(file)
        add(name, outcome, source, file)

    first = lambda file: file["bids"][0]  # noqa: E731
    add("as published", "stands", "classic", bases["classic"])
    add("as published, post-quantum", "stands", "hybrid", bases["hybrid"])
    lie("another price shown", lambda f: first(f)["sheet"].update(total_fen=1))
    lie("another price shown, post-quantum", lambda f: first(f)["sheet"].update(total_fen=1), "hybrid")
    lie("another seed", lambda f: first(f).update(seed_sheet="00" * 32))
    sealed = bytearray(base64.b64decode(bases["classic"]["bids"][0]["sheet_ciphertext"]))
    sealed[-1] ^= 1
    lie(
        "another ciphertext",
        lambda f: first(f).update(sheet_ciphertext=base64.b64encode(bytes(sealed)).decode()),
    )
    lie("a ciphertext that is missing", lambda f: first(f).update(sheet_ciphertext=None))
    lie("a sheet that is hidden", lambda f: first(f).update(sheet=None))
    lie("a sheet of a bid that was not opened", lambda f: f["bids"][2].update(sheet=first(f)["sheet"]))
    lie("an opened bid called waiting", lambda f: first(f).update(verdict=f["bids"][2]["verdict"]))
    lie("an opened bid called void for its sheet", lambda f: first(f).update(
        sheet=None, verdict={"verdict": "void_bidder", "code": "undecryptable", "part": "sheet", "keepers": []}))  # fmt: skip
    lie("a bid left out", lambda f: f["bids"].pop(1))
    lie("two bids in another order", lambda f: f["bids"].reverse())
    lie("keepers in another order", lambda f: f["keepers"].reverse())
    lie("another policy", lambda f: f["policy"].update(open_at="2026-12-02T02:00:00Z"))
    lie("a close list of another tender", lambda f: f["close"].update(tender="T43"))
    lie("a late bid called effective", lambda f: f["close"]["entries"].__setitem__(
        3, {n: v for n, v in f["close"]["entries"][3].items() if n != "code"} | {"state": "effective"}))  # fmt: skip
    lie("a bid of another tender", lambda f: first(f)["signed_record"]["record"]["ctx"].update(tender="T43"))
    lie(
        "a bidder's signature over something else",
        lambda f: first(f)["signed_record"].update(signature=f["bids"][1]["signed_record"]["signature"]),
    )
    lie("a sound bid called void by its shares", lambda f: first(f).update(
        sheet=None, seed_sheet=None, sheet_ciphertext=None,
        verdict={"verdict": "void_bidder", "code": "bad-dealing", "part": "", "keepers": []}), outcome="stands")  # fmt: skip
    lie("entries that are not sorted", lambda f: f["close"]["entries"].reverse(), outcome="malformed")
    lie(
        "an entry twice",
        lambda f: f["close"]["entries"].insert(0, f["close"]["entries"][0]),
        outcome="malformed",
    )
    lie("a state that is none", lambda f: f["close"]["entries"][0].update(state="lost"), outcome="malformed")
    lie("an unknown member", lambda f: f.update(surplus=1), outcome="malformed")
    lie("an unknown member of a sheet", lambda f: first(f)["sheet"].update(surplus=1), outcome="malformed")
    lie("a price that is no integer", lambda f: first(f)["sheet"].update(total_fen="1"), outcome="malformed")
    lie(
        "closed before its deadline",
        lambda f: f["close"].update(closed_at="2026-11-30T02:00:00Z"),
        outcome="malformed",
    )
    for name in ("policy", "keepers", "close", "bids"):
        lie(f"without {name}", lambda f, name=name: f.pop(name), outcome="malformed")
    silence(late, bases["amended"], lie)
    kit_lies(rescued, lie)
    assert public.bids[1].verdict.verdict == Outcome.VOID_BIDDER
    return {"files": bases, "restricted": {"classic": restricted}, "root": public.close.root(),
            "log_entry": public.close.log_entry().decode(), "cases": made}  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        about = "Public transcripts and what their replay says; `changes` are made to `files[from]`."
        write("transcripts", about, **vectors(Path(scratch)))
