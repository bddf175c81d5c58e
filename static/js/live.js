// Reads results out in the one live region, and moves the focus where new content asks for it.
// Otherwise htmx itself returns the focus to the control with the same id.
let pending = "";
let lastOfSwap = "";

function announce(text) {
  const live = document.getElementById("live");
  if (!live || !text) return;
  // The same words twice would be silent: an empty region first makes them new.
  live.textContent = "";
  pending = text;
  setTimeout(() => {
    if (pending === text) live.textContent = text;
  }, 60);
}

function within(roots, selector) {
  return roots.flatMap((root) =>
    root.nodeType === Node.ELEMENT_NODE
      ? [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)]
      : [],
  );
}

function settle(roots) {
  const wanted = within(roots, "[data-focus]")[0];
  if (wanted) {
    if (wanted.tabIndex < 0 && !wanted.hasAttribute("tabindex")) wanted.tabIndex = -1;
    wanted.focus();
  }
  const words = within(roots, "[data-announce]")
    .map((element) => (element.dataset.announce || element.textContent).trim())
    .join(" ");
  // A region that polls says something only when it has something new to say.
  if (words !== lastOfSwap) announce(words);
  if (words) lastOfSwap = words;
}

document.addEventListener("announce", (event) => announce(event.detail));
// Whoever sends a form is answered, in the same words again if need be.
document.addEventListener("submit", () => { lastOfSwap = ""; }, true);
document.addEventListener("htmx:before:settle", (event) => settle([...event.detail.newContent]));
settle([document.body]);
