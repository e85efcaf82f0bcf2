// What a sheet and file names must look like (FORMAT.md 3.5, 3.7). What passes here is not refused at the opening.

import { canonical, utf8 } from "./encoding.js";

const ID = /^[A-Za-z0-9][A-Za-z0-9._:#-]{0,127}$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?$/;
const FACT = /^[a-z][a-z0-9_]{0,39}$/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u;
const MAX_SHEET = 1 << 20;

/** What is wrong, where: `path` is the member, `code` a word that the page translates. */
export class SheetFault extends Error {
  constructor(path, code) {
    super(`${path}: ${code}`);
    this.path = path;
    this.code = code;
  }
}

function need(condition, path, code) {
  if (!condition) throw new SheetFault(path, code);
}

function text(value, path, longest, shortest = 0) {
  need(typeof value === "string", path, "not-text");
  const length = [...value].length;
  need(length >= shortest && length <= longest, path, "length");
  need(!CONTROL.test(value), path, "control-character");
}

function count(value, path) {
  need(Number.isSafeInteger(value) && value >= 0, path, "not-a-count");
}

function members(value, path, names) {
  need(value !== null && typeof value === "object" && !Array.isArray(value), path, "not-an-object");
  for (const name of names) need(name in value, `${path}.${name}`, "missing");
  for (const name of Object.keys(value)) need(names.includes(name), `${path}.${name}`, "unknown");
}

function list(value, path, longest) {
  need(Array.isArray(value) && value.length <= longest, path, "not-a-list");
  return value.map((item, index) => [item, `${path}.${index}`]);
}

/** A name that is safe on any file system. */
export function checkFileName(name, path = "files") {
  text(name, path, 200, 1);
  need(!/[/\\\t\n\p{Cf}]/u.test(name) && !/^[. ]/.test(name) && !name.endsWith(" "), path, "file-name");
  need(utf8(name).length <= 255, path, "length");
}

/** Throws SheetFault for a sheet that the opening would refuse. */
export function checkSheet(sheet, envelope) {
  members(sheet, "sheet", [
    "type", "total_fen", "prices", "delivery_days", "warranty_months", "responses", "facts", "notes",
  ]);
  need(sheet.type === "mingcai/v1/sheet", "sheet.type", "unknown");
  for (const name of ["total_fen", "delivery_days", "warranty_months"]) {
    if (sheet[name] !== null) count(sheet[name], `sheet.${name}`);
  }
  for (const [price, path] of list(sheet.prices, "sheet.prices", 5000)) {
    members(price, path, ["item", "name", "quantity", "unit", "unit_price", "amount_fen"]);
    need(ID.test(price.item), `${path}.item`, "form");
    text(price.name, `${path}.name`, 200);
    text(price.unit, `${path}.unit`, 20);
    for (const name of ["quantity", "unit_price"]) {
      need(typeof price[name] === "string" && DECIMAL.test(price[name]), `${path}.${name}`, "not-a-decimal");
    }
    count(price.amount_fen, `${path}.amount_fen`);
  }
  for (const [answer, path] of list(sheet.responses, "sheet.responses", 1000)) {
    members(answer, path, ["criterion", "response", "files"]);
    need(ID.test(answer.criterion), `${path}.criterion`, "form");
    text(answer.response, `${path}.response`, 20000);
    for (const [name, place] of list(answer.files, `${path}.files`, 20000)) checkFileName(name, place);
  }
  members(sheet.facts, "sheet.facts", Object.keys(sheet.facts ?? {}));
  need(Object.keys(sheet.facts).length <= 100, "sheet.facts", "length");
  for (const [name, value] of Object.entries(sheet.facts)) {
    need(FACT.test(name), `sheet.facts.${name}`, "form");
    if (typeof value === "string") text(value, `sheet.facts.${name}`, 200);
    else need(typeof value === "boolean" || Number.isSafeInteger(value), `sheet.facts.${name}`, "form");
  }
  text(sheet.notes, "sheet.notes", 20000);
  if (envelope === "technical") {
    need(sheet.total_fen === null && sheet.prices.length === 0, "sheet.total_fen", "price-in-technical");
  } else {
    need(sheet.total_fen !== null, "sheet.total_fen", "missing");
  }
  need(canonical(sheet).length <= MAX_SHEET, "sheet", "length");
}
