"""The public commands, run as a user runs them: exit codes, one line on stderr, nothing left behind."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bidding.sealing.age import files
from bidding.sealing.age.recipients import HybridIdentity, Passphrase
from bidding.sealing.cli import main
from bidding.sealing.encoding import canonical
from bidding.sealing.errors import Malformed
from bidding.sealing.keeperside import open_envelope
from bidding.sealing.objects import SealedRecord, SignedRecord, keepers_to_json
from bidding.sealing.opening import Limits, Outcome, open_bid
from bidding.sealing.seal import PlainKit
from bidding.sealing.sheets import rows_of
from bidding.sealing.signatures import verify_software
from tests.sealing.sealed import ORGANISATION, SHEET, make_keepers, make_offer
from tests.sealing.test_receipt import PLATFORM, case, receipt  # noqa: F401
from tests.sealing.test_replay import opening  # noqa: F401

ROOT = Path(__file__).parents[2]


def command(*arguments, stdin=None):
    return subprocess.run(
        [sys.executable, "-m", "bidding.sealing", *map(str, arguments)],
        cwd=ROOT,
        input=json.dumps(stdin) if isinstance(stdin, dict | list) else stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def refused(run):
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr
    return run


def test_the_commands_import_no_django():
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, bidding.sealing.cli; print([m for m in sys.modules if 'django' in m])",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


def test_split_and_combine_are_each_others_inverse():
    run = command("split", stdin={"secret": "00ff10", "n": 5, "k": 3})
    assert (run.returncode, run.stderr) == (0, "")
    dealt = json.loads(run.stdout)["shares"]
    assert [share[-2:] for share in dealt] == ["01", "02", "03", "04", "05"]
    back = command("combine", stdin={"shares": [dealt[4], dealt[0], dealt[2]], "k": 3})
    assert (back.returncode, json.loads(back.stdout)) == (0, {"secret": "00ff10"})


@pytest.mark.parametrize(
    ("verb", "stdin"),
    [
        ("combine", {"shares": ["aa00", "bb02"], "k": 2}),
        ("combine", {"shares": ["aa01", "bb01"], "k": 2}),
        ("combine", {"shares": ["aa01"], "k": 2}),
        ("combine", {"shares": ["aa01", "bbbb02"], "k": 2}),
        ("combine", {"shares": ["", "bb02"], "k": 2}),
        ("combine", {"shares": ["aa01", "zz02"], "k": 2}),
        ("combine", {"shares": ["aa01", 2], "k": 2}),
        ("combine", {"shares": "aa01", "k": 2}),
        ("combine", {"shares": ["aa01", "bb02"]}),
        ("combine", {"shares": ["aa01", "bb02"], "k": True}),
        ("combine", "not JSON"),
        ("split", {"secret": "", "n": 5, "k": 3}),
        ("split", {"secret": "0", "n": 5, "k": 3}),
        ("split", {"secret": "00", "n": 2, "k": 3}),
        ("split", {"secret": "00", "n": 256, "k": 3}),
        ("split", {"secret": "00", "n": 5, "k": 1}),
        ("split", {"secret": "00", "n": "5", "k": 3}),
        ("split", []),
    ],
)
def test_what_cannot_be_split_or_combined_is_refused(verb, stdin):
    assert refused(command(verb, stdin=stdin)).stdout == ""


def test_an_age_file_is_written_and_read(tmp_path):
    identity = HybridIdentity(bytes(32))
    plain, sealed, keys, out = (tmp_path / name for name in ("plain", "sealed", "keys", "out"))
    plain.write_bytes(b"bid" * 50_000)
    keys.write_text(f"{identity}\n")
    assert command("age-encrypt", "-r", identity.recipient(), plain, "-o", sealed).returncode == 0
    run = command("age-decrypt", "-i", keys, sealed, "-o", out)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert out.read_bytes() == plain.read_bytes()
    for arguments, outcome in (((), "no match"), (("--passphrase", "x"), "no match")):
        run = refused(command("age-decrypt", *arguments, sealed, "-o", out))
        assert json.loads(run.stdout) == {"outcome": outcome}
        assert not out.exists()
    sealed.write_bytes(b"not an age file")
    assert json.loads(refused(command("age-decrypt", sealed, "-o", out)).stdout) == {
        "outcome": "header failure"
    }
    assert refused(command("age-decrypt", tmp_path / "none", "-o", out)).stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "plain", "sealed"]


def test_a_passphrase_may_come_from_a_file(tmp_path):
    (tmp_path / "sealed").write_bytes(files.encrypt_bytes(b"bid", [Passphrase("开标", 10)]))
    (tmp_path / "pass").write_text("开标\n", encoding="utf-8")
    arguments = ("--passphrase-file", tmp_path / "pass", tmp_path / "sealed", "-o", tmp_path / "out")
    assert command("age-decrypt", *arguments).returncode == 0
    assert (tmp_path / "out").read_bytes() == b"bid"


@pytest.fixture
def desk(tmp_path):
    """A bidder's own machine: keepers it trusts, the platform's offer, its sheet, an attachment, its key."""
    keeper_set = make_keepers(3)
    offer = {
        "type": "mingcai/v1/offer",
        "ctx": make_offer(keeper_set, 2).to_json(),
        "organisation": ORGANISATION,
    }
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "keepers.json").write_bytes(canonical(keepers_to_json(keeper_set.keepers)))
    (tmp_path / "offer.json").write_text(json.dumps(offer, indent=2))
    (tmp_path / "sheet.json").write_text(json.dumps(SHEET.to_json()))
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "key.pem").write_bytes(pem)
    return tmp_path, keeper_set, key


def seal(folder, *more, **changed):
    files_of = {"keepers": "keepers.json", "tender": "offer.json", "sheet": "sheet.json", **changed}
    arguments = [item for name, value in files_of.items() for item in (f"--{name}", folder / value)]
    return command("seal", *arguments, "--attach", folder / "a.pdf", "--out", folder / "bid", *more)


def test_a_bid_sealed_offline_opens_at_the_opening(desk):
    folder, keeper_set, key = desk
    run = seal(folder, "--sign-key", folder / "key.pem")
    assert (run.returncode, run.stderr) == (0, "")
    made = json.loads(run.stdout)
    bid = folder / "bid"
    assert sorted(path.name for path in bid.iterdir()) == [
        "envelope-1.age",
        "envelope-2.age",
        "envelope-3.age",
        "files.age",
        "kit.age",
        "record.json",
        "sheet.age",
        "signature.json",
    ]
    record = SealedRecord.from_json(json.loads((bid / "record.json").read_bytes()))
    assert record.hash == made["record_hash"]
    signed = SignedRecord(record, json.loads((bid / "signature.json").read_bytes()))
    verify_software(signed, key.public_key().public_bytes_raw())
    released = [
        open_envelope(identity, (bid / f"envelope-{i}.age").read_bytes())
        for i, identity in enumerate(keeper_set.identities, start=1)
    ]
    verdict = open_bid(record, released[1:], bid / "sheet.age", bid / "files.age", folder / "out", Limits())
    assert verdict.verdict == Outcome.OPENED
    assert verdict.opened.sheet == SHEET
    assert verdict.opened.files[0].path.read_bytes() == b"%PDF-1.7"
    kit = files.decrypt_bytes((bid / "kit.age").read_bytes(), [Passphrase(made["kit_passphrase"])])
    assert PlainKit.from_json(json.loads(kit)).plain_shares(record, keeper_set.keepers) == released


@pytest.fixture
def unfilled(tmp_path):
    """A sheet as the page saves it before anything is priced, and the table that the command writes for it."""
    lines = [
        {
            "item": "1",
            "name": "=笔记本",
            "quantity": "20",
            "unit": "台",
            "unit_price": "",
            "amount_fen": None,
        },
        {"item": "2", "name": "安装", "quantity": "1", "unit": "项", "unit_price": "", "amount_fen": None},
    ]
    answers = [{"criterion": "C1", "response": "", "files": ["方案.pdf"]}]
    facts = {"maker_size": "small", "consortium": False}
    empty = {"total_fen": None, "delivery_days": None, "warranty_months": 12, "notes": ""}
    sheet = {"type": "mingcai/v1/sheet", "prices": lines, "responses": answers, "facts": facts, **empty}
    (tmp_path / "sheet.json").write_text(json.dumps(sheet))
    assert main(["sheet", str(tmp_path / "sheet.json"), "--template", str(tmp_path / "bid.csv")]) == 0
    table = (tmp_path / "bid.csv").read_text(encoding="utf-8-sig")
    assert ",'=笔记本," in table, "what a purchaser wrote is no formula"
    return tmp_path, table


def fill_in(folder, table, capsys):
    (folder / "bid.csv").write_text(table, encoding="gb18030")
    paths = [str(folder / name) for name in ("sheet.json", "bid.csv", "filled.json")]
    code = main(["sheet", paths[0], "--table", paths[1], "--out", paths[2]])
    return code, *capsys.readouterr()


def test_a_sheet_is_filled_in_from_its_table(unfilled, capsys):
    folder, table = unfilled
    lines = [row.split(",") for row in table.splitlines()]
    for row in lines:
        row[-1] = {"delivery_days": "30", "answer.C1": "完全响应", "fact.consortium": "是"}.get(
            row[0], row[-1]
        )
        row[-2] = {"1": "4387.13", "2": "￥0.5"}.get(row[0], row[-2])
    code, out, err = fill_in(folder, "\n".join(map(",".join, lines)), capsys)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "1\t=笔记本\t20 台 × 4387.13 = 87,742.60",
        "2\t安装\t1 项 × 0.5 = 0.50",
        "total 87,743.10 yuan",
    ]
    filled = json.loads((folder / "filled.json").read_text())
    assert filled["total_fen"] == 8_774_310
    assert (filled["delivery_days"], filled["warranty_months"]) == (30, 12)
    assert filled["facts"] == {"maker_size": "small", "consortium": True}
    assert filled["responses"] == [{"criterion": "C1", "response": "完全响应", "files": ["方案.pdf"]}]
    filled["prices"][0]["amount_fen"] += 1
    (folder / "filled.json").write_text(json.dumps(filled))
    assert main(["sheet", str(folder / "filled.json")]) == 1
    assert "item 1: 87,742.61; 20 × 4387.13 is 87,742.60" in capsys.readouterr().err


def test_each_row_of_a_table_that_does_not_fit_is_named_and_nothing_is_written(unfilled, capsys):
    folder, _ = unfilled
    rows = (
        "序号,数量,单价,填写", "1,21,4387.13,", "1,20,1,", "9,1,1,", "delivery_days,,,bald", "fact.consortium,,,perhaps",
        "answer.C9,,,x", "合计,,1,",
    )  # fmt: skip
    code, out, err = fill_in(folder, "\n".join(rows), capsys)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "row 2: item 1: the quantity is 21; the tender asks for 20",
        "row 3: 1 stands in the table twice",
        "row 4: the sheet has nothing called “9”",
        "row 5: delivery_days: “bald” is no whole number",
        "row 6: fact.consortium: “perhaps” is neither yes nor no",
        "row 7: the sheet has nothing called “answer.C9”",
        "item 2 is missing",
        "7 faults in bid.csv; nothing was written",
    ]
    assert not (folder / "filled.json").exists()
    for text, said in (("a,b\n1,2", "no row has the headings"), ("PK", "not a table")):
        assert said in fill_in(folder, text, capsys)[2]
    with pytest.raises(Malformed, match="not a table"):
        rows_of(workbook_without_texts())


def workbook_without_texts():
    """A damaged workbook: a cell points at a text that is not in it."""
    page = '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>7</v></c></row></sheetData></worksheet>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
        archive.writestr("xl/worksheets/sheet1.xml", page)
    return made.getvalue()


def test_keepers_that_the_bidder_does_not_trust_are_refused(desk):
    folder, keeper_set, _ = desk
    others = make_keepers(4).keepers[1:]
    (folder / "others.json").write_bytes(canonical(keepers_to_json(others)))
    assert "wrong-keepers" in refused(seal(folder, keepers="others.json")).stderr
    refused(seal(folder, "--organisation", "somebody-else"))
    (folder / "sheet.json").write_text('{"total_fen": 1.5}')
    refused(seal(folder))
    assert not (folder / "bid").exists()
    assert not list(folder.glob(".*"))


def test_a_receipt_is_verified_offline(case, tmp_path):  # noqa: F811
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt(case)))
    run = command(
        "verify-receipt", path, "--bid", case.bid.sheet_path, "--key", PLATFORM.verifier.vkey, "--json"
    )
    assert (run.returncode, run.stderr) == (0, "")
    report = json.loads(run.stdout)
    assert (report["valid"], report["bid"], report["key_pinned"], report["cosigned"]) == (
        True,
        "sheet",
        True,
        3,
    )
    assert "valid: bid B7" in command("verify-receipt", path).stdout
    refused(command("verify-receipt", path, "--bid", path))
    refused(command("verify-receipt", path, "--key", PLATFORM.verifier.vkey[:-2] + "A="))
    forged = receipt(case)
    forged["receipt"]["body"]["arrival"] = "2026-11-30T00:00:00Z"
    path.write_text(json.dumps(forged))
    assert refused(command("verify-receipt", path, "--json")).stdout == ""


def test_an_opening_is_replayed_offline(opening, tmp_path):  # noqa: F811
    public, restricted = opening
    source = public.to_json()
    paths = {name: tmp_path / f"{name}.json" for name in ("public", "restricted", "forged")}
    paths["public"].write_text(json.dumps(source))
    paths["restricted"].write_text(json.dumps(restricted))
    run = command("replay", paths["public"], "--restricted", paths["restricted"], "--json")
    assert (run.returncode, run.stderr) == (0, "")
    result = json.loads(run.stdout)
    assert result["ok"]
    assert all(bid["replayed"] for bid in result["bids"])
    assert "B1\topened\t950000.00\treplayed" in command("replay", paths["public"]).stdout
    source["bids"][0]["sheet"]["total_fen"] = 1
    paths["forged"].write_text(json.dumps(source))
    assert "does not stand" in refused(command("replay", paths["forged"])).stderr


def test_wrong_usage_is_told_apart_from_a_refusal():
    for arguments in ((), ("unknown",), ("age-decrypt", "file")):
        run = command(*arguments)
        assert run.returncode == 2
        assert "usage:" in run.stderr
