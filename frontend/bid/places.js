// The parts of a bid on its page: what stands in them, as flat values, and back.
//
// A part is every element with its `data-part`. Values are named: `text/<id>`, `tick/<id>`, `pick/<name>` (radio buttons),
// `price/<item>`, `proof/<criterion>` (names of attachments).

const held = (page, part) => [...page.querySelectorAll("[data-part]")].filter((one) => one.dataset.part === part);
const inside = (page, part, selector) => held(page, part).flatMap((place) => [...place.querySelectorAll(selector)]);

export const partsOf = (page) => [...new Set([...page.querySelectorAll("[data-part]")].map((one) => one.dataset.part))];

/** What stands in a part now; `proofs(criterion)` gives its chosen attachments. */
export function valuesOf(page, part, proofs) {
  const values = {};
  for (const field of inside(page, part, "[data-keep]")) {
    if (field.type === "radio") {
      if (field.checked) values[`pick/${field.name}`] = field.value;
    } else if (field.type === "checkbox") values[`tick/${field.id}`] = field.checked;
    else if (field.value) values[`text/${field.id}`] = field.value;
  }
  for (const row of inside(page, part, "[data-price-row]")) {
    const { value } = row.querySelector("[data-unit-price]");
    if (value) values[`price/${row.dataset.item}`] = value;
  }
  for (const place of inside(page, part, "[data-proof]")) {
    const chosen = proofs(place.dataset.proof);
    if (chosen.length) values[`proof/${place.dataset.proof}`] = chosen;
  }
  return values;
}

/** Put values into a part; fields that have them already are left alone, so that nobody's cursor jumps. */
export function putValues(page, part, values, chooseProofs) {
  const put = (field, name, text) => {
    if (field[name] !== text) field[name] = text;
  };
  for (const field of inside(page, part, "[data-keep]")) {
    if (field.type === "radio") put(field, "checked", values[`pick/${field.name}`] === field.value);
    else if (field.type === "checkbox") put(field, "checked", values[`tick/${field.id}`] ?? field.defaultChecked);
    else if (field.matches("select")) put(field, "value", values[`text/${field.id}`] ?? field.value);
    else put(field, "value", values[`text/${field.id}`] ?? "");
  }
  for (const row of inside(page, part, "[data-price-row]")) put(row.querySelector("[data-unit-price]"), "value", values[`price/${row.dataset.item}`] ?? "");
  for (const place of inside(page, part, "[data-proof]")) chooseProofs(place.dataset.proof, values[`proof/${place.dataset.proof}`] ?? []);
}

/** Let a part be written or only read. */
export function setWritable(page, part, on) {
  for (const field of inside(page, part, "input, textarea, select")) {
    if (field.matches("textarea, [inputmode]")) field.readOnly = !on;
    else field.disabled = !on;
  }
}

/** What a value is called on the page: the label of its field. */
export function labelOf(page, name) {
  const [kind, rest] = [name.slice(0, name.indexOf("/")), name.slice(name.indexOf("/") + 1)];
  if (kind === "price") {
    const row = [...page.querySelectorAll("[data-price-row]")].find((one) => one.dataset.item === rest);
    return row?.dataset.name ?? rest;
  }
  const field = kind === "pick" ? page.querySelector(`[name="${CSS.escape(rest)}"]`) : document.getElementById(rest);
  const place = field?.closest("fieldset");
  return (kind === "pick" ? place?.querySelector("legend") : field?.labels?.[0])?.textContent.trim() ?? rest;
}
