"""The public commands; each fails with one line on stderr and exit code 1 (2 for wrong usage), `sheet` with one for each row."""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bidding.sealing import accounts, arrivals, receipts, shares, sheets, transcript
from bidding.sealing.age import files
from bidding.sealing.age.errors import AgeError, BadKey
from bidding.sealing.age.recipients import (
    Identity,
    Passphrase,
    Recipient,
    parse_identities,
    parse_recipient,
)
from bidding.sealing.cms import Authorities
from bidding.sealing.context import CtxBase
from bidding.sealing.encoding import parse
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import keepers_from_json
from bidding.sealing.plain import MAX_SHEET
from bidding.sealing.seal import Sign, seal_bid
from bidding.sealing.shape import Members
from bidding.sealing.signatures import software_signature
from bidding.sealing.statements import MAX_RECEIPT
from core.ledger import whole
from core.ledger.note import Verifier
from core.ledger.timestamp import Authority

_MAX_INPUT = 1 << 24
_MAX_KEY_FILE = 1 << 20
_MAX_CRL_FILE = 1 << 27
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_KIT_WORDS = 5


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (SealingError, BadKey, OSError, ValueError) as error:
        return _fail(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bidding.sealing", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    decrypt = commands.add_parser("age-decrypt", help="decrypt any age v1 file")
    decrypt.add_argument("-i", dest="identities", action="append", default=[], type=Path, metavar="FILE")
    _passphrases(decrypt)
    _in_and_out(decrypt, _age_decrypt)

    encrypt = commands.add_parser("age-encrypt", help="write an age v1 file")
    encrypt.add_argument("-r", dest="recipients", action="append", default=[], metavar="RECIPIENT")
    encrypt.add_argument("-a", dest="armored", action="store_true", help="write ASCII armor")
    _passphrases(encrypt)
    _in_and_out(encrypt, _age_encrypt)

    split = commands.add_parser("split", help="stdin: secret, n, k; stdout: shares")
    split.set_defaults(run=_split)
    combine = commands.add_parser("combine", help="stdin: shares, k; stdout: secret")
    combine.set_defaults(run=_combine)

    sheet = commands.add_parser(
        "sheet",
        help="fill in an opening sheet from a table, or check one",
        description="Checks the form, every amount and the total of an opening sheet, after filling it in from a table if there "
        "is one: the CSV file that --template writes, or any CSV or XLSX file with the headings 序号 (No.) and 单价（元） (Unit "
        "price), such as the price list that the page of the bid saves. Rows that do not fit are named; then nothing is written.",
    )
    sheet.add_argument("sheet", type=Path, help="the opening sheet as the page saves it (sheet.json)")
    sheet.add_argument("--template", type=Path, metavar="CSV", help="write a table to fill in, and stop")
    sheet.add_argument("--table", type=Path, metavar="FILE", help="the table, filled in (CSV or XLSX)")
    sheet.add_argument(
        "--out", type=Path, metavar="JSON", help="where the filled sheet goes; needed with --table"
    )
    sheet.set_defaults(run=_sheet)

    seal = commands.add_parser("seal", help="seal a bid on the bidder's own machine")
    seal.add_argument("--keepers", required=True, type=Path, help="the keepers you trust (keepers.json)")
    seal.add_argument("--tender", required=True, type=Path, help="what the platform offers (offer.json)")
    seal.add_argument("--organisation", help="the bidder's id, if the offer does not name it")
    seal.add_argument("--sheet", required=True, type=Path, help="the opening sheet (JSON)")
    seal.add_argument("--attach", action="extend", nargs="+", default=[], type=Path, metavar="FILE")
    seal.add_argument("--out", required=True, type=Path, metavar="DIR")
    seal.add_argument("--supersedes", metavar="HASH", help="hash of the record that this one replaces")
    seal.add_argument("--sign-key", type=Path, metavar="PEM", help="Ed25519 private key of the bidder")
    seal.add_argument("--kit-passphrase-file", type=Path, metavar="FILE", help="else one is made and printed")
    seal.set_defaults(run=_seal)

    verify = commands.add_parser("verify-receipt", help="check a receipt offline")
    verify.add_argument("receipt", type=Path)
    verify.add_argument("--bid", type=Path, help="a file of the sealed bid that the receipt must be for")
    verify.add_argument("--key", metavar="VKEY", help="the platform's key, from a source you trust")
    verify.add_argument("--keepers", type=Path, help="the keepers you trust (keepers.json)")
    verify.add_argument(
        "--tsa", type=Path, metavar="PEM", help="certificates of the time stamp authority you trust"
    )
    verify.add_argument(
        "--bidder-ca",
        type=Path,
        metavar="PEM",
        help="certificates of the authorities you trust to vouch for bidders",
    )
    verify.add_argument(
        "--bidder-crl", type=Path, metavar="FILE", help="revocation lists of those authorities (PEM or DER)"
    )
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=_verify_receipt)

    came = commands.add_parser(
        "verify-arrivals", help="check what the platform said had arrived of a supplier"
    )
    came.add_argument("file", type=Path)
    came.add_argument("--key", metavar="VKEY", help="the platform's key, from a source you trust")
    came.add_argument("--json", action="store_true")
    came.set_defaults(run=_verify_arrivals)

    replay = commands.add_parser("replay", help="repeat an opening from its transcript")
    replay.add_argument("transcript", type=Path)
    replay.add_argument("--restricted", type=Path, help="the restricted transcript, if you have it")
    replay.add_argument("--json", action="store_true")
    replay.set_defaults(run=_replay)

    close = commands.add_parser(
        "verify-close", help="check that a close list accounts for receipts and is in the log"
    )
    close.add_argument("close", type=Path, help="a close list or a public transcript")
    close.add_argument("--receipt", action="append", default=[], type=Path, metavar="FILE")
    close.add_argument("--log", metavar="SOURCE", help="the log's address or a folder it was saved to")
    close.add_argument(
        "--key", metavar="VKEY", help="the platform's key, from a source you trust; needed with --log"
    )
    close.add_argument("--json", action="store_true")
    close.set_defaults(run=_verify_close)
    return parser


def _passphrases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase", action="append", default=[], metavar="TEXT")
    parser.add_argument("--passphrase-file", action="append", default=[], type=Path, metavar="FILE")


def _in_and_out(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("-o", dest="out", type=Path, required=True, metavar="OUT")
    parser.set_defaults(run=run)


def _given_passphrases(options: argparse.Namespace) -> list[Passphrase]:
    texts = [*options.passphrase, *(_line(path) for path in options.passphrase_file)]
    return [Passphrase(text) for text in texts]


def _line(path: Path) -> str:
    return _read(path, _MAX_KEY_FILE).decode("utf-8").rstrip("\r\n")


def _age_decrypt(options: argparse.Namespace) -> int:
    identities: list[Identity] = [*_given_passphrases(options)]
    for path in options.identities:
        identities += parse_identities(_read(path, _MAX_KEY_FILE).decode("utf-8"))
    try:
        files.decrypt_file(options.file, options.out, identities)
    except AgeError as error:
        _print(json.dumps({"outcome": error.outcome}))
        return _fail(f"{error.outcome}: {error}")
    return 0


def _age_encrypt(options: argparse.Namespace) -> int:
    recipients: list[Recipient] = [*(parse_recipient(text) for text in options.recipients)]
    recipients += _given_passphrases(options)
    files.encrypt_file(options.file, options.out, recipients, armored=options.armored)
    return 0


def _split(_options: argparse.Namespace) -> int:
    case = _case("secret", "n", "k")
    dealt = shares.split(_hex(case["secret"]), _count(case["n"]), _count(case["k"]))
    _print(json.dumps({"shares": [share.hex() for share in dealt]}))
    return 0


def _combine(_options: argparse.Namespace) -> int:
    case = _case("shares", "k")
    given = case["shares"]
    if not isinstance(given, list):
        raise Malformed("shares is not a list")
    secret = shares.combine([_hex(share) for share in given], _count(case["k"]))
    _print(json.dumps({"secret": secret.hex()}))
    return 0


def _case(*names: str) -> dict[str, object]:
    case = parse(sys.stdin.buffer.read(_MAX_INPUT + 1), _MAX_INPUT)
    if not isinstance(case, dict) or any(name not in case for name in names):
        raise Malformed(f"stdin is not an object with {', '.join(names)}")
    return case


def _hex(value: object) -> bytes:
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise Malformed("not hexadecimal")
    return bytes.fromhex(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("n and k are integers")
    return value


def _sheet(options: argparse.Namespace) -> int:
    given = parse(_read(options.sheet, MAX_SHEET), MAX_SHEET)
    if not isinstance(given, dict):
        raise Malformed("the sheet is not an object")
    if options.template:
        options.template.write_bytes(sheets.table_of(given))
        return 0
    if bool(options.table) != bool(options.out):
        raise ValueError("--table and --out go together")
    if options.table:
        filled = sheets.fill(given, sheets.rows_of(_read(options.table, sheets.MAX_TABLE)))
        for fault in filled.faults:
            _fail(fault)
        if filled.faults:
            return _fail(f"{len(filled.faults)} faults in {options.table.name}; nothing was written")
        given = filled.sheet
    read = sheets.check(given)
    if options.out:
        options.out.write_text(json.dumps(given, ensure_ascii=False, indent=1), encoding="utf-8")
    for price in read.prices:
        _print(
            f"{price.item}\t{price.name}\t{price.quantity} {price.unit} × {price.unit_price} = {sheets.yuan(price.amount_fen)}"
        )
    if read.total_fen is not None:
        _print(f"total {sheets.yuan(read.total_fen)} yuan")
    if left := sheets.left_open(read):
        _print(f"still empty: {', '.join(left)}")
    return 0


def _seal(options: argparse.Namespace) -> int:
    keepers = keepers_from_json(_json(options.keepers))
    offer = Members(_json(options.tender), "offer", "offer")
    ctx_base = CtxBase.from_json(offer.take("ctx"))
    named = offer.id("organisation") if offer.has("organisation") else None
    offer.done()
    organisation = options.organisation or named
    if organisation is None or (named is not None and named != organisation):
        raise Malformed("the offer is for another organisation, or none is named")
    sheet = parse(_read(options.sheet, MAX_SHEET), MAX_SHEET)
    if not isinstance(sheet, dict):
        raise Malformed("the sheet is not an object")
    given = options.kit_passphrase_file
    passphrase = _line(given) if given else "-".join(secrets.token_hex(2) for _ in range(_KIT_WORDS))
    bid = seal_bid(
        ctx_base,
        keepers,
        ctx_base.k,
        sheet,
        [(path.name, path) for path in options.attach],
        options.out,
        organisation=organisation,
        supersedes=options.supersedes,
        sign=_signer(options.sign_key) if options.sign_key else None,
        kit_passphrase=passphrase,
    )
    made = {"record_hash": bid.record.hash, "out": str(options.out), "signed": bid.signed is not None}
    _print(json.dumps(made if given else {**made, "kit_passphrase": passphrase}))
    return 0


def _signer(path: Path) -> Sign:
    key = load_pem_private_key(_read(path, _MAX_KEY_FILE), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("the signing key is not Ed25519")
    private = key
    return lambda digest: software_signature(private, digest)


def _verify_receipt(options: argparse.Namespace) -> int:
    source = parse(_read(options.receipt, MAX_RECEIPT), MAX_RECEIPT)
    trusted = keepers_from_json(_json(options.keepers)) if options.keepers else None
    authority = Authority.from_pem(_read(options.tsa, _MAX_KEY_FILE)) if options.tsa else None
    bidders = _bidders(options.bidder_ca, options.bidder_crl)
    report = receipts.verify(
        source,
        platform_vkey=options.key,
        keepers=trusted,
        authority=authority,
        bidder_authorities=bidders,
    )
    part = receipts.check_bid(source, options.bid) if options.bid else None
    if options.json:
        _print(json.dumps({**report.to_json(), "bid": part}))
        return 0
    _print(f"valid: bid {report.bid_id} for {report.tender}, lot {report.lot}, arrived {report.arrival}")
    _print(f"record {report.record_hash}" + (f"; the file is its {part}" if part else ""))
    _print(f"{report.acks} of {report.keepers} keepers confirmed that they can open their share")
    logged = f"in the log, cosigned by {report.cosigned} keepers" if report.logged else "not in the log yet"
    _print(f"{logged}; bidder's signature {report.bidder_signature}")
    if bidders is not None and not report.revocation_asked:
        _print("whether the bidder's certificate was revoked was not asked: --bidder-crl FILE")
    if report.tokens:
        by = (
            "signed by the trusted authority"
            if report.stamps_verified
            else "its authority's signature not checked (--tsa)"
        )
        _print(f"the checkpoint was stamped at {report.stamped_at}; {by}")
    if not report.key_pinned or not report.keepers_pinned:
        _print("compare the keys with ones you trust: --key VKEY --keepers FILE")
    return 0


def _bidders(certificates: Path | None, lists: Path | None) -> Authorities | None:
    """Read who is trusted to vouch for bidders, with the revocation lists, if any.  Raises ValueError for lists alone."""
    if certificates is None and lists is not None:
        raise ValueError("--bidder-crl needs --bidder-ca")
    if certificates is None:
        return None
    asked = _read(lists, _MAX_CRL_FILE) if lists else None
    return Authorities.from_pem(_read(certificates, _MAX_KEY_FILE), asked)


def _verify_arrivals(options: argparse.Namespace) -> int:
    source = parse(_read(options.file, arrivals.MAX_FILE), arrivals.MAX_FILE)
    found = arrivals.verify(source, platform_vkey=options.key)
    if options.json:
        _print(json.dumps({"valid": True, **found.to_json(), "key_pinned": options.key is not None}))
        return 0
    _print(f"signed by the platform: what of {found.supplier} had arrived for {found.tender}")
    for part in found.parts:
        _print(f"{part.at.isoformat()} {part.received} of {part.length} bytes, SHA-256 {part.sha256}")
    for row in found.attempts:
        _print(f"{row.at.isoformat()} lot {row.lot or '-'}: {row.step}, {row.code}")
    if options.key is None:
        _print("compare the key with one you trust: --key VKEY")
    return 0


def _verify_close(options: argparse.Namespace) -> int:
    limit = transcript.MAX_TRANSCRIPT
    given = [parse(_read(path, MAX_RECEIPT), MAX_RECEIPT) for path in options.receipt]
    entries = None
    if options.log:
        if not options.key:
            raise Malformed("--log needs the key that must have signed it: --key VKEY")
        entries = whole.entries_of(whole.reader(options.log), Verifier.parse(options.key))
    source = parse(_read(options.close, limit), limit)
    report = accounts.verify_close(source, given, entries, platform_vkey=options.key)
    if options.json:
        _print(json.dumps(report.to_json()))
        return 0
    _print(f"close list of {report.size} entries, {report.effective} effective, root {report.root}")
    for one in report.accounts:
        _print(f"bid {one.bid_id}: {one.state}" + (f" ({one.by})" if one.by else ""))
    _print(
        f"entry {report.entry_index} of the log"
        if options.log
        else "not compared with the log: --log SOURCE --key VKEY"
    )
    return 0


def _replay(options: argparse.Namespace) -> int:
    limit = transcript.MAX_TRANSCRIPT
    restricted = parse(_read(options.restricted, limit), limit) if options.restricted else None
    result = transcript.replay(parse(_read(options.transcript, limit), limit), restricted)
    if options.json:
        _print(json.dumps(result.to_json()))
    else:
        for bid in result.bids:
            shown = "replayed" if bid.replayed else "not decided by these data"
            price = f"{bid.total_fen // 100}.{bid.total_fen % 100:02d}" if bid.total_fen is not None else "-"
            _print(f"{bid.bid_id}\t{bid.verdict}\t{price}\t{bid.problem or shown}")
    if result.ok:
        return 0
    problems = [*result.problems, *(f"{bid.bid_id}: {bid.problem}" for bid in result.bids if bid.problem)]
    return _fail("the transcript does not stand: " + "; ".join(problems))


def _json(path: Path) -> object:
    return parse(_read(path, _MAX_INPUT), _MAX_INPUT)


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as source:
        data = source.read(most + 1)
    if len(data) > most:
        raise Malformed(f"{path} is longer than {most} bytes")
    return data


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _fail(error: object) -> int:
    sys.stderr.write(" ".join(str(error).split()) + "\n")
    return 1
