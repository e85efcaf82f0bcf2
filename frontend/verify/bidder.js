// The bidder's signature over H(record) (FORMAT.md 3.10).

import { p256 } from "@noble/curves/nist.js";

import { base64url, concat, h, hex, join, label, unbase64url, unhex, utf8 } from "../seal/encoding.js";
import { checkCms } from "./cms.js";
import { ed25519Verifies, equal } from "./log.js";

const MEMBERS = {
  cms: ["scheme", "signed_data"],
  "ed25519-software": ["public_key", "scheme", "signature"],
  webauthn: ["authenticator_data", "client_data_json", "credential_id", "scheme", "signature"],
};
const P256 = unhex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
const ED25519 = unhex("302a300506032b6570032100");
const PRESENT_AND_VERIFIED = 5;

/** Strict base64url without padding; null for anything else. */
function decode(text) {
  try {
    const bytes = unbase64url(text);
    return base64url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

async function verifies(publicKey, signature, message) {
  const after = (prefix) => (equal(publicKey.subarray(0, prefix.length), prefix) ? publicKey.subarray(prefix.length) : null);
  try {
    const point = after(P256);
    if (point) return p256.verify(signature, message, point, { format: "der", prehash: true, lowS: false });
    const edwards = after(ED25519);
    if (edwards) return ed25519Verifies(signature, message, edwards);
    const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("spki", publicKey, rsa, false, ["verify"]);
    return await crypto.subtle.verify(rsa, key, signature, message);
  } catch {
    return false;
  }
}

/**
 * Check who signed a record: {state: "verified" | "bound" | "bad", why}. `bound` means that a passkey's assertion is about
 * this record, but its key is not known here, or that a certificate signed it and it is not asked who vouches for that.
 *
 * `key` is {public_key, rp_id, origins} or null; `trusted`, and what is told of a certificate beside the state, as in `checkCms`.
 */
export async function checkBidder({ record, signature }, key, trusted = null) {
  const bad = (why) => ({ state: "bad", why });
  const members = MEMBERS[signature.scheme];
  if (!members || Object.keys(signature).sort().join() !== members.join()) return bad("scheme");
  if (signature.scheme === "ed25519-software") {
    const form = /^(?:[0-9a-f]{2})+$/;
    if (!form.test(signature.public_key) || !form.test(signature.signature)) return bad("form");
    const message = join(label("bidder-signature"), unhex(record.hash));
    return ed25519Verifies(unhex(signature.signature), message, unhex(signature.public_key)) ? { state: "verified" } : bad("signature");
  }
  if (signature.scheme === "cms") {
    const bytes = decode(signature.signed_data);
    const found = bytes ? await checkCms(bytes, join(label("bidder-signature"), unhex(record.hash)), trusted) : { why: "form" };
    return found.why ? bad(found.why) : { state: found.root ? "verified" : "bound", certificate: found };
  }
  const [authenticator, client, sealed] = ["authenticator_data", "client_data_json", "signature"].map((name) => decode(signature[name]));
  if (!authenticator || !client || !sealed) return bad("form");
  const said = parsed(client);
  if (said?.type !== "webauthn.get" || said.challenge !== base64url(unhex(record.hash))) return bad("challenge");
  if (!key) return { state: "bound" };
  if (!key.origins.includes(said.origin)) return bad("origin");
  const flags = authenticator.length >= 37 ? authenticator[32] : 0;
  if ((flags & PRESENT_AND_VERIFIED) !== PRESENT_AND_VERIFIED) return bad("person");
  if (hex(authenticator.subarray(0, 32)) !== hex(h(utf8(key.rp_id)))) return bad("site");
  const whole = concat(authenticator, h(client));
  return (await verifies(unhex(key.public_key), sealed, whole)) ? { state: "verified" } : bad("signature");
}
