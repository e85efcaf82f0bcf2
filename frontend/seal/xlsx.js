// The cells of a workbook's first sheet, read in the worker: a price sheet never reaches the server in the clear.
//
// Only what a price sheet needs: strings, numbers and the last computed value of a formula. No entity, no document type, no
// reference to another file is followed, and every size is bounded before anything is built from it.

import { SealingFault } from "./faults.js";
import { directory, inflate } from "./zip.js";

export const LIMITS = { file: 16 << 20, entries: 500, part: 24 << 20, strings: 200_000, rows: 6_000, columns: 60, text: 2_000 };

// A tag ends before the next one begins, also inside quotes: a document of unfinished tags costs no more than its length.
const TOKEN = /<(\/?)([^\s/>!?]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(\/?)>|<!\[CDATA\[([\s\S]*?)\]\]>|<[?!][^>]*>|([^<]+)/g;
const ATTRIBUTE = /([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(text) {
  return text.replace(ENTITY, (_all, decimal, hexadecimal, name) => {
    if (name) return NAMED[name.toLowerCase()];
    const code = decimal ? Number(decimal) : parseInt(hexadecimal, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

function attributes(text) {
  const found = {};
  for (const [, name, value] of text.matchAll(ATTRIBUTE)) found[name.split(":").at(-1)] = plain(value.slice(1, -1));
  return found;
}

/** Calls `open(name, attributes)`, `close(name)` and `said(text)` in the order of the document. */
function scan(bytes, { open = () => {}, close = () => {}, said = () => {} }) {
  const text = new TextDecoder("utf-8").decode(bytes);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new SealingFault("damaged", "a document type is not read");
  for (const [, ending, tag, rest, empty, raw, words] of text.matchAll(TOKEN)) {
    if (tag === undefined) {
      const content = raw ?? (words === undefined ? "" : plain(words));
      if (content) said(content);
      continue;
    }
    const name = tag.split(":").at(-1);
    if (ending) close(name);
    else {
      open(name, rest ? attributes(rest) : {});
      if (empty) close(name);
    }
  }
}

function sharedStrings(bytes) {
  const found = [];
  let current = null;
  let reading = false;
  let phonetic = false;
  scan(bytes, {
    open(name) {
      if (name === "si") current = "";
      else if (name === "rPh") phonetic = true;
      else if (name === "t") reading = current !== null && !phonetic;
    },
    close(name) {
      if (name === "t") reading = false;
      else if (name === "rPh") phonetic = false;
      else if (name === "si") {
        if (found.length >= LIMITS.strings) throw new SealingFault("too-many", "too many texts");
        found.push(current.slice(0, LIMITS.text));
        current = null;
      }
    },
    said(text) {
      if (reading) current += text;
    },
  });
  return found;
}

/** A number as a person wrote it: spreadsheets keep 15 significant digits, and write more. */
export function decimal(text) {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  const [digits, exponent] = number.toExponential(14).split("e");
  const sign = digits.startsWith("-") ? "-" : "";
  const figures = digits.replace(/[-.]/g, "").replace(/0+$/, "") || "0";
  const point = Number(exponent) + 1;
  const whole = point > 0 ? figures.slice(0, point).padEnd(point, "0") : "0";
  const rest = point > 0 ? figures.slice(point) : "0".repeat(-point) + figures;
  return `${sign}${whole}${rest && figures !== "0" ? `.${rest}` : ""}`;
}

function column(reference) {
  return /^([A-Z]{1,3})\d*$/i.exec(reference ?? "")?.[1].toUpperCase() ?? "";
}

function letters(index) {
  return index < 26 ? String.fromCharCode(65 + index) : letters(Math.floor(index / 26) - 1) + letters(index % 26);
}

function sheetRows(bytes, strings) {
  const rows = [];
  let row = null;
  let cell = null;
  let reading = false;
  scan(bytes, {
    open(name, has) {
      if (name === "row") {
        row = { number: Number(has.r) || (rows.at(-1)?.number ?? 0) + 1, cells: {}, width: 0 };
      } else if (name === "c" && row) {
        row.width += 1;
        cell = { column: column(has.r) || letters(row.width - 1), type: has.t ?? "n", text: "" };
      } else if ((name === "v" || name === "t") && cell) reading = true;
      else if (name === "rPh") reading = false;
    },
    close(name) {
      if (name === "v" || name === "t") reading = false;
      else if (name === "c" && row && cell) {
        const { type, text } = cell;
        const shown = type === "s" ? (strings[Number(text)] ?? "") : type === "n" && text ? decimal(text) : text;
        if (row.width > LIMITS.columns) throw new SealingFault("too-many", "too many columns");
        if (shown.trim()) row.cells[cell.column] = shown.trim().slice(0, LIMITS.text);
        cell = null;
      } else if (name === "row" && row) {
        if (Object.keys(row.cells).length) {
          if (rows.length >= LIMITS.rows) throw new SealingFault("too-many", "too many rows");
          rows.push({ number: row.number, cells: row.cells });
        }
        row = null;
      }
    },
    said(text) {
      if (reading && cell && cell.text.length < LIMITS.text) cell.text += text;
    },
  });
  return rows;
}

/** The rows of the first sheet that hold anything: [{number, cells: {A: "text"}}]. Throws SealingFault. */
export async function readTable(file) {
  if (file.size > LIMITS.file) throw new SealingFault("too-large", "the file is too large for a price sheet");
  const magic = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (magic[0] === 0xd0 && magic[1] === 0xcf) throw new SealingFault("old-or-password", "an .xls file, or one with a password");
  if (magic[0] !== 0x50 || magic[1] !== 0x4b) throw new SealingFault("not-xlsx", "not a workbook");
  const entries = new Map((await directory(file, LIMITS.entries)).map((entry) => [entry.name.replace(/^\//, ""), entry]));
  const part = async (name) => (entries.has(name) ? inflate(file, entries.get(name), LIMITS.part) : null);

  const workbook = await part("xl/workbook.xml");
  if (!workbook) throw new SealingFault("not-xlsx", "no workbook in this archive");
  let first = null;
  scan(workbook, { open: (name, has) => void (name === "sheet" && (first ??= has.id ?? "")) });
  let target = null;
  const relations = await part("xl/_rels/workbook.xml.rels");
  if (relations) scan(relations, { open: (name, has) => void (name === "Relationship" && has.Id === first && (target = has.Target)) });
  const path = target ? (target.startsWith("/") ? target.slice(1) : `xl/${target}`) : "xl/worksheets/sheet1.xml";
  const sheet = await part(path);
  if (!sheet) throw new SealingFault("not-xlsx", "the workbook has no sheet");
  const texts = await part("xl/sharedStrings.xml");
  return sheetRows(sheet, texts ? sharedStrings(texts) : []);
}
