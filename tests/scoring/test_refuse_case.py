"""Inputs that cannot be scored: one clear line, exit 1, nothing on standard output, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from evaluation.scoring.case import CaseError, unknown_members
from evaluation.scoring.recompute import recompute
from tests.scoring.cases import example

ROOT = Path(__file__).parents[2]
GONE = object()


def changed(*path_and_value):
    *path, value = path_and_value
    made = example()
    place = made
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return made


B, SHEET = ("bids", 1), ("bids", 1, "scores", "E2")
BAD = [
    (changed("method", "lottery"), "method"),
    (changed("method", GONE), "method"),
    (changed("category", "weapons"), "category"),
    (changed("law_as_of", GONE), "law_as_of"),
    (changed("law_as_of", "2026-02-30"), "law_as_of"),
    (changed("law_as_of", 20260301), "law_as_of"),
    (changed("budget", "1e6"), "budget"),
    (changed("budget", 1200000.5), "budget"),
    (changed("ceiling", "1150000.001"), "ceiling"),
    (changed("ceiling", "-1"), "ceiling"),
    (changed("price", GONE), "price"),
    (changed("price", "weight", GONE), "price.weight"),
    (changed("price", "weight", "-30"), "price.weight"),
    (changed("price", "weight", "NaN"), "price.weight"),
    (changed("price", "formula", "order99"), "price.formula"),
    (changed("price", "places", 2.0), "price.places"),
    (changed("price", "places", 99), "price.places"),
    (changed("price", "rounding", "floor"), "price.rounding"),
    (changed("deductions", "small_micro", "20"), "deductions.small_micro"),
    (changed("deductions", "domestic", None), "deductions.domestic"),
    (changed("deductions", "stacking", "maybe"), "deductions.stacking"),
    (changed("aggregation", "median"), "aggregation"),
    (changed("criteria", GONE), "criteria"),
    (changed("criteria", {}), "criteria"),
    (changed("criteria", 1, "id", "tech"), "criterion 'tech' is given twice"),
    (changed("criteria", 0, "max", GONE), r"criteria\[0\].max"),
    (changed("criteria", 0, "kind", "secret"), r"criteria\[0\].kind"),
    (changed("ties", "coin"), "ties"),
    (changed("min_bidders", 0), "min_bidders"),
    (changed("draw", ["nobody"]), "draw"),
    (changed("law", ["S-04.sme_joint_share_min"]), "law: is not an object"),
    (changed("law", {"L-99.nothing": "3"}), "law: 'L-99.nothing'"),
    (changed("law", {"L-14.min_bidders": "2.5"}), "law: L-14.min_bidders"),
    (changed("law", {"L-14.min_bidders": 3}), "law: L-14.min_bidders"),
    (changed("law", {"S-04.sme_joint_share_min": "1.2"}), "law: S-04.sme_joint_share_min"),
    (changed("law", {"S-04.sme_joint_share_min": "1/0"}), "law: S-04.sme_joint_share_min"),
    (changed("draw", ["A", "A"]), "twice"),
    (changed("bids", GONE), "bids"),
    (changed("bids", 0, 7), r"bids\[0\]"),
    (changed(*B, "id", "A"), "bid 'A' is given twice"),
    (changed(*B, "id", ""), "id"),
    (changed(*B, "id", 7), "id"),
    (changed(*B, "quote", GONE), "quote: is missing"),
    (changed(*B, "quote", "0"), "quote"),
    (changed(*B, "quote", "100.005"), "quote"),
    (changed(*B, "quote", 100.5), "quote"),
    (changed(*B, "size", "huge"), "size"),
    (changed(*B, "consortium_small_share", "30"), "consortium_small_share"),
    (changed(*B, "compliant", "yes"), "compliant"),
    (changed(*B, "domestic", 1), "domestic"),
    (changed(*B, "brand", 5), "brand"),
    (changed(*B, "scores", GONE), "bid 'B': all scores are missing"),
    (changed(*SHEET, GONE), "bid 'B': the scores of evaluator 'E2' are missing"),
    (changed(*SHEET, "tech", GONE), "evaluator 'E2', tech: is missing"),
    (changed(*SHEET, "tech", None), "evaluator 'E2', tech: is missing"),
    (changed(*SHEET, "tech", "50.1"), "is not between 0 and 50"),
    (changed(*SHEET, "tech", "-0.1"), "is not between 0 and 50"),
    (changed(*SHEET, "tech", "forty"), "tech"),
    (changed(*SHEET, "tech", 40.5), "tech"),
    (changed(*SHEET, "tech", True), "tech"),
    (changed(*SHEET, "tech", Decimal("1E-99999999999")), "tech"),
    (changed(*SHEET, "charm", "5"), "charm: there is no such criterion"),
    (changed("aggregation", "trimmed_mean"), "trimmed mean"),
    ([], "the case: is not an object"),
    (None, "the case"),
    ("case", "the case"),
]


@pytest.mark.parametrize(("made", "message"), BAD)
def test_what_cannot_be_scored_is_refused_in_one_line(made, message):
    assert recompute(example())["failed"] is None
    with pytest.raises(CaseError, match=message) as refused:
        recompute(made)
    assert "\n" not in str(refused.value)
    assert refused.value.status == 422


def test_a_deduction_that_leaves_nothing_is_refused():
    made = example()
    made["deductions"].update(small_micro="0.5", domestic="0.5")
    assert recompute(made)["failed"] is None
    made["bids"][1]["domestic"] = False
    with pytest.raises(CaseError, match="leave nothing"):
        recompute(made)


def run(*arguments, data=b""):
    done = subprocess.run(
        [sys.executable, "-m", "evaluation", *arguments],
        cwd=ROOT,
        input=data,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_command_prints_the_award(tmp_path):
    file = tmp_path / "case.json"
    file.write_text(json.dumps(example()), encoding="utf-8")
    code, printed, errors = run("recompute", str(file))
    assert (code, json.loads(printed), errors) == (0, recompute(example()), "")
    assert printed.count("\n") == 1
    assert run("recompute", "-", data=file.read_bytes()) == (code, printed, "")


def test_a_failed_procedure_is_a_result(tmp_path):
    made = example()
    made["bids"].pop()
    code, printed, _ = run("recompute", "-", data=json.dumps(made).encode())
    assert (code, json.loads(printed)["failed"]) == (0, "fewer_than_three")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[1, 2", b"\xff\xfe", b"nonsense", b"[" * 100_000, b"1" * 10_000, b"NaN", b"null", b"{}",
        json.dumps(changed(*SHEET, "tech", "50.1")).encode(),
        json.dumps(example()).replace('"E2": {"tech": "39.5"', '"E1": {"tech": "39.5"', 1).encode(),
        json.dumps(example()).replace('"tech": "39.5"', '"tech": "39.5", "tech": "40"', 1).encode(),
        json.dumps(example()).replace('"39.5"', "NaN", 1).encode(),
        json.dumps(example()).replace('"39.5"', "1e-999999999", 1).encode(),
    ],
    ids=range(15),
)  # fmt: skip
def test_the_command_refuses_in_one_line(data):
    code, printed, errors = run("recompute", "-", data=data)
    assert (code, printed, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("error: ")
    assert "Traceback" not in errors


def test_a_file_that_is_not_there_is_refused(tmp_path):
    code, printed, errors = run("recompute", str(tmp_path / "nothing.json"))
    assert (code, printed, errors.count("\n")) == (1, "", 1)
    assert run("recompute", str(tmp_path))[0] == 1
    for wrong in ([], ["recompute"], ["judge", "x"], ["recompute", "a", "b"]):
        assert run(*wrong)[0] == 2


def test_decimals_without_quotes_are_read_exactly():
    text = json.dumps(example()).replace('"39.5"', "39.5")
    code, printed, _ = run("recompute", "-", data=text.encode())
    assert (code, json.loads(printed)) == (0, recompute(example()))


def test_a_misspelt_member_is_noticed_but_does_no_harm():
    made = example()
    made["bids"][0]["colour"] = "red"
    made["ceilling"] = "1"
    assert sorted(unknown_members(made)) == ["bids[0].colour", "ceilling"]
    assert list(unknown_members(example())) == []
    assert list(unknown_members({"lots": [example(), made], "max_wins_per_bidder": 1})) != []
    code, printed, errors = run("recompute", "-", data=json.dumps(made).encode())
    assert (code, json.loads(printed)) == (0, recompute(example()))
    assert errors.count("\n") == 2


def test_the_command_needs_no_django():
    code = "import sys, evaluation.__main__; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
