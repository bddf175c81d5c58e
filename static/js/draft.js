// Keeps unsaved answers and text of the judging form in this tab, so that nothing typed is lost.
// These answers bring the page back with what was typed; any other error page would replace it.
const WITH_THE_FORM = [409, 422, 429];
const KEPT = "Your answers are kept in this tab";
const draftForm = () => document.querySelector("form[data-draft]");
const draftKey = (form) => `draft:${form.dataset.draft}`;
const written = (field) => field.matches("textarea, input[type=text]") && field.value;
let sent = "";

function keep(form) {
  const values = [];
  for (const field of form.elements) {
    if (field.type === "radio" ? field.checked : written(field)) {
      values.push([field.name, field.value]);
    }
  }
  sessionStorage.setItem(draftKey(form), JSON.stringify(values));
}

// Only another output, or the page after the last one, tells that the form was saved.
function forgetSent(form) {
  if (sent && document.getElementById("item") && (!form || draftKey(form) !== sent)) {
    sessionStorage.removeItem(sent);
  }
  sent = "";
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

function reason(status) {
  if (status === 403) {
    return `Your session changed, perhaps because you signed in elsewhere. ${KEPT}: reload the page, then save.`;
  }
  if (status === 404 || status === 410) return `Not saved: this output can no longer be judged. ${KEPT}.`;
  if (status >= 500) return `Not saved: the site had a fault. ${KEPT}; save again in a moment.`;
  return `Not saved: the site refused what was sent (${status}). ${KEPT}: reload the page, then save.`;
}

function showUnsent(words, { reload = false } = {}) {
  sent = "";
  const problem = document.getElementById("unsent");
  if (problem) {
    problem.querySelector("[data-words]").textContent = words;
    problem.querySelector("[data-reload]").hidden = !reload;
    problem.hidden = false;
  }
  document.dispatchEvent(new CustomEvent("announce", { detail: words }));
}

const replacesItem = (event) => event.detail?.ctx?.target?.id === "item";

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-draft]")) attempt(() => keep(form));
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-draft]")) sent = draftKey(event.target);
});
document.addEventListener("htmx:before:response", (event) => {
  const { status } = event.detail.ctx.response;
  if (status < 400 || WITH_THE_FORM.includes(status) || !replacesItem(event)) return;
  event.preventDefault();
  showUnsent(reason(status), { reload: status < 500 && status !== 404 && status !== 410 });
});
document.addEventListener("htmx:after:swap", () => attempt(restore));
document.addEventListener("htmx:error", (event) => {
  // A fault after the answer came says nothing about what was saved.
  if (!replacesItem(event) || event.detail.ctx.text !== undefined) return;
  showUnsent(`Not saved: the site could not be reached. ${KEPT}; save again in a moment.`);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-reload]")) location.reload();
});
attempt(restore);
