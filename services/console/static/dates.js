// A picker for dates that knows the city's working calendar: days of rest are marked and named.
"use strict";

const WEEKDAYS = ["一", "二", "三", "四", "五", "六", "日"];
const months = new Map();

const iso = (day) => `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
const dayOf = (text) => {
  const [year, month, day] = text.split("-").map(Number);
  return new Date(year, month - 1, day);
};
const moved = (day, days) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

// The days of rest of a month, by date: their names. Of a month that cannot be had, none is marked.
function restOf(month) {
  if (!months.has(month)) {
    const asked = fetch(`/calendar/days?month=${month}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : { days: [] }))
      .then(({ days }) => new Map(days.filter((day) => !day.is_workday).map((day) => [day.date, day.name || "休息日"])))
      .catch(() => new Map());
    months.set(month, asked);
  }
  return months.get(month);
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

async function draw(picker, shown, focused) {
  const { input, panel } = picker;
  const rest = await restOf(iso(shown).slice(0, 7));
  const first = new Date(shown.getFullYear(), shown.getMonth(), 1);
  const start = moved(first, -((first.getDay() + 6) % 7));
  const turn = (by, name, text) =>
    element("button", { type: "button", className: "quiet", ariaLabel: name, onclick: () => draw(picker, new Date(shown.getFullYear(), shown.getMonth() + by, 1)) }, text);
  const title = element("span", { ariaLive: "polite" }, `${shown.getFullYear()}年${shown.getMonth() + 1}月`);
  const head = element("p", { className: "turn" }, turn(-1, "上个月", "‹"), title, turn(1, "下个月", "›"));
  const rows = [];
  for (let week = 0; week < 6; week += 1) {
    const cells = WEEKDAYS.map((_, at) => {
      const day = moved(start, week * 7 + at);
      const text = iso(day);
      if (day.getMonth() !== shown.getMonth()) return element("td", {});
      const name = rest.get(text);
      const button = element("button", { type: "button", tabIndex: -1, className: name ? "rest" : "", title: name || "", ariaLabel: name ? `${text} ${name}` : text, ariaPressed: String(input.value === text) }, String(day.getDate()));
      button.dataset.day = text;
      return element("td", {}, button);
    });
    if (cells.some((cell) => cell.firstChild)) rows.push(element("tr", {}, ...cells));
  }
  const names = element("tr", {}, ...WEEKDAYS.map((name) => element("th", { scope: "col" }, name)));
  const table = element("table", {}, element("thead", {}, names), element("tbody", {}, ...rows));
  const note = element("p", { className: "note" }, rest.size ? "灰底为休息日" : "没有取得工作日历");
  panel.replaceChildren(head, table, note);
  const target = panel.querySelector(`[data-day="${iso(focused ?? shown)}"]`) ?? panel.querySelector("[data-day]");
  target.tabIndex = 0;
  if (focused) target.focus();
}

function close(picker) {
  picker.panel.hidden = true;
  picker.button.setAttribute("aria-expanded", "false");
}

function enhance(input) {
  if (input.dataset.picker) return;
  input.dataset.picker = "on";
  const panel = element("div", { className: "picker", hidden: true, role: "dialog", ariaLabel: "选择日期" });
  const button = element("button", { type: "button", className: "quiet", ariaLabel: "打开日历", ariaExpanded: "false" }, "日历");
  input.after(button, panel);
  const picker = { input, panel, button };
  const choose = (text) => {
    input.value = text;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    close(picker);
    button.focus();
  };
  button.addEventListener("click", async () => {
    if (!panel.hidden) return close(picker);
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    const now = document.querySelector("[data-now]")?.dataset.now;
    const day = input.value ? dayOf(input.value) : now ? dayOf(now) : new Date();
    await draw(picker, day, day);
  });
  panel.addEventListener("click", (event) => {
    const day = event.target.closest("[data-day]");
    if (day) choose(day.dataset.day);
  });
  panel.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (event.key === "Escape") {
      close(picker);
      button.focus();
    } else if (step && event.target.dataset.day) {
      event.preventDefault();
      const day = moved(dayOf(event.target.dataset.day), step);
      draw(picker, day, day);
    }
  });
  document.addEventListener("click", (event) => {
    if (!panel.hidden && !panel.contains(event.target) && event.target !== button) close(picker);
  });
}

const enhanceAll = () => document.querySelectorAll('input[type="date"]').forEach(enhance);
document.addEventListener("DOMContentLoaded", enhanceAll);
document.addEventListener("htmx:after:swap", enhanceAll);
