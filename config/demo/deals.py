"""Contracts of the demonstration: signed by both sides, published, delivered, accepted, paid."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from config.demo.province import Province
from config.demo.scripts import Reach, Script
from contracting.selectors import contract_facts
from contracting.services import contracts, performance
from contracting.states import Result
from core.money import Yuan
from parties.access import Actor

FIRST_PAYMENT = Decimal("0.6")


def fulfil(province: Province, script: Script, contract_ids: list[uuid.UUID]) -> Iterator[datetime]:
    """Tell what becomes of the contracts of one award."""
    yield province.time.later(script.signed_after, 10)
    for contract_id in contract_ids:
        supplier, buyer = _sides(province, script, contract_id)
        for side in (supplier, buyer):
            terms = contract_facts(contract_id).terms_hash
            touched = province.touch(side, bytes.fromhex(terms), contracts.purpose_of(contract_id))
            contracts.sign(actor=side, contract_id=contract_id, credential=touched)
    if script.reach == Reach.CONTRACTED:
        return
    yield province.time.later(24, 14)
    for contract_id in contract_ids:
        supplier, _ = _sides(province, script, contract_id)
        performance.deliver(actor=supplier, contract_id=contract_id, note="已按合同清单全部送达并安装调试。")
    if script.reach == Reach.DELIVERED:
        return
    yield province.time.later(5, 10)
    for contract_id in contract_ids:
        performance.accept(
            actor=province.actors[script.purchaser],
            contract_id=contract_id,
            result=Result.PASSED,
            opinion="逐项清点并抽样测试，数量、型号与技术参数均符合合同约定。",
        )
    for number, share in ((1, FIRST_PAYMENT), (2, None)):
        yield province.time.later(12, 11)
        for contract_id in contract_ids:
            facts = contract_facts(contract_id)
            amount = facts.amount.capped(share) if share else facts.amount - facts.paid
            _pay(
                province.actors[script.purchaser],
                contract_id,
                amount,
                f"ZF{facts.contract_no[-12:]}-{number}",
            )


def _sides(province: Province, script: Script, contract_id: uuid.UUID) -> tuple[Actor, Actor]:
    """Give who signs for the supplier and for the purchaser: there, somebody else than who ran the procedure."""
    facts = contract_facts(contract_id)
    roles = {offer.role for offer in script.offers}
    supplier = next(
        province.actors[role] for role in roles if province.actors[role].org_id == facts.supplier_id
    )
    return supplier, province.colleague(script.purchaser)


def _pay(buyer: Actor, contract_id: uuid.UUID, amount: Yuan, reference: str) -> None:
    performance.pay(actor=buyer, contract_id=contract_id, amount=amount, reference=reference)
