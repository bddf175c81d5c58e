// Seconds spent on an output, idle time taken out: a pause longer than this is not counted.
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
  if (passed <= IDLE_SECONDS) spent += passed;
  lastActive = now;
  const field = form.elements.namedItem("seconds");
  if (field) field.value = spent.toFixed(1);
}

for (const name of ["keydown", "pointerdown", "pointermove", "scroll", "focusin"]) {
  document.addEventListener(name, tick, { capture: true, passive: true });
}
document.addEventListener("visibilitychange", () => {
  lastActive = performance.now();
});
tick();
