// Asks why an output is skipped. Without this script the button skips at once.
document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    const button = event.target.closest("[data-asks]");
    const dialog = button && document.getElementById(button.dataset.asks);
    if (!dialog) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!dialog.open) dialog.showModal();
  },
  true,
);

// One field goes out: the reason that was chosen, then the words about it.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-skip]")) return;
    const { choice, words, reason } = form.elements;
    reason.value = [choice.value, words.value.trim()].filter(Boolean).join(": ");
  },
  true,
);

// The dialog stays open while the form is out, so that a second click cannot hit what lies under it.
document.addEventListener("htmx:finally:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.matches?.("form[data-skip]")) source.closest("dialog")?.close();
});
