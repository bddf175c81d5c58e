// Seconds spent on an output since it appeared, idle time taken out: of a pause, at most this counts.
const IDLE_SECONDS = 30;
let timed = null;
let spent = 0;
let lastActive = 0;

function tick() {
  const form = document.querySelector("form[data-judging]");
  if (form !== timed) {
    timed = form;
    spent = 0;
    lastActive = performance.now();
    return;
  }
  if (!form || document.hidden) return;
  const now = performance.now();
  const passed = (now - lastActive) / 1000;
  spent += Math.min(passed, IDLE_SECONDS);
  lastActive = now;
  const field = form.elements.namedItem("seconds");
  if (field) field.value = spent.toFixed(2);
}

for (const name of ["keydown", "pointerdown", "pointermove", "scroll", "focusin"]) {
  document.addEventListener(name, tick, { capture: true, passive: true });
}
// The clock of the next output starts when it appears, not at the first key pressed on it.
document.addEventListener("htmx:after:swap", tick);
document.addEventListener("visibilitychange", () => {
  lastActive = performance.now();
});
tick();
