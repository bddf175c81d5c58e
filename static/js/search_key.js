// The key / goes to the search, wherever no text is being written.
const WRITING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";

function switchedOff(field) {
  if (field.form.matches("[data-no-single-keys]")) return true;
  try {
    return localStorage.getItem("single-keys") === "off";
  } catch {
    return false;
  }
}

// Somebody may have given the key to something else on the judging page.
const taken = () => Object.values(JSON.parse(document.getElementById("keys")?.dataset.keys || "{}")).includes("/");

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.defaultPrevented || event.repeat || event.isComposing) return;
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.target.closest?.(WRITING) || document.querySelector("dialog[open]")) return;
  const field = document.querySelector("[data-search]");
  if (!field || switchedOff(field) || taken()) return;
  event.preventDefault();
  field.focus();
  field.select();
});
