// A room's video: members send, are recorded and see each other; host and supervisor watch. See `evaluation/video.html`.

import { open } from "./video/devices.js";
import { Mesh } from "./video/mesh.js";
import { formFor, Recording } from "./video/record.js";

const { announce, csrf } = window.mingcai;
const STAY_MS = 15_000;
const place = document.querySelector("[data-video]");
const CARRIERS = { mesh: Mesh };

const part = (name) => place.querySelector(`[data-${name}]`);
let now = null;

function say(text) {
  part("said").textContent = text;
  announce(text);
}

function post(path, body, type) {
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json", ...(type ? { "Content-Type": type } : {}) };
  return fetch(`${place.dataset.base}${path}`, { method: "POST", credentials: "same-origin", headers, body });
}

function tile(id, name, stream, muted) {
  let figure = part("tiles").querySelector(`[data-sitting="${CSS.escape(id)}"]`);
  if (!figure) {
    figure = part("tile").content.firstElementChild.cloneNode(true);
    figure.dataset.sitting = id;
    figure.querySelector("figcaption").textContent = name;
    part("tiles").append(figure);
  }
  const video = figure.querySelector("video");
  video.muted = muted;
  if (video.srcObject !== stream) video.srcObject = stream;
  video.play().catch(() => {});
}

function hide(id) {
  part("tiles").querySelector(`[data-sitting="${CSS.escape(id)}"]`)?.remove();
}

async function enter() {
  part("enter").disabled = true;
  let local = null;
  let form = "";
  if (place.dataset.sends) {
    local = await open({ height: Number(place.dataset.height), fps: Number(place.dataset.fps) });
    if (typeof local === "string") return refuse(place.dataset[local === "denied" ? "wordsDenied" : "wordsNothing"]);
    form = formFor(local);
    if (!form) return refuse(place.dataset.wordsCannot, local);
  }
  const picture = local?.getVideoTracks().length ? "1" : "0";
  const response = await post("join", new URLSearchParams({ mime: form, picture })).catch(() => null);
  const joined = await response?.json().catch(() => null);
  if (!response?.ok) return refuse(joined?.detail || joined?.title || document.body.dataset.wordsFailed, local);
  begin(joined, local, form);
  return undefined;
}

function refuse(text, local) {
  stopTracks(local);
  part("enter").disabled = false;
  say(text);
}

function stopTracks(local) {
  for (const track of local?.getTracks?.() ?? []) track.stop();
}

function begin(joined, local, form) {
  const base = `${joined.sitting}/`;
  const { script, ice, kbps } = joined.media;
  const carrier = new CARRIERS[script]({
    ice, kbps, local, hide,
    signal: (to, kind, body) => post(`${base}signal`, JSON.stringify({ to, kind, body }), "application/json"),
    show: (peer, stream) => tile(peer.sitting, peer.name, stream, false),
  });
  const follower = Object.assign(document.createElement("div"), { hidden: true });
  Object.assign(follower.dataset, { stream: joined.stream, after: "0" });
  let hearing = Promise.resolve();
  follower.addEventListener("stream:event", (event) => {
    event.stopPropagation();
    const { type, data } = event.detail;
    if (type === "video.over") end(place.dataset.wordsOver);
    else hearing = hearing.then(() => heard(carrier, type, data)).catch(() => {});
  });
  place.append(follower);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: follower } }));

  now = { base, carrier, follower, local, timer: setInterval(stay, STAY_MS) };
  if (local) {
    tile(joined.sitting, place.dataset.wordsYou, local, true);
    now.recording = new Recording(local, {
      form, kbps, start: joined.start,
      send: (path, body) => post(base + path, body, "application/octet-stream"),
      told: ({ arrived, waiting }) => {
        const clock = new Date(arrived * 1000).toISOString().slice(11, 19);
        const rest = waiting > 1 ? `${waiting} ${place.dataset.wordsWaiting}` : place.dataset.wordsAllSent;
        part("said").textContent = `${place.dataset.wordsRecorded} ${clock} · ${rest}`;
        place.dataset.arrived = arrived;
      },
      lost: () => end(place.dataset.wordsOver),
    });
    for (const track of local.getTracks()) track.addEventListener("ended", () => end(place.dataset.wordsLost));
    if (!local.getVideoTracks().length) announce(place.dataset.wordsSoundOnly);
  }
  part("enter").hidden = true;
  part("leave").hidden = false;
  place.dataset.state = "in";
  carrier.sync(joined.peers);
}

/** Take a message from another browser; whoever is not known yet is asked for first. */
async function heard(carrier, type, data) {
  if (type === "video.offer" && !carrier.peers.has(data.sitting)) await stay();
  await carrier.heard(type, data);
}

async function stay() {
  if (!now || now.leaving) return;
  const response = await post(`${now.base}stay`).catch(() => null);
  if (!now || now.leaving || !response) return;
  if (response.ok) now.carrier.sync((await response.json()).peers);
  else if (response.status < 500) end(place.dataset.wordsOver);
}

function end(text) {
  if (!now) return;
  const { carrier, follower, local, recording, timer } = now;
  now = null;
  clearInterval(timer);
  recording?.stop();
  carrier.close();
  follower.remove();
  stopTracks(local);
  part("tiles").replaceChildren();
  part("enter").hidden = part("enter").disabled = false;
  part("leave").hidden = true;
  place.dataset.state = "out";
  say(text);
}

async function leave() {
  const { base, recording, timer } = now;
  now.leaving = true;
  clearInterval(timer);
  part("leave").disabled = true;
  await recording?.finish();
  await post(`${base}leave`).catch(() => null);
  part("leave").disabled = false;
  end("");
}

if (place) {
  part("enter").addEventListener("click", enter);
  part("leave").addEventListener("click", leave);
  place.addEventListener("stream:event", (event) => event.detail.type === "video.left" && stay());
  window.addEventListener("pagehide", () => {
    if (!now) return;
    const form = new FormData();
    form.set("csrfmiddlewaretoken", csrf());
    navigator.sendBeacon(`${place.dataset.base}${now.base}leave`, form);
  });
}
