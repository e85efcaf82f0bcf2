"""Declare the size of an enterprise (中小企业声明函).   Source: 财库〔2020〕46号; 工信部联企业〔2011〕300号."""

from __future__ import annotations

from django.db import transaction

from core import clock
from core.audit.services import record
from core.law.sme import size_of, thresholds_of
from core.money import Yuan
from parties.access import Actor
from parties.models import Organisation, SizeStatement
from parties.selectors import SizeFacts, size_facts
from parties.states import Kind


@transaction.atomic
def declare_size(
    *,
    actor: Actor,
    industry: str,
    staff: int | None = None,
    revenue: Yuan | None = None,
    assets: Yuan | None = None,
) -> SizeFacts:
    """Declare last year's measures of the actor's enterprise; its size follows from them and stands in the register.

    The measures of the industry must be given; the others may be. Raises NotFound, SignInFirst (no supplier's desk),
    SizeUnknown.
    """
    org_id = actor.require_kind(Kind.SUPPLIER)
    thresholds_of(industry)
    size = size_of(industry, staff=staff, revenue=revenue, assets=assets)
    organisation = Organisation.objects.select_for_update().get(pk=org_id)

    row = SizeStatement.objects.create(
        organisation=organisation,
        industry=industry,
        staff=staff,
        revenue_fen=revenue.fen if revenue is not None else None,
        assets_fen=assets.fen if assets is not None else None,
        size=size,
        made_by=actor.label,
        made_at=clock.now(),
    )
    organisation.size = size
    organisation.save(update_fields=["size"])
    record(
        actor=actor.label,
        verb="declare_size",
        subject=f"organisation.{org_id}",
        rule="S-09",
        industry=industry,
        size=size.value,
    )
    return size_facts(row)
