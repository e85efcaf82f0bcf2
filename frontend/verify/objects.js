// Readers of the objects that anyone may check (FORMAT.md 2 to 4, 7). Each reads strictly and gives plain facts.

import { canonical, h, hex, join, labelled, unhex, utf8 } from "../seal/encoding.js";
import { ed25519Verifies, leafHash, rootOf, statementKey } from "./log.js";
import { instantOrder, isObject, Malformed, Members, plainText, unbase64 } from "./strict.js";

const SUITES = ["age-hybrid", "age-x25519"];
const ENVELOPES = ["technical", "price", "single"];
const RECIPIENT = { "age-hybrid": /^age1pq1[02-9ac-hj-np-z]{1952}$/, "age-x25519": /^age1[02-9ac-hj-np-z]{58}$/ };
const URL_FORM = /^https?:\/\/[!-~]{1,500}$/;
const CTX = [
  "suite", "log_origin", "tender", "lot", "envelope", "bid_id", "bidder_tag", "notice_hash", "notice_version", "policy_hash",
  "open_at", "k", "n", "keeper_set_hash",
];

export function place(members) {
  return {
    log_origin: members.origin("log_origin"),
    tender: members.id("tender"),
    lot: members.id("lot"),
    envelope: members.choice("envelope", ENVELOPES),
  };
}

export function readKeeper(value) {
  const members = new Members(value, "keeper");
  const keeper = {
    id: members.id("id"),
    recipient: members.text("recipient", 4096),
    vkey: members.text("vkey", 512),
    url: members.matched("url", URL_FORM),
    key_version: members.integer("key_version", 1),
    name: members.has("name") ? members.text("name", 200, 1) : "",
  };
  members.done();
  if (!Object.values(RECIPIENT).some((form) => form.test(keeper.recipient))) throw new Malformed("keeper.recipient is no age recipient");
  const { id, key_version: version, recipient, vkey } = keeper;
  const print = labelled("keeper", canonical({ id, key_version: version, recipient, vkey }));
  return { ...keeper, key: statementKey(vkey), fingerprint: hex(print) };
}

export function readKeepers(members) {
  const keepers = members.items("keepers", 15, readKeeper);
  if (keepers.length < 3) throw new Malformed("there are at least three keepers");
  for (const of of [(one) => one.id, (one) => one.recipient, (one) => hex(one.key.publicKey)]) {
    if (new Set(keepers.map(of)).size !== keepers.length) throw new Malformed("two keepers share an id, a recipient or a key");
  }
  return keepers;
}

/** keepers.json: whom somebody trusts. */
export function readKeepersFile(value) {
  const members = new Members(value, "keepers", "keepers");
  const keepers = readKeepers(members);
  members.done();
  return keepers;
}

export function keeperSetHash(keepers) {
  return hex(labelled("keeper-set", ...keepers.map((keeper) => unhex(keeper.fingerprint))));
}

export function readCtx(value) {
  const members = new Members(value, "ctx");
  const ctx = {
    suite: members.choice("suite", SUITES),
    ...place(members),
    bid_id: members.id("bid_id"),
    bidder_tag: members.hex("bidder_tag"),
    notice_hash: members.hex("notice_hash"),
    notice_version: members.integer("notice_version", 1),
    policy_hash: members.hex("policy_hash"),
    open_at: members.instant("open_at"),
    keeper_set_hash: members.hex("keeper_set_hash"),
    n: members.integer("n", 3, 15),
  };
  ctx.k = members.integer("k", 2, ctx.n - 1);
  members.done();
  return Object.fromEntries(CTX.map((name) => [name, ctx[name]]));
}

function readPart(value) {
  const members = new Members(value, "ciphertext");
  const part = {
    part: members.choice("part", ["sheet", "files"]),
    sha256: members.hex("sha256"),
    length: members.integer("length", 1),
    padded: members.integer("padded", 1),
  };
  members.done();
  return part;
}

function readSealed(value) {
  const members = new Members(value, "record", "record");
  const ctx = readCtx(members.take("ctx"));
  const form = RECIPIENT[ctx.suite];
  const ciphertexts = members.items("ciphertexts", 2, readPart);
  if (ciphertexts.map((one) => one.part).join() !== "sheet,files") throw new Malformed("record.ciphertexts are not the sheet and the files");
  const record = {
    kind: "record",
    ctx,
    ctx_hash: hex(h(canonical(ctx))),
    sheet_recipient: members.matched("sheet_recipient", form),
    files_recipient: members.matched("files_recipient", form),
    sheet_seed_hash: members.hex("sheet_seed_hash"),
    sheet: ciphertexts[0],
    files: ciphertexts[1],
    commitments: members.hexes("commitments", 15),
    envelopes: members.hexes("envelope_hashes", 15),
    idempotency_key: members.key("idempotency_key"),
    supersedes: members.has("supersedes") ? members.hex("supersedes") : null,
  };
  members.done();
  if (record.commitments.length !== ctx.n || record.envelopes.length !== ctx.n) {
    throw new Malformed("record has not one commitment and one envelope for each keeper");
  }
  return { ...record, at: ctx, k: ctx.k };
}

function readWithdrawal(value) {
  const members = new Members(value, "withdrawal", "withdrawal");
  const at = { ...place(members), bid_id: members.id("bid_id") };
  const record = { kind: "withdrawal", at, supersedes: members.hex("supersedes"), idempotency_key: members.key("idempotency_key"), k: 1 };
  members.done();
  return record;
}

function readAcknowledgement(value) {
  const members = new Members(value, "acknowledgement", "acknowledgement");
  const at = { ...place(members), bid_id: members.id("bid_id") };
  const record = { kind: "acknowledgement", at, of: members.hex("record_hash"), k: 1 };
  members.hex("notice_hash");
  record.notice_version = members.integer("notice_version", 1);
  members.hex("policy_hash");
  record.idempotency_key = members.key("idempotency_key");
  members.done();
  return record;
}

const OTHERS = { "mingcai/v1/withdrawal": readWithdrawal, "mingcai/v1/acknowledgement": readAcknowledgement };

export function readSignedRecord(value) {
  const members = new Members(value, "signed_record");
  const source = members.take("record");
  const signature = members.take("signature");
  members.done();
  if (!isObject(signature) || !Object.values(signature).every((item) => typeof item === "string" && item.length <= 16384)) {
    throw new Malformed("signed_record.signature is not an object of texts");
  }
  const kind = isObject(source) ? String(source.type) : "";
  const record = (Object.hasOwn(OTHERS, kind) ? OTHERS[kind] : readSealed)(source);
  return { record: { ...record, hash: hex(h(canonical(source))) }, signature };
}

export function readStatement(value) {
  const members = new Members(value, "statement");
  const statement = { body: members.take("body"), vkey: members.text("vkey", 512), signature: members.hex("signature", 64) };
  members.done();
  if (!isObject(statement.body) || !String(statement.body.type ?? "").startsWith("mingcai/v1/")) {
    throw new Malformed("statement.body is not an object with a type");
  }
  return { ...statement, key: statementKey(statement.vkey) };
}

/** Whether the statement was signed by the key it names. */
export function statementVerifies(statement) {
  let message;
  try {
    message = join(utf8(statement.body.type), canonical(statement.body));
  } catch {
    return false;
  }
  return ed25519Verifies(unhex(statement.signature), message, statement.key.publicKey);
}

export function readAck(value) {
  const members = new Members(value, "ack", "ack");
  const ack = {
    keeper: members.id("keeper"),
    i: members.integer("i", 1, 255),
    record_hash: members.hex("record_hash"),
    ctx_hash: members.hex("ctx_hash"),
    policy_hash: members.hex("policy_hash"),
    key_version: members.integer("key_version", 1),
    time: members.instant("time"),
  };
  members.done();
  return ack;
}

function readBidderKey(value) {
  const members = new Members(value, "bidder_key");
  const key = {
    public_key: members.hex("public_key", null),
    rp_id: members.text("rp_id", 255, 1),
    origins: members.items("origins", 20, (item) => plainText(item, "bidder_key.origins", 300, 1)),
  };
  members.done();
  if (!key.public_key || key.public_key.length > 4096 || !key.origins.length) throw new Malformed("bidder_key names no key or no origin");
  return key;
}

export function readReceipt(value) {
  const members = new Members(value, "receipt", "receipt");
  const receipt = {
    log_origin: members.origin("log_origin"),
    record_hash: members.hex("record_hash"),
    signed: readSignedRecord(members.take("signed_record")),
    arrival: members.instant("arrival"),
    keepers: readKeepers(members),
    acks: members.items("acks", 255, readStatement),
    leaf_salt: members.hex("leaf_salt"),
    leaf_hash: members.hex("leaf_hash"),
    bidder_key: members.has("bidder_key") ? readBidderKey(members.take("bidder_key")) : null,
  };
  members.done();
  return receipt;
}

export function readProof(value) {
  const members = new Members(value, "proof");
  const proof = {
    index: members.integer("index", 0),
    size: members.integer("size", 1),
    path: members.items("path", 64, unbase64),
    checkpoint: members.take("checkpoint"),
    tokens: members.items("tokens", 10, (item) => {
      const token = new Members(item, "token");
      const read = { tsa: token.text("tsa", 300), token: unbase64(token.take("token")) };
      token.done();
      return read;
    }),
  };
  members.done();
  if (typeof proof.checkpoint !== "string" || proof.checkpoint.length > 1 << 16) throw new Malformed("proof.checkpoint is not a note");
  return proof;
}

export function readPolicy(value) {
  const members = new Members(value, "policy", "policy");
  const policy = { ...place(members), v: members.integer("v", 1) };
  const first = policy.v === 1 && members.null("previous");
  if (!first) members.hex("previous");
  if (policy.v === 1 && !first) throw new Malformed("the first policy has no previous one");
  members.hex("notice_hash");
  const version = members.integer("notice_version", 1);
  policy.deadline_at = members.instant("deadline_at");
  policy.open_at = members.instant("open_at");
  policy.gather_seconds = members.integer("gather_seconds", 1);
  policy.n = members.integer("n", 3, 15);
  policy.k = members.integer("k", 2, policy.n - 1);
  policy.keeper_set_hash = members.hex("keeper_set_hash");
  policy.requires = members.items("requires", 20, (item) => new Members({ item }, "policy.requires").id("item"));
  policy.supervisor = null;
  if (members.has("supervisor")) {
    const card = new Members(members.take("supervisor"), "policy.supervisor");
    policy.supervisor = { vkey: card.text("vkey", 512), recipient: card.text("recipient", 4096) };
    card.done();
    statementKey(policy.supervisor.vkey);
    if (!Object.values(RECIPIENT).some((form) => form.test(policy.supervisor.recipient))) throw new Malformed("policy.supervisor.recipient is no age recipient");
  }
  policy.acknowledge = null;
  if (members.has("acknowledge")) {
    const said = new Members(members.take("acknowledge"), "policy.acknowledge");
    policy.acknowledge = { since: said.integer("since", 1), silence: said.choice("silence", ["keeps", "withdraws"]) };
    said.done();
    if (policy.acknowledge.since > version) throw new Malformed("policy.acknowledge.since is a version that is not published");
  }
  members.done();
  if (instantOrder(policy.open_at) < instantOrder(policy.deadline_at)) throw new Malformed("policy.open_at is before the deadline");
  return { ...policy, hash: hex(h(canonical(value))) };
}

function readEntry(value) {
  const members = new Members(value, "close entry");
  const kind = members.choice("kind", ["receipt", "stamp"]);
  const state = members.choice("state", ["effective", "superseded", "withdrawn", "refused"]);
  const entry = { kind, state, bid_id: members.text("bid_id", 128), record_hash: members.hex("record_hash"), arrival: members.instant("arrival") };
  if (state === "superseded" || state === "withdrawn") members.hex("by");
  entry.code = null;
  if (state === "refused") entry.code = members.text("code", 64, 1);
  else if (state === "effective" && members.has("code")) entry.code = members.choice("code", ["silence-keeps"]);
  entry.acknowledged = members.has("acknowledged") ? members.hexes("acknowledged", 100) : null;
  members.done();
  if (entry.acknowledged && (kind !== "receipt" || !entry.acknowledged.length)) {
    throw new Malformed("close entry.acknowledged names nothing, or belongs to a stamp");
  }
  if (!entry.bid_id && kind === "receipt") throw new Malformed("a receipt in the close list has no bid");
  return { ...entry, leaf: leafHash(canonical(value)) };
}

export function readClose(value) {
  const members = new Members(value, "close", "close");
  const close = {
    ...place(members),
    policy_hash: members.hex("policy_hash"),
    deadline_at: members.instant("deadline_at"),
    closed_at: members.instant("closed_at"),
    entries: members.items("entries", 100000, readEntry),
  };
  members.done();
  const order = (entry) => [entry.arrival, entry.record_hash, entry.kind];
  const sorted = close.entries.every((entry, at) => at === 0 || !less(order(entry), order(close.entries[at - 1])));
  if (!sorted) throw new Malformed("close.entries are not sorted");
  if (new Set(close.entries.map((entry) => `${entry.kind} ${entry.record_hash}`)).size !== close.entries.length) {
    throw new Malformed("close.entries name a record twice");
  }
  if (instantOrder(close.closed_at) < instantOrder(close.deadline_at)) throw new Malformed("the list was closed before its deadline");
  return { ...close, root: hex(rootOf(close.entries.map((entry) => entry.leaf))) };
}

function less(a, b) {
  const at = a.findIndex((item, place) => item !== b[place]);
  return at >= 0 && a[at] < b[at];
}

