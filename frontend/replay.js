// Replay a room: every member's recording on one time, with what happened. See `evaluation/replay.html`.
//
// A recording is a row of files of a minute. Each is fetched whole and appended to a media source, so that any moment in
// it can be shown at once; the next one is fetched while one plays.

const { announce, csrf } = window.mingcai;
const TICK_MS = 200;
const DRIFT_SECONDS = 0.4;
const AHEAD_SECONDS = 10;
const place = document.querySelector("[data-replay]");
const find = (name) => place.querySelector(`[data-${name}]`);

let replay = "";

/** One member's recording. */
class Player {
  constructor(figure, parts) {
    this.figure = figure;
    this.video = figure.querySelector("video");
    this.parts = parts;
    this.bytes = new Map();
    this.shown = null;
  }

  /** The last file that covers the moment: files overlap by a breath. */
  at(time) {
    return this.parts.findLast((part) => part.begins <= time && time < part.ends) ?? null;
  }

  fetched(part) {
    if (!this.bytes.has(part)) {
      const got = fetch(`${place.dataset.base}${replay}/${part.file}`, { credentials: "same-origin" }).then((response) => {
        if (!response.ok) throw new Error(String(response.status));
        return response.arrayBuffer();
      });
      got.catch(() => this.bytes.delete(part));
      this.bytes.set(part, got);
      for (const old of [...this.bytes.keys()].slice(0, -3)) this.bytes.delete(old);
    }
    return this.bytes.get(part);
  }

  /** Show the moment `time`, going on at `rate` when `playing`. */
  sync(time, playing, rate) {
    const part = this.at(time);
    if (part !== this.shown) this.load(part);
    const next = playing && part && this.at(part.ends + 0.1);
    if (next && part.ends - time < AHEAD_SECONDS) this.fetched(next);
    this.figure.toggleAttribute("data-missing", !part);
    this.figure.querySelector("[data-state]").textContent = part ? "" : place.dataset.wordsMissing;
    if (!part || !this.ready) return;
    const wanted = time - part.begins;
    if (Math.abs(this.video.currentTime - wanted) > DRIFT_SECONDS * rate) this.video.currentTime = Math.min(wanted, this.lasts);
    this.video.playbackRate = rate;
    if (playing && this.video.paused && wanted < this.lasts) this.video.play().catch(() => {});
    if (!playing && !this.video.paused) this.video.pause();
  }

  async load(part) {
    this.shown = part;
    this.ready = false;
    this.video.pause();
    if (!part) {
      this.video.removeAttribute("src");
      this.video.load();
      return;
    }
    try {
      const content = await this.fetched(part);
      if (this.shown !== part) return;
      const source = new MediaSource();
      const url = URL.createObjectURL(source);
      this.video.src = url;
      await heard(source, "sourceopen");
      URL.revokeObjectURL(url);
      const buffer = source.addSourceBuffer(part.mime);
      buffer.appendBuffer(content);
      await heard(buffer, "updateend");
      if (source.readyState === "open") source.endOfStream();
      this.lasts = buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) - 0.05 : 0;
      if (this.shown === part) this.ready = true;
    } catch {
      if (this.shown === part) this.figure.querySelector("[data-state]").textContent = document.body.dataset.wordsFailed;
    }
  }
}

function heard(target, name) {
  return new Promise((done, fail) => {
    target.addEventListener(name, done, { once: true });
    target.addEventListener("error", fail, { once: true });
  });
}

class Timeline {
  constructor(parts) {
    this.end = Number(place.dataset.seconds);
    this.time = 0;
    this.rate = 1;
    this.playing = false;
    this.players = [...place.querySelectorAll("figure[data-member]")].map(
      (figure) => new Player(figure, parts.filter((part) => part.member === figure.dataset.member)),
    );
    this.moments = [...place.querySelectorAll("[data-at]")];
  }

  start() {
    this.last = performance.now();
    setInterval(() => this.tick(), TICK_MS);
    this.show();
  }

  tick() {
    const now = performance.now();
    // Time waits while a picture that should be there is still being fetched.
    const waiting = this.players.some((player) => player.at(this.time) && !player.ready);
    if (this.playing && !waiting) this.time = Math.min(this.end, this.time + ((now - this.last) / 1000) * this.rate);
    this.last = now;
    if (this.time >= this.end) this.play(false);
    this.show();
  }

  play(on) {
    if (this.playing === on) return;
    this.playing = on;
    find("play").textContent = place.dataset[on ? "wordsPause" : "wordsPlay"];
  }

  seek(time) {
    this.time = Math.max(0, Math.min(this.end, time));
    this.show();
  }

  /** Go to the next event (1) or back to the one before (-1). */
  step(way) {
    const times = [...new Set(this.moments.map((one) => Number(one.dataset.at)))].sort((a, b) => a - b);
    const next = way > 0 ? times.find((at) => at > this.time + 0.2) : times.findLast((at) => at < this.time - 0.5);
    if (next === undefined) return;
    this.seek(next);
    announce(this.moments.find((one) => Number(one.dataset.at) === next).textContent.trim());
  }

  show() {
    for (const player of this.players) player.sync(this.time, this.playing, this.rate);
    const bar = find("bar");
    const clock = new Date(this.time * 1000).toISOString().slice(11, 19);
    if (document.activeElement !== bar || this.playing) bar.value = String(Math.floor(this.time));
    bar.setAttribute("aria-valuetext", clock);
    find("time").textContent = clock;
    const current = this.moments.findLast((one) => Number(one.dataset.at) <= this.time);
    if (current === this.current) return;
    this.current?.removeAttribute("aria-current");
    current?.setAttribute("aria-current", "true");
    this.current = current;
    if (current && this.playing) {
      const list = find("moments");
      list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
    }
  }
}

const KEYS = {
  k: (line) => line.play(!line.playing),
  j: (line) => line.seek(line.time - 10),
  l: (line) => line.seek(line.time + 10),
  n: (line) => line.step(1),
  p: (line) => line.step(-1),
};

async function begin() {
  find("begin").disabled = true;
  const response = await fetch(`${place.dataset.base}begin`, {
    method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": csrf(), Accept: "application/json" },
  }).catch(() => null);
  if (!response?.ok) {
    find("begin").disabled = false;
    announce(document.body.dataset.wordsFailed);
    return;
  }
  replay = (await response.json()).replay;
  const line = new Timeline(JSON.parse(document.getElementById("replay-parts").textContent));
  find("begin").parentElement.hidden = true;
  find("player").hidden = false;
  find("play").addEventListener("click", () => line.play(!line.playing));
  find("rate").addEventListener("change", (event) => {
    line.rate = Number(event.target.value);
  });
  find("bar").addEventListener("input", (event) => line.seek(Number(event.target.value)));
  for (const moment of line.moments) moment.addEventListener("click", () => line.seek(Number(moment.dataset.at)));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, textarea, input:not([type=range])")) return;
    const act = KEYS[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act(line);
  });
  line.start();
  find("play").focus();
}

find("begin").addEventListener("click", begin);
