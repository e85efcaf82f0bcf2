// What this browser keeps of bids, in IndexedDB and encrypted there.
//
// Under the key of this browser, which scripts can use and cannot read out, lie solo drafts and the draft key of whoever is
// signed in. That keeps them out of backups and of the hands of whoever finds the files; whoever can use this browser's
// profile, or reads the whole disk, can open them all the same.

import { canonical, derive, unhex, hex } from "../seal/encoding.js";

const NAME = "mingcai-bids";
const STORES = ["drafts", "files", "keys", "unlocked", "pins"];
const LASTS = 12 * 3600 * 1000;

let opened = null;

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      for (const name of [...request.result.objectStoreNames]) request.result.deleteObjectStore(name);
      for (const name of STORES) request.result.createObjectStore(name);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** Read from stores in one transaction: `work` gives the requests, whose results come back in order. */
export async function read(stores, work) {
  const transaction = (await database()).transaction(stores);
  return Promise.all(work(...stores.map((store) => transaction.objectStore(store))).map(promised));
}

/** Change stores in one transaction. */
export async function change(stores, work) {
  const transaction = (await database()).transaction(stores, "readwrite");
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
  work(...stores.map((store) => transaction.objectStore(store)));
  await done;
}

async function browserKey() {
  const [known] = await read(["keys"], (keys) => [keys.get("browser")]);
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await change(["keys"], (keys) => keys.add(made, "browser")).catch(() => {}); // another tab was faster
  const [kept] = await read(["keys"], (keys) => [keys.get("browser")]);
  return kept;
}

async function lock(key, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, canonical(value)) };
}

async function unlock(key, { iv, data }) {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data)));
}

/** Encrypt a value that has a canonical form for this browser alone. */
export const shut = async (value) => lock(await browserKey(), value);

/** The value that `shut` took. */
export const reveal = async (kept) => unlock(await browserKey(), kept);

// --- the draft key of whoever is signed in, for this session ---

/** Keep a person's secret until they sign out or the session ends. */
export async function remember(who, seed) {
  const kept = { ...(await shut(hex(seed))), who, until: Date.now() + LASTS };
  await change(["unlocked"], (unlocked) => unlocked.put(kept, "seed"));
}

/** The secret that was kept for exactly this person and session, or null; any other is forgotten. */
export async function recall(who) {
  const [kept] = await read(["unlocked"], (unlocked) => [unlocked.get("seed")]);
  if (!kept) return null;
  if (kept.who === who && kept.until > Date.now()) return unhex(await reveal(kept));
  await forgetUnlocked();
  return null;
}

export const forgetUnlocked = () => change(["unlocked"], (unlocked) => unlocked.clear());

// --- what was seen of a shared draft, under the person's own draft key ---

function pinKey(seed) {
  return crypto.subtle.importKey("raw", derive(seed, "draft-pins"), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Keep which keys and versions of a draft this person has seen here. */
export async function pin(draft, seed, seen) {
  const kept = await lock(await pinKey(seed), seen);
  await change(["pins"], (pins) => pins.put(kept, draft));
}

/** What `pin` kept, or null; also where it was kept under another key. */
export async function pinned(draft, seed) {
  const [kept] = await read(["pins"], (pins) => [pins.get(draft)]);
  return kept ? unlock(await pinKey(seed), kept).catch(() => null) : null;
}
