"""What the clock does: the verb of a timer and the service that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

# verb of a timer -> service taking the subject as its one positional argument
HANDLERS = {
    "bidding.close": "bidding.timers:close",
    "bidding.amended": "bidding.timers:amended",
    "bidding.rescued": "bidding.timers:rescued",
    "bidding.ended": "bidding.timers:ended",
    "bidding.forget": "bidding.timers:forget",
    "bidding.gather": "bidding.timers:gather",
    "bidding.confirmed": "bidding.timers:confirmed",
    "bidding.batch": "bidding.timers:batch",
    "bidding.keepers": "bidding.timers:keepers",
    "bidding.securities": "bidding.timers:watch_securities",
    "bidding.security_overdue": "bidding.timers:security_overdue",
    "bidding.scan": "bidding.timers:scan",
    "bidding.read_text": "bidding.timers:read_texts",
    "evaluation.watch_recordings": "evaluation.timers:watch_recordings",
    "evaluation.place_call": "evaluation.timers:place_call",
    "evaluation.lapse_call": "evaluation.timers:lapse_call",
    "evaluation.hear_calls": "evaluation.timers:hear_calls",
    "evaluation.unseal": "evaluation.timers:unseal",
    "evaluation.remind_appraisals": "evaluation.timers:remind_appraisals",
    "evaluation.deemed": "evaluation.timers:deemed",
    "evaluation.entered": "evaluation.timers:entered",
    "evaluation.contracted": "evaluation.timers:contracted",
    "evaluation.deal_contracted": "evaluation.timers:deal_contracted",
    "tendering.framework_over": "tendering.timers:framework_over",
    "mall.lapse": "mall.timers:lapse",
    "mall.off_list_signed": "mall.timers:off_list_signed",
    "oversight.take_effect": "oversight.timers:take_effect",
    "oversight.lift": "oversight.timers:lift",
    "parties.mail": "parties.timers:mail",
    "parties.inbox": "parties.timers:inbox",
    "disclosure.bulk": "disclosure.timers:bulk",
    "ledger.checkpoint": "config.clockwork:checkpoint",
}


def handlers() -> dict[str, Callable[[str], None]]:
    """Give the callables, imported when first used."""

    def call(path: str) -> Callable[[str], None]:
        module, _, name = path.partition(":")

        def run(subject: str) -> None:
            getattr(import_module(module), name)(subject)

        return run

    return {verb: call(path) for verb, path in HANDLERS.items()}
