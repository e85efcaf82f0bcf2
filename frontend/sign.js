// Passkeys: sign in, add a key, confirm it is you, and sign one act. Without a `window` global of its own: `start(document)`
// wires every form that asks for it; `sign(...)` is for pages that build their own payload.
//
//   <form method="post" action="…" data-sign data-sign-purpose="report.<uuid>" data-sign-hash="<hex>">   sign one act
//     <input type="hidden" name="credential"> … <button>…</button>
//   <form data-passkey="create|get" data-passkey-options="<id of a json_script>"> …                       ceremonies of the account pages
//   <form data-passkey="login" data-passkey-url="/accounts/2fa/webauthn/login/"> …                        sign in without a password
//
// A form may carry its own words in data-words-cancelled, -unsupported, -no-passkey, -failed.

const able = () => typeof PublicKeyCredential !== "undefined" && Boolean(navigator.credentials);

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const descriptors = (rows) => (rows ?? []).map((row) => ({ ...row, id: bytes(row.id) }));

function creation(options) {
  const given = options.publicKey ?? options;
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(given);
  return {
    ...given,
    challenge: bytes(given.challenge),
    user: { ...given.user, id: bytes(given.user.id) },
    excludeCredentials: descriptors(given.excludeCredentials),
  };
}

function request(options) {
  const given = options.publicKey ?? options;
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(given);
  return { ...given, challenge: bytes(given.challenge), allowCredentials: descriptors(given.allowCredentials) };
}

function plain(credential) {
  if (typeof credential.toJSON === "function") return credential.toJSON();
  const answer = credential.response;
  const response = { clientDataJSON: text(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (answer[name]) response[name] = text(answer[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

export class SignError extends Error {
  constructor(code, message = code) {
    super(message);
    this.code = code; // unsupported, cancelled, no-passkey, failed
  }
}

async function ceremony(run) {
  if (!able()) throw new SignError("unsupported");
  try {
    return plain(await run());
  } catch (error) {
    if (error?.name === "NotAllowedError" || error?.name === "AbortError") throw new SignError("cancelled");
    throw new SignError("failed", String(error?.message ?? error));
  }
}

// Make a passkey from creation options in JSON form; gives the registration in JSON form.
export const create = (options) => ceremony(() => navigator.credentials.create({ publicKey: creation(options) }));

// Answer request options in JSON form; gives the assertion in JSON form.
export const get = (options) => ceremony(() => navigator.credentials.get({ publicKey: request(options) }));

function csrf() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (field) return field.value;
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

// Sign `payloadHash` (hex, 64 digits) for `purpose`; gives the assertion that the act's own address wants as `credential`.
export async function sign(payloadHash, purpose, url = "/sign/begin") {
  if (!able()) throw new SignError("unsupported");
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify({ payload_hash: payloadHash, purpose }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new SignError(body.code === "no-passkey" ? "no-passkey" : "failed", body.detail || body.title);
  return get(body);
}

function say(form, error) {
  const place = form.querySelector("[data-passkey-say]") ?? form.appendChild(document.createElement("p"));
  place.className = "field-error";
  place.setAttribute("data-passkey-say", "");
  place.setAttribute("role", "alert");
  const key = `words${error.code.replace(/(^|-)(.)/g, (_all, _dash, letter) => letter.toUpperCase())}`;
  place.textContent = form.dataset[key] ?? error.message;
}

async function answerFor(form) {
  if (form.dataset.sign !== undefined) return sign(form.dataset.signHash, form.dataset.signPurpose);
  if (form.dataset.passkey === "login") {
    const answer = await fetch(form.dataset.passkeyUrl, {
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
    });
    if (!answer.ok) throw new SignError("failed");
    return get((await answer.json()).request_options);
  }
  const source = document.getElementById(form.dataset.passkeyOptions);
  const options = JSON.parse(source.textContent);
  if (form.dataset.passkey !== "create") return get(options.request_options ?? options);
  const wanted = options.creation_options ?? options;
  const passwordless = form.querySelector("input[name=passwordless]");
  const inner = wanted.publicKey ?? wanted;
  inner.extensions = { ...inner.extensions, prf: {} }; // so that it can also keep a draft key (bid/draftkey.js)
  if (!passwordless || passwordless.type === "hidden" || passwordless.checked) {
    inner.authenticatorSelection = {
      ...inner.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
  }
  return create(wanted);
}

async function submit(event) {
  const form = event.currentTarget;
  const field = form.querySelector("input[name=credential]");
  if (!field || field.value) return;
  event.preventDefault();
  const button = event.submitter;
  form.setAttribute("aria-busy", "true");
  try {
    field.value = JSON.stringify(await answerFor(form));
    if (button?.name) {
      const kept = document.createElement("input");
      Object.assign(kept, { type: "hidden", name: button.name, value: button.value });
      form.append(kept);
    }
    form.submit();
  } catch (error) {
    say(form, error instanceof SignError ? error : new SignError("failed", String(error)));
  } finally {
    form.removeAttribute("aria-busy");
  }
}

// Wire every form below `root`; called once by the app bundle, and again for fragments that arrive later.
export function start(root = document) {
  for (const form of root.querySelectorAll("form[data-sign], form[data-passkey]")) {
    if (form.dataset.passkeyWired) continue;
    form.dataset.passkeyWired = "1";
    if (!able()) {
      form.querySelectorAll("[data-passkey-needs]").forEach((part) => (part.hidden = true));
    }
    form.addEventListener("submit", submit);
  }
}
