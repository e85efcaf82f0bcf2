// Run what the bid's page does with files and prices outside a browser.
//
// Verbs: table|prices|inspect|fen|written|review.

import { openAsBlob } from "node:fs";
import path from "node:path";

import { review } from "../../frontend/bid/review.js";
import { asPrice, lineFen, readPrices } from "../../frontend/bid/prices.js";
import { inspect } from "../../frontend/seal/inspect.js";
import { readTable } from "../../frontend/seal/xlsx.js";
import { answer } from "./answering.mjs";

async function named(file) {
  return Object.assign(await openAsBlob(file), { name: path.basename(file) });
}

const verbs = {
  table: async ({ file }) => readTable(await named(file)),
  prices: async ({ file, items }) => readPrices(await readTable(await named(file)), items),
  inspect: async ({ files }) => Promise.all(files.map(async (file) => inspect(await named(file)))),
  fen: (pairs) => pairs.map(([quantity, price]) => lineFen(quantity, price)),
  written: (texts) => texts.map(asPrice),
  review: (bid) => review(bid),
};

await answer(verbs);
