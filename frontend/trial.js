// The trial room: camera, microphone, speaker and line one after the other; the result is kept. See `evaluation/trial.html`.

import { open } from "./video/devices.js";
import { measure } from "./video/line.js";
import { formFor } from "./video/record.js";

const { announce, csrf } = window.mingcai;
const LISTEN_MS = 6000;
const LOUD_ENOUGH = 3;
const place = document.querySelector("[data-trial]");

function show(step, state, text) {
  const item = place.querySelector(`[data-step="${step}"]`);
  item.dataset.result = state;
  item.querySelector("[data-state]").textContent = text;
}

const verdictWord = (ok) => place.dataset[ok ? "wordsOk" : "wordsWrong"];

async function camera(stream) {
  const video = place.querySelector("[data-step=camera] video");
  video.srcObject = stream;
  await video.play().catch(() => {});
  const until = performance.now() + 4000;
  while (!(video.videoWidth && video.currentTime > 0) && performance.now() < until) await wait(100);
  return { camera: video.videoWidth ? "ok" : "dark", width: video.videoWidth, height: video.videoHeight };
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** The loudest moment, 0 to 100, until it is loud enough or the time is over. */
async function loudness(stream, sound) {
  const analyser = sound.createAnalyser();
  sound.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const meter = place.querySelector("[data-step=microphone] meter");
  let peak = 0;
  const until = performance.now() + LISTEN_MS;
  while (performance.now() < until && peak < LOUD_ENOUGH) {
    analyser.getFloatTimeDomainData(samples);
    meter.value = Math.round(100 * samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0));
    peak = Math.max(peak, meter.value);
    await wait(50);
  }
  return peak;
}

function tone(sound) {
  const source = sound.createOscillator();
  const volume = sound.createGain();
  source.frequency.value = 660;
  volume.gain.setValueAtTime(0.2, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 1.2);
  source.connect(volume).connect(sound.destination);
  source.start();
  source.stop(sound.currentTime + 1.2);
}

/** Wait until the person has said whether the tone was heard. */
function heard(sound) {
  const answers = [...place.querySelectorAll("[data-heard]")];
  return new Promise((done) => {
    place.querySelector("[data-tone]").onclick = () => {
      tone(sound);
      for (const answer of answers) answer.disabled = false;
    };
    for (const answer of answers) {
      answer.onclick = () => {
        for (const other of answers) other.disabled = true;
        done(answer.dataset.heard);
      };
    }
  });
}

async function answered(address, options = {}) {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  if (!response.ok) throw new Error(String(response.status));
  return response.arrayBuffer();
}

async function line() {
  show("line", "running", place.dataset.wordsRunning);
  const { bytes, sample } = place.dataset;
  const found = await measure({
    sample: Number(sample),
    ask: (n) => answered(`${bytes}?n=${n}`),
    give: (body) => answered(bytes, { method: "POST", body, headers: { "X-CSRFToken": csrf(), "Content-Type": "application/octet-stream" } }),
  }).catch(() => ({ rtt_ms: 99_999, jitter_ms: 0, up_kbps: 0, down_kbps: 0 }));
  show("line", "done", `↑ ${found.up_kbps} kbit/s · ↓ ${found.down_kbps} kbit/s · ${found.rtt_ms} ms`);
  return found;
}

async function begin() {
  const button = place.querySelector("[data-begin]");
  button.disabled = true;
  place.querySelector("[data-steps]").hidden = false;
  const sound = new AudioContext();
  const result = { camera: "missing", microphone: "missing", speaker: "unheard", records: "no", width: 0, height: 0, peak: 0 };
  const measured = await line();
  show("camera", "running", place.dataset.wordsRunning);
  const stream = await open({ height: Number(place.dataset.height), fps: Number(place.dataset.fps) });
  if (typeof stream === "string") {
    if (stream === "denied") result.camera = result.microphone = "denied";
  } else {
    if (stream.getVideoTracks().length) Object.assign(result, await camera(stream));
    result.records = formFor(stream) ? "yes" : "no";
    show("microphone", "running", place.dataset.wordsSpeak);
    announce(place.dataset.wordsSpeak);
    result.microphone = "ok";
    result.peak = await loudness(stream, sound);
  }
  show("camera", "done", verdictWord(result.camera === "ok"));
  show("microphone", "done", verdictWord(result.peak >= LOUD_ENOUGH));
  show("speaker", "running", place.dataset.wordsListen);
  announce(place.dataset.wordsListen);
  result.speaker = await heard(sound);
  show("speaker", "done", verdictWord(result.speaker === "heard"));
  if (typeof stream !== "string") for (const track of stream.getTracks()) track.stop();
  await sound.close();
  await keep({ ...result, ...measured });
  button.disabled = false;
}

async function keep(result) {
  const response = await fetch(location.pathname, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(result),
    headers: { "X-CSRFToken": csrf(), "Content-Type": "application/json", "HX-Request": "true" },
  }).catch(() => null);
  if (!response) {
    announce(document.body.dataset.wordsFailed);
    return;
  }
  window.htmx.swap(place.querySelector("[data-verdict]"), await response.text(), { swapStyle: "innerHTML" });
}

place?.querySelector("[data-begin]").addEventListener("click", begin);
