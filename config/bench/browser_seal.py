"""`browser-seal`: seal a large file in Chromium while it is uploaded, beside uploading the same bytes as they are."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.urls import reverse

from bidding.services import preparing
from config.bench import bidders, client, servers
from config.bench.catalogue import PAIRS
from config.bench.factories import bidding, parties
from config.bench.measure import Broken, Comparison, Outcome, in_turns

MIB = 1 << 20
MIBS = {"small": 4, "full": 200}
KEEPERS, NEEDED = 3, 2
WAIT_MS = 600_000
MOST_BLOCKED_MS = 50.0
READING, SEALING, REST = "reading the file for its hash", "sealing, uploading beside it", "uploading the rest"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]

# Both in the page of the bid. `sealed` reads the file for its hash first, as the page does while its bidder still
# writes, and stops where the bidder would sign; what the page is blocked for is noted.
SCRIPT = """
window.bench = {
  longest: 0,
  watch() {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.longest = Math.max(this.longest, entry.duration);
    }).observe({ type: "longtask" });
  },
  file: () => document.getElementById("bench").files[0],
  async sealed(params, sheet) {
    const { check_url: _, ...rest } = params;
    const chosen = performance.now();
    await window.mingcai.seal.describe(this.file(), params.worker_url);
    const began = performance.now();
    const since = () => (performance.now() - began) / 1000;
    const first = {};
    const onProgress = ({ phase }) => (first[phase] ??= since());
    return new Promise((resolve, reject) => {
      const readyToSign = () => new Promise(() => resolve({ reading: (began - chosen) / 1000, all: since(), ...first }));
      window.mingcai.seal.sealAndUpload({ params: rest, sheet, files: [this.file()], onProgress, readyToSign }).catch(
        (fault) => reject(new Error(`${fault.code}: ${fault.message}`)));
    });
  },
  async plain({ tus_endpoint: endpoint, upload_metadata: metadata, chunk_bytes: most }) {
    const file = this.file();
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const common = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token };
    const began = performance.now();
    const said = Object.entries(metadata).map(([name, value]) => `${name} ${btoa(value)}`).join();
    const headers = { ...common, "Upload-Length": String(file.size), "Upload-Metadata": said };
    const made = await fetch(endpoint, { method: "POST", headers });
    const where = made.headers.get("Location");
    for (let at = 0; at < file.size; at += most) {
      const answer = await fetch(where, {
        method: "PATCH", body: file.slice(at, at + most),
        headers: { ...common, "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" },
      });
      if (answer.status !== 204) throw new Error(`the server answered ${answer.status}`);
    }
    return (performance.now() - began) / 1000;
  },
};
window.bench.watch();
"""


def run(size: str) -> Outcome:
    """Measure seconds from the press of the button until everything is uploaded; and from the choice of the file."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        raise Broken("chromium is not installed (Debian package chromium-headless-shell)")
    mib, pairs = MIBS[size], PAIRS[size]
    purchaser = parties.desk("purchaser", "示例中学", "330100")
    [one] = bidders.seat(1)
    with tempfile.TemporaryDirectory() as name:
        paper = Path(name) / "技术方案.pdf"
        with paper.open("wb") as out:
            for _ in range(mib):
                out.write(os.urandom(MIB))
        with bidders.keepers(KEEPERS):
            tender = bidders.tender(purchaser, NEEDED)
        bids = [
            preparing.begin(actor=one.actor, tender_id=tender.id, lot=bidders.LOT).bid_id
            for _ in range(pairs + 1)
        ]
        cookies = client.session_of(one.actor)
        with servers.wsgi(size) as server, _page(chromium, server.port, cookies) as page:
            longest = [0.0]
            phases: dict[str, list[float]] = {READING: [], SEALING: [], REST: []}
            waiting = iter(bids)

            def visit(bid: uuid.UUID) -> Any:
                page.goto(f"http://localhost:{server.port}{reverse('bidding:seal', args=[bid])}")
                if not page.evaluate("() => Boolean(window.mingcai?.seal)"):
                    raise Broken(
                        f"“{page.title()}” cannot seal; is the front end built (node tools/build_frontend.mjs)?"
                    )
                page.evaluate(SCRIPT)
                page.evaluate(
                    """() => document.body.append(
                      Object.assign(document.createElement("input"), { type: "file", id: "bench" }))"""
                )
                page.locator("#bench").set_input_files(paper)
                return page.evaluate(
                    "bid => fetch(`/bids/${bid}/params.json`).then((said) => said.json())", str(bid)
                )

            def ours() -> float:
                params = visit(next(waiting))
                spent = page.evaluate(
                    "([params, sheet]) => bench.sealed(params, sheet)", [params, bidding.sheet(tender)]
                )
                longest[0] = max(longest[0], page.evaluate("() => bench.longest"))
                for phase, seconds in (
                    (READING, spent["reading"]),
                    (SEALING, spent["uploading"]),
                    (REST, spent["all"] - spent["uploading"]),
                ):
                    phases[phase].append(seconds)
                return float(spent["all"])

            def theirs() -> float:
                params = visit(bids[0])
                return float(page.evaluate("params => bench.plain(params)", params))

            ours(), theirs()
            longest[0] = 0.0
            for seconds in phases.values():
                seconds.clear()
            figures = in_turns(pairs, ours, theirs)
    whole = [reading + rest for reading, rest in zip(phases[READING], figures[0], strict=True)]
    return Outcome(
        main=Comparison("the same bytes unsealed", "s", figures[0], figures[1], at_most=1.5),
        also=[Comparison("the same, reading the file for its hash included", "s", whole, figures[1])],
        parameters={"MiB": mib},
        checks={"the page was never blocked for more than 50 ms": longest[0] <= MOST_BLOCKED_MS},
        costs={
            "longest block of the page above 50 ms (ms)": longest[0],
            **{f"{phase} (s)": statistics.median(seconds) for phase, seconds in phases.items()},
        },
    )


@contextmanager
def _page(chromium: str, port: int, cookies: str) -> Iterator[Any]:
    """Give a page of a browser that is signed in. Raises Broken."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise Broken("playwright is not installed (requirements-dev.txt)") from None
    # Chromium's sockets lie there, and the name of a socket may not be long.
    os.environ["TMPDIR"] = "/tmp"  # noqa: S108 - the browser makes a folder of its own in it
    try:
        # An ordinary profile: a private window keeps files in the memory of another process.
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium, args=ARGUMENTS
            )
            jar = [pair.strip().split("=", 1) for pair in cookies.split(";")]
            context.add_cookies(
                [{"name": name, "value": value, "url": f"http://localhost:{port}"} for name, value in jar]
            )
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            yield page
            context.close()
    except Error as error:
        raise Broken(f"the browser said: {error.message.splitlines()[0]}") from error
