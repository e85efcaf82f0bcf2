// Take a submitted bid back: one signed record, and a receipt for it. Uses window.mingcai.seal (seal/page.js).
//
// <button data-withdraw data-params-url="…" data-record="<hash>" data-sure="…" data-failed="…">

async function withdraw(button) {
  if (!window.confirm(button.dataset.sure)) return;
  button.disabled = true;
  try {
    const params = await (await fetch(button.dataset.paramsUrl, { credentials: "same-origin", headers: { Accept: "application/json" } })).json();
    const { answer } = await window.mingcai.seal.withdraw({ params, supersedes: button.dataset.record });
    window.location.assign(answer.receipt_url);
  } catch (error) {
    button.disabled = false;
    const said = document.getElementById(button.getAttribute("aria-describedby"));
    said.textContent = `${button.dataset.failed} ${error.message}`;
    window.mingcai.announce(said.textContent);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-withdraw]");
  if (button) withdraw(button);
});
