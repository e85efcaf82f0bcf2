"""Two colleagues write a bid together in two browsers; only one sees the price, and the server sees nothing of it."""

from __future__ import annotations

import os
import random
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import search
from tests.browser.bids import begin, enrol
from tests.browser.site import Site
from tests.browser.tabs import Tab, Tabs

pytestmark = pytest.mark.timeout(600)
PASSPHRASE = "correct horse battery"
POLL = 25_000
KEPT_HERE = """async (words) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("mingcai-bids");
    request.onsuccess = () => resolve(request.result);
  });
  const text = new TextDecoder("latin1");
  let all = "";
  let count = 0;
  for (const name of ["drafts", "files", "unlocked", "pins"]) {
    const rows = await new Promise((resolve) => {
      const request = database.transaction(name).objectStore(name).getAll();
      request.onsuccess = () => resolve(request.result);
    });
    const tell = async (value) => {
      if (value instanceof Blob) all += text.decode(await value.arrayBuffer());
      else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) all += text.decode(value);
      else if (typeof value === "string") all += value;
      else if (value && typeof value === "object") for (const inner of Object.values(value)) await tell(inner);
    };
    for (const row of rows) await tell(row);
    count += rows.length;
  }
  database.close();
  return { count, found: words.filter((word) => all.includes(word)) };
}"""

UNLOCKED = """() => new Promise((resolve) => {
  const opening = indexedDB.open("mingcai-bids");
  opening.onsuccess = () => {
    const counting = opening.result.transaction("unlocked").objectStore("unlocked").count();
    counting.onsuccess = () => {
      opening.result.close();
      resolve(counting.result);
    };
  };
})"""


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-team-said]")).to_contain_text(words, timeout=POLL)


def share(tab: Tab, page: Page, colleague: str) -> str:
    """Share the bid on the page, make a draft key with the passkey, and name a colleague who sees no price."""
    page.get_by_role("button", name="Share with colleagues").click()
    expect(page).to_have_url(re.compile("/drafts/"))
    page.get_by_role("button", name="Make it with my passkey").click()
    said(page, "Your key opens this draft.")
    page.get_by_role("button", name="Add to the team").click()
    expect(page.locator(".draft-people")).to_contain_text(colleague)
    expect(page.locator(".draft-people")).to_contain_text("has no draft key yet")
    assert tab.violations() == []
    return page.url


def test_two_colleagues_write_one_bid_and_only_one_sees_the_price(
    tabs: Tabs, site: Site, tmp_path: Path
) -> None:
    tender = site.tender(1800)
    colleague = site.accounts["supplier_colleague"]["name"]
    canaries = {place: f"canary{secrets.token_hex(12)}" for place in ("anna", "bo", "file", "name", "both")}
    canaries["price"] = f"{random.randrange(10**8, 10**9)}.{random.randrange(10**5, 10**6) // 10 * 10 + 7}"
    anna, bo = tabs.open("supplier"), tabs.open("supplier_colleague", width=390, height=844)
    for tab in (anna, bo):
        tab.expected = ("status of 404", "status of 409")
    enrol(anna, "supplier")
    bid = begin(anna, tender)
    bid.get_by_label("Unit price (yuan)").fill(canaries["price"])
    fields = [one.get_attribute("id") for one in bid.locator("textarea[data-keep]").all()]
    assert len(fields) > 2
    bid.locator(f"[id='{fields[0]}']").fill(canaries["anna"])
    expect(bid.locator("[data-draft-said]")).to_contain_text("Draft kept in this browser")
    kept = bid.evaluate(KEPT_HERE, list(canaries.values()))
    assert kept["count"] > 0
    assert kept["found"] == [], "what is kept in the browser is encrypted there too"
    address = bid.url
    team = share(anna, bid, colleague)

    there = bo.go(team.removeprefix(site.base))
    assert bo.violations() == []
    there.get_by_label("Passphrase, at least").fill(PASSPHRASE)
    there.get_by_label("The same again").fill(PASSPHRASE)
    there.get_by_role("button", name="Make it with this passphrase").click()
    said(there, "A colleague must give your key access first")
    assert bo.overflow() == []
    mine = there.locator(".draft-people li").filter(has_text=colleague).locator("[data-fingerprint]")
    expect(bid.locator("[data-waiting] code")).to_be_visible(timeout=POLL)
    there.reload()
    expect(mine).to_have_text(bid.locator("[data-waiting] code").inner_text(), timeout=POLL)
    bid.get_by_role("button", name="the fingerprint is the same").click()
    expect(bid.locator("[data-waiting]")).to_be_hidden(timeout=POLL)

    anna.page.goto(address)
    said(bid, "Everything is saved for the team")
    expect(bid.get_by_label("Unit price (yuan)")).to_have_value(canaries["price"])
    said(there, "Your key opens this draft.")
    there.get_by_role("link", name="To the bid").click()
    expect(there.locator("[data-bid][data-team-ready]")).to_be_visible(timeout=POLL)
    expect(there.locator(f"[id='{fields[0]}']")).to_have_value(canaries["anna"])
    expect(there.locator("[data-price-row]")).to_have_count(0)
    expect(there.get_by_role("button", name="Seal and upload")).to_be_disabled()
    assert canaries["price"] not in there.content()
    assert bo.overflow() == []
    assert bo.violations() == []

    there.locator(f"[id='{fields[1]}']").fill(canaries["bo"])
    (tmp_path / f"{canaries['name']}.txt").write_text(canaries["file"] * 20)
    there.locator("#attachments").set_input_files(tmp_path / f"{canaries['name']}.txt")
    expect(bid.locator(f"[id='{fields[1]}']")).to_have_value(canaries["bo"], timeout=POLL)
    expect(bid.locator("[data-files] li")).to_contain_text(canaries["name"], timeout=POLL)

    bid.locator(f"[id='{fields[2]}']").fill(f"{canaries['both']} from one")
    there.locator(f"[id='{fields[2]}']").fill(f"{canaries['both']} from the other")
    disputed = wait_for_dispute(bid, there)
    expect(disputed.locator("[data-both]")).to_contain_text("from one")
    expect(disputed.locator("[data-both]")).to_contain_text("from the other")
    disputed.get_by_role("button", name="Put both together").click()
    for page in (bid, there):
        expect(page.locator(f"[id='{fields[2]}']")).to_have_value(
            re.compile("from (one|the other)\n.*from (one|the other)"), timeout=POLL
        )

    anna.page.goto(team)
    said(bid, "Your key opens this draft.")
    row = bid.locator(".draft-people li").filter(has_text=colleague)
    row.get_by_role("button", name="Remove").click()
    expect(bid.locator(".draft-people")).not_to_contain_text(colleague)
    said(bid, "Your key opens this draft.")
    said(there, "You have no access to this shared draft any more")
    expect(there.locator(f"[id='{fields[1]}']")).to_have_value(canaries["bo"])
    state = team.removeprefix(site.base) + "state.json"
    assert there.request.get(site.find(state)).status == 404
    assert there.request.get(team).status == 404
    anna.page.goto(address)
    said(bid, "Everything is saved for the team")
    bid.locator(f"[id='{fields[0]}']").fill(f"{canaries['anna']} alone again")
    said(bid, "Not yet saved")
    said(bid, "Everything is saved for the team")

    bid.route("**/logout/", lambda route: route.fulfill(status=204))  # others use the session
    bid.locator("form[action$='/logout/']").first.evaluate("(form) => form.requestSubmit()")
    expect_locked(bid)
    bid.unroute("**/logout/")
    bid.goto(address)
    expect(bid.locator("[data-part=price]")).to_have_js_property("inert", True)
    bid.get_by_role("button", name="Unlock with my passkey").click()
    said(bid, "Everything is saved for the team")

    secret = (site.var / "secret-key").read_text().strip()
    folders = [site.var, site.scratch, site.log.parent]
    assert search.in_files([site.var], tender.mark), "the search finds what the database holds"
    for place, canary in canaries.items():
        assert search.in_files(folders, canary) == [], place
    if os.geteuid() == 0:
        for pid, command in site.processes().items():
            if "bidding.keeper" not in command:
                found = search.in_memory(pid, [secret, *canaries.values()])
                assert found <= {secret}, command


def expect_locked(page: Page) -> None:
    """Wait until the browser holds no unlocked draft key."""
    for _ in range(50):
        if not page.evaluate(UNLOCKED):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the unlocked key is still there")


def wait_for_dispute(*pages: Page) -> Page:
    """Give the page that was the later one, and is asked what stays."""
    for _ in range(200):
        for page in pages:
            if page.locator("[data-both]").count():
                return page
        pages[0].wait_for_timeout(100)
    raise AssertionError("nobody was asked")
