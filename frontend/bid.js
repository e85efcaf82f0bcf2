// The page of one bid: the price sheet adds itself up, then sealing is a scene of its own. Uses window.mingcai.seal (seal/page.js).

const page = document.querySelector("[data-bid]");

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const cents = (text) => {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text.trim());
  return match ? BigInt(match[1] + (match[2] ?? "").padEnd(6, "0")) : null; // millionths of a yuan
};
const MILLION = 1000000n;

/** Fen of quantity × unit price, rounded half up; both have at most six places. */
function lineFen(quantity, price) {
  const q = cents(quantity);
  const p = cents(price);
  if (q === null || p === null) return null;
  const scaled = q * p; // 10^-12 yuan
  const unit = 10000000000n; // one fen
  return Number((scaled + unit / 2n) / unit);
}

const yuan = (fen) => (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function rows() {
  return [...page.querySelectorAll("[data-price-row]")].map((row) => {
    const value = (name) => row.querySelector(`[data-${name}]`)?.value ?? row.dataset[name] ?? "";
    const unitPrice = value("unit-price").trim();
    const quantity = row.dataset.quantity;
    return { row, item: row.dataset.item, name: row.dataset.name, quantity, unit: row.dataset.unit, unit_price: unitPrice, fen: lineFen(quantity, unitPrice) };
  });
}

function addUp() {
  let total = 0;
  let whole = true;
  for (const line of rows()) {
    line.row.querySelector("[data-amount]").textContent = line.fen === null ? "—" : yuan(line.fen);
    if (line.fen === null) whole = false;
    else total += line.fen;
  }
  const shown = page.querySelector("[data-total]");
  shown.textContent = whole ? yuan(total) : "—";
  const over = Number(page.dataset.ceilingFen || 0);
  page.querySelector("[data-over-ceiling]").hidden = !(whole && over && total > over);
  return whole ? total : null;
}

function sheetOf() {
  const total = addUp();
  if (total === null) return null;
  const integer = (id) => {
    const text = document.getElementById(id)?.value.trim() ?? "";
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  const facts = {};
  for (const field of page.querySelectorAll("[data-fact]")) {
    const value = field.type === "checkbox" ? field.checked : field.value.trim();
    if (value !== "") facts[field.dataset.fact] = value;
  }
  return {
    type: "mingcai/v1/sheet",
    total_fen: total,
    prices: rows().map(({ item, name, quantity, unit, unit_price, fen }) => ({ item, name, quantity, unit, unit_price, amount_fen: fen })),
    delivery_days: integer("delivery_days"),
    warranty_months: integer("warranty_months"),
    responses: [...page.querySelectorAll("[data-response]")].map((field) => ({ criterion: field.dataset.response, response: field.value.trim(), files: [] })),
    facts,
    notes: "",
  };
}

function say(problem) {
  const place = page.querySelector("[data-problem]");
  place.hidden = !problem;
  if (!problem) return;
  place.querySelector("[data-problem-text]").textContent = problem;
  place.focus();
}

function progress({ phase, done, total }) {
  const bar = page.querySelector("[data-progress]");
  bar.hidden = false;
  const meter = bar.querySelector("progress");
  if (total) {
    meter.max = total;
    meter.value = done;
  } else {
    meter.removeAttribute("value");
  }
  bar.querySelector("[data-phase]").textContent = page.dataset[`phase${phase[0].toUpperCase()}${phase.slice(1)}`] ?? phase;
}

/** Wait for the person's touch: a passkey ceremony must follow a click. */
function touch() {
  const dialog = page.querySelector("[data-sign]");
  dialog.hidden = false;
  const button = dialog.querySelector("button");
  button.focus();
  return new Promise((resolve) => {
    button.addEventListener("click", () => {
      dialog.hidden = true;
      resolve();
    }, { once: true });
  });
}

async function run(work) {
  const button = page.querySelector("[data-seal]");
  button.disabled = true;
  say("");
  try {
    const { answer } = await work();
    page.dataset.done = "true";
    window.location.assign(answer.receipt_url);
  } catch (error) {
    button.disabled = false;
    page.querySelector("[data-progress]").hidden = true;
    say(`${error.message} ${page.dataset.wordsKept}`);
  }
}

function start() {
  page.addEventListener("input", addUp);
  addUp();
  const seal = () => window.mingcai.seal;
  const params = read("sealing-params");
  page.querySelector("[data-seal]").addEventListener("click", () => {
    const sheet = sheetOf();
    if (!sheet) {
      say(page.dataset.wordsPrices);
      return;
    }
    const files = [...page.querySelector("input[type=file]").files];
    run(() => seal().sealAndUpload({ params, sheet, files, onProgress: progress, readyToSign: touch }));
  });
  seal().unfinished(params.ctx_base.bid_id).then((kept) => {
    const again = page.querySelector("[data-resume]");
    if (!kept.length) return;
    again.hidden = false;
    again.querySelector("button").addEventListener("click", () => run(() => seal().resume({ params, onProgress: progress, readyToSign: touch })));
  });
}

if (page) document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
