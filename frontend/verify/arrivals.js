// The check of what had arrived of a supplier (FORMAT.md 4): one statement of the platform, read strictly.

import { readStatement, statementVerifies } from "./objects.js";
import { Malformed, Members } from "./strict.js";

const MOST = 2000;

function attempt(value) {
  const members = new Members(value, "attempt");
  const found = { at: members.instant("at"), lot: members.text("lot", 20), step: members.text("step", 20), code: members.text("code", 60) };
  members.done();
  return found;
}

function part(value) {
  const members = new Members(value, "part");
  const found = {
    upload: members.id("upload"),
    length: members.integer("length", 1),
    received: members.integer("received", 1),
    sha256: members.hex("sha256"),
    at: members.instant("at"),
  };
  members.done();
  return found;
}

/** Check a file `{arrivals: statement}`. Gives {outcome, key, pinned, body}; throws Malformed. `platform` is a trusted vkey. */
export function verifyArrivals(file, platform) {
  const members = new Members(file, "arrivals file");
  const statement = readStatement(members.take("arrivals"));
  members.done();
  const pinned = platform ? platform === statement.vkey : null;
  const facts = { key: statement.vkey, pinned };
  if (!statementVerifies(statement) || pinned === false) return { outcome: "bad-signature", ...facts, body: null };
  const inside = new Members(statement.body, "arrivals", "arrivals");
  const body = {
    log_origin: inside.origin("log_origin"),
    tender: inside.id("tender"),
    supplier: inside.id("supplier"),
    as_of: inside.instant("as_of"),
    attempts: inside.items("attempts", MOST, attempt),
    parts: inside.items("parts", MOST, part),
  };
  inside.done();
  if (body.parts.some((one) => one.received > one.length)) throw new Malformed("a part is longer than its whole");
  return { outcome: "valid", ...facts, body };
}
