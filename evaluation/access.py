"""Who may enter a room, see a report, read a result."""

from __future__ import annotations

import uuid
from typing import Any

from bidding.consortia import partner_ids
from bidding.selectors import bidder_ids, file_of_tender
from core.errors import NotFound
from evaluation import appraisals, blind, talks
from evaluation.models import Appraisal, Call, Member, Panel, Report, Sitting, Talk
from evaluation.selectors import is_sealed, panel_of, readable_bids, report_of, reviews_of
from evaluation.states import MemberStatus, PanelStatus
from parties.access import Actor
from parties.states import Kind
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

NEGOTIATED = frozenset(
    {TenderStatus.NEGOTIATING, TenderStatus.EVALUATED, TenderStatus.AWARDED, TenderStatus.CONTRACTED}
)


def room_to_enter(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts, Member | None]:
    """The room for its members, its host (purchaser or agency) and its region's supervisor; absent for everybody else.

    A dissolved panel is closed to its members: what they saw there is no longer theirs to judge. Experts come in when
    names are unsealed, not before.
    """
    user_id = actor.require_user()
    panel = Panel.objects.filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    tender = tendering.tender_facts(panel.tender_id)
    member = None
    if panel.status != PanelStatus.DISSOLVED:
        seats = panel.members.filter(user_id=user_id).exclude(status=MemberStatus.RECUSED)
        member = (seats.filter(expert=None) if is_sealed(panel) else seats).first()
    if member is None and not hosts(actor, tender) and not actor.oversees(tender.region):
        raise NotFound()
    return panel, tender, member


def reads_bids(actor: Actor, tender: TenderFacts, member: Member | None) -> bool:
    """Tell whether more is shown than the opening published: not to a member who has yet to declare (L-29).

    Where technical parts are scored blind, a member reads nothing before the codes are drawn, whatever desk is theirs too.
    """
    declared = member is not None and member.status == MemberStatus.DECLARED
    if member is not None and tender.blind:
        return declared and member.panel.status != PanelStatus.DRAWN
    return declared or hosts(actor, tender) or actor.oversees(tender.region)


def hosts(actor: Actor, tender: TenderFacts) -> bool:
    """Tell whether the actor's desk runs this tender."""
    return (actor.acts_as(Kind.PURCHASER) and actor.org_id == tender.purchaser_id) or (
        actor.acts_as(Kind.AGENCY) and actor.org_id is not None and actor.org_id == tender.agency_id
    )


def stream_to_view(actor: Actor, key: str) -> None:
    """Let whoever may enter the room follow its stream; others learn nothing."""
    try:
        panel_id = uuid.UUID(key)
    except ValueError:
        raise NotFound() from None
    room_to_enter(actor, panel_id)


def sitting_stream_to_view(actor: Actor, key: str) -> None:
    """Let one person's browser follow what is addressed to it, while the room is open to them and the sitting lasts."""
    user_id = actor.require_user()
    try:
        sitting = Sitting.objects.filter(pk=uuid.UUID(key), user_id=user_id, ended_at=None).first()
    except ValueError:
        raise NotFound() from None
    if sitting is None:
        raise NotFound()
    _panel, _tender, member = room_to_enter(actor, sitting.panel_id)
    if (member.pk if member is not None else None) != sitting.member_id:
        raise NotFound()


def own_call(actor: Actor, call_id: uuid.UUID) -> Call:
    """A person's own call to an evaluation; absent for everybody else."""
    rows = Call.objects.select_related("member__panel")
    call = rows.filter(pk=call_id, member__user_id=actor.require_user()).first()
    if call is None:
        raise NotFound()
    return call


def recordings_to_view(actor: Actor, panel_id: uuid.UUID) -> Panel:
    """A room whose recordings are replayed: for its region's supervisor alone."""
    return recordings_and_tender(actor, panel_id)[0]


def recordings_and_tender(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts]:
    """The same, with its tender."""
    actor.require_user()
    panel = Panel.objects.filter(pk=panel_id).first()
    tender = tendering.tender_facts(panel.tender_id) if panel is not None else None
    if panel is None or tender is None or not actor.oversees(tender.region):
        raise NotFound()
    return panel, tender


def wall_to_view(actor: Actor) -> str:
    """The region whose live rooms a supervisor sees; absent for everybody else."""
    actor.require_kind(Kind.SUPERVISOR)
    return actor.region


def wall_stream_to_view(actor: Actor, key: str) -> None:
    """Let a supervisor follow what happens in the rooms of its own region."""
    if wall_to_view(actor) != key:
        raise NotFound()


def trial_to_make(actor: Actor) -> uuid.UUID:
    """Let experts and everybody who sits on a panel try their camera and line; gives whose. Absent for everybody else.

    It names no room: who was drawn for which one may not be known yet.
    """
    user_id = actor.require_user()
    if actor.expert_id is None and not Member.objects.filter(user_id=user_id).exists():
        raise NotFound()
    return user_id


def own_talk(actor: Actor, tender_id: uuid.UUID) -> Talk:
    """A supplier's own talks with the team of a tender; absent for everybody else."""
    talk = talks.own(tender_id, actor.require_kind(Kind.SUPPLIER))
    if talk is None:
        raise NotFound()
    return talk


def left_out(actor: Actor, tender_id: uuid.UUID) -> tuple[TenderFacts, list[str]]:
    """A tender with talks in which the supplier's response did not pass the review, and why; absent for everybody else.

    Source: 财政部令第74号第三十条 (whose response is invalid is told).
    """
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    tender = tendering.tender_facts(tender_id)
    panel = panel_of(tender_id)
    if panel is None or not panel.talks.exists() or supplier_id not in bidder_ids(tender_id):
        raise NotFound()
    own = [bid.bid_id for bid in readable_bids(tender_id) if bid.supplier_id == supplier_id]
    return tender, [row.said for (bid, _), row in reviews_of(panel).items() if bid in own and not row.passed]


def talk_to_read(
    actor: Actor, panel_id: uuid.UUID, talk_id: uuid.UUID
) -> tuple[Talk, TenderFacts, Member | None]:
    """One supplier's talks, for those in the room who may read bids. Raises NotFound."""
    panel, tender, member = room_to_enter(actor, panel_id)
    talk = Talk.objects.select_related("supplier", "panel").filter(pk=talk_id, panel=panel).first()
    if talk is None or not reads_bids(actor, tender, member):
        raise NotFound()
    return talk, tender, member


def talk_stream_to_view(actor: Actor, key: str) -> None:
    """Let the team, its host, the supervisor and the one supplier follow the stream of its talks, and nobody else."""
    try:
        talk = Talk.objects.filter(pk=uuid.UUID(key)).first()
    except ValueError:
        raise NotFound() from None
    if talk is None:
        raise NotFound()
    if actor.acts_as(Kind.SUPPLIER) and actor.org_id == talk.supplier_id:
        return
    talk_to_read(actor, talk.panel_id, talk.pk)


def file_to_read(actor: Actor, panel_id: uuid.UUID, file_id: uuid.UUID) -> Any:
    """An attachment of an opened bid, for those in the room who may read bids."""
    panel, tender, member = room_to_enter(actor, panel_id)
    file = file_of_tender(panel.tender_id, file_id)
    if file is None or not reads_bids(actor, tender, member):
        raise NotFound()
    if blind.veiled(panel, member):
        seen = blind.shown(panel, tender, member)[file.bid.bid_id]
        file.name = next(one.name for one in seen.bid.files if one.id == file.pk)
    return file


def bids_to_read(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts, Member | None]:
    """The room, for those in it who may read bids."""
    panel, tender, member = room_to_enter(actor, panel_id)
    if not reads_bids(actor, tender, member):
        raise NotFound()
    return panel, tender, member


def eligibility_to_read(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts]:
    """What was found about the bidders, for those in the room who may read bids and know whose they are."""
    panel, tender, member = room_to_enter(actor, panel_id)
    if not reads_bids(actor, tender, member) or blind.veiled(panel, member):
        raise NotFound()
    return panel, tender


def eligibility_to_ask(actor: Actor, panel_id: uuid.UUID) -> TenderFacts:
    """A tender whose host asks the credit registers about its bidders, after the opening and before the award."""
    panel, tender, _ = room_to_enter(actor, panel_id)
    if not hosts(actor, tender) or panel.status in (PanelStatus.DECIDED, PanelStatus.DISSOLVED):
        raise NotFound()
    return tender


def assist_to_give(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts]:
    """A room whose members may be let in, for its host's desk and its region's supervisor; absent for whoever sits there."""
    panel, tender, member = room_to_enter(actor, panel_id)
    if member is not None or is_sealed(panel):
        raise NotFound()
    return panel, tender


def appraisals_to_give(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts, list[Appraisal]]:
    """What the actor says of the other side after an evaluation; absent for who is not asked."""
    user_id = actor.require_user()
    panel = Panel.objects.filter(pk=panel_id).first()
    rows = appraisals.own(panel, user_id, actor.org_id) if panel is not None else []
    if panel is None or not rows:
        raise NotFound()
    return panel, tendering.tender_facts(panel.tender_id), rows


def appraisals_to_read(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts, list[Appraisal]]:
    """What both sides of an evaluation said of each other, for the region's supervisor alone."""
    panel, tender, _ = room_to_enter(actor, panel_id)
    rows = appraisals.of(panel) if actor.oversees(tender.region) else []
    if not rows:
        raise NotFound()
    return panel, tender, rows


def report_to_read(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts, Member | None, Report]:
    """The report, for those in the room, once it is made."""
    panel, tender, member = room_to_enter(actor, panel_id)
    report = report_of(panel)
    if report is None:
        raise NotFound()
    return panel, tender, member, report


def result_to_read(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """A tender's result, for an organisation that bid, by itself or in a consortium."""
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    tender = tendering.tender_facts(tender_id)
    if supplier_id not in bidder_ids(tender_id) | partner_ids(tender_id):
        raise NotFound()
    return tender


def panel_to_form(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """A tender whose panel is formed, for whoever runs it."""
    return tenders.tender_to_manage(actor, tender_id)


def deal_to_read(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """A single-source procedure whose price is negotiated: for who runs it and the one supplier. Raises NotFound."""
    actor.require_user()
    tender = tendering.tender_facts(tender_id)
    named = (
        tender.sole is not None and actor.acts_as(Kind.SUPPLIER) and actor.org_id == tender.sole.supplier_id
    )
    if tender.sole is None or tender.status not in NEGOTIATED or not (named or hosts(actor, tender)):
        raise NotFound()
    return tender


def tender_to_award(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """A tender, for its purchaser alone."""
    return tenders.tender_to_own(actor, tender_id)
