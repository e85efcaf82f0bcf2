// A bidder's signature by certificate (FORMAT.md 3.10, scheme `cms`): detached CMS SignedData with one signer.

import { hex } from "../seal/encoding.js";
import { checkChain, hashNamed, NotTrusted, readCertificate, verifies, whoIs } from "./certificates.js";
import { context, INTEGER, NotDer, OCTETS, OID, only, same, SEQUENCE, sequence, SET, values } from "./der.js";
import { CONTENT_TYPE, DIGESTS, MESSAGE_DIGEST, parseSigner, SIGNED_DATA, signedBy } from "./token.js";

const DATA = "2a864886f70d010701";
const LONGEST = 12_000;

/**
 * Check that the signature is over `message` and made by the certificate in it: gives {why} it is not, or {holder, issuer}, who
 * the certificate says they are. With `trusted`, {authorities: what `readPem` gave, at: milliseconds since 1970}, one of the
 * roots must have vouched for the certificate then, and is told as `root`. Revocation is not asked: the command's
 * `--bidder-crl` does that.
 */
export async function checkCms(bytes, message, trusted = null) {
  const read = await readCms(bytes, message);
  if (!read.signer) return read;
  const { signer, certificates } = read;
  try {
    const [holder, issuer] = [signer.subject, signer.issuer].map(whoIs);
    if (!trusted) return { holder, issuer };
    const { roots, others } = trusted.authorities;
    const root = await checkChain(signer, trusted.at, roots, [...others, ...certificates.filter((one) => one !== signer)]);
    return { holder, issuer, root: whoIs(root.subject) };
  } catch (error) {
    if (error instanceof NotDer) return { why: "form" };
    if (error instanceof NotTrusted) return { why: `vouched.${error.why}` };
    throw error;
  }
}

/** {signer, certificates} of a signature that verifies, else {why} not. */
async function readCms(bytes, message) {
  if (bytes.length > LONGEST) return { why: "form" };
  try {
    const [kind, wrapped] = sequence(only(bytes, SEQUENCE), OID, context(0));
    if (hex(kind.body) !== SIGNED_DATA) return { why: "form" };
    const signed = sequence(only(wrapped.body, SEQUENCE), INTEGER, SET, SEQUENCE);
    const content = sequence(signed[2].body, OID);
    const signers = signed.at(-1).tag === SET ? [...values(signed.at(-1).body)] : [];
    if (hex(content[0].body) !== DATA || content.length !== 1 || signers.length !== 1 || signers[0].tag !== SEQUENCE) return { why: "form" };
    const { who, hash, named, asSet, algorithm, signature } = parseSigner(signers[0].body);
    const announced = sequence(signed[1].body, SEQUENCE).map(({ tag, body }) => (tag === SEQUENCE ? hashNamed(body) : null));
    if (!hash || !announced.includes(hash)) return { why: "algorithm" };
    const [type, digest] = [named.get(CONTENT_TYPE), named.get(MESSAGE_DIGEST)];
    if (!type || !digest || hex(only(type, OID)) !== DATA) return { why: "form" };
    if (!same(only(digest, OCTETS), DIGESTS[hash](message))) return { why: "challenge" };
    const inside = signed.slice(3, -1).find(({ tag }) => tag === context(0));
    const certificates = inside ? [...values(inside.body)].filter(({ tag }) => tag === SEQUENCE).map(({ raw }) => readCertificate(raw)) : [];
    const signer = certificates.find((one) => signedBy(one, who));
    if (!signer) return { why: "certificate" };
    return (await verifies(signer.key, algorithm, hash, asSet, signature)) ? { signer, certificates } : { why: "signature" };
  } catch (error) {
    if (error instanceof NotDer) return { why: "form" };
    if (error instanceof NotTrusted) return { why: error.why };
    throw error;
  }
}
