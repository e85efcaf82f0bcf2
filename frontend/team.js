// The page of a draft's team: one's own key, whose keys wait to be confirmed, and new keys when people change.

import { fingerprint, keyId } from "./bid/draftkey.js";
import { DraftFault } from "./bid/section.js";
import { Team } from "./bid/team.js";
import { unlockedSeed } from "./bid/unlock.js";
import { say } from "./bid/words.js";

const LOOK_EVERY = 8000;
const page = document.querySelector("[data-draft]");

function showPeople(team) {
  for (const { user, recipient } of team.state.people) {
    if (!recipient) continue;
    const keyless = page.querySelector(`[data-keyless="${user}"]`);
    const place = page.querySelector(`[data-fingerprint="${user}"]`) ?? document.createElement("code");
    place.dataset.fingerprint = user;
    place.textContent = fingerprint(keyId(user, recipient));
    keyless?.replaceWith(place);
  }
}

function showWaiting(team, after) {
  const box = page.querySelector("[data-waiting]");
  const row = document.getElementById("waiting-person").content.firstElementChild;
  const found = team.waiting();
  const shown = found.map((one) => one.user + one.fingerprint).join();
  box.hidden = !found.length;
  if (box.dataset.shown === shown) return;
  box.dataset.shown = shown;
  box.querySelector("ul").replaceChildren(...found.map((person) => {
    const line = row.cloneNode(true);
    line.querySelector("[data-name]").textContent = person.name;
    line.querySelector("[data-changed]").hidden = !person.changed;
    line.querySelector("[data-key]").textContent = person.fingerprint;
    const button = line.querySelector("button");
    button.setAttribute("aria-label", say("team-admit", { name: person.name }));
    button.addEventListener("click", () => {
      button.disabled = true;
      after(() => team.admit(person));
    });
    return line;
  }));
}

function showUnproven(team, after) {
  const users = [...new Set(Object.values(team.unproven).flat())];
  const box = page.querySelector("[data-unproven]");
  box.hidden = !users.length;
  const names = new Map(team.state.people.map((one) => [one.user, one.name]));
  const readers = Object.assign({}, ...Object.values(team.secrets).map((secret) => secret.readers));
  box.querySelector("ul").replaceChildren(...users.map((user) => {
    const words = `${names.get(user) ?? user} · ${fingerprint(readers[user])}`;
    return Object.assign(document.createElement("li"), { textContent: words });
  }));
  box.querySelector("button").onclick = () => after(() => team.accept());
}

async function start() {
  const params = JSON.parse(document.getElementById("draft-params").textContent);
  const said = page.querySelector("[data-team-said]");
  if (!params.member) return;
  const seed = await unlockedSeed(page.querySelector("[data-key]"), params);
  const team = new Team(params.team, seed);
  let turn = Promise.resolve();

  function show() {
    showPeople(team);
    showWaiting(team, after);
    showUnproven(team, after);
    const [fault] = Object.values(team.faults);
    said.textContent = fault ? say(`team-${fault}`) || say("team-forged") : say("team-ready");
    page.dataset.ready = "true";
  }

  function after(work) {
    turn = turn.then(work).then(() => team.look()).then(show).catch((error) => {
      if (error.status === 404) said.textContent = say("team-removed");
      else if (error instanceof DraftFault) said.textContent = say(`team-${error.code}`) || say("team-forged");
      else said.textContent = error.problem ? error.message : say("team-offline");
    });
  }

  after(() => {});
  setInterval(() => document.visibilityState === "visible" && after(() => {}), LOOK_EVERY);
}

if (page) document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
