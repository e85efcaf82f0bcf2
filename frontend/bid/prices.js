// Prices to the fen: what is typed, and what a workbook's rows say. Pure.

const PRICE_HEADS = ["单价（元）", "单价(元)", "单价", "投标单价", "报价单价", "unit price (yuan)", "unit price", "price"];
const HEADS = {
  item: ["序号", "编号", "标的序号", "no", "no.", "item no", "item no.", "number"],
  quantity: ["数量", "quantity", "qty"],
  unit: ["单位", "计量单位", "unit"],
  price: PRICE_HEADS,
  amount: ["金额（元）", "金额(元)", "金额", "小计", "小计（元）", "amount (yuan)", "amount"],
};
const TOTALS = ["合计", "总计", "总价", "投标总价", "total", "sum"];
const HEAD_WITHIN = 30;
const ERROR = /^#(?:REF|VALUE|NAME|DIV|N\/A|NUM|NULL)/i;

/** Millionths of what is written with at most six places; null for anything else. */
export function millionths(text) {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text.trim());
  return match ? BigInt(match[1] + (match[2] ?? "").padEnd(6, "0")) : null;
}

/** Fen of quantity × unit price, rounded half up; both have at most six places. Null where there is no such number. */
export function lineFen(quantity, price) {
  const [q, p] = [millionths(quantity), millionths(price)];
  if (q === null || p === null) return null;
  const fen = 10n ** 10n; // a product is in 10^-12 yuan
  const found = (q * p + fen / 2n) / fen;
  return found <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(found) : null;
}

/** A price as the record writes decimals, from how people write it: 4,387.10, ¥4387.1, ４３８７．１. Null for anything else. */
export function asPrice(text) {
  const narrow = text.normalize("NFKC").replace(/[\s¥元]/g, "");
  const grouped = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(narrow) ? narrow.replaceAll(",", "") : narrow;
  const exact = grouped.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return millionths(exact) === null ? null : exact;
}

const same = (cell, words) => words.includes(cell.normalize("NFKC").trim().toLowerCase());
const wide = Object.fromEntries(Object.entries(HEADS).map(([name, words]) => [name, words.map((word) => word.normalize("NFKC"))]));

function heading(rows) {
  for (const { number, cells } of rows.slice(0, HEAD_WITHIN)) {
    const columns = {};
    for (const [column, text] of Object.entries(cells)) {
      for (const [name, words] of Object.entries(wide)) if (!(name in columns) && same(text, words)) columns[name] = column;
    }
    if (columns.item && columns.price) return { number, columns };
  }
  return null;
}

function rowFault(given, item) {
  if (Object.values(given).some((text) => ERROR.test(text))) return { code: "cell-error" };
  if (!given.price) return { code: "no-price" };
  const price = asPrice(given.price);
  if (price === null) return { code: "not-a-price", given: given.price };
  if (given.quantity && millionths(asPrice(given.quantity) ?? "") !== millionths(item.quantity)) {
    return { code: "quantity", given: given.quantity, wanted: item.quantity };
  }
  if (given.unit && given.unit.normalize("NFKC") !== item.unit.normalize("NFKC")) {
    return { code: "unit", given: given.unit, wanted: item.unit };
  }
  const fen = lineFen(item.quantity, price);
  if (fen === null) return { code: "not-a-price", given: given.price };
  if (given.amount) {
    const stated = lineFen("1", asPrice(given.amount) ?? "");
    if (stated !== fen) return { code: "amount", given: given.amount, wanted: fen };
  }
  return { price, fen };
}

/**
 * What a workbook says about the items of a lot: {prices: {item: text}, faults: [{row, code, …}], total}.
 *
 * `items` are {item, quantity, unit}. A row with a fault gives no price; `total` is the sum of the prices found, in fen.
 */
export function readPrices(rows, items) {
  const head = heading(rows);
  if (!head) return { prices: {}, faults: [{ row: 0, code: "no-heading" }], total: 0 };
  const known = new Map(items.map((item) => [item.item, item]));
  const prices = {};
  const faults = [];
  const seen = new Set();
  let total = 0;
  let stated = null;
  for (const { number, cells } of rows) {
    if (number <= head.number) continue;
    const given = Object.fromEntries(Object.entries(head.columns).map(([name, column]) => [name, cells[column] ?? ""]));
    if (Object.values(cells).some((text) => same(text, TOTALS))) {
      stated = { row: number, given: given.amount || given.price };
      continue;
    }
    if (Object.values(given).every((text) => !text)) continue;
    const item = known.get(given.item.normalize("NFKC"));
    if (!item) {
      faults.push({ row: number, code: "unknown-item", given: given.item });
      continue;
    }
    if (seen.has(item.item)) {
      faults.push({ row: number, code: "twice", given: item.item });
      continue;
    }
    seen.add(item.item);
    const found = rowFault(given, item);
    if (found.code) {
      faults.push({ row: number, item: item.item, ...found });
      continue;
    }
    prices[item.item] = found.price;
    total += found.fen;
  }
  for (const { item } of items) if (!seen.has(item)) faults.push({ row: 0, code: "missing-item", given: item });
  if (stated?.given && !faults.length && lineFen("1", asPrice(stated.given) ?? "") !== total) {
    faults.push({ row: stated.row, code: "total", given: stated.given, wanted: total });
  }
  return { prices, faults, total };
}
