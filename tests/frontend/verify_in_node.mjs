// Runs the page's checks on cases from stdin: {"kind": "receipt" | "transcript", "trusted", "texts": […]} → outcomes.

import { readFileSync } from "node:fs";

import { verifyArrivals } from "../../frontend/verify/arrivals.js";
import { readPem } from "../../frontend/verify/certificates.js";
import { readKeepersFile } from "../../frontend/verify/objects.js";
import { verifyReceipt } from "../../frontend/verify/receipt.js";
import { Malformed, parseJson } from "../../frontend/verify/strict.js";
import { replay } from "../../frontend/verify/transcript.js";

const { kind, trusted, cases } = JSON.parse(readFileSync(0, "utf8"));
const trust = trusted && { platform: trusted.platform_vkey, keepers: readKeepersFile({ type: "mingcai/v1/keepers", keepers: trusted.keepers }), authority: readPem(trusted.authority) };
const said = [];
for (const { text, trusting } of cases) {
  try {
    const value = parseJson(text);
    const found = kind === "arrivals" ? verifyArrivals(value, trusting) : kind === "receipt" ? await verifyReceipt(value, trusting ? trust : {}) : await replay(value);
    const bad = (found.steps ?? []).filter((step) => step.state === "bad").map((step) => step.id);
    said.push({ outcome: found.outcome, bad, replayed: (found.bids ?? []).map((bid) => bid.replayed), root: found.close?.root });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    said.push({ outcome: "malformed", bad: [], replayed: [] });
  }
}
process.stdout.write(JSON.stringify(said));
