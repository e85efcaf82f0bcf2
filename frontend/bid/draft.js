// A bid's draft, in this browser alone: what was typed, and copies of the chosen files, in IndexedDB.
//
// Nothing here is encrypted: whoever uses this browser's profile can read it, as they could read the files themselves.

const NAME = "mingcai-bids";
const FIELDS = "drafts";
const FILES = "files";

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(FIELDS);
      request.result.createObjectStore(FILES);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function change(stores, work) {
  const transaction = (await database()).transaction(stores, "readwrite");
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
  work(...stores.map((store) => transaction.objectStore(store)));
  await done;
}

/** One draft; `key` names whose and for what it is. Every call may reject where the browser keeps nothing. */
export class Draft {
  constructor(key) {
    this.key = key;
    this.range = IDBKeyRange.bound([key, ""], [key, "\uffff"]);
  }

  /** What was kept: {at, fields, files: Map of id -> File}, or null. */
  async read() {
    const transaction = (await database()).transaction([FIELDS, FILES]);
    const files = transaction.objectStore(FILES);
    const [kept, keys, values] = await Promise.all([
      promised(transaction.objectStore(FIELDS).get(this.key)),
      promised(files.getAllKeys(this.range)),
      promised(files.getAll(this.range)),
    ]);
    return kept ? { ...kept, files: new Map(keys.map(([, id], index) => [id, values[index]])) } : null;
  }

  async write(fields) {
    const at = Date.now();
    await change([FIELDS], (drafts) => drafts.put({ at, fields }, this.key));
    return at;
  }

  keepFile(id, file) {
    return change([FILES], (files) => files.put(file, [this.key, id]));
  }

  dropFile(id) {
    return change([FILES], (files) => files.delete([this.key, id]));
  }

  forget() {
    return change([FIELDS, FILES], (drafts, files) => {
      drafts.delete(this.key);
      files.delete(this.range);
    });
  }
}
