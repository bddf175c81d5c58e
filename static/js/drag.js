// Collections: an item is dragged by its handle, and its new place sent as its number field sends it.
const EDGE = 64;
let drag = null;
let sent = null;

const middle = (element) => {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
};

function addHandles() {
  for (const item of document.querySelectorAll("[data-sortable] [data-item]:not(:only-child)")) {
    if (item.querySelector(":scope > .drag-handle")) continue;
    const handle = document.createElement("span");
    Object.assign(handle, { className: "drag-handle", title: "Drag it to another place", textContent: "⠿" });
    handle.setAttribute("aria-hidden", "true");
    item.prepend(handle);
  }
}

function begin(handle, pointer) {
  const item = handle.parentElement;
  const list = item.parentElement;
  drag = { item, list, pointer, order: [...list.children] };
  handle.setPointerCapture(pointer);
  // Only titles stay, so that the list fits on a screen; the handle stays under the pointer.
  const { top } = handle.getBoundingClientRect();
  list.classList.add("is-sorting");
  item.classList.add("is-dragged");
  scrollBy(0, handle.getBoundingClientRect().top - top);
}

function follow(y) {
  const { item } = drag;
  if (y < EDGE || y > innerHeight - EDGE) scrollBy(0, y < EDGE ? -EDGE / 4 : EDGE / 4);
  // Its neighbours move, not the item, which would lose the pointer.
  for (let other; (other = item.previousElementSibling) && y < middle(other); ) item.after(other);
  for (let other; (other = item.nextElementSibling) && y > middle(other); ) item.before(other);
}

function end(cancelled) {
  const { item, list, order } = drag;
  drag = null;
  if (cancelled) list.append(...order);
  list.classList.remove("is-sorting");
  item.classList.remove("is-dragged");
  item.scrollIntoView({ block: "nearest" });
  const place = [...list.children].indexOf(item);
  if (place === order.indexOf(item)) return;
  const field = item.querySelector("input[name=to]");
  sent = { list, order, field, number: field.value };
  field.value = list.start + place;
  item.querySelector("button[name=press][value=to]").click();
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.(".drag-handle");
  if (!handle || event.button || drag || sent) return;
  event.preventDefault();
  begin(handle, event.pointerId);
});
document.addEventListener("pointermove", (event) => {
  if (event.pointerId === drag?.pointer) follow(event.clientY);
});
document.addEventListener("pointerup", (event) => {
  if (event.pointerId === drag?.pointer) end(false);
});
for (const name of ["pointercancel", "lostpointercapture"]) {
  document.addEventListener(name, (event) => {
    if (event.pointerId === drag?.pointer) end(true);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drag) end(true);
});

// Where no answer came, the items stand as they are stored.
document.addEventListener("htmx:finally:request", () => {
  if (sent?.list.isConnected) {
    sent.list.append(...sent.order);
    sent.field.value = sent.number;
  }
  sent = null;
});
document.addEventListener("htmx:after:swap", addHandles);
addHandles();
