// X.509 certificates of time stamp authorities and of bidders: read from PEM, chained up to a root that one trusts. WebCrypto
// verifies.
//
// As little of RFC 5280 as that needs, and strictly: a critical extension that is not known here refuses a certificate.

import { hex } from "../seal/encoding.js";
import { algorithmOf, BITS, BOOLEAN, context, INTEGER, instantOf, NotDer, NULL, OCTETS, OID, only, same, SEQUENCE, sequence, values, wholeBits } from "./der.js";

const MAX_CHAIN = 6;
const MAX_PEM = 1 << 18;
const HASHES = { "608648016503040201": "SHA-256", "608648016503040202": "SHA-384", "608648016503040203": "SHA-512" };
/** Signature algorithms by the hexadecimal of their identifier. */
const SIGNATURES = {
  "2a864886f70d01010b": ["RSA", "SHA-256"], "2a864886f70d01010c": ["RSA", "SHA-384"], "2a864886f70d01010d": ["RSA", "SHA-512"],
  "2a8648ce3d040302": ["EC", "SHA-256"], "2a8648ce3d040303": ["EC", "SHA-384"], "2a8648ce3d040304": ["EC", "SHA-512"],
};
const RSA_ENCRYPTION = "2a864886f70d010101";
const EC_PUBLIC_KEY = "2a8648ce3d0201";
const CURVES = { "2a8648ce3d030107": ["P-256", 32], "2b81040022": ["P-384", 48], "2b81040023": ["P-521", 66] };
const [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_USAGE] = ["551d13", "551d0f", "551d25"];
/** Extensions whose meaning is kept below, or that bind nobody who only checks a signature (key identifiers, policies, names). */
const KNOWN = new Set([BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_USAGE, "551d0e", "551d23", "551d20", "551d11", "551d1f"]);
const TIME_STAMPING = "2b06010505070308";
const RSA_BITS_AT_LEAST = 2048;
/** What a name is told by: the organisation, else the common name; and where the trade writes its unified social credit code. */
const [ORGANISATION, COMMON_NAME] = ["55040a", "550403"];
const CODES = ["550461", "550405", "55040b", "0992268993f22c640101"];
const UTF_16 = 0x1e;

export class NotTrusted extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** The name of the hash of a digest algorithm, undefined for one that is not known. It has no parameters, or NULL. */
export function hashNamed(body) {
  const [name, ...rest] = sequence(body, OID);
  if (rest.length > 1 || (rest.length && (rest[0].tag !== NULL || rest[0].body.length))) throw new NotDer();
  return HASHES[hex(name.body)];
}

/** Read one certificate in DER. Throws NotDer. */
export function readCertificate(raw) {
  const [tbs, algorithm, signature] = sequence(only(raw, SEQUENCE), SEQUENCE, SEQUENCE, BITS);
  const parts = [...values(tbs.body)];
  if (parts[0]?.tag === context(0)) parts.shift();
  const [serial, , issuer, validity, subject, key, ...rest] = parts;
  const tags = [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE];
  if (tags.some((tag, at) => parts[at]?.tag !== tag) || !same(parts[1].raw, algorithm.raw)) throw new NotDer();
  const [from, until] = [...values(validity.body)];
  const made = {
    raw, tbs: tbs.raw, algorithm: algorithmOf(algorithm.body), signature: wholeBits(signature.body), serial: hex(serial.body),
    issuer: issuer.raw, subject: subject.raw, key: key.raw, from: instantOf(from), until: instantOf(until),
    ca: false, depth: Infinity, signs: null, certifies: null, uses: null, critical: true, keyId: null,
  };
  const extensions = rest.find((one) => one.tag === context(3));
  for (const one of extensions ? values(only(extensions.body, SEQUENCE)) : []) readExtension(made, one);
  return made;
}

function readExtension(made, { tag, body }) {
  if (tag !== SEQUENCE) throw new NotDer();
  const [name, ...rest] = sequence(body, OID);
  const flag = rest[0]?.tag === BOOLEAN ? rest.shift().body[0] : 0;
  if (rest.length !== 1 || rest[0].tag !== OCTETS) throw new NotDer();
  const [oid, value] = [hex(name.body), rest[0].body];
  if (oid === BASIC_CONSTRAINTS) {
    const [ca, depth] = [...values(only(value, SEQUENCE))];
    made.ca = ca?.tag === BOOLEAN && ca.body[0] !== 0;
    if (depth?.tag === INTEGER) made.depth = depth.body[depth.body.length - 1];
  } else if (oid === KEY_USAGE) {
    const bits = only(value, BITS)[1] ?? 0;
    made.signs = Boolean(bits & 0xc0); // digitalSignature, nonRepudiation
    made.certifies = Boolean(bits & 0x04); // keyCertSign
  } else if (oid === EXTENDED_USAGE) {
    made.uses = [...values(only(value, SEQUENCE))].map((use) => hex(use.body));
    made.usesCritical = flag !== 0;
  } else if (oid === "551d0e") {
    made.keyId = hex(only(value, OCTETS));
  } else if (flag !== 0 && !KNOWN.has(oid)) {
    made.strange = true;
  }
}

/** Who a name (`subject` or `issuer`) is, for people: {name, code}, the code empty where it names no 18 characters of one. */
export function whoIs(raw) {
  const said = new Map();
  for (const set of values(only(raw, SEQUENCE))) {
    for (const one of values(set.body)) {
      const [oid, value] = sequence(one.body, OID);
      const text = new TextDecoder(value?.tag === UTF_16 ? "utf-16be" : "utf-8").decode(value?.body);
      const name = hex(oid.body);
      said.set(name, [...(said.get(name) ?? []), text]);
    }
  }
  const code = CODES.flatMap((oid) => said.get(oid) ?? []).find((text) => /^[0-9A-Z]{18}$/.test(text));
  return { name: (said.get(ORGANISATION) ?? said.get(COMMON_NAME) ?? ["?"])[0], code: code ?? "" };
}

/** The certificates of a PEM text: {roots, others}. Throws NotTrusted without a root (`pem`), NotDer. */
export function readPem(text) {
  if (text.length > MAX_PEM) throw new NotTrusted("pem");
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)];
  let found;
  try {
    found = blocks.map(([, inside]) => readCertificate(Uint8Array.from(atob(inside.replace(/\s/g, "")), (char) => char.charCodeAt(0))));
  } catch (error) {
    if (error instanceof NotDer || error instanceof DOMException) throw new NotTrusted("pem");
    throw error;
  }
  const roots = found.filter((one) => same(one.issuer, one.subject));
  if (!roots.length) throw new NotTrusted("pem");
  return { roots, others: found.filter((one) => !roots.includes(one)) };
}

/** r and s of an ECDSA signature in DER, each with `size` bytes, as WebCrypto takes them; null when they do not fit. */
function fixedEcdsa(signature, size) {
  const parts = sequence(only(signature, SEQUENCE), INTEGER, INTEGER);
  const whole = new Uint8Array(2 * size);
  for (const [at, { body }] of parts.entries()) {
    const digits = body[0] === 0 ? body.subarray(1) : body;
    if (at > 1 || body[0] > 0x7f || digits.length > size) return null;
    whole.set(digits, (at + 1) * size - digits.length);
  }
  return whole;
}

/** Whether `signature` over `bytes` verifies under a SubjectPublicKeyInfo. `hash` decides where the algorithm names none. */
export async function verifies(key, oid, hash, bytes, signature) {
  const [kind, named] = SIGNATURES[oid] ?? (oid === RSA_ENCRYPTION ? ["RSA", hash] : []);
  const [algorithm, bits] = sequence(only(key, SEQUENCE), SEQUENCE, BITS);
  const parts = sequence(algorithm.body, OID);
  const family = { [RSA_ENCRYPTION]: "RSA", [EC_PUBLIC_KEY]: "EC" }[hex(parts[0].body)];
  if (!kind || !named || kind !== family || !bits.body.length) throw new NotTrusted("algorithm");
  try {
    if (kind === "RSA") {
      const rsa = { name: "RSASSA-PKCS1-v1_5", hash: named };
      const imported = await crypto.subtle.importKey("spki", key, rsa, false, ["verify"]);
      if (imported.algorithm.modulusLength < RSA_BITS_AT_LEAST) throw new NotTrusted("algorithm");
      return await crypto.subtle.verify(rsa, imported, signature, bytes);
    }
    const [namedCurve, size] = CURVES[hex(parts[1]?.body ?? new Uint8Array())] ?? [];
    if (!namedCurve) throw new NotTrusted("algorithm");
    const fixed = fixedEcdsa(signature, size);
    if (fixed === null) return false;
    const imported = await crypto.subtle.importKey("spki", key, { name: "ECDSA", namedCurve }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "ECDSA", hash: named }, imported, fixed, bytes);
  } catch (error) {
    if (error instanceof NotDer) return false;
    if (error instanceof DOMException) throw new NotTrusted("algorithm"); // a key or curve that this browser does not take
    throw error;
  }
}

/** Whether a certificate is for stamping time and nothing else. */
export function mayStamp({ uses, usesCritical }) {
  return uses?.length === 1 && uses[0] === TIME_STAMPING && usesCritical;
}

/**
 * Check that a certificate may sign, and be used as `may` tells, and that its chain led to a root at that instant: gives that
 * root. Throws NotTrusted. Whether one of them was revoked is not asked.
 */
export async function checkChain(signer, at, roots, others, may = () => true) {
  if (!may(signer) || signer.ca || signer.signs === false || signer.strange) throw new NotTrusted("usage");
  if (!lasts(signer, at)) throw new NotTrusted("expired");
  let why = "chain";
  const climb = async (one, below) => {
    for (const issuer of [...roots, ...others]) {
      if (!same(one.issuer, issuer.subject) || same(issuer.raw, one.raw)) continue;
      if (!issuer.ca || issuer.certifies === false || issuer.depth < below || issuer.strange) continue;
      if (!(await verifies(issuer.key, one.algorithm, null, one.tbs, one.signature))) continue;
      if (!lasts(issuer, at)) {
        why = "expired";
        continue;
      }
      const root = roots.includes(issuer) ? issuer : below < MAX_CHAIN ? await climb(issuer, below + 1) : null;
      if (root) return root;
    }
    return null;
  };
  const root = await climb(signer, 0);
  if (!root) throw new NotTrusted(why);
  return root;
}

function lasts(certificate, at) {
  return certificate.from <= at && at <= certificate.until;
}
