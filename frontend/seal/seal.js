// Seal a bid (FORMAT.md 3): from a sheet and files to a record, two age files and n envelopes.
//
// The same code runs in the browser's worker and, for the cross-check against the Python reader, in Node. Files are read
// in slices and ciphertext goes to a sink as it is made, so memory does not grow with the size of a bid.

import { createSHA256 } from "hash-wasm";

import { AgeWriter, encryptBytes, encryptWithPassphrase, recipientOf } from "./age.js";
import { canonical, concat, derive, h, hex, join, labelled, len4, mac, utf8 } from "./encoding.js";
import { checkFileName, checkSheet } from "./sheet.js";
import { split } from "./shares.js";

const SLICE = 1 << 20;
const LEAST = 65536;
const MAX_MANIFEST = 1 << 20;
const MAX_RECORD = 64 * 1024;
const ZEROS = new Uint8Array(SLICE);
const CTX_BASE = [
  "suite", "log_origin", "tender", "lot", "envelope", "bid_id", "notice_hash", "notice_version", "policy_hash",
  "open_at", "k", "n", "keeper_set_hash",
];
const RECIPIENT = { "age-hybrid": /^age1pq1[02-9ac-hj-np-z]{1952}$/, "age-x25519": /^age1[02-9ac-hj-np-z]{58}$/ };

/** Why nothing was sealed; `code` is stable. */
export class SealingFault extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function systemRandom(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** The padded length of `length` bytes: Padmé, at least 65536 (FORMAT.md 3.5). */
export function padded(length) {
  const base = Math.max(length, LEAST);
  let e = 0;
  for (let left = base; left >= 2; left = Math.floor(left / 2)) e++;
  let s = 1;
  for (let left = e; left >= 2; left = Math.floor(left / 2)) s++;
  const unit = 2 ** (e - s);
  return Math.ceil(base / unit) * unit;
}

/** What people compare when they check a keeper's key. */
export function fingerprint({ id, key_version, recipient, vkey }) {
  return labelled("keeper", canonical({ id, key_version, recipient, vkey }));
}

export function keeperSetHash(keepers) {
  return hex(labelled("keeper-set", ...keepers.map(fingerprint)));
}

export function bidderTag(nonce, organisation) {
  return hex(labelled("tag", nonce, utf8(organisation)));
}

function commitment(ctxHash, i, share, salt) {
  return hex(labelled("share", ctxHash, Uint8Array.of(i), share, salt));
}

/** Everything that follows from S and its shares (FORMAT.md 3.3). */
export async function deal(ctx, secret, shares) {
  const ctxHash = h(canonical(ctx));
  const seedSheet = derive(secret, "sheet");
  const seedFiles = derive(secret, "files");
  const seedSalt = derive(secret, "salt");
  const salts = shares.map((_, index) => mac(seedSalt, join(ctxHash, Uint8Array.of(index + 1))));
  return {
    shares, salts,
    commitments: shares.map((share, index) => commitment(ctxHash, index + 1, share, salts[index])),
    sheetRecipient: await recipientOf(ctx.suite, seedSheet),
    filesRecipient: await recipientOf(ctx.suite, seedFiles),
    sheetSeedHash: hex(h(seedSheet)),
    seedSheet, seedFiles,
  };
}

function checkParams({ ctx_base: base, keepers }) {
  const names = Object.keys(base).sort().join();
  if (names !== [...CTX_BASE].sort().join()) throw new SealingFault("malformed", `ctx_base has the members ${names}`);
  if (!(base.suite in RECIPIENT)) throw new SealingFault("wrong-suite", `suite ${base.suite} is unknown here`);
  if (keepers.length !== base.n || !(base.k >= 2 && base.k < base.n && base.n <= 15)) {
    throw new SealingFault("wrong-keepers", "k of n does not fit the keepers");
  }
  if (keepers.some((keeper) => !RECIPIENT[base.suite].test(keeper.recipient))) {
    throw new SealingFault("wrong-keepers", `a keeper has no recipient of suite ${base.suite}`);
  }
  if (keeperSetHash(keepers) !== base.keeper_set_hash) {
    throw new SealingFault("wrong-keepers", "these keepers are not the ones that the tender's policy names");
  }
}

async function* slices(file) {
  for (let at = 0; at < file.size; at += SLICE) {
    yield new Uint8Array(await file.slice(at, Math.min(at + SLICE, file.size)).arrayBuffer());
  }
}

async function describe(file, name, tick) {
  const hash = await createSHA256();
  let size = 0;
  for await (const bytes of slices(file)) {
    hash.update(bytes);
    size += bytes.length;
    tick(bytes.length);
  }
  return { name, sha256: hash.digest("hex"), size };
}

/** Encrypt one container to `recipient` into `sink(bytes)`; gives the record's member for it. */
async function sealPart(manifest, files, recipient, sink, random, tick) {
  const head = canonical(manifest);
  if (head.length > MAX_MANIFEST) throw new SealingFault("malformed", "the manifest is too long");
  const total = 4 + head.length + manifest.files.reduce((sum, file) => sum + file.size, 0);
  const plaintext = padded(total);
  const hash = await createSHA256();
  let length = 0;
  const writer = await AgeWriter.begin(recipient, async (bytes) => {
    hash.update(bytes);
    length += bytes.length;
    await sink(bytes);
  }, random);
  await writer.write(concat(len4(head), head));
  for (const [index, file] of files.entries()) {
    const again = await createSHA256();
    for await (const bytes of slices(file)) {
      again.update(bytes);
      await writer.write(bytes);
      tick(bytes.length);
    }
    if (again.digest("hex") !== manifest.files[index].sha256) {
      throw new SealingFault("changed", `${manifest.files[index].name} changed while it was sealed`);
    }
  }
  for (let left = plaintext - total; left > 0; left -= SLICE) await writer.write(ZEROS.subarray(0, Math.min(left, SLICE)));
  await writer.end();
  return { part: manifest.part, sha256: hash.digest("hex"), length, padded: plaintext };
}

/**
 * Seal one lot and envelope.
 *
 * `params` has `ctx_base`, `keepers` (in the policy's order), `organisation`, and optionally `supersedes` and
 * `idempotency_key`; `files` are Files (or anything with name, size and slice); `sinks` has an async function of bytes for
 * `sheet` and for `files`; `passphrase`, if given, makes the recovery kit. Throws SealingFault and SheetFault.
 */
export async function sealBid({ params, sheet, files, sinks, passphrase, onProgress, random = systemRandom }) {
  checkParams(params);
  checkSheet(sheet, params.ctx_base.envelope);
  const names = files.map((file) => file.name);
  for (const name of names) checkFileName(name);
  if (new Set(names).size !== names.length) throw new SealingFault("malformed", "two files have the same name");

  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  const tick = (phase) => (count) => {
    done += count;
    onProgress?.({ phase, done, total: 2 * bytes });
  };

  const { keepers, organisation } = params;
  const { k, n } = params.ctx_base;
  const secret = random(32);
  const nonce = random(32);
  const coefficients = Array.from({ length: k - 1 }, () => random(32));
  const ctx = { ...params.ctx_base, bidder_tag: bidderTag(nonce, organisation) };
  const dealing = await deal(ctx, secret, split(secret, n, k, coefficients));

  const sheetBytes = canonical(sheet);
  const bidder = { organisation, nonce: hex(nonce) };
  const manifest = (part, list) => ({ type: "mingcai/v1/manifest", part, ctx, bidder, files: list });
  const described = [];
  for (const [index, file] of files.entries()) described.push(await describe(file, names[index], tick("reading")));

  const sheetFile = { name: "sheet.json", sha256: hex(h(sheetBytes)), size: sheetBytes.length };
  const sheetPart = await sealPart(
    manifest("sheet", [sheetFile]), [new Blob([sheetBytes])], dealing.sheetRecipient, sinks.sheet, random, () => {},
  );
  const filesPart = await sealPart(
    manifest("files", described), files, dealing.filesRecipient, sinks.files, random, tick("sealing"),
  );

  onProgress?.({ phase: "envelopes", done, total: 2 * bytes });
  const envelopes = [];
  for (const [index, keeper] of keepers.entries()) {
    envelopes.push(await encryptBytes(canonical({
      type: "mingcai/v1/envelope", ctx, keeper: keeper.id, i: index + 1,
      share: hex(dealing.shares[index]), salt: hex(dealing.salts[index]),
    }), keeper.recipient));
  }

  const record = {
    type: "mingcai/v1/record", ctx,
    sheet_recipient: dealing.sheetRecipient, files_recipient: dealing.filesRecipient,
    sheet_seed_hash: dealing.sheetSeedHash,
    ciphertexts: [sheetPart, filesPart],
    commitments: dealing.commitments,
    envelope_hashes: envelopes.map((envelope) => hex(h(envelope))),
    idempotency_key: params.idempotency_key ?? hex(random(16)),
    ...(params.supersedes ? { supersedes: params.supersedes } : {}),
  };
  const encoded = canonical(record);
  if (encoded.length > MAX_RECORD) throw new SealingFault("malformed", "the record is too long");
  const recordHash = h(encoded);
  const kit = passphrase
    ? await encryptWithPassphrase(canonical({
        type: "mingcai/v1/recovery-kit", record_hash: hex(recordHash), ctx, secret: hex(secret), shares: dealing.shares.map(hex),
      }), passphrase)
    : null;
  for (const bytes of [secret, dealing.seedSheet, dealing.seedFiles, ...dealing.shares, ...coefficients]) bytes.fill(0);
  return { record, recordHash: hex(recordHash), envelopes, kit };
}
