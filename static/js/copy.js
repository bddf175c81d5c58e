// Copies text, and opens the dialogs that buttons name.
document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();

  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const source = button.dataset.copy && document.querySelector(button.dataset.copy);
  const text = source ? (source.value ?? source.textContent).trim() : button.dataset.copyText;
  let words = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    words = "The browser did not allow copying";
  }
  const label = button.querySelector("[data-copy-label]") || button;
  if (!label.dataset.words) {
    label.dataset.words = label.textContent;
    setTimeout(() => {
      label.textContent = label.dataset.words;
      delete label.dataset.words;
    }, 2000);
  }
  label.textContent = words;
  document.dispatchEvent(new CustomEvent("announce", { detail: words }));
});
