"""Look at a score again after the reveal: on a ground of the law, agreed by the panel, changed by its own member, signed."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import NotFound, WrongState, gettext_noop
from core.transitions import follow
from evaluation import rechecks, rules
from evaluation.models import Member, Panel, Recheck, RecheckOpinion, Score, Sheet
from evaluation.selectors import (
    RECHECK_RULE,
    cells_of,
    grounds_of,
    members_of,
    sheet_digest,
    stored_ground,
)
from evaluation.services.panels import seat_of
from evaluation.services.scoring import ReasonMissing
from evaluation.states import RECHECK_STEPS, MemberStatus, RecheckStatus
from parties.access import Actor
from parties.services import inbox, signing
from realtime.services import push
from tendering import selectors as tendering


@transaction.atomic
def raise_score(
    *, actor: Actor, panel_id: uuid.UUID, member_id: uuid.UUID, bid_id: uuid.UUID, criterion: str, reason: str
) -> Recheck:
    """Say, as a member, that a judgement is abnormally high or low: the panel finds whether it is.

    The law's other grounds cannot arise or need no finding: sums and bounds are the platform's, and who differs on a fact
    corrects it (`scoring.correct`). Raises NotFound (also for a score of a fact), WrongState, ReasonMissing.
    Source: 财政部令第87号第六十四条第四项.
    """
    panel, member = _judge(actor, panel_id)
    row = Score.objects.filter(sheet__member_id=member_id, bid_id=bid_id, criterion=criterion).first()
    judged = {
        (cell.bid_id, cell.criterion.id) for cell in cells_of(panel) if cell.criterion.kind == "subjective"
    }
    owner = next((one for one in members_of(panel) if one.pk == member_id), None)
    if row is None or owner is None or (bid_id, criterion) not in judged:
        raise NotFound()
    if not reason.strip():
        raise ReasonMissing(gettext_noop("Say why this score is to be looked at again."))
    if panel.rechecks.filter(
        member=owner,
        bid_id=bid_id,
        criterion=criterion,
        status__in=[RecheckStatus.RAISED, RecheckStatus.AGREED],
    ).exists():
        raise WrongState(gettext_noop("The panel is looking at this score already."), rule=RECHECK_RULE)
    recheck = Recheck.objects.create(
        panel=panel,
        member=owner,
        bid_id=bid_id,
        criterion=criterion,
        ground=ground_of(panel, rechecks.EXTREME),
        reason=reason.strip()[:500],
        raised_by=member,
        before=row.value,
    )
    _say_so(actor, recheck, "raise_score", reason=recheck.reason)
    return recheck


@transaction.atomic
def agree(*, actor: Actor, panel_id: uuid.UUID, recheck_id: uuid.UUID, agrees: bool) -> Recheck:
    """Say, as a member, whether the score is abnormally high or low; the majority decides. Raises NotFound, WrongState.

    Source: 财政部令第87号第六十一条 (少数服从多数), 第六十四条.
    """
    panel, member = _judge(actor, panel_id)
    recheck = _open(panel, recheck_id)
    follow(RECHECK_STEPS, recheck.status, "agree")
    RecheckOpinion.objects.update_or_create(
        recheck=recheck, member=member, defaults={"agrees": agrees, "at": clock.now()}
    )
    said = list(recheck.opinions.values_list("agrees", flat=True))
    needed = len(members_of(panel)) // 2 + 1
    if said.count(True) >= needed:
        recheck.status = RecheckStatus(follow(RECHECK_STEPS, recheck.status, "agree").target)
        recheck.save(update_fields=["status"])
        inbox.assign(
            key=f"room.{panel.pk}.recheck.{recheck.pk}",
            user_id=recheck.member.user_id,
            title=gettext_noop("Look again at a score of yours for “%(tender)s”"),
            why=gettext_noop(
                "The panel finds it abnormally high or low: change it, or keep it with your reason."
            ),
            url=f"/rooms/{panel.pk}/",
            rule=RECHECK_RULE,
            tender=tendering.tender_facts(panel.tender_id).title,
        )
    elif said.count(False) >= needed:
        recheck.status = RecheckStatus(follow(RECHECK_STEPS, recheck.status, "dismiss").target)
        recheck.settled_at = clock.now()
        recheck.save(update_fields=["status", "settled_at"])
    _say_so(actor, recheck, "agree", agrees=agrees, status=recheck.status)
    return recheck


@transaction.atomic
def draft(*, actor: Actor, panel_id: uuid.UUID, recheck_id: uuid.UUID, value: str, reason: str) -> Recheck:
    """Write down, as the member whose score it is, the score that shall stand (the same one, too) and why; it is signed next.

    Raises NotFound, WrongState, BadScore, ReasonMissing.
    """
    panel, member = _judge(actor, panel_id)
    recheck = _own(panel, member, recheck_id)
    follow(RECHECK_STEPS, recheck.status, "draft_change")
    highest = next(
        cell.criterion.max
        for cell in cells_of(panel)
        if (cell.bid_id, cell.criterion.id) == (recheck.bid_id, recheck.criterion)
    )
    points = rules.score(value, highest)
    if not reason.strip():
        raise ReasonMissing(gettext_noop("Say why the score is changed, or why it stands."))
    recheck.after, recheck.answer = points, reason.strip()[:500]
    recheck.digest = rechecks.digest_of(recheck)
    recheck.save(update_fields=["after", "answer", "digest"])
    _say_so(actor, recheck, "draft_change", told=False)
    return recheck


@transaction.atomic
def settle(*, actor: Actor, panel_id: uuid.UUID, recheck_id: uuid.UUID, credential: Any) -> Recheck:
    """Sign the score that shall stand: the sheet has it from then on. Raises NotFound, WrongState, NotSigned."""
    panel, member = _judge(actor, panel_id)
    recheck = _own(panel, member, recheck_id)
    step = follow(RECHECK_STEPS, recheck.status, "settle")
    if recheck.after is None:
        raise WrongState(gettext_noop("Write down the score that shall stand first."), rule=step.rule)
    signature = signing.finish(
        actor.require_user(), bytes.fromhex(recheck.digest), credential, purpose=rechecks.purpose_of(recheck)
    )
    sheet = Sheet.objects.select_for_update().get(member=member)
    sheet.scores.filter(bid_id=recheck.bid_id, criterion=recheck.criterion).update(
        value=recheck.after, reason=recheck.answer, saved_at=clock.now()
    )
    sheet.digest = sheet_digest(sheet)
    sheet.save(update_fields=["digest"])
    recheck.status, recheck.signature = RecheckStatus(step.target), dict(signature)
    recheck.settled_at = clock.now()
    recheck.save()
    _say_so(
        actor,
        recheck,
        step.verb,
        before=f"{recheck.before:.2f}",
        after=f"{recheck.after:.2f}",
        change=recheck.digest,
        sheet=sheet.digest,
    )
    inbox.finish(f"room.{panel.pk}.recheck.{recheck.pk}")
    return recheck


def ground_of(panel: Panel, code: str) -> dict[str, str]:
    """Give one of the law's grounds as a record keeps it."""
    tender = tendering.tender_facts(panel.tender_id)
    return stored_ground(next(one for one in grounds_of(tender, RECHECK_RULE) if one.code == code))


def _judge(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, Member]:
    panel, member = seat_of(actor, panel_id)
    if member.status != MemberStatus.DECLARED:
        raise NotFound()
    if panel.status != rechecks.stage(panel):
        raise WrongState(
            gettext_noop("Scores are corrected after the reveal and before the report."), rule=RECHECK_RULE
        )
    return panel, member


def _open(panel: Panel, recheck_id: uuid.UUID) -> Recheck:
    recheck = Recheck.objects.select_for_update().filter(pk=recheck_id, panel=panel).first()
    if recheck is None:
        raise NotFound()
    return recheck


def _own(panel: Panel, member: Member, recheck_id: uuid.UUID) -> Recheck:
    recheck = _open(panel, recheck_id)
    if recheck.member_id != member.pk:
        raise NotFound()
    return recheck


def _say_so(actor: Actor, recheck: Recheck, verb: str, *, told: bool = True, **facts: Any) -> None:
    record(
        actor=actor.label,
        verb=verb,
        subject=f"room.{recheck.panel_id}",
        rule=RECHECK_RULE,
        recheck=str(recheck.pk),
        bid=str(recheck.bid_id),
        criterion=recheck.criterion,
        **facts,
    )
    if told:
        push(f"room.{recheck.panel_id}", "score.corrected", recheck=str(recheck.pk), act=verb)
