// Sealing, uploading, signing: a scene of its own. The bid is NOT submitted until there is a receipt.

import { wireCertificate } from "../certificate.js";
import { say, size } from "./words.js";

const LOOK_EVERY = 3000;
const seal = () => window.mingcai.seal;

/** What went wrong, in the reader's words; the server's own words come translated. */
function wordsFor(error) {
  if (error.status === 401 || error.status === 403) return say("session");
  if (error.problem?.detail || error.problem?.title) return error.problem.detail || error.problem.title;
  if (error.name === "NotAllowedError") return say("cancelled");
  const known = { upload: "offline", unreachable: "offline", changed: "changed", "sealed-files": "sealed-files", "other-terms": "other-terms", length: "length", "control-character": "length" };
  return say(known[error.code] ?? (error instanceof TypeError ? "offline" : "")) || `${say("failed")} (${error.code ?? error.message})`;
}

/** The scene of one page. `busy(on)` is told when something is under way, `stateUrl` says how the bid stands by now. */
export class Scene {
  constructor(page, params, stateUrl, busy) {
    Object.assign(this, { page, params, stateUrl, busy, transfer: null, phase: "", asked: "" });
    this.part("pause").addEventListener("click", () => this.pause(true));
    this.part("go").addEventListener("click", () => this.pause(false));
    this.part("resume").querySelector("button").addEventListener("click", () => this.run((shared) => seal().resume(shared)));
    this.offerCertificate();
  }

  part(name) {
    return this.page.querySelector(`[data-${name}]`);
  }

  problem(words) {
    this.part("problem").hidden = !words;
    this.part("problem-text").textContent = words;
    if (words) this.part("problem").focus();
  }

  pause(on) {
    if (on) this.transfer?.pause();
    else this.transfer?.go();
    this.part("pause").hidden = on;
    this.part("go").hidden = !on;
    this.part("phase").textContent = say(on ? "phase-paused" : "phase-uploading");
    this.part(on ? "go" : "pause").focus();
  }

  mark(state) {
    const place = this.part("mark").firstElementChild;
    if (place.dataset.seal === state) return;
    place.classList.replace(`seal--${place.dataset.seal}`, `seal--${state}`);
    place.classList.toggle("seal--moves", state === "sealed");
    place.dataset.seal = state;
  }

  progress({ phase, done, total }) {
    if (this.transfer?.paused && phase === "uploading") return;
    const meter = this.part("progress").querySelector("progress");
    this.part("progress").hidden = false;
    if (total) {
      meter.max = total;
      meter.value = done;
    } else {
      meter.removeAttribute("value");
    }
    this.part("amount-done").textContent = phase === "uploading" ? `${size(done)} / ${size(total)}` : "";
    if (phase === this.phase) return;
    this.phase = phase;
    this.part("phase").textContent = say(`phase-${phase}`);
    this.part("pause").hidden = phase !== "uploading";
    this.part("go").hidden = true;
    if (["checking", "signing", "submitting", "received"].includes(phase)) this.mark("sealed");
  }

  /** Show what is to be signed and wait for the person's touch; meanwhile it may be signed on another device. */
  async touch({ recordHash }) {
    this.part("sign-hash").textContent = recordHash;
    this.part("sign").hidden = false;
    this.asked = recordHash;
    this.page.dataset.sealed = "true";
    this.page.dispatchEvent(new Event("sealed"));
    const watching = this.watch();
    const button = this.part("sign-button");
    if (!button) return new Promise(() => {}); // no passkey here: only another device can sign
    button.focus();
    await new Promise((resolve) => button.addEventListener("click", resolve, { once: true }));
    clearInterval(watching);
    this.part("sign").hidden = true;
  }

  /** Have the record signed with a certificate's own program. */
  offerCertificate() {
    const place = this.page.querySelector("[data-certificate]");
    if (!place) return;
    wireCertificate(place, {
      hash: () => this.asked,
      signed: (file) => {
        this.params.sign_options = { scheme: "cms", file };
        this.part("sign-button").click();
      },
    });
  }

  /** Lead to the receipt if this bid has been submitted meanwhile, also in another tab or on another device. */
  async leave() {
    const answer = await fetch(this.stateUrl, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    const there = answer?.ok ? (await answer.json()).receipt_url : null;
    if (!there) return false;
    await this.forgetKept();
    window.location.assign(there);
    return true;
  }

  watch() {
    const timer = setInterval(async () => {
      if (await this.leave()) clearInterval(timer);
    }, LOOK_EVERY);
    return timer;
  }

  /** Do what leads to a receipt; `left` names what there is when it fails, where that is not for the browser to tell. */
  async run(work, left = "") {
    this.busy(true);
    this.part("resume").hidden = true;
    this.part("unkept").hidden = true;
    this.problem("");
    this.phase = "";
    this.transfer = seal().transfer();
    try {
      const { answer } = await work({
        params: this.part("stamped")?.checked === false ? { ...this.params, stamps_url: "" } : this.params, transfer: this.transfer,
        onProgress: (step) => this.progress(step), readyToSign: (facts) => this.touch(facts),
        onUnkept: () => (this.part("unkept").hidden = false),
      });
      this.over = true;
      await this.forgetKept();
      window.location.assign(answer.receipt_url);
    } catch (error) {
      delete this.params.sign_options;
      if (await this.leave()) return;
      this.busy(false);
      delete this.page.dataset.sealed;
      this.page.dispatchEvent(new Event("sealed"));
      this.part("progress").hidden = true;
      this.part("sign").hidden = true;
      this.mark("pending");
      await this.offerKept();
      this.problem(`${wordsFor(error)} ${say(left || (this.part("resume").hidden ? "entered" : "kept"))}`);
    }
  }

  /** Sign a bid that was sealed before, here or elsewhere: the server has its bytes, and its record is in the page. */
  signSealed(record) {
    const hash = seal().hashOf(record);
    this.asked = hash;
    this.part("sign-hash").textContent = hash;
    this.mark("sealed");
    const watching = this.watch();
    this.part("sign-button")?.addEventListener("click", async () => {
      if (this.asked !== hash) return; // it was sealed again meanwhile: `touch` waits for this click
      clearInterval(watching);
      await this.run((shared) => seal().submitSealed({ ...shared, record, readyToSign: undefined }), "kept-there");
      if (this.over) return;
      this.page.dataset.sealed = "true"; // it is still there to be signed
      this.page.dispatchEvent(new Event("sealed"));
      this.part("sign").hidden = false;
    });
    return hash;
  }

  /** Forget what was sealed here before under this number: something newer takes its place. */
  async forgetKept() {
    for (const { key } of await seal().unfinished(this.params.ctx_base.bid_id)) await seal().discard(key);
  }

  /** Offer to go on with what was sealed here and not received; `but` names a record that the server has already. */
  async offerKept(but = "") {
    const kept = await seal().unfinished(this.params.ctx_base.bid_id);
    const terms = Object.entries(this.params.ctx_base);
    const fits = ({ record }) => terms.every(([name, value]) => record.ctx[name] === value) && record.supersedes === this.params.supersedes;
    this.part("resume").hidden = !kept.some((one) => one.recordHash !== but && fits(one));
  }
}
