// Run what shared drafts do with keys and bytes, and how versions become one, outside a browser.
//
// Verbs: key|journey|merge|file|envelope.

import { keyId, makeSeed, recipientFor, unwrap, wrap } from "../../frontend/bid/draftkey.js";
import { merge } from "../../frontend/bid/merge.js";
import { makeFileKey, makeSection, openChunks, openPart, openSection, sealChunks, sealedLength, sealPart } from "../../frontend/bid/section.js";
import { base64, canonical, hex } from "../../frontend/seal/encoding.js";
import { encryptBytes } from "../../frontend/seal/recipients.js";
import { answer } from "./answering.mjs";

const codeOf = (work) => work().then(() => "opened", (error) => error.code ?? error.message);
const draft = "11111111-2222-3333-4444-555555555555";

async function person(user) {
  const seed = makeSeed();
  return { user, seed, recipient: await recipientFor(seed) };
}

const verbs = {
  /** A key for a server's test: {recipient, age}, wrapped under a passphrase. */
  async key({ passphrase }) {
    const { seed, recipient } = await person("a");
    const wrapped = await wrap(seed, { passphrase });
    const wrong = await codeOf(() => unwrap(wrapped, recipient, { passphrase: `${passphrase}x` }));
    const other = await codeOf(async () => unwrap(wrapped, (await person("b")).recipient, { passphrase }));
    return { recipient, wrapped, wrong, other, seed: hex(seed), id: keyId("a", recipient) };
  },

  /** Anna shares with Bo, Bo is removed: who opens what, and what a lying server gets away with. */
  async journey({ secret }) {
    const [anna, bo, server] = [await person("anna"), await person("bo"), await person("server")];
    const both = { anna: anna.recipient, bo: bo.recipient };
    const first = await makeSection({ draft, section: "rest", readers: both, before: null });
    const opens = (who, made, generation, known = null, over = {}) => (
      openSection({ draft, section: "rest", generation, envelope: made.envelope, seed: who.seed, known, ...over })
    );
    const held = (await opens(bo, first, 1)).secret;
    const given = { draft, part: "answer.S1", version: 3, secret: held };
    const content = await sealPart({ ...given, values: { "text/response-S1": secret } });
    const short = await sealPart({ ...given, values: { "text/response-S1": "x" } });
    const alone = await makeSection({ draft, section: "rest", readers: { anna: anna.recipient }, before: held });
    const third = await makeSection({ draft, section: "rest", readers: both, before: alone.secret });
    // A server that adds itself to the people knows every public key, and not the key before.
    const forged = await makeSection({ draft, section: "rest", readers: { ...both, server: server.recipient }, before: { generation: 1, key: "00".repeat(32) } });
    const bytes = base64(content) + base64(first.envelope);
    return {
      opened: await openPart({ ...given, content }),
      sameLength: content.length === short.length,
      leaks: Buffer.from(bytes, "base64").includes(Buffer.from(secret)),
      stanzas: new TextDecoder("latin1").decode(first.envelope).split("-> mlkem768x25519").length - 1,
      otherVersion: await codeOf(() => openPart({ ...given, version: 2, content })),
      otherPart: await codeOf(() => openPart({ ...given, part: "answer.S2", content })),
      flipped: await codeOf(() => openPart({ ...given, content: content.with(40, content[40] ^ 1) })),
      removed: await codeOf(() => opens(bo, alone, 2)),
      outsider: await codeOf(() => opens(server, first, 1)),
      stays: (await opens(anna, alone, 2, held)).unproven,
      forged: await codeOf(() => opens(anna, forged, 2, held)),
      rolledBack: await codeOf(() => opens(anna, first, 1, alone.secret)),
      replaced: await codeOf(() => opens(anna, first, 1, { ...held, key: "11".repeat(32) })),
      elsewhere: await codeOf(() => opens(anna, first, 1, null, { section: "price" })),
      otherDraft: await codeOf(() => opens(anna, first, 1, null, { draft: "other" })),
      // Anna knew a key under which Bo was not, and missed the change that let Bo in again.
      gap: (await opens(anna, third, 3, { ...alone.secret, generation: 1 })).unproven,
      noGap: (await opens(anna, third, 3, alone.secret)).unproven,
    };
  },

  merge: (cases) => cases.map(({ base, mine, theirs }) => merge(base, mine, theirs)),

  async file({ sizes }) {
    const found = [];
    for (const size of sizes) {
      const plain = Buffer.alloc(size, 7);
      const key = makeFileKey();
      const chunks = [];
      for await (const chunk of sealChunks(key, new Blob([plain]))) chunks.push(chunk);
      const sealed = new Blob(chunks);
      const again = Buffer.from(await (await openChunks(key, sealed)).arrayBuffer());
      const cut = sealed.slice(0, Math.max(16, sealed.size - (1 << 20) - 16));
      found.push({
        length: sealed.size === sealedLength(size), same: again.equals(plain),
        cut: size > 1 << 20 ? await codeOf(() => openChunks(key, cut)) : "forged",
        key: await codeOf(() => openChunks(makeFileKey(), sealed)),
      });
    }
    return found;
  },

  /** An envelope to recipients, for a server's test. */
  async envelope({ recipients }) {
    return base64(await encryptBytes(canonical({}), ...recipients));
  },

};

await answer(verbs);
