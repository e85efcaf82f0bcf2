"""Fix from whom experts are drawn, draw from them, and log it so that anybody can repeat it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.db import transaction

from core.audit.services import record
from core.canonical import digest
from core.draw import commitment
from core.errors import Conflict, gettext_noop
from core.ledger import services as ledger
from evaluation import draws
from evaluation.models import Draw
from parties.access import Actor


class NotDrawnYet(Conflict):
    """The log has not signed a checkpoint since the pool was fixed."""

    code = "not-drawn-yet"
    title = gettext_noop("The log signs its next checkpoint first; draw again in a minute")


@transaction.atomic
def fix(
    actor: Actor, tender_id: uuid.UUID, representative_id: uuid.UUID, pool: list[str], wanted: int, rule: str
) -> Draw:
    """Fix a pool, as numbers in the register, with the hash of a seed in the log.

    Raises IntegrityError while another draw of the tender is open.
    """
    seed, salt = secrets.token_hex(32), secrets.token_hex(32)
    row = Draw.objects.create(
        tender_id=tender_id,
        representative_id=representative_id,
        pool=pool,
        wanted=wanted,
        seed=seed,
        salt=salt,
        called_by=actor.label,
    )
    record(
        actor=actor.label,
        verb="fix_pool",
        subject=f"tender.{tender_id}",
        rule=rule,
        commitment=commitment(seed),
        experts=wanted,
    )
    codes = [draws.code(salt, number) for number in pool]
    row.index = ledger.append(draws.pool_entry(str(tender_id), codes, wanted, seed))
    row.save(update_fields=["index"])
    return row


def turn(
    drawn: dict[str, Any], begun: Draw, may: set[str], wanted: int, *, freed: str = "", why: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """Draw once more from the fixed pool; gives what the panel keeps of it, and the numbers drawn, in their order.

    A later turn fills the seat of `freed`, who was drawn before and left: `why`.
    """
    rounds = drawn["rounds"]
    seed = draws.turn_of(begun.seed, drawn["root"], len(rounds) + 1)
    numbers = {draws.code(begun.salt, number): number for number in begun.pool}
    struck = sorted(one for one, number in numbers.items() if number not in may)
    chosen = [numbers[one] for one in draws.outcome(numbers, wanted, seed, struck=struck)]
    kept = {
        "seed": seed,
        "pool": begun.pool,
        "struck": sorted(numbers[one] for one in struck),
        "drawn": chosen,
        **({"freed": freed, "why": why} if freed else {}),
    }
    return {**drawn, "rounds": [*rounds, kept]}, chosen


def log(tender_id: uuid.UUID, drawn: dict[str, Any], begun: Draw) -> None:
    """Put the last draw into the log, with codes for names: whoever reads the log can repeat it."""
    last = drawn["rounds"][-1]

    def codes(numbers: list[str]) -> list[str]:
        return [draws.code(begun.salt, number) for number in numbers]

    ledger.append(
        {
            "type": draws.DRAWN,
            "tender": str(tender_id),
            "sha256": digest(drawn).hex(),
            "draw": {
                **{name: drawn[name] for name in ("index", "size", "root", "seed")},
                "turn": len(drawn["rounds"]),
                "pool": sorted(codes(last["pool"])),
                "struck": sorted(codes(last["struck"])),
                "drawn": codes(last["drawn"]),
                **({"freed": codes([last["freed"]])[0], "why": last["why"]} if "freed" in last else {}),
            },
        }
    )
