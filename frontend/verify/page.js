// The page that checks a receipt or an opening. Nothing leaves this browser: the page has no way to send anything.
//
// Its words stand in <template id="verify-words"> as <p data-word="…">, with {holes}. The same script drives the copy of the
// page that people save to disk, and the page of a transcript (data-transcript holds the address of its file).

import { verifyArrivals } from "./arrivals.js";
import { NotTrusted, readPem, whoIs } from "./certificates.js";
import { NotDer } from "./der.js";
import { readKeepersFile } from "./objects.js";
import { verifyReceipt } from "./receipt.js";
import { Malformed, MAX_BYTES, parseJson } from "./strict.js";
import { replay } from "./transcript.js";

const MARK = { good: "✓", bad: "✗", open: "…" };
const CHINESE = document.documentElement.lang.startsWith("zh");
const words = new Map();

/** The text of a word with its holes filled; the name itself when nobody wrote it. */
function say(name, facts = {}) {
  const text = words.get(name);
  return text === undefined ? name : text.replace(/\{(\w+)\}/g, (_all, hole) => String(facts[hole] ?? ""));
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** An instant in Beijing time and in UTC. */
function instant(text) {
  const date = typeof text === "number" ? new Date(text * 1000) : new Date(text);
  const form = { dateStyle: "long", timeStyle: "medium", timeZone: "Asia/Shanghai" };
  const local = new Intl.DateTimeFormat(CHINESE ? "zh-CN" : "en-GB", form).format(date);
  return say("instant", { local, utc: `${date.toISOString().replace(/\.\d+Z$/, "Z")}` });
}

function grouped(digits) {
  return digits.slice(0, 20).match(/.{4}/g).join(" ");
}

function yuan(fen) {
  return (BigInt(fen) / 100n).toLocaleString("en-US") + "." + String(BigInt(fen) % 100n).padStart(2, "0");
}

function item(state, sentence, more = []) {
  const mark = element("span", { class: "verify-mark", "aria-hidden": "true" }, MARK[state]);
  const word = element("span", { class: "verify-word" }, say(`state.${state}`));
  const head = element("p", { class: "verify-sentence" }, mark, word, element("span", {}, sentence));
  return element("li", { class: `verify-step verify-step--${state}` }, head, more.length ? element("ul", { class: "verify-more" }, ...more) : null);
}

function part(state, ...text) {
  return element("li", { class: `verify-part verify-part--${state}` }, `${MARK[state]} `, ...text);
}

function named(one) {
  return one.name && one.name !== one.keeper ? `${one.name} (${one.keeper})` : one.keeper;
}

const MORE = {
  platform: ({ key, pinned }) => [
    element("li", {}, element("code", {}, key)),
    pinned === null ? element("li", {}, say("platform.unpinned")) : null,
  ],
  record: ({ hash }) => [element("li", {}, element("code", {}, hash))],
  keepers: ({ keepers }) => keepers.map((keeper) => element("li", {}, `${keeper.name || keeper.id} `, element("code", {}, grouped(keeper.fingerprint)))),
  acks: ({ acks }) =>
    acks.map((ack) =>
      ack.state === "good"
        ? part("good", say("ack.good", { keeper: named(ack), time: instant(ack.time) }))
        : part("bad", say(`ack.${ack.why}`, { keeper: named(ack) })),
    ),
  bidder: ({ why, certificate }) =>
    why
      ? [element("li", {}, say(`bidder.why.${why}`))]
      : certificate
        ? [
            element("li", {}, say(certificate.holder.code ? "bidder.holder.code" : "bidder.holder", certificate.holder)),
            element("li", {}, say(certificate.root ? "bidder.vouched" : "bidder.issuer", certificate.root ?? certificate.issuer)),
            element("li", {}, say("bidder.revocation")),
          ]
        : [],
  cosignatures: ({ cosigned }) =>
    cosigned.map((one) =>
      one.valid === null
        ? part("open", say("cosignature.none", { keeper: named(one) }))
        : one.valid
          ? part("good", say("cosignature.good", { keeper: named(one), time: instant(one.at) }))
          : part("bad", say("cosignature.bad", { keeper: named(one) })),
    ),
  tokens: ({ tokens }) =>
    tokens.map((one) =>
      one.at
        ? part("good", say(one.signed ? "token.signed" : "token.good", { tsa: one.tsa, time: instant(one.at) }))
        : part("bad", say("token.bad", { tsa: one.tsa, why: say(`token.why.${one.why}`) })),
    ),
  malformed: ({ detail }) => (detail ? [element("li", {}, element("code", {}, detail))] : []),
};

function shownStep(step) {
  const byCertificate = step.certificate && (step.certificate.root ? "certified" : "certificate");
  const word = step.signed && step.state === "good" ? "signed" : (byCertificate ?? step.state);
  return item(step.state, say(`${step.id}.${word}`, step), (MORE[step.id]?.(step) ?? []).filter(Boolean));
}

function verdict(good, title, text) {
  return element(
    "div",
    { class: `verify-verdict verify-verdict--${good}`, id: "verify-verdict", tabindex: "-1" },
    element("h2", {}, `${MARK[good]} ${title}`),
    element("p", {}, text),
  );
}

function facts(rows) {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of rows) if (value) list.append(element("dt", {}, say(`fact.${name}`)), element("dd", {}, value));
  return list;
}

function receiptShown(found, wanted) {
  const steps = [...found.steps];
  const onPaper = wanted ? found.facts.hash === wanted : null;
  if (onPaper !== null && found.facts.hash) steps.unshift({ id: "paper", state: onPaper ? "good" : "bad" });
  const wrong = steps.filter((step) => step.state === "bad");
  const open = steps.some((step) => step.id === "checkpoint" && step.state === "open");
  const good = wrong.length ? "bad" : "good";
  const title = wrong.length ? say("receipt.bad") : say({ withdrawal: "receipt.withdrawal", acknowledgement: "receipt.acknowledgement" }[found.facts.kind] ?? "receipt.good");
  const text = wrong.length
    ? say("receipt.bad.parts", { parts: wrong.map((step) => say(`part.${step.id}`)).reduce((first, rest) => say("list", { first, rest })) })
    : open
      ? say("receipt.good.open")
      : say("receipt.good.text");
  const { facts: told } = found;
  const known = told.hash
    ? facts([
        ["arrival", instant(told.arrival)],
        ["record", element("code", {}, told.hash)],
        ["tender", `${told.tender} · ${told.lot} · ${say(`envelope.${told.envelope}`)}`],
        ["bid", told.bid],
        ["opens", told.opens ? instant(told.opens) : null],
      ])
    : null;
  const order = ["bad", "open", "good"];
  steps.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return [verdict(good, title, text), known, element("h3", {}, say("steps")), element("ol", { class: "verify-steps" }, ...steps.map(shownStep)), limits("receipt.limits")];
}

function limits(name) {
  return element("p", { class: "verify-limits" }, say(name));
}

function arrivalsShown(found) {
  const platform = shownStep({ id: "platform", state: found.body ? "good" : "bad", key: found.key, pinned: found.pinned });
  if (!found.body) return [verdict("bad", say("receipt.bad"), say("arrivals.bad")), element("ol", { class: "verify-steps" }, platform)];
  const { body } = found;
  const parts = body.parts.map((one) =>
    part(one.received === one.length ? "good" : "open", say("arrivals.part", { ...one, at: instant(one.at) }), " ", element("code", {}, one.sha256)),
  );
  const attempts = body.attempts.map((one) => part(one.code === "accepted" ? "good" : "open", say("arrivals.attempt", { ...one, at: instant(one.at) })));
  return [
    verdict("good", say("arrivals.good"), say("arrivals.good.text", { at: instant(body.as_of) })),
    facts([["tender", body.tender], ["supplier", element("code", {}, body.supplier)]]),
    element("ol", { class: "verify-steps" }, platform),
    element("ul", { class: "verify-more" }, ...parts, ...attempts),
    limits("arrivals.limits"),
  ];
}

function transcriptShown(found) {
  if (found.outcome === "malformed") return [verdict("bad", say("transcript.bad"), say("malformed.bad")), element("p", {}, element("code", {}, found.detail))];
  const stands = found.outcome === "stands";
  const undecided = found.bids.filter((bid) => !bid.replayed && !bid.problem).length;
  const text = stands ? say("transcript.good.text", { n: found.bids.length, undecided }) : say("transcript.bad.text");
  const head = ["bid", "verdict", "total", "replay"].map((name) => element("th", { scope: "col", class: name === "total" ? "num" : null }, say(`column.${name}`)));
  const rows = found.bids.map((bid) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", {}, bid.bid)),
      element("td", {}, say(`verdict.${bid.verdict}`)),
      element("td", { class: "num" }, bid.total === null ? "—" : yuan(bid.total)),
      element("td", {}, bid.problem ? `${MARK.bad} ${say(`problem.${bid.problem}`)}` : bid.replayed ? `${MARK.good} ${say("replayed")}` : `${MARK.open} ${say("undecided")}`),
    ),
  );
  const table = element("table", { class: "data" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
  const region = element("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": say("column.caption") }, table);
  return [
    verdict(stands ? "good" : "bad", say(stands ? "transcript.good" : "transcript.bad"), text),
    ...(found.problems.length ? [element("ul", {}, ...found.problems.map((code) => part("bad", say(`frame.${code}`))))] : []),
    region,
    facts([
      ["closed", instant(found.close.closed_at)],
      ["root", element("code", {}, found.close.root)],
      ["transcript", element("code", {}, found.hash)],
      ["tender", `${found.policy.tender} · ${found.policy.lot} · ${say(`envelope.${found.policy.envelope}`)}`],
    ]),
    limits("transcript.limits"),
  ];
}

class Page {
  constructor(root) {
    this.root = root;
    this.out = root.querySelector("[data-verify-result]");
    this.trusted = {};
  }

  show(...children) {
    this.out.replaceChildren(...children.filter(Boolean));
    this.out.hidden = false;
    this.out.querySelector("#verify-verdict")?.focus();
  }

  wait(text) {
    this.out.hidden = false;
    this.out.replaceChildren(element("p", { role: "status" }, text));
  }

  refuse(name, detail = "") {
    this.show(verdict("bad", say("unreadable"), say(name)), detail ? element("p", {}, element("code", {}, detail)) : null);
  }

  /** Read what was given, tell by its members what it is, and check it. */
  async check(text) {
    this.wait(say("working"));
    await new Promise((resume) => setTimeout(resume));
    try {
      const value = parseJson(text);
      if (value?.type === "mingcai/v1/transcript") {
        this.show(...transcriptShown(await replay(value, (done, all) => this.wait(say("replaying", { done, all })))));
      } else if (value?.receipt !== undefined) {
        const wanted = /^#?([0-9a-f]{64})$/.exec(location.hash)?.[1];
        this.show(...receiptShown(await verifyReceipt(value, this.trust()), wanted));
      } else if (value?.arrivals !== undefined) {
        this.show(...arrivalsShown(verifyArrivals(value, this.trust().platform)));
      } else {
        this.refuse("unknown");
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.refuse("malformed.bad", error.message);
    }
  }

  trust() {
    const platform = this.root.querySelector("[data-trust-key]")?.value.trim();
    return { ...this.trusted, ...(platform ? { platform } : {}) };
  }

  async file(file) {
    const text = file.size > MAX_BYTES ? "" : await file.text();
    if (text.trimStart().startsWith("{")) await this.check(text);
    else this.refuse("unknown"); // a PDF, say
  }

  start() {
    const { root } = this;
    const chosen = root.querySelector("[data-verify-file]");
    chosen?.addEventListener("change", () => chosen.files[0] && this.file(chosen.files[0]));
    const zone = root.querySelector("[data-verify-drop]");
    for (const kind of ["dragenter", "dragover"]) {
      zone?.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.add("verify-drop--over");
      });
    }
    for (const kind of ["dragleave", "drop"]) zone?.addEventListener(kind, () => zone.classList.remove("verify-drop--over"));
    zone?.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) this.file(event.dataTransfer.files[0]);
    });
    const pasted = root.querySelector("[data-verify-text]");
    root.querySelector("[data-verify-run]")?.addEventListener("click", () => this.check(pasted.value));
    const keepers = root.querySelector("[data-trust-keepers]");
    keepers?.addEventListener("change", () => this.trustKeepers(keepers));
    const pinned = [...root.querySelectorAll("[data-trust-pem]")];
    for (const input of pinned) input.addEventListener("change", () => this.trustPem(input));
    // A file that was changed meanwhile may be chosen again under its name.
    for (const input of [chosen, keepers, ...pinned]) input?.addEventListener("click", () => (input.value = ""));
    const button = root.querySelector("[data-replay]");
    button?.addEventListener("click", () => this.fetched(button));
    for (const hidden of root.querySelectorAll("[data-needs-script]")) hidden.hidden = false;
  }

  async trustKeepers(input) {
    const said = this.root.querySelector("[data-trust-said]");
    delete this.trusted.keepers;
    try {
      if (!input.files[0]) return;
      this.trusted.keepers = readKeepersFile(parseJson(await input.files[0].text()));
      said.textContent = say("keepers.taken", { n: this.trusted.keepers.length });
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      input.value = "";
      said.textContent = say("keepers.refused");
    }
  }

  /** Take the certificates that vouch for time stamps (`authority`) or for bidders (`bidders`), and tell whose they are. */
  async trustPem(input) {
    const said = this.root.querySelector("[data-trust-said]");
    const what = input.dataset.trustPem;
    delete this.trusted[what];
    try {
      if (!input.files[0]) return;
      this.trusted[what] = readPem(await input.files[0].text());
      const names = this.trusted[what].roots.map(({ subject }) => whoIs(subject).name).reduce((first, rest) => say("list", { first, rest }));
      said.textContent = say(`${what}.taken`, { names });
    } catch (error) {
      if (!(error instanceof NotTrusted || error instanceof NotDer)) throw error;
      input.value = "";
      said.textContent = say(`${what}.refused`);
    }
  }

  async fetched(button) {
    button.disabled = true;
    this.wait(say("fetching"));
    try {
      const answer = await fetch(button.dataset.replay);
      if (!answer.ok) throw new TypeError();
      await this.check(await answer.text());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.refuse("unreachable");
    } finally {
      button.disabled = false;
    }
  }
}

const source = document.getElementById("verify-words");
for (const word of source?.content.querySelectorAll("[data-word]") ?? []) words.set(word.dataset.word, word.textContent.trim());
for (const root of document.querySelectorAll("[data-verify]")) new Page(root).start();
