"""Reads of evidence and of who stands behind organisations: frozen facts, for this package's pages and for others."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from core import clock
from core.workdays import beijing_date
from parties.eligibility import Link, Proof
from parties.models import Evidence, Holder, Organisation
from parties.states import EVIDENCE_WORDS, Hold


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """One piece of evidence; `sha256` is of its document, or of its declaration."""

    id: uuid.UUID
    organisation_id: uuid.UUID
    condition: str
    title: str
    issuer: str
    statement: str
    valid_from: date
    valid_until: date | None
    name: str
    stored_as: str
    sha256: str
    withdrawn_at: datetime | None

    @property
    def proof(self) -> Proof:
        """Give what the decision needs of it."""
        return Proof(self.condition, self.valid_from, self.valid_until)


def _facts(row: Evidence) -> EvidenceFacts:
    names = EvidenceFacts.__dataclass_fields__
    return EvidenceFacts(**{name: getattr(row, name) for name in names})


def held_at(org_ids: Collection[uuid.UUID], at: datetime) -> dict[uuid.UUID, list[EvidenceFacts]]:
    """Give the evidence that each of these organisations had in the register at an instant, valid or not."""
    found: dict[uuid.UUID, list[EvidenceFacts]] = {org_id: [] for org_id in org_ids}
    rows = Evidence.objects.filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=at), organisation_id__in=list(org_ids), added_at__lte=at
    )
    for row in rows:
        found[row.organisation_id].append(_facts(row))
    return found


def conditions_of(org_id: uuid.UUID) -> list[dict[str, Any]]:
    """Give the six conditions with their evidence now; `proven` when a piece of it is valid today."""
    today = beijing_date(clock.now())
    held = held_at([org_id], clock.now())[org_id]
    found = []
    for condition in EVIDENCE_WORDS:
        rows = [row for row in held if row.condition == condition]
        proven = any(row.proof.proves(today) for row in rows)
        found.append(
            {
                "condition": condition,
                "rows": [{"row": row, "valid": row.proof.proves(today)} for row in rows],
                "proven": proven,
            }
        )
    return found


def holders_of(org_ids: Collection[uuid.UUID]) -> list[Holder]:
    """List who holds or manages these organisations, what has ended last."""
    rows = Holder.objects.filter(organisation_id__in=list(org_ids))
    return sorted(rows, key=lambda row: (row.until is not None, row.since))


def links_between(org_ids: Collection[uuid.UUID], day: date) -> dict[uuid.UUID, list[Link]]:
    """Give what ties each of these organisations to another of them on a day, by what they declared; two queries.

    The same person responsible, or one directly holding or managing the other, is what the law names; a common holder is
    only something to look at.   Source: 《政府采购法实施条例》第十八条.
    """
    orgs = {row.pk: row for row in Organisation.objects.filter(pk__in=list(org_ids))}
    held: dict[uuid.UUID, list[Holder]] = defaultdict(list)
    for row in Holder.objects.filter(Q(until=None) | Q(until__gt=day), organisation__in=orgs, since__lte=day):
        held[row.organisation_id].append(row)
    found: dict[uuid.UUID, list[Link]] = {org_id: [] for org_id in org_ids}
    for one in orgs.values():
        for other in orgs.values():
            if one.pk != other.pk:
                found[one.pk] += _links(one, other, held)
    return {
        org_id: sorted(rows, key=lambda row: (not row.direct, row.other)) for org_id, rows in found.items()
    }


def _links(one: Organisation, other: Organisation, held: dict[uuid.UUID, list[Holder]]) -> list[Link]:
    links = []
    if one.responsible_key and one.responsible_key == other.responsible_key:
        links.append(Link(other.name, Hold.PERSON, True))
    pairs = ((held[one.pk], other.credit_code), (held[other.pk], one.credit_code))
    links += [Link(other.name, row.hold, True) for rows, code in pairs for row in rows if row.key == code]
    theirs = {row.key for row in held[other.pk]}
    if not links and any(row.key in theirs for row in held[one.pk]):
        links.append(Link(other.name, Hold.PARENT, False))
    return links
