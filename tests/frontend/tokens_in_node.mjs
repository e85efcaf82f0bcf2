// Runs the page's check of time stamps on cases from stdin: [{token, text, pem}] in base64 → [{at, signed} | {why}].

import { readFileSync } from "node:fs";

import { NotTrusted, readPem } from "../../frontend/verify/certificates.js";
import { readToken } from "../../frontend/verify/token.js";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const said = [];
for (const { token, text, pem } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    said.push(await readToken(bytes(token), text, pem === null ? null : readPem(pem)));
  } catch (error) {
    if (!(error instanceof NotTrusted)) throw error;
    said.push({ why: error.why });
  }
}
process.stdout.write(JSON.stringify(said));
