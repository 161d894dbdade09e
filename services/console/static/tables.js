// A table that is wider than a phone has its rows stacked: each cell below the other, with the title of its column.
"use strict";

const PHONE = matchMedia("(max-width: 560px)");
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row", TD: "cell" };

// The title of each column, without the signs of its order and of its definition.
function titlesOf(table) {
  return [...(table.tHead?.rows[0]?.cells ?? [])].flatMap((head) => {
    const title = [...head.querySelectorAll("a:not(.about)")].map((link) => link.firstChild.textContent).join("") || head.textContent;
    return Array(head.colSpan).fill(title.trim());
  });
}

function stack(table) {
  const titles = titlesOf(table);
  // What is drawn as blocks is a table to who hears it only by its roles.
  [table, ...table.querySelectorAll("thead, tbody, tfoot, tr, td, th")].forEach((part) => {
    part.setAttribute("role", ROLES[part.tagName] ?? (part.scope === "row" ? "rowheader" : "columnheader"));
  });
  [...table.tBodies, ...(table.tFoot ? [table.tFoot] : [])].flatMap((body) => [...body.rows]).forEach((row) => {
    let at = 0;
    [...row.cells].forEach((cell) => {
      if (cell.colSpan === 1 && titles[at] && !(at === 0 && cell.tagName === "TH")) cell.dataset.title = titles[at];
      at += cell.colSpan;
    });
  });
}

function fit() {
  document.querySelectorAll(".scroll > table").forEach((table) => {
    table.classList.remove("stacked");
    if (!PHONE.matches || table.parentElement.scrollWidth <= table.parentElement.clientWidth) return;
    stack(table);
    table.classList.add("stacked");
  });
}

document.addEventListener("DOMContentLoaded", fit);
document.addEventListener("htmx:after:swap", fit);
PHONE.addEventListener("change", fit);
