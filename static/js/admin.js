/* select2 draws a control of its own beside each autocomplete field, without the field's name (WCAG 2.2, 4.1.2). */
"use strict";

function nameCombobox(select) {
  const control = select.nextElementSibling?.querySelector(".select2-selection");
  const label = select.getAttribute("aria-label") || select.labels[0]?.textContent.trim();
  if (!control || !label || control.id) return;
  control.id = `${select.id}_control`;
  control.setAttribute("aria-label", label);
  const value = control.querySelector(".select2-selection__rendered");
  if (!value) return;
  control.setAttribute("aria-labelledby", `${control.id} ${value.id}`);
  value.removeAttribute("role");
  value.removeAttribute("aria-readonly");
}

const drawn = new MutationObserver((changes) => {
  const isOne = (node) => node.classList?.contains("select2-container");
  if (!changes.some((change) => [...change.addedNodes].some(isOne))) return;
  document.querySelectorAll("select.select2-hidden-accessible").forEach(nameCombobox);
});
drawn.observe(document.documentElement, { childList: true, subtree: true });
