// A bid that is sealed on the bidder's own machine: what it is sealed for is saved here (FORMAT.md 3.13), and what came of it
// (3.11) is uploaded from here. The page reads nothing of it but what the platform gets anyway.

function save(value, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(value, null, 1)], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Wire the place of a page; `sheet()` gives what was entered, as far as it was, and `upload(files)` takes the sealed files. */
export function wireOffline(place, { params, sheet, upload }) {
  const on = (name, work) => place.querySelector(`[data-offline-${name}]`).addEventListener("click", work);
  const { ctx_base, organisation, keepers } = params;
  on("offer", () => save({ type: "mingcai/v1/offer", ctx: ctx_base, organisation }, "offer.json"));
  on("keepers", () => save({ type: "mingcai/v1/keepers", keepers }, "keepers.json"));
  on("sheet", () => save(sheet(), "sheet.json"));
  on("go", () => upload([...place.querySelector("[data-offline-files]").files]));
}
