"""Form, sign and publish contracts (合同订立与公告)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import notices, rules
from contracting.access import may_publish, partner_of, side_of
from contracting.change_notice import change_notice
from contracting.facts import ContractFacts, ContractTerms
from contracting.models import Contract, Signature
from contracting.selectors import contract_facts, facts_of, law_of, supplements_of
from contracting.services.duties import SEPARATION, PostsNotSeparated, lock, writers
from contracting.states import CONTRACT_STEPS, ContractStatus, Party
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.timers import services as timers
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.eligibility import Case, decide
from parties.selectors import newest_answers, organisation_facts, records_of
from parties.services import credit, inbox, signing
from parties.states import Kind
from planning import services as planning
from planning.selectors import publishing_desk


class TermsIncomplete(Invalid):
    """The terms are no contract yet; `errors` names each field."""

    code = "terms-incomplete"
    title = gettext_noop("The contract is not complete")


class OtherTerms(Conflict):
    """A contract with other terms was formed from this source already."""

    code = "other-terms"
    title = gettext_noop("There is a contract already, with other terms")


class AlreadySigned(Conflict):
    """This side has signed."""

    code = "already-signed"
    title = gettext_noop("Your side has signed this contract already")


class Suspended(Conflict):
    """The procedure of the contract is suspended: nobody signs until that ends."""

    code = "procurement-suspended"
    title = gettext_noop("The procurement is suspended")


class SupplierExcluded(Conflict):
    """Something stands against the supplier's taking part, now that the contract is to be signed."""

    code = "supplier-excluded"
    title = gettext_noop("The supplier may not take part in government procurement")


class AlreadyPublished(Conflict):
    """The contract notice is public."""

    code = "already-published"
    title = gettext_noop("The contract notice is published already")


@transaction.atomic
def form(*, actor: Actor, terms: ContractTerms, source: str) -> ContractFacts:
    """Freeze the terms of a contract born of `source`, such as `award.<uuid>`, and ask both sides to sign.

    One contract per source: a second call with the same terms gives the contract there is, with others raises
    OtherTerms. Signing is due by L-20, counted from `terms.letter_at`. Raises TermsIncomplete.
    Source: 《政府采购法》第四十三条, 第四十六条.
    """
    now = clock.now()
    errors = rules.missing_from_terms(terms)
    if not source.strip():
        errors["source"] = gettext_noop("This is missing from the contract.")
    if errors:
        raise TermsIncomplete(errors=errors, fields=", ".join(errors))
    purchaser, supplier = organisation_facts(terms.purchaser_id), organisation_facts(terms.supplier_id)
    said = rules.payload(
        terms,
        source=source,
        parties={
            side: {"name": org.name, "credit_code": org.credit_code}
            for side, org in ((Party.PURCHASER.value, purchaser), (Party.SUPPLIER.value, supplier))
        },
    )
    terms_hash = digest(said).hex()
    present = Contract.objects.filter(source=source).first()
    if present is not None:
        if present.terms_hash != terms_hash:
            raise OtherTerms(contract=str(present.pk))
        return contract_facts(present.pk)

    row = Contract.objects.create(
        contract_no=terms.contract_no,
        title=terms.title,
        title_en=terms.title_en,
        source=source,
        ocid=terms.ocid,
        award_id=terms.award_id,
        project_no=terms.project_no,
        project_title=terms.project_title,
        purchaser_id=terms.purchaser_id,
        supplier_id=terms.supplier_id,
        agency_id=terms.agency_id,
        amount=terms.amount.amount,
        region=terms.region,
        method=terms.method,
        category=terms.category,
        terms=said,
        terms_hash=terms_hash,
        budget_line_id=terms.budget_line_id,
        budget_source=terms.budget_source,
        handler_id=terms.handler_id,
        when_signed=terms.when_signed,
        public_service=terms.public_service,
        sandbox=terms.sandbox,
        law_as_of=terms.law.as_of,
        law_digest=terms.law.digest,
        law_snapshot=terms.law.snapshot(),
        formed_by=actor.label,
        formed_at=now,
        letter_at=terms.letter_at,
        sign_due_at=terms.law.end_of(rules.SIGN, terms.letter_at, binding=False).ends_at,
    )
    record(
        actor=actor.label,
        verb="form_contract",
        subject=f"contract.{row.pk}",
        rule="L-20",
        source=source,
        amount=str(terms.amount),
        terms_hash=terms_hash,
    )
    for code, name in _suppliers(facts_of(row)).items():
        credit.ask_if_possible(actor=actor, credit_code=code, name=name, purpose=credit_purpose(row.pk))
    for party, member, org_id in (
        (Party.PURCHASER, "", row.purchaser_id),
        (Party.SUPPLIER, "", row.supplier_id),
        *(
            (Party.SUPPLIER, one.credit_code, one.supplier_id)
            for one in (terms.consortium.partners if terms.consortium else ())
        ),
    ):
        inbox.assign(
            key=_to_sign(row, party, member),
            title=gettext_noop("Sign the contract “%(contract)s”"),
            url=reverse("contracting:contract", args=[row.pk]),
            org_id=org_id,
            kind=_KINDS[party],
            why=gettext_noop("The award letter has gone out; both sides sign within the legal period."),
            due_at=row.sign_due_at,
            rule=rules.SIGN,
            contract=row.title,
        )
    return contract_facts(row.pk)


def purpose_of(contract_id: UUID) -> str:
    """Give the purpose under which a passkey signs this contract."""
    return f"contract.{contract_id}"


@transaction.atomic
def sign(*, actor: Actor, contract_id: UUID, credential: Mapping[str, Any] | str) -> ContractFacts:
    """Sign for one's side with a passkey, over the hash of the frozen terms (`parties.services.signing`).

    Of a consortium every member signs. With the last signature the money is committed and the period of the notice
    begins; if it is the purchaser's, the notice is published at once, else the purchaser is asked to, or the agency that
    publishes contracts by its agreement. A late signature
    counts and is shown as late. Raises NotFound (no side of this person), WrongState, Suspended, AlreadySigned,
    SupplierExcluded, PostsNotSeparated, NotSigned, OverBudget.   Source: 《政府采购法》第四十六条; 《实施条例》第五十条.
    """
    now = clock.now()
    row = lock(contract_id)
    facts = contract_facts(contract_id)
    partner = partner_of(actor, facts)
    side = Party.SUPPLIER if partner else side_of(actor, facts)
    if side is None or actor.user_id is None:
        raise NotFound()
    step = follow(CONTRACT_STEPS, row.status, "sign")
    if row.held_until is not None and now < row.held_until:
        raise Suspended(
            gettext_noop("It is suspended until %(until)s, or until the supervisor lets it go on."),
            rule="L-27.suspend_max",
            until=row.held_until.isoformat(),
        )
    if facts.signature_of(side, partner) is not None:
        raise AlreadySigned(rule=step.rule)
    _may_contract(facts, now)
    if any(other.user_id == actor.user_id for other in facts.signatures):
        raise PostsNotSeparated(gettext_noop("One person does not sign for both sides."), rule="L-20")
    if side == Party.PURCHASER and rules.must_be_another(
        actor.user_id, {row.handler_id}, writers(row.purchaser_id)
    ):
        raise PostsNotSeparated(
            gettext_noop("Who ran the procurement does not review its contract."), rule=SEPARATION
        )
    signed = signing.sign_terms(actor, row.terms_hash, credential, purpose=purpose_of(row.pk))

    Signature.objects.create(contract=row, party=side, member=partner, at=now, **signed)
    record(
        actor=actor.label,
        verb="sign_contract",
        subject=f"contract.{row.pk}",
        rule=step.rule,
        side=str(side),
        **({"member": partner} if partner else {}),
        terms_hash=row.terms_hash,
    )
    inbox.finish(_to_sign(row, side, partner))
    if contract_facts(contract_id).all_signed:
        _conclude(row, actor, now)
        if side == Party.PURCHASER and publishing_desk(row.budget_source, "contract") is None:
            _publish(row, actor)
        else:
            _ask_to_publish(row)
    return contract_facts(row.pk)


def _may_contract(contract: ContractFacts, now: datetime) -> None:
    """Refuse to conclude a contract with a supplier that may not take part any more."""
    law = law_of(contract.id)
    names = _suppliers(contract)
    records, answers = records_of(names), newest_answers(credit_purpose(contract.id))
    for code, name in names.items():
        answer = answers.get(code)
        case = Case(
            day=beijing_date(now), records=tuple(records[code]), listed=answer.listed if answer else ()
        )
        for finding in decide(case, at=now, law=law):
            raise SupplierExcluded(
                gettext_noop(
                    "Something stands against %(supplier)s. Say that the contract will not be concluded."
                ),
                rule=finding.rule,
                supplier=name,
                finding=finding.code,
            )


def _to_sign(row: Contract, party: Party, member: str) -> str:
    return f"contract.{row.pk}.sign.{party}" + (f".{member}" if member else "")


def _suppliers(contract: ContractFacts) -> dict[str, str]:
    """Give the names of all who are party on the supplier's side, by credit code."""
    found = [organisation_facts(one) for one in contract.supplier_ids]
    return {one.credit_code: one.name for one in found}


def credit_purpose(contract_id: UUID) -> str:
    """Give the purpose under which credit queries for a contract are kept."""
    return f"contract.{contract_id}"


@transaction.atomic
def publish(*, actor: Actor, contract_id: UUID) -> ContractFacts:
    """Publish the contract notice; late publication is possible and marked as late.

    By the purchaser, or by the agency that its agreement names for contracts; what both sides have signed needs no other
    approval of the purchaser. Raises NotFound, WrongState before both have signed, AlreadyPublished, NoticeIncomplete.
    Source: 《政府采购法实施条例》第五十条; 财库〔2017〕86号.
    """
    row = lock(contract_id)
    if not may_publish(actor, contract_facts(contract_id)):
        raise NotFound()
    if row.signed_at is None:
        follow(CONTRACT_STEPS, row.status, "publish")
    if row.notice_id is not None:
        raise AlreadyPublished(notice=str(row.notice_id))
    _publish(row, actor)
    return contract_facts(row.pk)


@transaction.atomic
def void(*, actor: Actor, contract_id: UUID, reason: str) -> ContractFacts:
    """Say that the contract will not be concluded, because a side refuses to sign; needs a reason.

    Whom the terms' `when_signed` names is told in the same way as of a signature.
    Raises NotFound, WrongState, Invalid.   Source: 《实施条例》第四十九条; 第七十一条.
    """
    row = lock(contract_id)
    side = side_of(actor, contract_facts(contract_id))
    if side is None:
        raise NotFound()
    follow(CONTRACT_STEPS, row.status, "void")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})

    _end(row, actor, reason, side=str(side))
    if row.when_signed:
        timers.schedule(verb=row.when_signed, subject=row.source, due_at=clock.now())
    return contract_facts(row.pk)


@transaction.atomic
def suspend(*, actor: Actor, ocid: str, until: datetime | None) -> int:
    """Keep the contracts of a process from being signed until an instant; None lets them be signed again. Gives their number.

    Source: 《政府采购法》第五十七条.
    """
    rows = list(Contract.objects.select_for_update().filter(ocid=ocid, status=ContractStatus.FORMED))
    for row in rows:
        row.held_until = until
        row.save(update_fields=["held_until"])
        record(
            actor=actor.label,
            verb="suspend_contract" if until else "resume_contract",
            subject=f"contract.{row.pk}",
            rule="L-27.suspend_max",
            until=until.isoformat() if until else "",
        )
    return len(rows)


@transaction.atomic
def annul(*, actor: Actor, contract_id: UUID, reason: str) -> ContractFacts:
    """Say that the contract will not be concluded, because its award does not stand. Raises NotFound, WrongState (signed).

    Source: 《政府采购法实施条例》第七十一条; 财政部令第94号第三十二条.
    """
    row = lock(contract_id)
    if row.status != ContractStatus.VOID:
        _end(row, actor, reason)
    return contract_facts(row.pk)


def _end(row: Contract, actor: Actor, reason: str, **facts: str) -> None:
    step = follow(CONTRACT_STEPS, row.status, "void")
    before, row.status = row.status, ContractStatus(step.target)
    row.save(update_fields=["status"])
    record(
        actor=actor.label,
        verb="void_contract",
        subject=f"contract.{row.pk}",
        rule=step.rule,
        **{"from": before, "to": str(step.target), "reason": reason.strip(), **facts},
    )
    if row.budget_source and row.source.startswith(rules.SUPPLEMENT_SOURCE):
        planning.release(actor_label=actor.label, source=row.budget_source)
    inbox.finish_all(f"contract.{row.pk}.")
    for org_id, kind in ((row.purchaser_id, Kind.PURCHASER), (row.supplier_id, Kind.SUPPLIER)):
        inbox.tell(
            key=f"contract.{row.pk}.void.{kind}",
            title=gettext_noop("The contract “%(contract)s” is not concluded"),
            url=reverse("contracting:contract", args=[row.pk]),
            org_id=org_id,
            kind=kind,
            why=reason.strip(),
            contract=row.title,
        )


_KINDS = {Party.PURCHASER: Kind.PURCHASER, Party.SUPPLIER: Kind.SUPPLIER}


def _conclude(row: Contract, actor: Actor, now: datetime) -> None:
    step = follow(CONTRACT_STEPS, row.status, "conclude")
    before, row.status = row.status, ContractStatus(step.target)
    row.signed_at = now
    row.notice_due_at = law_of(row.pk).end_of(rules.PUBLISH, now, binding=False).ends_at
    row.save(update_fields=["status", "signed_at", "notice_due_at"])
    if row.budget_source:
        planning.commit(actor_label=actor.label, source=row.budget_source, amount=facts_of(row).amount)
    record(
        actor=actor.label,
        verb="conclude_contract",
        subject=f"contract.{row.pk}",
        rule=step.rule,
        late=now >= row.sign_due_at,
        **{"from": before, "to": str(step.target)},
    )
    if row.when_signed:
        timers.soon(verb=row.when_signed, subject=row.source)


def _publish(row: Contract, actor: Actor) -> None:
    payload = _notice(contract_facts(row.pk))
    notice = publish_notice(actor=actor, **payload)
    row.notice_id, row.published_at = notice.id, notice.published_at
    row.save(update_fields=["notice_id", "published_at"])
    record(
        actor=actor.label,
        verb="publish_contract",
        subject=f"contract.{row.pk}",
        rule="L-20",
        notice=str(notice.id),
        late=payload["facts"]["late"],
    )
    inbox.finish(f"contract.{row.pk}.publish")
    inbox.tell(
        key=f"contract.{row.pk}.concluded",
        title=gettext_noop("The contract “%(contract)s” is signed and public"),
        url=reverse("contracting:contract", args=[row.pk]),
        org_id=row.supplier_id,
        kind=Kind.SUPPLIER,
        contract=row.title,
    )


def _notice(contract: ContractFacts) -> dict[str, Any]:
    """Give what is published of a signed contract; of a supplement the change of the contract that it supplements."""
    now = clock.now()
    found = rules.supplemented(contract.source)
    if found is None:
        return notices.contract_notice(contract, published_at=now)
    original, law = contract_facts(found), law_of(contract.id)
    rule = rules.supplement_rule(original.method)
    earlier = [row for row in supplements_of(found) if row.signed_at is not None and row.id != contract.id]
    return change_notice(
        contract,
        original,
        earlier,
        cap=law.cap(rule, original.amount),
        rule=law.cite(rule),
        published_at=now,
    )


def _ask_to_publish(row: Contract) -> None:
    agency = publishing_desk(row.budget_source, "contract")
    inbox.assign(
        key=f"contract.{row.pk}.publish",
        title=gettext_noop("Publish the contract “%(contract)s”"),
        url=reverse("contracting:contract", args=[row.pk]),
        org_id=agency or row.purchaser_id,
        kind=Kind.AGENCY if agency else Kind.PURCHASER,
        why=gettext_noop("Both sides have signed; the contract is to be public within the legal period."),
        due_at=row.notice_due_at,
        rule=rules.PUBLISH,
        contract=row.title,
    )
