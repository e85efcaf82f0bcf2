"""`surge`: many bidders press submit at once, shortly before the deadline and across it."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bidding import selectors
from bidding.services import closing
from config.bench import bidders, client, servers
from config.bench.catalogue import PAIRS
from config.bench.clock_file import set_clock
from config.bench.factories import parties
from config.bench.measure import Broken, Comparison, Outcome, in_turns, percentile, say
from core import clock
from tendering.facts import TenderFacts

BIDDERS = {"small": 4, "full": 1000}
"""Who press around the deadline."""
SAMPLE = {"small": 4, "full": 300}
"""Who press in each measurement before it: sealing a bid and having it confirmed takes longer than to submit it."""
CONNECTIONS = 64
KEEPERS, NEEDED = 3, 2
IN_TIME = timedelta(minutes=10)
EDGE = timedelta(seconds=1)
"""How long before the deadline the bids of the last run begin to come; they come for twice as long."""
GROUPS = 20
TICK = 0.01


@dataclass
class Press:
    """One bidder's press of the button: its request, and what came of it."""

    bid_id: str
    post: bytes
    answer: client.Answer | None = None
    sent: datetime | None = None
    answered: datetime | None = None

    @property
    def accepted(self) -> bool:
        """Whether the server said that the bid is submitted."""
        return self.answer is not None and self.answer.status == 200


def run(size: str) -> Outcome:
    """Measure requests per second well before the deadline, then who gets in around it."""
    count, sample, pairs = BIDDERS[size], SAMPLE[size], PAIRS[size]
    with tempfile.TemporaryDirectory() as name:
        purchaser, people = parties.desk("purchaser", "示例中学", "330100"), bidders.seat(count)
        with bidders.keepers(KEEPERS):
            tenders = [bidders.tender(purchaser, NEEDED) for _ in range(pairs + 2)]
            cookies = [client.session_of(one.actor) for one in people]
            presses = []
            for tender in tenders:
                some = count if tender is tenders[-1] else sample
                presses.append(_presses(tender, people[:some], cookies[:some], Path(name)))
                say(f"{some} bids sealed for tender {len(presses)} of {len(tenders)}")
        with servers.wsgi(size) as server:
            slow: list[float] = []
            waiting = iter(presses)
            spent = {"ours": 0.0, "floor": 0.0}

            def ours() -> float:
                rows, before = next(waiting), server.cpu_seconds()
                answers, seconds = client.send(server.port, [row.post for row in rows], CONNECTIONS)
                spent["ours"] += server.cpu_seconds() - before
                client.expect(answers, 200)
                slow.extend(answer.seconds for answer in answers)
                for row, answer in zip(rows, answers, strict=True):
                    row.answer = answer
                return len(rows) / seconds

            def floor() -> float:
                posts = [client.form("/bench/insert", cookie, {}) for cookie in cookies[:sample]]
                before = server.cpu_seconds()
                answers, seconds = client.send(server.port, posts, CONNECTIONS)
                spent["floor"] += server.cpu_seconds() - before
                client.expect(answers, 200)
                return len(posts) / seconds

            set_clock(_due(tenders[0]) - IN_TIME)
            # On so many lines that every process has loaded what it needs.
            client.send(server.port, [client.request("GET", "/healthz")] * 2 * CONNECTIONS, CONNECTIONS)
            ours(), floor()
            slow.clear()
            spent.update(ours=0.0, floor=0.0)
            figures = in_turns(pairs, ours, floor)
            edge = presses[-1]
            _across(server.port, edge, _due(tenders[-1]))
        listed = [_listed(tender) for tender in tenders]
    lost = sum(
        {row.bid_id for row in rows if row.accepted} != said
        for rows, said in zip(presses, listed, strict=True)
    )
    due = _due(tenders[-1])
    late = sum(row.accepted and row.sent is not None and row.sent >= due for row in edge)
    early = sum(not row.accepted and row.answered is not None and row.answered < due for row in edge)
    return Outcome(
        main=Comparison("one INSERT", "requests/s", figures[0], figures[1], at_least=0.5),
        parameters={
            "bidders around the deadline": count,
            "bidders of a pair": sample,
            "connections": min(sample, CONNECTIONS),
        },
        checks={
            "every bid that was accepted stands in the close list, and no other": not lost,
            "no bid sent at or after the deadline was accepted": not late,
            "no bid answered before the deadline was refused": not early,
            "the server's own arrival times say the same": all(_consistent(row, due) for row in edge),
            "the last run went across the deadline": 0 < sum(row.accepted for row in edge) < len(edge),
        },
        costs={
            "p99 of a submission (ms)": percentile(slow, 0.99) * 1000,
            "web server's CPU per submission (ms)": spent["ours"] / (sample * pairs) * 1000,
            "web server's CPU per request of the view beside it (ms)": spent["floor"]
            / (sample * pairs)
            * 1000,
            "accepted of the last run": sum(row.accepted for row in edge),
        },
    )


def _presses(
    tender: TenderFacts, people: list[bidders.Bidder], cookies: list[str], folder: Path
) -> list[Press]:
    rows = []
    for one, cookie in zip(people, cookies, strict=True):
        bid = bidders.prepare(one, tender, folder)
        body = json.dumps(bid.signed).encode()
        post = client.request(
            "POST",
            f"/bids/{bid.bid_id}/submit",
            {"Accept": "application/json"},
            cookie=cookie,
            body=body,
            kind="application/json",
        )
        rows.append(Press(str(bid.bid_id), post))
    return rows


def _due(tender: TenderFacts) -> datetime:
    if tender.bids_due_at is None:
        raise Broken("a tender has no deadline")
    return tender.bids_due_at


def _across(port: int, rows: list[Press], due: datetime) -> None:
    """Send the presses evenly over the last second before the deadline and the first after it."""
    set_clock(due - EDGE)
    groups = min(GROUPS, len(rows))
    for number in range(groups):
        while clock.now() < due - EDGE + 2 * EDGE * (number / groups):
            time.sleep(TICK)
        part = rows[number::groups]
        began, offset = clock.now(), time.perf_counter()
        answers, _ = client.send(port, [row.post for row in part], CONNECTIONS)
        for row, answer in zip(part, client.expect(answers, 200, 409), strict=True):
            row.answer = answer
            row.sent = began + timedelta(seconds=answer.sent_at - offset)
            row.answered = row.sent + timedelta(seconds=answer.seconds)


def _consistent(row: Press, due: datetime) -> bool:
    said = json.loads(row.answer.body) if row.answer is not None else {}
    return "arrival" in said and (datetime.fromisoformat(said["arrival"]) < due) == row.accepted


def _listed(tender: TenderFacts) -> set[str]:
    """Close a tender and give the bids that its close list calls effective."""
    due = _due(tender)
    if clock.now() < due:
        set_clock(due)
    closing.close(tender_id=tender.id)
    lists = selectors.close_lists(tender.id)
    return {
        entry["bid_id"] for row in lists for entry in row["body"]["entries"] if entry["state"] == "effective"
    }
