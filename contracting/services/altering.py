"""Change a signed contract without changing money (合同变更): proposed by one side, signed by both, published at once.

The supplier's side signs first, every member of a consortium; the purchaser's signature concludes and publishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import alteration_rules as rules
from contracting.access import partner_of, side_of
from contracting.alteration_facts import AlterationFacts
from contracting.alteration_notice import alteration_notice, number_of
from contracting.alteration_rules import Wanted
from contracting.facts import ContractFacts
from contracting.models import Alteration, AlterationSignature
from contracting.rules import must_be_another
from contracting.selectors import alterations_of, contract_facts, law_of, supplements_of
from contracting.services.duties import SEPARATION, PostsNotSeparated, lock, writers
from contracting.states import ALTERATION_STEPS, AlterationStatus, Party
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, WrongState, gettext_noop
from core.law.duties import duty
from core.money import Yuan
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.eligibility import Case, decide
from parties.selectors import organisation_facts, records_of
from parties.services import inbox, signing
from parties.states import Kind


class SubcontractorExcluded(Conflict):
    """Something stands against a subcontractor's taking part."""

    code = "subcontractor-excluded"
    title = gettext_noop("The subcontractor may not take part in government procurement")


def purpose_of(alteration_id: UUID) -> str:
    """Give the purpose under which a passkey signs a change of a contract."""
    return f"alteration.{alteration_id}"


@transaction.atomic
def propose(*, actor: Actor, contract_id: UUID, wanted: Wanted) -> AlterationFacts:
    """Propose a change, by either side, and ask for the signatures.

    Only the delivery, its last day, specifications and subcontracts can change, before anything is delivered, and one
    change at a time. Raises NotFound, WrongState, Conflict (one is open), Invalid, SubcontractorExcluded.
    Source: 《政府采购法》第四十八条, 第五十条; 财政部令第87号第七十一条.
    """
    row = lock(contract_id)
    contract = contract_facts(contract_id)
    side = side_of(actor, contract)
    if side is None:
        raise NotFound()
    if not rules.may_change(contract):
        raise WrongState(
            gettext_noop("A contract is changed after both have signed it and before it is delivered."),
            rule=rules.ALTER,
        )
    earlier = alterations_of(contract_id)
    if any(one.status == AlterationStatus.PROPOSED for one in earlier):
        raise Conflict(gettext_noop("Another change of this contract waits for signatures."))
    errors = rules.wrong_with(contract, wanted, _codes(contract))
    if errors:
        raise Invalid(errors=errors)
    before, after = rules.differences(contract, wanted)
    _may_work(contract, after.get("subcontracts", ()))

    terms = rules.payload(contract, len(earlier) + 1, wanted)
    made = Alteration.objects.create(
        contract=row,
        no=len(earlier) + 1,
        ground=wanted.ground,
        reason=wanted.reason.strip(),
        before=before,
        after=after,
        terms=terms,
        terms_hash=digest(terms).hex(),
        proposed_by=actor.label,
        proposed_side=side,
        proposed_at=clock.now(),
    )
    record(
        actor=actor.label,
        verb="propose_alteration",
        subject=contract.key,
        rule=rules.ALTER,
        number=made.no,
        ground=wanted.ground,
        parts=sorted(after),
        terms_hash=made.terms_hash,
    )
    for org_id, member in _suppliers(contract):
        _ask(contract, made, Party.SUPPLIER, org_id, member)
    return _facts(made)


@transaction.atomic
def sign(*, actor: Actor, contract_id: UUID, no: int, credential: Mapping[str, Any] | str) -> AlterationFacts:
    """Sign a change with a passkey; the purchaser's signature, the last, makes it hold and publishes it.

    Raises NotFound, WrongState (not its turn, decided, or delivered meanwhile), PostsNotSeparated, SubcontractorExcluded,
    NotSigned.
    """
    row = lock(contract_id)
    contract = contract_facts(contract_id)
    partner = partner_of(actor, contract)
    side = Party.SUPPLIER if partner else side_of(actor, contract)
    made = _locked(contract_id, no)
    if side is None:
        raise NotFound()
    follow(ALTERATION_STEPS, made.status, "sign")
    now, facts = clock.now(), _facts(made)
    if not rules.may_change(contract):
        raise WrongState(gettext_noop("The contract is delivered meanwhile."), rule=rules.ALTER)
    if facts.signed_by(side, partner) or (side == Party.PURCHASER and _waiting(contract, facts)):
        raise WrongState(
            gettext_noop("The supplier signs first, then the purchaser; each side once."), rule=rules.ALTER
        )
    if any(other.user_id == actor.user_id for other in facts.signatures):
        raise PostsNotSeparated(gettext_noop("One person does not sign for both sides."), rule="L-20")
    if side == Party.PURCHASER and must_be_another(
        actor.require_user(), {row.handler_id}, writers(row.purchaser_id)
    ):
        raise PostsNotSeparated(
            gettext_noop("Who ran the procurement does not review its contract."), rule=SEPARATION
        )
    _may_work(contract, made.after.get("subcontracts", ()))
    signed = signing.sign_terms(actor, made.terms_hash, credential, purpose=purpose_of(made.pk))
    AlterationSignature.objects.create(alteration=made, party=side, member=partner, at=now, **signed)
    record(
        actor=actor.label,
        verb="sign_alteration",
        subject=contract.key,
        rule=rules.ALTER,
        number=no,
        side=str(side),
        terms_hash=made.terms_hash,
    )
    inbox.finish(_task(made, side, partner))
    if side == Party.SUPPLIER:
        if not _waiting(contract, _facts(made)):
            _ask(contract, made, Party.PURCHASER, contract.purchaser_id, "")
        return _facts(made)

    step = follow(ALTERATION_STEPS, made.status, "agree")
    specs = {**row.altered.get("specs", {}), **made.after.get("specs", {})}
    row.altered = {**row.altered, **made.after, **({"specs": specs} if specs else {})}
    row.save(update_fields=["altered"])
    made.status, made.ended_at = AlterationStatus(step.target), now
    made.save(update_fields=["status", "ended_at"])
    amounts = [
        contract.amount,
        *(one.amount for one in supplements_of(contract_id) if one.signed_at is not None),
    ]
    notice = publish_notice(
        actor=actor,
        **alteration_notice(
            contract_facts(contract_id),
            _facts(made),
            amount=Yuan.total(amounts),
            basis=duty(rules.CONSENT if set(made.after) == {"subcontracts"} else rules.ALTER),
            agreed_at=now,
        ),
    )
    made.notice_id = notice.id
    made.save(update_fields=["notice_id"])
    record(
        actor=actor.label, verb="agree_alteration", subject=contract.key, rule=step.rule, number=no,
        notice=str(notice.id),
    )  # fmt: skip
    for org_id, _ in _suppliers(contract):
        inbox.tell(
            key=f"alteration.{made.pk}.agreed.{org_id}",
            title=gettext_noop("The change of “%(contract)s” is agreed and public"),
            url=reverse("contracting:contract", args=[contract_id]),
            org_id=org_id,
            kind=Kind.SUPPLIER,
            contract=contract.title,
        )
    return _facts(made)


@transaction.atomic
def refuse(*, actor: Actor, contract_id: UUID, no: int, reason: str) -> AlterationFacts:
    """Say that a change is not agreed, or give one's own proposal up; the contract stays.

    Raises NotFound, WrongState, Invalid.
    """
    lock(contract_id)
    contract = contract_facts(contract_id)
    side = Party.SUPPLIER if partner_of(actor, contract) else side_of(actor, contract)
    made = _locked(contract_id, no)
    if side is None:
        raise NotFound()
    step = follow(ALTERATION_STEPS, made.status, "refuse")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    made.status, made.ended_at, made.ended_reason = AlterationStatus(step.target), clock.now(), reason.strip()
    made.save(update_fields=["status", "ended_at", "ended_reason"])
    record(
        actor=actor.label, verb="refuse_alteration", subject=contract.key, rule=step.rule, number=no,
        side=str(side), reason=reason.strip(),
    )  # fmt: skip
    inbox.finish_all(f"alteration.{made.pk}.")
    for org_id, kind in ((contract.purchaser_id, Kind.PURCHASER), (contract.supplier_id, Kind.SUPPLIER)):
        inbox.tell(
            key=f"alteration.{made.pk}.refused.{kind}",
            title=gettext_noop("The change of “%(contract)s” is not agreed"),
            url=reverse("contracting:contract", args=[contract_id]),
            org_id=org_id,
            kind=kind,
            why=reason.strip(),
            contract=contract.title,
        )
    return _facts(made)


def waits_for(
    contract: ContractFacts, alteration: AlterationFacts, side: Party | None, member: str = ""
) -> bool:
    """Tell whether a change waits for the signature of a side, or of a partner of a consortium."""
    if alteration.status != AlterationStatus.PROPOSED or side is None:
        return False
    if side == Party.PURCHASER and _waiting(contract, alteration):
        return False
    return not alteration.signed_by(side, member)


def _waiting(contract: ContractFacts, alteration: AlterationFacts) -> list[str]:
    """Give the members of the supplier's side that have not signed; the lead is empty."""
    return [member for _, member in _suppliers(contract) if not alteration.signed_by(Party.SUPPLIER, member)]


def _suppliers(contract: ContractFacts) -> list[tuple[UUID, str]]:
    partners = contract.consortium.partners if contract.consortium else ()
    return [(contract.supplier_id, ""), *((one.supplier_id, one.credit_code) for one in partners)]


def _codes(contract: ContractFacts) -> list[str]:
    return [organisation_facts(one).credit_code for one in contract.supplier_ids]


def _may_work(contract: ContractFacts, rows: Iterable[Mapping[str, str]]) -> None:
    """Refuse subcontractors against whom a record stands today; whom the contract names already stays."""
    named = {one.credit_code for one in contract.subcontracts}
    names = {row["credit_code"]: row["name"] for row in rows if row["credit_code"] not in named}
    if not names:
        return
    now, law = clock.now(), law_of(contract.id)
    for code, records in records_of(names).items():
        for finding in decide(Case(day=beijing_date(now), records=tuple(records)), at=now, law=law):
            raise SubcontractorExcluded(
                gettext_noop("Something stands against %(supplier)s taking work on."),
                rule=finding.rule,
                supplier=names[code],
                finding=finding.code,
            )


def _locked(contract_id: UUID, no: int) -> Alteration:
    row = Alteration.objects.select_for_update().filter(contract_id=contract_id, no=no).first()
    if row is None:
        raise NotFound()
    return row


def _facts(row: Alteration) -> AlterationFacts:
    return next(one for one in alterations_of(row.contract_id) if one.id == row.pk)


def _task(row: Alteration, party: Party, member: str) -> str:
    return f"alteration.{row.pk}.sign.{party}" + (f".{member}" if member else "")


def _ask(contract: ContractFacts, row: Alteration, party: Party, org_id: UUID, member: str) -> None:
    inbox.assign(
        key=_task(row, party, member),
        title=gettext_noop("Sign the change %(number)s of “%(contract)s”, or say that you do not agree"),
        url=reverse("contracting:alteration", args=[contract.id, row.no]),
        org_id=org_id,
        kind=Kind.SUPPLIER if party == Party.SUPPLIER else Kind.PURCHASER,
        why=gettext_noop("A signed contract changes only with both signatures; it is published at once."),
        rule=rules.ALTER,
        number=number_of(contract, row.no),
        contract=contract.title,
    )
