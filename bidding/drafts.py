"""What a shared draft is made of, who is named for it, and who may read or write which part of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from bidding import desk
from bidding.models import Draft, DraftKey, DraftPart, DraftPerson, DraftSection
from bidding.sealing.encoding import labelled
from core.errors import NotFound, gettext_noop
from parties.access import Actor
from parties.selectors import PersonFacts, people_of
from parties.states import Kind, Role
from tendering import selectors as tenders
from tendering.facts import LotFacts, TenderFacts

REST, PRICE = "rest", "price"
#: A section is read by the same people, and belongs to one envelope of a tender that has two.
ENVELOPE_OF = {REST: "technical", PRICE: "price"}
ALL = "*"
WRITERS = frozenset({Role.ADMIN, Role.HANDLER, Role.APPROVER})
KEPT_AFTER_END = timedelta(days=14)
"""How long a team can still read its drafts for a procedure that was cancelled or failed: another may follow soon."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that one person writes at a time; `title` is a message id, `about` the tender's own words."""

    name: str
    section: str
    title: str
    about: str = ""
    anchor: str = ""


def catalogue(tender: TenderFacts, lot: LotFacts) -> list[Part]:
    """Give the parts of a bid for a lot, in the order of its page."""
    answers = [(must.id, must.name) for must in desk.musts(tender, lot)]
    answers += [(row.id, row.name) for row in tender.criteria if row.kind not in desk.MUST]
    return [
        Part("price", PRICE, gettext_noop("Prices"), anchor="prices"),
        Part("price-files", PRICE, gettext_noop("Attachments that show prices"), anchor="files"),
        Part("terms", REST, gettext_noop("Terms"), anchor="terms"),
        *(
            Part(f"answer.{key}", REST, gettext_noop("Response"), name, anchor=f"response-{key}")
            for key, name in answers
        ),
        Part("files", REST, gettext_noop("Attachments"), anchor="files"),
    ]


@dataclass(frozen=True, slots=True)
class Person:
    """One who is named for a draft and works at the desk now; without `recipient` they have no draft key yet."""

    user_id: uuid.UUID
    name: str
    email: str
    owner: bool
    sees_price: bool
    writes: tuple[str, ...]
    recipient: str
    key_id: str

    def reads(self, section: str) -> bool:
        """Tell whether the person is named to read a section."""
        return section == REST or self.sees_price

    def may_write(self, part: Part) -> bool:
        """Tell whether the person is named to write a part."""
        return self.reads(part.section) and (ALL in self.writes or part.name in self.writes)


@dataclass(frozen=True, slots=True)
class Team:
    """A draft with those who are named for it and still work there; `gone` are named and do not."""

    draft: Draft
    people: tuple[Person, ...]
    gone: tuple[str, ...]

    @property
    def kept_days(self) -> int:
        """How many days it stays after the procedure has been cancelled or has failed."""
        return KEPT_AFTER_END.days

    def person(self, user_id: uuid.UUID | None) -> Person | None:
        """Give one of the people, or None."""
        return next((one for one in self.people if one.user_id == user_id), None)

    def readers(self, section: str) -> dict[str, str]:
        """Give the people with a key who are named to read a section: user id -> key id."""
        return {str(one.user_id): one.key_id for one in self.people if one.recipient and one.reads(section)}


def key_id_of(user_id: uuid.UUID, recipient: str) -> str:
    """Give the hash that binds a recipient to a person; its beginning is the fingerprint people compare."""
    return labelled("draft-person", str(user_id).encode(), recipient.encode()).hex()


def colleagues(org_id: uuid.UUID) -> dict[uuid.UUID, PersonFacts]:
    """Give who may work on bids at a desk now."""
    return {one.user_id: one for one in people_of(org_id) if one.role in WRITERS}


def team_of(draft: Draft) -> Team:
    """Give the people of a draft; whoever has left the desk is not among them."""
    here = colleagues(draft.supplier_id)
    rows = list(DraftPerson.objects.filter(draft=draft).select_related("user").order_by("named_at", "pk"))
    keys = {row.user_id: row for row in DraftKey.objects.filter(user_id__in=[row.user_id for row in rows])}
    people = tuple(
        Person(
            user_id=row.user_id,
            name=here[row.user_id].name,
            email=here[row.user_id].email,
            owner=row.user_id == draft.owner_id,
            sees_price=row.sees_price,
            writes=tuple(row.writes),
            recipient=keys[row.user_id].recipient if row.user_id in keys else "",
            key_id=keys[row.user_id].key_id if row.user_id in keys else "",
        )
        for row in rows
        if row.user_id in here
    )
    return Team(draft, people, tuple(row.user.name for row in rows if row.user_id not in here))


def to_read(actor: Actor, draft_id: uuid.UUID) -> tuple[Team, Person]:
    """Give a draft for one who is named for it and works at its desk now. Raises NotFound."""
    team = _at_desk(actor, draft_id)
    me = team.person(actor.user_id)
    if me is None:
        raise NotFound()
    return team, me


def to_manage(actor: Actor, draft_id: uuid.UUID) -> Team:
    """Give a draft for its owner or an administrator of its organisation. Raises NotFound."""
    team = _at_desk(actor, draft_id)
    if not manages(actor, team):
        raise NotFound()
    return team


def to_see(actor: Actor, draft_id: uuid.UUID) -> Team:
    """Give a draft's team for one who is named for it, or who may name others. Raises NotFound."""
    team = _at_desk(actor, draft_id)
    if team.person(actor.user_id) is None and not manages(actor, team):
        raise NotFound()
    return team


def manages(actor: Actor, team: Team) -> bool:
    """Tell whether the actor names who works on the draft."""
    return actor.user_id == team.draft.owner_id or actor.role == Role.ADMIN


def _at_desk(actor: Actor, draft_id: uuid.UUID) -> Team:
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    draft = Draft.objects.filter(pk=draft_id, supplier_id=supplier_id).first()
    if draft is None:
        raise NotFound()
    return team_of(draft)


def joined(actor: Actor, tender_id: uuid.UUID, lot: str) -> tuple[Team | None, bool]:
    """Give the shared draft of a lot if the actor is named for it, and whether the actor sees the price in it."""
    draft = Draft.objects.filter(tender_id=tender_id, lot=lot, supplier_id=actor.org_id).first()
    team = team_of(draft) if draft else None
    me = team.person(actor.user_id) if team else None
    return (team, me.sees_price) if me else (None, True)


def parts_of(team: Team) -> list[Part]:
    """Give the parts of a draft under the tender as it stands now."""
    tender = tenders.tender_facts(team.draft.tender_id)
    lot = tender.lot(team.draft.lot)
    if lot is None:
        raise NotFound()
    return catalogue(tender, lot)


def state(team: Team, me: Person) -> dict[str, Any]:
    """Give what the page of `me` needs to know about a draft, with no section that `me` does not read."""
    named = {one.user_id: one.name for one in team.people}
    sections = {
        row.name: {
            "generation": row.generation,
            "envelope": row.envelope,
            "readers": row.readers,
            "now": team.readers(row.name),
        }
        for row in DraftSection.objects.filter(draft=team.draft)
        if me.reads(row.name)
    }
    for name in (REST, PRICE):
        if me.reads(name):
            empty = {"generation": 0, "envelope": "", "readers": {}, "now": team.readers(name)}
            sections.setdefault(name, empty)
    written = DraftPart.objects.filter(draft=team.draft).select_related("written_by")
    rows = written.only("name", "section", "version", "written_at", "written_by", "written_by__name")
    return {
        "draft": str(team.draft.pk),
        "me": str(me.user_id),
        "owner": me.owner,
        "people": [
            {
                "user": str(one.user_id),
                "name": one.name,
                "recipient": one.recipient,
                "sees_price": one.sees_price,
            }
            for one in team.people
        ],
        "sections": sections,
        "parts": {
            row.name: {
                "section": row.section,
                "version": row.version,
                "at": row.written_at.isoformat(),
                "by": named.get(row.written_by_id, row.written_by.name),
            }
            for row in rows
        },
        "writes": [part.name for part in parts_of(team) if me.may_write(part)],
    }


def params(actor: Actor, team: Team, session: str | None) -> dict[str, Any]:
    """Give what the scripts of a draft's pages need: whose key, for which session, and addresses.

    In the addresses `PART` and `UPLOAD` stand for names.
    """
    nothing = uuid.UUID(int=0)
    file = reverse("bidding:draft_file", args=[team.draft.pk, nothing])
    return {
        "user": str(actor.user_id),
        "session": salted_hmac("bidding.drafts", session or "").hexdigest()[:16],
        "rp_id": settings.RP_ID,
        "key_url": reverse("bidding:draft_key"),
        "member": team.person(actor.user_id) is not None,
        "team": {
            "state": reverse("bidding:draft_state", args=[team.draft.pk]),
            "part": reverse("bidding:draft_part", args=[team.draft.pk, "PART"]),
            "section": reverse("bidding:draft_section", args=[team.draft.pk, "PART"]),
            "file": file.replace(str(nothing), "UPLOAD"),
            "uploads": reverse("bidding:uploads"),
        },
    }


def overview(team: Team) -> list[dict[str, Any]]:
    """Give the parts with who writes them and what was written by whom, when; no length and no content."""
    written = {
        row.name: row
        for row in DraftPart.objects.filter(draft=team.draft)
        .select_related("written_by")
        .defer("content", "uploads")
    }
    return [
        {
            "part": part,
            "writers": [one.name for one in team.people if one.may_write(part)],
            "written": written.get(part.name),
        }
        for part in parts_of(team)
    ]
