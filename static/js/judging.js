// The keyboard of the judging page. Everything it does can be done with buttons and Tab alone.
const TYPED = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";
const KEY_SWITCH = "single-keys";

const criteria = () => [...document.querySelectorAll("form[data-judging] fieldset[data-criterion]")];
const answered = (criterion) => Boolean(criterion.querySelector("input:checked"));

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
  const all = criteria();
  const holder = document.activeElement?.closest?.("fieldset[data-criterion]");
  return (
    (all.includes(holder) && holder) ||
    all.find((criterion) => criterion.classList.contains("current")) ||
    all.find((criterion) => !answered(criterion)) ||
    all[0]
  );
}

function mark(criterion) {
  for (const each of criteria()) each.classList.toggle("current", each === criterion);
}

function go(criterion) {
  if (!criterion) return;
  mark(criterion);
  const radio = criterion.querySelector("input:checked") || criterion.querySelector("input[type=radio]");
  radio?.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "nearest" });
}

function step(distance) {
  const all = criteria();
  go(all[Math.min(Math.max(all.indexOf(current()) + distance, 0), all.length - 1)]);
}

function nextOpen(criterion) {
  const all = criteria();
  const from = all.indexOf(criterion) + 1;
  const ordered = [...all.slice(from), ...all.slice(0, from)];
  return ordered.find((each) => !answered(each));
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
  if (!next) announceDone();
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
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(
    (element) => !element.disabled && element.getClientRects().length,
  );
  if (!target) return false;
  if (target.matches(TYPED)) target.focus();
  else if (key === "enter" && target.form) target.form.requestSubmit(target);
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

document.addEventListener("keydown", (event) => {
  const altGraph = event.getModifierState("AltGraph");
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  if (event.metaKey || (!altGraph && (event.ctrlKey || event.altKey))) return;
  if (event.target.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
  // Some keyboards need Shift for digits and signs; a letter with Shift is another key.
  if (event.shiftKey && (event.key.length > 1 || event.key.toLowerCase() !== event.key.toUpperCase())) return;
  const key = event.key.toLowerCase();
  const meant = key === "enter" ? [key] : usual(key);
  if (meant.some((each) => act(each, event.target))) event.preventDefault();
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
  const all = criteria();
  if (!all.some((criterion) => criterion.classList.contains("current"))) {
    mark(all.find((criterion) => !answered(criterion)) || all[0]);
  }
}

document.addEventListener("restored", begin);
document.addEventListener("htmx:after:swap", begin);
begin();
