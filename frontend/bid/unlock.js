// The draft key of whoever is signed in: made once, unlocked once a session, by a passkey or a passphrase.

import { keyId, fingerprint, makeSeed, PASSPHRASE_LEAST, recipientFor, unwrap, wrap } from "./draftkey.js";
import { recall, remember } from "./store.js";
import { ask } from "./team.js";
import { say } from "./words.js";

/**
 * The secret, or the place where the person makes or unlocks it until there is one. `place` is the panel (_draft_key.html),
 * `facts` {key_url, user, session, rp_id}.
 */
export async function unlockedSeed(place, { key_url: url, user, session, rp_id: rpId }) {
  const who = `${user}/${session}`;
  const kept = await recall(who).catch(() => null);
  const { key } = await ask(url);
  if (kept && key && (await recipientFor(kept)) === key.recipient) return kept;
  const part = (name) => place.querySelector(`[data-key-${name}]`);
  const said = part("said");
  place.hidden = false;
  let replacing = false;

  function show(making) {
    part("make").hidden = !making;
    part("unlock").hidden = making;
    if (making) return;
    const by = new Set(key.wrapped.map((one) => one.by));
    part("by-passkey").hidden = !by.has("passkey");
    part("by-passphrase").hidden = !by.has("passphrase");
    part("fingerprint").textContent = fingerprint(keyId(user, key.recipient));
  }

  async function make(how) {
    const seed = makeSeed();
    const recipient = await recipientFor(seed);
    await ask(url, { recipient, wrapped: [await wrap(seed, how)], replace: replacing });
    return seed;
  }

  const open = (by, how) => unwrap(key.wrapped.find((one) => one.by === by), key.recipient, how);

  function passphraseOf(form) {
    const [first, again] = [...form.querySelectorAll("input[type=password]")].map(({ value }) => value);
    if (again === undefined) return first;
    if ([...first].length < PASSPHRASE_LEAST) throw Object.assign(new Error("short"), { say: "key-short" });
    if (first !== again) throw Object.assign(new Error("differs"), { say: "key-differs" });
    return first;
  }

  show(!key);
  return new Promise((resolve) => {
    const attempt = (work) => async (event) => {
      event.preventDefault();
      said.textContent = say("key-working");
      place.setAttribute("aria-busy", "true");
      try {
        const seed = await work(event);
        await remember(who, seed).catch(() => {});
        said.textContent = "";
        place.hidden = true;
        resolve(seed);
      } catch (error) {
        const refused = error.problem ? error.message : say(error.say ?? (event.type === "submit" ? "key-wrong" : "key-no-passkey"));
        said.textContent = refused;
        said.focus();
      } finally {
        place.removeAttribute("aria-busy");
      }
    };
    part("make").addEventListener("submit", attempt(({ target }) => make({ passphrase: passphraseOf(target) })));
    part("make-passkey").addEventListener("click", attempt(() => make({ rpId })));
    part("by-passphrase").addEventListener("submit", attempt(({ target }) => open("passphrase", { passphrase: passphraseOf(target) })));
    part("by-passkey").addEventListener("click", attempt(() => open("passkey", { rpId })));
    part("replace").addEventListener("click", () => {
      if (!window.confirm(say("key-replace"))) return;
      replacing = true;
      show(true);
    });
  });
}
