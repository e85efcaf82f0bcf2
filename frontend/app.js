// What every page does with scripts. Everything here improves a page that already works without it.

import "bootstrap/js/src/tab.js";
import "bootstrap/js/src/collapse.js";
import htmx from "htmx.org/dist/htmx.esm.js";

import "./signout.js";
import { announce, sayConnection, words } from "./announce.js";
import { serverNow, startClock } from "./clock.js";
import { sign, start as startPasskeys } from "./sign.js";

// Nothing that the content security policy forbids, and nothing that goes elsewhere. Refusals (409, 422) are shown.
Object.assign(htmx.config, {
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "409|422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

// Other modules of a page (streams, rooms, sealing) are separate files and meet here.
window.htmx = htmx;
window.mingcai = { announce, sayConnection, words, serverNow, csrf, sign };
document.documentElement.classList.add("js");

/** The token that Django wants with every change. */
function csrf() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

function bootRequests() {
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, () => sayConnection(words("failed")));
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) sayConnection("");
  });
}

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser does not let pages copy");
}

function bootCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await copyText(button.dataset.copy);
    } catch {
      announce(words("failed"));
      return;
    }
    announce(words("copied"));
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  });
}

/** Cards and menus are <details>: close them by Escape or a click elsewhere, and keep them inside the window. */
function bootFloating() {
  const floating = "details.rule[open], details.menu[open]";
  document.addEventListener("click", (event) => {
    for (const details of document.querySelectorAll(floating)) {
      if (!details.contains(event.target)) details.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const details of document.querySelectorAll(floating)) {
      details.open = false;
      if (details.contains(document.activeElement)) details.querySelector("summary").focus();
    }
  });
  document.addEventListener("toggle", (event) => {
    const card = event.target.matches?.("details.rule[open]") && event.target.querySelector(".rule-card");
    if (!card) return;
    card.classList.remove("from-end");
    if (card.getBoundingClientRect().right > document.documentElement.clientWidth - 8) card.classList.add("from-end");
  }, true);
}

function bootElder() {
  const button = document.querySelector("[data-elder]");
  if (!button) return;
  // Nothing that is being written is lost: the page is changed where it is, and the server only told.
  button.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const large = document.documentElement.classList.toggle("elder");
    button.setAttribute("aria-pressed", String(large));
    button.value = large ? "0" : "1";
    document.cookie = `elder=${large ? 1 : 0}; path=/; max-age=31536000; samesite=lax`;
    fetch(button.form.action, {
      method: "POST", credentials: "same-origin", keepalive: true,
      headers: { "X-CSRFToken": csrf(), "X-Quiet": "1" }, body: new URLSearchParams({ large: large ? "1" : "0" }),
    }).catch(() => announce(words("failed")));
  });
}

/** Prepare a page or a fragment that has just arrived. */
function prepare(part) {
  for (const button of part.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  part.querySelector(".error-summary[data-focus]")?.focus();
  startPasskeys(part);
}

function bootErrorLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a[href^='#']");
    if (!link) return;
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const field = place?.matches("input, select, textarea") ? place : place?.querySelector("input, select, textarea");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  });
}

bootRequests();
bootCopying();
bootFloating();
bootElder();
bootErrorLinks();
startClock();
prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? event.detail.elt));
// A copy of a page that the browser kept says how a bid stood when it was left.
window.addEventListener("pageshow", (event) => event.persisted && document.querySelector("[data-stands]") && window.location.reload());
