// What a bidder signs about a submitted bid: take it back, or stand by it after an amendment; each has a receipt.
// Uses window.mingcai.seal (seal/page.js).
//
// <button data-withdraw data-params-url="…" data-record="<hash>" data-sure="…" data-failed="…" aria-describedby="…">
// <button data-acknowledge="<address of what is signed>" data-failed="…" aria-describedby="…">

async function withdraw(button) {
  const params = await (await fetch(button.dataset.paramsUrl, { credentials: "same-origin", headers: { Accept: "application/json" } })).json();
  return window.mingcai.seal.withdraw({ params, supersedes: button.dataset.record });
}

async function act(button, sign) {
  if (button.dataset.sure && !window.confirm(button.dataset.sure)) return;
  button.disabled = true;
  try {
    const { answer } = await sign(button);
    window.location.assign(answer.receipt_url);
  } catch (error) {
    button.disabled = false;
    const said = document.getElementById(button.getAttribute("aria-describedby"));
    said.textContent = `${button.dataset.failed} ${error.message}`;
    window.mingcai.announce(said.textContent);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-withdraw], [data-acknowledge]");
  if (!button) return;
  const url = button.dataset.acknowledge;
  act(button, url ? () => window.mingcai.seal.acknowledge({ url }) : withdraw);
});
