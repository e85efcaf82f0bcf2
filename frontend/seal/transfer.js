// Uploads the sealed parts by tus, each while it still grows; what is cut, held or hangs goes on where the server says it stands.

import { Upload, defaultOptions } from "tus-js-client";

import { growingReader } from "./growing.js";

/** How long to wait before each new try, in ms. */
export const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, 30000];
/** A request whose bytes do not move for so long – a dead line tells nobody – is given up and the upload goes on anew; in ms. */
const STALLED = 30000;
/** So many times as long for the server's answer once all bytes of a request are sent: it may be storing a large file. */
const ANSWERING = 20;
export const PARTS = ["sheet", "files"];

/** What went wrong; `code` is stable, `problem` is the server's answer if there was one. */
export class SealFailure extends Error {
  constructor(code, message, facts = {}) {
    super(message);
    Object.assign(this, { code, ...facts });
  }
}

/** The token that Django wants. The cookie's stays true when somebody signs in again in another tab while a bid is sealed here. */
export function token() {
  const [, kept] = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) ?? [];
  return kept ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

function fingerprint(key, part) {
  return `mingcai-${key}-${part}`;
}

/** Forget where the parts of a received record were uploaded to. */
export async function forgetUploads(key) {
  const { urlStorage } = defaultOptions;
  for (const part of PARTS) {
    for (const one of await urlStorage.findUploadsByFingerprint(fingerprint(key, part))) {
      await urlStorage.removeUpload(one.urlStorageKey);
    }
  }
}

/** Holds an upload and lets it go on, whichever part is under way. */
export class Transfer {
  paused = false;
  upload = null;

  begin(upload) {
    this.upload = upload;
    if (!this.paused) upload.start();
  }

  pause() {
    this.paused = true;
    this.upload?.abort();
  }

  go() {
    if (!this.paused) return;
    this.paused = false;
    this.upload?.start();
  }

  /** Give up the request under way, and go on where the server says that the upload stands. */
  async again() {
    const { upload } = this;
    await upload?.abort();
    if (upload && upload === this.upload && !this.paused) upload.start();
  }
}

/** Tells when an upload hangs: its bytes do not move, though it is not held and what is sent next is there. */
class Watch {
  /** `most` ms; `ends` gives where the request ends that begins at an offset. */
  constructor(most, ends) {
    Object.assign(this, { most, ends, from: 0, at: 0, since: performance.now() });
  }

  begins(offset) {
    if (offset === undefined) return;
    this.from = this.at = Number(offset);
    this.since = performance.now();
  }

  moved(bytes) {
    if (bytes === this.at) return;
    this.at = bytes;
    this.since = performance.now();
  }

  start(resting, hangs) {
    this.timer = setInterval(() => {
      const now = performance.now();
      if (resting()) this.since = now;
      const patience = this.at >= this.ends(this.from) ? this.most * ANSWERING : this.most;
      if (now - this.since < patience) return;
      this.since = now;
      hangs();
    }, this.most / 4);
  }

  stop() {
    clearInterval(this.timer);
  }
}

/** The server's own words about an upload that it refused, if it gave any. */
function problemOf(response) {
  try {
    return JSON.parse(response?.getBody?.() ?? "");
  } catch {
    return undefined;
  }
}

/** Upload one sealed part; goes on where an earlier attempt stopped, also after a restart. Gives the upload's id. */
async function uploadPart(params, key, part, growing, onProgress, transfer) {
  const chunkSize = params.chunk_bytes ?? 8 << 20;
  const watch = new Watch(params.stall_ms ?? STALLED, (from) => Math.min(from + chunkSize, growing.size));
  const upload = new Upload(growing, {
    fileReader: growingReader,
    endpoint: params.tus_endpoint,
    chunkSize,
    retryDelays: RETRIES,
    metadata: { ...params.upload_metadata, part },
    onBeforeRequest: (request) => {
      request.setHeader("X-CSRFToken", token());
      watch.begins(request.getHeader("Upload-Offset"));
    },
    onChunkComplete: (_, accepted) => watch.begins(accepted),
    fingerprint: async () => fingerprint(key, part),
    removeFingerprintOnSuccess: false,
    onProgress: (bytes) => {
      watch.moved(bytes);
      onProgress(bytes);
    },
  });
  const earlier = await upload.findPreviousUploads();
  if (earlier.length) upload.resumeFromPreviousUpload(earlier.at(-1));
  await new Promise((resolve, reject) => {
    upload.options.onSuccess = resolve;
    upload.options.onError = (error) => {
      const status = error.originalResponse?.getStatus?.() ?? 0;
      reject(error.code === "cut-off" ? error : new SealFailure("upload", error.message, { status, problem: problemOf(error.originalResponse) }));
    };
    transfer.begin(upload);
    watch.start(() => transfer.paused || growing.waiting, () => transfer.again());
  }).finally(() => watch.stop());
  transfer.upload = null;
  return upload.url.replace(/\/+$/, "").split("/").at(-1);
}

/** Upload both parts, each as soon as it has begun; gives the ids of the uploads and the bytes in all. */
export async function uploadParts(params, key, parts, onSent, transfer = new Transfer()) {
  const sent = { sheet: 0, files: 0 };
  const uploads = {};
  let total = 0;
  for (const part of PARTS) {
    const growing = await parts[part];
    total += growing.size;
    uploads[part] = await uploadPart(params, key, part, growing, (bytes) => {
      sent[part] = bytes;
      onSent(sent.sheet + sent.files, total);
    }, transfer);
    sent[part] = growing.size;
  }
  return { uploads, total };
}
