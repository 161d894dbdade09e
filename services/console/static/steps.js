// The parts of a form are filled in one after another: the first unfinished one is open; a finished one opens the next,
// and closes when it is left, saying what was entered. Without scripts all are open.
"use strict";

const MOST_SAID = 4;
const STEP = "details[data-step]";
const inputsOf = (step) => [...step.querySelectorAll("input, select, textarea")];

// What somebody entered, as they see it; "" of an input that is empty.
function entered(input) {
  if (input.type === "checkbox" || input.type === "radio") return input.checked ? input.closest("label").textContent.trim() : "";
  if (input.tagName === "SELECT") return input.value && input.selectedOptions[0].text;
  return input.value.trim();
}

// What the service refused is unfinished until something in it has changed.
function isFinished(step) {
  if (step.querySelector("[aria-invalid]") && !step.dataset.changed) return false;
  const inputs = inputsOf(step);
  return inputs.every((input) => input.validity.valid) && inputs.some(entered);
}

function fold(step, isOpen) {
  const said = isOpen ? [] : inputsOf(step).map(entered).filter(Boolean);
  const text = said.slice(0, MOST_SAID).join("，") + (said.length > MOST_SAID ? "…" : "");
  step.open = isOpen;
  step.querySelector(":scope > summary > .note").textContent = text && `：${text}`;
}

function begin(form) {
  const steps = [...form.querySelectorAll(STEP)];
  if (steps.length < 2 || form.dataset.stepped) return;
  form.dataset.stepped = "yes";
  steps.forEach((step) => step.querySelector(":scope > summary").append(Object.assign(document.createElement("span"), { className: "note" })));
  const first = steps.find((step) => !isFinished(step));
  steps.forEach((step) => fold(step, step === first || step.querySelector("[aria-invalid]") !== null));
}

let left = null;
let isPressed = false;

// Behind what the key or the press does: a click goes to what stood under it.
function goOn() {
  const step = left;
  if (!step || isPressed || step.contains(document.activeElement)) return;
  left = null;
  if (!isFinished(step)) return;
  fold(step, false);
  // Who is in another part already goes on there.
  if (!document.activeElement?.closest(STEP)?.open) openNext(step);
}

function openNext(step) {
  const next = [...step.closest("form").querySelectorAll(STEP)].find((other) => !isFinished(other));
  if (next && !next.open) fold(next, true);
}

const beginAll = () => document.querySelectorAll("form.act").forEach(begin);
document.addEventListener("DOMContentLoaded", beginAll);
document.addEventListener("htmx:after:swap", beginAll);
document.addEventListener("input", (event) => {
  const step = event.target.closest(STEP);
  if (step) step.dataset.changed = "yes";
});
document.addEventListener("change", (event) => {
  const step = event.target.closest("form[data-stepped] " + STEP);
  if (step && isFinished(step)) openNext(step);
});
document.addEventListener("focusout", (event) => {
  left = event.target.closest("form[data-stepped] " + STEP) ?? left;
  setTimeout(goOn);
});
document.addEventListener("pointerdown", () => (isPressed = true));
["pointerup", "pointercancel"].forEach((name) =>
  document.addEventListener(name, () => {
    isPressed = false;
    setTimeout(goOn);
  }),
);
// What the browser asks for is seen.
document.addEventListener("invalid", (event) => event.target.closest("details:not([open])")?.setAttribute("open", ""), true);
