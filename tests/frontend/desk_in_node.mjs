// Run what the bid's page does with files and prices outside a browser.
//
//   node desk_in_node.mjs table|prices|inspect|fen|written|review   < JSON on stdin > JSON on stdout

import { openAsBlob, readFileSync } from "node:fs";
import path from "node:path";

import { review } from "../../frontend/bid/review.js";
import { asPrice, lineFen, readPrices } from "../../frontend/bid/prices.js";
import { inspect } from "../../frontend/seal/inspect.js";
import { readTable } from "../../frontend/seal/xlsx.js";

const asked = JSON.parse(readFileSync(0, "utf8"));

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

try {
  process.stdout.write(JSON.stringify(await verbs[process.argv[2]](asked)));
} catch (error) {
  process.stdout.write(JSON.stringify({ fault: error.code ?? error.message, says: error.message }));
  process.exitCode = 1;
}
