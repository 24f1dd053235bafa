// What the set-up screens do beyond links and forms. Everything works without this.
"use strict";

// The mapping editor: where one types is where the source column inserts.
document.addEventListener("focusin", (event) => {
  const rule = event.target.closest(".rule");
  const pick = rule && rule.querySelector('input[name="into"]');
  if (pick && event.target !== pick) pick.checked = true;
});

// Copy what stands in an element; the button shows only where this works.
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const announcer = document.getElementById("announcer");
    button.textContent = button.dataset.done;
    if (announcer) announcer.textContent = button.dataset.done;
  });
});
