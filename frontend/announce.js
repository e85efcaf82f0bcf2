// One place in the page from which changes are read out, and the few words that scripts say themselves.

/** A phrase the template translated for us (`data-words-…` on the body). */
export function words(name) {
  return document.body.dataset[`words${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
}

/** Have assistive technology say `text` when it is next idle. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (!place || !text) return;
  place.textContent = "";
  requestAnimationFrame(() => {
    place.textContent = text;
  });
}

/** Show or clear the line about the connection at the top of the page. */
export function sayConnection(text) {
  const place = document.getElementById("connection");
  if (!place) return;
  place.hidden = !text;
  place.textContent = text ?? "";
  announce(text);
}
