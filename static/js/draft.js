// Keeps unsaved answers and text of the judging form in this tab, so that nothing typed is lost.
const draftForm = () => document.querySelector("form[data-draft]");
const draftKey = (form) => `draft:${form.dataset.draft}`;

function keep(form) {
  const values = [];
  for (const field of form.elements) {
    if (field.type === "radio" ? field.checked : field.type === "textarea" && field.value) {
      values.push([field.name, field.value]);
    }
  }
  sessionStorage.setItem(draftKey(form), JSON.stringify(values));
}

function restore() {
  const form = draftForm();
  if (!form || form.dataset.restored) return;
  form.dataset.restored = "yes";
  for (const [name, value] of JSON.parse(sessionStorage.getItem(draftKey(form)) || "[]")) {
    const field = form.elements.namedItem(name);
    // What the server wrote into the form is newer than the draft.
    if (field && !field.value) field.value = value;
  }
  form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
}

function attempt(action) {
  try {
    action();
  } catch {
    // Without storage the page still works; only the draft is missing.
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-draft]")) attempt(() => keep(form));
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-draft]")) attempt(() => sessionStorage.removeItem(draftKey(event.target)));
});
document.addEventListener("htmx:after:swap", () => attempt(restore));
attempt(restore);
