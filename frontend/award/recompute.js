// The award from its published inputs, as `python -m evaluation recompute` computes it: the same members, the same rounding.
//
// Inputs are taken as published: what the command refuses as malformed is not looked for here. `recompute(data, earliest)` gives
// {result, origins}: the published result, and for each bid where its numbers come from. `earliest` are the oldest values of
// rules, for a law date on which a rule was not yet in force.

import { Rational, sum, ZERO } from "./rational.js";

const SCORED = new Set(["weighted_score", "consultation_score", "quality_first"]);
const WEIGHED = new Set(["weighted_score", "consultation_score"]);
const ADMITS = new Set(["price_first", "quality_first"]);
const TENDERS = new Set(["weighted_score", "lowest_evaluated_price"]);
const FEWEST = {
  weighted_score: "L-14.min_bidders", lowest_evaluated_price: "L-14.min_bidders", lowest_final_quote: "N-04.final_quotes_min",
  consultation_score: "C-05.consult_final_min", price_first: "F-08.qualified_min", quality_first: "F-08.qualified_min",
};
const LOW = { mean: "A-01.low_avg_rate", second_lowest: "A-02.low_second_rate", ceiling: "A-03.low_ceiling_rate" };
const SHARE = "S-04.sme_joint_share_min";
const QUALITY_PLACES = 2;
const FACT = /^\d{1,12}(?:\.\d{1,6})?$/;

/** The points that a rule gives for a stated fact; none for one that is missing or no answer to what was asked. */
function byRule(rule, stated) {
  const text = typeof stated === "string" ? stated.trim() : "";
  if (rule.kind === "yes_no") return text === "yes" ? Rational.of(rule.most) : ZERO;
  if (!FACT.test(text)) return ZERO;
  const fact = Rational.of(text);
  if (rule.whole && fact.d !== 1n) return ZERO;
  if (rule.kind === "per_unit") {
    const given = Rational.of(rule.each).times(fact);
    return (given.compare(rule.most) > 0 ? Rational.of(rule.most) : given).rounded(2);
  }
  const steps = rule.steps.map(([threshold, points]) => [Rational.of(threshold), Rational.of(points)]);
  const reached = steps.filter(([threshold]) => fact.compare(threshold) >= 0).length;
  if (!reached) return rule.kind === "steps" ? ZERO : steps[0][1].rounded(2);
  const [low, under] = steps[reached - 1];
  if (rule.kind === "steps" || reached === steps.length) return under.rounded(2);
  const [high, over] = steps[reached];
  return under.plus(over.minus(under).times(fact.minus(low)).over(high.minus(low))).rounded(2);
}

const byId = (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const number = (value, or = "0") => Rational.of(value ?? or);

function readBid(given) {
  const brands = given.core_brands?.length ? given.core_brands : given.brand ? [given.brand] : [];
  return {
    ...given,
    quote: given.quote === null || given.quote === undefined ? null : Rational.of(given.quote),
    small: given.size === "small" || given.size === "micro",
    share: [number(given.consortium_small_share), number(given.subcontract_small_share)].reduce((a, b) => (a.compare(b) >= 0 ? a : b)),
    domestic: given.domestic ?? true,
    compliant: given.compliant ?? true,
    group: brands.length ? `brand ${JSON.stringify([...new Set(brands)].sort())}` : `bid ${given.id}`,
    scores: given.scores ?? {},
  };
}

/** The key by which bids are ordered: numbers, lowest first. */
function compareKeys(a, b) {
  for (let n = 0; n < a.length; n += 1) {
    const way = a[n].compare(b[n]);
    if (way) return way;
  }
  return 0;
}

class Award {
  constructor(data, earliest) {
    this.data = data;
    this.law = data.law ?? {};
    this.earliest = earliest;
    this.bids = data.bids.map(readBid);
    this.limit = (name) => (data[name] === null || data[name] === undefined ? null : Rational.of(data[name]));
    this.ties = data.ties ?? (SCORED.has(data.method) ? "lower_quote_then_parallel" : "parallel");
    this.draw = data.draw ?? [];
    this.origins = new Map(this.bids.map((bid) => [bid.id, {}]));
  }

  value(rule) {
    const found = this.law[rule] ?? this.earliest[rule];
    if (found === undefined) throw new RangeError(`the value of ${rule} is missing`);
    return Rational.of(found);
  }

  /** Why a bid is out before any comparison, or null. */
  exclusion(bid) {
    if (!bid.compliant) return "not_compliant";
    if (bid.conflict) return "conflict";
    if (bid.over_unit_ceiling) return "over_unit_ceiling";
    for (const name of ["ceiling", "budget"]) {
      if (this.limit(name) && bid.quote.compare(this.limit(name)) > 0) return `over_${name}`;
    }
    return bid.abnormally_low_unproven ? "abnormally_low_unproven" : null;
  }

  count(bids) {
    return TENDERS.has(this.data.method) ? new Set(bids.map((bid) => bid.group)).size : bids.length;
  }

  failure(staying) {
    const fewest = this.data.min_bidders ?? Number(this.value(FEWEST[this.data.method]).n);
    const tooFew = ADMITS.has(this.data.method) ? "too_few_qualified" : "fewer_than_three";
    const answering = this.bids.filter((bid) => bid.compliant && !bid.conflict);
    if (this.count(answering) < fewest) return tooFew;
    const budget = this.limit("budget");
    if (budget && answering.length && answering.every((bid) => bid.quote.compare(budget) > 0)) return "all_over_budget";
    return this.count(staying) < fewest ? tooFew : null;
  }

  /** Each bid's price after deductions, half up to the fen. */
  prices(bids) {
    const rates = this.data.deductions ?? {};
    const mixed = new Set(bids.map((bid) => bid.domestic)).size > 1;
    const share = this.value(SHARE);
    const found = new Map();
    for (const bid of bids) {
      const firm = bid.small ? number(rates.small_micro) : bid.share.compare(share) >= 0 ? number(rates.consortium) : ZERO;
      const domestic = mixed && bid.domestic ? number(rates.domestic) : ZERO;
      const one = Rational.of(1);
      const left = rates.stacking === "multiplicative" ? one.minus(firm).times(one.minus(domestic)) : one.minus(firm.plus(domestic));
      const price = bid.quote.times(left).rounded();
      if (price.compare(0) <= 0) throw new RangeError(`nothing is left of the quote of ${bid.id}`);
      found.set(bid.id, price);
      Object.assign(this.origins.get(bid.id), {
        quote: bid.quote, firm, firmKind: bid.small ? "small" : firm.compare(0) ? "share" : "", domestic, left, price,
      });
    }
    return found;
  }

  /** The exact mean of the evaluators' sums; the trimmed one leaves out the highest and the lowest. */
  others(bid) {
    if (!this.data.criteria?.length) return ZERO;
    const sheets = Object.entries(bid.scores).map(([seat, sheet]) => ({ seat, total: sum(Object.values(sheet).map(Rational.of)) }));
    let totals = sheets.map(({ total }) => total).sort((a, b) => a.compare(b));
    if (this.data.aggregation === "trimmed_mean") totals = totals.slice(1, -1);
    if (!totals.length) throw new RangeError(`scores of ${bid.id} are missing`);
    const mean = sum(totals).over(totals.length);
    Object.assign(this.origins.get(bid.id), { sheets, mean, counted: totals.length });
    return mean;
  }

  scored(bid, base, price) {
    if (!WEIGHED.has(this.data.method)) {
      const quality = this.others(bid).rounded(QUALITY_PLACES);
      return { price_score: null, other_score: quality, total: quality, places: QUALITY_PLACES };
    }
    const { weight, places = 2 } = this.data.price;
    const points = base.over(price).times(weight).rounded(places);
    const others = this.others(bid).rounded(places);
    return { price_score: points, other_score: others, total: points.plus(others), places, weight: Rational.of(weight) };
  }

  drawn(bid) {
    const at = this.draw.indexOf(bid.id);
    return Rational.of(at < 0 ? this.draw.length : at);
  }

  ordering(first) {
    return (bid) => [...first(bid), ...(this.ties === "lower_quote_then_parallel" ? [bid.quote] : []), this.drawn(bid)];
  }

  /** The best of each brand, all who are equally good; and who lost to them. */
  oneOfEachBrand(bids, order) {
    if (!TENDERS.has(this.data.method)) return [bids, []];
    const best = new Map();
    const key = (bid) => [...order(bid), this.drawn(bid)];
    for (const bid of bids) {
      const before = best.get(bid.group);
      if (!before || compareKeys(key(bid), before) < 0) best.set(bid.group, key(bid));
    }
    const stays = (bid) => compareKeys(key(bid), best.get(bid.group)) === 0;
    return [bids.filter(stays), bids.filter((bid) => !stays(bid))];
  }

  places(bids, order) {
    const sorted = [...bids].sort((a, b) => compareKeys(order(a), order(b)) || byId(a, b));
    return sorted.map((bid) => ({ bid, rank: 1 + sorted.findIndex((other) => compareKeys(order(other), order(bid)) === 0) }));
  }

  ranked(staying) {
    const least = (prices) => [...prices.values()].reduce((a, b) => (a.compare(b) <= 0 ? a : b));
    if (!SCORED.has(this.data.method)) {
      const [part, beaten] = this.oneOfEachBrand(staying, (bid) => [bid.quote]);
      const prices = this.prices(part);
      const order = this.ordering((bid) => [prices.get(bid.id)]);
      const places = this.places(part, order).map((row) => ({ ...row, price: prices.get(row.bid.id) }));
      return { places, beaten, base: least(prices) };
    }
    const prices = this.prices(staying);
    const base = least(prices);
    const sheets = new Map(staying.map((bid) => [bid.id, this.scored(bid, base, prices.get(bid.id))]));
    for (const [id, sheet] of sheets) Object.assign(this.origins.get(id), sheet, { base });
    const order = this.ordering((bid) => [ZERO.minus(sheets.get(bid.id).total)]);
    const [part, beaten] = this.oneOfEachBrand(staying, order);
    const places = this.places(part, order).map((row) => ({ ...row, price: prices.get(row.bid.id), sheet: sheets.get(row.bid.id) }));
    return { places, beaten, base };
  }

  lowQuotes(passed) {
    const own = this.data.abnormally_low ?? {};
    const rates = Object.fromEntries(
      Object.entries(LOW).filter(([, rule]) => rule in this.law).map(([test, rule]) => [test, Rational.of(own[test] ?? this.law[rule])]),
    );
    const bids = [...passed].sort(byId);
    const quotes = bids.map((bid) => bid.quote).sort((a, b) => a.compare(b));
    const limit = this.limit("ceiling") ?? this.limit("budget");
    const lines = {};
    if (rates.mean && quotes.length) lines.mean = rates.mean.times(sum(quotes)).over(quotes.length);
    if (rates.second_lowest && quotes.length > 1) lines.second_lowest = rates.second_lowest.times(quotes[1]);
    if (rates.ceiling && limit) lines.ceiling = rates.ceiling.times(limit);
    return bids.flatMap((bid) => {
      const tests = Object.keys(lines).filter(
        (test) => bid.quote.compare(lines[test]) < 0 && (test !== "second_lowest" || bid.quote.compare(quotes[0]) === 0),
      );
      return tests.length ? [{ code: "abnormally_low", bid: bid.id, tests }] : [];
    });
  }

  differingFacts(staying) {
    const criteria = SCORED.has(this.data.method) ? this.data.criteria.filter(({ kind }) => kind === "objective") : [];
    return [...staying].sort(byId).flatMap((bid) =>
      criteria
        .filter(({ id }) => new Set(Object.values(bid.scores).map((sheet) => Rational.of(sheet[id]).plain())).size > 1)
        .map(({ id }) => ({ code: "objective_scores_differ", bid: bid.id, criterion: id })),
    );
  }

  brokenRules(staying) {
    const criteria = SCORED.has(this.data.method) ? this.data.criteria.filter(({ rule }) => rule) : [];
    const follows = (bid, { id, rule }) =>
      Object.entries(bid.scores).every(([seat, sheet]) =>
        byRule(rule, bid.found?.[seat]?.[id] ?? bid.facts?.[id]).compare(sheet[id]) === 0);
    return [...staying].sort(byId).flatMap((bid) =>
      criteria.filter((one) => !follows(bid, one)).map(({ id }) => ({ code: "points_not_by_rule", bid: bid.id, criterion: id })),
    );
  }

  openDraws(places) {
    if (!TENDERS.has(this.data.method)) return [];
    const groups = new Map();
    for (const { bid } of places) groups.set(bid.group, [...(groups.get(bid.group) ?? []), bid.id]);
    const open = [...groups.values()].map((ids) => ids.sort()).sort((a, b) => (a.join("\0") < b.join("\0") ? -1 : 1));
    return open.filter((ids) => ids.length > 1).map((bids) => ({ code: "draw_needed", bids }));
  }

  admission(places) {
    const { rate = "0", test_equipment: tests = false } = this.data.elimination ?? {};
    const qualified = Rational.of(places.length);
    if (qualified.compare(this.value("F-08.qualified_min")) < 0) return { admitted: [], undrawn: [] };
    const least = this.value(tests ? "F-08.elimination_min_quality" : "F-08.elimination_min");
    const share = (Rational.of(rate).compare(least) > 0 ? Rational.of(rate) : least).times(qualified);
    const fewest = this.value("F-08.eliminated_min").n;
    const out = share.ceiling() > fewest ? share.ceiling() : fewest;
    const most = Math.max(places.length - Number(out), 0);
    const inside = places.slice(0, most);
    const open = inside.length && places.length > most && inside.at(-1).rank === places[most].rank ? inside.at(-1).rank : null;
    return {
      admitted: inside.filter(({ rank }) => rank !== open).map(({ bid }) => bid.id),
      undrawn: places.filter(({ rank }) => rank === open).map(({ bid }) => bid.id).sort(),
    };
  }

  result() {
    const reasons = new Map(this.bids.map((bid) => [bid.id, this.exclusion(bid)]));
    const staying = this.bids.filter((bid) => reasons.get(bid.id) === null);
    const failed = this.failure(staying);
    let ranking = null;
    let warnings = [];
    if (failed === null) {
      ranking = this.ranked(staying);
      for (const bid of ranking.beaten) reasons.set(bid.id, "same_brand");
      const passed = this.bids.filter((bid) => [null, "same_brand", "abnormally_low_unproven"].includes(reasons.get(bid.id)));
      warnings = [...this.lowQuotes(passed), ...this.differingFacts(staying), ...this.brokenRules(staying), ...this.openDraws(ranking.places)];
    }
    const points = (sheet, name) => (sheet && sheet[name] ? sheet[name].text(sheet.places) : null);
    const places = ranking?.places ?? [];
    const result = {
      base_price: ranking ? ranking.base.text() : null,
      failed,
      ranking: places.map(({ bid, rank, price, sheet }) => ({
        id: bid.id, rank, evaluation_price: price.text(), price_score: points(sheet, "price_score"),
        other_score: points(sheet, "other_score"), total: points(sheet, "total"),
      })),
      excluded: [...reasons].filter(([, reason]) => reason).map(([id, reason]) => ({ id, reason })).sort(byId),
      warnings,
    };
    if (ADMITS.has(this.data.method)) {
      const chosen = places.length ? this.admission(places) : { admitted: [], undrawn: [] };
      result.admitted = chosen.admitted;
      if (chosen.undrawn.length) warnings.push({ code: "draw_needed", bids: chosen.undrawn });
    }
    return result;
  }
}

/** Give {result, origins} of one case. Throws SyntaxError and RangeError for inputs that cannot be scored. */
export function recompute(data, earliest = {}) {
  const award = new Award(data, earliest);
  return { result: award.result(), origins: award.origins };
}

/** Tell whether two results say the same, whatever the order of their members. */
export function same(one, other) {
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, n) => same(item, other[n]));
  if (one && typeof one === "object") {
    const names = Object.keys(one);
    return Boolean(other) && typeof other === "object" && names.length === Object.keys(other).length && names.every((name) => same(one[name], other[name]));
  }
  return one === other;
}
