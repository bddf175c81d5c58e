// Asks before a button does something that cannot be taken back.
let asking = null;

function dialogFor(question, verb) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const text = document.createElement("p");
  text.id = "confirm-question";
  text.textContent = question;
  dialog.setAttribute("aria-labelledby", text.id);
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "actions";
  for (const [value, words, style] of [
    ["yes", verb, "button button-danger"],
    ["", "Cancel", "button"],
  ]) {
    const button = document.createElement("button");
    button.value = value;
    button.textContent = words;
    button.className = style;
    button.autofocus = !value;
    form.append(button);
  }
  dialog.append(text, form);
  return dialog;
}

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button) return;
    if (asking === button) {
      asking = null;
      return;
    }
    // What is missing or wrong is said first: nobody confirms what cannot be sent.
    if (button.form && !button.formNoValidate && !button.form.reportValidity()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const dialog = dialogFor(button.dataset.confirm, button.dataset.confirmVerb || button.textContent.trim());
    dialog.addEventListener("close", () => {
      dialog.remove();
      button.focus();
      if (dialog.returnValue !== "yes") return;
      asking = button;
      button.click();
      asking = null;
    });
    document.body.append(dialog);
    dialog.showModal();
  },
  true,
);
