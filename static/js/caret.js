// A caret in the text to be judged, for selecting without a mouse. The browser's own selection
// moves, so that lines, words and both writing directions are what they are everywhere.
const WORDS_AFTER_MS = 250;
const MOVES = {
  ArrowLeft: ["left", "character"],
  ArrowRight: ["right", "character"],
  ArrowUp: ["backward", "line"],
  ArrowDown: ["forward", "line"],
  Home: ["backward", "lineboundary"],
  End: ["forward", "lineboundary"],
};
const NAMES = { " ": "space", "\n": "new line", "\r\n": "new line", "\t": "tab" };
const root = document.documentElement;
const say = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));
const pieces = () => [...document.querySelectorAll("[data-part]")];
const article = () => pieces()[0]?.closest("article");
const pieceOf = (node) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-part]");
let line;
let before;
let timer;

function ends(piece, end) {
  const node = end ? piece.lastChild : piece.firstChild;
  return node ? [node, end ? node.length : 0] : [piece, 0];
}

function put([node, offset], extend) {
  const selection = getSelection();
  if (extend) selection.extend(node, offset);
  else selection.collapse(node, offset);
}

function unitIn(piece) {
  const { focusNode, focusOffset } = getSelection();
  const range = new Range();
  range.setStart(piece, 0);
  range.setEnd(focusNode, focusOffset);
  return range.toString().length;
}

function box() {
  const { focusNode, focusOffset } = getSelection();
  const range = new Range();
  range.setStart(focusNode, focusOffset);
  const found = range.getClientRects()[0];
  if (found?.height) return found;
  // After a line feed, for one, an empty range has no box: the letter beside it has.
  if (focusNode.nodeType === Node.TEXT_NODE && focusOffset < focusNode.length) {
    range.setEnd(focusNode, focusOffset + 1);
    const beside = [...range.getClientRects()].at(-1);
    if (beside?.height) return beside;
  }
  return pieceOf(focusNode).getBoundingClientRect();
}

function draw() {
  if (!root.dataset.caret || !pieceOf(getSelection().focusNode)) return;
  const { left, top, bottom, height } = box();
  const size = Math.min(height, 40);
  line.style.left = `${left + scrollX}px`;
  line.style.top = `${top + scrollY}px`;
  line.style.height = `${size}px`;
  if (top < 16) scrollBy(0, top - innerHeight / 3);
  else if (bottom > innerHeight - 16) scrollBy(0, top - (innerHeight * 2) / 3);
}

function speak(unit) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const selection = getSelection();
    const piece = root.dataset.caret && pieceOf(selection.focusNode);
    if (!piece || !Intl.Segmenter) return;
    if (!selection.isCollapsed) return say(`${selection.toString().replace(/\s+/g, " ").slice(-120)}, selected`);
    const text = piece.textContent;
    const at = unitIn(piece);
    if (at >= text.length) return say("end of the text");
    const granularity = unit === "character" ? "grapheme" : "word";
    const { segment } = new Intl.Segmenter(undefined, { granularity }).segment(text).containing(at);
    say(NAMES[segment] || segment);
  }, WORDS_AFTER_MS);
}

// Where a move ends outside the text, the next piece in that direction is what was meant.
function keepInside(from, extend, old) {
  const { focusNode } = getSelection();
  if (pieceOf(focusNode)) return;
  const all = pieces();
  const forward = from.compareDocumentPosition(focusNode) & Node.DOCUMENT_POSITION_FOLLOWING;
  const next = all[all.indexOf(from) + (forward ? 1 : -1)];
  put(next ? ends(next, !forward) : old, extend);
}

function move(key, { shiftKey: extend, ctrlKey, altKey }) {
  const selection = getSelection();
  let from = pieceOf(selection.focusNode);
  if (!from) {
    put(ends(pieces()[0], false));
    from = pieces()[0];
  }
  const old = [selection.focusNode, selection.focusOffset];
  const far = ctrlKey || altKey;
  const [direction, unit] = MOVES[key];
  if (far && unit === "lineboundary") put(ends(pieces().at(key === "Home" ? 0 : -1), key === "End"), extend);
  else selection.modify(extend ? "extend" : "move", direction, far && unit === "character" ? "word" : unit);
  keepInside(from, extend, old);
  draw();
  speak(far ? "word" : unit);
}

function leave({ quiet = false } = {}) {
  if (!root.dataset.caret) return;
  delete root.dataset.caret;
  clearTimeout(timer);
  line.remove();
  document.getElementById("mark-caret")?.setAttribute("aria-pressed", "false");
  const text = article();
  for (const name of ["role", "aria-label", "tabindex"]) text?.removeAttribute(name);
  if (quiet) return;
  say("Caret left.");
  const back = before?.isConnected && before !== document.body ? before : document.querySelector("fieldset.current input");
  if (!document.activeElement || document.activeElement === document.body) back?.focus({ preventScroll: true });
}

function firstInView() {
  return pieces().find((piece) => piece.getBoundingClientRect().bottom > 0) || pieces()[0];
}

function enter() {
  const text = article();
  if (!text) return;
  root.dataset.caret = "on";
  before = document.activeElement;
  line = Object.assign(document.createElement("div"), { className: "caret" });
  line.setAttribute("aria-hidden", "true");
  document.body.append(line);
  document.getElementById("mark-caret")?.setAttribute("aria-pressed", "true");
  // Screen readers hand the arrow keys over to an application that has the focus.
  text.setAttribute("role", "application");
  text.setAttribute("aria-label", "Caret in the text");
  text.tabIndex = -1;
  const selection = getSelection();
  const kept = pieceOf(selection.focusNode) && [selection.anchorNode, selection.anchorOffset, selection.focusNode, selection.focusOffset];
  text.focus({ preventScroll: true });
  if (kept) selection.setBaseAndExtent(...kept);
  else put(ends(firstInView(), false));
  draw();
  say("Caret in the text: arrows move, Shift and arrows select, Enter marks, Escape leaves.");
}

document.addEventListener("judging:caret", (event) => {
  if (!article() || !document.getElementById("mark-tools")) return;
  event.preventDefault();
  if (root.dataset.caret) leave();
  else enter();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#mark-caret")) return;
  if (root.dataset.caret) leave();
  else enter();
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!root.dataset.caret || event.isComposing || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.key in MOVES) move(event.key, event);
    else if (event.key === "Escape") leave();
    else if (event.key === "Enter") {
      // What the mark says is not to be followed by the letter that the caret stands at.
      clearTimeout(timer);
      document.dispatchEvent(new CustomEvent("judging:mark", { cancelable: true }));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
// Whoever goes on to another control has left the text.
document.addEventListener("focusin", (event) => {
  if (root.dataset.caret && event.target !== article() && event.target.id !== "mark-caret") leave();
});
document.addEventListener("selectionchange", draw);
addEventListener("resize", draw);
// Somebody may have entered the new text already, before the swap is told.
document.addEventListener("htmx:after:swap", () => {
  if (article()?.getAttribute("role") !== "application") leave({ quiet: true });
});
