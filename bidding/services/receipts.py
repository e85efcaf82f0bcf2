"""Receipts: the platform's signed word at once, its place in the transparency log with the next batch (R11).

Leaves go into the log in batches of one size at one interval, filled with dummies, so that the log's growth tells
neither how many bidders there are nor when they come.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from bidding import keepers, signing
from bidding.models import Bid, Receipt, Ticket
from bidding.sealing.encoding import canonical, labelled
from bidding.sealing.objects import Keeper
from bidding.sealing.shape import write_instant
from bidding.sealing.signatures import WEBAUTHN
from bidding.sealing.statements import BidderKey
from core.audit.services import Act, End, record_all
from core.audit.services import record as record_act
from core.errors import NotFound
from core.ledger import selectors as log
from core.ledger import services as ledger
from core.ledger.key import log_signer
from core.timers import services as timers
from core.writes import Insert
from parties.access import Actor
from parties.assertion import decode
from tendering import selectors as tenders
from tendering.facts import BidTerms

BATCH_LEAVES = 4
BATCH_EVERY = timedelta(seconds=5) if settings.SANDBOX else timedelta(seconds=60)
TIMER = "bidding.batch"


_WRITE = Insert(Receipt)


def issue(
    ticket: Ticket,
    bid: Bid,
    tender: BidTerms,
    *,
    by: Act,
    key: bytes | None = None,
    after: End | None = None,
) -> Receipt:
    """Sign the receipt of an accepted ticket, in the transaction that decides it, and record it after the act `by`.

    `key`: what the ticket's signature was just verified with, where its bidder waits for the receipt. `after` as in
    `record_all`.
    """
    salt = secrets.token_bytes(32)
    leaf_hash = labelled("leaf", salt, bytes.fromhex(ticket.record_hash))
    policy = tender.sealing["lots"][ticket.lot][ticket.envelope]["policy"]
    body = {
        "type": "mingcai/v1/receipt",
        "log_origin": policy["log_origin"],
        "record_hash": ticket.record_hash,
        "signed_record": ticket.signed_record,
        "arrival": write_instant(ticket.arrival),
        "keepers": tender.sealing["keepers"],
        "acks": bid.acks,
        "leaf_salt": salt.hex(),
        "leaf_hash": leaf_hash.hex(),
        **_bidder_key(bid, ticket, key),
    }
    statement = keepers.sign_statement(body, log_signer(may_create=False))
    leaf = canonical({"type": "mingcai/v1/bid", "h": leaf_hash.hex()})
    receipt = Receipt(ticket=ticket, statement=statement, leaf=leaf)
    _WRITE(receipt)
    own = Act("receipt", "sealing.R11", {"record_hash": ticket.record_hash})
    record_all(actor=ticket.actor, subject=f"bid.{bid.pk}", acts=[by, own], after=after)
    return receipt


def _bidder_key(bid: Bid, ticket: Ticket, key: bytes | None) -> dict[str, Any]:
    """The public key of the passkey that signed: with it anyone can check the bidder's signature (FORMAT.md 4)."""
    signature = ticket.signed_record["signature"]
    if signature.get("scheme") != WEBAUTHN:
        return {}
    public = key or signing.public_key(bid.supplier_id, decode(signature["credential_id"]))
    if public is None:
        return {}
    named = BidderKey(public, settings.RP_ID, tuple(settings.PASSKEY_ORIGINS))
    return {"bidder_key": named.to_json()}


@transaction.atomic
def post_batch() -> int:
    """Append one batch of leaves to the log, filled with dummies, and plan the next; gives the number of real ones.

    Runs at its interval whether or not there are leaves while any tender accepts bids; overflow waits.
    """
    waiting = list(
        Receipt.objects.select_for_update().filter(leaf_index=None).order_by("created_at")[:BATCH_LEAVES]
    )
    active = bool(waiting) or bool(tenders.open_tenders())
    if active:
        places: list[Receipt | None] = [*waiting, *[None] * (BATCH_LEAVES - len(waiting))]
        secrets.SystemRandom().shuffle(places)
        for receipt in places:
            leaf = (
                bytes(receipt.leaf)
                if receipt is not None
                else canonical({"type": "mingcai/v1/bid", "h": secrets.token_bytes(32).hex()})
            )
            index = ledger.append(leaf)
            if receipt is not None:
                receipt.leaf_index = index
                receipt.save(update_fields=["leaf_index"])
        record_act(actor="clock", verb="batch", subject="log.bids", rule="sealing.R11")
    timers.soon(verb=TIMER, subject="log", after=BATCH_EVERY)
    return len(waiting)


def receipt_file(receipt: Receipt) -> dict[str, Any]:
    """Give the receipt as its bidder keeps it: the signed statement and, once logged and cosigned, its proof."""
    return {"receipt": receipt.statement, "proof": _proof(receipt)}


def _proof(receipt: Receipt) -> dict[str, Any] | None:
    if receipt.leaf_index is None:
        return None
    body = receipt.statement["body"]
    witnesses = [Keeper.from_json(row).verifier().name for row in body["keepers"]]
    record = body["signed_record"]["record"]
    checkpoint = log.covering(receipt.leaf_index, witnesses, record.get("ctx", {}).get("k", 1))
    if checkpoint is None:
        return None
    path = ledger.inclusion(receipt.leaf_index, checkpoint.size)
    return {
        "index": receipt.leaf_index,
        "size": checkpoint.size,
        "path": [base64.b64encode(step).decode() for step in path],
        "checkpoint": log.note_with_cosignatures(checkpoint),
        "tokens": [
            {"tsa": tsa, "token": base64.b64encode(token).decode()}
            for tsa, token in log.tokens_of(checkpoint)
        ],
    }


def own_receipt(actor: Actor, receipt_id: uuid.UUID) -> Receipt:
    """Give a receipt to the organisation whose it is, else NotFound."""
    supplier_id = actor.require_kind("supplier")
    receipt = (
        Receipt.objects.select_related("ticket", "ticket__bid")
        .filter(pk=receipt_id, ticket__bid__supplier_id=supplier_id)
        .first()
    )
    if receipt is None:
        raise NotFound()
    return receipt
