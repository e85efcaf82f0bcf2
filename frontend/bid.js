// The page of one bid: the price sheet adds itself up, the list of tasks says what is left, and sealing is a scene of
// its own. Uses window.mingcai.seal (seal/page.js).

import { inWords, yuan } from "./words.js";

const page = document.querySelector("[data-bid]");
const part = (name) => page.querySelector(`[data-${name}]`);
const seal = () => window.mingcai.seal;

/** Millionths of what is written with at most six places; null for anything else. */
function millionths(text) {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text.trim());
  return match ? BigInt(match[1] + (match[2] ?? "").padEnd(6, "0")) : null;
}

/** Fen of quantity × unit price, rounded half up; both have at most six places. */
function lineFen(quantity, price) {
  const [q, p] = [millionths(quantity), millionths(price)];
  if (q === null || p === null) return null;
  const fen = 10n ** 10n; // a product is in 10^-12 yuan
  return Number((q * p + fen / 2n) / fen);
}

function lines() {
  return [...page.querySelectorAll("[data-price-row]")].map((row) => {
    const field = row.querySelector("[data-unit-price]");
    const { item, name, quantity, unit } = row.dataset;
    // As the record writes decimals: no zeros before the first digit.
    const price = field.value.trim().replace(/^0+(?=\d)/, "");
    return { row, field, item, name, quantity, unit, unit_price: price, fen: lineFen(quantity, price) };
  });
}

/** Show every amount and the total; gives the total in fen, or null while a price is missing. */
function addUp() {
  let total = 0;
  for (const { row, field, fen } of lines()) {
    row.querySelector("[data-amount]").textContent = fen === null ? "—" : yuan(fen);
    field.toggleAttribute("aria-invalid", false);
    if (fen === null && field.value.trim()) field.setAttribute("aria-invalid", "true");
    total = fen === null || total === null ? null : total + fen;
  }
  const ceiling = Number(page.dataset.ceilingFen || 0);
  part("total").textContent = total === null ? "—" : yuan(total);
  part("total-words").textContent = total === null ? "" : inWords(total);
  part("over-ceiling").hidden = !(ceiling && total !== null && total > ceiling);
  return total;
}

function integer(id) {
  const text = document.getElementById(id).value.trim();
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

const responses = () => [...page.querySelectorAll("[data-response]")];
const files = () => [...page.querySelector("input[type=file]").files];

function sheetOf(total) {
  const facts = {};
  for (const field of page.querySelectorAll("[data-fact]")) {
    const value = field.type === "checkbox" ? field.checked : field.value.trim();
    if (value !== "") facts[field.dataset.fact] = value;
  }
  const prices = lines().map(({ item, name, quantity, unit, unit_price, fen }) => ({ item, name, quantity, unit, unit_price, amount_fen: fen }));
  return {
    type: "mingcai/v1/sheet",
    total_fen: total,
    prices,
    delivery_days: integer("delivery_days"),
    warranty_months: integer("warranty_months"),
    responses: responses().map((field) => ({ criterion: field.dataset.response, response: field.value.trim(), files: [] })),
    facts,
    notes: "",
  };
}

// --- what is left to do ---

function task(name, done, text) {
  const place = page.querySelector(`[data-task="${name}"]`);
  if (!place) return;
  place.textContent = text ?? (done ? page.dataset.wordsDone : page.dataset.wordsTodo);
  place.closest("li").classList.toggle("done", done);
}

function size(bytes) {
  const step = bytes < 1 << 20 ? ["kilobyte", 1000] : ["megabyte", 1e6];
  const shown = { style: "unit", unit: step[0], maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang, shown).format(bytes / step[1]);
}

function showFiles() {
  part("files").replaceChildren(...files().map((file) => {
    const row = document.createElement("li");
    row.textContent = `${file.name} · ${size(file.size)}`;
    return row;
  }));
}

function showTasks() {
  const total = addUp();
  const over = !part("over-ceiling").hidden;
  const written = responses().filter((field) => field.value.trim()).length;
  task("prices", total !== null && !over, over ? page.dataset.wordsCheck : undefined);
  task("terms", integer("delivery_days") !== null);
  task("responses", written === responses().length, `${written} / ${responses().length}`);
  task("files", files().length > 0, files().length ? String(files().length) : page.dataset.wordsNone);
  task("sealing", page.dataset.done === "true");
}

// --- sealing ---

function say(problem) {
  const place = part("problem");
  place.hidden = !problem;
  part("problem-text").textContent = problem;
  if (problem) place.focus();
}

/** What went wrong, in the reader's words; the server's own words come translated. */
function wordsFor(error) {
  const words = page.dataset;
  if (error.problem?.detail || error.problem?.title) return error.problem.detail ?? error.problem.title;
  if (error.name === "NotAllowedError") return words.wordsCancelled;
  const known = { upload: words.wordsOffline, unreachable: words.wordsOffline, changed: words.wordsChanged,
    "file-name": words.wordsFile, length: words.wordsLength, "control-character": words.wordsLength };
  return known[error.code] ?? (error instanceof TypeError ? words.wordsOffline : `${words.wordsFailed} (${error.code ?? error.message})`);
}

function mark(state) {
  const place = part("mark").firstElementChild;
  if (place.dataset.seal === state) return;
  place.classList.replace(`seal--${place.dataset.seal}`, `seal--${state}`);
  place.classList.toggle("seal--moves", state === "sealed");
  place.dataset.seal = state;
}

function progress({ phase, done, total }) {
  const bar = part("progress");
  const meter = bar.querySelector("progress");
  bar.hidden = false;
  if (total) {
    meter.max = total;
    meter.value = done;
  } else {
    meter.removeAttribute("value");
  }
  const words = page.dataset[`phase${phase[0].toUpperCase()}${phase.slice(1)}`] ?? phase;
  if (part("phase").textContent !== words) part("phase").textContent = words;
  if (["signing", "submitting", "received"].includes(phase)) mark("sealed");
}

/** Wait for the person's touch: a passkey ceremony must follow a click. */
function touch() {
  const dialog = part("sign");
  const button = dialog.querySelector("button");
  dialog.hidden = false;
  button.focus();
  return new Promise((resolve) => {
    button.addEventListener("click", () => {
      dialog.hidden = true;
      resolve();
    }, { once: true });
  });
}

async function run(params, work) {
  const button = part("seal-button");
  button.disabled = true;
  part("resume").hidden = true;
  say("");
  try {
    const { answer } = await work();
    page.dataset.done = "true";
    for (const { key } of await seal().unfinished(params.ctx_base.bid_id)) await seal().discard(key);
    window.location.assign(answer.receipt_url);
  } catch (error) {
    button.disabled = false;
    part("progress").hidden = true;
    part("sign").hidden = true;
    mark("pending");
    await offerKept(params);
    say(`${wordsFor(error)} ${page.dataset.wordsKept}`);
  }
}

/** Offer to go on with what was sealed here and not received. */
async function offerKept(params) {
  const kept = await seal().unfinished(params.ctx_base.bid_id);
  part("resume").hidden = kept.length === 0;
}

function start() {
  const params = JSON.parse(document.getElementById("sealing-params").textContent);
  const shared = { params, onProgress: progress, readyToSign: touch };
  page.addEventListener("input", showTasks);
  page.addEventListener("change", () => {
    showFiles();
    showTasks();
  });
  showFiles(); // a browser may keep what was chosen over a reload
  showTasks();
  part("seal-button").addEventListener("click", () => {
    const total = addUp();
    if (total === null) {
      say(page.dataset.wordsPrices);
      return;
    }
    run(params, () => seal().sealAndUpload({ ...shared, sheet: sheetOf(total), files: files() }));
  });
  part("resume").querySelector("button").addEventListener("click", () => run(params, () => seal().resume(shared)));
  document.addEventListener("countdown:over", () => {
    if (page.dataset.done === "true") return;
    part("seal-button").disabled = true;
    say(page.dataset.wordsLate);
  });
  offerKept(params);
}

if (page) document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
