// Hand in a recovery kit (R8): it is opened here with its passphrase, and leaves this browser sealed to the supervisor only.
//
// <form data-hand-in data-recipient="age1…" data-record="<hash>" data-to="…" data-working data-wrong-passphrase data-other-bid data-failed>

import { Decrypter } from "age-encryption";

import { encryptBytes } from "./seal/age.js";
import { canonical } from "./seal/encoding.js";

async function opened(file, passphrase) {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return JSON.parse(new TextDecoder().decode(await decrypter.decrypt(new Uint8Array(await file.arrayBuffer()))));
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

async function handIn(form, tell) {
  const { recipient, record, to, working, wrongPassphrase, otherBid, failed } = form.dataset;
  tell(working);
  let kit;
  try {
    kit = await opened(form.kit.files[0], form.passphrase.value);
  } catch {
    return tell(wrongPassphrase);
  }
  if (kit.type !== "mingcai/v1/recovery-kit" || kit.record_hash !== record) return tell(otherBid);
  const sealed = base64(await encryptBytes(canonical(kit), recipient));
  const response = await fetch(to, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": form.csrfmiddlewaretoken.value },
    body: JSON.stringify({ sealed }),
  });
  if (response.ok) return window.location.reload();
  const answer = await response.json().catch(() => ({}));
  return tell(`${failed} ${[answer.title, answer.detail].filter(Boolean).join(". ")}`);
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("[data-hand-in]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await handIn(form, (words) => (form.querySelector("[data-said]").textContent = words));
  } catch (error) {
    form.querySelector("[data-said]").textContent = `${form.dataset.failed} ${error.message}`;
  } finally {
    button.disabled = false;
  }
});
