// Signing out: the draft key that this browser holds unlocked is forgotten. Solo drafts stay, encrypted: nothing else has them.

import { forgetUnlocked } from "./bid/store.js";

document.addEventListener("submit", (event) => {
  const { pathname } = new URL(event.target.action, window.location.href);
  if (pathname.endsWith("/logout/")) forgetUnlocked().catch(() => {});
});
