// What a bidder signs about a submitted bid: take it back, or stand by it after an amendment; each has a receipt, and each is
// signed with a touch of the passkey or with the organisation's certificate. Uses window.mingcai.seal (seal/page.js).
//
// <button data-withdraw data-params-url="…" data-record="<hash>" data-sure="…" data-failed="…" aria-describedby="…">
// <button data-acknowledge="<address of what is signed>" data-failed="…" aria-describedby="…">
// A certificate's place (certificate.js) carries the same data; what goes wrong is said in the element that describes it,
// whose data-cancelled, data-session and data-offline are the words for a passkey that was not used, somebody who is no longer
// signed in and a server that does not answer.

import { wireCertificate } from "./certificate.js";
import { drop, keep, kept } from "./tosign.js";

const seal = () => window.mingcai.seal;
const nameOf = ({ dataset: { acknowledge, record } }) => acknowledge ?? record;

async function offered({ acknowledge, paramsUrl, record }) {
  return acknowledge ? seal().offerAcknowledgement({ url: acknowledge }) : seal().offerWithdrawal({ url: paramsUrl, supersedes: record });
}

function wordsFor(error, said) {
  if (error.status === 401 || error.status === 403) return said.dataset.session;
  if (error.problem?.detail || error.problem?.title) return error.problem.detail || error.problem.title;
  if (error.name === "NotAllowedError") return said.dataset.cancelled;
  return error instanceof TypeError || error.status >= 502 ? said.dataset.offline : error.message;
}

/** Do what `place` is for with `work`, and lead to the receipt; `place` is busy meanwhile, so that nothing is sent twice. */
async function act(place, work) {
  const { sure, failed } = place.dataset;
  if (place.dataset.busy || (sure && !window.confirm(sure))) return;
  const said = document.getElementById(place.getAttribute("aria-describedby"));
  const buttons = place.matches("button") ? [place] : [...place.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  place.dataset.busy = "true";
  said.textContent = "";
  try {
    const { answer } = await work();
    window.location.assign(answer.receipt_url);
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    delete place.dataset.busy;
    said.textContent = `${failed} ${wordsFor(error, said)}`;
    window.mingcai.announce(said.textContent);
  }
}

// --- with a certificate ---

function same(one, other) {
  const without = (offer) => JSON.stringify({ ...offer.record, idempotency_key: "" });
  return without(one) === without(other);
}

/** What is to be signed: what was saved before, if it is still what is offered, else a new record. */
async function toSign(place) {
  const fresh = await offered(place.dataset);
  const before = kept(nameOf(place));
  const offer = before && same(before, fresh) ? before : fresh;
  keep(nameOf(place), offer);
  return offer;
}

async function handIn(place, file) {
  const offer = kept(nameOf(place)) ?? (await toSign(place));
  try {
    const done = await seal().handIn(offer, { scheme: "cms", file });
    drop(nameOf(place));
    return done;
  } catch (error) {
    // A ticket was decided: its number is used up. A bad signature or a lost line leaves it to be tried again.
    if (["late", "not-accepted", "key-used"].includes(error.code)) drop(nameOf(place));
    throw error;
  }
}

for (const place of document.querySelectorAll("[data-certificate][data-failed]")) {
  wireCertificate(place, {
    hash: async () => {
      try {
        return (await toSign(place)).recordHash;
      } catch (error) {
        const said = document.getElementById(place.getAttribute("aria-describedby"));
        said.textContent = wordsFor(error, said);
        return null;
      }
    },
    signed: (file) => act(place, () => handIn(place, file)),
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-withdraw], button[data-acknowledge]");
  if (button) act(button, async () => seal().handIn(await offered(button.dataset)));
});
