// Runs the page's check of signatures by certificate on cases from stdin: [{data, message, authorities?, at?}], bytes in base64,
// the authorities in PEM, the time in ISO form → [{why} or what is told of the certificate].

import { readFileSync } from "node:fs";

import { readPem } from "../../frontend/verify/certificates.js";
import { checkCms } from "../../frontend/verify/cms.js";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const said = [];
for (const { data, message, authorities, at } of JSON.parse(readFileSync(0, "utf8"))) {
  const trusted = authorities ? { authorities: readPem(authorities), at: Date.parse(at) } : null;
  said.push(await checkCms(bytes(data), bytes(message), trusted));
}
process.stdout.write(JSON.stringify(said));
