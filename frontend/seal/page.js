// Seal, upload, sign, submit: what the page of a bid calls (`window.mingcai.seal`).
//
//   sealAndUpload({params, sheet, files, passphrase?, onProgress?, onKit?, onUnkept?, readyToSign?, transfer?})
//                                                     -> {record, recordHash, answer}
//   resume({params, onProgress?, readyToSign?, transfer?}) -> the same, for a bid that was sealed here and not yet received
//   deliverSealed({params, files, onProgress?, readyToSign?, transfer?}) -> the same, for files sealed on the bidder's own machine
//   submitSealed({params, record, onProgress?, readyToSign?}) -> the same, for a bid whose bytes the server has checked
//   transfer() -> {pause(), go(), paused}: holds an upload and lets it go on
//   unfinished(bidId) -> [{key, record, recordHash}]   discard(key)
//   prepare(files, workerUrl?)                        read files ahead; done for every file input of the page but [data-unsealed]
//   describe(file, workerUrl?) -> {size, sha256, quick}   inspect(file, workerUrl?) -> [{code, block}]
//   table(file, workerUrl?) -> [{number, cells}]      the cells of a workbook, read here and nowhere else
//   offerWithdrawal({url, supersedes}), offerAcknowledgement({url}) -> {record, recordHash, sign_url, submit_url}
//   handIn(offer, sign_options?) -> {record, recordHash, answer}
//   signedBytes(recordHash)                           what a certificate signs (FORMAT.md 3.10)
//
// `params`, as embedded in the page by the server:
//   ctx_base, keepers, organisation, supersedes?      what is sealed for whom (FORMAT.md 3.2, 2.1)
//   worker_url, tus_endpoint, upload_metadata         where to; metadata of each upload, such as {tender: …}
//   chunk_bytes                                       the largest part that the server takes
//   sign_url or sign_options                          options of the signature scheme; POST {record_hash} -> options
//   check_url?                                        POST {record, envelopes, uploads}: the keepers confirm before it is signed
//   submit_url                                        POST {record, signature, envelopes, uploads} -> the receipt
// `onProgress({phase, done, total})`: phases reading, sealing, uploading, checking, signing, submitting, received.

import { base64, canonical, h, hex } from "./encoding.js";
import { Growing } from "./growing.js";
import { checkFileName, checkSheet } from "./sheet.js";
import { signedBytes, signRecord } from "./sign.js";
import * as stamps from "./stamps.js";
import { forgetUploads, PARTS, RETRIES, SealFailure, token, Transfer, uploadParts } from "./transfer.js";

export { SealFailure };

const FOLDER = "sealed";
const READ_MOST = 20_000;
const STAMPS_WAIT = 4000;

let ready = null;

/** The worker, started as soon as files are chosen: it loads and hashes while the person is still writing. */
function sealer(url) {
  ready ??= new Worker(url ?? "/seal/worker.js", { name: "seal" });
  return ready;
}

function failureOf(fault) {
  return new SealFailure(fault.code, fault.message, { path: fault.path });
}

let numbered = 0;

/** Have `worker` answer one question about a file; `onCount` gets the bytes read so far. */
function ask(worker, verb, file, onCount = () => {}) {
  const id = ++numbered;
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      worker.removeEventListener("message", take);
      settle(value);
    };
    const take = ({ data }) => {
      if (data.reading?.id === id) onCount(data.reading.count);
      else if (data.answer?.id === id) end(resolve, data.answer.value);
      else if (data.fault?.id === id) end(reject, failureOf(data.fault));
    };
    worker.addEventListener("message", take);
    worker.addEventListener("error", (event) => end(reject, new SealFailure("worker", event.message)));
    worker.postMessage({ ask: { id, verb, file } });
  });
}

const read = new WeakMap();

/** Hash one file for the manifest, once; `onCount` gets the bytes read so far. */
function describe(url, file, onCount = () => {}) {
  const known = read.get(file);
  if (known) return known;
  const facts = ask(sealer(url), "describe", file, onCount);
  read.set(file, facts);
  facts.catch(() => read.delete(file));
  return facts;
}

/** Look into a file in a worker of its own, which ends with the answer or after READ_MOST: files may be hostile. */
async function lookInto(url, verb, file) {
  const worker = new Worker(url ?? "/seal/worker.js", { name: `seal-${verb}` });
  let late;
  const tooLong = new Promise((_resolve, reject) => {
    late = setTimeout(() => reject(new SealFailure("too-slow", "reading the file took too long")), READ_MOST);
  });
  try {
    return await Promise.race([ask(worker, verb, file), tooLong]);
  } finally {
    clearTimeout(late);
    worker.terminate();
  }
}

/** Read chosen files ahead of the sealing; faults are told when sealing. */
export function prepare(files, url) {
  for (const file of files) describe(url, file).catch(() => {});
}

async function describeAll(params, files, onProgress) {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const counts = new Map();
  const described = files.map(async (file) => {
    const facts = await describe(params.worker_url, file, (count) => {
      counts.set(file, count);
      onProgress({ phase: "reading", done: [...counts.values()].reduce((sum, one) => sum + one, 0), total });
    });
    return { file, described: facts };
  });
  return Promise.all(described);
}

/**
 * Seal in the worker; `onBegan` gets the two parts as they grow, for the upload. `kept` of what it gives is a promise: whether
 * this browser keeps what was sealed, which the worker does last.
 */
function inWorker({ params, sheet, files, passphrase, onProgress, onBegan }) {
  return new Promise((resolve, reject) => {
    const worker = sealer(params.worker_url);
    const parts = {};
    let told;
    const kept = new Promise((tell) => (told = tell));
    const end = (isKept) => {
      if (ready === worker) ready = null;
      worker.terminate();
      told(isKept);
    };
    const fail = (failure) => {
      for (const part of Object.values(parts)) part.fail(failure);
      end(false);
      reject(failure);
    };
    worker.addEventListener("message", ({ data }) => {
      if (data.began) {
        parts[data.began.part] = new Growing(data.began.length);
        onBegan(data.began.part, parts[data.began.part]);
      } else if (data.piece) parts[data.piece.part].add(data.piece.blob);
      else if (data.ended) parts[data.ended.part].end(data.ended.blob);
      else if (data.progress) onProgress(data.progress);
      else if (data.sealed) resolve({ ...data.sealed, kept });
      else if (data.kept !== undefined) end(data.kept);
      else if (data.fault) fail(failureOf(data.fault));
    });
    worker.addEventListener("error", (event) => fail(new SealFailure("worker", event.message || "the worker did not start")));
    worker.postMessage({ seal: { params, sheet, files, passphrase } });
  });
}

async function post(url, value, key) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token(),
      ...(key ? { "Idempotency-Key": key } : {}),
    },
    body: JSON.stringify(value),
  });
  return answered(response);
}

/** The JSON of an answer; throws SealFailure with the server's own words for a refusal. */
async function answered(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { status } = response;
  throw new SealFailure(answer.code ?? "refused", answer.detail ?? answer.title ?? response.statusText, { status, problem: answer });
}

/** The same request again and again while the network or the server is away: its key makes it count once. */
async function postUntilAnswered(url, value, key) {
  for (const wait of [...RETRIES, null]) {
    try {
      return await post(url, value, key);
    } catch (error) {
      const passing = error instanceof TypeError || error.status >= 502;
      if (!passing || wait === null) throw error;
      await pause(wait);
    }
  }
  throw new SealFailure("unreachable", "the server did not answer");
}

async function sign(params, recordHash, readyToSign) {
  await readyToSign?.({ recordHash });
  const options = params.sign_options ?? (await post(params.sign_url, { record_hash: recordHash }));
  return signRecord(recordHash, options);
}

async function deliver(params, { record, recordHash, envelopes, kept }, { uploads, total }, onProgress, readyToSign) {
  if (params.check_url) {
    onProgress({ phase: "checking", done: total, total });
    await postUntilAnswered(params.check_url, { record, envelopes, uploads });
  }
  return signAndSubmit(params, { record, recordHash, kept, body: { envelopes, uploads } }, total, onProgress, readyToSign);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Have the keepers stamp the record while it is submitted; never fails. */
function witness(params, record, recordHash) {
  const { lot, envelope } = record.ctx;
  return stamps.gather(params.keepers, recordHash, { url: params.stamps_url, lot, envelope }).catch(() => []);
}

async function signAndSubmit(params, { record, recordHash, kept, body }, total, onProgress, readyToSign) {
  onProgress({ phase: "signing", done: total, total });
  const signature = await sign(params, recordHash, readyToSign);
  onProgress({ phase: "submitting", done: total, total });
  const witnessed = params.stamps_url ? witness(params, record, recordHash) : null;
  const answer = await postUntilAnswered(params.submit_url, { record, signature, ...body }, record.idempotency_key);
  if (witnessed) await Promise.race([witnessed.then(() => stamps.deliver(post)), pause(STAMPS_WAIT)]).catch(() => {});
  onProgress({ phase: "received", done: total, total });
  await forgetUploads(record.idempotency_key);
  await kept;
  await discard(record.idempotency_key);
  return { record, recordHash, answer };
}

/**
 * Sign and submit a bid that was sealed elsewhere and whose bytes the server has: what is signed is the hash of `record`,
 * computed here.
 */
export async function submitSealed({ params, record, onProgress = () => {}, readyToSign }) {
  return signAndSubmit(params, { record, recordHash: hex(h(canonical(record))), body: {} }, 1, onProgress, readyToSign);
}

/** Seal in the worker and upload what comes out, have the bidder sign, submit. Throws SealFailure. */
export async function sealAndUpload({
  params, sheet, files, passphrase, onProgress = () => {}, onKit, onUnkept, readyToSign, transfer,
}) {
  checkSheet(sheet, params.ctx_base.envelope);
  for (const file of files) checkFileName(file.name);
  const key = params.idempotency_key ?? hex(crypto.getRandomValues(new Uint8Array(16)));
  await navigator.storage?.persist?.();
  const described = await describeAll(params, files, onProgress);

  const began = {};
  const parts = Object.fromEntries(PARTS.map((part) => [part, new Promise((resolve) => (began[part] = resolve))]));
  let sealedYet = false;
  let sent = { done: 0, total: 0 };
  // While it is being sealed the sealing is told, after that the rest of the upload, also when it stands still.
  const tellUpload = () => sealedYet && onProgress({ phase: "uploading", ...sent });
  const uploading = uploadParts(params, key, parts, (done, total) => {
    sent = { done, total };
    tellUpload();
  }, transfer);
  uploading.catch(() => {});
  const sealed = await inWorker({
    params: { ...params, idempotency_key: key }, sheet, files: described, passphrase, onProgress,
    onBegan: (part, growing) => began[part](growing),
  });
  sealedYet = true;
  sealed.kept.then((isKept) => isKept || onUnkept?.());
  tellUpload();
  if (sealed.kit) await onKit?.(sealed.kit, sealed.recordHash);
  return deliver(params, sealed, await uploading, onProgress, readyToSign);
}

const RECORD_MOST = 64 << 10;
const ENVELOPE_MOST = 16 << 10;

/** What a sealed bid's files hold (FORMAT.md 3.11) but its signature and kit, which stay with the bidder. */
async function readSealed(files) {
  const named = new Map(files.map((file) => [file.name, file]));
  const take = (name, most = Infinity) => {
    const file = named.get(name);
    if (!file || file.size > most) throw new SealFailure("sealed-files", `${name} is missing, or too large`);
    return file;
  };
  const parts = { sheet: take("sheet.age"), files: take("files.age") };
  try {
    const record = JSON.parse(await take("record.json", RECORD_MOST).text());
    const recordHash = hex(h(canonical(record)));
    const envelopes = record.envelope_hashes.map((_, at) => take(`envelope-${at + 1}.age`, ENVELOPE_MOST));
    const bytes = await Promise.all(envelopes.map(async (one) => new Uint8Array(await one.arrayBuffer())));
    return { record, recordHash, parts, envelopes: bytes.map(base64) };
  } catch (error) {
    throw error instanceof SealFailure ? error : new SealFailure("sealed-files", error.message);
  }
}

/** Upload what was sealed elsewhere for exactly these terms, have the bidder sign, submit. Throws SealFailure. */
export async function deliverSealed({ params, files, onProgress = () => {}, readyToSign, transfer }) {
  const sealed = await readSealed(files);
  const { ctx, supersedes, idempotency_key } = sealed.record;
  const fits = Object.entries(params.ctx_base).every(([name, value]) => ctx?.[name] === value) && supersedes === params.supersedes;
  if (!fits) throw new SealFailure("other-terms", "sealed for other terms");
  const parts = { sheet: Growing.of(sealed.parts.sheet), files: Growing.of(sealed.parts.files) };
  const uploaded = await uploadParts(
    params, idempotency_key, parts, (done, total) => onProgress({ phase: "uploading", done, total }), transfer,
  );
  return deliver(params, sealed, uploaded, onProgress, readyToSign);
}

async function keptFolder(create = false) {
  const root = await navigator.storage?.getDirectory?.();
  return root?.getDirectoryHandle(FOLDER, { create }).catch(() => null);
}

async function keptState(folder) {
  try {
    const file = async (name) => (await folder.getFileHandle(name)).getFile();
    const state = JSON.parse(await (await file("state.json")).text());
    return { ...state, parts: { sheet: await file("sheet.age"), files: await file("files.age") } };
  } catch {
    return null;
  }
}

/** Bids sealed in this browser whose receipt never came; what was only half sealed is thrown away (not while a tab seals it). */
export async function unfinished(bidId) {
  const folder = await keptFolder();
  const found = [];
  if (!folder) return found;
  for await (const [key, entry] of folder.entries()) {
    const state = await keptState(entry);
    if (!state) await discard(key);
    else if (state.record.ctx.bid_id === bidId) found.push({ key, ...state });
  }
  return found;
}

/** Forget the sealed files of one bid in this browser. */
export async function discard(key) {
  const folder = await keptFolder();
  await folder?.removeEntry(key, { recursive: true }).catch(() => {});
}

/** Go on with a bid that was sealed here under the same terms and not yet received. */
export async function resume({ params, onProgress = () => {}, readyToSign, transfer }) {
  const kept = await unfinished(params.ctx_base.bid_id);
  const same = kept.find(({ record }) => Object.entries(params.ctx_base).every(([name, value]) => record.ctx[name] === value));
  if (!same) throw new SealFailure("nothing-kept", "no bid sealed under these terms is kept in this browser");
  const parts = { sheet: Growing.of(same.parts.sheet), files: Growing.of(same.parts.files) };
  const uploaded = await uploadParts(
    params, same.key, parts, (done, total) => onProgress({ phase: "uploading", done, total }), transfer,
  );
  return deliver(params, same, uploaded, onProgress, readyToSign);
}

/** A record with a number of its own and its hash, and where it is signed and sent. */
function offer(record, addresses) {
  const numbered = { ...record, idempotency_key: hex(crypto.getRandomValues(new Uint8Array(16))) };
  return { record: numbered, recordHash: hex(h(canonical(numbered))), ...addresses };
}

async function get(url) {
  const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
  return answered(response);
}

/** What taking a submitted record back is signed over (FORMAT.md 3.9); `url` gives the parameters of its bid. */
export async function offerWithdrawal({ url, supersedes }) {
  const { ctx_base, sign_url, withdraw_url } = await get(url);
  const { log_origin, tender, lot, envelope, bid_id } = ctx_base;
  return offer({ type: "mingcai/v1/withdrawal", log_origin, tender, lot, envelope, bid_id, supersedes }, { sign_url, submit_url: withdraw_url });
}

/** What standing by a submitted bid under the notice as amended is signed over; `url` gives the record and where it goes. */
export async function offerAcknowledgement({ url }) {
  const { record, sign_url, acknowledge_url } = await get(url);
  return offer(record, { sign_url, submit_url: acknowledge_url });
}

/** Sign what was offered, with a passkey or as `sign_options` say, and hand it in. Throws SealFailure. */
export async function handIn({ record, recordHash, sign_url, submit_url }, sign_options) {
  const signature = await sign({ sign_url, sign_options }, recordHash);
  const answer = await postUntilAnswered(submit_url, { record, signature }, record.idempotency_key);
  return { record, recordHash, answer };
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[type=file]:not([data-unsealed])")) prepare(event.target.files);
});

stamps.deliver(post);

window.mingcai = {
  ...window.mingcai,
  seal: {
    prepare, sealAndUpload, resume, deliverSealed, submitSealed, unfinished, discard, offerWithdrawal, offerAcknowledgement, handIn, signedBytes,
    transfer: () => new Transfer(),
    describe: (file, url) => describe(url, file),
    inspect: (file, url) => lookInto(url, "inspect", file),
    table: (file, url) => lookInto(url, "table", file),
    hashOf: (record) => hex(h(canonical(record))),
  },
};
