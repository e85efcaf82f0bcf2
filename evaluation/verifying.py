"""Check a report against everything it rests on: what anybody who may read it can repeat, by program too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.audit.selectors import entries_of
from core.canonical import digest
from core.errors import gettext_noop
from evaluation import questions, rechecks, talks
from evaluation.models import Member, Panel, Report, Round
from evaluation.scoring.recompute import recompute
from evaluation.selectors import lots_of, members_of, reviews_of, sheet_digest
from evaluation.states import QuestionKind, RecheckStatus
from parties.services import signing
from tendering import selectors as tendering

WORDS: dict[str, str] = {
    "digest": gettext_noop("The report is not the one whose digest was signed."),
    "sheet": gettext_noop("The scores or reasons of this sheet are not those that were submitted."),
    "result": gettext_noop("The result does not follow from its inputs."),
    "inputs": gettext_noop("The inputs of the result are not those of the record."),
    "review": gettext_noop("What was found of this condition is not what the report says."),
    "committed": gettext_noop("This sheet changed after the technical result was logged."),
    "signature": gettext_noop("This signature is not under this report."),
    "dissent": gettext_noop("This dissent is not what its member wrote beside the signature."),
    "declaration": gettext_noop("This member’s declaration is not what was signed."),
    "correction": gettext_noop("This corrected price is not what its bidder signed."),
    "answer": gettext_noop("This answer is not what its bidder signed."),
    "question": gettext_noop("This question, its answer or the opinions on it are not what the report says."),
    "recheck": gettext_noop(
        "This change of a score is not what its member signed, or not what the report says."
    ),
    "deviations": gettext_noop("The scores that stand out are not those that the report names."),
    "minutes": gettext_noop("The minutes of this talk are not what both sides signed."),
    "rounds": gettext_noop("The talks or the changes of the document are not what the report says."),
}
"""What each kind of flaw means; which one it is stands after the dot of its name."""


def flaws(panel: Panel, report: Report) -> list[str]:
    """Name what does not fit: sheets, conditions, result, every signature that the report rests on, and the report's own.

    Empty for a sound report; a name is a kind of `WORDS`, with what it is about after a dot.
    """
    members = members_of(panel)
    found: list[str] = []
    if digest(report.body).hex() != report.digest:
        found.append("digest")
    for member in members:
        if report.body["sheets"].get(f"E{member.position}") != sheet_digest(member.sheet):
            found.append(f"sheet.E{member.position}")
    if any(recompute(lot["case"]) != lot["result"] for lot in report.body["lots"]):
        found.append("result")
    tender = tendering.tender_facts(panel.tender_id)
    drawn = {lot["lot"]: lot["case"]["draw"] for lot in report.body["lots"] if "draw" in lot["case"]}
    if lots_of(panel, tender, drawn) != report.body["lots"]:
        found.append("inputs")
    if panel.technical is not None:
        found += [f"committed.{seat}" for seat in _changed_since(panel.technical, report)]
    found += _reviews(panel, report)
    found += _declarations(panel, members)
    found += _answers(panel, report)
    found += _rechecks(panel, report)
    if "rounds" in report.body:
        found += _talks(panel, report)
    return found + list(_signatures(panel, report))


def _changed_since(technical: dict[str, Any], report: Report) -> list[str]:
    """Name the seats whose sheets are no longer those that the log committed to before the prices were opened."""
    if report.body.get("technical") != technical:
        return ["report"]
    before, now = technical["sheets"], report.body["sheets"]
    return sorted(seat for seat in before if now.get(seat) != before[seat])


def _reviews(panel: Panel, report: Report) -> Iterator[str]:
    said = {(row["bid"], row["criterion"]): row for row in report.body["reviews"]}
    now = {(str(bid), criterion): row for (bid, criterion), row in reviews_of(panel).items()}
    for key in sorted(said.keys() | now.keys()):
        old, row = said.get(key), now.get(key)
        same = (
            old is not None
            and row is not None
            and (old["passed"], old["reason"], old.get("ground", {})) == (row.passed, row.reason, row.ground)
        )
        if not same:
            yield "review." + ".".join(key)


def _declarations(panel: Panel, members: list[Member]) -> Iterator[str]:
    for member in members:
        said = member.statement or {}
        body = said.get("body", {})
        own = (body.get("panel"), body.get("member")) == (str(panel.pk), str(member.pk))
        if not own or not signing.verify(said.get("signature") or {}, digest(body)):
            yield f"declaration.E{member.position}"


def _answers(panel: Panel, report: Report) -> Iterator[str]:
    """Name the answers that are not as signed, and the questions that are not as the report gives them.

    One that was still open when the report was made may have been answered since: of it only what was asked is compared.
    """
    rows, now, said = questions.of(panel), questions.for_report(panel), report.body.get("questions", [])
    for row in rows:
        if row.answered_at is not None and not signing.verify(row.signature or {}, digest(row.body)):
            kind = "correction" if row.kind == QuestionKind.CORRECTION else "answer"
            yield f"{kind}.{row.pk}"
    if len(said) != len(now):
        yield "question.count"
    asked = ("bid", "kind", "asked", "asked_at", "due_at")
    for row, new, old in zip(rows, now, said, strict=False):
        names = new.keys() | old.keys() if old["answered_at"] or old["opinions"] else asked
        if any(new.get(name) != old.get(name) for name in names):
            yield f"question.{row.pk}"


def _rechecks(panel: Panel, report: Report) -> Iterator[str]:
    """Name the rechecks that are not as signed or reported; who corrects a fact after the reveal signs the report alone."""
    now, rows = rechecks.for_report(panel), rechecks.of(panel)
    said = report.body.get("rechecks", [])
    looked = now.get("rechecks", [])
    if len(said) != len(looked):
        yield "recheck.count"
    for place, row in enumerate(rows):
        changed = row.status == RecheckStatus.SETTLED and row.ground.get("code") == rechecks.EXTREME
        bad = changed and not signing.verify(row.signature or {}, digest(rechecks.body_of(row)))
        if bad or place >= len(said) or said[place] != looked[place]:
            yield f"recheck.{row.pk}"
    if now.get("deviations", []) != report.body.get("deviations", []):
        yield "deviations"


def _talks(panel: Panel, report: Report) -> Iterator[str]:
    for talk in talks.of(panel):
        yield from (f"minutes.{talk.pk}.{row.number}" for row in talk.rounds.all() if not _as_signed(row))
    if _nameless(talks.for_report(panel)) != _nameless(report.body["rounds"]):
        yield "rounds"


def _as_signed(row: Round) -> bool:
    if digest(row.body).hex() != row.digest or row.body != talks.body_of(row):
        return False
    return all(signing.verify(one["signature"], bytes.fromhex(row.digest)) for one in row.signatures.values())


def _nameless(rounds: Mapping[str, Any]) -> list[str]:
    """Give what the talks came to without the names of suppliers, which may change in the register."""
    held = [digest([row["left"], row["rounds"]]).hex() for row in rounds["talks"]]
    changes = [
        digest({**row, "responses": sorted(row["responses"].values())}).hex() for row in rounds["changes"]
    ]
    return sorted(held) + changes


def _signatures(panel: Panel, report: Report) -> Iterator[str]:
    """Name the signatures that are not the report's; a dissent stands beside one, and in the audit log as it was given."""
    acts = entries_of(f"room.{panel.pk}").filter(verb="sign_report").values_list("facts", flat=True)
    given = {facts.get("member"): facts.get("dissent", "") for facts in acts}
    for row in report.signatures.all():
        if not signing.verify(row.signature, bytes.fromhex(report.digest)):
            yield f"signature.E{row.member.position}"
        if row.dissent != given.get(str(row.member_id)):
            yield f"dissent.E{row.member.position}"


def explained(found: list[str]) -> list[dict[str, str]]:
    """Give each flaw with what its kind means (a message id)."""
    return [{"name": name, "means": WORDS[name.split(".", 1)[0]]} for name in found]
