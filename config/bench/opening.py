"""`opening`: open many bids with real keepers, beside decrypting their files with the key at hand."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from bidding import selectors
from bidding.sealing.age import files
from bidding.sealing.context import identity_of
from bidding.sealing.dealing import deal
from bidding.services import closing, opening, submitting
from config.bench import bidders, catalogue
from config.bench.clock_file import set_clock
from config.bench.factories import parties
from config.bench.measure import Broken, Comparison, Outcome, cpu_seconds, in_turns, say
from core import clock
from tendering.facts import TenderFacts

BIDS = {"small": 2, "full": 200}
BYTES = {"small": 256 * 1024, "full": 5 * 1024 * 1024}
KEEPERS, NEEDED = 5, 3
PAIRS = {"small": catalogue.PAIRS["small"], "full": 3}
"""Sealing, uploading and confirming the bids takes longer than to open them."""
AFTER_CLOSING = timedelta(seconds=2)
MOST_SECONDS = 3600.0


def run(size: str) -> Outcome:
    """Seal and submit bids for one tender a pair, close them all, then open in turns with the bare decryption."""
    count, pairs = BIDS[size], PAIRS[size]
    with tempfile.TemporaryDirectory() as name, bidders.keepers(KEEPERS):
        folder = Path(name)
        paper = folder / "paper"
        paper.write_bytes(os.urandom(BYTES[size]))
        purchaser, people = parties.desk("purchaser", "示例中学", "330100"), bidders.seat(count)
        tenders = [bidders.tender(purchaser, NEEDED) for _ in range(pairs)]
        bids = []
        for tender in tenders:
            bids.append([_submitted(one, tender, folder, paper) for one in people])
            say(f"{count} bids submitted for tender {len(bids)} of {pairs}")
        set_clock(max(_due(tender) for tender in tenders))
        for tender in tenders:
            closing.close(tender_id=tender.id)
        set_clock(clock.now() + AFTER_CLOSING)
        waiting, shut = iter(tenders), iter(bids)
        spent = [0.0]

        def ours() -> float:
            tender, before, began = next(waiting), cpu_seconds(), time.perf_counter()
            while not opening.gather(tender_id=tender.id):
                if time.perf_counter() - began > MOST_SECONDS:
                    raise Broken("an opening did not come to its end")
            seconds = time.perf_counter() - began
            spent[0] += cpu_seconds() - before
            return seconds

        def theirs() -> float:
            rows = next(shut)
            began = time.perf_counter()
            for bid in rows:
                _decrypt(bid, folder)
            return time.perf_counter() - began

        figures = in_turns(pairs, ours, theirs)
        verdicts = [bid.verdict for tender in tenders for bid in selectors.opened_bids(tender.id)]
    return Outcome(
        main=Comparison("decrypting the same files", "s", figures[0], figures[1], at_most=1.5),
        parameters={
            "bids": count,
            "bytes of each": BYTES[size],
            "keepers": KEEPERS,
            "keepers needed": NEEDED,
        },
        checks={"every bid was opened": verdicts == ["opened"] * (count * pairs)},
        costs={"CPU seconds of the platform per bid": spent[0] / (count * pairs)},
    )


def _due(tender: TenderFacts) -> datetime:
    if tender.bids_due_at is None:
        raise Broken("a tender has no deadline")
    return tender.bids_due_at


def _submitted(one: bidders.Bidder, tender: TenderFacts, folder: Path, paper: Path) -> bidders.Prepared:
    bid = bidders.prepare(one, tender, folder, paper)
    submitting.submit(actor=one.actor, bid_id=bid.bid_id, signed=bid.signed)
    return bid


def _decrypt(bid: bidders.Prepared, folder: Path) -> None:
    """Decrypt both files of a bid, file to file."""
    ctx, kit = bid.sealed.record.ctx, bid.sealed.kit
    dealing = deal(ctx, kit.secret, kit.shares)
    parts = ((bid.sealed.sheet_path, dealing.seed_sheet), (bid.sealed.files_path, dealing.seed_files))
    for path, seed in parts:
        files.decrypt_file(path, folder / "plain", [identity_of(ctx.suite, seed)])
