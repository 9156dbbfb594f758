"use strict";
// The charts that zoom: uPlot over the data elements of the page. What they show is on the page as
// SVG, too.
const lagsimCharts = (() => {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 604800, 2592000];
  const leftAxis = 74;
  const groups = new Map();  // data element's id -> its charts
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  // 13h05m, 40s: without what is zero.
  function clock(seconds) {
    const rest = Math.round(seconds);
    const days = rest > 3 * 86400 ? [["d", 86400]] : [];
    const parts = [...days, ["h", 3600], ["m", 60], ["s", 1]];
    let left = rest, text = "";
    for (const [unit, size] of parts) {
      const count = Math.floor(left / size);
      left -= count * size;
      if (count > 0) text += count + unit;
    }
    return text || "0";
  }

  function count(value) {
    if (value == null) return "–";
    const size = Math.abs(value);
    if (size >= 1e9) return +(value / 1e9).toPrecision(4) + "G";
    if (size >= 1e6) return +(value / 1e6).toPrecision(4) + "M";
    if (size >= 1e4) return +(value / 1e3).toPrecision(4) + "k";
    return String(+value.toFixed(2));
  }

  function dataOf(id) {
    const element = document.getElementById(id);
    return element ? JSON.parse(element.textContent) : null;
  }

  // Every chart of a group shows the same stretch of time.
  function follow(source) {
    return (chart, scale) => {
      if (scale !== "x") return;
      const { min, max } = chart.scales.x;
      for (const other of groups.get(source)) {
        if (other !== chart && (other.scales.x.min !== min || other.scales.x.max !== max)) {
          other.setScale("x", { min, max });
        }
      }
    };
  }

  function options(source, data, width, height, title) {
    const axis = { stroke: color("soft"), grid: { stroke: color("line"), width: 1 },
      ticks: { stroke: color("line"), width: 1 }, font: "11px system-ui, sans-serif" };
    return {
      width, height, title: undefined, id: undefined,
      cursor: { sync: { key: source }, drag: { x: true, y: false } },
      scales: { x: { time: false, range: (u, min, max) => [min, max] } },
      axes: [
        { ...axis, incrs: steps, space: 50, values: (u, ticks) => ticks.map(clock) },
        { ...axis, size: leftAxis, values: (u, ticks) => ticks.map(count) },
      ],
      series: [{ label: title, value: (u, seconds) => seconds == null ? "–" : clock(seconds) }],
      bands: [], hooks: { setScale: [follow(source)] }, plugins: [],
    };
  }

  function thresholdLine(value) {
    return (u) => {
      const y = Math.round(u.valToPos(value, "y", true));
      u.ctx.save();
      u.ctx.strokeStyle = color("threshold");
      u.ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
      u.ctx.beginPath();
      u.ctx.moveTo(u.bbox.left, y);
      u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
      u.ctx.stroke();
      u.ctx.restore();
    };
  }

  function lineChart(box, source, data, chart) {
    const made = options(source, data, box.clientWidth, 240, "time");
    const columns = [data.time];
    made.scales.y = { range: (u, min, max) => [0, Math.max(1, max, u.series[0].idxs ? chart.threshold || 0 : 0) * 1.05] };
    for (const line of chart.lines) {
      const own = { label: line.name, stroke: color(line.kind), width: 1.5, points: { show: false },
        value: (u, value) => count(value) };
      if (line.steps) own.paths = uPlot.paths.stepped({ align: 1 });
      if (line.kind === "metric") own.dash = [3, 2];
      made.series.push(own);
      columns.push(line.values);
    }
    if (chart.low) {
      const edge = (label) => ({ label, stroke: "transparent", width: 0, points: { show: false },
        value: (u, value) => count(value) });
      made.series.push(edge("highest"), edge("lowest"));
      columns.push(chart.high, chart.low);
      made.bands.push({ series: [columns.length - 2, columns.length - 1], fill: color("band") });
    }
    if (chart.threshold) made.hooks.draw = [thresholdLine(chart.threshold)];
    return new uPlot(made, columns, box);
  }

  const rows = [["faults", "fault"], ["rebalances", "rebalance"], ["changes", "change"],
    ["syncs", "sync"], ["polls", "poll"]];

  function drawMarks(marks) {
    return (u) => {
      const { left, width, top, height } = u.bbox, { min, max } = u.scales.x;
      const each = height / rows.length;
      u.ctx.save();
      u.ctx.beginPath();
      u.ctx.rect(left, top, width, height);
      u.ctx.clip();
      rows.forEach(([name, kind], row) => {
        u.ctx.fillStyle = color(kind);
        const y = top + (row + 0.2) * each;
        for (const mark of marks[name]) {
          const [from, to] = Array.isArray(mark) ? mark : [mark, mark];
          if (to < min || from > max) continue;
          const x = u.valToPos(from, "x", true);
          const wide = u.valToPos(to, "x", true) - x;
          u.ctx.fillRect(x, y, Math.max(devicePixelRatio, wide), each * 0.6);
        }
      });
      u.ctx.restore();
    };
  }

  // What is going on at the cursor, in words.
  function describe(marks, seconds, reach) {
    const found = [];
    for (const [name, kind] of rows) {
      for (const mark of marks[name]) {
        const [from, to, what] = Array.isArray(mark) ? mark : [mark, mark];
        if (from <= seconds + reach && to >= seconds - reach) {
          found.push((what || kind) + " " + clock(from) + (to > from ? "–" + clock(to) : ""));
          break;
        }
      }
    }
    return clock(seconds) + (found.length ? ": " + found.join(", ") : "");
  }

  function markChart(box, source, data) {
    const made = options(source, data, box.clientWidth, 150, "time");
    made.legend = { show: false };
    made.scales.y = { range: [0, rows.length] };
    made.axes[1] = { ...made.axes[1], grid: { show: false }, ticks: { show: false },
      splits: () => rows.map((_, row) => rows.length - row - 0.5), values: () => rows.map(([name]) => name) };
    made.series.push({ label: "", points: { show: false }, stroke: "transparent" });
    made.hooks.draw = [drawMarks(data.marks)];
    const words = document.createElement("p");
    words.className = "at-cursor";
    made.hooks.setCursor = [(u) => {
      if (u.cursor.idx == null || u.cursor.left < 0) {
        words.textContent = "";
        return;
      }
      const seconds = u.posToVal(u.cursor.left, "x");
      words.textContent = describe(data.marks, seconds, 2 * (u.posToVal(1, "x") - u.posToVal(0, "x")));
    }];
    const chart = new uPlot(made, [data.time, data.time.map(() => null)], box);
    box.append(words);
    return chart;
  }

  // Arrow keys move the cursor, + and - zoom around it, Escape shows all.
  function keys(box, source, data) {
    box.tabIndex = 0;
    box.addEventListener("keydown", (event) => {
      const chart = box.chart, { min, max } = chart.scales.x;
      const width = chart.over.clientWidth, at = chart.cursor.left >= 0 ? chart.cursor.left : width / 2;
      const move = { ArrowLeft: -8, ArrowRight: 8 }[event.key];
      if (move) {
        chart.setCursor({ left: Math.min(width, Math.max(0, at + move)), top: chart.over.clientHeight / 2 });
      } else if (event.key === "Escape") {
        chart.setScale("x", { min: data.time[0], max: data.time[data.time.length - 1] });
      } else if (event.key === "+" || event.key === "-") {
        const middle = chart.posToVal(at, "x"), half = (max - min) * (event.key === "+" ? 0.25 : 1);
        chart.setScale("x", { min: Math.max(data.time[0], middle - half),
          max: Math.min(data.time[data.time.length - 1], middle + half) });
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  function make(box, first) {
    const source = box.dataset.source, data = dataOf(source);
    if (!data || data.time.length < 2 || box.clientWidth === 0) return;
    if (box.chart) {
      groups.get(source).delete(box.chart);
      box.chart.destroy();
      box.replaceChildren();
    }
    if (!groups.has(source)) groups.set(source, new Set());
    box.chart = box.dataset.marks ? markChart(box, source, data)
      : lineChart(box, source, data, data.charts[Number(box.dataset.chart)]);
    groups.get(source).add(box.chart);
    if (first) {
      keys(box, source, data);
      new ResizeObserver(() => {
        if (box.chart && box.clientWidth > 0 && box.chart.width !== box.clientWidth) {
          box.chart.setSize({ width: box.clientWidth, height: box.chart.height });
        }
      }).observe(box);
    }
  }

  function start() {
    const boxes = document.querySelectorAll("div.live[data-source]");
    boxes.forEach((box) => make(box, true));
    // Colours are in the pixels of a canvas.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => boxes.forEach((box) => make(box, false)));
  }

  return { start, clock, count, dataOf };
})();
