// Run the browser's sealing code outside a browser, for the cross-check with the Python reader.
//
// Verbs: split|combine|deal|canonical|padded|container|seal.
//
// `seal` takes {params, sheet, files: [path…], out: folder, passphrase?, foretold?: {name: described}} and writes FORMAT.md 3.11 into `out`.

import { closeSync, openAsBlob, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";

import { combine as combineByPrivy } from "shamir-secret-sharing";

import { describe, hashHere, padded, writeContainer } from "../../frontend/seal/container.js";
import { canonical, derive, hex, join, labelled, mac, unhex } from "../../frontend/seal/encoding.js";
import { bidderTag, deal, fingerprint, keeperSetHash, sealBid } from "../../frontend/seal/seal.js";
import { combine, split } from "../../frontend/seal/shares.js";
import { answer } from "./answering.mjs";

async function named(file) {
  const blob = await openAsBlob(file);
  return Object.assign(blob, { name: path.basename(file) });
}

function sinkInto(file) {
  const target = openSync(file, "w");
  const hash = hashHere();
  let expected;
  let written = 0;
  return {
    begin: async (length) => void (expected = length),
    room: (count) => new Uint8Array(count),
    async write(bytes) {
      written += writeSync(target, bytes);
      await (await hash).update(bytes);
    },
    async finish() {
      closeSync(target);
      if (written !== expected) throw new Error(`${written} bytes instead of ${expected}`);
      return (await hash).digest();
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
  describe: async ({ file }) => describe(await named(file)),
  async container({ manifest, files, recipient, out }) {
    const list = [];
    for (const [name, content] of Object.entries(files)) {
      const file = new Blob([Buffer.from(content, "base64")]);
      list.push({ name, file, described: await describe(file) });
    }
    const written = await writeContainer({
      manifest: (described) => ({ ...manifest, files: described }), files: list, recipient, sink: sinkInto(out),
      random: (length) => crypto.getRandomValues(new Uint8Array(length)), tick: () => {},
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
  async seal({ params, sheet, files, out, passphrase, foretold }) {
    const sinks = { sheet: sinkInto(path.join(out, "sheet.age")), files: sinkInto(path.join(out, "files.age")) };
    const progress = [];
    const chosen = await Promise.all(files.map(async (file) => ({ file: await named(file), described: foretold?.[path.basename(file)] })));
    const began = performance.now();
    const sealed = await sealBid({
      params, sheet, passphrase, sinks, files: chosen, onProgress: (step) => progress.push(step),
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

await answer(verbs);
