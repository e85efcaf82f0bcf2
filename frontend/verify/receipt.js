// The check of a receipt (R11, FORMAT.md 4): every step is carried out, so that a person sees which part is wrong.

import { canonical, hex, labelled, unhex } from "../seal/encoding.js";
import { checkBidder } from "./bidder.js";
import { leafHash, parseCheckpoint, parseNote, signedBy, verifyInclusion, witnessOf } from "./log.js";
import { keeperSetHash, readAck, readProof, readReceipt, readStatement, statementVerifies } from "./objects.js";
import { Malformed, Members } from "./strict.js";
import { readToken } from "./token.js";

// What is wrong is called by the first of these that fails, as in the offline command.
const RANK = [
  "malformed", "platform", "record", "leaf", "trusted-keepers", "keepers", "acks", "origin", "bidder", "checkpoint", "inclusion",
  "cosignatures", "tokens",
];
const CODE = {
  malformed: "malformed", platform: "bad-signature", record: "wrong-hash", leaf: "wrong-hash", "trusted-keepers": "wrong-keepers",
  keepers: "wrong-keepers", acks: "bad-ack", origin: "wrong-hash", bidder: "bad-signature", checkpoint: "bad-checkpoint",
  inclusion: "bad-proof", cosignatures: "bad-checkpoint", tokens: "bad-token",
};

/**
 * Check a receipt file (read by `parseJson`). `trusted` may hold `platform` (a vkey), `keepers` (a list read from
 * keepers.json), `authority` (of time stamps) and `bidders` (authorities of bidders' certificates), both read by `readPem`.
 * Gives {outcome, steps, facts}: `outcome` is "valid" or a code of FORMAT.md, each step {id, state, …} with state "good", "bad",
 * "open" (not yet or not decidable here).
 */
export async function verifyReceipt(file, trusted = {}) {
  const steps = [];
  const step = (id, good, facts = {}) => steps.push({ id, state: good === null ? "open" : good ? "good" : "bad", ...facts });
  let statement;
  let body;
  let proof;
  try {
    const members = new Members(file, "receipt file");
    statement = readStatement(members.take("receipt"));
    const source = members.take("proof");
    proof = source === null ? null : readProof(source);
    members.done();
  } catch (error) {
    return refused(error, steps);
  }
  const signed = statementVerifies(statement);
  try {
    body = readReceipt(statement.body);
  } catch (error) {
    return signed ? refused(error, steps) : done([{ id: "platform", state: "bad", key: statement.vkey }], {});
  }
  const { record } = body.signed;
  const pinned = trusted.platform ? trusted.platform === statement.vkey : null;
  step("malformed", true);
  step("platform", signed && pinned !== false, { key: statement.vkey, pinned });
  step("record", body.record_hash === record.hash, { hash: record.hash });
  step("bidder", ...(await bidder(body, trusted.bidders)));
  step("leaf", body.leaf_hash === hex(labelled("leaf", unhex(body.leaf_salt), unhex(record.hash))));
  if (trusted.keepers) step("trusted-keepers", keeperSetHash(trusted.keepers) === keeperSetHash(body.keepers));
  if (record.kind === "record") {
    step("keepers", keeperSetHash(body.keepers) === record.at.keeper_set_hash, { keepers: body.keepers });
    const acks = checkAcks(body, record);
    const good = acks.every((ack) => ack.state === "good") && acks.length >= record.k;
    step("acks", good, { acks, have: acks.filter((ack) => ack.state === "good").length, n: body.keepers.length, k: record.k });
  }
  step("origin", body.log_origin === record.at.log_origin, { origin: body.log_origin });
  if (proof === null) step("checkpoint", null);
  else await checkProof(step, proof, body, statement.key, record.k, trusted.authority);
  return done(steps, {
    hash: record.hash,
    kind: record.kind,
    arrival: body.arrival,
    tender: record.at.tender,
    lot: record.at.lot,
    envelope: record.at.envelope,
    bid: record.at.bid_id,
    opens: record.at.open_at ?? null,
    key: statement.vkey,
    keepers: body.keepers,
    logged: proof !== null,
  });
}

function refused(error, steps) {
  if (!(error instanceof Malformed)) throw error;
  return done([...steps, { id: "malformed", state: "bad", detail: error.message }], {});
}

function done(steps, facts) {
  const bad = steps.filter((one) => one.state === "bad").map((one) => one.id);
  const first = RANK.find((id) => bad.includes(id));
  return { outcome: first ? CODE[first] : "valid", steps, facts };
}

async function bidder(body, authorities) {
  const trusted = authorities ? { authorities, at: Date.parse(body.arrival) } : null;
  const { state, why, certificate } = await checkBidder(body.signed, body.bidder_key, trusted);
  return [state === "bound" ? null : state === "verified", { scheme: body.signed.signature.scheme, why, certificate }];
}

function checkAcks(body, record) {
  const seen = new Set();
  return body.acks.map((statement) => {
    let ack;
    try {
      ack = readAck(statement.body);
    } catch (error) {
      if (error instanceof Malformed) return { state: "bad", keeper: "?", why: "form" };
      throw error;
    }
    const at = body.keepers.findIndex((keeper) => keeper.id === ack.keeper);
    const keeper = body.keepers[at];
    const again = seen.has(ack.keeper);
    seen.add(ack.keeper);
    const bad = (why) => ({ state: "bad", keeper: ack.keeper, why, time: ack.time });
    if (!keeper || again) return bad("place");
    if (statement.vkey !== keeper.vkey || !statementVerifies(statement)) return bad("signature");
    const about =
      ack.i === at + 1 && ack.record_hash === record.hash && ack.ctx_hash === record.ctx_hash &&
      ack.policy_hash === record.ctx.policy_hash && ack.key_version === keeper.key_version;
    return about ? { state: "good", keeper: ack.keeper, name: keeper.name, time: ack.time } : bad("about");
  });
}

async function checkProof(step, proof, body, key, needed, authority) {
  let note;
  let head;
  try {
    note = parseNote(proof.checkpoint);
    head = parseCheckpoint(note.text);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    step("checkpoint", false, { detail: error.message });
    return;
  }
  const log = signedBy(note, key);
  step("checkpoint", Boolean(log?.valid) && head.origin === body.log_origin && head.size === proof.size, { size: head.size });
  const leaf = leafHash(canonical({ type: "mingcai/v1/bid", h: body.leaf_hash }));
  const included = verifyInclusion(leaf, proof.index, proof.size, proof.path, head.root);
  step("inclusion", included, { index: proof.index, size: proof.size });
  const cosigned = body.keepers.map((keeper) => ({ keeper: keeper.id, name: keeper.name, ...(signedBy(note, witnessOf(keeper.key)) ?? { valid: null }) }));
  const have = cosigned.filter((one) => one.valid).length;
  step("cosignatures", have >= needed, { cosigned, have, needed, n: body.keepers.length });
  if (proof.tokens.length) {
    const tokens = await Promise.all(proof.tokens.map(async ({ tsa, token }) => ({ tsa, ...(await readToken(token, note.text, authority)) })));
    step("tokens", tokens.every((one) => one.at), { tokens, signed: Boolean(authority) });
  }
}
