// The keyboard of the judging page. Everything it does can be done with buttons and Tab alone.
const TYPED = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";
const KEY_SWITCH = "single-keys";

const criteria = () => [...document.querySelectorAll("form[data-judging] fieldset[data-criterion]")];
// "Leave it open" has no value, and is no answer.
const answered = (criterion) => Boolean(criterion.querySelector("input:checked:not([value=''])"));
const asked = () => criteria().filter((criterion) => !criterion.matches("[data-optional]"));
// What may be left open is on the page once all else is answered.
const shown = () => criteria().filter((criterion) => criterion.getClientRects().length);

function stored() {
  try {
    return localStorage.getItem(KEY_SWITCH);
  } catch {
    return null;
  }
}

let keysOn = stored() !== "off";

// Usual key to the key chosen in the preferences, for those that were changed.
const changed = JSON.parse(document.getElementById("keys")?.dataset.keys || "{}");
const STEP_KEYS = {
  "]": "next", "[": "previous", "+": "right", 0: "neither", "-": "wrong",
  o: "observation", i: "inference", l: "conclusion", p: "plan", x: "check",
  r: "restatement", f: "filler", e: "first-error", n: "no-error",
};

// Keys of pairs and of steps may be the same: they are never on one page.
function usual(key) {
  const chosen = Object.keys(changed).filter((each) => changed[each] === key);
  return key in changed ? chosen : [...chosen, key];
}

// Other modules answer by cancelling the event.
const handled = (name, detail) =>
  !document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));

function printKeys() {
  for (const hint of document.querySelectorAll("kbd:not([data-usual])")) {
    hint.dataset.usual = hint.textContent.toLowerCase();
    const key = changed[hint.dataset.usual];
    if (key) hint.textContent = key.toUpperCase();
  }
}

function current() {
  const all = shown();
  const holder = document.activeElement?.closest?.("fieldset[data-criterion]");
  return (
    (all.includes(holder) && holder) ||
    all.find((criterion) => criterion.classList.contains("current")) ||
    all.find((criterion) => !answered(criterion)) ||
    all[0]
  );
}

function mark(criterion) {
  const all = asked();
  for (const each of criteria()) each.classList.toggle("current", each === criterion);
  const place = document.querySelector("[data-at]");
  if (place && all.includes(criterion)) place.textContent = `${all.indexOf(criterion) + 1} of ${all.length}`;
}

// What was not answered is marked, and the first of it gets the focus: the server would say the same.
function showOpen() {
  const open = asked().filter((each) => !answered(each));
  if (!open.length) return false;
  for (const each of open) each.setAttribute("aria-invalid", "true");
  const words = document.getElementById("still-open");
  if (words) words.hidden = false;
  go(open[0]);
  document.dispatchEvent(new CustomEvent("announce", { detail: words?.textContent }));
  return true;
}

function count() {
  const all = asked();
  for (const each of all) if (answered(each)) each.removeAttribute("aria-invalid");
  const words = document.getElementById("still-open");
  if (words && !all.some((each) => each.matches("[aria-invalid]"))) words.hidden = true;
  document.getElementById("questions")?.classList.toggle("is-answered", all.every(answered));
  const bar = document.querySelector("[data-answered]");
  if (bar) bar.value = all.filter(answered).length;
}

function go(criterion) {
  if (!criterion) return;
  mark(criterion);
  const radio =
    criterion.querySelector("input:checked:not([value=''])") || criterion.querySelector("input[type=radio]");
  radio?.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "nearest" });
}

function step(distance) {
  const all = shown();
  go(all[Math.min(Math.max(all.indexOf(current()) + distance, 0), all.length - 1)]);
}

function nextOpen(criterion) {
  const all = shown();
  const from = all.indexOf(criterion) + 1;
  const ordered = [...all.slice(from), ...all.slice(0, from)];
  const open = ordered.filter((each) => !answered(each));
  return open.find((each) => !each.matches("[data-optional]")) || open[0];
}

function choose(number) {
  const criterion = current();
  const radio = criterion?.querySelectorAll("input[type=radio]")[number - 1];
  if (!radio || radio.disabled) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event("input", { bubbles: true }));
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const next = nextOpen(criterion);
  go(next || criterion);
  if (!next || next.matches("[data-optional]")) announceDone();
  return true;
}

function announceDone() {
  const detail = "All criteria are answered. Press Enter to save.";
  document.dispatchEvent(new CustomEvent("announce", { detail }));
}

function toggleGuidance() {
  const guidance = current()?.querySelector("details");
  if (!guidance) return false;
  guidance.open = !guidance.open;
  guidance.scrollIntoView({ block: "nearest" });
  return true;
}

function press(key) {
  // What was saved last can be undone after its line went out of sight.
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(
    (element) => !element.disabled && (element.getClientRects().length || element.closest(".is-past")),
  );
  if (!target) return false;
  if (target.matches(TYPED)) target.focus();
  else if (key === "enter" && target.form) showOpen() || target.form.requestSubmit(target);
  else target.click();
  return true;
}

function openKeys() {
  const dialog = document.getElementById("keys");
  dialog?.showModal();
  return Boolean(dialog);
}

function act(key, target) {
  if (key === "enter") {
    // Links, buttons and summaries keep their own Enter.
    // A script put the focus on what has a tabindex of -1: a title, or what went wrong.
    const here = target === document.body || target === document.documentElement;
    return (here || target.matches("input[type=radio], [tabindex='-1']")) && press("enter");
  }
  if (!keysOn || !key) return false;
  if (key === "?") return openKeys();
  if (/^[1-4]$/.test(key) && criteria().length) return choose(Number(key));
  if (key === "j" || key === "k") {
    step(key === "j" ? 1 : -1);
    return true;
  }
  if (key === "g") return toggleGuidance();
  if (key === "h" || key === "v") return handled(key === "h" ? "judging:mark" : "judging:caret");
  if (press(key)) return true;
  return key in STEP_KEYS && handled("judging:step", { action: STEP_KEYS[key] });
}

// Where a key writes no Latin letter, such as on a Greek or Russian keyboard, its place counts.
function named({ key, code }) {
  const foreign = key.length === 1 && /[^\u0000-\u024f]/.test(key);
  const [, letter] = (foreign && /^(?:Key|Digit)(.)$/.exec(code)) || [];
  return (letter || key).toLowerCase();
}

document.addEventListener("keydown", (event) => {
  const altGraph = event.getModifierState("AltGraph");
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  if (event.metaKey || (!altGraph && (event.ctrlKey || event.altKey))) return;
  if (event.target.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
  // Some keyboards need Shift for digits and signs; a letter with Shift is another key.
  if (event.shiftKey && (event.key.length > 1 || event.key.toLowerCase() !== event.key.toUpperCase())) return;
  const key = named(event);
  const meant = key === "enter" ? [key] : usual(key);
  if (meant.some((each) => act(each, event.target))) event.preventDefault();
});

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest?.("#save") || !showOpen()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("input", (event) => {
  if (!event.target.form?.matches("[data-judging]")) return;
  count();
  document.querySelector(".saved-strip")?.classList.add("is-past");
});

document.addEventListener("focusin", (event) => {
  const criterion = event.target.closest?.("fieldset[data-criterion]");
  if (criterion) mark(criterion);
});

function showSwitch() {
  for (const box of document.querySelectorAll("[data-single-keys]")) box.checked = keysOn;
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-single-keys]")) return;
  keysOn = event.target.checked;
  try {
    localStorage.setItem(KEY_SWITCH, keysOn ? "on" : "off");
  } catch {
    // The choice then lasts until the page is left.
  }
});

function begin() {
  // Preferences of the account come before what this browser remembers.
  if (document.querySelector("form[data-no-single-keys]")) keysOn = false;
  showSwitch();
  printKeys();
  count();
  const all = shown();
  mark(
    all.find((criterion) => criterion.classList.contains("current")) ||
      asked().find((criterion) => !answered(criterion)) ||
      all[0],
  );
}

document.addEventListener("restored", begin);
document.addEventListener("htmx:after:swap", begin);
begin();
