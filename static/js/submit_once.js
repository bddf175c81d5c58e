// A form goes out once, however often the button is pressed.
const busy = new WeakSet();

function release(form) {
  busy.delete(form);
  form.removeAttribute("aria-busy");
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.method === "get") return;
    if (busy.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    busy.add(form);
    form.setAttribute("aria-busy", "true");
    // htmx stops the browser's own sending and reports the end of its request; anyone else who
    // stops it has decided that nothing is sent.
    setTimeout(() => {
      const byHtmx = form.closest("[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-boost]");
      if (event.defaultPrevented && !byHtmx) release(form);
    });
  },
  true,
);

document.addEventListener("htmx:finally:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  const form = source?.form || source?.closest?.("form");
  if (form) release(form);
});

// The page may come back from the browser's memory, as it was when it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[aria-busy]").forEach(release);
});
