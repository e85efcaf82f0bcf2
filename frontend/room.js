// Score cells of a room: moved through by arrows and Enter, saved by themselves, summed as a hint.
//
// <input class="score-cell" inputmode="decimal" name="score" data-save-url="…" data-max="50" data-places="2"
//        data-sum="E1.A" aria-describedby="…-note"> with <small class="score-note" id="…-note"></small> beside it.
// <output data-sum-of="E1.A"></output> shows the sum of all cells of that group: a hint, the server counts.
// Extra fields to post stand in data-field-NAME attributes.

const { announce, csrf, words } = window.mingcai;
const SAVE_AFTER_MS = 600;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

const cells = () => [...document.querySelectorAll(".score-cell:not([disabled])")];

/** The cell's value as an integer of the last place, or null if it is not a plain decimal within its bounds. */
function scaled(text, places) {
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(text.trim());
  if (!match || (match[2] ?? "").length > places) return null;
  return BigInt(match[1] + (match[2] ?? "").padEnd(places, "0"));
}

function unscaled(value, places) {
  const digits = value.toString().padStart(places + 1, "0");
  return places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
}

function placesOf(cell) {
  return Number(cell.dataset.places ?? 2);
}

function say(cell, state, text = "") {
  cell.dataset.state = state;
  if (state === "wrong") cell.setAttribute("aria-invalid", "true");
  else cell.removeAttribute("aria-invalid");
  const note = document.getElementById(cell.getAttribute("aria-describedby") ?? "");
  if (note) {
    note.textContent = text;
    note.classList.toggle("wrong", state === "wrong");
  }
  if (state === "wrong") announce(text);
}

/** The problem with what is typed, or "" if it may be saved. */
function fault(cell) {
  const value = scaled(cell.value, placesOf(cell));
  if (value === null) return cell.dataset.wordsNumber ?? "";
  const max = cell.dataset.max && scaled(cell.dataset.max, placesOf(cell));
  if (max !== undefined && max !== null && max !== "" && value > max) return cell.dataset.wordsMax ?? "";
  return null;
}

function sumUp(group) {
  for (const output of document.querySelectorAll(`[data-sum-of="${CSS.escape(group)}"]`)) {
    const members = [...document.querySelectorAll(`[data-sum="${CSS.escape(group)}"]`)];
    const places = Math.max(0, ...members.map(placesOf));
    let total = 0n;
    let filled = 0;
    for (const cell of members) {
      const value = scaled(cell.value ?? cell.textContent, places);
      if (value === null) continue;
      total += value;
      filled += 1;
    }
    output.textContent = filled ? unscaled(total, places) : "—";
    output.dataset.complete = String(filled === members.length);
  }
}

const pending = new Map();

function saveSoon(cell) {
  clearTimeout(pending.get(cell)?.timer);
  const key = crypto.randomUUID();
  pending.set(cell, { key, timer: setTimeout(() => save(cell, key, 0), SAVE_AFTER_MS) });
}

function saveNow(cell) {
  const waiting = pending.get(cell);
  if (!waiting || waiting.sent) return;
  clearTimeout(waiting.timer);
  save(cell, waiting.key, 0);
}

function body(cell) {
  const form = new URLSearchParams({ [cell.name || "value"]: cell.value.trim() });
  for (const [name, value] of Object.entries(cell.dataset)) {
    if (name.startsWith("field")) form.set(name.slice(5).replace(/[A-Z]/g, (c, at) => (at ? "_" : "") + c.toLowerCase()), value);
  }
  return form;
}

/** Post the cell. A key names this very value, so that a repeated request is counted once. */
async function save(cell, key, attempt) {
  const problem = fault(cell);
  if (problem !== null) {
    pending.delete(cell);
    say(cell, "wrong", problem || words("failed"));
    return;
  }
  pending.set(cell, { key, sent: true });
  say(cell, "saving");
  let response;
  try {
    response = await fetch(cell.dataset.saveUrl, {
      method: "POST", body: body(cell), credentials: "same-origin",
      headers: { "X-CSRFToken": csrf(), "Idempotency-Key": key, Accept: "application/json" },
    });
  } catch {
    response = null;
  }
  if (pending.get(cell)?.key !== key) return;
  if (!response || response.status >= 500 || response.status === 429) {
    say(cell, "saving", words("offline"));
    const pause = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
    pending.set(cell, { key, sent: true, timer: setTimeout(() => save(cell, key, attempt + 1), pause) });
    return;
  }
  pending.delete(cell);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) {
    say(cell, "saved", answer.hint ?? "");
    cell.dispatchEvent(new CustomEvent("score:saved", { detail: answer, bubbles: true }));
  } else {
    say(cell, "wrong", answer.detail || answer.title || words("failed"));
  }
}

/** The cell next to this one in the given direction, by where it stands on the screen's grid of rows. */
function neighbour(cell, down, across) {
  const row = cell.closest("tr, [role=row], .score-row");
  const rows = [...new Set(cells().map((other) => other.closest("tr, [role=row], .score-row")))];
  const inRow = (place) => cells().filter((other) => other.closest("tr, [role=row], .score-row") === place);
  const column = inRow(row).indexOf(cell);
  if (across) return inRow(row)[column + across];
  const next = rows[rows.indexOf(row) + down];
  return next && inRow(next)[Math.min(column, inRow(next).length - 1)];
}

function go(cell) {
  if (!cell) return;
  cell.focus();
  cell.select?.();
}

function keyed(event) {
  const cell = event.target.closest?.(".score-cell");
  if (!cell || event.isComposing) return;
  const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  const moves = {
    ArrowUp: () => neighbour(cell, -1, 0),
    ArrowDown: () => neighbour(cell, 1, 0),
    ArrowLeft: () => (all || cell.selectionEnd === 0) && neighbour(cell, 0, -1),
    ArrowRight: () => (all || cell.selectionStart === cell.value.length) && neighbour(cell, 0, 1),
    Enter: () => neighbour(cell, event.shiftKey ? -1 : 1, 0) ?? cells()[cells().indexOf(cell) + (event.shiftKey ? -1 : 1)],
  };
  const next = moves[event.key]?.();
  if (event.key === "Enter") saveNow(cell);
  if (event.key === "Enter" || next) event.preventDefault();
  if (next) go(next);
}

document.addEventListener("keydown", keyed);
document.addEventListener("focusin", (event) => event.target.matches(".score-cell") && event.target.select?.());
document.addEventListener("input", (event) => {
  if (!event.target.matches(".score-cell")) return;
  saveSoon(event.target);
  if (event.target.dataset.sum) sumUp(event.target.dataset.sum);
});
document.addEventListener("focusout", (event) => event.target.matches(".score-cell") && saveNow(event.target));
window.addEventListener("beforeunload", (event) => {
  if (pending.size) event.preventDefault();
});

function sumAll() {
  for (const group of new Set([...document.querySelectorAll("[data-sum]")].map((cell) => cell.dataset.sum))) sumUp(group);
}
sumAll();
document.addEventListener("htmx:load", sumAll);
