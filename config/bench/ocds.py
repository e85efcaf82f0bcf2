"""`ocds`: the full export of open data beside ocdskit, which merges the same releases again."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from config.bench.catalogue import PAIRS
from config.bench.factories import parties
from config.bench.measure import Broken, Comparison, Outcome, in_turns
from config.bench.published import described, record_order
from core import clock
from core.money import Yuan
from disclosure import bulk, ocds, services
from disclosure.ocds import text
from disclosure.selectors import open_data

PROCESSES = {"small": 8, "full": 3500}
EACH = 4
"""Releases of one process: notice, opening record, award, and an order beside them."""
FLAT_MIB = 16
SCHEMA = '{"type": "object", "properties": {}}'
"""Enough for ocdskit to merge by id, as OCDS does unless a schema says otherwise; it fetches the whole one else."""
_MEMORY = (
    "import resource, django; django.setup(); from disclosure import bulk; bulk.make(); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)
PAGE = 500


def run(size: str) -> Outcome:
    """Publish, then export in turns with ocdskit."""
    ocdskit = Path(sys.executable).with_name("ocdskit")
    if not ocdskit.exists():
        raise Broken("ocdskit is not installed (requirements-dev.txt)")
    cast = _Cast()
    quarter = max(1, PROCESSES[size] // 4)
    for _ in range(quarter):
        cast.procure()
    small = _memory_kib()
    began = time.perf_counter()
    for _ in range(PROCESSES[size] - quarter):
        cast.procure()
    publishing = (time.perf_counter() - began) / max(1, PROCESSES[size] - quarter) / EACH
    large = _memory_kib()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = _write_releases(folder / "releases.jsonl")
        (folder / "schema.json").write_text(SCHEMA)
        command = [str(ocdskit), "compile", "--schema", str(folder / "schema.json")]
        figures = in_turns(
            PAIRS[size],
            _rate(count, lambda: bulk.make()["processes"]),
            _rate(count, lambda: _compile(command, folder)),
        )
        same = _same_compiled(folder / "compiled.jsonl")
    return Outcome(
        main=Comparison("ocdskit compile", "releases/s", figures[0], figures[1], at_least=5),
        parameters={"releases": count, "processes": int(bulk.index()["processes"])},
        checks={
            "ocdskit compiles the same processes": same,
            f"memory for all within {FLAT_MIB} MiB of that for a quarter": large - small <= FLAT_MIB * 1024,
        },
        costs={
            "publishing and compiling one release (ms)": publishing * 1000,
            "memory of an export of all (MiB)": large / 1024,
            "memory of an export of a quarter (MiB)": small / 1024,
        },
    )


def _rate(count: int, work: Callable[[], object]) -> Callable[[], float]:
    def measured() -> float:
        began = time.perf_counter()
        work()
        return count / (time.perf_counter() - began)

    return measured


def _compile(command: list[str], folder: Path) -> None:
    with (folder / "releases.jsonl").open("rb") as taken, (folder / "compiled.jsonl").open("wb") as given:
        done = subprocess.run(command, stdin=taken, stdout=given, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise Broken(f"ocdskit failed: {done.stderr.decode().strip().splitlines()[-1]}")


def _same_compiled(file: Path) -> bool:
    theirs = {row["ocid"]: row for row in map(text.loads, file.read_text("utf-8").splitlines())}
    ours = {ocid: text.loads(body) for ocid, body, _ in open_data.all_compiled()}
    return theirs.keys() == ours.keys() and all(
        theirs[ocid].get("awards") == row.get("awards") and theirs[ocid]["tender"] == row["tender"]
        for ocid, row in ours.items()
    )


def _write_releases(path: Path) -> int:
    count, after, more = 0, 0, True
    with path.open("w", encoding="utf-8") as out:
        while more:
            rows, more = open_data.releases(after=after, since=None, limit=PAGE)
            for row in rows:
                out.write(row.body + "\n")
                after, count = row.seq, count + 1
    return count


def _memory_kib() -> int:
    """Give the largest resident memory of a process of its own that makes one export."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Broken(f"the export failed: {done.stderr.strip().splitlines()[-1]}")
    return int(done.stdout.strip().splitlines()[-1])


class _Cast:
    """Who procures, and how often they have."""

    def __init__(self) -> None:
        self.purchaser = parties.desk("purchaser", "示例中学", "330100")
        self.agency = parties.desk("agency", "示例代理有限公司", "330100")
        self.suppliers = [parties.desk("supplier", f"示例科技{n}有限公司", "330100") for n in range(3)]
        self.number = 0

    def procure(self) -> None:
        """Publish one procedure from its notice to its award, and one order."""
        self.number += 1
        no, ocid, now = f"BENCH-{self.number:06d}", services.new_ocid(), clock.now()
        bidders = [described(supplier, size="small") for supplier in self.suppliers]
        items = [
            ocds.item(str(n), description="台式计算机", code="A02010105", quantity=100, unit="台", lot="1")
            for n in range(1, 4)
        ]
        tender = {
            "id": no,
            "title": "台式计算机采购项目",
            "status": "active",
            "value": ocds.value(Yuan("1200000.00")),
            "procurementMethod": "open",
            "mainProcurementCategory": "goods",
            "items": items,
        }
        told = {
            "lots": [{"no": "1", "items": items}],
            "criteria": [{"id": "Q1", "name": "营业执照", "kind": "qualification"}],
        }
        self._say(
            ocid,
            no,
            "tender_notice",
            ["tender"],
            {"tender": tender},
            due_at=now + timedelta(days=21),
            facts=told,
        )
        details = [
            ocds.bid_details(f"b{n}", tenderers=[one], amount=Yuan(f"11{n}0000.00"), lot="1", submitted=now)
            for n, one in enumerate(bidders)
        ]
        opened = [
            {"supplier": one["name"], "lot": "1", "price": Yuan(f"11{n}0000.00"), "record_hash": "ab" * 32}
            for n, one in enumerate(bidders)
        ]
        bids = {"bids": {"details": details}, "tender": {**tender, "numberOfTenderers": 3}}
        self._say(ocid, no, "opening_record", ["tenderUpdate"], bids, facts={"bids": opened})
        won, best = Yuan("1100000.00"), bidders[0]
        awards = [
            ocds.award("a1", suppliers=[best], amount=won, decided=now, items=items, lot="1", bids=["b0"])
        ]
        winner = {"name": best["name"], "address": "示例路1号", "amount": won, "lot": "1", "score": "88.25"}
        facts = {
            "winners": [winner],
            "experts": ["专家1", "专家2", "专家3"],
            "recompute": {"method": "weighted_score", "bids": []},
            "agency_fee": {"standard": "按差额累进", "amount": Yuan("12000.00")},
        }
        done = {"tender": {**tender, "status": "complete"}, "awards": awards}
        self._say(ocid, no, "award", ["award"], done, facts=facts, amount=won)
        record_order(self.purchaser, self.suppliers[0], no, now)

    def _say(
        self, ocid: str, no: str, kind: str, tag: list[str], release: dict[str, Any], **over: Any
    ) -> None:
        given = {
            "actor": self.agency,
            "type": kind,
            "title": "示例中学台式计算机采购项目公告",
            "region": "330100",
            "project_no": no,
            "purchaser": described(self.purchaser),
            "agency": described(self.agency),
            "category": "goods",
            "method": "open_tender",
            "amount": Yuan("1200000.00"),
            "sections": [{"title": "Requirements", "text": "台式计算机一百台，三年质保。"}],
            "facts": {},
            **over,
        }
        services.publish(ocid=ocid, tag=tag, release=release, **given)
