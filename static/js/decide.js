// Decisions of moderators: the digits press the buttons that carry them.
const WRITING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";

function switchedOff(form) {
  if (form.matches("[data-no-single-keys]")) return true;
  try {
    return localStorage.getItem("single-keys") === "off";
  } catch {
    return false;
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.isComposing || !/^[1-5]$/.test(event.key)) return;
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.target.closest?.(WRITING) || document.querySelector("dialog[open]")) return;
  const button = document.querySelector(`button[data-digit="${event.key}"]`);
  if (!button || switchedOff(button.form)) return;
  event.preventDefault();
  button.focus();
  button.click();
});
