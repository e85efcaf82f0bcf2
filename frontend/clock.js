// The server's time in the browser. It decides nothing: it only shows what the server's clock says by now.

import { announce, words } from "./announce.js";

const rendered = Date.parse(document.body.dataset.serverNow || "") || Date.now();
const navigation = performance.getEntriesByType("navigation")[0];
// The page was rendered just before its first byte arrived.
const arrived = navigation && navigation.responseStart > 0 ? navigation.responseStart : 0;
const wallAtStart = Date.now() - performance.now();
let slept = 0;

/** Milliseconds since 1970 by the server's clock. */
export function serverNow() {
  return rendered + performance.now() - arrived + slept;
}

// A machine that slept may have stopped the page's own counter; the wall clock then says for how long.
document.addEventListener("visibilitychange", () => {
  const missing = Date.now() - wallAtStart - performance.now();
  if (!document.hidden && missing > 2000) slept = missing;
});

const language = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";
const beijing = new Intl.DateTimeFormat(language, {
  timeZone: "Asia/Shanghai", year: "numeric", month: language === "zh-CN" ? "long" : "short", day: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

function clockText(instant) {
  const part = Object.fromEntries(beijing.formatToParts(instant).map(({ type, value }) => [type, value]));
  const time = `${part.hour}:${part.minute}:${part.second}`;
  return language === "zh-CN"
    ? `${part.year}年${parseInt(part.month, 10)}月${part.day}日 ${time}`
    : `${part.day} ${part.month.slice(0, 3)} ${part.year} ${time}`;
}

function unit(count, name) {
  return new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" }).format(count);
}

/** What is left, in its two largest units, as the server writes it. */
export function leftText(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const parts = [
    days && unit(days, "day"), hours && unit(hours, "hour"), !days && minutes && unit(minutes, "minute"),
    !days && !hours && unit(seconds % 60, "second"),
  ];
  return parts.filter(Boolean).slice(0, 2).join(" ");
}

const SAID_AT = [3600, 600, 60];

function tickCountdown(element, now) {
  const seconds = Math.ceil((Date.parse(element.dataset.countdown) - now) / 1000);
  const before = Number(element.dataset.left ?? Infinity);
  element.dataset.left = seconds;
  element.classList.toggle("countdown--last", seconds > 0 && seconds <= 3600);
  const text = seconds > 0 ? leftText(seconds) : words("over");
  if (element.textContent !== text) element.textContent = text;
  if (SAID_AT.some((edge) => before > edge && before !== Infinity && seconds <= edge)) announce(text);
  if (before > 0 && before !== Infinity && seconds <= 0) {
    announce(text);
    element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
  }
}

function tick() {
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-clock]")) {
    const text = clockText(now);
    const place = element.firstElementChild ?? element;
    if (place.textContent !== text) place.textContent = text;
  }
  for (const element of document.querySelectorAll("[data-countdown]")) tickCountdown(element, now);
  setTimeout(tick, 1000 - (now % 1000));
}

/** Start the clock in the masthead and every countdown on the page, present or to come. */
export function startClock() {
  tick();
}
