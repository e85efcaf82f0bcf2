// What the page says, in the reader's language: the server embeds the sentences, {…} is filled in here.

let table = null;

export function say(code, facts = {}) {
  table ??= JSON.parse(document.getElementById("bid-words").textContent);
  const words = table[code];
  return words === undefined ? "" : words.replace(/\{(\w+)\}/g, (all, name) => (name in facts ? String(facts[name]) : all));
}

export function size(bytes) {
  const step = bytes < 1000 ? ["byte", 1] : bytes < 1e6 ? ["kilobyte", 1000] : ["megabyte", 1e6];
  const shown = { style: "unit", unit: step[0], maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang, shown).format(bytes / step[1]);
}

export function time(instant) {
  const shown = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(document.documentElement.lang, shown).format(instant);
}
