// Run the browser's sealing code outside a browser, for the cross-check with the Python reader.
//
//   node seal_in_node.mjs split|combine|deal|canonical|padded|container|seal   < JSON on stdin > JSON on stdout
//
// `seal` takes {params, sheet, files: [path…], out: folder, passphrase?} and writes FORMAT.md 3.11 into `out`.

import { closeSync, openAsBlob, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";

import { combine as combineByPrivy } from "shamir-secret-sharing";

import { padded, writeContainer } from "../../frontend/seal/container.js";
import { canonical, derive, hex, join, labelled, mac, unhex } from "../../frontend/seal/encoding.js";
import { bidderTag, deal, fingerprint, hashHere, keeperSetHash, sealBid } from "../../frontend/seal/seal.js";
import { combine, split } from "../../frontend/seal/shares.js";

const asked = JSON.parse(readFileSync(0, "utf8"));

async function named(file) {
  const blob = await openAsBlob(file);
  return Object.assign(blob, { name: path.basename(file) });
}

function sinkInto(file) {
  const target = openSync(file, "w");
  return {
    write: async (position, bytes) => void writeSync(target, bytes, 0, bytes.length, position),
    async finish() {
      closeSync(target);
      return openAsBlob(file);
    },
  };
}

const verbs = {
  split: ({ secret, n, k, coefficients }) => split(unhex(secret), n, k, coefficients.map(unhex)).map(hex),
  combine: ({ shares, k }) => hex(combine(shares.map(unhex), k)),
  "combine-by-privy": async ({ shares }) => hex(await combineByPrivy(shares.map(unhex))),
  canonical: (value) => hex(canonical(value)),
  encoding: ({ join: joined, labelled: hashed, derive: derived, mac: authenticated, canonical: written }) => ({
    join: hex(join(...joined.parts.map(unhex))),
    labelled: hex(labelled(hashed.word, ...hashed.parts.map(unhex))),
    derive: derived.map(({ secret, word }) => hex(derive(unhex(secret), word))),
    mac: hex(mac(unhex(authenticated.key), unhex(authenticated.message))),
    canonical: written.map(({ value }) => hex(canonical(value))),
  }),
  padded: (lengths) => lengths.map(padded),
  tag: ({ nonce, organisation }) => bidderTag(unhex(nonce), organisation),
  keepers: (keepers) => ({ set: keeperSetHash(keepers), fingerprints: keepers.map((keeper) => hex(fingerprint(keeper))) }),
  async container({ manifest, files, recipient, out }) {
    const list = Object.entries(files).map(([name, content]) => {
      const file = new Blob([Buffer.from(content, "base64")]);
      return { name, size: file.size, file };
    });
    const written = await writeContainer({
      manifest: (described) => ({ ...manifest, files: described }), files: list, recipient, sink: sinkInto(out),
      random: (length) => crypto.getRandomValues(new Uint8Array(length)), createHash: hashHere, tick: () => {},
    });
    return { padded: written.padded };
  },
  async deal({ ctx, secret, shares }) {
    const dealing = await deal(ctx, unhex(secret), shares.map(unhex));
    return {
      seed_sheet: hex(dealing.seedSheet), seed_files: hex(dealing.seedFiles), commitments: dealing.commitments, salts: dealing.salts.map(hex), sheet_recipient: dealing.sheetRecipient,
      files_recipient: dealing.filesRecipient, sheet_seed_hash: dealing.sheetSeedHash,
    };
  },
  async seal({ params, sheet, files, out, passphrase }) {
    const sinks = { sheet: sinkInto(path.join(out, "sheet.age")), files: sinkInto(path.join(out, "files.age")) };
    const progress = [];
    const began = performance.now();
    const sealed = await sealBid({
      params, sheet, passphrase, sinks, files: await Promise.all(files.map(named)),
      onProgress: (step) => progress.push(step),
    });
    writeFileSync(path.join(out, "record.json"), canonical(sealed.record));
    for (const [index, bytes] of sealed.envelopes.entries()) writeFileSync(path.join(out, `envelope-${index + 1}.age`), bytes);
    if (sealed.kit) writeFileSync(path.join(out, "kit.age"), sealed.kit);
    return {
      record_hash: sealed.recordHash, seconds: (performance.now() - began) / 1000, steps: progress.length,
      last: progress.at(-1), memory: process.memoryUsage().rss,
    };
  },
};

try {
  process.stdout.write(JSON.stringify(await verbs[process.argv[2]](asked)));
} catch (error) {
  process.stdout.write(JSON.stringify({ fault: error.code ?? error.message, path: error.path, says: error.message }));
  process.exitCode = 1;
}
