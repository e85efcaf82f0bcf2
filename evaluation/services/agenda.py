"""Move the agenda on: begin the review, begin scoring, stop; and who is in the room."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.transitions import follow
from evaluation import blind
from evaluation.models import Call, Panel
from evaluation.selectors import cells_to_score, compliance, readable_bids, stored, unreviewed
from evaluation.services import calling, eligibility, rounds, voiding
from evaluation.services.panels import check_complete, host_of, seat_of
from evaluation.states import PANEL_STEPS, WAITING, MemberStatus
from parties.access import Actor
from parties.services import inbox
from realtime.services import push
from tendering.states import TenderStatus

AWAY_AFTER_SECONDS = 45
"""A page says every 20 seconds that its member is there; two missed words mean away."""


@transaction.atomic
def advance(*, actor: Actor, panel_id: uuid.UUID, verb: str) -> Panel:
    """Move the agenda on as its host: `begin_review` when all have declared, `begin_scoring` when all is reviewed.

    Raises NotFound, WrongState.   Source: 财政部令第87号第四十四条, 第五十条.
    """
    panel, tender = host_of(actor, panel_id)
    if verb not in {"begin_review", "begin_scoring"}:
        raise NotFound()
    step = follow(PANEL_STEPS, panel.status, verb)
    active = panel.members.exclude(status=MemberStatus.RECUSED)
    if verb == "begin_review" and (
        active.count() < panel.size or active.exclude(status=MemberStatus.DECLARED).exists()
    ):
        raise WrongState(gettext_noop("Not every member has declared yet."), rule=step.rule)
    if verb == "begin_scoring" and (missing := unreviewed(panel)):
        raise WrongState(
            gettext_noop("%(count)s conditions are not reviewed yet."), rule=step.rule, count=len(missing)
        )
    if verb == "begin_review":
        eligibility.ask_all(actor=actor, tender=tender, again=False)
        if tender.blind and not panel.codes:
            panel.codes = blind.drawn(readable_bids(tender.id))
    else:
        eligibility.none_passed_who_may_not_bid(tender, compliance(panel, tender))

    if verb == "begin_scoring":
        if tender.rounds:
            rounds.may_score(panel, tender)
        check_complete(panel)
        cells = stored(cells_to_score(panel, tender))
        voiding.refit(panel, cells)
        panel.cells = cells
    elif panel.began_at is None:
        panel.began_at = clock.now()
    panel.status = step.target
    panel.save(update_fields=["status", "cells", "apart", "began_at", "codes"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=step.rule,
        cells=digest(panel.cells).hex(),
        **({"codes": digest(panel.codes).hex()} if panel.codes else {}),
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.finish(f"room.{panel.pk}.begin")
    inbox.finish(f"tender.{tender.id}.finals")
    if verb == "begin_scoring":
        for member in active:
            calling.ask_to_score(panel, tender, member)
    return panel


@transaction.atomic
def dissolve(*, actor: Actor, panel_id: uuid.UUID, reason: str) -> Panel:
    """Stop the panel's work because a member is lost; its opinions are void and a new panel is to be formed.

    By the host, before the report is signed. Scores that were private stay so. Raises NotFound, WrongState, Invalid.
    Source: 财政部令第87号第四十九条.
    """
    panel, tender = host_of(actor, panel_id)
    step = follow(PANEL_STEPS, panel.status, "dissolve")
    if panel.technical is not None:
        raise WrongState(
            gettext_noop(
                "The technical result is logged and prices are known: no new panel could judge the technical part. "
                "The tender can only be ended."
            ),
            rule=step.rule,
        )
    if tender.rounds and tender.status != TenderStatus.OPENED:
        raise WrongState(
            gettext_noop(
                "The talks have begun: no new team could know what was said. The tender can only be ended."
            ),
            rule=step.rule,
        )
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why the panel cannot go on.")})

    panel.status = step.target
    panel.save(update_fields=["status"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=step.rule,
        reason=reason.strip(),
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    for call in Call.objects.filter(
        member__panel=panel, member__status=MemberStatus.INVITED, status__in=WAITING
    ).select_related("member"):
        calling.settle(panel, call, "drop", "room")
    inbox.finish_all(f"room.{panel.pk}.")
    inbox.assign(
        key=f"tender.{tender.id}.panel.{panel.pk}",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Form the panel for “%(tender)s”"),
        why=gettext_noop("The panel before was dissolved; its opinions are void."),
        url=reverse("evaluation:panel", args=[tender.id]),
        rule=step.rule,
        tender=tender.title,
    )
    return panel


@transaction.atomic
def present(*, actor: Actor, panel_id: uuid.UUID) -> None:
    """Say that a member is in the room; others are told when somebody comes back after a while."""
    panel, member = seat_of(actor, panel_id, pausing=False)
    now = clock.now()
    came = member.seen_at is None or (now - member.seen_at).total_seconds() > AWAY_AFTER_SECONDS
    member.seen_at = now
    member.save(update_fields=["seen_at"])
    if came:
        record(actor=actor.label, verb="enter", subject=f"room.{panel.pk}", member=str(member.pk))
        push(f"room.{panel.pk}", "member.present", member=str(member.pk))
