"""Writes tests/vectors/sealing/bids.json.  Age files draw fresh randomness: run by hand to add cases."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import replace
from pathlib import Path

from bidding.sealing.age import files
from bidding.sealing.age.recipients import parse_recipient
from bidding.sealing.container import padded
from bidding.sealing.context import AGE_HYBRID, AGE_X25519, identity_of
from bidding.sealing.dealing import deal
from bidding.sealing.encoding import canonical, h
from bidding.sealing.keeperside import open_envelope
from bidding.sealing.objects import SealedPart, SealedRecord
from bidding.sealing.plain import PlainFile, PlainManifest
from bidding.sealing.seal import seal_bid
from tests.sealing.make_vectors import NONCE, ORGANISATION, SHEET, coefficients, ctx_base, keepers, write

LIMITS = {"max_sheet": 1 << 20, "max_files_total": 1 << 20, "max_files": 3}


class Bids:
    """Whole sealed bids, each with the one verdict its opening gives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[dict[str, object]] = []

    def seal(
        self,
        suite: str = AGE_HYBRID,
        k: int = 2,
        n: int = 3,
        organisation: str = ORGANISATION,
        bid: str = "B7",
    ):
        seeds, set_of = keepers(suite, n)
        attachment = self.folder / "a.pdf"
        attachment.write_bytes(b"%PDF-1.7\n" * 500)
        draws = iter([h(b"S", bid.encode()), NONCE, *coefficients(k), bytes(16)])
        out = self.folder / f"{len(self.cases)}-{bid}-{organisation}-{suite}"
        sealed = seal_bid(
            replace(ctx_base(suite, set_of, k), bid_id=bid),
            set_of,
            k,
            SHEET.to_json(),
            [("投标文件.pdf", attachment)],
            out,
            organisation=organisation,
            rng=lambda _size: next(draws),
        )
        identities = [identity_of(suite, seed) for seed in seeds]
        released = [open_envelope(identities[i], env) for i, env in enumerate(sealed.envelopes)]
        return (
            sealed.record,
            sealed.sheet_path.read_bytes(),
            sealed.files_path.read_bytes(),
            released,
            sealed,
            seeds,
        )

    def add(
        self, name, expect, record, sheet, attachments, released, *, acked=None, sealed=None, seeds=None
    ) -> None:
        verdict, code, part = expect
        case: dict[str, object] = {
            "name": name,
            "verdict": verdict,
            "code": code,
            "part": part,
            "record": record.to_json(),
            "record_hash": record.hash,
            "sheet": base64.b64encode(sheet).decode(),
            "files": base64.b64encode(attachments).decode(),
            "released": [share.to_json() for share in released],
            "acked": acked if acked is not None else [share.i for share in released],
        }
        if sealed is not None:
            case["envelopes"] = [base64.b64encode(envelope).decode() for envelope in sealed.envelopes]
            case["keeper_identities"] = [str(identity_of(record.ctx.suite, seed)) for seed in seeds]
        self.cases.append(case)

    def reseal(
        self, record: SealedRecord, part: str, plain: bytes, recipient: str
    ) -> tuple[SealedRecord, bytes]:
        sealed = files.encrypt_bytes(plain, [parse_recipient(recipient)])
        new = SealedPart(part, h(sealed).hex(), len(sealed), len(plain))
        parts = (new, record.files) if part == "sheet" else (record.sheet, new)
        return replace(record, ciphertexts=parts), sealed


def sheet_container(
    record: SealedRecord, text: bytes, *, part: str = "sheet", ctx=None, organisation=ORGANISATION
):
    listed = (PlainFile("sheet.json", h(text).hex(), len(text)),)
    return container(PlainManifest(part, ctx or record.ctx, organisation, NONCE, listed), [text])


def container(manifest: PlainManifest, contents: list[bytes]) -> bytes:
    head = canonical(manifest.to_json())
    body = len(head).to_bytes(4, "big") + head + b"".join(contents)
    return body + bytes(padded(len(body)) - len(body))


def bids(folder: Path) -> None:
    b = Bids(folder)
    record, sheet, attachments, released, sealed, seeds = b.seal()
    whole = {"sealed": sealed, "seeds": seeds}
    b.add("honest bid, all three keepers", ("opened", "", ""), record, sheet, attachments, released, **whole)
    b.add(
        "honest bid, keepers 1 and 3",
        ("opened", "", ""),
        record,
        sheet,
        attachments,
        [released[0], released[2]],
    )
    b.add(
        "one keeper alone",
        ("waiting_keepers", "too-few-shares", ""),
        record,
        sheet,
        attachments,
        [released[1]],
    )
    bad = replace(released[1], share=bytes([released[1].share[0] ^ 1]) + released[1].share[1:])
    b.add(
        "a changed share of a keeper that acked",
        ("fault_keeper", "bad-share", ""),
        record,
        sheet,
        attachments,
        [released[0], bad],
    )
    b.add(
        "a changed share of a keeper that did not ack",
        ("waiting_keepers", "too-few-shares", ""),
        record,
        sheet,
        attachments,
        [released[0], bad],
        acked=[1, 3],
    )
    b.add(
        "a changed share beside k good ones",
        ("opened", "", ""),
        record,
        sheet,
        attachments,
        [released[0], bad, released[2]],
    )
    zero = replace(released[1], share=released[1].share[:-1] + b"\x00")
    b.add(
        "a share with x = 0",
        ("fault_keeper", "bad-share", ""),
        record,
        sheet,
        attachments,
        [released[0], zero],
    )
    changed = attachments[:-1] + bytes([attachments[-1] ^ 1])
    b.add(
        "the store changed the attachments",
        ("fault_storage", "wrong-bytes", "files"),
        record,
        sheet,
        changed,
        released,
    )
    b.add(
        "the store cut the sheet",
        ("fault_storage", "wrong-bytes", "sheet"),
        record,
        sheet[:-1],
        attachments,
        released,
    )

    seed = deal(record.ctx, h(b"S", b"B7"), [share.share for share in released])
    text = canonical(SHEET.to_json())

    def with_sheet(name: str, expect: tuple[str, str, str], plain: bytes) -> None:
        altered, sealed_sheet = b.reseal(record, "sheet", plain, seed.sheet_recipient)
        b.add(name, expect, altered, sealed_sheet, attachments, released)

    def with_files(name: str, expect: tuple[str, str, str], plain: bytes) -> None:
        altered, sealed_files = b.reseal(record, "files", plain, seed.files_recipient)
        b.add(name, expect, altered, sheet, sealed_files, released)

    other, _, other_files, *_ = b.seal(organisation="91110000MA0000002Y", bid="B8")
    copied = replace(record, ciphertexts=(record.sheet, other.files))
    b.add(
        "another bidder's attachments copied",
        ("void_bidder", "undecryptable", "files"),
        copied,
        sheet,
        other_files,
        released,
    )
    with_sheet(
        "a sheet sealed for another bid",
        ("void_bidder", "wrong-context", "sheet"),
        sheet_container(record, text, ctx=other.ctx),
    )
    with_sheet(
        "a sheet under another organisation",
        ("void_bidder", "wrong-context", "sheet"),
        sheet_container(record, text, organisation="91110000MA0000002Y"),
    )
    with_sheet(
        "a sheet with a fraction",
        ("void_bidder", "malformed-sheet", "sheet"),
        sheet_container(record, b'{"type":"mingcai/v1/sheet","total_fen":1.5}'),
    )
    with_sheet(
        "a sheet that is not canonical",
        ("void_bidder", "malformed-sheet", "sheet"),
        sheet_container(record, text.replace(b":", b": ", 1)),
    )
    plain = sheet_container(record, text)
    with_sheet("padding that is not zero", ("void_bidder", "wrong-padding", "sheet"), plain[:-1] + b"\x01")
    with_sheet(
        "a plaintext that is not padded", ("void_bidder", "wrong-padding", "sheet"), plain.rstrip(b"\x00")
    )
    with_sheet(
        "a manifest cut short",
        ("void_bidder", "malformed-manifest", "sheet"),
        bytes([0, 16, 0, 1]) + bytes(65_532),
    )
    with_sheet("no manifest at all", ("void_bidder", "malformed-manifest", "sheet"), bytes(65_536))
    lie = PlainManifest(
        "sheet", record.ctx, ORGANISATION, NONCE, (PlainFile("sheet.json", "00" * 32, len(text)),)
    )
    with_sheet(
        "a file that is not what the manifest says",
        ("void_bidder", "wrong-file", "sheet"),
        container(lie, [text]),
    )
    many = tuple(PlainFile(f"{place}.txt", h(b"").hex(), 0) for place in range(4))
    with_files(
        "more files than allowed",
        ("void_limits", "too-many-files", "files"),
        container(PlainManifest("files", record.ctx, ORGANISATION, NONCE, many), [b""] * 4),
    )
    with_files(
        "the sheet's part in the files",
        ("void_bidder", "wrong-context", "files"),
        sheet_container(record, text),
    )
    huge = replace(record, ciphertexts=(record.sheet, replace(record.files, padded=1 << 21)))
    b.add(
        "attachments beyond the limit",
        ("void_limits", "too-large", "files"),
        huge,
        sheet,
        attachments,
        released,
    )
    short = replace(record, ciphertexts=(replace(record.sheet, padded=131_072), record.files))
    b.add(
        "a padded length that is a lie",
        ("void_bidder", "wrong-length", "sheet"),
        short,
        sheet,
        attachments,
        released,
    )

    for name, altered in (
        ("a commitment to nothing", replace(record, commitments=(*record.commitments[:2], "00" * 32))),
        ("a public key of nobody's", replace(record, files_recipient=other.files_recipient)),
        ("a seed hash that is wrong", replace(record, sheet_seed_hash="00" * 32)),
    ):
        b.add(name, ("void_bidder", "bad-dealing", ""), altered, sheet, attachments, released[:2])
    x25519 = b.seal(suite=AGE_X25519)
    b.add("suite age-x25519", ("opened", "", ""), *x25519[:4], sealed=x25519[4], seeds=x25519[5])
    blobs = {}
    for case in b.cases:
        for part in ("sheet", "files"):
            digest = h(base64.b64decode(str(case[part]))).hex()
            blobs[digest] = case[part]
            case[part] = digest
    write(
        "bids",
        "FORMAT.md 6: whole sealed bids (`sheet`, `files` name a blob) and the one verdict of each",
        limits=LIMITS,
        organisation=ORGANISATION,
        plain_sheet=SHEET.to_json(),
        cases=b.cases,
        blobs=blobs,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        bids(Path(temporary))
