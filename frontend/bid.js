// The page of one bid: what is done, what is missing, what comes next; the draft that survives a restart; the check before
// sealing. Uses window.mingcai.seal (seal/page.js).

import { Attachments } from "./bid/attachments.js";
import { wireBook } from "./bid/book.js";
import { Draft } from "./bid/draft.js";
import { wireOffline } from "./bid/offline.js";
import { partsOf, valuesOf } from "./bid/places.js";
import { asPrice, lineFen } from "./bid/prices.js";
import { review } from "./bid/review.js";
import { Scene } from "./bid/scene.js";
import { Shared } from "./bid/shared.js";
import { unlockedSeed } from "./bid/unlock.js";
import { say, time } from "./bid/words.js";
import { inWords, yuan } from "./words.js";

const page = document.querySelector("[data-bid]");
const part = (name) => page.querySelector(`[data-${name}]`);
const all = (selector) => [...page.querySelectorAll(selector)];
const SAVE_AFTER = 500;
const JOIN_AGAIN = 5000;
const KIT_AT_LEAST = 12;

let attachments;
let scene;
let draft;
let shared = null; // while a team writes this bid
let locked = false; // what the team wrote is not on the page yet
let bases = {};
const elsewhere = new Map(); // criterion -> proofs that a colleague chose and that are not on this page
let checked = false;

// --- what was entered ---

function lines() {
  return all("[data-price-row]").map((row) => {
    const field = row.querySelector("[data-unit-price]");
    const { item, name, quantity, unit } = row.dataset;
    const price = asPrice(field.value) ?? field.value.trim();
    return { row, field, item, name, quantity, unit, price, fen: lineFen(quantity, price) };
  });
}

/** Show every amount and the total; gives the total in fen, or null while a price is missing. */
function addUp() {
  if (!part("total")) return null; // a technical envelope has no prices
  let total = 0;
  for (const { row, field, fen } of lines()) {
    row.querySelector("[data-amount]").textContent = fen === null ? "—" : yuan(fen);
    if (fen === null && field.value.trim()) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    total = fen === null || total === null ? null : total + fen;
  }
  const ceiling = Number(page.dataset.ceilingFen || 0);
  part("total").textContent = total === null ? "—" : yuan(total);
  part("total-words").textContent = total === null ? "" : inWords(total);
  part("over-ceiling").hidden = !(ceiling && total !== null && total > ceiling);
  return total;
}

function integer(id) {
  const text = document.getElementById(id)?.value.trim() ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

const musts = () => all("[data-must]").map((place) => ({
  place, id: place.dataset.must, name: place.dataset.name,
  answer: place.querySelector("input:checked")?.value ?? "",
  text: place.querySelector("[data-must-text]").value.trim(),
}));

const scored = () => all("[data-response]").map((field) => ({
  id: field.dataset.response, name: field.dataset.name, text: field.value.trim(),
}));

function proofs(id) {
  const chosen = all(`[data-proof="${CSS.escape(id)}"] input:checked`).map((box) => box.value);
  return [...new Set(chosen)];
}

const allProofs = (id) => [...new Set([...proofs(id), ...(elsewhere.get(id) ?? [])])].sort();

function chooseProofs(id, names) {
  elsewhere.set(id, names);
  for (const box of all(`[data-proof="${CSS.escape(id)}"] input`)) box.checked = names.includes(box.value);
  showProofs();
}

/** The size that counts in a lot reserved for SMEs, null in any other: the maker's, or that of the whole consortium. */
function declaredSize() {
  const field = page.querySelector("#size[data-reserved]");
  if (!field) return null;
  return document.getElementById("consortium-choice")?.selectedOptions[0]?.dataset.size ?? field.value;
}

/** What is typed of subcontracts, a line with anything in it; null where the documents permit none. */
function subcontracts() {
  const place = part("subcontracts");
  if (!place) return null;
  const hundredths = (text) => {
    const [, whole, rest = ""] = /^(\d{1,2})(?:\.(\d{1,2}))?\s*%?$/.exec(text) ?? [];
    return whole === undefined || Number(`${whole}.${rest}`) === 0 ? null : Number(whole) * 100 + Number(rest.padEnd(2, "0"));
  };
  const rows = all("[data-subcontract]").map((row) => [...row.querySelectorAll("[data-fact]")].map((field) => field.value.trim()))
    .filter((said) => said.some(Boolean))
    .map((said) => ({ whole: said.every(Boolean), share: hundredths(said[3]) }));
  return { most: Number(place.dataset.most), rows };
}

function bid() {
  return {
    lines: lines().map(({ item, name, price, fen }) => ({ item, name, price, fen })),
    total: addUp(),
    ceiling: Number(page.dataset.ceilingFen || 0),
    budget: Number(page.dataset.budgetFen || 0),
    delivery: integer("delivery_days"), warranty: integer("warranty_months"), validity: integer("validity_days"),
    subcontracts: subcontracts(),
    security: page.querySelector("[data-security]") ? all("[data-security-part]").every((field) => field.value.trim()) : null,
    size: declaredSize(),
    musts: musts().map(({ id, name, answer }) => ({ id, name, answer })),
    answers: scored(),
    stated: all("[data-stated]").map(({ dataset, value }) => ({
      id: dataset.stated, name: dataset.name, value: value.trim(), number: "number" in dataset, whole: "whole" in dataset,
    })),
    files: attachments.entries.map(({ file, facts, faults }) => ({
      name: file.name, size: file.size, sha256: facts?.sha256 ?? null, faults: faults ?? [],
    })),
    envelope: page.dataset.envelope,
    unseen: page.dataset.unseen.split(" ").filter(Boolean),
  };
}

function sheet() {
  const facts = {};
  for (const field of all("[data-fact]")) {
    const value = field.type === "checkbox" ? field.checked : field.value.trim();
    if (value !== "") facts[field.dataset.fact] = value;
  }
  const validity = integer("validity_days");
  if (validity !== null) facts.validity_days = validity;
  const answered = musts().map(({ id, name, answer, text }) => ({
    criterion: id, files: proofs(id),
    response: [id.startsWith("star.") && `★ ${name}`, answer && say(answer), text].filter(Boolean).join("\n"),
  }));
  const others = scored().map(({ id, text }) => ({ criterion: id, response: text, files: proofs(id) }));
  return {
    type: "mingcai/v1/sheet",
    total_fen: addUp(),
    prices: lines().map(({ item, name, quantity, unit, price, fen }) => ({ item, name, quantity, unit, unit_price: price, amount_fen: fen })),
    delivery_days: integer("delivery_days"),
    warranty_months: integer("warranty_months"),
    responses: [...answered, ...others],
    facts,
    notes: "",
  };
}

// --- what is left to do ---

function task(name, done, text) {
  const place = page.querySelector(`[data-task="${name}"]`);
  if (!place) return done;
  const row = place.closest("li");
  const words = text ?? say(done ? "done" : "todo");
  place.textContent = row.classList.contains("touched") && name !== "amendments" ? `${words} · ${say("unread")}` : words;
  row.classList.toggle("done", done);
  return done;
}

function showTasks() {
  const now = bid();
  const found = review(now);
  const blocks = found.filter((one) => one.block);
  const advice = found.filter((one) => !one.block);
  const at = (name) => blocks.some((one) => one.at === name);
  const answered = now.musts.filter(({ answer }) => answer).length + now.answers.filter(({ text }) => text).length;
  const wanted = now.musts.length + now.answers.length;
  const amendments = task("amendments", !now.unseen.length, now.unseen.length ? undefined : say("done"));
  const steps = [
    ["prices", !now.lines.length ? task("prices", true, say("team-price-hidden")) : task("prices", now.total !== null && !at("prices"), now.total !== null && at("prices") ? say("check") : undefined)],
    ["terms", task("terms", !at("terms"))],
    ["responses", task("responses", answered === wanted, `${answered} / ${wanted}`)],
    ["files", task("files", now.files.length > 0 && !at("files"), at("files") ? say("check") : now.files.length ? String(now.files.length) : say("none"))],
  ].filter(([name]) => page.querySelector(`[data-task="${name}"]`));
  const confirmed = part("advised").checked;
  const ready = !blocks.length && (!advice.length || confirmed);
  const state = blocks.length ? ["blocked", blocks] : advice.length && !confirmed ? ["advised", advice] : ["ready", []];
  task("checking", ready, say(state[0], { count: state[1].length }));
  task("sealing", Boolean(page.dataset.sealed));
  task("signing", Boolean(scene.over));
  showFindings(blocks, advice);
  showNext(amendments, steps, state[0]);
  return { blocks, advice, ready };
}

function showNext(amendments, steps, state) {
  const open = amendments === false ? "amendments" : steps.find(([, done]) => !done)?.[0];
  const place = open && page.querySelector(`[data-task="${open}"]`)?.closest("li").querySelector("a");
  let words;
  let target;
  if (page.dataset.sealed) [words, target] = [say("next-sign"), "#signing"];
  else if (place && !(state === "advised" && checked)) [words, target] = [say("next", { task: place.textContent }), place.hash];
  else [words, target] = { blocked: [say("next-blocked"), "#checking"], advised: [say("next-advised"), "#checking"], ready: [say("next-seal"), "#sealing"] }[state];
  const next = part("next");
  if (next.textContent === words) return;
  next.replaceChildren(Object.assign(document.createElement("a"), { href: target, textContent: words }));
}

function placeOf({ at, item, id }) {
  if (at === "prices" && item) return `#${lines().find((line) => line.item === item).field.id}`;
  if (at === "responses" && id) return `#${document.getElementById(`must-${id}-met`)?.id ?? `response-${id}`}`;
  return `#${at}`;
}

function findingLine(one) {
  const line = document.createElement("li");
  line.append(Object.assign(document.createElement("a"), { href: placeOf(one), textContent: say(one.code, one) }));
  return line;
}

let shown = "";

function showFindings(blocks, advice) {
  const state = JSON.stringify([checked, blocks, advice]);
  if (state === shown) return;
  shown = state;
  part("blocks").hidden = !checked || !blocks.length;
  part("advice").hidden = !checked || !advice.length;
  part("all-well").hidden = !checked || blocks.length > 0 || advice.length > 0;
  part("block-list").replaceChildren(...blocks.map(findingLine));
  part("advice-list").replaceChildren(...advice.map(findingLine));
}

/** Under every response, the attachments as boxes: which of them prove it. */
function showProofs(chosen = null) {
  const names = [...new Set(attachments.files.map((file) => file.name))];
  for (const place of all("[data-proof]")) {
    const id = place.dataset.proof;
    const before = new Set([...(chosen?.[id] ?? proofs(id)), ...(elsewhere.get(id) ?? [])]);
    elsewhere.set(id, (elsewhere.get(id) ?? []).filter((name) => !names.includes(name)));
    place.hidden = names.length === 0;
    place.querySelector("ul").replaceChildren(...names.map((name) => {
      const row = document.createElement("li");
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value: name, checked: before.has(name) });
      label.append(box, ` ${name}`);
      row.append(label);
      return row;
    }));
    countProofs(place);
  }
}

function countProofs(place) {
  place.querySelector("[data-proof-count]").textContent = String(place.querySelectorAll("input:checked").length);
}

// --- the draft ---

function entered() {
  const fields = {};
  for (const field of all("[data-keep]")) fields[field.id] = field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
  const prices = Object.fromEntries(lines().map(({ item, field }) => [item, field.value]));
  const proven = Object.fromEntries(all("[data-proof]").map(({ dataset }) => [dataset.proof, proofs(dataset.proof)]));
  const files = attachments.entries.map(({ id, part, shared: sent }) => ({ id, part, sent: Boolean(sent) }));
  return { fields, prices, proven, files, bases: shared?.base ?? bases };
}

let waiting = null;
let keeps = true;

async function save() {
  waiting = null;
  if (!keeps) return;
  try {
    part("draft-said").textContent = say("saved", { time: time(await draft.write(entered())) });
    part("forget").hidden = false;
  } catch {
    part("draft-said").textContent = say("not-saved");
  }
}

function saveSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(save, SAVE_AFTER);
}

async function keepFile(entry) {
  try {
    await draft.keepFile(entry.id, entry.file);
  } catch {
    part("draft-said").textContent = say("files-not-saved");
  }
}

async function restore() {
  const kept = await draft.read().catch(() => null);
  if (!kept) return;
  const { fields, prices, proven, files } = kept.fields;
  bases = kept.fields.bases;
  for (const field of all("[data-keep]")) {
    if (!(field.id in fields)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = fields[field.id];
    else field.value = fields[field.id];
  }
  for (const { item, field } of lines()) field.value = prices[item] ?? "";
  for (const { id, part: of, sent } of files) {
    if (!kept.files.has(id)) continue;
    attachments.add([kept.files.get(id)], [id], of);
    attachments.entries.at(-1).shared = sent;
  }
  showProofs(proven);
  part("draft-said").textContent = say("restored", { time: time(kept.at) });
  part("forget").hidden = false;
}

async function forget() {
  if (!window.confirm(say("forget"))) return;
  keeps = false;
  clearTimeout(waiting);
  await draft.forget();
  window.location.reload();
}

// --- the page ---

/** Have the browser save the recovery kit: it never goes to the server. */
function saveKit(blob, recordHash) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `kit-${recordHash.slice(0, 12)}.age`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  part("kit-saved").hidden = false;
}

/** Go on as one of the team: unlock one's key, then write and read with the others. */
async function join(params, initial) {
  locked = true;
  const places = all("[data-part]");
  for (const place of places) place.inert = true;
  const seed = await unlockedSeed(part("key"), params);
  const desk = {
    attachments, chooseProofs, proofs: allProofs,
    shown: () => {
      showProofs();
      showTasks();
      saveSoon();
    },
    forgetFile: (id) => draft.dropFile(id).catch(() => {}),
  };
  shared = new Shared(page, params.team, seed, desk);
  const from = { ...initial, ...bases };
  while (!shared.begun && !shared.gone) {
    await shared.do(() => shared.begin(from));
    if (!shared.begun) await new Promise((resolve) => setTimeout(resolve, JOIN_AGAIN));
  }
  for (const place of places) place.inert = false;
  locked = false;
  page.dataset.teamReady = "true";
}

async function sealIt() {
  checked = true;
  await attachments.settled();
  if (locked || (shared && !(await shared.settled()))) {
    scene.problem(say("team-unsettled"));
    return;
  }
  const { blocks, ready } = showTasks();
  if (!ready) {
    scene.problem(say(blocks.length ? "stopped" : "confirm"));
    document.getElementById("checking").focus();
    return;
  }
  const passphrase = part("kit-passphrase")?.value ?? "";
  if (passphrase && passphrase.length < KIT_AT_LEAST) {
    scene.problem(say("kit-short"));
    part("kit-passphrase").focus();
    return;
  }
  const kit = passphrase ? { passphrase, onKit: saveKit } : {};
  const files = attachments.files;
  await scene.forgetKept();
  scene.run((shared) => window.mingcai.seal.sealAndUpload({ ...shared, ...kit, sheet: sheet(), files }));
}

function fill(prices) {
  for (const { item, field } of lines()) if (item in prices) field.value = prices[item];
  page.dispatchEvent(new Event("input"));
  shared?.queue("price");
}

function onAttachments(what, entry) {
  if (what === "added") {
    keepFile(entry);
    shared?.added(entry);
  }
  if (what === "removed") {
    draft.dropFile(entry.id).catch(() => {});
    shared?.removed(entry);
  }
  if (what !== "looked") {
    showProofs();
    saveSoon();
  }
  showTasks();
}

async function start() {
  const params = JSON.parse(document.getElementById("sealing-params").textContent);
  draft = new Draft([page.dataset.user, params.organisation, page.dataset.tender, page.dataset.lot].join("/"));
  scene = new Scene(page, params, params.state_url, (on) => {
    for (const name of ["seal-button", "offline-go"]) part(name).disabled = on;
  });
  attachments = new Attachments(page, params.worker_url, onAttachments);
  if (part("book")) wireBook(page, params.worker_url, lines, fill); // not shown to those who do not see the price
  page.addEventListener("input", ({ target }) => {
    shared?.typed(target);
    showTasks();
    saveSoon();
  });
  page.addEventListener("sealed", showTasks);
  page.addEventListener("change", (event) => {
    const proof = event.target.closest?.("[data-proof]");
    if (proof) countProofs(proof);
  });
  part("forget").addEventListener("click", forget);
  part("seal-button")?.addEventListener("click", sealIt);
  const upload = (files) => scene.run((shared) => window.mingcai.seal.deliverSealed({ ...shared, files }));
  wireOffline(part("offline"), { params, sheet, upload });
  document.addEventListener("countdown:over", () => {
    if (scene.over) return;
    for (const name of ["seal-button", "offline-go"]) part(name).disabled = true;
    const sign = part("sign-button");
    if (sign) sign.disabled = true;
    scene.problem(say("late"));
  });
  const initial = Object.fromEntries(partsOf(page).map((name) => [name, valuesOf(page, name, allProofs)]));
  await restore();
  const sealed = document.getElementById("sealed-record");
  let known = "";
  if (sealed) {
    page.dataset.sealed = "true";
    known = scene.signSealed(JSON.parse(sealed.textContent).record);
  }
  showTasks();
  page.dataset.ready = "true";
  scene.offerKept(known);
  if (params.team) await join(params, initial);
}

if (page) document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
