// Seal a bid (FORMAT.md 3): from a sheet and files to a record, two age files and n envelopes.
//
// The same code runs in the browser's worker and, for the cross-check against the Python reader, in Node. Files are read
// in slices, once for their hashes and once to be encrypted, and ciphertext goes to a sink as it is made: memory does not
// grow with the size of a bid, and its upload may run beside the sealing.

import { encryptBytes, encryptWithPassphrase, recipientOf } from "./age.js";
import { describe, writeContainer } from "./container.js";
import { canonical, derive, h, hex, join, labelled, mac, utf8 } from "./encoding.js";
import { SealingFault } from "./faults.js";
import { checkFileName, checkSheet } from "./sheet.js";
import { split } from "./shares.js";

const MAX_RECORD = 64 * 1024;
const CTX_BASE = [
  "suite", "log_origin", "tender", "lot", "envelope", "bid_id", "notice_hash", "notice_version", "policy_hash",
  "open_at", "k", "n", "keeper_set_hash",
];
const RECIPIENT = { "age-hybrid": /^age1pq1[02-9ac-hj-np-z]{1952}$/, "age-x25519": /^age1[02-9ac-hj-np-z]{58}$/ };

function systemRandom(length) {
  return crypto.getRandomValues(new Uint8Array(length));
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

/**
 * Seal one lot and envelope.
 *
 * `params` has `ctx_base`, `keepers` (in the policy's order), `organisation`, and optionally `supersedes` and
 * `idempotency_key`; `files` are {file, described?}, where `described` is what `describe` gave for it; `sinks` takes the age
 * files, `sheet` and `files` (see `writeContainer`); `passphrase`, if given, makes the recovery kit. Throws SealingFault and
 * SheetFault.
 */
export async function sealBid({
  params, sheet, files, sinks, passphrase, onProgress, random = systemRandom,
}) {
  checkParams(params);
  checkSheet(sheet, params.ctx_base.envelope);
  for (const { file } of files) checkFileName(file.name);
  if (new Set(files.map(({ file }) => file.name)).size !== files.length) {
    throw new SealingFault("malformed", "two files have the same name");
  }

  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const progress = (phase) => {
    let done = 0;
    return (count) => {
      done += count;
      onProgress?.({ phase, done, total });
    };
  };

  const { keepers, organisation } = params;
  const { k, n } = params.ctx_base;
  const secret = random(32);
  const nonce = random(32);
  const coefficients = Array.from({ length: k - 1 }, () => random(32));
  const ctx = { ...params.ctx_base, bidder_tag: bidderTag(nonce, organisation) };
  const dealing = await deal(ctx, secret, split(secret, n, k, coefficients));

  const bidder = { organisation, nonce: hex(nonce) };
  const part = async (name, list, recipient, tick) => ({ part: name, ...(await writeContainer({
    manifest: (described) => ({ type: "mingcai/v1/manifest", part: name, ctx, bidder, files: described }),
    files: list, recipient, sink: sinks[name], random, tick,
  })) });
  const sheetFile = new Blob([canonical(sheet)]);
  const sheetPart = await part(
    "sheet", [{ name: "sheet.json", file: sheetFile, described: await describe(sheetFile) }], dealing.sheetRecipient, () => {},
  );
  const reading = progress("reading");
  const attachments = [];
  for (const { file, described } of files) {
    attachments.push({ name: file.name, file, described: described ?? (await describe(file, reading)) });
  }
  const filesPart = await part("files", attachments, dealing.filesRecipient, progress("sealing"));

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
  const recordHash = hex(h(encoded));
  const kit = passphrase
    ? await encryptWithPassphrase(canonical({
        type: "mingcai/v1/recovery-kit", record_hash: recordHash, ctx, secret: hex(secret), shares: dealing.shares.map(hex),
      }), passphrase)
    : null;
  for (const bytes of [secret, dealing.seedSheet, dealing.seedFiles, ...dealing.shares, ...coefficients]) bytes.fill(0);
  return { record, recordHash, envelopes, kit };
}
