// What the pages do beyond links and forms. Everything works without it.
"use strict";

// Select all rows of this page, and say how many are selected.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-select], [data-select-all]");
  if (!box) return;
  const form = box.form;
  const rows = [...form.querySelectorAll("[data-select]")];
  if (box.matches("[data-select-all]")) rows.forEach((row) => { row.checked = box.checked; });
  const chosen = rows.filter((row) => row.checked).length;
  const all = form.querySelector("[data-select-all]");
  if (all) { all.checked = chosen === rows.length; all.indeterminate = chosen > 0 && chosen < rows.length; }
  form.querySelectorAll("[data-selected]").forEach((place) => { place.textContent = chosen; });
});

// A second click on the same button sends nothing twice; a form whose answer is a file may be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || "again" in form.dataset) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// One open menu at a time; Escape closes it and gives the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector(".masthead details[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
document.addEventListener("click", (event) => {
  document.querySelectorAll(".who[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

// After a swap, say what changed where the page asks for it.
document.addEventListener("htmx:afterSwap", (event) => {
  const words = event.target.querySelector("[data-announce]");
  const announcer = document.getElementById("announcer");
  if (words && announcer && announcer.textContent !== words.dataset.announce) announcer.textContent = words.dataset.announce;
});

// A form that came back with errors starts at its summary.
document.getElementById("error-summary")?.focus();
