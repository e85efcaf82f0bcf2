// Witness stamps (R3): every keeper is asked, by this browser and not through the platform, to say when it saw H(record).
//
// They are kept here until the platform has given its signed word on them: should it ever deny a bid, they say when it was
// there. Nothing waits for a keeper, and one that fails stops nothing.

const KEPT = "mingcai-stamps";
const ASK_FOR = 8000;
const KEEP_MOST = 50;

let unkept = null; // where the browser keeps nothing, this page does as long as it is open

function kept() {
  if (unkept) return unkept;
  try {
    const rows = JSON.parse(window.localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(rows) ? rows : [];
  } catch {
    return [];
  }
}

function keep(row) {
  const rows = [row, ...kept().filter((one) => one.hash !== row.hash)].slice(0, KEEP_MOST);
  try {
    window.localStorage.setItem(KEPT, JSON.stringify(rows));
    unkept = null;
  } catch {
    unkept = rows;
  }
}

async function ask(keeper, hash) {
  const response = await fetch(new URL("/stamp", keeper.url), {
    method: "POST",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ hash }),
    signal: AbortSignal.timeout(ASK_FOR),
  });
  if (!response.ok) throw new Error(`keeper ${keeper.id}: ${response.status}`);
  const said = await response.json();
  if (said?.body?.hash !== hash || said.body.keeper !== keeper.id) throw new Error(`keeper ${keeper.id}: another stamp`);
  return said;
}

/** Ask all keepers at once; gives what was said, and keeps it. `place` = {url, lot, envelope}: where it is delivered. */
export async function gather(keepers, hash, place) {
  const asked = await Promise.allSettled(keepers.map((keeper) => ask(keeper, hash)));
  const stamps = asked.filter((one) => one.status === "fulfilled").map((one) => one.value);
  if (stamps.length) keep({ hash, ...place, stamps, delivery: null });
  return stamps;
}

/** Deliver what the platform has not answered yet; gives how many records. Never fails. */
export async function deliver(post) {
  let done = 0;
  for (const row of kept().filter((one) => !one.delivery)) {
    try {
      keep({ ...row, delivery: await post(row.url, { lot: row.lot, envelope: row.envelope, stamps: row.stamps }) });
      done += 1;
    } catch (error) {
      // Offline, or another person is signed in here: the next visit tries again. A refusal stays one.
      if (error.status === 409 || error.status === 422) keep({ ...row, delivery: { refused: error.code } });
    }
  }
  return done;
}
