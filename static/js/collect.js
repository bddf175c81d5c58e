// Collections: the dialog that adds an output, its key, and moving items with Alt and the arrows.
const WRITING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";

function keysAreOn(link) {
  try {
    return !link.hasAttribute("data-no-single-keys") && localStorage.getItem("single-keys") !== "off";
  } catch {
    return true;
  }
}

async function offer(link) {
  let answer;
  try {
    answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  } catch {
    return location.assign(link.href);
  }
  // Somebody who was signed out meanwhile is sent to the sign-in, which is no dialog.
  if (!answer.ok || answer.redirected) return location.assign(link.href);
  let dialog = document.getElementById("collect-dialog");
  if (!dialog) {
    dialog = document.createElement("dialog");
    Object.assign(dialog, { id: "collect-dialog", className: "dialog" });
    dialog.setAttribute("aria-labelledby", "add-title");
    document.body.append(dialog);
  }
  dialog.innerHTML = await answer.text();
  const close = document.createElement("button");
  Object.assign(close, { type: "button", id: "collect-close", className: "button", textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  (dialog.querySelector(".actions") || dialog).append(close);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-collect]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  offer(link);
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.target.closest?.(WRITING) || document.querySelector("dialog[open]")) return;
  if (event.altKey) {
    const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const button = way && event.target.closest?.("[data-item]")?.querySelector(`[data-move=${way}]`);
    if (!button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") button.click();
    return;
  }
  const link = document.querySelector("a[data-collect]");
  // Where a key writes no Latin letter, its place counts, as on the judging page.
  const meant = event.key?.length === 1 && event.key > "\u024f" ? event.code : event.key;
  if (!/^(Key)?b$/i.test(meant) || event.shiftKey || !link || !keysAreOn(link)) return;
  event.preventDefault();
  offer(link);
});

document.addEventListener("input", (event) => {
  const select = document.getElementById(event.target.dataset?.filters);
  if (!select) return;
  const words = event.target.value.trim().toLowerCase();
  for (const option of select.options) option.hidden = !option.text.toLowerCase().includes(words);
});
