// Runs the page's check of signatures by certificate on cases from stdin: [{data, message}] in base64 → [why or null].

import { readFileSync } from "node:fs";

import { checkCms } from "../../frontend/verify/cms.js";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const said = [];
for (const { data, message } of JSON.parse(readFileSync(0, "utf8"))) said.push(await checkCms(bytes(data), bytes(message)));
process.stdout.write(JSON.stringify(said));
