// Signing out: the draft key that this browser holds unlocked is forgotten, and what a certificate was to sign. Solo drafts
// stay, encrypted: nothing else has them.

import { forgetUnlocked } from "./bid/store.js";
import { forgetToSign } from "./tosign.js";

document.addEventListener("submit", (event) => {
  const { pathname } = new URL(event.target.action, window.location.href);
  if (!pathname.endsWith("/logout/")) return;
  forgetUnlocked().catch(() => {});
  forgetToSign();
});
