"""Too few keepers answer: a bid is opened with its recovery kit, from the supplier's browser to the supervisor's own machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from bidding.sealing import kits
from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase
from config.walkthrough import run
from tests.browser.bids import begin, enrol, write
from tests.browser.site import ROOT, Site
from tests.browser.tabs import Tabs

pytestmark = pytest.mark.timeout(600)
PASSPHRASE = "correct horse battery"
DUE_SECONDS = 70
STILL_SECONDS = 1.0


@contextmanager
def dead(site: Site, due_at: float, *ids: str) -> Iterator[None]:
    """Keep keepers from answering anything from the deadline on: whoever started them would start one anew that ended.

    Meanwhile the site stands still: it would ask them first, or see them away before, which moves the deadline.
    """
    running = site.processes()
    found = [
        pid
        for pid, command in running.items()
        for one in ids
        if f"serve --dir {site.var}/keepers/{one} " in command
    ]
    assert len(found) == len(ids), running
    time.sleep(max(0.0, due_at - time.time() - STILL_SECONDS))
    os.kill(site.process.pid, signal.SIGSTOP)
    try:
        assert time.time() < due_at, (
            "the bids took too long; nobody can tell who was asked for shares already"
        )
        time.sleep(due_at - time.time())
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
    finally:
        os.kill(site.process.pid, signal.SIGCONT)
    try:
        yield
    finally:
        for pid in found:
            os.kill(pid, signal.SIGCONT)


def test_a_bid_whose_keepers_are_dead_is_opened_with_its_kit(site: Site, tabs: Tabs, tmp_path: Path) -> None:
    for role in (*run.PRICES, "purchaser", "supervisor"):
        site.person(role)
    tab = tabs.open("supplier")
    enrol(tab, "supplier")
    tender = site.tender(DUE_SECONDS)
    page = begin(tab, tender)
    document = tmp_path / "技术方案.pdf"
    document.write_bytes(run.PDF)
    write(page, "", [document])
    page.get_by_text("Save a recovery kit").click()
    page.get_by_label("Passphrase of the kit").fill("short")
    page.get_by_role("button", name="Seal and upload").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 12 characters")
    page.get_by_label("Passphrase of the kit").fill(PASSPHRASE)
    with page.expect_download(timeout=60_000) as saving:
        page.get_by_role("button", name="Seal and upload").click()
    kit = tmp_path / saving.value.suggested_filename
    saving.value.save_as(kit)
    bid = re.search(r"/bids/([0-9a-f-]{36})/", page.url)
    assert bid is not None
    page.get_by_role("button", name="Sign and submit").click(timeout=60_000)
    expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)
    site.submit_bids(tender, "supplier_b", "supplier_c")

    plain = json.loads(files.decrypt_bytes(kit.read_bytes(), [Passphrase(PASSPHRASE)]))
    other = tmp_path / "kit-other.age"
    of_another = json.dumps({**plain, "record_hash": "00" * 32}).encode()
    other.write_bytes(files.encrypt_bytes(of_another, [Passphrase(PASSPHRASE, work_factor=10)]))

    with dead(site, tender.due_at, "K1", "K2"):
        hall = tabs.open(language="zh-hans", width=390)
        hall.go(f"/opening/{tender.id}/")
        expect(hall.page.locator("#rows tbody tr")).to_have_count(3, timeout=60_000)

        handing = f"/bids/{bid[1]}/kit/"
        page = tab.go(handing)
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
        file, passphrase = page.locator("#kit-file"), page.locator("#kit-passphrase")
        go = page.get_by_role("button", name="Open, seal to the supervisor, hand in")
        for chosen, words, says in (
            (other, "wrong horse battery", "The passphrase does not open this file"),
            (other, PASSPHRASE, "This is the recovery kit of another bid"),
        ):
            file.set_input_files(str(chosen))
            passphrase.fill(words)
            go.click()
            expect(page.locator("[data-said]")).to_contain_text(says, timeout=30_000)
        assert sent == []
        assert tab.violations() == []
        file.set_input_files(str(kit))
        passphrase.fill(PASSPHRASE)
        go.click()
        expect(page.get_by_text("Your kit was handed in")).to_be_visible(timeout=30_000)
        (request,) = sent
        assert plain["secret"] not in (request.post_data or "")
        assert PASSPHRASE not in (request.post_data or "")

        # The gathering time ends; the other two wait for the supervisor, this one for its own machine.
        desk = tabs.open("supervisor")
        page = desk.go(f"/opening/{tender.id}/resolve/")
        for _ in range(60):
            if page.get_by_role("heading", name="Open it with the bidder").count():
                break
            page.wait_for_timeout(2000)
            page.reload()
        assert desk.violations() == []
        with page.expect_download() as saving:
            page.get_by_role("link", name="Save the sealed kit (JSON)").click()
        saving.value.save_as(tmp_path / "kit-request.json")
        key = site.var / "keepers" / "authority.json"
        with (tmp_path / "kit-request.json").open("rb") as asked:
            command = [sys.executable, "-m", "bidding.authority", "open-kit", str(key)]
            said = subprocess.run(command, cwd=ROOT, stdin=asked, capture_output=True, check=True)
        page.get_by_label("Paste release.json here").fill(said.stdout.decode())
        page.get_by_role("button", name="Open this bid").click()
        row = hall.page.locator("#rows tbody tr").filter(has_text=site.accounts["supplier"]["organisation"])
        expect(row).to_contain_text("87,742.60", timeout=60_000)
        assert hall.overflow() == []
        waiting = hall.page.locator("#rows tbody tr").filter(
            has_text=site.accounts["supplier_b"]["organisation"]
        )
        expect(waiting).not_to_contain_text(f"{float(run.PRICES['supplier_b']) * run.QUANTITY:,.2f}")
    identity = kits.identity_of_supervisor(bytes.fromhex(json.loads(key.read_text())["seed"]))
    request = json.loads((tmp_path / "kit-request.json").read_text())
    assert json.loads(files.decrypt_bytes(bytes.fromhex(request["sealed"]), [identity])) == plain
