// The replay of an opening from its public transcript (R12, FORMAT.md 7): commitment, ciphertext, sheet, price table.

import { Decrypter, identityToRecipient } from "age-encryption";
import { bech32 } from "@scure/base";

import { canonical, h, hex, labelled, unhex, utf8 } from "../seal/encoding.js";
import { padded } from "../seal/padding.js";
import { checkBidder } from "./bidder.js";
import { equal } from "./log.js";
import {
  keeperSetHash, place, readClose, readCtx, readKeepers, readPolicy, readSignedRecord, readStatement, statementVerifies,
} from "./objects.js";
import { readSheet, fileName } from "./sheet.js";
import { Malformed, Members, parseJson, unbase64 } from "./strict.js";

const IDENTITY = { "age-hybrid": "AGE-SECRET-KEY-PQ-", "age-x25519": "AGE-SECRET-KEY-" };
const STANZA = { "age-hybrid": "mlkem768x25519", "age-x25519": "X25519" };
const VERDICTS = [
  "opened", "not_opened", "void_bidder", "void_limits", "fault_keeper", "fault_storage", "fault_platform", "waiting_keepers",
  "withdrawn", "superseded",
];
const BEFORE_OPENING = ["not_opened", "waiting_keepers", "fault_keeper"];
const SHEET_FAULTS = ["void_bidder", "void_limits"];
const MAX_SHEET = 1 << 20;

function identityOf(suite, seed) {
  return bech32.encodeFromBytes(IDENTITY[suite], seed).toUpperCase();
}

/** Why a sheet does not open; `code` is one of FORMAT.md 6. */
class SheetFault extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Read a transcript strictly. Throws Malformed. */
export function readTranscript(value) {
  const members = new Members(value, "transcript", "transcript");
  const transcript = {
    policy: readPolicy(members.take("policy")),
    keepers: readKeepers(members),
    close: readClose(members.take("close")),
    bids: members.items("bids", 10000, readBid),
  };
  members.done();
  return { ...transcript, hash: hex(h(canonical(value))) };
}

function readBid(value) {
  const members = new Members(value, "bid");
  const signed = readSignedRecord(members.take("signed_record"));
  if (signed.record.kind !== "record") throw new Malformed("a transcript holds sealed records");
  const verdict = readVerdict(members.take("verdict"));
  const bid = {
    signed,
    record: signed.record,
    verdict,
    seed: members.null("seed_sheet") ? null : unhex(members.hex("seed_sheet")),
    sealed: members.null("sheet_ciphertext") ? null : unbase64(members.take("sheet_ciphertext")),
    sheet: members.null("sheet") ? null : readSheet(members.take("sheet"), signed.record.ctx.envelope),
    acknowledgements: members.has("acknowledgements") ? members.items("acknowledgements", 100, readSignedRecord) : [],
    kit: members.has("kit") ? readKit(members.take("kit")) : null,
  };
  members.done();
  return bid;
}

function readKit(value) {
  const members = new Members(value, "bid.kit");
  const kit = { sealed: members.hex("sealed"), release: readStatement(members.take("release")) };
  members.done();
  return kit;
}

/** Whether a bid that a recovery kit completed shows the supervisor's word on it (R8), and no other is void for one. */
function kitFits(policy, { record, verdict, kit }) {
  if (kit === null) return verdict.code !== "bad-kit";
  if (policy.supervisor?.vkey !== kit.release.vkey || !statementVerifies(kit.release)) return false;
  if (["waiting_keepers", "fault_keeper"].includes(verdict.verdict)) return false;
  try {
    const said = new Members(kit.release.body, "kit-release", "kit-release");
    const at = place(said);
    const about = [said.hex("record_hash"), said.hex("sealed"), said.hex("kit")];
    said.done();
    return Object.entries(at).every(([name, one]) => policy[name] === one) && about[0] === record.hash && about[1] === kit.sealed;
  } catch {
    return false;
  }
}

function readVerdict(value) {
  const members = new Members(value, "verdict");
  const verdict = {
    verdict: members.choice("verdict", VERDICTS),
    code: members.text("code", 64),
    part: members.choice("part", ["", "sheet", "files"]),
    keepers: members.items("keepers", 255, (item) => new Members({ item }, "verdict.keepers").integer("item", 1, 255)),
  };
  members.done();
  return verdict;
}

/**
 * Repeat an opening. Gives {outcome: "stands" | "contradiction" | "malformed", problems: [codes], bids: [{…, problem,
 * replayed}]}; `onBid(done, all)` is told after each bid.
 */
export async function replay(value, onBid = () => {}) {
  let transcript;
  try {
    transcript = readTranscript(value);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { outcome: "malformed", detail: error.message, problems: [], bids: [] };
  }
  const problems = frame(transcript);
  const bids = [];
  for (const bid of transcript.bids) {
    const { problem, replayed } = kitFits(transcript.policy, bid) ? await replayBid(bid) : { problem: "kit", replayed: false };
    bids.push({
      bid: bid.record.ctx.bid_id,
      hash: bid.record.hash,
      verdict: bid.verdict.verdict,
      code: bid.verdict.code,
      total: bid.sheet?.total_fen ?? null,
      sheet: bid.sheet,
      problem,
      replayed,
    });
    onBid(bids.length, transcript.bids.length);
    await new Promise((resume) => setTimeout(resume)); // the page stays alive
  }
  const stands = !problems.length && bids.every((bid) => !bid.problem);
  const { policy, close, keepers, hash } = transcript;
  return { outcome: stands ? "stands" : "contradiction", problems, bids, policy, close, keepers, hash };
}

function frame({ policy, keepers, close, bids }) {
  const problems = [];
  if (close.policy_hash !== policy.hash) problems.push("policy");
  if (["log_origin", "tender", "lot", "envelope", "deadline_at"].some((name) => close[name] !== policy[name])) problems.push("close");
  if (policy.keeper_set_hash !== keeperSetHash(keepers) || policy.n !== keepers.length) problems.push("keepers");
  const wanted = close.entries.filter((entry) => entry.state === "effective" && entry.kind === "receipt").map((entry) => entry.record_hash);
  if (wanted.join() !== bids.map((bid) => bid.record.hash).join()) problems.push("bids");
  const same = ["log_origin", "tender", "lot", "envelope", "k", "n", "keeper_set_hash"];
  if (bids.some(({ record }) => same.some((name) => record.ctx[name] !== policy[name]))) problems.push("foreign");
  const shown = new Map(bids.map((bid) => [bid.record.hash, bid]));
  if (close.entries.some((entry) => !silenceFits(policy.acknowledge, entry, shown.get(entry.record_hash)))) problems.push("silence");
  return problems;
}

/** Whether an entry says of silence about an amendment (R6) what the policy and the acknowledgements shown give. */
function silenceFits(rule, entry, bid) {
  if (entry.state !== "effective" || !bid) return entry.code !== "silence-withdraws" || rule?.silence === "withdraws";
  const said = bid.acknowledgements.map(({ record }) => record);
  if (said.some((record) => record.kind !== "acknowledgement" || record.of !== entry.record_hash)) return false;
  if (said.map((record) => record.hash).join() !== (entry.acknowledged ?? []).join()) return false;
  const known = Math.max(bid.record.ctx.notice_version, ...said.map((record) => record.notice_version));
  if (!rule || known >= rule.since) return entry.code === null;
  return rule.silence === "keeps" && entry.code === "silence-keeps";
}

async function replayBid(bid) {
  const { record, verdict, seed, sealed, sheet } = bid;
  const wrong = (problem) => ({ problem, replayed: false });
  const undecided = { problem: "", replayed: false };
  const opened = verdict.verdict === "opened";
  for (const signed of [bid.signed, ...bid.acknowledgements]) {
    if ((await checkBidder(signed, null)).state === "bad") return wrong("signature");
  }
  if (opened !== (sheet !== null)) return wrong("shown");
  if (seed === null) {
    return !opened && [...BEFORE_OPENING, ...SHEET_FAULTS, "fault_platform"].includes(verdict.verdict) ? undecided : wrong("no-seed");
  }
  if (hex(h(seed)) !== record.sheet_seed_hash) return wrong("seed");
  if ((await identityToRecipient(identityOf(record.ctx.suite, seed))) !== record.sheet_recipient) return wrong("recipient");
  if (sealed === null || sealed.length !== record.sheet.length || hex(h(sealed)) !== record.sheet.sha256) {
    return verdict.verdict === "fault_storage" ? undecided : wrong("ciphertext");
  }
  let found = null;
  let code = "";
  try {
    found = await openSheet(record, seed, sealed);
  } catch (error) {
    if (!(error instanceof SheetFault)) throw error;
    code = error.code;
  }
  if (verdict.part === "sheet" && SHEET_FAULTS.includes(verdict.verdict) && verdict.code !== "too-large") {
    return code === verdict.code ? { problem: "", replayed: true } : wrong("verdict");
  }
  if (found === null && (opened || verdict.part === "files")) return wrong("unopened");
  if (opened && !equal(canonical(found), canonical(sheet.source))) return wrong("sheet");
  return { problem: "", replayed: opened };
}

/** Decrypt and read the sheet (FORMAT.md 3.5, 6). Gives its JSON; throws SheetFault. */
async function openSheet(record, seed, sealed) {
  let plain;
  try {
    const head = new TextDecoder().decode(sealed.subarray(0, 4096)).split("\n--- ")[0].split("\n");
    const stanzas = head.filter((line) => line.startsWith("-> "));
    if (stanzas.length !== 1 || stanzas[0].split(" ")[1] !== STANZA[record.ctx.suite]) throw new Error("stanza");
    const decrypter = new Decrypter();
    decrypter.addIdentity(identityOf(record.ctx.suite, seed));
    plain = await decrypter.decrypt(sealed);
  } catch {
    throw new SheetFault("undecryptable");
  }
  if (plain.length !== record.sheet.padded) throw new SheetFault("wrong-length");
  const length = new DataView(plain.buffer, plain.byteOffset, 4).getUint32(0);
  if (length > MAX_SHEET || 4 + length > plain.length) throw new SheetFault("malformed-manifest");
  const manifest = readManifest(plain.subarray(4, 4 + length));
  const tag = hex(labelled("tag", unhex(manifest.nonce), utf8(manifest.organisation)));
  if (!equal(canonical(manifest.ctx), canonical(record.ctx)) || tag !== record.ctx.bidder_tag) throw new SheetFault("wrong-context");
  const end = 4 + length + manifest.file.size;
  if (padded(end) !== plain.length) throw new SheetFault("wrong-padding");
  const content = plain.subarray(4 + length, end);
  if (hex(h(content)) !== manifest.file.sha256) throw new SheetFault("wrong-file");
  if (plain.subarray(end).some((byte) => byte)) throw new SheetFault("wrong-padding");
  return spelled(content, "malformed-sheet", (value) => readSheet(value, record.ctx.envelope));
}

function readManifest(bytes) {
  let read;
  spelled(bytes, "malformed-manifest", (value) => {
    const members = new Members(value, "manifest", "manifest");
    const bidder = new Members(members.take("bidder"), "bidder");
    read = { organisation: bidder.id("organisation"), nonce: bidder.hex("nonce"), ctx: readCtx(members.take("ctx")) };
    bidder.done();
    members.choice("part", ["sheet"]);
    const files = members.items("files", 1, (item) => {
      const file = new Members(item, "file");
      const one = { name: fileName(file.take("name")), sha256: file.hex("sha256"), size: file.integer("size") };
      file.done();
      return one;
    });
    members.done();
    if (files[0]?.name !== "sheet.json") throw new Malformed("the sheet part holds sheet.json alone");
    read.file = files[0];
  });
  return read;
}

/** JSON that must stand in its one spelling. */
function spelled(bytes, code, read) {
  try {
    if (bytes.length > MAX_SHEET) throw new Malformed("too long");
    const value = parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    read(value);
    if (!equal(canonical(value), bytes)) throw new Malformed("not canonical");
    return value;
  } catch {
    throw new SheetFault(code);
  }
}
