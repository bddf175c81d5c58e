// Keeps unsaved answers and text of the judging form in this tab, so that nothing typed is lost.
const SENT = "draft-sent";
const draftForm = () => document.querySelector("form[data-draft]");
const draftKey = (form) => `draft:${form.dataset.draft}`;
const written = (field) => field.matches("textarea, input[type=text]") && field.value;

function keep(form) {
  const values = [];
  for (const field of form.elements) {
    if (field.type === "radio" ? field.checked : written(field)) {
      values.push([field.name, field.value]);
    }
  }
  sessionStorage.setItem(draftKey(form), JSON.stringify(values));
}

// A form that was sent and has not come back was saved: only then its draft may go.
function forgetSent(form) {
  const sent = sessionStorage.getItem(SENT);
  if (sent && (!form || draftKey(form) !== sent)) sessionStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

function restore() {
  const form = draftForm();
  forgetSent(form);
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
  const form = event.target;
  if (form.matches("[data-draft]")) attempt(() => sessionStorage.setItem(SENT, draftKey(form)));
});
document.addEventListener("htmx:after:swap", () => attempt(restore));
document.addEventListener("htmx:error", (event) => {
  if (!event.detail?.ctx?.sourceElement?.closest?.("form[data-draft]")) return;
  const problem = document.getElementById("unsent");
  const words = "Not saved: the site could not be reached. Your answers are kept in this tab; save again in a moment.";
  if (problem) {
    problem.textContent = words;
    problem.hidden = false;
  }
  document.dispatchEvent(new CustomEvent("announce", { detail: words }));
});
attempt(restore);
