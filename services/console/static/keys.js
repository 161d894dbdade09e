// Work by keyboard alone: j and k go through the rows of a list, n leads to the next case of a desk, / to the search.
// Single keys can be turned off (WCAG 2.1.4): who speaks to the browser would press them unawares.
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

const OFF = "single-keys-off";
const isOff = () => localStorage.getItem(OFF) === "yes";

document.addEventListener("DOMContentLoaded", () => {
  const button = document.createElement("button");
  const say = () => {
    button.textContent = `单键快捷键（J、K 上下一行，N 下一件，/ 搜索）：${isOff() ? "已关" : "已开"}`;
    button.ariaPressed = String(!isOff());
  };
  button.type = "button";
  button.className = "quiet";
  button.addEventListener("click", () => {
    localStorage.setItem(OFF, isOff() ? "no" : "yes");
    say();
  });
  say();
  const footer = document.createElement("footer");
  footer.append(button);
  document.body.append(footer);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details[name=menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  if (isOff() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING) || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// Who asked for more rows goes on at the first of them: the link that had the focus is gone.
document.addEventListener("click", (event) => {
  const before = event.target.closest?.(".more a[hx-get]")?.closest("tr").previousElementSibling;
  if (!before) return;
  document.addEventListener(
    "htmx:after:swap",
    () => before.nextElementSibling?.querySelector("th[scope=row] a, td a")?.focus(),
    { once: true },
  );
});

// Who comes back to a page goes on where they left it: at the same link, behind as many rows, at the same height.
const place = () => `place ${location.pathname}${location.search}`;
let grown = 0;
document.addEventListener("click", (event) => {
  if (event.target.closest?.(".more a[hx-get]")) grown += 1;
});
addEventListener("pagehide", () => {
  const href = document.activeElement?.closest("main a[href]")?.getAttribute("href");
  sessionStorage.setItem(place(), JSON.stringify({ href, grown, top: scrollY }));
});
const goBack = () => {
  const kept = sessionStorage.getItem(place());
  if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward" || !kept) return;
  const { href, grown: rounds, top } = JSON.parse(kept);
  const goOn = () => {
    const link = href && [...document.querySelectorAll("main a[href]")].find((one) => one.getAttribute("href") === href);
    const more = document.querySelector(".more a[hx-get]");
    if (!link && more && grown < rounds) {
      more.click();
      document.addEventListener("htmx:after:swap", goOn, { once: true });
      return;
    }
    link?.focus({ preventScroll: true });
    scrollTo(0, top);
  };
  goOn();
};
// Behind the first work of htmx, which loads more rows.
addEventListener("load", () => setTimeout(goBack));

// A menu closes when somebody goes on elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[name=menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
