// The mapping editor: where one types is where the source column inserts. Everything works without this.
document.addEventListener("focusin", (event) => {
  const rule = event.target.closest(".rule");
  const pick = rule && rule.querySelector('input[name="into"]');
  if (pick && event.target !== pick) pick.checked = true;
});
