// The opening sheet (开标一览表, FORMAT.md 3.7), read strictly.

import { canonical } from "../seal/encoding.js";
import { isObject, Malformed, Members, plainText } from "./strict.js";

export function fileName(value) {
  const name = plainText(value, "file.name", 200, 1);
  const bad = /[/\\\t\n]|\p{Cf}/u.test(name) || /^[. ]| $/.test(name) || new TextEncoder().encode(name).length > 255;
  if (bad) throw new Malformed("file.name is not a plain file name");
  return name;
}

function readPrice(value) {
  const members = new Members(value, "price");
  const price = {
    item: members.id("item"),
    name: members.text("name", 200),
    quantity: members.decimal("quantity"),
    unit: members.text("unit", 20),
    unit_price: members.decimal("unit_price"),
    amount_fen: members.integer("amount_fen"),
  };
  members.done();
  return price;
}

function readResponse(value) {
  const members = new Members(value, "response");
  const response = { criterion: members.id("criterion"), response: members.text("response", 20000), files: members.items("files", 20000, fileName) };
  members.done();
  return response;
}

function checkFacts(facts) {
  if (!isObject(facts) || Object.keys(facts).length > 100) throw new Malformed("sheet.facts is not an object of at most 100");
  for (const [name, fact] of Object.entries(facts)) {
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) throw new Malformed("a fact's name has the wrong form");
    if (typeof fact !== "boolean" && !Number.isSafeInteger(fact)) plainText(fact, "a fact", 200);
  }
}

/** Give the sheet's facts, and the JSON it was read from as `source`. Throws Malformed. */
export function readSheet(value, envelope) {
  const members = new Members(value, "sheet", "sheet");
  const sheet = {
    source: value,
    total_fen: members.amount("total_fen"),
    prices: members.items("prices", 5000, readPrice),
    delivery_days: members.amount("delivery_days"),
    warranty_months: members.amount("warranty_months"),
    responses: members.items("responses", 1000, readResponse),
    facts: members.take("facts"),
    notes: members.text("notes", 20000),
  };
  members.done();
  checkFacts(sheet.facts);
  if (envelope === "technical" && (sheet.total_fen !== null || sheet.prices.length)) throw new Malformed("a technical envelope carries no price");
  if (envelope !== "technical" && sheet.total_fen === null) throw new Malformed("sheet.total_fen is missing");
  if (canonical(value).length > 1 << 20) throw new Malformed("the sheet is too long");
  return sheet;
}
