// A published award computed again where it is read, with the origin of each number.

import { Rational } from "./award/rational.js";
import { recompute, same } from "./award/recompute.js";

const page = document.getElementById("recompute");
const published = JSON.parse(document.getElementById("award").textContent);
const text = document.getElementById("inputs-text");

const say = (name, facts = {}) =>
  (page.dataset[`words${name[0].toUpperCase()}${name.slice(1)}`] ?? name).replace(/\{(\w+)\}/g, (_, key) => facts[key] ?? "");
const nameOf = (id) => published.names[id] ?? say("unnamed");

function element(tag, content, attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...[content].flat());
  return made;
}

const money = (value) => {
  const [yuan, fen] = Rational.of(value).text().split(".");
  return `¥${yuan.replace(/\B(?=(\d{3})+$)/g, ",")}.${fen}`;
};
const percent = (rate) => `${rate.times(100).plain()}%`;

function origin(bid, from) {
  const lines = [say("quote", { quote: money(from.quote) })];
  if (from.firmKind) lines.push(say(from.firmKind, { rate: percent(from.firm) }));
  if (from.domestic.compare(0)) lines.push(say("domestic", { rate: percent(from.domestic) }));
  if (from.left.compare(1)) lines.push(say("evaluation", { quote: money(from.quote), left: from.left.plain(), price: money(from.price) }));
  if (from.price_score) {
    lines.push(say("points", { base: money(from.base), price: money(from.price), weight: from.weight.plain(), points: from.price_score.text(from.places) }));
  }
  for (const { seat, total } of from.sheets ?? []) {
    const parts = Object.entries(bid.scores[seat]).map(([criterion, value]) => `${criterion} ${value}`).join(" + ");
    lines.push(say("sheet", { seat, parts, sum: total.plain() }));
  }
  if (from.mean && from.other_score) lines.push(say("mean", { n: from.counted, mean: from.mean.plain(), other: from.other_score.text(from.places) }));
  if (from.price_score && from.other_score) {
    lines.push(say("sum", { parts: `${from.price_score.text(from.places)} + ${from.other_score.text(from.places)}`, total: from.total.text(from.places) }));
  }
  return element("ul", lines.map((line) => element("li", line)));
}

function table(given, { result, origins }) {
  const head = ["rank", "bidder", "price", "pricescore", "other", "total"].map((name, n) => element("th", say(name), { scope: "col", className: n === 1 ? "" : "num" }));
  const rows = result.ranking.map((row) => {
    const bid = given.bids.find(({ id }) => id === row.id);
    const why = element("details", [element("summary", nameOf(row.id)), origin(bid, origins.get(row.id))]);
    return element("tr", [
      element("td", String(row.rank), { className: "num" }),
      element("th", why, { scope: "row" }),
      ...[money(row.evaluation_price), row.price_score, row.other_score, row.total].map((value) => element("td", value ?? say("none"), { className: "num" })),
    ]);
  });
  const wrap = element("div", element("table", [element("thead", element("tr", head)), element("tbody", rows)], { className: "data" }), { className: "table-wrap", tabIndex: 0 });
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", say("origin"));
  return wrap;
}

function listed(title, lines) {
  return lines.length ? [element("h3", title), element("ul", lines.map((line) => element("li", line)))] : [];
}

function lot(given, place, mine) {
  const parts = [];
  const computed = recompute(given, published.earliest);
  const agrees = same(computed.result, published.results[place]);
  const word = mine ? "changed" : agrees ? "agrees" : "differs";
  const said = element("p", say(word), { className: `notice notice--${mine ? "info" : agrees ? "done" : "failed"}` });
  said.dataset.verdict = word;
  if (published.cases.length > 1) parts.push(element("h2", `${say("lot")} ${given.lot ?? place + 1}`));
  parts.push(said);
  const { failed, ranking, excluded, warnings } = computed.result;
  if (failed) parts.push(element("p", published.words[`failed-${failed}`] ?? failed));
  if (ranking.length) parts.push(table(given, computed));
  parts.push(...listed(say("notranked"), excluded.map(({ id, reason }) => `${nameOf(id)}: ${published.words[reason] ?? reason}`)));
  parts.push(...listed(say("lookat"), warnings.map(({ code, bid, bids = [bid] }) => `${bids.map(nameOf).join(", ")}: ${published.words[`warning-${code}`] ?? code}`)));
  return parts;
}

function show(cases, mine) {
  try {
    page.replaceChildren(...cases.flatMap((given, place) => lot(given, place, mine)));
  } catch (error) {
    page.replaceChildren(element("p", `${say("fault")} ${error.message}`, { className: "notice notice--failed" }));
  }
}

text.value = JSON.stringify(published.cases, null, 1);
document.getElementById("recompute-again").addEventListener("click", () => {
  let cases;
  try {
    cases = [JSON.parse(text.value)].flat();
  } catch (error) {
    page.replaceChildren(element("p", `${say("fault")} ${error.message}`, { className: "notice notice--failed" }));
    return;
  }
  show(cases, !same(cases, published.cases));
});
show(published.cases, false);
