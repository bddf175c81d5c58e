// Keeps unsaved answers of the judging form: at once in this tab, soon after on the server, and
// sends what could not be saved as soon as the site can be reached again.
// These answers bring the page back with what was typed; any other error page would replace it.
const WITH_THE_FORM = [409, 422, 429];
const KEPT = "Your answers are kept in this tab";
const QUIET_MS = 1200;
const RETRY_MS = 4000;
const draftForm = () => document.querySelector("form[data-draft]");
const draftKey = (form) => `draft:${form.dataset.draft}`;
const written = (field) => field.matches("textarea, select, input[type=text], input[type=number], [data-kept]");
const clock = (iso, seconds) =>
  new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds && { second: "2-digit" }) });
let sent = "";
let unsent = "";
let saver = 0;
let retry = 0;
let pressed = "";

// `arrived` says that the server has these values too, so that what it writes later is newer.
function keep(form, arrived = false) {
  const values = [];
  for (const field of form.elements) {
    if (field.type === "radio" ? field.checked : written(field)) {
      values.push([field.name, field.value]);
    }
  }
  sessionStorage.setItem(draftKey(form), JSON.stringify({ values, arrived }));
}

// Only another output, or the page after the last one, tells that the form was saved.
function forgetSent(form) {
  const item = document.getElementById("item");
  if (sent && item && !item.querySelector("[data-typed]") && (!form || draftKey(form) !== sent)) {
    sessionStorage.removeItem(sent);
  }
  sent = "";
}

function restore() {
  const form = draftForm();
  forgetSent(form);
  if (!form || form.dataset.restored) return;
  form.dataset.restored = "yes";
  let restored = false;
  const { values, arrived } = JSON.parse(sessionStorage.getItem(draftKey(form)) || '{"values": []}');
  for (const [name, value] of values) {
    const field = form.elements.namedItem(name);
    if (!field || field.value === value || (arrived && field.value)) continue;
    field.value = value;
    restored = true;
  }
  if (restored) saveSoon(form);
  form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
}

function attempt(action) {
  try {
    action();
  } catch {
    // Without storage the page still works; only the draft is missing.
  }
}

function tell(words) {
  const place = document.getElementById("kept");
  if (!place) return;
  place.querySelector("[data-kept-words]").textContent = words;
  place.hidden = false;
}

// The same request renews the hold on the item.
async function saveDraft(form) {
  if (!form.dataset.draftUrl || !form.isConnected || form.hasAttribute("aria-busy")) return;
  try {
    const reply = await fetch(form.dataset.draftUrl, { method: "POST", body: new FormData(form) });
    if (!reply.ok) {
      const { problem } = await reply.json().catch(() => ({}));
      return tell(`No draft could be saved: your answers are kept in this tab. ${problem || ""}`);
    }
    const { saved_at: saved, held_until: held, lease } = await reply.json();
    if (!saved) return;
    if (form.elements.lease) form.elements.lease.value = lease;
    if (!saver && form.isConnected) attempt(() => keep(form, true));
    if (form.isConnected) {
      tell(`Draft saved ${clock(saved, true)}${held ? ` · held for you until ${clock(held)}` : ""}`);
    }
  } catch {
    tell("The site cannot be reached: your answers are kept in this tab");
  }
}

function saveSoon(form) {
  clearTimeout(saver);
  saver = setTimeout(() => {
    saver = 0;
    saveDraft(form);
  }, QUIET_MS);
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

function sendAgain() {
  clearTimeout(retry);
  const form = draftForm();
  if (!unsent || !form || draftKey(form) !== unsent || form.hasAttribute("aria-busy")) return;
  form.requestSubmit(document.getElementById(pressed) || document.getElementById("save"));
}

const replacesItem = (event) => event.detail?.ctx?.target?.id === "item";

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-draft]")) return;
  unsent = "";
  attempt(() => keep(form));
  saveSoon(form);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-draft]")) return;
  clearTimeout(saver);
  saver = 0;
  sent = draftKey(event.target);
  pressed = event.submitter?.id || "";
});
document.addEventListener("htmx:before:response", (event) => {
  const { status, headers } = event.detail.ctx.response;
  const form = draftForm();
  if (replacesItem(event)) unsent = "";
  // With a place of its own it comes from the page, not from a session that ended.
  // A form with words in it stays where something else was refused, such as a skip.
  const refusal = status === 403 && headers.has("HX-Retarget") &&
    (!form || event.detail.ctx.sourceElement === form);
  if (status < 400 || refusal || WITH_THE_FORM.includes(status) || !replacesItem(event)) return;
  event.preventDefault();
  showUnsent(reason(status), { reload: status < 500 && status !== 404 && status !== 410 });
});
document.addEventListener("htmx:after:swap", () => attempt(restore));
document.addEventListener("htmx:error", (event) => {
  // A fault after the answer came says nothing about what was saved.
  if (!replacesItem(event) || event.detail.ctx.text !== undefined) return;
  const form = draftForm();
  const first = !unsent;
  if (form && event.detail.ctx.sourceElement === form) {
    unsent = draftKey(form);
    clearTimeout(retry);
    retry = setTimeout(sendAgain, RETRY_MS);
  }
  if (first) {
    showUnsent(`Not saved: the site could not be reached. ${KEPT} and are sent by themselves as soon as it can.`);
  }
});
addEventListener("online", sendAgain);
// What was typed last goes out even when the page is left within the pause, and the item that is
// held ahead goes back. The open one stays held: a reload shows it again.
addEventListener("pagehide", () => {
  const form = draftForm();
  if (!form) return;
  const { draftUrl, ahead, giveBackUrl } = form.dataset;
  if (saver && draftUrl) navigator.sendBeacon(draftUrl, new FormData(form));
  if (!ahead) return;
  const token = form.elements.csrfmiddlewaretoken.value;
  navigator.sendBeacon(giveBackUrl, new URLSearchParams({ csrfmiddlewaretoken: token, lease: ahead }));
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-reload]")) location.reload();
});
attempt(restore);
