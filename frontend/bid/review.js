// "Check before sealing": what would make the bid invalid or unreadable, and what its writer should look at. Pure.
//
// Each finding is {code, at, block, …facts}: `at` is the part of the page that puts it right, `block` marks what stops the
// sealing. The bid is {envelope, lines: [{item, name, price, fen}], total, ceiling, budget, delivery, warranty, validity,
// security: null where none is asked, else whether it is named, size: null where nothing is reserved for SMEs, else what is
// declared, subcontracts: null where none are permitted, else {most, rows: [{whole, share}]} in hundredths of a percent,
// musts: [{id, name, answer}], answers: [{id, name, text}], stated: facts that give points, [{id, name, value, number, whole}], files: [{name, size, sha256, faults}], unseen: [no]}.

const block = (code, at, facts = {}) => ({ code, at, block: true, ...facts });
const advise = (code, at, facts = {}) => ({ code, at, block: false, ...facts });

function prices({ lines, total, ceiling, budget }) {
  const found = [];
  for (const { item, name, price, fen } of lines) {
    if (fen === null) found.push(block(price ? "price-wrong" : "price-missing", "prices", { item, name }));
    else if (fen === 0) found.push(advise("price-zero", "prices", { item, name }));
  }
  if (total !== null && ceiling && total > ceiling) found.push(block("over-ceiling", "prices"));
  else if (total !== null && budget && total > budget) found.push(block("over-budget", "prices"));
  return found;
}

function terms({ envelope, delivery, warranty, validity, security, size, subcontracts }) {
  const found = [];
  if (envelope === "price") return found; // they stand in the technical envelope
  if (delivery === null) found.push(block("delivery-missing", "terms"));
  if (warranty === null) found.push(advise("warranty-missing", "terms"));
  if (validity === null) found.push(advise("validity-missing", "terms"));
  if (size === "large") found.push(block("size-large", "terms"));
  if (security === false) found.push(advise("security-missing", "terms"));
  const { rows = [], most } = subcontracts ?? {};
  if (rows.some((row) => row.share === null || !row.whole)) found.push(block("subcontract-incomplete", "terms"));
  else if (rows.reduce((sum, { share }) => sum + share, 0) > most) found.push(block("subcontract-over", "terms"));
  return found;
}

const NUMBER = /^(?:0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$/;

function answers({ musts, answers: scored, stated = [] }) {
  const found = [];
  for (const { id, name, answer } of musts) {
    if (!answer) found.push(block("must-open", "responses", { id, name }));
    else if (answer === "deviates") found.push(advise("must-deviates", "responses", { id, name }));
  }
  for (const { id, name, value, number, whole } of stated) {
    const read = NUMBER.exec(value);
    if (!value) found.push(advise("fact-missing", "responses", { id, name }));
    else if (number && (!read || (whole && read[1]))) found.push(block("fact-wrong", "responses", { id, name }));
  }
  for (const { id, name, text } of scored) if (!text) found.push(advise("answer-missing", "responses", { id, name }));
  return found;
}

function files({ envelope, files: list }) {
  const found = [];
  if (!list.length && envelope !== "price") found.push(advise("no-files", "files"));
  const names = new Set();
  const contents = new Map();
  for (const { name, size, sha256, faults } of list) {
    for (const { code, block: stops, ...facts } of faults) found.push({ code: `file-${code}`, at: "files", block: stops, name, ...facts });
    if (names.has(name)) found.push(block("file-same-name", "files", { name }));
    names.add(name);
    if (size && sha256) {
      if (contents.has(sha256)) found.push(advise("file-same-content", "files", { name, other: contents.get(sha256) }));
      else contents.set(sha256, name);
    }
  }
  return found;
}

/** Everything there is to say about a bid before it is sealed, what stops it first. */
export function review(bid) {
  const found = [...prices(bid), ...terms(bid), ...answers(bid), ...files(bid)];
  for (const no of bid.unseen) found.push(advise("amendment-unseen", "amendments", { no }));
  return [...found.filter((one) => one.block), ...found.filter((one) => !one.block)];
}
