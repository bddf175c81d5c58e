// On a narrow screen a matrix shows one column: this changes it without asking the server.
function show(form, key) {
  const table = document.getElementById(form.dataset.columnSelect);
  for (const cell of table?.querySelectorAll("[data-column]") ?? []) {
    cell.classList.toggle("chosen", cell.dataset.column === key);
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-column-select]");
  if (!form || event.target.tagName !== "SELECT") return;
  show(form, event.target.value);
  const words = event.target.selectedOptions[0]?.textContent.trim();
  document.dispatchEvent(new CustomEvent("announce", { detail: `Showing ${words}` }));
});
