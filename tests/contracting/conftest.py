"""What the tests of contracts start from: two people with passkeys, and a budget that holds the money."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from config.softkey import SoftKey
from contracting.services import contracts
from core.money import Yuan
from parties.services import passkeys, signing
from planning import services as planning
from tests.factories import mall as make

LETTER = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.fixture
def key_of(settings: Any) -> Any:
    """Give a passkey to a person, the same at each call."""
    settings.RP_ID = "localhost"
    settings.PASSKEY_ORIGINS = ["http://localhost:8000"]
    keys: dict[Any, SoftKey] = {}

    def give(actor: Any) -> SoftKey:
        if actor.user_id not in keys:
            keys[actor.user_id] = SoftKey("localhost", "http://localhost:8000")
            options = passkeys.creation_options(actor.user_id)
            passkeys.add(actor.user_id, "key", keys[actor.user_id].create(options))
        return keys[actor.user_id]

    return give


@pytest.fixture
def signs(key_of: Any) -> Any:
    """Have a person sign a contract as a browser would: challenge, touch, verb."""

    def sign(actor: Any, contract: Any) -> Any:
        key = key_of(actor)
        options = signing.begin(
            actor.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.id)
        )
        return contracts.sign(actor=actor, contract_id=contract.id, credential=key.get(options))

    return sign


@pytest.fixture
def deal(cast: Any, at: Any) -> SimpleNamespace:
    """A contract over 950,000 formed from an award, its money reserved from a budget line of a million."""
    at(LETTER)
    line = make.budget_line(cast.purchaser)
    planning.reserve(
        actor_label="test",
        budget_line_id=line.id,
        amount=Yuan("1000000"),
        source="plan.00000000-0000-4000-8000-000000000001",
        name="电脑",
    )
    terms = make.terms(
        cast.purchaser,
        cast.supplier_a,
        letter_at=LETTER,
        budget_source="plan.00000000-0000-4000-8000-000000000001",
        budget_line_id=line.id,
        agency_id=cast.agency.org_id,
    )
    contract = contracts.form(actor=cast.agency, terms=terms, source="award.example")
    return SimpleNamespace(
        cast=cast,
        buyer=cast.purchaser,
        supplier=cast.supplier_a,
        line=line,
        terms=terms,
        contract=contract,
    )
