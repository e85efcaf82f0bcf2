"""A bidder seals, uploads, signs and submits in a real browser under the site's content security policy."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from bidding.sealing import keeperside
from bidding.sealing.encoding import h
from bidding.sealing.objects import SealedRecord
from bidding.sealing.opening import Limits, Outcome, open_bid
from tests.frontend.receiving import Receiver, built
from tests.frontend.test_seal import SHEET, Cast, make_cast

pytestmark = pytest.mark.browser

DRIVER = """
(async () => {
  const params = JSON.parse(document.getElementById("params").textContent);
  const sheet = JSON.parse(document.getElementById("sheet").textContent);
  const state = document.getElementById("state");
  const said = document.getElementById("phases");
  const phases = new Set();
  const onProgress = ({ phase }) => { phases.add(phase); said.textContent = [...phases].join(" "); };
  const run = (work) => async () => {
    state.textContent = "working";
    try {
      const { recordHash, answer } = await work();
      state.textContent = `received ${recordHash} ${answer.receipt}`;
    } catch (error) { state.textContent = `failed ${error.code}: ${error.message}`; }
  };
  const { seal } = window.mingcai;
  const files = () => [...document.getElementById("files").files];
  document.getElementById("seal").onclick = run(() => seal.sealAndUpload({ params, sheet, files: files(), onProgress }));
  document.getElementById("resume").onclick = run(() => seal.resume({ params, onProgress }));
  state.textContent = "ready";
})();
"""


def page_of(params: dict[str, object]) -> str:
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Seal</title>
<script src="/static/build/{built("app.js").name}" defer></script>
<script src="/static/build/{built("seal.js").name}" defer></script>
<script src="/driver.js" defer></script></head>
<body><h1>Seal</h1><input type="hidden" name="csrfmiddlewaretoken" value="the-token">
<script type="application/json" id="params">{json.dumps(params)}</script>
<script type="application/json" id="sheet">{json.dumps(SHEET)}</script>
<input type="file" id="files" multiple><button id="seal">Seal</button><button id="resume">Resume</button>
<p id="state"></p><p id="phases"></p></body></html>"""


def bidders_passkey(page: Page) -> str:
    """Put a passkey for localhost into a software authenticator; gives its id, base64url."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page.evaluate(
        """async () => {
          const bytes = (n) => crypto.getRandomValues(new Uint8Array(n));
          const made = await navigator.credentials.create({ publicKey: {
            challenge: bytes(32), rp: { id: "localhost", name: "test" }, user: { id: bytes(16), name: "b", displayName: "b" },
            pubKeyCredParams: [{ type: "public-key", alg: -7 }], authenticatorSelection: { userVerification: "required" } } });
          return made.id;
        }"""
    )


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def bidding_page(watched: Page, receiver: Receiver, cast: Cast, tmp_path: Path) -> Page:
    """A page that is ready to seal, with a passkey at hand and two files chosen."""
    receiver.scripts["/driver.js"] = DRIVER
    receiver.pages["/"] = (
        "<!doctype html><html lang=en><title>blank</title><link rel=icon href=data:,><h1>blank</h1></html>"
    )
    watched.goto(receiver.address + "/")
    credential = bidders_passkey(watched)
    receiver.answers["/sign"] = (200, {
        "scheme": "webauthn",
        "publicKey": {"rpId": "localhost", "challenge": "AAAA", "userVerification": "required",
                      "allowCredentials": [{"type": "public-key", "id": credential}]},
    })  # fmt: skip
    receiver.answers["/submit"] = (200, {"receipt": "R-1"})
    receiver.pages["/seal"] = page_of(cast.params(
        tus_endpoint="/uploads/", upload_metadata={"tender": "T"}, sign_url="/sign", submit_url="/submit",
        chunk_bytes=1 << 20,
    )).replace("<head>", '<head><link rel="icon" href="data:,">')  # fmt: skip
    folder = tmp_path / "from"
    folder.mkdir()
    for name, size in (("技术方案.pdf", 9_500_000), ("营业执照.png", 70_001)):
        (folder / name).write_bytes(random.Random(name).randbytes(size))
    watched.goto(receiver.address + "/seal")
    expect(watched.locator("#state")).to_have_text("ready")
    watched.locator("#files").set_input_files(sorted(folder.iterdir()))
    return watched


def opened(receiver: Receiver, cast: Cast, tmp_path: Path) -> Any:
    """Open what was submitted as the platform and the keepers would; gives the verdict."""
    path, headers, body = receiver.posts[-1]
    assert path == "/submit"
    record = SealedRecord.from_json(body["record"])
    assert (headers["Idempotency-Key"], headers["X-CSRFToken"]) == (record.idempotency_key, "the-token")
    for part in ("sheet", "files"):
        (tmp_path / f"{part}.age").write_bytes(receiver.uploads[body["uploads"][part]])
    released = [
        keeperside.check_envelope(
            record, base64.b64decode(envelope), cast.identities[i], cast.keepers[i].id, i + 1
        )
        for i, envelope in enumerate(body["envelopes"])
    ]
    return open_bid(
        record, released[:3], tmp_path / "sheet.age", tmp_path / "files.age", tmp_path / "opened", Limits()
    )


def assert_opens(receiver: Receiver, cast: Cast, tmp_path: Path) -> None:
    verdict = opened(receiver, cast, tmp_path)
    assert verdict.verdict is Outcome.OPENED, verdict.to_json()
    assert verdict.opened.sheet.to_json() == SHEET
    chosen = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "from").iterdir()
    }
    assert {file.name: file.sha256 for file in verdict.opened.files} == chosen


def test_a_bidder_seals_uploads_signs_and_submits(
    bidding_page: Page, receiver: Receiver, cast: Cast, tmp_path: Path
) -> None:
    bidding_page.locator("#seal").click()
    expect(bidding_page.locator("#state")).to_contain_text("received", timeout=60_000)
    expect(bidding_page.locator("#phases")).to_contain_text("signing submitting received")
    assert_opens(receiver, cast, tmp_path)

    signed = receiver.posts[-1][2]
    record = SealedRecord.from_json(signed["record"])
    signature = signed["signature"]
    assert signature["scheme"] == "webauthn"
    client = json.loads(base64.urlsafe_b64decode(signature["client_data_json"] + "=="))
    challenge = base64.urlsafe_b64decode(client["challenge"] + "=")
    assert (challenge, h(b"").hex() == record.hash) == (bytes.fromhex(record.hash), False)
    left = bidding_page.evaluate("window.mingcai.seal.unfinished('B-7').then((found) => found.length)")
    assert (left, bidding_page.evaluate("Object.keys(localStorage).length")) == (0, 0)


def test_an_upload_goes_on_after_the_page_was_closed(
    bidding_page: Page, receiver: Receiver, cast: Cast, tmp_path: Path
) -> None:
    bidding_page.expected = ("403",)  # type: ignore[attr-defined]
    receiver.refuse_after = 3
    bidding_page.locator("#seal").click()
    expect(bidding_page.locator("#state")).to_contain_text("failed upload", timeout=60_000)
    sent = {key: len(held) for key, held in receiver.uploads.items()}
    assert 0 < sum(sent.values()) < sum(receiver.lengths.values())
    assert not [path for path, *_ in receiver.posts if path == "/submit"]

    receiver.refuse_after = None
    bidding_page.reload()
    expect(bidding_page.locator("#state")).to_have_text("ready")
    bidding_page.locator("#resume").click()
    expect(bidding_page.locator("#state")).to_contain_text("received", timeout=60_000)
    assert len(receiver.uploads) == 2
    assert_opens(receiver, cast, tmp_path)


def test_a_refusal_of_the_server_is_told_and_the_sealed_bid_is_kept(
    bidding_page: Page, receiver: Receiver
) -> None:
    bidding_page.expected = ("409",)  # type: ignore[attr-defined]
    receiver.answers["/submit"] = (409, {"code": "too-late", "detail": "投标截止时间已过"})
    bidding_page.locator("#seal").click()
    expect(bidding_page.locator("#state")).to_have_text("failed too-late: 投标截止时间已过", timeout=60_000)
    kept = bidding_page.evaluate("window.mingcai.seal.unfinished('B-7').then((found) => found.length)")
    assert kept == 1


def test_an_upload_that_hangs_without_an_error_goes_on_by_itself(
    bidding_page: Page, receiver: Receiver, cast: Cast, tmp_path: Path
) -> None:
    receiver.pages["/seal"] = receiver.pages["/seal"].replace(
        '"chunk_bytes"', '"stall_ms": 1500, "chunk_bytes"'
    )
    bidding_page.reload()
    bidding_page.locator("#files").set_input_files(sorted((tmp_path / "from").iterdir()))
    parts: list[str] = []

    def hang(route: Route) -> None:
        if route.request.method == "PATCH":
            parts.append(route.request.headers["upload-offset"])
            if len(parts) == 4:
                return  # neither sent nor refused
        route.continue_()

    bidding_page.route("**/uploads/*", hang)
    bidding_page.locator("#seal").click()
    expect(bidding_page.locator("#state")).to_contain_text("received", timeout=30_000)
    assert parts.count(parts[3]) == 2, "what hung is sent once more, and nothing else twice"
    assert len(parts) == len(set(parts[1:])) + 2
    assert_opens(receiver, cast, tmp_path)
