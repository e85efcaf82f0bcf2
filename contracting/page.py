"""A contract as one line of dated acts, what comes next, and the rules beside its dates."""

from __future__ import annotations

import re
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from contracting import rules
from contracting.alteration_notice import number_of
from contracting.alteration_rules import may_change
from contracting.facts import ContractFacts
from contracting.selectors import alterations_of, law_of, supplements_of
from contracting.services.extras import PERFORMED, room_for_supplements
from contracting.states import (
    ALTERATION_GLYPHS,
    ALTERATION_WORDS,
    BOND_WORDS,
    RESULT_WORDS,
    AlterationStatus,
    ContractStatus,
    Party,
    Result,
)
from core.errors import gettext_noop
from core.law.rule import Rule
from core.templatetags.ui import money_text

C = ContractStatus
_SIDES = {
    Party.PURCHASER: gettext_noop("Signed by the purchaser"),
    Party.SUPPLIER: gettext_noop("Signed by the supplier"),
}
_PARTNER = gettext_noop("Signed by a member of the consortium")


def acts(contract: ContractFacts) -> list[dict[str, Any]]:
    """Give what has happened and what is to come, for the timeline component."""
    rows: list[dict[str, Any]] = [
        {
            "at": contract.formed_at,
            "title": gettext("Terms frozen"),
            "who": shown_name(contract.formed_by),
            "proof": contract.terms_hash,
        }
    ]
    rows += [
        {
            "at": row.at,
            "title": gettext(_PARTNER if row.member else _SIDES[Party(row.party)]),
            "who": shown_name(row.person),
            "kind": "signed",
        }
        for row in contract.signatures
    ]
    if contract.status == C.FORMED:
        rows.append(
            {
                "at": contract.sign_due_at,
                "title": gettext("Both sides have signed by then"),
                "state": "now",
                "rule": chip(contract, rules.SIGN),
            }
        )
        return rows
    if contract.notice_id is not None:
        rows.append(
            {
                "at": contract.published_at,
                "title": gettext("Contract notice published"),
                "detail": gettext("Late: after the legal period.") if contract.published_late else "",
                "url": reverse("portal:notice", args=[contract.notice_id]),
                "kind": "done",
                "rule": chip(contract, rules.PUBLISH),
            }
        )
    elif contract.notice_due_at is not None:
        rows.append(
            {
                "at": contract.notice_due_at,
                "title": gettext("The contract notice is public by then"),
                "state": "now",
                "rule": chip(contract, rules.PUBLISH),
            }
        )
    rows += _performance(contract)
    return rows


def _performance(contract: ContractFacts) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"at": row.at, "title": gettext("Delivered"), "who": shown_name(row.actor), "detail": row.note}
        for row in contract.deliveries
    ]
    for row in contract.acceptances:
        alone = "" if row.separated else gettext("The desk had nobody else to accept.")
        rows.append(
            {
                "at": row.at,
                "title": gettext("Acceptance: %(result)s")
                % {"result": gettext(RESULT_WORDS[Result(row.result)])},
                "who": shown_name(row.actor),
                "detail": " ".join(filter(None, (row.opinion, alone))),
                "url": reverse("portal:notice", args=[row.notice_id]) if row.notice_id else "",
                "kind": "failed" if row.result == Result.FAILED else "done",
            }
        )
    rows += [
        {
            "at": row.at,
            "title": gettext("Paid %(amount)s") % {"amount": money_text(row.amount)},
            "who": shown_name(row.actor),
            "detail": row.reference,
            "url": reverse("portal:notice", args=[row.notice_id]) if row.notice_id else "",
        }
        for row in contract.payments
    ]
    rows.sort(key=lambda row: row["at"])
    coming = {
        C.SIGNED: gettext("Delivery"),
        C.DELIVERED: gettext("Acceptance"),
        C.ACCEPTED: gettext("Payment"),
    }
    if contract.status in coming:
        rows.append({"at": None, "title": coming[C(contract.status)], "state": "next"})
    return rows


def shown_name(label: str) -> str:
    """Give the person and the desk of an actor's label, without the mail address."""
    return re.sub(r" <[^<>]*>", "", label)


def next_step(
    contract: ContractFacts, side: Party | None, partner: str = "", *, publishes: bool = False
) -> dict[str, Any] | None:
    """Give the sentence and the deadline of the next step; None when nothing is to come.

    `partner` is the reader's credit code where its desk is a partner of a consortium; `publishes`: it may publish.
    """
    status = C(contract.status)
    if status == C.FORMED:
        signs = Party.SUPPLIER if partner else side
        mine = signs is not None and contract.signature_of(signs, partner) is None
        text = (
            gettext("Read the terms, then sign them with your passkey.")
            if mine
            else gettext("The other side signs.")
        )
        return {"text": text, "due": contract.sign_due_at, "sign": mine}
    if status in (C.SIGNED, C.DELIVERED, C.ACCEPTED) and contract.notice_id is None:
        text = gettext("Publish the contract: it is due within the legal period after signing.")
        return {"text": text, "due": contract.notice_due_at, "publish": publishes}
    sentence = {
        (C.SIGNED, Party.SUPPLIER): gettext("Deliver, then report it below."),
        (C.DELIVERED, Party.PURCHASER): gettext(
            "Check the delivery clause by clause, then record the result below."
        ),
        (C.ACCEPTED, Party.PURCHASER): gettext("Pay the rest and record it below."),
    }
    waiting = {
        C.SIGNED: gettext("The supplier delivers."),
        C.DELIVERED: gettext("The purchaser accepts the delivery."),
        C.ACCEPTED: gettext("The purchaser pays."),
    }
    if status not in waiting:
        return None
    own = sentence.get((status, side)) if side is not None else None
    return {"text": own or waiting[status]}


def extras(contract: ContractFacts, side: Party | None) -> dict[str, Any]:
    """Give what stands beside the contract: its bond and supplements, their caps, and what the purchaser can add."""
    law = law_of(contract.id)
    buyer = side == Party.PURCHASER
    original = not contract.source.startswith(rules.SUPPLEMENT_SOURCE)
    running = C(contract.status) in PERFORMED
    changes = alterations_of(contract.id)
    return {
        "supplements": supplements_of(contract.id) if original else [],
        "alterations": [
            {
                "one": row,
                "number": number_of(contract, row.no),
                "word": gettext(ALTERATION_WORDS[row.status]),
                "glyph": ALTERATION_GLYPHS[row.status],
            }
            for row in changes
        ],
        "may_alter": side is not None
        and may_change(contract)
        and all(row.status != AlterationStatus.PROPOSED for row in changes),
        "room": room_for_supplements(contract),
        "may_supplement": buyer and original and running,
        "bond_cap": law.cap(rules.BOND, contract.amount),
        "bond_word": gettext(BOND_WORDS[contract.bond.kind]) if contract.bond else "",
        "may_take_bond": buyer and contract.bond is None and (running or contract.status == C.FORMED),
        "may_return_bond": buyer and contract.bond is not None and contract.bond.returned_at is None,
        "supplement_rule": chip(contract, rules.supplement_rule(contract.method)),
        "bond_rule": chip(contract, rules.BOND),
    }


def chips(contract: ContractFacts) -> list[dict[str, Any]]:
    """Give the rules that govern this contract's dates."""
    found = [
        (gettext("Sign within"), rules.SIGN),
        (gettext("Publish within"), rules.PUBLISH),
        (gettext("Pay within"), rules.PAY),
    ]
    return [
        {"label": label, "rule": made}
        for label, rule_id in found
        for made in [chip(contract, rule_id)]
        if made is not None
    ]


def chip(contract: ContractFacts, rule_id: str) -> dict[str, Any] | None:
    """Give a rule of the contract's own law as the chip shows it, or None where it has no such rule."""
    law = law_of(contract.id)
    return _shown(law.cite(rule_id)) if law.has(rule_id) else None


def _shown(rule: Rule) -> dict[str, Any]:
    units = {
        "day": gettext("days"),
        "workday": gettext("working days"),
        "second": gettext("seconds"),
        "minute": gettext("minutes"),
    }
    return {
        "id": rule.id,
        "value": str(rule.value),
        "unit": units.get(rule.unit, rule.unit),
        "citation": rule.citation,
        "certainty": rule.certainty.value,
    }
