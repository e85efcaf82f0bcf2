// RFC 3161 time stamps: what a token says, whether it is over the given text, and whether its authority signed it.

import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";

import { hex, utf8 } from "../seal/encoding.js";
import { checkChain, hashNamed, mayStamp, NotTrusted, readCertificate, verifies } from "./certificates.js";
import { algorithmOf, context, INTEGER, instantOf, NotDer, OCTETS, OID, only, same, SEQUENCE, sequence, SET, TIME, values } from "./der.js";

export const SIGNED_DATA = "2a864886f70d010702";
const TST_INFO = "2a864886f70d0109100104";
export const [CONTENT_TYPE, MESSAGE_DIGEST, ESS_CERTIFICATE] = ["2a864886f70d010903", "2a864886f70d010904", "2a864886f70d010910022f"];
export const DIGESTS = { "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 };

/** Take a token apart: what is stamped, when, the certificates inside and who signed. Throws NotDer. */
function parse(token) {
  const [kind, wrapped] = sequence(only(token, SEQUENCE), OID, context(0));
  if (hex(kind.body) !== SIGNED_DATA) throw new NotDer();
  const signed = sequence(only(wrapped.body, SEQUENCE), INTEGER, SET, SEQUENCE);
  const signers = signed.at(-1).tag === SET ? [...values(signed.at(-1).body)] : [];
  if (signers.length !== 1 || signers[0].tag !== SEQUENCE) throw new NotDer();
  const [type, wrapping] = sequence(signed[2].body, OID, context(0));
  if (hex(type.body) !== TST_INFO) throw new NotDer();
  const content = only(wrapping.body, OCTETS);
  const info = sequence(only(content, SEQUENCE), INTEGER, OID, SEQUENCE, INTEGER, TIME);
  const [algorithm, hashed] = sequence(info[2].body, SEQUENCE, OCTETS);
  const inside = signed.find(({ tag }) => tag === context(0));
  const digests = sequence(signed[1].body, SEQUENCE).map(({ tag, body }) => (tag === SEQUENCE ? hashNamed(body) : null));
  return { content, digests, at: info[4], hash: hashNamed(algorithm.body), hashed: hashed.body, signer: signers[0].body, inside };
}

/** {who, hash, attributes, algorithm, signature} of a SignerInfo. Throws NotDer. */
export function parseSigner(body) {
  const [, who, digest, attributes, algorithm, signature] = sequence(body, INTEGER);
  const shaped = [digest?.tag, attributes?.tag, algorithm?.tag, signature?.tag];
  if (!same(shaped, [SEQUENCE, context(0), SEQUENCE, OCTETS])) throw new NotDer();
  const named = new Map();
  for (const { tag, body: one } of values(attributes.body)) {
    const [oid, set] = tag === SEQUENCE ? sequence(one, OID, SET) : [];
    if (!oid || named.has(hex(oid.body))) throw new NotDer();
    named.set(hex(oid.body), set.body);
  }
  // What is signed are the attributes as a SET, not under the context tag that they have here.
  const asSet = Uint8Array.from(attributes.raw);
  asSet[0] = SET;
  return { who, hash: hashNamed(digest.body), named, asSet, algorithm: algorithmOf(algorithm.body), signature: signature.body };
}

export function signedBy(certificate, who) {
  if (who.tag === 0x80) return certificate.keyId === hex(who.body);
  const [issuer, serial] = who.tag === SEQUENCE ? sequence(who.body, SEQUENCE, INTEGER) : [];
  return Boolean(issuer) && same(issuer.raw, certificate.issuer) && hex(serial.body) === certificate.serial;
}

/** Whether the signed attributes name this very certificate by its hash (RFC 5816). */
function namesCertificate(attribute, certificate) {
  const [list] = sequence(only(attribute, SEQUENCE), SEQUENCE);
  const [first] = sequence(list.body, SEQUENCE);
  const parts = [...values(first.body)];
  const hash = parts[0]?.tag === SEQUENCE ? hashNamed(parts.shift().body) : "SHA-256";
  return parts[0]?.tag === OCTETS && Boolean(hash) && same(parts[0].body, DIGESTS[hash](certificate.raw));
}

/** Check the authority's signature and certificates. Throws NotTrusted, NotDer. */
async function checkAuthority(read, { roots, others }) {
  const { who, hash, named, asSet, algorithm, signature } = parseSigner(read.signer);
  if (!hash || !read.digests.includes(hash)) throw new NotTrusted("algorithm");
  const type = named.get(CONTENT_TYPE);
  const digest = named.get(MESSAGE_DIGEST);
  const fits = type && digest && hex(only(type, OID)) === TST_INFO && same(only(digest, OCTETS), DIGESTS[hash](read.content));
  if (!fits) throw new NotTrusted("content");
  const inside = read.inside ? [...values(read.inside.body)].filter(({ tag }) => tag === SEQUENCE).map(({ raw }) => readCertificate(raw)) : [];
  const candidates = [...inside, ...others, ...roots].filter((one) => signedBy(one, who));
  const ess = named.get(ESS_CERTIFICATE);
  const signer = ess && candidates.find((one) => namesCertificate(ess, one));
  if (!signer) throw new NotTrusted("certificate");
  if (!(await verifies(signer.key, algorithm, hash, asSet, signature))) throw new NotTrusted("signature");
  await checkChain(signer, instantOf(read.at), roots, [...others, ...inside], mayStamp);
}

/** What a token over `text` says: {at: ISO instant, signed} when it is sound, else {why}.
 *
 * `authority` is what `readPem` gave; without it `signed` is null: the signature was not checked. `why` names what is wrong:
 * form, text (over something else), content (what is signed is not what it says), certificate (the signer's is not there),
 * signature, usage (the certificate is not for time stamping), expired (it was not valid then), chain (its issuer is not the
 * trusted one), algorithm (not known here).
 */
export async function readToken(token, text, authority = null) {
  try {
    const read = parse(token);
    if (!read.hash) return { why: "algorithm" };
    if (!same(read.hashed, DIGESTS[read.hash](utf8(text)))) return { why: "text" };
    if (authority) await checkAuthority(read, authority);
    instantOf(read.at);
    const said = new TextDecoder().decode(read.at.body);
    return { at: said.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/, "$1-$2-$3T$4:$5:$6"), signed: authority ? true : null };
  } catch (error) {
    if (error instanceof NotDer) return { why: "form" };
    if (error instanceof NotTrusted) return { why: error.why };
    throw error;
  }
}
