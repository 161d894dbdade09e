// Work by keyboard alone: j and k go through the rows of a list, n leads to the next case of a desk, / to the search.
"use strict";

const TYPING = "input, textarea, select, [contenteditable]";

function step(by) {
  const links = [...document.querySelectorAll("main tbody th[scope=row] a")].filter((link) => link.offsetParent);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("[data-key=n]")?.click(),
  "/": () => document.querySelector("input[name=q]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING) || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// A menu closes when somebody goes on elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[name=menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
