// Parts of pages that come anew by themselves, while somebody looks and has not gone on to more rows.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-refresh]").forEach((part) => {
    setInterval(() => {
      if (document.visibilityState === "visible" && !part.dataset.grown) htmx.trigger(part, "refresh");
    }, Number(part.dataset.refresh) * 1000);
    part.addEventListener("click", (event) => {
      if (!event.target.closest(".more a")) return;
      part.dataset.grown = "yes";
      part.querySelectorAll(".scripted").forEach((text) => text.remove());
    });
  });
});
