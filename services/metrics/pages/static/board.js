// Keeps a board alive, of any source: its figures are fetched anew when the server says that they changed, the chart is drawn
// from the table beneath it, and a lost connection is said.
"use strict";

const STAGES_LEFT_OUT = new Set(["TOTAL", "TOTAL_NET"]);
// Each service keeps its two colours, median and 90th percentile, whichever services are shown; by day and by night.
const COLOURS = { WATER: ["#3d7ba6", "#9bbfd8"], GAS: ["#8a7640", "#d1bf8c"], HEAT: ["#4d8a70", "#a9cbba"] };
const NIGHT = matchMedia("(prefers-color-scheme: dark)");
// Longer than the 15 seconds between two signs of life.
const SILENCE_MS = 40000;
const RETRY_MS = 5000;

function chartOption(table, width) {
  const [text, line] = NIGHT.matches ? ["#a4b1bd", "#303a43"] : ["#3c4a57", "#e6eaee"];
  const rows = [...table.querySelectorAll("tbody tr[data-stage]")].filter((row) => !STAGES_LEFT_OUT.has(row.dataset.stage));
  const name = (row, column) => row.cells[column].textContent.trim();
  const stages = [...new Set(rows.map((row) => name(row, 0)))];
  const supplies = new Map(rows.map((row) => [row.dataset.supply, name(row, 1)]));
  const series = [...supplies].flatMap(([code, supply]) => [[3, "中位数"], [4, "90分位数"]].map(([column, quantile], at) => ({
    name: `${supply} ${quantile}`,
    type: "bar",
    color: COLOURS[code][at],
    barGap: "5%",
    data: stages.map((stage) => {
      const row = rows.find((each) => name(each, 0) === stage && each.dataset.supply === code);
      return row ? Number(name(row, column)) : null;
    }),
  })));
  return {
    animationDuration: 0,
    animationDurationUpdate: 300,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    aria: { enabled: true, label: { general: { withoutTitle: "各环节用时（小时）的中位数和90分位数，数据见下表" } } },
    // Plain text drawn on the canvas: a tooltip made of HTML would need inline styles.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    legend: { top: 0, left: 0, itemWidth: 10, itemHeight: 10, textStyle: { fontSize: 12, color: text } },
    grid: { left: 4, right: 8, top: 52, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: stages, axisTick: { show: false }, axisLabel: { interval: 0, fontSize: 12, color: text, width: Math.floor((width - 50) / Math.max(stages.length, 1)) - 4, overflow: "break" } },
    yAxis: { type: "value", axisLabel: { color: text }, splitLine: { lineStyle: { color: line } } },
    series,
  };
}

// The library is larger than the page: it comes when somebody scrolls to the chart.
function whenSeen(place, ready) {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    const script = document.createElement("script");
    script.src = place.dataset.script;
    script.addEventListener("load", () => ready(place));
    document.head.append(script);
  });
  watch.observe(place);
}

function start() {
  const figures = document.getElementById("figures");
  const status = document.getElementById("connection");
  let chart;
  const draw = () => chart?.setOption(chartOption(document.getElementById("t-durations"), chart.getWidth()));
  const fit = () => {
    chart?.resize();
    draw();
  };
  const place = document.getElementById("chart");
  if (place) {
    whenSeen(place, () => {
      chart = echarts.init(place);
      draw();
    });
  }
  window.addEventListener("resize", fit);
  NIGHT.addEventListener("change", draw);
  window.addEventListener("beforeprint", fit);

  const say = (state, text) => {
    if (status.dataset.state === state) return;
    status.dataset.state = state;
    status.textContent = text;
  };
  const refresh = () => htmx.trigger(figures, "board-changed");

  let silence;
  let stream;
  const listen = () => {
    stream = new EventSource("/board/stream");
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        stream.close();
        lost();
        listen();
      }, SILENCE_MS);
    };
    stream.addEventListener("open", () => {
      alive();
      say("live", "实时更新中");
    });
    stream.addEventListener("board", () => {
      alive();
      refresh();
    });
    stream.addEventListener("error", () => {
      // The server ends it each minute, to look at the session anew: the browser is back in seconds.
      clearTimeout(silence);
      silence = setTimeout(lost, RETRY_MS);
      // A stream that the server refused is not opened again by the browser. If the session has ended, the answer to
      // the refresh leads to the sign-in page.
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => (refresh(), listen()), RETRY_MS);
    });
  };
  const lost = () => {
    clearTimeout(silence);
    say("lost", "连接已断开，数字停在断开之前；正在重新连接…");
  };

  document.body.addEventListener("htmx:after:swap", () => {
    draw();
    if (stream.readyState === EventSource.OPEN) say("live", "实时更新中");
  });
  document.body.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status !== 401) say("stale", "数字暂时无法更新，稍后自动重试");
  });
  document.body.addEventListener("htmx:error", lost);
  // Months of one's own are asked for when both are there.
  const period = document.getElementById("period");
  period?.addEventListener("change", () => {
    const own = period.value === "own";
    document.querySelector(".period .own").hidden = !own;
    document.querySelectorAll(".period .own input").forEach((input) => (input.disabled = !own));
  });
  listen();
}

document.addEventListener("DOMContentLoaded", start);
