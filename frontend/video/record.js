// Record what this browser sends: pieces of a second in one chain, sent in order, kept until the server has them.
//
// Every minute a new part begins, which can be played by itself; the next recorder starts before the last one stops.

import { link, sha256 } from "./chain.js";

const PIECE_MS = 1000;
const PART_MS = 60_000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const MOST_WAITING = 3600;
const FORMS = {
  video: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
  audio: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4"],
};

/** What this browser records in, or "" if it cannot. */
export function formFor(stream) {
  const kind = stream.getVideoTracks().length ? "video" : "audio";
  return window.MediaRecorder ? FORMS[kind].find((form) => MediaRecorder.isTypeSupported(form)) ?? "" : "";
}

export class Recording {
  /** `send(path, body)` posts one piece and gives the response; `told({arrived, waiting})` is called as it goes on; `lost()` ends it. */
  constructor(stream, { form, kbps, start, send, told, lost }) {
    Object.assign(this, { stream, form, kbps, head: start, send, told, lost });
    this.began = performance.now();
    this.n = 0;
    this.part = -1;
    this.waiting = [];
    this.chaining = Promise.resolve();
    this.rtt = 0;
    this.over = false;
    this.next();
  }

  next() {
    const last = this.recorder;
    const recorder = new MediaRecorder(this.stream, {
      mimeType: this.form, videoBitsPerSecond: this.kbps * 1000, audioBitsPerSecond: 32_000,
    });
    this.part += 1;
    const part = this.part;
    const started = performance.now();
    let begins = Math.round(started - this.began);
    recorder.addEventListener("dataavailable", (event) => {
      const at = begins;
      begins = Math.round(performance.now() - this.began);
      if (event.data.size) this.chaining = this.chaining.then(() => this.chain(event.data, part, at));
      if (recorder === this.recorder && recorder.state === "recording" && performance.now() - started >= PART_MS) this.next();
    });
    recorder.addEventListener("error", () => this.stop());
    recorder.start(PIECE_MS);
    this.recorder = recorder;
    if (last?.state === "recording") last.stop();
  }

  async chain(blob, part, begins) {
    if (this.over) return;
    const body = await blob.arrayBuffer();
    const previous = this.head;
    const n = this.n;
    this.n += 1;
    this.head = await link(previous, n, part, begins, await sha256(body));
    this.waiting.push({ n, part, begins, previous, body });
    if (this.waiting.length > MOST_WAITING) {
      this.stop();
      this.lost();
      return;
    }
    this.tell();
    this.work();
  }

  async work() {
    if (this.working) return;
    this.working = true;
    let attempt = 0;
    while (this.waiting.length && !this.gone) {
      const { n, part, begins, previous, body } = this.waiting[0];
      const query = new URLSearchParams({ part, begins, previous, rtt: Math.min(this.rtt, 99_999), waiting: this.waiting.length - 1 });
      const sentAt = performance.now();
      let response = null;
      try {
        response = await this.send(`pieces/${n}?${query}`, body);
      } catch {
        // the line is lost; the piece waits
      }
      this.rtt = Math.round(performance.now() - sentAt);
      if (response?.ok) {
        this.waiting.shift();
        attempt = 0;
      } else if (response && [401, 403, 404, 409, 413, 422].includes(response.status)) {
        this.gone = true;
        this.stop();
        this.lost();
      } else {
        await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
        attempt += 1;
      }
      this.tell();
    }
    this.working = false;
  }

  tell() {
    this.told({ arrived: this.n - this.waiting.length, waiting: this.waiting.length });
  }

  /** Stop recording; what waits is still sent. */
  stop() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  /** Stop, and wait a while until everything has arrived. */
  async finish(longestMs = 3000) {
    const stopped = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }));
    if (this.recorder.state === "recording") {
      this.recorder.stop();
      await stopped;
    }
    await this.chaining;
    const until = performance.now() + longestMs;
    while (this.waiting.length && !this.gone && performance.now() < until) await new Promise((done) => setTimeout(done, 50));
    this.over = true;
  }
}
