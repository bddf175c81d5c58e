// Labels of steps. judging.js decides which key was pressed; this is what it does to a step.
const CORRECT = { right: "1", neither: "0", wrong: "-1" };
const steps = () => [...document.querySelectorAll("fieldset[data-step]")];
const radios = (name) => [...document.getElementsByName(name)];

function mark(step) {
  for (const each of steps()) each.classList.toggle("current", each === step);
}

function current() {
  const all = steps();
  return all.find((step) => step.classList.contains("current")) || all[0];
}

function go(distance) {
  const all = steps();
  const step = all[Math.min(Math.max(all.indexOf(current()) + distance, 0), all.length - 1)];
  if (!step) return;
  mark(step);
  (step.querySelector("input:checked") || step.querySelector("input"))?.focus({ preventScroll: true });
  step.scrollIntoView({ block: "nearest" });
}

function changed(field) {
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}

// The same label again takes it back.
function pick(name, value) {
  const wanted = radios(name).find((radio) => radio.value === value);
  if (!wanted) return false;
  const empty = wanted.checked && radios(name).find((radio) => !radio.value);
  if (empty) empty.checked = true;
  else wanted.checked = !wanted.checked;
  changed(wanted);
  return wanted.checked;
}

function role(step, value) {
  const select = document.getElementById(`role-${step.dataset.step}`);
  if (!select || ![...select.options].some((option) => option.value === value)) return;
  select.value = select.value === value ? "" : value;
  changed(select);
}

function labels(step) {
  const marked = ["option:checked", "input:checked"].flatMap((selector) => [...step.querySelectorAll(selector)]);
  return marked.filter((field) => field.value).map((field) => field.dataset.word || field.value).join(", ");
}

const say = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

function act(step, action) {
  const { step: index } = step.dataset;
  const before = labels(step);
  if (action === "first-error") {
    // An error is wrong: where correctness is labelled too, one key says both.
    if (pick("first-error", index) && !document.getElementById(`correct-${index}-wrong`)?.checked) {
      pick(`correct-${index}`, "-1");
    }
  } else if (action in CORRECT) pick(`correct-${index}`, CORRECT[action]);
  else role(step, action);
  const after = labels(step);
  if (after !== before) say(`Step ${Number(index) + 1}: ${after || "not marked"}`);
}

document.addEventListener("judging:step", (event) => {
  const step = current();
  if (!step) return;
  // Tells judging.js that the key was used.
  event.preventDefault();
  const { action } = event.detail;
  if (action === "next" || action === "previous") go(action === "next" ? 1 : -1);
  else if (action === "no-error") say(pick("first-error", "none") ? "No error" : "No error: not marked");
  else act(step, action);
});

document.addEventListener("focusin", (event) => {
  const step = event.target.closest?.("fieldset[data-step]");
  if (step) mark(step);
});

const begin = () => mark(current());
document.addEventListener("htmx:after:swap", begin);
begin();
