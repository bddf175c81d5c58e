// Text marked as evidence, kept in the form's hidden field as places of the stored text: a part,
// first and last code point, and the criterion.
const MOST = 200;
const WHERE = "Select some text in the working or in the answer first.";
const segmenter = Intl.Segmenter && new Intl.Segmenter(undefined, { granularity: "grapheme" });
const field = () => document.querySelector("form[data-judging] [name=marks]");
const tools = () => document.getElementById("mark-tools");
const fieldsets = () => [...document.querySelectorAll("form[data-judging] fieldset[data-criterion]")];
const say = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));
// The browser counts in UTF-16 units, the stored places in code points.
const points = (text, units) => [...text.slice(0, units)].length;
const units = (text, count) => [...text].slice(0, Math.max(count, 0)).join("").length;
const letters = (text) => (segmenter ? [...segmenter.segment(text)].map((each) => each.segment) : [...text]);
const same = (one, other) => ["part", "start", "end", "criterion"].every((key) => one[key] === other[key]);
let pressed = [];

const current = () => fieldsets().find((each) => each.classList.contains("current")) || fieldsets()[0];
// A form with one question that is no criterion has marks without a criterion.
const keyOf = (fieldset) => (!fieldset || tools()?.hasAttribute("data-plain") ? "" : fieldset.dataset.criterion);
const fieldsetOf = (mark) => fieldsets().find((each) => keyOf(each) === mark.criterion) || fieldsets()[0];
const question = (fieldset) => fieldset?.querySelector("legend")?.textContent.trim() || "";

function read() {
  try {
    return JSON.parse(field()?.value || "[]");
  } catch {
    return [];
  }
}

function write(marks) {
  // Not "": an emptied list is to be kept too.
  field().value = JSON.stringify(marks);
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

// Never inside an emoji, between a letter and its accent, or between CR and LF.
function snapped(text, unit, up) {
  if (unit <= 0 || unit >= text.length) return unit;
  if (!segmenter) return unit + (/[\udc00-\udfff]/.test(text[unit]) ? (up ? 1 : -1) : 0);
  const { index, segment } = segmenter.segment(text).containing(unit);
  return up && index < unit ? index + segment.length : index;
}

function unitsBefore(piece, node, offset) {
  const range = new Range();
  range.setStart(piece, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

// One place a part: steps are slices of the same text, so what lies between them belongs to it.
function selected() {
  const selection = getSelection();
  const places = [];
  if (!selection.rangeCount || selection.isCollapsed) return places;
  const range = selection.getRangeAt(0);
  for (const piece of document.querySelectorAll("[data-part]")) {
    if (!range.intersectsNode(piece)) continue;
    const text = piece.textContent;
    const { startContainer: first, endContainer: last } = range;
    const from = piece.contains(first) ? snapped(text, unitsBefore(piece, first, range.startOffset), false) : 0;
    const to = piece.contains(last) ? snapped(text, unitsBefore(piece, last, range.endOffset), true) : text.length;
    if (from >= to) continue;
    const { part, start } = piece.dataset;
    const end = Number(start) + points(text, to);
    if (places.at(-1)?.part === part) places.at(-1).end = end;
    else places.push({ part, start: Number(start) + points(text, from), end });
  }
  return places;
}

function span(piece, from, to) {
  const walker = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT);
  const range = new Range();
  for (let past = 0, node = walker.nextNode(); node; past += node.length, node = walker.nextNode()) {
    if (from >= past && from < past + node.length) range.setStart(node, from - past);
    if (to > past && to <= past + node.length) range.setEnd(node, to - past);
  }
  return range;
}

function ranges({ part, start, end }) {
  const found = [];
  for (const piece of document.querySelectorAll(`[data-part="${CSS.escape(part)}"]`)) {
    const text = piece.textContent;
    const first = Number(piece.dataset.start);
    if (first >= end || first + text.length <= start) continue;
    const from = units(text, start - first);
    const to = units(text, end - first);
    if (from < to) found.push(span(piece, from, to));
  }
  return found;
}

function shortened(mark) {
  const text = letters(ranges(mark).join(" ").replace(/\s+/g, " ").trim());
  if (!text.length) return "text that is not shown here";
  return text.length > 64 ? `${text.slice(0, 44).join("")} … ${text.slice(-16).join("")}` : text.join("");
}

function draw() {
  const label = tools()?.querySelector("[data-mark-for]");
  if (label) label.textContent = `Evidence for: ${question(current())}`;
  if (!CSS.highlights) return;
  const marks = read();
  const here = keyOf(current());
  const among = (wanted) => marks.filter((mark) => (mark.criterion === here) === wanted).flatMap(ranges);
  CSS.highlights.set("evidence", new Highlight(...among(false)));
  CSS.highlights.set("evidence-current", new Highlight(...among(true)));
}

function item(mark, index) {
  const quote = shortened(mark);
  const line = document.createElement("li");
  const words = line.appendChild(document.createElement("q"));
  words.dir = "auto";
  words.textContent = quote;
  const remove = line.appendChild(document.createElement("button"));
  Object.assign(remove, { type: "button", className: "button button-quiet", id: `mark-remove-${index}`, textContent: "Remove" });
  remove.dataset.mark = index;
  remove.setAttribute("aria-label", `Remove “${quote}”`);
  return line;
}

function render() {
  const { activeElement: active } = document;
  const held = active?.dataset?.mark && active.id;
  for (const list of document.querySelectorAll("ul.mark-list")) list.remove();
  read().forEach((mark, index) => {
    const holder = fieldsetOf(mark);
    let list = holder?.querySelector("ul.mark-list");
    if (holder && !list) {
      list = holder.appendChild(document.createElement("ul"));
      list.className = "mark-list";
      list.setAttribute("aria-label", "Marked as evidence");
    }
    list?.append(item(mark, index));
  });
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
  draw();
}

function add(places) {
  const fieldset = current();
  if (!places.length) return say(WHERE);
  const marks = read();
  const fresh = places
    .map((place) => ({ ...place, criterion: keyOf(fieldset) }))
    .filter((mark) => !marks.some((each) => same(each, mark)));
  if (!fresh.length) return say("This text is marked already.");
  if (marks.length + fresh.length > MOST) return say(`At most ${MOST} places can be marked.`);
  write([...marks, ...fresh]);
  if (getSelection().rangeCount) getSelection().collapseToEnd();
  say(`Marked as evidence for “${question(fieldset)}”: “${fresh.map(shortened).join("” and “")}”`);
}

function remove(index) {
  const marks = read();
  const [mark] = marks.splice(index, 1);
  if (!mark) return;
  const quote = shortened(mark);
  const fieldset = fieldsetOf(mark);
  const buttons = () => [...fieldset.querySelectorAll("[data-mark]")];
  const place = buttons().findIndex((button) => Number(button.dataset.mark) === index);
  write(marks);
  const next = buttons()[place] || buttons().at(-1) || fieldset.querySelector("input:checked, input");
  next?.focus();
  say(`Removed “${quote}”`);
}

document.addEventListener("judging:mark", (event) => {
  if (!field()) return;
  event.preventDefault();
  add(selected());
});
document.addEventListener("selectionchange", () => {
  const button = document.getElementById("mark-text");
  if (!button) return;
  const ready = selected().length > 0;
  button.setAttribute("aria-disabled", String(!ready));
  tools().classList.toggle("ready", ready);
});
// A tap takes the selection away before it becomes a click.
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest?.("#mark-text")) pressed = selected();
});
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.("#mark-text")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#mark-text, [data-mark]");
  if (button?.dataset.mark) remove(Number(button.dataset.mark));
  else if (button && field()) {
    const places = selected();
    add(places.length ? places : pressed);
    pressed = [];
  }
});
document.addEventListener("focusin", draw);
document.addEventListener("input", (event) => {
  if (event.target === field()) render();
});
document.addEventListener("restored", render);
document.addEventListener("htmx:after:swap", render);
render();
